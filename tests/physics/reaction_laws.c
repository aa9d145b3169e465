/* Laws of reaction lattices: exact amplitudes and exponents. Full size with WEFT_SLOW=1. */
#include "reaction.h"

static bool slow;

static lattice make(const char *n, const char *model, const char *initial, int seed)
{
    lattice l;
    CHECK(lattice_make(MPI_COMM_SELF, n, model, initial, seed, &l) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    return l;
}

/* Annihilation in 1D: c = 1/sqrt(8 pi D t) with D half the hop rate; coagulation twice that. The
 * number of particles left, M = c N, has a variance below its mean (anticorrelated), so 1/sqrt(M)
 * bounds the relative error; corrections to the law are of the order 1/t. */
static void annihilation(void)
{
    const char *n = slow ? "[2097152]" : "[262144]";
    const double time = slow ? 1000 : 100;
    for (int coagulation = 0; coagulation < 2; coagulation++) {
        char model[256];
        snprintf(model, sizeof model,
                 "  species: [A]\n  hopping: 1\n  reactions: [{reaction: 2 A -> %s, rate: "
                 "contact}]\n",
                 coagulation ? "A" : "0");
        lattice l = make(n, model, "{type: random, density: 0.5}", 3);
        CHECK(lattice_advance(&l, time) == WEFT_OK);
        double c = lattice_observe(&l, "density_A", NULL);
        double left = c * (double)weft_grid_sites(l.sim->grid);
        double amplitude = c * sqrt(8 * 3.14159265358979323846 * 0.5 * time);
        double target = coagulation ? 2 : 1, error = target / sqrt(left);
        printf("%s: c sqrt(8 pi D t) = %.4f +- %.4f at t = %g, expected %g\n",
               coagulation ? "coagulation" : "annihilation", amplitude, error, time, target);
        CHECK_NEAR(amplitude, target, 4 * error + target / time);
        lattice_free(&l);
    }
}

static const char *const contact_1d = "  species: [A]\n  reactions:\n"
                                      "    - {reaction: A -> 0, rate: 1}\n"
                                      "    - {reaction: A -> 2 A, rate: 3.297848}\n";

/* Contact process in 1D at its critical point (lambda 3.297848): rho ~ t^-delta with delta 0.159464
 * (Jensen 1999, series). */
static void decay(void)
{
    const int replicas = slow ? 32 : 12;
    const double t[2] = {slow ? 30 : 5, slow ? 1000 : 100};
    double log_ratio[64], mean = 0, square = 0;
    lattice l = make(slow ? "[65536]" : "[16384]", contact_1d, "{type: full, species: A}", 5);
    for (int r = 0; r < replicas; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_advance(&l, t[0]) == WEFT_OK);
        double early = lattice_observe(&l, "density_A", NULL);
        CHECK(lattice_advance(&l, t[1]) == WEFT_OK);
        log_ratio[r] = log(early / lattice_observe(&l, "density_A", NULL)) / log(t[1] / t[0]);
        mean += log_ratio[r] / replicas;
    }
    for (int r = 0; r < replicas; r++)
        square += (log_ratio[r] - mean) * (log_ratio[r] - mean);
    double error = sqrt(square / replicas / (replicas - 1));
    printf("contact process: delta = %.4f +- %.4f, expected 0.1595\n", mean, error);
    CHECK_NEAR(mean, 0.159464, 4 * error + (slow ? 0.0015 : 0.004)); /* corrections to scaling */
    CHECK(error < 0.01);
    lattice_free(&l);
}

/* From one seed: the mean number of particles grows as t^theta, theta 0.313686, and R^2 of the
 * survivors as t^(2/z), 1.265. */
