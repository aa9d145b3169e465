/* Replicated data: a series of records as runs write it, and resumed from a checkpoint; on a file
 * of rank 0 alone and on a file shared by all ranks. */
#include "check.h"
#include "scratch.h"
#include "weft/clock.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <unistd.h>

typedef weft_status opener(MPI_Comm comm, const char *path, weft_open how, weft_file **out);

enum { RECORDS = 3000, K = 5, MANY = 201 };
static const char *const time_dims[] = {"time"}, *const k_dims[] = {"time", "k"},
                         *const replica_dims[] = {"replica", "time", "k"};

static double energy_of(int64_t i)
{
    return 1.0 + 1e-3 * (double)i;
}

static void spectrum_of(int64_t i, double *out)
{
    for (int k = 0; k < K; k++)
        out[k] = (double)(100 * i + k) / 7;
}

/* Some records at once. */
static void append_many(weft_file *f, int64_t from, int64_t n)
{
    double s[MANY * K], t[MANY], energy[MANY], count[MANY];
    for (int64_t i = 0; i < n; i++) {
        t[i] = 0.5 * (double)(from + i), energy[i] = energy_of(from + i);
        count[i] = (double)(from + i);
        spectrum_of(from + i, s + i * K);
    }
    CHECK(weft_file_write_many(f, "time", from, n, t) == WEFT_OK);
    CHECK(weft_file_write_many(f, "energy", from, n, energy) == WEFT_OK);
    CHECK(weft_file_write_many(f, "S_k", from, n, s) == WEFT_OK);
    CHECK(weft_file_write_many(f, "count", from, n, count) == WEFT_OK);
}

static void append(weft_file *f, int64_t from, int64_t to)
{
    double s[K];
    for (; from % 3 != 0 && from + MANY < to; from += MANY)
        append_many(f, from, MANY);
    for (int64_t i = from; i < to; i++) {
        double t = 0.5 * (double)i, energy = energy_of(i), count = (double)i;
        spectrum_of(i, s);
        CHECK(weft_file_write(f, "time", i, &t) == WEFT_OK);
        CHECK(weft_file_write(f, "energy", i, &energy) == WEFT_OK);
        CHECK(weft_file_write(f, "S_k", i, s) == WEFT_OK);
        CHECK(weft_file_write(f, "count", i, &count) == WEFT_OK);
        if (i % 100 == 0)
            CHECK(weft_file_flush(f) == WEFT_OK);
    }
}

static void define(weft_file *f)
{
    const double k[K] = {0, 1, 2, 3, 4};
    CHECK(weft_file_set_text(f, NULL, "title", "a série") == WEFT_OK);
    CHECK(weft_file_set_text(f, NULL, "parent_uuid", "") == WEFT_OK);
    CHECK(weft_file_dimension(f, "time", 0, NULL, "time", "time") == WEFT_OK);
    CHECK(weft_file_dimension(f, "k", K, k, "1/length", "wavenumber") == WEFT_OK);
    CHECK(weft_file_variable(f, "energy", WEFT_STORE_F64, 1, time_dims, 0, "energy", "total") ==
          WEFT_OK);
    CHECK(weft_file_variable(f, "S_k", WEFT_STORE_F64, 2, k_dims, 0, "", "spectrum") == WEFT_OK);
    CHECK(weft_file_variable(f, "count", WEFT_STORE_I64, 1, time_dims, 0, NULL, NULL) == WEFT_OK);
    CHECK(weft_file_flush(f) == WEFT_OK);
}

static void check_records(weft_file *f, int64_t n)
{
    double s[K], expected[K], value;
    int64_t length;
    CHECK(weft_file_length(f, "time", &length) == WEFT_OK && length == n);
    for (int64_t i = 0; i < n; i += 37) {
        CHECK(weft_file_read(f, "time", i, &value) == WEFT_OK && value == 0.5 * (double)i);
        CHECK(weft_file_read(f, "energy", i, &value) == WEFT_OK && value == energy_of(i));
        CHECK(weft_file_read(f, "count", i, &value) == WEFT_OK && value == (double)i);
        spectrum_of(i, expected);
        CHECK(weft_file_read(f, "S_k", i, s) == WEFT_OK);
        CHECK(memcmp(s, expected, sizeof s) == 0);
    }
    double *all = weft_alloc((size_t)n, sizeof *all);
    CHECK(weft_file_read(f, "energy", -1, all) == WEFT_OK);
    for (int64_t i = 0; i < n; i++)
        CHECK(all[i] == energy_of(i));
    weft_free(all);
}

static void check_text(weft_file *f, const char *variable, const char *name, const char *expected)
{
    char *text;
    CHECK(weft_file_get_text(f, variable, name, &text) == WEFT_OK);
    CHECK(text != NULL);
    CHECK_TEXT(text ? text : "nothing", expected);
    weft_free(text);
}

