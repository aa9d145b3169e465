/* The exact law of the noise over one step: u_t = L u + B xi from u = 0 is Gaussian with covariance
 *     C(dt) = integral from 0 to dt of exp(L s) B B^H exp(L^H s) ds.
 *
 * dt is halved until |L| dt < 1/2, where the series C = sum of X_k dt^(k+1)/(k+1)!, X_0 = B B^H,
 * X_{k+1} = L X_k + X_k L^H converges fast; then C(2s) = C(s) + exp(L s) C(s) exp(L s)^H. All terms
 * of the doubling are positive semidefinite, so that nothing cancels, however stiff L is.
 *
 * The factor: B = T0 Q with lower triangular T0 and orthonormal rows in Q (Gram-Schmidt from the
 * first row on; rows that depend on earlier ones come last and get a direction of their own), and C
 * = T T^H by Cholesky in the same order of rows; then M = T Q has M M^H = C, and T approaches
 * sqrt(dt) T0. */
#include "covariance.h"
#include "phi.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MOST = STEPPER_MAX_COMPONENTS };

/* out = a b^H, both n x m. */
static void times_adjoint(int n, int m, const double complex *a, const double complex *b,
                          double complex *out)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double complex sum = 0.0;
            for (int k = 0; k < m; k++)
                sum += a[i * m + k] * conj(b[j * m + k]);
            out[i * n + j] = sum;
        }
}

/* Times n it bounds every norm that is needed here. */
static double largest(int n, const double complex *a)
{
    double most = 0.0;
    for (int e = 0; e < n * n; e++)
        most = fmax(most, stepper_abs(a[e]));
    return most;
}

/* C(dt) by its series, for small |L| dt: with |L| dt < 1/2 the terms fall faster than
 * 1/(k+1)!, and 18 of them reach rounding. */
static void series(int n, const double complex *L, const double complex *BB, double dt,
                   double complex *C)
{
    enum { TERMS = 18 };
    double complex x[n * n], y[n * n], adjoint[n * n];
    double factor = dt;
    memcpy(x, BB, sizeof x);
    memset(C, 0, sizeof x);
    for (int k = 0; k < TERMS; k++) {
        for (int e = 0; e < n * n; e++)
            C[e] += factor * x[e];
        factor *= dt / (k + 2);
        stepper_multiply(n, L, x, y);
        times_adjoint(n, n, x, L, adjoint);
        for (int e = 0; e < n * n; e++)
            x[e] = y[e] + adjoint[e];
    }
}

/* The halvings bring the norm of L s to 1/4 at most. phi[0] is exp(L s), and is squared at
 * each doubling of s. */
void stepper_covariance(int n, int sources, const double complex *L, const double complex *B,
                        double dt, double complex *C)
{
    double complex BB[n * n], A[n * n], spare[n * n], memory[STEPPER_PHIS][n * n];
    double complex *phi[STEPPER_PHIS] = {memory[0], memory[1], memory[2], memory[3]};
    const double size = n * largest(n, L) * dt;
    const int halvings = stepper_halvings(4.0 * size);
    const double start = ldexp(dt, -halvings);
    times_adjoint(n, sources, B, B, BB);
    series(n, L, BB, start, C);
    for (int e = 0; e < n * n; e++)
        A[e] = start * L[e];
    stepper_phi(n, A, phi);
    for (int k = 0; k < halvings; k++) {
        stepper_multiply(n, phi[0], C, spare);
        times_adjoint(n, n, spare, phi[0], A);
        for (int e = 0; e < n * n; e++)
            C[e] += A[e];
        stepper_multiply(n, phi[0], phi[0], spare);
        memcpy(phi[0], spare, sizeof spare);
    }
}

/* ---- the factor ---- */

/* Take from v its parts along the first count rows of q; the square of what is left. Twice
 * is enough (B. N. Parlett, The Symmetric Eigenvalue Problem, 6.9). */
