/* The law of additive noise over a step with its linear part, private to src/stepper. */
#ifndef WEFT_STEPPER_COVARIANCE_H
#define WEFT_STEPPER_COVARIANCE_H

#include <complex.h>

/* The covariance C, the integral from 0 to dt of exp(L s) B B^H exp(L^H s) ds, n x n, for L n x n
 * and B n x sources, rows first; to a few units of rounding. Local. */
void stepper_covariance(int n, int sources, const double complex *L, const double complex *B,
                        double dt, double complex *C);

/* A matrix M, n x columns (the larger of n and sources), with M M^H = C, so that M r has the exact
 * law for independent normals r of unit variance; M approaches (sqrt(dt) B, 0) for small dt, so
 * that noise of different dt follows about one path. Local. */
void stepper_noise_factor(int n, int sources, const double complex *L, const double complex *B,
                          double dt, double complex *M);

#endif
