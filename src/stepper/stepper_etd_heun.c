/* Exponential Heun (ETD2RK) for coupled fields, u_t = L(k) u + N(u, t) + B(k) xi:
 *
 *     v = E u + f1 N(u) + noise,  u = v + f2 (N(v) - N(u)),
 *
 * E = exp(L dt), f1 = dt phi_1(L dt), f2 = dt phi_2(L dt). The linear part is exact, and so
 * is the law that the noise gives the fields over a step, for coupled fields, shared and
 * conserved noise too (covariance.c), and noise with memory (memory.c): a linear equation has the
 * right statistics at any dt.
 *
 * Invariant: noise is drawn at the sites, as a function of the global site and the step,
 * and then transformed. So its realisation does not depend on the number of ranks
 * (transforms round differently, to 1e-16), coefficients of real noise have the symmetry of
 * a real field, and nothing has to be saved. */
#include "covariance.h"
#include "memory.h"
#include "phi.h"
#include "weft/error.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

enum { E, F1, F2, TABLES };

/* The stepper at work: tables of E, f1, f2; the factor of the noise; buffers for N(u), N(v)
 * and the normals. */
typedef struct etd {
    stepper_modal modal;
    stepper_table table[TABLES];
    stepper_table noise;   /* n x columns; without rows: no noise */
    int columns;           /* independent normals at a site; with memory also modes of the noise */
    stepper_memory memory; /* law NULL: white noise */
    double **first, **second, **normals;
    double *sites; /* normals before they are transformed */
} etd;

static void destroy(weft_sim *sim, void *data)
{
    etd *d = data;
    for (int f = 0; f < TABLES; f++)
        stepper_table_free(&d->table[f]);
    stepper_table_free(&d->noise);
    stepper_modal_release(sim->fft, d->modal.n, d->first);
    stepper_modal_release(sim->fft, d->modal.n, d->second);
    stepper_modal_release(sim->fft, d->columns, d->normals);
    weft_free(d->sites);
    stepper_modal_free(sim, &d->modal);
    weft_free(d);
}

/* The three functions of one L dt. A single real number has closed forms, which are faster
 * and exact to rounding. */
static void functions(int n, const double complex *L, const double complex *B, const void *context,
                      double complex *const *out)
{
    const double dt = *(const double *)context;
    double complex A[n * n], spare[n * n];
    (void)B;
    if (n == 1 && cimag(L[0]) == 0.0) { /* the closed forms */
        const double x = -(creal(L[0]) * dt);
        out[E][0] = weft_exp(-x);
        out[F1][0] = dt * stepper_phi1(x);
        out[F2][0] = dt * stepper_phi2(x);
        return;
    }
    memset(A, 0, sizeof A);
    for (int e = 0; e < n * n; e++)
        A[e] = dt * L[e];
    stepper_phi(n, A, (double complex *[]){out[E], out[F1], out[F2], spare});
    for (int e = 0; e < n * n; e++) {
        out[F1][e] *= dt;
        out[F2][e] *= dt;
    }
}

/* What noise_function needs beside L and B. */
typedef struct noise_context {
    double dt;
    int sources;
} noise_context;

/* The factor of the noise's covariance over a step, for one mode. */
static void noise_function(int n, const double complex *L, const double complex *B,
                           const void *context, double complex *const *out)
{
    const noise_context *c = context;
    stepper_noise_factor(n, c->sources, L, B, c->dt, out[0]);
}

/* Numbers at a site that a step transforms. Columns beyond the sources are extra normals that the
 * exact law of coupled fields may need. For noise with memory, after weft_coloured_step. */
static int columns_of(const weft_sim *sim, const weft_linear_form *form)
{
    const stepper_memory memory = {.law = sim->coloured, .sources = form->sources};
    if (form->sources == 0)
        return 0;
    if (sim->coloured)
        return stepper_memory_columns(&memory, form->n);
    return form->n > form->sources ? form->n : form->sources;
}

/* A step that noise with memory cannot have is refused by setup. */
static int transforms(weft_sim *sim, double dt)
{
    weft_linear_form form;
    sim->model->families.linear_form(sim, &form);
    if (form.sources && sim->coloured && weft_coloured_step(sim->coloured, dt) != WEFT_OK) {
        weft_error_clear();
        return 0;
    }
    return columns_of(sim, &form);
}

