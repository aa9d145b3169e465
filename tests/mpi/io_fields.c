/* Snapshots of fields: blocks of ghosted arrays on one to three axes, all kinds of storage, written
 * on some ranks and read on others, cut and resumed. */
#include "check.h"
#include "scratch.h"
#include "weft/io.h"
#include "weft/memory.h"

enum { COMPONENTS = 2, RECORDS = 3 };
static const char *const axis_names[3] = {"z", "y", "x"};

typedef struct problem {
    int dim;
    int64_t n[3]; /* slowest first */
    weft_layout layout;
    int ghost, compress;
} problem;

static weft_grid *make_grid(MPI_Comm comm, const problem *p)
{
    const double length[3] = {1, 2, 3};
    const weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    CHECK(weft_grid_create(comm, p->dim, p->n, length, boundary, p->layout, &g) == WEFT_OK);
    return g;
}

/* The value of component c at a global site and record: exact in single precision. */
static double value_at(int64_t record, int c, int64_t z, int64_t y, int64_t x)
{
    return (double)(x + 100 * y + 5000 * z) + 0.25 * (double)c + 0.5 * (double)record;
}

static void fill(const weft_grid *g, const weft_box *box, int64_t record, int c, double *real,
                 uint8_t *bytes)
{
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++) {
            int64_t at = weft_box_row(box, z, y) + x;
            double v = value_at(record, c, g->start[0] + z, g->start[1] + y, g->start[2] + x);
            real[at] = v;
            bytes[at] = (uint8_t)((int64_t)(4 * v) % 251);
        }
}

static int64_t wrong(const weft_grid *g, const weft_box *box, int64_t record, int c,
                     const double *real, const uint8_t *bytes)
{
    int64_t count = 0;
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++) {
            int64_t at = weft_box_row(box, z, y) + x;
            double v = value_at(record, c, g->start[0] + z, g->start[1] + y, g->start[2] + x);
            count += real && real[at] != v;
            count += bytes && bytes[at] != (uint8_t)((int64_t)(4 * v) % 251);
        }
    return count;
}

static void define(weft_file *f, const weft_grid *g, int compress)
{
    const char *dims[5] = {"time", "component"}, *scalar[4] = {"time"};
    CHECK(weft_file_dimension(f, "time", 0, NULL, "time", "time") == WEFT_OK);
    CHECK(weft_file_dimension(f, "component", COMPONENTS, NULL, "", "") == WEFT_OK);
    int n = 0;
    for (int a = 3 - g->dim; a < 3; a++, n++) {
        double *values = weft_alloc((size_t)g->n[a], sizeof *values);
        for (int64_t i = 0; i < g->n[a]; i++)
            values[i] = weft_grid_coordinate(g, a, i);
        CHECK(weft_file_dimension(f, axis_names[a], g->n[a], values, "length", axis_names[a]) ==
              WEFT_OK);
        weft_free(values);
        dims[2 + n] = scalar[1 + n] = axis_names[a];
    }
    CHECK(weft_file_variable(f, "phi", WEFT_STORE_F64, 2 + n, dims, compress, "1", "field") ==
          WEFT_OK);
    CHECK(weft_file_variable(f, "phi32", WEFT_STORE_F32, 1 + n, scalar, compress, "1", "field") ==
          WEFT_OK);
    CHECK(weft_file_variable(f, "state", WEFT_STORE_U8, 1 + n, scalar, compress, "1", "") ==
          WEFT_OK);
    CHECK(weft_file_variable(f, "frozen", WEFT_STORE_F64, n, scalar + 1, compress, "1", "") ==
          WEFT_OK);
    CHECK(weft_file_variable(f, "bytes64", WEFT_STORE_F64, 1 + n, scalar, 0, "1", "") == WEFT_OK);
}

static void write_record(weft_file *f, const weft_grid *g, int ghost, int64_t record, double *real,
                         uint8_t *bytes)
{
    weft_box box = weft_grid_box(g, ghost);
    double time = (double)record;
    for (int c = COMPONENTS - 1; c >= 0; c--) {
        fill(g, &box, record, c, real, bytes);
        CHECK(weft_file_write_block(f, "phi", record, c, g, &box, WEFT_F64, real) == WEFT_OK);
    }
    CHECK(weft_file_write_block(f, "phi32", record, -1, g, &box, WEFT_F64, real) == WEFT_OK);
    CHECK(weft_file_write_block(f, "state", record, -1, g, &box, WEFT_U8, bytes) == WEFT_OK);
    CHECK(weft_file_write_block(f, "bytes64", record, -1, g, &box, WEFT_U8, bytes) == WEFT_OK);
    if (record == 0)
        CHECK(weft_file_write_block(f, "frozen", -1, -1, g, &box, WEFT_F64, real) == WEFT_OK);
    CHECK(weft_file_write(f, "time", record, &time) == WEFT_OK);
    CHECK(weft_file_flush(f) == WEFT_OK);
}

