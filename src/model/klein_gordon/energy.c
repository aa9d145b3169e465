/* Energy, momentum, charge, centre of energy.
 *
 *     E = int pi^2/2 + (grad phi)^2/2 + V(phi)
 *     P = -int pi grad phi,   Q = int (phi_1 pi_2 - phi_2 pi_1)
 *
 * Every sum is exact, so that none depends on the number of ranks. E and Q are the quantities that
 * the discrete equations conserve: the gradient energy is -1/2 sum phi lap phi with the Laplacian
 * of the motion (for modes, its Parseval form), and not a square of first differences, which would
 * be another function and would seem to drift. P is conserved by modes up to aliases; differences
 * conserve it to their order. */
#include "kg.h"
#include <math.h>

/* ---- sums over modes ---- */

/* scale * sum of weight * k2^with_k2 * Re(conj(f) g) over all modes: by Parseval the sum over the
 * grid of f*g (or of grad f . grad g). Collective. */
static double mode_sum(weft_sim *sim, const double *f, const double *g, bool with_k2)
{
    const weft_fft *fft = sim->fft;
    weft_exact sum;
    weft_exact_clear(&sum);
    double term[KG_CHUNK];
    int64_t d = fft->per_mode;
    for (int64_t i0 = 0; i0 < fft->m[0]; i0++)
        for (int64_t i1 = 0; i1 < fft->m[1]; i1++) {
            const double *k = fft->k[2], *weight = fft->weight[2];
            double k2 = fft->k[0][i0] * fft->k[0][i0] + fft->k[1][i1] * fft->k[1][i1];
            double outer = fft->weight[0][i0] * fft->weight[1][i1];
            const double *a = f + (i0 * fft->m[1] + i1) * fft->m[2] * d, *b = g + (a - f);
            for (int64_t first = 0; first < fft->m[2]; first += KG_CHUNK) {
                int64_t left = fft->m[2] - first, n = left < KG_CHUNK ? left : KG_CHUNK;
                for (int64_t i = 0; i < n; i++) {
                    int64_t j = first + i;
                    double w = outer * weight[j] * (with_k2 ? k2 + k[j] * k[j] : 1);
                    double dot = a[d * j] * b[d * j];
                    term[i] = w * (d == 2 ? dot + a[2 * j + 1] * b[2 * j + 1] : dot);
                }
                weft_exact_add(&sum, term, n);
            }
        }
    weft_exact_allreduce(sim->grid->comm, &sum, 1);
    return fft->scale * weft_exact_value(&sum);
}

/* Of the box. */
static double volume(const weft_grid *grid)
{
    return weft_grid_cell(grid) * (double)weft_grid_sites(grid);
}

/* ---- energy ---- */

/* Sums of squares by Parseval where pi lives in k space: no transform is needed. */
weft_status kg_energy_kinetic(weft_sim *sim, double argument, double *out)
{
    weft_field *pi = kg_pi(sim->state);
    (void)argument;
    *out = 0;
    for (int c = 0; c < pi->spec.components; c++)
        *out += 0.5 * weft_grid_cell(sim->grid) * weft_field_sum_squares(sim->state, pi, c);
    return WEFT_OK;
}

/* cell * mean of pi^2: T in equilibrium, where each pi has the variance T/cell (kg_bath). */
weft_status kg_temperature_kinetic(weft_sim *sim, double argument, double *out)
{
    WEFT_TRY(kg_energy_kinetic(sim, argument, out));
    *out *= 2.0 / (kg_of(sim)->components * (double)weft_grid_sites(sim->grid));
    return WEFT_OK;
}

/* What the row kernels below need; each uses a part of it. */
typedef struct rows {
    weft_sim *sim;
    const kg *m;
    weft_view view[KG_COMPONENTS], pi;
    kg_derivative derivative;
    int axis; /* whose coordinate weighs the sum */
} rows;

/* -phi lap phi: summed over the grid it is twice the gradient energy that the difference scheme
 * conserves. Reads the ghosts of phi. */
