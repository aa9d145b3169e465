/* The graph of an expression. Every node is kept in a hash table by what it is, so that equal
 * expressions are one node and are computed once; operands always have smaller numbers than the
 * node that uses them, so that the order of the numbers is an order of evaluation. The rules that
 * fold a node as it is made are exact in algebra, and change a value by rounding alone; they keep
 * one number at most in front of a product, so that terms that differ by a factor are found to be
 * the same term. */
#include "internal.h"
#include "weft/error.h"
#include "weft/memory.h"
#include <string.h>

struct weft_graph {
    weft_graph_node *node;
    int n, capacity;
    int *table; /* open addressing; 0: free (node 0 is never looked up) */
    int slots;
};

/* ---- storage ---- */

static uint64_t mix(uint64_t h, uint64_t value)
{
    h ^= value + UINT64_C(0x9e3779b97f4a7c15) + (h << 6) + (h >> 2);
    return h * UINT64_C(0xff51afd7ed558ccd);
}

static uint64_t hash(const weft_graph_node *x)
{
    uint64_t number;
    memcpy(&number, &x->number, sizeof number);
    uint64_t h = mix((uint64_t)x->op, number);
    h = mix(h, (uint64_t)x->a);
    h = mix(h, (uint64_t)x->b);
    h = mix(h, (uint64_t)x->c);
    h = mix(h, (uint64_t)x->variable * 4096 + (uint64_t)x->index);
    h = mix(h, (uint64_t)(uint8_t)x->offset[0] << 16 | (uint64_t)(uint8_t)x->offset[1] << 8 |
                   (uint8_t)x->offset[2]);
    return h ^ (h >> 29);
}

static bool same(const weft_graph_node *x, const weft_graph_node *y)
{
    return x->op == y->op && x->a == y->a && x->b == y->b && x->c == y->c &&
           memcmp(&x->number, &y->number, sizeof x->number) == 0 && x->variable == y->variable &&
           x->index == y->index && memcmp(x->offset, y->offset, sizeof x->offset) == 0;
}

static int slot_of(const weft_graph *g, const weft_graph_node *x)
{
    int slot = (int)(hash(x) & (uint64_t)(g->slots - 1));
    while (g->table[slot] && !same(&g->node[g->table[slot]], x))
        slot = (slot + 1) & (g->slots - 1);
    return slot;
}

static void grow(weft_graph *g)
{
    int capacity = 2 * g->capacity;
    weft_graph_node *node = weft_alloc((size_t)capacity, sizeof *node);
    memcpy(node, g->node, (size_t)g->n * sizeof *node);
    weft_free(g->node);
    weft_free(g->table);
    g->node = node;
    g->capacity = capacity;
    g->slots = 4 * capacity;
    g->table = weft_alloc((size_t)g->slots, sizeof *g->table);
    for (int i = 1; i < g->n; i++)
        g->table[slot_of(g, &g->node[i])] = i;
}

static int intern(weft_graph *g, weft_graph_node x)
{
    if (x.op == WEFT_OP_NUMBER && x.number == 0.0)
        return 0;
    int slot = slot_of(g, &x);
    if (g->table[slot])
        return g->table[slot];
    if (g->n == g->capacity) {
        grow(g);
        slot = slot_of(g, &x);
    }
    g->node[g->n] = x;
    g->table[slot] = g->n;
    return g->n++;
}

weft_graph *weft_graph_create(void)
{
    weft_graph *g = weft_alloc(1, sizeof *g);
    g->capacity = 64;
    g->node = weft_alloc((size_t)g->capacity, sizeof *g->node);
    g->slots = 4 * g->capacity;
    g->table = weft_alloc((size_t)g->slots, sizeof *g->table);
    g->n = 1; /* the number 0 */
    return g;
}

void weft_graph_free(weft_graph *g)
{
    if (!g)
        return;
    weft_free(g->node);
    weft_free(g->table);
    weft_free(g);
}

const weft_graph_node *weft_graph_at(const weft_graph *g, int node)
{
    WEFT_ASSERT(node >= 0 && node < g->n);
    return &g->node[node];
}

int weft_graph_size(const weft_graph *g)
{
    return g->n;
}

/* ---- leaves ---- */

int weft_graph_number(weft_graph *g, double value)
{
    return intern(g, (weft_graph_node){.op = WEFT_OP_NUMBER, .number = value});
}

int weft_graph_variable(weft_graph *g, weft_variable kind, int index)
{
    return intern(
        g, (weft_graph_node){
               .op = WEFT_OP_VARIABLE, .variable = kind, .index = index, .depends = 1u << kind});
}

