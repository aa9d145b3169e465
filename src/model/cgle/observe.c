/* Observables of the model cgle.
 *
 *     amplitude          mean of |u|, amplitude2: of |u|^2
 *     wavenumber         sqrt(<q^2 w>/<w>), q the phase gradient, w = |u_i|^2 |u_j|^2 of neighbours
 *     spiral_cores       squares of the y-x planes about which the phase winds
 *     structure_factor   mean over shells of cell |sum_j u_j exp(-ikj)|^2/sites
 *
 * All of them read a copy of the field on the grid with ghosts (m->work), which `look` makes
 * afresh, since under a spectral stepper the field itself lives in k. Invariants: sums over sites
 * are exact (weft_rows_sum, or whole numbers), and thus the same for any number of ranks; a kernel
 * for a row reads at most the next site along each axis, which one ghost layer holds. The corner
 * (x+1, y+1) that spiral_cores needs is filled as well: the halo exchanges axis after axis with the
 * ghosts that came before.
 *
 * A spiral core is a point about which the phase turns by 2 pi. It is looked for as the winding
 * around each square of four neighbouring sites: the sum of four phase differences, each taken in
 * (-pi, pi], is 2 pi times a whole number in exact arithmetic, so that rounding to the nearest one
 * is safe. A core between the sites is found in exactly one square.
 *
 * The difference along a side is that from its lower to its upper end for both squares that share
 * it, so that what one gains the other loses: without walls, windings add up to zero. Opposite ends
 * (a wall, where u vanishes on a line, half way between them) differ by +pi in that direction, and
 * so do ends that are opposite but for rounding: a wall has no cores. */
#include "cgle.h"
#include "physics/resolution.h"
#include "physics/shells.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fills work with the grid values of both components and their ghosts, wherever the field lives.
 * Collective: transforms and the exchange. */
static void look(weft_sim *sim)
{
    cgle *m = sim->data;
    for (int c = 0; c < 2; c++) {
        weft_view view = weft_field_view(sim->state, m->field, c, NULL);
        WEFT_FOR_ROWS(&view, z, y)
            memcpy(m->work + c * m->extent.size + weft_extent_row(&m->extent, z, y),
                   weft_row(&view, z, y), (size_t)view.local[2] * sizeof(double));
    }
    weft_halo_exchange(m->halo, m->work);
}

/* What a row kernel is given. */
typedef struct seen {
    const cgle *m;
    const weft_grid *grid;
} seen;

/* First owned site of a row of the real part; the imaginary part lies extent.size further on. */
static const double *seen_row(const cgle *m, int64_t z, int64_t y)
{
    return m->work + weft_extent_row(&m->extent, z, y);
}

/* |u|^2 at the sites of a row. */
static void squares(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const cgle *m = ((const seen *)context)->m;
    const double *re = seen_row(m, z, y), *im = re + m->extent.size;
    for (int64_t i = 0; i < n; i++)
        out[i] = re[i] * re[i] + im[i] * im[i];
}

/* |u| at the sites of a row. */
static void moduli(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    squares(context, z, y, n, out);
    for (int64_t i = 0; i < n; i++)
        out[i] = sqrt(out[i]);
}

/* Mean over all sites of a kernel's values. Collective. */
static double mean_of(weft_sim *sim, weft_row_kernel *kernel)
{
    seen s = {sim->data, sim->grid};
    look(sim);
    return weft_rows_sum(sim->grid, kernel, &s) / (double)weft_grid_sites(sim->grid);
}

static weft_status amplitude(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = mean_of(sim, moduli);
    return WEFT_OK;
}

static weft_status amplitude2(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = mean_of(sim, squares);
    return WEFT_OK;
}

/* `argument` is the component: 0 for the real part, 1 for the imaginary one. */
static weft_status mean_parts(weft_sim *sim, double argument, double *out)
{
    weft_view view = weft_field_view(sim->state, ((cgle *)sim->data)->field, (int)argument, NULL);
    *out = weft_view_sum(sim->grid->comm, &view) / (double)weft_grid_sites(sim->grid);
    return WEFT_OK;
}

static weft_status mean_re(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    return mean_parts(sim, 0, out);
}

static weft_status mean_im(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    return mean_parts(sim, 1, out);
}

/* Two blocks of values: squared phase differences to the next site over dx, summed over the axes
 * and weighted, and the weights as a mean over the axes. The weight |u_i|^2 |u_j|^2 is c^2 + d^2 of
 * the product conj(u_i) u_j = c + i d. It makes the far field count and the cores, where the phase
 * is not defined, not. Between walls there is no step from the last site on; the others weigh
 * more, so that each axis counts as much as without walls. */
static void phase_steps(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const seen *s = context;
    const weft_grid *grid = s->grid;
    const double *re = seen_row(s->m, z, y), *im = re + s->m->extent.size;
    for (int64_t i = 0; i < n; i++) {
        out[i] = out[n + i] = 0.0;
        for (int a = 3 - grid->dim; a < 3; a++) {
            const int64_t j = i + s->m->extent.stride[a], at = a == 2 ? i : a == 1 ? y : z;
            const bool walls = grid->boundary[a] != WEFT_PERIODIC && grid->n[a] > 1;
            if (walls && grid->start[a] + at == grid->n[a] - 1)
                continue;
            double c = re[i] * re[j] + im[i] * im[j], d = re[i] * im[j] - im[i] * re[j];
            double q = weft_atan2(d, c) / grid->dx[a], weight = c * c + d * d;
            if (walls)
                weight *= (double)grid->n[a] / (double)(grid->n[a] - 1);
            out[i] += q * q * weight;
            out[n + i] += weight / grid->dim;
        }
    }
}

