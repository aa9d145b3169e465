/* The fast method: its bias against the exact method falls as tau^2, and is gone at small tau. */
#include "model/reaction_lattice/fast/fast.h"
#include "reaction.h"
#include "weft/memory.h"

static double density(const char *n, const char *model, const char *initial, const char *method,
                      double time, int replicas, double *error)
{
    lattice l;
    char text[1024];
    double sum = 0, square = 0;
    snprintf(text, sizeof text, "%s%s", model, method);
    CHECK(lattice_make(MPI_COMM_SELF, n, text, initial, 5, &l) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    for (int r = 0; r < replicas; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_advance(&l, time) == WEFT_OK);
        double d = lattice_observe(&l, "density_A", NULL);
        sum += d;
        square += d * d;
    }
    lattice_free(&l);
    double mean = sum / replicas;
    *error = sqrt((square / replicas - mean * mean) / (replicas - 1));
    return mean;
}

static const char *const contact_process =
    "  species: [A]\n  reactions:\n    - {reaction: A -> 0, rate: 1}\n"
    "    - {reaction: A -> 2 A, rate: 1.6488}\n";

/* Contact process near its critical point, where the bias is large (density about 0.35 at t = 4).
 */
static void falls_as_tau2(void)
{
    const char *n = "[256, 256]", *start = "{type: random, density: 0.5}";
    double e0, e1, e2;
    double exact = density(n, contact_process, start, "", 4, 80, &e0);
    double coarse =
        density(n, contact_process, start, "  method: fast\n  tau: 0.3333333\n", 4, 80, &e1);
    double fine =
        density(n, contact_process, start, "  method: fast\n  tau: 0.1666667\n", 4, 80, &e2);
    double b1 = coarse - exact, b2 = fine - exact, error = hypot(e0, hypot(e1, 4 * e2));
    printf("contact process: exact %.5f +- %.5f, bias at 1/3: %.5f, at 1/6: %.5f\n", exact, e0, b1,
           b2);
    CHECK(fabs(b1) > 10 * hypot(e0, e1));
    /* ratio 4 up to the next order, which is a few per cent of the bias */
    CHECK_NEAR(b1, 4 * b2, 4.5 * error + 0.15 * fabs(b1));
}

static void vanishes(const char *n, const char *model, const char *start, double tau)
{
    char method[64];
    double e0, e1;
    snprintf(method, sizeof method, "  method: fast\n  tau: %g\n", tau);
    double exact = density(n, model, start, "", 3, 40, &e0);
    double fast = density(n, model, start, method, 3, 40, &e1);
    printf("%s: exact %.5f +- %.5f, fast %.5f +- %.5f\n", n, exact, e0, fast, e1);
    CHECK_NEAR(fast, exact, 4.5 * hypot(e0, e1));
}

#define ROCK_PAPER_SCISSORS                                                                        \
    "  species: [A, B, C]\n  hopping: 1.0\n  reactions:\n"                                         \
    "    - {reaction: A + B -> 2 A, rate: 1}\n"                                                    \
    "    - {reaction: B + C -> 2 B, rate: 1}\n"                                                    \
    "    - {reaction: C + A -> 2 C, rate: 1}\n"

/* The printed bias: exact operators on a ring. */
static void printed(const char *model, int ring)
{
    double time, bias[3][WEFT_MAX_SPECIES];
    lattice l = lattice_open("[128]", model, "{type: full, species: A}", 1);
    const rl_lattice *lat = l.sim->data;
    for (int k = 0; k < 3; k++)
        CHECK(rl_splitting_bias(&lat->channels, 0.2 / (1 << k), &time, bias[k]) == ring);
    for (int s = 0; s < lat->cfg.net.n_species; s++) {
        printf("ring of %d, species %d: %.3e %.3e %.3e\n", ring, s, bias[0][s], bias[1][s],
               bias[2][s]);
        CHECK(fabs(bias[0][s]) < 5e-3 && fabs(bias[2][s]) > 1e-7);
        CHECK_NEAR(bias[0][s] / bias[1][s], 4, 0.5);
        CHECK_NEAR(bias[1][s] / bias[2][s], 4, 0.3);
    }
    lattice_free(&l);
}

