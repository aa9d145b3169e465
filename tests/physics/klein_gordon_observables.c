/* Observables of Klein-Gordon fields against closed forms. */
#include "run.h"

/* phi = A exp(-x^2/w^2): p is normal with variance s2 = w^2/4 along each axis. */
static void gaussian_entropies(const char *laplacian, int n)
{
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [%d, %d], length: [30.0, 24.0]}\n"
             "klein_gordon: {potential: linear, laplacian: %s}\n"
             "initial: {type: gaussian, amplitude: 0.3, width: 2, center: [1, -2]}\n"
             "time: {stepper: verlet, dt: 0.1, end: 10}\n",
             n, n + 1, laplacian);
    double s2 = 4.0 / 4, area = 2 * M_PI * s2;
    CHECK_NEAR(run_value(&r, "shannon"), log(area) + 1, 1e-12);
    CHECK_NEAR(run_value(&r, "renyi(1)"), log(area) + 1, 1e-12);
    CHECK_NEAR(run_value(&r, "renyi(2)"), log(area) + log(2), 1e-12);
    CHECK_NEAR(run_value(&r, "renyi(0.5)"), log(area) + 2 * log(2), 1e-9); /* cut tails */
    CHECK_NEAR(run_value(&r, "tsallis(2)"), 1 - 1 / (2 * area), 1e-12);
    CHECK_NEAR(run_value(&r, "tsallis(3)"), 0.5 * (1 - 1 / (3 * area * area)), 1e-12);
    /* int phi^2 = A^2 pi w^2/2, int (grad phi)^2 = A^2 pi */
    CHECK_NEAR(run_value(&r, "energy_potential"), 0.5 * 0.09 * M_PI * 2, 1e-12);
    CHECK_NEAR(run_value(&r, "energy_gradient"), 0.5 * 0.09 * M_PI,
               laplacian[0] == 'f' ? 1e-6 : 1e-12);
    double center[2];
    run_get(&r, "center_of_energy", center);
    CHECK_NEAR(center[0], 1, 5e-6);
    CHECK_NEAR(center[1], -2, 5e-6);
    CHECK_NEAR(run_value(&r, "phi_center"), 0.3 * exp(-5.0 / 4), 1e-6);
    run_close(&r);
}

/* A field that vanishes everywhere has no density phi^2/int phi^2, and no entropy of it. */
static void no_entropies(void)
{
    test_run r;
    run_open(&r, "model: klein_gordon\ngrid: {n: [16], length: [8.0]}\n"
                 "klein_gordon: {potential: linear}\ninitial: {type: gaussian, amplitude: 0}\n"
                 "time: {stepper: verlet, dt: 0.1, end: 10}\n");
    CHECK(isnan(run_value(&r, "shannon")));
    CHECK(isnan(run_value(&r, "renyi(2)")));
    CHECK(isnan(run_value(&r, "tsallis(0.5)")));
    run_close(&r);
}

/* A charged Gaussian: Q = rotation * int phi^2; its charge and energy are conserved. */
static void charge(const char *stepper, const char *laplacian, double tolerance)
{
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [24, 25, 26], length: [16.0, 17.0, 18.0]}\n"
             "klein_gordon: {potential: polynomial, components: 2, "
             "coefficients: [0, 0, 0.5, 0, -0.25], laplacian: %s}\n"
             "initial: {type: gaussian, amplitude: 0.6, width: 2.5, rotation: 0.8}\n"
             "time: {stepper: %s, dt: 0.05, end: 10}\n",
             laplacian, stepper);
    double expected = 0.8 * 0.36 * pow(M_PI * 0.5 * 6.25, 1.5);
    CHECK_NEAR(run_value(&r, "charge"), expected, 1e-8);
    CHECK_NEAR(run_value(&r, "phi_max"), 0.6, 0.02);
    double start = run_value(&r, "charge");
    double energy = run_value(&r, "energy");
    run_to(&r, 2);
    CHECK_NEAR(run_value(&r, "charge"), start, tolerance * start);
    CHECK_NEAR(run_value(&r, "energy"), energy, 2e-3 * energy);
    run_close(&r);
}

/* The zero set of a ring is a circle, in three dimensions a sphere. */
static void walls(void)
{
    for (int dim = 2; dim <= 3; dim++) {
        double error[2];
        for (int fine = 0; fine < 2; fine++) {
            int n = fine ? 56 : 28;
            test_run r;
            run_open(&r,
                     "model: klein_gordon\ngrid: {n: %s%d, %d], length: %s21.0, 20.0]}\n"
                     "klein_gordon: {potential: phi4, laplacian: fd2}\n"
                     "initial: {type: ring, radius: 7, center: 0.1}\n"
                     "time: {stepper: verlet, dt: 0.1, end: 10}\n",
                     dim == 2 ? "["
                     : fine   ? "[56, "
                              : "[28, ",
                     n, n + 2, dim == 2 ? "[" : "[22.0, ");
            double exact = dim == 2 ? 14 * M_PI : 4 * M_PI * 49;
            error[fine] = run_value(&r, "wall_area") / exact - 1;
            run_close(&r);
        }
        printf("wall area in %dD: relative errors %.2e, %.2e\n", dim, error[0], error[1]);
        CHECK_NEAR(error[0], 0, 4e-3);
        CHECK_NEAR(error[1], 0, 1e-3);
    }
}

/* Thermal field: energy N T with the k^2 of each Laplacian; <|phi_k|^2> = T/(k^2 + m^2), where that
 * of differences is smaller for short waves (here it is looked at in the spectral one). The
 * spectrum is a mean over the modes of a shell, so its relative error is sqrt(2/modes). */
