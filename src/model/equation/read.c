/* The section equation of an input: names, parameters, quenched fields, equations.
 *
 * The order of lines does not matter: first every left side is read, so that all names are known,
 * then a name is built when something first asks for it. A name that is asked for while it is being
 * built depends on itself, and that is an error: so names can form no circle, and what comes out is
 * one graph in the fields alone.
 *
 * The parts of a line "dt(u) = -mu*u + lap(u)": the text is parsed to a syntax tree (weft_ast) with
 * a left and a right side; the left side says that this is the rate of the field u; the right side
 * is built into the graph, where mu becomes its number, u the variable of a component, and lap(u)
 * an operator with the symbol -k^2 on that variable.
 *
 * Invariants. Every error points at a line and column of the input. What is read depends on the
 * input alone, on all ranks alike. Trees and names are owned by the system from the moment they are
 * read, so that eq_free frees them after an error, too. Fixed arrays are checked before they are
 * written. */
#include "read.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* ---- fields: their names, real or complex ---- */

/* kind: the word "real" or "complex" beside the name, NULL in a plain list. */
static weft_status add_field(eq_system *s, const weft_node *node, const char *name,
                             const weft_node *kind)
{
    WEFT_TRY(eq_check_name(s, node, name));
    if (s->n_fields == EQ_FIELDS)
        return weft_node_fail(node, 0, "there can be %d fields", EQ_FIELDS);
    eq_field *f = &s->field[s->n_fields];
    *f = (eq_field){.name = name};
    if (kind) {
        bool word = weft_node_what(kind) == WEFT_NODE_SCALAR;
        f->is_complex = word && strcmp(weft_node_text(kind), "complex") == 0;
        if (!f->is_complex && (!word || strcmp(weft_node_text(kind), "real") != 0))
            return weft_node_fail(kind, 0, "a field is real or complex");
    }
    s->n_fields++;
    return WEFT_OK;
}

/* A name, a list of names, or a map of names to kinds. */
static weft_status read_fields(eq_system *s)
{
    const weft_node *tree = s->p->fields;
    const weft_node_kind kind = weft_node_what(tree);
    if (kind == WEFT_NODE_SCALAR)
        return add_field(s, tree, weft_node_text(tree), NULL);
    for (int i = 0; i < weft_node_count(tree); i++) {
        const weft_node *item = weft_node_item(tree, i);
        if (kind == WEFT_NODE_MAP)
            WEFT_TRY(add_field(s, item, weft_node_key(tree, i), item));
        else if (weft_node_what(item) != WEFT_NODE_SCALAR)
            return weft_node_fail(item, 0,
                                  "expected the name of a field; where one is complex, "
                                  "write {u: real, A: complex}");
        else
            WEFT_TRY(add_field(s, item, weft_node_text(item), NULL));
    }
    return s->n_fields ? WEFT_OK : weft_param_fail(s->own, "fields", "there is no field");
}

/* ---- parameters ---- */

/* A map of names to numbers or to lists of points. */
static weft_status read_parameters(eq_system *s)
{
    const weft_node *tree = s->p->parameters;
    if (!tree)
        return WEFT_OK;
    if (weft_node_what(tree) != WEFT_NODE_MAP)
        return weft_param_fail(s->own, "parameters", "expected {name: number, ...}");
    for (int i = 0; i < weft_node_count(tree); i++) {
        const weft_node *item = weft_node_item(tree, i);
        WEFT_TRY(eq_check_name(s, item, weft_node_key(tree, i)));
        if (s->n_parameters == EQ_PARAMETERS)
            return weft_node_fail(item, 0, "there can be %d parameters", EQ_PARAMETERS);
        eq_parameter *p = &s->parameter[s->n_parameters];
        *p = (eq_parameter){.name = weft_node_key(tree, i)};
        WEFT_TRY(formula_course_read(item, &p->course));
        /* A course of one corner is a number, as if it had been written so. Uniform variable 0 is
         * the time. */
        p->uniform = p->course.n > 1 ? s->n_uniform++ : 0;
        s->n_parameters++;
    }
    return WEFT_OK;
}

/* out[0] is the time; then the parameters that change. */
void eq_uniforms(const eq_system *s, double t, double *out)
{
    out[0] = t;
    for (int i = 0; i < s->n_parameters; i++)
        if (s->parameter[i].course.n > 1)
            out[s->parameter[i].uniform] = formula_course_at(&s->parameter[i].course, t);
}

/* ---- quenched fields ---- */

/* Draws of quenched fields use the streams of disorder, one after the other in the order of the
 * text. */