bool weft_graph_is_number(const weft_graph *g, int node, double *value)
{
    *value = g->node[node].number;
    return g->node[node].op == WEFT_OP_NUMBER;
}

/* number * rest: the number in front of a product and what it multiplies. */
static double factor_of(const weft_graph *g, int node, int *rest)
{
    const weft_graph_node *x = &g->node[node];
    double c;
    *rest = node;
    if (x->op != WEFT_OP_MUL || !weft_graph_is_number(g, x->a, &c))
        return 1.0;
    *rest = x->b;
    return c;
}

static int plain(weft_graph *g, weft_op op, int a, int b, int c)
{
    unsigned depends = g->node[a].depends | g->node[b].depends | g->node[c].depends;
    return intern(g, (weft_graph_node){.op = op, .a = a, .b = b, .c = c, .depends = depends});
}

static int times(weft_graph *g, double c, int node)
{
    return weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, c), node, 0);
}

int expr_shifted(weft_graph *g, int leaf, const int offset[3])
{
    weft_graph_node x = {.op = WEFT_OP_SHIFT, .a = leaf, .depends = g->node[leaf].depends};
    for (int i = 0; i < 3; i++)
        x.offset[i] = (int8_t)offset[i];
    return intern(g, x);
}

/* ---- folding ---- */

static int sorted(weft_graph *g, weft_op op, int a, int b)
{
    return a < b ? plain(g, op, a, b, 0) : plain(g, op, b, a, 0);
}

static int add(weft_graph *g, int a, int b)
{
    int ra, rb;
    if (a == 0 || b == 0)
        return a == 0 ? b : a;
    double ca = factor_of(g, a, &ra), cb = factor_of(g, b, &rb);
    if (ra == rb)
        return times(g, ca + cb, ra);
    if (cb == -1.0)
        return plain(g, WEFT_OP_SUB, a, rb, 0);
    if (ca == -1.0)
        return plain(g, WEFT_OP_SUB, b, ra, 0);
    return sorted(g, WEFT_OP_ADD, a, b);
}

static int subtract(weft_graph *g, int a, int b)
{
    int ra, rb;
    double value;
    if (b == 0)
        return a;
    if (a == 0)
        return times(g, -1.0, b);
    double ca = factor_of(g, a, &ra), cb = factor_of(g, b, &rb);
    if (ra == rb)
        return times(g, ca - cb, ra);
    if (cb < 0.0 || weft_graph_is_number(g, b, &value))
        return add(g, a, times(g, -1.0, b));
    return plain(g, WEFT_OP_SUB, a, b, 0);
}

static int base_of(const weft_graph *g, int node, int *power)
{
    const weft_graph_node *x = &g->node[node];
    *power = x->op == WEFT_OP_POWER ? x->index : 1;
    return x->op == WEFT_OP_POWER ? x->a : node;
}

static int multiply(weft_graph *g, int a, int b)
{
    int ra, rb, na, nb;
    double va, vb;
    if (a == 0 || b == 0)
        return 0;
    bool number_a = weft_graph_is_number(g, a, &va), number_b = weft_graph_is_number(g, b, &vb);
    if (number_b && !number_a)
        return multiply(g, b, a);
    double cb = factor_of(g, b, &rb);
    if (number_a) {
        if (va == 1.0)
            return b;
        return cb != 1.0 ? multiply(g, weft_graph_number(g, va * cb), rb)
                         : plain(g, WEFT_OP_MUL, a, b, 0);
    }
    double ca = factor_of(g, a, &ra);
    if (ca != 1.0 || cb != 1.0)
        return times(g, ca * cb, multiply(g, ra, rb));
    int base_a = base_of(g, a, &na), base_b = base_of(g, b, &nb);
    if (base_a == base_b)
        return weft_graph_power(g, base_a, na + nb);
    return sorted(g, WEFT_OP_MUL, a, b);
}

