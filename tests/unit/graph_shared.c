/* Graphs whose nodes share their parts: offsets that add up beyond what a byte holds, and questions
 * about a node with 2^60 ways to its leaves, which must be answered by a walk over the nodes. */
#include "check.h"
#include "expression/internal.h"

static void test_far_offsets(void)
{
    weft_graph *g = weft_graph_create();
    const int by[3] = {0, -64, 64}, u = weft_graph_variable(g, WEFT_VAR_FIELD, 0);
    int node = u;
    for (int i = 1; i <= 4; i++) {
        node = weft_graph_shift(g, node, by);
        CHECK(weft_graph_at(g, node)->op == WEFT_OP_SHIFT && weft_graph_at(g, node)->a == u);
        CHECK(weft_graph_at(g, node)->offset[1] == -64 * i);
        CHECK(weft_graph_at(g, node)->offset[2] == 64 * i);
    }
    /* 256 sites away is not the site itself */
    CHECK(node != u);
    weft_graph_free(g);
}

static void test_doubled(void)
{
    enum { TIMES = 60 };
    weft_graph *g = weft_graph_create();
    const int by[3] = {0, 0, 1}, x = weft_graph_variable(g, WEFT_VAR_PLACE, 0);
    int node = x;
    for (int i = 0; i < TIMES; i++)
        node =
            weft_graph_make(g, WEFT_OP_ADD, node, weft_graph_make(g, WEFT_OP_SIN, node, 0, 0), 0);
    CHECK(!weft_graph_has_shift(g, node));
    int moved = weft_graph_shift(g, node, by);
    CHECK(weft_graph_has_shift(g, moved) && !weft_graph_has_shift(g, node));
    CHECK(weft_graph_degree(g, node) == 1);
    CHECK(weft_graph_derivative(g, node, x) != 0);
    weft_graph_free(g);
}

int main(void)
{
    test_far_offsets();
    test_doubled();
    return check_end();
}
