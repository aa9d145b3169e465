/* Exact densities of configurations. Each configuration is solved by one rank alone, by a solver
 * that is made anew for it, so that its bits do not depend on the number of ranks or on what was
 * solved before; the results are then given to all ranks. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* One configuration on this rank. Diagonalisation of 900 sites takes a tenth of a second, of 4096
 * ten seconds and a gigabyte: for these there are windows of polynomials, whose tolerance is an
 * error of the data, and bounds the error of a force from below. At first c->v holds the energies
 * as they are, without margin; energies: V - mu in units of |t|. */
static weft_status solve_one(const weft_electron_options *options, const train_configuration *c,
                             double *energies, double *density)
{
    const weft_boundary all[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    const double unit = fabs(options->hopping), temperature = c->temperature * unit;
    const int64_t n[2] = {c->rows, c->n}, sites = c->rows * c->n;
    weft_grid *grid;
    weft_electron *e = NULL;
    WEFT_TRY(weft_grid_create(MPI_COMM_SELF, 2, n, (double[]){(double)n[0], (double)n[1]}, all,
                              WEFT_BLOCKS, &grid));
    weft_status status = weft_electron_create(grid, options, &e);
    if (status == WEFT_OK) {
        memcpy(e->potential, c->v, (size_t)sites * sizeof *c->v);
        status = weft_electron_solve(e, temperature);
    }
    for (int64_t i = 0; i < sites && status == WEFT_OK; i++) {
        energies[i] = (c->v[i] - e->mu) / unit;
        density[i] = e->density[i] - 0.5;
    }
    weft_electron_free(e);
    weft_grid_free(grid);
    return status == WEFT_OK ? status
                             : weft_error_within(status, "exact density at time %.6g", c->time);
}

/* As many configurations at a time as there are ranks, so that all work and a stop is soon seen.
 * Zeros but on the rank that solved, so that the sum over ranks is the result to the bit. */
weft_status train_solve(train *t, const weft_electron_options *run, int64_t first)
{
    weft_electron_options options = *run;
    int rank, size;
    weft_ranks(t->comm, &rank, &size);
    options.solver = t->keys->exact == TRAIN_DENSE ? WEFT_ELECTRON_DENSE : WEFT_ELECTRON_CHEBYSHEV;
    options.tolerance = t->keys->exact_tolerance;
    options.radius = 0;
    options.order = 0;
    for (int64_t begin = first; begin < t->count; begin += size) {
        weft_status status = WEFT_OK;
        const int64_t end = begin + size < t->count ? begin + size : t->count;
        for (int64_t k = begin; k < end; k++) {
            const train_configuration *c = &t->configuration[k];
            memset(c->density, 0, (size_t)(c->rows * c->n) * sizeof *c->density);
        }
        double *energies = NULL;
        if (begin + rank < end) {
            const train_configuration *c = &t->configuration[begin + rank];
            energies = weft_alloc((size_t)(c->rows * c->n), sizeof *energies);
            status = solve_one(&options, c, energies, c->density);
        }
        status = weft_agree(t->comm, status);
        for (int64_t k = begin; k < end && status == WEFT_OK; k++) {
            train_configuration *c = &t->configuration[k];
            const int sites = (int)(c->rows * c->n);
            double *all = weft_alloc((size_t)sites, sizeof *all);
            if (k == begin + rank)
                memcpy(all, energies, (size_t)sites * sizeof *all);
            MPI_Allreduce(MPI_IN_PLACE, all, sites, MPI_DOUBLE, MPI_SUM, t->comm);
            MPI_Allreduce(MPI_IN_PLACE, c->density, sites, MPI_DOUBLE, MPI_SUM, t->comm);
            train_set_energies(c, all);
            weft_free(all);
        }
        weft_free(energies);
        WEFT_TRY(status);
        WEFT_TRY(train_stopped(t));
    }
    return WEFT_OK;
}
