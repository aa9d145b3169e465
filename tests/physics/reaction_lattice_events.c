/* Events have their own times: extinction, of all particles and of each species, in every method of
 * the reaction lattices, whatever the times of records. Means within 4 standard errors of exact
 * values (exponential, geometric and harmonic laws); equal bits where the method has no steps that
 * records could cut. */
#include "reaction.h"
#include "weft/memory.h"

#define DEATH "  species: [A]\n  reactions: [{reaction: A -> 0, rate: 1.0}]\n"

typedef struct kind {
    const char *name, *n, *model;
    double mean, bias; /* of the lifetime of one particle; bias: of a step of the method */
    double every[3];   /* records */
    bool same;         /* records change no bit */
} kind;

static const kind kinds[] = {
    {"exact", "[64]", DEATH "  hopping: 1.0\n", 1, 0, {50, 2, 0.1}, true},
    {"exact, no hops", "[2]", DEATH, 1, 0, {50, 2, 0.1}, true},
    {"sequential",
     "[8, 8]",
     DEATH "  hopping: 1.0\n  method: sequential\n",
     1,
     0,
     {50, 2, 0.3},
     true},
    {"capacity 2", "[64]", DEATH "  hopping: 1.0\n  capacity: 2\n", 1, 0, {50, 2, 0.1}, true},
    /* lifetimes of the splitting: (h/2) coth(h/2) = 1 + h^2/12 at the step h = 2 tau = 0.4/1.5 */
    {"fast", "[128]", DEATH "  hopping: 0.5\n  method: fast\n", 1, 0.006, {50, 2, 50}, false},
    {"rdme",
     "[64]",
     DEATH "  hopping: 0.5\n  capacity: 0\n  method: rdme\n",
     1,
     0,
     {50, 2, 0.03},
     true},
    {"Monte Carlo steps",
     "[8, 8]",
     "  species: [A]\n  reactions: [{reaction: A -> 0, rate: 0.5}]\n  hopping: 0.5\n  clock: mcs\n",
     2,
     0,
     {50, 1, 0.4},
     true},
};

static void lifetime_of_one_particle(const kind *k)
{
    enum { REPLICAS = 1500 };
    static double first[REPLICAS];
    lattice l = lattice_open(k->n, k->model, "{type: seed, species: A}", 7);
    for (int e = 0; e < 3; e++) {
        double sum = 0, squares = 0;
        int differ = 0, replicas = e == 2 ? 200 : REPLICAS;
        for (int r = 0; r < replicas; r++) {
            lattice_restart(&l, (uint32_t)r);
            CHECK(lattice_run(&l, k->every[e], 1000));
            double life = lattice_observe(&l, "extinction_time", NULL);
            CHECK(life == l.sim->time && life == lattice_observe(&l, "extinction_time_A", NULL));
            CHECK(lattice_observe(&l, "survival_A", NULL) == 0);
            sum += life;
            squares += life * life;
            if (e == 0)
                first[r] = life;
            differ += life != first[r];
        }
        double mean = sum / replicas;
        CHECK_NEAR(mean, k->mean + k->bias,
                   4 * sqrt((squares / replicas - mean * mean) / replicas) + k->bias);
        if (k->same)
            CHECK(differ == 0);
    }
    lattice_free(&l);
}

/* The last of n particles that die at rate 1 each: 1 + 1/2 + ... + 1/n. */
static void last_of_many(void)
{
    enum { REPLICAS = 2000 };
    double harmonic = 0, variance = 0, sum = 0;
    lattice l = lattice_open("[32]", DEATH, "{type: full, species: A}", 3);
    for (int i = 1; i <= 32; i++) {
        harmonic += 1.0 / i;
        variance += 1.0 / i / i;
    }
    for (int r = 0; r < REPLICAS; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_run(&l, 10, 1000));
        sum += lattice_observe(&l, "extinction_time", NULL);
    }
    CHECK_NEAR(sum / REPLICAS, harmonic, 4 * sqrt(variance / REPLICAS));
    lattice_free(&l);
}

