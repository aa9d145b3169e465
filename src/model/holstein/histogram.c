/* The distribution of the displacements Q. Invariant: bins are counted in whole numbers and summed
 * over the ranks, so that the result does not depend on their number. */
#include "holstein.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BINS = 101 };

/* The half range of the histogram. The classical minima without hopping are at +-g/(2 (K - z
 * kappa)); twice that holds all. It is a function of the parameters, not of the state, so that all
 * records share their bins. */
static double histogram_range(weft_sim *sim, double argument)
{
    ho *h = ((ho *)sim->data);
    if (argument > 0)
        return argument;
    double g = protocol_most(&h->par.g);
    return g > 0 ? g / ho_stiffness(&h->par, h->dim) : 1;
}

/* Middles of equal bins over the symmetric range. */
weft_status ho_shape_histogram(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    double range = histogram_range(sim, argument);
    axes[0] = (weft_axis){.name = "histogram_Q_bin",
                          .n = BINS,
                          .unit = "length",
                          .long_name = "Q, middle of the bin"};
    axes[0].values = weft_alloc(BINS, sizeof(double));
    for (int b = 0; b < BINS; b++)
        axes[0].values[b] = range * ((2 * b + 1.0) / BINS - 1);
    return WEFT_OK;
}

/* A probability density; values beyond the range are counted in the bins at the ends. */
weft_status ho_histogram(weft_sim *sim, double argument, double *out)
{
    double range = histogram_range(sim, argument);
    int64_t counts[BINS];
    weft_view v = weft_field_view(sim->state, ((ho *)sim->data)->Q, 0, NULL);
    const bool known = weft_view_histogram(sim->grid->comm, &v, -range, range, BINS, counts) == 0;
    for (int b = 0; b < BINS; b++)
        out[b] = !known
                     ? NAN
                     : (double)counts[b] / (double)weft_grid_sites(sim->grid) / (2 * range / BINS);
    return WEFT_OK;
}