static weft_status read_quenched_item(eq_system *s, const weft_node *item, const char *name)
{
    WEFT_TRY(eq_check_name(s, item, name));
    if (s->n_quenched == EQ_QUENCHED)
        return weft_node_fail(item, 0, "there can be %d quenched fields", EQ_QUENCHED);
    eq_quenched *q = &s->quenched[s->n_quenched];
    *q = (eq_quenched){.name = name, .node = item};
    if (weft_node_what(item) == WEFT_NODE_MAP) {
        const weft_node *file = weft_node_find(item, "file");
        if (!file || weft_node_what(file) != WEFT_NODE_SCALAR || weft_node_count(item) != 1)
            return weft_node_fail(item, 0, "expected a formula or {file: PATH}");
        q->file = weft_node_text(file);
    } else {
        weft_expr_scope scope = eq_scope(s, WEFT_EXPR_DRAWS);
        WEFT_TRY(eq_value(s, &scope, item, &q->value));
        /* What changes in time: fields, and parameters given as points. */
        const unsigned moving = 1u << WEFT_VAR_FIELD | 1u << WEFT_VAR_UNIFORM;
        if ((weft_graph_at(s->graph, q->value.re)->depends |
             weft_graph_at(s->graph, q->value.im)->depends) &
            moving)
            return weft_node_fail(item, 0,
                                  "a quenched field does not change in time; it is made "
                                  "of numbers, x, y, z and random numbers");
        q->is_complex = q->value.im != 0;
    }
    s->n_quenched++;
    return WEFT_OK;
}

/* A map of names to formulas or files. */
static weft_status read_quenched(eq_system *s)
{
    const weft_node *tree = s->p->quenched;
    if (!tree)
        return WEFT_OK;
    if (weft_node_what(tree) != WEFT_NODE_MAP)
        return weft_param_fail(s->own, "quenched", "expected {name: formula, ...}");
    s->draw_stream = WEFT_STREAM_DISORDER;
    for (int i = 0; i < weft_node_count(tree); i++)
        WEFT_TRY(read_quenched_item(s, weft_node_item(tree, i), weft_node_key(tree, i)));
    return WEFT_OK;
}

/* ---- left sides ---- */

/* The field and the order of dt(u) or dtt(u); field -1: the left side is no time derivative. */
static weft_status time_derivative(eq_system *s, const weft_node *node, const weft_ast *ast,
                                   int *field, int *order)
{
    const weft_ast_node *left = &ast->node[ast->left];
    *field = -1;
    if (left->kind != WEFT_AST_CALL ||
        (strcmp(left->name, "dt") != 0 && strcmp(left->name, "dtt") != 0))
        return WEFT_OK;
    /* dt(...) must hold a name and nothing else. */
    const weft_ast_node *inside = left->first >= 0 ? &ast->node[left->first] : left;
    if (inside->kind != WEFT_AST_NAME || inside->next >= 0)
        return weft_node_point(node, left->at, left->length, "%s(...) takes the name of a field",
                               left->name);
    *field = eq_find_field(s, inside->name);
    *order = left->name[2] ? 2 : 1;
    if (*field < 0)
        return weft_node_point(node, inside->at, inside->length,
                               "'%s' is no field; fields are listed in equation.fields",
                               inside->name);
    return WEFT_OK;
}

/* The one name in the left side of a constraint that is not known: what it determines. kx, ky, kz
 * and k are wavenumbers there and no names. */
static const weft_ast_node *unknown_name(const eq_system *s, const weft_ast *ast, int node)
{
    const weft_ast_node *x = &ast->node[node];
    if (x->kind == WEFT_AST_NAME && !weft_expr_reserved(x->name) && x->name[0]) {
        bool known = eq_find_field(s, x->name) >= 0;
        for (int i = 0; i < s->n_parameters; i++)
            known = known || strcmp(s->parameter[i].name, x->name) == 0;
        for (int i = 0; i < s->n_quenched; i++)
            known = known || strcmp(s->quenched[i].name, x->name) == 0;
        if (!known && !(x->name[0] == 'k' && strchr("xyz", x->name[1])))
            return x;
    }
    for (int i = x->first; i >= 0; i = ast->node[i].next) {
        const weft_ast_node *found = unknown_name(s, ast, i);
        if (found)
            return found;
    }
    return NULL;
}

/* A new name alone on the left is a named expression; inside an operator it is a constraint. The
 * tree moves into the name, which owns it from here on. */