static void write_file(MPI_Comm comm, const char *path, const problem *p)
{
    weft_grid *g = make_grid(comm, p);
    weft_extent e = weft_grid_extent(g, p->ghost);
    double *real = weft_alloc((size_t)e.size, sizeof *real);
    uint8_t *bytes = weft_alloc((size_t)e.size, 1);
    weft_file *f;
    CHECK(weft_file_open(comm, path, WEFT_CREATE, &f) == WEFT_OK);
    define(f, g, p->compress);
    weft_file *checkpoint;
    for (int64_t r = 0; r < RECORDS; r++) {
        write_record(f, g, p->ghost, r, real, bytes);
        if (r != RECORDS - 3)
            continue;
        CHECK(weft_checkpoint_begin(comm, scratch_path("frame.h5"), &checkpoint) == WEFT_OK);
        CHECK(weft_file_put_frame(checkpoint, "frame", f) == WEFT_OK);
        CHECK(weft_checkpoint_commit(checkpoint) == WEFT_OK);
    }
    CHECK(weft_file_close(f) == WEFT_OK);
    /* resumed two records back */
    CHECK(weft_checkpoint_open(comm, scratch_path("frame.h5"), &checkpoint) == WEFT_OK);
    CHECK(weft_file_restore(checkpoint, "frame", path) == WEFT_OK);
    CHECK(weft_file_close(checkpoint) == WEFT_OK);
    CHECK(weft_file_open(comm, path, WEFT_APPEND, &f) == WEFT_OK);
    for (int64_t r = RECORDS - 2; r < RECORDS; r++)
        write_record(f, g, p->ghost, r, real, bytes);
    CHECK(weft_file_close(f) == WEFT_OK);
    weft_free(real);
    weft_free(bytes);
    weft_grid_free(g);
}

static void read_file(MPI_Comm comm, const char *path, const problem *p)
{
    weft_grid *g = make_grid(comm, p);
    int ghost = p->ghost ? 0 : 1; /* another than when it was written */
    weft_extent e = weft_grid_extent(g, ghost);
    weft_box box = weft_grid_box(g, ghost);
    double *real = weft_alloc((size_t)e.size, sizeof *real), time;
    uint8_t *bytes = weft_alloc((size_t)e.size, 1);
    weft_file *f;
    CHECK(weft_file_open(comm, path, WEFT_READ, &f) == WEFT_OK);
    int64_t length;
    CHECK(weft_file_length(f, "time", &length) == WEFT_OK && length == RECORDS);
    for (int64_t r = 0; r < RECORDS; r++) {
        CHECK(weft_file_read(f, "time", r, &time) == WEFT_OK && time == (double)r);
        for (int c = 0; c < COMPONENTS; c++) {
            CHECK(weft_file_read_block(f, "phi", r, c, g, &box, WEFT_F64, real) == WEFT_OK);
            CHECK(wrong(g, &box, r, c, real, NULL) == 0);
        }
        CHECK(weft_file_read_block(f, "phi32", r, -1, g, &box, WEFT_F64, real) == WEFT_OK);
        CHECK(wrong(g, &box, r, 0, real, NULL) == 0);
        CHECK(weft_file_read_block(f, "state", r, -1, g, &box, WEFT_U8, bytes) == WEFT_OK);
        CHECK(wrong(g, &box, r, 0, NULL, bytes) == 0);
        CHECK(weft_file_read_block(f, "bytes64", r, -1, g, &box, WEFT_U8, bytes) == WEFT_OK);
        CHECK(wrong(g, &box, r, 0, NULL, bytes) == 0);
    }
    CHECK(weft_file_read_block(f, "frozen", -1, -1, g, &box, WEFT_F64, real) == WEFT_OK);
    CHECK(wrong(g, &box, 0, 0, real, NULL) == 0);
    CHECK(weft_file_close(f) == WEFT_OK);
    weft_free(real);
    weft_free(bytes);
    weft_grid_free(g);
}

