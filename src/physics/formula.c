/* Formulas of a few named variables, by the parser, the graph and the programs of
 * src/expression. A model that takes a law as text (a potential, a rate) gives the names of
 * its variables and a map of constants; what comes back is a node of the graph, which the
 * model may differentiate, and of which it makes a program.
 *
 * Invariant: a name means a variable before it means a constant, and all other names are
 * errors with a mark in the text. A formula without an imaginary part is real by its
 * construction, not by its value. */
#include "formula.h"
#include <string.h>

/* ---- numbers that change in time ---- */

/* Pairs (time, value) with rising times, so that every time lies in one segment. */
static weft_status read_corners(const weft_node *node, formula_course *out)
{
    const int n = weft_node_count(node);
    if (n < 2 || n % 2 || n / 2 > FORMULA_CORNERS)
        return weft_node_fail(node, 0,
                              "expected a number, or [t0, v0, t1, v1, ...] with at most %d times",
                              FORMULA_CORNERS);
    out->n = n / 2;
    for (int i = 0; i < out->n; i++) {
        WEFT_TRY(weft_node_real(weft_node_item(node, 2 * i), &out->time[i]));
        WEFT_TRY(weft_node_real(weft_node_item(node, 2 * i + 1), &out->value[i]));
        if (i > 0 && !(out->time[i] > out->time[i - 1]))
            return weft_node_fail(node, 0, "the times must rise, and %.10g follows %.10g",
                                  out->time[i], out->time[i - 1]);
    }
    return WEFT_OK;
}

weft_status formula_course_read(const weft_node *node, formula_course *out)
{
    if (weft_node_what(node) == WEFT_NODE_LIST)
        return read_corners(node, out);
    out->n = 1;
    out->time[0] = 0.0;
    return weft_node_real(node, &out->value[0]);
}

/* The share of the segment is cut to [0, 1]: constant outside of the corners. */
double formula_course_at(const formula_course *c, double t)
{
    if (c->n == 1)
        return c->value[0];
    int j = 1;
    while (j < c->n - 1 && t > c->time[j])
        j++;
    double share = (t - c->time[j - 1]) / (c->time[j] - c->time[j - 1]);
    share = share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
    return c->value[j - 1] + share * (c->value[j] - c->value[j - 1]);
}

void formula_times_set(formula_times *times, double t)
{
    times->value[0] = t;
    for (int i = 0; i < times->n; i++)
        times->value[i + 1] = formula_course_at(&times->course[i], t);
}

/* The uniform variable of a constant that changes in time: one for each name, however often it is
 * used. */
static bool find_course(const formula_names *names, const char *name, const weft_node *node,
                        weft_expr *out, weft_expr_error *error)
{
    formula_times *times = names->times;
    int i = 0;
    while (i < times->n && strcmp(times->name[i], name) != 0)
        i++;
    if (i == FORMULA_COURSES)
        return weft_expr_fail(error, 0, 0, "at most %d constants may change in time",
                              FORMULA_COURSES);
    if (i == times->n) {
        if (formula_course_read(node, &times->course[i]) != WEFT_OK)
            return weft_expr_fail(error, 0, 0, "'%s' has an error of its own", name);
        times->name[times->n++] = name;
    }
    *out = (weft_expr){weft_graph_variable(names->graph, WEFT_VAR_UNIFORM, i + 1), 0};
    return true;
}

/* ---- names ---- */

/* A coordinate or the time; unknown where the model has no use for it. */
static bool find_place(const formula_names *names, const char *name, weft_expr *out,
                       weft_expr_error *error)
{
    if (!name[0] || name[1])
        return false;
    if (names->dim > 0 && name[0] >= 'x' && name[0] <= 'z') {
        if (name[0] - 'x' >= names->dim)
            return weft_expr_fail(error, 0, 0, "the grid has no axis %s", name);
        *out = (weft_expr){weft_graph_variable(names->graph, WEFT_VAR_PLACE, name[0] - 'x'), 0};
        return true;
    }
    if (!names->times || name[0] != 't')
        return false;
    *out = (weft_expr){weft_graph_variable(names->graph, WEFT_VAR_UNIFORM, 0), 0};
    return true;
}

