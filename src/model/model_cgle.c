/* The complex Ginzburg-Landau equation,
 *     u_t = mu u + D (1 + i alpha) lap u - g (1 + i beta) |u|^2 u,
 * spectral or by second differences. */
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const weft_param table[] = {
    {"mu", WEFT_REAL, "1", "(0, inf)", NULL, "1/time", "growth rate of small amplitudes", NULL},
    {"D", WEFT_REAL, "1", "[0, inf)", NULL, "length^2/time", "diffusion", NULL},
    {"alpha", WEFT_REAL, "0", NULL, NULL, "", "dispersion, over D", NULL},
    {"g", WEFT_REAL, "1", "(0, inf)", NULL, "1/(time amplitude^2)", "saturation", NULL},
    {"beta", WEFT_REAL, "0", NULL, NULL, "", "shift of the frequency with |u|^2, over g", NULL},
    {"scheme", WEFT_CHOICE, "spectral", NULL, "spectral|fd2", "",
     "spectral, or second differences (with rk4 and PETSc's steppers)", NULL},
    {"dealias", WEFT_CHOICE, "none", NULL, "none|2/3|1/2", "",
     "part of the wavenumbers that the nonlinear term sees; 1/2 is exact for a cubic",
     "scheme=spectral"},
    {"boundary", WEFT_CHOICE_LIST, "periodic", NULL, "periodic|neumann", "",
     "of each axis, slowest first, or one for all", NULL},
    {0}};

typedef struct cgle {
    double mu, D, alpha, g, beta;
    double keep; /* dealiasing; 1: none */
    weft_field *field;
    weft_extent extent; /* of work, which holds the grid values with a layer of ghosts */
    double *work;
    weft_halo *halo;
    double *buffer, *power; /* spectra */
    int64_t *count;
} cgle;

static bool is_spectral(const weft_section *own)
{
    return strcmp(weft_get_text(own, "scheme"), "spectral") == 0;
}

static bool wants_fft(const weft_params *params)
{
    const weft_section *observe = weft_params_section(params, "observe");
    for (int i = 0; weft_given(observe, "list") && i < weft_list_size(observe, "list"); i++)
        if (strcmp(weft_get_text_at(observe, "list", i), "structure_factor") == 0)
            return true;
    return false;
}

static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *p)
{
    const weft_section *own = weft_params_section(all, "cgle");
    const bool spectral = is_spectral(own);
    const int given = weft_list_size(own, "boundary");
    (void)n;
    (void)length;
    if (given != 1 && given != dim)
        return weft_param_fail(own, "boundary",
                               "%d words for %d axes; give one for each axis, or one for all",
                               given, dim);
    for (int a = 0; a < dim; a++)
        p->boundary[a] = weft_get_text_at(own, "boundary", given == 1 ? 0 : a)[0] == 'n'
                             ? WEFT_NEUMANN
                             : WEFT_PERIODIC;
    p->layout = spectral ? WEFT_SLAB : WEFT_BLOCKS;
    p->fft = spectral || wants_fft(all);
    p->families = spectral ? WEFT_HAS_LINEAR_KC : WEFT_HAS_RHS | WEFT_HAS_JACOBIAN;
    p->n_fields = 1;
    p->field[0] = (weft_field_spec){
        "u", "amplitude", "real and imaginary part of u", WEFT_EVOLVED, WEFT_F64, 2, 1};
    return WEFT_OK;
}

static weft_status setup(weft_sim *sim)
{
    cgle *m = sim->data = weft_alloc(1, sizeof *m);
    m->mu = weft_get_real(sim->own, "mu");
    m->D = weft_get_real(sim->own, "D");
    m->alpha = weft_get_real(sim->own, "alpha");
    m->g = weft_get_real(sim->own, "g");
    m->beta = weft_get_real(sim->own, "beta");
    const char *word = weft_get_text(sim->own, "dealias");
    m->keep = word[0] == 'n' ? 1.0 : word[0] == '2' ? 2.0 / 3.0 : 0.5;
    m->field = &sim->state->field[0];
    m->extent = weft_grid_extent(sim->grid, 1);
    m->work = weft_alloc((size_t)(2 * m->extent.size), sizeof *m->work);
    return weft_halo_create(sim->grid, 1, 1, sizeof(double), 2, NULL, &m->halo);
}

