/* Dealiasing: with the 2/3 rule a quadratic force, with the 1/2 rule a cubic one is that of the
 * Galerkin method, so that two grids which keep the same modes, |m| < 16, give the same; steppers
 * in both spaces agree on it. */
#include "run.h"

static double center(const char *coefficients, int n, const char *rule, const char *method)
{
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [%d], length: [20.0]}\n"
             "klein_gordon: {potential: polynomial, coefficients: %s, dealias: %s}\n"
             "initial: {type: gaussian, amplitude: 1.5, width: 1.7}\ntime: {%s, end: 10}\n",
             n, coefficients, rule, method);
    run_to(&r, 3);
    double value = run_value(&r, "phi_center");
    run_close(&r);
    return value;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const char *quadratic = "[0, 0, 0.5, 0.1]", *cubic = "[0, 0, 0.5, 0, 0.25]";
    const char *method = "stepper: split4, dt: 0.05";
    double exact = center(cubic, 64, "1/2", method), scale = 1e-13;
    CHECK_NEAR(center(quadratic, 48, "2/3", method), center(quadratic, 64, "1/2", method), scale);
    CHECK(fabs(center(cubic, 48, "2/3", method) - exact) > 1e3 * scale);
    CHECK(fabs(center(cubic, 32, "none", method) - exact) > 1e3 * scale);
    CHECK_NEAR(center(cubic, 64, "1/2", "stepper: split6, dt: 0.05"), exact, 1e-6);
    double fine = center(cubic, 64, "1/2", "stepper: split6, dt: 0.025");
    CHECK_NEAR(center(cubic, 64, "1/2", "stepper: yoshida6, dt: 0.025"), fine, 1e-8);
    CHECK_NEAR(center(cubic, 64, "1/2", "stepper: rk4, dt: 0.005"), fine, 1e-8);
    return check_end();
}
