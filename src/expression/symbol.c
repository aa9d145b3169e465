/* Linear operators: their symbols (what multiplies a mode k) and what an operator or a mean makes
 * of a node. A symbol is even(k) + i odd(k) with real functions, so that a real field stays real.
 * What does not depend on the site is taken out of an operator and out of a mean, and an operator
 * of an operator becomes one with the product of both symbols: all linear terms of a field then
 * stand beside each other as one operator each, which is how the stiff part of an equation is
 * found.
 *
 * Example: 3*lap(dx(u)) - 2*dx(lap(u)). The inner operators are joined, lap dx = dx lap = -i k^3,
 * the numbers go in front, and the sum finds that both terms are the same operator on u: what is
 * left is one operator with the factor -i k^3. */
#include "graph.h"
#include "internal.h"
#include "weft/memory.h"

/* An operation of two operands. */
static int make_two(weft_graph *g, weft_op op, int a, int b)
{
    return weft_graph_make(g, op, a, b, 0);
}

/* (a + i b)(c + i d), in real numbers. */
weft_symbol weft_symbol_product(weft_graph *g, weft_symbol a, weft_symbol b)
{
    int even = make_two(g, WEFT_OP_SUB, make_two(g, WEFT_OP_MUL, a.even, b.even),
                        make_two(g, WEFT_OP_MUL, a.odd, b.odd));
    int odd = make_two(g, WEFT_OP_ADD, make_two(g, WEFT_OP_MUL, a.even, b.odd),
                       make_two(g, WEFT_OP_MUL, a.odd, b.even));
    return (weft_symbol){even, odd};
}

weft_symbol weft_symbol_sum(weft_graph *g, weft_symbol a, weft_symbol b)
{
    int even = make_two(g, WEFT_OP_ADD, a.even, b.even),
        odd = make_two(g, WEFT_OP_ADD, a.odd, b.odd);
    return (weft_symbol){even, odd};
}

/* Can a factor be infinite or nan at some k? False is certain. */
static bool may_be_infinite(const weft_graph *g, int node)
{
    const weft_graph_node *x = &g->node[node];
    if (x->op == WEFT_OP_FINITE || x->op == WEFT_OP_VARIABLE || x->op == WEFT_OP_NUMBER)
        return false;
    if (x->op == WEFT_OP_DIV || x->op == WEFT_OP_POW || x->op == WEFT_OP_LOG ||
        x->op == WEFT_OP_TAN || x->op == WEFT_OP_EXP)
        return true;
    return may_be_infinite(g, x->a) || may_be_infinite(g, x->b) || may_be_infinite(g, x->c);
}

int weft_graph_finite(weft_graph *g, int a)
{
    return may_be_infinite(g, a) ? weft_graph_make(g, WEFT_OP_FINITE, a, 0, 0) : a;
}

/* 1/(a + i b) = (a - i b)/(a^2 + b^2). Where the symbol is 0 (often at k = 0) the value is infinite
 * or nan; callers decide what that mode means. */
weft_symbol weft_symbol_inverse(weft_graph *g, weft_symbol a)
{
    int one = weft_graph_number(g, 1.0);
    if (a.odd == 0)
        return (weft_symbol){weft_graph_finite(g, weft_graph_make(g, WEFT_OP_DIV, one, a.even, 0)),
                             0};
    int square =
        make_two(g, WEFT_OP_ADD, weft_graph_power(g, a.even, 2), weft_graph_power(g, a.odd, 2));
    int even = weft_graph_finite(g, weft_graph_make(g, WEFT_OP_DIV, a.even, square, 0));
    int odd = weft_graph_finite(g, weft_graph_make(g, WEFT_OP_DIV, a.odd, square, 0));
    return (weft_symbol){even, make_two(g, WEFT_OP_MUL, weft_graph_number(g, -1.0), odd)};
}

/* ---- operators and means ---- */

/* In the order of the numbers, so that every node is computed once and after its operands. Nodes
 * that depend on anything but waves are skipped: they are no part of a symbol. */
double weft_graph_wave_value(const weft_graph *g, int node, const double wave[4])
{
    double *value = weft_alloc((size_t)node + 1, sizeof *value);
    for (int i = 1; i <= node; i++) {
        const weft_graph_node *x = &g->node[i];
        if (x->op == WEFT_OP_NUMBER)
            value[i] = x->number;
        else if (x->depends != EXPR_ON_WAVE)
            continue;
        else if (x->op == WEFT_OP_VARIABLE)
            value[i] = wave[x->index];
        else if (x->op == WEFT_OP_POWER)
            value[i] = expr_integer_power(value[x->a], x->index);
        else
            value[i] = expr_apply(x->op, value[x->a], value[x->b], value[x->c]);
    }
    double result = value[node];
    weft_free(value);
    return result;
}

