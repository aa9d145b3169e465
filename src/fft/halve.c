/* One axis from n real values to the modes that are not redundant, where FFTW cannot work in place:
 * antiperiodic axes, and periodic axes other than x. One slab (n x inner) at a time goes through a
 * scratch array.
 *
 * Antiperiodic, F_m = sum_j f_j exp(-2 pi i (m + 1/2) j/n), F_(n-1-m) = conj F_m: n even: the n/2
 * modes with even m are the transform of (f_j - i f_(j+n/2)) exp(-pi i j/n), and
 *   those with odd m are conjugates of the others;
 * n odd: (-1)^j f_j is periodic, and F_m = conj G_q with q = (n-1)/2 - m for its transform G.
 *
 * Invariants: (1) 2 modes >= n, so modes never take less room than the values. Slabs are therefore
 * worked on from the last to the first on the way forward, and from the first to the last on the
 * way back: what is written never covers a slab that is still to be read. (2) Each slab goes
 * through the scratch array, so no transform reads what it writes. (3) Backward is FFTW's
 * unnormalised inverse: there and back multiplies by n. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

/* Whether two real values are packed into one complex number: antiperiodic axes of even n. */
static bool packed(const fft_step *s)
{
    return s->boundary == WEFT_ANTIPERIODIC && s->n % 2 == 0;
}

/* The scratch array: n x inner real values, then modes x inner complex ones; packed transforms use
 * the second part alone. */
static double *complex_part(const fft_step *s)
{
    return s->scratch + (packed(s) ? 0 : (s->n * s->inner + 7) / 8 * 8);
}

/* Complex transforms of n/2 points along the slowest index of the slab, `inner` of them side by
 * side. */
static weft_status plan_packed(fft_step *s, unsigned flags)
{
    s->factor = fft_phases(s->modes, s->n);
    fftw_iodim64 axis = {s->modes, s->inner, s->inner}, many = {s->inner, 1, 1};
    fftw_complex *c = (fftw_complex *)s->scratch;
    s->plan[0] = fftw_plan_guru64_dft(1, &axis, 1, &many, c, c, FFTW_FORWARD, flags);
    s->plan[1] = fftw_plan_guru64_dft(1, &axis, 1, &many, c, c, FFTW_BACKWARD, flags);
    return WEFT_OK;
}

/* The 8 extra doubles let the complex part begin on a cache line. */
static weft_status plan_halve(fft_step *s, double *work, unsigned flags)
{
    (void)work;
    if (s->outer * s->inner == 0)
        return WEFT_OK;
    s->scratch = weft_alloc((size_t)((s->n + 2 * s->modes) * s->inner + 8), sizeof(double));
    if (packed(s)) {
        plan_packed(s, flags);
    } else {
        fftw_iodim64 axis = {s->n, s->inner, s->inner}, many = {s->inner, 1, 1};
        fftw_complex *c = (fftw_complex *)complex_part(s);
        s->plan[0] = fftw_plan_guru64_dft_r2c(1, &axis, 1, &many, s->scratch, c, flags);
        s->plan[1] = fftw_plan_guru64_dft_c2r(1, &axis, 1, &many, c, s->scratch, flags);
    }
    return fft_planned(s);
}

/* Row j of the packed array from rows j and j + n/2 of the slab, turned by exp(-i pi j/n). */
static void pack(const fft_step *s, const double *restrict slab)
{
    for (int64_t j = 0; j < s->modes; j++) {
        const double *a = slab + j * s->inner, *b = slab + (j + s->modes) * s->inner;
        double *restrict z = s->scratch + 2 * j * s->inner;
        double re = s->factor[2 * j], im = s->factor[2 * j + 1];
        for (int64_t i = 0; i < s->inner; i++) {
            z[2 * i] = a[i] * re + b[i] * im;
            z[2 * i + 1] = a[i] * im - b[i] * re;
        }
    }
}

/* The opposite of pack. The factor 2: there and back must multiply by n, and FFTW's transforms of
 * n/2 points by n/2 only. */
