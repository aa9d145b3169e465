/* Initial states of the model cgle: random values, the exact plane wave u = A exp(i k x) with A^2 =
 * (mu - D k^2)/g, and one spiral about the centre of the box, u = f(r)(x + i y) with a vortex
 * profile. A spiral of the equation has bent arms; the straight start winds up within some 1/mu.
 *
 * Invariant: a value depends on the global site alone (its coordinates, or random numbers addressed
 * by it), so that the state is the same on any number of ranks. */
#include "cgle.h"
#include "physics/place.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>

/* The value of a start at a place; place is in units of length, slowest axis first, measured from
 * the centre of the box for the spiral's sake. */
typedef void value_at(const weft_sim *sim, const double place[3], double *re, double *im);

/* Fills both components: the value at each place (0 where value is NULL) plus noise that is uniform
 * in (-noise, noise). re and im are one allocation, and the uniforms are drawn into it before they
 * are turned into values in place. Collective. */
static weft_status assign(weft_sim *sim, value_at *value, double noise)
{
    const weft_grid *grid = sim->grid;
    const size_t sites = (size_t)weft_grid_local_sites(grid);
    double *re = weft_alloc(2 * sites, sizeof *re), *im = re + sites;
    if (noise > 0.0)
        for (int c = 0; c < 2; c++)
            weft_noise_fill(&sim->noise, WEFT_STREAM_INITIAL + (uint32_t)c, 0, WEFT_LAW_UNIFORM,
                            grid, 0, re + (size_t)c * sites);
    size_t i = 0;
    WEFT_FOR_ROWS(grid, z, y)
        for (int64_t x = 0; x < grid->local[2]; x++, i++) {
            const double place[3] = {weft_grid_coordinate(grid, 0, grid->start[0] + z),
                                     weft_grid_coordinate(grid, 1, grid->start[1] + y),
                                     weft_grid_coordinate(grid, 2, grid->start[2] + x)};
            double p = 0.0, q = 0.0;
            if (value)
                value(sim, place, &p, &q);
            re[i] = p + noise * (2.0 * re[i] - 1.0);
            im[i] = q + noise * (2.0 * im[i] - 1.0);
        }
    weft_field_assign(sim->state, &sim->state->field[0], 0, re, 0);
    weft_field_assign(sim->state, &sim->state->field[0], 1, im, 0);
    weft_free(re);
    return WEFT_OK;
}

/* Keys of the section initial, for each type of state. */
typedef struct cgle_wave {
    int64_t mode;
    double perturbation;
} cgle_wave;
typedef struct cgle_random {
    double amplitude;
} cgle_random;

static const weft_param wave_table[] = {
    {WEFT_BIND_INT(cgle_wave, mode), .standard = "0", .help = "wavelengths along x"},
    {WEFT_BIND_REAL(cgle_wave, perturbation), .standard = "0", .range = "[0, inf)",
     .unit = "amplitude", .help = "both parts get random numbers in (-p, p)"},
    {0},
};
static const weft_param random_table[] = {
    {WEFT_BIND_REAL(cgle_random, amplitude), .standard = "0.1", .range = "(0, inf)",
     .unit = "amplitude", .help = "both parts lie in (-amplitude, amplitude)"},
    {0},
};

/* k = 2 pi mode/L: `mode` wavelengths fit the last axis, which must be periodic. */
static double wave_number(const weft_sim *sim)
{
    const cgle_wave *start = weft_params_values(sim->params, wave_table);
    return 2.0 * M_PI * (double)start->mode / sim->grid->length[2];
}

/* The exact solution at t = 0; the caller has checked that it exists. */
static void wave_value(const weft_sim *sim, const double place[3], double *re, double *im)
{
    const cgle *m = sim->data;
    double k = wave_number(sim), amplitude_ = sqrt((m->p.mu - m->p.D * k * k) / m->p.g);
    *re = amplitude_ * weft_cos_any(k * place[2]);
    *im = amplitude_ * weft_sin_any(k * place[2]);
}

/* A wave whose mode the grid cannot hold would be stored as another one without a word, and no
 * plane wave exists where diffusion beats growth; both are errors. */
static weft_status plane_wave(weft_sim *sim)
{
    const cgle *m = sim->data;
    const cgle_wave *start = weft_params_values(sim->params, wave_table);
    double k = wave_number(sim);
    if (k != 0.0 && sim->grid->boundary[2] != WEFT_PERIODIC)
        return weft_param_fail(sim->initial, "mode", "a plane wave needs a periodic last axis");
    const double n = (double)sim->grid->n[2];
    if (k != 0.0 && round(fabs(k) * sim->grid->length[2] / M_PI) >= n)
        return weft_param_fail(sim->initial, "mode",
                               "%lld points hold waves of modes below %g only", (long long)n,
                               0.5 * n);
    if (m->p.scheme == CGLE_SPECTRAL && m->keep > 0.0 && m->keep < 1.0 &&
        fabs(k) >= weft_fft_limit(sim->fft, 2, m->keep))
        return weft_param_fail(sim->initial, "mode",
                               "k = %.4g: with the key 'dealias' of the model the nonlinear term "
                               "sees modes of |k| < %.4g only, and does not hold this wave",
                               k, weft_fft_limit(sim->fft, 2, m->keep));
    if (m->p.D * k * k >= m->p.mu)
        return weft_param_fail(
            sim->initial, "mode",
            "k = %.4g: there are plane waves for D k^2 < mu only, up to mode %d", k,
            (int)ceil(sqrt(m->p.mu / m->p.D) * sim->grid->length[2] / (2.0 * M_PI)) - 1);
    return assign(sim, wave_value, start->perturbation);
}

/* The disordered start from which turbulence or spirals grow. */
static weft_status random_values(weft_sim *sim)
{
    const cgle_random *start = weft_params_values(sim->params, random_table);
    return assign(sim, NULL, start->amplitude);
}

/* One core at the centre: u = f(r)(x + i y), with f as the radial profile of a vortex, tanh(r/2) in
 * units of sqrt(D/mu), over r. f is finite at r = 0 in the limit; there u is 0. */
static void spiral_value(const weft_sim *sim, const double place[3], double *re, double *im)
{
    const cgle *m = sim->data;
    double r = sqrt(place[1] * place[1] + place[2] * place[2]), size = sqrt(m->p.mu / m->p.g);
    double f = r > 0.0 ? size * weft_tanh(0.5 * r * sqrt(m->p.mu / m->p.D)) / r : 0.0;
    *re = f * place[2];
    *im = f * place[1];
}

/* On a torus the total winding is zero, so that one spiral alone needs walls. */
static weft_status spiral(weft_sim *sim)
{
    if (sim->grid->dim < 2 || sim->grid->boundary[1] == WEFT_PERIODIC ||
        sim->grid->boundary[2] == WEFT_PERIODIC)
        return weft_param_fail(
            sim->initial, "type",
            "one spiral needs at least 2 axes, and cgle.boundary: neumann along y "
            "and x");
    return assign(sim, spiral_value, 0.0);
}

/* Types of the section initial, beside `file`, which every model has. */
const weft_initial cgle_initials[CGLE_N_INITIALS] = {
    {.name = "random",
     .rough = true,
     .help = "independent values at each site",
     .params = random_table,
     .set = random_values},
    {.name = "plane_wave",
     .help = "the exact plane wave of a mode",
     .params = wave_table,
     .set = plane_wave},
    {.name = "spiral", .help = "one spiral at the centre", .set = spiral},
    PLACE_INITIAL,
    {0},
};
