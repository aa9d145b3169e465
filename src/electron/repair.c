/* Bad sites computed again.
 *
 * A rational window and the one before it in the list (13 sites with and without their outer
 * neighbours, say) differ most where both are wrong: at the few sites with a level next to mu, or
 * with a defect just outside. Where they differ by more than the tolerance, the site is solved in a
 * Chebyshev window so large that its border does not matter (the reference of the last choice of
 * windows), at an order that adds nothing.
 *
 * Where it pays. At strong coupling a few sites carry nearly all of the error (a level at mu is
 * rare), and the windows that would get them right cost ten to a hundred times as much as those
 * that serve all others: with one per cent of bad sites the sum is some three times cheaper than
 * larger windows everywhere. At weak coupling most sites differ, and the choice (choose.c) falls on
 * Chebyshev windows. The energy per site is repaired with the density, since it is part of the
 * tolerance.
 *
 * Invariants. What marks a site and what it gets do not depend on the decomposition: both windows
 * have the same bits everywhere, and all lanes of the Chebyshev kernel share one bound and one
 * order, so that a lane's result does not depend on its neighbours. While mu is sought, the bad
 * sites stay those of the first pass, so that the number of particles is a continuous function of
 * mu. The source must reach as far as the large window: el_source_prepare is called once for a
 * choice of windows, and a step allocates nothing. */
#include "calibrate.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

void el_repair_free(el_exact *x)
{
    el_shape_free(&x->shape);
    el_engine_free(&x->engine);
    el_table_free(&x->table);
    weft_free(x->site);
    *x = (el_exact){0};
}

double el_repair_limit(const weft_electron *e)
{
    return e->own->strict * e->own->options.tolerance;
}

/* The large window, and a halo that reaches as far. */
static weft_status prepare(weft_electron *e)
{
    el_private *p = e->own;
    el_exact *x = &p->exact;
    int64_t reach = p->window[p->chosen].reach;
    if (!x->site)
        x->site = weft_alloc((size_t)p->local_sites, sizeof *x->site);
    if (x->radius2 != p->repair) {
        el_shape_free(&x->shape);
        x->shape = el_window_shape(e, p->repair);
        x->radius2 = p->repair;
        x->engine.shape = &x->shape;
        x->engine.single = p->engine.single;
    }
    for (int a = 0; a < 3; a++) {
        reach = x->shape.low[a] > reach ? x->shape.low[a] : reach;
        reach = x->shape.high[a] > reach ? x->shape.high[a] : reach;
    }
    if (p->reach < reach) {
        p->reach = reach;
        el_source_free(&p->source);
    }
    return p->source.v ? WEFT_OK : el_source_prepare(e);
}

/* Where V of an owned site lies in the source. */
static const double *potential_of(const weft_electron *e, int64_t i)
{
    const weft_grid *g = e->grid;
    const el_source *s = &e->own->source;
    const int64_t x = i % g->local[2], y = i / g->local[2] % g->local[1],
                  z = i / (g->local[2] * g->local[1]);
    return s->v + el_source_row(s, z + g->start[0] - s->start[0], y + g->start[1] - s->start[1]) +
           x + g->start[2] - s->start[2];
}

/* Functions at the bad sites: out[j][i] of owned site i. */
static void solve_bad(weft_electron *e, double temperature, double bound, int count,
                      const el_function *list, double *const *out)
{
    el_private *p = e->own;
    el_exact *x = &p->exact;
    double result[2 * EL_TILE];
    const double *centre[EL_TILE];
    el_table_set(&x->table, temperature, el_safe_exponent(p->options.tolerance), 0);
    for (int64_t k = 0; k < x->count; k += EL_TILE) {
        for (int l = 0; l < EL_TILE; l++)
            centre[l] = potential_of(e, x->site[k + l < x->count ? k + l : k]);
        el_engine_run(&x->engine, &x->table, p->options.hopping, p->options.next_hopping, e->mu,
                      bound, centre, p->source.stride, count, list, result);
        for (int j = 0; j < count; j++)
            for (int l = 0; l < EL_TILE && k + l < x->count; l++)
                out[j][x->site[k + l]] = result[j * EL_TILE + l];
    }
}

/* Sites that are computed again, beyond what a sum over all of them needs, cost some microseconds
 * each: they are worth it while they are a few per cent of all. */
weft_status el_repair_density(weft_electron *e, double temperature, double bound, bool again,
                              double *scratch, double *out, double *slope)
{
    static const el_function list[] = {EL_DENSITY, EL_SLOPE};
    el_private *p = e->own;
    el_exact *x = &p->exact;
    const el_window *w = &p->window[p->chosen];
    double *const both[] = {out, slope};
    if (p->repair == 0) {
        x->count = 0;
        return el_rational_density(e, w, temperature, bound, out, slope);
    }
    WEFT_TRY(prepare(e));
    if (!again) {
        WEFT_TRY(el_rational_density(e, w - 1, temperature, bound, scratch, NULL));
    }
    WEFT_TRY(el_rational_density(e, w, temperature, bound, out, slope));
    if (!again) {
        x->count = 0;
        for (int64_t i = 0; i < p->local_sites; i++)
            if (fabs(out[i] - scratch[i]) > el_repair_limit(e))
                x->site[x->count++] = i;
    }
    solve_bad(e, temperature, bound, slope ? 2 : 1, list, both);
    return WEFT_OK;
}

/* The energy of a bad site is as wrong as its density: it comes from the same large window. */
weft_status el_repair_omega(weft_electron *e, double temperature, double bound, double *out)
{
    static const el_function omega = EL_OMEGA;
    el_private *p = e->own;
    if (p->repair != 0)
        WEFT_TRY(prepare(e));
    WEFT_TRY(el_rational_omega(e, &p->window[p->chosen], temperature, bound, out));
    solve_bad(e, temperature, bound, 1, &omega, &out);
    return WEFT_OK;
}

/* Counted at all sites, and not at samples, since the cost of the choice rests on it. */
weft_status el_repair_share(weft_electron *e, int i, double temperature, double bound,
                            double *share)
{
    const el_private *p = e->own;
    const int64_t n = p->local_sites;
    double *both = weft_alloc((size_t)(2 * n), sizeof *both), bad = 0;
    weft_status status = el_rational_density(e, &p->window[i - 1], temperature, bound, both, NULL);
    if (status == WEFT_OK)
        status = el_rational_density(e, &p->window[i], temperature, bound, both + n, NULL);
    for (int64_t k = 0; k < n; k++)
        bad += fabs(both[n + k] - both[k]) > el_repair_limit(e);
    weft_free(both);
    MPI_Allreduce(MPI_IN_PLACE, &bad, 1, MPI_DOUBLE, MPI_SUM, e->grid->comm);
    *share = bad / (double)p->sites;
    return status;
}

void weft_electron_repaired(const weft_electron *e, double *share)
{
    const el_private *p = e->own;
    double bad = p->chosen >= 0 ? (double)p->exact.count : 0;
    MPI_Allreduce(MPI_IN_PLACE, &bad, 1, MPI_DOUBLE, MPI_SUM, e->grid->comm);
    *share = bad / (double)p->sites;
}
