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

enum { MOST = 64 };

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
    const weft_node *node = names->constants ? weft_node_find(names->constants, name) : NULL;
    if (!node)
        return false;
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

/* Text to syntax tree to graph. The tree is freed as soon as the graph holds its meaning;
 * errors of either step point at characters of the text. */
weft_status formula_read(const formula_names *names, const weft_node *text, int *out)
{
    weft_expr_scope scope = {
        .graph = names->graph, .dim = 3, .context = (void *)names, .find = find, .name = known};
    weft_expr_error error;
    weft_expr value = {0};
    weft_ast ast;
    if (weft_node_what(text) != WEFT_NODE_SCALAR)
        return weft_node_fail(text, 0, "expected a formula");
    bool good = weft_ast_parse(weft_node_text(text), false, &ast, &error) &&
                weft_expr_build(&scope, &ast, ast.right, &value, &error);
    weft_ast_free(&ast);
    if (!good)
        return weft_node_point(text, error.at, error.length, "%s", error.text);
    if (value.im)
        return weft_node_fail(text, 0, "the formula is a complex number");
    *out = value.re;
    return WEFT_OK;
}

/* The inputs of the program are the variables, in their order; a model has far fewer than
 * MOST. */
weft_program *formula_program(const formula_names *names, int n, const int *nodes)
{
    weft_program_input input[MOST];
    for (int i = 0; i < names->n && i < MOST; i++)
        input[i] =
            (weft_program_input){weft_graph_variable(names->graph, WEFT_VAR_FIELD, i), false};
    return weft_program_create(names->graph, n, nodes, names->n, input);
}