static void gradient_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const rows *r = context;
    const double *u = weft_row(&r->view[0], z, y);
    kg_laplacian_row(r->m, r->sim->grid, r->view[0].stride, u, n, out);
    for (int64_t i = 0; i < n; i++)
        out[i] *= -u[i];
}

/* On differences from the stencil, in k space from the factor k^2. Collective. */
weft_status kg_energy_gradient(weft_sim *sim, double argument, double *out)
{
    const kg *m = kg_of(sim);
    weft_field *phi = kg_phi(sim->state);
    double sum = 0;
    (void)argument;
    if (m->width > 0)
        weft_field_exchange(phi);
    for (int c = 0; c < m->components; c++) {
        if (m->width > 0) {
            rows r = {.sim = sim, .m = m, .view = {kg_view(sim, c, false)}};
            sum += weft_rows_sum(sim->grid, gradient_row, &r);
        } else {
            const double *f = kg_coefficients(sim, phi, c);
            sum += mode_sum(sim, f, f, true);
        }
    }
    /* the ramp of a winding is orthogonal to the gradient of the rest */
    *out = 0.5 * weft_grid_cell(sim->grid) * sum + 0.5 * m->slope * m->slope * volume(sim->grid);
    return WEFT_OK;
}

/* V(phi) along a row. */
static void potential_values(const rows *r, int64_t z, int64_t y, int64_t n, double *out)
{
    const kg *m = r->m;
    const int64_t *start = r->sim->grid->start;
    for (int64_t x = 0; x < n; x += KG_CHUNK) {
        int64_t count = n - x < KG_CHUNK ? n - x : KG_CHUNK;
        double u[KG_COMPONENTS][KG_CHUNK], *p[KG_ROWS];
        for (int c = 0; c < m->components; c++) {
            const double *row = weft_row(&r->view[c], z, y) + x;
            p[c] = u[c];
            for (int64_t i = 0; i < count; i++)
                u[c][i] = row[i] + (m->ramp ? m->ramp[start[2] + x + i] : 0);
        }
        kg_point(m, start[0] + z, start[1] + y, start[2] + x, p);
        m->v.kernels->energy(&m->v, count, p, out + x);
    }
}

/* As a kernel of a sum over sites. */
static void potential_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    potential_values(context, z, y, n, out);
}

/* Views of all components of phi, in different buffers; the potential is that of the present time.
 */
static rows rows_of(weft_sim *sim)
{
    rows r = {.sim = sim, .m = kg_of(sim)};
    kg_formula_time(&r.m->v, sim->time);
    for (int c = 0; c < r.m->components; c++)
        r.view[c] = kg_view(sim, c, c > 0);
    return r;
}

/* Pointwise on the grid, with the ramp. Collective in k space. */
weft_status kg_energy_potential(weft_sim *sim, double argument, double *out)
{
    rows r = rows_of(sim);
    (void)argument;
    *out = weft_grid_cell(sim->grid) * weft_rows_sum(sim->grid, potential_row, &r);
    return WEFT_OK;
}

/* The invariant of the model. Evaluated without a state of its own: the three parts one after the
 * other. */
weft_status kg_energy(weft_sim *sim, double argument, double *out)
{
    double kinetic, gradient, potential;
    WEFT_TRY(kg_energy_kinetic(sim, argument, &kinetic));
    WEFT_TRY(kg_energy_gradient(sim, argument, &gradient));
    WEFT_TRY(kg_energy_potential(sim, argument, &potential));
    *out = kinetic + gradient + potential;
    return WEFT_OK;
}

/* ---- momentum: P = -int pi grad phi ---- */

/* The ramp has a constant slope along x; the derivative is without it. */
static void momentum_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const rows *r = context;
    kg_derivative_get(&r->derivative, z, y, n, out);
    double ramp = r->axis == 2 ? r->m->slope : 0;
    const double *p = weft_row(&r->pi, z, y);
    for (int64_t i = 0; i < n; i++)
        out[i] = -p[i] * (out[i] + ramp);
}

