/* Critical reaction lattices: directed percolation from the contact process in one and two
 * dimensions, the extinction threshold and the oscillations of Lotka-Volterra. Full size with
 * WEFT_SLOW=1; a name (decay, spreading, plane, threshold, oscillation) runs that part alone. */
#include "reaction.h"

enum { TIMES = 8, REPLICAS = 256 };

static bool slow;

#define CONTACT(lambda)                                                                            \
    "  species: [A]\n  reactions:\n    - {reaction: A -> 0, rate: 1}\n"                            \
    "    - {reaction: A -> 2 A, rate: " lambda "}\n"

typedef struct estimate {
    double value, error;
} estimate;

static estimate mean_of(int n, const double *x)
{
    double mean = 0, square = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] / n;
    for (int i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean);
    return (estimate){mean, sqrt(square / n / (n - 1))};
}

/* Densities of species A at n times of several replicas from a full lattice; prints the exponent
 * between neighbouring times and returns that between two of them, with standard errors. */
static estimate decay_slope(lattice *l, const char *what, int replicas, int n, const double *t,
                            int from, int to)
{
    static double density[TIMES][REPLICAS];
    double slope[REPLICAS];
    for (int r = 0; r < replicas; r++) {
        lattice_restart(l, (uint32_t)r);
        for (int k = 0; k < n; k++) {
            CHECK(lattice_advance(l, t[k]) == WEFT_OK);
            density[k][r] = lattice_observe(l, "density_A", NULL);
        }
    }
    estimate e = {0};
    for (int pair = 1; pair <= n; pair++) {
        int a = pair < n ? pair - 1 : from, b = pair < n ? pair : to;
        for (int r = 0; r < replicas; r++)
            slope[r] = log(density[a][r] / density[b][r]) / log(t[b] / t[a]);
        e = mean_of(replicas, slope);
        printf("%s: t = %g to %g: exponent %.4f +- %.4f\n", what, t[a], t[b], e.value, e.error);
    }
    return e;
}

/* Contact process in 1D at its critical point (lambda 3.297848): rho ~ t^-delta with delta 0.159464
 * (Jensen 1999, series). */
static void decay(void)
{
    const double large[] = {3, 10, 30, 100, 300, 1000}, small[] = {5, 20, 100};
    lattice l = lattice_open(slow ? "[65536]" : "[16384]", CONTACT("3.297848"),
                             "{type: full, species: A}", 5);
    estimate e = slow ? decay_slope(&l, "contact process 1D", 64, 6, large, 2, 5)
                      : decay_slope(&l, "contact process 1D", 12, 3, small, 0, 2);
    CHECK_NEAR(e.value, 0.159464, 4 * e.error + (slow ? 0 : 0.004)); /* corrections to scaling */
    CHECK(e.error < (slow ? 0.0015 : 0.01));
    lattice_free(&l);
}

/* In 2D (lambda 1.64874): delta 0.4505(10). */
static void plane(void)
{
    const double large[] = {10, 25, 50, 100, 200, 400}, small[] = {5, 10, 30};
    lattice l = lattice_open(slow ? "[1024, 1024]" : "[256, 256]", CONTACT("1.64874"),
                             "{type: full, species: A}", 7);
    estimate e = slow ? decay_slope(&l, "contact process 2D", 4, 6, large, 2, 5)
                      : decay_slope(&l, "contact process 2D", 6, 3, small, 0, 2);
    CHECK_NEAR(e.value, 0.4505, 4 * e.error + (slow ? 0.01 : 0.03)); /* corrections to scaling */
    CHECK(e.error < 0.02);
    lattice_free(&l);
}

/* Sums over replicas from one seed at a time: particles n, n^2, n of the earlier time times n,
 * replicas alive, n times the mean squared distance. */
typedef struct growth {
    double n, square, cross, alive, spread;
} growth;

