/* The functions of the language: what each makes of its arguments. Every function is one row of the
 * table at the end, which says how many arguments it takes and which C function makes its value.
 *
 * Invariant: a linear operator becomes a symbol in k space, even(k) + i odd(k), where even and odd
 * are real functions that are even and odd in k. Multiplying the modes of a real field by such a
 * factor keeps c(-k) = conj c(k), so a real field stays real. A derivative along x is the symbol (i
 * k_x)^order. On a lattice derivatives become differences instead (difference.c).
 *
 * Some symbols, with k the wavenumber along x:
 *
 *       dx(u)             odd  = k              even = 0
 *       dx(u, 2)          odd  = 0              even = -k^2
 *       lap(u)            odd  = 0              even = -(kx^2 + ky^2 + kz^2)
 *       fraclap(u, s)     odd  = 0              even = (k^2)^s
 *       fourier(F, u)     odd  = odd part of Im F, even = even part of Re F, and the rest times i
 */
#include "builder.h"
#include "complex.h"
#include "difference.h"
#include "internal.h"
#include <string.h>

enum { DERIVATIVE_MOST = 16 };

/* With a fixed text; others use weft_expr_fail with the place of the node. */
bool expr_fail(expr_builder *b, const weft_ast_node *x, const char *what)
{
    return weft_expr_fail(b->error, x->at, x->length, "%s", what);
}

/* The number must be known when the equations are read: a parameter that changes in time is none.
 */
bool expr_whole_number(expr_builder *b, const expr_call *c, int i, int least, int most, int *out)
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

/* The same number means the same noise wherever it occurs in the equations. */
bool expr_noise(expr_builder *b, const weft_ast_node *x, int number, weft_expr *out)
{
    int index = b->scope->noise(b->scope->context, number);
    if (index < 0)
        return expr_fail(b, x, "too many different noises");
    *out = expr_real(weft_graph_variable(b->g, WEFT_VAR_NOISE, index));
    return true;
}

/* ---- of one number, or of a few, at each site ---- */

/* Functions of one number; some of them also take complex ones. */
static bool elementary(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    if (expr_function(b->g, f->op, c->value[0], out))
        return true;
    return weft_expr_fail(b->error, c->node->at, c->node->length,
                          "%s takes a real number, and this is a complex one", f->name);
}

/* Fails with the position of the argument that is complex. */
static bool real_arguments(expr_builder *b, const expr_call *c)
{
    for (int i = 0; i < c->n; i++)
        if (c->value[i].im)
            return weft_expr_fail(b->error, c->node->at, c->node->length,
                                  "%s takes real numbers, and argument %d is a complex one",
                                  c->node->name, i + 1);
    return true;
}

/* atan2, min, max. */
static bool two_numbers(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    if (!real_arguments(b, c))
        return false;
    *out = expr_real(weft_graph_make(b->g, f->op, c->value[0].re, c->value[1].re, 0));
    return true;
}

/* Both values are computed at every site, and one of them is chosen: there is no branch in rows. */
static bool where(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    if (c->value[0].im)
        return expr_fail(b, c->node, "the condition of where is a complex number");
    out->re = weft_graph_make(b->g, f->op, c->value[0].re, c->value[1].re, c->value[2].re);
    out->im = weft_graph_make(b->g, f->op, c->value[0].re, c->value[1].im, c->value[2].im);
    return true;
}

