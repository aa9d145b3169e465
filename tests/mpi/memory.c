/* Asking for memory: more than there is, on one rank or on all, fails on all ranks alike. */
#include "weft/memory.h"
#include "check.h"
#include "weft/state.h"

static void claims(int rank)
{
    CHECK(weft_memory_claim(MPI_COMM_WORLD, 1) == WEFT_OK);
    CHECK(weft_memory_claim(MPI_COMM_WORLD, 1.1e8) == WEFT_OK); /* far below any machine's */
    CHECK_TEXT(weft_error_message(), "");
    for (int all = 0; all < 2; all++) {
        CHECK(weft_memory_claim(MPI_COMM_WORLD, all || rank == 0 ? 1e18 : 0) == WEFT_FAILED);
        CHECK(strncmp(weft_error_message(), "out of memory: ", 15) == 0);
        CHECK(strstr(weft_error_message(), "would need at least 1e+09") || all);
        weft_error_clear();
    }
}

/* Fields and stages: nothing is taken. */
static void fields(void)
{
    static const weft_field_spec spec = {"phi", "1", "field", WEFT_EVOLVED, WEFT_F64, 2, 2};
    const int64_t n[2] = {INT64_C(1) << 25, INT64_C(1) << 25};
    const double length[2] = {1, 1};
    const int64_t blocks = weft_memory_blocks();
    weft_grid *g;
    weft_state *s;
    CHECK(weft_grid_create(MPI_COMM_WORLD, 2, n, length,
                           (weft_boundary[]){WEFT_PERIODIC, WEFT_PERIODIC}, WEFT_BLOCKS,
                           &g) == WEFT_OK);
    CHECK(weft_state_create(g, NULL, &spec, 1, WEFT_X, &s) == WEFT_FAILED && s == NULL);
    weft_error_clear();
    weft_grid_free(g);
    CHECK(weft_memory_blocks() == blocks);
}

int main(int argc, char **argv)
{
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    claims(rank);
    fields();
    return check_end();
}
