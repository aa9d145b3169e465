/* Arrays of large lattices (rl_region_extent): rows are padded only while the padded array can be
 * counted by the 31 bits of a mark's site; a lattice that fits without padding is not refused. */
#include "check.h"
#include "model/reaction_lattice/exact/exact.h"
#include "weft/memory.h"

enum { ROW = 256, PADDED = 320 };

static weft_extent extent_of(int64_t rows)
{
    const int64_t n[2] = {rows, ROW};
    const double length[2] = {1, 1};
    const weft_boundary boundary[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    CHECK(weft_grid_create(MPI_COMM_SELF, 2, n, length, boundary, WEFT_BLOCKS, &g) == WEFT_OK);
    const weft_extent e = rl_region_extent(g, 0);
    weft_grid_free(g);
    return e;
}

/* No field is made: an extent is a shape. */
static void near_the_largest(void)
{
    const int64_t last_padded = RL_MOST_CELLS / PADDED, last = RL_MOST_CELLS / ROW;
    weft_extent e = extent_of(last_padded);
    CHECK(e.stride[1] == PADDED && e.size == last_padded * PADDED && e.size <= RL_MOST_CELLS);
    for (int64_t rows = last_padded + 1; rows <= last; rows += (last - last_padded - 1) / 3) {
        e = extent_of(rows);
        CHECK(e.stride[1] == ROW && e.size == rows * ROW && e.size <= RL_MOST_CELLS);
    }
    e = extent_of(last);
    CHECK(e.size == last * ROW && e.size <= RL_MOST_CELLS);
    CHECK(extent_of(last + 1).size > RL_MOST_CELLS);
}

/* What the cache holds is not padded; what it does not hold is. */
static void small(void)
{
    CHECK(extent_of(RL_CACHED_CELLS / ROW).stride[1] == ROW);
    CHECK(extent_of(RL_CACHED_CELLS / ROW + 1).stride[1] == PADDED);
}

/* What is claimed for marks before they are made is what they take: of one patch, and of many. */
static void marks(int dim, const int64_t *n)
{
    const double length[3] = {1, 1, 1};
    const weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    rl_region region;
    rl_marks m;
    CHECK(weft_grid_create(MPI_COMM_SELF, dim, n, length, boundary, WEFT_BLOCKS, &g) == WEFT_OK);
    rl_region_make(g, 0, 0, &region);
    const int64_t before = weft_memory_bytes();
    rl_marks_make(&region, dim, &m);
    CHECK_NEAR((double)(weft_memory_bytes() - before), rl_marks_bytes(&region, dim), 0);
    rl_marks_free(&m);
    rl_region_free(&region);
    weft_grid_free(g);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    near_the_largest();
    small();
    marks(1, (int64_t[]){1000});
    marks(1, (int64_t[]){INT64_C(1) << 23});
    marks(2, (int64_t[]){4096, 2048});
    marks(3, (int64_t[]){200, 160, 256});
    return check_end();
}
