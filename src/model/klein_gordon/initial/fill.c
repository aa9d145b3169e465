/* Filling the fields of a start from a function of the coordinates. Each site is computed from its
 * global coordinate alone, so the fields do not depend on the decomposition.
 *
 * Coordinates are measured from the middle of the box, slowest axis first; unused axes have
 * coordinate 0. What is filled is the field on the grid: a field that lives in k space is
 * transformed when it is handed over (weft_field_assign), which is collective. */
#include "initial.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>

/* Zeroed arrays of the owned points, x fastest, no ghosts; kg_assign frees them. */
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

/* Hands over all components and frees the arrays; the caller must not use them any more.
 * Collective. */
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

/* Where the field winds, the stored field is phi less the ramp. */
weft_status kg_fill(weft_sim *sim, kg_profile *f, const void *context)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    kg_arrays a = kg_arrays_create(sim);
    int64_t site = 0;
    WEFT_FOR_ROWS(grid, z, y)
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

/* floor(distance/L + 1/2): half a box away counts as the image above. */
double kg_nearest(const weft_grid *grid, int axis, double distance, double *boxes)
{
    const weft_boundary b = grid->boundary[axis];
    double n = 0;
    if (axis >= 3 - grid->dim && (b == WEFT_PERIODIC || b == WEFT_ANTIPERIODIC))
        n = floor(distance / grid->length[axis] + 0.5);
    if (boxes)
        *boxes = n;
    return distance - n * grid->length[axis];
}

/* Where an axis goes round, any centre means a point of the box; between walls one outside would be
 * a state that nobody sees. */
static weft_status check_center(weft_sim *sim, int axis, double x)
{
    const weft_grid *g = sim->grid;
    const weft_boundary b = g->boundary[axis];
    if (b == WEFT_PERIODIC || b == WEFT_ANTIPERIODIC || fabs(x) <= 0.5 * g->length[axis])
        return WEFT_OK;
    return weft_param_fail(sim->initial, "center", "%g lies outside of the box, from %g to %g", x,
                           -0.5 * g->length[axis], 0.5 * g->length[axis]);
}

weft_status kg_check_center(weft_sim *sim, double center)
{
    return check_center(sim, 2, center);
}

/* For states with a centre in all axes. */
weft_status kg_check_centers(weft_sim *sim, const double *center)
{
    for (int a = 3 - sim->grid->dim; a < 3; a++)
        WEFT_TRY(check_center(sim, a, center[a]));
    return WEFT_OK;
}

/* A constant that is not zero breaks phi -> -phi at an odd boundary: a jump of the field. */
weft_status kg_check_background(weft_sim *sim, double background)
{
    for (int a = 3 - sim->grid->dim; a < 3 && background != 0; a++) {
        const weft_boundary b = sim->grid->boundary[a];
        if (b == WEFT_ANTIPERIODIC || b == WEFT_DIRICHLET)
            return weft_param_fail(sim->initial, "type",
                                   "far from the centre phi is not 0, which does not close on %s "
                                   "axes; use periodic, neumann or absorbing",
                                   weft_boundary_name(b));
    }
    return WEFT_OK;
}

/* A thousandth of a kink's step changes its energy by about a millionth. */
void kg_warn_of_ends(const weft_sim *sim, const char *key, double left, const char *of,
                     const char *cure)
{
    if (sim->noise.replica == 0 && left > 1e-3)
        weft_warn("initial.%s: %.2g of the %s is left at the ends of the box, where the state is "
                  "cut or meets its own image: it is not that of a box without ends; %s",
                  key, left, of, cure);
}
