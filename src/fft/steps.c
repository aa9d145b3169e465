/* The steps that change one axis of any array, and the transposition; tables and the end of steps.
 *
 * Invariants: (1) A step sees the array as outer x n x inner values and changes along n only, so
 * the order of axes does not matter to it. (2) Every step works in place. (3) Ranks without values
 * make no plan for steps that are local, and skip them; plans of the transposition are collective
 * and made by all. */
#include "internal.h"
#include "weft/memory.h"
#include "weft/timing.h"
#include <fftw3-mpi.h>
#include <string.h>

/* FFTW returns NULL for shapes that it cannot plan. */
weft_status fft_planned(const fft_step *step)
{
    if (step->plan[0] && step->plan[1])
        return WEFT_OK;
    return weft_fail(WEFT_FAILED, "FFTW cannot plan a transform of %lld points",
                     (long long)step->n);
}

/* j/n is rounded before it is multiplied by pi: each entry has the error of one rounding, whatever
 * j is. */
double *fft_phases(int64_t count, int64_t n)
{
    double *table = weft_alloc((size_t)(2 * count), sizeof(double));
    for (int64_t j = 0; j < count; j++) {
        double angle = -M_PI * ((double)j / (double)n);
        table[2 * j] = cos(angle);
        table[2 * j + 1] = sin(angle);
    }
    return table;
}

/* Nothing of the array is on this rank. */
static bool empty(const fft_step *step)
{
    return step->outer * step->inner == 0;
}

/* ---- one axis of complex values ---- */

/* A slab (n x inner) that is larger than this does not stay in cache from one pass of a transform
 * to the next; then BLOCK columns at a time go through a scratch array (measured: a fifth faster at
 * 128^3, three times at 256^3). FFTW's measured plans find a way as good for few columns. */
enum { SLAB_IN_CACHE = 1 << 18, BLOCK = 8, MANY_COLUMNS = 1024 };

/* Transform `columns` neighbouring columns of a slab into the scratch array, where they lie
 * together, and copy them back. */
static void columns_through_scratch(const fft_step *s, fftw_plan plan, int64_t columns,
                                    double *restrict at)
{
    fftw_execute_dft(plan, (fftw_complex *)at, (fftw_complex *)s->scratch);
    for (int64_t j = 0; j < s->n; j++)
        memcpy(at + 2 * j * s->inner, s->scratch + 2 * j * BLOCK,
               (size_t)(2 * columns) * sizeof(double));
}

/* direction: 0 forward, 1 backward. */
static void run_c2c(const fft_step *s, int direction, double *buffer)
{
    if (!s->block) {
        fftw_execute_dft(s->plan[direction], (fftw_complex *)buffer, (fftw_complex *)buffer);
        return;
    }
    for (int64_t o = 0; o < s->outer; o++) {
        double *slab = buffer + 2 * o * s->n * s->inner;
        int64_t i = 0;
        for (; i + BLOCK <= s->inner; i += BLOCK)
            columns_through_scratch(s, s->plan[direction], BLOCK, slab + 2 * i);
        if (i < s->inner)
            columns_through_scratch(s, s->rest[direction], s->inner - i, slab + 2 * i);
    }
}

/* Multiply by the factor of each point of the axis, or by its conjugate (sign -1). */
static void turn(const fft_step *s, double sign, double *restrict buffer)
{
    for (int64_t o = 0; o < s->outer; o++)
        for (int64_t j = 0; j < s->n; j++) {
            double re = s->factor[2 * j], im = sign * s->factor[2 * j + 1];
            double *restrict row = buffer + 2 * (o * s->n + j) * s->inner;
            for (int64_t i = 0; i < s->inner; i++) {
                double a = row[2 * i], b = row[2 * i + 1];
                row[2 * i] = a * re - b * im;
                row[2 * i + 1] = a * im + b * re;
            }
        }
}

/* Plans for that many columns; none for zero columns. */
static void plan_columns(fft_step *s, double *work, int64_t columns, unsigned flags,
                         fftw_plan plan[2])
{
    fftw_iodim64 axis = {s->n, s->inner, BLOCK}, many = {columns, 1, 1};
    fftw_complex *from = (fftw_complex *)work, *to = (fftw_complex *)s->scratch;
    if (columns == 0)
        return;
    plan[0] = fftw_plan_guru64_dft(1, &axis, 1, &many, from, to, FFTW_FORWARD, flags);
    plan[1] = fftw_plan_guru64_dft(1, &axis, 1, &many, from, to, FFTW_BACKWARD, flags);
}

/* Plans for whole blocks of columns and for the rest, all through the same scratch array. */
static void plan_blocks(fft_step *s, double *work, unsigned flags)
{
    s->block = BLOCK;
    s->scratch = weft_alloc((size_t)(2 * s->n * BLOCK), sizeof(double));
    plan_columns(s, work, BLOCK, flags, s->plan);
    plan_columns(s, work, s->inner % BLOCK, flags, s->rest);
}

/* One plan for the whole array: two loops around the transform. */
static void plan_whole(fft_step *s, double *work, unsigned flags)
{
    fftw_iodim64 axis = {s->n, s->inner, s->inner};
    fftw_iodim64 many[2] = {{s->outer, s->n * s->inner, s->n * s->inner}, {s->inner, 1, 1}};
    fftw_complex *c = (fftw_complex *)work;
    s->plan[0] = fftw_plan_guru64_dft(1, &axis, 2, many, c, c, FFTW_FORWARD, flags);
    s->plan[1] = fftw_plan_guru64_dft(1, &axis, 2, many, c, c, FFTW_BACKWARD, flags);
}

