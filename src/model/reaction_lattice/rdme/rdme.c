/* Sites of unlimited capacity: Strang splitting between reactions, which every site does on its own
 * by Gillespie's direct method, and hops, which are independent walks: along each axis a particle
 * makes a Poisson number of hops, with the mean hopping tau/d. The error is of second order in tau.
 * Everything is keyed by site and step, so the result does not depend on the ranks.
 */
#include "../lattice.h"
#include "weft/draws.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

enum {
    MAX_REACH = 6,
    MOST_HOPS = 12, /* along an axis in a step; their mean is at most 1/2 */
    WALKS = (MOST_HOPS + 1) * (MOST_HOPS + 2) / 2,
    MOST_PARTICLES = 10000000, /* of a species on a site */
    STEPS_A_CALL = 16
};

/* The walks of a step along an axis, those of few hops first. */
typedef struct walks {
    double below[WALKS]; /* cumulative probability */
    int8_t by[WALKS];    /* sites */
    uint8_t hops[WALKS];
} walks;

struct rl_rdme {
    rl_ways ways; /* reactions alone count here */
    int n_reactions;
    int reach;
    double tau; /* of the walks */
    uint64_t steps;
    weft_extent extent;
    weft_halo *halo;
    int32_t *n, *next; /* of a species: component-major; of one */
    walks walk[WEFT_MAX_SPECIES];
    bool too_many; /* particles on a site */
};

/* ---- reactions of one site ---- */

static void react(rl_rdme *x, weft_draws *s, double time, int *n, int species, int64_t *event)
{
    double a[WEFT_MAX_REACTIONS];
    for (;;) {
        double total = 0;
        for (int k = 0; k < x->n_reactions; k++)
            total += a[k] = rl_propensity(&x->ways.item[k], n);
        if (!(total > 0))
            return;
        time -= weft_draws_exponential(s) / total;
        if (time < 0)
            return;
        double v = weft_draws_uniform(s) * total;
        int k = 0;
        while (k < x->n_reactions - 1 && v >= a[k])
            v -= a[k++];
        for (int i = 0; i < species; i++) {
            n[i] += x->ways.item[k].change[i];
            x->too_many |= n[i] > MOST_PARTICLES;
        }
        if (x->too_many)
            return;
        event[1 + x->ways.item[k].reaction]++;
    }
}

static void react_all(weft_sim *sim, rl_rdme *x, double time, uint64_t step)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const int species = l->cfg.net.n_species;
    int n[WEFT_MAX_SPECIES];
    for (int64_t z = 0; z < g->local[0]; z++)
        for (int64_t y = 0; y < g->local[1]; y++) {
            int64_t row = ((g->start[0] + z) * g->n[1] + g->start[1] + y) * g->n[2] + g->start[2];
            int32_t *at =
                x->n + x->extent.origin + z * x->extent.stride[0] + y * x->extent.stride[1];
            for (int64_t i = 0; i < g->local[2] && !x->too_many; i++) {
                for (int k = 0; k < species; k++)
                    n[k] = at[k * x->extent.size + i];
                weft_draws s;
                weft_draws_begin(&s, &sim->noise, WEFT_DRAWS_REACT, step, (uint64_t)(row + i));
                react(x, &s, time, n, species, rl_events_at(l, i));
                for (int k = 0; k < species; k++)
                    at[k * x->extent.size + i] = n[k];
            }
        }
}

/* ---- hops ---- */

/* n hops, of which any number go back: the probability of each walk. What lies beyond the reach
 * ends there. */
static void make_walks(const rl_lattice *l, rl_rdme *x, int dim, double tau)
{
    for (int s = 0; s < l->cfg.net.n_species; s++) {
        const double mean = l->cfg.hop[s] * tau / dim;
        walks *w = &x->walk[s];
        double sum = 0, all_back = weft_exp(-mean);
        int i = 0;
        for (int n = 0; n <= MOST_HOPS; n++) {
            double p = all_back;
            for (int back = n; back >= 0; back--, i++) {
                int by = n - 2 * back;
                by = by > x->reach ? x->reach : by < -x->reach ? -x->reach : by;
                w->below[i] = sum += p;
                w->by[i] = (int8_t)by;
                w->hops[i] = (uint8_t)n;
                p *= (double)back / (n - back + 1);
            }
            all_back *= mean / 2 / (n + 1);
        }
        w->below[WALKS - 1] = 2;
    }
    x->tau = tau;
}

/* Particles of one line, ghosts included, go their ways; those that end on owned sites are kept. */
static void walk_line(const weft_sim *sim, const rl_rdme *x, int species, int axis,
                      const int64_t *first)
{
    const weft_grid *g = sim->grid;
    rl_lattice *l = sim->data;
    const int hops = rl_event_hop(&l->cfg.net);
    const int64_t stride = x->extent.stride[axis], n = g->local[axis];
    const walks *w = &x->walk[species];
    int64_t at = x->extent.origin, global[3];
    for (int a = 0; a < 3; a++) {
        at += first[a] * x->extent.stride[a];
        global[a] = g->start[a] + first[a];
    }
    const int32_t *from = x->n + species * x->extent.size + at;
    int32_t *to = x->next + at;
    const int use = WEFT_DRAWS_HOP + species * 3 + axis;
    for (int64_t i = -x->reach; i < n + x->reach; i++) {
        if (from[i * stride] == 0)
            continue;
        global[axis] = (g->start[axis] + i + g->n[axis]) % g->n[axis];
        int64_t site = (global[0] * g->n[1] + global[1]) * g->n[2] + global[2];
        weft_draws s;
        weft_draws_begin(&s, &sim->noise, use, x->steps, (uint64_t)site);
        for (int32_t p = 0; p < from[i * stride]; p++) {
            double u = weft_draws_uniform(&s);
            int k = 0;
            while (u >= w->below[k])
                k++;
            int64_t j = i + w->by[k];
            if (j < 0 || j >= n)
                continue;
            to[j * stride]++;
            rl_events_at(l, axis == 2 ? j : first[2])[hops] += w->hops[k];
        }
    }
}