/* Parts of a complex number. arg is the angle in (-pi, pi]. */
static bool part(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
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

/* Real and imaginary part are two real fields, and the operator acts on each. */
static weft_expr apply_symbol(weft_graph *g, weft_symbol s, weft_expr a)
{
    int re = weft_graph_operator(g, s.even, s.odd, a.re);
    int im = weft_graph_operator(g, s.even, s.odd, a.im);
    return (weft_expr){re, im};
}

/* (i k)^order. On one axis k_x^2 is k^2, so that even derivatives are seen to be functions of k^2.
 * i^order is 1, i, -1, -i, ...: the sign is that of the real or imaginary unit in it. */
static weft_symbol derivative_symbol(weft_graph *g, int dim, int axis, int order)
{
    /* The node k^2 is a variable of its own; k_x^2 would be another node with the same value. */
    int power = dim == 1 && order % 2 == 0 ? weft_graph_power(g, expr_wave(g, 3), order / 2)
                                           : weft_graph_power(g, expr_wave(g, 2 - axis), order);
    double sign = order % 4 < 2 ? 1.0 : -1.0;
    int signed_power = weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, sign), power, 0);
    return order % 2 ? (weft_symbol){0, signed_power} : (weft_symbol){signed_power, 0};
}

/* A formula of coordinates and numbers alone, without jumps. Its derivatives are taken by the rules
 * of calculus: x^2 jumps at the seam of a periodic grid, and its transform would not give 2 x. (On
 * a lattice a derivative is the difference that was asked for.) */
static bool is_smooth_place(const expr_builder *b, int node)
{
    const weft_graph_node *x = weft_graph_at(b->g, node);
    if (x->op == WEFT_OP_NUMBER)
        return true;
    if (x->op == WEFT_OP_VARIABLE)
        return x->variable == WEFT_VAR_UNIFORM || (x->variable == WEFT_VAR_PLACE && x->index < 3);
    if (x->depends & ~(unsigned)(EXPR_ON_PLACE | EXPR_ON_UNIFORM) || x->op == WEFT_OP_SIGN ||
        x->op == WEFT_OP_STEP || x->op == WEFT_OP_WHERE || x->op == WEFT_OP_LESS ||
        x->op == WEFT_OP_LESS_EQUAL || x->op == WEFT_OP_EQUAL || x->op == WEFT_OP_SHIFT ||
        x->op == WEFT_OP_OPERATOR)
        return false;
    return is_smooth_place(b, x->a) && is_smooth_place(b, x->b) && is_smooth_place(b, x->c);
}

/* The terms of a sum that are such formulas; *rest: the others. */
static int smooth_part(const expr_builder *b, int node, int *rest)
{
    const weft_graph_node x = *weft_graph_at(b->g, node);
    int rest_a, rest_b;
    *rest = 0;
    if (b->scope->coordinates && !b->scope->difference && is_smooth_place(b, node))
        return node;
    *rest = node;
    if (x.op != WEFT_OP_ADD && x.op != WEFT_OP_SUB)
        return 0;
    int a = smooth_part(b, x.a, &rest_a), c = smooth_part(b, x.b, &rest_b);
    if (a == 0 && c == 0)
        return 0;
    *rest = weft_graph_make(b->g, x.op, rest_a, rest_b, 0);
    return weft_graph_make(b->g, x.op, a, c, 0);
}

/* A function of the place alone (x^2) is differentiated by the rules of calculus: it need not be
 * periodic, and a transform or differences over the seam would make a wrong derivative of it. */
static int derivative_of_part(expr_builder *b, int node, int axis, int order)
{
    int rest, smooth = smooth_part(b, node, &rest);
    if (smooth) {
        int by = weft_graph_variable(b->g, WEFT_VAR_PLACE, 2 - axis);
        smooth = weft_graph_derivative(b->g, smooth, by);
        smooth = order > 1 ? derivative_of_part(b, smooth, axis, order - 1) : smooth;
    }
    if (b->scope->difference) {
        rest = rest ? expr_difference(b->scope, rest, axis, order) : 0;
    } else {
        weft_symbol s = derivative_symbol(b->g, b->scope->dim, axis, order);
        rest = weft_graph_operator(b->g, s.even, s.odd, rest);
    }
    return weft_graph_make(b->g, WEFT_OP_ADD, smooth, rest, 0);
}

/* Exact in k space, or by differences on a lattice. */
static weft_expr derivative_of(expr_builder *b, weft_expr a, int axis, int order)
{
    int re = derivative_of_part(b, a.re, axis, order);
    return (weft_expr){re, a.im ? derivative_of_part(b, a.im, axis, order) : 0};
}