static void destroy(weft_sim *sim)
{
    cgle *m = sim->data;
    weft_halo_free(m->halo);
    weft_free(m->work);
    if (m->buffer)
        weft_fft_buffer_free(sim->fft, m->buffer);
    weft_free(m->power);
    weft_free(m->count);
    weft_free(m);
}

/* ---- spectral ---- */

/* The growth mu is left to the nonlinear part, which is formed on the grid: of the coefficients
 * that a real field has twice, rounding errors that differ would grow as exp(mu t) unseen. */
static void linear_kc(weft_sim *sim, int field, double *a, double *w)
{
    const cgle *m = sim->data;
    (void)field;
    weft_fft_k2(sim->fft, w);
    for (int64_t i = 0; i < sim->fft->modes; i++) {
        a[i] = m->D * w[i];
        w[i] *= m->D * m->alpha;
    }
}

static void cubic_row(const cgle *m, double scale, int64_t n, double *restrict re,
                      double *restrict im)
{
    for (int64_t i = 0; i < n; i++) {
        double x = scale * re[i], y = scale * im[i], r = m->g * (x * x + y * y);
        re[i] = m->mu * x - r * (x - m->beta * y);
        im[i] = m->mu * y - r * (y + m->beta * x);
    }
}

static void nonlinear_k(weft_sim *sim, double t, double *const *u)
{
    const cgle *m = sim->data;
    weft_fft *fft = sim->fft;
    const weft_box *box = &fft->real;
    (void)t;
    for (int c = 0; c < 2; c++) {
        if (m->keep < 1.0)
            weft_fft_dealias(fft, m->keep, u[c]);
        weft_fft_backward(fft, u[c]);
    }
    for (int64_t z = 0; z < box->local[0]; z++)
        for (int64_t y = 0; y < box->local[1]; y++) {
            int64_t at = box->origin + z * box->stride[0] + y * box->stride[1];
            cubic_row(m, fft->scale, box->local[2], u[0] + at, u[1] + at);
        }
    for (int c = 0; c < 2; c++) {
        weft_fft_forward(fft, u[c]);
        if (m->keep < 1.0)
            weft_fft_dealias(fft, m->keep, u[c]);
    }
}

/* ---- second differences ---- */

static double *row_of(weft_field *field, int c, int64_t z, int64_t y)
{
    const weft_extent *e = &field->extent;
    return weft_field_data(field, c) + e->origin + z * e->stride[0] + y * e->stride[1];
}

static void local_row(const cgle *m, int64_t n, const double *restrict re,
                      const double *restrict im, double *restrict out_re, double *restrict out_im)
{
    for (int64_t i = 0; i < n; i++) {
        double r = m->g * (re[i] * re[i] + im[i] * im[i]);
        out_re[i] = m->mu * re[i] - r * (re[i] - m->beta * im[i]);
        out_im[i] = m->mu * im[i] - r * (im[i] + m->beta * re[i]);
    }
}

static void diffuse_row(double D, double alpha, int64_t n, int64_t stride, const double *re,
                        const double *im, double *restrict out_re, double *restrict out_im)
{
    for (int64_t i = 0; i < n; i++) {
        double p = (re[i + stride] - re[i]) - (re[i] - re[i - stride]);
        double q = (im[i + stride] - im[i]) - (im[i] - im[i - stride]);
        out_re[i] += D * (p - alpha * q);
        out_im[i] += D * (q + alpha * p);
    }
}

static void rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    const cgle *m = sim->data;
    const weft_grid *grid = sim->grid;
    weft_field *from = &u->field[0], *to = &du->field[0];
    (void)t;
    weft_field_exchange(from);
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++) {
            const double *re = row_of(from, 0, z, y), *im = row_of(from, 1, z, y);
            double *out_re = row_of(to, 0, z, y), *out_im = row_of(to, 1, z, y);
            local_row(m, grid->local[2], re, im, out_re, out_im);
            for (int a = 2; a >= 3 - grid->dim; a--)
                diffuse_row(m->D / (grid->dx[a] * grid->dx[a]), m->alpha, grid->local[2],
                            from->extent.stride[a], re, im, out_re, out_im);
        }
}

static void diffusion(weft_sim *sim, double *D)
{
    const cgle *m = sim->data;
    D[0] = D[3] = m->D;
    D[1] = -m->D * m->alpha;
    D[2] = m->D * m->alpha;
}

