/* Walls between domains of the charge-density wave: where the order, the staggered density,
 * changes its sign.
 *
 * Invariants. A bond or a plaquette belongs to the rank that owns its first corner, so that each is
 * counted once; the kernels read the next site along each axis and the corner between, which one
 * ghost layer holds (the halo fills corners). Counts are sums of whole numbers, exact on any number
 * of ranks. All functions are collective. */
#include "holstein.h"
#include "weft/memory.h"
#include "weft/observe.h"

/* Bonds of a row in the positive directions whose ends have orders of opposite sign; each bond of
 * the lattice belongs to one site, so that none is counted twice. */
static void wall_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const ho *h = context;
    const weft_extent *e = &h->order->extent;
    const double *p = (const double *)h->order->data + weft_extent_row(e, z, y);
    for (int64_t x = 0; x < n; x++) {
        double walls = p[x] * p[x + 1] < 0;
        if (h->dim > 1)
            walls += p[x] * p[x + e->stride[1]] < 0;
        if (h->dim > 2)
            walls += p[x] * p[x + e->stride[0]] < 0;
        out[x] = walls;
    }
}

/* Walls over all bonds. Collective: ghosts of the order. */
weft_status ho_wall_density(weft_sim *sim, double argument, double *out)
{
    ho *h = sim->data;
    (void)argument;
    weft_field_exchange(h->order);
    double walls = weft_rows_sum(sim->grid, wall_row, h);
    *out = walls / ((double)h->dim * (double)weft_grid_sites(sim->grid));
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
    const ho *h = context;
    const weft_extent *e = &h->order->extent;
    const double *p = (const double *)h->order->data + weft_extent_row(e, z, y);
    const double *q = p + e->stride[1];
    for (int64_t x = 0; x < n; x++) {
        bool a = p[x] > 0, b = p[x + 1] > 0, c = q[x] > 0, d = q[x + 1] > 0;
        int up = a + b + c + d;
        out[x] = up == 2 && a == b;
        out[n + x] = up == 2 && a == c;
        out[2 * n + x] = up == 1 || up == 3;
        out[3 * n + x] = up == 2 && a == d;
    }
}

/* Shares of the plaquettes that a wall crosses; all 0 without walls. */
weft_status ho_wall_orientation(weft_sim *sim, double argument, double *out)
{
    ho *h = sim->data;
    (void)argument;
    weft_field_exchange(h->order);
    weft_rows_sums(sim->grid, CLASSES, orientation_row, h, out);
    double all = out[0] + out[1] + out[2] + out[3];
    for (int c = 0; c < CLASSES; c++)
        out[c] = all > 0 ? out[c] / all : 0;
    return WEFT_OK;
}
