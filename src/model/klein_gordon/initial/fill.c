/* Filling the fields of a start from a function of the coordinates. Each site is computed from its
 * global coordinate alone, so the fields do not depend on the decomposition. */
#include "initial.h"
#include "weft/memory.h"

kg_arrays kg_arrays_create(const weft_sim *sim)
{
    kg_arrays a = {0};
    size_t sites = (size_t)weft_grid_local_sites(sim->grid);
    for (int c = 0; c < kg_of(sim)->components; c++) {
        a.phi[c] = weft_alloc(sites, sizeof(double));
        a.pi[c] = weft_alloc(sites, sizeof(double));
    }
    return a;
}

weft_status kg_assign(weft_sim *sim, kg_arrays *a)
{
    for (int c = 0; c < kg_of(sim)->components; c++) {
        weft_field_assign(sim->state, kg_phi(sim->state), c, a->phi[c], 0);
        weft_field_assign(sim->state, kg_pi(sim->state), c, a->pi[c], 0);
        weft_free(a->phi[c]);
        weft_free(a->pi[c]);
    }
    return WEFT_OK;
}

weft_status kg_fill(weft_sim *sim, kg_profile *f, const void *context)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    kg_arrays a = kg_arrays_create(sim);
    int64_t site = 0;
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++)
            for (int64_t x = 0; x < grid->local[2]; x++, site++) {
                int64_t i[3] = {z, y, x};
                double r[3], phi[KG_COMPONENTS] = {0}, pi[KG_COMPONENTS] = {0};
                for (int axis = 0; axis < 3; axis++)
                    r[axis] = axis < 3 - grid->dim
                                  ? 0
                                  : weft_grid_coordinate(grid, axis, grid->start[axis] + i[axis]);
                f(context, r, phi, pi);
                for (int c = 0; c < m->components; c++) {
                    a.phi[c][site] = phi[c] - (m->ramp ? m->ramp[grid->start[2] + x] : 0);
                    a.pi[c][site] = pi[c];
                }
            }
    return kg_assign(sim, &a);
}