/* What a name stands for, for the builder of expressions; false: nothing. */
static bool find(void *context, const char *name, weft_expr *out, weft_expr_error *error)
{
    const formula_names *names = context;
    double value;
    for (int i = 0; i < names->n; i++)
        if (strcmp(names->variable[i], name) == 0) {
            *out = (weft_expr){weft_graph_variable(names->graph, WEFT_VAR_FIELD, i), 0};
            return true;
        }
    if (find_place(names, name, out, error))
        return true;
    const weft_node *node = names->constants ? weft_node_find(names->constants, name) : NULL;
    if (!node && !error->text[0] && name[0] && !name[1] && strchr("txyz", name[0]))
        return weft_expr_fail(error, 0, 0, "unknown name '%s': this formula knows no %s", name,
                              name[0] == 't' ? "time" : "place");
    if (!node || error->text[0])
        return false;
    if (names->times && weft_node_what(node) == WEFT_NODE_LIST)
        return find_course(names, name, node, out, error);
    if (weft_node_real(node, &value) != WEFT_OK)
        return weft_expr_fail(error, 0, 0, "'%s' is no number", name);
    *out = (weft_expr){weft_graph_number(names->graph, value), 0};
    return true;
}

/* Name number i of all that are known, for suggestions; NULL behind the last. */
static const char *known(void *context, int i)
{
    const formula_names *names = context;
    if (i < names->n)
        return names->variable[i];
    i -= names->n;
    return names->constants && i < weft_node_count(names->constants)
               ? weft_node_key(names->constants, i)
               : NULL;
}

/* Each occurrence of a random word is a draw of its own; -1: too many. */
static int draw(void *context, int law)
{
    formula_draws *draws = ((const formula_names *)context)->draws;
    if (draws->n == FORMULA_DRAWS)
        return -1;
    draws->draw[draws->n] = (formula_draw){law, draws->stream++};
    return FORMULA_PLACE_DRAW + draws->n++;
}

/* Text to syntax tree to graph. The tree is freed as soon as the graph holds its meaning; errors of
 * either step point at characters of the text. */
weft_status formula_read_complex(const formula_names *names, const weft_node *text, weft_expr *out)
{
    weft_expr_scope scope = {.graph = names->graph,
                             .allow = names->draws ? WEFT_EXPR_DRAWS : 0,
                             .dim = names->dim > 0 ? names->dim : 3,
                             .coordinates = names->dim > 0,
                             .context = (void *)names,
                             .find = find,
                             .draw = draw,
                             .name = known};
    weft_expr_error error = {0};
    weft_ast ast;
    if (weft_node_what(text) != WEFT_NODE_SCALAR)
        return weft_node_fail(text, 0, "expected a formula");
    bool good = weft_ast_parse(weft_node_text(text), false, &ast, &error) &&
                weft_expr_build(&scope, &ast, ast.right, out, &error);
    weft_ast_free(&ast);
    return good ? WEFT_OK : weft_node_point(text, error.at, error.length, "%s", error.text);
}

weft_status formula_read(const formula_names *names, const weft_node *text, int *out)
{
    weft_expr value = {0};
    WEFT_TRY(formula_read_complex(names, text, &value));
    if (value.im)
        return weft_node_fail(text, 0, "the formula is a complex number");
    *out = value.re;
    return WEFT_OK;
}

/* Names mean one thing each; a constant called x would otherwise be passed over where x is the
 * coordinate. */
weft_status formula_check_constants(const formula_names *names)
{
    const weft_node *map = names->constants;
    if (map && weft_node_what(map) != WEFT_NODE_MAP)
        return weft_node_fail(map, 0, "expected {name: number, ...}");
    for (int i = 0; map && i < weft_node_count(map); i++) {
        const char *name = weft_node_key(map, i);
        bool taken = weft_expr_reserved(name);
        for (int j = 0; j < names->n; j++)
            taken = taken || strcmp(names->variable[j], name) == 0;
        if (taken)
            return weft_node_fail(weft_node_item(map, i), 0,
                                  "'%s' has a meaning of its own in formulas; choose another name",
                                  name);
    }
    return WEFT_OK;
}

bool formula_has_place(const formula_names *names, int node)
{
    return weft_graph_at(names->graph, node)->depends & 1u << WEFT_VAR_PLACE;
}

bool formula_has_time(const formula_names *names, int node)
{
    return weft_graph_at(names->graph, node)->depends & 1u << WEFT_VAR_UNIFORM;
}

/* The inputs of the program are the variables, in their order. */
weft_program *formula_program(const formula_names *names, int n, const int *nodes)
{
    weft_program_input input[FORMULA_VARIABLES + 3 + FORMULA_COURSES + 1];
    weft_graph *g = names->graph;
    int k = 0;
    for (int i = 0; i < names->n && i < FORMULA_VARIABLES; i++)
        input[k++] = (weft_program_input){weft_graph_variable(g, WEFT_VAR_FIELD, i), false};
    for (int a = 0; names->dim > 0 && a < 3; a++)
        input[k++] = (weft_program_input){weft_graph_variable(g, WEFT_VAR_PLACE, a), a > 0};
    for (int i = 0; names->times && i <= names->times->n; i++)
        input[k++] = (weft_program_input){weft_graph_variable(g, WEFT_VAR_UNIFORM, i), true};
    return weft_program_create(g, n, nodes, k, input);
}
