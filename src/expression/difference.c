/* Derivatives as central differences of order 2 to 8 (coefficients: B. Fornberg, Math. Comp. 51,
 * 699 (1988), table 1).
 *
 * A derivative of a sum of shifted values is again such a sum, and equal terms are collected, so
 * that lap(lap(u)) is one stencil with one weight a site.
 *
 * Invariants: (1) Weights of a first derivative are antisymmetric and those of a second one
 * symmetric, so constants have the derivative 0, but for rounding, and waves keep their parity. (2)
 * Terms are summed in the order in which they first occur, which depends on the formula alone: the
 * same bits on any number of ranks. */
#include "difference.h"
#include "weft/memory.h"

/* Sites on each side that the highest order needs. */
enum { REACH = 4 };

/* Weights at distance 1 to 4; the first derivative is odd, the second even with the weight at 0 in
 * front. */
static const double first[4][REACH] = {{1.0 / 2},
                                       {2.0 / 3, -1.0 / 12},
                                       {3.0 / 4, -3.0 / 20, 1.0 / 60},
                                       {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280}};
static const double second[4][REACH + 1] = {
    {-2.0, 1.0},
    {-5.0 / 2, 4.0 / 3, -1.0 / 12},
    {-49.0 / 18, 3.0 / 2, -3.0 / 20, 1.0 / 90},
    {-205.0 / 72, 8.0 / 5, -1.0 / 5, 8.0 / 315, -1.0 / 560}};

/* A sum of weighted nodes. */
typedef struct sum {
    int n, capacity;
    int *node;
    double *weight;
} sum;

/* Add to the weight of a node, or append it. Stencils have some dozens of terms: a search is
 * enough. */
static void put(sum *s, int node, double weight)
{
    for (int i = 0; i < s->n; i++)
        if (s->node[i] == node) {
            s->weight[i] += weight;
            return;
        }
    if (s->n == s->capacity) {
        const size_t n = (size_t)s->n, room = n ? 2 * n : 32;
        s->node = weft_grow(s->node, n, room, sizeof *s->node);
        s->weight = weft_grow(s->weight, n, room, sizeof *s->weight);
        s->capacity = (int)room;
    }
    s->node[s->n] = node;
    s->weight[s->n++] = weight;
}

/* The terms of a node, times weight. Sums and constant factors are taken apart; any other node is a
 * term. */
static void collect(const weft_graph *g, sum *s, int node, double weight)
{
    const weft_graph_node *x = weft_graph_at(g, node);
    double c;
    if (x->op == WEFT_OP_ADD || x->op == WEFT_OP_SUB) {
        collect(g, s, x->a, weight);
        collect(g, s, x->b, x->op == WEFT_OP_ADD ? weight : -weight);
    } else if (x->op == WEFT_OP_MUL && weft_graph_is_number(g, x->a, &c)) {
        collect(g, s, x->b, weight * c);
    } else if (node != 0) {
        put(s, node, weight);
    }
}

/* The sum as a node; frees the list. */
static int total(weft_graph *g, sum *s)
{
    int result = 0;
    for (int i = 0; i < s->n; i++) {
        int term =
            weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, s->weight[i]), s->node[i], 0);
        result = weft_graph_make(g, WEFT_OP_ADD, result, term, 0);
    }
    weft_free(s->node);
    weft_free(s->weight);
    return result;
}

/* The value of arg at a distance along an axis, times weight. */
static void add_shifted(weft_graph *g, sum *s, int arg, int axis, int by, double weight)
{
    int offset[3] = {0};
    offset[axis] = by;
    collect(g, s, weft_graph_shift(g, arg, offset), weight);
}

/* Antisymmetric weights: the site itself has none. */
static void add_first(const weft_expr_scope *e, sum *s, int arg, int axis)
{
    const double *w = first[e->difference / 2 - 1];
    for (int j = 1; j <= e->difference / 2; j++) {
        add_shifted(e->graph, s, arg, axis, j, w[j - 1] / e->dx[axis]);
        add_shifted(e->graph, s, arg, axis, -j, -w[j - 1] / e->dx[axis]);
    }
}

/* Symmetric weights: exact for polynomials up to the order plus one. */
static void add_second(const weft_expr_scope *e, sum *s, int arg, int axis)
{
    const double *w = second[e->difference / 2 - 1], scale = 1.0 / (e->dx[axis] * e->dx[axis]);
    collect(e->graph, s, arg, w[0] * scale);
    for (int j = 1; j <= e->difference / 2; j++) {
        add_shifted(e->graph, s, arg, axis, j, w[j] * scale);
        add_shifted(e->graph, s, arg, axis, -j, w[j] * scale);
    }
}

/* Higher derivatives are second ones applied again and again, and a first one last. */
int expr_difference(const weft_expr_scope *e, int arg, int axis, int order)
{
    for (; order > 0; order -= 2) {
        sum s = {0};
        if (order == 1)
            add_first(e, &s, arg, axis);
        else
            add_second(e, &s, arg, axis);
        arg = total(e->graph, &s);
    }
    return arg;
}

/* One stencil over all axes: the weights of the site itself are added up to one term. */
int expr_difference_lap(const weft_expr_scope *e, int arg)
{
    sum s = {0};
    for (int axis = 3 - e->dim; axis < 3; axis++)
        add_second(e, &s, arg, axis);
    return total(e->graph, &s);
}
