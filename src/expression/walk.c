/* Walks over a graph that make new nodes: replacement, shifts, derivatives. Each walk remembers the
 * result of every node that it has done, so that a shared expression is treated once and the work
 * is linear in the size of the graph.
 *
 * Invariants: (1) A walk makes new nodes through the same rules as everybody (weft_graph_make and
 * the others), so what it returns is folded. (2) Nodes that it makes have larger numbers than all
 * that were there before; `done` needs entries for the old ones only, and a walk cannot run in a
 * circle. (3) Node structs are copied before anything is made: the array may move. */
#include "internal.h"
#include "weft/error.h"
#include "weft/memory.h"
#include <string.h>

/* What a walk does and what it has done. `done` has one entry for each node that existed when the
 * walk began: a walk never enters the nodes that it makes. */
typedef struct walk {
    weft_graph *g;
    int *done; /* result + 1 of each node of the graph as it was at the beginning */
    weft_variable kind;
    int n;
    const int *with;
    int offset[3];
    int by;
} walk;

/* A node with other operands. */
static int rebuilt(weft_graph *g, weft_graph_node x, int a, int b, int c)
{
    switch (x.op) {
    case WEFT_OP_POWER:
        return weft_graph_power(g, a, x.index);
    case WEFT_OP_OPERATOR:
        return weft_graph_operator(g, a, b, c);
    case WEFT_OP_MEAN:
        return weft_graph_mean(g, a);
    case WEFT_OP_SHIFT: {
        const int offset[3] = {x.offset[0], x.offset[1], x.offset[2]};
        return weft_graph_shift(g, a, offset);
    }
    default:
        return weft_graph_make(g, x.op, a, b, c);
    }
}

/* ---- replacement ---- */

/* A node none of whose operands changed stays what it is. */
static int replace(walk *w, int node)
{
    if (w->done[node])
        return w->done[node] - 1;
    const weft_graph_node x = *weft_graph_at(w->g, node);
    int result = node;
    if (x.op == WEFT_OP_VARIABLE) {
        if (x.variable == w->kind && x.index < w->n && w->with[x.index] >= 0)
            result = w->with[x.index];
    } else if (x.op != WEFT_OP_NUMBER) {
        /* Unless waves are replaced, the symbols of operators need not be searched. */
        bool factors = x.op == WEFT_OP_OPERATOR; /* they are functions of waves alone */
        int a = factors && w->kind != WEFT_VAR_WAVE ? x.a : replace(w, x.a);
        int b = factors && w->kind != WEFT_VAR_WAVE ? x.b : replace(w, x.b);
        int c = replace(w, x.c);
        if (a != x.a || b != x.b || c != x.c)
            result = rebuilt(w->g, x, a, b, c);
    }
    w->done[node] = result + 1;
    return result;
}

/* All replacements happen at once: what is put in is not searched again. */
int weft_graph_replace(weft_graph *g, int node, weft_variable kind, int n, const int *with)
{
    walk w = {.g = g, .kind = kind, .n = n, .with = with};
    w.done = weft_alloc((size_t)weft_graph_size(g), sizeof *w.done);
    int result = replace(&w, node);
    weft_free(w.done);
    return result;
}

/* ---- shifts ---- */

/* An offset of zero is no shift. */
static int shift_leaf(weft_graph *g, int node, const int offset[3])
{
    if (offset[0] == 0 && offset[1] == 0 && offset[2] == 0)
        return node;
    return expr_shifted(g, node, offset);
}

/* Each node was told when it was made (graph.c), so nothing is searched. */
bool weft_graph_has_shift(const weft_graph *g, int node)
{
    return weft_graph_at(g, node)->shifts;
}

/* Offsets go down to the leaves, so that every shift in a graph is one of a field, a noise or a
 * formula of places, which have ghosts to be read from. Operators and functions commute with a
 * shift; what is the same at all sites ignores it. */
