/* Which steps make up the transform of a grid, and how real values and coefficients lie in memory.
 *
 * On one rank every axis is local: extents stay in the order z, y, x. In slabs the slowest used
 * axis is cut; it becomes whole by a transposition with the next axis, which leaves the
 * coefficients in transposed order. In pencils (procs[0] x procs[1] ranks) z and y are cut, then z
 * and x, then y and x; extents stay in the order z, y, x. Axes are transformed in the order x, y,
 * z, the first periodic or antiperiodic one from real values to its non-redundant modes.
 *
 * Invariants: (1) `shape` follows the array through the steps, and each step takes its shape from
 * it; so the output of a step is the input of the next one. (2) `need` keeps the largest size that
 * any state of the array has: one buffer of that size serves the whole transform. (3) An axis is
 * transformed only when it is whole on a rank. (4) The set of stored modes is a function of the
 * grid and the boundaries alone; only their order in memory depends on the number of ranks.
 *
 * Example: a periodic grid of 8 x 6 x 10 points (z, y, x) on 2 ranks, as slabs. Local arrays,
 * slowest first:
 *
 *       z 4    y 6    x 10      real values
 *       z 4    y 6    x 6       after the rows along x: 10/2 + 1 modes
 *       z 4    y 6    x 6       after y
 *       y 3    z 8    x 6       after the transposition: z is whole, y is cut
 *       y 3    z 8    x 6       after z: the coefficients, in transposed order */
#include "internal.h"
#include <fftw3-mpi.h>

/* The array as it is after the steps so far: for each extent in memory (slowest first) its local
 * size, its first global index, its global size, and which axis (0 z, 1 y, 2 x) it is. width:
 * doubles of a value, 1 while values are real, then 2. */
typedef struct shape {
    int64_t extent[3], start[3], global[3];
    int axis[3];
    int width;
} shape;

/* Append a step; WEFT_FFT_MAX_STEPS (5) is enough for three axes and two moves. */
static fft_step *new_step(weft_fft *fft, const fft_method *method)
{
    fft_step *step = &fft->plan->step[fft->plan->n_steps++];
    step->method = method;
    step->comm = fft->grid->comm;
    return step;
}

/* The buffer must have room for that many doubles. */
static void need(weft_fft *fft, int64_t size)
{
    if (size > fft->plan->size)
        fft->plan->size = size;
}

static void need_shape(weft_fft *fft, const shape *s)
{
    need(fft, s->extent[0] * s->extent[1] * s->extent[2] * s->width);
}

/* Which extent in memory an axis is at present. */
static int place_of(const shape *s, int axis)
{
    return s->axis[0] == axis ? 0 : s->axis[1] == axis ? 1 : 2;
}

/* ---- the steps ---- */

/* Real rows of x: FFTW's complex transforms of half the length with our own last pass beat its real
 * ones, but for long rows, and for single rows whose length is no power of two. */
enum { LONGEST_PAIRS = 4096 };

static const fft_method *row_method(const weft_grid *grid, int64_t n)
{
    bool power = (n & (n - 1)) == 0;
    return n % 2 == 0 && n <= LONGEST_PAIRS && (power || grid->dim > 1) ? &fft_pairs : &fft_rows;
}

/* The kind of step that transforms an axis. The axis plan->half is the first one with complex
 * modes: up to there values are real, from there on complex. */
static const fft_method *axis_method(const weft_fft *fft, int axis)
{
    weft_boundary boundary = fft->plan->boundary[axis];
    if (fft_real_axis(boundary))
        return &fft_r2r;
    if (fft->plan->half != axis)
        return &fft_c2c;
    if (axis == 2 && boundary == WEFT_PERIODIC)
        return row_method(fft->grid, fft->grid->n[2]);
    return &fft_halve;
}

/* Append the transform of an axis. planes: extent 0 does not count, because the step is taken plane
 * by plane. */
static void add_axis(weft_fft *fft, shape *s, int axis, bool planes)
{
    const weft_fft_plan *plan = fft->plan;
    fft_step *step = new_step(fft, axis_method(fft, axis));
    int place = place_of(s, axis);
    step->boundary = plan->boundary[axis];
    step->outer = step->inner = 1;
    for (int j = planes ? 1 : 0; j < 3; j++) {
        if (j < place)
            step->outer *= s->extent[j];
        if (j > place)
            step->inner *= s->extent[j];
    }
    step->n = s->extent[place];
    step->width = s->width;
    step->modes = fft_axis_modes(step->boundary, step->n, plan->half == axis);
    step->pitch = axis == 2 ? fft->real.stride[1] : step->n * step->inner;
    if (plan->half == axis)
        s->width = 2;
    s->extent[place] = s->global[place] = step->modes;
    need_shape(fft, s);
}

/* Slabs: append the transposition that makes the axis at `place` whole and cuts the one behind it.
 * FFTW-MPI tells how many columns this rank gets, and how much room it needs on the way. */
