/* From a syntax tree to nodes of a graph: what names and functions mean. Every function of the
 * language is one row of the table; a row says how many arguments it takes and which function makes
 * its value. Errors point at the word in the text. */
#include "complex.h"
#include "difference.h"
#include "internal.h"
#include "weft/params.h"
#include <stdio.h>
#include <string.h>

enum { ARGUMENTS = 4, DERIVATIVE_MOST = 16, POWER_MOST = 64 };

typedef struct builder {
    const weft_expr_scope *scope;
    weft_graph *g;
    const weft_ast *ast;
    weft_expr_error *error;
    bool waves; /* inside F of fourier(F, u) */
} builder;

typedef struct call {
    const weft_ast_node *node;
    int n;
    int argument[ARGUMENTS]; /* nodes of the tree */
    weft_expr value[ARGUMENTS];
} call;

typedef struct function {
    const char *name;
    int least, most;
    weft_op op; /* of elementary functions */
    int needs;  /* WEFT_EXPR_ bits */
    bool raw;   /* makes the values of its arguments itself */
    bool (*make)(builder *b, const struct function *f, call *c, weft_expr *out);
} function;

static bool value_of(builder *b, int node, weft_expr *out);

static bool fail(builder *b, const weft_ast_node *x, const char *what)
{
    return weft_expr_fail(b->error, x->at, x->length, "%s", what);
}

/* ---- elementary functions ---- */

static bool elementary(builder *b, const function *f, call *c, weft_expr *out)
{
    if (expr_function(b->g, f->op, c->value[0], out))
        return true;
    return weft_expr_fail(b->error, c->node->at, c->node->length,
                          "%s takes a real number, and this is a complex one", f->name);
}

static bool real_arguments(builder *b, const call *c)
{
    for (int i = 0; i < c->n; i++)
        if (c->value[i].im)
            return weft_expr_fail(b->error, c->node->at, c->node->length,
                                  "%s takes real numbers, and argument %d is a complex one",
                                  c->node->name, i + 1);
    return true;
}

static bool two_numbers(builder *b, const function *f, call *c, weft_expr *out)
{
    if (!real_arguments(b, c))
        return false;
    *out = expr_real(weft_graph_make(b->g, f->op, c->value[0].re, c->value[1].re, 0));
    return true;
}

static bool where(builder *b, const function *f, call *c, weft_expr *out)
{
    if (c->value[0].im)
        return fail(b, c->node, "the condition of where is a complex number");
    out->re = weft_graph_make(b->g, f->op, c->value[0].re, c->value[1].re, c->value[2].re);
    out->im = weft_graph_make(b->g, f->op, c->value[0].re, c->value[1].im, c->value[2].im);
    return true;
}

static bool part(builder *b, const function *f, call *c, weft_expr *out)
{
    const weft_expr a = c->value[0];
    (void)f;
    if (strcmp(c->node->name, "re") == 0)
        *out = expr_real(a.re);
    else if (strcmp(c->node->name, "im") == 0)
        *out = expr_real(a.im);
    else if (strcmp(c->node->name, "conj") == 0)
        *out = expr_conj(b->g, a);
    else if (strcmp(c->node->name, "abs2") == 0)
        *out = expr_real(expr_abs2(b->g, a));
    else
        *out = expr_real(weft_graph_make(b->g, WEFT_OP_ATAN2, a.im, a.re, 0));
    return true;
}

/* ---- operators ---- */

static weft_expr apply_symbol(weft_graph *g, weft_symbol s, weft_expr a)
{
    int re = weft_graph_operator(g, s.even, s.odd, a.re);
    int im = weft_graph_operator(g, s.even, s.odd, a.im);
    return (weft_expr){re, im};
}

static int wave(weft_graph *g, int i)
{
    return weft_graph_variable(g, WEFT_VAR_WAVE, i);
}

/* (i k)^order. On one axis k_x^2 is k^2, so that even derivatives are seen to be functions of k^2.
 */
static weft_symbol derivative_symbol(weft_graph *g, int dim, int axis, int order)
{
    int power = dim == 1 && order % 2 == 0 ? weft_graph_power(g, wave(g, 3), order / 2)
                                           : weft_graph_power(g, wave(g, 2 - axis), order);
    double sign = order % 4 < 2 ? 1.0 : -1.0;
    int signed_power = weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, sign), power, 0);
    return order % 2 ? (weft_symbol){0, signed_power} : (weft_symbol){signed_power, 0};
}

