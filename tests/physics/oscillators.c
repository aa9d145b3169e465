/* Limit-cycle oscillators against exact solutions and their phase reduction. */
#include "run.h"

/* Stuart-Landau on a ring: plane waves z = A exp(i(qx + Omega t)) with
 * A^2 = mu - K (2 - 2 cos q), Omega = omega - c2 A^2 - c1 K (2 - 2 cos q). */
static void test_plane_wave(void)
{
    enum { L = 32 };
    const double q2 = 2.0 - 2.0 * cos(2.0 * M_PI * 3.0 / L);
    const double a2 = 1.5 - 0.7 * q2, rate = 0.9 - 0.6 * a2 - -0.4 * 0.7 * q2;
    test_run r;
    run_open(&r,
             "model: oscillators\ngrid: {n: [2, %d]}\noscillators: {growth: 1.5, frequency: 0.9, "
             "shear: 0.6, coupling: 0.7, reactive: -0.4}\ninitial: {type: twisted, winding: 3}\n"
             "time: {end: 100, dt: 0.02, stepper: rk4}\n",
             L);
    CHECK_NEAR(run_value(&r, "mean"), 0.0, 1e-14);
    run_to(&r, 12.0); /* from the amplitude sqrt(mu) to A */
    double before = run_value(&r, "mean");
    run_to(&r, 40.0);
    CHECK_NEAR(run_value(&r, "amplitude"), sqrt(a2), 1e-8);
    CHECK_NEAR(run_value(&r, "mean") - before, 28.0 * rate, 1e-7); /* turns are counted */
    CHECK(run_value(&r, "winding") == 3.0);
    CHECK_NEAR(run_value(&r, "width2"), 0.0, 1e-20);
    run_close(&r);
}

/* Weak coupling: phases follow nu = K (1 + c1 c2), lambda = 2 K (c2 - c1). */
static void test_reduction(void)
{
    enum { L = 20 };
    const double k = 0.01, c1 = 0.5, c2 = 0.8, q2 = 2.0 - 2.0 * cos(2.0 * M_PI / L);
    test_run r;
    run_open(&r,
             "model: oscillators\ngrid: {n: %d}\noscillators: {frequency: 0.8, shear: %g, "
             "coupling: %g, reactive: %g}\ninitial: {type: flat}\n"
             "time: {end: 10000, dt: 0.1, stepper: rk4}\n",
             L, c2, k, c1);
    weft_view x = weft_field_view(r.sim->state, &r.sim->state->field[0], 0, NULL);
    weft_view y = weft_field_view(r.sim->state, &r.sim->state->field[1], 0, NULL);
    for (int i = 0; i < L; i++) { /* omega - c2 mu = 0: the uniform state is at rest */
        double p = 0.05 * sin(2.0 * M_PI * i / L);
        ((double *)weft_row(&x, 0, 0))[i] = cos(p);
        ((double *)weft_row(&y, 0, 0))[i] = sin(p);
    }
    run_to(&r, 20.0);
    double first = run_value(&r, "width2");
    run_to(&r, 520.0);
    double decay = -0.5 * log(run_value(&r, "width2") / first) / 500.0;
    CHECK_NEAR(decay, k * (1.0 + c1 * c2) * q2, 0.02 * k * q2);
    run_close(&r);
}

/* A ring with turns moves with 2 K (c2 - c1) (1 - cos q), that is with lambda q^2/2 for small q. */
static void test_reduction_lambda(void)
{
    enum { L = 60 };
    const double k = 0.01, c1 = 0.5, c2 = -0.8, q = 2.0 * M_PI * 2.0 / L;
    test_run r;
    run_open(&r,
             "model: oscillators\ngrid: {n: %d}\noscillators: {frequency: -0.8, shear: %g, "
             "coupling: %g, reactive: %g}\ninitial: {type: twisted, winding: 2}\n"
             "time: {end: 10000, dt: 0.05, stepper: rk4}\n",
             L, c2, k, c1);
    run_to(&r, 20.0);
    double before = run_value(&r, "mean"), lambda = 2.0 * k * (c2 - c1);
    run_to(&r, 1020.0);
    double rate = (run_value(&r, "mean") - before) / 1000.0;
    CHECK_NEAR(rate, lambda * (1.0 - cos(q)), 1e-6 * fabs(rate));
    CHECK_NEAR(rate, 0.5 * lambda * q * q, 0.02 * fabs(rate));
    run_close(&r);
}

