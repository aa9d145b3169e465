/* Work that is decomposed: pencils beside slabs, and two ranks beside one.
 *
 * usage: mpirun -n N bench_ranks pencils   transforms and checkpoints, from pencils and from slabs
 *        mpirun -n 2 bench_ranks runs      steps of whole runs on two ranks and on one
 *
 * Times are between two points of all ranks, since who waits is busy. Each figure is the least of
 * TURNS short turns, so that what else the machine does falls out of it; the two sides are timed in
 * turn, PAIRS times. */
#include "bench.h"
#include "weft/io.h"
#include <unistd.h>

enum { TURNS = 5 };

/* What is timed, alone on its line of a row or beside another. Collective work is done by all
 * ranks; what one rank does alone is done by rank 0, while the others sleep in meet().
 *
 * One side: turn does it once; ready is called by all ranks before it and not timed. */
typedef struct side {
    void (*turn)(void *what);
    void *what;
    long count;    /* so often in one turn */
    double things; /* of one time; the figure is nanoseconds a thing */
} side;

/* A rank that waits sleeps, so that it takes nothing from those that work. */
static void meet(void)
{
    MPI_Request request;
    int there = 0;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    while (MPI_Test(&request, &there, MPI_STATUS_IGNORE) == MPI_SUCCESS && !there)
        usleep(20);
}

