/* Parametric resonance on phi_tt = lap phi - phi^3: on the background cn(t, 1/sqrt 2), of period
 * 7.41629871, waves grow for 3/2 < k^2 < sqrt 3 only. Exponents: integrated Hill equation. */
#include "run.h"

/* ln of the amplitude of the wave after a whole number of periods. */
static double growth(double k2, int from, int to)
{
    enum { N = 8, STEPS = 96 };
    const double period = 7.41629870920548767, length = 2 * M_PI / sqrt(k2);
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [%d], length: [%.17g]}\n"
             "klein_gordon: {potential: polynomial, coefficients: [0, 0, 0, 0, 0.25]}\n"
             "initial: {type: mode, k: [1], amplitude: 1e-9, background: 1}\n"
             "time: {stepper: split6, dt: %.17g, end: 1e6}\n",
             N, length, period / STEPS);
    double amplitude[2];
    for (int i = 0; i < 2; i++) {
        run_to(&r, period * (i == 0 ? from : to));
        double *phi = run_field(&r, "phi", 0);
        amplitude[i] = fabs(phi[0] - phi[N / 2]);
        if (i == 0)
            CHECK_NEAR(0.5 * (phi[0] + phi[N / 2]), 1, 1e-6); /* the period of the background */
        weft_free(phi);
    }
    run_close(&r);
    return log(amplitude[1] / amplitude[0]) / (period * (to - from));
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    CHECK_NEAR(growth(1.615, 25, 45), 0.035979, 2e-6);
    CHECK_NEAR(growth(1.60, 25, 45), 0.035696, 2e-6);
    CHECK_NEAR(growth(1.70, 35, 60), 0.024595, 2e-6);
    CHECK_NEAR(growth(1.45, 25, 45), 0, 0.01); /* oscillates */
    CHECK_NEAR(growth(1.78, 25, 45), 0, 0.01);
    return check_end();
}
