/* A transfer that fails on one rank only: for each rank, each transfer and each stage of fields,
 * checkpoints and reading, all ranks return the same error and none waits for another. The failures
 * are made here, between HDF5 and MPI: from the n-th transfer of one rank on, every transfer of it
 * fails, as those of a disk that is full or gone.
 *
 * The bound on the number of transfers is no tolerance: each case ends at the first n at which
 * nothing failed any more, and the number of cases that failed is checked to be at least the number
 * of stages. */
#define _GNU_SOURCE
#include "check.h"
#include "scratch.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <dlfcn.h>
#include <errno.h>

/* ---- failures to order ---- */

static int left = -1; /* transfers of this rank that still go well; negative: all do */
static bool partial;  /* a write that fails takes half of its bytes and returns no error;
                        reads go well then */
static int met;       /* failures since they were ordered */
static int reads;     /* of this rank */

/* A transfer of nothing cannot be done in part, but it can fail. */
static bool fails(int n, MPI_Datatype type)
{
    int size;
    MPI_Type_size(type, &size);
    if (left < 0 || (partial && n * size == 0))
        return false;
    if (left > 0 && left--)
        return false;
    met++;
    errno = ENOSPC;
    return true;
}

typedef int (*write_function)(MPI_File, MPI_Offset, const void *, int, MPI_Datatype, MPI_Status *);
typedef int (*read_function)(MPI_File, MPI_Offset, void *, int, MPI_Datatype, MPI_Status *);

/* The first half of the bytes goes to the disk; MPI says how many, and that all is well. */
static int write_half(write_function real, MPI_File f, MPI_Offset at, const void *data, int n,
                      MPI_Datatype type, MPI_Status *status)
{
    int size, used = 0;
    MPI_Pack_size(n, type, MPI_COMM_SELF, &size);
    char *bytes = weft_alloc((size_t)size, 1);
    MPI_Pack(data, n, type, bytes, size, &used, MPI_COMM_SELF);
    int code = real(f, at, bytes, used / 2, MPI_BYTE, status);
    weft_free(bytes);
    return code;
}

/* MPI's own function is the next one of this name. */
int PMPI_File_write_at(MPI_File f, MPI_Offset at, const void *data, int n, MPI_Datatype type,
                       MPI_Status *status)
{
    static write_function real;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "PMPI_File_write_at");
    if (!fails(n, type))
        return real(f, at, data, n, type, status);
    return partial ? write_half(real, f, at, data, n, type, status) : MPI_ERR_NO_SPACE;
}

int PMPI_File_read_at(MPI_File f, MPI_Offset at, void *data, int n, MPI_Datatype type,
                      MPI_Status *status)
{
    static read_function real;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "PMPI_File_read_at");
    reads++;
    return !partial && fails(n, type) ? MPI_ERR_IO : real(f, at, data, n, type, status);
}

/* ---- what is done with files ---- */

static weft_grid *grid;
static double *values;

/* Each rank has most of a chunk, and HDF5 lets it write that one; where the number of ranks does
 * not divide that of chunks, others have a part of it. */
static weft_status write_fields(const char *path)
{
    const char *dims[] = {"time", "y", "x"};
    weft_box box = weft_grid_box(grid, 0);
    weft_file *f;
    WEFT_TRY(weft_file_open(MPI_COMM_WORLD, path, WEFT_CREATE, &f));
    weft_status status = weft_file_dimension(f, "time", 0, NULL, "time", "time");
    for (int a = 1; a < 3 && status == WEFT_OK; a++)
        status = weft_file_dimension(f, dims[a], grid->n[a], NULL, "", dims[a]);
    if (status == WEFT_OK)
        status = weft_file_variable(f, "phi", WEFT_STORE_F64, 3, dims, 0, "1", "field");
    for (int64_t i = 0; i < 2 && status == WEFT_OK; i++) {
        double time = (double)i;
        status = weft_file_write_block(f, "phi", i, -1, grid, &box, WEFT_F64, values);
        if (status == WEFT_OK)
            status = weft_file_write(f, "time", i, &time);
        if (status == WEFT_OK)
            status = weft_file_flush(f);
    }
    weft_status closed = weft_file_close(f);
    return status == WEFT_OK ? closed : status;
}

/* The same field without ghosts and with two layers of them. */
static const weft_field_spec spec[] = {{"phi", "", "", WEFT_EVOLVED, WEFT_F64, 1, 0},
                                       {"phi", "", "", WEFT_EVOLVED, WEFT_F64, 1, 2}};
static weft_state *state, *ghosted;

static weft_status write_checkpoint(const char *path)
{
    weft_file *f;
    WEFT_TRY(weft_checkpoint_begin(MPI_COMM_WORLD, path, &f));
    weft_status status = weft_file_put_field(f, state, &state->field[0]);
    if (status == WEFT_OK)
        status = weft_file_put(f, "note", "noted", 6);
    if (status == WEFT_OK)
        return weft_checkpoint_commit(f);
    weft_file_abandon(f);
    return status;
}

static weft_status read_checkpoint_to(const char *path, weft_state *to)
{
    char note[6];
    weft_file *f;
    WEFT_TRY(weft_checkpoint_open(MPI_COMM_WORLD, path, &f));
    weft_status status = weft_file_get_field(f, to, &to->field[0]);
    if (status == WEFT_OK)
        status = weft_file_get(f, "note", note, sizeof note);
    weft_status closed = weft_file_close(f);
    return status == WEFT_OK ? closed : status;
}

