/* Observables by formula: "mean(u^2)", written in observe.list or named in equation.observables.
 * The values of all formulas are made on the grid together, once a record, and then reduced by the
 * exact sums of include/weft/observe.h, so that they are the same on any number of ranks. Nothing
 * is dealiased here: a formula is what it says on the points of the grid.
 *
 * Invariant: the argument of the one row of the table is the number of the formula in a list that
 * depends on the input alone (named ones, those of observe.list, defaults), so that the plan, the
 * setup and the look-up by name agree on it. */
#include "data.h"
#include "physics/resolution.h"
#include "physics/shells.h"
#include "read.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- which formulas there are: one list, whose positions are the arguments ---- */

static const char *const reductions[] = {[EQ_MEAN] = "mean",
                                         [EQ_INTEGRAL] = "integral",
                                         [EQ_MAX] = "max",
                                         [EQ_MIN] = "min",
                                         [EQ_VARIANCE] = "variance",
                                         [EQ_SPECTRUM] = "spectrum",
                                         [EQ_HISTOGRAM] = "histogram",
                                         [EQ_CORRELATION] = "correlation"};

/* Formulas as written, in their order, with where they stand. */
typedef struct text_list {
    int n;
    bool full; /* there are more than it holds */
    const char *text[EQ_FORMULAS];
    const weft_node *node[EQ_FORMULAS]; /* NULL: by default */
} text_list;

/* The map equation.observables; NULL: there is none. */
static const weft_node *named(const weft_params *all)
{
    const eq_params *p = weft_params_values(all, eq_keys);
    const weft_node *tree = p->observables;
    return tree && weft_node_what(tree) == WEFT_NODE_MAP ? tree : NULL;
}

/* A formula for which there is no room is an error of eq_read_formulas. */
static void put(text_list *list, const char *text, const weft_node *node)
{
    if (list->n == EQ_FORMULAS) {
        list->full = true;
        return;
    }
    list->text[list->n] = text;
    list->node[list->n++] = node;
}

/* Named ones by their names, then those of observe.list that are no names. */
static void list_texts(const weft_params *all, text_list *out)
{
    const weft_node *names = named(all), *observe;
    *out = (text_list){0};
    for (int i = 0; names && i < weft_node_count(names); i++)
        put(out, weft_node_key(names, i), weft_node_item(names, i));
    const weft_section *section = weft_params_section(all, "observe");
    if (!weft_is_written(section, "list")) /* the defaults, which a run notes as the list */
        return;
    /* A name that is written in observe.list is the named formula itself. */
    const int n_named = out->n;
    observe = weft_node_find(weft_section_node(section), "list");
    for (int i = 0; i < weft_list_size(section, "list"); i++) {
        const char *text = weft_get_text_at(section, "list", i);
        bool known = strcmp(text, RESOLUTION) == 0; /* no formula */
        for (int j = 0; j < n_named; j++)
            known = known || strcmp(out->text[j], text) == 0;
        if (!known)
            put(out, text,
                weft_node_what(observe) == WEFT_NODE_LIST ? weft_node_item(observe, i) : observe);
    }
}

/* Room for the default formulas of EQ_FIELDS fields with the longest names. */
enum { DEFAULTS = EQ_FIELDS * (2 * WEFT_EXPR_NAME + 24) };

/* Defaults come last: mean and variance of each real field, mean of |A|^2 of a complex one.
 * find_formula goes through the same names in the same order. */
static void default_texts(const eq_system *s, char *out, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < s->n_fields && used < size; i++) {
        const char *name = s->field[i].name;
        used += (size_t)snprintf(out + used, size - used,
                                 s->field[i].is_complex ? "%smean(abs2(%s))"
                                                        : "%smean(%s), variance(%s)",
                                 used ? ", " : "", name, name);
    }
}

/* The plan outlives the system it was made from, so names that the model makes are copied into it.
 */
const char *eq_keep_name(weft_plan *p, const char *name)
{
    size_t used = 0;
    while (used < sizeof p->names && p->names[used])
        used += strlen(p->names + used) + 1;
    if (used + strlen(name) + 1 >= sizeof p->names)
        return "";
    return strcpy(p->names + used, name);
}

/* Defaults first, then the named formulas. */
void eq_default_observe(const eq_system *s, const weft_params *all, weft_plan *plan)
{
    WEFT_ASSERT(EQ_FORMULAS + 2 * EQ_FIELDS < WEFT_MAX_DEFAULTS);
    const weft_node *names = named(all);
    char defaults[DEFAULTS], *rest = NULL;
    int n = 0;
    default_texts(s, defaults, sizeof defaults);
    for (char *w = strtok_r(defaults, ",", &rest); w && n < WEFT_MAX_DEFAULTS - 1;
         w = strtok_r(NULL, ",", &rest))
        plan->observe[n++] = eq_keep_name(plan, w + strspn(w, " "));
    for (int i = 0; names && i < weft_node_count(names) && n < WEFT_MAX_DEFAULTS - 1; i++)
        plan->observe[n++] = weft_node_key(names, i);
}

