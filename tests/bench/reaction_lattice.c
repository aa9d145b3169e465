/* Speed and memory of reaction lattices, Lotka-Volterra in two dimensions: attempts, executed
 * events and sites times unit of time, a second of processor time and a rank; bytes of memory a
 * site. bench_reaction_lattice [size [time [further model keys, two spaces before each]]]   */
#include "model/reaction_lattice/exact/exact.h"
#include "model/reaction_lattice/method.h"
#include "reaction.h"
#include "weft/memory.h"
#include <time.h>

static double processor(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void measure(const char *n, double time, const char *keys, bool events)
{
    lattice l;
    char model[2048];
    double event[5], executed = 0, before = (double)weft_memory_bytes();
    snprintf(model, sizeof model, "%s%s\n", LOTKA_VOLTERRA, keys);
    if (lattice_make(MPI_COMM_WORLD, n, model,
                     events ? "{type: random, density: {A: 0.3, B: 0.2068}}\n"
                              "observe: {list: [events]}"
                            : "{type: random, density: {A: 0.3, B: 0.2068}}",
                     1, &l) != WEFT_OK) {
        fprintf(stderr, "%s\n", weft_error_message());
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    double seconds = processor();
    CHECK(lattice_advance(&l, time) == WEFT_OK);
    seconds = processor() - seconds;
    double grown = (double)weft_memory_bytes() - before,
           sites = (double)weft_grid_local_sites(l.sim->grid);
    lattice_observe(&l, "events", event);
    for (int e = 0; e < 5; e++)
        executed += event[e];
    const rl_lattice *lat = l.sim->data;
    const bool exact = lat->method == &rl_exact_method;
    const double attempts = exact ? (double)((const rl_replay *)lat->method_data)->attempts : 0;
    int skip = (int)strspn(keys, " "), width = (int)strcspn(keys + skip, "\n");
    if (l.sim->grid->rank == 0)
        printf("%-12s %-18.*s%-8s attempts/s %.3g  executed/s %.3g  sites*time/s %.3g  bytes/site "
               "%.2f\n",
               n, width ? width : 5, width ? keys + skip : "exact", events ? "events" : "",
               attempts / seconds, executed / l.sim->grid->size / seconds, sites * time / seconds,
               grown / sites);
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    if (argc > 1) {
        char n[64];
        const char *keys = argc > 3 ? argv[3] : "";
        snprintf(n, sizeof n, "[%s, %s]", argv[1], argv[1]);
        measure(n, argc > 2 ? atof(argv[2]) : 5, keys, argc > 4);
        return check_end();
    }
    static const char *const fast[2] = {"  tau: 0.2\n  method: fast", "  tau: 0.1\n  method: fast"};
    measure("[4096, 4096]", 1, "", false);
    measure("[4096, 4096]", 2, fast[1], false);
    measure("[256, 256]", 50, "  method: sequential", false);
    measure("[512, 512]", 10, "  method: sequential", false);
    measure("[1024, 1024]", 5, "  method: sequential", false);
    measure("[256, 256]", 50, "", false);
    measure("[1024, 1024]", 5, "", false);
    measure("[1024, 1024]", 20, fast[0], false);
    measure("[1024, 1024]", 20, fast[1], false);
    measure("[1024, 1024]", 20, fast[1], true);
    measure("[128, 128]", 2, "  capacity: 0\n  method: rdme", false);
    return check_end();
}
