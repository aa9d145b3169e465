/* Holstein: conservation, reversal, equipartition, protocols, Ehrenfest dynamics. */
#include "run.h"

/* Largest |E(t) - E(0)|/N. */
static double drift(const char *stepper, const char *dynamics, double dt, double end)
{
    test_run r;
    run_open(&r,
             "model: holstein\ngrid: {n: [10, 10]}\n"
             "holstein: {coupling: 2, temperature: 0.1, force: dense, dynamics: %s}\n"
             "initial: {type: random, Q_sd: 1}\n"
             "time: {stepper: %s, dt: %g, end: %g}\n",
             dynamics, stepper, dt, end);
    double e0 = run_value(&r, "energy"), most = 0;
    for (int i = 1; i <= 40; i++) {
        run_to(&r, i * end / 40);
        most = fmax(most, fabs(run_value(&r, "energy") - e0) / 100);
    }
    if (strcmp(dynamics, "ehrenfest") == 0) {
        CHECK_NEAR(run_value(&r, "orthonormality"), 0, 1e-12);
        CHECK_NEAR(run_value(&r, "density_mean"), 0.5, 0.05);
    }
    run_close(&r);
    return most;
}

/* Second order: the error of the energy falls four-fold with half the step. */
static void energy_order(const char *dynamics, double dt, double end)
{
    double a = drift("verlet", dynamics, dt, end), b = drift("verlet", dynamics, dt / 2, end);
    double c = drift("verlet", dynamics, dt / 4, end);
    printf("%s: |dE|/N %.3e %.3e %.3e, ratios %.3f %.3f\n", dynamics, a, b, c, a / b, b / c);
    CHECK_NEAR(a / b, 4, 0.2);
    CHECK_NEAR(b / c, 4, 0.1);
}

/* Forward, momenta turned, back: the start returns. */
static void reversal(void)
{
    test_run r;
    run_open(&r, "model: holstein\ngrid: {n: [8, 8]}\n"
                 "holstein: {coupling: 2, temperature: 0.2, force: dense, elastic: 0.1}\n"
                 "initial: {type: random, Q_sd: 1, P_sd: 0.5}\n"
                 "time: {stepper: verlet, dt: 0.1, end: 10}\n");
    double *before = run_field(&r, "Q", 0);
    run_to(&r, 3);
    double *p = weft_field_data(weft_state_find(r.sim->state, "P"), 0);
    for (int i = 0; i < 64; i++)
        p[i] = -p[i];
    run_to(&r, 6);
    double *after = run_field(&r, "Q", 0);
    for (int i = 0; i < 64; i++)
        CHECK_NEAR(after[i], before[i], 1e-10);
    weft_free(before);
    weft_free(after);
    run_close(&r);
}

/* Means of P^2/m and Q^2 over time; the error from blocks. */
typedef struct mean {
    double value, error;
} mean;

static mean block_mean(const double *x, int n)
{
    enum { BLOCKS = 20 };
    double sum = 0, square = 0;
    for (int b = 0; b < BLOCKS; b++) {
        double part = 0;
        for (int i = b * n / BLOCKS; i < (b + 1) * n / BLOCKS; i++)
            part += x[i];
        part /= n / BLOCKS;
        sum += part;
        square += part * part;
    }
    double m = sum / BLOCKS;
    return (mean){m, sqrt((square / BLOCKS - m * m) / (BLOCKS - 1))};
}

/* Free oscillators with elastic bonds: <P^2/m> = T and <Q^2> = T (1/N) sum_q 1/K_q with
 * K_q = K + 2 kappa (cos qx + cos qy); for Euler-Maruyama each term is 1/(K_q (1 - K_q h/2)),
 * h = dt/(m gamma). baoab samples Q of harmonic modes without error; verlet_ou with errors
 * of (omega dt)^2/4 at most. */
