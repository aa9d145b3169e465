/* Derivatives on a lattice, private to src/expression. */
#ifndef WEFT_EXPRESSION_DIFFERENCE_H
#define WEFT_EXPRESSION_DIFFERENCE_H

#include "weft/expression.h"

/* d^order arg / d axis^order (0 z, 1 y, 2 x), and the Laplacian, by differences of the scope's
 * order. */
int expr_difference(const weft_expr_scope *scope, int arg, int axis, int order);
int expr_difference_lap(const weft_expr_scope *scope, int arg);

#endif
