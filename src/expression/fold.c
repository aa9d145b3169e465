/* The rules by which nodes are made. They are exact in algebra, and change a value by rounding
 * alone; they keep one number at most in front of a product, so that terms that differ by a factor
 * are found to be the same term. Operands of sums and products are in the order of their numbers,
 * so that a + b and b + a are one node. Where all operands are numbers, the node is the number that
 * expr_apply gives: a constant has the same bits whether it is folded here or computed in a row.
 *
 * The rules, with c numbers and t other nodes:
 *
 *       t + 0 = t            0 t = 0            t - t = 0          t / c = (1/c) t
 *       c1 t + c2 t = (c1 + c2) t               t1 + (-1) t2 = t1 - t2
 *       c1 (c2 t) = (c1 c2) t                   (c1 t1)(c2 t2) = (c1 c2) (t1 t2)
 *       t^m t^n = t^(m+n)                       (t^m)^n = t^(m n)
 *       (c t)^n = c^n t^n                       t^(-n) = 1/t^n
 *       sin(-t) = -sin(t), cos(-t) = cos(t), and so on for odd and even functions
 *
 * Products are not multiplied out: (a + b)^2 stays what the user wrote, since other orders of
 * rounding and more work would be the price. Each rule makes something smaller or of the same size,
 * so folding ends.
 *
 * The rule 0 t = 0 holds even where t is infinite or nan at some site; whoever writes 0*log(u)
 * means no term at all. */
#include "graph.h"
#include "internal.h"

/* Rules keep a number as the first operand of a product, so it is enough to look there. */
double expr_factor(const weft_graph *g, int node, int *rest)
{
    const weft_graph_node *x = &g->node[node];
    double c;
    *rest = node;
    if (x->op != WEFT_OP_MUL || !weft_graph_is_number(g, x->a, &c))
        return 1.0;
    *rest = x->b;
    return c;
}

int expr_times(weft_graph *g, double c, int node)
{
    return weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, c), node, 0);
}

/* Operations that commute, with the smaller node first. */
static int sorted(weft_graph *g, weft_op op, int a, int b)
{
    return a < b ? expr_plain(g, op, a, b, 0) : expr_plain(g, op, b, a, 0);
}

/* c1 t + c2 t is (c1 + c2) t; a + (-1) t is written as a difference, which saves a product at each
 * site. */
static int add(weft_graph *g, int a, int b)
{
    int ra, rb;
    if (a == 0 || b == 0)
        return a == 0 ? b : a;
    double ca = expr_factor(g, a, &ra), cb = expr_factor(g, b, &rb);
    if (ra == rb)
        return expr_times(g, ca + cb, ra);
    if (cb == -1.0)
        return expr_plain(g, WEFT_OP_SUB, a, rb, 0);
    if (ca == -1.0)
        return expr_plain(g, WEFT_OP_SUB, b, ra, 0);
    return sorted(g, WEFT_OP_ADD, a, b);
}

/* a - c t with a negative c, or with a number, is a sum: one form for equal values. */
static int subtract(weft_graph *g, int a, int b)
{
    int ra, rb;
    double value;
    if (b == 0)
        return a;
    if (a == 0)
        return expr_times(g, -1.0, b);
    double ca = expr_factor(g, a, &ra), cb = expr_factor(g, b, &rb);
    if (ra == rb)
        return expr_times(g, ca - cb, ra);
    if (cb < 0.0 || weft_graph_is_number(g, b, &value))
        return add(g, a, expr_times(g, -1.0, b));
    return expr_plain(g, WEFT_OP_SUB, a, b, 0);
}

/* A node as a power: u^3 is base u, power 3; any other node is its own first power. */
static int base_of(const weft_graph *g, int node, int *power)
{
    const weft_graph_node *x = &g->node[node];
    *power = x->op == WEFT_OP_POWER ? x->index : 1;
    return x->op == WEFT_OP_POWER ? x->a : node;
}

/* Numbers in front are multiplied and kept in front, and powers of the same base are joined. */
static int multiply(weft_graph *g, int a, int b)
{
    int ra, rb, na, nb;
    double va, vb;
    if (a == 0 || b == 0)
        return 0;
    bool number_a = weft_graph_is_number(g, a, &va), number_b = weft_graph_is_number(g, b, &vb);
    if (number_b && !number_a)
        return multiply(g, b, a);
    double cb = expr_factor(g, b, &rb);
    if (number_a) {
        if (va == 1.0)
            return b;
        return cb != 1.0 ? multiply(g, weft_graph_number(g, va * cb), rb)
                         : expr_plain(g, WEFT_OP_MUL, a, b, 0);
    }
    double ca = expr_factor(g, a, &ra);
    if (ca != 1.0 || cb != 1.0)
        return expr_times(g, ca * cb, multiply(g, ra, rb));
    int base_a = base_of(g, a, &na), base_b = base_of(g, b, &nb);
    if (base_a == base_b)
        return weft_graph_power(g, base_a, na + nb);
    return sorted(g, WEFT_OP_MUL, a, b);
}