/* What HDF5 or a kill may do to a file after a checkpoint: zeros over a stretch, another length. */
static void spoil(const char *path, int rank)
{
    static const char zeros[3000];
    if (rank == 0) {
        FILE *file = fopen(path, "r+b");
        CHECK(file && fwrite(zeros, 1, sizeof zeros, file) == sizeof zeros);
        fseek(file, 0, SEEK_END);
        fwrite(zeros, 1, sizeof zeros, file);
        fclose(file);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

/* Records up to a checkpoint and on; resumed from it, whatever has become of the file. */
static void write_and_resume(opener *open_file, const char *path, int64_t records)
{
    weft_file *f, *checkpoint;
    char kept[600];
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    snprintf(kept, sizeof kept, "%s.h5", path);
    int64_t cut = records / 3;
    CHECK(open_file(MPI_COMM_WORLD, path, WEFT_CREATE, &f) == WEFT_OK);
    define(f);
    append(f, 0, cut);
    CHECK(weft_checkpoint_begin(MPI_COMM_WORLD, kept, &checkpoint) == WEFT_OK);
    CHECK(weft_file_put_frame(checkpoint, "frame", f) == WEFT_OK);
    CHECK(weft_checkpoint_commit(checkpoint) == WEFT_OK);
    append(f, cut, records);
    CHECK(weft_file_set_text(f, NULL, "status", "running") == WEFT_OK);
    CHECK(weft_file_close(f) == WEFT_OK);

    for (int i = 0; i < 2; i++) {
        if (i > 0)
            spoil(path, rank);
        CHECK(weft_checkpoint_open(MPI_COMM_WORLD, kept, &checkpoint) == WEFT_OK);
        CHECK(weft_file_restore(checkpoint, "frame", path) == WEFT_OK);
        CHECK(weft_file_close(checkpoint) == WEFT_OK);
        CHECK(open_file(MPI_COMM_WORLD, path, WEFT_APPEND, &f) == WEFT_OK);
        check_records(f, cut);
        append(f, cut, records + 10);
        CHECK(weft_file_set_text(f, NULL, "status", "complete") == WEFT_OK);
        CHECK(weft_file_close(f) == WEFT_OK);
    }
    /* a file that lost full chunks is refused */
    if (cut > 1100) {
        if (rank == 0)
            CHECK(truncate(path, 9000) == 0);
        MPI_Barrier(MPI_COMM_WORLD);
        CHECK(weft_checkpoint_open(MPI_COMM_WORLD, kept, &checkpoint) == WEFT_OK);
        CHECK(weft_file_restore(checkpoint, "frame", path) == WEFT_IO);
        CHECK(strstr(weft_error_message(), "shorter than when the checkpoint was written"));
        weft_error_clear();
        CHECK(weft_file_close(checkpoint) == WEFT_OK);
        CHECK(open_file(MPI_COMM_WORLD, path, WEFT_CREATE, &f) == WEFT_OK);
        define(f);
        append(f, 0, records + 10);
        CHECK(weft_file_set_text(f, NULL, "status", "complete") == WEFT_OK);
        CHECK(weft_file_close(f) == WEFT_OK);
    }

    CHECK(open_file(MPI_COMM_WORLD, path, WEFT_READ, &f) == WEFT_OK);
    check_records(f, records + 10);
    check_text(f, NULL, "title", "a série");
    check_text(f, NULL, "status", "complete");
    check_text(f, NULL, "parent_uuid", "");
    check_text(f, "energy", "units", "1");
    check_text(f, "energy", "dimension", "energy");
    check_text(f, "S_k", "units", "1");
    char *text;
    CHECK(weft_file_get_text(f, NULL, "nothing", &text) == WEFT_OK && text == NULL);
    /* not there: no such name, a group or a dataset that is none, a link of no name */
    static const char *const names[] = {"energy", "k", "/k", "entropy", "none/k", "k/k", "k/", ""};
    for (int i = 0; i < 8; i++) {
        bool there;
        CHECK(weft_file_has(f, names[i], &there) == WEFT_OK && there == (i < 3));
    }
    int ndims;
    int64_t extents[8];
    CHECK(weft_file_extents(f, "S_k", &ndims, extents) == WEFT_OK);
    CHECK(ndims == 2 && extents[0] == records + 10 && extents[1] == K);
    CHECK(weft_file_close(f) == WEFT_OK);
}

/* In a file of rank 0 alone, records that were never written read as nan. */
static void check_gaps(const char *path)
{
    weft_file *f;
    double value = 1, s[K] = {1, 2, 3, 4, 5};
    CHECK(weft_file_open_replicated(MPI_COMM_WORLD, path, WEFT_CREATE, &f) == WEFT_OK);
    define(f);
    CHECK(weft_file_write(f, "energy", 5, &value) == WEFT_OK);
    CHECK(weft_file_write(f, "energy", 9, &value) == WEFT_OK);
    CHECK(weft_file_read(f, "energy", 5, &value) == WEFT_OK && value == 1);
    CHECK(weft_file_read(f, "energy", 7, &value) == WEFT_OK && isnan(value));
    CHECK(weft_file_write(f, "S_k", 3, s) == WEFT_OK);
    CHECK(weft_file_read(f, "S_k", 2, s) == WEFT_OK && isnan(s[0]) && isnan(s[K - 1]));
    CHECK(weft_file_read(f, "S_k", 3, s) == WEFT_OK && s[0] == 1 && s[K - 1] == 5);
    CHECK(weft_file_close(f) == WEFT_OK);
}

/* Two unlimited dimensions: a whole series for each replica. */
static void check_replicas(opener *open_file, const char *path)
{
    enum { TIMES = 300, REPLICAS = 4 };
    weft_file *f;
    static double series[TIMES * K], back[TIMES * K];
    CHECK(open_file(MPI_COMM_WORLD, path, WEFT_CREATE, &f) == WEFT_OK);
    define(f);
    CHECK(weft_file_set_length(f, "time", TIMES) == WEFT_OK);
    CHECK(weft_file_dimension(f, "replica", 0, NULL, "", "replica") == WEFT_OK);
    CHECK(weft_file_variable(f, "S_k_replica", WEFT_STORE_F64, 3, replica_dims, 0, "", "") ==
          WEFT_OK);
    for (int r = 0; r < REPLICAS; r++) {
        double number = r;
        for (int i = 0; i < TIMES * K; i++)
            series[i] = 1000.0 * r + i;
        CHECK(weft_file_write(f, "replica", r, &number) == WEFT_OK);
        CHECK(weft_file_write(f, "S_k_replica", r, series) == WEFT_OK);
    }
    CHECK(weft_file_close(f) == WEFT_OK);
    CHECK(open_file(MPI_COMM_WORLD, path, WEFT_READ, &f) == WEFT_OK);
    int64_t replicas;
    CHECK(weft_file_length(f, "replica", &replicas) == WEFT_OK && replicas == REPLICAS);
    CHECK(weft_file_read(f, "S_k_replica", REPLICAS - 1, back) == WEFT_OK);
    CHECK(memcmp(back, series, sizeof series) == 0);
    CHECK(weft_file_close(f) == WEFT_OK);
}

/* Errors: the system's reason; the same on all ranks; nothing hangs. */
static void check_errors(opener *open_file)
{
    weft_file *f;
    double value = 0;
    CHECK(open_file(MPI_COMM_WORLD, scratch_path("none/x.nc"), WEFT_CREATE, &f) == WEFT_IO);
    CHECK(f == NULL && strstr(weft_error_message(), "No such file or directory"));
    weft_error_clear();
    CHECK(weft_write_text(MPI_COMM_WORLD, scratch_path("text.nc"), "not a netCDF file\n") ==
          WEFT_OK);
    CHECK(open_file(MPI_COMM_WORLD, scratch_path("text.nc"), WEFT_READ, &f) == WEFT_IO);
    CHECK(strstr(weft_error_message(), "not an HDF5 file"));
    weft_error_clear();
    CHECK(open_file(MPI_COMM_WORLD, scratch_path("e.nc"), WEFT_CREATE, &f) == WEFT_OK);
    define(f);
    weft_file_write(f, "entropy", 0, &value);
    CHECK(weft_file_flush(f) == WEFT_IO);
    CHECK(strstr(weft_error_message(), "entropy"));
    weft_error_clear();
    CHECK(weft_file_flush(f) == WEFT_IO);
    weft_error_clear();
    CHECK(weft_file_close(f) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");

    const double flags[2] = {0, 1}; /* flag values of a variable that is not there */
    CHECK(open_file(MPI_COMM_WORLD, scratch_path("flags.nc"), WEFT_CREATE, &f) == WEFT_OK);
    CHECK(weft_file_set_flags(f, "entropy", 2, flags) == WEFT_IO);
    CHECK(strstr(weft_error_message(), "entropy"));
    weft_error_clear();
    CHECK(weft_file_close(f) == WEFT_OK);
}

/* Rank 0 writes when it likes, and others can read it then; a failure is told to all later. */
static void check_alone(const char *path)
{
    weft_file *f, *seen;
    int rank, size;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    CHECK(weft_file_open_replicated(MPI_COMM_WORLD, path, WEFT_CREATE, &f) == WEFT_OK);
    define(f);
    if (rank == 0) {
        const double value = 0;
        append_many(f, 0, MANY);
        CHECK(weft_file_flush_alone(f) == WEFT_OK);
        CHECK(weft_file_open_replicated(MPI_COMM_SELF, path, WEFT_READ, &seen) == WEFT_OK);
        check_records(seen, MANY);
        CHECK(weft_file_close(seen) == WEFT_OK);
        const weft_status told = size > 1 ? WEFT_OK : WEFT_IO;
        CHECK(weft_file_write_many(f, "entropy", 0, 1, &value) == told);
        CHECK(weft_file_flush_alone(f) == told);
    }
    CHECK(weft_file_flush(f) == WEFT_IO);
    CHECK(rank > 0 || strstr(weft_error_message(), "entropy"));
    weft_error_clear();
    CHECK(weft_file_close(f) == WEFT_OK);
}

static void check_text_files(void)
{
    char *text, *long_text = weft_alloc(200001, 1);
    memset(long_text, 'x', 200000);
    CHECK(weft_make_directory(MPI_COMM_WORLD, scratch) == WEFT_OK);
    CHECK(weft_write_text(MPI_COMM_WORLD, scratch_path("a.txt"), long_text) == WEFT_OK);
    CHECK(weft_read_text(MPI_COMM_WORLD, scratch_path("a.txt"), &text) == WEFT_OK);
    CHECK(text && strcmp(text, long_text) == 0);
    weft_free(text);
    CHECK(weft_read_text(MPI_COMM_WORLD, scratch_path("b.txt"), &text) == WEFT_IO);
    weft_error_clear();
    CHECK(weft_make_directory(MPI_COMM_WORLD, scratch_path("a.txt/b")) == WEFT_IO);
    weft_error_clear();

    weft_file *f; /* attributes beyond 64 kB */
    CHECK(weft_file_open(MPI_COMM_WORLD, scratch_path("long.nc"), WEFT_CREATE, &f) == WEFT_OK);
    CHECK(weft_file_set_text(f, NULL, "input", long_text) == WEFT_OK);
    CHECK(weft_file_set_text(f, NULL, "input", long_text + 1) == WEFT_OK);
    CHECK(weft_file_close(f) == WEFT_OK);
    CHECK(weft_file_open_replicated(MPI_COMM_WORLD, scratch_path("long.nc"), WEFT_READ, &f) ==
          WEFT_OK);
    check_text(f, NULL, "input", long_text + 1);
    CHECK(weft_file_close(f) == WEFT_OK);
    weft_free(long_text);
}

/* Printed, not asserted: the time of an append with its share of the flush. */
static void measure(opener *open_file, const char *what, int records)
{
    enum { VARIABLES = 20 };
    char name[VARIABLES][16];
    weft_file *f;
    CHECK(open_file(MPI_COMM_WORLD, scratch_path("speed.nc"), WEFT_CREATE, &f) == WEFT_OK);
    CHECK(weft_file_dimension(f, "time", 0, NULL, "time", "time") == WEFT_OK);
    for (int v = 0; v < VARIABLES; v++) {
        snprintf(name[v], sizeof name[v], "v%d", v);
        CHECK(weft_file_variable(f, name[v], WEFT_STORE_F64, 1, time_dims, 0, "", "") == WEFT_OK);
    }
    double start = weft_now(), writing = 0;
    for (int i = 0; i < records; i++) {
        double value = i, begin = weft_now();
        for (int v = 0; v < VARIABLES; v++)
            weft_file_write(f, name[v], i, &value);
        writing += weft_now() - begin;
        weft_file_flush(f);
    }
    double all = weft_now() - start;
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0)
        printf("%s: %.1f us a variable and record, %.1f of it in flush\n", what,
               1e6 * all / (records * VARIABLES), 1e6 * (all - writing) / (records * VARIABLES));
    CHECK(weft_file_close(f) == WEFT_OK);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    scratch_make();
    int64_t blocks = weft_memory_blocks();
    write_and_resume(weft_file_open_replicated, scratch_path("alone.nc"), RECORDS);
    write_and_resume(weft_file_open, scratch_path("shared.nc"), 200);
    check_gaps(scratch_path("gaps.nc"));
    check_replicas(weft_file_open_replicated, scratch_path("replicas.nc"));
    check_replicas(weft_file_open, scratch_path("replicas.nc"));
    check_alone(scratch_path("while.nc"));
    check_errors(weft_file_open_replicated);
    check_errors(weft_file_open);
    check_text_files();
    measure(weft_file_open_replicated, "rank 0 alone", 1000);
    measure(weft_file_open, "shared", 50);
    CHECK(weft_memory_blocks() == blocks);
    scratch_remove();
    return check_end();
}
