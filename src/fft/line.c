/* A line on several ranks. FFTW-MPI has no parallel transforms of real lines, so each boundary goes
 * through a complex transform of N points (N = n for periodic and antiperiodic lines; N = 2n with
 * zeros behind the line for cosines and sines) of which only the modes that a serial transform
 * stores are kept. With phases s_m and V the complex transform of f_j t_j,
 *   forward   c_m = s_m V_(m+first)   (real part for cosines and sines),
 *   backward  f_j = Re conj(t_j) sum_m w_m conj(s_m) c_m exp(2 pi i (m+first) j/N),
 * where w_m is the weight of the mode: the real part supplies the redundant modes.
 *
 * Invariants: (1) The set of stored modes, and the meaning of each, is that of a serial transform:
 * results on one and on several ranks differ by rounding only. (2) FFTW-MPI cuts points and modes
 * in its own way; where its cut of the points differs from ours, two redistributions make up for
 * it. Whether it differs is agreed upon by all ranks, since they are collective. */
#include "internal.h"
#include "weft/memory.h"
#include <fftw3-mpi.h>
#include <string.h>

/* The phase of a stored mode: 1; 2 exp(-pi i m/2n) for cosines; 2i exp(-pi i (m+1)/2n) for sines.
 */
static void phase(weft_boundary boundary, int64_t n, int64_t m, double *s)
{
    double angle = 0.5 * M_PI * ((double)(m + (boundary == WEFT_DIRICHLET)) / (double)n);
    s[0] = boundary == WEFT_NEUMANN ? 2 * cos(angle) : 2 * sin(angle);
    s[1] = boundary == WEFT_NEUMANN ? -2 * sin(angle) : 2 * cos(angle);
    if (!fft_real_axis(boundary)) {
        s[0] = 1;
        s[1] = 0;
    }
}

/* Tables: factor holds t_j of the local points, post s_m and w_m conj(s_m) of the local modes. */
static void make_tables(fft_step *s)
{
    s->factor = weft_alloc((size_t)(2 * s->outer), sizeof(double));
    for (int64_t j = 0; j < s->outer; j++) {
        double angle = -M_PI * ((double)(s->line.start[2] + j) / (double)s->n);
        bool turned = s->boundary == WEFT_ANTIPERIODIC;
        s->factor[2 * j] = turned ? cos(angle) : 1;
        s->factor[2 * j + 1] = turned ? sin(angle) : 0;
    }
    s->post = weft_alloc((size_t)(4 * s->modes), sizeof(double));
    for (int64_t i = 0; i < s->modes; i++) {
        int64_t m = s->mode_start + i;
        double w = fft_axis_weight(s->boundary, s->n, true, m), *p = s->post + 4 * i;
        phase(s->boundary, s->n, m, p);
        p[2] = w * p[0];
        p[3] = -w * p[1];
    }
}

/* FFTW-MPI has its own idea of which points a rank should hold. */
static weft_status plan_moves(fft_step *s)
{
    int alike = s->rows.local[2] == s->line.local[2] &&
                (s->line.local[2] == 0 || s->rows.start[2] == s->line.start[2]);
    MPI_Allreduce(MPI_IN_PLACE, &alike, 1, MPI_INT, MPI_MIN, s->comm);
    if (alike)
        return WEFT_OK;
    s->points = weft_alloc((size_t)s->outer, sizeof(double));
    WEFT_TRY(weft_remap_create(s->comm, &s->rows, &s->line, sizeof(double), &s->gather));
    return weft_remap_create(s->comm, &s->line, &s->rows, sizeof(double), &s->scatter);
}

/* inner: complex numbers that FFTW-MPI wants room for on this rank. */
static weft_status plan_line(fft_step *s, double *work, unsigned flags)
{
    (void)work;
    make_tables(s);
    WEFT_TRY(plan_moves(s));
    s->scratch = weft_alloc((size_t)(2 * s->inner), sizeof(double));
    fftw_complex *c = (fftw_complex *)s->scratch;
    s->plan[0] = fftw_mpi_plan_dft_1d(s->global[0], c, c, s->comm, FFTW_FORWARD, flags);
    s->plan[1] = fftw_mpi_plan_dft_1d(s->global[0], c, c, s->comm, FFTW_BACKWARD, flags);
    return fft_planned(s);
}

/* Turn the points into the complex array, transform, keep the stored modes. */
static void line_forward(const fft_step *s, double *buffer)
{
    double *restrict z = s->scratch;
    const double *f = s->gather ? s->points : buffer;
    if (s->gather)
        weft_remap_run(s->gather, buffer, s->points);
    memset(z, 0, (size_t)(2 * s->inner) * sizeof(double));
    for (int64_t j = 0; j < s->outer; j++) {
        z[2 * j] = f[j] * s->factor[2 * j];
        z[2 * j + 1] = f[j] * s->factor[2 * j + 1];
    }
    fftw_mpi_execute_dft(s->plan[0], (fftw_complex *)z, (fftw_complex *)z);
    const double *v = z + 2 * s->first;
    for (int64_t i = 0; i < s->modes; i++) {
        const double *p = s->post + 4 * i;
        double re = v[2 * i] * p[0] - v[2 * i + 1] * p[1];
        double im = v[2 * i] * p[1] + v[2 * i + 1] * p[0];
        if (s->width == 1) {
            buffer[i] = re;
        } else {
            buffer[2 * i] = re;
            buffer[2 * i + 1] = im;
        }
    }
}

/* Modes that are not stored are zero; taking the real part at the end supplies them. */
static void line_backward(const fft_step *s, double *buffer)
{
    double *restrict z = s->scratch;
    memset(z, 0, (size_t)(2 * s->inner) * sizeof(double));
    double *restrict v = z + 2 * s->first;
    for (int64_t i = 0; i < s->modes; i++) {
        const double *p = s->post + 4 * i;
        double re = s->width == 1 ? buffer[i] : buffer[2 * i];
        double im = s->width == 1 ? 0 : buffer[2 * i + 1];
        v[2 * i] = re * p[2] - im * p[3];
        v[2 * i + 1] = re * p[3] + im * p[2];
    }
    fftw_mpi_execute_dft(s->plan[1], (fftw_complex *)z, (fftw_complex *)z);
    double *f = s->scatter ? s->points : buffer;
    for (int64_t j = 0; j < s->outer; j++)
        f[j] = z[2 * j] * s->factor[2 * j] + z[2 * j + 1] * s->factor[2 * j + 1];
    if (s->scatter)
        weft_remap_run(s->scatter, s->points, buffer);
}

const fft_method fft_line = {plan_line, line_forward, line_backward};