static void spreading_exponents(const growth *a, const growth *b, double t1, double t2,
                                double theta[2])
{
    double span = log(t2 / t1);
    double va = a->square / (a->n * a->n), vb = b->square / (b->n * b->n);
    theta[0] = log(b->n / a->n) / span;
    theta[1] = sqrt(fmax(0, va + vb - 2 * b->cross / (a->n * b->n))) / span;
    double delta = log(a->alive / b->alive) / span;
    double error = sqrt(1 / b->alive - 1 / a->alive) / span;
    double z2 = log(b->spread / b->n * a->n / a->spread) / span;
    printf(
        "spreading: t = %g to %g: theta = %.4f +- %.4f (0.3137), delta' = %.4f +- %.4f (0.1595), "
        "2/z = %.3f (1.265)\n",
        t1, t2, theta[0], theta[1], delta, error, z2);
    CHECK_NEAR(theta[0], 0.313686, 4 * theta[1] + 0.003); /* corrections to scaling */
    CHECK_NEAR(delta, 0.159464, 4 * error + 0.003);
    CHECK_NEAR(z2, 1.265, slow ? 0.03 : 0.1);
}

/* From one seed: the mean number of particles grows as t^theta, theta 0.313686, and R^2 of the
 * survivors as t^(2/z), 1.265. */
static void spreading(void)
{
    const int replicas = slow ? 40000 : 1500;
    const double t[3] = {slow ? 20 : 10, slow ? 80 : 25, slow ? 300 : 60};
    growth sum[3] = {{0}};
    double theta[2];
    lattice l = lattice_open("[512]", CONTACT("3.297848"), "{type: seed, species: A}", 6);
    for (int r = 0; r < replicas; r++) {
        double first = 0;
        lattice_restart(&l, (uint32_t)r);
        for (int k = 0; k < 3; k++) {
            CHECK(lattice_advance(&l, t[k]) == WEFT_OK);
            double n = lattice_observe(&l, "active_sites", NULL);
            first = k ? first : n;
            if (n == 0)
                break;
            sum[k].n += n;
            sum[k].square += n * n;
            sum[k].cross += n * first;
            sum[k].alive += 1;
            sum[k].spread += n * lattice_observe(&l, "mean_square_spread", NULL);
        }
    }
    spreading_exponents(&sum[0], &sum[1], t[0], t[1], theta);
    spreading_exponents(&sum[0], &sum[2], t[0], t[2], theta);
    CHECK(theta[1] < (slow ? 0.003 : 0.03));
    lattice_free(&l);
}

/* Lotka-Volterra in 2D, birth of prey 1, death of predators 0.025, no hops: predators die out below
 * a predation rate near 0.0416 (Chen, Tauber 2016: 0.0416(1), there with another choice of
 * neighbours), where mean field would have it at 0.025. At the threshold the density falls with an
 * effective exponent near 0.54 (their 0.540(7); directed percolation for later times: 0.45), below
 * it exponentially, above it to a plateau. */
static double predators(double lambda, const double t[2], double density[2])
{
    char model[256];
    snprintf(model, sizeof model,
             "  species: [A, B]\n  reactions:\n    - {reaction: A -> 0, rate: 0.025}\n"
             "    - {reaction: B -> 2 B, rate: 1}\n    - {reaction: A + B -> 2 A, rate: %g}\n",
             lambda);
    lattice l = lattice_open(slow ? "[1024, 1024]" : "[192, 192]", model,
                             "{type: random, density: {A: 0.3, B: 0.3}}", 8);
    for (int k = 0; k < 2; k++) {
        CHECK(lattice_advance(&l, t[k]) == WEFT_OK);
        density[k] = lattice_observe(&l, "density_A", NULL);
    }
    double slope = log(density[0] / density[1]) / log(t[1] / t[0]);
    printf("Lotka-Volterra, predation %g: predators %.4f at t = %g, %.4f at %g: exponent %.3f\n",
           lambda, density[0], t[0], density[1], t[1], slope);
    lattice_free(&l);
    return slope;
}

