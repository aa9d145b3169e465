/* Running a transform.
 *
 * The first steps of the list (rows; in slabs of three dimensions rows and columns of a plane) are
 * taken piece by piece: some rows, or a plane, while they are in cache. The steps behind them see
 * the whole array. What is done to the real values between a backward and a forward transform is
 * done to each piece on its way, without a pass over memory of its own.
 *
 * Not done so: passes over the modes between the last step of a transform and the first of the
 * next, some columns at a time. It saves passes too, but reads the arrays of the stepper in short
 * pieces, one in each page (measured: up to 1.4 times slower in two dimensions, no faster in
 * three).
 *
 * Invariant: each step sees the same values in the same calls of FFTW, however its pieces are run.
 */
#include "internal.h"
#include "weft/timing.h"

/* The first steps of one piece, which begins at `plane`. */
static void planes_forward(const weft_fft_plan *plan, double *plane)
{
    for (int i = 0; i < plan->n_plane_steps; i++)
        plan->step[i].method->forward(&plan->step[i], plane);
}

/* Each step undone by its inverse, the last one first. */
static void planes_backward(const weft_fft_plan *plan, double *plane)
{
    for (int i = plan->n_plane_steps; i-- > 0;)
        plan->step[i].method->backward(&plan->step[i], plane);
}

/* The steps behind the first ones, for which every piece must be ready: they change the slower
 * axes, or send data to other ranks. Here a transform is counted, once for the whole field. */
static void rest_forward(const weft_fft_plan *plan, double *buffer)
{
    weft_timing_transform();
    for (int i = plan->n_plane_steps; i < plan->n_steps; i++)
        plan->step[i].method->forward(&plan->step[i], buffer);
}

static void rest_backward(const weft_fft_plan *plan, double *buffer)
{
    weft_timing_transform();
    for (int i = plan->n_steps; i-- > plan->n_plane_steps;)
        plan->step[i].method->backward(&plan->step[i], buffer);
}

/* Collective: the steps behind the first ones may send data, also on ranks without pieces. */
void weft_fft_forward(weft_fft *fft, double *buffer)
{
    const weft_activity before = weft_timing_enter(WEFT_TRANSFORMS);
    const weft_fft_plan *plan = fft->plan;
    for (int64_t p = 0; p < plan->planes; p++)
        planes_forward(plan, buffer + p * plan->plane_size);
    rest_forward(plan, buffer);
    weft_timing_leave(before);
}

/* The steps of the forward transform in reverse order, each by its inverse. */
void weft_fft_backward(weft_fft *fft, double *buffer)
{
    const weft_activity before = weft_timing_enter(WEFT_TRANSFORMS);
    const weft_fft_plan *plan = fft->plan;
    rest_backward(plan, buffer);
    for (int64_t p = 0; p < plan->planes; p++)
        planes_backward(plan, buffer + p * plan->plane_size);
    weft_timing_leave(before);
}

/* A line on several ranks has no pieces: its row is given whole. */
void weft_fft_between(weft_fft *fft, int count, double *const *buffers, weft_fft_points *points,
                      void *context)
{
    const weft_fft_plan *plan = fft->plan;
    const int64_t rows = fft->real.local[0] * fft->real.local[1];
    weft_activity before = weft_timing_enter(WEFT_TRANSFORMS);
    for (int c = 0; c < count; c++)
        rest_backward(plan, buffers[c]);
    if (plan->n_plane_steps == 0) {
        weft_timing_leave(before);
        points(context, 0, rows, buffers);
        before = weft_timing_enter(WEFT_TRANSFORMS);
    }
    for (int64_t p = 0; p < plan->planes; p++) {
        const int64_t at = p * plan->plane_size, own = rows / plan->planes;
        for (int c = 0; c < count; c++)
            planes_backward(plan, buffers[c] + at);
        weft_timing_leave(before);
        points(context, p * own, own, buffers);
        before = weft_timing_enter(WEFT_TRANSFORMS);
        for (int c = 0; c < count; c++)
            planes_forward(plan, buffers[c] + at);
    }
    for (int c = 0; c < count; c++)
        rest_forward(plan, buffers[c]);
    weft_timing_leave(before);
}
