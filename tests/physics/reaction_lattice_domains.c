/* The size of domains: the period of stripes, nothing where there is nothing, growth as t^(1/2) of
 * the segregated zones of A + B -> 0 in one dimension (D. Toussaint, F. Wilczek, J. Chem. Phys. 78,
 * 2642 (1983)). */
#include "reaction.h"

#define LOOK "\nobserve: {list: [domain_size_A, domain_size_B]}"
#define WALKERS                                                                                    \
    "  species: [A, B]\n  hopping: 1.0\n  reactions: [{reaction: A + B -> 0, rate: contact}]\n"

static void period_of_stripes(const char *n, double period)
{
    char initial[256];
    snprintf(initial, sizeof initial,
             "{type: stripes, species: [A, B], width: %g, density: 0.5}" LOOK, period / 2);
    lattice l = lattice_open(n, WALKERS, initial, 2);
    CHECK_NEAR(lattice_observe(&l, "domain_size_A", NULL), period, 0.02 * period);
    CHECK_NEAR(lattice_observe(&l, "domain_size_B", NULL), period, 0.02 * period);
    lattice_free(&l);
}

static void no_structure(const char *n)
{
    for (int seed = 1; seed <= 30; seed++) {
        lattice l =
            lattice_open(n, WALKERS, "{type: random, density: {A: 0.3, B: 0.3}}" LOOK, seed);
        CHECK(isnan(lattice_observe(&l, "domain_size_A", NULL)));
        lattice_free(&l);
    }
    lattice l = lattice_open(n, WALKERS, "{type: full, species: A}" LOOK, 1);
    CHECK(isnan(lattice_observe(&l, "domain_size_A", NULL)));
    lattice_free(&l);
}

static void segregation(void)
{
    enum { TIMES = 4, REPLICAS = 4 };
    const double times[TIMES] = {16, 64, 256, 1024};
    double mean[TIMES] = {0};
    for (int seed = 1; seed <= REPLICAS; seed++) {
        lattice l = lattice_open("[16384]", WALKERS,
                                 "{type: random, density: {A: 0.5, B: 0.5}}" LOOK, seed);
        for (int i = 0; i < TIMES; i++) {
            CHECK(lattice_advance(&l, times[i]) == WEFT_OK);
            mean[i] += lattice_observe(&l, "domain_size_A", NULL) / REPLICAS;
        }
        lattice_free(&l);
    }
    printf("domains of A + B -> 0: %.1f %.1f %.1f %.1f\n", mean[0], mean[1], mean[2], mean[3]);
    for (int i = 0; i + 1 < TIMES; i++)
        CHECK(mean[i + 1] > mean[i]);
    CHECK_NEAR(log(mean[3] / mean[0]) / log(64), 0.5, 0.1);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    period_of_stripes("[4096]", 128);
    period_of_stripes("[64, 4096]", 128);
    period_of_stripes("[512, 512]", 32);
    period_of_stripes("[8, 8, 256]", 64);
    period_of_stripes("[8, 512]", 128);
    period_of_stripes("[9, 9, 270]", 90);
    no_structure("[4096]");
    no_structure("[96, 128]");
    no_structure("[24, 24, 24]");
    no_structure("[8, 8, 256]");
    segregation();
    return check_end();
}