static void threshold(void)
{
    const double t[2] = {slow ? 1024 : 256, slow ? 2048 : 768};
    double d[2];
    CHECK(predators(0.034, t, d) > 1);
    double critical = predators(0.0416, t, d);
    CHECK_NEAR(critical, 0.54, slow ? 0.1 : 0.25);
    CHECK_NEAR(predators(0.05, t, d), 0, slow ? 0.05 : 0.15);
    CHECK_NEAR(d[1], 0.298, slow ? 0.01 : 0.05);
    CHECK_NEAR(predators(0.06, t, d), 0, slow ? 0.02 : 0.1);
    CHECK_NEAR(d[1], 0.423, slow ? 0.01 : 0.03);
}

/* Power |sum_j x_j exp(-i w j)|^2 of n values. */
static double power_at(int n, const double *x, double w)
{
    double re = 0, im = 0;
    for (int j = 0; j < n; j++) {
        re += x[j] * cos(w * j);
        im += x[j] * sin(w * j);
    }
    return re * re + im * im;
}

/* Lotka-Volterra in 2D well above the threshold: the densities oscillate erratically. Linear mean
 * field about a = 0.3, b = 0.1 has the frequency sqrt((sigma + lambda) lambda a b - (sigma b)^2/4)
 * = 0.2107; correlations lower it (Mobilia, Georgiev, Tauber 2007). Spectrum in bands 0.04 wide
 * of the time series, one sample a unit of time. */
static void oscillation(void)
{
    const int replicas = slow ? 16 : 4, n = slow ? 1024 : 512, start = 100, last = n / 12,
              half = n / 340;
    const double step = 2 * M_PI / n, field = sqrt(1.5 * 0.3 * 0.1 - 0.025 * 0.025);
    static double x[1024], spectrum[1024], mean[REPLICAS];
    lattice l = lattice_open(slow ? "[256, 256]" : "[96, 96]", LOTKA_VOLTERRA,
                             "{type: random, density: {A: 0.3, B: 0.1}}", 9);
    for (int r = 0; r < replicas; r++) {
        double average = 0, weights = 0;
        lattice_restart(&l, (uint32_t)r);
        for (int i = 0; i < n; i++) {
            CHECK(lattice_advance(&l, start + i) == WEFT_OK);
            x[i] = lattice_observe(&l, "density_A", NULL);
            average += x[i] / n;
        }
        for (int i = 0; i < n; i++)
            x[i] -= average;
        mean[r] = 0;
        for (int b = 1; b < last; b++) {
            double p = power_at(n, x, b * step);
            spectrum[b] += p / replicas;
            mean[r] += b * step * p;
            weights += p;
        }
        mean[r] /= weights;
    }
    int peak = 0;
    double most = 0, slowest = 0;
    for (int b = 1 + half; b < last - half; b++) {
        double band = 0;
        for (int k = -half; k <= half; k++)
            band += spectrum[b + k] / (2 * half + 1);
        slowest = b == 1 + half ? band : slowest;
        peak = band > most ? b : peak;
        most = fmax(band, most);
    }
    estimate e = mean_of(replicas, mean);
    printf("Lotka-Volterra oscillation: peak at %.3f (+- %.3f), mean frequency %.4f +- %.4f, mean "
           "field %.4f; peak over the slowest band %.1f\n",
           peak * step, half * step, e.value, e.error, field, most / slowest);
    CHECK_NEAR(peak * step, 0.13, 0.03);
    CHECK(most > 3 * slowest);
    CHECK(e.value + 4 * e.error < field);
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    slow = getenv("WEFT_SLOW") && strcmp(getenv("WEFT_SLOW"), "0") != 0;
    const struct {
        const char *name;
        void (*run)(void);
    } part[] = {{"decay", decay},
                {"spreading", spreading},
                {"plane", plane},
                {"threshold", threshold},
                {"oscillation", oscillation}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (argc < 2 || strcmp(argv[1], part[i].name) == 0)
            part[i].run();
    return check_end();
}
