/* Functions of small matrices, and the law of noise over a step, against closed forms in extended
 * precision and against what they must satisfy. */
#include "check.h"
#include "stepper/covariance.h"
#include "stepper/phi.h"
#include <complex.h>
#include <math.h>
#include <stdlib.h>

/* phi_k of a number by its definition where that does not cancel, else by its series. */
static double complex phi_of(int k, double complex z)
{
    long double complex sum = 0.0L, term = 1.0L;
    if (cabs(z) > 1.0) {
        long double complex f = cexpl((long double complex)z), factorial = 1.0L;
        for (int j = 0; j < k; j++) {
            f = (f - 1.0L / factorial) / (long double complex)z;
            factorial *= j + 1;
        }
        return (double complex)f;
    }
    for (int j = 1; j <= k; j++)
        term /= j;
    for (int j = 0; j < 200; j++) {
        sum += term;
        term *= (long double complex)z / (j + k + 1);
    }
    return (double complex)sum;
}

static double uniform(void)
{
    return 2.0 * rand() / RAND_MAX - 1.0;
}

/* Upper triangular (a, c; 0, b): the entry beside the diagonal is c (f(a) - f(b))/(a - b). */
static void test_triangular(void)
{
    double worst = 0.0;
    for (int trial = 0; trial < 2000; trial++) {
        const double size = pow(10.0, 4.0 * uniform());
        double complex a = size * stepper_complex(-fabs(uniform()), uniform() * (trial % 2));
        double complex b = size * stepper_complex(-fabs(uniform()), uniform() * (trial % 2)),
                       c = size * uniform();
        double complex A[4] = {a, c, 0.0, b}, memory[4][4];
        double complex *f[4] = {memory[0], memory[1], memory[2], memory[3]};
        stepper_phi(2, A, f);
        for (int k = 0; k < 4; k++) {
            double complex fa = phi_of(k, a), fb = phi_of(k, b);
            double scale = fmax(fmax(cabs(fa), cabs(fb)), 1e-8);
            worst = fmax(worst, cabs(f[k][0] - fa) / scale);
            worst = fmax(worst, cabs(f[k][3] - fb) / scale);
            CHECK(f[k][2] == 0.0);
            if (cabs(a - b) > 0.3 * size)
                worst = fmax(worst, 0.1 * cabs(f[k][1] - c * (fa - fb) / (a - b)) / scale);
        }
    }
    printf("phi functions of triangular matrices: largest relative error %.1e\n", worst);
    CHECK(worst < 1e-11);
}

/* A Jordan block has no eigenvectors to go by: beside the diagonal stands the derivative, and
 * phi_1' = (phi_0 - phi_1)/z. */
static void test_jordan(void)
{
    for (double z = -1e6; z < -1e-3; z /= 10.0) {
        double complex A[4] = {z, 1.0, 0.0, z}, memory[4][4];
        double complex *f[4] = {memory[0], memory[1], memory[2], memory[3]};
        stepper_phi(2, A, f);
        double slope = creal(phi_of(0, z) - phi_of(1, z)) / z;
        if (z < -0.05)
            CHECK_NEAR(creal(f[1][1]), slope, 1e-9 * fabs(slope));
        else
            CHECK_NEAR(creal(f[1][1]), 0.5 + z / 3.0, 1e-3);
    }
}

static void test_etdrk4(void)
{
    double worst = 0.0;
    for (int trial = 0; trial < 5000; trial++) {
        const double size = pow(10.0, 3.0 * uniform());
        double complex z = size * stepper_complex(-fabs(uniform()), uniform()), c[4];
        stepper_phi_etdrk4(z, c);
        double complex p1 = phi_of(1, z), p2 = phi_of(2, z), p3 = phi_of(3, z);
        double scale = cabs(p1) + cabs(p2) + cabs(p3);
        worst = fmax(worst, cabs(c[0] - 0.5 * phi_of(1, 0.5 * z)) / scale);
        worst = fmax(worst, cabs(c[1] - (p1 - 3.0 * p2 + 4.0 * p3)) / scale);
        worst = fmax(worst, cabs(c[2] - (p2 - 2.0 * p3)) / scale);
        worst = fmax(worst, cabs(c[3] - (4.0 * p3 - p2)) / scale);
    }
    printf("coefficients of ETDRK4: largest relative error %.1e\n", worst);
    CHECK(worst < 1e-13);
}

