/* Cosine transforms of a power of two of values, for the coefficients of Chebyshev expansions.
 *
 * Both kinds come down to the fourth, which takes a complex transform of half of the length (see G.
 * Plonka, D. Potts, G. Steidl, M. Tasche, Numerical Fourier Analysis, ch. 6). Complex numbers are
 * worked on by parts: C's own products look for infinities at three times the cost. Twiddles are
 * taken afresh, not by a recursion, whose error would grow. */
#include "internal.h"
#include <math.h>

typedef struct number {
    double re, im;
} number;

static inline number product(number x, number y)
{
    return (number){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
}

/* exp(-i pi x) */
static inline number turned(double x)
{
    return (number){cos(M_PI * x), -sin(M_PI * x)};
}

/* Numbers in the order of their places' reversed bits. */
static void reverse(number *z, int n)
{
    for (int i = 1, j = 0; i < n; i++) {
        int bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            const number t = z[i];
            z[i] = z[j];
            z[j] = t;
        }
    }
}

/* z_m <- sum_k z_k exp(-2 pi i m k/n), n a power of two, by Cooley and Tukey's splitting in place.
 * Twiddles of the largest splitting serve all others. turn: room for n/2 of them. */
static void transform(number *restrict z, int n, number *restrict turn)
{
    reverse(z, n);
    for (int k = 0; k < n / 2; k++)
        turn[k] = turned(2.0 * k / n);
    for (int half = 1; half < n; half *= 2)
        for (int at = 0; at < n; at += 2 * half)
            for (int k = 0; k < half; k++) {
                number *x = z + at + k, *y = x + half;
                const number t = product(turn[k * (n / 2 / half)], *y);
                *y = (number){x->re - t.re, x->im - t.im};
                *x = (number){x->re + t.re, x->im + t.im};
            }
}

/* out[j * stride] = sum_k x_k cos(pi (j + 1/2)(k + 1/2)/n). */
static void fourth(const double *x, int n, double *work, double *out, int stride)
{
    const int half = n / 2;
    number *z = (number *)work;
    for (int k = 0; k < half; k++)
        z[k] = product((number){x[2 * k], x[n - 1 - 2 * k]}, turned((k + 0.25) / n));
    transform(z, half, z + half);
    for (int k = 0; k < half; k++) {
        const number y = product(z[k], turned((double)k / n));
        out[(int64_t)stride * 2 * k] = y.re;
        out[(int64_t)stride * (n - 1 - 2 * k)] = -y.im;
    }
}

void el_cosine_odd(const double *x, int n, double *work, double *out)
{
    fourth(x, n, work, out, 1);
}

/* Sums and differences of mirrored values: the differences give every second result by the fourth
 * kind, and the sums all others by this one, with half as many values. */
void el_cosine_even(double *x, int n, double *work, double *out)
{
    int stride = 1;
    for (; n > 2; n /= 2, stride *= 2) {
        double *differences = work, *room = work + n / 2;
        for (int k = 0; k < n / 2; k++) {
            differences[k] = x[k] - x[n - 1 - k];
            x[k] += x[n - 1 - k];
        }
        fourth(differences, n / 2, room, out + stride, 2 * stride);
    }
    out[0] = x[0] + x[1];
    out[stride] = (x[0] - x[1]) * M_SQRT1_2;
}