/* Van der Pol, weak damping: amplitude 2, frequency 1 - mu^2/16. */
static void test_van_der_pol(void)
{
    test_run r;
    run_open(&r, "model: oscillators\ngrid: {n: 4}\n"
                 "oscillators: {kind: van_der_pol, growth: 0.2}\ninitial: {type: flat}\n"
                 "time: {end: 1000, dt: 0.02, stepper: rk4}\n");
    run_to(&r, 60.0);
    double before = run_value(&r, "mean");
    run_to(&r, 660.0);
    /* over whole turns but for a fraction, whose wobble is mu/8 */
    CHECK_NEAR((run_value(&r, "mean") - before) / 600.0, 1.0 - 0.04 / 16.0, 2e-4);
    CHECK_NEAR(run_value(&r, "amplitude"), 2.0, 0.15);
    run_close(&r);
}

/* Uncoupled with weak noise: the phase diffuses, W^2 = 2 D (1 + c2^2) t/mu. */
static void test_diffusion(void)
{
    enum { L = 4096 };
    test_run r;
    run_open(&r,
             "model: oscillators\ngrid: {n: %d}\noscillators: {coupling: 0, noise: 1e-4, shear: "
             "0.5, growth: 2}\ninitial: {type: flat}\ntime: {end: 100, dt: 0.05, stepper: sra1}\n",
             L);
    run_to(&r, 20.0);
    double first = run_value(&r, "width2");
    run_to(&r, 80.0);
    double expected = 2.0 * 1e-4 * (1.0 + 0.25) * 60.0 / 2.0, last = run_value(&r, "width2");
    CHECK_NEAR(last - first, expected, 4.0 * last * sqrt(2.0 / L) + 0.005 * expected);
    CHECK(run_value(&r, "order_parameter") > 0.99);
    run_close(&r);
}

/* Uncoupled oscillators turn at their own frequencies: W^2 = var(omega) t^2, however fast the
 * fastest of a Lorentzian draw is; no turn is lost. */
static void test_lorentzian(void)
{
    enum { L = 400 };
    test_run r;
    run_open(&r,
             "model: oscillators\ngrid: {n: %d}\noscillators: {coupling: 0, frequency: 0.5, "
             "disorder_type: lorentzian, disorder: 0.5, disorder_draw: quantiles}\n"
             "initial: {type: flat}\nobserve: {list: [frequency_spread]}\n"
             "time: {end: 10, dt: 0.001, stepper: rk4}\n",
             L);
    double *omega = run_field(&r, "omega", 0), variance = 0.0, most = 0.0, least = 0.0;
    for (int i = 0; i < L; i++) {
        variance += (omega[i] - 0.5) * (omega[i] - 0.5) / L;
        most = fmax(most, omega[i]);
        least = fmin(least, omega[i]);
    }
    run_value(&r, "frequency_spread");
    run_to(&r, 4.0);
    CHECK(most > 100.0);
    /* rk4 turns slower by (omega dt)^4/120 */
    CHECK_NEAR(run_value(&r, "width2"), 16.0 * variance, 1e-5 * 16.0 * variance);
    CHECK_NEAR(run_value(&r, "frequency_spread"), most - least, 1e-5 * most);
    weft_free(omega);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_plane_wave();
    test_reduction();
    test_reduction_lambda();
    test_van_der_pol();
    test_diffusion();
    test_lorentzian();
    return check_end();
}
