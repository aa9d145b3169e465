/* From a syntax tree to nodes of a graph: what names, calls and signs mean.
 *
 * The walk goes down the tree once and returns, for each node of it, a pair of graph nodes (real
 * and imaginary part). A scope (weft_expr_scope) tells what names stand for and what is allowed in
 * this place: a formula of an initial state may draw random numbers, an equation may not.
 *
 * Invariants: (1) Errors point at the word in the text that is wrong; the first one is kept. (2) A
 * constant that is made is finite, also one in front of a product, and a graph has at most
 * EXPR_GRAPH_MOST nodes: both are checked at every node of the tree, so that a text of any size
 * ends in a graph or in a message. (3) The same tree and scope give the same nodes in the same
 * order, on every rank.
 *
 * Example: in "dt(A) = i*lap(A) + xi", with a complex field A, the walk meets the sum, its left
 * side, the product, i = (0, 1), the call lap with A = (field 0, field 1), which gives (-k^2 on
 * field 0, -k^2 on field 1); the product of the two pairs is (k^2 on field 1, -k^2 on field 0), and
 * xi is added to the real part. */
#include "builder.h"
#include "complex.h"
#include "graph.h"
#include "internal.h"
#include "weft/params.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool value_of(expr_builder *b, int node, weft_expr *out);

/* The nearest known word, functions included. Wavenumbers are proposed only where they mean
 * something. */
static weft_hint nearest(const expr_builder *b, const char *text)
{
    enum { MOST = 256 };
    const char *names[MOST];
    int n = 0;
    for (const expr_builtin *f = expr_builtins; f->name; f++)
        names[n++] = f->name;
    for (int i = 0; expr_words[i]; i++)
        if (b->waves || expr_words[i][0] != 'k')
            names[n++] = expr_words[i];
    for (int i = 0; n < MOST && b->scope->name; i++) {
        const char *name = b->scope->name(b->scope->context, i);
        if (!name)
            break;
        names[n++] = name;
    }
    return weft_did_you_mean(text, names, n);
}

/* Names that other programs and papers have for words of the language; NULL: none is known. */
static const char *other_name(const char *name)
{
    static const char *const words[][2] = {
        {"ln", "log"},       {"e", "exp(1)"},        {"heaviside", "step"},
        {"theta", "step"},   {"arctan", "atan"},     {"arcsin", "asin"},
        {"arccos", "acos"},  {"arctan2", "atan2"},   {"real", "re"},
        {"imag", "im"},      {"conjugate", "conj"},  {"laplacian", "lap"},
        {"laplace", "lap"},  {"nabla2", "lap"},      {"average", "mean"},
        {"noise", "xi"},     {"random", "uniform"},  {"rand", "uniform"},
        {"randn", "normal"}, {"gaussian", "normal"}, {"cauchy", "lorentzian"},
        {"if", "where"},     {"signum", "sign"},     {"sgn", "sign"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], name) == 0)
            return words[i][1];
    return NULL;
}

/* A scope's find may have noted a better message already. */
static bool unknown(expr_builder *b, const weft_ast_node *x, const char *what)
{
    if (b->error->text[0])
        return false;
    const char *other = other_name(x->name);
    if (other)
        return weft_expr_fail(b->error, x->at, x->length, "unknown %s '%s'; here it is '%s'", what,
                              x->name, other);
    for (int i = 0; expr_words[i] && !b->waves; i++)
        if (expr_words[i][0] == 'k' && strcmp(expr_words[i], x->name) == 0)
            return weft_expr_fail(b->error, x->at, x->length,
                                  "'%s' is known as a wavenumber in the factor of fourier(F, u) "
                                  "alone",
                                  x->name);
    return weft_expr_fail(b->error, x->at, x->length, "unknown %s '%s'%s", what, x->name,
                          nearest(b, x->name).text);
}

/* kx, ky, kz and k inside fourier. Wave variables are numbered 0 kx, 1 ky, 2 kz, 3 k^2, while axes
 * are numbered 0 z, 1 y, 2 x: hence 2 - axis. k is the root of k^2. False with no error: the name
 * is none of these. */
static bool wave_name(expr_builder *b, const weft_ast_node *x, weft_expr *out)
{
    weft_expr other;
    int axis = x->name[1] ? 'z' - x->name[1] : -1;
    if (x->name[0] != 'k' || (x->name[1] && (axis < 0 || axis > 2 || x->name[2])))
        return false;
    if (b->scope->find(b->scope->context, x->name, &other, b->error))
        return weft_expr_fail(b->error, x->at, x->length,
                              "'%s' is a wavenumber here and the name of something else elsewhere; "
                              "rename that",
                              x->name);
    if (axis >= 0 && axis < 3 - b->scope->dim)
        return weft_expr_fail(b->error, x->at, x->length, "the grid has no axis %c", x->name[1]);
    *out = expr_real(axis >= 0 ? expr_wave(b->g, 2 - axis)
                               : weft_graph_make(b->g, WEFT_OP_SQRT, expr_wave(b->g, 3), 0, 0));
    return true;
}

