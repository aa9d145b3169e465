/* Graphs of formulas: offsets, shared nodes, text, and errors with their places. */
#include "weft/expression.h"
#include "check.h"
#include "weft/memory.h"

static const char *name_of(void *context, weft_variable kind, int index)
{
    (void)context;
    return kind == WEFT_VAR_FIELD ? (index ? "v" : "u") : "x";
}

static void check_print(const weft_graph *g, int node, const char *expected)
{
    char text[256];
    weft_graph_print(g, node, name_of, NULL, text, sizeof text);
    CHECK_TEXT(text, expected);
}

/* Offsets of offsets add up, also beyond what a byte holds. */
static void check_offsets(weft_graph *g)
{
    const int by[3] = {0, 0, 64}, back[3] = {0, 0, -192};
    const int u = weft_graph_variable(g, WEFT_VAR_FIELD, 0);
    int node = u;
    for (int i = 0; i < 3; i++)
        node = weft_graph_shift(g, node, by);
    CHECK(weft_graph_at(g, node)->op == WEFT_OP_SHIFT);
    CHECK(weft_graph_at(g, node)->offset[2] == 192);
    CHECK(weft_graph_has_shift(g, weft_graph_make(g, WEFT_OP_SIN, node, 0, 0)));
    CHECK(weft_graph_shift(g, node, back) == u);
    CHECK(!weft_graph_has_shift(g, u));
}

/* Each node uses the one before twice: work must grow with the nodes, not with the paths (2^60). */
static void check_shared(weft_graph *g)
{
    const int by[3] = {0, 0, 1};
    int node = weft_graph_variable(g, WEFT_VAR_PLACE, 0);
    for (int i = 0; i < 60; i++)
        node = weft_graph_make(g, WEFT_OP_MUL, weft_graph_make(g, WEFT_OP_SIN, node, 0, 0),
                               weft_graph_make(g, WEFT_OP_COS, node, 0, 0), 0);
    CHECK(!weft_graph_has_shift(g, node));
    CHECK(weft_graph_has_shift(g, weft_graph_shift(g, node, by)));
}

/* A power of a power: '^' binds to the right, so the inner one on the left needs brackets. */
static void check_powers(weft_graph *g)
{
    const int u = weft_graph_variable(g, WEFT_VAR_FIELD, 0);
    const int v = weft_graph_variable(g, WEFT_VAR_FIELD, 1);
    const int u2 = weft_graph_power(g, u, 2), uv = weft_graph_make(g, WEFT_OP_POW, u, v, 0);
    check_print(g, weft_graph_make(g, WEFT_OP_POW, u2, v, 0), "(u^2)^v");
    check_print(g, weft_graph_make(g, WEFT_OP_POW, uv, v, 0), "(u^v)^v");
    check_print(g, weft_graph_make(g, WEFT_OP_POW, u, uv, 0), "u^u^v");
    check_print(g, weft_graph_power(g, uv, 2), "(u^v)^2");
}

static void check_error(const char *text, int at, const char *part)
{
    weft_ast ast;
    weft_expr_error error;
    CHECK(!weft_ast_parse(text, false, &ast, &error));
    CHECK(error.at == at);
    CHECK(strstr(error.text, part));
    weft_ast_free(&ast);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    weft_graph *g = weft_graph_create();
    check_offsets(g);
    check_shared(g);
    check_powers(g);
    weft_graph_free(g);
    check_error("3 + 2x", 4, "need a sign between them");
    check_error("0x10", 0, "no number that can be used");
    return check_end();
}
