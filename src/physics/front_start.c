/* Initial states of fronts: values on the owned sites (x fastest, no ghosts), of which the
 * model makes its fields.
 *
 * Invariant: a value is a function of the global site (and of seed and replica), so that a
 * start is the same on any number of ranks. Where values depend on each other, as in a
 * random walk, every rank computes the whole line in the same order and keeps its part. */
#include "front.h"
#include "weft/memory.h"
#include <math.h>

/* -slope times the distance from the centre at each owned site: a droplet, whose growth KPZ
 * theory describes by the GUE distribution. The centre is the site n/2 of each axis, on
 * which the tip lies; distances are not folded around the torus. */
void front_wedge(const weft_sim *sim, double *out)
{
    const weft_grid *grid = sim->grid;
    const front_tip *tip = weft_params_values(sim->params, front_wedge_params);
    WEFT_FOR_ROWS(grid, z, y)
        for (int64_t x = 0; x < grid->local[2]; x++) {
            const int64_t at[3] = {z, y, x};
            double r2 = 0.0;
            for (int a = 3 - grid->dim; a < 3; a++) {
                double d = (double)(grid->start[a] + at[a] - grid->n[a] / 2) * grid->dx[a];
                r2 += d * d;
            }
            *out++ = -tip->slope * sqrt(r2);
        }
}

const weft_param front_wedge_params[] = {
    {WEFT_BIND_REAL(front_tip, slope), .standard = "1",
     .help = "front = -slope * distance from the centre; take the sign of lambda"},
    {0},
};

const weft_param front_twisted_params[] = {
    {WEFT_BIND_INT(front_twisted, winding), .standard = "1", .help = "turns of the phase along x"},
    {0},
};

/* Counted from the beginning of the axis, as front_view does. */
void front_slope(const weft_grid *grid, double slope, double *out)
{
    for (int64_t row = 0; row < grid->local[0] * grid->local[1]; row++)
        for (int64_t x = 0; x < grid->local[2]; x++)
            *out++ = slope * (double)(grid->start[2] + x);
}

/* Stream "initial": no other draw of the run has these numbers. */
void front_random(const weft_sim *sim, double low, double width, double *out)
{
    weft_noise_fill(&sim->noise, WEFT_STREAM_INITIAL, 0, WEFT_LAW_UNIFORM, sim->grid, 0, out);
    int64_t n = weft_grid_local_sites(sim->grid);
    for (int64_t i = 0; i < n; i++)
        out[i] = low + width * out[i];
}

/* The height at x is the sum of the steps before it. On a ring the sum over all steps must
 * vanish, or there would be a jump at the seam: their mean is taken off each. For
 * independent Gaussian steps this is exactly the walk under the condition that it returns
 * (a Brownian bridge). */
void front_from_steps(const weft_grid *grid, double *steps, bool ring, double *out)
{
    const int64_t n = grid->n[2];
    double mean = 0.0, height = 0.0;
    for (int64_t x = 0; x < n; x++)
        mean += steps[x] / (double)n;
    for (int64_t x = 0; x < n; x++) {
        if (x >= grid->start[2] && x < grid->start[2] + grid->local[2])
            out[x - grid->start[2]] = height;
        height += steps[x] - (ring ? mean : 0.0);
    }
}

/* The stationary state of KPZ and Edwards-Wilkinson growth on a line. */
void front_brownian(const weft_sim *sim, double variance, bool ring, double *out)
{
    const int64_t n = sim->grid->n[2];
    double *steps = weft_alloc((size_t)n, sizeof *steps);
    weft_noise_normal(&sim->noise, WEFT_STREAM_INITIAL, 0, 0, n, 0, n, steps);
    for (int64_t x = 0; x < n; x++)
        steps[x] *= sqrt(variance);
    front_from_steps(sim->grid, steps, ring, out);
    weft_free(steps);
}