static void unpack(const fft_step *s, double *restrict slab)
{
    for (int64_t j = 0; j < s->modes; j++) {
        double *restrict a = slab + j * s->inner, *restrict b = slab + (j + s->modes) * s->inner;
        const double *z = s->scratch + 2 * j * s->inner;
        double re = 2 * s->factor[2 * j], im = 2 * s->factor[2 * j + 1];
        for (int64_t i = 0; i < s->inner; i++) {
            a[i] = z[2 * i] * re + z[2 * i + 1] * im;
            b[i] = z[2 * i] * im - z[2 * i + 1] * re;
        }
    }
}

/* Copies n complex numbers, conjugated. */
static void conjugate_copy(double *restrict to, const double *restrict from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        to[2 * i] = from[2 * i];
        to[2 * i + 1] = -from[2 * i + 1];
    }
}

/* Copy the stored modes (m ascending) out of or into the order of the transform of this axis. */
static void copy_modes(const fft_step *s, double *buffer, bool out)
{
    double *c = complex_part(s);
    int64_t row = 2 * s->inner;
    if (s->boundary == WEFT_PERIODIC) {
        memcpy(out ? buffer : c, out ? c : buffer, (size_t)(s->modes * row) * sizeof(double));
        return;
    }
    for (int64_t m = 0; m < s->modes; m++) {
        bool plain = packed(s) && m % 2 == 0;
        int64_t q = plain ? m / 2 : packed(s) ? (s->n - 1 - m) / 2 : (s->n - 1) / 2 - m;
        double *mine = buffer + m * row, *theirs = c + q * row;
        if (plain)
            memcpy(out ? mine : theirs, out ? theirs : mine, (size_t)row * sizeof(double));
        else
            conjugate_copy(out ? mine : theirs, out ? theirs : mine, s->inner);
    }
}

/* Real rows to or from the scratch array, with the sign (-1)^j on antiperiodic axes of odd n. */
static void copy_real(const fft_step *s, double *restrict to, const double *restrict from)
{
    memcpy(to, from, (size_t)(s->n * s->inner) * sizeof(double));
    if (s->boundary == WEFT_ANTIPERIODIC)
        for (int64_t j = 1; j < s->n; j += 2)
            for (int64_t i = 0; i < s->inner; i++)
                to[j * s->inner + i] = -to[j * s->inner + i];
}

/* A rank without points has no plan. Of the two ways the packed one, in which two real numbers are
 * one complex, saves half the work where the number of points is even. */
static void halve_forward(const fft_step *s, double *buffer)
{
    if (!s->plan[0])
        return;
    /* Slabs may grow: from the last to the first. */
    for (int64_t o = s->outer; o-- > 0;) {
        const double *slab = buffer + o * s->pitch;
        fftw_complex *c = (fftw_complex *)complex_part(s);
        if (packed(s)) {
            pack(s, slab);
            fftw_execute_dft(s->plan[0], c, c);
        } else {
            copy_real(s, s->scratch, slab);
            fftw_execute_dft_r2c(s->plan[0], s->scratch, c);
        }
        copy_modes(s, buffer + o * 2 * s->modes * s->inner, true);
    }
}

/* Slabs shrink: from the first to the last, so that none is overwritten before it is read. */
static void halve_backward(const fft_step *s, double *buffer)
{
    if (!s->plan[1])
        return;
    for (int64_t o = 0; o < s->outer; o++) {
        double *slab = buffer + o * s->pitch;
        fftw_complex *c = (fftw_complex *)complex_part(s);
        copy_modes(s, buffer + o * 2 * s->modes * s->inner, false);
        if (packed(s)) {
            fftw_execute_dft(s->plan[1], c, c);
            unpack(s, slab);
        } else {
            fftw_execute_dft_c2r(s->plan[1], c, s->scratch);
            copy_real(s, slab, s->scratch);
        }
    }
}

const fft_method fft_halve = {plan_halve, halve_forward, halve_backward};
