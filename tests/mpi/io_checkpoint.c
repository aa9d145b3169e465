/* Checkpoints: round trips on other numbers of ranks, in grid values and in coefficients; what is
 * truncated, damaged, unfinished, foreign or of another grid is refused; a full disk is an error on
 * all ranks and leaves the earlier checkpoint alone.
 *
 * A full disk is made by a limit on the size of files (SIGXFSZ ignored), on one rank or on all: the
 * other ranks must hear of it and not wait in a collective write for one that has given up. */
#include "check.h"
#include "scratch.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

typedef struct problem {
    int dim;
    int64_t n[3];
    weft_boundary boundary[3];
    weft_space space;
    bool pencils; /* coefficients of pencils, not of slabs */
} problem;

typedef struct setup {
    weft_grid *grid;
    weft_fft *fft;
    weft_state *state;
} setup;

static const double box_length[3] = {1, 2, 3};
static setup make(MPI_Comm comm, const problem *p)
{
    setup s = {NULL, NULL, NULL};
    int ghost = p->space == WEFT_X;
    const weft_field_spec specs[] = {{"phi", "", "", WEFT_EVOLVED, WEFT_F64, 1, ghost},
                                     {"pi", "", "", WEFT_MOMENTUM, WEFT_F64, 2, 0},
                                     {"species", "", "", WEFT_STATIC, WEFT_U8, 1, ghost}};
    weft_fft_options options = {WEFT_ESTIMATE, NULL};
    weft_layout layout = p->pencils ? WEFT_PENCIL : p->space == WEFT_K ? WEFT_SLAB : WEFT_BLOCKS;
    CHECK(weft_grid_create(comm, p->dim, p->n, box_length, p->boundary, layout, &s.grid) ==
          WEFT_OK);
    if (p->space == WEFT_K)
        CHECK(weft_fft_create(s.grid, NULL, &options, &s.fft) == WEFT_OK);
    CHECK(weft_state_create(s.grid, s.fft, specs, 3, p->space, &s.state) == WEFT_OK);
    return s;
}

static void drop(setup *s)
{
    weft_state_free(s->state);
    weft_fft_free(s->fft);
    weft_grid_free(s->grid);
}

/* A value that only its place in the global array and the field decide. */
static double value_at(int field, int64_t z, int64_t y, int64_t x, int part)
{
    return sin((0.7 + (double)field) * (double)(1 + x + 31 * y + 977 * z)) + (double)part;
}

/* Visit the owned values of a field: set them, or count those that differ. */
static int64_t visit(setup *s, int number, bool set)
{
    weft_field *f = &s->state->field[number];
    int64_t wrong = 0, m[3], start[3], stride[3], origin = f->extent.origin;
    int parts = 1;
    for (int a = 0; a < 3; a++) {
        m[a] = s->grid->local[a];
        start[a] = s->grid->start[a];
        stride[a] = f->extent.stride[a];
    }
    if (f->space == WEFT_K) {
        origin = 0;
        parts = s->fft->per_mode;
        for (int j = 2, step = 1; j >= 0; step *= (int)s->fft->m[j--]) {
            int a = s->fft->axis[j];
            m[a] = s->fft->m[j];
            start[a] = m[a] > 0 ? s->fft->index[j][0] : 0;
            stride[a] = step;
        }
    }
    for (int c = 0; c < f->spec.components; c++)
        for (int64_t z = 0; z < m[0]; z++)
            for (int64_t y = 0; y < m[1]; y++)
                for (int64_t x = 0; x < m[2]; x++)
                    for (int part = 0; part < parts; part++) {
                        int64_t at =
                            c * f->size +
                            parts * (origin + z * stride[0] + y * stride[1] + x * stride[2]) + part;
                        double v = value_at(number + 3 * c, start[0] + z, start[1] + y,
                                            start[2] + x, part);
                        uint8_t b = (uint8_t)(128 + (int)(100 * v));
                        if (f->spec.element == WEFT_U8 && set)
                            ((uint8_t *)f->data)[at] = b;
                        else if (f->spec.element == WEFT_U8)
                            wrong += ((uint8_t *)f->data)[at] != b;
                        else if (set)
                            ((double *)f->data)[at] = v;
                        else
                            wrong += ((double *)f->data)[at] != v;
                    }
    return wrong;
}

static const char note[] = "forty-two";