/* A value an axis, slowest first. */
weft_status kg_momentum(weft_sim *sim, double argument, double *out)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    (void)argument;
    for (int j = 0; j < grid->dim; j++) {
        rows r = {.sim = sim, .m = m, .axis = 3 - grid->dim + j};
        out[j] = 0;
        for (int c = 0; c < m->components; c++) {
            r.derivative = kg_derivative_of(sim, c, r.axis);
            r.pi = weft_field_view(sim->state, kg_pi(sim->state), c, NULL);
            out[j] += weft_grid_cell(grid) * weft_rows_sum(grid, momentum_row, &r);
        }
    }
    return WEFT_OK;
}

/* ---- charge: Q = int (phi_1 pi_2 - phi_2 pi_1) ---- */

/* Sum over the points of phi_c pi_d. */
static double product(weft_sim *sim, int phi, int pi)
{
    weft_field *f = kg_phi(sim->state), *g = kg_pi(sim->state);
    if (kg_in_k(sim))
        return mode_sum(sim, weft_field_data(f, phi), weft_field_data(g, pi), false);
    weft_view a = weft_field_view(sim->state, f, phi, NULL);
    weft_view b = weft_field_view(sim->state, g, pi, NULL);
    return weft_view_dot(sim->grid->comm, &a, &b);
}

/* Conserved by the symmetry phi -> exp(i a) phi; kicks and drifts keep it exactly, apart from
 * rounding. */
weft_status kg_charge(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = weft_grid_cell(sim->grid) * (product(sim, 0, 1) - product(sim, 1, 0));
    return WEFT_OK;
}

/* ---- centre of energy: int x e / int e ---- */

/* Multiply by the coordinate along r->axis. */
static void weigh(const rows *r, int64_t z, int64_t y, int64_t n, double *values)
{
    const weft_grid *grid = r->sim->grid;
    int64_t other = r->axis == 0 ? z : y;
    double fixed = weft_grid_coordinate(grid, r->axis, grid->start[r->axis] + other);
    for (int64_t i = 0; i < n; i++)
        values[i] *= r->axis == 2 ? weft_grid_coordinate(grid, 2, grid->start[2] + i) : fixed;
}

static void weighed_potential_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    potential_values(context, z, y, n, out);
    weigh(context, z, y, n, out);
}

/* (d phi/dx_a)^2/2 for one axis a, times the coordinate along another, r->axis. */
static void weighed_gradient_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const rows *r = context;
    kg_derivative_get(&r->derivative, z, y, n, out);
    double ramp = r->derivative.axis == 2 ? r->m->slope : 0;
    for (int64_t i = 0; i < n; i++)
        out[i] = 0.5 * (out[i] + ramp) * (out[i] + ramp);
    weigh(r, z, y, n, out);
}

/* pi^2/2 times the coordinate. */
static void weighed_kinetic_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const rows *r = context;
    const double *p = weft_row(&r->pi, z, y);
    for (int64_t i = 0; i < n; i++)
        out[i] = 0.5 * p[i] * p[i];
    weigh(r, z, y, n, out);
}

/* The moment of the energy density with the coordinate of each axis. The density of the gradient is
 * a square of first derivatives here, since a moment needs a density and not just its integral. On
 * a periodic axis the coordinate jumps at the seam, and the number means something for localised
 * energy only. */
weft_status kg_center_of_energy(weft_sim *sim, double argument, double *out)
{
    const weft_grid *grid = sim->grid;
    double energy;
    WEFT_TRY(kg_energy(sim, argument, &energy));
    for (int j = 0; j < grid->dim; j++) {
        rows r = rows_of(sim);
        r.axis = 3 - grid->dim + j;
        double sum = weft_rows_sum(grid, weighed_potential_row, &r);
        for (int c = 0; c < r.m->components; c++) {
            for (int a = 3 - grid->dim; a < 3; a++) {
                r.derivative = kg_derivative_of(sim, c, a);
                sum += weft_rows_sum(grid, weighed_gradient_row, &r);
            }
            r.pi = weft_field_view(sim->state, kg_pi(sim->state), c, NULL);
            sum += weft_rows_sum(grid, weighed_kinetic_row, &r);
        }
        out[j] = weft_grid_cell(grid) * sum / energy;
    }
    return WEFT_OK;
}
