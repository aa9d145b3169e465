/* Holstein: closed forms of two sites, the staggered state, symmetries of the density. */
#include "run.h"
#include "weft/electron.h"

/* Two sites with one bond of hopping 1: a periodic ring of two has both bonds, so hopping is 0.5.
 * Q1 = -Q2 = d, one electron: E(d) = K d^2 - sqrt(g^2 d^2 + t^2). */
static void two_sites_static(void)
{
    test_run r;
    run_open(&r, "model: holstein\ngrid: {n: [2]}\n"
                 "holstein: {coupling: 2, hopping: 0.5, temperature: 0, force: dense}\n"
                 "initial: {type: staggered, amplitude: 0.8660254037844386}\n"
                 "time: {stepper: verlet, dt: 0.01, end: 1}\n");
    double *n = run_field(&r, "density", 0);
    CHECK_NEAR(n[0], 0.5 + 0.8660254037844386 / 2, 1e-14); /* n1 - n2 = 2 K d/g */
    CHECK_NEAR(run_value(&r, "energy"), -1.25, 1e-14);
    CHECK_NEAR(run_value(&r, "gap"), 4, 1e-13);
    run_to(&r, 1); /* at rest in the minimum */
    CHECK_NEAR(run_value(&r, "order_displacement"), 0.8660254037844386, 1e-13);
    weft_free(n);
    run_close(&r);
    run_open(&r, "model: holstein\ngrid: {n: [2]}\n"
                 "holstein: {coupling: 1.3, hopping: 0.5, temperature: 0.4, force: dense}\n"
                 "initial: {type: staggered, amplitude: 0.7}\n"
                 "time: {stepper: verlet, dt: 0.01, end: 1}\n");
    double e = sqrt(1.3 * 0.7 * 1.3 * 0.7 + 1);
    CHECK_NEAR(run_value(&r, "order_parameter"), 1.3 * 0.7 / (2 * e) * tanh(e / 0.8), 1e-14);
    CHECK_NEAR(run_value(&r, "energy"), 0.49 - 2 * 0.4 * log(2 * cosh(e / 0.8)), 1e-13);
    run_close(&r);
}

/* Frequency of the order parameter about its centre, from the crossings of the first 4 periods. */
static double frequency(test_run *r, const char *name, double centre, double limit)
{
    double first = NAN, last = NAN, before = run_value(r, name) - centre, t = 0;
    int crossings = 0;
    while (crossings < 9 && t < limit) {
        double from = r->sim->time;
        run_to(r, from + r->dt);
        double now = run_value(r, name) - centre;
        if (before * now < 0) {
            last = from + r->dt * before / (before - now);
            first = crossings == 0 ? last : first;
            crossings++;
        }
        before = now;
        t = r->sim->time;
    }
    return M_PI * (crossings - 1) / (last - first);
}

static void two_sites_mode(void)
{
    test_run r;
    run_open(&r, "model: holstein\ngrid: {n: [2]}\n"
                 "holstein: {coupling: 2, hopping: 0.5, temperature: 0, force: dense}\n"
                 "initial: {type: staggered, amplitude: 0.86612}\n"
                 "time: {stepper: yoshida4, dt: 0.05, end: 100}\n");
    CHECK_NEAR(frequency(&r, "order_displacement", 0.8660254037844386, 100), 0.8660254037844386,
               2e-5);
    run_close(&r);
    run_open(&r, "model: holstein\ngrid: {n: [2]}\n"
                 "holstein: {coupling: 1, hopping: 0.5, temperature: 0, force: dense}\n"
                 "initial: {type: staggered, amplitude: 1e-3}\n"
                 "time: {stepper: yoshida4, dt: 0.05, end: 100}\n");
    CHECK_NEAR(frequency(&r, "order_displacement", 0, 100), sqrt(0.5), 2e-5);
    run_close(&r);
}

/* The staggered mean-field solution on n sites an axis: gap as tabulated (finite lattices, 10
 * digits), order parameter Delta/x, no force anywhere. */