/* An antiperiodic axis is a periodic one after each point is turned by exp(-i pi j/n) (`turn`). */
static weft_status plan_c2c(fft_step *s, double *work, unsigned flags)
{
    bool large = s->n * s->inner * 16 > SLAB_IN_CACHE;
    int64_t least = flags & FFTW_ESTIMATE ? BLOCK + 1 : MANY_COLUMNS;
    if (s->boundary == WEFT_ANTIPERIODIC)
        s->factor = fft_phases(s->n, s->n);
    if (empty(s))
        return WEFT_OK;
    if (large && s->inner >= least)
        plan_blocks(s, work, flags);
    else
        plan_whole(s, work, flags);
    return fft_planned(s);
}

/* Turn, then transform; backward does the opposite in the opposite order. Unnormalised, so the two
 * multiply by n. */
static void c2c_forward(const fft_step *s, double *buffer)
{
    if (!s->plan[0])
        return;
    if (s->factor)
        turn(s, 1, buffer);
    run_c2c(s, 0, buffer);
}

/* The phases of antiperiodic axes are taken off last, as they were put on first. */
static void c2c_backward(const fft_step *s, double *buffer)
{
    if (!s->plan[1])
        return;
    run_c2c(s, 1, buffer);
    if (s->factor)
        turn(s, -1, buffer);
}

const fft_method fft_c2c = {plan_c2c, c2c_forward, c2c_backward};

/* ---- one cosine or sine axis ---- */

/* Cosines (DCT-II forward, DCT-III back) or sines (DST-II, DST-III). Complex values are two real
 * ones side by side, so they only make inner twice as long. */
static weft_status plan_r2r(fft_step *s, double *work, unsigned flags)
{
    if (empty(s))
        return WEFT_OK;
    int64_t inner = s->inner * s->width;
    fftw_iodim64 axis = {s->n, inner, inner};
    fftw_iodim64 many[2] = {{s->outer, s->n * inner, s->n * inner}, {inner, 1, 1}};
    bool even = s->boundary == WEFT_NEUMANN;
    fftw_r2r_kind kind[2] = {even ? FFTW_REDFT10 : FFTW_RODFT10,
                             even ? FFTW_REDFT01 : FFTW_RODFT01};
    for (int i = 0; i < 2; i++)
        s->plan[i] = fftw_plan_guru64_r2r(1, &axis, 2, many, work, work, &kind[i], flags);
    return fft_planned(s);
}

/* FFTW's kinds 10 and 01 are inverse to each other up to the factor 2n, which `scale` knows. */
static void r2r_forward(const fft_step *s, double *buffer)
{
    if (s->plan[0])
        fftw_execute_r2r(s->plan[0], buffer, buffer);
}

static void r2r_backward(const fft_step *s, double *buffer)
{
    if (s->plan[1])
        fftw_execute_r2r(s->plan[1], buffer, buffer);
}

const fft_method fft_r2r = {plan_r2r, r2r_forward, r2r_backward};

/* ---- exchange of the two leading extents between the ranks ---- */

/* At each exchange FFTW-MPI asks the C library for a buffer of one message. It counts as memory of
 * the run, being a large part of that on few ranks. */
static void count_buffer(fft_step *s, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t tuple)
{
    int size;
    MPI_Comm_size(s->comm, &size);
    if (size > 1)
        s->foreign = (rows + size - 1) / size * ((columns + size - 1) / size) * tuple *
                     (int64_t)sizeof(double);
    weft_memory_count(s->foreign);
}

/* tuple: doubles that travel together. */
static weft_status plan_transpose(fft_step *s, double *work, unsigned flags)
{
    ptrdiff_t rows = s->global[0], columns = s->global[1], tuple = s->inner * s->width;
    const ptrdiff_t block = FFTW_MPI_DEFAULT_BLOCK;
    s->plan[0] = fftw_mpi_plan_many_transpose(rows, columns, tuple, block, block, work, work,
                                              s->comm, flags);
    s->plan[1] = fftw_mpi_plan_many_transpose(columns, rows, tuple, block, block, work, work,
                                              s->comm, flags);
    count_buffer(s, rows, columns, tuple);
    return fft_planned(s);
}

/* Collective over the ranks of the grid; ranks without rows take part. What FFTW sorts before and
 * after its messages cannot be told from waiting for them. Each rank sends its part but for what
 * stays with it. */
static void transpose(const fft_step *s, fftw_plan plan, double *buffer)
{
    const weft_activity before = weft_timing_enter(WEFT_WAITING);
    const int64_t all = s->global[0] * s->global[1] * s->inner * s->width;
    int size;
    MPI_Comm_size(s->comm, &size);
    weft_timing_messages(size - 1, all / size * (size - 1) / size * (int64_t)sizeof(double));
    fftw_mpi_execute_r2r(plan, buffer, buffer);
    weft_timing_leave(before);
}

static void transpose_forward(const fft_step *s, double *buffer)
{
    transpose(s, s->plan[0], buffer);
}

static void transpose_backward(const fft_step *s, double *buffer)
{
    transpose(s, s->plan[1], buffer);
}

const fft_method fft_transpose = {plan_transpose, transpose_forward, transpose_backward};

/* Only exchanges own their communicator; size is 0 in all other steps. */
void fft_step_free(fft_step *s)
{
    for (int i = 0; i < 2; i++) {
        if (s->plan[i])
            fftw_destroy_plan(s->plan[i]);
        if (s->rest[i])
            fftw_destroy_plan(s->rest[i]);
    }
    if (s->exchange.size > 0)
        MPI_Comm_free(&s->comm);
    weft_memory_count(-s->foreign);
    weft_free(s->exchange.rows_count);
    weft_free(s->factor);
    weft_free(s->post);
    weft_free(s->scratch);
    weft_free(s->points);
    weft_remap_free(s->gather);
    weft_remap_free(s->scatter);
}
