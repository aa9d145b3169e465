/* States: fields in both spaces, against functions of the global point.
 *
 * Each value is a number made from its global index, so that a block that lies at a wrong place, a
 * ghost that was taken for a point, or components that were exchanged are seen on any number of
 * ranks. In the space of modes the same is done with the mode number. */
#include "weft/state.h"
#include "check.h"
#include "weft/exact.h"
#include "weft/fft.h"
#include "weft/memory.h"

static int rank, size;

static const weft_field_spec specs[] = {
    {"phi", "1", "field", WEFT_EVOLVED, WEFT_F64, 2, 2},
    {"pi", "1", "momentum", WEFT_MOMENTUM, WEFT_F64, 2, 0},
    {"delta", "1", "disorder", WEFT_STATIC, WEFT_F64, 1, 1},
    {"site", "1", "occupation", WEFT_EVOLVED, WEFT_U8, 1, 1},
};

static weft_grid *make_grid(int dim, const int64_t *n, const weft_boundary *boundary,
                            weft_layout layout)
{
    const double length[3] = {3, 4, 5};
    weft_grid *g;
    CHECK(weft_grid_create(MPI_COMM_WORLD, dim, n, length, boundary, layout, &g) == WEFT_OK);
    return g;
}

static double value(int component, int64_t z, int64_t y, int64_t x)
{
    return sin(0.3 + 1.7 * (double)z + 2.9 * (double)y * (1 + component) + 0.77 * (double)(x * x));
}

/* Set a component from values in a ghosted array. */
static void assign(weft_state *s, weft_field *f, int component, int ghost)
{
    const weft_grid *g = s->grid;
    const weft_extent e = weft_grid_extent(g, ghost);
    double *values = weft_alloc((size_t)e.size, sizeof *values);
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++)
            values[weft_extent_row(&e, z, y) + x] =
                value(component, g->start[0] + z, g->start[1] + y, g->start[2] + x);
    weft_field_assign(s, f, component, values, ghost);
    weft_free(values);
}

/* The view shows the block of the grid. */
static void check_view(const weft_grid *g, const weft_view *v, int component, double tolerance)
{
    double worst = 0;
    CHECK(memcmp(v->local, g->local, sizeof v->local) == 0 && v->stride[2] == 1);
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++)
            worst =
                fmax(worst, fabs(weft_row(v, z, y)[x] - value(component, g->start[0] + z,
                                                              g->start[1] + y, g->start[2] + x)));
    CHECK_NEAR(worst, 0, tolerance);
}

/* The sum of squares is that over the whole grid; to the bit with tolerance 0. */
static void check_sum(weft_state *s, weft_field *f, int component, double tolerance)
{
    const weft_grid *g = s->grid;
    weft_exact sum;
    weft_exact_clear(&sum);
    for (int64_t z = 0; z < g->n[0]; z++)
        for (int64_t y = 0; y < g->n[1]; y++)
            for (int64_t x = 0; x < g->n[2]; x++) {
                double here = value(component, z, y, x);
                weft_exact_add_products(&sum, &here, &here, 1);
            }
    double squares = weft_exact_value(&sum);
    CHECK_NEAR(weft_field_sum_squares(s, f, component), squares, tolerance * squares);
}

