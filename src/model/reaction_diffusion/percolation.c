/* Directed-percolation noise: rho_t = D lap rho + h + a rho - b rho^2 - c rho^3 + sigma sqrt(rho)
 * xi (Ito), by the exact sampling of the square-root noise of I. Dornic, H. Chate, M. A. Munoz,
 * Phys. Rev. Lett. 94, 100601 (2005). In a step the neighbours of a cell are held: rho' = alpha +
 * beta rho + s sqrt(rho) xi, s = sigma/sqrt(cell), has the law
 *
 *     rho(dt) = Gamma(2 alpha/s^2 + Poisson(lambda rho exp(beta dt)))/lambda,
 *
 * lambda = 2 beta/(s^2 (exp(beta dt) - 1)); the terms in rho^2 and rho^3 follow, each exactly.
 *
 * Invariants. (1) A density never becomes negative, however large the noise: that is the point of
 * sampling the law in place of adding a normal. (2) Zero with zero neighbours and no source stays
 * exactly zero: the absorbing state is exact. (3) A cell reads the state at the start of the step
 * alone; new densities go to an array of their own (m->next), so that the order of cells does not
 * matter, and one ghost layer is enough. (4) A rejection method needs an unknown number of random
 * numbers: each cell and step has a sequence of its own, addressed by the global site, so that
 * results do not depend on the ranks. */
#include "reaction_diffusion.h"
#include "weft/draws.h"
#include "weft/vmath.h"
#include <math.h>

/* ---- one step ---- */

/* What all cells of a step share. lambda and seen are the parameters of the law above. */
typedef struct law {
    double dt, lambda, seen; /* seen: lambda exp(beta dt) */
    double shape;            /* 2/s^2 */
    double source, quadratic, cubic;
    double D[3]; /* over dx^2 */
} law;

/* beta is the linear rate less what diffusion takes away from a cell, 2 D/dx^2 an axis. For beta dt
 * near 0 the ratio x/(exp(x) - 1) is 1 to the last bit, and 0/0 is avoided. weft_exp and
 * weft_expm1: the same bits on every processor. */
static law law_of(const weft_sim *sim, double dt)
{
    const rd_config *cfg = &rd_of(sim)->cfg;
    const weft_grid *grid = sim->grid;
    const double s2 = cfg->sigma * cfg->sigma / weft_grid_cell(grid);
    law l = {.dt = dt,
             .shape = 2.0 / s2,
             .source = cfg->power[0],
             .quadratic = cfg->power[2],
             .cubic = cfg->power[3]};
    double beta = cfg->power[1];
    for (int a = 3 - grid->dim; a < 3; a++) {
        l.D[a] = cfg->D[0] / (grid->dx[a] * grid->dx[a]);
        beta -= 2.0 * l.D[a];
    }
    double x = beta * dt;
    l.lambda = 2.0 / (s2 * dt) * (fabs(x) < 1e-12 ? 1.0 : x / weft_expm1(x));
    l.seen = l.lambda * weft_exp(x);
    return l;
}

/* A step of rho_t = -b rho^2, then of -c rho^3: solved exactly, but where they add by the series to
 * second order, which has no pole within a step. */
static double saturate(const law *l, double rho)
{
    if (l->quadratic != 0.0) {
        const double b = l->quadratic * rho * l->dt;
        rho = b < 0.0 ? rho * (1.0 - b + b * b) : rho / (1.0 + b);
    }
    if (l->cubic != 0.0) {
        const double c = l->cubic * rho * rho * l->dt;
        rho = c < 0.0 ? rho * (1.0 - c + 1.5 * c * c) : rho / sqrt(1.0 + 2.0 * c);
    }
    return rho;
}

/* One draw of the law. alpha: source and inflow from the neighbours. Poisson and gamma laws of a
 * mean beyond 1e16 are replaced by their mean, whose relative fluctuation is below 1e-8 there and
 * falls below the last bit of a sum over a step. */
static double sample(const law *l, weft_draws *d, double rho, double alpha)
{
    const double certain = 1e16; /* from here on fluctuations are below the precision */
    double mean = l->seen * rho, n = 0.0;
    if (!(mean <= 0.0))
        n = mean < certain ? weft_draws_poisson(d, mean) : mean;
    double shape = l->shape * alpha + n;
    if (shape <= 0.0)
        return 0.0;
    return saturate(l, (shape < certain ? weft_draws_gamma(d, shape) : shape) / l->lambda);
}

/* New densities of a local row. The test reads `not (alpha <= 0 and rho <= 0)`, so that a nan takes
 * the long way and shows. */
static void sample_row(weft_sim *sim, const law *l, int64_t z, int64_t y, double *restrict out)
{
    weft_field *field = rd_of(sim)->field;
    const weft_grid *grid = sim->grid;
    const int64_t *stride = field->extent.stride;
    const double *here = rd_row(field, 0, z, y);
    uint64_t first =
        (uint64_t)(((grid->start[0] + z) * grid->n[1] + grid->start[1] + y) * grid->n[2] +
                   grid->start[2]);
    for (int64_t x = 0; x < grid->local[2]; x++) {
        double alpha = l->source;
        for (int a = 3 - grid->dim; a < 3; a++)
            alpha += l->D[a] * (here[x - stride[a]] + here[x + stride[a]]);
        out[x] = 0.0;
        if (!(alpha <= 0.0 && here[x] <= 0.0)) { /* not finite stays so, and ends the run */
            weft_draws d;
            weft_draws_begin(&d, &sim->noise, WEFT_DRAWS_DP, (uint64_t)sim->step,
                             first + (uint64_t)x);
            out[x] = sample(l, &d, here[x], alpha);
        }
    }
}

/* The family sample: replaces the field by the densities after the step. Collective: the exchange.
 */
weft_status rd_sample(weft_sim *sim, double dt)
{
    rd_field *m = rd_of(sim);
    const weft_grid *grid = sim->grid;
    const law l = law_of(sim, dt);
    weft_field_exchange(m->field);
    WEFT_FOR_ROWS(grid, z, y)
        sample_row(sim, &l, z, y, m->next + weft_owned_row(grid, z, y));
    weft_field_assign(sim->state, m->field, 0, m->next, 0);
    return WEFT_OK;
}
