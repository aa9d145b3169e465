/* Complex numbers as pairs of nodes, private to src/expression. */
#ifndef WEFT_EXPRESSION_COMPLEX_H
#define WEFT_EXPRESSION_COMPLEX_H

#include "weft/expression.h"

weft_expr expr_real(int node);
weft_expr expr_number(weft_graph *g, double value);
weft_expr expr_sum(weft_graph *g, weft_op op, weft_expr a, weft_expr b); /* or difference */
weft_expr expr_product(weft_graph *g, weft_expr a, weft_expr b);
weft_expr expr_quotient(weft_graph *g, weft_expr a, weft_expr b);
weft_expr expr_power(weft_graph *g, weft_expr a, int power);
weft_expr expr_conj(weft_graph *g, weft_expr a);
int expr_abs2(weft_graph *g, weft_expr a);

/* An elementary function; false: it has no value for complex numbers here. */
bool expr_function(weft_graph *g, weft_op op, weft_expr a, weft_expr *out);

#endif
