/* Shells of wavenumbers for structure factors: as wide as the smallest spacing of modes along an
 * axis, and centred on its multiples.
 *
 * They reach as far as the shortest Nyquist wavenumber of the axes: beyond it a shell would lack
 * modes in some directions, and its mean would be that of the others.
 *
 * Invariant: a mean wavenumber is made of all modes and of the |k| of each, and of no shell. A
 * shell is up to half its width away from a mode in it: of a wave along the shorter side of a box,
 * or an oblique one, its middle would be wrong by up to a half. */
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

/* One shell that holds all modes. The sum is exact, and so the same on any number of ranks. */
double shells_total(const weft_fft *fft, const double *modes)
{
    double mean;
    int64_t count;
    weft_fft_shells(fft, modes, INFINITY, 1, &mean, &count);
    return mean * (double)count;
}

/* What a mode of wavenumber k is multiplied by, from k^2. */
static double root_of_k(double k2)
{
    return sqrt(sqrt(k2));
}

static double no_mean(double k2)
{
    return k2 > 0 ? 1 : 0;
}

/* In parts, so that the wavenumbers need no memory of their own. */
static void multiply(const weft_fft *fft, double *modes, double (*factor)(double k2))
{
    enum { PART = 256 };
    double k2[PART];
    for (int64_t first = 0; first < fft->modes; first += PART) {
        const int64_t n = fft->modes - first < PART ? fft->modes - first : PART;
        weft_fft_k2(fft, first, n, k2);
        for (int64_t i = 0; i < n; i++)
            for (int part = 0; part < fft->per_mode; part++)
                modes[(first + i) * fft->per_mode + part] *= factor(k2[i]);
    }
}

void shells_weigh(const weft_fft *fft, double *modes)
{
    multiply(fft, modes, root_of_k);
}

void shells_drop_mean(const weft_fft *fft, double *modes)
{
    multiply(fft, modes, no_mean);
}
