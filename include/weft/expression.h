/* Formulas: text -> syntax tree -> graph of real numbers -> programs over rows of values.
 *
 * A graph holds nodes of real numbers; equal nodes are one node, and what is constant is folded as
 * it is made. A complex number is a pair of nodes. Besides elementary functions a graph knows the
 * linear operators that are a factor in k space (derivatives, fractional powers, any F(k)), means
 * over the grid, neighbours at an offset, and white noise; it knows nothing of grids, fields and
 * files, which are numbers of variables to it. All functions here are local and make no MPI call.
 */
#ifndef WEFT_EXPRESSION_H
#define WEFT_EXPRESSION_H

#include "weft/declare.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

WEFT_DECLARE_BEGIN

/* ---- errors ---- */

/* What is wrong in a text, and where: bytes from its beginning. text is empty: nothing. */
typedef struct weft_expr_error {
    int at, length;
    char text[320];
} weft_expr_error;

/* Note an error (the first one is kept); returns false. Local. */
bool weft_expr_fail(weft_expr_error *error, int at, int length, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- syntax trees ---- */

enum { WEFT_EXPR_TEXT = 4096, WEFT_EXPR_DEPTH = 100, WEFT_EXPR_NODES = 4096, WEFT_EXPR_NAME = 32 };

/* Kinds of nodes of a syntax tree. */
typedef enum weft_ast_kind {
    WEFT_AST_NUMBER,
    WEFT_AST_NAME,
    WEFT_AST_CALL,   /* name(arguments) */
    WEFT_AST_OFFSET, /* name[integers]: the arguments are numbers */
    WEFT_AST_UNARY,  /* - a; name[0] is '!': not a */
    WEFT_AST_BINARY, /* the operator is name[0]; "l" stands for <=, "g" for >=, "n" for !=, "e" for
                        ==, "&" for and, "|" for or */
} weft_ast_kind;

/* Arguments are a list: first, then next of each; -1 ends it. */
typedef struct weft_ast_node {
    weft_ast_kind kind;
    int at, length; /* the place of the word, number or operator */
    int first, next;
    double number;
    char name[WEFT_EXPR_NAME];
} weft_ast_node;

/* A syntax tree; owns its nodes. Free with weft_ast_free. */
typedef struct weft_ast {
    int n, capacity;
    weft_ast_node *node;
    int left;  /* of an equation: what stands before "="; -1: there is no "=" */
    int right; /* the expression, or what stands after "=" */
} weft_ast;

/* Parse "expression" or, where equation, "left = right" (grammar: docs/models/equation.md). The
 * text has at most WEFT_EXPR_TEXT bytes and nests at most WEFT_EXPR_DEPTH deep. False with the
 * error; free in either case. Local. */
bool weft_ast_parse(const char *text, bool equation, weft_ast *out, weft_expr_error *error);
/* Is a node a comparison, or made of comparisons by and, or, not? Local. */
bool weft_ast_is_truth(const weft_ast *ast, int node);
/* Also after a failed parse. Local. */
void weft_ast_free(weft_ast *ast);

/* ---- graphs ---- */

typedef struct weft_graph weft_graph;

/* Numbers of nodes. Node 0 is the number 0. */
typedef struct weft_expr {
    int re, im; /* im: 0 for a real number */
} weft_expr;

/* What a variable stands for. */
typedef enum weft_variable {
    WEFT_VAR_FIELD,   /* component of the evolved fields */
    WEFT_VAR_PLACE,   /* a value a site that does not change in time: x, y, z, quenched fields */
    WEFT_VAR_UNIFORM, /* a value for all sites: t, parameters that change in time */
    WEFT_VAR_WAVE,    /* in factors of operators: 0 kx, 1 ky, 2 kz, 3 k^2 */
    WEFT_VAR_NOISE,   /* white noise number i */
} weft_variable;

/* Operations; a, b, c are the operands. */
typedef enum weft_op {
    WEFT_OP_NUMBER,
    WEFT_OP_VARIABLE,
    WEFT_OP_SHIFT,    /* a at the site at an offset */
    WEFT_OP_OPERATOR, /* c times (b[even] + i b[odd]) in k space: see weft_graph_operator */
    WEFT_OP_MEAN,     /* mean of a over the grid */
    WEFT_OP_ADD,
    WEFT_OP_SUB,
    WEFT_OP_MUL,
    WEFT_OP_DIV,
    WEFT_OP_POWER, /* a to the integer power index, at least 2 */
    WEFT_OP_POW,   /* a^b = exp(b log a), a >= 0 */
    WEFT_OP_MIN,
    WEFT_OP_MAX,
    WEFT_OP_ATAN2,
    WEFT_OP_LESS,       /* a < b: 1, else 0 */
    WEFT_OP_LESS_EQUAL, /* a <= b */
    WEFT_OP_EQUAL,
    WEFT_OP_WHERE, /* a != 0 ? b : c */
    WEFT_OP_SQRT,
    WEFT_OP_EXP,
    WEFT_OP_LOG,
    WEFT_OP_SIN,
    WEFT_OP_COS,
    WEFT_OP_TAN,
    WEFT_OP_ASIN,
    WEFT_OP_ACOS,
    WEFT_OP_ATAN,
    WEFT_OP_SINH,
    WEFT_OP_COSH,
    WEFT_OP_TANH,
    WEFT_OP_ABS,
    WEFT_OP_SIGN,
    WEFT_OP_ERF,
    WEFT_OP_STEP,   /* 0 below 0, 1/2 at 0, 1 above */
    WEFT_OP_FINITE, /* a where it is finite, else 0; made by weft_graph_finite alone */
    WEFT_OPS,
} weft_op;

/* A node of a graph; read it through weft_graph_at. */
typedef struct weft_graph_node {
    weft_op op;
    int a, b, c;            /* operands; 0 where there are fewer */
    double number;          /* of WEFT_OP_NUMBER */
    weft_variable variable; /* of WEFT_OP_VARIABLE */
    int index;              /* of a variable, or the integer power */
    int offset[3];          /* of WEFT_OP_SHIFT: sites along z, y, x */
    bool shifts;            /* there is a WEFT_OP_SHIFT in it */
    unsigned depends;       /* bits 1 << weft_variable of all below */
} weft_graph_node;

/* A graph with the number 0 as its only node. free: NULL is allowed. at: the pointer is valid until
 * the next node is made. size: nodes; their numbers are 0 to size - 1. Local. */
weft_graph *weft_graph_create(void);
void weft_graph_free(weft_graph *graph);
const weft_graph_node *weft_graph_at(const weft_graph *graph, int node);
int weft_graph_size(const weft_graph *graph);

/* Nodes; each returns the number of the node that stands for the result, which may be another one
 * by folding (x + 0 is x). Local. */
int weft_graph_number(weft_graph *g, double value);
int weft_graph_variable(weft_graph *g, weft_variable kind, int index);
int weft_graph_make(weft_graph *g, weft_op op, int a, int b, int c);
int weft_graph_power(weft_graph *g, int a, int power);
/* A factor in k space that is 0 where a is not finite, so that a mode in which an inverse operator
 * has a pole is set to zero alone, and what else acts on the mode stays. Local. */
int weft_graph_finite(weft_graph *g, int a);
/* The field whose coefficients are those of arg times even(k) + i odd(k): even and odd are nodes of
 * WEFT_VAR_WAVE, even and odd functions of k, so that the result is real where arg is. Local. */
int weft_graph_operator(weft_graph *g, int even, int odd, int arg);
int weft_graph_mean(weft_graph *g, int arg);
/* arg at the site at an offset (z, y, x): the offset goes down to the fields, noises and to what
 * depends on the place alone. Local. */
int weft_graph_shift(weft_graph *g, int arg, const int offset[3]);

/* Is there a shift in a node?. Local. */
bool weft_graph_has_shift(const weft_graph *g, int node);

/* Is it a number, and which?. Local. */
bool weft_graph_is_number(const weft_graph *g, int node, double *value);
/* The value of a node of numbers and waves at one wavenumber, waves (kx, ky, kz, k^2). Local. */
double weft_graph_wave_value(const weft_graph *g, int node, const double wave[4]);
/* node with the variables of a kind replaced: with[index] instead of each (-1: kept). Local. */
int weft_graph_replace(weft_graph *g, int node, weft_variable kind, int n, const int *with);
/* The derivative of node by `by`, a variable or a shifted one; a variable and itself at an offset
 * are different. A mean counts as a constant. An operator must not contain `by` (callers take
 * linear parts out before); if it does, that is a bug (assertion). Local. */
int weft_graph_derivative(weft_graph *g, int node, int by);
/* Write a node as text into out, for messages; names of variables come from the callback. At most
 * size bytes; "..." at the end if the text is longer. Local. */
typedef const char *weft_graph_name(void *context, weft_variable kind, int index);
void weft_graph_print(const weft_graph *g, int node, weft_graph_name *name, void *context,
                      char *out, size_t size);

/* ---- from syntax to graph ---- */

enum {
    WEFT_EXPR_OPERATORS = 1, /* derivatives, fourier, fraclap */
    WEFT_EXPR_MEANS = 2,
    WEFT_EXPR_NOISE = 4,    /* xi, xi(2), ... */
    WEFT_EXPR_DRAWS = 8,    /* normal, uniform, lorentzian */
    WEFT_EXPR_OFFSETS = 16, /* u[1] */
};

/* What names mean. */
typedef struct weft_expr_scope {
    weft_graph *graph;
    int allow;        /* WEFT_EXPR_ bits */
    int dim;          /* axes: z, y, x have the numbers 0, 1, 2, a grid has the last dim */
    int difference;   /* 0: derivatives are exact; 2, 4, 6, 8: differences of that order */
    double dx[3];     /* spacings, of differences */
    int64_t sites[3]; /* a neighbour by offset is nearer than that; 0: not known */
    bool coordinates; /* the place variables 0, 1, 2 are x, y, z */
    void *context;
    /* The value of a name; false: unknown, or with an error noted. */
    bool (*find)(void *context, const char *name, weft_expr *out, weft_expr_error *error);
    /* A new place variable with one draw a site: 0 normal, 1 uniform, 2 lorentzian; -1: too many.
     * NULL unless WEFT_EXPR_DRAWS. */
    int (*draw)(void *context, int law);
    /* The variable of the noise with a number of the user's; -1: too many. NULL unless
     * WEFT_EXPR_NOISE. */
    int (*noise)(void *context, int number);
    /* dt(name), velocity of a field of second order; false: there is none. May be NULL. */
    bool (*velocity)(void *context, const char *name, weft_expr *out);
    /* Known names for messages: the i-th, NULL after the last. */
    const char *(*name)(void *context, int i);
    /* Told of every value that is made, and of the word or sign in the text that it comes from, so
     * that a later message can point at it. May be NULL. */
    void (*made)(void *context, weft_expr value, int at, int length);
} weft_expr_scope;

/* Make the value of a node of a syntax tree in scope->graph. Returns false with the error, which
 * points at a place in the text. Local. */
bool weft_expr_build(const weft_expr_scope *scope, const weft_ast *ast, int node, weft_expr *out,
                     weft_expr_error *error);

/* Is it a word of the language itself (a function, pi, t, xi, ...)?. Local. */
bool weft_expr_reserved(const char *name);

/* ---- taking apart ---- */

/* The symbol of a linear operator: what multiplies a mode. */
typedef struct weft_symbol {
    int even, odd; /* nodes of waves and numbers; the factor in k space is even + i odd */
} weft_symbol;

enum { WEFT_SPLIT_VARIABLES = 64 };

/* node = constant + sum_j symbol[j] field_j + sum_s noise[s] xi_s + rest: exact, by the rules of
 * algebra alone. rest has no further term that is linear with a constant coefficient. */
typedef struct weft_split {
    double constant;
    int rest;
    int value;                               /* node - constant */
    bool linear;                             /* rest is 0 */
    weft_symbol field[WEFT_SPLIT_VARIABLES]; /* {0, 0}: does not occur */
    weft_symbol noise[WEFT_SPLIT_VARIABLES];
} weft_split;

typedef struct weft_splitter weft_splitter;
/* A splitter keeps the results for all nodes of one graph, which must outlive it. Local. */
weft_splitter *weft_splitter_create(weft_graph *graph);
void weft_splitter_free(weft_splitter *s);
/* Owned by the splitter, valid until it is freed. Local. */
const weft_split *weft_split_of(weft_splitter *s, int node);

/* Product, sum and inverse of symbols, as new nodes. Local. */
weft_symbol weft_symbol_product(weft_graph *g, weft_symbol a, weft_symbol b);
weft_symbol weft_symbol_sum(weft_graph *g, weft_symbol a, weft_symbol b);
weft_symbol weft_symbol_inverse(weft_graph *g, weft_symbol a);

/* The degree of a node as a polynomial in the fields, where static fields count as well if they
 * multiply; -1 if it is no polynomial. Local. */
int weft_graph_degree(const weft_graph *g, int node);

/* ---- programs ---- */

typedef struct weft_program weft_program;

/* An input of a program: a node that is not looked into, with an array of values or a number. */
typedef struct weft_program_input {
    int node;
    bool uniform;
} weft_program_input;

/* Make a program that computes n nodes from the values of the inputs. Variables, shifts, operators
 * and means below the nodes must be inputs (assertion). The program does not need the graph
 * afterwards. Free it with weft_program_free. Local. */
weft_program *weft_program_create(const weft_graph *g, int n, const int *nodes, int n_inputs,
                                  const weft_program_input *inputs);
void weft_program_free(weft_program *p);

/* Compute out[j][i] for i < n from input[k][i] (of a uniform input: input[k][0]). Outputs may not
 * overlap inputs or each other. The bits do not depend on n or on the alignment. One program runs
 * once at a time. Local. */
void weft_program_run(const weft_program *p, int64_t n, const double *const *input,
                      double *const *out);

WEFT_DECLARE_END

#endif