/* Particles that die on their own: N (1 - exp(-t)) deaths, binomial, for any tau. With chances of
 * 1e-4 a step a good part of them is decided by the later bits of the random numbers. The survivors
 * are independent: no correlation at any distance along the axes. */
static void random_bits(void)
{
    lattice l;
    const double sites = 1024 * 1024, t[2] = {0.01, 0.7};
    const char *model = "  species: [A]\n  reactions:\n    - {reaction: A -> 0, rate: 1}\n"
                        "  method: fast\n  tau: 5e-5\n";
    CHECK(lattice_make(MPI_COMM_SELF, "[1024, 1024]", model, "{type: full, species: A}", 9, &l) ==
          WEFT_OK);
    for (int k = 0; k < 2; k++) {
        double p = exp(-t[k]), found[17];
        ((rl_lattice *)l.sim->data)->cfg.tau = k ? 0.02 : 5e-5;
        CHECK(lattice_advance(&l, t[k]) == WEFT_OK);
        double left = lattice_observe(&l, "density_A", NULL);
        printf("deaths until %g: %.0f, expected %.0f\n", t[k], sites * (1 - left), sites * (1 - p));
        CHECK_NEAR(left, p, 4 * sqrt(p * (1 - p) / sites));
        found[1] = NAN;
        lattice_observe(&l, "pair_AA", found);
        for (int r = 1; r <= 16; r++)
            CHECK_NEAR(found[r], 0, 4.5 * p * (1 - p) / sqrt(2 * sites));
    }
    lattice_free(&l);
}

#define COUNTED "\nobserve: {list: [events]}"

/* Sites on their own: A appears at rate a = 0.8 on empty ones and dies at rate d = 0.5. With
 * q = a/(a+d) the density is q (1 - exp(-(a+d) t)) and the deaths per site d times its integral,
 * with the exact number of events between within a long step. */
static void events_of_sites(void)
{
    lattice l;
    double event[4];
    const double sites = 512 * 384, a = 0.8, d = 0.5, k = a + d, t = 3, q = a / k;
    CHECK(lattice_make(MPI_COMM_SELF, "[384, 512]",
                       "  species: [A]\n  method: fast\n  tau: 1\n  reactions:\n"
                       "    - {reaction: A -> 0, rate: 0.5}\n    - {reaction: 0 -> A, rate: 0.8}\n",
                       "{type: random, density: 0}" COUNTED, 4, &l) == WEFT_OK);
    CHECK(lattice_advance(&l, t) == WEFT_OK);
    lattice_observe(&l, "events", event);
    double left = lattice_observe(&l, "density_A", NULL) * sites;
    double deaths = sites * d * q * (t - (1 - exp(-k * t)) / k);
    double births = sites * a * ((1 - q) * t + q * (1 - exp(-k * t)) / k);
    printf("deaths %.0f, expected %.0f; births %.0f, expected %.0f\n", event[0], deaths, event[1],
           births);
    CHECK_NEAR(event[1] - event[0], left, 2);       /* each a whole number below the sum so far */
    CHECK_NEAR(event[0], deaths, 4 * sqrt(deaths)); /* narrower than Poisson's law */
    CHECK_NEAR(event[1], births, 4 * sqrt(births));
    lattice_free(&l);
}

/* The events of all kinds against those of the exact method, and their balance with the numbers of
 * particles. */
