/* May-Leonard competition on three levels: the exact lattice, its rate equations, and the growth
 * and frequency that the amplitude equation (docs/models/cgle.md) takes from them. Larger with
 * WEFT_SLOW=1. */
#include "reaction.h"
#include "run.h"

#define CYCLE(mu, sigma)                                                                           \
    "  species: [A, B, C]\n  reactions:\n"                                                         \
    "    - {reaction: A + B -> A, rate: " sigma "}\n    - {reaction: B + C -> B, rate: " sigma     \
    "}\n    - {reaction: C + A -> C, rate: " sigma "}\n"                                           \
    "    - {reaction: A + 0 -> 2 A, rate: " mu "}\n    - {reaction: B + 0 -> 2 B, rate: " mu       \
    "}\n    - {reaction: C + 0 -> 2 C, rate: " mu "}\n"

/* From the fixed point a = mu/(3 mu + sigma) of each, small deviations z = a + b exp(2 pi i/3) + c
 * exp(4 pi i/3) grow as exp((c1 - i omega) t), c1 = mu sigma/(2 (3 mu + sigma)), omega = sqrt(3)
 * c1: the ratio does not depend on the rates, so no choice of them is near a Hopf bifurcation. */
static void linear_growth(void)
{
    const double mu = 0.7, sigma = 1.6, c1 = 0.5 * mu * sigma / (3 * mu + sigma);
    const double a = mu / (3 * mu + sigma);
    double phase[2], size[2];
    test_run r;
    run_open(
        &r,
        "model: reaction_diffusion\ngrid: {n: 4, length: 4}\nreaction_diffusion:\n"
        "  capacity: 1\n" CYCLE("0.7", "1.6") "initial: {type: homogeneous, density: {A: %.17g, "
                                              "B: %.17g, C: %.17g}}\ntime: {end: 100, dt: 0.02}\n",
        a + 2e-6, a - 1e-6, a - 1e-6);
    for (int i = 0; i < 2; i++) {
        double d[3];
        run_to(&r, i ? 6.0 : 2.0);
        run_get(&r, "density", d);
        double re = d[0] - 0.5 * (d[1] + d[2]), im = sqrt(0.75) * (d[1] - d[2]);
        phase[i] = atan2(im, re);
        size[i] = hypot(re, im);
    }
    CHECK_NEAR(log(size[1] / size[0]) / 4, c1, 1e-4);
    CHECK_NEAR(fabs(remainder(phase[1] - phase[0], 2 * M_PI)) / 4, sqrt(3) * c1, 1e-4);
    run_close(&r);
}

/* Mean wavenumber of a spectrum of n shells, the first at wavenumber first * step, weighted with k
 * S(k), up to most. */
static double mean_wavenumber(const double *s, int first, int n, double step, double most)
{
    double sum = 0, weights = 0;
    for (int b = 0; b < n && (first + b) * step < most; b++) {
        double k = (first + b) * step;
        sum += k * k * s[b];
        weights += k * s[b];
    }
    return sum / weights;
}

/* Spirals on the lattice against those of its rate equations from random states. Hops at 4 D and
 * exchange attempts at 2 D make each of two unlike neighbours, or a particle and an empty
 * neighbour, change places at the rate D: diffusion D for all. The same measure on both, the mean
 * wavenumber below most, is taken over the second half of the time. The lattice's waves are longer
 * (correlations of neighbours slow the reactions) by a factor that falls with D: in other runs 1.18
 * at D = 1/2, 1.09 at 2, 1.08 at 5; a wrong diffusion would change it by sqrt(2). */
static void compare(int n, double D, int dx, double end, double expected, double tolerance)
{
    char size[32], model[1024];
    static double s[2048];
    double k[2] = {0}, step = 2 * M_PI / n, most = 8 * M_PI / (20.5 * sqrt(8 * D));
    int records = 0;
    snprintf(size, sizeof size, "[%d, %d]", n, n);
    snprintf(
        model, sizeof model,
        "  hopping: %g\n  exchange: %g\n" CYCLE("1", "1") "observe: {list: [structure_factor_A]}\n",
        4 * D, 2 * D);
    lattice l;
    CHECK(lattice_make(MPI_COMM_SELF, size, model, "{type: random, density: 0.25}", 1, &l) ==
          WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    test_run r;
    run_open(&r,
             "model: reaction_diffusion\ngrid: {n: [%d, %d], length: [%d, %d]}\n"
             "reaction_diffusion:\n  capacity: 1\n  diffusion: %g\n" CYCLE(
                 "1", "1") "initial: {type: random, density: 0.25}\nobserve: {list: "
                           "[structure_factor_A]}\ntime: {end: 1000, dt: %g}\n",
             n / dx, n / dx, n, n, D, 0.125 * dx * dx / D);
    for (double t = end / 2; t <= end; t += 5, records++) {
        CHECK(lattice_advance(&l, t) == WEFT_OK);
        lattice_observe(&l, "structure_factor_A", s);
        k[0] += mean_wavenumber(s, 0, n / 2, step, most);
        run_to(&r, t);
        run_get(&r, "structure_factor_A", s);
        k[1] += mean_wavenumber(s, 1, n / 2 / dx, step, most);
    }
    printf("May-Leonard, D = %g, %d x %d: mean wavenumber %.4f on the lattice, %.4f of the rate "
           "equations, ratio of the wavelengths %.3f\n",
           D, n, n, k[0] / records, k[1] / records, k[1] / k[0]);
    CHECK_NEAR(k[1] / k[0], expected, tolerance);
    lattice_free(&l);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const bool slow = getenv("WEFT_SLOW") && strcmp(getenv("WEFT_SLOW"), "0") != 0;
    linear_growth();
    if (slow)
        compare(512, 2, 2, 300, 1.09, 0.08);
    else
        compare(128, 0.5, 1, 160, 1.18, 0.15);
    return check_end();
}
