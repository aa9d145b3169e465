/* The modes of an axis for each boundary condition: how many are stored, their wavenumbers and
 * weights.
 *
 * Of two conjugate modes of a real field one is stored and counts twice; modes that are their own
 * conjugate count once. With these weights Parseval's sum over the stored modes equals the sum over
 * the points, which is what tests of this file check for even and odd numbers of points. */
#include "internal.h"
#include "weft/memory.h"

/* The halved axis keeps the modes of which no other one is the conjugate. Periodic: m and n - m are
 * conjugate, 0 and (n even) n/2 are their own partners. Antiperiodic: m and n - 1 - m are
 * conjugate, and of an odd n the mode in the middle is its own partner. */
int64_t fft_axis_modes(weft_boundary boundary, int64_t n, bool half)
{
    if (!half || fft_real_axis(boundary))
        return n;
    return boundary == WEFT_PERIODIC ? n / 2 + 1 : (n + 1) / 2;
}

/* In units of 2 pi/L, with a sign: modes of the upper half stand for negative wavenumbers. The
 * Nyquist mode of an even n could have either sign and gets the positive one; odd derivatives set
 * it to zero (modes.c). */
double fft_axis_number(weft_boundary boundary, int64_t n, int64_t m)
{
    switch (boundary) {
    case WEFT_PERIODIC:
        return (double)(2 * m <= n ? m : m - n);
    case WEFT_ANTIPERIODIC:
        return 0.5 * (double)(2 * m + 1 <= n ? 2 * m + 1 : 2 * (m - n) + 1);
    case WEFT_NEUMANN:
        return 0.5 * (double)m;
    default:
        return 0.5 * (double)(m + 1);
    }
}

/* 2 for a mode whose conjugate is not stored. Of the real bases the lowest cosine and the highest
 * sine have twice the norm of the others as FFTW leaves them, which is half the weight. */
double fft_axis_weight(weft_boundary boundary, int64_t n, bool half, int64_t m)
{
    switch (boundary) {
    case WEFT_PERIODIC:
        return !half || m == 0 || 2 * m == n ? 1 : 2;
    case WEFT_ANTIPERIODIC:
        return !half || 2 * m + 1 == n ? 1 : 2;
    case WEFT_NEUMANN:
        return m == 0 ? 0.5 : 1;
    default:
        return m == n - 1 ? 0.5 : 1;
    }
}

/* Each rank keeps the numbers of its own modes only. An axis that the grid does not use has one
 * mode of wavenumber 0 and weight 1, so that loops over three axes need no cases. */
void fft_tables(weft_fft *fft)
{
    const weft_fft_plan *plan = fft->plan;
    for (int j = 0; j < 3; j++) {
        int axis = fft->axis[j];
        bool used = axis >= 3 - fft->grid->dim;
        size_t m = (size_t)fft->m[j];
        double *k = weft_alloc(m, sizeof *k), *weight = weft_alloc(m, sizeof *weight);
        int64_t *index = weft_alloc(m, sizeof *index);
        for (int64_t i = 0; i < fft->m[j]; i++) {
            int64_t n = fft->grid->n[axis];
            index[i] = plan->m_start[j] + i;
            weight[i] = 1;
            if (!used)
                continue;
            double number = fft_axis_number(plan->boundary[axis], n, index[i]);
            k[i] = 2 * M_PI / fft->grid->length[axis] * number;
            weight[i] = fft_axis_weight(plan->boundary[axis], n, plan->half == axis, index[i]);
        }
        fft->k[j] = k;
        fft->weight[j] = weight;
        fft->index[j] = index;
    }
}

void fft_tables_free(weft_fft *fft)
{
    for (int j = 0; j < 3; j++) {
        weft_free((void *)fft->k[j]);
        weft_free((void *)fft->weight[j]);
        weft_free((void *)fft->index[j]);
    }
}
