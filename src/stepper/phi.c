/* The phi functions of numbers and of small matrices.
 *
 * Matrices: A is halved s times until its norm is below 1/2, where the Taylor series of phi_3
 * converges to rounding within 14 terms and phi_2, phi_1, phi_0 follow by phi_k = A phi_{k+1} +
 * 1/k!. Then the argument is doubled s times by phi_k(2z) = 2^-k (phi_0(z) phi_k(z) + sum over j =
 * 1 ... k of phi_j(z)/(k-j)!), which adds numbers of one sign where z is negative, so that nothing
 * cancels (B. Skaflestad, W. M. Wright, Appl. Numer. Math. 59, 783 (2009)). This holds for every A,
 * defective ones too, where diagonalisation fails.
 *
 * Numbers: the closed forms cancel near zero. There their mean over a circle around z is taken,
 * which is exact for analytic functions: A.-K. Kassam, L. N. Trefethen, SIAM J. Sci. Comput. 26,
 * 1214 (2005). */
#include "phi.h"
#include <string.h>

/* ---- matrices ---- */

/* Matrices are at most 32 x 32: the plain triple loop is the fastest. */
void stepper_multiply(int n, const double complex *a, const double complex *b, double complex *out)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double complex sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += a[i * n + k] * b[k * n + j];
            out[i * n + j] = sum;
        }
}

/* The largest sum of moduli in a column. */
static double norm(int n, const double complex *a)
{
    double most = 0.0;
    for (int j = 0; j < n; j++) {
        double sum = 0.0;
        for (int i = 0; i < n; i++)
            sum += stepper_abs(a[i * n + j]);
        most = fmax(most, sum);
    }
    return most;
}

/* out = a x + c times the unit matrix: from phi_{k+1} to phi_k. */
static void step_down(int n, const double complex *a, const double complex *x, double c,
                      double complex *out)
{
    stepper_multiply(n, a, x, out);
    for (int i = 0; i < n; i++)
        out[i * n + i] += c;
}

/* phi_3(a) = sum of a^k/(k+3)! by Horner's rule; spare: n*n numbers. The norm of a is at
 * most 1/2. */
static void series(int n, const double complex *a, double complex *spare, double complex *out)
{
    enum { TERMS = 14 };
    double inverse[TERMS + 1], factorial = 6.0;
    for (int k = 0; k <= TERMS; k++) {
        inverse[k] = 1.0 / factorial;
        factorial *= k + 4;
    }
    memset(out, 0, (size_t)(n * n) * sizeof *out);
    for (int k = TERMS; k >= 0; k--) {
        step_down(n, a, out, inverse[k], spare);
        memcpy(out, spare, (size_t)(n * n) * sizeof *out);
    }
}

/* From z to 2z, all four functions; each is used before it is replaced. */
static void twice(int n, double complex *const f[STEPPER_PHIS], double complex *spare)
{
    const int m = n * n;
    stepper_multiply(n, f[0], f[3], spare);
    for (int i = 0; i < m; i++)
        f[3][i] = 0.125 * (spare[i] + 0.5 * f[1][i] + f[2][i] + f[3][i]);
    stepper_multiply(n, f[0], f[2], spare);
    for (int i = 0; i < m; i++)
        f[2][i] = 0.25 * (spare[i] + f[1][i] + f[2][i]);
    stepper_multiply(n, f[0], f[1], spare);
    for (int i = 0; i < m; i++)
        f[1][i] = 0.5 * (spare[i] + f[1][i]);
    stepper_multiply(n, f[0], f[0], spare);
    memcpy(f[0], spare, (size_t)m * sizeof *spare);
}

/* ldexp scales by a power of two, which is exact; the norm of a is then at most 1/2. */
void stepper_phi(int n, const double complex *A, double complex *const out[STEPPER_PHIS])
{
    double complex a[n * n], spare[n * n];
    const double size = norm(n, A);
    const int halvings = stepper_halvings(2.0 * size);
    for (int i = 0; i < n * n; i++)
        a[i] = stepper_complex(ldexp(creal(A[i]), -halvings), ldexp(cimag(A[i]), -halvings));
    series(n, a, spare, out[3]);
    step_down(n, a, out[3], 0.5, out[2]);
    step_down(n, a, out[2], 1.0, out[1]);
    step_down(n, a, out[1], 1.0, out[0]);
    for (int k = 0; k < halvings; k++)
        twice(n, out, spare);
}

/* ---- numbers ---- */

/* The closed forms, of modulus of z away from 0. */
static void direct(double complex z, double complex out[4])
{
    double complex e = stepper_exp(z), z3 = z * z * z;
    out[0] = (stepper_exp(0.5 * z) - 1.0) / z;
    out[1] = (-4.0 - z + e * (4.0 - 3.0 * z + z * z)) / z3;
    out[2] = (2.0 + z + e * (z - 2.0)) / z3;
    out[3] = (-4.0 - 3.0 * z - z * z + e * (4.0 - z)) / z3;
}

/* Four functions of one number. Beyond |z| = 1 the closed forms lose at most a few digits;
 * within, the mean over 32 points of a circle of radius 2 around z is taken, which stays
 * away from 0 and converges geometrically: its error is below rounding. */
void stepper_phi_etdrk4(double complex z, double complex out[4])
{
    enum { POINTS = 32 };
    if (stepper_abs(z) > 1.0) {
        direct(z, out);
        return;
    }
    double complex sum[4] = {0}, here[4];
    for (int i = 0; i < POINTS; i++) {
        direct(z + 2.0 * stepper_exp(2.0 * M_PI * I * (i + 0.5) / POINTS), here);
        for (int j = 0; j < 4; j++)
            sum[j] += here[j];
    }
    for (int j = 0; j < 4; j++)
        out[j] = sum[j] / POINTS;
}

/* Near 0 two terms of the series are exact to rounding; elsewhere expm1 has no
 * cancellation. */
double stepper_phi1(double x)
{
    return fabs(x) < 1e-5 ? 1.0 - 0.5 * x : -weft_expm1(-x) / x;
}

/* expm1(-x) + x cancels twice near 0: the series there. */
double stepper_phi2(double x)
{
    if (fabs(x) < 0.02)
        return 0.5 - x * (1.0 / 6 - x * (1.0 / 24 - x * (1.0 / 120 - x * (1.0 / 720 - x / 5040))));
    return (weft_expm1(-x) + x) / (x * x);
}
