/* Rules: comparisons of reductions, such as "bounces >= 2 and v_out < 0.02".
 *
 * The text is parsed by src/expression. In its syntax tree each reduction ("v_out",
 * "last(slip_rate)"), each error of one ("error(v_out)") and each constant of the model is replaced
 * by a name of its own, so that the two sides of a comparison are formulas of these names, of which
 * one program is made; what joins the comparisons is kept here as a small tree.
 *
 * Invariants. (1) A reduction that is nan is not known, and so is a comparison in which it stands,
 * whatever the formula would make of it (0*v_out too). "and", "or", "not" follow from that as they
 * must: what is false beside something unknown is false, what is true beside it is true (the logic
 * of S. Kleene, J. Symb. Logic 3, 150 (1938)). So a rule holds only if it would hold for every
 * value of what is not known. (2) Every comparison has a reduction or a constant of the model in
 * it: one of numbers alone would hold everywhere or nowhere, which is a mistake. (3) Comparisons
 * stand only at the top, never inside of numbers, where they would be 0 for a value that is not
 * known. */
#include "rule.h"
#include "weft/memory.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A rule while it is read. */
typedef struct reader {
    weft_scan *scan;
    const weft_node *node; /* NULL: of the model */
    const char *text;
    weft_ast ast;
    weft_graph *graph;
    scan_rule *rule;
    int side[MOST_SIDES]; /* their nodes in the graph */
} reader;

/* ---- errors ---- */

/* An error at a place of the text. A rule of the model has no place in the file: it fails only
 * where something that it needs is missing, for which `derive: [class]` is to blame. */
static weft_status fail(const reader *r, int at, int length, const char *why)
{
    if (r->node)
        return weft_node_point(r->node, at, length, "%s", why);
    return weft_param_fail(weft_params_section(r->scan->params, ""), "derive", "class: %s", why);
}

/* Put the recorded error at a place of the text. */
static weft_status blame(const reader *r, int at, int length)
{
    char *why = weft_strdup(weft_error_message());
    weft_error_clear();
    const weft_status status = fail(r, at, length, why);
    weft_free(why);
    return status;
}

/* ---- reductions in the syntax tree ---- */

/* Behind the bracket that closes the one at text[open]. */
static int behind_bracket(const char *text, int open)
{
    int depth = 0, at = open;
    do {
        depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
        at++;
    } while (depth > 0 && text[at]);
    return at;
}

/* A call or a name of the tree as it is written, without blanks; its last byte is before *end. A
 * new string. */
static char *written(const reader *r, const weft_ast_node *x, int *end)
{
    int open = x->at + x->length;
    while (isspace((unsigned char)r->text[open]))
        open++;
    *end = x->kind == WEFT_AST_CALL ? behind_bracket(r->text, open) : x->at + x->length;
    char *text = weft_alloc((size_t)(*end - x->at) + 1, 1);
    for (int i = x->at, n = 0; i < *end; i++)
        if (!isspace((unsigned char)r->text[i]))
            text[n++] = r->text[i];
    return text;
}

/* min and max are functions with two arguments, and reductions with one. */
static bool is_reduction(const reader *r, const weft_ast_node *x)
{
    if (x->kind != WEFT_AST_NAME && x->kind != WEFT_AST_CALL)
        return false;
    const bool several = x->first >= 0 && r->ast.node[x->first].next >= 0;
    return !several && ens_is_reduction(r->scan->base->model, x->name);
}

/* The node becomes a name that no text can have: "#3" for the value of reduction 3, and the inputs
 * from number `first` on for its error, and for whether it is known. */
static weft_status take_reduction(reader *r, weft_ast_node *x, const weft_ast_node *of, int first)
{
    int number, end;
    char *text = written(r, of, &end);
    weft_status status = scan_derive_add(r->scan, text, &number);
    if (status != WEFT_OK)
        status = blame(r, of->at, end - of->at);
    weft_free(text);
    x->kind = WEFT_AST_NAME;
    x->first = -1;
    snprintf(x->name, sizeof x->name, "#%d", first + number);
    return status;
}