/* sqrt of the weighted mean square of the gradient of the phase. A field that vanishes everywhere
 * has no phase, and so none: nan. */
static weft_status wavenumber(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    seen s = {sim->data, sim->grid};
    double sums[2];
    look(sim);
    weft_rows_sums(sim->grid, 2, phase_steps, &s, sums);
    *out = sums[1] > 0.0 ? sqrt(sums[0] / sums[1]) : NAN;
    return WEFT_OK;
}

/* A square of four sites, and what counts as zero. */
typedef struct square {
    const double *re, *im;
    int64_t up;  /* to the next row */
    double none; /* below this |u|^2 there is no phase but that of rounding */
} square;

/* From site i to site j: atan2 of conj(u_i) u_j, so that no phase is unwrapped. A site without a
 * phase has that of 1, so that a core on a site is found in one of the squares around it. */
static double phase_difference(const square *s, int64_t i, int64_t j)
{
    const double opposite = 1e-9; /* far above rounding, and far below what a core differs by */
    double a = s->re[i], b = s->im[i], e = s->re[j], f = s->im[j];
    if (a * a + b * b <= s->none)
        a = 1.0, b = 0.0;
    if (e * e + f * f <= s->none)
        e = 1.0, f = 0.0;
    const double c = a * e + b * f, d = a * f - b * e;
    return fabs(d) < -opposite * c ? M_PI : weft_atan2(d, c);
}

/* Turns of the phase around the square whose lower corner is site i. */
static int winding(const square *s, int64_t i)
{
    const int64_t up = s->up;
    const double turn = phase_difference(s, i, i + 1) + phase_difference(s, i + 1, i + 1 + up) -
                        phase_difference(s, i + up, i + 1 + up) - phase_difference(s, i, i + up);
    return (int)lround(turn / (2.0 * M_PI));
}

/* Counts squares of the y-x planes by the modulus of their winding. On a periodic grid the squares
 * over the seam belong to the last sites, whose ghosts hold the first ones. The total is a whole
 * number. */
static weft_status spiral_cores(weft_sim *sim, double argument, double *out)
{
    const cgle *m = sim->data;
    const weft_grid *grid = sim->grid;
    square s = {.up = m->extent.stride[1], .none = 1e-24 * mean_of(sim, squares)};
    int64_t cores = 0;
    (void)argument;
    WEFT_FOR_ROWS(grid, z, y) {
        s.re = seen_row(m, z, y);
        s.im = s.re + m->extent.size;
        for (int64_t x = 0; x < grid->local[2]; x++)
            cores += abs(winding(&s, x));
    }
    weft_counts_sum(grid->comm, &cores, 1);
    *out = (double)cores;
    return WEFT_OK;
}

/* A line has no squares. */
static weft_status cores_check(weft_sim *sim, double argument)
{
    (void)argument;
    return sim->grid->dim > 1
               ? WEFT_OK
               : weft_fail(WEFT_INPUT, "spiral_cores needs a grid of at least 2 axes");
}

/* Shell 0, the mean of u, counts. */
static weft_status spectrum_axis(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)argument;
    return shells_axis(sim->grid, 0, "1/length", axes);
}

/* S(k) = cell |sum_j u_j exp(-ikj)|^2/sites in shells of |k|, real and imaginary part added: the
 * mean of the powers of the complex field at +k and -k. Between walls k is that of a cosine, whose
 * sum has the same weight: the sum of S over all modes is always cell times that of |u|^2. Buffers
 * are made at the first record and kept, since later records must not allocate. Collective. */
static weft_status structure_factor(weft_sim *sim, double argument, double *out)
{
    cgle *m = sim->data;
    const int64_t n = shells_data(sim->grid) + 1;
    const double norm = weft_grid_cell(sim->grid) * sim->fft->scale; /* 1/sites; 1/2 a wall axis */
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
        weft_fft_shells(sim->fft, m->buffer, shells_width(sim->grid), (int)n, m->power, m->count);
        for (int64_t b = 0; b < n; b++)
            out[b] += m->count[b] > 0 ? norm * m->power[b] : NAN; /* no mode: no mean */
    }
    return WEFT_OK;
}

const weft_observable cgle_observables[CGLE_N_OBSERVABLES] = {
    {.name = "amplitude",
     .symbol = "\\langle |u| \\rangle",
     .unit = "amplitude",
     .long_name = "mean of |u|",
     .compute = amplitude},
    {.name = "amplitude2",
     .symbol = "\\langle |u|^2 \\rangle",
     .unit = "amplitude^2",
     .long_name = "mean of |u|^2",
     .compute = amplitude2},
    {.name = "mean_re",
     .symbol = "\\langle \\mathrm{Re}\\,u \\rangle",
     .unit = "amplitude",
     .long_name = "mean of Re u",
     .compute = mean_re},
    {.name = "mean_im",
     .symbol = "\\langle \\mathrm{Im}\\,u \\rangle",
     .unit = "amplitude",
     .long_name = "mean of Im u",
     .compute = mean_im},
    {.name = "wavenumber",
     .symbol = "q",
     .unit = "1/length",
     .long_name = "root mean square of the gradient of the phase, weighted with |u|^4",
     .compute = wavenumber},
    {.name = "spiral_cores",
     .symbol = "N_c",
     .unit = "1",
     .long_name = "points about which the phase winds (in planes of y and x)",
     .check = cores_check,
     .compute = spiral_cores},
    {.name = "structure_factor",
     .symbol = "S(k)",
     .unit = "amplitude^2 volume",
     .long_name = "S(k) = cell |sum_j u_j exp(-ikj)|^2 / sites, in shells of k",
     .shape = spectrum_axis,
     .compute = structure_factor},
    RESOLUTION_ROW,
    {0}};