static weft_status read_checkpoint(const char *path)
{
    return read_checkpoint_to(path, state);
}

static weft_status read_fields(const char *path)
{
    weft_box box = weft_grid_box(grid, 0);
    weft_file *f;
    WEFT_TRY(weft_file_open(MPI_COMM_WORLD, path, WEFT_READ, &f));
    weft_status status = weft_file_read_block(f, "phi", 1, -1, grid, &box, WEFT_F64, values);
    weft_status closed = weft_file_close(f);
    return status == WEFT_OK ? closed : status;
}

/* ---- every transfer of every rank ---- */

/* What rank `which` does not get done is an error of all ranks, with the path and the reason; what
 * goes well on all of them is none. Returns the number of transfers that failed, one by one. */
static int fail_each(weft_status (*work)(const char *path), const char *path, int which)
{
    enum { MOST = 100 };
    int rank, n = 0, failures = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (; n < MOST && failures > 0; n++) {
        left = rank == which ? n : -1;
        met = 0;
        weft_status status = work(path);
        left = -1;
        MPI_Allreduce(&met, &failures, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
        CHECK(status == (failures > 0 ? WEFT_IO : WEFT_OK));
        CHECK(failures == 0 || strstr(weft_error_message(), path) != NULL);
        const char *why = partial ? "only a part" : "No space left";
        if (failures > 0 && !strstr(weft_error_message(), why))
            CHECK_TEXT(weft_error_message(), why);
        weft_error_clear();
    }
    CHECK(n < MOST);
    return n - 1;
}

/* On one rank files do not go through MPI-IO. Each rank has values of its own to write, two records
 * of fields and a checkpoint, and to read; rank 0 has the structure besides. */
static void check_rank(int which)
{
    const char *fields = scratch_path("fields.nc"), *checkpoint = scratch_path("ckpt.h5");
    for (int round = 0; round < 2; round++) {
        partial = round == 1;
        CHECK(fail_each(write_fields, fields, which) >= (which == 0 ? 4 : 2));
        CHECK(fail_each(write_checkpoint, checkpoint, which) >= (which == 0 ? 3 : 1));
    }
    partial = false;
    CHECK(fail_each(read_fields, fields, which) >= 1);
    CHECK(fail_each(read_checkpoint, checkpoint, which) >= 1);
}

/* Margins in memory cost no reads: each rank reads what follows in the file at once, or in the few
 * turns of a megabyte that its part takes, and the same values. One rank alone reads without MPI.
 */
static void check_margins(void)
{
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const char *path = scratch_path("margins.h5");
    const size_t row = (size_t)grid->n[2] * sizeof(double);
    weft_box box = weft_grid_box(grid, 2);
    double *from = state->field[0].data;
    const double *to = ghosted->field[0].data;
    int64_t i = 0;
    bool same = true;
    WEFT_FOR_ROWS(&box, z, y)
        for (int64_t x = 0; x < grid->n[2]; x++, i++)
            from[i] = sin(1.7 * (double)(i + 1000 * grid->start[0] + grid->start[1]));
    CHECK(write_checkpoint(path) == WEFT_OK);
    reads = 0;
    CHECK(read_checkpoint(path) == WEFT_OK);
    int plain = reads;
    reads = 0;
    CHECK(read_checkpoint_to(path, ghosted) == WEFT_OK);
    CHECK(size == 1 || (plain > 0 && reads <= plain + 1));
    WEFT_FOR_ROWS(&box, z, y) {
        same = same && memcmp(to + weft_box_row(&box, z, y), from, row) == 0;
        from += grid->n[2];
    }
    CHECK(same && i > 0);
}

/* Slabs, so that x is whole on all ranks. */
static void make(int dim, const int64_t *n)
{
    const double length[3] = {1, 1, 1};
    const weft_boundary periodic[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    CHECK(weft_grid_create(MPI_COMM_WORLD, dim, n, length, periodic, WEFT_SLAB, &grid) == WEFT_OK);
    CHECK(weft_state_create(grid, NULL, &spec[0], 1, WEFT_X, &state) == WEFT_OK);
    CHECK(weft_state_create(grid, NULL, &spec[1], 1, WEFT_X, &ghosted) == WEFT_OK);
    check_margins();
}

static void drop(void)
{
    weft_state_free(state);
    weft_state_free(ghosted);
    weft_grid_free(grid);
}

/* The plane is four chunks, so that each of up to four ranks has one; on two and three ranks parts
 * of plane and block take two turns each. */
int main(int argc, char **argv)
{
    int size;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    scratch_make();
    make(3, (int64_t[]){48, 64, 128});
    drop();
    make(2, (int64_t[]){512, 1024});
    const size_t sites = (size_t)(grid->local[1] * grid->local[2]);
    values = weft_alloc(sites, sizeof *values);
    memcpy(values, state->field[0].data, sites * sizeof *values);
    for (int which = 0; which < size && size > 1; which++)
        check_rank(which);
    weft_free(values);
    drop();
    scratch_remove();
    return check_end();
}