/* The input of the constant of the model of that name; -1: there is none. */
static int constant_of(const reader *r, const weft_ast_node *x)
{
    const weft_constant *c = r->scan->base->model->constants;
    for (int i = 0; x->kind == WEFT_AST_NAME && c && c[i].name; i++)
        if (strcmp(c[i].name, x->name) == 0)
            return SCAN_CONSTANT + i;
    return -1;
}

/* Path number i of the axes and then of the parameters that are tied to them; NULL behind the last.
 */
static const char *path_of(const weft_scan *s, int i)
{
    return i < s->n_axes               ? s->axis[i].path
           : i < s->n_axes + s->n_tied ? s->tied[i - s->n_axes].path
                                       : NULL;
}

/* Is the name that of a path or of its last parts, with '_' between them? */
static bool calls_path(const char *path, const char *name)
{
    const size_t n = strlen(path), m = strlen(name);
    if (m > n || (m < n && path[n - m - 1] != '.'))
        return false;
    for (size_t i = 0; i < m; i++)
        if (name[i] != (path[n - m + i] == '.' ? '_' : path[n - m + i]))
            return false;
    return true;
}

/* A name of an axis becomes that of its input; other nodes stay. Errors: it may be two axes, or the
 * values are no numbers. */
static weft_status take_axis(reader *r, weft_ast_node *x)
{
    const weft_scan *s = r->scan;
    int found = -1;
    if (x->kind != WEFT_AST_NAME || x->name[0] == '#')
        return WEFT_OK;
    for (int i = 0; path_of(s, i); i++) {
        if (!calls_path(path_of(s, i), x->name))
            continue;
        if (found >= 0) {
            char why[512];
            snprintf(why, sizeof why,
                     "'%s' may be %s or %s; write more of the path, with '_' for "
                     "'.'",
                     x->name, path_of(s, found), path_of(s, i));
            return fail(r, x->at, x->length, why);
        }
        found = i;
    }
    if (found >= 0 && found < s->n_axes && s->axis[found].text)
        return fail(r, x->at, x->length,
                    "the values of this axis are no numbers, which could be compared");
    if (found >= 0)
        snprintf(x->name, sizeof x->name, "#%d", SCAN_AXIS + found);
    else if (strchr("txyz", x->name[0]) && !x->name[1])
        return fail(r, x->at, x->length,
                    "a rule knows no place and no time, but reductions, as in last(width2), and "
                    "the axes of the scan");
    return WEFT_OK;
}

/* All reductions, constants and axes below a node of the tree, which is at most WEFT_EXPR_DEPTH
 * deep. Rules of a model know nothing of axes. */
static weft_status take_reductions(reader *r, int node)
{
    weft_ast_node *x = &r->ast.node[node];
    if (is_reduction(r, x))
        return take_reduction(r, x, x, 0);
    if (x->kind == WEFT_AST_CALL && strcmp(x->name, "min") != 0 && strcmp(x->name, "max") != 0 &&
        ens_is_reduction(r->scan->base->model, x->name))
        return fail(r, x->at, x->length, "a reduction takes one observable, as in last(width2)");
    const int constant = constant_of(r, x);
    if (constant >= 0)
        snprintf(x->name, sizeof x->name, "#%d", constant);
    else if (r->node)
        WEFT_TRY(take_axis(r, x));
    const bool error = strcmp(x->name, "error") == 0, known = strcmp(x->name, "known") == 0;
    if (x->kind == WEFT_AST_CALL && (error || known)) {
        const weft_ast_node *of = x->first >= 0 ? &r->ast.node[x->first] : x;
        if (of == x || of->next >= 0 || !is_reduction(r, of))
            return fail(r, x->at, x->length,
                        error ? "error(...) is the standard error of one reduction, as in "
                                "error(last(width2))"
                              : "known(...) is 1 where one reduction is known with its error and 0 "
                                "where not, as in known(saturation) == 1");
        return take_reduction(r, x, of, error ? SCAN_DERIVES : SCAN_KNOWN);
    }
    for (int i = x->first; i >= 0; i = r->ast.node[i].next)
        WEFT_TRY(take_reductions(r, i));
    return WEFT_OK;
}

