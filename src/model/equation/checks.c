/* Equations that are refused: terms that leave the space of functions that the boundaries allow,
 * and linear parts that are ill posed.
 *
 * Between walls a field is stored as cosines (neumann, even about the wall) or sines (dirichlet,
 * odd). A term of the other parity has no place in the series: a transform would project it, and
 * the equation solved would be another one. So each term of each equation is followed through the
 * graph with a parity: even, odd, or mixed. An antiperiodic axis (f(x + L) = -f(x)) is treated
 * likewise, with the shift by L in place of the reflection.
 *
 * Ill posed is a linear part whose growth rate rises without bound with k, as for u_t = -lap u: no
 * resolution makes it right. The rate is computed far beyond the grid, at three wavenumbers, along
 * the axes and one oblique direction, for single components and for pairs.
 *
 * Invariants. Parity is judged from the graph alone, never from values; MIXED is the answer in
 * doubt, so that what is accepted is right (a correct term that is not recognised is refused, with
 * a way out in the message). */
#include "lattice.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

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

/* Of a node under the reflection in a wall, or under a period of an antiperiodic axis, where fields
 * change by a factor of field and fields of places do not change. */
static int parity(eq_system *s, int node, int axis, int field)
{
    const weft_graph_node x = *weft_graph_at(s->graph, node);
    if (x.op == WEFT_OP_VARIABLE)
        return x.variable == WEFT_VAR_FIELD || x.variable == WEFT_VAR_NOISE ? field : EVEN;
    if (x.op == WEFT_OP_NUMBER || x.op == WEFT_OP_MEAN)
        return EVEN;
    if (x.op == WEFT_OP_OPERATOR) {
        bool wall = s->boundary[axis] != WEFT_ANTIPERIODIC;
        return parity(s, x.c, axis, field) * (wall ? factor_parity(s, x.a, x.b, axis) : EVEN);
    }
    int a = parity(s, x.a, axis, field), b = x.b ? parity(s, x.b, axis, field) : EVEN;
    switch (x.op) {
    case WEFT_OP_ADD:
    case WEFT_OP_SUB:
        return a == b ? a : MIXED;
    case WEFT_OP_MUL:
    case WEFT_OP_DIV:
        return a * b;
    case WEFT_OP_POWER:
        return x.index % 2 ? a : a * a;
    case WEFT_OP_WHERE: {
        int c = x.c ? parity(s, x.c, axis, field) : b;
        b = x.b ? b : c;
        return a == EVEN && b == c ? b : MIXED;
    }
    case WEFT_OP_POW:
    case WEFT_OP_MIN:
    case WEFT_OP_MAX:
    case WEFT_OP_ATAN2:
    case WEFT_OP_LESS:
    case WEFT_OP_LESS_EQUAL:
    case WEFT_OP_EQUAL:
        return a == EVEN && b == EVEN ? EVEN : MIXED;
    default:
        return function_parity(x.op, a);
    }
}

/* Is there a derivative of odd order along an axis with walls? Returns its node; 0: none. */
static int odd_derivative(eq_system *s, int node, int axis)
{
    const weft_graph_node x = *weft_graph_at(s->graph, node);
    if (x.op == WEFT_OP_OPERATOR && factor_parity(s, x.a, x.b, axis) != EVEN)
        return node;
    const bool factors = x.op == WEFT_OP_OPERATOR;
    const int operand[3] = {factors ? 0 : x.a, factors ? 0 : x.b, x.c};
    for (int i = 0; i < 3; i++) {
        int found = operand[i] ? odd_derivative(s, operand[i], axis) : 0;
        if (found)
            return found;
    }
    return 0;
}

/* The first term of a sum that has not the parity. */
static int wrong_term(eq_system *s, int node, int axis, int field)
{
    const weft_graph_node x = *weft_graph_at(s->graph, node);
    if (x.op != WEFT_OP_ADD && x.op != WEFT_OP_SUB)
        return node == 0 || parity(s, node, axis, field) == field ? 0 : node;
    int found = wrong_term(s, x.a, axis, field);
    return found ? found : wrong_term(s, x.b, axis, field);
}

/* One equation and one axis; the message names the first term that does not fit. */
static weft_status check_walls(eq_system *s, int component, int axis)
{
    static const char *const words[] = {"periodic", "antiperiodic", "neumann", "dirichlet"};
    const weft_boundary boundary = s->boundary[axis];
    const weft_node *node = s->field[s->field_of[component]].node;
    const int field = boundary == WEFT_NEUMANN ? EVEN : ODD;
    char text[200];
    int wrong = boundary == WEFT_ANTIPERIODIC ? 0 : odd_derivative(s, s->rhs[component], axis);
    if (wrong) {
        weft_graph_print(s->graph, wrong, eq_variable_name, s, text, sizeof text);
        return weft_node_fail(node, 0,
                              "%s has the other parity along %c than the fields between %s walls; "
                              "use derivatives of even order there, or space: lattice",
                              text, "zyx"[axis], words[boundary]);
    }
    wrong = wrong_term(s, s->rhs[component], axis, field);
    if (!wrong)
        return WEFT_OK;
    weft_graph_print(s->graph, wrong, eq_variable_name, s, text, sizeof text);
    return weft_node_fail(node, 0,
                          "the term %s is not %s along %c as the fields are (%s); use another "
                          "boundary, or space: lattice",
                          text, field == EVEN ? "even" : "odd", "zyx"[axis], words[boundary]);
}

