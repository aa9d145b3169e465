/* Private to src/expression: elementary functions that rows and folding share, and what all files
 * of the folder use. */
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

/* Elementary functions that vmath.h does not have: the one definition of their bits, for constants
 * and in rows. step is 0 below 0, 1/2 at 0, 1 above; a nan stays a nan. */
static inline double expr_step(double x)
{
    return x > 0.0 ? 1.0 : x == 0.0 ? 0.5 : x < 0.0 ? 0.0 : x;
}

/* 1, -1, or the argument itself if it is a zero or a nan. */
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

/* The angle of the point (x, y); nan if one of them is. */
static inline double expr_atan2(double y, double x)
{
    double angle = weft_atan2(y == y ? y : 0.0, x == x ? x : 0.0);
    return x == x && y == y ? angle : x + y;
}

/* The value of an operation on numbers; unused operands are ignored. Local, as all here. */
double expr_apply(weft_op op, double a, double b, double c);
/* a^power, power >= 0. */
double expr_integer_power(double a, int power);

/* The node of a leaf at an offset. */
int expr_shifted(weft_graph *g, int leaf, const int offset[3]);

/* Number of operands of an operation. */
int expr_operands(weft_op op);

/* ---- fault.c ---- */
/* Note what is left over at text[at], behind a formula or an equation. Returns false. Local. */
bool expr_left_over(weft_expr_error *error, const char *text, int at, bool equation);

#endif