static weft_status add_name(eq_system *s, const weft_node *node, weft_ast *ast)
{
    const weft_ast_node *left = &ast->node[ast->left];
    const weft_ast_node *own = left->kind == WEFT_AST_NAME ? left : unknown_name(s, ast, ast->left);
    for (int i = 0; i < ast->n && !own; i++)
        if (ast->node[i].kind == WEFT_AST_CALL && strcmp(ast->node[i].name, "dt") == 0 &&
            ast->node[i].at < (int)strcspn(weft_node_text(node), "="))
            return weft_node_point(node, ast->node[i].at, ast->node[i].length,
                                   "dt(...) stands alone on the left side; divide the right side "
                                   "by its factor, and bring other terms over");
    if (!own)
        return weft_node_point(node, left->at, left->length,
                               "the left side of an equation is dt(field), dtt(field), a new name, "
                               "or a linear operator on a new name, as in lap(psi)");
    /* "u = ..." and "du/dt = ..." are what others write for dt(u). */
    const bool quotient = left->kind == WEFT_AST_BINARY && own->name[0] == 'd';
    const char *field = own->name + (quotient ? 1 : 0);
    if (eq_find_field(s, field) >= 0)
        return weft_node_point(
            node, left->at, left->length,
            "'%s' is a field: its equation begins with 'dt(%s) =' or 'dtt(%s) ='", field, field,
            field);
    if (s->n_names == EQ_NAMES)
        return weft_node_fail(node, 0, "there can be %d names", EQ_NAMES);
    WEFT_TRY(eq_check_name(s, node, own->name));
    eq_name *n = &s->name[s->n_names++];
    *n = (eq_name){.node = node, .constraint = own != left, .text = weft_node_text(node)};
    memcpy(n->name, own->name, sizeof n->name);
    n->ast = *ast;
    *ast = (weft_ast){0};
    return WEFT_OK;
}

/* Keeps the tree of a rate until all names are known; a field has one equation. */
static weft_status add_rate(const weft_node *node, eq_field *f, int order, weft_ast *ast,
                            weft_ast *keep)
{
    if (f->order)
        return weft_node_fail(node, 0, "the field '%s' has a second equation", f->name);
    f->order = order;
    f->node = node;
    if (order == 2)
        f->momentum = weft_format("%s_t", f->name);
    *keep = *ast;
    *ast = (weft_ast){0};
    return WEFT_OK;
}

/* One line of the input. rates: one tree a field, filled where the line is a time derivative. The
 * tree is freed unless it has been moved. */
static weft_status read_left_side(eq_system *s, const weft_node *node, weft_ast *rates)
{
    weft_ast ast;
    weft_expr_error error;
    int field = -1, order = 0;
    if (weft_node_what(node) != WEFT_NODE_SCALAR)
        return weft_node_fail(node, 0,
                              "expected an equation, as dt(u) = ...; quote it where it "
                              "holds ': ', ' #', '[' or '{'");
    weft_status status = WEFT_OK;
    if (!weft_ast_parse(weft_node_text(node), true, &ast, &error))
        status = eq_point(node, &error);
    if (status == WEFT_OK)
        status = time_derivative(s, node, &ast, &field, &order);
    if (status == WEFT_OK)
        status = field >= 0 ? add_rate(node, &s->field[field], order, &ast, &rates[field])
                            : add_name(s, node, &ast);
    weft_ast_free(&ast);
    return status;
}

/* Numbers of components: those of a field, then those of its momentum, field after field. */
static weft_status number_components(eq_system *s)
{
    for (int i = 0; i < s->n_fields; i++) {
        eq_field *f = &s->field[i];
        if (!f->order)
            return weft_param_fail(s->own, "equations",
                                   "the field '%s' has no equation; add one that begins with "
                                   "'dt(%s) ='",
                                   f->name, f->name);
        f->component = s->n;
        for (int c = 0; c < f->order * (f->is_complex ? 2 : 1); c++) {
            if (s->n == EQ_COMPONENTS)
                return weft_param_fail(s->own, "fields", "there can be %d real components",
                                       EQ_COMPONENTS);
            s->field_of[s->n++] = i;
        }
    }
    return WEFT_OK;
}

/* ---- right sides ---- */

/* The right-hand side as nodes for the components of a field. A field of second order has two
 * equations: q' = p, the variable of its momentum, and p' = the right-hand side. */
static weft_status build_rate(eq_system *s, eq_field *f, const weft_ast *ast)
{
    weft_expr_error error = {0};
    weft_expr_scope scope = eq_scope(s, WEFT_EXPR_OPERATORS | WEFT_EXPR_MEANS | WEFT_EXPR_NOISE |
                                            (s->lattice ? WEFT_EXPR_OFFSETS : 0));
    if (!eq_build(s, &scope, f->node, ast, ast->right, &f->rhs, &error))
        return eq_point(f->node, &error);
    if (f->rhs.im && !f->is_complex)
        return eq_fail_at(s, f->rhs.im, f->node,
                          "the right side is complex, and '%s' is a real field; write "
                          "fields: {%s: complex}, or take re(...)",
                          f->name, f->name);
    const int parts = f->is_complex ? 2 : 1, rate[2] = {f->rhs.re, f->rhs.im};
    for (int c = 0; c < parts; c++) {
        int at = f->component + c;
        if (f->order == 2) {
            /* q' = p for the coordinate; the right-hand side then belongs to p. */
            s->rhs[at] = weft_graph_variable(s->graph, WEFT_VAR_FIELD, at + parts);
            at += parts;
        }
        s->rhs[at] = rate[c];
    }
    return WEFT_OK;
}

