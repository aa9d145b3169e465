/* Speed of reaction lattices, Lotka-Volterra in two dimensions: attempts, executed events and sites
 * times unit of time, a second of processor time and a rank.
 *   bench_reaction_lattice [size [time [further model keys, two spaces before each]]]   */
#include "../../src/model/reaction_lattice.h"
#include "reaction.h"
#include <time.h>

static double processor(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void measure(const char *n, double time, const char *keys)
{
    lattice l;
    char model[2048];
    double event[5], executed = 0;
    snprintf(model, sizeof model, "%s%s\n", LOTKA_VOLTERRA, keys);
    if (lattice_make(MPI_COMM_WORLD, n, model, "{type: random, density: {A: 0.3, B: 0.2068}}", 1,
                     &l) != WEFT_OK) {
        fprintf(stderr, "%s\n", weft_error_message());
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    double seconds = processor();
    CHECK(lattice_advance(&l, time) == WEFT_OK);
    seconds = processor() - seconds;
    lattice_observe(&l, "events", event);
    for (int e = 0; e < 5; e++)
        executed += event[e];
    const rl_lattice *lat = l.sim->data;
    if (l.sim->grid->rank == 0)
        printf("%-14s %-26.*s attempts/s %.3g  executed/s %.3g  sites*time/s %.3g\n", n,
               (int)strcspn(keys, "\n"), keys[0] ? keys : "  (exact)",
               (double)lat->attempts / seconds, executed / l.sim->grid->size / seconds,
               (double)weft_grid_local_sites(l.sim->grid) * time / seconds);
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    if (argc > 1) {
        char n[64];
        snprintf(n, sizeof n, "[%s, %s]", argv[1], argv[1]);
        measure(n, argc > 2 ? atof(argv[2]) : 5, argc > 3 ? argv[3] : "");
        return check_end();
    }
    measure("[256, 256]", 50, "");
    measure("[1024, 1024]", 5, "");
    measure("[1024, 1024]", 20, "  method: fast\n  tau: 0.2");
    measure("[1024, 1024]", 20, "  method: fast\n  tau: 0.1");
    measure("[128, 128]", 2, "  capacity: 0\n  method: rdme");
    return check_end();
}
