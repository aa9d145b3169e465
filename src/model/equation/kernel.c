/* Programs over the sites of a lattice, and where their inputs lie in memory.
 *
 * The inputs of a program are arrays: fields and static fields, each at an offset of sites. All
 * arrays have ghosts of the same width, the largest offset, so that a neighbour is a fixed distance
 * in memory and the program runs over the whole stretch from the first to the last owned site at
 * once. In the ghosts between rows it computes what nobody reads. Rows of four owned sites with one
 * ghost at either end:
 *
 *     memory    g o o o o g g o o o o g g o o o o g
 *     stretch     |------------------------------|
 *
 * Invariants. Every site goes through the same operations, and means are exact sums, so that the
 * bits do not depend on the decomposition. Inputs are read before outputs are written, and outputs
 * are never inputs of the same run: what lands in the ghosts of an output disturbs nothing. A mean
 * inside a mean has a lower number and is computed before. */
#include "lattice.h"
#include "weft/exact.h"
#include "weft/memory.h"

enum { ON_PLACE = 1 << WEFT_VAR_PLACE };

/* ---- inputs ---- */

/* The number of a formula of places among the static fields. */
static int fixed_number(eq_lattice *l, int node)
{
    for (int i = 0; i < l->n_fixed; i++)
        if (l->fixed[i].node == node)
            return i;
    if (l->n_fixed == EQ_ITEMS) {
        l->overflow = true;
        return 0;
    }
    l->fixed[l->n_fixed].node = node;
    return l->n_fixed++;
}

/* The mean over all sites of a formula, as an input. Its kernel is made first, so that means inside
 * it have lower numbers and are ready before. */
static int mean_number(eq_lattice *l, int node)
{
    for (int i = 0; i < l->n_means; i++)
        if (l->mean[i].node == node)
            return i;
    if (l->n_means == EQ_ITEMS) {
        l->overflow = true;
        return 0;
    }
    int inside = weft_graph_at(l->s->graph, node)->a;
    eq_kernel *kernel = weft_alloc(1, sizeof *kernel);
    eq_kernel_make(l, 1, &inside, kernel); /* means inside come first in the list */
    l->mean[l->n_means] = (eq_lattice_mean){.node = node, .kernel = kernel};
    return l->n_means++;
}

/* offset: in sites along z, y, x; NULL: none. The place in memory is fixed here, once. */
static void add_input(eq_lattice *l, eq_kernel *k, eq_source_kind kind, int node, int index,
                      const int *offset)
{
    if (k->n_inputs == EQ_INPUTS) {
        l->overflow = true;
        return;
    }
    const weft_extent *e = &l->extent;
    int64_t at = e->origin;
    for (int a = 0; a < 3 && offset; a++)
        at += offset[a] * e->stride[a];
    k->kind[k->n_inputs] = kind;
    k->index[k->n_inputs] = index;
    k->at[k->n_inputs] = at;
    k->input[k->n_inputs++] =
        (weft_program_input){node, kind == EQ_FROM_TIME || kind == EQ_FROM_MEAN};
}

/* The inputs below a node; seen: which nodes were done. A formula of places without offsets is one
 * input, computed once; under an offset it is read at the neighbour. */
static void collect(eq_lattice *l, eq_kernel *k, int node, bool *seen)
{
    const weft_graph_node x = *weft_graph_at(l->s->graph, node);
    if (x.op == WEFT_OP_NUMBER || l->overflow || seen[node])
        return;
    seen[node] = true;
    /* Under an offset the node itself is read at the neighbour. */
    const int inner = x.op == WEFT_OP_SHIFT ? x.a : node;
    const int *offset = x.op == WEFT_OP_SHIFT ? x.offset : NULL;
    const weft_graph_node y = *weft_graph_at(l->s->graph, inner);
    if (x.op == WEFT_OP_MEAN) {
        int mean = mean_number(l, node);
        add_input(l, k, EQ_FROM_MEAN, node, mean, NULL);
    } else if (y.depends == ON_PLACE && !weft_graph_has_shift(l->s->graph, inner)) {
        add_input(l, k, EQ_FROM_PLACE, node, fixed_number(l, inner), offset);
    } else if (y.op == WEFT_OP_VARIABLE && y.variable == WEFT_VAR_UNIFORM) {
        add_input(l, k, EQ_FROM_TIME, node, y.index, NULL);
    } else if (y.op == WEFT_OP_VARIABLE) {
        add_input(l, k, y.variable == WEFT_VAR_NOISE ? EQ_FROM_NOISE : EQ_FROM_FIELD, node, y.index,
                  offset);
    } else {
        const int operand[3] = {x.a, x.b, x.c};
        for (int i = 0; i < 3; i++)
            if (operand[i])
                collect(l, k, operand[i], seen);
    }
}

/* A program for n nodes and its inputs. */
void eq_kernel_make(eq_lattice *l, int n, const int *nodes, eq_kernel *k)
{
    bool *seen = weft_alloc((size_t)weft_graph_size(l->s->graph), sizeof *seen);
    *k = (eq_kernel){.n = n};
    for (int i = 0; i < n; i++)
        collect(l, k, nodes[i], seen);
    weft_free(seen);
    if (!l->overflow)
        k->program = weft_program_create(l->s->graph, n, nodes, k->n_inputs, k->input);
}