/* Each occurrence in the text is a number of its own: two times "normal" are independent. */
static bool draw(expr_builder *b, const weft_ast_node *x, int law, weft_expr *out)
{
    if (!(b->scope->allow & WEFT_EXPR_DRAWS))
        return expr_fail(b, x,
                         "random numbers belong to quenched fields and to initial states; noise "
                         "in time is xi");
    int index = b->scope->draw(b->scope->context, law);
    if (index < 0)
        return expr_fail(b, x, "too many random numbers");
    *out = expr_real(weft_graph_variable(b->g, WEFT_VAR_PLACE, index));
    return true;
}

/* Words of the language that are no functions. */
static bool own_name(expr_builder *b, const weft_ast_node *x, weft_expr *out)
{
    static const char *const laws[] = {"normal", "uniform", "lorentzian"};
    for (int i = 0; i < 3; i++)
        if (strcmp(x->name, laws[i]) == 0)
            return draw(b, x, i, out);
    if (strcmp(x->name, "pi") == 0)
        *out = expr_number(b->g, M_PI);
    else if (strcmp(x->name, "i") == 0)
        *out = (weft_expr){0, weft_graph_number(b->g, 1.0)};
    else if (strcmp(x->name, "xi") == 0 && b->scope->allow & WEFT_EXPR_NOISE)
        return expr_noise(b, x, 1, out);
    else
        return false;
    return true;
}

/* In this order: the language, wavenumbers, names of the scope. Inside the factor of fourier only
 * constants and wavenumbers are allowed, because a factor that depends on the site would be no
 * factor in k space. */
static bool name(expr_builder *b, const weft_ast_node *x, weft_expr *out)
{
    if (own_name(b, x, out) || (b->waves && !b->error->text[0] && wave_name(b, x, out)))
        return true;
    if (b->error->text[0])
        return false;
    if (!b->scope->find(b->scope->context, x->name, out, b->error)) {
        /* A function without its brackets: say what is missing instead of "unknown". */
        for (const expr_builtin *f = expr_builtins; f->name; f++)
            if (strcmp(f->name, x->name) == 0)
                return strcmp(x->name, "xi") == 0
                           ? expr_fail(b, x, "noise has no place here")
                           : weft_expr_fail(b->error, x->at, x->length,
                                            "%s is a function; write %s(...)", x->name, x->name);
        if (b->error->text[0] && b->error->length == 0) { /* found, but with an error */
            b->error->at = x->at;
            b->error->length = x->length;
        }
        return unknown(b, x, "name");
    }
    const unsigned site = EXPR_ON_FIELD | EXPR_ON_PLACE | EXPR_ON_UNIFORM | EXPR_ON_NOISE;
    if (b->waves &&
        ((weft_graph_at(b->g, out->re)->depends | weft_graph_at(b->g, out->im)->depends) & site))
        return weft_expr_fail(b->error, x->at, x->length,
                              "the factor of fourier is a function of kx, ky, kz and k; '%s' is "
                              "no constant",
                              x->name);
    return true;
}

/* ---- calls, offsets, signs ---- */

/* For fourier(F, u) the argument is read first and outside of `waves`, so that kx means a
 * wavenumber in F only. */
static bool values(expr_builder *b, const expr_builtin *f, expr_call *c)
{
    if (f->arguments == EXPR_ARE_VALUES) {
        for (int i = 0; i < c->n; i++)
            if (!value_of(b, c->argument[i], &c->value[i]))
                return false;
        return true;
    }
    if (!value_of(b, c->argument[1], &c->value[1]))
        return false;
    b->waves = true;
    /* The flag is set for this argument alone, and unset on every way out. */
    bool good = value_of(b, c->argument[0], &c->value[0]);
    b->waves = false;
    return good;
}

/* Counts all arguments, also those beyond the limit, so that the message has the right number. */
static bool arguments(expr_builder *b, const expr_builtin *f, const weft_ast_node *x, expr_call *c)
{
    for (int i = x->first; i >= 0; i = b->ast->node[i].next) {
        if (c->n < EXPR_ARGUMENTS && c->n < f->most)
            c->argument[c->n] = i;
        c->n++;
    }
    if (c->n >= f->least && c->n <= f->most)
        return f->arguments == EXPR_ARE_NODES || values(b, f, c);
    return weft_expr_fail(b->error, x->at, x->length, "%s takes %d argument%s%s, and here are %d",
                          f->name, f->least, f->least == 1 ? "" : "s",
                          f->most > f->least ? " or one more" : "", c->n);
}

