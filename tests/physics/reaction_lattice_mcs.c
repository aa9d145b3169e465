/* Monte Carlo steps on larger lattices: closed forms, conserved numbers, sublattices beside serial
 * steps. */
#include "reaction.h"
#include "weft/memory.h"

static lattice make(const char *n, const char *model, const char *initial)
{
    return lattice_open(n, model, initial, 8);
}

/* Of N picks each kills with the probability of the channel, so a step leaves N (1 - p) on average.
 */
static void death(const char *rule, double p)
{
    char model[256];
    snprintf(model, sizeof model,
             "  species: [A]\n  clock: mcs\n  rule: %s\n"
             "  hopping: 1\n  reactions: [{reaction: A -> 0, rate: 0.2}]\n",
             rule);
    lattice l = make("[208, 208]", model, "{type: random, density: 0.9}");
    double before = lattice_observe(&l, "active_sites", NULL);
    CHECK(lattice_advance(&l, 0.5) == WEFT_OK);
    CHECK(lattice_observe(&l, "active_sites", NULL) == before);
    CHECK(lattice_advance(&l, 5) == WEFT_OK);
    double left = lattice_observe(&l, "active_sites", NULL) / before, q = pow(1 - p, 5);
    double error = sqrt(q * (1 - q) / before);
    printf("rule %s: %.4f +- %.4f left, expected %.4f\n", rule, left, error, q);
    CHECK_NEAR(left, q, 4.5 * error);
    lattice_free(&l);
}

/* Every particle is picked once a step on average and hops with probability h: <r^2> = h t. */
static void walks(void)
{
    lattice l = make("[64, 64]", "  species: [A]\n  capacity: 0\n  clock: mcs\n  hopping: 0.7\n",
                     "{type: seed, species: A, count: 50000}");
    CHECK(lattice_advance(&l, 10) == WEFT_OK);
    double spread = lattice_observe(&l, "mean_square_spread", NULL);
    printf("walks: <r^2> = %.4f, expected 7\n", spread);
    CHECK_NEAR(spread, 7, 4.5 * sqrt((49.0 + 7) / 50000));
    CHECK(lattice_observe(&l, "density_A", NULL) * 4096 == 50000);
    lattice_free(&l);
}

/* Unlimited sites, A + B -> 0 tested with every partner: with rate 1 the first picked particle of a
 * site takes one partner, then it is gone; A - B stays (the guard fails otherwise). */
static void conserved(void)
{
    lattice l = make("[32, 32]",
                     "  species: [A, B]\n  capacity: 0\n  clock: mcs\n  hopping: 0.5\n"
                     "  reactions: [{reaction: A + B -> 0, rate: 1}]\n",
                     "{type: random, density: {A: 2, B: 1.5}}");
    double d[2], difference = lattice_observe(&l, "density_A", NULL) -
                              lattice_observe(&l, "density_B", NULL);
    CHECK(lattice_advance(&l, 30) == WEFT_OK);
    lattice_observe(&l, "density", d);
    CHECK_NEAR(d[0] - d[1], difference, 1e-12);
    CHECK(d[1] < 0.1);
    double events = lattice_observe(&l, "events_r1", NULL);
    CHECK(events > 1000);
    lattice_free(&l);
}

/* Lotka-Volterra by both rules: predators and prey are there after 100 steps, in numbers between
 * the rules' own fluctuations and the full lattice. (Of lattices of 64 x 64 a third dies out
 * before.) */
static void lotka_volterra(const char *rule)
{
    char model[512];
    double d[2];
    snprintf(model, sizeof model,
             "  species: [A, B]\n  clock: mcs\n  rule: %s\n  hopping: 1\n  reactions:\n"
             "    - {reaction: A -> 0, rate: 0.1}\n    - {reaction: B -> 2 B, rate: 0.2}\n"
             "    - {reaction: A + B -> 2 A, rate: 0.5}\n",
             rule);
    lattice l = make("[256, 256]", model, "{type: random, density: 0.3}");
    CHECK(lattice_advance(&l, 100) == WEFT_OK);
    lattice_observe(&l, "density", d);
    printf("Lotka-Volterra, rule %s: %.3f %.3f\n", rule, d[0], d[1]);
    CHECK(d[0] > 0.02 && d[1] > 0.005 && d[0] + d[1] < 1);
    lattice_free(&l);
}

/* Densities after ten steps, mean over samples. */
static void mean_densities(const char *rule, const char *update, double *mean, double *error)
{
    enum { SAMPLES = 12 };
    char model[512];
    double sum[2] = {0}, squares[2] = {0}, d[2];
    snprintf(model, sizeof model,
             "  species: [A, B]\n  clock: mcs\n  rule: %s\n  update: %s\n  hopping: 0.5\n"
             "  reactions:\n    - {reaction: A -> 0, rate: 0.1}\n"
             "    - {reaction: B -> 2 B, rate: 0.2}\n    - {reaction: A + B -> 2 A, rate: 0.5}\n",
             rule, update);
    lattice l = make("[64, 64]", model, "{type: random, density: 0.3}");
    for (int r = 0; r < SAMPLES; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_advance(&l, 10) == WEFT_OK);
        lattice_observe(&l, "density", d);
        for (int s = 0; s < 2; s++) {
            sum[s] += d[s];
            squares[s] += d[s] * d[s];
        }
    }
    for (int s = 0; s < 2; s++) {
        mean[s] = sum[s] / SAMPLES;
        error[s] = sqrt((squares[s] / SAMPLES - mean[s] * mean[s]) / (SAMPLES - 1));
    }
    lattice_free(&l);
}

static void sublattice(const char *rule)
{
    double serial[2], blocks[2], e[2], f[2];
    mean_densities(rule, "serial", serial, e);
    mean_densities(rule, "sublattice", blocks, f);
    for (int s = 0; s < 2; s++) {
        printf("rule %s, %c: serial %.5f(%.5f), sublattice %.5f(%.5f)\n", rule, 'A' + s, serial[s],
               e[s], blocks[s], f[s]);
        CHECK_NEAR(serial[s], blocks[s], 4.5 * sqrt(e[s] * e[s] + f[s] * f[s]));
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    death("particles", 0.2);
    death("species", 0.2 / 1.2);
    death("particles\n  update: sublattice", 0.2);
    death("species\n  update: sublattice", 0.2 / 1.2);
    sublattice("particles");
    sublattice("neighbour");
    sublattice("species");
    walks();
    conserved();
    lotka_volterra("particles");
    lotka_volterra("species");
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}