static weft_expr derivative_of(builder *b, weft_expr a, int axis, int order)
{
    if (!b->scope->difference)
        return apply_symbol(b->g, derivative_symbol(b->g, b->scope->dim, axis, order), a);
    int re = expr_difference(b->scope, a.re, axis, order);
    return (weft_expr){re, a.im ? expr_difference(b->scope, a.im, axis, order) : 0};
}

static bool whole_number(builder *b, const call *c, int i, int least, int most, int *out)
{
    double value;
    const weft_ast_node *x = &b->ast->node[c->argument[i]];
    if (!c->value[i].im && weft_graph_is_number(b->g, c->value[i].re, &value) &&
        value == floor(value) && value >= least && value <= most) {
        *out = (int)value;
        return true;
    }
    return weft_expr_fail(b->error, x->at, x->length, "expected a whole number from %d to %d",
                          least, most);
}

static bool derivative(builder *b, const function *f, call *c, weft_expr *out)
{
    int axis = 2 - (f->name[1] - 'x'), order = 1;
    if (axis < 3 - b->scope->dim)
        return weft_expr_fail(b->error, c->node->at, c->node->length,
                              "the grid has %s, so there is no derivative along %c",
                              b->scope->dim == 1 ? "one axis, x" : "two axes, y and x", f->name[1]);
    if (c->n == 2 && !whole_number(b, c, 1, 1, DERIVATIVE_MOST, &order))
        return false;
    *out = derivative_of(b, c->value[0], axis, order);
    return true;
}

static weft_symbol minus_k2(weft_graph *g)
{
    return (weft_symbol){weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, -1.0), wave(g, 3), 0),
                         0};
}

static bool laplacian(builder *b, const function *f, call *c, weft_expr *out)
{
    const weft_expr a = c->value[0];
    (void)f;
    if (b->scope->difference) {
        int re = expr_difference_lap(b->scope, a.re);
        *out = (weft_expr){re, a.im ? expr_difference_lap(b->scope, a.im) : 0};
    } else {
        *out = apply_symbol(b->g, minus_k2(b->g), a);
    }
    return true;
}

/* |grad u|^2, of a complex u the sum of both parts. */
static bool gradient2(builder *b, const function *f, call *c, weft_expr *out)
{
    int sum = 0;
    (void)f;
    for (int axis = 3 - b->scope->dim; axis < 3; axis++) {
        weft_expr slope = derivative_of(b, c->value[0], axis, 1);
        sum = weft_graph_make(b->g, WEFT_OP_ADD, sum, expr_abs2(b->g, slope), 0);
    }
    *out = expr_real(sum);
    return true;
}

static bool no_differences(builder *b, const call *c)
{
    return !b->scope->difference ||
           weft_expr_fail(b->error, c->node->at, c->node->length,
                          "%s is a factor in k space and needs space: spectral", c->node->name);
}

/* (-lap)^s = |k|^(2s), with the mode k = 0 left out where s < 0. */
static bool fractional(builder *b, const function *f, call *c, weft_expr *out)
{
    double s;
    (void)f;
    if (!no_differences(b, c))
        return false;
    if (c->value[1].im || !weft_graph_is_number(b->g, c->value[1].re, &s))
        return fail(b, &b->ast->node[c->argument[1]], "the power of fraclap must be a number");
    int k2 = wave(b->g, 3);
    int even = s == floor(s) && fabs(s) <= POWER_MOST
                   ? weft_graph_power(b->g, k2, (int)s)
                   : weft_graph_make(b->g, WEFT_OP_POW, k2, weft_graph_number(b->g, s), 0);
    *out = apply_symbol(b->g, (weft_symbol){even, 0}, c->value[0]);
    return true;
}

/* Even and odd part of a function of k. */
static void parities(weft_graph *g, int node, int *even, int *odd)
{
    int with[4], minus = weft_graph_number(g, -1.0), half = weft_graph_number(g, 0.5);
    for (int i = 0; i < 3; i++)
        with[i] = weft_graph_make(g, WEFT_OP_MUL, minus, wave(g, i), 0);
    with[3] = -1;
    int mirror = weft_graph_replace(g, node, WEFT_VAR_WAVE, 4, with);
    int sum = weft_graph_make(g, WEFT_OP_ADD, node, mirror, 0);
    int difference = weft_graph_make(g, WEFT_OP_SUB, node, mirror, 0);
    *even = weft_graph_make(g, WEFT_OP_MUL, half, sum, 0);
    *odd = weft_graph_make(g, WEFT_OP_MUL, half, difference, 0);
}

/* F = P + i Q with operators P and Q that keep real fields real: P = even Re F + i odd Im F,
 * Q = even Im F - i odd Re F. */
