/* Events have their own times on any number of ranks: a run that dies out ends at the same bit of
 * time and in the same state as on one rank, whatever window, halo and records. */
#include "reaction.h"
#include "weft/memory.h"

typedef struct ending {
    double time, all, a, b;
    uint8_t state[2048];
} ending;

static void run(MPI_Comm comm, const char *n, const char *model, const char *initial, int seed,
                double every, ending *out)
{
    lattice l;
    CHECK(lattice_make(comm, n, model, initial, seed, &l) == WEFT_OK);
    CHECK(lattice_run(&l, every, 10000));
    out->time = l.sim->time;
    out->all = lattice_observe(&l, "extinction_time", NULL);
    out->a = lattice_observe(&l, "extinction_time_A", NULL);
    out->b = lattice_observe(&l, "extinction_time_B", NULL);
    memset(out->state, 0, sizeof out->state);
    lattice_gather(&l, out->state);
    lattice_free(&l);
}

static void same(const char *n, const char *model, const char *more, const char *initial)
{
    static ending alone, together;
    char changed[1024];
    snprintf(changed, sizeof changed, "%s%s", model, more);
    for (int seed = 1; seed <= 4; seed++) {
        run(MPI_COMM_SELF, n, model, initial, seed, 100, &alone);
        run(MPI_COMM_WORLD, n, changed, initial, seed, seed % 2 ? 100 : 0.7, &together);
        CHECK(alone.time == together.time && alone.all == together.all);
        CHECK(alone.a == together.a && alone.b == together.b);
        CHECK(memcmp(alone.state, together.state, sizeof alone.state) == 0);
    }
}

/* The last of 32 particles: H_32 = 4.0585. */
static void harmonic(void)
{
    enum { REPLICAS = 400 };
    double mean = 0, expected = 0, variance = 0;
    lattice l;
    CHECK(lattice_make(MPI_COMM_WORLD, "[32]",
                       "  species: [A, B]\n  reactions: [{reaction: A -> 0, rate: 1}]\n",
                       "{type: full, species: A}", 1, &l) == WEFT_OK);
    for (int i = 1; i <= 32; i++) {
        expected += 1.0 / i;
        variance += 1.0 / i / i;
    }
    for (int r = 0; r < REPLICAS; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_run(&l, 10, 1000));
        mean += lattice_observe(&l, "extinction_time", NULL) / REPLICAS;
    }
    CHECK_NEAR(mean, expected, 4 * sqrt(variance / REPLICAS));
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const char *dying = "  species: [A, B]\n  hopping: 1.0\n  reactions: [{reaction: A -> 0, rate: "
                        "1}, {reaction: A + B -> B, rate: 0.5}, {reaction: B -> 0, rate: 0.3}]\n";
    const char *meeting = "  species: [A, B]\n  hopping: 1.0\n  reactions: [{reaction: A + B -> 0, "
                          "rate: 2.0}]\n";
    const char *counting = "  species: [A, B]\n  hopping: 1.0\n  capacity: 3\n  reactions: "
                           "[{reaction: A -> B, rate: 1}, {reaction: B -> 0, rate: 0.5}]\n";
    const char *walking = "  species: [A, B]\n  hopping: 1.0\n  capacity: 0\n  method: rdme\n  "
                          "reactions: [{reaction: A + B -> 0, rate: 2}, {reaction: A -> 0, rate: "
                          "0.2}]\n";
    const char *some = "{type: random, density: {A: 0.3, B: 0.2}}";
    same("[64]", dying, "  window: 0.4\n  halo: 3\n", some);
    same("[24, 20]", dying, "  window: 5\n", some);
    same("[24, 20]", meeting, "", some); /* what is left hops on */
    same("[48]", counting, "", some);
    same("[36, 30]", walking, "", some);
    harmonic();
    return check_end();
}
