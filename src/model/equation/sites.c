/* Sites at which the coefficients of the equations are looked at for ill-posedness (growth.c):
 * where a coefficient that depends on the place is least and where it is greatest. The values are
 * those that the run has, quenched fields included: what a formula of random numbers can become
 * somewhere is not known from its text.
 *
 * A coefficient is a largest part of a right-hand side that is made of places, quenched fields and
 * time alone; it is taken at the time of the start. For D(x) lap(u), where D changes its sign
 * anywhere on the grid, the site with the least D is among them.
 *
 * Invariants. Collective; all ranks get the same sites in the same order, with the same bits, since
 * the rank that owns a site gives its values to all. So all of them come to the same verdict and
 * the same message. Nothing here is in the time loop. */
#include "lattice.h"
#include "weft/error.h"
#include "weft/exact.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum {
    OF_PLACE = 1 << WEFT_VAR_PLACE,
    KNOWN = OF_PLACE | 1 << WEFT_VAR_UNIFORM,
    COEFFICIENTS = 32
};

/* Nodes that no program of one site can compute, and those made of them: derivatives, means,
 * neighbours. Operands have smaller numbers, so one pass in their order finds all. */
static bool *find_wide(const weft_graph *g)
{
    bool *wide = weft_alloc((size_t)weft_graph_size(g), sizeof *wide);
    for (int i = 1; i < weft_graph_size(g); i++) {
        const weft_graph_node *x = weft_graph_at(g, i);
        wide[i] = x->op == WEFT_OP_OPERATOR || x->op == WEFT_OP_MEAN || x->op == WEFT_OP_SHIFT;
        if (x->op != WEFT_OP_VARIABLE && x->op != WEFT_OP_NUMBER)
            wide[i] = wide[i] || wide[x->a] || wide[x->b] || wide[x->c];
    }
    return wide;
}

/* The largest parts of a formula that depend on places and no fields, each once. Factors in k space
 * do not depend on places, so that operands of all kinds can be followed. Beyond COEFFICIENTS parts
 * no more are taken: the documentation says how many are looked at. */
static void collect(const weft_graph *g, const bool *wide, int node, bool *seen, int *list, int *n)
{
    const weft_graph_node x = *weft_graph_at(g, node);
    if (seen[node] || !(x.depends & OF_PLACE))
        return;
    seen[node] = true;
    if (!(x.depends & ~(unsigned)KNOWN) && !wide[node]) {
        if (*n < COEFFICIENTS)
            list[(*n)++] = node;
        return;
    }
    const int operand[3] = {x.a, x.b, x.c};
    for (int i = 0; i < 3; i++)
        if (operand[i])
            collect(g, wide, operand[i], seen, list, n);
}

/* The least of one number a rank. Collective. */
static double least_of_ranks(const weft_grid *g, double mine)
{
    const weft_view view = {.data = &mine, .local = {1, 1, 1}, .stride = {1, 1, 1}};
    return weft_view_min(g->comm, &view);
}

/* The site with the least of sign times the values, the one of the lowest rank where there are
 * several; values that are no numbers are left to begin.c. site: -1 where another rank has it.
 * False: no rank has one. Collective. */
static bool least(weft_sim *sim, const double *values, double sign, int64_t *site)
{
    double mine = INFINITY;
    int rank, size;
    *site = -1;
    for (int64_t i = 0; i < weft_grid_local_sites(sim->grid); i++)
        if (sign * values[i] < mine) {
            mine = sign * values[i];
            *site = i;
        }
    const double all = least_of_ranks(sim->grid, mine);
    weft_ranks(sim->grid->comm, &rank, &size);
    const double owner = least_of_ranks(sim->grid, *site >= 0 && mine == all ? rank : size);
    if (owner != rank)
        *site = -1;
    return isfinite(all);
}

/* The number of the one rank that has it; the others give 0, and a sum with zeros is exact.
 * Collective. */
static double from_owner(const weft_grid *g, double mine)
{
    weft_exact sum;
    weft_exact_clear(&sum);
    weft_exact_add(&sum, &mine, 1);
    weft_exact_allreduce(g->comm, &sum, 1);
    return weft_exact_value(&sum);
}

/* Is there a place variable of this number? Of a real quenched field there is the first part. */
static bool exists(const eq_system *s, int index)
{
    const int quenched = (index - EQ_PLACE_QUENCHED) / 2;
    if (index < EQ_PLACE_QUENCHED)
        return index < s->dim;
    return quenched < s->n_quenched &&
           ((index - EQ_PLACE_QUENCHED) % 2 == 0 || s->quenched[quenched].is_complex);
}

void eq_find_sites(weft_sim *sim, eq_sites *out)
{
    eq_data *d = sim->data;
    const eq_system *s = &d->s;
    int list[COEFFICIENTS], n = 0;
    int64_t at[2 * COEFFICIENTS];
    bool *wide = find_wide(s->graph);
    bool *seen = weft_alloc((size_t)weft_graph_size(s->graph), sizeof *seen);
    double *values = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *values);
    for (int i = 0; i < s->n; i++)
        collect(s->graph, wide, s->rate[i], seen, list, &n);
    out->n = 0;
    for (int i = 0; i < n; i++) {
        eq_fill(sim, list[i], values);
        for (int end = 0; end < 2; end++)
            out->n += least(sim, values, end ? -1.0 : 1.0, &at[out->n]);
    }
    weft_free(out->place);
    out->place = weft_alloc((size_t)(out->n * EQ_PLACE_DRAW), sizeof *out->place);
    for (int v = 0; v < EQ_PLACE_DRAW; v++) {
        if (out->n == 0 || !exists(s, v))
            continue;
        eq_place_values(sim, v, values);
        for (int i = 0; i < out->n; i++)
            out->place[i * EQ_PLACE_DRAW + v] =
                from_owner(sim->grid, at[i] >= 0 ? values[at[i]] : 0.0);
    }
    weft_free(values);
    weft_free(seen);
    weft_free(wide);
}
