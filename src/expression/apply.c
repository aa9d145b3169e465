/* Operations on numbers, for constants that are folded when a graph is made.
 *
 * Invariant: rows (rows.c) go through the same inline functions of vmath.h and internal.h, one
 * operation after the other, so an operation gives the same bits whether it was folded or computed
 * at a site, on every processor. (Only a product inside a sum may differ by a rounding: in rows the
 * two can be fused, see compile.c.)
 *
 * A constant may become infinite or nan here (1/0, log(-1)); build.c refuses such results with the
 * place in the text. */
#include "internal.h"

/* By repeated squares, from the lowest bit up: programs multiply in the same order (compile.c), so
 * a power of a number has the same bits in both. */
double expr_integer_power(double a, int power)
{
    double result = 1.0;
    for (int bit = power; bit > 0; bit >>= 1, a *= a)
        if (bit & 1)
            result *= a;
    return result;
}

/* Functions of one number, in the order of weft_op. */
static double unary(weft_op op, double a)
{
    switch (op) {
    case WEFT_OP_SQRT:
        return sqrt(a);
    case WEFT_OP_EXP:
        return weft_exp(a);
    case WEFT_OP_LOG:
        return weft_ln(a);
    case WEFT_OP_SIN:
        return weft_sin_any(a);
    case WEFT_OP_COS:
        return weft_cos_any(a);
    case WEFT_OP_TAN:
        return weft_tan(a);
    case WEFT_OP_ASIN:
        return weft_asin(a);
    case WEFT_OP_ACOS:
        return weft_acos(a);
    case WEFT_OP_ATAN:
        return weft_atan(a);
    case WEFT_OP_SINH:
        return weft_sinh(a);
    case WEFT_OP_COSH:
        return weft_cosh(a);
    case WEFT_OP_TANH:
        return weft_tanh(a);
    case WEFT_OP_ABS:
        return fabs(a);
    case WEFT_OP_SIGN:
        return expr_sign(a);
    case WEFT_OP_ERF:
        return weft_erf(a);
    case WEFT_OP_FINITE:
        return expr_finite(a);
    default:
        return expr_step(a);
    }
}

/* Unused operands are ignored. A power with a whole exponent is no case here, since its exponent is
 * no node: callers use expr_integer_power. */
double expr_apply(weft_op op, double a, double b, double c)
{
    switch (op) {
    case WEFT_OP_ADD:
        return a + b;
    case WEFT_OP_SUB:
        return a - b;
    case WEFT_OP_MUL:
        return a * b;
    case WEFT_OP_DIV:
        return a / b;
    case WEFT_OP_POW:
        return weft_pow(a, b);
    case WEFT_OP_MIN:
        return expr_min(a, b);
    case WEFT_OP_MAX:
        return expr_max(a, b);
    case WEFT_OP_ATAN2:
        return expr_atan2(a, b);
    case WEFT_OP_LESS:
        return a < b;
    case WEFT_OP_LESS_EQUAL:
        return a <= b;
    case WEFT_OP_EQUAL:
        return a == b;
    case WEFT_OP_WHERE:
        return a != 0.0 ? b : c;
    default:
        return unary(op, a);
    }
}

/* Relies on the order of weft_op: leaves first, functions of one number last. */
int expr_operands(weft_op op)
{
    if (op <= WEFT_OP_VARIABLE)
        return 0;
    if (op == WEFT_OP_OPERATOR || op == WEFT_OP_WHERE)
        return 3;
    if (op == WEFT_OP_SHIFT || op == WEFT_OP_MEAN || op == WEFT_OP_POWER || op >= WEFT_OP_SQRT)
        return 1;
    return 2;
}
