/* Which steps make up the transform of a grid, and how real values and coefficients lie in memory.
 *
 * On one rank every axis is local: extents stay in the order z, y, x. On several ranks the slowest
 * used axis is cut; it becomes whole by a transposition with the next axis, which leaves the
 * coefficients in transposed order. Axes are transformed in the order x, y, z, the first periodic
 * or antiperiodic one from real values to its non-redundant modes. */
#include "internal.h"
#include <fftw3-mpi.h>

/* The array as it is after the steps so far. */
typedef struct shape {
    int64_t extent[3], start[3], global[3];
    int axis[3];
    int width;
} shape;

static weft_fft_step *new_step(weft_fft *fft, const weft_fft_method *method)
{
    weft_fft_step *step = &fft->plan->step[fft->plan->n_steps++];
    step->method = method;
    step->comm = fft->grid->comm;
    return step;
}

static void need(weft_fft *fft, int64_t size)
{
    if (size > fft->plan->size)
        fft->plan->size = size;
}

static void need_shape(weft_fft *fft, const shape *s)
{
    need(fft, s->extent[0] * s->extent[1] * s->extent[2] * s->width);
}

static int place_of(const shape *s, int axis)
{
    return s->axis[0] == axis ? 0 : s->axis[1] == axis ? 1 : 2;
}

static void set_modes(shape *s, int place, int64_t modes)
{
    s->extent[place] = s->global[place] = modes;
}

/* ---- the steps ---- */

/* x and the count-1 axes before it, all local and periodic, at once. */
static void add_r2c(weft_fft *fft, shape *s, int count)
{
    weft_fft_step *step = new_step(fft, &weft_fft_r2c);
    int64_t modes = s->extent[2] / 2 + 1;
    int64_t stride = 1;
    step->outer = step->inner = 1;
    step->n = s->extent[2];
    for (int j = 2; j >= 0; j--) {
        fftw_iodim64 d = {s->extent[j], j < 2 ? 2 * stride : 1, stride};
        if (j > 2 - count) {
            step->transformed.dim[count - 1 - (2 - j)] = d;
        } else {
            step->repeated.dim[step->repeated.count++] = d;
            step->outer *= s->extent[j];
        }
        stride *= j < 2 ? s->extent[j] : modes;
    }
    step->transformed.count = count;
    fft->real.stride[1] = 2 * modes;
    set_modes(s, 2, modes);
    s->width = 2;
    need_shape(fft, s);
}

static void add_axis(weft_fft *fft, shape *s, int axis)
{
    const weft_fft_plan *plan = fft->plan;
    weft_boundary boundary = plan->boundary[axis];
    bool halved = plan->half == axis;
    const weft_fft_method *method = halved                         ? &weft_fft_halve
                                    : weft_fft_real_axis(boundary) ? &weft_fft_r2r
                                                                   : &weft_fft_c2c;
    weft_fft_step *step = new_step(fft, method);
    int place = place_of(s, axis);
    step->boundary = boundary;
    step->outer = step->inner = 1;
    for (int j = 0; j < 3; j++) {
        if (j < place)
            step->outer *= s->extent[j];
        if (j > place)
            step->inner *= s->extent[j];
    }
    step->n = s->extent[place];
    step->width = s->width;
    step->modes = weft_fft_axis_modes(boundary, step->n, halved);
    if (halved)
        s->width = 2;
    set_modes(s, place, step->modes);
    need_shape(fft, s);
}

/* Make the axis at place whole and cut the one behind it. */
static void add_transpose(weft_fft *fft, shape *s, int place)
{
    weft_fft_step *step = new_step(fft, &weft_fft_transpose);
    ptrdiff_t rows, row_start, columns, column_start;
    step->global[0] = s->global[place];
    step->global[1] = s->global[place + 1];
    step->outer = 1;
    step->n = s->global[place];
    step->inner = place == 0 ? s->extent[2] : 1;
    step->width = s->width;
    need(fft, fftw_mpi_local_size_many_transposed(
                  2, step->global, step->inner * step->width, FFTW_MPI_DEFAULT_BLOCK,
                  FFTW_MPI_DEFAULT_BLOCK, step->comm, &rows, &row_start, &columns, &column_start));
    int axis = s->axis[place];
    s->axis[place] = s->axis[place + 1];
    s->axis[place + 1] = axis;
    s->global[place] = step->global[1];
    s->global[place + 1] = s->extent[place + 1] = step->global[0];
    s->start[place] = column_start;
    s->extent[place] = columns;
}

/* ---- the three kinds of layout ---- */

/* All axes periodic, two or three of them, on several ranks: FFTW-MPI does it at once. */
static void periodic_on_ranks(weft_fft *fft, shape *s)
{
    weft_fft_step *step = new_step(fft, &weft_fft_r2c_mpi);
    int first = 3 - fft->grid->dim;
    ptrdiff_t complex_n[3], rows, row_start, columns, column_start;
    step->rank = fft->grid->dim;
    step->n = s->global[2];
    for (int j = 0; j < step->rank; j++)
        complex_n[j] = step->global[j] = s->global[first + j];
    complex_n[step->rank - 1] = s->global[2] / 2 + 1;
    need(fft, 2 * fftw_mpi_local_size_many_transposed(
                      step->rank, complex_n, 1, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK,
                      step->comm, &rows, &row_start, &columns, &column_start));
    fft->real.stride[1] = 2 * complex_n[step->rank - 1];
    set_modes(s, 2, complex_n[step->rank - 1]);
    s->width = 2;
    s->axis[first] = first + 1;
    s->axis[first + 1] = first;
    s->global[first] = complex_n[1];
    s->extent[first] = columns;
    s->start[first] = column_start;
    s->global[first + 1] = s->extent[first + 1] = complex_n[0];
}

