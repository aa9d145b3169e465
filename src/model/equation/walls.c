/* What boundaries allow. On an axis with walls a field is a sum of cosines (neumann) or of sines
 * (dirichlet), and on an antiperiodic axis it changes its sign after a period; the transform of the
 * grid knows no other functions. So whatever is transformed must be of the kind of the fields: the
 * terms of an equation, and every formula that a derivative or another operator acts on, wherever
 * it stands. lap(u^2) between dirichlet walls is none: u^2 is even about the walls, and sines would
 * make another function of it.
 *
 * A kind is the sign that a node takes when the grid is reflected in a wall (or shifted by a period
 * of an antiperiodic axis). It follows from those of its operands. Fields of places do not change:
 * they are continued as mirror images. It is judged from the graph alone, never from values; MIXED
 * is the answer in doubt, so that what is accepted is right. On a lattice boundaries are mirrors of
 * values, nothing is transformed, and nothing is refused. */
#include "lattice.h"
#include "weft/memory.h"

enum { ODD = -1, MIXED = 0, EVEN = 1 };

/* ---- parity ---- */

/* Of a factor of k under a change of sign of the wavenumber along an axis. */
static int factor_parity(eq_system *s, int even, int odd, int axis)
{
    weft_graph *g = s->graph;
    int with[4] = {-1, -1, -1, -1}, minus = weft_graph_number(g, -1.0);
    int k = weft_graph_variable(g, WEFT_VAR_WAVE, 2 - axis);
    with[2 - axis] = weft_graph_make(g, WEFT_OP_MUL, minus, k, 0);
    int e = weft_graph_replace(g, even, WEFT_VAR_WAVE, 4, with);
    int o = weft_graph_replace(g, odd, WEFT_VAR_WAVE, 4, with);
    if (e == even && o == odd)
        return EVEN;
    int minus_e = weft_graph_make(g, WEFT_OP_MUL, minus, even, 0);
    int minus_o = weft_graph_make(g, WEFT_OP_MUL, minus, odd, 0);
    return e == minus_e && o == minus_o ? ODD : MIXED;
}

/* Of an odd function (sin, tanh), an even one (cos, abs), or neither (exp), of an argument of
 * parity a. */
static int function_parity(weft_op op, int a)
{
    switch (op) {
    case WEFT_OP_SIN:
    case WEFT_OP_TAN:
    case WEFT_OP_ASIN:
    case WEFT_OP_ATAN:
    case WEFT_OP_SINH:
    case WEFT_OP_TANH:
    case WEFT_OP_SIGN:
    case WEFT_OP_ERF:
        return a;
    case WEFT_OP_COS:
    case WEFT_OP_COSH:
    case WEFT_OP_ABS:
        return a == MIXED ? MIXED : EVEN;
    default:
        return a == EVEN ? EVEN : MIXED;
    }
}

/* A number 0 has every parity. */
static int of_sum(int node_a, int a, int node_b, int b)
{
    return node_a == 0 ? b : node_b == 0 || a == b ? a : MIXED;
}

/* The kind of one node from those of its operands. A product of kinds is their product as signs:
 * odd times odd is even, and MIXED (0) wins. Multiplication by a constant changes nothing, since a
 * number is EVEN. */
static int node_parity(const eq_system *s, const weft_graph_node *x, const int *of, int axis)
{
    const int field = s->boundary[axis] == WEFT_NEUMANN ? EVEN : ODD;
    switch (x->op) {
    case WEFT_OP_NUMBER:
    case WEFT_OP_MEAN:
        return EVEN;
    case WEFT_OP_VARIABLE:
        return x->variable == WEFT_VAR_FIELD || x->variable == WEFT_VAR_NOISE ? field : EVEN;
    case WEFT_OP_OPERATOR: /* one that is refused, or one that keeps the kind */
    case WEFT_OP_SHIFT:
        return x->op == WEFT_OP_SHIFT ? of[x->a] : of[x->c];
    case WEFT_OP_ADD:
    case WEFT_OP_SUB:
        return of_sum(x->a, of[x->a], x->b, of[x->b]);
    case WEFT_OP_MUL:
    case WEFT_OP_DIV:
        return of[x->a] * of[x->b];
    case WEFT_OP_POWER:
        return x->index % 2 ? of[x->a] : of[x->a] * of[x->a];
    case WEFT_OP_WHERE:
        return of[x->a] == EVEN ? of_sum(x->b, of[x->b], x->c, of[x->c]) : MIXED;
    case WEFT_OP_POW:
    case WEFT_OP_MIN:
    case WEFT_OP_MAX:
    case WEFT_OP_ATAN2:
    case WEFT_OP_LESS:
    case WEFT_OP_LESS_EQUAL:
    case WEFT_OP_EQUAL:
        return of[x->a] == EVEN && of[x->b] == EVEN ? EVEN : MIXED;
    default:
        return function_parity(x->op, of[x->a]);
    }
}

/* Of all nodes of the graph, in their order: operands come first. */
static int *parities(const eq_system *s, int axis)
{
    const int n = weft_graph_size(s->graph);
    int *of = weft_alloc((size_t)n, sizeof *of);
    for (int i = 0; i < n; i++)
        of[i] = node_parity(s, weft_graph_at(s->graph, i), of, axis);
    return of;
}

/* ---- what is refused ---- */

/* A check along one axis: of[node] is the kind of each node, seen[node] says that it was looked at,
 * text is what a message is about. */
typedef struct wall_check {
    eq_system *s;
    int axis;
    const weft_node *text;
    int *of;
    bool *seen;
} wall_check;

/* An operator is right if its factor keeps the kind, and what it acts on has the kind of the
 * fields. */
