/* The making of a program, private to src/expression: what its steps hand on. */
#ifndef WEFT_EXPRESSION_COMPILE_H
#define WEFT_EXPRESSION_COMPILE_H

#include "program.h"

/* Where a value is: nowhere yet, in a virtual array, in a scalar, or in no place at all because the
 * sum around it computes it. */
typedef enum expr_place_kind { EXPR_NOT_YET, EXPR_ARRAY, EXPR_SCALAR, EXPR_FUSED } expr_place_kind;

/* Where the value of a node is: a virtual array (registers are given at the end) or a scalar. */
typedef struct expr_place {
    expr_place_kind kind;
    int at;
} expr_place;

/* What the making of a program needs; arrays have one entry for each node of the graph, and are
 * freed when the program is made. */
typedef struct expr_compiler {
    const weft_graph *g;
    weft_program *p;
    bool *needed;        /* the node is part of an output */
    int *uses;           /* how often it is an operand or an output */
    int *input;          /* of a node, or -1 */
    bool *uniform_input; /* by input: the same value at all sites */
    expr_place *place;
    int n_arrays; /* virtual: inputs first */
    int *power_of, *power_base, *power_array, n_powers, powers_capacity;
} expr_compiler;

/* Appends an instruction that computes a new virtual array; returns its number. */
int expr_emit(expr_compiler *c, expr_code code, weft_op op, int a, int b, int d);

/* Instructions for all nodes up to `last` that are needed; c->place says where their values are. */
void expr_compile_nodes(expr_compiler *c, int last);

/* Gives the n_out nodes their output arrays, and all virtual arrays their slots. */
void expr_give_slots(expr_compiler *c, const int *nodes);

#endif