/* Noise with memory: the law of a step of its modes, and what the fields take of it. */
static weft_status setup_memory(weft_sim *sim, double dt, etd *d)
{
    stepper_modal *m = &d->modal;
    WEFT_TRY(weft_coloured_step(sim->coloured, dt));
    d->memory = (stepper_memory){sim->coloured, dt, m->form.sources};
    if (!stepper_memory_fits(&d->memory, m->n))
        return weft_param_fail(sim->own, "noise_type",
                               "%d modes of %d noises and %d components are too many for etd_heun, "
                               "which takes %d together",
                               sim->coloured->modes + 1, m->form.sources, m->n,
                               STEPPER_MAX_COMPONENTS);
    d->columns = columns_of(sim, &m->form);
    stepper_modal_noise_table(sim, m, d->columns, stepper_memory_function, &d->memory, &d->noise);
    d->normals = stepper_modal_buffers(sim->fft, d->columns);
    d->sites = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
    return WEFT_OK;
}

/* Without sources there is no noise: columns stays 0 and nothing is drawn. */
static weft_status setup(weft_sim *sim, double dt, void **data)
{
    etd *d = *data = weft_alloc(1, sizeof *d);
    stepper_modal *m = &d->modal;
    stepper_modal_setup(sim, m);
    stepper_modal_tables(sim, m, functions, &dt, TABLES, d->table);
    stepper_modal_watch(sim, m, dt, &d->table[E]);
    d->first = stepper_modal_buffers(sim->fft, m->n);
    d->second = stepper_modal_buffers(sim->fft, m->n);
    if (m->form.sources == 0)
        return WEFT_OK;
    if (sim->coloured)
        return setup_memory(sim, dt, d);
    const noise_context context = {dt, m->form.sources};
    d->columns = columns_of(sim, &m->form);
    stepper_modal_noise_table(sim, m, d->columns, noise_function, &context, &d->noise);
    d->normals = stepper_modal_buffers(sim->fft, d->columns);
    d->sites = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
    return WEFT_OK;
}

/* The transform of one normal a site: source number of this step. */
static void draw(weft_sim *sim, etd *d, int number)
{
    const weft_grid *grid = sim->grid;
    WEFT_FOR_ROWS(grid, z, y) {
        int64_t row = (grid->start[0] + z) * grid->n[1] + grid->start[1] + y;
        weft_noise_increments(&sim->noise, number, (uint64_t)sim->step, row, grid->n[2],
                              grid->start[2], grid->local[2], d->sites + weft_owned_row(grid, z, y),
                              NULL);
    }
    weft_fft_load(sim->fft, d->sites, 0, d->normals[number]);
    weft_fft_forward(sim->fft, d->normals[number]);
}

/* The noise enters once, in v, and is part of what N(v) sees. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    etd *d = data;
    const stepper_modal *m = &d->modal;
    const weft_fft *fft = sim->fft;
    const int64_t doubles = fft->modes * fft->per_mode;
    stepper_modal_copy(fft, m, d->first);
    WEFT_TRY(sim->model->families.nonlinear_km(sim, sim->time, d->first));
    if (d->memory.law)
        stepper_memory_draw(sim, &d->memory, m->n, d->sites, d->normals);
    for (int s = 0; !d->memory.law && s < d->columns; s++)
        draw(sim, d, s);
    const stepper_term terms[3] = {
        {&d->table[E], 1, m->u}, {&d->table[F1], 1, d->first}, {&d->noise, 1, d->normals}};
    stepper_modal_sum(fft, m, NULL, d->columns ? 3 : 2, terms, m->u, d->second);
    WEFT_TRY(sim->model->families.nonlinear_km(sim, sim->time + *dt, d->second));
    for (int i = 0; i < m->n; i++)
        for (int64_t j = 0; j < doubles; j++)
            d->second[i][j] -= d->first[i][j];
    stepper_modal_sum(fft, m, m->u, 1, (stepper_term[]){{&d->table[F2], 1, d->second}}, m->u, NULL);
    stepper_modal_repair(sim, m, *dt);
    return WEFT_OK;
}

const weft_stepper weft_stepper_etd_heun = {
    .name = "etd_heun",
    .summary =
        "exponential Heun: exact linear part and exact law of the noise of each mode; order 2",
    .reference = "S. M. Cox, P. C. Matthews, J. Comput. Phys. 176, 430 (2002), eq. (22) (ETD2RK)",
    .order = 2,
    .evaluations = 2,
    .needs = WEFT_HAS_LINEAR_KM,
    .space = WEFT_K,
    .setup = setup,
    .destroy = destroy,
    .step = step,
    .transforms = transforms,
};
