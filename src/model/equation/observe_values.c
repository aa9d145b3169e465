/* Values of the formulas that are observed: a formula is evaluated once a record, on all sites, and
 * then reduced. Sums over sites are exact (weft/observe.h), so that a reduction has the same bits
 * on any number of ranks wherever the values have. */
#include "data.h"
#include "physics/shells.h"
#include "read.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The formula of an argument. */
static const eq_formula *formula_at(weft_sim *sim, double argument)
{
    return &((eq_data *)sim->data)->formula[(int)argument];
}

/* Values of the first (which = 0) or second formula. */
static weft_view view_of(weft_sim *sim, int formula, int which)
{
    return eq_view(sim, formula, which);
}

/* S(k) = cell |F_k|^2/sites in shells; both parts of a complex formula are added. */
static void spectrum(weft_sim *sim, int formula, double *out)
{
    eq_data *d = sim->data;
    const int n = (int)(shells_data(sim->grid) + 1);
    const double norm = weft_grid_cell(sim->grid) / (double)weft_grid_sites(sim->grid);
    const bool two = d->formula[formula].of[0].im != 0;
    memset(out, 0, (size_t)n * sizeof *out);
    for (int part = 0; part < 1 + two; part++) {
        eq_load_values(sim, formula, part, d->buffer);
        weft_fft_forward(sim->fft, d->buffer);
        weft_fft_shells(sim->fft, d->buffer, shells_width(sim->grid), n, d->power, d->count);
        for (int b = 0; b < n; b++)
            out[b] += norm * d->power[b];
    }
}

/* A density; values beyond the ends are counted in the bins at the ends. A formula that has no
 * value somewhere (sqrt of a negative number) has no density: nan. */
static void histogram(weft_sim *sim, const eq_formula *f, const weft_view *view, double *out)
{
    eq_data *d = sim->data;
    const double width = (f->high - f->low) / f->bins;
    const bool known =
        weft_view_histogram(sim->grid->comm, view, f->low, f->high, f->bins, d->count) == 0;
    for (int b = 0; b < f->bins; b++)
        out[b] = !known ? NAN : (double)d->count[b] / ((double)weft_grid_sites(sim->grid) * width);
}

/* Mean over the sites of (f - f0)(g - g0), two views of equal shape: with the means taken off
 * first, as their product may be larger than the result by more digits than a double has.
 * Collective. */
static double covariance(weft_sim *sim, const weft_view *f, double f0, const weft_view *g,
                         double g0)
{
    enum { PART = 512 };
    double part[PART];
    weft_exact sum;
    weft_exact_clear(&sum);
    for (int64_t z = 0; z < f->local[0]; z++)
        for (int64_t y = 0; y < f->local[1]; y++)
            for (int64_t x = 0; x < f->local[2]; x += PART) {
                const int64_t left = f->local[2] - x, n = left < PART ? left : PART;
                const double *a = weft_row(f, z, y) + x, *b = weft_row(g, z, y) + x;
                for (int64_t i = 0; i < n; i++)
                    part[i] = (a[i] - f0) * (b[i] - g0);
                weft_exact_add(&sum, part, n);
            }
    weft_exact_allreduce(sim->grid->comm, &sum, 1);
    return weft_exact_value(&sum) / (double)weft_grid_sites(sim->grid);
}

/* Pearson's coefficient; nan where a formula is constant. */
static double correlation(weft_sim *sim, const weft_view *f, const weft_view *g)
{
    const int64_t sites = weft_grid_sites(sim->grid);
    double a[4], b[4];
    weft_view_moments(sim->grid->comm, f, sites, a);
    weft_view_moments(sim->grid->comm, g, sites, b);
    if (!(a[1] > 0.0 && b[1] > 0.0))
        return NAN;
    return covariance(sim, f, a[0], g, b[0]) / (sqrt(a[1]) * sqrt(b[1]));
}

/* One reduction. Collective: eq_view may transform. */
weft_status eq_formula_compute(weft_sim *sim, double argument, double *out)
{
    const int i = (int)argument;
    const eq_formula *f = formula_at(sim, argument);
    const MPI_Comm comm = sim->grid->comm;
    const int64_t sites = weft_grid_sites(sim->grid);
    double moments[4];
    if (f->reduction == EQ_VALUE) {
        *out = eq_uniform_value(sim, i);
        return WEFT_OK;
    }
    if (f->reduction == EQ_SPECTRUM) {
        spectrum(sim, i, out);
        return WEFT_OK;
    }
    const weft_view view = view_of(sim, i, 0);
    switch (f->reduction) {
    case EQ_MEAN:
        *out = weft_view_sum(comm, &view) / (double)sites;
        break;
    case EQ_INTEGRAL:
        *out = weft_view_sum(comm, &view) * weft_grid_cell(sim->grid);
        break;
    case EQ_MAX:
        *out = weft_view_max(comm, &view);
        break;
    case EQ_MIN:
        *out = weft_view_min(comm, &view);
        break;
    case EQ_VARIANCE:
        weft_view_moments(comm, &view, sites, moments);
        *out = moments[1];
        break;
    case EQ_HISTOGRAM:
        histogram(sim, f, &view, out);
        break;
    default: {
        const weft_view other = view_of(sim, i, 1);
        *out = correlation(sim, &view, &other);
    }
    }
    return WEFT_OK;
}

/* Axes of spectra and histograms; the name of a histogram's axis has the formula's number, since
 * ranges differ. */
weft_status eq_formula_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    const eq_formula *f = formula_at(sim, argument);
    if (f->reduction == EQ_SPECTRUM) {
        WEFT_TRY(shells_check(sim->grid));
        return shells_axis(sim->grid, 0, "1/length", axes);
    }
    if (f->reduction != EQ_HISTOGRAM)
        return WEFT_OK;
    axes[0] = (weft_axis){.n = f->bins, .unit = "", .long_name = "middle of the bin"};
    snprintf(axes[0].name, sizeof axes[0].name, "bin_%d", (int)argument);
    axes[0].values = weft_alloc((size_t)f->bins, sizeof(double));
    for (int b = 0; b < f->bins; b++)
        axes[0].values[b] = f->low + (b + 0.5) * (f->high - f->low) / f->bins;
    return WEFT_OK;
}
