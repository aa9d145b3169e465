/* Holstein: observables of domains and of phonons on states where they are known; conservation at
 * fixed filling and with second neighbours. */
#include "run.h"

/* Staggered state: everything is one mode. */
static void uniform_order(void)
{
    test_run r;
    run_open(&r, "model: holstein\ngrid: {n: [12, 10]}\n"
                 "holstein: {coupling: 2, temperature: 0.1, force: dense}\n"
                 "initial: {type: staggered}\ntime: {stepper: verlet, dt: 0.1, end: 1}\n");
    double m = run_value(&r, "order_parameter"), q = run_value(&r, "order_displacement");
    double map[120], map_q[120], s[32], c[32];
    run_get(&r, "structure_map_n", map);
    run_get(&r, "structure_map_Q", map_q);
    for (int y = 0; y < 12; y++)
        for (int x = 0; x < 10; x++) {
            CHECK_NEAR(map[y * 10 + x], y == 6 && x == 5 ? 120 * m * m : 0, 1e-12);
            CHECK_NEAR(map_q[y * 10 + x], y == 6 && x == 5 ? 120 * q * q : 0, 1e-11);
        }
    run_get(&r, "structure_factor_n", s);
    CHECK_NEAR(s[0], 120 * m * m, 1e-11);
    CHECK_NEAR(s[1] + s[2] + s[3], 0, 1e-12);
    run_get(&r, "structure_factor_Q", s);
    CHECK_NEAR(s[0], 120 * q * q, 1e-11);
    run_get(&r, "correlation", c);
    for (int i = 0; i <= 5; i++)
        CHECK_NEAR(c[i], m * m, 1e-12);
    CHECK_NEAR(run_value(&r, "order_rms"), fabs(m), 1e-14);
    CHECK_NEAR(run_value(&r, "displacement_rms"), fabs(q), 1e-14);
    CHECK(run_value(&r, "wall_density") == 0);
    run_close(&r);
}

/* Two domains with straight walls: 2 walls of 16 bonds among 2*16*24. C along x falls as
 * 1 - 4 r/24 for a sharp profile; the structure factor sits on (pi + k, pi). */
static void two_domains(void)
{
    test_run r;
    run_open(&r, "model: holstein\ngrid: {n: [16, 24]}\n"
                 "holstein: {coupling: 6, temperature: 0.1, force_tolerance: 1e-5}\n"
                 "initial: {type: domain_wall}\ntime: {stepper: verlet, dt: 0.1, end: 1}\n");
    double kinds[4], h[101], sum = 0;
    CHECK_NEAR(run_value(&r, "wall_density"), 32. / 768, 1e-15);
    CHECK_NEAR(run_value(&r, "domain_length_walls"), 24, 1e-12);
    run_get(&r, "wall_orientation", kinds);
    CHECK(kinds[0] == 0 && kinds[1] == 1 && kinds[2] == 0 && kinds[3] == 0);
    CHECK_NEAR(run_value(&r, "order_parameter"), 0, 1e-12);
    double half = run_value(&r, "domain_length_half");
    CHECK(half > 3 && half < 7); /* 6 along x, never along y */
    run_get(&r, "histogram_Q", h);
    double width = 2 * 6. / 101; /* range g/K on either side */
    for (int b = 0; b < 101; b++)
        sum += h[b] * width;
    CHECK_NEAR(sum, 1, 1e-12);
    CHECK(h[50] == 0);
    run_close(&r);
}

/* Without coupling each mode of Q rings at w_q^2 = (K + 2 kappa (cos qx + cos qy))/m. */
static void free_modes(void)
{
    test_run r;
    enum { POINTS = 3 * 6 + 1 };
    double before[2 * POINTS], after[2 * POINTS], t = 2, kappa = 0.2, m = 1.5;
    run_open(&r, "model: holstein\ngrid: {n: [12, 12]}\n"
                 "holstein: {coupling: 0, temperature: 1, elastic: 0.2, mass: 1.5}\n"
                 "initial: {type: random, Q_sd: 1}\n"
                 "time: {stepper: yoshida4, dt: 0.02, end: 100}\n");
    run_get(&r, "phonon_modes", before);
    run_to(&r, t);
    run_get(&r, "phonon_modes", after);
    for (int i = 0; i < POINTS; i++) {
        int leg = i / 6, along = i % 6;
        double qx = leg == 0 ? along : leg == 1 ? 6 : 6 - along;
        double qy = leg == 0 ? 0 : leg == 1 ? along : 6 - along;
        if (i == POINTS - 1)
            qx = qy = 0;
        double w2 = (1 + 2 * kappa * (cos(M_PI * qx / 6) + cos(M_PI * qy / 6))) / m;
        CHECK_NEAR(after[2 * i], before[2 * i] * cos(sqrt(w2) * t), 1e-6);
        CHECK_NEAR(after[2 * i + 1], before[2 * i + 1] * cos(sqrt(w2) * t), 1e-6);
    }
    run_close(&r);
}

static double drift(const char *extra, const char *force, double dt)
{
    test_run r;
    run_open(&r,
             "model: holstein\ngrid: {n: [8, 8]}\n"
             "holstein: {coupling: 1.7, temperature: 0.3, force: %s, %s}\n"
             "initial: {type: random, Q_sd: 0.8}\n"
             "time: {stepper: verlet, dt: %g, end: 1e3}\n",
             force, extra, dt);
    double e0 = run_value(&r, "energy"), most = 0, n0 = run_value(&r, "density_mean");
    for (int i = 1; i <= 20; i++) {
        run_to(&r, 0.4 * i);
        most = fmax(most, fabs(run_value(&r, "energy") - e0) / 64);
    }
    if (strstr(extra, "filling"))
        CHECK_NEAR(run_value(&r, "density_mean"), n0, 1e-10);
    run_close(&r);
    return most;
}

/* The free energy F = Omega + mu N is conserved at fixed filling, Omega at fixed mu, each with an
 * error of second order in the step: density and energy belong to each other. */
static void conserved(const char *extra, const char *force)
{
    double a = drift(extra, force, 0.1), b = drift(extra, force, 0.05);
    printf("%s, %s: |dE|/N %.3e %.3e, ratio %.3f\n", force, extra, a, b, a / b);
    CHECK(a < 1e-3);
    CHECK_NEAR(a / b, 4, 0.3);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    uniform_order();
    two_domains();
    free_modes();
    conserved("filling: 0.4", "dense");
    conserved("filling: 0.37, next_hopping: -0.3", "chebyshev_full");
    conserved("chemical_potential: 0.5, next_hopping: 0.2", "chebyshev_full");
    conserved("filling: 0.4, force_tolerance: 1e-8", "chebyshev");
    return check_end();
}
