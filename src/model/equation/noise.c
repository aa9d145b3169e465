/* The noise of the equations: taken out of the rates, and corrected for Stratonovich's rule.
 *
 * Noise must be linear in the equations, dt(u) = F(u) + sum_s g_s(u) xi_s: then F is what is left
 * when every noise is replaced by zero, and g_s is the derivative by xi_s. For Stratonovich noise
 * the drift (1/2) sum_sj g_js d g_is/d u_j delta(0), delta(0) = 1/cell, is added to F, after which
 * all steppers may take it in the sense of Ito (C. W. Gardiner, Handbook of Stochastic Methods,
 * section 4.3.6). */
#include "read.h"
#include "weft/memory.h"
#include <string.h>

enum { NOISE_BIT = 1 << WEFT_VAR_NOISE, FIELD_BIT = 1 << WEFT_VAR_FIELD };

/* The powers are asked of operands, which have smaller numbers than what is made of them: one pass
 * over the nodes in their order, however often a node is shared. */

/* Power of the noise in a node from those of its operands: 0 without noise, 1 linear; 2 for all
 * that is not linear in it. Operators, offsets and means are linear. */
static int power_of(const weft_graph_node *x, const unsigned char *power)
{
    const int a = power[x->a], b = power[x->b], c = power[x->c];
    switch (x->op) {
    case WEFT_OP_VARIABLE:
    case WEFT_OP_SHIFT:
        return 1;
    case WEFT_OP_OPERATOR:
        return c;
    case WEFT_OP_MEAN:
        return a;
    case WEFT_OP_ADD:
    case WEFT_OP_SUB:
        return a > b ? a : b;
    case WEFT_OP_MUL:
        return a + b > 2 ? 2 : a + b;
    case WEFT_OP_DIV:
        return b ? 2 : a;
    case WEFT_OP_WHERE:
        return a ? 2 : b > c ? b : c;
    default:
        return 2;
    }
}

/* The innermost node below a node, or itself, that is not linear in the noise; 0: none is. */
static int not_linear(const weft_graph *g, int node)
{
    unsigned char *power = weft_alloc((size_t)node + 1, sizeof *power);
    bool *below = weft_alloc((size_t)node + 1, sizeof *below);
    int found = 0;
    below[node] = true;
    for (int i = node; i > 0; i--) {
        const weft_graph_node *x = weft_graph_at(g, i);
        if (below[i] && x->op != WEFT_OP_VARIABLE && x->op != WEFT_OP_NUMBER)
            below[x->a] = below[x->b] = below[x->c] = true;
    }
    for (int i = 1; i <= node && !found; i++) {
        const weft_graph_node *x = weft_graph_at(g, i);
        power[i] = (unsigned char)(x->depends & NOISE_BIT ? power_of(x, power) : 0);
        found = below[i] && power[i] > 1 ? i : 0;
    }
    weft_free(power);
    weft_free(below);
    return found;
}

/* Does an operator, an offset or a mean act on what depends on the variables of mask? */
static bool nonlocal(const weft_graph *g, int node, unsigned mask)
{
    bool *found = weft_alloc((size_t)node + 1, sizeof *found);
    for (int i = 1; i <= node; i++) {
        const weft_graph_node *x = weft_graph_at(g, i);
        if (!(x->depends & mask) || x->op == WEFT_OP_VARIABLE)
            continue;
        found[i] = x->op == WEFT_OP_OPERATOR || x->op == WEFT_OP_SHIFT || x->op == WEFT_OP_MEAN ||
                   found[x->a] || found[x->b] || found[x->c];
    }
    const bool result = found[node];
    weft_free(found);
    return result;
}

/* Points at what a node was made of in the equation of a component. */
static weft_status noise_fail(const eq_system *s, int component, int node, const char *what)
{
    return eq_fail_at(s, node, s->field[s->field_of[component]].node, "%s", what);
}

/* The drift that turns Stratonovich's rule into Ito's, for component i: with g = d(rhs)/d(xi),
 * (1/2) delta(0) sum over noises s and components j of g_js d g_is/d u_j, delta(0) = 1/cell. The
 * derivatives are taken on the graph and are exact. */
static int drift_of(eq_system *s, int i)
{
    weft_graph *g = s->graph;
    int sum = 0;
    for (int k = 0; k < s->n_noises; k++) {
        int xi = weft_graph_variable(g, WEFT_VAR_NOISE, k);
        int amplitude = weft_graph_derivative(g, s->rhs[i], xi);
        for (int j = 0; j < s->n && amplitude; j++) {
            int other = weft_graph_derivative(g, s->rhs[j], xi);
            int slope =
                weft_graph_derivative(g, amplitude, weft_graph_variable(g, WEFT_VAR_FIELD, j));
            sum = weft_graph_make(g, WEFT_OP_ADD, sum,
                                  weft_graph_make(g, WEFT_OP_MUL, other, slope, 0), 0);
        }
    }
    double cell = s->dx[0] * s->dx[1] * s->dx[2];
    return weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, 0.5 / cell), sum, 0);
}

/* For each component: check that noise is linear, keep rhs with it, and make rate without it. Noise
 * is multiplicative where the splitter could not take it out as a factor of k alone. The last loop
 * hands the finished rates back to the fields. */
weft_status eq_take_noise(eq_system *s)
{
    int nothing[EQ_NOISES] = {0};
    for (int i = 0; i < s->n; i++) {
        const int wrong = not_linear(s->graph, s->rhs[i]);
        if (wrong)
            return noise_fail(s, i, wrong,
                              "noise must be linear: not inside a function, a power, a "
                              "condition or a denominator, and not times noise");
        s->rate[i] = weft_graph_replace(s->graph, s->rhs[i], WEFT_VAR_NOISE, s->n_noises, nothing);
        s->noisy = s->noisy || weft_graph_at(s->graph, s->rhs[i])->depends & NOISE_BIT;
        const weft_split *split = weft_split_of(s->splitter, s->rhs[i]);
        if (weft_graph_at(s->graph, split->rest)->depends & NOISE_BIT)
            s->multiplicative = true;
    }
    for (int i = 0; i < s->n && s->stratonovich && s->multiplicative; i++)
        if (nonlocal(s->graph, s->rhs[i], NOISE_BIT))
            return noise_fail(s, i, weft_graph_variable(s->graph, WEFT_VAR_NOISE, 0),
                              "noise: stratonovich is for noise without derivatives; write "
                              "the drift into the equation and use noise: ito");
    for (int i = 0; i < s->n && s->stratonovich && s->multiplicative; i++) {
        for (int k = 0; k < s->n_noises; k++)
            if (nonlocal(s->graph,
                         weft_graph_derivative(s->graph, s->rhs[i],
                                               weft_graph_variable(s->graph, WEFT_VAR_NOISE, k)),
                         FIELD_BIT))
                return noise_fail(s, i, weft_graph_variable(s->graph, WEFT_VAR_NOISE, k),
                                  "noise: stratonovich needs an amplitude that depends on the "
                                  "fields at the site alone");
        s->rate[i] = weft_graph_make(s->graph, WEFT_OP_ADD, s->rate[i], drift_of(s, i), 0);
    }
    for (int i = 0; i < s->n_fields; i++) {
        eq_field *f = &s->field[i];
        int at = f->component + (f->order == 2 ? (f->is_complex ? 2 : 1) : 0);
        f->rate = (weft_expr){s->rate[at], f->is_complex ? s->rate[at + 1] : 0};
    }
    return WEFT_OK;
}
