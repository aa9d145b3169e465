/* The Swift-Hohenberg equation, a model in one file whose field lives in k space:
 *     u_t = r u - (1 + lap)^2 u - u^3.
 * The linear part is diagonal over the modes, L(k) = r - (1 - k^2)^2, and exponential steppers
 * treat it exactly, however stiff it is. The cube is formed on the grid. Modes beyond half of the
 * largest wavenumber are left out of it: then the product of three modes that are kept has no
 * alias among those that are kept. */
#include "weft/memory.h"
#include "weft/weft.h"
#include <complex.h>
#include <math.h>

typedef struct sh_params {
    double r;
} sh_params;

static const weft_param params[] = {
    {WEFT_BIND_REAL(sh_params, r), .standard = "0.2", .unit = "1/time",
     .help = "growth rate of modes with k = 1; stripes appear above 0"},
    {0},
};

static weft_status plan(const weft_params *p, int dim, const int64_t *n, const double *length,
                        weft_plan *out)
{
    (void)p, (void)dim, (void)n, (void)length;
    out->layout = WEFT_TRANSFORM; /* how the ranks share the grid where each step has transforms */
    out->fft = true;              /* sim->fft is made */
    out->families = WEFT_HAS_LINEAR_KM;
    out->field[out->n_fields++] =
        (weft_field_spec){"u", "1", "amplitude", WEFT_EVOLVED, WEFT_F64, 1, .ghost = 0};
    return WEFT_OK;
}

/* sim->data is the section's struct: there is nothing else to keep, and nothing to free. */
static const sh_params *values_of(const weft_sim *sim)
{
    return weft_params_values(sim->params, params);
}

/* ---- the family: u_t = L(k) u + N(u) ---- */

static void linear_form(weft_sim *sim, weft_linear_form *form)
{
    (void)sim;
    *form = (weft_linear_form){.n = 1, .diagonal = true, .real = true, .isotropic = true};
}

static void linear_km(weft_sim *sim, int64_t first, int64_t count, double _Complex *L)
{
    const double r = values_of(sim)->r;
    for (int64_t i = 0; i < count; i++) {
        double k2;
        weft_fft_k2(sim->fft, first + i, 1, &k2);
        L[i] = r - (1 - k2) * (1 - k2);
    }
}

/* backward leaves the values of u over fft->scale on the points of the box fft->real. */
static weft_status nonlinear_km(weft_sim *sim, double t, double *const *u)
{
    weft_fft *fft = sim->fft;
    const weft_box *box = &fft->real;
    (void)t;
    weft_fft_dealias(fft, 0.5, u[0]);
    weft_fft_backward(fft, u[0]);
    for (int64_t z = 0; z < box->local[0]; z++)
        for (int64_t y = 0; y < box->local[1]; y++) {
            double *row = u[0] + box->origin + z * box->stride[0] + y * box->stride[1];
            for (int64_t x = 0; x < box->local[2]; x++) {
                double v = fft->scale * row[x];
                row[x] = -v * v * v;
            }
        }
    weft_fft_forward(fft, u[0]);
    weft_fft_dealias(fft, 0.5, u[0]);
    return WEFT_OK;
}

/* The linear part is exact and bounds no step; the cube, of the size r u, has to be resolved. */
static weft_rates rates(weft_sim *sim)
{
    return (weft_rates){.accuracy = 0.1 / fmax(fabs(values_of(sim)->r), 0.1)};
}

/* ---- a wave along x, and the uniform state (mode 0) ---- */

typedef struct sh_wave {
    int64_t mode;
    double amplitude;
} sh_wave;

static const weft_param wave_params[] = {
    {WEFT_BIND_INT(sh_wave, mode), .standard = "0", .help = "wavelengths along x"},
    {WEFT_BIND_REAL(sh_wave, amplitude), .standard = "0.1", .unit = "1", .help = "of the cosine"},
    {0},
};

/* weft_field_assign takes values on the sites and transforms them. */
static weft_status set_wave(weft_sim *sim)
{
    const weft_grid *grid = sim->grid;
    const sh_wave *wave = weft_params_values(sim->params, wave_params);
    const double k = 2 * M_PI * (double)wave->mode / (double)grid->n[2];
    double *values = weft_alloc((size_t)weft_grid_local_sites(grid), sizeof *values), *v = values;
    for (int64_t row = 0; row < grid->local[0] * grid->local[1]; row++)
        for (int64_t x = 0; x < grid->local[2]; x++)
            *v++ = wave->amplitude * cos(k * (double)(grid->start[2] + x));
    weft_field_assign(sim->state, &sim->state->field[0], 0, values, 0);
    weft_free(values);
    return WEFT_OK;
}

/* ---- root mean square ---- */

/* weft_field_view gives the values on the sites of a field in either space. */
static weft_status root_mean_square(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    weft_view u = weft_field_view(sim->state, &sim->state->field[0], 0, NULL);
    *out = sqrt(weft_view_dot(sim->grid->comm, &u, &u) / (double)weft_grid_sites(sim->grid));
    return WEFT_OK;
}

static const weft_initial initials[] = {
    {.name = "wave", .help = "a cosine along x", .params = wave_params, .set = set_wave},
    {0},
};
static const weft_observable observables[] = {
    {.name = "u_rms", .unit = "1", .long_name = "root mean square", .compute = root_mean_square},
    {0},
};

const weft_model weft_model_swift_hohenberg = {
    .name = "swift_hohenberg",
    .summary = "Swift-Hohenberg equation",
    .reference = "J. Swift, P. C. Hohenberg, Phys. Rev. A 15, 319 (1977)",
    .params = params,
    .stepper = WEFT_NAMES("etdrk4", "etd_heun"),
    .observe = WEFT_NAMES("u_rms"),
    .fields = WEFT_NAMES("u"),
    .observables = observables,
    .initials = initials,
    .families = {.linear_form = linear_form, .linear_km = linear_km, .nonlinear_km = nonlinear_km},
    .plan = plan,
    .rates = rates,
};
