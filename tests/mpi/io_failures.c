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

static int left;     /* transfers of this rank that still go well; negative: all do */
static bool partial; /* a write that fails takes half of its bytes and returns no error */
static int met;      /* failures since they were ordered */

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

/* MPI's own function is the next one of this name. */
int PMPI_File_write_at(MPI_File f, MPI_Offset at, const void *data, int n, MPI_Datatype type,
                       MPI_Status *status)
{
    static write_function real;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "PMPI_File_write_at");
    if (!fails(n, type))
        return real(f, at, data, n, type, status);
    if (!partial)
        return MPI_ERR_NO_SPACE;
    MPI_Status_set_elements_x(status, MPI_BYTE, 0);
    return MPI_SUCCESS;
}

int PMPI_File_read_at(MPI_File f, MPI_Offset at, void *data, int n, MPI_Datatype type,
                      MPI_Status *status)
{
    static read_function real;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "PMPI_File_read_at");
    return fails(n, type) ? MPI_ERR_IO : real(f, at, data, n, type, status);
}

/* ---- what is done with files ---- */

static weft_grid *grid;
static double *values;

/* Uncompressed values of all ranks in chunks that more than one rank has a part of. */
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
        status = weft_file_variable(f, "phi", WEFT_STORE_F64, 3, dims, 1, "1", "field");
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

static const weft_field_spec spec = {"phi", "", "", WEFT_EVOLVED, WEFT_F64, 1, 0};
static weft_state *state;

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

static weft_status read_checkpoint(const char *path)
{
    char note[6];
    weft_file *f;
    WEFT_TRY(weft_checkpoint_open(MPI_COMM_WORLD, path, &f));
    weft_status status = weft_file_get_field(f, state, &state->field[0]);
    if (status == WEFT_OK)
        status = weft_file_get(f, "note", note, sizeof note);
    weft_status closed = weft_file_close(f);
    return status == WEFT_OK ? closed : status;
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
        if (failures > 0 && !strstr(weft_error_message(), "No space left") &&
            !strstr(weft_error_message(), "only a part"))
            CHECK_TEXT(weft_error_message(), "No space left");
        weft_error_clear();
    }
    CHECK(n < MOST);
    return n - 1;
}

/* On one rank files do not go through MPI-IO. A rank has (of fields a chunk may be another's)
 * values of its own to write in each record, and to read; rank 0 has the structure besides. */
static void check_rank(int which)
{
    const char *fields = scratch_path("fields.nc"), *checkpoint = scratch_path("ckpt.h5");
    for (int round = 0; round < 2; round++) {
        partial = round == 1;
        CHECK(fail_each(write_fields, fields, which) >= (which == 0 ? 4 : 1 - round));
        CHECK(fail_each(write_checkpoint, checkpoint, which) >= (which == 0 ? 3 : 1));
    }
    partial = false;
    CHECK(fail_each(read_fields, fields, which) >= 1);
    CHECK(fail_each(read_checkpoint, checkpoint, which) >= 1);
}

int main(int argc, char **argv)
{
    const int64_t n[3] = {0, 24, 20};
    const double length[3] = {1, 1, 1};
    const weft_boundary periodic[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    int size;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    scratch_make();
    CHECK(weft_grid_create(MPI_COMM_WORLD, 2, n + 1, length, periodic, WEFT_BLOCKS, &grid) ==
          WEFT_OK);
    CHECK(weft_state_create(grid, NULL, &spec, 1, WEFT_X, &state) == WEFT_OK);
    int64_t sites = grid->local[1] * grid->local[2];
    values = weft_alloc((size_t)sites, sizeof *values);
    for (int64_t i = 0; i < sites; i++)
        values[i] = sin(1.7 * (double)(i + 1000 * grid->start[1] + grid->start[2]));
    for (int which = 0; which < size && size > 1; which++)
        check_rank(which);
    weft_free(values);
    weft_state_free(state);
    weft_grid_free(grid);
    scratch_remove();
    return check_end();
}
