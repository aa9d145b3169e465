/* Directed-percolation noise: rho_t = D lap rho + h + a rho - b rho^2 - c rho^3 + sigma sqrt(rho)
 * xi (Ito), by the exact sampling of the square-root noise of I. Dornic, H. Chate, M. A. Munoz,
 * Phys. Rev. Lett. 94, 100601 (2005). In a step the neighbours of a cell are held: rho' = alpha +
 * beta rho + s sqrt(rho) xi, s = sigma/sqrt(cell), has the law
 *     rho(dt) = Gamma(2 alpha/s^2 + Poisson(lambda rho exp(beta dt)))/lambda,
 * lambda = 2 beta/(s^2 (exp(beta dt) - 1)); the terms in rho^2 and rho^3 follow, each exactly. */
#include "reaction_diffusion.h"
#include <math.h>

/* ---- random numbers of one site and step, as many as rejection needs ---- */

enum { RD_STREAM = WEFT_STREAM_MODEL + 512 };

typedef struct draws {
    uint32_t counter[4], key[2], word[4];
    int used;
} draws;

static draws draws_of(const weft_sim *sim, uint64_t site)
{
    const uint64_t step = (uint64_t)sim->step;
    draws d = {.used = 4};
    d.counter[0] = (uint32_t)site;
    d.counter[1] = (uint32_t)step;
    d.counter[2] = (uint32_t)(step >> 32 & 0xffff) | (uint32_t)(site >> 32 << 16);
    d.counter[3] = RD_STREAM - 1;
    d.key[0] = sim->noise.seed;
    d.key[1] = sim->noise.replica;
    return d;
}

/* Uniform in (0, 1): (k + 1/2) 2^-52. */
static double uniform(draws *d)
{
    if (d->used == 4) {
        d->counter[3]++; /* the next stream: a further block of this site and step */
        weft_philox(d->counter, d->key, d->word);
        d->used = 0;
    }
    uint64_t high = d->word[d->used], low = d->word[d->used + 1];
    d->used += 2;
    return ((double)(high << 20 | low >> 12) + 0.5) * 0x1p-52;
}

static double normal(draws *d)
{
    double u = uniform(d), v = uniform(d);
    return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * v);
}

/* Below 10 by products of uniforms, above by W. Hormann's transformed rejection PTRS, Insurance:
 * Mathematics and Economics 12, 39 (1993). */
static double poisson(draws *d, double mean)
{
    if (mean < 10.0) {
        double limit = exp(-mean), product = uniform(d);
        int k = 0;
        for (; product > limit; k++)
            product *= uniform(d);
        return k;
    }
    const double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    const double inverse = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        double u = uniform(d) - 0.5, v = uniform(d), us = 0.5 - fabs(u);
        double k = floor((2.0 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r)
            return k;
        if (k < 0.0 || (us < 0.013 && v > us))
            continue;
        if (log(v * inverse / (a / (us * us) + b)) <= k * log(mean) - mean - lgamma(k + 1.0))
            return k;
    }
}

/* G. Marsaglia, W. W. Tsang, ACM Trans. Math. Softw. 26, 363 (2000). */
static double gamma_law(draws *d, double shape)
{
    double factor = 1.0;
    if (shape < 1.0) {
        factor = exp(log(uniform(d)) / shape);
        shape += 1.0;
    }
    const double e = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * e);
    for (;;) {
        double x = normal(d), v = 1.0 + c * x;
        if (v <= 0.0)
            continue;
        v = v * v * v;
        if (log(uniform(d)) < 0.5 * x * x + e - e * v + e * log(v))
            return factor * e * v;
    }
}

/* ---- one step ---- */

typedef struct law {
    double dt, lambda, seen; /* seen: lambda exp(beta dt) */
    double shape;            /* 2/s^2 */
    double source, quadratic, cubic;
    double D[3]; /* over dx^2 */
} law;

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
    l.lambda = 2.0 / (s2 * dt) * (fabs(x) < 1e-12 ? 1.0 : x / expm1(x));
    l.seen = l.lambda * exp(x);
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

static double sample(const law *l, draws *d, double rho, double alpha)
{
    const double certain = 1e16; /* from here on fluctuations are below the precision */
    double mean = l->seen * rho, n = 0.0;
    if (!(mean <= 0.0))
        n = mean < certain ? poisson(d, mean) : mean;
    double shape = l->shape * alpha + n;
    if (shape <= 0.0)
        return 0.0;
    return saturate(l, (shape < certain ? gamma_law(d, shape) : shape) / l->lambda);
}

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
            draws d = draws_of(sim, first + (uint64_t)x);
            out[x] = sample(l, &d, here[x], alpha);
        }
    }
}

weft_status rd_sample(weft_sim *sim, double dt)
{
    rd_field *m = rd_of(sim);
    const weft_grid *grid = sim->grid;
    const law l = law_of(sim, dt);
    weft_field_exchange(m->field);
    double *to = m->next;
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++, to += grid->local[2])
            sample_row(sim, &l, z, y, to);
    weft_field_assign(sim->state, m->field, 0, m->next, 0);
    return WEFT_OK;
}
