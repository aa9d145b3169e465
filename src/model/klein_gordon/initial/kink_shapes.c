/* Positions of kinks on a line: where phi passes the level halfway between two vacua.
 *
 * The whole line is gathered on every rank and searched from left to right, so that all ranks have
 * the same list. Between two points the crossing is found on the cubic through four points (error
 * of fourth order in the spacing); beyond an end the line is continued by its boundary condition.
 */
#include "../kg.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>

/* Kinks are points of a line. */
weft_status kg_kinks_check(weft_sim *sim, double argument)
{
    (void)argument;
    return sim->grid->dim == 1 && kg_of(sim)->components == 1
               ? WEFT_OK
               : weft_fail(WEFT_INPUT, "kinks is for real fields on a line; wall_area is for two "
                                       "and three dimensions");
}

/* One place for each kink that is asked for. */
weft_status kg_kinks_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    const kg *m = kg_of(sim);
    if (sim->grid->dim != 1 || m->components != 1)
        return weft_fail(WEFT_INPUT,
                         "kink_positions is for real fields on a line; wall_area is for "
                         "two and three dimensions");
    if (!(argument >= 1 && argument <= 10000) || argument != floor(argument))
        return weft_fail(WEFT_INPUT, "kink_positions(number): the number must be from 1 to 10000");
    axes[0] = (weft_axis){
        .n = (int64_t)argument, .unit = "", .long_name = "number of the kink from the left"};
    snprintf(axes[0].name, sizeof axes[0].name, "kink_%lld", (long long)axes[0].n);
    axes[0].values = weft_alloc((size_t)axes[0].n, sizeof(double));
    for (int64_t i = 0; i < axes[0].n; i++)
        axes[0].values[i] = (double)i;
    return WEFT_OK;
}

double kg_interval(const kg_potential *v, double phi)
{
    switch (v->kind) {
    case KG_SINE_GORDON:
    case KG_DOUBLE_SINE_GORDON: /* levels (2n + 1) pi */
        return floor((phi - M_PI) / (2 * M_PI));
    case KG_PHI6: { /* levels -v/sqrt(2), v/sqrt(2) */
        double level = v->vacuum * M_SQRT1_2;
        return (phi >= -level) + (phi >= level);
    }
    default:
        return phi >= 0;
    }
}

/* low: the interval below the level, as kg_interval counts. */
static double level_above(const kg_potential *v, double low)
{
    switch (v->kind) {
    case KG_SINE_GORDON:
    case KG_DOUBLE_SINE_GORDON:
        return M_PI + 2 * M_PI * (low + 1);
    case KG_PHI6:
        return v->vacuum * M_SQRT1_2 * (low == 0 ? -1 : 1);
    default:
        return 0;
    }
}

/* Cubic through p[0..3] at -1, 0, 1, 2. */
static double cubic(const double *p, double s)
{
    double a = p[0] * -s * (s - 1) * (s - 2) / 6, b = p[1] * (s + 1) * (s - 1) * (s - 2) / 2;
    double c = p[2] * -(s + 1) * s * (s - 2) / 2, d = p[3] * (s + 1) * s * (s - 1) / 6;
    return a + b + c + d;
}

/* Where the cubic between points 0 and 1 passes level, by bisection: the values at the ends lie on
 * different sides, so that one passage is found even where the cubic has more. */
static double crossing(const double *p, double level)
{
    double low = 0, high = 1;
    bool rising = p[2] > p[1];
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if ((cubic(p, middle) < level) == rising)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

/* phi at any point of the line, up to two points beyond its ends: continued by the boundary
 * condition, with the rise of its winding. */
static double continued(const weft_sim *sim, const double *line, int64_t i)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    int64_t n = grid->n[2];
    if (i >= 0 && i < n)
        return line[i];
    /* The point across the seam, and the one behind the mirror. */
    int64_t around = i < 0 ? i + n : i - n, mirrored = i < 0 ? -1 - i : 2 * n - 1 - i;
    switch (grid->boundary[2]) {
    case WEFT_ANTIPERIODIC:
        return -line[around];
    case WEFT_NEUMANN:
        return line[mirrored];
    case WEFT_DIRICHLET:
        return -line[mirrored];
    default:
        return line[around] + (i < 0 ? -1 : 1) * m->slope * grid->length[2];
    }
}

/* Has the line a link from its last point to the first? */
static bool closes(const weft_grid *grid)
{
    return grid->boundary[2] != WEFT_NEUMANN && grid->boundary[2] != WEFT_DIRICHLET;
}

/* Levels that are passed between neighbouring points, kinks and antikinks alike. Collective. */
weft_status kg_kinks(weft_sim *sim, double argument, double *out)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    const int64_t n = grid->n[2];
    (void)argument;
    double *line = weft_alloc((size_t)n, sizeof *line);
    weft_view f = kg_scalar(sim);
    weft_view_gather(grid, &f, line);
    *out = 0;
    for (int64_t i = 0; i < (closes(grid) ? n : n - 1); i++)
        *out += fabs(kg_interval(&m->v, continued(sim, line, i + 1)) - kg_interval(&m->v, line[i]));
    weft_free(line);
    return WEFT_OK;
}

/* Crossings in rising x; the rest is nan. A field that jumps over two levels between neighbouring
 * points counts once: such a kink is not resolved by the grid. Collective. */
weft_status kg_kink_positions(weft_sim *sim, double argument, double *out)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    int64_t n = grid->n[2], most = (int64_t)argument, found = 0;
    double *line = weft_alloc((size_t)n, sizeof *line);
    weft_view f = kg_scalar(sim);
    weft_view_gather(grid, &f, line);
    for (int64_t i = 0; i < (closes(grid) ? n : n - 1) && found < most; i++) {
        double p[4];
        for (int j = 0; j < 4; j++)
            p[j] = continued(sim, line, i - 1 + j);
        /* Between the middle two of the four points. */
        double a = kg_interval(&m->v, p[1]), b = kg_interval(&m->v, p[2]);
        if (a == b || !isfinite(a + b))
            continue;
        double s = crossing(p, level_above(&m->v, fmin(a, b)));
        out[found++] = weft_grid_coordinate(grid, 2, i) + s * grid->dx[2];
    }
    while (found < most)
        out[found++] = NAN;
    weft_free(line);
    return WEFT_OK;
}