static void events_of_bonds(void)
{
    enum { REPLICAS = 40, KINDS = 5 };
    const char *start = "{type: random, density: {A: 0.3, B: 0.2}}" COUNTED;
    double sum[2][KINDS] = {{0}}, square[2][KINDS] = {{0}};
    for (int m = 0; m < 2; m++) {
        lattice l;
        CHECK(lattice_make(MPI_COMM_SELF, "[6, 256]",
                           m ? LOTKA_VOLTERRA "  exchange: 0.5\n  method: fast\n  tau: 0.04\n"
                             : LOTKA_VOLTERRA "  exchange: 0.5\n",
                           start, 6, &l) == WEFT_OK);
        CHECK_TEXT(weft_error_message(), "");
        for (int r = 0; r < REPLICAS; r++) {
            double e[KINDS];
            lattice_restart(&l, (uint32_t)r);
            const double sites = 6 * 256;
            double a = lattice_observe(&l, "density_A", NULL) * sites;
            double b = lattice_observe(&l, "density_B", NULL) * sites;
            CHECK(lattice_advance(&l, 3) == WEFT_OK);
            lattice_observe(&l, "events", e);
            a = lattice_observe(&l, "density_A", NULL) * sites - a;
            b = lattice_observe(&l, "density_B", NULL) * sites - b;
            /* whole numbers, but for the rounding of a mean times the sites */
            CHECK_NEAR(e[2] - e[0], a, m ? 2 : 1e-9);
            CHECK_NEAR(e[1] - e[2], b, m ? 2 : 1e-9);
            for (int k = 0; k < KINDS; k++) {
                sum[m][k] += e[k];
                square[m][k] += e[k] * e[k];
            }
        }
        lattice_free(&l);
    }
    for (int k = 0; k < KINDS; k++) {
        double mean[2], variance[2];
        for (int m = 0; m < 2; m++) {
            mean[m] = sum[m][k] / REPLICAS;
            variance[m] = (square[m][k] / REPLICAS - mean[m] * mean[m]) / (REPLICAS - 1);
        }
        printf("event %d: exact %.1f, fast %.1f +- %.1f\n", k, mean[0], mean[1],
               sqrt(variance[0] + variance[1]));
        CHECK(mean[0] > 100);
        CHECK_NEAR(mean[1], mean[0], 4.5 * sqrt(variance[0] + variance[1]));
    }
}

/* A large lattice takes at most 4 bytes a site, and the fast method 1.3. */
static void memory(void)
{
    const double sites = 4096.0 * 4096, most[2] = {4, 1.3};
    for (int m = 0; m < 2; m++) {
        lattice l;
        double before = (double)weft_memory_bytes();
        CHECK(lattice_make(MPI_COMM_SELF, "[4096, 4096]",
                           m ? LOTKA_VOLTERRA "  method: fast\n" : LOTKA_VOLTERRA,
                           "{type: full, species: B}", 1, &l) == WEFT_OK);
        double bytes = ((double)weft_memory_bytes() - before) / sites;
        printf("%s: %.3f bytes a site\n", m ? "fast" : "exact", bytes);
        CHECK(bytes > 1 && bytes <= most[m]);
        lattice_free(&l);
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    memory();
    events_of_sites();
    events_of_bonds();
    random_bits();
    falls_as_tau2();
    printed(LOTKA_VOLTERRA, 6);
    printed(ROCK_PAPER_SCISSORS, 4);
    vanishes("[2, 128]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 0.05);
    vanishes("[640]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 0.05);
    vanishes("[6, 4, 128]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 0.05);
    vanishes("[16, 128]",
             "  species: [A, B, C]\n  exchange: 0.7\n  hopping: {A: 0.5, C: 2}\n  reactions:\n"
             "    - {reaction: A + B -> A, rate: 1}\n    - {reaction: B + C -> B, rate: 1}\n"
             "    - {reaction: C + A -> C, rate: 1}\n    - {reaction: A + 0 -> 2 A, rate: 1}\n"
             "    - {reaction: B -> 2 B, rate: 1}\n    - {reaction: C -> 2 C, rate: 1}\n",
             "{type: random, density: 0.2}", 0.05);
    vanishes("[512]",
             "  species: [A, B, C, D]\n  hopping: 1\n  reactions:\n"
             "    - {reaction: 2 A -> 0, rate: contact}\n    - {reaction: 0 -> A, rate: 0.2}\n"
             "    - {reaction: A + B -> C, rate: 1}\n    - {reaction: C -> D + B, rate: 1}\n"
             "    - {reaction: D -> 0, rate: 0.5}\n",
             "{type: random, density: 0.2}", 0.05);
    return check_end();
}
