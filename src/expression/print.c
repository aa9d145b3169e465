/* Nodes as text that reads like the input, for messages and weft check.
 *
 * Invariant: the text, read by the grammar of ast.c, means the same formula. Brackets follow from
 * the precedence of the operation around: 0 sums, 1 products, 2 powers and arguments, 3 the base of
 * a power (because a^b^c means a^(b^c)).
 *
 * Examples: a - (b + c) is printed as "a - (b + c)", because the right side of a difference is
 * printed one level higher; (-1) u v as "-u*v", a + (-2) b as "a - 2*b", (k^2)^2 as "k^4"; an
 * operator as "fourier(even + i*odd, u)"; a field at the next site as "u[1]". */
#include "graph.h"
#include "internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* used counts bytes that the whole text would need, as far as it was followed. */
typedef struct printer {
    const weft_graph *g;
    weft_graph_name *name;
    void *context;
    char *out;
    size_t size, used;
} printer;

/* Operations that are printed as a call. */
static const char *const words[WEFT_OPS] = {
    [WEFT_OP_MEAN] = "mean",   [WEFT_OP_MIN] = "min",     [WEFT_OP_MAX] = "max",
    [WEFT_OP_ATAN2] = "atan2", [WEFT_OP_WHERE] = "where", [WEFT_OP_SQRT] = "sqrt",
    [WEFT_OP_EXP] = "exp",     [WEFT_OP_LOG] = "log",     [WEFT_OP_SIN] = "sin",
    [WEFT_OP_COS] = "cos",     [WEFT_OP_TAN] = "tan",     [WEFT_OP_ASIN] = "asin",
    [WEFT_OP_ACOS] = "acos",   [WEFT_OP_ATAN] = "atan",   [WEFT_OP_SINH] = "sinh",
    [WEFT_OP_COSH] = "cosh",   [WEFT_OP_TANH] = "tanh",   [WEFT_OP_ABS] = "abs",
    [WEFT_OP_SIGN] = "sign",   [WEFT_OP_ERF] = "erf",     [WEFT_OP_STEP] = "step"};

/* What does not fit is cut; nothing more is printed after that. */
__attribute__((format(printf, 2, 3))) static void put(printer *p, const char *format, ...)
{
    va_list list;
    if (p->used + 1 >= p->size)
        return;
    va_start(list, format);
    int n = vsnprintf(p->out + p->used, p->size - p->used, format, list);
    va_end(list);
    p->used += n > 0 ? (size_t)n : 0;
}

static void print(printer *p, int node, int around);

/* own: the precedence of the operation itself. The right side of - and / needs brackets where that
 * of + and * does not. */
static void infix(printer *p, const weft_graph_node *x, const char *sign, int own, int around)
{
    put(p, own < around ? "(" : "");
    print(p, x->a, own + (x->op == WEFT_OP_POW)); /* a^b^c is a^(b^c) */
    put(p, "%s", sign);
    print(p, x->b, own + (x->op == WEFT_OP_SUB || x->op == WEFT_OP_DIV));
    put(p, own < around ? ")" : "");
}

/* word(a, b, ...). */
static void call(printer *p, const weft_graph_node *x, const char *word)
{
    const int operand[3] = {x->a, x->b, x->c};
    put(p, "%s(", word);
    for (int i = 0; i < expr_operands(x->op); i++) {
        put(p, i ? ", " : "");
        print(p, operand[i], 0);
    }
    put(p, ")");
}

/* The factor of an operator as "even + i*(odd)". */
static void operator_of(printer *p, const weft_graph_node *x)
{
    put(p, "fourier(");
    if (x->a)
        print(p, x->a, 0);
    if (x->b) {
        put(p, x->a ? " + i*" : "i*");
        print(p, x->b, 2);
    }
    put(p, ", ");
    print(p, x->c, 0);
    put(p, ")");
}

/* One offset for each axis of the grid, as formulas have them. */
static void shifted(printer *p, const weft_graph_node *x)
{
    const int *o = x->offset;
    print(p, x->a, 2);
    const int axes = p->g->axes;
    if (axes > 2 || o[0])
        put(p, "[%d,%d,%d]", o[0], o[1], o[2]);
    else if (axes > 1 || o[1])
        put(p, "[%d,%d]", o[1], o[2]);
    else
        put(p, "[%d]", o[2]);
}

/* (-1) u is printed as -u. */
static void product(printer *p, const weft_graph_node *x, int around)
{
    double c;
    if (!weft_graph_is_number(p->g, x->a, &c) || c != -1.0) {
        infix(p, x, "*", 1, around);
        return;
    }
    put(p, around > 0 ? "(-" : "-");
    print(p, x->b, 1);
    put(p, around > 0 ? ")" : "");
}