/* The letter of dx, dy, dz gives the axis: x is axis 2. */
static bool derivative(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    int axis = 2 - (f->name[1] - 'x'), order = 1;
    if (axis < 3 - b->scope->dim)
        return weft_expr_fail(b->error, c->node->at, c->node->length,
                              "the grid has %s, so there is no derivative along %c",
                              b->scope->dim == 1 ? "one axis, x" : "two axes, y and x", f->name[1]);
    if (c->n == 2 && !expr_whole_number(b, c, 1, 1, DERIVATIVE_MOST, &order))
        return false;
    *out = derivative_of(b, c->value[0], axis, order);
    return true;
}

/* The symbol of the Laplacian. */
static weft_symbol minus_k2(weft_graph *g)
{
    return (weft_symbol){
        weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, -1.0), expr_wave(g, 3), 0), 0};
}

/* The same split as for derivatives. The rest is one factor -k^2, not a sum of three operators. */
static int laplacian_of_part(expr_builder *b, int node)
{
    int rest, sum = 0, smooth = smooth_part(b, node, &rest);
    for (int axis = 3 - b->scope->dim; smooth && axis < 3; axis++)
        sum = weft_graph_make(b->g, WEFT_OP_ADD, sum, derivative_of_part(b, smooth, axis, 2), 0);
    if (rest && b->scope->difference)
        rest = expr_difference_lap(b->scope, rest);
    else
        rest = weft_graph_operator(b->g, minus_k2(b->g).even, 0, rest);
    return weft_graph_make(b->g, WEFT_OP_ADD, sum, rest, 0);
}

/* -k^2, or the sum of second differences over all axes. */
static bool laplacian(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    const weft_expr a = c->value[0];
    (void)f;
    *out = (weft_expr){laplacian_of_part(b, a.re), a.im ? laplacian_of_part(b, a.im) : 0};
    return true;
}

