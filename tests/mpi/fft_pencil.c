/* Pencils against the whole transform on one rank: coefficients and what is done with them, for all
 * boundaries, on as many ranks as the test has and where slabs could not be used. */
#include "check.h"
#include "weft/fft.h"
#include "weft/memory.h"

enum { BINS = 9 };

static int size;

typedef struct transform {
    weft_grid *grid;
    weft_fft *fft;
    double *data, *field;
} transform;

static double value(int64_t site)
{
    return sin(1.7 * (double)site + 0.3) + cos(0.9 * (double)(site * site % 1013));
}

static void fill(const weft_grid *g, double *field)
{
    weft_extent e = weft_grid_extent(g, 1);
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++)
            field[weft_extent_row(&e, z, y) + x] =
                value(((g->start[0] + z) * g->n[1] + g->start[1] + y) * g->n[2] + g->start[2] + x);
}

static transform make(MPI_Comm comm, const int64_t *n, const weft_boundary *b, weft_layout layout,
                      weft_rigor rigor)
{
    const double length[3] = {1.5, 2.0, 3.25};
    const weft_fft_options options = {rigor, NULL};
    transform t = {0};
    CHECK(weft_grid_create(comm, 3, n, length, b, layout, &t.grid) == WEFT_OK);
    CHECK(weft_fft_create(t.grid, NULL, &options, &t.fft) == WEFT_OK);
    t.data = weft_fft_buffer(t.fft);
    t.field = weft_alloc((size_t)weft_grid_extent(t.grid, 1).size, sizeof *t.field);
    fill(t.grid, t.field);
    weft_fft_load(t.fft, t.field, 1, t.data);
    weft_fft_forward(t.fft, t.data);
    return t;
}

static void end(transform *t)
{
    weft_free(t->field);
    weft_fft_buffer_free(t->fft, t->data);
    weft_fft_free(t->fft);
    weft_grid_free(t->grid);
}

/* Where, in the transform that is whole on this rank, mode i of the memory order of another is. */
static int64_t whole_place(const weft_fft *fft, const weft_fft *whole, int64_t i)
{
    int64_t place[3] = {i / fft->m[2] / fft->m[1], i / fft->m[2] % fft->m[1], i % fft->m[2]};
    int64_t m[3];
    for (int j = 0; j < 3; j++)
        m[fft->axis[j]] = fft->index[j][place[j]];
    return (m[0] * whole->m[1] + m[1]) * whole->m[2] + m[2];
}

/* Largest difference of arrays of width doubles a mode. */
static double apart(const transform *t, const transform *whole, int width, const double *a,
                    const double *b)
{
    double worst = 0;
    for (int64_t i = 0; i < t->fft->modes; i++)
        for (int r = 0; r < width; r++) {
            double off = fabs(a[width * i + r] - b[width * whole_place(t->fft, whole->fft, i) + r]);
            worst = off <= worst ? worst : off;
        }
    return worst;
}

static void compare_tables(const transform *t, const transform *whole)
{
    double *mine = weft_fft_buffer(t->fft), *all = weft_fft_buffer(whole->fft);
    weft_fft_k2(t->fft, 0, (t->fft)->modes, mine);
    weft_fft_k2(whole->fft, 0, (whole->fft)->modes, all);
    CHECK(apart(t, whole, 1, mine, all) == 0);
    weft_fft_weights(t->fft, mine);
    weft_fft_weights(whole->fft, all);
    CHECK(apart(t, whole, 1, mine, all) == 0);
    for (int j = 0; j < 3; j++)
        CHECK(t->fft->global_m[j] == whole->fft->global_m[t->fft->axis[j]]);
    CHECK(t->fft->scale == whole->fft->scale && t->fft->per_mode == whole->fft->per_mode);
    weft_fft_buffer_free(t->fft, mine);
    weft_fft_buffer_free(whole->fft, all);
}

static void compare_shells(const transform *t, const transform *whole)
{
    double power[2][BINS];
    int64_t count[2][BINS];
    weft_fft_shells(t->fft, t->data, 2.5, BINS, power[0], count[0]);
    weft_fft_shells(whole->fft, whole->data, 2.5, BINS, power[1], count[1]);
    CHECK(memcmp(count[0], count[1], sizeof count[0]) == 0);
    for (int s = 0; s < BINS; s++)
        CHECK_NEAR(power[0][s], power[1][s], 1e-12 * power[1][s]);
}