static void equipartition(const char *stepper, double coupling, double dt)
{
    enum { SAMPLES = 4000 };
    static double t[SAMPLES], q[SAMPLES];
    test_run r;
    double T = 0.3, gamma = 0.8, kappa = 0.15;
    run_open(&r,
             "model: holstein\ngrid: {n: [12, 12]}\n"
             "holstein: {coupling: %g, temperature: %g, electron_temperature: 2, damping: %g, "
             "elastic: %g, force_tolerance: 1e-3}\n"
             "initial: {type: thermal, temperature: %g}\n"
             "time: {stepper: %s, dt: %g, end: 1e5}\n",
             coupling, T, gamma, kappa, T, stepper, dt);
    bool over = strcmp(stepper, "overdamped") == 0;
    run_to(&r, 10);
    for (int i = 0; i < SAMPLES; i++) {
        run_step(&r, 1e9);
        run_step(&r, 1e9);
        t[i] = run_value(&r, "temperature_kinetic");
        q[i] = run_value(&r, "displacement_rms");
        q[i] *= q[i];
    }
    mean mt = block_mean(t, SAMPLES), mq = block_mean(q, SAMPLES);
    double expected = 0, h = over ? dt / gamma : 0;
    for (int a = 0; a < 12; a++)
        for (int b = 0; b < 12; b++) {
            double k = 1 + 2 * kappa * (cos(2 * M_PI * a / 12) + cos(2 * M_PI * b / 12));
            expected += T / (k * (1 - 0.5 * k * h)) / 144;
        }
    printf("%s g %g: T %.5f +- %.5f, <Q^2> %.5f +- %.5f (free: %.5f)\n", stepper, coupling,
           mt.value, mt.error, mq.value, mq.error, expected);
    if (!over)
        CHECK_NEAR(mt.value, T, 4.5 * mt.error + T * 1.6 * dt * dt / 4);
    if (coupling == 0)
        CHECK_NEAR(mq.value, expected,
                   4.5 * mq.error +
                       expected * (strcmp(stepper, "verlet_ou") == 0) * 1.6 * dt * dt / 4);
    CHECK(mq.error < 0.03 * mq.value);
    run_close(&r);
}

/* Coupling as a piecewise linear function: two sites, n1 - 1/2 = g d/(2E) tanh(E/2T). */
static void protocol(void)
{
    test_run r;
    run_open(&r, "model: holstein\ngrid: {n: [2]}\n"
                 "holstein: {coupling: [1, 1, 6, 3], hopping: 0.5, temperature: 0.2, "
                 "electron_temperature: [0, 0.4, 8, 0.8], force: dense}\n"
                 "initial: {type: staggered, amplitude: 0.5}\n"
                 "time: {stepper: verlet, dt: 0.05, end: 10}\n");
    const double times[4] = {0.5, 2, 4, 9}, g[4] = {1, 1.4, 2.2, 3}, T[4] = {0.425, 0.5, 0.6, 0.8};
    for (int i = 0; i < 4; i++) {
        run_to(&r, times[i]);
        double d = run_value(&r, "order_displacement"), e = sqrt(g[i] * g[i] * d * d + 1);
        CHECK_NEAR(run_value(&r, "order_parameter"), 0.5 * g[i] * d / e * tanh(0.5 * e / T[i]),
                   1e-12);
    }
    run_close(&r);
}

/* ---- Ehrenfest: the homogeneous state is a set of Anderson pseudospins ----
 * dS_k/dt = B_k x S_k, B_k = (-2 g Q, 0, 2 eps_k), m Q'' = (g/2N) sum_k S_kx - K Q. */
enum { L = 8, MODES = L * L, NUMBERS = 3 * MODES + 2 };