static weft_status save(MPI_Comm comm, const char *path, setup *s)
{
    weft_file *f;
    WEFT_TRY(weft_checkpoint_begin(comm, path, &f));
    weft_status status = weft_file_set_text(f, NULL, "input", "model: test\n");
    for (int i = 0; i < 3 && status == WEFT_OK; i++)
        status = weft_file_put_field(f, s->state, &s->state->field[i]);
    if (status == WEFT_OK)
        status = weft_file_put(f, "note", note, sizeof note);
    weft_file_prefix(f, "half_");
    if (status == WEFT_OK)
        status = weft_file_put(f, "note", note, 4);
    if (status == WEFT_OK)
        status = weft_file_put(f, "nothing", note, 0);
    weft_file_prefix(f, "");
    if (status == WEFT_OK)
        return weft_checkpoint_commit(f);
    weft_file_abandon(f);
    return status;
}

static void load(MPI_Comm comm, const char *path, const problem *p)
{
    setup s = make(comm, p);
    weft_file *f;
    char back[sizeof note] = "";
    CHECK(weft_checkpoint_open(comm, path, &f) == WEFT_OK);
    CHECK(weft_checkpoint_verify(f) == WEFT_OK);
    for (int i = 0; i < 3; i++) {
        CHECK(weft_file_get_field(f, s.state, &s.state->field[i]) == WEFT_OK);
        CHECK(visit(&s, i, false) == 0);
    }
    int64_t n;
    CHECK(weft_file_get_size(f, "note", &n) == WEFT_OK && n == sizeof note);
    CHECK(weft_file_get_size(f, "none", &n) == WEFT_OK && n == -1);
    CHECK(weft_file_get(f, "note", back, sizeof back) == WEFT_OK);
    CHECK_TEXT(back, note);
    weft_file_prefix(f, "half_");
    CHECK(weft_file_get_size(f, "note", &n) == WEFT_OK && n == 4);
    CHECK(weft_file_get_size(f, "nothing", &n) == WEFT_OK && n == 0);
    CHECK(weft_file_get(f, "nothing", back, 0) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    CHECK(weft_file_close(f) == WEFT_OK);
    drop(&s);
}

/* Written on the first ranks and read on all, and the other way round; the files are the same. */
static void check(const problem *p)
{
    int rank, size;
    MPI_Comm some;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    bool among = rank < (size + 1) / 2;
    MPI_Comm_split(MPI_COMM_WORLD, among ? 0 : MPI_UNDEFINED, rank, &some);
    const char *path = scratch_path("ckpt-1.h5"), *other = scratch_path("ckpt-2.h5");
    if (among) {
        setup s = make(some, p);
        for (int i = 0; i < 3; i++)
            visit(&s, i, true);
        CHECK(save(some, path, &s) == WEFT_OK);
        drop(&s);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    load(MPI_COMM_WORLD, path, p);
    setup s = make(MPI_COMM_WORLD, p);
    for (int i = 0; i < 3; i++)
        visit(&s, i, true);
    CHECK(save(MPI_COMM_WORLD, other, &s) == WEFT_OK);
    drop(&s);
    MPI_Barrier(MPI_COMM_WORLD);
    if (among) {
        load(some, other, p);
        MPI_Comm_free(&some);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

/* ---- refusals ---- */

static void refused(const char *path, const char *why)
{
    weft_file *f;
    CHECK(weft_checkpoint_open(MPI_COMM_WORLD, path, &f) == WEFT_IO && f == NULL);
    if (!strstr(weft_error_message(), why))
        CHECK_TEXT(weft_error_message(), why);
    CHECK(strstr(weft_error_message(), path) != NULL);
    weft_error_clear();
}

/* Rank 0 copies a file, with one byte changed if at >= 0, and cut to size if size >= 0. */
static void copy(const char *from, const char *to, long at, long size)
{
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
        int c;
        for (long i = 0; (c = fgetc(in)) != EOF && (size < 0 || i < size); i++)
            fputc(i == at ? c ^ 64 : c, out);
        fclose(in);
        fclose(out);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

/* Where rank 0 finds the bytes of a value in a file. */
static long find(const char *path, const void *bytes, size_t n)
{
    long at = -1;
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        FILE *f = fopen(path, "rb");
        static char all[1 << 20];
        size_t size = fread(all, 1, sizeof all, f);
        fclose(f);
        for (size_t i = 0; i + n <= size && at < 0; i++)
            if (memcmp(all + i, bytes, n) == 0)
                at = (long)i;
    }
    MPI_Bcast(&at, 1, MPI_LONG, 0, MPI_COMM_WORLD);
    return at;
}

static void check_damage(const char *path, const problem *p)
{
    double value = value_at(1, 0, 2, 3, 0);
    const char *bad = scratch_path("bad.h5");
    long at = find(path, &value, sizeof value);
    CHECK(at > 0);
    copy(path, bad, at + 3, -1);
    setup s = make(MPI_COMM_WORLD, p);
    for (int round = 0; round < 2; round++) {
        weft_file *f;
        CHECK(weft_checkpoint_open(MPI_COMM_WORLD, bad, &f) == WEFT_OK);
        if (round == 0) {
            CHECK(weft_checkpoint_verify(f) == WEFT_IO);
        } else {
            CHECK(weft_file_get_field(f, s.state, &s.state->field[0]) == WEFT_OK);
            CHECK(weft_file_get_field(f, s.state, &s.state->field[1]) == WEFT_IO);
        }
        CHECK(strstr(weft_error_message(), "damaged") && strstr(weft_error_message(), "pi"));
        weft_error_clear();
        CHECK(weft_file_close(f) == WEFT_OK);
    }
    drop(&s);
    copy(path, bad, find(path, note, sizeof note), -1);
    weft_file *f;
    char back[sizeof note];
    CHECK(weft_checkpoint_open(MPI_COMM_WORLD, bad, &f) == WEFT_OK);
    CHECK(weft_file_get(f, "note", back, sizeof back) == WEFT_IO);
    CHECK(strstr(weft_error_message(), "damaged") != NULL);
    weft_error_clear();
    CHECK(weft_file_close(f) == WEFT_OK);
}

static void check_other(const char *path, const problem *p, const char *why)
{
    weft_file *f;
    setup s = make(MPI_COMM_WORLD, p);
    CHECK(weft_checkpoint_open(MPI_COMM_WORLD, path, &f) == WEFT_OK);
    CHECK(weft_file_get_field(f, s.state, &s.state->field[1]) == WEFT_IO);
    if (!strstr(weft_error_message(), why))
        CHECK_TEXT(weft_error_message(), why);
    weft_error_clear();
    CHECK(weft_file_close(f) == WEFT_OK);
    drop(&s);
}

static void check_refusals(void)
{
    const problem p = {2, {6, 12}, {0, 0}, WEFT_X}, other = {2, {12, 6}, {0, 0}, WEFT_X},
                  line = {1, {72}, {0}, WEFT_X}, k = {2, {6, 12}, {0, 0}, WEFT_K};
    const char *path = scratch_path("ckpt-3.h5"), *bad = scratch_path("bad.h5");
    setup s = make(MPI_COMM_WORLD, &p);
    weft_file *f;
    for (int i = 0; i < 3; i++)
        visit(&s, i, true);
    CHECK(save(MPI_COMM_WORLD, path, &s) == WEFT_OK);
    drop(&s);
    copy(path, bad, -1, 1500);
    refused(bad, "truncated");
    copy(path, bad, -1, 0);
    refused(bad, "not an HDF5 file");
    refused(scratch_path("none.h5"), "No such file or directory");
    CHECK(weft_file_open(MPI_COMM_WORLD, bad, WEFT_CREATE, &f) == WEFT_OK);
    CHECK(weft_file_close(f) == WEFT_OK);
    refused(bad, "not a checkpoint of weft");
    /* killed before commit */
    CHECK(weft_checkpoint_begin(MPI_COMM_WORLD, scratch_path("unfinished.h5"), &f) == WEFT_OK);
    CHECK(weft_file_put(f, "note", note, sizeof note) == WEFT_OK);
    CHECK(weft_file_flush(f) == WEFT_OK);
    CHECK(access(scratch_path("unfinished.h5"), F_OK) != 0);
    copy(scratch_path("unfinished.h5.tmp"), bad, -1, -1);
    refused(bad, "incomplete");
    weft_file_abandon(f);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK(access(scratch_path("unfinished.h5.tmp"), F_OK) != 0);

    check_damage(path, &p);
    check_other(path, &other, "has 6 x 12 points, the run has 12 x 6");
    check_other(path, &line, "has 6 x 12 points, the run has 72");
    check_other(path, &k, "stored as grid values");
    CHECK(weft_checkpoint_open(MPI_COMM_WORLD, path, &f) == WEFT_OK);
    char back[4];
    CHECK(weft_file_get(f, "note", back, sizeof back) == WEFT_IO);
    CHECK(strstr(weft_error_message(), "10 bytes, this run needs 4") != NULL);
    CHECK(strstr(weft_error_message(), "start again with --overwrite") != NULL);
    weft_error_clear();
    CHECK(weft_file_close(f) == WEFT_OK);
}

/* ---- a full disk: the limit on the size of files has the same effect as no space ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void check_full_disk(rlim_t bytes, bool one_rank, const problem *p)
{
    const char *path = scratch_path("ckpt-4.h5");
    int rank, size;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    setup s = make(MPI_COMM_WORLD, p);
    for (int i = 0; i < 3; i++)
        visit(&s, i, true);
    CHECK(save(MPI_COMM_WORLD, path, &s) == WEFT_OK);
    struct stat before, after;
    stat(path, &before);
    MPI_Barrier(MPI_COMM_WORLD);
    if (!one_rank || rank == size - 1)
        limit_files(bytes);
    CHECK(save(MPI_COMM_WORLD, path, &s) == WEFT_IO);
    CHECK(strstr(weft_error_message(), "File too large") ||
          strstr(weft_error_message(), "only a part"));
    CHECK(strstr(weft_error_message(), path) != NULL);
    weft_error_clear();
    limit_files(RLIM_INFINITY);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK(stat(path, &after) == 0 && after.st_ino == before.st_ino);
    CHECK(access(scratch_path("ckpt-4.h5.tmp"), F_OK) != 0);
    drop(&s);
    load(MPI_COMM_WORLD, path, p);
}

/* A series on a full disk: an error on all ranks, then a close that says nothing new. */
static void check_full_series(bool shared)
{
    weft_file *f;
    const char *path = scratch_path("full.nc");
    limit_files(20000);
    CHECK((shared ? weft_file_open(MPI_COMM_WORLD, path, WEFT_CREATE, &f)
                  : weft_file_open_replicated(MPI_COMM_WORLD, path, WEFT_CREATE, &f)) == WEFT_OK);
    CHECK(weft_file_dimension(f, "time", 0, NULL, "time", "time") == WEFT_OK);
    weft_status status = WEFT_OK;
    for (int64_t i = 0; i < 5000 && status == WEFT_OK; i++) {
        double t = (double)i;
        status = weft_file_write(f, "time", i, &t);
        if (status == WEFT_OK && i % 50 == 0)
            status = weft_file_flush(f);
    }
    CHECK(status == WEFT_IO);
    CHECK(strstr(weft_error_message(), "File too large") ||
          strstr(weft_error_message(), "only a part"));
    weft_error_clear();
    CHECK(weft_file_close(f) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    limit_files(RLIM_INFINITY);
    MPI_Barrier(MPI_COMM_WORLD);
}

int main(int argc, char **argv)
{
    static const weft_boundary P = WEFT_PERIODIC, A = WEFT_ANTIPERIODIC, N = WEFT_NEUMANN,
                               D = WEFT_DIRICHLET;
    const problem problems[] = {{1, {41}, {P}, WEFT_X},
                                {2, {9, 14}, {P, P}, WEFT_X},
                                {3, {7, 8, 9}, {P, P, P}, WEFT_X},
                                {1, {30}, {P}, WEFT_K},
                                {1, {26}, {A}, WEFT_K},
                                {1, {33}, {N}, WEFT_K},
                                {2, {12, 10}, {P, P}, WEFT_K},
                                {2, {13, 12}, {D, N}, WEFT_K},
                                {2, {11, 12}, {N, P}, WEFT_K},
                                {3, {8, 9, 10}, {P, P, P}, WEFT_K},
                                {3, {7, 8, 6}, {P, N, A}, WEFT_K}};
    /* What a rank has lies in the file in many short pieces, the third in several turns. */
    const problem rows[] = {{3, {4, 40, 200}, {P, P, P}, WEFT_X},
                            {3, {4, 20, 22}, {P, P, P}, WEFT_K, true},
                            {3, {16, 256, 130}, {P, P, P}, WEFT_K, true},
                            {3, {5, 24, 9}, {N, N, N}, WEFT_K, true},
                            {2, {300, 7}, {P, P}, WEFT_K}},
                  plane = {2, {96, 64}, {P, P}, WEFT_X};
    MPI_Init(&argc, &argv);
    signal(SIGXFSZ, SIG_IGN);
    scratch_make();
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        check(&problems[i]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i]);
    check_refusals();
    int64_t blocks = weft_memory_blocks();
    check_full_disk(1000, false, &plane);
    check_full_disk(30000, false, &plane);
    check_full_disk(110000, true, &plane);
    check_full_disk(154000, false, &plane);
    check_full_disk(300000, true, &rows[0]);
    check_full_disk(750000, false, &rows[0]);
    check_full_series(false);
    check_full_series(true);
    CHECK(weft_memory_blocks() == blocks);
    scratch_remove();
    return check_end();
}