static void jacobian(weft_sim *sim, double t, weft_state *u, int64_t z, int64_t y, double *out)
{
    const cgle *m = sim->data;
    const int64_t n = sim->grid->local[2];
    const double *re = row_of(&u->field[0], 0, z, y), *im = row_of(&u->field[0], 1, z, y);
    const double g = m->g, b = m->beta;
    (void)t;
    for (int64_t i = 0; i < n; i++) {
        double p = re[i], q = im[i], r = p * p + q * q;
        out[i] = m->mu - g * (r + 2 * p * (p - b * q));
        out[n + i] = -g * (2 * q * (p - b * q) - b * r);
        out[2 * n + i] = -g * (2 * p * (q + b * p) + b * r);
        out[3 * n + i] = m->mu - g * (r + 2 * q * (q + b * p));
    }
}

static weft_rates rates(weft_sim *sim)
{
    const cgle *m = sim->data;
    double sum = 0.0, local = m->mu * (2.0 + fabs(m->beta));
    for (int a = 3 - sim->grid->dim; a < 3 && !is_spectral(sim->own); a++)
        sum += 4.0 * m->D / (sim->grid->dx[a] * sim->grid->dx[a]);
    /* a disc about the origin: the spectrum is complex */
    return (weft_rates){.decay = 1.1 * (hypot(1.0, m->alpha) * sum + local),
                        .accuracy = 0.2 / local};
}

/* ---- observables ---- */

/* Grid values with ghosts, wherever the field lives. */
static void look(weft_sim *sim)
{
    cgle *m = sim->data;
    for (int c = 0; c < 2; c++) {
        weft_view view = weft_field_view(sim->state, m->field, c, NULL);
        for (int64_t z = 0; z < view.local[0]; z++)
            for (int64_t y = 0; y < view.local[1]; y++)
                memcpy(m->work + c * m->extent.size + m->extent.origin + z * m->extent.stride[0] +
                           y * m->extent.stride[1],
                       weft_row(&view, z, y), (size_t)view.local[2] * sizeof(double));
    }
    weft_halo_exchange(m->halo, m->work);
}

typedef struct seen {
    const cgle *m;
    int dim;
    const double *dx;
} seen;

static const double *seen_row(const cgle *m, int64_t z, int64_t y)
{
    return m->work + m->extent.origin + z * m->extent.stride[0] + y * m->extent.stride[1];
}

static void squares(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const cgle *m = ((const seen *)context)->m;
    const double *re = seen_row(m, z, y), *im = re + m->extent.size;
    for (int64_t i = 0; i < n; i++)
        out[i] = re[i] * re[i] + im[i] * im[i];
}

static void moduli(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    squares(context, z, y, n, out);
    for (int64_t i = 0; i < n; i++)
        out[i] = sqrt(out[i]);
}

static double mean_of(weft_sim *sim, weft_row_kernel *kernel)
{
    seen s = {sim->data, sim->grid->dim, sim->grid->dx};
    look(sim);
    return weft_rows_sum(sim->grid, kernel, &s) / (double)weft_grid_sites(sim->grid);
}

static void amplitude(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = mean_of(sim, moduli);
}

static void amplitude2(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = mean_of(sim, squares);
}

static void mean_parts(weft_sim *sim, double argument, double *out)
{
    weft_view view = weft_field_view(sim->state, ((cgle *)sim->data)->field, (int)argument, NULL);
    *out = weft_view_sum(sim->grid->comm, &view) / (double)weft_grid_sites(sim->grid);
}

static void mean_re(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    mean_parts(sim, 0, out);
}

static void mean_im(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    mean_parts(sim, 1, out);
}

/* Squared phase differences to the next site over dx, summed over the axes and weighted with |u|^2
 * of both sites; the weights, as a mean over the axes. */
static void phase_steps(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const seen *s = context;
    const double *re = seen_row(s->m, z, y), *im = re + s->m->extent.size;
    for (int64_t i = 0; i < n; i++) {
        out[i] = out[n + i] = 0.0;
        for (int a = 3 - s->dim; a < 3; a++) {
            int64_t j = i + s->m->extent.stride[a];
            double c = re[i] * re[j] + im[i] * im[j], d = re[i] * im[j] - im[i] * re[j];
            double q = atan2(d, c) / s->dx[a], weight = c * c + d * d;
            out[i] += q * q * weight;
            out[n + i] += weight / s->dim;
        }
    }
}