static void test_grid_space(int dim, const int64_t *n, weft_layout layout)
{
    const weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g = make_grid(dim, n, boundary, layout);
    weft_state *s, *like;
    CHECK(weft_state_create(g, NULL, specs, 4, WEFT_X, &s) == WEFT_OK);
    CHECK(weft_state_like(s, &like) == WEFT_OK);
    weft_field *phi = weft_state_find(s, "phi"), *pi = weft_state_find(s, "pi");
    CHECK(phi == &s->field[0] && weft_state_find(s, "ph") == NULL);
    CHECK(weft_state_find(like, "delta")->data == NULL && like->n == s->n);
    CHECK(phi->halo && !pi->halo && weft_state_find(like, "phi")->halo);
    CHECK(weft_field_data(phi, 1) == weft_field_data(phi, 0) + phi->size);
    for (int c = 0; c < 2; c++) {
        assign(s, phi, c, 3 * c);
        assign(s, pi, c, c);
        CHECK(weft_field_view(s, phi, c, NULL).data == weft_field_data(phi, c));
    }
    for (int c = 0; c < 2; c++) {
        weft_view v = weft_field_view(s, phi, c, NULL), w = weft_field_view(s, pi, c, NULL);
        check_view(g, &v, c, 0);
        check_view(g, &w, c, 0);
        check_sum(s, phi, c, 0);
        check_sum(s, pi, c, 0);
    }
    int64_t calls = weft_memory_calls();
    weft_field_exchange(phi);
    weft_field_exchange(pi);
    CHECK(weft_memory_calls() == calls);
    if (weft_grid_local_sites(g) > 0) {
        int64_t x = (g->start[2] - 2 + 2 * g->n[2]) % g->n[2];
        CHECK(weft_field_data(phi, 1)[phi->extent.origin - 2] ==
              value(1, g->start[0], g->start[1], x));
    }
    weft_state_free(like);
    weft_state_free(s);
    weft_grid_free(g);
}

static void test_bytes(void)
{
    const int64_t n[1] = {11};
    const weft_boundary boundary[1] = {WEFT_PERIODIC};
    weft_grid *g = make_grid(1, n, boundary, WEFT_BLOCKS);
    weft_state *s;
    CHECK(weft_state_create(g, NULL, specs, 4, WEFT_X, &s) == WEFT_OK);
    weft_field *site = weft_state_find(s, "site");
    uint8_t *b = weft_field_bytes(site, 0) + site->extent.origin;
    for (int64_t x = 0; x < g->local[2]; x++)
        b[x] = (uint8_t)(3 * (g->start[2] + x));
    weft_field_exchange(site);
    CHECK(b[-1] == 3 * ((g->start[2] + 10) % 11));
    CHECK(b[g->local[2]] == 3 * ((g->start[2] + g->local[2]) % 11));
    weft_state_free(s);
    weft_grid_free(g);
}