static void thermal(const char *laplacian)
{
    enum { BINS = 17 };
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [32, 32, 32], length: [8.0, 8.0, 8.0]}\n"
             "klein_gordon: {potential: linear, mass: 1.5, laplacian: %s}\n"
             "initial: {type: random, spectrum: thermal, temperature: 0.7}\n"
             "observe: {list: [spectrum]}\n"
             "time: {stepper: verlet, dt: 0.01, end: 10}\n",
             laplacian);
    double power[BINS], n = 32.0 * 32 * 32, dk = 2 * M_PI / 8;
    run_get(&r, "spectrum", power);
    for (int b = 1; b < BINS && laplacian[0] == 's'; b++) {
        double k = b * dk, modes = 4 * M_PI * b * b;
        /* within a shell 1/w^2 varies; its mean differs from the middle by at most this */
        double mean = 0;
        for (int i = 0; i < 100; i++) {
            double q = (b - 0.5 + (i + 0.5) / 100) * dk;
            mean += q * q / (q * q + 2.25) / (100 * k * k * (1 + 1.0 / (12.0 * b * b)));
        }
        double shell = b < 4 ? 0.25 : 0.05; /* lattice points are few in small shells */
        CHECK_NEAR(power[b] / (0.7 * mean), 1, 5 * sqrt(2 / modes) + shell);
    }
    CHECK_NEAR(run_value(&r, "energy_kinetic") / (0.5 * 0.7 * n), 1, 5 * sqrt(2 / n));
    CHECK_NEAR(run_value(&r, "energy") / (0.7 * n), 1, 5 * sqrt(1 / n));
    run_close(&r);
}

/* One mode: all of its power in one shell; its histogram is the arcsine law. */
static void mode_spectrum(void)
{
    double power[200], count[50], sum = 0;
    test_run r;
    run_open(&r, "model: klein_gordon\ngrid: {n: [243], length: [10.0]}\n"
                 "klein_gordon: {potential: linear, histogram_range: [-1, 1]}\n"
                 "initial: {type: mode, k: [7], amplitude: 0.8}\n"
                 "time: {stepper: strang, dt: 0.1, end: 10}\n");
    run_get(&r, "spectrum", power);
    /* |phi_k|^2 = A^2 L/4 for both signs of k */
    for (int b = 0; b < 122; b++)
        CHECK_NEAR(power[b], b == 7 ? 0.64 * 10 / 4 : 0, 1e-12);
    run_get(&r, "histogram(50)", count);
    for (int b = 0; b < 50; b++) {
        double low = fmax(-1, fmin(1, (-1 + b * 0.04) / 0.8));
        double high = fmax(-1, fmin(1, (-1 + (b + 1) * 0.04) / 0.8));
        sum += count[b] * 0.04;
        CHECK_NEAR(count[b] * 0.04, (asin(high) - asin(low)) / M_PI, 0.03);
    }
    CHECK_NEAR(sum, 1, 1e-13);
    run_close(&r);
}

/* Between walls, and on axes where the field changes its sign, a mode stands at its own k: cosines
 * and sines are pi/L apart, and antiperiodic waves lie at odd multiples of it. Before, mode 7 pi/L
 * of an antiperiodic axis was listed at 8 pi/L and the lowest at twice its k. */
static void shifted_modes(void)
{
    static const struct {
        const char *boundary;
        int mode, place; /* in units of pi/L */
    } cases[] = {{"antiperiodic", 0, 1}, {"antiperiodic", 3, 7}, {"neumann", 3, 3},
                 {"neumann", 1, 1},      {"dirichlet", 3, 4},    {"periodic", 3, 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weft_axis axes[WEFT_MAX_SHAPE];
        const weft_observable *row;
        double power[200], argument;
        test_run r;
        memset(axes, 0, sizeof axes);
        run_open(&r,
                 "model: klein_gordon\ngrid: {n: [32], length: [10.0]}\n"
                 "klein_gordon: {potential: linear, boundary: %s}\n"
                 "initial: {type: mode, k: [%d], amplitude: 0.8}\n"
                 "observe: {list: [spectrum]}\ntime: {dt: 0.1, end: 10}\n",
                 cases[i].boundary, cases[i].mode);
        run_get(&r, "spectrum", power);
        run_must(
            weft_observable_find(r.input->model, r.input->params, "spectrum", &row, &argument));
        run_must(row->shape(r.sim, argument, axes));
        int most = -1;
        for (int b = 0; b < axes[0].n; b++)
            if (power[b] > 1e-6 && (most < 0 || power[b] > power[most]))
                most = b;
        CHECK(most >= 0);
        CHECK_NEAR(axes[0].values[most], cases[i].place * M_PI / 10, 1e-12);
        weft_free(axes[0].values);
        run_close(&r);
    }
}

/* Kinks at known places, sub-grid. */
static void positions(void)
{
    double x[3];
    test_run r;
    run_open(&r, "model: klein_gordon\ngrid: {n: [301], length: [60.0]}\n"
                 "klein_gordon: {potential: phi4}\n"
                 "initial: {type: kink_antikink, separation: 21.1, center: 0.37}\n"
                 "time: {stepper: strang, dt: 0.1, end: 10}\n");
    run_get(&r, "kink_positions(3)", x);
    CHECK_NEAR(x[0], 0.37 - 10.55, 1e-5);
    CHECK_NEAR(x[1], 0.37 + 10.55, 1e-5);
    CHECK(isnan(x[2]));
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    gaussian_entropies("spectral", 80);
    gaussian_entropies("fd8", 81);
    no_entropies();
    charge("strang", "spectral", 1e-12);
    charge("verlet", "fd4", 1e-12);
    walls();
    thermal("spectral");
    thermal("fd2");
    mode_spectrum();
    shifted_modes();
    positions();
    return check_end();
}