static void wavenumber(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    seen s = {sim->data, sim->grid->dim, sim->grid->dx};
    double sums[2];
    look(sim);
    weft_rows_sums(sim->grid, 2, phase_steps, &s, sums);
    *out = sums[1] > 0.0 ? sqrt(sums[0] / sums[1]) : 0.0;
}

/* Turns of the phase around a square of four sites. */
static int winding(const double *re, const double *im, const int64_t corner[4])
{
    double turn = 0.0;
    for (int k = 0; k < 4; k++) {
        int64_t i = corner[k], j = corner[(k + 1) % 4];
        turn += atan2(re[i] * im[j] - im[i] * re[j], re[i] * re[j] + im[i] * im[j]);
    }
    return (int)lround(turn / (2.0 * M_PI));
}

static void spiral_cores(weft_sim *sim, double argument, double *out)
{
    const cgle *m = sim->data;
    const weft_grid *grid = sim->grid;
    const int64_t up = m->extent.stride[1];
    int64_t cores = 0;
    (void)argument;
    look(sim);
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++) {
            const double *re = seen_row(m, z, y), *im = re + m->extent.size;
            for (int64_t x = 0; x < grid->local[2]; x++) {
                const int64_t corner[4] = {x, x + 1, x + 1 + up, x + up};
                cores += abs(winding(re, im, corner));
            }
        }
    weft_counts_sum(grid->comm, &cores, 1);
    *out = (double)cores;
}

static weft_status cores_check(weft_sim *sim, double argument)
{
    (void)argument;
    return sim->grid->dim > 1
               ? WEFT_OK
               : weft_fail(WEFT_INPUT, "spiral_cores needs a grid of at least 2 axes");
}

static double shell_width(const weft_grid *grid)
{
    double longest = 0.0;
    for (int a = 3 - grid->dim; a < 3; a++)
        longest = fmax(longest, grid->length[a]);
    return 2.0 * M_PI / longest;
}

static int64_t shells(const weft_grid *grid)
{
    double kmax = INFINITY;
    for (int a = 3 - grid->dim; a < 3; a++)
        kmax = fmin(kmax, M_PI / grid->dx[a]);
    return (int64_t)floor(kmax / shell_width(grid) * (1.0 + 1e-9)) + 1;
}

static int spectrum_axis(weft_sim *sim, double argument, weft_axis *axes)
{
    const int64_t n = shells(sim->grid);
    (void)argument;
    axes[0] = (weft_axis){.name = "k",
                          .n = n,
                          .unit = "1/length",
                          .long_name = "wavenumber",
                          .values = weft_alloc((size_t)n, sizeof(double))};
    for (int64_t b = 0; b < n; b++)
        axes[0].values[b] = (double)b * shell_width(sim->grid);
    return 1;
}

static void structure_factor(weft_sim *sim, double argument, double *out)
{
    cgle *m = sim->data;
    const int64_t n = shells(sim->grid);
    const double norm = weft_grid_cell(sim->grid) / (double)weft_grid_sites(sim->grid);
    (void)argument;
    if (!m->buffer) {
        m->buffer = weft_fft_buffer(sim->fft);
        m->power = weft_alloc((size_t)n, sizeof *m->power);
        m->count = weft_alloc((size_t)n, sizeof *m->count);
    }
    look(sim);
    memset(out, 0, (size_t)n * sizeof *out);
    for (int c = 0; c < 2; c++) {
        weft_fft_load(sim->fft, m->work + c * m->extent.size, 1, m->buffer);
        weft_fft_forward(sim->fft, m->buffer);
        weft_fft_shells(sim->fft, m->buffer, shell_width(sim->grid), (int)n, m->power, m->count);
        for (int64_t b = 0; b < n; b++)
            out[b] += norm * m->power[b];
    }
}

static const weft_observable observables[] = {
    {.name = "amplitude", .unit = "amplitude", .long_name = "mean of |u|", .compute = amplitude},
    {.name = "amplitude2",
     .unit = "amplitude^2",
     .long_name = "mean of |u|^2",
     .compute = amplitude2},
    {.name = "mean_re", .unit = "amplitude", .long_name = "mean of Re u", .compute = mean_re},
    {.name = "mean_im", .unit = "amplitude", .long_name = "mean of Im u", .compute = mean_im},
    {.name = "wavenumber",
     .unit = "1/length",
     .long_name = "root mean square of the gradient of the phase, weighted with |u|^4",
     .compute = wavenumber},
    {.name = "spiral_cores",
     .unit = "1",
     .long_name = "points about which the phase winds (in planes of y and x)",
     .check = cores_check,
     .compute = spiral_cores},
    {.name = "structure_factor",
     .unit = "amplitude^2 volume",
     .long_name = "S(k) = cell |sum_j u_j exp(-ikj)|^2 / sites, in shells of k",
     .shape = spectrum_axis,
     .compute = structure_factor},
    {0}};

