/* The parts of a system that splittings and noise need, found on the graph of its rates: momenta,
 * the force without the damping, the damping rate, and the part of a rate that is linear in noise.
 *
 *     dtt(q) = F(q) - gamma*dt(q):  q' = p,  p' = F(q) - gamma p
 *     force: the rate of p with p = 0;   gamma: minus its derivative by p
 *
 * A rate splits into force and damping only where the damping is a number times the momentum of the
 * same component: the rebuilt sum must be the same node of the graph, so that nothing is judged by
 * values. An operator on a momentum (a viscosity, lap(dt(q))) is no such damping, nor is a product
 * of momenta; such systems have no family of splittings and go to other steppers. */
#include "lattice.h"
#include "weft/memory.h"

enum { ON_NOISE = 1 << WEFT_VAR_NOISE };

/* ---- splittings: rate = force(coordinates) - gamma * momentum ---- */

/* Components of a field of second order: coordinates first, then momenta. */
int eq_momentum_of(const eq_system *s, int component)
{
    const eq_field *f = &s->field[s->field_of[component]];
    const int parts = f->is_complex ? 2 : 1, part = component - f->component;
    return f->order == 2 && part < parts ? component + parts : -1;
}

/* The unknown of a constraint has a number that no component has, and is in the graph, too. */
bool eq_is_momentum(const eq_system *s, int component)
{
    if (component >= s->n)
        return false;
    const eq_field *f = &s->field[s->field_of[component]];
    return f->order == 2 && component - f->component >= (f->is_complex ? 2 : 1);
}

/* The rate of a momentum with all momenta set to zero. */
int eq_force_node(eq_system *s, int component)
{
    int with[EQ_COMPONENTS];
    if (!eq_is_momentum(s, component))
        return 0;
    for (int i = 0; i < s->n; i++)
        with[i] = eq_is_momentum(s, i) ? 0 : -1;
    return weft_graph_replace(s->graph, s->rate[component], WEFT_VAR_FIELD, s->n, with);
}

/* Minus the derivative of the rate of a momentum by that momentum. */
int eq_gamma_of(eq_system *s, int component)
{
    if (!eq_is_momentum(s, component))
        return 0;
    int p = weft_graph_variable(s->graph, WEFT_VAR_FIELD, component);
    int slope = weft_graph_derivative(s->graph, s->rate[component], p);
    return weft_graph_make(s->graph, WEFT_OP_MUL, weft_graph_number(s->graph, -1.0), slope, 0);
}

/* Does an operator or an offset act on what depends on a momentum? A derivative would not see it.
 * Operands have smaller numbers than what is made of them: one pass in the order of the nodes,
 * however often they are shared. */
static bool hidden_momentum(const eq_system *s, int node)
{
    bool *has = weft_alloc((size_t)node + 1, sizeof *has); /* a momentum is in it */
    bool *hidden = weft_alloc((size_t)node + 1, sizeof *hidden);
    for (int i = 1; i <= node; i++) {
        const weft_graph_node *x = weft_graph_at(s->graph, i);
        if (!(x->depends & 1u << WEFT_VAR_FIELD))
            continue;
        const bool factors = x->op == WEFT_OP_OPERATOR;
        if (x->op == WEFT_OP_VARIABLE) {
            has[i] = eq_is_momentum(s, x->index);
            continue;
        }
        has[i] = has[x->c] || (!factors && (has[x->a] || has[x->b]));
        hidden[i] = hidden[x->c] || (!factors && (hidden[x->a] || hidden[x->b])) ||
                    (has[i] && (factors || x->op == WEFT_OP_SHIFT || x->op == WEFT_OP_MEAN));
    }
    const bool result = hidden[node];
    weft_free(has);
    weft_free(hidden);
    return result;
}

/* True means that the derivative by the momentum does not tell all. */
static bool nonlocal_momenta(const eq_system *s, int component)
{
    return hidden_momentum(s, s->rate[component]);
}

/* Is the rate of momentum i the force minus gamma p with gamma a number? The sum rate + gamma p
 * must have the same parts as the force: the same nodes, and for fields in k space the same
 * factors. */
static bool splits(eq_system *s, int i)
{
    double gamma;
    if (nonlocal_momenta(s, i) || !weft_graph_is_number(s->graph, eq_gamma_of(s, i), &gamma))
        return false;
    int p = weft_graph_variable(s->graph, WEFT_VAR_FIELD, i);
    int damping = weft_graph_make(s->graph, WEFT_OP_MUL, weft_graph_number(s->graph, gamma), p, 0);
    int sum = weft_graph_make(s->graph, WEFT_OP_ADD, s->rate[i], damping, 0);
    const weft_split *a = weft_split_of(s->splitter, sum);
    const weft_split *b = weft_split_of(s->splitter, eq_force_node(s, i));
    bool same = a->rest == b->rest && a->constant == b->constant;
    for (int j = 0; j < s->n && !s->lattice; j++)
        same = same && a->field[j].even == b->field[j].even && a->field[j].odd == b->field[j].odd;
    return same;
}

/* Noise has no place in a kick: such systems are left to other families. */
bool eq_splits(eq_system *s)
{
    for (int i = 0; i < s->n; i++)
        if (s->field[s->field_of[i]].order != 2 || (eq_is_momentum(s, i) && !splits(s, i)))
            return false;
    return !s->noisy;
}

/* ---- noise ---- */

/* The part of a node that is linear in noise, from those of its operands (part): sums are followed,
 * and in a product the noise is in one factor (eq_take_noise has checked it). */
static int part_of(weft_graph *g, int node, const int *part)
{
    const weft_graph_node x = *weft_graph_at(g, node);
    switch (x.op) {
    case WEFT_OP_ADD:
    case WEFT_OP_SUB:
        return weft_graph_make(g, x.op, part[x.a], part[x.b], 0);
    case WEFT_OP_MUL:
        return weft_graph_make(g, WEFT_OP_MUL, part[x.a] ? part[x.a] : x.a,
                               part[x.b] ? part[x.b] : x.b, 0);
    case WEFT_OP_DIV:
        return weft_graph_make(g, WEFT_OP_DIV, part[x.a], x.b, 0);
    case WEFT_OP_WHERE:
        return weft_graph_make(g, WEFT_OP_WHERE, x.a, part[x.b], part[x.c]);
    case WEFT_OP_OPERATOR:
        return weft_graph_operator(g, x.a, x.b, part[x.c]);
    case WEFT_OP_MEAN:
        return weft_graph_mean(g, part[x.a]);
    default:
        return node;
    }
}

/* 0: there is no noise. Down the nodes to find which are needed, then up, each once. */
static int noise_part(weft_graph *g, int node)
{
    int *part = weft_alloc((size_t)node + 1, sizeof *part);
    bool *needed = weft_alloc((size_t)node + 1, sizeof *needed);
    needed[node] = true;
    for (int i = node; i > 0; i--) {
        const weft_graph_node *x = weft_graph_at(g, i);
        needed[i] = needed[i] && (x->depends & ON_NOISE);
        if (needed[i] && x->op != WEFT_OP_VARIABLE && x->op != WEFT_OP_SHIFT)
            needed[x->a] = needed[x->b] = needed[x->c] = true;
    }
    for (int i = 1; i <= node; i++)
        if (needed[i])
            part[i] = part_of(g, i, part);
    const int result = part[node];
    weft_free(part);
    weft_free(needed);
    return result;
}

/* For increments: the noise of component i with its amplitudes. */
int eq_noise_part(eq_system *s, int component)
{
    return noise_part(s->graph, s->rhs[component]);
}
