/* A transfer that fails on one rank only: for each rank, each transfer and each stage of fields,
 * checkpoints, reading and asking for names, all ranks return the same error and none waits for
 * another. The failures are made here, between HDF5 and MPI, or the system where files do not go
 * through MPI: from the n-th transfer of one rank on, every transfer of it fails, as those of a
 * disk that is full or gone.
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
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

/* ---- failures to order ---- */

static int left = -1; /* transfers of this rank that still go well; negative: all do */
static bool partial;  /* a write that fails takes half of its bytes and returns no error;
                        reads go well then */
static bool alone;    /* reads of the system fail, not those of MPI */
static bool views;    /* sizes and views fail, not transfers */
static bool locked;   /* this rank may open files for reading only */
static int met;       /* failures since they were ordered */
static int reads;     /* of this rank */

static bool next_fails(void)
{
    if (left < 0 || (left > 0 && left--))
        return false;
    met++;
    errno = ENOSPC;
    return true;
}

/* A transfer of nothing cannot be done in part, but it can fail. */
static bool fails(int n, MPI_Datatype type)
{
    int size;
    MPI_Type_size(type, &size);
    return !alone && !views && !(partial && n * size == 0) && next_fails();
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

/* What HDF5 reads with in a file of one rank. */
ssize_t pread(int fd, void *data, size_t n, off_t at)
{
    static ssize_t (*real)(int, void *, size_t, off_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pread");
    return alone && next_fails() ? -1 : real(fd, data, n, at);
}

int PMPI_File_get_size(MPI_File f, MPI_Offset *size)
{
    static int (*real)(MPI_File, MPI_Offset *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "PMPI_File_get_size");
    return views && next_fails() ? MPI_ERR_IO : real(f, size);
}

/* It is collective, so that a rank that fails has taken part; its view is another one than was
 * wanted. */
int PMPI_File_set_view(MPI_File f, MPI_Offset from, MPI_Datatype unit, MPI_Datatype type,
                       const char *format, MPI_Info info)
{
    static int (*real)(MPI_File, MPI_Offset, MPI_Datatype, MPI_Datatype, const char *, MPI_Info);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "PMPI_File_set_view");
    if (!views || !next_fails())
        return real(f, from, unit, type, format, info);
    real(f, 0, MPI_BYTE, MPI_BYTE, "native", info);
    return MPI_ERR_IO;
}

/* Files of weft and of MPI are opened with it. */
int open(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "open");
    if (locked && (flags & O_ACCMODE) != O_RDONLY && strstr(path, ".nc")) {
        errno = EROFS;
        return -1;
    }
    return real(path, flags, mode);
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

/* What is in a file and what is not: never the wrong answer. */
static weft_status ask(weft_file *f)
{
    bool phi = false, none = true;
    int64_t n = 2, nothing = -1;
    weft_status status = weft_file_has(f, "phi", &phi);
    if (status == WEFT_OK)
        status = weft_file_has(f, "none", &none);
    if (status == WEFT_OK)
        status = weft_file_length(f, "time", &n);
    if (status == WEFT_OK)
        status = weft_file_length(f, "none", &nothing);
    CHECK(status != WEFT_OK || (phi && !none && n == 2 && nothing == -1));
    weft_status closed = weft_file_close(f);
    return status == WEFT_OK ? closed : status;
}

static weft_status ask_fields(const char *path)
{
    weft_file *f;
    WEFT_TRY(weft_file_open(MPI_COMM_WORLD, path, WEFT_READ, &f));
    return ask(f);
}

static weft_status ask_replicated(const char *path)
{
    weft_file *f;
    WEFT_TRY(weft_file_open_replicated(MPI_COMM_WORLD, path, WEFT_READ, &f));
    return ask(f);
}

static weft_status ask_checkpoint(const char *path)
{
    weft_file *f;
    int64_t note = 6, none = -1;
    WEFT_TRY(weft_checkpoint_open(MPI_COMM_WORLD, path, &f));
    weft_status status = weft_file_get_size(f, "note", &note);
    if (status == WEFT_OK)
        status = weft_file_get_size(f, "none", &none);
    CHECK(status != WEFT_OK || (note == 6 && none == -1));
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
    views = true;
    CHECK(fail_each(write_fields, fields, which) >= 10);
    views = false;
    CHECK(write_fields(fields) == WEFT_OK);
    CHECK(fail_each(read_fields, fields, which) >= 1);
    CHECK(fail_each(read_checkpoint, checkpoint, which) >= 1);
    /* rank 0 alone reads HDF5's own data */
    CHECK(fail_each(ask_fields, fields, which) >= (which == 0 ? 3 : 0));
    CHECK(fail_each(ask_checkpoint, checkpoint, which) >= (which == 0 ? 3 : 0));
}

/* Files of one rank; on one rank all are. */
static void check_alone(int size)
{
    const char *fields = scratch_path("fields.nc"), *checkpoint = scratch_path("ckpt.h5");
    CHECK(write_fields(fields) == WEFT_OK);
    CHECK(write_checkpoint(checkpoint) == WEFT_OK);
    alone = true;
    CHECK(fail_each(ask_replicated, fields, 0) >= 3);
    if (size == 1)
        CHECK(fail_each(ask_checkpoint, checkpoint, 0) >= 3);
    alone = false;
}

/* On one rank the file cannot be written: no rank waits for it in the collective open. */
static void check_locked(int size)
{
    const char *path = scratch_path("fields.nc");
    int rank;
    weft_file *f;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    CHECK(write_fields(path) == WEFT_OK);
    locked = rank == size - 1;
    CHECK(weft_file_open(MPI_COMM_WORLD, path, WEFT_APPEND, &f) == WEFT_IO && f == NULL);
    locked = false;
    CHECK(strstr(weft_error_message(), "Read-only file system") != NULL);
    weft_error_clear();
    CHECK(weft_file_open(MPI_COMM_WORLD, path, WEFT_APPEND, &f) == WEFT_OK);
    CHECK(weft_file_close(f) == WEFT_OK);
}

/* ---- chunks that are damaged while a run appends ---- */

/* Another number for the only one of its kind in the file; where it is. */
static void damage(const char *path, double from, double to)
{
    int fd = open(path, O_RDWR);
    double value;
    off_t at = 0;
    while (pread(fd, &value, sizeof value, at) == sizeof value && value != from)
        at++;
    CHECK(value == from && pwrite(fd, &to, sizeof to, at) == sizeof to);
    close(fd);
}

/* Records of a field that is so small that they share a chunk, of which each rank has a part: what
 * is in it is read, decoded and encoded again with the next record. */
static weft_status append_small(const char *path, weft_open how, const weft_grid *g, int64_t i)
{
    const char *dims[] = {"time", "x"};
    weft_box box = weft_grid_box(g, 0);
    double *row = weft_alloc((size_t)g->local[2], sizeof *row);
    weft_file *f;
    for (int64_t x = 0; x < g->local[2]; x++)
        row[x] = 100 * (double)(i + 1) + (double)(g->start[2] + x);
    weft_status status = weft_file_open(MPI_COMM_WORLD, path, how, &f);
    if (status == WEFT_OK && how == WEFT_CREATE) {
        status = weft_file_dimension(f, "time", 0, NULL, "time", "time");
        if (status == WEFT_OK)
            status = weft_file_dimension(f, "x", g->n[2], NULL, "", "x");
        if (status == WEFT_OK)
            status = weft_file_variable(f, "phi", WEFT_STORE_F64, 2, dims, 0, "1", "field");
    }
    if (status == WEFT_OK)
        status = weft_file_write_block(f, "phi", i, -1, g, &box, WEFT_F64, row);
    weft_free(row);
    weft_status closed = f ? weft_file_close(f) : WEFT_OK;
    return status == WEFT_OK ? closed : status;
}

/* The beginning of a file, and its size. */
static off_t snapshot(const char *path, char *bytes, size_t room)
{
    int fd = open(path, O_RDONLY);
    off_t size = lseek(fd, 0, SEEK_END);
    CHECK(size > 0 && (size_t)size <= room && pread(fd, bytes, (size_t)size, 0) == size);
    close(fd);
    return size;
}

/* The run ends with an error, and the damage is still found after it: nothing was written into the
 * chunk, so that it did not get a checksum that fits. */
static void check_damage(int ranks)
{
    const char *path = scratch_path("small.nc");
    const int64_t n = 16;
    const double length = 1;
    const weft_boundary periodic = WEFT_PERIODIC;
    weft_grid *g;
    weft_file *f;
    double record[16];
    static char before[1 << 16], after[1 << 16];
    off_t size = 0;
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    CHECK(weft_grid_create(MPI_COMM_WORLD, 1, &n, &length, &periodic, WEFT_BLOCKS, &g) == WEFT_OK);
    CHECK(append_small(path, WEFT_CREATE, g, 0) == WEFT_OK);
    CHECK(append_small(path, WEFT_APPEND, g, 1) == WEFT_OK);
    if (rank == 0) {
        damage(path, 113, 113.5);
        size = snapshot(path, before, sizeof before);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK(append_small(path, WEFT_APPEND, g, 2) == WEFT_IO);
    CHECK(strstr(weft_error_message(), "damaged") != NULL);
    weft_error_clear();
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0 && ranks > 1) /* one rank alone closes the file, which writes its structure */
        CHECK(snapshot(path, after, sizeof after) >= size &&
              memcmp(before, after, (size_t)size) == 0);
    CHECK(weft_file_open_replicated(MPI_COMM_WORLD, path, WEFT_READ, &f) == WEFT_OK);
    CHECK(weft_file_read(f, "phi", 0, record) == WEFT_IO);
    CHECK(strstr(weft_error_message(), "damaged") != NULL);
    weft_error_clear();
    weft_file_close(f);
    weft_grid_free(g);
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
    check_alone(size);
    check_locked(size);
    check_damage(size);
    weft_free(values);
    drop();
    scratch_remove();
    return check_end();
}