/* Every kind of non-finite value is seen, on whatever rank, only in owned points. */
static void test_finite(void)
{
    const int64_t n[2] = {8, 9};
    const double odd[] = {INFINITY, -INFINITY, NAN, -NAN};
    const weft_boundary boundary[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g = make_grid(2, n, boundary, WEFT_SLAB);
    weft_state *s;
    CHECK(weft_state_create(g, NULL, specs, 4, WEFT_X, &s) == WEFT_OK);
    CHECK(weft_state_finite(s));
    weft_field_data(&s->field[0], 0)[0] = NAN; /* a ghost */
    weft_field_data(&s->field[2], 0)[s->field[2].extent.origin] = NAN;
    CHECK(weft_state_finite(s));
    for (int r = 0; r < size; r++)
        for (int i = 0; i < 4; i++) {
            weft_field *f = &s->field[i % 2];
            double *point = weft_field_data(f, 1) + f->extent.origin;
            int64_t start[3], local[3];
            weft_grid_block(g, r, start, local);
            if (local[1] == 0)
                continue;
            if (rank == r)
                point += (local[1] - 1) * f->extent.stride[1] + (i < 2 ? local[2] - 1 : 3);
            double was = *point;
            if (rank == r)
                *point = odd[i];
            CHECK(!weft_state_finite(s));
            *point = was;
            CHECK(weft_state_finite(s));
        }
    weft_state_free(s);
    weft_grid_free(g);
}

static void test_mode_space(int dim, const int64_t *n, const weft_boundary *boundary,
                            weft_layout layout)
{
    weft_grid *g = make_grid(dim, n, boundary, layout);
    weft_fft_options options = {WEFT_ESTIMATE, NULL};
    weft_fft *fft;
    weft_state *s, *like;
    CHECK(weft_fft_create(g, NULL, &options, &fft) == WEFT_OK);
    CHECK(weft_state_create(g, fft, specs, 3, WEFT_K, &s) == WEFT_OK);
    CHECK(weft_state_like(s, &like) == WEFT_OK);
    weft_field *phi = weft_state_find(s, "phi");
    CHECK(phi->space == WEFT_K && !phi->halo && phi->size == fft->modes * fft->per_mode);
    CHECK(weft_state_find(s, "delta")->space == WEFT_X);
    CHECK(weft_state_find(like, "pi")->space == WEFT_K);
    double *buffer = weft_fft_buffer(fft);
    assign(s, phi, 0, 0);
    assign(s, phi, 1, 2);
    assign(s, weft_state_find(s, "delta"), 0, 1);
    weft_field_view(s, phi, 0, NULL); /* the transform may plan its redistribution now */
    int64_t calls = weft_memory_calls();
    for (int twice = 0; twice < 2; twice++) { /* a view leaves the field as it was */
        weft_view v = weft_field_view(s, phi, 0, buffer), w = weft_field_view(s, phi, 1, NULL);
        check_view(g, &v, 0, 1e-13);
        check_view(g, &w, 1, 1e-13);
        check_sum(s, phi, 0, 1e-13);
        check_sum(s, phi, 1, 1e-13);
    }
    CHECK(weft_memory_calls() == calls);
    weft_view delta = weft_field_view(s, weft_state_find(s, "delta"), 0, NULL);
    check_view(g, &delta, 0, 0);
    CHECK(weft_state_finite(s));
    if (phi->size > 0)
        weft_field_data(phi, 1)[phi->size - 1] = NAN;
    CHECK(!weft_state_finite(s));
    weft_fft_buffer_free(fft, buffer);
    weft_state_free(like);
    weft_state_free(s);
    weft_fft_free(fft);
    weft_grid_free(g);
}

/* A halo that does not fit fails on all ranks and leaves nothing behind. */
static void test_refused(void)
{
    const int64_t n[1] = {8};
    const weft_boundary boundary[1] = {WEFT_PERIODIC};
    const weft_field_spec wide[] = {{"a", "1", "", WEFT_EVOLVED, WEFT_F64, 1, 1},
                                    {"b", "1", "", WEFT_EVOLVED, WEFT_F64, 1, 5}};
    weft_grid *g = make_grid(1, n, boundary, WEFT_BLOCKS);
    weft_state *s;
    weft_status status = weft_state_create(g, NULL, wide, 2, WEFT_X, &s);
    CHECK(status == (size == 1 ? WEFT_OK : WEFT_INPUT));
    CHECK((s == NULL) == (status != WEFT_OK));
    weft_error_clear();
    weft_state_free(s);
    weft_grid_free(g);
}

int main(int argc, char **argv)
{
    static const weft_boundary kinds[][3] = {
        {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC},
        {WEFT_ANTIPERIODIC, WEFT_ANTIPERIODIC, WEFT_ANTIPERIODIC},
        {WEFT_NEUMANN, WEFT_NEUMANN, WEFT_NEUMANN},
        {WEFT_DIRICHLET, WEFT_DIRICHLET, WEFT_DIRICHLET},
        {WEFT_NEUMANN, WEFT_DIRICHLET, WEFT_PERIODIC},
    };
    const int64_t line[1] = {24}, plane[2] = {9, 14}, wide[2] = {4, 30}, cube[3] = {8, 5, 6};
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (int layout = WEFT_SLAB; layout <= WEFT_BLOCKS; layout++) {
        test_grid_space(1, line, (weft_layout)layout);
        test_grid_space(2, plane, (weft_layout)layout);
        test_grid_space(3, cube, (weft_layout)layout);
    }
    test_bytes();
    test_finite();
    test_refused();
    for (int k = 0; k < 5; k++)
        for (int layout = WEFT_SLAB; layout <= WEFT_BLOCKS; layout++) {
            test_mode_space(1, line, kinds[k], (weft_layout)layout);
            test_mode_space(2, plane, kinds[k], (weft_layout)layout);
            test_mode_space(2, wide, kinds[k], (weft_layout)layout);
            test_mode_space(3, cube, kinds[k], (weft_layout)layout);
        }
    CHECK(weft_memory_blocks() == 0 && weft_memory_bytes() == 0);
    return check_end();
}