static weft_status check_operator(const wall_check *w, int node)
{
    eq_system *s = w->s;
    const weft_graph_node x = *weft_graph_at(s->graph, node);
    const weft_boundary b = s->boundary[w->axis];
    const char axis = "zyx"[w->axis], *kind = b == WEFT_NEUMANN ? "even" : "odd";
    char text[200];
    if (b != WEFT_ANTIPERIODIC && factor_parity(s, x.a, x.b, w->axis) != EVEN) {
        weft_graph_print(s->graph, node, eq_variable_name, s, text, sizeof text);
        return eq_fail_at(
            s, node, w->text,
            "%s has the other parity along %c than the fields between %s walls, which "
            "are %s about them; use derivatives of even order there, or space: "
            "lattice",
            text, axis, weft_boundary_name(b), kind);
    }
    if (w->of[x.c] == (b == WEFT_NEUMANN ? EVEN : ODD))
        return WEFT_OK;
    weft_graph_print(s->graph, x.c, eq_variable_name, s, text, sizeof text);
    return eq_fail_at(
        s, node, w->text,
        "%s, on which this acts, is not %s along %c as the fields are (%s), and has no "
        "transform there; use another boundary, or space: lattice",
        text, kind, axis, weft_boundary_name(b));
}

/* All operators below a node, the inner ones first, each once. */
static weft_status check_operators(const wall_check *w, int node)
{
    const weft_graph_node x = *weft_graph_at(w->s->graph, node);
    if (w->seen[node] || x.op == WEFT_OP_NUMBER || x.op == WEFT_OP_VARIABLE)
        return WEFT_OK;
    w->seen[node] = true;
    if (x.op == WEFT_OP_OPERATOR) {
        WEFT_TRY(check_operators(w, x.c));
        return check_operator(w, node);
    }
    const int operand[3] = {x.a, x.b, x.c};
    for (int i = 0; i < 3; i++)
        WEFT_TRY(check_operators(w, operand[i]));
    return WEFT_OK;
}

/* The first term of a sum that has not the parity. */
static int wrong_term(const eq_system *s, int node, const int *of, int field)
{
    const weft_graph_node *x = weft_graph_at(s->graph, node);
    if (x->op != WEFT_OP_ADD && x->op != WEFT_OP_SUB)
        return node == 0 || of[node] == field ? 0 : node;
    int found = wrong_term(s, x->a, of, field);
    return found ? found : wrong_term(s, x->b, of, field);
}

/* A whole right-hand side must have the kind of the fields; the message shows its first term that
 * has not. */
static weft_status check_term(const wall_check *w, int node)
{
    const weft_boundary b = w->s->boundary[w->axis];
    const int field = b == WEFT_NEUMANN ? EVEN : ODD;
    int wrong = w->of[node] == field ? 0 : wrong_term(w->s, node, w->of, field);
    char text[200];
    if (!wrong)
        return WEFT_OK;
    weft_graph_print(w->s->graph, wrong, eq_variable_name, w->s, text, sizeof text);
    return eq_fail_at(w->s, wrong, w->text,
                      "the term %s is not %s along %c as the fields are (%s); use another "
                      "boundary, or space: lattice",
                      text, field == EVEN ? "even" : "odd", "zyx"[w->axis], weft_boundary_name(b));
}

/* The operators in n nodes, and, where terms, the nodes themselves, along an axis. */
static weft_status check_axis(eq_system *s, int axis, int n, const int *nodes,
                              const weft_node *const *texts, bool terms)
{
    const size_t size = 2 * (size_t)weft_graph_size(s->graph) + 64; /* checks may add nodes */
    wall_check w = {.s = s, .axis = axis, .of = parities(s, axis)};
    w.seen = weft_alloc(size, sizeof *w.seen);
    weft_status status = WEFT_OK;
    for (int i = 0; i < n && status == WEFT_OK; i++) {
        w.text = texts[i];
        status = check_operators(&w, nodes[i]);
        if (status == WEFT_OK && terms)
            status = check_term(&w, nodes[i]);
    }
    weft_free(w.of);
    weft_free(w.seen);
    return status;
}

/* Periodic axes allow everything. */
static weft_status check_axes(eq_system *s, int n, const int *nodes, const weft_node *const *texts,
                              bool terms)
{
    for (int axis = 3 - s->dim; axis < 3 && !s->lattice; axis++)
        if (s->boundary[axis] != WEFT_PERIODIC)
            WEFT_TRY(check_axis(s, axis, n, nodes, texts, terms));
    return WEFT_OK;
}

/* Right-hand sides with their terms; named expressions for their operators only, since a name may
 * be of any kind. */
weft_status eq_check_walls(eq_system *s)
{
    const weft_node *texts[EQ_COMPONENTS + 2 * EQ_NAMES];
    int nodes[2 * EQ_NAMES], n = 0;
    for (int i = 0; i < s->n; i++)
        texts[i] = s->field[s->field_of[i]].node;
    WEFT_TRY(check_axes(s, s->n, s->rhs, texts, true));
    for (int i = 0; i < s->n_names; i++)
        for (int part = 0; part < 2; part++) {
            texts[n] = s->name[i].node;
            nodes[n++] = part ? s->name[i].value.im : s->name[i].value.re;
        }
    return check_axes(s, n, nodes, texts, false);
}

/* Formulas of observables: operators only. */
weft_status eq_check_formula(eq_system *s, const weft_node *text, const weft_expr of[2])
{
    const int nodes[4] = {of[0].re, of[0].im, of[1].re, of[1].im};
    const weft_node *const texts[4] = {text, text, text, text};
    return check_axes(s, 4, nodes, texts, false);
}
