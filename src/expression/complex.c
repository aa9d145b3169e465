/* Complex numbers as pairs of nodes: every rule below is the textbook one in real numbers, so that
 * all later steps (linear parts, derivatives, programs) know real numbers alone. A part that is
 * zero is the node 0, and then the rules fold to those of real numbers.
 *
 * The order of operations in a product or quotient is fixed by these rules, so a complex formula
 * has the same bits as the same formula that a user writes with two real fields. */
#include "complex.h"
#include "internal.h"

/* An operation of two operands. */
static int make(weft_graph *g, weft_op op, int a, int b)
{
    return weft_graph_make(g, op, a, b, 0);
}

/* A function of one number. */
static int one_of(weft_graph *g, weft_op op, int a)
{
    return weft_graph_make(g, op, a, 0, 0);
}

/* A real number: the imaginary part is node 0. */
weft_expr expr_real(int node)
{
    return (weft_expr){node, 0};
}

weft_expr expr_number(weft_graph *g, double value)
{
    return expr_real(weft_graph_number(g, value));
}

/* op: WEFT_OP_ADD or WEFT_OP_SUB, for each part. */
weft_expr expr_sum(weft_graph *g, weft_op op, weft_expr a, weft_expr b)
{
    int re = make(g, op, a.re, b.re), im = make(g, op, a.im, b.im);
    return (weft_expr){re, im};
}

/* (a + ib)(c + id) = (ac - bd) + i (ad + bc). */
weft_expr expr_product(weft_graph *g, weft_expr a, weft_expr b)
{
    int re =
        make(g, WEFT_OP_SUB, make(g, WEFT_OP_MUL, a.re, b.re), make(g, WEFT_OP_MUL, a.im, b.im));
    int im =
        make(g, WEFT_OP_ADD, make(g, WEFT_OP_MUL, a.re, b.im), make(g, WEFT_OP_MUL, a.im, b.re));
    return (weft_expr){re, im};
}

/* The square of the absolute value, without its root. */
int expr_abs2(weft_graph *g, weft_expr a)
{
    int re = weft_graph_power(g, a.re, 2);
    return a.im ? make(g, WEFT_OP_ADD, re, weft_graph_power(g, a.im, 2)) : re;
}

/* Of a real number the same node again: -1 times the node 0 is 0. */
weft_expr expr_conj(weft_graph *g, weft_expr a)
{
    int im = make(g, WEFT_OP_MUL, weft_graph_number(g, -1.0), a.im);
    return (weft_expr){a.re, im};
}

/* a/b = a conj(b)/|b|^2, so that one real quotient remains for each part. */
weft_expr expr_quotient(weft_graph *g, weft_expr a, weft_expr b)
{
    if (!b.im) {
        int re = make(g, WEFT_OP_DIV, a.re, b.re), im = make(g, WEFT_OP_DIV, a.im, b.re);
        return (weft_expr){re, im};
    }
    weft_expr top = expr_product(g, a, expr_conj(g, b));
    return expr_quotient(g, top, expr_real(expr_abs2(g, b)));
}

/* Exponents are small (EXPR_POWER_MOST), and equal products are one node. */
weft_expr expr_power(weft_graph *g, weft_expr a, int power)
{
    if (!a.im)
        return expr_real(weft_graph_power(g, a.re, power));
    if (power < 0)
        return expr_quotient(g, expr_number(g, 1.0), expr_power(g, a, -power));
    weft_expr result = expr_number(g, 1.0);
    for (int i = 0; i < power; i++)
        result = expr_product(g, result, a);
    return result;
}

/* exp(x + iy) = exp(x) (cos y + i sin y). */
static weft_expr exponential(weft_graph *g, weft_expr a)
{
    int size = one_of(g, WEFT_OP_EXP, a.re);
    int re = make(g, WEFT_OP_MUL, size, one_of(g, WEFT_OP_COS, a.im));
    int im = make(g, WEFT_OP_MUL, size, one_of(g, WEFT_OP_SIN, a.im));
    return (weft_expr){re, im};
}

/* f(x) g(y) + i h(x) j(y), by which sin, cos, sinh and cosh of x + iy are made. For example sin(x +
 * iy) = sin x cosh y + i cos x sinh y; sign: of the imaginary part. */
static weft_expr parts(weft_graph *g, weft_expr a, const weft_op op[4], double sign)
{
    int re = make(g, WEFT_OP_MUL, one_of(g, op[0], a.re), one_of(g, op[1], a.im));
    int im = make(g, WEFT_OP_MUL, one_of(g, op[2], a.re), one_of(g, op[3], a.im));
    return (weft_expr){re, make(g, WEFT_OP_MUL, weft_graph_number(g, sign), im)};
}

/* Of a complex number only functions that have one value everywhere in the plane: a root or a
 * logarithm would need a choice of branch. */
bool expr_function(weft_graph *g, weft_op op, weft_expr a, weft_expr *out)
{
    static const weft_op sine[] = {WEFT_OP_SIN, WEFT_OP_COSH, WEFT_OP_COS, WEFT_OP_SINH};
    static const weft_op cosine[] = {WEFT_OP_COS, WEFT_OP_COSH, WEFT_OP_SIN, WEFT_OP_SINH};
    static const weft_op hyperbolic_sine[] = {WEFT_OP_SINH, WEFT_OP_COS, WEFT_OP_COSH, WEFT_OP_SIN};
    static const weft_op hyperbolic_cosine[] = {WEFT_OP_COSH, WEFT_OP_COS, WEFT_OP_SINH,
                                                WEFT_OP_SIN};
    if (op == WEFT_OP_ABS && a.im)
        *out = expr_real(one_of(g, WEFT_OP_SQRT, expr_abs2(g, a)));
    else if (!a.im)
        *out = expr_real(one_of(g, op, a.re));
    else if (op == WEFT_OP_EXP)
        *out = exponential(g, a);
    else if (op == WEFT_OP_SIN)
        *out = parts(g, a, sine, 1.0);
    else if (op == WEFT_OP_COS)
        *out = parts(g, a, cosine, -1.0);
    else if (op == WEFT_OP_SINH)
        *out = parts(g, a, hyperbolic_sine, 1.0);
    else if (op == WEFT_OP_COSH)
        *out = parts(g, a, hyperbolic_cosine, 1.0);
    else
        return false;
    return true;
}
