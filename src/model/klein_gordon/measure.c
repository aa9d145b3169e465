/* Extremes, the value at the centre, entropies, the distribution of phi, spectra.
 *
 *     entropies    with p = phi^2/int phi^2:  Shannon  -int p ln p
 *                  Renyi  ln(int p^a)/(1 - a),  Tsallis  (1 - int p^q)/(q - 1)
 *     spectrum     mean over shells of |phi_k|^2,  phi_k = int phi exp(-ikx) dx/sqrt(volume)
 *
 * They measure how far a field is spread: a field that is constant over a volume v and zero
 * elsewhere has the Shannon and Renyi entropies ln v. For a complex field phi stands for |phi|, and
 * the spectrum is the sum of those of both components.
 *
 * Invariants. Sums and counts are exact and do not depend on the ranks. Nothing here changes the
 * state. Functions that transform are collective; all of them are called on every rank. */
#include "kg.h"
#include "physics/shells.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <stdio.h>

/* nan wins over every number, so that a blow-up is seen. */
weft_status kg_phi_max(weft_sim *sim, double argument, double *out)
{
    weft_view f = kg_scalar(sim);
    MPI_Comm comm = sim->grid->comm;
    (void)argument;
    double high = weft_view_max(comm, &f), low = weft_view_min(comm, &f);
    *out = isnan(high) ? high : fmax(fabs(high), fabs(low));
    return WEFT_OK;
}

/* ---- phi at x = 0 ---- */

enum { POINTS = 8 }; /* of the interpolation where no grid point lies at 0 */

/* A product of weights, one for each axis, over the local points. */
typedef struct interpolation {
    weft_sim *sim;
    weft_view view;
    double *weight[3]; /* at the local points of each axis */
} interpolation;

/* Terms of the interpolation; a zero weight hides what is far away, even an infinity. */
static void weighed_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const interpolation *p = context;
    double outer = p->weight[0][z] * p->weight[1][y];
    const double *row = weft_row(&p->view, z, y);
    for (int64_t i = 0; i < n; i++)
        out[i] = outer != 0 && p->weight[2][i] != 0 ? outer * p->weight[2][i] * row[i] : 0;
}

/* Lagrange weights at coordinate 0 (polynomial through the POINTS nearest points); 1 at a grid
 * point that lies there, which is then read without an error. Only the weights of local points are
 * set. */
static void lagrange(const weft_grid *grid, int axis, double *weight)
{
    /* The first point at or above the middle. */
    int64_t n = grid->n[axis], count = n < POINTS ? n : POINTS, centre = (n + 1) / 2;
    if (fabs(weft_grid_coordinate(grid, axis, n / 2)) < 1e-9 * grid->dx[axis]) {
        centre = n / 2;
        count = 1;
    }
    int64_t first = centre - count / 2;
    first = first + count > n ? n - count : first;
    for (int64_t i = first; i < first + count; i++) {
        double product = 1, x = weft_grid_coordinate(grid, axis, i);
        for (int64_t j = first; j < first + count; j++) {
            double other = weft_grid_coordinate(grid, axis, j);
            product *= j == i ? 1 : other / (other - x);
        }
        int64_t local = i - grid->start[axis];
        if (local >= 0 && local < grid->local[axis])
            weight[local] = product;
    }
}

/* The interpolation is written as a sum over all points, so that it needs no message of its own and
 * is exact in order. Collective. */
weft_status kg_phi_center(weft_sim *sim, double argument, double *out)
{
    const weft_grid *grid = sim->grid;
    interpolation p = {.sim = sim, .view = kg_scalar(sim)};
    (void)argument;
    for (int a = 0; a < 3; a++) {
        p.weight[a] = weft_alloc((size_t)grid->local[a], sizeof(double));
        if (a >= 3 - grid->dim)
            lagrange(grid, a, p.weight[a]);
        else if (grid->local[a] > 0)
            p.weight[a][0] = 1;
    }
    *out = weft_rows_sum(grid, weighed_row, &p);
    for (int a = 0; a < 3; a++)
        weft_free(p.weight[a]);
    return WEFT_OK;
}

/* ---- entropies of p = phi^2 / int phi^2 ---- */

typedef struct entropy {
    weft_view view;
    double norm, power;
} entropy;

/* phi^2 at the points of a row, the weight of all entropies. */
static void square_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const double *f = weft_row(&((const entropy *)context)->view, z, y);
    for (int64_t i = 0; i < n; i++)
        out[i] = f[i] * f[i];
}

/* 0 ln 0 counts as 0, its limit. */
static void shannon_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const entropy *e = context;
    square_row(context, z, y, n, out);
    for (int64_t i = 0; i < n; i++) {
        double p = out[i] / e->norm;
        out[i] = p > 0 ? -p * weft_ln(p) : 0;
    }
}

/* Points with p = 0 count as 0; for a power below 1 too. */
static void power_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const entropy *e = context;
    square_row(context, z, y, n, out);
    for (int64_t i = 0; i < n; i++)
        out[i] = out[i] > 0 ? weft_pow(out[i] / e->norm, e->power) : 0;
}

/* int -p ln p (power 1) or int p^power over the box. With p = phi^2/int phi^2: the density is
 * normalised with the same sum on every rank. nan where phi vanishes everywhere, which has no
 * density. */