/* A lattice that fills up is at an end, but not extinct: the time of the last birth ends the run,
 * and the particles live on. */
static void full_is_not_extinct(void)
{
    lattice l = lattice_open("[16, 16]",
                             "  species: [A, B]\n  reactions: [{reaction: B -> 2 B, rate: 1}]\n",
                             "{type: random, density: {B: 0.3}}", 1);
    CHECK(lattice_run(&l, 100, 500));
    double filled = l.sim->time;
    CHECK(filled > 1 && filled < 50);
    CHECK(lattice_observe(&l, "density_B", NULL) == 1 &&
          lattice_observe(&l, "survival", NULL) == 1);
    l.sim->time = 500; /* what fills the records of a replica that ended */
    CHECK(lattice_observe(&l, "extinction_time", NULL) == 500);
    CHECK(lattice_observe(&l, "extinction_time_B", NULL) == 500);
    CHECK(lattice_observe(&l, "extinction_time_A", NULL) == 0);
    lattice_free(&l);
}

/* A -> B -> 0: the last A goes at rate 1, the last B after it at rate 2, by all methods that count
 * particles one by one. */
static void species_after_species(const char *more)
{
    enum { REPLICAS = 2000 };
    char model[512];
    snprintf(model, sizeof model,
             "  species: [A, B]\n  reactions: [{reaction: A -> B, rate: 1}, {reaction: B -> 0, "
             "rate: 2}]\n%s",
             more);
    lattice l = lattice_open("[8]", model, "{type: seed, species: A}", 5);
    double a = 0, b = 0;
    for (int r = 0; r < REPLICAS; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_run(&l, 20, 1000));
        double gone = lattice_observe(&l, "extinction_time_A", NULL);
        a += gone;
        b += lattice_observe(&l, "extinction_time_B", NULL) - gone;
        CHECK(lattice_observe(&l, "extinction_time", NULL) == l.sim->time);
    }
    CHECK_NEAR(a / REPLICAS, 1, 4 * 1 / sqrt(REPLICAS));
    CHECK_NEAR(b / REPLICAS, 0.5, 4 * 0.5 / sqrt(REPLICAS));
    lattice_free(&l);
}

/* 0 -> A at 1, A -> 0 at 2, one site: a species that comes back is missing since its last death. At
 * a late time it is missing with probability 2/3 (one at most) and for an exponential time of mean
 * 1, between records or not. */
static void comes_back(double every)
{
    enum { REPLICAS = 3000 };
    lattice l = lattice_open("[2]",
                             "  species: [A, B]\n  reactions: [{reaction: 0 -> A, rate: 1}, "
                             "{reaction: A -> 0, rate: 2}]\n",
                             "{type: random, density: {A: 0, B: 0.0}}", 9);
    double missing = 0, since = 0;
    for (int r = 0; r < REPLICAS; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(!lattice_run(&l, every, 12));
        if (lattice_observe(&l, "survival_A", NULL) != 0)
            continue;
        missing++;
        since += 12 - lattice_observe(&l, "extinction_time_A", NULL);
    }
    double p = 4.0 / 9; /* two sites */
    CHECK_NEAR(missing / REPLICAS, p, 4 * sqrt(p * (1 - p) / REPLICAS));
    CHECK_NEAR(since / missing, 0.5, 4 * 0.5 / sqrt(missing)); /* a birth on either site ends it */
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        lifetime_of_one_particle(&kinds[i]);
    last_of_many();
    full_is_not_extinct();
    species_after_species("");
    species_after_species("  method: sequential\n  hopping: 1.0\n");
    species_after_species("  capacity: 4\n  hopping: 0.5\n");
    species_after_species("  capacity: 0\n  method: rdme\n  hopping: 2.0\n");
    comes_back(12);
    comes_back(0.25);
    return check_end();
}
