/* Linear parts by the rules of algebra.
 *
 * Every node is constant + linear + rest, where linear is a sum of constant factors in k space on
 * fields and noises. The rules of the node follow from those of its operands: sums add; for a
 * product with v = node - constant,
 *     (c1 + v1)(c2 + v2) = c1 c2 + (c1 v2 + c2 v1) + v1 v2,
 * so that the linear part is c1 L2 + c2 L1 and all else is rest: nothing is approximated, and the
 * parts add up to the node again. Factors that are no plain numbers (places, times, means) leave a
 * term in the rest.
 *
 * Example: (1 + u)^2 - 1 - v with fields u and v. The square is 1 + 2 u + u^2: constant 1, linear
 * part 2 u, rest u^2. With the other terms the constant is 0, the linear part 2 u - v, and the rest
 * u^2. An exponential stepper solves the linear part exactly and the rest by quadrature; a wrong
 * split would still be the same equation, but a stiff one.
 *
 * Invariant: constant + linear + rest is the node, and value is linear + rest. split_product and
 * split_power need the value of each operand, which is why it is kept beside its parts. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

/* Results are kept by node, so that a node that occurs twice is taken apart once. */
struct weft_splitter {
    weft_graph *g;
    weft_split **of; /* by node; NULL: not yet */
    int capacity;
};

enum { POWER_MOST = 12 }; /* (1 + u)^n is multiplied out up to this n */

/* Arrays are made with the first node. */
weft_splitter *weft_splitter_create(weft_graph *graph)
{
    weft_splitter *s = weft_alloc(1, sizeof *s);
    s->g = graph;
    return s;
}

void weft_splitter_free(weft_splitter *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->capacity; i++)
        weft_free(s->of[i]);
    weft_free(s->of);
    weft_free(s);
}

/* Short names for the two operations of this file. */
static int mul(weft_graph *g, int a, int b)
{
    return weft_graph_make(g, WEFT_OP_MUL, a, b, 0);
}

static int add(weft_graph *g, int a, int b)
{
    return weft_graph_make(g, WEFT_OP_ADD, a, b, 0);
}

/* ---- rules ---- */

/* Add factor times the linear part of one split to that of another. */
static void add_scaled(weft_graph *g, weft_symbol factor, const weft_split *from, weft_split *to)
{
    for (int i = 0; i < WEFT_SPLIT_VARIABLES; i++) {
        weft_symbol f = from->field[i], n = from->noise[i];
        if (f.even || f.odd)
            to->field[i] = weft_symbol_sum(g, to->field[i], weft_symbol_product(g, factor, f));
        if (n.even || n.odd)
            to->noise[i] = weft_symbol_sum(g, to->noise[i], weft_symbol_product(g, factor, n));
    }
}

/* A constant as a symbol. */
static weft_symbol plain(weft_graph *g, double c)
{
    return (weft_symbol){weft_graph_number(g, c), 0};
}

/* Constants, linear parts and rests each add up. */
static void split_sum(weft_graph *g, weft_op op, const weft_split *a, const weft_split *b,
                      weft_split *out)
{
    double sign = op == WEFT_OP_ADD ? 1.0 : -1.0;
    out->constant = a->constant + sign * b->constant;
    out->rest = weft_graph_make(g, op, a->rest, b->rest, 0);
    out->value = weft_graph_make(g, op, a->value, b->value, 0);
    add_scaled(g, plain(g, 1.0), a, out);
    add_scaled(g, plain(g, sign), b, out);
}

/* The formula at the head of this file. `value` is made by the same rules as `rest`, so the two are
 * the same node where the linear part is empty. */
static void split_product(weft_graph *g, const weft_split *a, const weft_split *b, weft_split *out)
{
    int ca = weft_graph_number(g, a->constant), cb = weft_graph_number(g, b->constant);
    int both = mul(g, a->value, b->value);
    out->constant = a->constant * b->constant;
    out->rest = add(g, add(g, mul(g, ca, b->rest), mul(g, cb, a->rest)), both);
    out->value = add(g, add(g, mul(g, ca, b->value), mul(g, cb, a->value)), both);
    add_scaled(g, plain(g, a->constant), b, out);
    add_scaled(g, plain(g, b->constant), a, out);
}

/* What an operator makes of a constant; 0 where the factor is not finite. */
static double symbol_at_zero(const weft_graph *g, int even)
{
    static const double zero[4] = {0};
    double value = weft_graph_wave_value(g, even, zero);
    return isfinite(value) ? value : 0.0;
}

/* An operator is linear: it acts on each part, and multiplies the symbols of the linear one. */
static void split_operator(weft_graph *g, weft_symbol s, const weft_split *a, weft_split *out)
{
    out->constant = a->constant != 0.0 ? symbol_at_zero(g, s.even) * a->constant : 0.0;
    out->rest = weft_graph_operator(g, s.even, s.odd, a->rest);
    out->value = weft_graph_operator(g, s.even, s.odd, a->value);
    add_scaled(g, s, a, out);
}

/* A mean keeps the mode k = 0 alone. So the mean of a linear term is a linear term with a symbol
 * that is 1 at k = 0 and 0 elsewhere. */
