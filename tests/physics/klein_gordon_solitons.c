/* Exact solutions of Klein-Gordon equations: kinks at rest and running, lattices of kinks,
 * breathers, pairs; their energies and momenta. Sources: N. Manton, P. Sutcliffe, Topological
 * Solitons, ch. 5; D. K. Campbell, J. F. Schonfeld, C. A. Wingate, Physica D 9, 1 (1983). */
#include "run.h"

static double drift(test_run *r, const double *start, const char *field)
{
    double *now = run_field(r, field, 0), worst = 0;
    for (int64_t i = 0; i < weft_grid_sites(r->sim->grid); i++)
        worst = fmax(worst, fabs(now[i] - start[i]));
    weft_free(now);
    return worst;
}

/* A static solution stays, and has the energy. */
static void at_rest(const char *grid, const char *model, const char *initial, double time,
                    double energy, double tolerance)
{
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: %s\nklein_gordon: %s\ninitial: %s\n"
             "time: {stepper: verlet, dt: 0.05, end: 1e3}\n",
             grid, model, initial);
    const char *field = weft_state_find(r.sim->state, "phi") ? "phi" : "chi";
    double *start = run_field(&r, field, 0);
    CHECK_NEAR(run_value(&r, "energy"), energy, tolerance);
    run_to(&r, time);
    CHECK_NEAR(run_value(&r, "energy"), energy, tolerance);
    CHECK_NEAR(drift(&r, start, field), 0, 1e-10);
    weft_free(start);
    run_close(&r);
}

static void static_kinks(void)
{
    double m = 2 * sqrt(2) / 3;
    at_rest("{n: [256], length: [50.0]}", "{potential: phi4, boundary: antiperiodic}",
            "{type: kink}", 50, m, 1e-10);
    at_rest("{n: [300], length: [40.0]}",
            "{potential: phi4, lambda: 2, vacuum: 1.1, boundary: neumann}", "{type: antikink}", 10,
            m * sqrt(2) * pow(1.1, 3), 1e-10);
    at_rest("{n: [500], length: [64.0]}", "{potential: sine_gordon, winding: 1}", "{type: kink}",
            20, 8, 1e-10);
    at_rest("{n: [500], length: [64.0]}", "{potential: sine_gordon, winding: -1}",
            "{type: antikink}", 5, 8, 1e-10);
    /* M = sqrt(lambda) v^4/4 */
    at_rest("{n: [500], length: [70.0]}",
            "{potential: phi6, lambda: 1.5, vacuum: 1.1, boundary: neumann}", "{type: kink}", 5,
            sqrt(1.5) * pow(1.1, 4) / 4, 1e-10);
    /* M = int sqrt(2V) dphi from 0 to 4 pi = 8 int_0^pi sin s sqrt(4 cos^2 s + eta) ds
     *   = 8 sqrt(4+eta) + 4 eta asinh(2/sqrt(eta)) */
    double eta = 0.7;
    at_rest("{n: [500], length: [50.0]}", "{potential: double_sine_gordon, eta: 0.7, winding: 2}",
            "{type: kink}", 5, 8 * sqrt(4 + eta) + 4 * eta * asinh(2 / sqrt(eta)), 1e-9);
}

static void lattices(void)
{
    /* k = 0.95: period 4 K(k) sqrt(1 + k^2), energy a period 1.88469095 */
    double period = 14.2897283;
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [128], length: [%.10g]}\n"
             "klein_gordon: {potential: phi4}\ninitial: {type: kink_lattice, kinks: 2}\n"
             "time: {stepper: verlet, dt: 0.02, end: 1e3}\n",
             period);
    double *start = run_field(&r, "phi", 0);
    CHECK_NEAR(run_value(&r, "energy"), 1.88469095, 2e-8);
    CHECK_NEAR(run_value(&r, "phi_max"), sqrt(2 * 0.9025 / 1.9025), 1e-3);
    run_to(&r, 5);
    CHECK_NEAR(drift(&r, start, "phi"), 0, 1e-10);
    weft_free(start);
    run_close(&r);
    run_open(&r, "model: klein_gordon\ngrid: {n: [192], length: [30.0]}\n"
                 "klein_gordon: {potential: sine_gordon, winding: -3}\n"
                 "initial: {type: kink_lattice, kinks: 3, center: 1}\n"
                 "time: {stepper: verlet, dt: 0.02, end: 1e3}\n");
    start = run_field(&r, "phi", 0);
    CHECK_NEAR(start[0] - start[191], 6 * M_PI * 191 / 192, 0.5);
    run_to(&r, 5);
    CHECK_NEAR(drift(&r, start, "phi"), 0, 1e-10);
    weft_free(start);
    run_close(&r);
}

