/* What a name in a formula stands for.
 *
 * A constraint OPERATOR(psi) = F is solved where it stands: the operator is a factor S(k), so psi
 * is the field with the coefficients of F divided by S, and the graph holds that division as one
 * more operator. A mode in which S vanishes is set to zero. */
#include "read.h"
#include "weft/memory.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

weft_status eq_point(const weft_node *node, const weft_expr_error *error)
{
    return weft_node_point(node, error->at, error->length, "%s", error->text);
}

/* The number of a field; -1: there is none of that name. */
int eq_find_field(const eq_system *s, const char *name)
{
    for (int i = 0; i < s->n_fields; i++)
        if (strcmp(s->field[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- names that the input may give ---- */

/* Fields, parameters, quenched fields and expressions: one space of names. */
static bool is_taken(const eq_system *s, const char *name)
{
    bool taken = eq_find_field(s, name) >= 0;
    for (int i = 0; i < s->n_parameters; i++)
        taken = taken || strcmp(s->parameter[i].name, name) == 0;
    for (int i = 0; i < s->n_quenched; i++)
        taken = taken || strcmp(s->quenched[i].name, name) == 0;
    for (int i = 0; i < s->n_names; i++)
        taken = taken || strcmp(s->name[i].name, name) == 0;
    return taken;
}

/* Is this a name that can be given? Names of all kinds share one space, so that a formula never has
 * two readings. The room of four letters is for the ending of a momentum. */
weft_status eq_check_name(const eq_system *s, const weft_node *node, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (!(isalpha((unsigned char)name[i]) || name[i] == '_' ||
              (i > 0 && isdigit((unsigned char)name[i]))))
            return weft_node_fail(node, 0,
                                  "'%s' is no name; a name has letters, digits and '_', and begins "
                                  "with a letter",
                                  name);
    if (n == 0 || n >= WEFT_EXPR_NAME - 4)
        return weft_node_fail(node, 0, "'%s' is no name of 1 to %d letters", name,
                              WEFT_EXPR_NAME - 5);
    if (weft_expr_reserved(name))
        return weft_node_fail(node, 0, "'%s' is a word of the language; choose another name", name);
    return is_taken(s, name) ? weft_node_fail(node, 0, "the name '%s' is used twice", name)
                             : WEFT_OK;
}

/* Results and checkpoints name the momentum of q q_t, and the parts of A A_re and A_im: no other
 * name of the input may be one of these. */
weft_status eq_check_written_names(const eq_system *s)
{
    static const char *const parts[] = {"", "_re", "_im"};
    for (int i = 0; i < s->n_fields; i++) {
        const eq_field *f = &s->field[i];
        for (int order = 0; order < f->order; order++)
            for (int part = 0; part < (f->is_complex ? 3 : 1); part++) {
                char made[WEFT_EXPR_NAME + 8];
                snprintf(made, sizeof made, "%s%s%s", f->name, order ? "_t" : "", parts[part]);
                if ((order || part) && is_taken(s, made))
                    return weft_node_fail(f->node, 0,
                                          "results name a part of '%s' '%s', and so is something "
                                          "else called; take another name for that",
                                          f->name, made);
            }
    }
    return WEFT_OK;
}

/* ---- the scope: what a name in a formula means ---- */

/* The variables of a field; a complex one has the next component as its imaginary part. */
static weft_expr component_of(eq_system *s, int first, bool is_complex)
{
    int re = weft_graph_variable(s->graph, WEFT_VAR_FIELD, first);
    return (weft_expr){re,
                       is_complex ? weft_graph_variable(s->graph, WEFT_VAR_FIELD, first + 1) : 0};
}

/* The same for a quenched field. */
static weft_expr place_of(eq_system *s, int first, bool is_complex)
{
    int re = weft_graph_variable(s->graph, WEFT_VAR_PLACE, first);
    return (weft_expr){re,
                       is_complex ? weft_graph_variable(s->graph, WEFT_VAR_PLACE, first + 1) : 0};
}

/* Names that are given and need no building: fields, parameters, quenched fields. */
static bool find_given(eq_system *s, const char *name, weft_expr *out)
{
    int field = eq_find_field(s, name);
    if (field >= 0) {
        *out = component_of(s, s->field[field].component, s->field[field].is_complex);
        return true;
    }
    for (int i = 0; i < s->n_parameters; i++) {
        const eq_parameter *p = &s->parameter[i];
        if (strcmp(p->name, name) != 0)
            continue;
        *out = (weft_expr){p->course.n > 1
                               ? weft_graph_variable(s->graph, WEFT_VAR_UNIFORM, p->uniform)
                               : weft_graph_number(s->graph, p->course.value[0]),
                           0};
        return true;
    }
    for (int i = 0; i < s->n_quenched; i++)
        if (strcmp(s->quenched[i].name, name) == 0) {
            *out = place_of(s, EQ_PLACE_QUENCHED + 2 * i, s->quenched[i].is_complex);
            return true;
        }
    return false;
}

/* An error in the text of the name itself is recorded there, and is the one that is shown. */
static bool find_name(eq_system *s, const char *name, weft_expr *out, weft_expr_error *error)
{
    for (int i = 0; i < s->n_names; i++) {
        eq_name *n = &s->name[i];
        if (strcmp(n->name, name) != 0)
            continue;
        /* Asked for by its own right side, directly or through others. */
        if (n->state == EQ_IN_WORK)
            return weft_expr_fail(error, 0, 0, "'%s' depends on itself", name);
        if (eq_build_name(s, n) != WEFT_OK)
            return weft_expr_fail(error, 0, 0, "'%s' has an error of its own", name);
        *out = n->value;
        return true;
    }
    return false;
}

/* The meaning of a name in a formula: the time, a coordinate (where the grid has that axis), what
 * is given, or a name that is built now if it has not been. */
static bool find(void *context, const char *name, weft_expr *out, weft_expr_error *error)
{
    eq_system *s = context;
    if (strcmp(name, "t") == 0) {
        *out = (weft_expr){weft_graph_variable(s->graph, WEFT_VAR_UNIFORM, 0), 0};
        return true;
    }
    if (name[0] >= 'x' && name[0] <= 'z' && !name[1]) {
        if ('z' - name[0] < 3 - s->dim)
            return weft_expr_fail(error, 0, 0, "the grid has no axis %s", name);
        *out = (weft_expr){weft_graph_variable(s->graph, WEFT_VAR_PLACE, name[0] - 'x'), 0};
        return true;
    }
    return find_given(s, name, out) || find_name(s, name, out, error);
}

/* A random draw: each occurrence is a new place variable with a stream of its own. -1: too many. */
static int draw(void *context, int law)
{
    eq_system *s = context;
    if (s->n_draws == EQ_DRAWS)
        return -1;
    s->draw[s->n_draws] = (formula_draw){law, s->draw_stream++};
    return EQ_PLACE_DRAW + s->n_draws++;
}

/* The noise with a number of the user; the same number is the same noise everywhere. -1: too many.
 */
static int noise(void *context, int number)
{
    eq_system *s = context;
    for (int i = 0; i < s->n_noises; i++)
        if (s->noise_number[i] == number)
            return i;
    if (s->n_noises == EQ_NOISES)
        return -1;
    s->noise_number[s->n_noises] = number;
    return s->n_noises++;
}

/* dt(q) in a formula: the momentum of a field of second order. */
static bool velocity(void *context, const char *name, weft_expr *out)
{
    eq_system *s = context;
    int field = eq_find_field(s, name);
    if (field < 0 || s->field[field].order != 2)
        return false;
    const eq_field *f = &s->field[field];
    *out = component_of(s, f->component + (f->is_complex ? 2 : 1), f->is_complex);
    return true;
}

/* Name number i of all that formulas may use, for "did you mean"; NULL ends the list. */
static const char *known(void *context, int i)
{
    const eq_system *s = context;
    if (i < s->n_fields)
        return s->field[i].name;
    i -= s->n_fields;
    if (i < s->n_parameters)
        return s->parameter[i].name;
    i -= s->n_parameters;
    if (i < s->n_quenched)
        return s->quenched[i].name;
    i -= s->n_quenched;
    return i < s->n_names ? s->name[i].name : NULL;
}

/* What an expression may contain; allow: bits WEFT_EXPR_. On a lattice derivatives are differences
 * of the chosen order, and offsets are allowed. */
weft_expr_scope eq_scope(eq_system *s, int allow)
{
    weft_expr_scope scope = {.graph = s->graph,
                             .allow = allow,
                             .dim = s->dim,
                             .difference = s->difference,
                             .coordinates = true,
                             .context = s,
                             .find = find,
                             .draw = draw,
                             .noise = noise,
                             .velocity = velocity,
                             .name = known,
                             .made = eq_note_origin};
    memcpy(scope.dx, s->dx, sizeof scope.dx);
    memcpy(scope.sites, s->sites, sizeof scope.sites);
    return scope;
}

/* The value of the text of a node in a scope, with errors that point into the text. */
weft_status eq_value(eq_system *s, const weft_expr_scope *scope, const weft_node *node,
                     weft_expr *out)
{
    weft_ast ast;
    weft_expr_error error;
    if (weft_node_what(node) != WEFT_NODE_SCALAR)
        return weft_node_fail(node, 0, "expected a formula");
    bool good = weft_ast_parse(weft_node_text(node), false, &ast, &error) &&
                eq_build(s, scope, node, &ast, ast.right, out, &error);
    weft_ast_free(&ast);
    return good ? WEFT_OK : eq_point(node, &error);
}

/* The name of a component in messages: "re(dt(A))", as far as it applies. */
static void component_name(const eq_system *s, int index, char *out, size_t size)
{
    const eq_field *f = &s->field[s->field_of[index]];
    const int parts = f->is_complex ? 2 : 1, at = index - f->component;
    const char *part = !f->is_complex ? "" : at % 2 ? "im(" : "re(";
    const bool momentum = at >= parts;
    snprintf(out, size, "%s%s%s%s%s", part, momentum ? "dt(" : "", f->name, momentum ? ")" : "",
             *part ? ")" : "");
}

/* The text is valid until the next call. */
const char *eq_variable_name(void *context, weft_variable kind, int index)
{
    static char text[WEFT_EXPR_NAME + 16]; /* copied before the next call */
    const eq_system *s = context;
    static const char *const places[] = {"x", "y", "z"}, *const waves[] = {"kx", "ky", "kz", "k^2"};
    if (kind == WEFT_VAR_WAVE)
        return waves[index];
    if (kind == WEFT_VAR_PLACE && index < EQ_PLACE_DRAW)
        return index < EQ_PLACE_QUENCHED ? places[index]
                                         : s->quenched[(index - EQ_PLACE_QUENCHED) / 2].name;
    if (kind == WEFT_VAR_PLACE)
        return "random";
    if (kind == WEFT_VAR_UNIFORM) {
        for (int i = 0; i < s->n_parameters; i++)
            if (s->parameter[i].course.n > 1 && s->parameter[i].uniform == index)
                return s->parameter[i].name;
        return "t";
    }
    if (kind == WEFT_VAR_FIELD)
        component_name(s, index, text, sizeof text);
    else
        snprintf(text, sizeof text, s->noise_number[index] == 1 ? "xi" : "xi(%d)",
                 s->noise_number[index]);
    return text;
}

/* ---- constraints and named expressions ---- */

/* The scope of the left side of a constraint: its own name is a variable. */
typedef struct constraint_scope {
    eq_system *s;
    const char *name;
} constraint_scope;

enum { UNKNOWN = WEFT_SPLIT_VARIABLES - 1 };

/* In the left side of a constraint its own name is the variable UNKNOWN, a component number that no
 * system has. */
static bool find_in_constraint(void *context, const char *name, weft_expr *out,
                               weft_expr_error *error)
{
    const constraint_scope *c = context;
    if (strcmp(name, c->name) != 0)
        return find(c->s, name, out, error);
    *out = (weft_expr){weft_graph_variable(c->s->graph, WEFT_VAR_FIELD, UNKNOWN), 0};
    return true;
}

/* Names for the message of an unknown word. */
static const char *known_in_constraint(void *context, int i)
{
    return known(((const constraint_scope *)context)->s, i);
}

/* Node 0 is the number zero. */
static bool is_zero(weft_symbol f)
{
    return f.even == 0 && f.odd == 0;
}

/* The factor of the operator on the left. */
static weft_status left_symbol(eq_system *s, const eq_name *n, weft_symbol *out)
{
    constraint_scope context = {s, n->name};
    weft_expr_scope scope = eq_scope(s, WEFT_EXPR_OPERATORS | WEFT_EXPR_MEANS);
    weft_expr_error error = {0};
    weft_expr left;
    scope.context = &context;
    scope.find = find_in_constraint;
    scope.name = known_in_constraint;
    scope.velocity = NULL;
    scope.made = NULL;
    if (!eq_build(s, &scope, NULL, &n->ast, n->ast.left, &left, &error))
        return eq_point(n->node, &error);
    const weft_ast_node *at = &n->ast.node[n->ast.left];
    /* The left side must be a symbol times the unknown, and nothing else. */
    const weft_split *split = weft_split_of(s->splitter, left.re);
    bool others = split->constant != 0.0 || left.im != 0;
    for (int i = 0; i < WEFT_SPLIT_VARIABLES; i++)
        others = others || (i != UNKNOWN && !is_zero(split->field[i]));
    if (!split->linear)
        return weft_node_point(n->node, at->at, at->length,
                               "the operator on '%s' must be linear with constant coefficients",
                               n->name);
    if (others || is_zero(split->field[UNKNOWN]))
        return weft_node_point(n->node, at->at, at->length,
                               "the left side is an operator with real coefficients on '%s' alone; "
                               "all else belongs on the right side",
                               n->name);
    *out = split->field[UNKNOWN];
    return WEFT_OK;
}

/* re and im are divided by the same real operator. */
static weft_status build_constraint(eq_system *s, eq_name *n, weft_expr right)
{
    weft_symbol factor;
    if (s->lattice)
        return weft_node_fail(n->node, 0,
                              "a constraint is solved in k space and needs space: "
                              "spectral");
    WEFT_TRY(left_symbol(s, n, &factor));
    /* psi(k) = F(k)/S(k). */
    factor = weft_symbol_inverse(s->graph, factor);
    n->value.re = weft_graph_operator(s->graph, factor.even, factor.odd, right.re);
    n->value.im = weft_graph_operator(s->graph, factor.even, factor.odd, right.im);
    s->reading = n->node;
    eq_note_origin(s, n->value, 0, (int)strcspn(n->text, "="));
    s->reading = NULL;
    return WEFT_OK;
}

/* state guards against circles: a name that is met in work depends on itself. */
weft_status eq_build_name(eq_system *s, eq_name *n)
{
    weft_expr_error error = {0};
    if (n->state == EQ_DONE)
        return WEFT_OK;
    n->state = EQ_IN_WORK;
    weft_expr_scope scope = eq_scope(s, WEFT_EXPR_OPERATORS | WEFT_EXPR_MEANS | WEFT_EXPR_NOISE |
                                            (s->lattice ? WEFT_EXPR_OFFSETS : 0));
    weft_expr right;
    if (!eq_build(s, &scope, n->node, &n->ast, n->ast.right, &right, &error))
        return eq_point(n->node, &error);
    if (n->constraint)
        WEFT_TRY(build_constraint(s, n, right));
    else
        n->value = right;
    n->state = EQ_DONE;
    return WEFT_OK;
}