static void split_mean(weft_graph *g, const weft_split *a, weft_split *out)
{
    int k2 = weft_graph_variable(g, WEFT_VAR_WAVE, 3);
    weft_symbol zero_mode = {weft_graph_make(g, WEFT_OP_EQUAL, k2, 0, 0), 0};
    out->constant = a->constant;
    out->rest = weft_graph_mean(g, a->rest);
    out->value = weft_graph_mean(g, a->value);
    add_scaled(g, zero_mode, a, out);
}

/* Places and times are rest: they are no unknowns, and no constants either. */
static void split_variable(weft_graph *g, weft_graph_node x, weft_split *out)
{
    if (x.variable == WEFT_VAR_FIELD)
        out->field[x.index] = plain(g, 1.0);
    else if (x.variable == WEFT_VAR_NOISE)
        out->noise[x.index] = plain(g, 1.0);
    else
        out->rest = out->value;
}

/* (c + v)^n = c^n + (rest of the product of n such factors). Without a constant, v^n has no linear
 * part. Above POWER_MOST it is left as it is, which is exact as well, but hides a linear part. */
static void split_power(weft_splitter *s, int base, int power, weft_split *out)
{
    const weft_split *a = weft_split_of(s, base);
    if (a->constant == 0.0 || power > POWER_MOST) {
        out->rest = out->value;
        return;
    }
    weft_split sum = *a, next;
    for (int i = 1; i < power; i++) {
        next = (weft_split){0};
        split_product(s->g, &sum, a, &next);
        sum = next;
    }
    *out = sum;
}

/* Functions such as sin(u) are all rest. */
static void split_node(weft_splitter *s, int node, weft_split *out)
{
    weft_graph *g = s->g;
    const weft_graph_node x = *weft_graph_at(g, node);
    const unsigned inside = EXPR_ON_FIELD | EXPR_ON_NOISE;
    out->value = node;
    if (x.op == WEFT_OP_NUMBER) {
        out->constant = x.number;
        out->value = 0;
    } else if (x.op == WEFT_OP_VARIABLE) {
        split_variable(g, x, out);
    } else if (!(x.depends & inside)) {
        out->rest = node;
    } else if (x.op == WEFT_OP_ADD || x.op == WEFT_OP_SUB) {
        split_sum(g, x.op, weft_split_of(s, x.a), weft_split_of(s, x.b), out);
    } else if (x.op == WEFT_OP_MUL) {
        split_product(g, weft_split_of(s, x.a), weft_split_of(s, x.b), out);
    } else if (x.op == WEFT_OP_POWER) {
        split_power(s, x.a, x.index, out);
    } else if (x.op == WEFT_OP_OPERATOR) {
        split_operator(g, (weft_symbol){x.a, x.b}, weft_split_of(s, x.c), out);
    } else if (x.op == WEFT_OP_MEAN) {
        split_mean(g, weft_split_of(s, x.a), out);
    } else {
        out->rest = node;
    }
}

/* Taking apart makes new nodes, so the array is sized with room for more, and grown when that does
 * not suffice. */
const weft_split *weft_split_of(weft_splitter *s, int node)
{
    if (node >= s->capacity) {
        int capacity = weft_graph_size(s->g) + 256;
        s->of = weft_grow(s->of, (size_t)s->capacity, (size_t)capacity, sizeof *s->of);
        s->capacity = capacity;
    }
    if (!s->of[node]) {
        weft_split *out = weft_alloc(1, sizeof *out);
        split_node(s, node, out);
        out->linear = out->rest == 0;
        s->of[node] = out; /* the array may have been replaced meanwhile, never the entries */
    }
    return s->of[node];
}

/* ---- degree ---- */

/* known: result + 2 of nodes that were done, so that 0 means "not yet" and -1 can be kept. */
static int degree(const weft_graph *g, int node, int *known)
{
    const weft_graph_node *x = weft_graph_at(g, node);
    if (known[node])
        return known[node] - 2;
    int result = 0;
    if (!(x->depends & (EXPR_ON_FIELD | EXPR_ON_PLACE | EXPR_ON_NOISE)) || x->op == WEFT_OP_MEAN) {
        result = 0;
    } else if (x->op == WEFT_OP_VARIABLE || x->op == WEFT_OP_SHIFT ||
               !(x->depends & (EXPR_ON_FIELD | EXPR_ON_NOISE))) {
        result = 1;
    } else {
        int a = degree(g, x->a, known), b = degree(g, x->b, known), c = degree(g, x->c, known);
        if (x->op == WEFT_OP_OPERATOR)
            result = c;
        else if (x->op == WEFT_OP_ADD || x->op == WEFT_OP_SUB)
            result = a < 0 || b < 0 ? -1 : a > b ? a : b;
        else if (x->op == WEFT_OP_MUL)
            result = a < 0 || b < 0 ? -1 : a + b;
        else if (x->op == WEFT_OP_DIV)
            result = b == 0 ? a : -1;
        else if (x->op == WEFT_OP_POWER)
            result = a < 0 ? -1 : a * x->index;
        else
            result = -1;
    }
    known[node] = result + 2;
    return result;
}

/* Decides how many wavenumbers must be cut for products to be free of aliasing. */
int weft_graph_degree(const weft_graph *g, int node)
{
    int *known = weft_alloc((size_t)weft_graph_size(g), sizeof *known);
    int result = degree(g, node, known);
    weft_free(known);
    return result;
}