/* Nanoseconds a thing, the least of the turns, as rank 0 saw them. */
static double least(const side *s)
{
    double best = INFINITY;
    for (int i = 0; i < TURNS; i++) {
        meet();
        MPI_Barrier(MPI_COMM_WORLD);
        double begin = MPI_Wtime();
        for (long j = 0; j < s->count; j++)
            s->turn(s->what);
        meet();
        best = fmin(best, MPI_Wtime() - begin);
    }
    MPI_Bcast(&best, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    return best * 1e9 / (double)s->count / s->things;
}

/* A row as bench.h prints it, with medians of the pairs. The first turn of each side makes pages
 * and connections, and does not count. */
static void row(const char *name, const char *unit, const side *own, const char *beside,
                const side *other)
{
    double a[PAIRS], b[PAIRS], ratio[PAIRS];
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    least(own);
    least(other);
    for (int i = 0; i < PAIRS; i++) {
        a[i] = least(own);
        b[i] = least(other);
        ratio[i] = a[i] / b[i];
    }
    qsort(a, PAIRS, sizeof *a, bench_order);
    qsort(b, PAIRS, sizeof *b, bench_order);
    qsort(ratio, PAIRS, sizeof *ratio, bench_order);
    if (rank == 0)
        bench_print("ranks", name, unit, a[PAIRS / 2], beside, b[PAIRS / 2],
                    (double[]){ratio[PAIRS / 2], ratio[0], ratio[PAIRS - 1]});
}

/* ---- pencils and slabs ---- */

/* The same points in one cut, with what is timed on them. */
typedef struct cut {
    weft_grid *grid;
    weft_fft *fft;
    weft_state *state;
    double *buffer;
} cut;

/* A state of one field of zeros, with its transform and a buffer. Pencils are forced here: runs
 * take them only where slabs cannot be. */
static cut cut_open(const int64_t *n, weft_layout layout, weft_space space)
{
    const double length[3] = {1, 1, 1};
    const weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    const weft_field_spec spec = {"phi", "", "", WEFT_EVOLVED, WEFT_F64, 1, space == WEFT_X, NULL};
    cut c;
    run_must(weft_grid_create(MPI_COMM_WORLD, 3, n, length, boundary, layout, &c.grid));
    run_must(weft_fft_create(c.grid, NULL, NULL, &c.fft));
    run_must(weft_state_create(c.grid, c.fft, &spec, 1, space, &c.state));
    c.buffer = weft_fft_buffer(c.fft);
    return c;
}

static void cut_close(cut *c)
{
    weft_fft_buffer_free(c->fft, c->buffer);
    weft_state_free(c->state);
    weft_fft_free(c->fft);
    weft_grid_free(c->grid);
}

/* Zeros are transformed: the time does not depend on the values. */
static void there_and_back(void *what)
{
    cut *c = what;
    weft_fft_backward(c->fft, c->buffer);
    weft_fft_forward(c->fft, c->buffer);
}

/* Written, but neither brought to the disk nor kept: how fast a disk is does not matter here. */
static void write_checkpoint(void *what)
{
    cut *c = what;
    weft_file *file;
    run_must(weft_checkpoint_begin(MPI_COMM_WORLD, "bench_ranks.h5", &file));
    run_must(weft_file_put_field(file, c->state, &c->state->field[0]));
    weft_file_abandon(file);
}

/* One row: the same points in two cuts, or in two spaces. */
static void compare(const char *what, const int64_t *n, void (*turn)(void *), weft_layout layout,
                    weft_space space, weft_layout against, weft_space other, const char *beside)
{
    cut a = cut_open(n, layout, space), b = cut_open(n, against, other);
    const double sites = (double)weft_grid_sites(a.grid);
    const long count = turn == there_and_back ? (long)fmax(1, 3e6 / sites) : 1;
    char *name = weft_format("%s, %lld x %lld x %lld, pencils, %d ranks", what, (long long)n[0],
                             (long long)n[1], (long long)n[2], a.grid->size);
    row(name, "ns/site", &(side){turn, &a, count, sites}, beside, &(side){turn, &b, count, sites});
    weft_free(name);
    cut_close(&a);
    cut_close(&b);
}

/* Boxes that slabs can have, too, and one with fewer planes than ranks, whose coefficients lie on a
 * rank in pieces of some modes. */
static void pencils(void)
{
    const int64_t n[][3] = {{64, 64, 64}, {128, 128, 128}}, thin[] = {2, 8192, 128};
    for (int i = 0; i < 2; i++)
        compare("backward and forward", n[i], there_and_back, WEFT_PENCIL, WEFT_K, WEFT_SLAB,
                WEFT_K, "slabs");
    compare("a checkpoint of coefficients", n[1], write_checkpoint, WEFT_PENCIL, WEFT_K, WEFT_SLAB,
            WEFT_K, "slabs");
    compare("a checkpoint of coefficients", thin, write_checkpoint, WEFT_PENCIL, WEFT_K,
            WEFT_PENCIL, WEFT_X, "one of grid values");
}

/* ---- runs on two ranks and on one ---- */

static void step(void *what)
{
    test_run *r = what;
    if (r->sim)
        bench_steps(r, 1);
}

/* Steps of the same run on all ranks and on one. The run on one rank is that of rank 0; the others
 * have none. */
static void runs(const char *name, const char *text)
{
    test_run own, other = {0};
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    run_start(&own, MPI_COMM_WORLD, text);
    if (rank == 0)
        run_start(&other, MPI_COMM_SELF, text);
    const double sites = (double)weft_grid_sites(own.sim->grid);
    const long count = (long)fmax(1, 2e7 / sites);
    side a = {step, &own, count, sites}, b = {step, &other, count, sites};
    char *both = weft_format("%s, %d ranks", name, own.sim->grid->size);
    row(both, "ns/site/step", &a, "one rank", &b);
    weft_free(both);
    run_close(&own);
    if (rank == 0)
        run_close(&other);
}

/* Rings that fit into the third cache, and fields that do not: there two ranks share the way to
 * memory, of which one takes most. */
static void all_runs(void)
{
    runs("kuramoto ring, 2^20",
         "model: kuramoto\ngrid: {n: [1048576]}\nkuramoto: {noise: 0.1}\ninitial: {type: flat}\n"
         "time: {dt: 0.01, end: 1}\n");
    runs("kuramoto ring, 2^20, without noise",
         "model: kuramoto\ngrid: {n: [1048576]}\nkuramoto: {noise: 0}\ninitial: {type: flat}\n"
         "time: {dt: 0.01, end: 1, stepper: rk4}\n");
    runs("kuramoto, 2048 x 2048",
         "model: kuramoto\ngrid: {n: [2048, 2048]}\nkuramoto: {noise: 0.1}\ninitial: {type: flat}\n"
         "time: {dt: 0.01, end: 1}\n");
    runs("kpz, 2^20",
         "model: kpz\ngrid: {n: [1048576], length: [1048576.0]}\n"
         "kpz: {nu: 1, lambda: 1, noise: 0.5}\ninitial: {type: flat}\ntime: {dt: 0.01, end: 1}\n");
    runs("kpz, 2048 x 2048",
         "model: kpz\ngrid: {n: [2048, 2048], length: [2048.0, 2048.0]}\n"
         "kpz: {nu: 1, lambda: 1, noise: 0.5}\ninitial: {type: flat}\ntime: {dt: 0.01, end: 1}\n");
    runs("Gray-Scott, 2048 x 2048, rk4",
         "model: reaction_diffusion\ngrid: {n: [2048, 2048], length: [2048.0, "
         "2048.0]}\n" BENCH_GRAY_SCOTT "time: {stepper: rk4, dt: 0.5, end: 1e6}\n");
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    if (argc > 1 && strcmp(argv[1], "pencils") == 0) {
        pencils();
    } else {
        all_runs();
    }
    MPI_Finalize();
    return 0;
}
