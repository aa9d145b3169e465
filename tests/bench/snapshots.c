/* Snapshots beside a plain parallel write: records of a field on a grid that go into a new result
 * file, and as many bytes of the same ranks that go into a new file by MPI-IO, each rank's block of
 * a record in one piece. Both are brought to the disk, and both files are removed again.
 *
 * usage: bench_snapshots [DIR]   on one rank or more; files are made in DIR, else where it runs
 *
 * Waiting for a disk is no time of a processor: these are times between two points of all ranks. */
#include "bench.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <unistd.h>

enum { RECORDS = 6 };

typedef struct writing {
    const weft_grid *grid;
    weft_box box;
    double *data;
    char *path[2];
} writing;

static double result_file(writing *w)
{
    static const char *const dims[] = {"time", "z", "y", "x"};
    weft_file *file;
    MPI_Barrier(MPI_COMM_WORLD);
    double begin = MPI_Wtime();
    run_must(weft_file_open(MPI_COMM_WORLD, w->path[0], WEFT_CREATE, &file));
    run_must(weft_file_dimension(file, "time", 0, NULL, "", ""));
    for (int a = 0; a < 3; a++)
        run_must(weft_file_dimension(file, dims[a + 1], w->grid->n[a], NULL, "", ""));
    run_must(weft_file_variable(file, "phi", WEFT_STORE_F64, 4, dims, 0, "", ""));
    for (int r = 0; r < RECORDS; r++)
        run_must(weft_file_write_block(file, "phi", r, -1, w->grid, &w->box, WEFT_F64, w->data));
    run_must(weft_file_sync(file));
    run_must(weft_file_close(file));
    double took = MPI_Wtime() - begin;
    MPI_Allreduce(MPI_IN_PLACE, &took, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return took;
}

static double plain_file(writing *w)
{
    MPI_File file;
    MPI_Offset plane = (MPI_Offset)(w->grid->n[1] * w->grid->n[2]) * (MPI_Offset)sizeof(double);
    int own = (int)(w->box.local[0] * w->box.local[1] * w->box.local[2]);
    MPI_Barrier(MPI_COMM_WORLD);
    double begin = MPI_Wtime();
    MPI_File_open(MPI_COMM_WORLD, w->path[1], MPI_MODE_CREATE | MPI_MODE_WRONLY, MPI_INFO_NULL,
                  &file);
    for (int r = 0; r < RECORDS; r++)
        MPI_File_write_at_all(file, (r * w->grid->n[0] + w->box.start[0]) * plane, w->data, own,
                              MPI_DOUBLE, MPI_STATUS_IGNORE);
    MPI_File_sync(file);
    MPI_File_close(&file);
    double took = MPI_Wtime() - begin;
    MPI_Allreduce(MPI_IN_PLACE, &took, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return took;
}

/* Each pair makes both files anew: a file that is there already is written faster. */
static void pairs(writing *w)
{
    double own[PAIRS], other[PAIRS], ratio[PAIRS];
    const double bytes = RECORDS * (double)weft_grid_sites(w->grid) * sizeof(double);
    for (int i = -1; i < PAIRS; i++) {
        double weft = result_file(w) * 1e9 / bytes, plain = plain_file(w) * 1e9 / bytes;
        MPI_Barrier(MPI_COMM_WORLD);
        if (w->grid->rank == 0) {
            unlink(w->path[0]);
            unlink(w->path[1]);
        }
        if (i < 0)
            continue;
        own[i] = weft;
        other[i] = plain;
        ratio[i] = weft / plain;
    }
    qsort(own, PAIRS, sizeof *own, bench_order);
    qsort(other, PAIRS, sizeof *other, bench_order);
    qsort(ratio, PAIRS, sizeof *ratio, bench_order);
    char *name = weft_format("snapshots of %lld^3, %d rank%s", (long long)w->grid->n[0],
                             w->grid->size, w->grid->size > 1 ? "s" : "");
    if (w->grid->rank == 0)
        bench_print("files", name, "ns/byte", own[PAIRS / 2], "a plain parallel write",
                    other[PAIRS / 2], (double[]){ratio[PAIRS / 2], ratio[0], ratio[PAIRS - 1]});
    weft_free(name);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const char *folder = argc > 1 ? argv[1] : ".";
    const int64_t n[3] = {192, 192, 192};
    const double length[3] = {1, 1, 1};
    const weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    run_must(weft_grid_create(MPI_COMM_WORLD, 3, n, length, boundary, WEFT_SLAB, &g));
    writing w = {.grid = g, .box = weft_grid_box(g, 0)};
    w.path[0] = weft_format("%s/bench_snapshots.nc", folder);
    w.path[1] = weft_format("%s/bench_snapshots.bytes", folder);
    const int64_t local = weft_grid_local_sites(g);
    w.data = weft_alloc((size_t)local, sizeof(double));
    for (int64_t i = 0; i < local; i++)
        w.data[i] = 1e-3 * (double)(i % 1013);
    pairs(&w);
    weft_free(w.data);
    weft_free(w.path[0]);
    weft_free(w.path[1]);
    weft_grid_free(g);
    MPI_Finalize();
    return 0;
}
