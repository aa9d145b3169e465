/* Observables of patterns: where reactions take place, and the cores of spirals.
 *
 * Invariants. Counts by layers of constant x are whole numbers, added over the ranks. A spiral core
 * is a point about which the phase of three species turns once (as in the model cgle); the phase
 * comes from box sums of whole numbers, so that it has the same bits on every rank that computes
 * it, and a plaquette belongs to the rank of its lower corner. The phases of one more row and
 * column than the block are computed from the halo, whose width is the radius of the box plus one.
 */
#include "../method.h"
#include "observe.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

/* ---- reaction profile ---- */

/* The rates must follow from a site and a neighbour alone. */
weft_status rl_check_reaction_profile(weft_sim *sim, double argument)
{
    const rl_lattice *l = sim->data;
    (void)argument;
    if (l->cfg.counts || l->cfg.modulated)
        return weft_fail(WEFT_INPUT,
                         "reaction profiles are for capacity 1 and rates that do not vary");
    return WEFT_OK;
}

/* Ordered pairs (site in state c, neighbour in state e) in each layer of constant x, and sites in
 * state c where e < 0. */
static void count_layers(const weft_sim *sim, const double *f, const weft_extent *e, int c,
                         int other, int64_t *out)
{
    const weft_grid *g = sim->grid;
    WEFT_FOR_ROWS(g, z, y) {
        const double *row = f + weft_extent_row(e, z, y);
        for (int64_t i = 0; i < g->local[2]; i++) {
            int64_t n = other < 0;
            for (int axis = 3 - g->dim; axis < 3 && other >= 0; axis++)
                n += (row[i + e->stride[axis]] == other) + (row[i - e->stride[axis]] == other);
            out[g->start[2] + i] += row[i] == c ? n : 0;
        }
    }
}

/* The rate of a reaction per site at this time, by x: what the state makes it, not a count. Each
 * pair of a site and a neighbour that the channel works on contributes rate/(2 d). */
weft_status rl_compute_reaction_profile(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const int64_t n = g->n[2];
    weft_extent e;
    double *f = rl_ghosted(sim, RL_WORK_A, RL_THE_STATE, 1, &e);
    int64_t *count = rl_work(sim, RL_WORK_LINE, n, sizeof *count);
    memset(out, 0, (size_t)n * sizeof *out);
    for (int i = 0; i < l->channels.n; i++) {
        const rl_channel *k = &l->channels.item[i];
        for (int s = 0; s < (k->pair ? l->channels.states : 1); s++) {
            if (k->on[s].event != (int)argument)
                continue;
            memset(count, 0, (size_t)n * sizeof *count);
            count_layers(sim, f, &e, k->centre, k->pair ? s : -1, count);
            weft_counts_sum(g->comm, count, (int)n);
            double rate = k->rate / (k->pair ? 2 * g->dim : 1) / (double)(g->n[0] * g->n[1]);
            for (int64_t x = 0; x < n; x++)
                out[x] += rate * (double)count[x];
        }
    }
    return WEFT_OK;
}

/* ---- counted events ---- */

/* The fast method knows how many events there were, not where. */
weft_status rl_check_event_profile(weft_sim *sim, double argument)
{
    const rl_lattice *l = sim->data;
    (void)argument;
    return !l->method->places
               ? weft_fail(WEFT_INPUT, "the method fast does not say where events take place; "
                                       "use exact")
               : WEFT_OK;
}

/* Events since the start at each x, over the sites of the layer. Collective. */
weft_status rl_compute_event_profile(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    int64_t *sum = rl_work(sim, RL_WORK_LINE, g->n[2], sizeof *sum);
    memset(sum, 0, (size_t)g->n[2] * sizeof *sum);
    for (int64_t x = 0; x < g->local[2]; x++)
        sum[g->start[2] + x] = l->layer[x * RL_MAX_EVENTS + (int)argument];
    weft_counts_sum(g->comm, sum, (int)g->n[2]);
    for (int64_t x = 0; x < g->n[2]; x++)
        out[x] = (double)sum[x] / (double)(g->n[0] * g->n[1]);
    return WEFT_OK;
}

/* ---- spiral cores ---- */

/* The halo must fit the thinnest block of any rank. */
weft_status rl_check_cores(weft_sim *sim, double argument)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    if (g->dim != 2 || l->cfg.net.n_species < 3)
        return weft_fail(WEFT_INPUT, "spiral_cores needs two dimensions and three species");
    if (argument < 0 || argument > 64 || argument != floor(argument))
        return weft_fail(WEFT_INPUT, "spiral_cores(radius): a whole number from 0 to 64");
    for (int rank = 0; rank < g->size; rank++) {
        int64_t start[3], local[3];
        weft_grid_block(g, rank, start, local);
        if (local[1] < argument + 1 || local[2] < argument + 1)
            return weft_fail(WEFT_INPUT,
                             "spiral_cores(%g) needs blocks of more than %g sites on every rank",
                             argument, argument);
    }
    return WEFT_OK;
}

/* The phase of sum_s n_s exp(2 pi i s/3) over the box of a radius around each site, on (local +
 * 1)^2 sites, in the slot RL_WORK_LINE. The sums are whole numbers, so that every rank that needs a
 * phase finds the same bits. */
static double *phases(weft_sim *sim, int radius)
{
    const weft_grid *g = sim->grid;
    const int64_t ny = g->local[1] + 1, nx = g->local[2] + 1;
    double *part[3], *phase = rl_work(sim, RL_WORK_LINE, ny * nx, sizeof *phase);
    weft_extent e;
    for (int s = 0; s < 3; s++)
        part[s] = rl_ghosted(sim, (rl_slot)(RL_WORK_A + s), s + 1, radius + 1, &e);
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 0; x < nx; x++) {
            double n[3] = {0};
            for (int s = 0; s < 3; s++)
                for (int64_t j = -radius; j <= radius; j++) {
                    const double *row = part[s] + e.origin + (y + j) * e.stride[1] + x;
                    for (int64_t i = -radius; i <= radius; i++)
                        n[s] += row[i];
                }
            phase[y * nx + x] = weft_atan2(sqrt(0.75) * (n[1] - n[2]), n[0] - 0.5 * (n[1] + n[2]));
        }
    return phase;
}

/* The difference of two phases, taken in (-pi, pi]. */
static double turn(double from, double to)
{
    double d = to - from;
    return d - 2 * M_PI * round(d / (2 * M_PI));
}

/* Plaquettes around which the phase turns once, either way. */
weft_status rl_compute_cores(weft_sim *sim, double argument, double *out)
{
    const weft_grid *g = sim->grid;
    const int64_t nx = g->local[2] + 1;
    double *p = phases(sim, (int)argument);
    int64_t cores = 0;
    for (int64_t y = 0; y < g->local[1]; y++)
        for (int64_t x = 0; x < g->local[2]; x++) {
            const double a = p[y * nx + x], b = p[y * nx + x + 1], c = p[(y + 1) * nx + x + 1],
                         d = p[(y + 1) * nx + x];
            cores += fabs(turn(a, b) + turn(b, c) + turn(c, d) + turn(d, a)) > M_PI;
        }
    weft_counts_sum(g->comm, &cores, 1);
    *out = (double)cores;
    return WEFT_OK;
}
