/* From a syntax tree to nodes, private to src/expression: what build.c and the functions of the
 * language (functions.c) share. */
#ifndef WEFT_EXPRESSION_BUILDER_H
#define WEFT_EXPRESSION_BUILDER_H

#include "weft/expression.h"

/* Most arguments of a function; the largest whole exponent that becomes products. */
enum { EXPR_ARGUMENTS = 4, EXPR_POWER_MOST = 64 };

/* What is handed down the syntax tree; owns nothing. */
typedef struct expr_builder {
    const weft_expr_scope *scope;
    weft_graph *g;
    const weft_ast *ast;
    weft_expr_error *error;
    bool waves; /* inside F of fourier(F, u) */
} expr_builder;

/* A call of a function: its node and its arguments. `value` is set unless the function reads nodes.
 */
typedef struct expr_call {
    const weft_ast_node *node;
    int n;
    int argument[EXPR_ARGUMENTS]; /* nodes of the tree */
    weft_expr value[EXPR_ARGUMENTS];
} expr_call;

/* What the arguments of a function are before `make` is called. */
typedef enum expr_arguments {
    EXPR_ARE_VALUES,
    EXPR_FACTOR_FIRST, /* values, the first one a function of kx, ky, kz and k */
    EXPR_ARE_NODES,    /* nodes of the tree: `make` reads a name */
} expr_arguments;

/* One function of the language. */
typedef struct expr_builtin {
    const char *name;
    int least, most; /* arguments */
    weft_op op;      /* of elementary functions */
    int needs;       /* WEFT_EXPR_ bits */
    expr_arguments arguments;
    bool (*make)(expr_builder *b, const struct expr_builtin *f, expr_call *c, weft_expr *out);
} expr_builtin;

extern const expr_builtin expr_builtins[]; /* ends with a row without a name */
extern const char *const expr_words[]; /* names with a meaning that are no functions; NULL ends */

/* Records an error at the text of node x; returns false. */
bool expr_fail(expr_builder *b, const weft_ast_node *x, const char *what);

/* Argument i of a call as a whole number from least to most; false, with an error: it is none. */
bool expr_whole_number(expr_builder *b, const expr_call *c, int i, int least, int most, int *out);

/* Noise number `number` of the equations. */
bool expr_noise(expr_builder *b, const weft_ast_node *x, int number, weft_expr *out);

/* k_z, k_y, k_x (0, 1, 2) and k^2 (3). */
static inline int expr_wave(weft_graph *g, int i)
{
    return weft_graph_variable(g, WEFT_VAR_WAVE, i);
}

#endif
