/* Exponential Heun (ETD2RK) for u_t = -a(k) u + N(u) + noise: the linear part is exact, and so is
 * the variance that the noise gives each mode over a step, sigma^2 (1 - exp(-2 a dt))/(2 a). v = E
 * u + f1 N(u) + noise,  u = v + f2 (N(v) - N(u)), E = exp(-a dt), f1 = (1 - E)/a, f2 = (E - 1 + a
 * dt)/(a^2 dt). */
#include "weft/memory.h"
#include "weft/stepper.h"
#include <math.h>
#include <string.h>

enum { MOST = 8 };

typedef struct component {
    double *u;           /* coefficients of the state */
    int64_t size;        /* doubles of u */
    double *e, *f1, *f2; /* a value a mode */
    double *deviation;   /* of the noise of a mode for unit white noise on the sites; NULL: none */
    double *first, *second; /* FFT buffers: N(u), N(v) */
} component;

typedef struct etd {
    int n;
    component c[MOST];
    double *sites, *noise; /* white noise on the sites, and its transform */
} etd;

static void destroy(weft_sim *sim, void *data)
{
    etd *d = data;
    for (int i = 0; i < d->n; i++) {
        component *c = &d->c[i];
        weft_free(c->e);
        weft_free(c->f1);
        weft_free(c->f2);
        weft_free(c->deviation);
        weft_fft_buffer_free(sim->fft, c->first);
        weft_fft_buffer_free(sim->fft, c->second);
    }
    weft_free(d->sites);
    if (d->noise)
        weft_fft_buffer_free(sim->fft, d->noise);
    weft_free(d);
}

/* (1 - exp(-x))/x and (exp(-x) - 1 + x)/x^2; series where they cancel. */
static double phi1(double x)
{
    return fabs(x) < 1e-5 ? 1.0 - 0.5 * x : -expm1(-x) / x;
}

static double phi2(double x)
{
    if (fabs(x) < 0.02)
        return 0.5 - x * (1.0 / 6 - x * (1.0 / 24 - x * (1.0 / 120 - x * (1.0 / 720 - x / 5040))));
    return (expm1(-x) + x) / (x * x);
}

static void coefficients(const weft_sim *sim, component *c, const double *a, double dt,
                         double amplitude)
{
    const size_t modes = (size_t)sim->fft->modes;
    c->e = weft_alloc(modes, sizeof(double));
    c->f1 = weft_alloc(modes, sizeof(double));
    c->f2 = weft_alloc(modes, sizeof(double));
    if (amplitude != 0.0)
        c->deviation = weft_alloc(modes, sizeof(double));
    for (size_t i = 0; i < modes; i++) {
        double x = a[i] * dt;
        c->e[i] = exp(-x);
        c->f1[i] = dt * phi1(x);
        c->f2[i] = dt * phi2(x);
        if (c->deviation)
            c->deviation[i] = amplitude * sqrt(dt * phi1(2.0 * x));
    }
}

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    etd *d = *data = weft_alloc(1, sizeof *d);
    const weft_families *families = &sim->model->families;
    double *a = weft_alloc((size_t)sim->fft->modes, sizeof *a);
    bool noisy = false;
    for (int f = 0, evolved = 0; f < sim->state->n; f++) {
        weft_field *field = &sim->state->field[f];
        if (field->spec.role != WEFT_EVOLVED)
            continue;
        double amplitude =
            families->noise_amplitude ? families->noise_amplitude(sim, evolved) : 0.0;
        noisy = noisy || amplitude != 0.0;
        for (int j = 0; j < field->spec.components; j++) {
            WEFT_ASSERT(d->n < MOST);
            component *c = &d->c[d->n++];
            c->u = weft_field_data(field, j);
            c->size = field->size;
            families->linear_k(sim, evolved, j, a);
            coefficients(sim, c, a, dt, amplitude);
            c->first = weft_fft_buffer(sim->fft);
            c->second = weft_fft_buffer(sim->fft);
        }
        evolved++;
    }
    weft_free(a);
    if (noisy) {
        d->sites = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
        d->noise = weft_fft_buffer(sim->fft);
    }
    return WEFT_OK;
}

static void draw(weft_sim *sim, etd *d, int number)
{
    const weft_grid *grid = sim->grid;
    double *to = d->sites;
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++, to += grid->local[2]) {
            int64_t row = (grid->start[0] + z) * grid->n[1] + grid->start[1] + y;
            weft_noise_increments(&sim->noise, number, (uint64_t)sim->step, row, grid->n[2],
                                  grid->start[2], grid->local[2], to, NULL);
        }
    weft_fft_load(sim->fft, d->sites, 0, d->noise);
    weft_fft_forward(sim->fft, d->noise);
}

/* u = E u + f1 N + noise. */
static void predict(const weft_fft *fft, const component *c, const double *restrict noise)
{
    const int p = fft->per_mode;
    double *restrict u = c->u;
    const double *restrict e = c->e, *restrict f1 = c->f1, *restrict n = c->first;
    for (int64_t i = 0; i < fft->modes; i++)
        for (int j = 0; j < p; j++)
            u[p * i + j] = e[i] * u[p * i + j] + f1[i] * n[p * i + j];
    if (!c->deviation)
        return;
    const double *restrict s = c->deviation;
    for (int64_t i = 0; i < fft->modes; i++)
        for (int j = 0; j < p; j++)
            u[p * i + j] += s[i] * noise[p * i + j];
}

static void correct(const weft_fft *fft, const component *c)
{
    const int p = fft->per_mode;
    double *restrict u = c->u;
    const double *restrict f2 = c->f2, *restrict n = c->first, *restrict m = c->second;
    for (int64_t i = 0; i < fft->modes; i++)
        for (int j = 0; j < p; j++)
            u[p * i + j] += f2[i] * (m[p * i + j] - n[p * i + j]);
}

static weft_status nonlinear(weft_sim *sim, const etd *d, double t, bool second)
{
    double *buffers[MOST];
    for (int i = 0; i < d->n; i++) {
        buffers[i] = second ? d->c[i].second : d->c[i].first;
        memcpy(buffers[i], d->c[i].u, (size_t)d->c[i].size * sizeof(double));
    }
    return sim->model->families.nonlinear_k(sim, t, buffers);
}

static weft_status step(weft_sim *sim, void *data, double *dt)
{
    etd *d = data;
    WEFT_TRY(nonlinear(sim, d, sim->time, false));
    for (int i = 0; i < d->n; i++) {
        if (d->c[i].deviation)
            draw(sim, d, i);
        predict(sim->fft, &d->c[i], d->noise);
    }
    WEFT_TRY(nonlinear(sim, d, sim->time + *dt, true));
    for (int i = 0; i < d->n; i++)
        correct(sim->fft, &d->c[i]);
    return WEFT_OK;
}

const weft_stepper weft_stepper_etd_heun = {
    .name = "etd_heun",
    .summary = "exponential Heun: exact linear part and exact noise variance of each mode; order 2",
    .reference = "S. M. Cox, P. C. Matthews, J. Comput. Phys. 176, 430 (2002), eq. (22) (ETD2RK)",
    .order = 2,
    .needs = WEFT_HAS_LINEAR_K1,
    .space = WEFT_K,
    .setup = setup,
    .destroy = destroy,
    .step = step,
};