/* A negative number, or a product with one in front. */
static bool is_negative(const weft_graph *g, int node)
{
    int rest;
    double c;
    return (weft_graph_is_number(g, node, &c) ? c : expr_factor(g, node, &rest)) < 0.0;
}

/* What is behind the sign of such a node. A factor of -1 is the sign alone. */
static void without_sign(printer *p, int node)
{
    int rest;
    double c;
    if (weft_graph_is_number(p->g, node, &c)) {
        put(p, "%.10g", -c);
        return;
    }
    c = expr_factor(p->g, node, &rest);
    if (c != -1.0)
        put(p, "%.10g*", -c);
    print(p, rest, 1);
}

/* a + (-2) b is printed as "a - 2*b". A sum may be printed in either order, so the part without a
 * sign goes first; of two with a sign the second one loses its own. */
static void sum(printer *p, const weft_graph_node *x, int around)
{
    const bool a = is_negative(p->g, x->a), b = is_negative(p->g, x->b);
    if (!a && !b) {
        infix(p, x, " + ", 0, around);
        return;
    }
    put(p, around > 0 ? "(" : "");
    print(p, b ? x->a : x->b, 0);
    put(p, " - ");
    without_sign(p, b ? x->b : x->a);
    put(p, around > 0 ? ")" : "");
}

/* A name may be a power itself, as k^2 is: (k^2)^3 is k^6. */
static void power(printer *p, const weft_graph_node *x, int around)
{
    const weft_graph_node *base = weft_graph_at(p->g, x->a);
    const char *name =
        base->op == WEFT_OP_VARIABLE ? p->name(p->context, base->variable, base->index) : "";
    const size_t n = strlen(name);
    put(p, around > 2 ? "(" : "");
    if (n > 2 && strcmp(name + n - 2, "^2") == 0)
        put(p, "%.*s^%d", (int)n - 2, name, 2 * x->index);
    else {
        print(p, x->a, 3);
        put(p, "^%d", x->index);
    }
    put(p, around > 2 ? ")" : "");
}

/* As the base of another power it needs brackets. */
static void variable(printer *p, const weft_graph_node *x, int around)
{
    const char *name = p->name(p->context, x->variable, x->index);
    const bool brackets = around > 2 && strchr(name, '^');
    put(p, brackets ? "(%s)" : "%s", name);
}

/* around: how tightly the operator outside binds (0 sum, 1 product, 2 and more power); a node that
 * binds less is put into brackets. A text that is full ends the recursion at once: a graph shares
 * its nodes, and the text of all it stands for could be exponentially longer than the graph. */
static void print(printer *p, int node, int around)
{
    if (p->used + 1 >= p->size)
        return;
    const weft_graph_node *x = weft_graph_at(p->g, node);
    switch (x->op) {
    case WEFT_OP_NUMBER:
        put(p, x->number < 0.0 && around > 0 ? "(%.10g)" : "%.10g", x->number);
        break;
    case WEFT_OP_VARIABLE:
        variable(p, x, around);
        break;
    case WEFT_OP_SHIFT:
        shifted(p, x);
        break;
    case WEFT_OP_OPERATOR:
        operator_of(p, x);
        break;
    case WEFT_OP_ADD:
        sum(p, x, around);
        break;
    case WEFT_OP_SUB:
        infix(p, x, " - ", 0, around);
        break;
    case WEFT_OP_MUL:
        product(p, x, around);
        break;
    case WEFT_OP_DIV:
        infix(p, x, "/", 1, around);
        break;
    case WEFT_OP_POWER:
        power(p, x, around);
        break;
    case WEFT_OP_POW:
        infix(p, x, "^", 2, around);
        break;
    case WEFT_OP_LESS:
        infix(p, x, " < ", 0, around + 1);
        break;
    case WEFT_OP_LESS_EQUAL:
        infix(p, x, " <= ", 0, around + 1);
        break;
    case WEFT_OP_EQUAL:
        infix(p, x, " == ", 0, around + 1);
        break;
    case WEFT_OP_FINITE:
        print(p, x->a, around);
        break;
    default:
        call(p, x, words[x->op]);
    }
}

/* A text that is cut ends in "...". */
void weft_graph_print(const weft_graph *g, int node, weft_graph_name *name, void *context,
                      char *out, size_t size)
{
    printer p = {.g = g, .name = name, .context = context, .out = out, .size = size};
    out[0] = '\0';
    print(&p, node, 0);
    if (p.used >= size && size > 4)
        memcpy(out + size - 4, "...", 4);
}