/* Derivatives along all axes that have one, dealiased, there and back. */
static void compare_derivatives(transform *t, transform *whole, const weft_boundary *b)
{
    for (int a = 0; a < 3; a++) {
        bool waves = b[a] == WEFT_PERIODIC || b[a] == WEFT_ANTIPERIODIC;
        for (int i = 0; i < 2 && waves; i++) {
            transform *which = i ? whole : t;
            weft_fft_derivative(which->fft, a, which->data);
        }
    }
    weft_fft_dealias(t->fft, 0.8, t->data);
    weft_fft_dealias(whole->fft, 0.8, whole->data);
    CHECK_NEAR(apart(t, whole, t->fft->per_mode, t->data, whole->data), 0, 1e-9);
    weft_fft_backward(t->fft, t->data);
    weft_fft_backward(whole->fft, whole->data);
    weft_fft_store(t->fft, t->data, t->fft->scale, t->field, 1);
    weft_fft_store(whole->fft, whole->data, whole->fft->scale, whole->field, 1);
    weft_extent mine = weft_grid_extent(t->grid, 1), all = weft_grid_extent(whole->grid, 1);
    const weft_grid *g = t->grid;
    double worst = 0;
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++) {
            double off = fabs(t->field[weft_extent_row(&mine, z, y) + x] -
                              whole->field[all.origin + (g->start[0] + z) * all.stride[0] +
                                           (g->start[1] + y) * all.stride[1] + g->start[2] + x]);
            worst = off <= worst ? worst : off;
        }
    CHECK_NEAR(worst, 0, 1e-10);
}

static void check_one(const int64_t *n, const weft_boundary *b, weft_layout layout,
                      weft_rigor rigor)
{
    if (weft_grid_max_ranks(3, n, layout, size) < size ||
        weft_grid_max_ranks(3, n, WEFT_TRANSFORM, size) < size)
        return;
    transform t = make(MPI_COMM_WORLD, n, b, layout, rigor);
    transform whole = make(MPI_COMM_SELF, n, b, WEFT_SLAB, WEFT_ESTIMATE);
    CHECK_NEAR(apart(&t, &whole, t.fft->per_mode, t.data, whole.data), 0,
               1e-13 * (double)(n[0] * n[1] * n[2]));
    compare_tables(&t, &whole);
    compare_shells(&t, &whole);
    compare_derivatives(&t, &whole, b);
    end(&t);
    end(&whole);
}

static void check(const int64_t *n, const weft_boundary *b, weft_layout layout, weft_rigor rigor)
{
    int before = check_failed;
    check_one(n, b, layout, rigor);
    if (check_failed > before)
        fprintf(stderr, "in %d x %d x %d, boundaries %d %d %d, layout %d\n", (int)n[0], (int)n[1],
                (int)n[2], b[0], b[1], b[2], layout);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int64_t blocks = weft_memory_blocks(), bytes = weft_memory_bytes();
    const int64_t sizes[][3] = {{2, 4, 6}, {3, 5, 8}, {7, 3, 5}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int b = 0; b < 64; b++) {
            const weft_boundary all[3] = {(weft_boundary)(b / 16), (weft_boundary)(b / 4 % 4),
                                          (weft_boundary)(b % 4)};
            check(sizes[i], all, WEFT_PENCIL, WEFT_ESTIMATE);
            check(sizes[i], all, b % 2 ? WEFT_TRANSFORM : WEFT_BLOCKS, WEFT_ESTIMATE);
        }
    /* Columns that go through a scratch array; measured plans. */
    const weft_boundary waves[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    check((int64_t[]){40, 34, 38}, waves, WEFT_PENCIL, WEFT_ESTIMATE);
    check((int64_t[]){3, 12, 16}, waves, WEFT_PENCIL, WEFT_MEASURE);
    CHECK(weft_memory_blocks() == blocks && weft_memory_bytes() == bytes);
    return check_end();
}