/* ---- numbers ---- */

/* What is below a side of a comparison. */
typedef struct below {
    uint64_t uses;  /* reductions and errors */
    bool constants; /* of the model */
    int comparison; /* a node; -1: none */
} below;

static void look_below(const reader *r, int node, below *found)
{
    const weft_ast_node *x = &r->ast.node[node];
    if (weft_ast_is_truth(&r->ast, node) || strcmp(x->name, "where") == 0)
        found->comparison = node;
    if (x->kind == WEFT_AST_NAME && x->name[0] == '#') {
        const int input = atoi(x->name + 1);
        found->constants |= input >= SCAN_CONSTANT;
        found->uses |= input < SCAN_CONSTANT ? (uint64_t)1 << input : 0;
    }
    for (int i = x->first; i >= 0; i = r->ast.node[i].next)
        look_below(r, i, found);
}

/* For the builder of expressions. */
static bool find(void *context, const char *name, weft_expr *out, weft_expr_error *error)
{
    const reader *r = context;
    (void)error;
    if (name[0] != '#')
        return false;
    *out = (weft_expr){weft_graph_variable(r->graph, WEFT_VAR_FIELD, atoi(name + 1)), 0};
    return true;
}

static const char *name_of(void *context, int i)
{
    const reader *r = context;
    const weft_constant *c = r->scan->base->model->constants;
    int n = 0;
    for (; c && c[n].name; n++)
        if (n == i)
            return c[n].name;
    const char *path = path_of(r->scan, i - n);
    if (path)
        return strrchr(path, '.') ? strrchr(path, '.') + 1 : path;
    i -= r->scan->n_axes + r->scan->n_tied;
    return ens_reduction_name(r->scan->base->model, i - n);
}

/* One side of a comparison: a further output of the program. */
static weft_status take_side(reader *r, int node, below *found, int *out)
{
    const weft_expr_scope scope = {
        .graph = r->graph, .dim = 3, .context = r, .find = find, .name = name_of};
    weft_expr value = {0};
    weft_expr_error error = {0};
    look_below(r, node, found);
    if (found->comparison >= 0)
        return fail(r, r->ast.node[found->comparison].at, r->ast.node[found->comparison].length,
                    "a comparison cannot be a part of a number here; join comparisons by and, or, "
                    "not");
    if (!weft_expr_build(&scope, &r->ast, node, &value, &error))
        return fail(r, error.at, error.length, error.text);
    if (value.im)
        return fail(r, r->ast.node[node].at, r->ast.node[node].length,
                    "complex numbers are not compared");
    if (r->rule->n_sides == MOST_SIDES)
        return fail(r, 0, 1, "the rule has too many comparisons");
    *out = r->rule->n_sides;
    r->side[r->rule->n_sides++] = value.re;
    return WEFT_OK;
}

/* ---- comparisons, and what joins them ---- */

static weft_status take_truth(reader *r, int node, int *out);

static weft_status take_comparison(reader *r, const weft_ast_node *x, rule_node *to)
{
    below found = {.comparison = -1};
    WEFT_TRY(take_side(r, x->first, &found, &to->first));
    WEFT_TRY(take_side(r, r->ast.node[x->first].next, &found, &to->second));
    to->uses = found.uses;
    if (!found.uses && !found.constants)
        return fail(r, x->at, x->length,
                    "there is neither a reduction nor an axis in this comparison: it is the same "
                    "at all points");
    return WEFT_OK;
}

