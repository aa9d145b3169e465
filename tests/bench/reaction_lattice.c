/* Reaction lattices, Lotka-Volterra in two dimensions: attempts of exact and sequential beside the
 * random numbers that they need (a block of Philox each), site updates of fast beside copying the
 * states, likewise rdme; and bytes of memory a site.
 *
 * usage: bench_reaction_lattice [KEYS [SIZE [TIME]]]   KEYS: further lines of the model, two spaces
 * before each. Attempts, executed events and sites times unit of time, a second and a rank. */
#include "bench.h"
#include "model/reaction_lattice/exact/exact.h"
#include "model/reaction_lattice/method.h"
#include "reaction.h"
#include "weft/philox.h"

static lattice make(int64_t size, const char *keys, bool events)
{
    lattice l;
    char model[2048], n[64];
    snprintf(model, sizeof model, "%s%s\n", LOTKA_VOLTERRA, keys);
    snprintf(n, sizeof n, "[%lld, %lld]", (long long)size, (long long)size);
    run_must(lattice_make(MPI_COMM_WORLD, n, model,
                          events ? "{type: random, density: {A: 0.3, B: 0.2068}}\n"
                                   "observe: {list: [events]}"
                                 : "{type: random, density: {A: 0.3, B: 0.2068}}",
                          1, &l));
    return l;
}

static double attempts(const lattice *l)
{
    const rl_lattice *lat = l->sim->data;
    const bool exact = lat->method == &rl_exact_method;
    return exact ? (double)((const rl_replay *)lat->method_data)->attempts : NAN;
}

/* ---- rows ---- */

/* What a lattice does in a turn: count times a stretch of time. */
typedef struct stretch {
    lattice *l;
    double time;
} stretch;

static void advance(void *what, long count)
{
    stretch *s = what;
    for (long i = 0; i < count; i++)
        run_must(lattice_advance(s->l, s->l->sim->time + s->time));
}

enum { BLOCKS = 4096 };

static void blocks(void *what, long count)
{
    static uint32_t out[4 * BLOCKS];
    uint64_t *step = what;
    for (long i = 0; i < count; i++)
        weft_philox_many(&(weft_noise){.seed = 1}, WEFT_STREAM_MODEL, (*step)++, 0, BLOCKS, out);
}

static void marks(const char *method, int64_t size, int capacity)
{
    uint64_t step = 0;
    char *counts = capacity > 1 ? weft_format(", capacity %d", capacity) : weft_format("%s", "");
    char *name = weft_format("%s, %lld x %lld%s", method, (long long)size, (long long)size, counts);
    char *keys = weft_format("  method: %s\n  capacity: %d", method, capacity);
    lattice l = make(size, keys, false);
    stretch s = {&l, 1.0};
    advance(&s, 1);
    const double per = attempts(&l) / l.sim->time;
    bench_side kernel = {name, advance, &s, per},
               bound = {"its random numbers alone", blocks, &step, BLOCKS};
    bench_row("lattices", "ns/attempt", kernel, &bound);
    lattice_free(&l);
    weft_free(keys);
    weft_free(name);
    weft_free(counts);
}

static double states[2][512 * 1024 / 8];

static void copies(void *what, long count)
{
    int *turn = what;
    for (long i = 0; i < count; i++, *turn ^= 1)
        memcpy(states[*turn], states[!*turn], sizeof *states);
}

static void rounds(const char *name, int64_t size, double tau, const char *keys, bool events,
                   const bench_side *bound)
{
    lattice l = make(size, keys, events);
    stretch s = {&l, 1.0};
    bench_side kernel = {name, advance, &s, (double)weft_grid_sites(l.sim->grid) / tau};
    bench_row("lattices", "ns/site/step", kernel, bound);
    lattice_free(&l);
}

static void memory(const char *name, int64_t size, const char *keys)
{
    const double before = (double)weft_memory_bytes();
    lattice l = make(size, keys, false);
    run_must(lattice_advance(&l, 1.0));
    bench_value("memory", name, "bytes/site",
                ((double)weft_memory_bytes() - before) / (double)weft_grid_sites(l.sim->grid));
    lattice_free(&l);
}

/* ---- one by hand ---- */

static int by_hand(int argc, char **argv)
{
    lattice l = make(argc > 2 ? atoll(argv[2]) : 1024, argv[1], true);
    const double time = argc > 3 ? atof(argv[3]) : 5;
    double event[5], executed = 0, seconds = bench_now();
    run_must(lattice_advance(&l, time));
    seconds = bench_now() - seconds;
    lattice_observe(&l, "events", event);
    for (int e = 0; e < 5; e++)
        executed += event[e];
    printf("attempts/s %.3g  executed/s %.3g  sites*time/s %.3g\n", attempts(&l) / seconds,
           executed / l.sim->grid->size / seconds,
           (double)weft_grid_local_sites(l.sim->grid) * time / seconds);
    lattice_free(&l);
    MPI_Finalize();
    return 0;
}

int main(int argc, char **argv)
{
    int turn = 0;
    MPI_Init(&argc, &argv);
    if (argc > 1)
        return by_hand(argc, argv);
    for (int64_t size = 256; size <= 8192; size *= 2)
        marks("exact", size, 1);
    for (int64_t size = 256; size <= 1024; size *= 2)
        marks("sequential", size, 1);
    for (int capacity = 2; capacity <= 4; capacity *= 2)
        marks("exact", 512, capacity);
    const bench_side copy = {"copying its states", copies, &turn, 2.0 * sizeof *states};
    const char *fast = "  tau: 0.1\n  method: fast",
               *rdme = "  tau: 0.1\n  method: rdme\n  capacity: 0";
    rounds("fast, tau = 0.1, 1024 x 1024", 1024, 0.1, fast, false, &copy);
    rounds("fast, tau = 0.1, 1024 x 1024, events counted", 1024, 0.1, fast, true, &copy);
    rounds("fast, tau = 0.1, 4096 x 4096", 4096, 0.1, fast, false, &copy);
    rounds("rdme, tau = 0.1, 512 x 512", 512, 0.1, rdme, false, NULL);
    memory("exact, 4096 x 4096", 4096, "");
    memory("fast, 4096 x 4096", 4096, "  tau: 0.1\n  method: fast");
    MPI_Finalize();
    return 0;
}
