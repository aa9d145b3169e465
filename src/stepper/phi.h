/* Functions of the matrix of a mode that exponential steppers need, private to src/stepper. */
#ifndef WEFT_STEPPER_PHI_H
#define WEFT_STEPPER_PHI_H

#include "weft/vmath.h"
#include <complex.h>

/* re + i im, also for infinite parts and signed zeros: CMPLX of C11, which clang's <complex.h>
 * lacks on some systems. */
static inline double complex stepper_complex(double re, double im)
{
    union {
        double part[2];
        double complex z;
    } number = {{re, im}};
    return number.z;
}

/* exp(z) and |z| with the same bits on every CPU, which those of the C library have not. */
static inline double complex stepper_exp(double complex z)
{
    double s, c, size = weft_exp(creal(z));
    weft_sincos(cimag(z), &s, &c);
    return stepper_complex(size * c, size * s);
}
static inline double stepper_abs(double complex z)
{
    return sqrt(creal(z) * creal(z) + cimag(z) * cimag(z));
}

/* The least k with size <= 2^k; 0 for sizes of at most 1. */
static inline int stepper_halvings(double size)
{
    int k = 0;
    const double part = frexp(size, &k); /* size = part 2^k, part in [1/2, 1) */
    k -= part == 0.5;
    return k > 0 ? k : 0;
}

/* phi_0(z) = exp(z), phi_k(z) = (phi_{k-1}(z) - 1/(k-1)!)/z: functions 0 to 3. */
enum { STEPPER_PHIS = 4, STEPPER_MAX_COMPONENTS = 32 };

/* out = a b, for n x n matrices, rows first; out is neither a nor b. Local. */
void stepper_multiply(int n, const double complex *a, const double complex *b, double complex *out);

/* phi_0 ... phi_3 of the n x n matrix A, n at most STEPPER_MAX_COMPONENTS, to a few units of
 * rounding for any A whose eigenvalues have no large positive real part. Local. */
void stepper_phi(int n, const double complex *A, double complex *const out[STEPPER_PHIS]);

/* The coefficients of ETDRK4 over the step for one complex number: Q = phi_1(z/2)/2, and f1, f2, f3
 * (stepper_etdrk4.c), to a few units of rounding for any z without a large positive real
 * part. Local. */
void stepper_phi_etdrk4(double complex z, double complex out[4]);

/* (1 - exp(-x))/x and (exp(-x) - 1 + x)/x^2, that is phi_1(-x) and phi_2(-x), of a real x. Local.
 */
double stepper_phi1(double x);
double stepper_phi2(double x);

#endif
