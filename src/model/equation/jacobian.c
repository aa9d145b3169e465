/* The Jacobian of a lattice form, for implicit methods: one entry for each component, at each
 * offset, that a rate depends on, by the derivative of the graph. Offsets have gone down to the
 * fields when the graph was made, so that a field at an offset is a leaf, and the derivative by
 * that leaf is local to the site. A mean over the grid would couple all sites; equations with a
 * mean of fields have no Jacobian here. */
#include "lattice.h"
#include "weft/memory.h"
#include <string.h>

enum { ON_FIELD = 1 << WEFT_VAR_FIELD, ON_UNIFORM = 1 << WEFT_VAR_UNIFORM };

/* Leaves of fields in a node; seen: nodes that were visited. False: a mean of fields. */
static bool leaves(const weft_graph *g, int node, bool *seen, bool *is_leaf)
{
    const weft_graph_node *x = weft_graph_at(g, node);
    if (seen[node] || !(x->depends & ON_FIELD))
        return true;
    seen[node] = true;
    if (x->op == WEFT_OP_MEAN || x->op == WEFT_OP_OPERATOR)
        return false;
    if (x->op == WEFT_OP_VARIABLE || x->op == WEFT_OP_SHIFT) {
        is_leaf[node] = true;
        return true;
    }
    return leaves(g, x->a, seen, is_leaf) && leaves(g, x->b, seen, is_leaf) &&
           leaves(g, x->c, seen, is_leaf);
}

/* Row, column and offset of an entry from the leaf that it belongs to. */
static weft_coupling coupling_of(const weft_graph *g, int row, int leaf)
{
    const weft_graph_node *x = weft_graph_at(g, leaf);
    weft_coupling out = {.row = row, .column = x->index};
    if (x->op == WEFT_OP_SHIFT) {
        out.column = weft_graph_at(g, x->a)->index;
        for (int a = 0; a < 3; a++)
            out.offset[a] = x->offset[a];
    }
    return out;
}

/* The entries of all rows and their nodes; false: there are too many, or there is a mean. */
static bool find_entries(eq_system *s, eq_jacobian *out)
{
    const int size = weft_graph_size(s->graph);
    bool *seen = weft_alloc((size_t)size, sizeof *seen);
    bool *is_leaf = weft_alloc((size_t)size, sizeof *is_leaf), good = true;
    out->n = 0;
    for (int i = 0; i < s->n && good; i++) {
        memset(seen, 0, (size_t)size * sizeof *seen);
        memset(is_leaf, 0, (size_t)size * sizeof *is_leaf);
        good = leaves(s->graph, s->rate[i], seen, is_leaf);
        for (int leaf = 0; leaf < size && good; leaf++) {
            int slope = is_leaf[leaf] ? weft_graph_derivative(s->graph, s->rate[i], leaf) : 0;
            if (slope == 0)
                continue;
            good = out->n < EQ_COUPLINGS;
            if (good) {
                out->where[out->n] = coupling_of(s->graph, i, leaf);
                out->node[out->n++] = slope;
            }
        }
    }
    weft_free(seen);
    weft_free(is_leaf);
    return good;
}

/* The families that hold beside the others: autonomous, if no rate depends on the time, and a
 * Jacobian, if there is no mean and not too many entries. None with noise. */
int eq_jacobian_families(eq_system *s)
{
    int families = WEFT_HAS_AUTONOMOUS;
    if (s->noisy)
        return 0;
    for (int i = 0; i < s->n; i++)
        if (weft_graph_at(s->graph, s->rate[i])->depends & ON_UNIFORM)
            families = 0;
    eq_jacobian *all = weft_alloc(1, sizeof *all);
    if (find_entries(s, all))
        families |= WEFT_HAS_JACOBIAN;
    weft_free(all);
    return families;
}

/* The kernel of all entries, made once. `there` is false where it cannot be made. */
void eq_jacobian_setup(eq_lattice *l)
{
    const bool overflow = l->overflow;
    l->jacobian = weft_alloc(1, sizeof *l->jacobian);
    if (find_entries(l->s, l->jacobian))
        eq_kernel_make(l, l->jacobian->n, l->jacobian->node, &l->jacobian->kernel);
    l->jacobian->there = l->jacobian->kernel.program != NULL;
    l->overflow = overflow; /* too many inputs: a fault for those alone who ask for the Jacobian */
}

/* How many entries there are, and where; -1: there is no Jacobian. out may be NULL. */
int eq_couplings(weft_sim *sim, weft_coupling *out)
{
    const eq_jacobian *j = ((const eq_data *)sim->data)->lattice->jacobian;
    if (!j || !j->there)
        return -1;
    if (out)
        memcpy(out, j->where, (size_t)j->n * sizeof *out);
    return j->n;
}

/* Values of all entries on one row of sites; ghosts of u are those that are there. */
void eq_jacobian_row(weft_sim *sim, double t, weft_state *u, int64_t z, int64_t y, double *out)
{
    eq_lattice *l = ((eq_data *)sim->data)->lattice;
    double *from[EQ_COMPONENTS], *to[EQ_COUPLINGS];
    const int64_t n = sim->grid->local[2];
    eq_lattice_arrays(u, false, from);
    eq_uniforms(l->s, t, l->uniform);
    for (int i = 0; i < l->jacobian->n; i++)
        to[i] = out + i * n;
    eq_kernel_run_row(l, &l->jacobian->kernel, from, z, y, to);
}
