/* Walls between domains of the charge-density wave: where the order, the staggered density,
 * changes its sign.
 *
 * A wall is a bond whose ends have the same sign of n - 1/2, as (-1)^(x+y+z) alternates along each
 * bond. Around an axis with an odd number of sites it does not close: over that seam the two
 * factors are equal, and the sign of the order beyond it is turned before it is compared.
 *
 * Invariants. A bond or a plaquette belongs to the rank that owns its first corner, so that each is
 * counted once; the kernels read the next site along each axis and the corner between, which one
 * ghost layer holds (the halo fills corners). Counts are sums of whole numbers, exact on any number
 * of ranks. All functions are collective. */
#include "holstein.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <math.h>

/* Where n is 1/2 everywhere, as of uniform lattices at half filling, only rounding is left, in
 * which domains and walls would be read off from noise: 1e-13 in n at a site. */
bool ho_has_order(weft_sim *sim)
{
    const ho *h = sim->data;
    weft_view v = weft_field_view(sim->state, h->order, 0, NULL);
    return weft_view_dot(sim->grid->comm, &v, &v) > 1e-26 * (double)weft_grid_sites(sim->grid);
}

/* -1 where the neighbour of site i of this rank along an axis lies over the seam of an axis with an
 * odd number of sites, else 1. */
static double seam(const weft_grid *g, int axis, int64_t i)
{
    return g->n[axis] % 2 != 0 && g->start[axis] + i + 1 == g->n[axis] ? -1 : 1;
}

/* Bonds of a row in the positive directions whose ends have orders of opposite sign; each bond of
 * the lattice belongs to one site, so that none is counted twice. */
static void wall_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const weft_sim *sim = context;
    const ho *h = sim->data;
    const weft_extent *e = &h->order->extent;
    const double *p = (const double *)h->order->data + weft_extent_row(e, z, y);
    const double at_y = seam(sim->grid, 1, y), at_z = seam(sim->grid, 0, z);
    for (int64_t x = 0; x < n; x++) {
        double walls = p[x] * p[x + 1] * seam(sim->grid, 2, x) < 0;
        if (h->dim > 1)
            walls += p[x] * p[x + e->stride[1]] * at_y < 0;
        if (h->dim > 2)
            walls += p[x] * p[x + e->stride[0]] * at_z < 0;
        out[x] = walls;
    }
}

/* Walls over all bonds; nan without any order, where signs are those of rounding. Collective:
 * ghosts of the order. */
weft_status ho_wall_density(weft_sim *sim, double argument, double *out)
{
    ho *h = sim->data;
    (void)argument;
    weft_field_exchange(h->order);
    double walls = weft_rows_sum(sim->grid, wall_row, sim);
    *out = ho_has_order(sim) ? walls / ((double)h->dim * (double)weft_grid_sites(sim->grid)) : NAN;
    return WEFT_OK;
}

/* Bonds per bond in a wall: the mean distance between walls along an axis; inf without walls. */
weft_status ho_length_walls(weft_sim *sim, double argument, double *out)
{
    WEFT_TRY(ho_wall_density(sim, argument, out));
    *out = 1 / *out;
    return WEFT_OK;
}

enum { CLASSES = 4 };

/* One place for each class of plaquettes. */
weft_status ho_shape_orientation(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    (void)argument;
    if (sim->grid->dim != 2)
        return weft_fail(WEFT_INPUT, "wall_orientation is for the square lattice");
    axes[0] = (weft_axis){.name = "wall_class",
                          .n = CLASSES,
                          .unit = "",
                          .long_name = "0 along x, 1 along y, 2 corner, 3 saddle"};
    axes[0].values = weft_alloc(CLASSES, sizeof(double));
    for (int c = 0; c < CLASSES; c++)
        axes[0].values[c] = c;
    return WEFT_OK;
}

/* Each plaquette (square of four sites) by the signs of its corners a, b (lower), c, d (upper): two
 * neighbours of each sign mean a wall along x or y, one of four a corner of a wall, opposite
 * corners alike a saddle, where two walls meet. */
static void orientation_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const weft_sim *sim = context;
    const ho *h = sim->data;
    const weft_extent *e = &h->order->extent;
    const double *p = (const double *)h->order->data + weft_extent_row(e, z, y);
    const double *q = p + e->stride[1];
    const double at_y = seam(sim->grid, 1, y);
    for (int64_t x = 0; x < n; x++) {
        const double at_x = seam(sim->grid, 2, x);
        bool a = p[x] > 0, b = at_x * p[x + 1] > 0, c = at_y * q[x] > 0,
             d = at_x * at_y * q[x + 1] > 0;
        int up = a + b + c + d;
        out[x] = up == 2 && a == b;
        out[n + x] = up == 2 && a == c;
        out[2 * n + x] = up == 1 || up == 3;
        out[3 * n + x] = up == 2 && a == d;
    }
}

/* Shares of the plaquettes that a wall crosses: nan without walls, of which there are no shares,
 * and without order. */
weft_status ho_wall_orientation(weft_sim *sim, double argument, double *out)
{
    ho *h = sim->data;
    (void)argument;
    weft_field_exchange(h->order);
    weft_rows_sums(sim->grid, CLASSES, orientation_row, sim, out);
    const double all = out[0] + out[1] + out[2] + out[3];
    const bool known = ho_has_order(sim) && all > 0;
    for (int c = 0; c < CLASSES; c++)
        out[c] = known ? out[c] / all : NAN;
    return WEFT_OK;
}
