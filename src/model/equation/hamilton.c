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

enum { ON_NOISE = 1 << WEFT_VAR_NOISE };

/* ---- splittings: rate = force(coordinates) - gamma * momentum ---- */

/* Components of a field of second order: coordinates first, then momenta. */
int eq_momentum_of(const eq_system *s, int component)
{
    const eq_field *f = &s->field[s->field_of[component]];
    const int parts = f->is_complex ? 2 : 1, part = component - f->component;
    return f->order == 2 && part < parts ? component + parts : -1;
}

bool eq_is_momentum(const eq_system *s, int component)
{
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
 */
static bool hidden_momentum(const eq_system *s, int node, bool inside)
{
    const weft_graph_node *x = weft_graph_at(s->graph, node);
    if (!(x->depends & 1u << WEFT_VAR_FIELD))
        return false;
    if (x->op == WEFT_OP_VARIABLE)
        return inside && eq_is_momentum(s, x->index);
    inside = inside || x->op == WEFT_OP_OPERATOR || x->op == WEFT_OP_SHIFT || x->op == WEFT_OP_MEAN;
    const bool operator= x->op == WEFT_OP_OPERATOR;
    return (!operator&&(hidden_momentum(s, x->a, inside) || hidden_momentum(s, x->b, inside))) ||
           hidden_momentum(s, x->c, inside);
}

/* True means that the derivative by the momentum does not tell all. */
static bool nonlocal_momenta(const eq_system *s, int component)
{
    return hidden_momentum(s, s->rate[component], false);
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

/* The part of a node that is linear in noise: sums are followed, and in a product the noise is in
 * one factor (eq_take_noise has checked it). 0: there is none. */
static int noise_part(weft_graph *g, int node)
{
    const weft_graph_node x = *weft_graph_at(g, node);
    if (!(x.depends & ON_NOISE))
        return 0;
    int a, b;
    switch (x.op) {
    case WEFT_OP_ADD:
    case WEFT_OP_SUB:
        a = noise_part(g, x.a);
        b = noise_part(g, x.b);
        return weft_graph_make(g, x.op, a, b, 0);
    case WEFT_OP_MUL:
        a = weft_graph_at(g, x.a)->depends & ON_NOISE ? noise_part(g, x.a) : x.a;
        b = weft_graph_at(g, x.b)->depends & ON_NOISE ? noise_part(g, x.b) : x.b;
        return weft_graph_make(g, WEFT_OP_MUL, a, b, 0);
    case WEFT_OP_DIV:
        return weft_graph_make(g, WEFT_OP_DIV, noise_part(g, x.a), x.b, 0);
    case WEFT_OP_WHERE:
        a = noise_part(g, x.b);
        b = noise_part(g, x.c);
        return weft_graph_make(g, WEFT_OP_WHERE, x.a, a, b);
    case WEFT_OP_OPERATOR:
        return weft_graph_operator(g, x.a, x.b, noise_part(g, x.c));
    case WEFT_OP_MEAN:
        return weft_graph_mean(g, noise_part(g, x.a));
    default:
        return node;
    }
}

/* For increments: the noise of component i with its amplitudes. */
int eq_noise_part(eq_system *s, int component)
{
    return noise_part(s->graph, s->rhs[component]);
}