static void gap(const char *n, double x, double temperature, double delta, double within)
{
    test_run r;
    double g = sqrt(x);
    run_open(&r,
             "model: holstein\ngrid: {n: %s}\n"
             "holstein: {coupling: %.17g, temperature: %g, force: dense}\n"
             "initial: {type: staggered}\ntime: {stepper: verlet, dt: 0.1, end: 1}\n",
             n, g, temperature);
    double found = g * run_value(&r, "order_displacement");
    CHECK_NEAR(found, delta, within);
    CHECK_NEAR(run_value(&r, "order_parameter"), found / x, 2e-12);
    double *density = run_field(&r, "density", 0), *q = run_field(&r, "Q", 0), most = 0;
    for (int64_t i = 0; i < weft_grid_sites(r.sim->grid); i++)
        most = fmax(most, fabs(g * (density[i] - 0.5) - q[i]));
    CHECK_NEAR(most, 0, 4e-12);
    weft_free(density);
    weft_free(q);
    run_close(&r);
}

static void gaps(void)
{
    gap("[30, 30]", 2, 0, 0.3763951659, 1e-10);
    gap("[30, 30]", 2, 0.1, 0.3622252834, 1e-10);
    gap("[30, 30]", 4, 0, 1.381307809, 1e-9);
    gap("[512]", 2, 0.1, 0.32363143, 1e-8); /* chain, infinite: corrections are far below 1e-8 */
    if (!getenv("WEFT_SLOW"))
        return;
    gap("[40, 40]", 2, 0, 0.3761204974, 1e-10);
    gap("[40, 40]", 2, 0.1, 0.3620634993, 1e-10);
    gap("[40, 40]", 4, 0, 1.381307809, 1e-9);
    gap("[40, 40]", 8, 0.1, 3.5709978505, 1e-9);
}

static double energy_at(int n, double g, double temperature, double amplitude, double *force)
{
    test_run r;
    run_open(&r,
             "model: holstein\ngrid: {n: [%d, %d]}\n"
             "holstein: {coupling: %g, temperature: %g, force: dense}\n"
             "initial: {type: staggered, amplitude: %.17g}\n"
             "time: {stepper: verlet, dt: 0.1, end: 1}\n",
             n, n, g, temperature, amplitude);
    double energy = run_value(&r, "energy") / (n * n);
    *force = g * run_value(&r, "order_parameter") - amplitude;
    run_close(&r);
    return energy;
}

/* (g^2/K) (1/2N) sum_k tanh(E_k/2T)/E_k of an n x n lattice with t = K = 1 and gap parameter delta;
 * 1 at the gap solution, where it falls with delta. */
static double gap_sum(int n, double g, double temperature, double delta)
{
    double sum = 0;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            double e = hypot(2 * (cos(2 * M_PI * a / n) + cos(2 * M_PI * b / n)), delta);
            sum += tanh(e / (2 * temperature)) / e;
        }
    return g * g * sum / (2.0 * n * n);
}

/* The force on the staggered mode vanishes at the solution of the gap equation to the last bits. */
static void gap_force(int n, double g, double temperature)
{
    double low = 1e-3, high = g * g, force;
    for (int i = 0; i < 200; i++) {
        double middle = 0.5 * (low + high);
        *(gap_sum(n, g, temperature, middle) > 1 ? &low : &high) = middle;
    }
    energy_at(n, g, temperature, low / g, &force);
    CHECK_NEAR(force, 0, 2e-15);
}

/* The gap solutions to ten digits and the curvature of the grand potential there, as found by an
 * independent diagonalisation. */
static void curvature(int n, double g, double temperature, double q0, double expected)
{
    double force, ignored, h = 2e-3;
    double e0 = energy_at(n, g, temperature, q0, &force);
    CHECK_NEAR(force, 0, 1e-10);
    double second = (energy_at(n, g, temperature, q0 + h, &ignored) +
                     energy_at(n, g, temperature, q0 - h, &ignored) - 2 * e0) /
                    (h * h);
    CHECK_NEAR(second, expected, 2e-5);
}

