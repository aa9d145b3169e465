/* Observables along x and in k: profiles, fronts, pair correlations, structure factors.
 *
 *     pair_A_B(r)   <n_A(x) n_B(x + r e)> - <n_A><n_B>, over sites, axes e and both directions
 *     S(k)          |sum_j (n_j - <n>) exp(-ikj)|^2/N, mean over the modes of a shell
 *
 * Invariants. Profiles and pair sums are whole numbers and equal on any number of ranks; what is
 * transformed (structure factors) agrees to rounding. Pair correlations read neighbours up to the
 * largest distance, which is the width of the halo, and so the least width of a rank's block.
 * Memory comes from the slots of work.c: a function may call another only if they use different
 * slots. */
#include "observe.h"
#include "physics/shells.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* <n^2> - <n>^2 over the sites, from whole numbers. */
weft_status rl_compute_variance(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    int64_t sum = 0;
    WEFT_FOR_ROWS(g, z, y) {
        const int32_t *row = rl_row(sim, (int)argument, z, y);
        for (int64_t i = 0; i < g->local[2]; i++)
            sum += (int64_t)row[i] * row[i];
    }
    weft_counts_sum(g->comm, &sum, 1);
    double mean = (double)l->count[(int)argument] / (double)weft_grid_sites(g);
    *out = (double)sum / (double)weft_grid_sites(g) - mean * mean;
    return WEFT_OK;
}

/* ---- profiles along x: means over the layers of constant x ---- */

/* Sites along x, numbered from 0: a lattice has no coordinates. */
weft_status rl_axis_x(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    (void)argument;
    axes[0] = (weft_axis){
        .name = "site_x", .n = sim->grid->n[2], .unit = "site", .long_name = "place along x"};
    axes[0].values = weft_alloc((size_t)axes[0].n, sizeof(double));
    for (int64_t i = 0; i < axes[0].n; i++)
        axes[0].values[i] = (double)i;
    return WEFT_OK;
}

/* Particles of a species in each layer of constant x, over all ranks. */
static void layers(weft_sim *sim, int species, double *out)
{
    const weft_grid *g = sim->grid;
    int64_t *sum = rl_work(sim, RL_WORK_A, g->n[2], sizeof *sum);
    memset(sum, 0, (size_t)g->n[2] * sizeof *sum);
    WEFT_FOR_ROWS(g, z, y) {
        const int32_t *row = rl_row(sim, species, z, y);
        for (int64_t i = 0; i < g->local[2]; i++)
            sum[g->start[2] + i] += row[i];
    }
    weft_counts_sum(g->comm, sum, (int)g->n[2]);
    for (int64_t i = 0; i < g->n[2]; i++)
        out[i] = (double)sum[i] / (double)(g->n[0] * g->n[1]);
}

/* Particles of a species per site at each x. */
weft_status rl_compute_profile(weft_sim *sim, double argument, double *out)
{
    layers(sim, (int)argument, out);
    return WEFT_OK;
}

/* Where the profile last falls through half of its maximum, seen from small x, linear between the
 * sites; nan where it does not. The seam is no fall: the lattice goes round there, and what lies
 * before it belongs to the front that runs the other way. */
weft_status rl_compute_front(weft_sim *sim, double argument, double *out)
{
    const int64_t n = sim->grid->n[2];
    double *p = rl_work(sim, RL_WORK_LINE, n, sizeof *p), most = 0;
    layers(sim, (int)argument, p);
    for (int64_t i = 0; i < n; i++)
        most = p[i] > most ? p[i] : most;
    *out = NAN;
    for (int64_t i = n - 2; i >= 0 && isnan(*out); i--)
        if (p[i] >= most / 2 && p[i + 1] < most / 2)
            *out = (double)i + (p[i] - most / 2) / (p[i] - p[i + 1]);
    return WEFT_OK;
}

/* ---- pair correlations along the axes ---- */

enum { MOST_DISTANCE = 16 };

/* Up to half of the shortest axis (beyond, the other way round is shorter), at most 16. */
static int distances(const weft_sim *sim)
{
    int64_t least = 2 * MOST_DISTANCE;
    for (int a = 3 - sim->grid->dim; a < 3; a++)
        least = sim->grid->n[a] < least ? sim->grid->n[a] : least;
    return (int)(least / 2);
}

/* Distances 0 to the largest. */
weft_status rl_axis_r(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    (void)argument;
    axes[0] = (weft_axis){.name = "distance",
                          .n = distances(sim) + 1,
                          .unit = "site",
                          .long_name = "distance along an axis"};
    axes[0].values = weft_alloc((size_t)axes[0].n, sizeof(double));
    for (int64_t i = 0; i < axes[0].n; i++)
        axes[0].values[i] = (double)i;
    return WEFT_OK;
}