/* ---- reading a formula: REDUCTION(formula, ...), or a number ---- */

/* Which reduction the call at the root is; -1: none. */
static int reduction_of(const weft_ast_node *root)
{
    int n = 0;
    if (root->kind != WEFT_AST_CALL || root->first < 0)
        return -1;
    for (unsigned i = 0; i < sizeof reductions / sizeof *reductions; i++)
        if (strcmp(root->name, reductions[i]) == 0)
            n = (int)i + 1;
    return n - 1;
}

/* Further numbers of a histogram: low, high, bins, each with a default. */
static bool histogram_numbers(const weft_expr_scope *scope, const weft_ast *ast, int first,
                              eq_formula *out, weft_expr_error *error)
{
    /* Low end, high end, bins. */
    double number[3] = {-2.0, 2.0, 64.0};
    int n = 0;
    for (int i = first; i >= 0; i = ast->node[i].next, n++) {
        weft_expr value;
        if (n == 3)
            return weft_expr_fail(error, ast->node[i].at, ast->node[i].length,
                                  "histogram takes a formula, and its low end, high end and bins");
        if (!weft_expr_build(scope, ast, i, &value, error))
            return false;
        if (value.im || !weft_graph_is_number(scope->graph, value.re, &number[n]))
            return weft_expr_fail(error, ast->node[i].at, ast->node[i].length, "expected a number");
    }
    if (!(number[0] < number[1]) || !(number[2] >= 1.0 && number[2] <= 100000.0) ||
        number[2] != floor(number[2]))
        return weft_expr_fail(error, ast->node[ast->right].at, ast->node[ast->right].length,
                              "the ends of a histogram must rise, and it has 1 to 100000 bins, a "
                              "whole number");
    out->low = number[0];
    out->high = number[1];
    out->bins = (int)number[2];
    return true;
}

/* The formulas of a reduction: one, two for a correlation, one and three numbers for a histogram.
 */
static bool read_arguments(const weft_expr_scope *scope, const weft_ast *ast, eq_formula *out,
                           weft_expr_error *error)
{
    const weft_ast_node *root = &ast->node[ast->right];
    const int first = root->first, second = ast->node[first].next;
    /* A correlation has two formulas, all others one. */
    const bool two = out->reduction == EQ_CORRELATION;
    if (!weft_expr_build(scope, ast, first, &out->of[0], error))
        return false;
    if (out->of[0].im && out->reduction != EQ_SPECTRUM)
        return weft_expr_fail(error, root->at, root->length,
                              "%s of a complex formula; take re(...), im(...) or abs(...)",
                              root->name);
    if (out->reduction == EQ_HISTOGRAM)
        return histogram_numbers(scope, ast, second, out, error);
    if (two != (second >= 0) || (two && ast->node[second].next >= 0))
        return weft_expr_fail(error, root->at, root->length, "%s takes %s", root->name,
                              two ? "two formulas" : "one formula");
    if (!two)
        return true;
    if (!weft_expr_build(scope, ast, second, &out->of[1], error))
        return false;
    return !out->of[1].im ||
           weft_expr_fail(error, root->at, root->length, "correlation of a complex formula");
}

/* A formula that is no reduction, such as sqrt(mean(u^2)), must be the same at all sites: made of
 * numbers, means and t. Of the reductions it may hold means alone. */
static bool read_value(const weft_expr_scope *scope, const weft_ast *ast, eq_formula *out,
                       weft_expr_error *error)
{
    const weft_ast_node *root = &ast->node[ast->right];
    for (int i = 0; i < ast->n; i++)
        for (int r = EQ_INTEGRAL; r <= EQ_CORRELATION; r++)
            if (r != EQ_MAX && r != EQ_MIN && ast->node[i].kind == WEFT_AST_CALL &&
                strcmp(ast->node[i].name, reductions[r]) == 0)
                return weft_expr_fail(error, ast->node[i].at, ast->node[i].length,
                                      "%s(...) stands alone; a formula of numbers is made of "
                                      "mean(...)",
                                      reductions[r]);
    out->reduction = EQ_VALUE;
    if (!weft_expr_build(scope, ast, ast->right, &out->of[0], error))
        return false;
    /* Numbers, means and t: the same at all sites, so no reduction is needed. */
    if (!out->of[0].im && eq_is_uniform(scope->graph, out->of[0].re))
        return true;
    return weft_expr_fail(error, root->at, root->length,
                          "an observable is a number: mean(...), integral(...), max(...), "
                          "min(...), variance(...), correlation(..., ...), or spectrum(...) or "
                          "histogram(...)");
}