static void add_transpose(weft_fft *fft, shape *s, int place)
{
    fft_step *step = new_step(fft, &fft_transpose);
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

/* Pencils: make the axis at place whole and cut the one behind it, among the ranks that differ in
 * their coordinate along place alone. MPI_Comm_split orders the ranks of a group by that
 * coordinate, so rank r of the group owns part r. */
static void add_exchange(weft_fft *fft, const weft_grid *cut, shape *s, int place)
{
    fft_step *step = new_step(fft, &fft_exchange_pencils);
    int next = place + 1;
    MPI_Comm_split(cut->comm, cut->coord[1 - place], cut->coord[place], &step->comm);
    step->outer = place == 1 ? s->extent[0] : 1;
    step->n = s->global[place];
    step->modes = s->global[next];
    step->inner = place == 0 ? s->extent[2] : 1;
    step->width = s->width;
    step->exchange.size = cut->procs[place];
    step->exchange.rows = s->extent[place];
    s->start[place] = 0;
    s->extent[place] = s->global[place];
    weft_grid_part(WEFT_PENCIL, s->global[next], cut->procs[place], cut->coord[place],
                   &s->start[next], &s->extent[next]);
    step->exchange.columns = s->extent[next];
    need_shape(fft, s);
}

/* ---- layouts ---- */

static int64_t clip(int64_t i, int64_t low, int64_t high)
{
    return i < low ? low : i > high ? high : i;
}

/* The step of a line on several ranks (line.c): the points in a buffer are cut as all rows are, the
 * coefficients as FFTW-MPI's complex transform leaves them. For a complex transform of 2n points
 * the line is only its first half, and only the modes that are stored are kept: hence the clipping.
 * Sines begin at mode 1 (`lowest`). */
static void line_on_ranks(weft_fft *fft, shape *s)
{
    fft_step *step = new_step(fft, &fft_line);
    ptrdiff_t in, in_start, out, out_start;
    int64_t n = s->global[2];
    step->boundary = fft->plan->boundary[2];
    bool real = fft_real_axis(step->boundary);
    step->n = n;
    step->global[0] = real ? 2 * n : n;
    step->inner = fftw_mpi_local_size_1d(step->global[0], step->comm, FFTW_FORWARD, FFTW_ESTIMATE,
                                         &in, &in_start, &out, &out_start);
    step->rows = (weft_box){{0, 0, fft->real.start[2]}, {1, 1, fft->real.local[2]}, {0, 0, 1}, 0};
    step->line = step->rows;
    step->line.start[2] = clip(in_start, 0, n);
    step->outer = step->line.local[2] = clip(in_start + in, 0, n) - step->line.start[2];
    int64_t lowest = step->boundary == WEFT_DIRICHLET;
    int64_t modes = fft_axis_modes(step->boundary, n, true);
    step->mode_start = clip(out_start - lowest, 0, modes);
    step->modes = clip(out_start - lowest + out, 0, modes) - step->mode_start;
    step->first = step->mode_start + lowest - out_start;
    step->width = s->width = real ? 1 : 2;
    s->global[2] = modes;
    s->extent[2] = step->modes;
    s->start[2] = step->mode_start;
    need(fft, fft->real.local[2]);
    need_shape(fft, s);
}

/* The strides of the real values: rows, or planes, leave room for their modes where those take more
 * than the values (n/2 + 1 complex numbers for n reals). */
static void pad_rows(weft_fft *fft, const shape *s, bool planes)
{
    const weft_fft_plan *plan = fft->plan;
    int64_t *stride = fft->real.stride;
    stride[1] =
        plan->half != 2 ? s->global[2] : 2 * fft_axis_modes(plan->boundary[2], s->global[2], true);
    stride[0] = stride[1] * s->extent[1];
    if (plan->half == 1 && planes)
        stride[0] = 2 * stride[1] * fft_axis_modes(plan->boundary[1], s->global[1], true);
    need(fft, stride[0] * (s->extent[0] > 0 ? s->extent[0] : 1));
}

/* The rows are the inner part: the blocks of rows that a step of the kind pairs does at once one by
 * one, other kinds whole. */
static void rows_by_blocks(weft_fft_plan *plan)
{
    fft_step *rows = &plan->step[0];
    plan->n_plane_steps = 1;
    plan->planes = 1;
    if (rows->method != &fft_pairs || rows->outer == 0)
        return;
    const int64_t block = fft_pairs_block(rows->outer, rows->n / 2);
    plan->planes = rows->outer / block;
    plan->plane_size = block * rows->pitch;
    rows->outer = block;
}

/* One axis after the other, x first; in three dimensions, where planes are whole, x and y plane by
 * plane. */
static void axis_by_axis(weft_fft *fft, const weft_grid *cut, shape *s)
{
    weft_fft_plan *plan = fft->plan;
    int first = 3 - cut->dim;
    bool pencils = cut->layout == WEFT_PENCIL;
    bool planes = cut->dim == 3 && plan->half > 0 && !pencils;
    pad_rows(fft, s, planes);
    if (planes) {
        plan->planes = s->extent[0];
        plan->plane_size = fft->real.stride[0];
        plan->n_plane_steps = 2;
    }
    for (int axis = 2; axis >= first; axis--) {
        if (pencils && axis < 2 && cut->procs[axis] > 1)
            add_exchange(fft, cut, s, axis);
        if (!pencils && axis == first && cut->size > 1)
            add_transpose(fft, s, axis);
        add_axis(fft, s, axis, planes && axis > 0);
    }
    if (!planes)
        rows_by_blocks(plan);
}

/* half: the slowest axis is looked at first and x last, so it ends as the last axis in memory that
 * has complex modes, which is the first one to be transformed. */
void fft_layout(weft_fft *fft, const weft_grid *cut)
{
    weft_fft_plan *plan = fft->plan;
    shape s = {.width = 1, .axis = {0, 1, 2}};
    plan->half = -1;
    for (int a = 0; a < 3; a++) {
        s.global[a] = cut->n[a];
        s.extent[a] = fft->real.local[a] = cut->local[a];
        s.start[a] = fft->real.start[a] = cut->start[a];
        if (a >= 3 - cut->dim && !fft_real_axis(plan->boundary[a]))
            plan->half = a;
    }
    fft->real.stride[2] = 1;
    if (cut->size > 1 && cut->dim == 1)
        line_on_ranks(fft, &s);
    else
        axis_by_axis(fft, cut, &s);
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