/* phi^4 kink with v = 0.6 across an antiperiodic box: gamma = 1.25. */
static void boosted_kink(const char *stepper, const char *laplacian, double dt, double tolerance)
{
    enum { N = 800 };
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [%d], length: [80.0]}\n"
             "klein_gordon: {potential: phi4, boundary: antiperiodic, laplacian: %s}\n"
             "initial: {type: kink, velocity: 0.6, center: -12}\n"
             "time: {stepper: %s, dt: %.17g, end: 1e3}\n",
             N, laplacian, stepper, dt);
    double mass = 2 * sqrt(2) / 3, rough = laplacian[0] == 'f' ? 1e-6 : 1e-9;
    CHECK_NEAR(run_value(&r, "energy"), 1.25 * mass, rough);
    CHECK_NEAR(run_value(&r, "momentum"), 1.25 * 0.6 * mass, rough);
    CHECK_NEAR(run_value(&r, "center_of_energy"), -12, 1e-8);
    run_to(&r, 40);
    double *phi = run_field(&r, "phi", 0), worst = 0, where;
    for (int i = 0; i < N; i++) {
        double x = -40 + 80.0 * i / N;
        worst = fmax(worst, fabs(phi[i] - tanh(1.25 * (x - 12) / sqrt(2))));
    }
    printf("boosted kink, %s, %s: error %.2e\n", stepper, laplacian, worst);
    CHECK_NEAR(worst, 0, tolerance);
    CHECK_NEAR(run_value(&r, "energy"), 1.25 * mass, 10 * rough);
    CHECK_NEAR(run_value(&r, "momentum"), 1.25 * 0.6 * mass, 10 * rough);
    CHECK_NEAR(run_value(&r, "center_of_energy"), 12, 10 * tolerance);
    run_get(&r, "kink_positions(1)", &where);
    CHECK_NEAR(where, 12, 1e-4);
    weft_free(phi);
    run_close(&r);
}

/* omega = 1/2, six periods: E = 16 sqrt(1 - omega^2). */
static void breather(void)
{
    double end = 6 * 4 * M_PI, energy = 16 * sqrt(0.75);
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [512], length: [80.0]}\n"
             "klein_gordon: {potential: sine_gordon}\ninitial: {type: breather, frequency: 0.5}\n"
             "time: {stepper: split4, dt: %.17g, end: %.17g}\n",
             end / 377, end);
    double *start = run_field(&r, "phi", 0);
    CHECK_NEAR(run_value(&r, "energy"), energy, 1e-10 * energy);
    CHECK_NEAR(run_value(&r, "phi_center"), 4 * atan(sqrt(3)), 1e-14);
    run_to(&r, end);
    double worst = drift(&r, start, "phi");
    printf("breather after six periods: error %.2e\n", worst);
    CHECK_NEAR(worst, 0, 1e-6);
    CHECK_NEAR(run_value(&r, "energy"), energy, 1e-10 * energy);
    weft_free(start);
    run_close(&r);
}

/* sine-Gordon pair, exact for all times: they pass through each other. */
static void sine_pair(void)
{
    enum { N = 1024 };
    test_run r;
    run_open(&r, "model: klein_gordon\ngrid: {n: [1024], length: [80.0]}\n"
                 "klein_gordon: {potential: sine_gordon}\n"
                 "initial: {type: kink_antikink, velocity: 0.4, separation: 16}\n"
                 "time: {stepper: split6, dt: 0.1, end: 1e3}\n");
    double v = 0.4, g = 1 / sqrt(1 - v * v), t0 = asinh(v * cosh(g * 8)) / (g * v), worst = 0;
    CHECK_NEAR(run_value(&r, "energy"), 16 * g, 1e-9);
    run_to(&r, 45);
    double *phi = run_field(&r, "phi", 0), t = t0 - r.sim->time;
    for (int i = 0; i < N; i++) {
        double x = -40 + 80.0 * i / N;
        worst = fmax(worst, fabs(phi[i] - 4 * atan(sinh(g * v * t) / (v * cosh(g * x)))));
    }
    printf("sine-Gordon pair: error %.2e\n", worst);
    CHECK_NEAR(worst, 0, 1e-7);
    CHECK_NEAR(run_value(&r, "energy"), 16 * g, 1e-9);
    weft_free(phi);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    static_kinks();
    lattices();
    boosted_kink("split6", "spectral", 0.1, 1e-8);
    boosted_kink("yoshida6", "fd8", 0.05, 1e-6);
    breather();
    sine_pair();
    return check_end();
}