static void walk_species(weft_sim *sim, rl_rdme *x, int species)
{
    const weft_grid *g = sim->grid;
    int32_t *n = x->n + species * x->extent.size;
    for (int axis = 3 - g->dim; axis < 3; axis++) {
        weft_halo_exchange(x->halo, n);
        memset(x->next, 0, (size_t)x->extent.size * sizeof *n);
        int64_t size[3] = {g->local[0], g->local[1], g->local[2]}, first[3];
        size[axis] = x->too_many ? 0 : 1; /* the run fails after this call */
        for (first[0] = 0; first[0] < size[0]; first[0]++)
            for (first[1] = 0; first[1] < size[1]; first[1]++)
                for (first[2] = 0; first[2] < size[2]; first[2]++)
                    walk_line(sim, x, species, axis, first);
        memcpy(n, x->next, (size_t)x->extent.size * sizeof *n);
    }
}

/* ---- between the field and whole numbers ---- */

static void convert(weft_sim *sim, rl_rdme *x, bool into)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const weft_extent *e = &l->field->extent;
    for (int s = 0; s < l->cfg.net.n_species; s++)
        for (int64_t z = 0; z < g->local[0]; z++)
            for (int64_t y = 0; y < g->local[1]; y++) {
                double *f =
                    weft_field_data(l->field, s) + e->origin + z * e->stride[0] + y * e->stride[1];
                int32_t *n = x->n + s * x->extent.size + x->extent.origin +
                             z * x->extent.stride[0] + y * x->extent.stride[1];
                for (int64_t i = 0; i < g->local[2]; i++)
                    if (into)
                        n[i] = (int32_t)f[i];
                    else
                        f[i] = n[i];
            }
}

/* ---- the method ---- */

weft_status rl_rdme_make(weft_sim *sim, rl_rdme **out)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    rl_rdme *x = *out = weft_alloc(1, sizeof *x);
    WEFT_TRY(rl_ways_make(&l->cfg, 0, &x->ways));
    while (x->n_reactions < x->ways.n && x->ways.item[x->n_reactions].reaction >= 0)
        x->n_reactions++;
    int64_t reach = MAX_REACH;
    for (int rank = 0; rank < g->size; rank++) {
        int64_t start[3], local[3];
        weft_grid_block(g, rank, start, local);
        for (int a = 3 - g->dim; a < 3; a++)
            reach = local[a] < reach ? local[a] : reach;
    }
    int64_t needed = 0; /* for the same walk on any number of ranks */
    for (int a = 3 - g->dim; a < 3; a++)
        needed = needed == 0 || g->n[a] < needed ? g->n[a] : needed;
    needed = needed < MAX_REACH ? needed : MAX_REACH;
    if (reach < needed)
        return weft_param_fail(sim->own, "method",
                               "rdme needs %lld sites along each axis on every rank, and some of "
                               "the %d ranks have %lld: use fewer",
                               (long long)needed, g->size, (long long)reach);
    x->reach = (int)needed;
    x->extent = weft_grid_extent(g, x->reach);
    WEFT_TRY(weft_memory_claim(g->comm, (double)x->extent.size * (l->cfg.net.n_species + 1) *
                                            (double)sizeof *x->n));
    x->n = weft_alloc((size_t)(x->extent.size * l->cfg.net.n_species), sizeof *x->n);
    x->next = weft_alloc((size_t)x->extent.size, sizeof *x->next);
    return weft_halo_create(g, x->reach, x->reach, sizeof *x->n, 1, NULL, &x->halo);
}

void rl_rdme_free(rl_rdme *x)
{
    if (!x)
        return;
    weft_halo_free(x->halo);
    weft_free(x->n);
    weft_free(x->next);
    weft_free(x);
}

uint64_t *rl_rdme_steps(rl_rdme *x)
{
    return &x->steps;
}

weft_status rl_rdme_sweep(weft_sim *sim, double *dt)
{
    const rl_lattice *l = sim->data;
    rl_rdme *x = l->rdme;
    int64_t steps = (int64_t)ceil(*dt / l->cfg.tau * (1 - 1e-12));
    double tau = *dt / (double)steps;
    if (tau != x->tau)
        make_walks(l, x, sim->grid->dim, tau);
    if (steps > STEPS_A_CALL) {
        steps = STEPS_A_CALL;
        *dt = (double)steps * tau;
    }
    convert(sim, x, true);
    react_all(sim, x, tau / 2, 2 * x->steps);
    for (int64_t k = 0; k < steps; k++, x->steps++) {
        for (int s = 0; s < l->cfg.net.n_species; s++)
            if (l->cfg.hop[s] > 0)
                walk_species(sim, x, s);
        react_all(sim, x, k + 1 < steps ? tau : tau / 2, 2 * x->steps + 1);
    }
    int64_t bad = x->too_many;
    weft_counts_sum(sim->grid->comm, &bad, 1);
    if (bad)
        return weft_fail(WEFT_FAILED,
                         "more than %d particles of a species on a site: nothing limits their "
                         "number in this network; add a reaction that does, or give a capacity",
                         MOST_PARTICLES);
    convert(sim, x, false);
    return WEFT_OK;
}