static int64_t clip(int64_t i, int64_t low, int64_t high)
{
    return i < low ? low : i > high ? high : i;
}

/* A line on several ranks: the points in a buffer are cut as all rows are, the coefficients as
 * FFTW-MPI's complex transform leaves them. */
static void line_on_ranks(weft_fft *fft, shape *s)
{
    weft_fft_step *step = new_step(fft, &weft_fft_line);
    ptrdiff_t in, in_start, out, out_start;
    int64_t n = s->global[2];
    step->boundary = fft->plan->boundary[2];
    bool real = weft_fft_real_axis(step->boundary);
    step->n = n;
    step->global[0] = real ? 2 * n : n;
    step->inner = fftw_mpi_local_size_1d(step->global[0], step->comm, FFTW_FORWARD, FFTW_ESTIMATE,
                                         &in, &in_start, &out, &out_start);
    step->block = (weft_box){{0, 0, fft->real.start[2]}, {1, 1, fft->real.local[2]}, {0, 0, 1}, 0};
    step->line = step->block;
    step->line.start[2] = clip(in_start, 0, n);
    step->outer = step->line.local[2] = clip(in_start + in, 0, n) - step->line.start[2];
    int64_t lowest = step->boundary == WEFT_DIRICHLET;
    int64_t modes = weft_fft_axis_modes(step->boundary, n, true);
    step->mode_start = clip(out_start - lowest, 0, modes);
    step->modes = clip(out_start - lowest + out, 0, modes) - step->mode_start;
    step->first = step->mode_start + lowest - out_start;
    step->width = s->width = real ? 1 : 2;
    set_modes(s, 2, modes);
    s->extent[2] = step->modes;
    s->start[2] = step->mode_start;
    need(fft, fft->real.local[2]);
    need_shape(fft, s);
}

/* Any mixture of boundaries, one axis after the other. */
static void axis_by_axis(weft_fft *fft, shape *s)
{
    const weft_fft_plan *plan = fft->plan;
    int first = 3 - fft->grid->dim, cut = fft->grid->size > 1 ? first : -1, axis = 2;
    if (plan->boundary[2] == WEFT_PERIODIC) {
        int count = 1;
        while (2 - count >= first && 2 - count != cut && plan->boundary[2 - count] == WEFT_PERIODIC)
            count++;
        add_r2c(fft, s, count);
        axis = 2 - count;
    }
    need(fft, s->extent[0] * s->extent[1] * fft->real.stride[1]);
    for (; axis >= first; axis--) {
        if (axis == cut)
            add_transpose(fft, s, cut);
        add_axis(fft, s, axis);
    }
}

/* The rows of this rank: blocks of ceil(n/size), as FFTW-MPI cuts. */
static void cut_rows(weft_fft *fft, shape *s)
{
    int first = 3 - fft->grid->dim;
    int64_t n = s->global[first], block = (n + fft->grid->size - 1) / fft->grid->size;
    fft->real.start[first] = clip(block * fft->grid->rank, 0, n);
    fft->real.local[first] = clip(block * (fft->grid->rank + 1), 0, n) - fft->real.start[first];
    s->extent[first] = fft->real.local[first];
}

void weft_fft_layout(weft_fft *fft)
{
    const weft_grid *grid = fft->grid;
    weft_fft_plan *plan = fft->plan;
    shape s = {.width = 1, .axis = {0, 1, 2}};
    bool periodic = true;
    int first = 3 - grid->dim;
    plan->half = -1;
    for (int a = 0; a < 3; a++) {
        s.extent[a] = s.global[a] = fft->real.local[a] = grid->n[a];
        if (a >= first && !weft_fft_real_axis(plan->boundary[a]))
            plan->half = a;
        if (a >= first && plan->boundary[a] != WEFT_PERIODIC)
            periodic = false;
    }
    fft->real.stride[1] = grid->n[2];
    fft->real.stride[2] = 1;
    cut_rows(fft, &s);
    if (grid->size > 1 && grid->dim == 1)
        line_on_ranks(fft, &s);
    else if (grid->size > 1 && periodic)
        periodic_on_ranks(fft, &s);
    else
        axis_by_axis(fft, &s);
    fft->real.stride[0] = fft->real.stride[1] * fft->real.local[1];
    fft->per_mode = s.width;
    fft->modes = 1;
    for (int j = 0; j < 3; j++) {
        fft->m[j] = s.extent[j];
        fft->axis[j] = s.axis[j];
        fft->global_m[j] = s.global[j];
        plan->m_start[j] = s.start[j];
        fft->modes *= s.extent[j];
    }
}