/* needs: what the scope must allow. Inside a factor of k nothing of it is possible. */
static bool allowed(expr_builder *b, const expr_builtin *f, const weft_ast_node *x)
{
    if (b->waves && f->needs)
        return weft_expr_fail(b->error, x->at, x->length, "%s has no place in a factor of k",
                              f->name);
    if ((f->needs & b->scope->allow) == f->needs)
        return true;
    return weft_expr_fail(b->error, x->at, x->length, "%s has no place here", f->name);
}

/* A known name that is no function, with brackets behind it, is most likely a forgotten '*'. */
static bool call_of(expr_builder *b, const weft_ast_node *x, weft_expr *out)
{
    expr_call c = {.node = x};
    for (const expr_builtin *f = expr_builtins; f->name; f++)
        if (strcmp(f->name, x->name) == 0)
            return allowed(b, f, x) && arguments(b, f, x, &c) && f->make(b, f, &c, out);
    weft_expr value;
    const bool word = weft_expr_reserved(x->name);
    if (word || b->scope->find(b->scope->context, x->name, &value, b->error))
        return weft_expr_fail(b->error, x->at, x->length,
                              "'%s' is no function; a product needs a '*'", x->name);
    return unknown(b, x, "function");
}

/* A neighbour farther away than the grid has sites would be another site than the one meant. */
static bool within(expr_builder *b, int node, int axis, int by)
{
    const weft_ast_node *at = &b->ast->node[node];
    const int64_t sites = b->scope->sites[axis];
    return sites == 0 || abs(by) < sites ||
           weft_expr_fail(b->error, at->at, at->length,
                          "the grid has %lld sites along %c, and no neighbour %d sites away",
                          (long long)sites, "zyx"[axis], abs(by));
}

/* u[1], u[0,-2]: offsets along the axes, slowest first. The whole value of the name is shifted,
 * also if the name stands for a formula. */
static bool offset(expr_builder *b, const weft_ast_node *x, weft_expr *out)
{
    int by[3] = {0}, n = 0;
    weft_expr value;
    if (!(b->scope->allow & WEFT_EXPR_OFFSETS))
        return expr_fail(b, x, "neighbours by offset need space: lattice");
    for (int i = x->first; i >= 0; i = b->ast->node[i].next, n++) {
        expr_call c = {.node = x, .n = 1, .argument = {i}};
        if (!value_of(b, i, &c.value[0]))
            return false;
        const int axis = n < b->scope->dim ? 3 - b->scope->dim + n : 0;
        if (!expr_whole_number(b, &c, 0, -64, 64, &by[axis]))
            return false;
        if (n < b->scope->dim && !within(b, i, axis, by[axis]))
            return false;
    }
    if (n != b->scope->dim)
        return weft_expr_fail(b->error, x->at, x->length,
                              "%d offset%s for a grid of %d ax%s; give one for each, slowest first",
                              n, n == 1 ? "" : "s", b->scope->dim,
                              b->scope->dim == 1 ? "is" : "es");
    if (!name(b, x, &value))
        return false;
    out->re = weft_graph_shift(b->g, value.re, by);
    out->im = weft_graph_shift(b->g, value.im, by);
    return true;
}

/* Whole exponents are products, for any base; a half is a square root; others are exp(b log a),
 * which is real for a >= 0 only, so a complex base is refused. */
static bool power_of(expr_builder *b, const weft_ast_node *x, weft_expr base, weft_expr power,
                     weft_expr *out)
{
    double value;
    if (!power.im && weft_graph_is_number(b->g, power.re, &value)) {
        if (value == floor(value) && fabs(value) <= EXPR_POWER_MOST) {
            *out = expr_power(b->g, base, (int)value);
            return true;
        }
        if (value == 0.5 && !base.im)
            return expr_function(b->g, WEFT_OP_SQRT, base, out);
    }
    if (base.im || power.im)
        return expr_fail(b, x, "a power of complex numbers needs a whole exponent; write exp(...)");
    *out = expr_real(weft_graph_make(b->g, WEFT_OP_POW, base.re, power.re, 0));
    return true;
}

