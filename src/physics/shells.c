/* Shells of wavenumbers for structure factors: as wide as the smallest spacing of modes along an
 * axis, and centred on its multiples.
 *
 * They reach as far as the shortest Nyquist wavenumber of the axes: beyond it a shell would lack
 * modes in some directions, and its mean would be that of the others. */
#include "shells.h"
#include "weft/memory.h"
#include <math.h>

/* The spacing of the modes: pi/L where they are those of walls, or lie between those of periodic
 * axes, so that a mode on an axis is at the middle of its shell. */
double shells_width(const weft_grid *grid)
{
    double width = INFINITY;
    for (int a = 3 - grid->dim; a < 3; a++)
        width =
            fmin(width, (grid->boundary[a] == WEFT_PERIODIC ? 2.0 : 1.0) * M_PI / grid->length[a]);
    return width;
}

/* The last shell that is complete. The small factor lets a quotient that is whole but for
 * rounding count. The cosines between walls end at pi (n - 1)/L. */
int64_t shells_data(const weft_grid *grid)
{
    double kmax = INFINITY;
    for (int a = 3 - grid->dim; a < 3; a++) {
        const double most = grid->boundary[a] == WEFT_PERIODIC ? 2.0 * (double)(grid->n[a] / 2)
                                                               : (double)(grid->n[a] - 1);
        kmax = fmin(kmax, M_PI / grid->length[a] * most);
    }
    return (int64_t)floor(kmax / shells_width(grid) * (1.0 + 1e-9));
}

/* The middle of each shell. */
weft_status shells_axis(const weft_grid *grid, int64_t first, const char *unit, weft_axis *axes)
{
    const int64_t n = shells_data(grid) + 1 - first;
    axes[0] = (weft_axis){.name = "k",
                          .n = n,
                          .unit = unit,
                          .long_name = "wavenumber",
                          .values = weft_alloc((size_t)n, sizeof(double))};
    for (int64_t b = 0; b < n; b++)
        axes[0].values[b] = (double)(b + first) * shells_width(grid);
    return WEFT_OK;
}

/* Other boundaries have transforms of other kinds, whose modes are no plane waves. */
weft_status shells_check(const weft_grid *grid)
{
    for (int a = 3 - grid->dim; a < 3; a++)
        if (grid->boundary[a] != WEFT_PERIODIC)
            return weft_fail(WEFT_INPUT, "structure factors need periodic axes");
    if (shells_data(grid) < 1)
        return weft_fail(WEFT_INPUT, "structure factors need at least 2 points along each axis");
    return WEFT_OK;
}
