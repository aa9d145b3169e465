/* Fronts: structure factor and correlations. */
#include "front.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* ---- structure factor ---- */

static double shell_width(const weft_grid *grid)
{
    double longest = 0.0;
    for (int a = 3 - grid->dim; a < 3; a++)
        longest = fmax(longest, grid->length[a]);
    return 2.0 * M_PI / longest;
}

/* Shells 1 .. this; the last one is that of the smallest Nyquist wavenumber. */
static int64_t shells(const weft_grid *grid)
{
    double kmax = INFINITY;
    for (int a = 3 - grid->dim; a < 3; a++)
        kmax = fmin(kmax, 2.0 * M_PI / grid->length[a] * (double)(grid->n[a] / 2));
    return (int64_t)floor(kmax / shell_width(grid) * (1.0 + 1e-9));
}

weft_status weft_front_spectrum_check(weft_sim *sim, double argument)
{
    (void)argument;
    const weft_grid *grid = sim->grid;
    for (int a = 3 - grid->dim; a < 3; a++)
        if (grid->boundary[a] != WEFT_PERIODIC)
            return weft_fail(WEFT_INPUT, "structure_factor needs periodic axes (a ring)");
    if (shells(grid) < 1)
        return weft_fail(WEFT_INPUT, "structure_factor needs at least 2 points along each axis");
    return WEFT_OK;
}

int weft_front_spectrum_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)argument;
    int64_t n = shells(sim->grid);
    axes[0] = (weft_axis){.name = "k",
                          .n = n,
                          .unit = "1/length",
                          .long_name = "wavenumber",
                          .values = weft_alloc((size_t)n, sizeof(double))};
    for (int64_t b = 0; b < n; b++)
        axes[0].values[b] = (double)(b + 1) * shell_width(sim->grid);
    return 1;
}

/* S and the number of modes in shells 0 .. bins-1. */
static void spectrum(weft_sim *sim, int64_t bins, double *power, int64_t *count)
{
    weft_front *front = sim->data;
    weft_field *field = &sim->state->field[front->field];
    if (field->space == WEFT_K && front->slope == 0.0) {
        weft_fft_shells(sim->fft, weft_field_data(field, 0), shell_width(sim->grid), (int)bins,
                        power, count);
    } else {
        weft_view view = weft_front_view(sim);
        int ghost = view.data == front->values ? 0 : field->spec.ghost;
        weft_fft_load(sim->fft, view.data, ghost, front->buffer);
        weft_fft_forward(sim->fft, front->buffer);
        weft_fft_shells(sim->fft, front->buffer, shell_width(sim->grid), (int)bins, power, count);
    }
    const double norm = weft_grid_cell(sim->grid) / (double)weft_grid_sites(sim->grid);
    for (int64_t b = 0; b < bins; b++)
        power[b] *= norm;
}

void weft_front_spectrum(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    int64_t bins = shells(sim->grid) + 1;
    double *power = weft_front_scratch(sim->data, 2 * bins);
    int64_t *count = (int64_t *)(power + bins);
    spectrum(sim, bins, power, count);
    memcpy(out, power + 1, (size_t)(bins - 1) * sizeof *out);
}

/* Quarter octaves: shell b belongs to bin floor(4 log2 b), counted without the empty ones. */
static int64_t octave(int64_t b)
{
    int64_t bin = -1, last = -1;
    for (int64_t j = 1; j <= b; j++) {
        int64_t now = (int64_t)floor(4.0 * log2((double)j) + 1e-9);
        bin += now != last;
        last = now;
    }
    return bin;
}

int weft_front_octaves_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)argument;
    int64_t bins = shells(sim->grid), n = octave(bins) + 1, bin = -1, last = -1, members = 0;
    double *k = weft_alloc((size_t)n, sizeof *k);
    for (int64_t b = 1; b <= bins; b++) {
        int64_t now = (int64_t)floor(4.0 * log2((double)b) + 1e-9);
        if (now != last) {
            if (bin >= 0)
                k[bin] /= (double)members;
            bin++;
            members = 0;
            last = now;
        }
        k[bin] += (double)b * shell_width(sim->grid);
        members++;
    }
    k[bin] /= (double)members;
    axes[0] = (weft_axis){
        .name = "k_log", .n = n, .unit = "1/length", .long_name = "wavenumber", .values = k};
    return 1;
}