/* a > b is b < a, and a != b is 1 - (a == b): three operations are enough. */
static bool comparison(expr_builder *b, const weft_ast_node *x, weft_expr a, weft_expr c,
                       weft_expr *out)
{
    const char sign = x->name[0];
    if (a.im || c.im)
        return expr_fail(b, x, "complex numbers are not compared");
    /* Two of the four orders are the other two with their sides changed. */
    bool swap = sign == '>' || sign == 'g';
    weft_op op = sign == 'e' || sign == 'n'   ? WEFT_OP_EQUAL
                 : sign == '<' || sign == '>' ? WEFT_OP_LESS
                                              : WEFT_OP_LESS_EQUAL;
    int node = weft_graph_make(b->g, op, swap ? c.re : a.re, swap ? a.re : c.re, 0);
    if (sign == 'n')
        node = weft_graph_make(b->g, WEFT_OP_SUB, weft_graph_number(b->g, 1.0), node, 0);
    *out = expr_real(node);
    return true;
}

/* Comparisons are 1 or 0, so that "and" is the smaller one, "or" the larger one, and "not" the
 * difference from 1. */
static bool joined(expr_builder *b, const weft_ast_node *x, weft_expr *out)
{
    weft_expr left, right = {0};
    const int second = b->ast->node[x->first].next;
    if (!value_of(b, x->first, &left) || (second >= 0 && !value_of(b, second, &right)))
        return false;
    const int node =
        x->name[0] == '!'
            ? weft_graph_make(b->g, WEFT_OP_SUB, weft_graph_number(b->g, 1.0), left.re, 0)
            : weft_graph_make(b->g, x->name[0] == '&' ? WEFT_OP_MIN : WEFT_OP_MAX, left.re,
                              right.re, 0);
    *out = expr_real(node);
    return true;
}

/* The second operand is linked behind the first one in the tree. */
static bool binary(expr_builder *b, const weft_ast_node *x, weft_expr *out)
{
    weft_expr left, right;
    if (!value_of(b, x->first, &left) || !value_of(b, b->ast->node[x->first].next, &right))
        return false;
    switch (x->name[0]) {
    case '+':
        *out = expr_sum(b->g, WEFT_OP_ADD, left, right);
        return true;
    case '-':
        *out = expr_sum(b->g, WEFT_OP_SUB, left, right);
        return true;
    case '*':
        *out = expr_product(b->g, left, right);
        return true;
    case '/':
        /* Division by the constant zero is refused here, where its place in the text is known. */
        if (right.re == 0 && right.im == 0)
            return expr_fail(b, x, "division by zero");
        *out = expr_quotient(b->g, left, right);
        return true;
    case '^':
        return power_of(b, x, left, right, out);
    default:
        return comparison(b, x, left, right, out);
    }
}

/* Whether a node is free of a constant that overflowed: as itself, or in front of a product. */
static bool finite_number(const weft_graph *g, int node)
{
    double value;
    int rest;
    return weft_graph_is_number(g, node, &value) ? isfinite(value)
                                                 : isfinite(expr_factor(g, node, &rest));
}

/* The value of a node of the syntax tree, by the values of its arguments. The limits are looked at
 * after each node and not at the end: a formula of a few words can stand for a graph without bound,
 * and the message then points at the word with which it passed the limit. */
static bool value_of(expr_builder *b, int node, weft_expr *out)
{
    const weft_ast_node *x = &b->ast->node[node];
    bool good;
    *out = (weft_expr){0};
    switch (x->kind) {
    case WEFT_AST_NUMBER:
        *out = expr_number(b->g, x->number);
        return true;
    case WEFT_AST_NAME:
        return name(b, x, out);
    case WEFT_AST_CALL:
        good = call_of(b, x, out);
        break;
    case WEFT_AST_OFFSET:
        good = offset(b, x, out);
        break;
    case WEFT_AST_UNARY:
        if (x->name[0] == '!') {
            good = joined(b, x, out);
            break;
        }
        good = value_of(b, x->first, out);
        *out = expr_product(b->g, expr_number(b->g, -1.0), *out);
        break;
    default:
        good = x->name[0] == '&' || x->name[0] == '|' ? joined(b, x, out) : binary(b, x, out);
    }
    if (good && weft_graph_size(b->g) > EXPR_GRAPH_MOST)
        return expr_fail(b, x, "the equations are too large");
    if (good && (!finite_number(b->g, out->re) || !finite_number(b->g, out->im)))
        return expr_fail(b, x, "this is not finite");
    if (good && b->scope->made)
        b->scope->made(b->scope->context, *out, x->at, x->length);
    return good;
}

/* Nodes that were made before an error stay in the graph; nobody refers to them. */
bool weft_expr_build(const weft_expr_scope *scope, const weft_ast *ast, int node, weft_expr *out,
                     weft_expr_error *error)
{
    expr_builder b = {.scope = scope, .g = scope->graph, .ast = ast, .error = error};
    if (scope->allow & WEFT_EXPR_OFFSETS)
        scope->graph->axes = scope->dim;
    return value_of(&b, node, out);
}
