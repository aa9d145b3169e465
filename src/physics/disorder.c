/* Quenched disorder: static fields drawn once for each replica.
 *
 * Invariants. (1) A draw is a function of seed, replica and global site, so that it is the
 * same on any number of ranks and after a resume (static fields are not in checkpoints;
 * they are drawn again). (2) With `quantiles` the values are the points (i + 1/2)/N of the
 * law, in the order of the global sites: they divide the law into equal parts, so that only
 * mean and spread, and not a draw, decide the result. (3) The mean that is taken off comes
 * from an exact sum, which does not depend on how the lattice is cut. */
#include "disorder.h"

double disorder_strength(const disorder_params *d)
{
    return d->type == DISORDER_NONE ? 0.0 : d->strength;
}

/* Site number i of N, counted over the whole lattice with x fastest, gets the (i + 1/2)/N
 * quantile. */
static void quantiles(const weft_grid *grid, weft_law law, const weft_view *view)
{
    const double sites = (double)weft_grid_sites(grid);
    WEFT_FOR_ROWS(grid, z, y) {
        int64_t row = (grid->start[0] + z) * grid->n[1] + grid->start[1] + y;
        double *x = (double *)weft_row(view, z, y);
        for (int64_t i = 0; i < grid->local[2]; i++) {
            double site = (double)(row * grid->n[2] + grid->start[2] + i);
            x[i] = weft_noise_quantile(law, (site + 0.5) / sites);
        }
    }
}

/* x = scale (x - shift), at the owned sites. Ghosts are exchanged by whoever reads them. */
static void transform(const weft_grid *grid, const weft_view *view, double scale, double shift)
{
    WEFT_FOR_ROWS(grid, z, y) {
        double *x = (double *)weft_row(view, z, y);
        for (int64_t i = 0; i < grid->local[2]; i++)
            x[i] = scale * (x[i] - shift);
    }
}

/* The laws are drawn in standard form: normal with variance 1, uniform in (0, 1),
 * Lorentzian of half width 1. A uniform value is therefore moved to (-1, 1), where the
 * strength is the half width. A Lorentzian has no mean; the mean of a finite sample can be
 * taken off all the same. */
void disorder_values(weft_sim *sim, const disorder_params *d, weft_field *field, double factor)
{
    static const weft_law laws[] = {[DISORDER_GAUSSIAN] = WEFT_LAW_NORMAL,
                                    [DISORDER_UNIFORM] = WEFT_LAW_UNIFORM,
                                    [DISORDER_LORENTZIAN] = WEFT_LAW_LORENTZIAN};
    if (d->type == DISORDER_NONE)
        return;
    const weft_law law = laws[d->type];
    weft_view view = weft_field_view(sim->state, field, 0, NULL);
    if (d->draw == DISORDER_QUANTILES)
        quantiles(sim->grid, law, &view);
    else
        weft_noise_fill(&sim->noise, WEFT_STREAM_DISORDER, 0, law, sim->grid, field->spec.ghost,
                        weft_field_data(field, 0));
    const double half = law == WEFT_LAW_UNIFORM ? 0.5 : 0.0; /* (0, 1) to (-1, 1) */
    const double scale = (half > 0.0 ? 2.0 : 1.0) * factor * disorder_strength(d);
    transform(sim->grid, &view, scale, half);
    if (d->subtract_mean) {
        double sum = weft_view_sum(sim->grid->comm, &view);
        transform(sim->grid, &view, 1.0, sum / (double)weft_grid_sites(sim->grid));
    }
}