/* Dividing by a number is multiplying by its inverse, rounded once more: exact in algebra, and much
 * faster at each site. */
static int divide(weft_graph *g, int a, int b)
{
    int ra, rb;
    double value;
    if (a == 0)
        return 0;
    if (weft_graph_is_number(g, b, &value))
        return expr_times(g, 1.0 / value, a);
    if (weft_graph_is_number(g, a, &value) && value != 1.0)
        return expr_times(g, value, divide(g, weft_graph_number(g, 1.0), b));
    double ca = expr_factor(g, a, &ra), cb = expr_factor(g, b, &rb);
    if (ca != 1.0 || cb != 1.0)
        return expr_times(g, ca / cb, divide(g, ra, rb));
    return expr_plain(g, WEFT_OP_DIV, a, b, 0);
}

/* An operation without operands is no constant of this kind: leaves are made elsewhere. */
static bool all_numbers(const weft_graph *g, weft_op op, int a, int b, int c)
{
    const int operands = expr_operands(op), node[3] = {a, b, c};
    for (int i = 0; i < operands; i++)
        if (g->node[node[i]].op != WEFT_OP_NUMBER)
            return false;
    return true;
}

/* f(-x) is written as -f(x) or f(x) where f is odd or even, so that F(-k) is seen to be F(k). */
static int mirrored(weft_graph *g, weft_op op, int a)
{
    bool even = op == WEFT_OP_ABS || op == WEFT_OP_COS || op == WEFT_OP_COSH;
    bool odd = op == WEFT_OP_SIN || op == WEFT_OP_TAN || op == WEFT_OP_ASIN || op == WEFT_OP_ATAN ||
               op == WEFT_OP_SINH || op == WEFT_OP_TANH || op == WEFT_OP_SIGN ||
               op == WEFT_OP_ERF || op == WEFT_OP_FINITE;
    int rest;
    double factor = expr_factor(g, a, &rest);
    if (!(factor < 0.0) || !(even || odd))
        return expr_plain(g, op, a, 0, 0);
    int f = expr_plain(g, op, expr_times(g, -factor, rest), 0, 0);
    return even ? f : expr_times(g, -1.0, f);
}

/* Constants first; then the rules of the operation; what no rule changes becomes a node as it is.
 */
int weft_graph_make(weft_graph *g, weft_op op, int a, int b, int c)
{
    double value;
    if (all_numbers(g, op, a, b, c))
        return weft_graph_number(
            g, expr_apply(op, g->node[a].number, g->node[b].number, g->node[c].number));
    switch (op) {
    case WEFT_OP_ADD:
        return add(g, a, b);
    case WEFT_OP_SUB:
        return subtract(g, a, b);
    case WEFT_OP_MUL:
        return multiply(g, a, b);
    case WEFT_OP_DIV:
        return divide(g, a, b);
    case WEFT_OP_WHERE:
        if (b == c)
            return b;
        return weft_graph_is_number(g, a, &value) ? (value != 0.0 ? b : c)
                                                  : expr_plain(g, op, a, b, c);
    case WEFT_OP_MIN:
    case WEFT_OP_MAX:
        return a == b ? a : sorted(g, op, a, b);
    default:
        return expr_operands(op) == 1 ? mirrored(g, op, a) : expr_plain(g, op, a, b, c);
    }
}

/* Negative powers are quotients. Powers of powers are joined up to 1000, far from any overflow of
 * the exponent. */
int weft_graph_power(weft_graph *g, int a, int power)
{
    int rest;
    double value, factor = expr_factor(g, a, &rest);
    const weft_graph_node x = g->node[a];
    if (power == 0)
        return weft_graph_number(g, 1.0);
    if (power == 1)
        return a;
    if (power < 0)
        return divide(g, weft_graph_number(g, 1.0), weft_graph_power(g, a, -power));
    if (weft_graph_is_number(g, a, &value))
        return weft_graph_number(g, expr_integer_power(value, power));
    if (factor != 1.0)
        return expr_times(g, expr_integer_power(factor, power), weft_graph_power(g, rest, power));
    if (x.op == WEFT_OP_POWER && (int64_t)x.index * power < 1000)
        return weft_graph_power(g, x.a, x.index * power);
    /* k^2 of k = sqrt(k2), which is never negative */
    if (x.op == WEFT_OP_SQRT && x.depends == EXPR_ON_WAVE && power % 2 == 0)
        return weft_graph_power(g, x.a, power / 2);
    if (x.op == WEFT_OP_ABS && power % 2 == 0)
        return weft_graph_power(g, x.a, power);
    return expr_intern(
        g, (weft_graph_node){.op = WEFT_OP_POWER, .a = a, .index = power, .depends = x.depends});
}