static double integral(weft_sim *sim, double power)
{
    double cell = weft_grid_cell(sim->grid);
    entropy e = {.view = kg_scalar(sim), .power = power};
    e.norm = cell * weft_rows_sum(sim->grid, square_row, &e);
    if (!(e.norm > 0))
        return NAN;
    return cell * weft_rows_sum(sim->grid, power == 1 ? shannon_row : power_row, &e);
}

/* int -p ln p: the logarithm of the volume over which the field is spread. */
weft_status kg_shannon(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = integral(sim, 1);
    return WEFT_OK;
}

/* alpha = 1 is the limit, Shannon's entropy. */
weft_status kg_renyi(weft_sim *sim, double alpha, double *out)
{
    double sum = integral(sim, alpha);
    *out = alpha == 1 ? sum : weft_ln(sum) / (1 - alpha);
    return WEFT_OK;
}

/* q = 1 is the limit, Shannon's entropy. */
weft_status kg_tsallis(weft_sim *sim, double q, double *out)
{
    double sum = integral(sim, q);
    *out = q == 1 ? sum : (1 - sum) / (q - 1);
    return WEFT_OK;
}

/* ---- histogram ---- */

/* Lower (0) or upper (1) end of the bins, from the input: the same for all records. */
static double histogram_end(const weft_sim *sim, int i)
{
    return kg_of(sim)->p->histogram_range.value[i];
}

/* The name of the axis has the number of bins in it, since a run may ask for several histograms. */
weft_status kg_histogram_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    if (!(argument >= 1 && argument <= 1e6) || argument != floor(argument))
        return weft_fail(WEFT_INPUT,
                         "histogram(bins): bins must be a whole number from 1 to 1000000");
    double low = histogram_end(sim, 0), high = histogram_end(sim, 1);
    weft_axis *a = &axes[0];
    *a = (weft_axis){.n = (int64_t)argument, .unit = "", .long_name = "centre of the bin of phi"};
    snprintf(a->name, sizeof a->name, "phi_bin_%lld", (long long)a->n);
    a->values = weft_alloc((size_t)a->n, sizeof(double));
    for (int64_t i = 0; i < a->n; i++)
        a->values[i] = low + (high - low) * ((double)i + 0.5) / argument;
    return WEFT_OK;
}

/* A probability density; values beyond the ends count in the bins at the ends. */
weft_status kg_histogram(weft_sim *sim, double argument, double *out)
{
    int bins = (int)argument;
    double low = histogram_end(sim, 0), high = histogram_end(sim, 1);
    double norm = (double)weft_grid_sites(sim->grid) * (high - low) / bins;
    weft_view f = kg_scalar(sim);
    int64_t *count = weft_alloc((size_t)bins, sizeof *count);
    const bool known = weft_view_histogram(sim->grid->comm, &f, low, high, bins, count) == 0;
    for (int i = 0; i < bins; i++)
        out[i] = !known ? NAN : (double)count[i] / norm;
    weft_free(count);
    return WEFT_OK;
}

/* ---- spectrum: mean over shells of |phi_k|^2, phi_k = int phi exp(-ikx) dx / sqrt(V) ---- */

/* Shells up to the largest wavenumber that all axes have. */
weft_status kg_spectrum_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    const weft_grid *grid = sim->grid;
    double dk = shells_width(grid), k_max = INFINITY;
    (void)argument;
    for (int a = 3 - grid->dim; a < 3; a++) /* beyond, shells are cut by the corners */
        k_max = fmin(k_max, weft_fft_kmax(sim->fft, a));
    axes[0] = (weft_axis){.name = "k",
                          .n = (int64_t)floor(k_max / dk + 0.5) + 1,
                          .unit = "1/length",
                          .long_name = "wavenumber at the middle of the shell"};
    axes[0].values = weft_alloc((size_t)axes[0].n, sizeof(double));
    for (int64_t i = 0; i < axes[0].n; i++)
        axes[0].values[i] = dk * (double)i;
    return WEFT_OK;
}

/* Shells hold the mean over their modes; for complex fields the power of both components is added.
 */
weft_status kg_spectrum(weft_sim *sim, double argument, double *out)
{
    const weft_grid *grid = sim->grid;
    const kg *m = kg_of(sim);
    weft_axis axis;
    WEFT_TRY(kg_spectrum_shape(sim, argument, &axis));
    int bins = (int)axis.n;
    int64_t *count = weft_alloc((size_t)bins, sizeof *count);
    /* unnormalised coefficients are sums over points, twice so along cosine and sine axes */
    double factor = weft_grid_cell(grid) * sim->fft->scale;
    for (int i = 0; i < bins; i++)
        out[i] = 0;
    for (int c = 0; c < m->components; c++) {
        weft_fft_shells(sim->fft, kg_coefficients(sim, kg_phi(sim->state), c), shells_width(grid),
                        bins, axis.values, count);
        for (int i = 0; i < bins; i++)
            out[i] += count[i] > 0 ? factor * axis.values[i] : NAN; /* no mode: no mean */
    }
    weft_free(count);
    weft_free(axis.values);
    return WEFT_OK;
}