static int divide(weft_graph *g, int a, int b)
{
    int ra, rb;
    double value;
    if (a == 0)
        return 0;
    if (weft_graph_is_number(g, b, &value))
        return times(g, 1.0 / value, a);
    if (weft_graph_is_number(g, a, &value) && value != 1.0)
        return times(g, value, divide(g, weft_graph_number(g, 1.0), b));
    double ca = factor_of(g, a, &ra), cb = factor_of(g, b, &rb);
    if (ca != 1.0 || cb != 1.0)
        return times(g, ca / cb, divide(g, ra, rb));
    return plain(g, WEFT_OP_DIV, a, b, 0);
}

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
               op == WEFT_OP_SINH || op == WEFT_OP_TANH || op == WEFT_OP_SIGN || op == WEFT_OP_ERF;
    int rest;
    double factor = factor_of(g, a, &rest);
    if (!(factor < 0.0) || !(even || odd))
        return plain(g, op, a, 0, 0);
    int f = plain(g, op, times(g, -factor, rest), 0, 0);
    return even ? f : times(g, -1.0, f);
}

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
        return weft_graph_is_number(g, a, &value) ? (value != 0.0 ? b : c) : plain(g, op, a, b, c);
    case WEFT_OP_MIN:
    case WEFT_OP_MAX:
        return a == b ? a : sorted(g, op, a, b);
    default:
        return expr_operands(op) == 1 ? mirrored(g, op, a) : plain(g, op, a, b, c);
    }
}

int weft_graph_power(weft_graph *g, int a, int power)
{
    int rest;
    double value, factor = factor_of(g, a, &rest);
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
        return times(g, expr_integer_power(factor, power), weft_graph_power(g, rest, power));
    if (x.op == WEFT_OP_POWER && (int64_t)x.index * power < 1000)
        return weft_graph_power(g, x.a, x.index * power);
    /* k^2 of k = sqrt(k2), which is never negative */
    if (x.op == WEFT_OP_SQRT && x.depends == EXPR_ON_WAVE && power % 2 == 0)
        return weft_graph_power(g, x.a, power / 2);
    if (x.op == WEFT_OP_ABS && power % 2 == 0)
        return weft_graph_power(g, x.a, power);
    return intern(
        g, (weft_graph_node){.op = WEFT_OP_POWER, .a = a, .index = power, .depends = x.depends});
}

/* ---- symbols ---- */

static int make_two(weft_graph *g, weft_op op, int a, int b)
{
    return weft_graph_make(g, op, a, b, 0);
}

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

weft_symbol weft_symbol_inverse(weft_graph *g, weft_symbol a)
{
    int one = weft_graph_number(g, 1.0);
    if (a.odd == 0)
        return (weft_symbol){weft_graph_make(g, WEFT_OP_DIV, one, a.even, 0), 0};
    int square =
        make_two(g, WEFT_OP_ADD, weft_graph_power(g, a.even, 2), weft_graph_power(g, a.odd, 2));
    int even = weft_graph_make(g, WEFT_OP_DIV, a.even, square, 0);
    int odd = weft_graph_make(g, WEFT_OP_DIV, a.odd, square, 0);
    return (weft_symbol){even, make_two(g, WEFT_OP_MUL, weft_graph_number(g, -1.0), odd)};
}

/* ---- operators and means ---- */

/* In the order of the numbers, so that every node is computed once and after its operands. */
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

/* What an operator makes of a constant: its factor at k = 0, and 0 where that is not finite. */
static double at_zero(const weft_graph *g, int even)
{
    double number;
    if (weft_graph_is_number(g, even, &number))
        return number;
    static const double zero[4] = {0};
    double value = weft_graph_wave_value(g, even, zero);
    return isfinite(value) ? value : 0.0;
}

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

int weft_graph_operator(weft_graph *g, int even, int odd, int arg)
{
    int uniform, rest, scaled;
    if ((even == 0 && odd == 0) || arg == 0)
        return 0;
    if (odd == 0 && g->node[even].op == WEFT_OP_NUMBER)
        return weft_graph_make(g, WEFT_OP_MUL, even, arg, 0);
    if (is_uniform(g, arg))
        return times(g, at_zero(g, even), arg);
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
    double factor = odd == 0 ? factor_of(g, even, &scaled) : 1.0;
    if (factor != 1.0)
        return times(g, factor, weft_graph_operator(g, scaled, 0, arg));
    factor = even == 0 ? factor_of(g, odd, &scaled) : 1.0;
    if (factor != 1.0)
        return times(g, factor, weft_graph_operator(g, 0, scaled, arg));
    return intern(g, (weft_graph_node){.op = WEFT_OP_OPERATOR,
                                       .a = even,
                                       .b = odd,
                                       .c = arg,
                                       .depends = g->node[arg].depends});
}

/* A mean counts as a number that changes in time, so that nothing takes it for a static field. */
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
    const weft_graph_node inner = g->node[arg];
    if (inner.op == WEFT_OP_OPERATOR)
        return times(g, at_zero(g, inner.a), weft_graph_mean(g, inner.c));
    return intern(g, (weft_graph_node){
                         .op = WEFT_OP_MEAN, .a = arg, .depends = inner.depends | EXPR_ON_UNIFORM});
}