static bool fourier(builder *b, const function *f, call *c, weft_expr *out)
{
    weft_expr factor, arg;
    int even[2], odd[2];
    (void)f;
    if (!no_differences(b, c) || !value_of(b, c->argument[1], &arg))
        return false;
    b->waves = true;
    bool good = value_of(b, c->argument[0], &factor);
    b->waves = false;
    if (!good)
        return false;
    parities(b->g, factor.re, &even[0], &odd[0]);
    parities(b->g, factor.im, &even[1], &odd[1]);
    int minus = weft_graph_make(b->g, WEFT_OP_MUL, weft_graph_number(b->g, -1.0), odd[0], 0);
    weft_expr p = apply_symbol(b->g, (weft_symbol){even[0], odd[1]}, arg);
    weft_expr q = apply_symbol(b->g, (weft_symbol){even[1], minus}, arg);
    *out = expr_sum(
        b->g, WEFT_OP_ADD, p,
        (weft_expr){weft_graph_make(b->g, WEFT_OP_MUL, weft_graph_number(b->g, -1.0), q.im, 0),
                    q.re});
    return true;
}

static bool mean(builder *b, const function *f, call *c, weft_expr *out)
{
    (void)f;
    int re = weft_graph_mean(b->g, c->value[0].re), im = weft_graph_mean(b->g, c->value[0].im);
    *out = (weft_expr){re, im};
    return true;
}

static bool noise_number(builder *b, const weft_ast_node *x, int number, weft_expr *out)
{
    int index = b->scope->noise(b->scope->context, number);
    if (index < 0)
        return fail(b, x, "too many different noises");
    *out = expr_real(weft_graph_variable(b->g, WEFT_VAR_NOISE, index));
    return true;
}

static bool noise(builder *b, const function *f, call *c, weft_expr *out)
{
    int number = 0;
    (void)f;
    return whole_number(b, c, 0, 0, 1000000, &number) && noise_number(b, c->node, number, out);
}

/* dt(u) on the right side. */
static bool velocity(builder *b, const function *f, call *c, weft_expr *out)
{
    const weft_ast_node *x = &b->ast->node[c->argument[0]];
    (void)f;
    if (x->kind == WEFT_AST_NAME && b->scope->velocity &&
        b->scope->velocity(b->scope->context, x->name, out))
        return true;
    return fail(b, c->node,
                "dt(...) on the right side is the velocity of a field with an equation dtt(...)");
}

static bool left_only(builder *b, const function *f, call *c, weft_expr *out)
{
    (void)f;
    (void)out;
    return fail(b, c->node, "dtt(...) belongs on the left side of an equation");
}

static const function functions[] = {{"sqrt", 1, 1, WEFT_OP_SQRT, 0, false, elementary},
                                     {"exp", 1, 1, WEFT_OP_EXP, 0, false, elementary},
                                     {"log", 1, 1, WEFT_OP_LOG, 0, false, elementary},
                                     {"sin", 1, 1, WEFT_OP_SIN, 0, false, elementary},
                                     {"cos", 1, 1, WEFT_OP_COS, 0, false, elementary},
                                     {"tan", 1, 1, WEFT_OP_TAN, 0, false, elementary},
                                     {"asin", 1, 1, WEFT_OP_ASIN, 0, false, elementary},
                                     {"acos", 1, 1, WEFT_OP_ACOS, 0, false, elementary},
                                     {"atan", 1, 1, WEFT_OP_ATAN, 0, false, elementary},
                                     {"sinh", 1, 1, WEFT_OP_SINH, 0, false, elementary},
                                     {"cosh", 1, 1, WEFT_OP_COSH, 0, false, elementary},
                                     {"tanh", 1, 1, WEFT_OP_TANH, 0, false, elementary},
                                     {"abs", 1, 1, WEFT_OP_ABS, 0, false, elementary},
                                     {"sign", 1, 1, WEFT_OP_SIGN, 0, false, elementary},
                                     {"erf", 1, 1, WEFT_OP_ERF, 0, false, elementary},
                                     {"step", 1, 1, WEFT_OP_STEP, 0, false, elementary},
                                     {"atan2", 2, 2, WEFT_OP_ATAN2, 0, false, two_numbers},
                                     {"min", 2, 2, WEFT_OP_MIN, 0, false, two_numbers},
                                     {"max", 2, 2, WEFT_OP_MAX, 0, false, two_numbers},
                                     {"where", 3, 3, WEFT_OP_WHERE, 0, false, where},
                                     {"re", 1, 1, 0, 0, false, part},
                                     {"im", 1, 1, 0, 0, false, part},
                                     {"conj", 1, 1, 0, 0, false, part},
                                     {"abs2", 1, 1, 0, 0, false, part},
                                     {"arg", 1, 1, 0, 0, false, part},
                                     {"dx", 1, 2, 0, WEFT_EXPR_OPERATORS, false, derivative},
                                     {"dy", 1, 2, 0, WEFT_EXPR_OPERATORS, false, derivative},
                                     {"dz", 1, 2, 0, WEFT_EXPR_OPERATORS, false, derivative},
                                     {"lap", 1, 1, 0, WEFT_EXPR_OPERATORS, false, laplacian},
                                     {"grad2", 1, 1, 0, WEFT_EXPR_OPERATORS, false, gradient2},
                                     {"fraclap", 2, 2, 0, WEFT_EXPR_OPERATORS, false, fractional},
                                     {"fourier", 2, 2, 0, WEFT_EXPR_OPERATORS, true, fourier},
                                     {"mean", 1, 1, 0, WEFT_EXPR_MEANS, false, mean},
                                     {"xi", 1, 1, 0, WEFT_EXPR_NOISE, false, noise},
                                     {"dt", 1, 1, 0, 0, true, velocity},
                                     {"dtt", 1, 1, 0, 0, true, left_only},
                                     {0}};