/* Written on the first ranks alone, read on all, and the other way round. */
static void check(const problem *p)
{
    int rank, size;
    MPI_Comm some;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    bool among = rank < (size + 1) / 2;
    MPI_Comm_split(MPI_COMM_WORLD, among ? 0 : MPI_UNDEFINED, rank, &some);
    const char *path = scratch_path("fields.nc");
    if (among)
        write_file(some, path, p);
    MPI_Barrier(MPI_COMM_WORLD);
    read_file(MPI_COMM_WORLD, path, p);
    MPI_Barrier(MPI_COMM_WORLD);
    write_file(MPI_COMM_WORLD, path, p);
    MPI_Barrier(MPI_COMM_WORLD);
    if (among) {
        read_file(some, path, p);
        MPI_Comm_free(&some);
    }
}

/* A block over several chunks: 1 MiB each. */
static void check_large(void)
{
    problem p = {2, {512, 700}, WEFT_BLOCKS, 1, 1};
    check(&p);
}

/* The errors of a block are errors on all ranks. */
static void check_errors(void)
{
    problem p = {2, {6, 8}, WEFT_BLOCKS, 0, 0}, q = {2, {8, 6}, WEFT_BLOCKS, 0, 0};
    weft_grid *g = make_grid(MPI_COMM_WORLD, &p), *other = make_grid(MPI_COMM_WORLD, &q);
    weft_box box = weft_grid_box(g, 0), other_box = weft_grid_box(other, 0);
    double values[48] = {0};
    static const char *const wanted[4] = {"shape of the grid", "no component 2", "no record 1", ""};
    for (int i = 0; i < 4; i++) {
        weft_file *f;
        CHECK(weft_file_open(MPI_COMM_WORLD, scratch_path("e.nc"), WEFT_CREATE, &f) == WEFT_OK);
        define(f, g, 0);
        CHECK(weft_file_write_block(f, "phi", 0, 0, g, &box, WEFT_F64, values) == WEFT_OK);
        weft_status status = WEFT_OK;
        if (i == 0)
            status = weft_file_write_block(f, "phi", 1, 0, other, &other_box, WEFT_F64, values);
        if (i == 1)
            status = weft_file_write_block(f, "phi", 1, 2, g, &box, WEFT_F64, values);
        if (i == 2)
            status = weft_file_read_block(f, "phi", 1, 0, g, &box, WEFT_F64, values);
        CHECK(status == (i < 3 ? WEFT_IO : WEFT_OK));
        CHECK(strstr(weft_error_message(), wanted[i]) != NULL);
        weft_error_clear();
        CHECK(weft_file_close(f) == WEFT_OK);
    }
    weft_grid_free(g);
    weft_grid_free(other);
}

int main(int argc, char **argv)
{
    static const problem problems[] = {
        {1, {37}, WEFT_BLOCKS, 2, 0},
        {1, {64}, WEFT_SLAB, 0, 6},
        {2, {5, 16}, WEFT_SLAB, 1, 0}, /* more ranks than rows at 4: a rank without points */
        {2, {11, 13}, WEFT_BLOCKS, 2, 4},
        {2, {12, 9}, WEFT_BLOCKS, 0, 0},
        {3, {6, 7, 8}, WEFT_BLOCKS, 1, 0},
        {3, {7, 6, 10}, WEFT_SLAB, 2, 9},
        {3, {9, 10, 11}, WEFT_BLOCKS, 0, 1},
        /* Records of several chunks, which some ranks share and others have for themselves. The
           last one of 100 layers, in chunks of 25, is whole on two ranks and on four; the bytes of
           101 x 97 sites have half a word at their end. */
        {3, {40, 64, 64}, WEFT_SLAB, 1, 0},
        {3, {100, 64, 80}, WEFT_SLAB, 0, 0},
        {1, {300001}, WEFT_BLOCKS, 2, 0},
        {2, {101, 97}, WEFT_SLAB, 1, 0},
        {2, {700, 300}, WEFT_SLAB, 2, 0},
        /* Layers that are cut into several chunks, the last one of which is not full. */
        {3, {5, 410, 401}, WEFT_SLAB, 1, 0},
        {2, {5, 150001}, WEFT_SLAB, 0, 0}};
    MPI_Init(&argc, &argv);
    scratch_make();
    int64_t blocks = weft_memory_blocks();
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        check(&problems[i]);
    check_large();
    check_errors();
    CHECK(weft_memory_blocks() == blocks);
    scratch_remove();
    return check_end();
}
