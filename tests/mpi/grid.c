/* Decompositions: every point is owned once, sizes and coordinates are right, too many ranks are
 * refused with a number that works. */
#include "weft/grid.h"
#include "check.h"
#include "weft/memory.h"
#include <stdlib.h>

static int rank, size;

static const int64_t shapes[][4] = {
    /* dim, n */
    {1, 1},       {1, 7},       {1, 64},       {1, 1001},    {2, 8, 8},
    {2, 5, 7},    {2, 13, 4},   {2, 3, 31},    {2, 1, 9},    {3, 4, 4, 4},
    {3, 3, 5, 7}, {3, 9, 2, 5}, {3, 1, 1, 12}, {3, 2, 3, 4}, {3, 6, 1, 6},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static weft_status make(int dim, const int64_t *n, weft_layout layout, weft_grid **out)
{
    double length[3];
    weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    for (int a = 0; a < dim; a++)
        length[a] = 0.5 * (double)n[a];
    return weft_grid_create(MPI_COMM_WORLD, dim, n, length, boundary, layout, out);
}

/* Owners counted over all ranks are one each, and each rank knows the blocks of all. */
static void check_cover(const weft_grid *g)
{
    int64_t sites = weft_grid_sites(g), start[3], local[3], sum = 0;
    int *owners = calloc((size_t)sites, sizeof *owners);
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++)
            owners[((g->start[0] + z) * g->n[1] + g->start[1] + y) * g->n[2] + g->start[2] + x]++;
    MPI_Allreduce(MPI_IN_PLACE, owners, (int)sites, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    bool once = true;
    for (int64_t i = 0; i < sites; i++)
        once = once && owners[i] == 1;
    CHECK(once);
    free(owners);
    for (int r = 0; r < size; r++) {
        int64_t theirs[6];
        weft_grid_block(g, r, start, local);
        for (int a = 0; a < 3; a++) {
            theirs[a] = g->start[a];
            theirs[3 + a] = g->local[a];
        }
        MPI_Bcast(theirs, 6, MPI_INT64_T, r, MPI_COMM_WORLD);
        CHECK(memcmp(theirs, start, sizeof start) == 0);
        CHECK(memcmp(theirs + 3, local, sizeof local) == 0);
        sum += local[0] * local[1] * local[2];
    }
    CHECK(sum == sites);
}

static void check_shape(const weft_grid *g)
{
    CHECK(g->procs[0] * g->procs[1] * g->procs[2] == size);
    CHECK((g->coord[0] * g->procs[1] + g->coord[1]) * g->procs[2] + g->coord[2] == rank);
    for (int a = 0; a < 3; a++) {
        CHECK(g->procs[a] <= g->n[a]);
        if (g->layout == WEFT_SLAB) {
            int64_t thick = (g->n[a] + g->procs[a] - 1) / g->procs[a];
            CHECK(a == 3 - g->dim || g->procs[a] == 1);
            CHECK(g->local[a] == 0 || g->start[a] == thick * g->coord[a]);
            CHECK(g->local[a] <= thick);
        } else {
            CHECK(g->local[a] == g->n[a] / g->procs[a] || g->local[a] == g->n[a] / g->procs[a] + 1);
        }
    }
    CHECK(g->layout != WEFT_PENCIL || g->procs[2] == 1);
    weft_extent e = weft_grid_extent(g, 2);
    weft_box box = weft_grid_box(g, 2);
    int64_t elements = 1, origin = 0;
    CHECK(e.ghost == 2 && e.stride[2] == 1);
    for (int a = 2; a >= 0; a--) {
        int64_t layers = a >= 3 - g->dim ? 2 : 0;
        CHECK(e.stride[a] == elements && box.stride[a] == elements);
        CHECK(box.start[a] == g->start[a] && box.local[a] == g->local[a]);
        origin += layers * elements;
        elements *= g->local[a] + 2 * layers;
    }
    CHECK(e.size == elements && e.origin == origin && box.origin == origin);
    CHECK(weft_grid_local_sites(g) == g->local[0] * g->local[1] * g->local[2]);
    CHECK_NEAR(weft_grid_cell(g), pow(0.5, g->dim), 1e-15);
}

static void test_shapes(weft_layout layout)
{
    for (int s = 0; s < SHAPES; s++) {
        int dim = (int)shapes[s][0];
        const int64_t *n = shapes[s] + 1;
        int most = weft_grid_max_ranks(dim, n, layout, size);
        weft_grid *g;
        weft_status status = make(dim, n, layout, &g);
        CHECK((status == WEFT_OK) == (most == size));
        if (status == WEFT_OK) {
            check_cover(g);
            check_shape(g);
            weft_grid_free(g);
        } else {
            char can[32];
            snprintf(can, sizeof can, "; %d can be used", most);
            CHECK(status == WEFT_INPUT && g == NULL);
            CHECK(strstr(weft_error_message(), can) != NULL);
            weft_error_clear();
        }
    }
}

static void test_max_ranks(void)
{
    const int64_t small[2] = {5, 5}, chain[1] = {12}, cube[3] = {4, 4, 4},
                  large[3] = {INT64_C(3000000000), 1000, 1000};
    CHECK(weft_grid_max_ranks(2, small, WEFT_SLAB, 100) == 5);
    CHECK(weft_grid_max_ranks(2, small, WEFT_BLOCKS, 100) == 25);
    CHECK(weft_grid_max_ranks(2, small, WEFT_BLOCKS, 7) == 6); /* 7 is prime and above 5 */
    CHECK(weft_grid_max_ranks(1, chain, WEFT_BLOCKS, 100) == 12);
    CHECK(weft_grid_max_ranks(3, cube, WEFT_BLOCKS, 63) == 48); /* factors up to 4 each */
    CHECK(weft_grid_max_ranks(3, cube, WEFT_SLAB, 3) == 3);
    CHECK(weft_grid_max_ranks(3, large, WEFT_SLAB, 1 << 20) == 1 << 20);
    CHECK(weft_grid_max_ranks(3, large, WEFT_BLOCKS, 1 << 20) == 1 << 20);
}

/* Transforms take slabs as long as they can, then pencils in three dimensions. */
static void test_transform(void)
{
    const int64_t thin[3] = {3, 8, 8}, flat[2] = {3, 64}, cube[3] = {64, 64, 64};
    weft_grid *g;
    CHECK(make(3, thin, WEFT_TRANSFORM, &g) == WEFT_OK);
    CHECK(g->layout == (size <= 3 ? WEFT_SLAB : WEFT_PENCIL));
    CHECK(g->procs[0] == (size <= 3 ? size : 2) && g->procs[1] == (size <= 3 ? 1 : 2));
    weft_grid_free(g);
    CHECK(make(3, cube, WEFT_PENCIL, &g) == WEFT_OK);
    CHECK(g->layout == WEFT_PENCIL);
    weft_grid_free(g);
    CHECK(make(2, flat, WEFT_TRANSFORM, &g) == (size <= 3 ? WEFT_OK : WEFT_INPUT));
    if (size <= 3)
        weft_grid_free(g);
    else
        CHECK(strstr(weft_error_message(), "3 x 64 points cut into slabs; 3 can be used"));
    weft_error_clear();
    CHECK(weft_grid_max_ranks(2, flat, WEFT_TRANSFORM, 100) == 3);
    CHECK(weft_grid_max_ranks(3, thin, WEFT_TRANSFORM, 3) == 3);
    CHECK(weft_grid_max_ranks(3, thin, WEFT_TRANSFORM, 100) == 24);
    CHECK(weft_grid_max_ranks(3, thin, WEFT_TRANSFORM, 20) == 18); /* 19, and 20 = 5 x 4: no */
    CHECK(weft_grid_max_ranks(3, cube, WEFT_TRANSFORM, 1 << 20) == 4096);
    CHECK(weft_grid_max_ranks(3, cube, WEFT_SLAB, 1 << 20) == 64);
}

/* The cut of least surface; of equal ones along the slowest axes. */
static void test_surface(void)
{
    const int64_t wide[2] = {16, 64}, square[2] = {32, 32}, tiny[2] = {3, 3};
    weft_grid *g;
    CHECK(make(2, wide, WEFT_BLOCKS, &g) == WEFT_OK);
    CHECK(g->procs[1] == 1 && g->procs[2] == size);
    weft_grid_free(g);
    CHECK(make(2, square, WEFT_BLOCKS, &g) == WEFT_OK);
    CHECK(g->procs[1] == size); /* 2 x 2 has the same surface and more messages */
    weft_grid_free(g);
    CHECK(make(2, tiny, WEFT_BLOCKS, &g) == WEFT_OK);
    CHECK(g->procs[1] == (size == 4 ? 2 : size));
    weft_grid_free(g);
}

static void test_coordinates(void)
{
    const int64_t n[2] = {8, 10};
    const double length[2] = {4, 20};
    const weft_boundary boundary[2] = {WEFT_PERIODIC, WEFT_NEUMANN};
    weft_grid *g;
    CHECK(weft_grid_create(MPI_COMM_WORLD, 2, n, length, boundary, WEFT_BLOCKS, &g) == WEFT_OK);
    CHECK(weft_grid_coordinate(g, 1, 0) == -2.0 && weft_grid_coordinate(g, 1, 4) == 0.0);
    CHECK(weft_grid_coordinate(g, 2, 0) == -9.0 && weft_grid_coordinate(g, 2, 9) == 9.0);
    CHECK(g->dx[0] == 1 && g->dx[1] == 0.5 && g->dx[2] == 2 && weft_grid_cell(g) == 1);
    CHECK(g->n[0] == 1 && g->length[0] == 1);
    weft_grid_free(g);
}

/* Sizes beyond 32 bits: nothing of the size of the grid is allocated. */
static void test_large(void)
{
    const int64_t n[3] = {INT64_C(5000000001), 3, 1 << 20};
    weft_grid *g;
    CHECK(make(3, n, WEFT_SLAB, &g) == WEFT_OK);
    CHECK(weft_grid_sites(g) == n[0] * n[1] * n[2]);
    int64_t start[3], local[3];
    weft_grid_block(g, size - 1, start, local);
    CHECK(start[0] + local[0] == n[0]);
    CHECK(weft_grid_extent(g, 1).size == (g->local[0] + 2) * 5 * ((1 << 20) + 2));
    weft_grid_free(g);
}

static void test_wrong(void)
{
    const int64_t n[3] = {4, 0, 4}, huge[3] = {INT64_MAX, 4, 4}, good[3] = {8, 8, 8};
    const double length[3] = {1, -1, 1};
    const weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    CHECK(make(3, n, WEFT_SLAB, &g) == WEFT_INPUT);
    weft_error_clear();
    CHECK(make(3, huge, WEFT_SLAB, &g) == WEFT_INPUT);
    weft_error_clear();
    CHECK(weft_grid_create(MPI_COMM_WORLD, 3, good, length, boundary, WEFT_SLAB, &g) == WEFT_INPUT);
    weft_error_clear();
    CHECK(weft_grid_create(MPI_COMM_WORLD, 4, good, length, boundary, WEFT_SLAB, &g) == WEFT_INPUT);
    weft_error_clear();
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    test_shapes(WEFT_SLAB);
    test_shapes(WEFT_BLOCKS);
    test_shapes(WEFT_PENCIL);
    test_shapes(WEFT_TRANSFORM);
    test_max_ranks();
    test_transform();
    test_surface();
    test_coordinates();
    test_large();
    test_wrong();
    CHECK(weft_memory_blocks() == 0 && weft_memory_bytes() == 0);
    return check_end();
}