/* ---- noise ---- */

static void adjoint_product(int n, int m, const double complex *a, double complex *out)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            out[i * n + j] = 0.0;
            for (int k = 0; k < m; k++)
                out[i * n + j] += a[i * m + k] * conj(a[j * m + k]);
        }
}

/* An oscillator with noise on its momentum, q' = p, p' = -w^2 q + b xi: the closed form. */
static void test_oscillator(void)
{
    const double w = 1.7, b = 0.6;
    for (double dt = 1e-4; dt < 200.0; dt *= 7.0) {
        double complex L[4] = {0.0, 1.0, -w * w, 0.0}, B[2] = {0.0, b}, C[4], M[4], MM[4];
        stepper_covariance(2, 1, L, B, dt, C);
        double x = 2.0 * w * dt, qq = b * b * (x - sin(x)) / (4.0 * w * w * w);
        double pp = b * b * (x + sin(x)) / (4.0 * w), qp = b * b * (1.0 - cos(x)) / (4.0 * w * w);
        if (x > 0.1)
            CHECK_NEAR(creal(C[0]), qq, 1e-11 * qq);
        CHECK_NEAR(creal(C[3]), pp, 1e-12 * pp);
        CHECK_NEAR(creal(C[1]), qp, 1e-12 * sqrt(qq * pp) + 1e-15);
        stepper_noise_factor(2, 1, L, B, dt, M);
        adjoint_product(2, 2, M, MM);
        for (int e = 0; e < 4; e++)
            CHECK(cabs(MM[e] - C[e]) <=
                  1e-13 * sqrt(creal(C[0]) * creal(C[3])) + 1e-13 * cabs(C[e]));
    }
}

/* Any coupled fields, shared sources, stiff ones: M M^H = C, C solves its equation over two halves,
 * and M goes to sqrt(dt) B. */
static void test_random(void)
{
    for (int trial = 0; trial < 500; trial++) {
        const int n = 1 + trial % 4, s = 1 + trial / 4 % 4, m = n > s ? n : s;
        const double stiff = pow(10.0, 3.0 * uniform());
        double complex L[16], B[16], C[16], M[16], MM[16], half[16], memory[4][16], x[16], y[16];
        double complex *f[4] = {memory[0], memory[1], memory[2], memory[3]};
        for (int e = 0; e < n * n; e++)
            L[e] = stepper_complex(0.3 * uniform(), 0.3 * uniform());
        for (int i = 0; i < n; i++)
            L[i * n + i] -= stiff * (1.5 + uniform());
        for (int e = 0; e < n * s; e++)
            B[e] = e % 5 == 3 ? 0.0 : stepper_complex(uniform(), uniform());
        stepper_covariance(n, s, L, B, 0.7, C);
        stepper_noise_factor(n, s, L, B, 0.7, M);
        adjoint_product(n, m, M, MM);
        double size = 0.0;
        for (int e = 0; e < n * n; e++)
            size = fmax(size, cabs(C[e]));
        for (int e = 0; e < n * n; e++)
            CHECK(cabs(MM[e] - C[e]) <= 1e-12 * size);
        stepper_covariance(n, s, L, B, 0.35, half);
        for (int e = 0; e < n * n; e++)
            x[e] = 0.35 * L[e];
        stepper_phi(n, x, f);
        stepper_multiply(n, f[0], half, x);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                y[i * n + j] = half[i * n + j];
                for (int k = 0; k < n; k++)
                    y[i * n + j] += x[i * n + k] * conj(f[0][j * n + k]);
                CHECK(cabs(y[i * n + j] - C[i * n + j]) <= 1e-12 * size);
            }
        if (s < n)
            continue; /* rows of B that depend on others have noise of their own, of order dt^(3/2)
                       */
        stepper_noise_factor(n, s, L, B, 1e-9 / stiff, M);
        for (int e = 0; e < n * s; e++)
            CHECK(cabs(M[e] / sqrt(1e-9 / stiff) - B[e]) <= 1e-3);
    }
}

int main(void)
{
    srand(1);
    test_triangular();
    test_jordan();
    test_etdrk4();
    test_oscillator();
    test_random();
    return check_end();
}