static int shift(walk *w, int node)
{
    const weft_graph_node x = *weft_graph_at(w->g, node);
    const unsigned site = EXPR_ON_FIELD | EXPR_ON_PLACE | EXPR_ON_NOISE;
    if (!(x.depends & site) || x.op == WEFT_OP_MEAN)
        return node;
    if (w->done[node])
        return w->done[node] - 1;
    int result;
    if (x.op == WEFT_OP_SHIFT) {
        /* Offsets of offsets add up; a shift never stands inside a shift. */
        const int sum[3] = {x.offset[0] + w->offset[0], x.offset[1] + w->offset[1],
                            x.offset[2] + w->offset[2]};
        result = shift_leaf(w->g, x.a, sum);
    } else if (x.op == WEFT_OP_VARIABLE ||
               (x.depends == EXPR_ON_PLACE && !weft_graph_has_shift(w->g, node))) {
        result = shift_leaf(w->g, node, w->offset);
    } else {
        int a = shift(w, x.a), b = shift(w, x.b), c = shift(w, x.c);
        result = rebuilt(w->g, x, a, b, c);
    }
    w->done[node] = result + 1;
    return result;
}

/* Shifts of shifts add up. */
int weft_graph_shift(weft_graph *g, int arg, const int offset[3])
{
    walk w = {.g = g};
    memcpy(w.offset, offset, sizeof w.offset);
    w.done = weft_alloc((size_t)weft_graph_size(g), sizeof *w.done);
    int result = shift(&w, arg);
    weft_free(w.done);
    return result;
}

/* ---- derivatives ---- */

/* A constant as a node. */
static int number(weft_graph *g, double value)
{
    return weft_graph_number(g, value);
}

/* An operation of two operands. */
static int make(weft_graph *g, weft_op op, int a, int b)
{
    return weft_graph_make(g, op, a, b, 0);
}

/* 1/sqrt(1 - a^2) and the like: sign/sqrt(one + square a^2). */
static int inverse_root(weft_graph *g, double sign, double one, double square, int a)
{
    int inside = make(g, WEFT_OP_ADD, number(g, one),
                      make(g, WEFT_OP_MUL, number(g, square), weft_graph_power(g, a, 2)));
    return make(g, WEFT_OP_DIV, number(g, sign), weft_graph_make(g, WEFT_OP_SQRT, inside, 0, 0));
}

/* df/da of a function of one number; 0 where it is constant but for jumps. */
static int slope(weft_graph *g, weft_op op, int a, int node)
{
    const double two_over_root_pi = 0x1.20dd750429b6dp0;
    switch (op) {
    case WEFT_OP_SQRT:
        return make(g, WEFT_OP_DIV, number(g, 0.5), node);
    case WEFT_OP_EXP:
        return node;
    case WEFT_OP_LOG:
        return make(g, WEFT_OP_DIV, number(g, 1.0), a);
    case WEFT_OP_SIN:
        return weft_graph_make(g, WEFT_OP_COS, a, 0, 0);
    case WEFT_OP_COS:
        return make(g, WEFT_OP_MUL, number(g, -1.0), weft_graph_make(g, WEFT_OP_SIN, a, 0, 0));
    case WEFT_OP_TAN:
        return make(g, WEFT_OP_ADD, number(g, 1.0), weft_graph_power(g, node, 2));
    case WEFT_OP_ASIN:
        return inverse_root(g, 1.0, 1.0, -1.0, a);
    case WEFT_OP_ACOS:
        return inverse_root(g, -1.0, 1.0, -1.0, a);
    case WEFT_OP_ATAN:
        return make(g, WEFT_OP_DIV, number(g, 1.0),
                    make(g, WEFT_OP_ADD, number(g, 1.0), weft_graph_power(g, a, 2)));
    case WEFT_OP_SINH:
        return weft_graph_make(g, WEFT_OP_COSH, a, 0, 0);
    case WEFT_OP_COSH:
        return weft_graph_make(g, WEFT_OP_SINH, a, 0, 0);
    case WEFT_OP_TANH:
        return make(g, WEFT_OP_SUB, number(g, 1.0), weft_graph_power(g, node, 2));
    case WEFT_OP_ABS:
        return weft_graph_make(g, WEFT_OP_SIGN, a, 0, 0);
    case WEFT_OP_ERF:
        return make(g, WEFT_OP_MUL, number(g, two_over_root_pi),
                    weft_graph_make(
                        g, WEFT_OP_EXP,
                        make(g, WEFT_OP_MUL, number(g, -1.0), weft_graph_power(g, a, 2)), 0, 0));
    default: /* sign, step */
        return 0;
    }
}