/* |grad u|^2, of a complex u the sum of both parts. */
static bool gradient2(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
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

/* Fractional and other factors of k have no stencil of finite width. */
static bool no_differences(expr_builder *b, const expr_call *c)
{
    return !b->scope->difference ||
           weft_expr_fail(b->error, c->node->at, c->node->length,
                          "%s is a factor in k space and needs space: spectral", c->node->name);
}

/* (-lap)^s = |k|^(2s), with the mode k = 0 left out where s < 0. Whole powers are powers of the
 * node k^2, so that fraclap(u, 1) is seen to be -lap(u). */
static bool fractional(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    double s;
    (void)f;
    if (!no_differences(b, c))
        return false;
    if (c->value[1].im || !weft_graph_is_number(b->g, c->value[1].re, &s))
        return expr_fail(b, &b->ast->node[c->argument[1]], "the power of fraclap must be a number");
    int k2 = expr_wave(b->g, 3);
    int even = s == floor(s) && fabs(s) <= EXPR_POWER_MOST
                   ? weft_graph_power(b->g, k2, (int)s)
                   : weft_graph_make(b->g, WEFT_OP_POW, k2, weft_graph_number(b->g, s), 0);
    *out = apply_symbol(b->g, (weft_symbol){weft_graph_finite(b->g, even), 0}, c->value[0]);
    return true;
}

/* Even and odd part of a function of k. even = (F(k) + F(-k))/2, odd = (F(k) - F(-k))/2. Rules of
 * the graph (f(-x) = -f(x) for odd functions) see to it that the parts of most functions fold to 0.
 */
static void parities(weft_graph *g, int node, int *even, int *odd)
{
    int with[4], minus = weft_graph_number(g, -1.0), half = weft_graph_number(g, 0.5);
    for (int i = 0; i < 3; i++)
        with[i] = weft_graph_make(g, WEFT_OP_MUL, minus, expr_wave(g, i), 0);
    with[3] = -1;
    int mirror = weft_graph_replace(g, node, WEFT_VAR_WAVE, 4, with);
    int sum = weft_graph_make(g, WEFT_OP_ADD, node, mirror, 0);
    int difference = weft_graph_make(g, WEFT_OP_SUB, node, mirror, 0);
    *even = weft_graph_make(g, WEFT_OP_MUL, half, sum, 0);
    *odd = weft_graph_make(g, WEFT_OP_MUL, half, difference, 0);
}

/* F = P + i Q with operators P and Q that keep real fields real: P = even Re F + i odd Im F, Q =
 * even Im F - i odd Re F. A factor with another symmetry would make a complex field of a real one:
 * that is what Q, times i, stands for. */
static bool fourier(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    const weft_expr factor = c->value[0], arg = c->value[1];
    int even[2], odd[2];
    (void)f;
    if (!no_differences(b, c))
        return false;
    parities(b->g, factor.re, &even[0], &odd[0]);
    parities(b->g, factor.im, &even[1], &odd[1]);
    for (int i = 0; i < 2; i++) {
        even[i] = weft_graph_finite(b->g, even[i]);
        odd[i] = weft_graph_finite(b->g, odd[i]);
    }
    int minus = weft_graph_make(b->g, WEFT_OP_MUL, weft_graph_number(b->g, -1.0), odd[0], 0);
    weft_expr p = apply_symbol(b->g, (weft_symbol){even[0], odd[1]}, arg);
    weft_expr q = apply_symbol(b->g, (weft_symbol){even[1], minus}, arg);
    *out = expr_sum(
        b->g, WEFT_OP_ADD, p,
        (weft_expr){weft_graph_make(b->g, WEFT_OP_MUL, weft_graph_number(b->g, -1.0), q.im, 0),
                    q.re});
    return true;
}

/* Over the whole grid, of both parts. */
static bool mean(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    (void)f;
    int re = weft_graph_mean(b->g, c->value[0].re), im = weft_graph_mean(b->g, c->value[0].im);
    *out = (weft_expr){re, im};
    return true;
}

/* xi(3): white noise number 3 of the equations; xi alone is number 1. */
static bool noise(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    int number = 0;
    (void)f;
    return expr_whole_number(b, c, 0, 0, 1000000, &number) && expr_noise(b, c->node, number, out);
}

/* dt(u) on the right side. */
static bool velocity(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    const weft_ast_node *x = &b->ast->node[c->argument[0]];
    (void)f;
    if (x->kind == WEFT_AST_NAME && b->scope->velocity &&
        b->scope->velocity(b->scope->context, x->name, out))
        return true;
    return expr_fail(
        b, c->node,
        "dt(...) on the right side is the velocity of a field with an equation dtt(...)");
}

/* dtt has a row so that it is reserved, and for its message. */
static bool left_only(expr_builder *b, const expr_builtin *f, expr_call *c, weft_expr *out)
{
    (void)f;
    (void)out;
    return expr_fail(b, c->node, "dtt(...) belongs on the left side of an equation");
}

/* Name; fewest and most arguments; operation of elementary functions; what the scope must allow;
 * what the arguments are; what makes the value. */
const expr_builtin expr_builtins[] = {
    {"sqrt", 1, 1, WEFT_OP_SQRT, 0, EXPR_ARE_VALUES, elementary},
    {"exp", 1, 1, WEFT_OP_EXP, 0, EXPR_ARE_VALUES, elementary},
    {"log", 1, 1, WEFT_OP_LOG, 0, EXPR_ARE_VALUES, elementary},
    {"sin", 1, 1, WEFT_OP_SIN, 0, EXPR_ARE_VALUES, elementary},
    {"cos", 1, 1, WEFT_OP_COS, 0, EXPR_ARE_VALUES, elementary},
    {"tan", 1, 1, WEFT_OP_TAN, 0, EXPR_ARE_VALUES, elementary},
    {"asin", 1, 1, WEFT_OP_ASIN, 0, EXPR_ARE_VALUES, elementary},
    {"acos", 1, 1, WEFT_OP_ACOS, 0, EXPR_ARE_VALUES, elementary},
    {"atan", 1, 1, WEFT_OP_ATAN, 0, EXPR_ARE_VALUES, elementary},
    {"sinh", 1, 1, WEFT_OP_SINH, 0, EXPR_ARE_VALUES, elementary},
    {"cosh", 1, 1, WEFT_OP_COSH, 0, EXPR_ARE_VALUES, elementary},
    {"tanh", 1, 1, WEFT_OP_TANH, 0, EXPR_ARE_VALUES, elementary},
    {"abs", 1, 1, WEFT_OP_ABS, 0, EXPR_ARE_VALUES, elementary},
    {"sign", 1, 1, WEFT_OP_SIGN, 0, EXPR_ARE_VALUES, elementary},
    {"erf", 1, 1, WEFT_OP_ERF, 0, EXPR_ARE_VALUES, elementary},
    {"step", 1, 1, WEFT_OP_STEP, 0, EXPR_ARE_VALUES, elementary},
    {"atan2", 2, 2, WEFT_OP_ATAN2, 0, EXPR_ARE_VALUES, two_numbers},
    {"min", 2, 2, WEFT_OP_MIN, 0, EXPR_ARE_VALUES, two_numbers},
    {"max", 2, 2, WEFT_OP_MAX, 0, EXPR_ARE_VALUES, two_numbers},
    {"where", 3, 3, WEFT_OP_WHERE, 0, EXPR_ARE_VALUES, where},
    {"re", 1, 1, 0, 0, EXPR_ARE_VALUES, part},
    {"im", 1, 1, 0, 0, EXPR_ARE_VALUES, part},
    {"conj", 1, 1, 0, 0, EXPR_ARE_VALUES, part},
    {"abs2", 1, 1, 0, 0, EXPR_ARE_VALUES, part},
    {"arg", 1, 1, 0, 0, EXPR_ARE_VALUES, part},
    {"dx", 1, 2, 0, WEFT_EXPR_OPERATORS, EXPR_ARE_VALUES, derivative},
    {"dy", 1, 2, 0, WEFT_EXPR_OPERATORS, EXPR_ARE_VALUES, derivative},
    {"dz", 1, 2, 0, WEFT_EXPR_OPERATORS, EXPR_ARE_VALUES, derivative},
    {"lap", 1, 1, 0, WEFT_EXPR_OPERATORS, EXPR_ARE_VALUES, laplacian},
    {"grad2", 1, 1, 0, WEFT_EXPR_OPERATORS, EXPR_ARE_VALUES, gradient2},
    {"fraclap", 2, 2, 0, WEFT_EXPR_OPERATORS, EXPR_ARE_VALUES, fractional},
    {"fourier", 2, 2, 0, WEFT_EXPR_OPERATORS, EXPR_FACTOR_FIRST, fourier},
    {"mean", 1, 1, 0, WEFT_EXPR_MEANS, EXPR_ARE_VALUES, mean},
    {"xi", 1, 1, 0, WEFT_EXPR_NOISE, EXPR_ARE_VALUES, noise},
    {"dt", 1, 1, 0, 0, EXPR_ARE_NODES, velocity},
    {"dtt", 1, 1, 0, 0, EXPR_ARE_NODES, left_only},
    {0},
};

/* Words with a meaning of their own. The wavenumbers, which begin with k, are words only inside
 * fourier: elsewhere a user may give these names. */
const char *const expr_words[] = {"pi",      "i",          "t",  "x",  "y",  "z", "normal",
                                  "uniform", "lorentzian", "kx", "ky", "kz", "k", NULL};

/* Names that a user may not give to fields and parameters. */
bool weft_expr_reserved(const char *name)
{
    for (const expr_builtin *f = expr_builtins; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return true;
    for (int i = 0; expr_words[i]; i++)
        if (strcmp(expr_words[i], name) == 0)
            return expr_words[i][0] != 'k';
    return strcmp(name, "and") == 0 || strcmp(name, "or") == 0 || strcmp(name, "not") == 0;
}