static double project(int count, int m, const double complex *q, double complex *v)
{
    double left = 0.0;
    for (int pass = 0; pass < 2; pass++) /* twice is enough: Parlett */
        for (int r = 0; r < count; r++) {
            double complex along = 0.0;
            for (int k = 0; k < m; k++)
                along += v[k] * conj(q[r * m + k]);
            for (int k = 0; k < m; k++)
                v[k] -= along * q[r * m + k];
        }
    for (int k = 0; k < m; k++)
        left += creal(v[k]) * creal(v[k]) + cimag(v[k]) * cimag(v[k]);
    return left;
}

/* The row v, made of length one. */
static void put_row(int m, const double complex *v, double square, double complex *row)
{
    const double inverse = 1.0 / sqrt(square);
    for (int k = 0; k < m; k++)
        row[k] = inverse * v[k];
}

/* A row orthogonal to the first count rows of q: from the unit vectors, the last first, so
 * that the columns beyond the sources are taken first. Of m unit vectors at least one keeps
 * 1/m of its square, since the rows span fewer dimensions. */
static void complete(int count, int m, double complex *q)
{
    double complex v[MOST * 2];
    for (int unit = m - 1; unit >= 0; unit--) {
        memset(v, 0, sizeof v);
        v[unit] = 1.0;
        double left = project(count, m, q, v);
        if (left > 0.5 / m) {
            put_row(m, v, left, q + count * m);
            return;
        }
    }
}

/* Orthonormal rows of Q, and in order[r] which row of B row r of Q comes from. */
static void orthonormal(int n, int sources, int m, const double complex *B, int *order,
                        double complex *q)
{
    bool done[MOST] = {false};
    int count = 0;
    for (int i = 0; i < n; i++) {
        double complex v[MOST * 2] = {0};
        double before = 0.0;
        for (int k = 0; k < sources; k++) {
            v[k] = B[i * sources + k];
            before += creal(v[k] * conj(v[k]));
        }
        double left = project(count, m, q, v);
        if (before > 0.0 && left > 1e-20 * before) {
            put_row(m, v, left, q + count * m);
            order[count++] = i;
            done[i] = true;
        }
    }
    for (int i = 0; i < n; i++)
        if (!done[i]) {
            complete(count, m, q);
            order[count++] = i;
        }
}

/* Lower triangular T with T T^H = C in the order given; a pivot of rounding is zero, and
 * its column stays empty: noise of lower rank than n. */
static void cholesky(int n, const double complex *C, const int *order, double complex *T)
{
    memset(T, 0, (size_t)(n * n) * sizeof *T);
    for (int j = 0; j < n; j++) {
        const double full = creal(C[order[j] * n + order[j]]);
        double pivot = full;
        for (int k = 0; k < j; k++)
            pivot -= creal(T[j * n + k] * conj(T[j * n + k]));
        if (!(pivot > 1e-14 * full))
            continue;
        T[j * n + j] = sqrt(pivot);
        for (int i = j + 1; i < n; i++) {
            double complex sum = C[order[i] * n + order[j]];
            for (int k = 0; k < j; k++)
                sum -= T[i * n + k] * conj(T[j * n + k]);
            T[i * n + j] = sum / T[j * n + j];
        }
    }
}

/* A single real number has a closed form, which runs of one field should keep to the last
 * bit. */
void stepper_noise_factor(int n, int sources, const double complex *L, const double complex *B,
                          double dt, double complex *M)
{
    const int m = n > sources ? n : sources;
    int order[MOST];
    double complex C[n * n], T[n * n], q[n * m];
    if (n == 1 && cimag(L[0]) == 0.0) { /* the closed form */
        for (int s = 0; s < m; s++)
            M[s] = B[s] * sqrt(dt * stepper_phi1(-2.0 * (creal(L[0]) * dt)));
        return;
    }
    stepper_covariance(n, sources, L, B, dt, C);
    orthonormal(n, sources, m, B, order, q);
    cholesky(n, C, order, T);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < m; k++) {
            double complex sum = 0.0;
            for (int j = 0; j <= i; j++)
                sum += T[i * n + j] * q[j * m + k];
            M[order[i] * m + k] = sum;
        }
}
