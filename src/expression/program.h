/* Instructions of programs, private to src/expression. */
#ifndef WEFT_EXPRESSION_PROGRAM_H
#define WEFT_EXPRESSION_PROGRAM_H

#include "weft/expression.h"

enum { EXPR_BLOCK = 256 }; /* values of a register: 2 kB, so that a dozen stay in the L1 cache */

/* Rows of operands: A is an array, S a number that is the same at all sites. */
typedef enum expr_code {
    EXPR_COPY_A,
    EXPR_FILL_S,
    EXPR_ADD_AA,
    EXPR_ADD_AS,
    EXPR_SUB_AA,
    EXPR_SUB_SA,
    EXPR_MUL_AA,
    EXPR_MUL_AS,
    EXPR_DIV_AA,
    EXPR_DIV_AS,
    EXPR_DIV_SA,
    EXPR_SIN_AA,  /* sin(a - b): the coupling of neighbouring phases */
    EXPR_FMA_AAA, /* a b + c */
    EXPR_FMA_ASA, /* b is a number, and so on */
    EXPR_FMA_AAS,
    EXPR_FMA_ASS,
    EXPR_FMS_AAA,     /* a b - c */
    EXPR_FNMA_AAA,    /* c - a b */
    EXPR_MUL_SUM_ASS, /* (a + b) c */
    EXPR_SIN_AAS,     /* sin((a - b) + c), with a phase lag */
    EXPR_GENERAL,     /* op on arrays; numbers are spread to arrays before */
} expr_code;

/* One operation on a block of values, or (in the prelude) on scalars. */
typedef struct expr_instruction {
    expr_code code;
    weft_op op;  /* of EXPR_GENERAL */
    int out;     /* slot */
    int a, b, c; /* slots of arrays; numbers of scalars */
} expr_instruction;

/* A program owns all its arrays; inputs and outputs are put into slot for each block. */
struct weft_program {
    int n_out, n_in, n_registers;
    int n, capacity;
    expr_instruction *code;
    /* slots: registers, inputs, outputs */
    double *memory;
    double **slot;
    /* scalars: numbers, uniform inputs, and what is made of them before the rows */
    int n_scalars;
    double *scalar;
    int n_prelude, prelude_capacity;
    expr_instruction *prelude; /* op EXPR_GENERAL on scalars; WEFT_OP_POWER has the power in b;
                                  WEFT_OP_VARIABLE loads input a */
};

/* The rows. */
void expr_run_block(const expr_instruction *code, int n_code, double *const *slot,
                    const double *scalar, int n);

#endif
