/* The steps that work on the local part of an array, or that FFTW-MPI does at once. */
#include "internal.h"
#include "weft/memory.h"
#include <fftw3-mpi.h>
#include <string.h>

static weft_status planned(const weft_fft_step *step)
{
    if (step->plan[0] && step->plan[1])
        return WEFT_OK;
    return weft_fail(WEFT_FAILED, "FFTW cannot plan a transform of %lld points",
                     (long long)step->n);
}

static bool empty(const weft_fft_step *step)
{
    return step->outer * step->inner == 0;
}

/* ---- real to complex along several axes ---- */

static weft_status plan_r2c(weft_fft_step *s, double *work, unsigned flags)
{
    if (empty(s))
        return WEFT_OK;
    fftw_iodim64 back[3], back_repeated[3];
    for (int i = 0; i < 3; i++) {
        fftw_iodim64 d = s->transformed.dim[i], r = s->repeated.dim[i];
        back[i] = (fftw_iodim64){d.n, d.os, d.is};
        back_repeated[i] = (fftw_iodim64){r.n, r.os, r.is};
    }
    s->plan[0] =
        fftw_plan_guru64_dft_r2c(s->transformed.count, s->transformed.dim, s->repeated.count,
                                 s->repeated.dim, work, (fftw_complex *)work, flags);
    s->plan[1] = fftw_plan_guru64_dft_c2r(s->transformed.count, back, s->repeated.count,
                                          back_repeated, (fftw_complex *)work, work, flags);
    return planned(s);
}

static void r2c_forward(const weft_fft_step *s, double *buffer)
{
    if (s->plan[0])
        fftw_execute_dft_r2c(s->plan[0], buffer, (fftw_complex *)buffer);
}

static void r2c_backward(const weft_fft_step *s, double *buffer)
{
    if (s->plan[1])
        fftw_execute_dft_c2r(s->plan[1], (fftw_complex *)buffer, buffer);
}

const weft_fft_method weft_fft_r2c = {plan_r2c, r2c_forward, r2c_backward};

static weft_status plan_r2c_mpi(weft_fft_step *s, double *work, unsigned flags)
{
    fftw_complex *modes = (fftw_complex *)work;
    s->plan[0] = fftw_mpi_plan_many_dft_r2c(s->rank, s->global, 1, FFTW_MPI_DEFAULT_BLOCK,
                                            FFTW_MPI_DEFAULT_BLOCK, work, modes, s->comm,
                                            flags | FFTW_MPI_TRANSPOSED_OUT);
    s->plan[1] = fftw_mpi_plan_many_dft_c2r(s->rank, s->global, 1, FFTW_MPI_DEFAULT_BLOCK,
                                            FFTW_MPI_DEFAULT_BLOCK, modes, work, s->comm,
                                            flags | FFTW_MPI_TRANSPOSED_IN);
    return planned(s);
}

static void r2c_mpi_forward(const weft_fft_step *s, double *buffer)
{
    fftw_mpi_execute_dft_r2c(s->plan[0], buffer, (fftw_complex *)buffer);
}

static void r2c_mpi_backward(const weft_fft_step *s, double *buffer)
{
    fftw_mpi_execute_dft_c2r(s->plan[1], (fftw_complex *)buffer, buffer);
}

const weft_fft_method weft_fft_r2c_mpi = {plan_r2c_mpi, r2c_mpi_forward, r2c_mpi_backward};

/* ---- one axis of complex values ---- */

static void half_phases(double *table, int64_t n)
{
    for (int64_t j = 0; j < n; j++) {
        double angle = -M_PI * ((double)j / (double)n);
        table[2 * j] = cos(angle);
        table[2 * j + 1] = sin(angle);
    }
}

static weft_status plan_c2c(weft_fft_step *s, double *work, unsigned flags)
{
    if (s->boundary == WEFT_ANTIPERIODIC) {
        s->factor = weft_alloc((size_t)(2 * s->n), sizeof(double));
        half_phases(s->factor, s->n);
    }
    if (empty(s))
        return WEFT_OK;
    fftw_iodim64 axis = {s->n, s->inner, s->inner};
    fftw_iodim64 many[2] = {{s->outer, s->n * s->inner, s->n * s->inner}, {s->inner, 1, 1}};
    fftw_complex *c = (fftw_complex *)work;
    s->plan[0] = fftw_plan_guru64_dft(1, &axis, 2, many, c, c, FFTW_FORWARD, flags);
    s->plan[1] = fftw_plan_guru64_dft(1, &axis, 2, many, c, c, FFTW_BACKWARD, flags);
    return planned(s);
}

/* Multiply by the factor of each point of the axis, or by its conjugate (sign -1). */
static void turn(const weft_fft_step *s, double sign, double *restrict buffer)
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

static void c2c_forward(const weft_fft_step *s, double *buffer)
{
    if (!s->plan[0])
        return;
    if (s->factor)
        turn(s, 1, buffer);
    fftw_execute_dft(s->plan[0], (fftw_complex *)buffer, (fftw_complex *)buffer);
}

static void c2c_backward(const weft_fft_step *s, double *buffer)
{
    if (!s->plan[1])
        return;
    fftw_execute_dft(s->plan[1], (fftw_complex *)buffer, (fftw_complex *)buffer);
    if (s->factor)
        turn(s, -1, buffer);
}

const weft_fft_method weft_fft_c2c = {plan_c2c, c2c_forward, c2c_backward};

/* ---- one cosine or sine axis ---- */

static weft_status plan_r2r(weft_fft_step *s, double *work, unsigned flags)
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
    return planned(s);
}

static void r2r_forward(const weft_fft_step *s, double *buffer)
{
    if (s->plan[0])
        fftw_execute_r2r(s->plan[0], buffer, buffer);
}

static void r2r_backward(const weft_fft_step *s, double *buffer)
{
    if (s->plan[1])
        fftw_execute_r2r(s->plan[1], buffer, buffer);
}

const weft_fft_method weft_fft_r2r = {plan_r2r, r2r_forward, r2r_backward};

/* ---- exchange of the two leading extents between the ranks ---- */

static weft_status plan_transpose(weft_fft_step *s, double *work, unsigned flags)
{
    ptrdiff_t rows = s->global[0], columns = s->global[1], tuple = s->inner * s->width;
    const ptrdiff_t block = FFTW_MPI_DEFAULT_BLOCK;
    s->plan[0] = fftw_mpi_plan_many_transpose(rows, columns, tuple, block, block, work, work,
                                              s->comm, flags);
    s->plan[1] = fftw_mpi_plan_many_transpose(columns, rows, tuple, block, block, work, work,
                                              s->comm, flags);
    return planned(s);
}

static void transpose_forward(const weft_fft_step *s, double *buffer)
{
    fftw_mpi_execute_r2r(s->plan[0], buffer, buffer);
}

static void transpose_backward(const weft_fft_step *s, double *buffer)
{
    fftw_mpi_execute_r2r(s->plan[1], buffer, buffer);
}

const weft_fft_method weft_fft_transpose = {plan_transpose, transpose_forward, transpose_backward};

void weft_fft_step_free(weft_fft_step *s)
{
    for (int i = 0; i < 2; i++)
        if (s->plan[i])
            fftw_destroy_plan(s->plan[i]);
    weft_free(s->factor);
    weft_free(s->post);
    weft_free(s->scratch);
    weft_free(s->points);
    weft_remap_free(s->gather);
    weft_remap_free(s->scatter);
}
