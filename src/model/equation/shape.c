/* How a system of equations can be integrated: which families of functions hold for it.
 *
 * Invariant: a family is claimed only where it holds for every state, by looking at the graph and
 * never at values. diagonal, real and isotropic are promises to the stepper (smaller tables); an
 * entry that is not recognised costs memory and no correctness. Noise that is not additive leaves
 * the family Ito alone. */
#include "lattice.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Linear part of component i in component j. */
weft_symbol eq_linear(const eq_system *s, int i, int j)
{
    return weft_split_of(s->splitter, s->rate[i])->field[j];
}

weft_symbol eq_noise(const eq_system *s, int i, int k)
{
    return weft_split_of(s->splitter, s->rhs[i])->noise[k];
}

static bool is_zero(weft_symbol a)
{
    return a.even == 0 && a.odd == 0;
}

/* Does a node contain a variable of a kind with an index from first to last? Operands have smaller
 * numbers: one pass in the order of the nodes, however often they are shared. */
bool eq_contains(const weft_graph *g, int node, weft_variable kind, int first, int last)
{
    bool *found = weft_alloc((size_t)node + 1, sizeof *found);
    for (int i = 1; i <= node; i++) {
        const weft_graph_node *x = weft_graph_at(g, i);
        const bool factors = x->op == WEFT_OP_OPERATOR && kind != WEFT_VAR_WAVE;
        if (x->op == WEFT_OP_VARIABLE)
            found[i] = x->variable == kind && x->index >= first && x->index <= last;
        else if (x->depends & 1u << kind)
            found[i] = (!factors && (found[x->a] || found[x->b])) || found[x->c];
    }
    const bool result = found[node];
    weft_free(found);
    return result;
}

/* A function of k^2 alone: kx, ky, kz do not occur. */
static bool isotropic(const eq_system *s, weft_symbol a)
{
    return !eq_contains(s->graph, a.even, WEFT_VAR_WAVE, 0, 2) &&
           !eq_contains(s->graph, a.odd, WEFT_VAR_WAVE, 0, 2);
}

/* The form of the matrix L(k). */
static void look_at_linear(eq_system *s, eq_shape *out)
{
    out->diagonal = out->real = out->isotropic = true;
    for (int i = 0; i < s->n; i++)
        for (int j = 0; j < s->n; j++) {
            weft_symbol a = eq_linear(s, i, j);
            out->diagonal = out->diagonal && (i == j || is_zero(a));
            out->real = out->real && a.odd == 0;
            out->isotropic = out->isotropic && isotropic(s, a);
        }
}

/* The amplitude of a component's noise, and the number of this noise (-1: it has none); false: it
 * has several, or one that is no number times white noise. */
static bool own_noise(const eq_system *s, int i, double *amplitude, int *noise)
{
    *amplitude = 0.0;
    *noise = -1;
    for (int k = 0; k < s->n_noises; k++) {
        const weft_symbol b = eq_noise(s, i, k);
        double value;
        if (b.odd || !weft_graph_is_number(s->graph, b.even, &value))
            return false;
        if (value == 0.0)
            continue;
        if (*noise >= 0)
            return false;
        *amplitude = value;
        *noise = k;
    }
    return true;
}

/* Simple noise is what steppers for additive noise on the grid can do, which draw a number of their
 * own for each component: every component has at most one noise, that no other has, with a number
 * as amplitude, and both parts of a complex field have the same amplitude, since steppers know one
 * a field. */
static void look_at_noise(eq_system *s, eq_shape *out)
{
    bool taken[EQ_NOISES] = {0};
    int noise = -1;
    out->simple_noise = !s->multiplicative;
    for (int i = 0; i < s->n && out->simple_noise; i++) {
        out->simple_noise =
            own_noise(s, i, &out->amplitude[i], &noise) && (noise < 0 || !taken[noise]);
        if (noise >= 0)
            taken[noise] = true;
    }
    for (int i = 0; i < s->n && out->simple_noise; i++) {
        const eq_field *f = &s->field[s->field_of[i]];
        if (f->is_complex && (i - f->component) % 2 == 1)
            out->simple_noise = fabs(out->amplitude[i]) == fabs(out->amplitude[i - 1]);
    }
}

/* The highest degree of the nonlinear terms decides the dealiasing: a product of d factors reaches
 * d times the largest kept wavenumber K, and its images fall outside of the kept part if d K + K <=
 * 2 kmax, hence 2/(d + 1) of kmax. */
static void look_at_degree(eq_system *s, eq_shape *out)
{
    for (int i = 0; i < s->n; i++) {
        int degree = weft_graph_degree(s->graph, weft_split_of(s->splitter, s->rate[i])->rest);
        out->degree = degree < 0 || out->degree < 0 ? -1
                      : degree > out->degree        ? degree
                                                    : out->degree;
    }
    out->keep = 1.0;
    if (s->p->dealias == EQ_DEALIAS_2_3)
        out->keep = 2.0 / 3.0;
    else if (s->p->dealias == EQ_DEALIAS_1_2)
        out->keep = 0.5;
    else if (s->p->dealias == EQ_DEALIAS_AUTO && out->degree > 1)
        out->keep = 2.0 / (out->degree + 1.0);
}

/* Noise that is not the same number at all sites is for steppers of the family WEFT_HAS_ITO alone:
 * without WEFT_HAS_RHS, because those that need no more than a right-hand side would leave it out.
 */
static int families(eq_system *s, const eq_shape *shape)
{
    if (s->noisy && (s->multiplicative || (s->lattice && !shape->simple_noise)))
        return WEFT_HAS_ITO;
    const int noise = s->noisy ? WEFT_HAS_NOISE : 0;
    if (s->lattice)
        return WEFT_HAS_RHS | noise | (eq_splits(s) ? WEFT_HAS_SPLIT : 0) | eq_jacobian_families(s);
    return WEFT_HAS_LINEAR_KM | (s->noisy ? noise : WEFT_HAS_RHS) |
           (eq_is_second(s) ? WEFT_HAS_LINEAR_K2 : 0);
}

/* Fills all entries; the families come last, since they depend on the others. */
void eq_classify(eq_system *s, eq_shape *out)
{
    *out = (eq_shape){0};
    look_at_linear(s, out);
    look_at_noise(s, out);
    look_at_degree(s, out);
    out->families = families(s, out);
}

/* Does a formula of the equations have this in its text? */
static bool is_written(const eq_system *s, const char *part)
{
    const weft_node *list = s->p->equations;
    for (int i = 0; i < weft_node_count(list); i++) {
        const weft_node *item = weft_node_item(list, i);
        if (weft_node_what(item) == WEFT_NODE_SCALAR && strstr(weft_node_text(item), part))
            return true;
    }
    return false;
}

/* Fields are smooth where something couples neighbouring points, as derivatives do, and nothing
 * makes them rough: no noise, no quenched disorder, and no lattice law, which is written with
 * neighbours in brackets. */
bool eq_is_smooth(const eq_system *s)
{
    static const char *const derivatives[] = {"lap(", "dx(", "dy(", "dz(", "grad2(", "fraclap("};
    if (s->noisy || s->n_quenched > 0 || is_written(s, "["))
        return false;
    for (size_t i = 0; i < sizeof derivatives / sizeof *derivatives; i++)
        if (is_written(s, derivatives[i]))
            return true;
    return false;
}