/* d(a^b) = a^b (b' log a + b a'/a), without the first part where b is constant. */
static int power_slope(weft_graph *g, weft_graph_node x, int node, int da, int db)
{
    int first = make(g, WEFT_OP_MUL, db, weft_graph_make(g, WEFT_OP_LOG, x.a, 0, 0));
    int lower = make(g, WEFT_OP_POW, x.a, make(g, WEFT_OP_SUB, x.b, number(g, 1.0)));
    int second = make(g, WEFT_OP_MUL, make(g, WEFT_OP_MUL, x.b, da), lower);
    return make(g, WEFT_OP_ADD, db ? make(g, WEFT_OP_MUL, node, first) : 0, da ? second : 0);
}

/* da, db: derivatives of both operands. min and max take the slope of the one that counts. */
static int two_operands(weft_graph *g, weft_graph_node x, int node, int da, int db)
{
    switch (x.op) {
    case WEFT_OP_ADD:
    case WEFT_OP_SUB:
        return make(g, x.op, da, db);
    case WEFT_OP_MUL:
        return make(g, WEFT_OP_ADD, make(g, WEFT_OP_MUL, da, x.b), make(g, WEFT_OP_MUL, x.a, db));
    case WEFT_OP_DIV: /* (a' - (a/b) b')/b */
        return make(g, WEFT_OP_DIV, make(g, WEFT_OP_SUB, da, make(g, WEFT_OP_MUL, node, db)), x.b);
    case WEFT_OP_POW:
        return power_slope(g, x, node, da, db);
    case WEFT_OP_MIN:
        return weft_graph_make(g, WEFT_OP_WHERE, make(g, WEFT_OP_LESS, x.a, x.b), da, db);
    case WEFT_OP_MAX:
        return weft_graph_make(g, WEFT_OP_WHERE, make(g, WEFT_OP_LESS, x.b, x.a), da, db);
    case WEFT_OP_ATAN2: { /* (b a' - a b')/(a^2 + b^2) */
        int top =
            make(g, WEFT_OP_SUB, make(g, WEFT_OP_MUL, x.b, da), make(g, WEFT_OP_MUL, x.a, db));
        return make(g, WEFT_OP_DIV, top,
                    make(g, WEFT_OP_ADD, weft_graph_power(g, x.a, 2), weft_graph_power(g, x.b, 2)));
    }
    default: /* comparisons */
        return 0;
    }
}

/* The chain rule, node by node. A shifted leaf is a variable of its own: only `by` itself has the
 * derivative 1. */
static int derivative(walk *w, int node)
{
    if (node == w->by)
        return number(w->g, 1.0);
    const weft_graph_node x = *weft_graph_at(w->g, node);
    if (x.op == WEFT_OP_NUMBER || x.op == WEFT_OP_VARIABLE || x.op == WEFT_OP_SHIFT)
        return 0;
    if (w->done[node])
        return w->done[node] - 1;
    int result;
    if (x.op == WEFT_OP_OPERATOR) {
        /* Callers take linear parts out first, so nothing under an operator depends on the
         * variable. */
        int inner = derivative(w, x.c);
        WEFT_ASSERT(inner == 0);
        result = 0;
    } else if (x.op == WEFT_OP_MEAN) {
        result = 0;
    } else if (x.op == WEFT_OP_POWER) {
        /* n a^(n-1) a' */
        int lower = make(w->g, WEFT_OP_MUL, number(w->g, x.index),
                         weft_graph_power(w->g, x.a, x.index - 1));
        result = make(w->g, WEFT_OP_MUL, lower, derivative(w, x.a));
    } else if (x.op == WEFT_OP_WHERE) {
        int db = derivative(w, x.b), dc = derivative(w, x.c);
        result = db == 0 && dc == 0 ? 0 : weft_graph_make(w->g, WEFT_OP_WHERE, x.a, db, dc);
    } else if (expr_operands(x.op) == 1) {
        int inner = derivative(w, x.a);
        result = inner ? make(w->g, WEFT_OP_MUL, slope(w->g, x.op, x.a, node), inner) : 0;
    } else {
        int da = derivative(w, x.a), db = derivative(w, x.b);
        result = da == 0 && db == 0 ? 0 : two_operands(w->g, x, node, da, db);
    }
    w->done[node] = result + 1;
    return result;
}

/* Used for the drift of Stratonovich noise, for forces of Hamiltonians, and for the Jacobian of
 * stiff rates: exact derivatives, no differences. */
int weft_graph_derivative(weft_graph *g, int node, int by)
{
    walk w = {.g = g, .by = by};
    w.done = weft_alloc((size_t)weft_graph_size(g), sizeof *w.done);
    int result = derivative(&w, node);
    weft_free(w.done);
    return result;
}
