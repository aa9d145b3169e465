/* Private to src/expression. */
#ifndef WEFT_EXPRESSION_INTERNAL_H
#define WEFT_EXPRESSION_INTERNAL_H

#include "weft/expression.h"
#include "weft/vmath.h"

/* Nodes of a graph beyond which an input is refused: walks over a graph call themselves. */
enum { EXPR_GRAPH_MOST = 20000 };

/* Bits of dependence. */
enum {
    EXPR_ON_FIELD = 1 << WEFT_VAR_FIELD,
    EXPR_ON_PLACE = 1 << WEFT_VAR_PLACE,
    EXPR_ON_UNIFORM = 1 << WEFT_VAR_UNIFORM,
    EXPR_ON_WAVE = 1 << WEFT_VAR_WAVE,
    EXPR_ON_NOISE = 1 << WEFT_VAR_NOISE,
};

/* The value of an elementary function of numbers: the one definition of its bits, for constants and
 * in rows. */
static inline double expr_step(double x)
{
    return x > 0.0 ? 1.0 : x == 0.0 ? 0.5 : x < 0.0 ? 0.0 : x;
}

static inline double expr_sign(double x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
}

static inline double expr_finite(double x)
{
    return x - x == 0.0 ? x : 0.0;
}

/* nan if one of them is. */
static inline double expr_min(double a, double b)
{
    return a < b ? a : b <= a ? b : a + b;
}

static inline double expr_max(double a, double b)
{
    return a > b ? a : b >= a ? b : a + b;
}

static inline double expr_atan2(double y, double x)
{
    double angle = weft_atan2(y == y ? y : 0.0, x == x ? x : 0.0);
    return x == x && y == y ? angle : x + y;
}

double expr_apply(weft_op op, double a, double b, double c);
double expr_integer_power(double a, int power);

/* The node of a leaf at an offset. */
int expr_shifted(weft_graph *g, int leaf, const int offset[3]);

/* Number of operands of an operation. */
int expr_operands(weft_op op);

#endif
