/* The layer of grids: halo exchanges beside copying as many bytes, and transforms beside those of
 * FFTW in place.
 *
 * usage: bench_grid   on one rank; mpirun -n 2 bench_grid: exchanges between two ranks alone */
#include "weft/grid.h"
#include "bench.h"
#include "weft/memory.h"
#include <fftw3.h>

/* ---- halos ---- */

typedef struct layers {
    weft_halo *halo;
    double *array, *copy;
    size_t bytes;
} layers;

static void exchange(void *what, long count)
{
    layers *l = what;
    for (long i = 0; i < count; i++)
        weft_halo_exchange(l->halo, l->array);
}

static void copy(void *what, long count)
{
    layers *l = what;
    for (long i = 0; i < count; i++) {
        memcpy(l->copy, l->array, l->bytes);
        l->array[0] += l->copy[l->bytes / 16];
    }
}

/* Time between two points of all ranks, not of this process alone: who waits is busy. */
static double wall(const layers *l, long count)
{
    MPI_Barrier(MPI_COMM_WORLD);
    double begin = MPI_Wtime();
    exchange((void *)(uintptr_t)l, count);
    MPI_Barrier(MPI_COMM_WORLD);
    return (MPI_Wtime() - begin) * 1e6 / (double)count;
}

/* On one rank an exchange is a copy between the two sides of the box, and copying as many bytes
 * that lie together is its bound. Between ranks it waits for messages, and the time of this
 * process alone would not tell. */
static void halo(const char *points, int dim, const int64_t *n, int width)
{
    const double length[3] = {1, 1, 1};
    const weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    layers l = {0};
    run_must(weft_grid_create(MPI_COMM_WORLD, dim, n, length, boundary, WEFT_SLAB, &g));
    run_must(weft_halo_create(g, width, width, sizeof(double), 1, NULL, &l.halo));
    const weft_extent e = weft_grid_extent(g, width);
    l.bytes = (size_t)(e.size - weft_grid_local_sites(g)) * sizeof(double);
    l.array = weft_alloc((size_t)e.size, sizeof(double));
    l.copy = weft_alloc((size_t)e.size, sizeof(double));
    char *name =
        weft_format("halo of %d, %s, %d rank%s", width, points, g->size, g->size > 1 ? "s" : "");
    if (g->size == 1) {
        bench_side bound = {"copying as many bytes", copy, &l, 1e3};
        bench_row("grid", "us/exchange", (bench_side){name, exchange, &l, 1e3}, &bound);
    } else {
        long count = 1000;
        double times[PAIRS];
        wall(&l, count);
        for (int i = 0; i < PAIRS; i++)
            times[i] = wall(&l, count);
        qsort(times, PAIRS, sizeof *times, bench_order);
        if (g->rank == 0)
            bench_value("grid", name, "us/exchange", times[PAIRS / 2]);
    }
    weft_free(name);
    weft_free(l.copy);
    weft_free(l.array);
    weft_halo_free(l.halo);
    weft_grid_free(g);
}

/* ---- transforms ---- */

/* FFTW's own in-place transforms of the same points: rows are padded. */
typedef struct plain {
    fftw_plan forward, backward;
} plain;

static void plain_pairs(void *what, long count)
{
    plain *p = what;
    for (long i = 0; i < count; i++) {
        fftw_execute(p->backward);
        fftw_execute(p->forward);
    }
}

/* weft's transforms are in place as well, with the order of the coefficients transposed, which the
 * plain ones need not do. Zeros are transformed: the time does not depend on the values, and
 * repeated transforms of others would grow beyond all bounds. */
static void transform(const char *points, int dim, const int64_t *n, weft_rigor rigor)
{
    const double length[3] = {1, 1, 1};
    const weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    const weft_fft_options options = {.rigor = rigor};
    const unsigned flags = rigor == WEFT_ESTIMATE ? FFTW_ESTIMATE : FFTW_MEASURE;
    weft_grid *g;
    weft_fft *fft;
    run_must(weft_grid_create(MPI_COMM_WORLD, dim, n, length, boundary, WEFT_TRANSFORM, &g));
    run_must(weft_fft_create(g, NULL, &options, &fft));
    int size[3];
    size_t padded = (size_t)(n[dim - 1] / 2 + 1) * 2;
    for (int a = 0; a < dim; a++) {
        size[a] = (int)n[a];
        padded *= a < dim - 1 ? (size_t)n[a] : 1;
    }
    double *x = fftw_alloc_real(padded);
    plain p = {fftw_plan_dft_r2c(dim, size, x, (fftw_complex *)x, flags),
               fftw_plan_dft_c2r(dim, size, (fftw_complex *)x, x, flags)};
    memset(x, 0, padded * sizeof *x);
    bench_pairs own = {fft, weft_fft_buffer(fft), 1, 1};
    const double sites = (double)weft_grid_sites(g);
    char *name = weft_format("backward and forward, %s, plans %s", points,
                             rigor == WEFT_ESTIMATE ? "estimated" : "measured");
    bench_side bound = {"FFTW in place", plain_pairs, &p, sites};
    bench_row("grid", "ns/site", (bench_side){name, bench_transform, &own, sites}, &bound);
    weft_free(name);
    fftw_destroy_plan(p.forward);
    fftw_destroy_plan(p.backward);
    fftw_free(x);
    weft_fft_buffer_free(fft, own.buffer);
    weft_fft_free(fft);
    weft_grid_free(g);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    static const struct {
        const char *points;
        int dim;
        int64_t n[3];
    } halos[] = {{"a ring of 1000", 1, {1000}},
                 {"2048 x 2048", 2, {2048, 2048}},
                 {"128 x 128 x 128", 3, {128, 128, 128}}},
      fields[] = {{"256", 1, {256}},
                  {"4096", 1, {4096}},
                  {"256 x 256", 2, {256, 256}},
                  {"512 x 512", 2, {512, 512}},
                  {"32 x 32 x 32", 3, {32, 32, 32}},
                  {"64 x 64 x 64", 3, {64, 64, 64}},
                  {"128 x 128 x 128", 3, {128, 128, 128}}};
    int ranks;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    for (size_t i = 0; i < sizeof halos / sizeof *halos; i++)
        for (int width = 1; width <= 2; width++)
            halo(halos[i].points, halos[i].dim, halos[i].n, width);
    if (ranks == 1)
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            for (int r = 0; r < 2; r++)
                transform(fields[i].points, fields[i].dim, fields[i].n,
                          r ? WEFT_MEASURE : WEFT_ESTIMATE);
    MPI_Finalize();
    return 0;
}