static void spreading(void)
{
    const int replicas = slow ? 60000 : 1500;
    const double t[2] = {slow ? 20 : 10, slow ? 500 : 60};
    double sum[2] = {0}, square[2] = {0}, cross = 0, spread[2] = {0}, alive[2] = {0};
    lattice l = make(slow ? "[4096]" : "[1024]", contact_1d, "{type: seed, species: A}", 6);
    for (int r = 0; r < replicas; r++) {
        double n[2];
        lattice_restart(&l, (uint32_t)r);
        for (int k = 0; k < 2; k++) {
            CHECK(lattice_advance(&l, t[k]) == WEFT_OK);
            n[k] = lattice_observe(&l, "active_sites", NULL);
            sum[k] += n[k];
            square[k] += n[k] * n[k];
            alive[k] += lattice_observe(&l, "survival", NULL);
            spread[k] += n[k] * lattice_observe(&l, "mean_square_spread", NULL);
        }
        cross += n[0] * n[1];
    }
    double span = log(t[1] / t[0]), theta = log(sum[1] / sum[0]) / span;
    double v0 = square[0] / (sum[0] * sum[0]), v1 = square[1] / (sum[1] * sum[1]);
    double error = sqrt(v0 + v1 - 2 * cross / (sum[0] * sum[1])) / span;
    double delta = log(alive[0] / alive[1]) / span;
    double delta_error = sqrt(1 / alive[1] - 1 / alive[0]) / span;
    double z2 = log(spread[1] / sum[1] * sum[0] / spread[0]) / span;
    printf("spreading: theta = %.4f +- %.4f (0.3137), delta' = %.4f +- %.4f (0.1595), 2/z = %.3f "
           "(1.265)\n",
           theta, error, delta, delta_error, z2);
    CHECK_NEAR(theta, 0.313686, 4 * error + 0.003); /* corrections to scaling */
    CHECK_NEAR(delta, 0.159464, 4 * delta_error + 0.003);
    CHECK_NEAR(z2, 1.265, slow ? 0.03 : 0.1);
    lattice_free(&l);
}

/* Lotka-Volterra in 2D, mu 0.1, sigma 0.5, lambda 1, D 1, from random densities: the reference
 * 0.25160(9) and 0.07539(7) at t = 20 are from runs on 4096^2 with seeds 11 to 14. */
static void lotka_volterra(void)
{
    const int size = slow ? 2048 : 512;
    char n[32];
    double d[2];
    snprintf(n, sizeof n, "[%d, %d]", size, size);
    lattice l = make(n, LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2068}}", 2);
    CHECK(lattice_advance(&l, 20) == WEFT_OK);
    lattice_observe(&l, "density", d);
    double error = 0.9 / size; /* measured scatter of runs on 512^2: 1.7e-3 */
    printf("Lotka-Volterra: %.5f %.5f +- %.5f\n", d[0], d[1], error);
    CHECK_NEAR(d[0], 0.25160, 4 * error + 1e-4);
    CHECK_NEAR(d[1], 0.07539, 4 * error + 1e-4);
    lattice_free(&l);
}

/* A + B -> 0 by contact: the difference of the numbers stays, which the guard checks; the density
 * falls slower than without fluctuations (1/t): t^(-1/4) in 1D. */
static void segregation(void)
{
    lattice l = make(slow ? "[1048576]" : "[65536]",
                     "  species: [A, B]\n  hopping: 1\n"
                     "  reactions: [{reaction: A + B -> 0, rate: contact}]\n",
                     "{type: random, density: 0.5}", 4);
    double t[2] = {slow ? 200 : 50, slow ? 3200 : 400}, c[2];
    for (int k = 0; k < 2; k++) {
        CHECK(lattice_advance(&l, t[k]) == WEFT_OK);
        c[k] = lattice_observe(&l, "density_A", NULL);
    }
    double slope = log(c[0] / c[1]) / log(t[1] / t[0]);
    printf("A + B -> 0: c ~ t^-%.3f, expected 0.25\n", slope);
    CHECK_NEAR(slope, 0.25, slow ? 0.02 : 0.04);
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    slow = getenv("WEFT_SLOW") && strcmp(getenv("WEFT_SLOW"), "0") != 0;
    annihilation();
    decay();
    spreading();
    lotka_volterra();
    segregation();
    return check_end();
}
