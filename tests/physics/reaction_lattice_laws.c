/* Laws of reaction lattices: exact amplitudes and exponents. Full size with WEFT_SLOW=1; a name
 * (annihilation, lotka_volterra, 1, 2, 3: A + B -> 0 in so many dimensions) runs that part alone.
 */
#include "reaction.h"

static bool slow;

/* Annihilation in 1D: c = 1/sqrt(8 pi D t) with D half the hop rate; coagulation twice that. The
 * number of particles left, M = c N, has a variance below its mean (anticorrelated), so 1/sqrt(M)
 * bounds the relative error; corrections to the law are of the order 1/t. */
static void annihilation(void)
{
    const char *n = slow ? "[2097152]" : "[262144]";
    const double time = slow ? 1000 : 100;
    const int replicas = slow ? 4 : 1;
    for (int coagulation = 0; coagulation < 2; coagulation++) {
        char model[256];
        snprintf(model, sizeof model,
                 "  species: [A]\n  hopping: 1\n  reactions: [{reaction: 2 A -> %s, rate: "
                 "contact}]\n",
                 coagulation ? "A" : "0");
        lattice l = lattice_open(n, model, "{type: random, density: 0.5}", 3);
        double c = 0;
        for (int r = 0; r < replicas; r++) {
            lattice_restart(&l, (uint32_t)r);
            CHECK(lattice_advance(&l, time) == WEFT_OK);
            c += lattice_observe(&l, "density_A", NULL) / replicas;
        }
        double left = replicas * c * (double)weft_grid_sites(l.sim->grid);
        double amplitude = c * sqrt(8 * M_PI * 0.5 * time);
        double target = coagulation ? 2 : 1, error = target / sqrt(left);
        printf("%s: c sqrt(8 pi D t) = %.4f +- %.4f at t = %g, expected %g\n",
               coagulation ? "coagulation" : "annihilation", amplitude, error, time, target);
        CHECK_NEAR(amplitude, target, 4 * error + target / time);
        lattice_free(&l);
    }
}

/* Lotka-Volterra in 2D, mu 0.1, sigma 0.5, lambda 1, D 1, from random densities: the reference
 * 0.25160(9) and 0.07539(7) at t = 20 are from runs on 4096^2 with seeds 11 to 14. */
static void lotka_volterra(void)
{
    const int size = slow ? 2048 : 512;
    char n[32];
    double d[2];
    snprintf(n, sizeof n, "[%d, %d]", size, size);
    lattice l = lattice_open(n, LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2068}}", 2);
    CHECK(lattice_advance(&l, 20) == WEFT_OK);
    lattice_observe(&l, "density", d);
    double error = 0.9 / size; /* measured scatter of runs on 512^2: 1.7e-3 */
    printf("Lotka-Volterra: %.5f %.5f +- %.5f\n", d[0], d[1], error);
    CHECK_NEAR(d[0], 0.25160, 4 * error + 1e-4);
    CHECK_NEAR(d[1], 0.07539, 4 * error + 1e-4);
    lattice_free(&l);
}

/* A + B -> 0 by contact from a full lattice, half A, half B at random. The difference of the
 * numbers at a site obeys the diffusion equation in the mean, with D = 1/(2d), and where the
 * species have segregated c = <|difference|>/2: c = sqrt(p/pi) (8 pi D t)^(-d/4), p = 1/2
 * (Toussaint, Wilczek 1983; Lee, Cardy 1995: leading for d < 4). The reaction at the borders of
 * domains adds terms that fall only a little faster: the effective exponent between two times lies
 * above d/4 and the amplitude above the exact one, by less the later; in 3D these times are too
 * early for segregation. Relative errors are those of as many pieces as the lattice has of size (8
 * pi D t)^(1/2). */
typedef struct segregation_case {
    const char *n;
    double t[2];
    double excess;    /* of the exponent over d/4 that the corrections may make */
    double amplitude; /* at the later time over the exact one, at most */
} segregation_case;

static const segregation_case segregations[2][3] = {{{"[131072]", {50, 400}, 0.02, 1.2},
                                                     {"[256, 256]", {20, 100}, 0.1, 1.5},
                                                     {"[48, 48, 48]", {5, 20}, 0.2, 3}},
                                                    {{"[1048576]", {200, 3200}, 0.02, 1.1},
                                                     {"[2048, 2048]", {100, 1000}, 0.08, 1.25},
                                                     {"[192, 192, 192]", {30, 300}, 0.2, 2}}};

static void segregation(int d)
{
    const segregation_case *k = &segregations[slow][d - 1];
    const double *t = k->t;
    double c[2], amplitude[2];
    lattice l = lattice_open(k->n,
                             "  species: [A, B]\n  hopping: 1\n"
                             "  reactions: [{reaction: A + B -> 0, rate: contact}]\n",
                             "{type: random, density: 0.5}", 4);
    for (int i = 0; i < 2; i++) {
        CHECK(lattice_advance(&l, t[i]) == WEFT_OK);
        double both[2];
        lattice_observe(&l, "density", both);
        c[i] = 0.5 * (both[0] + both[1]); /* their difference stays as it began */
        amplitude[i] = c[i] * sqrt(2 * M_PI) * pow(8 * M_PI * t[i] / (2 * d), d / 4.0);
    }
    double slope = log(c[0] / c[1]) / log(t[1] / t[0]);
    double pieces = (double)weft_grid_sites(l.sim->grid) / pow(8 * M_PI * t[1] / (2 * d), d / 2.0);
    double error = 1 / sqrt(pieces), spread = error / log(t[1] / t[0]);
    printf(
        "A + B -> 0 in %dD: c ~ t^-%.4f (+- %.4f) for t = %g to %g, expected %.2f; amplitude over "
        "the exact one %.3f, %.3f (+- %.3f)\n",
        d, slope, spread, t[0], t[1], d / 4.0, amplitude[0], amplitude[1], error);
    CHECK(slope > d / 4.0 - 4 * spread && slope < d / 4.0 + k->excess + 4 * spread);
    CHECK(amplitude[1] > 1 - 4 * error && amplitude[1] < k->amplitude + 4 * error);
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    slow = getenv("WEFT_SLOW") && strcmp(getenv("WEFT_SLOW"), "0") != 0;
    const char *only = argc > 1 ? argv[1] : NULL;
    if (!only || strcmp(only, "annihilation") == 0)
        annihilation();
    if (!only || strcmp(only, "lotka_volterra") == 0)
        lotka_volterra();
    for (int d = 1; d <= 3; d++)
        if (!only || atoi(only) == d)
            segregation(d);
    return check_end();
}