/* What an operator makes of a constant: its factor at k = 0, and 0 where that is not finite. The
 * odd part is 0 there. A factor that is not finite at k = 0, such as 1/k^2, leaves the mean out by
 * convention. */
static double at_zero(const weft_graph *g, int even)
{
    double number;
    if (weft_graph_is_number(g, even, &number))
        return number;
    static const double zero[4] = {0};
    double value = weft_graph_wave_value(g, even, zero);
    return isfinite(value) ? value : 0.0;
}

/* Whether a node has the same value at all sites; a mean has, though it depends on fields. */
static bool is_uniform(const weft_graph *g, int node)
{
    return !(g->node[node].depends & (EXPR_ON_FIELD | EXPR_ON_PLACE | EXPR_ON_NOISE)) ||
           g->node[node].op == WEFT_OP_MEAN;
}

/* uniform * rest of a product with a factor that is the same at all sites; false: there is none. */
static bool uniform_factor(const weft_graph *g, int node, int *uniform, int *rest)
{
    const weft_graph_node *x = &g->node[node];
    if (x->op != WEFT_OP_MUL && x->op != WEFT_OP_DIV)
        return false;
    if (x->op == WEFT_OP_MUL && is_uniform(g, x->a)) {
        *uniform = x->a;
        *rest = x->b;
        return true;
    }
    *uniform = x->b;
    *rest = x->a;
    return is_uniform(g, x->b);
}

/* The rules in their order: nothing stays nothing; a plain number is a product; of a uniform
 * argument only the mode k = 0 is there; uniform factors go outside; two operators become one; a
 * constant in front of the symbol goes outside. What is left becomes a node. Each rule calls this
 * function again with something smaller, so it ends. */
int weft_graph_operator(weft_graph *g, int even, int odd, int arg)
{
    int uniform, rest, scaled;
    if ((even == 0 && odd == 0) || arg == 0)
        return 0;
    if (odd == 0 && g->node[even].op == WEFT_OP_NUMBER)
        return weft_graph_make(g, WEFT_OP_MUL, even, arg, 0);
    if (is_uniform(g, arg))
        return expr_times(g, at_zero(g, even), arg);
    if (uniform_factor(g, arg, &uniform, &rest)) {
        weft_op op = g->node[arg].op;
        return weft_graph_make(
            g, op, op == WEFT_OP_MUL ? uniform : weft_graph_operator(g, even, odd, rest),
            op == WEFT_OP_MUL ? weft_graph_operator(g, even, odd, rest) : uniform, 0);
    }
    const weft_graph_node inner = g->node[arg];
    if (inner.op == WEFT_OP_OPERATOR) {
        weft_symbol s =
            weft_symbol_product(g, (weft_symbol){even, odd}, (weft_symbol){inner.a, inner.b});
        return weft_graph_operator(g, s.even, s.odd, inner.c);
    }
    double factor = odd == 0 ? expr_factor(g, even, &scaled) : 1.0;
    if (factor != 1.0)
        return expr_times(g, factor, weft_graph_operator(g, scaled, 0, arg));
    factor = even == 0 ? expr_factor(g, odd, &scaled) : 1.0;
    if (factor != 1.0)
        return expr_times(g, factor, weft_graph_operator(g, 0, scaled, arg));
    return expr_intern(g, (weft_graph_node){.op = WEFT_OP_OPERATOR,
                                            .a = even,
                                            .b = odd,
                                            .c = arg,
                                            .depends = g->node[arg].depends});
}

/* A mean counts as a number that changes in time, so that nothing takes it for a static field. The
 * mean of lap(u) is not folded to zero: between walls it is the flow through them. The mean of an
 * operator's result is the factor at k = 0 times the mean of its argument. */
int weft_graph_mean(weft_graph *g, int arg)
{
    int uniform, rest;
    if (is_uniform(g, arg))
        return arg;
    if (uniform_factor(g, arg, &uniform, &rest)) {
        rest = weft_graph_mean(g, rest);
        return g->node[arg].op == WEFT_OP_MUL ? weft_graph_make(g, WEFT_OP_MUL, uniform, rest, 0)
                                              : weft_graph_make(g, WEFT_OP_DIV, rest, uniform, 0);
    }
    return expr_intern(g, (weft_graph_node){.op = WEFT_OP_MEAN,
                                            .a = arg,
                                            .depends = g->node[arg].depends | EXPR_ON_UNIFORM});
}