/* A halo cannot be wider than the thinnest block of any rank. */
weft_status rl_check_pair(weft_sim *sim, double argument)
{
    const weft_grid *g = sim->grid;
    (void)argument;
    for (int rank = 0; rank < g->size; rank++) {
        int64_t start[3], local[3];
        weft_grid_block(g, rank, start, local);
        for (int a = 3 - g->dim; a < 3; a++)
            if (local[a] < distances(sim))
                return weft_fail(WEFT_INPUT,
                                 "pair correlations reach over %d sites, but some of the %d ranks "
                                 "have %lld along an axis; use fewer ranks",
                                 distances(sim), g->size, (long long)local[a]);
    }
    return WEFT_OK;
}

/* As doubles, since halos of doubles exist; whole numbers all the same. */
double *rl_ghosted(weft_sim *sim, rl_slot slot, int species, int width, weft_extent *e)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    *e = weft_grid_extent(g, width);
    double *f = rl_work(sim, slot, e->size, sizeof *f);
    WEFT_FOR_ROWS(g, z, y) {
        double *to = f + weft_extent_row(e, z, y);
        if (species == RL_THE_STATE) {
            const weft_extent *of = &l->field->extent;
            const uint8_t *state = weft_field_bytes(l->field, 0) + weft_extent_row(of, z, y);
            for (int64_t i = 0; i < g->local[2]; i++)
                to[i] = state[i];
            continue;
        }
        const int32_t *row = rl_row(sim, species, z, y);
        for (int64_t i = 0; i < g->local[2]; i++)
            to[i] = row[i];
    }
    weft_halo_exchange(rl_halo(sim, width), f);
    return f;
}

/* <n_a(x) n_b(x + r e)> - <n_a><n_b> over the sites, the axes e and both directions. */
weft_status rl_compute_pair(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const int a = (int)argument / 16, b = (int)argument % 16, reach = distances(sim);
    int64_t sum[MOST_DISTANCE + 1] = {0};
    weft_extent e;
    double *fa = rl_ghosted(sim, RL_WORK_A, a, reach, &e);
    double *fb = a == b ? fa : rl_ghosted(sim, RL_WORK_B, b, reach, &e);
    for (int axis = 3 - g->dim; axis < 3; axis++)
        for (int r = 0; r <= reach; r++)
            WEFT_FOR_ROWS(g, z, y) {
                const int64_t at = weft_extent_row(&e, z, y);
                /* Both directions along the axis: the halo holds what lies beyond. */
                const int64_t shift = r * e.stride[axis];
                double row = 0; /* integers: exact */
                for (int64_t x = 0; x < g->local[2]; x++)
                    row += fa[at + x] * (fb[at + x + shift] + fb[at + x - shift]);
                sum[r] += (int64_t)row;
            }
    weft_counts_sum(g->comm, sum, reach + 1);
    double sites = (double)weft_grid_sites(g);
    for (int r = 0; r <= reach; r++)
        out[r] = (double)sum[r] / (2 * g->dim * sites) -
                 (double)l->count[a] / sites * ((double)l->count[b] / sites);
    return WEFT_OK;
}

/* ---- structure factor: power of the modes of the numbers at sites ---- */

/* Of the shells from 0 on. */
static int shells(const weft_sim *sim)
{
    return (int)shells_data(sim->grid) + 1;
}

weft_status rl_axis_k(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    (void)argument;
    return shells_axis(sim->grid, 0, "1/site", axes);
}

/* The transform of the numbers less their mean: the mode k = 0 would be huge and says nothing. */
double *rl_modes_of(weft_sim *sim, int species)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const weft_extent e = weft_grid_extent(g, 0);
    double *f = rl_work(sim, RL_WORK_A, e.size, sizeof *f), *buffer = rl_transform(sim);
    const double mean = (double)l->count[species] / (double)weft_grid_sites(g);
    WEFT_FOR_ROWS(g, z, y) {
        const int32_t *row = rl_row(sim, species, z, y);
        double *to = f + weft_extent_row(&e, z, y);
        for (int64_t i = 0; i < g->local[2]; i++)
            to[i] = row[i] - mean;
    }
    weft_fft_load(sim->fft, f, 0, buffer);
    weft_fft_forward(sim->fft, buffer);
    return buffer;
}

/* |n_k|^2 / N, mean over the modes of a shell, and their number; shell 0 is zero. */
void rl_shell_means(weft_sim *sim, const double *modes, double *out, int64_t *count)
{
    weft_fft_shells(sim->fft, modes, shells_width(sim->grid), shells(sim), out, count);
    for (int i = 0; i < shells(sim); i++)
        out[i] = i ? out[i] / (double)weft_grid_sites(sim->grid) : 0;
}

/* Shells from 0 on; shell 0 is zero, since the mean is taken off. */
weft_status rl_compute_structure(weft_sim *sim, double argument, double *out)
{
    rl_shell_means(sim, rl_modes_of(sim, (int)argument), out,
                   rl_work(sim, RL_WORK_B, shells(sim), sizeof(int64_t)));
    return WEFT_OK;
}