/* ---- ill posed ---- */

/* The number L_ij(k); not finite (1/k^2 at 0) counts as 0. */
static double _Complex entry(const eq_system *s, int i, int j, const double wave[4])
{
    weft_symbol a = eq_linear(s, i, j);
    double value[2] = {weft_graph_wave_value(s->graph, a.even, wave),
                       weft_graph_wave_value(s->graph, a.odd, wave)};
    for (int k = 0; k < 2; k++)
        value[k] = isfinite(value[k]) ? value[k] : 0.0;
    return value[0] + value[1] * I;
}

/* Largest growth rate of components i and j alone (or of i, j = i). */
static double growth(const eq_system *s, int i, int j, const double wave[4])
{
    double _Complex a = entry(s, i, i, wave);
    if (i == j)
        return creal(a);
    double _Complex d = entry(s, j, j, wave), half = 0.5 * (a - d);
    double _Complex root = csqrt(half * half + entry(s, i, j, wave) * entry(s, j, i, wave));
    return creal(0.5 * (a + d)) + fabs(creal(root));
}

/* Does the growth rate rise like a power of k? */
static bool unbounded(const eq_system *s, int i, int j, const double direction[3])
{
    double rate[3], size = 1.0 / s->dx[2];
    for (int step = 0; step < 3; step++) {
        double k = 100.0 * size * pow(4.0, step), wave[4] = {0};
        for (int a = 0; a < s->dim; a++)
            wave[a] = k * direction[a];
        wave[3] = wave[0] * wave[0] + wave[1] * wave[1] + wave[2] * wave[2];
        rate[step] = growth(s, i, j, wave);
    }
    /* rates that are rounding errors of large numbers are no growth */
    double k = 1600.0 * size, wave[4] = {0};
    for (int a = 0; a < s->dim; a++)
        wave[a] = k * direction[a];
    wave[3] = wave[0] * wave[0] + wave[1] * wave[1] + wave[2] * wave[2];
    double cross = sqrt(cabs(entry(s, i, j, wave)) * cabs(entry(s, j, i, wave)));
    double noise = 1e-9 * fmax(cross, fmax(cabs(entry(s, i, i, wave)), cabs(entry(s, j, j, wave))));
    return rate[0] > 0.0 && rate[1] > 1.5 * rate[0] && rate[2] > 1.5 * rate[1] && rate[2] > noise;
}

/* The message shows the linear factor of the equation that a user can read. */
static weft_status ill_posed(eq_system *s, int i, int j)
{
    char text[300];
    const eq_field *f = &s->field[s->field_of[i]];
    int row = i, column = i;
    if (i != j && f->order == 2) { /* the force on a coordinate */
        row = i > j ? i : j;
        column = i > j ? j : i;
    }
    weft_symbol a = eq_linear(s, row, column);
    weft_graph_print(s->graph, a.even ? a.even : a.odd, eq_variable_name, s, text, sizeof text);
    return weft_node_fail(f->node, 0,
                          "ill posed: the linear part, the factor %s in k space, makes short waves "
                          "grow without bound; a sign may be wrong, or a term of higher order is "
                          "missing",
                          text);
}

static weft_status check_growth(eq_system *s)
{
    static const double directions[4][3] = {
        {1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}, {0.61, 0.57, 0.55}};
    for (int pairs = 0; pairs < 2; pairs++) /* each component alone first, for the message */
        for (int i = 0; i < s->n; i++)
            for (int j = pairs ? i + 1 : i; j < (pairs ? s->n : i + 1); j++)
                for (int d = 0; d < 4; d++)
                    if ((d == 3 || d < s->dim) && unbounded(s, i, j, directions[d]))
                        return ill_posed(s, i, j);
    return WEFT_OK;
}

/* On lattices boundaries are mirrors of values and every formula has a meaning; there nothing is
 * refused. */
weft_status eq_check(eq_system *s)
{
    if (s->lattice)
        return WEFT_OK;
    for (int axis = 3 - s->dim; axis < 3; axis++)
        for (int i = 0; i < s->n && s->boundary[axis] != WEFT_PERIODIC; i++)
            WEFT_TRY(check_walls(s, i, axis));
    return check_growth(s);
}
