/* What fields on a lattice need: the programs of their rates and forces (kernel.c runs them), and
 * static fields with ghosts as wide as the largest offset.
 *
 * Invariant: all arrays (fields, noise, static fields, results) have the same extent, with ghosts
 * as wide as the largest offset in any formula, so that a neighbour is the same distance in memory
 * in all of them. An error on the way leaves a structure that eq_lattice_free can free. */
#include "lattice.h"
#include "weft/memory.h"
#include <stdlib.h>
#include <string.h>

/* ---- reach ---- */

/* The width of the ghosts: the largest offset along any axis in the graph (differences of higher
 * order are offsets, too). */
int eq_reach(const eq_system *s)
{
    int most = 0;
    for (int i = 1; i < weft_graph_size(s->graph); i++) {
        const weft_graph_node *x = weft_graph_at(s->graph, i);
        for (int a = 0; a < 3 && x->op == WEFT_OP_SHIFT; a++)
            most = abs(x->offset[a]) > most ? abs(x->offset[a]) : most;
    }
    return most;
}

/* ---- static fields ---- */

/* Computes the static fields at the owned sites and fills their ghosts. They repeat over periodic
 * and antiperiodic axes (a coefficient does not change its sign) and are mirrored in walls.
 * Collective. */
static weft_status fill_fixed(weft_sim *sim, eq_lattice *l)
{
    weft_boundary boundary[3];
    const int dim = sim->grid->dim;
    for (int a = 0; a < dim; a++) {
        weft_boundary own = sim->grid->boundary[3 - dim + a];
        bool wall = own == WEFT_NEUMANN || own == WEFT_DIRICHLET;
        boundary[a] = wall ? WEFT_NEUMANN : WEFT_PERIODIC;
    }
    weft_halo *halo = NULL;
    double *values = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *values);
    const int g = l->extent.ghost;
    weft_status status =
        g ? weft_halo_create(sim->grid, g, g, sizeof(double), 1, boundary, &halo) : WEFT_OK;
    for (int i = 0; i < l->n_fixed && status == WEFT_OK; i++) {
        l->fixed[i].values = weft_alloc((size_t)l->extent.size, sizeof(double));
        eq_fill(sim, l->fixed[i].node, values);
        const double *from = values;
        for (int64_t z = 0; z < sim->grid->local[0]; z++)
            for (int64_t y = 0; y < sim->grid->local[1]; y++, from += sim->grid->local[2])
                memcpy(l->fixed[i].values + weft_extent_row(&l->extent, z, y), from,
                       (size_t)sim->grid->local[2] * sizeof *from);
        if (halo)
            weft_halo_exchange(halo, l->fixed[i].values);
    }
    weft_halo_free(halo);
    weft_free(values);
    return status;
}

/* ---- set up ---- */

/* Programs, then their arrays, then fixed fields, which the programs have listed by then. The lists
 * that were too short are reported before anything runs. */
weft_status eq_lattice_setup(weft_sim *sim)
{
    eq_data *d = sim->data;
    eq_lattice *l = d->lattice = weft_alloc(1, sizeof *l);
    int nodes[EQ_COMPONENTS + EQ_FORMULAS * 2];
    l->s = &d->s;
    l->grid = sim->grid;
    l->extent = sim->state->field[0].extent;
    eq_kernel_make(l, d->s.n, d->s.rate, &l->rate);
    for (int i = 0; i < d->s.n; i++)
        nodes[i] = eq_noise_part(&d->s, i);
    if (d->s.noisy)
        eq_kernel_make(l, d->s.n, nodes, &l->increment);
    for (int i = 0; i < d->s.n; i++)
        nodes[i] = eq_force_node(&d->s, i);
    if (eq_splits(&d->s))
        eq_kernel_make(l, d->s.n, nodes, &l->force);
    eq_jacobian_setup(l);
    WEFT_TRY(eq_look_lattice(sim));
    WEFT_TRY(eq_watch_setup(sim));
    if (l->overflow)
        return weft_param_fail(sim->own, "equations", "the equations have too many terms");
    for (int i = 0; i < d->s.n_noises; i++)
        l->noise[i] = weft_alloc((size_t)l->extent.size, sizeof(double));
    for (int i = 0; i < d->s.n && (l->force.n || d->s.noisy); i++)
        l->kick[i] = weft_alloc((size_t)l->extent.size, sizeof(double));
    if (d->s.noisy && l->extent.ghost)
        WEFT_TRY(weft_halo_create(sim->grid, l->extent.ghost, l->extent.ghost, sizeof(double), 1,
                                  NULL, &l->noise_halo));
    return fill_fixed(sim, l);
}

/* What was not made is NULL. */
void eq_lattice_free(weft_sim *sim)
{
    eq_data *d = sim->data;
    eq_lattice *l = d->lattice;
    if (!l)
        return;
    eq_kernel_free(&l->rate);
    eq_kernel_free(&l->increment);
    eq_kernel_free(&l->force);
    if (l->jacobian)
        eq_kernel_free(&l->jacobian->kernel);
    weft_free(l->jacobian);
    eq_kernel_free(&l->look);
    eq_kernel_free(&l->numbers);
    for (int i = 0; i < l->n_means; i++) {
        eq_kernel_free(l->mean[i].kernel);
        weft_free(l->mean[i].kernel);
    }
    for (int i = 0; i < l->n_fixed; i++)
        weft_free(l->fixed[i].values);
    for (int i = 0; i < EQ_NOISES; i++)
        weft_free(l->noise[i]);
    for (int i = 0; i < EQ_COMPONENTS; i++)
        weft_free(l->kick[i]);
    for (int i = 0; i < EQ_FORMULAS * 2 + EQ_SHOWN * 2; i++)
        weft_free(l->values[i]);
    weft_halo_free(l->noise_halo);
    weft_free(l);
}