/* node: where the text stands, for messages. */
static weft_status read_formula(eq_system *s, const weft_node *node, const char *text,
                                eq_formula *out)
{
    weft_ast ast;
    weft_expr_error error;
    weft_expr_scope scope =
        eq_scope(s, WEFT_EXPR_OPERATORS | WEFT_EXPR_MEANS | (s->lattice ? WEFT_EXPR_OFFSETS : 0));
    bool good = weft_ast_parse(text, false, &ast, &error);
    int reduction = good ? reduction_of(&ast.node[ast.right]) : -1;
    s->reading = node;
    /* max(a, b) is the function of two numbers */
    if (good && (reduction == EQ_MAX || reduction == EQ_MIN) &&
        ast.node[ast.node[ast.right].first].next >= 0)
        reduction = -1;
    if (good && reduction >= 0) {
        out->reduction = (eq_reduction)reduction;
        good = read_arguments(&scope, &ast, out, &error);
    } else if (good) {
        good = read_value(&scope, &ast, out, &error);
    }
    weft_ast_free(&ast);
    s->reading = NULL;
    if (!good)
        return eq_point(node, &error);
    WEFT_TRY(eq_check_formula(s, node, out->of));
    /* White noise has increments over a step, no values at a time. */
    const unsigned noise = 1u << WEFT_VAR_NOISE;
    for (int i = 0; i < 2; i++)
        if ((weft_graph_at(s->graph, out->of[i].re)->depends |
             weft_graph_at(s->graph, out->of[i].im)->depends) &
            noise)
            return weft_node_fail(node, 0, "white noise has no values to observe");
    return WEFT_OK;
}

/* Is a text of observe.list a word that means nothing in formulas? */
static bool is_unknown_word(eq_system *s, const char *text)
{
    const weft_expr_scope scope = eq_scope(s, 0);
    const char *name;
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_')
            return false;
    for (int i = 0; (name = scope.name(scope.context, i)); i++)
        if (strcmp(name, text) == 0)
            return false;
    return !isdigit((unsigned char)text[0]) && !weft_expr_reserved(text);
}

/* The names that observe.list may have. */
static weft_status unknown_word(const eq_system *s, const weft_params *all, const weft_node *node,
                                const char *text)
{
    const weft_node *names = named(all);
    const char *known[EQ_FORMULAS + 1];
    char list[400] = "";
    int n = 0;
    for (int i = 0; names && i < weft_node_count(names) && n < EQ_FORMULAS; i++)
        known[n++] = weft_node_key(names, i);
    known[n++] = RESOLUTION;
    for (int i = 0; i < n; i++) {
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", known[i]);
    }
    return weft_node_point(node, 0, (int)strlen(text),
                           "unknown name '%s'%s; observables here are %s (those of "
                           "equation.observables, and " RESOLUTION
                           "), and formulas such as mean(%s)",
                           text, weft_did_you_mean(text, known, n).text, list, s->field[0].name);
}

/* Does a name end like those that results make of others: u_stderr, u_error? */
static bool is_made(const char *name)
{
    static const char *const endings[] = {"_stderr", "_error"};
    for (int i = 0; i < 2; i++) {
        const size_t n = strlen(name), m = strlen(endings[i]);
        if (n > m && strcmp(name + n - m, endings[i]) == 0)
            return true;
    }
    return false;
}

/* The name of an observable is that of a variable of the result file, beside the time and the axes
 * of spectra and histograms. */
static weft_status check_name(const weft_node *node, const char *name)
{
    const size_t n = strlen(name);
    bool good = n > 0 && !isdigit((unsigned char)name[0]);
    for (size_t i = 0; i < n; i++)
        good = good && (isalnum((unsigned char)name[i]) || name[i] == '_');
    if (!good)
        return weft_node_fail(node, 0,
                              "'%s' is no name; a name has letters, digits and '_', and begins "
                              "with a letter%s",
                              name,
                              strchr(name, ')') ? " (a formula with a comma needs quotes)" : "");
    if (strcmp(name, RESOLUTION) == 0)
        return weft_node_fail(node, 0,
                              RESOLUTION " is an observable of every equation; take another name");
    if (strcmp(name, "time") == 0 || strcmp(name, "k") == 0 || strncmp(name, "bin_", 4) == 0 ||
        is_made(name))
        return weft_node_fail(node, 0,
                              "results have a variable '%s' of their own; take another name", name);
    return WEFT_OK;
}

/* Reads all formulas in the order of the list. out: EQ_FORMULAS places. Defaults that find no place
 * are left out here; to observe one of them is an error of find_formula. */