/* m w^2 = (g^2/2N) sum_k Delta^2/E_k^3 for the amplitude of the staggered state at T = 0. */
static void amplitude_mode(void)
{
    test_run r;
    const int n = 8;
    double x = 4, g = 2, delta = 0, sum = 0;
    run_open(&r, "model: holstein\ngrid: {n: [8, 8]}\n"
                 "holstein: {coupling: 2, temperature: 0, force: dense, mass: 2}\n"
                 "initial: {type: staggered, factor: 1.0005}\n"
                 "time: {stepper: yoshida4, dt: 0.2, end: 200}\n");
    double q0 = run_value(&r, "order_displacement") / 1.0005;
    delta = g * q0;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            double eps = -2 * (cos(2 * M_PI * a / n) + cos(2 * M_PI * b / n));
            double e = sqrt(eps * eps + delta * delta);
            sum += x * delta * delta / (e * e * e) / (2 * n * n);
        }
    CHECK_NEAR(frequency(&r, "order_displacement", q0, 200), sqrt(sum / 2), 2e-5);
    run_close(&r);
}

/* ---- symmetries ---- */

enum { SIDE = 12 };

static double random_at(int x, int y)
{
    uint64_t z = (uint64_t)(x * 131 + y * 7919 + 17) * 0x9E3779B97F4A7C15u;
    z ^= z >> 29;
    z *= 0xBF58476D1CE4E5B9u;
    z ^= z >> 32;
    return (double)(z >> 11) * 0x1p-53 - 0.5;
}

/* Where a site goes under symmetry s, and the sign of Q. */
static double image(int s, int x, int y, int *u, int *v)
{
    *u = x;
    *v = y;
    switch (s) {
    case 1: /* translation */
        *u = (x + 5) % SIDE;
        *v = (y + 3) % SIDE;
        return 1;
    case 2: /* quarter turn */
        *u = y;
        *v = SIDE - 1 - x;
        return 1;
    case 3: /* reflection */
        *u = SIDE - 1 - x;
        return 1;
    case 4: /* diagonal reflection */
        *u = y;
        *v = x;
        return 1;
    case 5: /* particle-hole */
        return -1;
    default:
        return 1;
    }
}

static void density_under(const weft_grid *g, weft_electron_options o, int s, double *n)
{
    weft_electron *e;
    run_must(weft_electron_create(g, &o, &e));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int u, v;
            double sign = image(s, x, y, &u, &v);
            double q = random_at(x, y) + ((x + y) % 2 ? -0.8 : 0.8);
            e->potential[v * SIDE + u] = -2 * sign * q;
        }
    run_must(weft_electron_solve(e, 0.3));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int u, v;
            double sign = image(s, x, y, &u, &v);
            n[y * SIDE + x] = 0.5 + sign * (e->density[v * SIDE + u] - 0.5);
        }
    weft_electron_free(e);
}

static void symmetries(weft_electron_solver solver, double tolerance, double within)
{
    const int64_t n[2] = {SIDE, SIDE};
    const double length[2] = {SIDE, SIDE};
    const weft_boundary boundary[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    run_must(weft_grid_create(MPI_COMM_WORLD, 2, n, length, boundary, WEFT_BLOCKS, &g));
    weft_electron_options o = {
        .solver = solver, .hopping = 1, .tolerance = tolerance, .filling = NAN};
    double plain[SIDE * SIDE], other[SIDE * SIDE];
    density_under(g, o, 0, plain);
    for (int s = 1; s <= 5; s++) {
        density_under(g, o, s, other);
        double most = 0;
        for (int i = 0; i < SIDE * SIDE; i++)
            most = fmax(most, fabs(plain[i] - other[i]));
        CHECK_NEAR(most, 0, within);
    }
    weft_grid_free(g);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    two_sites_static();
    two_sites_mode();
    gaps();
    gap_force(20, 2, 0.1);
    gap_force(30, 4, 0.2);
    curvature(8, 2, 0.1, 0.6919499948, 0.64059);
    curvature(12, 1.5, 0.05, 0.3310706390, 0.52073);
    amplitude_mode();
    symmetries(WEFT_ELECTRON_DENSE, 0, 1e-13);
    symmetries(WEFT_ELECTRON_CHEBYSHEV_FULL, 1e-12, 3e-11);
    symmetries(WEFT_ELECTRON_CHEBYSHEV, 1e-4, 1e-3);
    return check_end();
}