/* A node of the rule for one of the syntax tree; *out: its number. */
static weft_status take_truth(reader *r, int node, int *out)
{
    const weft_ast_node *x = &r->ast.node[node];
    if (!weft_ast_is_truth(&r->ast, node))
        return fail(r, x->at, x->length,
                    "a rule compares, as in last(width2) < 2; this is a number alone");
    if (r->rule->n == MOST_NODES)
        return fail(r, x->at, x->length, "the rule has too many comparisons");
    *out = r->rule->n++;
    rule_node *to = &r->rule->node[*out];
    to->sign = x->name[0];
    if (to->sign != '!' && to->sign != '&' && to->sign != '|')
        return take_comparison(r, x, to);
    WEFT_TRY(take_truth(r, x->first, &to->first));
    return to->sign == '!' ? WEFT_OK : take_truth(r, r->ast.node[x->first].next, &to->second);
}

/* ---- clauses ---- */

/* Are brackets closed within a part of the text? */
static bool balanced(const char *text, int from, int to)
{
    int depth = 0;
    for (int i = from; i < to && depth >= 0; i++)
        depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    return depth == 0;
}

static void add_clause(scan_rule *rule, int from, int to, int node)
{
    while (isspace((unsigned char)rule->text[from]))
        from++;
    while (to > from && isspace((unsigned char)rule->text[to - 1]))
        to--;
    rule->clause[rule->n_clauses++] = (rule_clause){from, to, node};
}

/* "a and b and c" is ((a and b) and c): from the last part to the first, as long as the brackets of
 * the text allow it ("(a and b) and c" has two clauses). They are then in the order of the text. */
static void find_clauses(reader *r)
{
    scan_rule *rule = r->rule;
    int node = rule->root, at = r->ast.right, to = (int)strlen(rule->text);
    while (rule->node[node].sign == '&' && rule->n_clauses < SCAN_CLAUSES - 1) {
        const weft_ast_node *x = &r->ast.node[at];
        if (!balanced(rule->text, 0, x->at) || !balanced(rule->text, x->at + 3, to))
            break;
        add_clause(rule, x->at + 3, to, rule->node[node].second);
        to = x->at;
        node = rule->node[node].first;
        at = x->first;
    }
    add_clause(rule, 0, to, node);
    for (int i = 0, k = rule->n_clauses - 1; i < k; i++, k--) {
        const rule_clause other = rule->clause[i];
        rule->clause[i] = rule->clause[k];
        rule->clause[k] = other;
    }
}

/* ---- reading ---- */

static weft_status read_tree(reader *r)
{
    weft_expr_error error;
    if (!weft_ast_parse(r->text, false, &r->ast, &error))
        return fail(r, error.at, error.length, error.text);
    WEFT_TRY(take_reductions(r, r->ast.right));
    WEFT_TRY(take_truth(r, r->ast.right, &r->rule->root));
    find_clauses(r);
    weft_program_input input[SCAN_INPUTS];
    for (int i = 0; i < SCAN_INPUTS; i++)
        input[i] = (weft_program_input){weft_graph_variable(r->graph, WEFT_VAR_FIELD, i), false};
    r->rule->program = weft_program_create(r->graph, r->rule->n_sides, r->side, SCAN_INPUTS, input);
    return WEFT_OK;
}

/* *out is the caller's in any case. */
weft_status scan_rule_read(weft_scan *scan, const weft_node *node, const char *text,
                           scan_rule **out)
{
    reader r = {.scan = scan, .node = node, .text = text, .graph = weft_graph_create()};
    r.rule = *out = weft_alloc(1, sizeof **out);
    r.rule->text = weft_strdup(text);
    const weft_status status = read_tree(&r);
    weft_ast_free(&r.ast);
    weft_graph_free(r.graph);
    return status;
}

void scan_rule_free(scan_rule *rule)
{
    if (!rule)
        return;
    weft_program_free(rule->program);
    weft_free(rule->text);
    weft_free(rule);
}
