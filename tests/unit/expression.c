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

/* The sign of a number in front goes into the sum. */
static void check_signs(weft_graph *g)
{
    const int u = weft_graph_variable(g, WEFT_VAR_FIELD, 0);
    const int v = weft_graph_variable(g, WEFT_VAR_FIELD, 1);
    const int one = weft_graph_number(g, 1.0), two = weft_graph_number(g, 2.0);
    const int minus = weft_graph_make(g, WEFT_OP_SUB, u, one, 0);
    check_print(g, minus, "u - 1");
    const int sum =
        weft_graph_make(g, WEFT_OP_ADD, minus,
                        weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, -2.0), v, 0), 0);
    check_print(g, sum, "u - 1 - 2*v");
    check_print(g, weft_graph_make(g, WEFT_OP_MUL, minus, v, 0), "v*(u - 1)");
    check_print(g, weft_graph_make(g, WEFT_OP_DIV, two, minus, 0), "2*1/(u - 1)");
    check_print(g, weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, -2.0), minus, 0),
                "(-2)*(u - 1)");
    check_print(g, weft_graph_make(g, WEFT_OP_SUB, v, minus, 0), "v - (u - 1)");
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

/* No field, no name: numbers alone. */
static bool find_none(void *context, const char *name, weft_expr *out, weft_expr_error *error)
{
    (void)context;
    (void)name;
    (void)out;
    (void)error;
    return false;
}

static void check_value(weft_graph *g, const char *text, double expected)
{
    const weft_expr_scope scope = {.graph = g, .dim = 1, .find = find_none};
    weft_ast ast;
    weft_expr_error error;
    weft_expr value = {0};
    double number = NAN;
    CHECK(weft_ast_parse(text, false, &ast, &error) &&
          weft_expr_build(&scope, &ast, ast.right, &value, &error) &&
          weft_graph_is_number(g, value.re, &number) && number == expected);
    weft_ast_free(&ast);
}

/* not before and before or, all after comparisons and sums. */
static void check_truth(weft_graph *g)
{
    check_value(g, "1 < 2 and 2 < 1 or 3 == 3", 1);
    check_value(g, "3 == 3 or 1 < 2 and 2 < 1", 1);
    check_value(g, "(3 == 3 or 1 < 2) and 2 < 1", 0);
    check_value(g, "not 1 < 2 or not (1 + 1 == 2 and 1 != 1)", 1);
    check_value(g, "not not 1 < 2", 1);
    check_value(g, "where(1 < 2 and not 2 < 1, 5, 7)", 5);
    check_error("1 and 2 < 3", 2, "join comparisons");
    check_error("2 < 3 or 4", 6, "join comparisons");
    check_error("not 3", 0, "join comparisons");
    check_error("2 * and", 4, "a value should stand here");
    check_error("1 < 2 and", 9, "ends where a value should follow");
    CHECK(weft_expr_reserved("and") && weft_expr_reserved("or") && weft_expr_reserved("not"));
    CHECK(!weft_expr_reserved("nota"));
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    weft_graph *g = weft_graph_create();
    check_offsets(g);
    check_shared(g);
    check_powers(g);
    check_signs(g);
    check_truth(g);
    weft_graph_free(g);
    check_error("3 + 2x", 4, "need a sign between them");
    check_error("0x10", 0, "no number that can be used");
    return check_end();
}