static void derivative(const double *y, double g, double *dy)
{
    double sum = 0, q = y[3 * MODES];
    for (int k = 0; k < MODES; k++) {
        double eps = -2 * (cos(2 * M_PI * (k / L) / L) + cos(2 * M_PI * (k % L) / L));
        const double *s = y + 3 * k;
        double bx = -2 * g * q, bz = 2 * eps;
        dy[3 * k] = -bz * s[1];
        dy[3 * k + 1] = bz * s[0] - bx * s[2];
        dy[3 * k + 2] = bx * s[1];
        sum += s[0];
    }
    dy[3 * MODES] = y[3 * MODES + 1];
    dy[3 * MODES + 1] = 0.5 * g * sum / MODES - q;
}

/* Q(end) by RK4, from the ground state at Q0. */
static double pseudospins(double g, double q0, double end, int steps)
{
    double y[NUMBERS] = {0}, k[4][NUMBERS], u[NUMBERS], h = end / steps;
    for (int m = 0; m < MODES; m++) {
        double eps = -2 * (cos(2 * M_PI * (m / L) / L) + cos(2 * M_PI * (m % L) / L));
        double e = sqrt(eps * eps + g * g * q0 * q0);
        y[3 * m] = g * q0 / e;
        y[3 * m + 2] = -eps / e;
    }
    y[3 * MODES] = q0;
    for (int s = 0; s < steps; s++) {
        static const double c[4] = {0, 0.5, 0.5, 1}, w[4] = {1. / 6, 1. / 3, 1. / 3, 1. / 6};
        for (int j = 0; j < 4; j++) {
            for (int i = 0; i < NUMBERS; i++)
                u[i] = y[i] + (j ? c[j] * h * k[j - 1][i] : 0);
            derivative(u, g, k[j]);
        }
        for (int i = 0; i < NUMBERS; i++)
            for (int j = 0; j < 4; j++)
                y[i] += h * w[j] * k[j][i];
    }
    return y[3 * MODES];
}

static double ehrenfest(const char *stepper, double q0, double end, double dt)
{
    test_run r;
    run_open(&r,
             "model: holstein\ngrid: {n: [8, 8]}\n"
             "holstein: {coupling: 1.8, temperature: 0, force: dense, dynamics: ehrenfest}\n"
             "initial: {type: staggered, amplitude: %.17g}\n"
             "time: {stepper: %s, dt: %.17g, end: %g}\n",
             q0, stepper, dt, end);
    run_to(&r, end);
    double q = run_value(&r, "order_displacement");
    CHECK_NEAR(run_value(&r, "displacement_rms"), fabs(q), 1e-10); /* it stays homogeneous */
    CHECK_NEAR(run_value(&r, "density_mean"), 0.5, 1e-13);
    CHECK_NEAR(run_value(&r, "orthonormality"), 0, 1e-12);
    run_close(&r);
    return q;
}

static void against_pseudospins(void)
{
    double q0 = 1.1, end = 6, exact = pseudospins(1.8, q0, end, 6000);
    double a = ehrenfest("verlet", q0, end, 0.04) - exact;
    double b = ehrenfest("verlet", q0, end, 0.02) - exact;
    double c = ehrenfest("yoshida4", q0, end, 0.04) - exact;
    double d = ehrenfest("yoshida4", q0, end, 0.02) - exact;
    printf(
        "Ehrenfest, Q(6) = %.10f: errors %.2e %.2e (ratio %.3f), fourth order %.2e %.2e (%.2f)\n",
        exact, a, b, a / b, c, d, c / d);
    CHECK(fabs(exact - q0) > 0.1);
    CHECK_NEAR(a / b, 4, 0.15);
    CHECK_NEAR(c / d, 16, 1);
    CHECK_NEAR(d, 0, 5e-6);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    energy_order("adiabatic", 0.1, 20);
    energy_order("ehrenfest", 0.05, 4);
    reversal();
    protocol();
    equipartition("baoab", 0, 0.2);
    equipartition("verlet_ou", 0, 0.1);
    equipartition("overdamped", 0, 0.2);
    equipartition("verlet_ou", 0.3, 0.1);
    against_pseudospins();
    return check_end();
}