static const char *const other_words[] = {"pi",      "i",          "t",  "x",  "y",  "z", "normal",
                                          "uniform", "lorentzian", "kx", "ky", "kz", "k", NULL};

bool weft_expr_reserved(const char *name)
{
    for (const function *f = functions; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return true;
    for (int i = 0; other_words[i]; i++)
        if (strcmp(other_words[i], name) == 0)
            return other_words[i][0] != 'k';
    return false;
}

/* ---- names ---- */

/* The nearest known word, functions included. */
static const char *nearest(const builder *b, const char *text)
{
    enum { MOST = 256 };
    const char *names[MOST];
    int n = 0;
    for (const function *f = functions; f->name; f++)
        names[n++] = f->name;
    for (int i = 0; other_words[i]; i++)
        if (b->waves || other_words[i][0] != 'k')
            names[n++] = other_words[i];
    for (int i = 0; n < MOST && b->scope->name; i++) {
        const char *name = b->scope->name(b->scope->context, i);
        if (!name)
            break;
        names[n++] = name;
    }
    return weft_nearest(text, names, n);
}

static bool unknown(builder *b, const weft_ast_node *x, const char *what)
{
    if (b->error->text[0])
        return false;
    const char *near = nearest(b, x->name);
    return weft_expr_fail(b->error, x->at, x->length, "unknown %s '%s'%s%s%s", what, x->name,
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* kx, ky, kz and k inside fourier. */
static bool wave_name(builder *b, const weft_ast_node *x, weft_expr *out)
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
    *out = expr_real(axis >= 0 ? wave(b->g, 2 - axis)
                               : weft_graph_make(b->g, WEFT_OP_SQRT, wave(b->g, 3), 0, 0));
    return true;
}

static bool draw(builder *b, const weft_ast_node *x, int law, weft_expr *out)
{
    if (!(b->scope->allow & WEFT_EXPR_DRAWS))
        return fail(b, x,
                    "random numbers belong to quenched fields and to initial states; noise "
                    "in time is xi");
    int index = b->scope->draw(b->scope->context, law);
    if (index < 0)
        return fail(b, x, "too many random numbers");
    *out = expr_real(weft_graph_variable(b->g, WEFT_VAR_PLACE, index));
    return true;
}

static bool own_name(builder *b, const weft_ast_node *x, weft_expr *out)
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
        return noise_number(b, x, 1, out);
    else
        return false;
    return true;
}

static bool name(builder *b, const weft_ast_node *x, weft_expr *out)
{
    if (own_name(b, x, out) || (b->waves && !b->error->text[0] && wave_name(b, x, out)))
        return true;
    if (b->error->text[0])
        return false;
    if (!b->scope->find(b->scope->context, x->name, out, b->error)) {
        for (const function *f = functions; f->name; f++)
            if (strcmp(f->name, x->name) == 0)
                return strcmp(x->name, "xi") == 0
                           ? fail(b, x, "noise has no place here")
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

static bool arguments(builder *b, const function *f, const weft_ast_node *x, call *c)
{
    for (int i = x->first; i >= 0; i = b->ast->node[i].next) {
        if (c->n < ARGUMENTS && c->n < f->most)
            c->argument[c->n] = i;
        c->n++;
    }
    if (c->n >= f->least && c->n <= f->most) {
        for (int i = 0; i < c->n && !f->raw; i++)
            if (!value_of(b, c->argument[i], &c->value[i]))
                return false;
        return true;
    }
    return weft_expr_fail(b->error, x->at, x->length, "%s takes %d argument%s%s, and here are %d",
                          f->name, f->least, f->least == 1 ? "" : "s",
                          f->most > f->least ? " or one more" : "", c->n);
}

static bool allowed(builder *b, const function *f, const weft_ast_node *x)
{
    if (b->waves && f->needs)
        return weft_expr_fail(b->error, x->at, x->length, "%s has no place in a factor of k",
                              f->name);
    if ((f->needs & b->scope->allow) == f->needs)
        return true;
    return weft_expr_fail(b->error, x->at, x->length, "%s has no place here", f->name);
}

static bool call_of(builder *b, const weft_ast_node *x, weft_expr *out)
{
    call c = {.node = x};
    for (const function *f = functions; f->name; f++)
        if (strcmp(f->name, x->name) == 0)
            return allowed(b, f, x) && arguments(b, f, x, &c) && f->make(b, f, &c, out);
    weft_expr value;
    if (b->scope->find(b->scope->context, x->name, &value, b->error))
        return weft_expr_fail(b->error, x->at, x->length,
                              "'%s' is no function; a product needs a '*'", x->name);
    return unknown(b, x, "function");
}

/* u[1], u[0,-2]: offsets along the axes, slowest first. */
static bool offset(builder *b, const weft_ast_node *x, weft_expr *out)
{
    int by[3] = {0}, n = 0;
    weft_expr value;
    if (!(b->scope->allow & WEFT_EXPR_OFFSETS))
        return fail(b, x, "neighbours by offset need space: lattice");
    for (int i = x->first; i >= 0; i = b->ast->node[i].next, n++) {
        call c = {.node = x, .n = 1, .argument = {i}};
        if (!value_of(b, i, &c.value[0]))
            return false;
        int *to = n < b->scope->dim ? &by[3 - b->scope->dim + n] : &by[0];
        if (!whole_number(b, &c, 0, -64, 64, to))
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

static bool power_of(builder *b, const weft_ast_node *x, weft_expr base, weft_expr power,
                     weft_expr *out)
{
    double value;
    if (!power.im && weft_graph_is_number(b->g, power.re, &value)) {
        if (value == floor(value) && fabs(value) <= POWER_MOST) {
            *out = expr_power(b->g, base, (int)value);
            return true;
        }
        if (value == 0.5 && !base.im)
            return expr_function(b->g, WEFT_OP_SQRT, base, out);
    }
    if (base.im || power.im)
        return fail(b, x, "a power of complex numbers needs a whole exponent; write exp(...)");
    *out = expr_real(weft_graph_make(b->g, WEFT_OP_POW, base.re, power.re, 0));
    return true;
}

static bool comparison(builder *b, const weft_ast_node *x, weft_expr a, weft_expr c, weft_expr *out)
{
    const char sign = x->name[0];
    if (a.im || c.im)
        return fail(b, x, "complex numbers are not compared");
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

static bool binary(builder *b, const weft_ast_node *x, weft_expr *out)
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
        if (right.re == 0 && right.im == 0)
            return fail(b, x, "division by zero");
        *out = expr_quotient(b->g, left, right);
        return true;
    case '^':
        return power_of(b, x, left, right, out);
    default:
        return comparison(b, x, left, right, out);
    }
}

static bool finite_number(const weft_graph *g, int node)
{
    double value;
    return !weft_graph_is_number(g, node, &value) || isfinite(value);
}

static bool value_of(builder *b, int node, weft_expr *out)
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
        good = value_of(b, x->first, out);
        *out = expr_product(b->g, expr_number(b->g, -1.0), *out);
        break;
    default:
        good = binary(b, x, out);
    }
    if (good && weft_graph_size(b->g) > EXPR_GRAPH_MOST)
        return fail(b, x, "the equations are too large");
    if (good && (!finite_number(b->g, out->re) || !finite_number(b->g, out->im)))
        return fail(b, x, "this is not finite");
    return good;
}

bool weft_expr_build(const weft_expr_scope *scope, const weft_ast *ast, int node, weft_expr *out,
                     weft_expr_error *error)
{
    builder b = {.scope = scope, .g = scope->graph, .ast = ast, .error = error};
    return value_of(&b, node, out);
}