void weft_front_octaves(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    int64_t bins = shells(sim->grid) + 1, bin = -1, last = -1;
    double *power = weft_front_scratch(sim->data, 2 * bins), modes = 0.0;
    int64_t *count = (int64_t *)(power + bins);
    spectrum(sim, bins, power, count);
    for (int64_t b = 1; b < bins; b++) {
        int64_t now = (int64_t)floor(4.0 * log2((double)b) + 1e-9);
        if (now != last) {
            if (bin >= 0)
                out[bin] /= modes;
            out[++bin] = 0.0;
            modes = 0.0;
            last = now;
        }
        out[bin] += power[b] * (double)count[b];
        modes += (double)count[b];
    }
    out[bin] /= modes;
}

/* ---- correlations along x ---- */

/* Distances 1, 2, 3, 4, 6, 8, 11, ... up to half the axis: two an octave. */
static int64_t distances(const weft_grid *grid, double *r)
{
    int64_t n = 0, last = 0;
    for (int j = 0;; j++) {
        int64_t d = llround(pow(2.0, 0.5 * j));
        if (d > grid->n[2] / 2)
            return n;
        if (d == last)
            continue;
        if (r)
            r[n] = (double)d;
        n++;
        last = d;
    }
}

weft_status weft_front_correlation_check(weft_sim *sim, double argument)
{
    (void)argument;
    if (weft_grid_sites(sim->grid) > INT64_C(1) << 27)
        return weft_fail(WEFT_INPUT, "correlations are computed up to 2^27 sites; use "
                                     "structure_factor, which holds the same");
    if (sim->grid->n[2] < 2)
        return weft_fail(WEFT_INPUT, "correlations need at least 2 points along x");
    return WEFT_OK;
}

int weft_front_correlation_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)argument;
    int64_t n = distances(sim->grid, NULL);
    axes[0] = (weft_axis){.name = "r",
                          .n = n,
                          .unit = "length",
                          .long_name = "distance along x",
                          .values = weft_alloc((size_t)n, sizeof(double))};
    distances(sim->grid, axes[0].values);
    for (int64_t i = 0; i < n; i++)
        axes[0].values[i] *= sim->grid->dx[2];
    return 1;
}

typedef struct shifted {
    const weft_grid *grid;
    const double *all; /* the whole front */
    int64_t distance;
    bool difference; /* squared difference, else product of deviations */
    double mean;
} shifted;

/* Pairs (x, x + distance) whose first site is here; pairs beyond an open end do not count. */
static void pairs(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const shifted *s = context;
    const weft_grid *grid = s->grid;
    const double *row =
        s->all + ((grid->start[0] + z) * grid->n[1] + grid->start[1] + y) * grid->n[2];
    for (int64_t i = 0; i < n; i++) {
        int64_t x = grid->start[2] + i, other = x + s->distance;
        bool open = grid->boundary[2] != WEFT_PERIODIC && other >= grid->n[2];
        other -= other >= grid->n[2] ? grid->n[2] : 0;
        double difference = row[other] - row[x];
        double product = (row[other] - s->mean) * (row[x] - s->mean);
        out[i] = open ? 0.0 : s->difference ? difference * difference : product;
    }
}

static void correlate(weft_sim *sim, bool difference, double *out)
{
    const weft_grid *grid = sim->grid;
    int64_t sites = weft_grid_sites(grid), n = distances(grid, NULL);
    double *all = weft_front_scratch(sim->data, sites + n), *r = all + sites;
    weft_view view = weft_front_view(sim);
    shifted s = {.grid = grid, .all = all, .difference = difference};
    if (!difference)
        weft_front_mean(sim, 0.0, &s.mean);
    weft_view_gather(grid, &view, all);
    distances(grid, r);
    for (int64_t i = 0; i < n; i++) {
        s.distance = (int64_t)r[i];
        int64_t count = grid->boundary[2] == WEFT_PERIODIC ? grid->n[2] : grid->n[2] - s.distance;
        double total = (double)(sites / grid->n[2]) * (double)count;
        out[i] = weft_rows_sum(grid, pairs, &s) / total;
    }
}

void weft_front_correlation(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    correlate(sim, true, out);
}

void weft_front_covariance(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    correlate(sim, false, out);
}