/* Left sides first, then components, then names, then rates: see the head. */
static weft_status read_equations(eq_system *s, weft_ast *rates)
{
    const weft_node *tree = s->p->equations;
    /* A single equation may stand without a list. */
    const bool list = weft_node_what(tree) == WEFT_NODE_LIST;
    if (weft_node_what(tree) == WEFT_NODE_MAP)
        return weft_param_fail(s->own, "equations",
                               "expected a list of equations, each behind '- '");
    for (int i = 0; i < (list ? weft_node_count(tree) : 1); i++)
        WEFT_TRY(read_left_side(s, list ? weft_node_item(tree, i) : tree, rates));
    WEFT_TRY(number_components(s));
    WEFT_TRY(eq_check_written_names(s));
    for (int i = 0; i < s->n_names; i++)
        WEFT_TRY(eq_build_name(s, &s->name[i]));
    for (int i = 0; i < s->n_fields; i++)
        WEFT_TRY(build_rate(s, &s->field[i], &rates[i]));
    return WEFT_OK;
}

/* ---- the whole ---- */

/* Stored slowest axis first in the last dim entries, like every list of axes. */
static weft_status read_boundaries(eq_system *s)
{
    const weft_choices *list = &s->p->boundary;
    const int given = list->n;
    if (given != 1 && given != s->dim)
        return weft_param_fail(s->own, "boundary",
                               "%d words for %d axes; give one for each axis, or one for all",
                               given, s->dim);
    for (int a = 0; a < s->dim; a++)
        s->boundary[3 - s->dim + a] = (weft_boundary)list->value[given == 1 ? 0 : a];
    return WEFT_OK;
}

/* Names must be known before formulas that use them: fields, parameters, quenched fields,
 * equations. */
static weft_status read_all(eq_system *s)
{
    /* Trees of the right-hand sides, kept until all names are known. */
    weft_ast rates[EQ_FIELDS] = {0};
    WEFT_TRY(read_boundaries(s));
    WEFT_TRY(read_fields(s));
    WEFT_TRY(read_parameters(s));
    WEFT_TRY(read_quenched(s));
    weft_status status = read_equations(s, rates);
    for (int i = 0; i < EQ_FIELDS; i++)
        weft_ast_free(&rates[i]);
    return status == WEFT_OK ? eq_take_noise(s) : status;
}

/* Spacings of unused axes are 1, so that a product over all three is the volume of a cell. */
static weft_status read_as(const weft_params *all, int dim, const int64_t *n, const double *length,
                           bool lattice, eq_system *out)
{
    const eq_params *p = weft_params_values(all, eq_keys);
    *out = (eq_system){
        .own = weft_params_section(all, "equation"), .p = p, .dim = dim, .n_uniform = 1};
    out->graph = weft_graph_create();
    out->splitter = weft_splitter_create(out->graph);
    out->lattice = lattice;
    out->difference = out->lattice ? 2 + 2 * (int)p->difference : 0;
    out->stratonovich = p->noise == EQ_STRATONOVICH;
    for (int a = 0; a < 3; a++) {
        out->sites[a] = a < 3 - dim ? 1 : n[a - 3 + dim];
        out->dx[a] = a < 3 - dim ? 1.0 : length[a - 3 + dim] / (double)n[a - 3 + dim];
    }
    weft_status status = read_all(out);
    if (status != WEFT_OK)
        eq_free(out);
    return status;
}

weft_status eq_read(const weft_params *all, int dim, const int64_t *n, const double *length,
                    eq_system *out)
{
    const eq_params *p = weft_params_values(all, eq_keys);
    return read_as(all, dim, n, length, p->space == EQ_LATTICE, out);
}

weft_status eq_read_continuous(const weft_params *all, int dim, const int64_t *n,
                               const double *length, eq_system *out)
{
    return read_as(all, dim, n, length, false, out);
}

/* The texts belong to the input; the trees, the graph and the names of momenta to the system. */
void eq_free(eq_system *s)
{
    for (int i = 0; i < s->n_fields; i++)
        weft_free(s->field[i].momentum);
    for (int i = 0; i < s->n_names; i++)
        weft_ast_free(&s->name[i].ast);
    weft_free(s->origin);
    weft_splitter_free(s->splitter);
    weft_graph_free(s->graph);
    *s = (eq_system){0};
}