weft_status eq_read_formulas(eq_system *s, const weft_params *all, eq_formula *out, int *n)
{
    char defaults[DEFAULTS], *rest = NULL;
    text_list list;
    list_texts(all, &list);
    *n = list.n;
    if (list.full)
        return weft_param_fail(s->own, "observables",
                               "there can be %d formulas of observables, these and those of "
                               "observe.list together",
                               EQ_FORMULAS);
    if (weft_has_value(s->own, "observables") && !named(all))
        return weft_param_fail(s->own, "observables", "expected {name: formula, ...}");
    const int n_named = named(all) ? weft_node_count(named(all)) : 0;
    for (int i = 0; i < n_named; i++)
        WEFT_TRY(check_name(weft_node_item(named(all), i), weft_node_key(named(all), i)));
    for (int i = 0; i < list.n; i++) {
        const weft_node *node = list.node[i];
        if (weft_node_what(node) != WEFT_NODE_SCALAR)
            return weft_node_fail(node, 0, "expected a formula");
        if (i >= n_named && is_unknown_word(s, list.text[i]))
            return unknown_word(s, all, node, list.text[i]);
        WEFT_TRY(read_formula(s, node, weft_node_text(node), &out[i]));
    }
    default_texts(s, defaults, sizeof defaults);
    for (char *w = strtok_r(defaults, ",", &rest); w && *n < EQ_FORMULAS;
         w = strtok_r(NULL, ",", &rest))
        WEFT_TRY(read_formula(s, NULL, w + strspn(w, " "), &out[(*n)++]));
    return WEFT_OK;
}

/* Position of a written formula in the list of all; for the table of observables, which knows the
 * input and no system. */
static weft_status find_formula(const weft_params *all, const char *written, double *argument)
{
    text_list list;
    list_texts(all, &list);
    for (int i = 0; i < list.n; i++)
        if (strcmp(list.text[i], written) == 0) {
            *argument = i;
            return WEFT_OK;
        }
    /* By default: in the order of default_texts. The names of fields are taken from the text in
     * each way that read_fields accepts, since the table has no system at hand. */
    const eq_params *p = weft_params_values(all, eq_keys);
    const weft_node *fields = p->fields;
    const bool map = weft_node_what(fields) == WEFT_NODE_MAP;
    const bool list_of = weft_node_what(fields) == WEFT_NODE_LIST;
    int at = list.n;
    for (int i = 0; i < (map || list_of ? weft_node_count(fields) : 1); i++) {
        const weft_node *item = map || list_of ? weft_node_item(fields, i) : fields;
        const char *name = map ? weft_node_key(fields, i) : weft_node_text(item);
        const bool complex_field = map && strcmp(weft_node_text(item), "complex") == 0;
        const char *formats[] = {complex_field ? "mean(abs2(%s))" : "mean(%s)", "variance(%s)"};
        for (int k = 0; k < (complex_field ? 1 : 2); k++, at++) {
            char text[128];
            snprintf(text, sizeof text, formats[k], name);
            if (strcmp(text, written) == 0) {
                *argument = at;
                return at < EQ_FORMULAS
                           ? WEFT_OK
                           : weft_fail(WEFT_INPUT,
                                       "there can be %d formulas of observables, and '%s', which "
                                       "is observed by default, is one more; write the names to "
                                       "observe in observe.list",
                                       EQ_FORMULAS, written);
            }
        }
    }
    return weft_fail(WEFT_INPUT,
                     "there is no observable '%s'; write a formula, as mean(u^2), or name one in "
                     "equation.observables",
                     written);
}

/* All but spectra and histograms; what is observed by default are means and variances. */
static bool is_single(const weft_params *all, double argument)
{
    text_list list;
    list_texts(all, &list);
    const int i = (int)argument;
    if (i >= list.n || weft_node_what(list.node[i]) != WEFT_NODE_SCALAR)
        return true;
    weft_ast ast;
    weft_expr_error error;
    bool good = weft_ast_parse(weft_node_text(list.node[i]), false, &ast, &error);
    const int reduction = good ? reduction_of(&ast.node[ast.right]) : -1;
    weft_ast_free(&ast);
    return reduction != EQ_SPECTRUM && reduction != EQ_HISTOGRAM;
}

/* ---- the row ---- */

/* One row for all names of the input: the empty first part fits everything. */
const weft_observable eq_observables[3] = {RESOLUTION_ROW,
                                           {.name = "",
                                            .unit = "",
                                            .long_name = "formula of the input",
                                            .shape = eq_formula_shape,
                                            .compute = eq_formula_compute,
                                            .family = find_formula,
                                            .single = is_single},
                                           {0}};