void eq_kernel_free(eq_kernel *k)
{
    weft_program_free(k->program);
    *k = (eq_kernel){0};
}

/* ---- running ---- */

/* Addresses of all inputs at the first owned site, for these arrays of fields. */
static void find_pointers(const eq_lattice *l, const eq_kernel *k, double *const *u,
                          const double **out)
{
    for (int i = 0; i < k->n_inputs; i++) {
        const int index = k->index[i];
        switch (k->kind[i]) {
        case EQ_FROM_FIELD:
            out[i] = u[index] + k->at[i];
            break;
        case EQ_FROM_NOISE:
            out[i] = l->noise[index] + k->at[i];
            break;
        case EQ_FROM_PLACE:
            out[i] = l->fixed[index].values + k->at[i];
            break;
        case EQ_FROM_TIME:
            out[i] = &l->uniform[index];
            break;
        default:
            out[i] = &l->mean[index].value;
        }
    }
}

/* The mean over the owned sites of all ranks, row by row, without ghosts. Exact sums, so that a
 * mean does not depend on the decomposition. Collective. */
static void make_mean(eq_lattice *l, eq_lattice_mean *m, double *const *u)
{
    const double *base[EQ_INPUTS], *from[EQ_INPUTS];
    const weft_grid *g = l->grid;
    double row[EQ_ROW], *to = row;
    weft_exact sum;
    weft_exact_clear(&sum);
    find_pointers(l, m->kernel, u, base);
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x += EQ_ROW) {
            int64_t n = g->local[2] - x < EQ_ROW ? g->local[2] - x : EQ_ROW;
            /* Uniform inputs have one value, all others one a site. */
            int64_t at = z * l->extent.stride[0] + y * l->extent.stride[1] + x;
            for (int i = 0; i < m->kernel->n_inputs; i++)
                from[i] = m->kernel->input[i].uniform ? base[i] : base[i] + at;
            weft_program_run(m->kernel->program, n, from, &to);
            weft_exact_add(&sum, row, n);
        }
    weft_exact_allreduce(g->comm, &sum, 1);
    m->value = weft_exact_value(&sum) / (double)weft_grid_sites(g);
}

/* In the order of the list, so that a mean inside a mean is ready. */
void eq_lattice_means(eq_lattice *l, double t, double *const *u)
{
    eq_uniforms(l->s, t, l->uniform);
    for (int i = 0; i < l->n_means; i++)
        make_mean(l, &l->mean[i], u);
}

/* Distance from the first owned site to behind the last one. */
static int64_t stretch(const eq_lattice *l)
{
    const int64_t *n = l->grid->local;
    return (n[0] - 1) * l->extent.stride[0] + (n[1] - 1) * l->extent.stride[1] + n[2];
}

/* Runs over the stretch from the first to the last owned site, ghosts between rows included: what
 * is written there is never read, and the ghosts of out hold nothing before an exchange. */
void eq_kernel_run(const eq_lattice *l, const eq_kernel *k, double *const *u, double *const *out)
{
    const double *from[EQ_INPUTS];
    double *to[EQ_COMPONENTS + 2 * EQ_FORMULAS];
    find_pointers(l, k, u, from);
    for (int i = 0; i < k->n; i++)
        to[i] = out[i] + l->extent.origin;
    weft_program_run(k->program, stretch(l), from, to);
}

/* One row of sites; out: where its first values go, without ghosts. */
void eq_kernel_run_row(const eq_lattice *l, const eq_kernel *k, double *const *u, int64_t z,
                       int64_t y, double *const *out)
{
    const double *from[EQ_INPUTS];
    const int64_t at = z * l->extent.stride[0] + y * l->extent.stride[1];
    find_pointers(l, k, u, from);
    for (int i = 0; i < k->n_inputs; i++)
        from[i] += k->input[i].uniform ? 0 : at;
    weft_program_run(k->program, l->grid->local[2], from, out);
}

/* The programs of numbers read uniform inputs and means only, so that no arrays of fields are
 * needed. */
void eq_kernel_run_one(const eq_lattice *l, const eq_kernel *k, double *const *out)
{
    const double *from[EQ_INPUTS];
    double *to[EQ_FORMULAS];
    find_pointers(l, k, NULL, from);
    for (int i = 0; i < k->n; i++)
        to[i] = out[i] + l->extent.origin;
    weft_program_run(k->program, 1, from, to);
}

/* Arrays of all components of a state, in the order of components; exchange: fill their ghosts. */
void eq_lattice_arrays(weft_state *state, bool exchange, double **out)
{
    int n = 0;
    for (int f = 0; f < state->n; f++) {
        weft_field *field = &state->field[f];
        if (field->spec.role != WEFT_EVOLVED && field->spec.role != WEFT_MOMENTUM)
            continue;
        if (exchange)
            weft_field_exchange(field);
        for (int c = 0; c < field->spec.components; c++)
            out[n++] = weft_field_data(field, c);
    }
}
