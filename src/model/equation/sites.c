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
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum {
    OF_PLACE = 1 << WEFT_VAR_PLACE,
    KNOWN = OF_PLACE | 1 << WEFT_VAR_UNIFORM,
    COEFFICIENTS = 32
};

/* The largest parts of a formula that depend on places and no fields, each once. Factors in k space
 * do not depend on places, so that operands of all kinds can be followed. Beyond COEFFICIENTS parts
 * no more are taken: the documentation says how many are looked at. */
static void collect(const weft_graph *g, int node, bool *seen, int *list, int *n)
{
    const weft_graph_node x = *weft_graph_at(g, node);
    if (seen[node] || !(x.depends & OF_PLACE))
        return;
    seen[node] = true;
    if (!(x.depends & ~(unsigned)KNOWN)) {
        if (*n < COEFFICIENTS)
            list[(*n)++] = node;
        return;
    }
    const int operand[3] = {x.a, x.b, x.c};
    for (int i = 0; i < 3; i++)
        if (operand[i])
            collect(g, operand[i], seen, list, n);
}

/* The first owned site with the least of sign times the values, on one of all ranks; values that
 * are no numbers are left to begin.c. -1: another rank has it. False: no rank has one. */
static bool least(weft_sim *sim, const double *values, double sign, int64_t *site)
{
    struct {
        double value;
        int rank;
    } mine = {INFINITY, 0}, all;
    int size;
    weft_ranks(sim->grid->comm, &mine.rank, &size);
    const int rank = mine.rank;
    *site = -1;
    for (int64_t i = 0; i < weft_grid_local_sites(sim->grid); i++)
        if (sign * values[i] < mine.value) {
            mine.value = sign * values[i];
            *site = i;
        }
    MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE_INT, MPI_MINLOC, sim->grid->comm);
    if (all.rank != rank)
        *site = -1;
    return isfinite(all.value);
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
    bool *seen = weft_alloc((size_t)weft_graph_size(s->graph), sizeof *seen);
    double *values = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *values);
    for (int i = 0; i < s->n; i++)
        collect(s->graph, s->rate[i], seen, list, &n);
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
            out->place[i * EQ_PLACE_DRAW + v] = at[i] >= 0 ? values[at[i]] : 0.0;
    }
    /* one rank alone has a number that is not zero: the sum is that number */
    MPI_Allreduce(MPI_IN_PLACE, out->place, out->n * EQ_PLACE_DRAW, MPI_DOUBLE, MPI_SUM,
                  sim->grid->comm);
    weft_free(values);
    weft_free(seen);
}