/* ---- initial states ---- */

typedef void value_at(const weft_sim *sim, const double place[3], double *re, double *im);

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
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++)
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

static double wave_number(const weft_sim *sim)
{
    return 2.0 * M_PI * (double)weft_get_int(sim->initial, "mode") / sim->grid->length[2];
}

static void wave_value(const weft_sim *sim, const double place[3], double *re, double *im)
{
    const cgle *m = sim->data;
    double k = wave_number(sim), amplitude_ = sqrt((m->mu - m->D * k * k) / m->g);
    *re = amplitude_ * cos(k * place[2]);
    *im = amplitude_ * sin(k * place[2]);
}

static weft_status plane_wave(weft_sim *sim)
{
    const cgle *m = sim->data;
    double k = wave_number(sim);
    if (k != 0.0 && sim->grid->boundary[2] != WEFT_PERIODIC)
        return weft_param_fail(sim->initial, "mode", "a plane wave needs a periodic last axis");
    if (m->D * k * k >= m->mu)
        return weft_param_fail(
            sim->initial, "mode",
            "k = %.4g: there are plane waves for D k^2 < mu only, up to mode %d", k,
            (int)ceil(sqrt(m->mu / m->D) * sim->grid->length[2] / (2.0 * M_PI)) - 1);
    return assign(sim, wave_value, weft_get_real(sim->initial, "perturbation"));
}

static weft_status random_values(weft_sim *sim)
{
    return assign(sim, NULL, weft_get_real(sim->initial, "amplitude"));
}

static void spiral_value(const weft_sim *sim, const double place[3], double *re, double *im)
{
    const cgle *m = sim->data;
    double r = hypot(place[1], place[2]), size = sqrt(m->mu / m->g);
    double f = r > 0.0 ? size * tanh(0.5 * r * sqrt(m->mu / m->D)) / r : 0.0;
    *re = f * place[2];
    *im = f * place[1];
}

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

static const weft_param wave_table[] = {
    {"mode", WEFT_INT, "0", NULL, NULL, "", "wavelengths along x", NULL},
    {"perturbation", WEFT_REAL, "0", "[0, inf)", NULL, "amplitude",
     "both parts get random numbers in (-p, p)", NULL},
    {0}};
static const weft_param random_table[] = {{"amplitude", WEFT_REAL, "0.1", "(0, inf)", NULL,
                                           "amplitude", "both parts lie in (-amplitude, amplitude)",
                                           NULL},
                                          {0}};
static const weft_initial initials[] = {
    {"random", "independent values at each site", random_table, random_values},
    {"plane_wave", "the exact plane wave of a mode", wave_table, plane_wave},
    {"spiral", "one spiral at the centre", NULL, spiral},
    {0}};

static void describe(weft_sim *sim)
{
    const cgle *m = sim->data;
    double stable = 1.0 + m->alpha * m->beta;
    if (stable > 0.0)
        weft_say("Eckhaus                  plane waves stable for k^2 < %.4g",
                 m->mu / m->D * stable / (3.0 + m->alpha * m->beta + 2.0 * m->beta * m->beta));
    else
        weft_say("Benjamin-Feir            1 + alpha beta = %.4g < 0: all plane waves unstable",
                 stable);
}

const weft_model weft_model_cgle = {
    .name = "cgle",
    .summary =
        "complex Ginzburg-Landau equation: plane waves, spirals, phase and defect turbulence",
    .reference = "I. S. Aranson, L. Kramer, Rev. Mod. Phys. 74, 99 (2002), eq. (1)",
    .params = table,
    .stepper = "etdrk4, rk4",
    .observe = "amplitude, wavenumber",
    .fields = "u",
    .observables = observables,
    .initials = initials,
    .families = {.rhs = rhs,
                 .diffusion = diffusion,
                 .jacobian = jacobian,
                 .linear_kc = linear_kc,
                 .nonlinear_k = nonlinear_k},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .rates = rates,
    .describe = describe,
};
