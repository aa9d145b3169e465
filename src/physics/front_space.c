/* Fronts: the structure factor S(k) = cell |sum_j h_j exp(-i k x_j)|^2 / sites, in shells
 * of wavenumber (shells.c) or averaged over quarters of octaves of k. With this norm S does
 * not depend on the size of the box, and the sum over modes of S/volume is W^2 (Parseval).
 *
 * A front that is evolved as coefficients is used as it is; any other one is transformed.
 * Invariant: the average over a shell, or over an octave, weighs every mode alike: shells
 * are combined by their numbers of modes. */
#include "front.h"
#include "shells.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* ---- structure factor ---- */

weft_status front_spectrum_check(weft_sim *sim, double argument)
{
    (void)argument;
    return shells_check(sim->grid);
}

/* From shell 1 on. */
weft_status front_spectrum_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)argument;
    return shells_axis(sim->grid, 1, "1/length", axes);
}

/* S of shells 0 .. bins-1, and behind them the numbers of their modes. A front with a slope is
 * transformed without it: a slope is no periodic function, and would fill all modes. */
static void transform(weft_sim *sim, int64_t bins, double *power, int64_t *count)
{
    front_data *front = sim->front;
    weft_field *field = &sim->state->field[front->field];
    const double *modes = front->buffer;
    if (field->space == WEFT_K && front->slope == 0.0) {
        modes = weft_field_data(field, 0);
    } else {
        weft_view view = front_view(sim);
        int ghost = view.data == front->values ? 0 : field->spec.ghost;
        weft_fft_load(sim->fft, view.data, ghost, front->buffer);
        weft_fft_forward(sim->fft, front->buffer);
    }
    weft_fft_shells(sim->fft, modes, shells_width(sim->grid), (int)bins, power, count);
    const double norm = weft_grid_cell(sim->grid) / (double)weft_grid_sites(sim->grid);
    for (int64_t b = 0; b < bins; b++)
        power[b] *= norm;
}

/* At most once a step, however many observables ask: shells and octaves are sums of the same
 * powers, and the transform costs more than either. */
static const double *spectrum(weft_sim *sim, int64_t bins)
{
    front_data *front = sim->front;
    if (!front->power)
        front->power = weft_alloc((size_t)(2 * bins), sizeof(double));
    if (front->power_at != sim->step)
        transform(sim, bins, front->power, (int64_t *)(front->power + bins));
    front->power_at = sim->step;
    return front->power;
}

/* Shell 0 is the mean of the front and is left out. */
weft_status front_spectrum(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    const int64_t bins = shells_data(sim->grid) + 1;
    memcpy(out, spectrum(sim, bins) + 1, (size_t)(bins - 1) * sizeof *out);
    return WEFT_OK;
}

/* Quarter octaves: the first shell beyond bin number j, that is 2^((j+1)/4) rounded up;
 * bins that hold no shell are left out. The small number keeps 2^1, 2^2, ... from being
 * rounded up by an error of exp2. */
static int64_t octave_end(int j)
{
    return (int64_t)ceil(exp2(0.25 * (j + 1)) - 1e-9);
}

/* The wavenumber of a bin is the mean of those of its shells. */
weft_status front_octaves_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)argument;
    const int64_t bins = shells_data(sim->grid);
    int64_t n = 0;
    double *k = weft_alloc((size_t)bins, sizeof *k);
    for (int64_t b = 1, j = 0; b <= bins; j++) {
        int64_t first = b, sum = 0;
        for (; b < octave_end((int)j) && b <= bins; b++)
            sum += b;
        if (b > first)
            k[n++] = (double)sum * shells_width(sim->grid) / (double)(b - first);
    }
    axes[0] = (weft_axis){
        .name = "k_log", .n = n, .unit = "1/length", .long_name = "wavenumber", .values = k};
    return WEFT_OK;
}

/* The same bins in the same order as in the shape. */
weft_status front_octaves(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    const int64_t bins = shells_data(sim->grid);
    const double *power = spectrum(sim, bins + 1);
    const int64_t *count = (const int64_t *)(power + bins + 1);
    for (int64_t b = 1, j = 0; b <= bins; j++) {
        const int64_t first = b;
        double sum = 0.0, modes = 0.0;
        for (; b < octave_end((int)j) && b <= bins; b++) {
            sum += power[b] * (double)count[b];
            modes += (double)count[b];
        }
        if (b > first)
            *out++ = sum / modes;
    }
    return WEFT_OK;
}
