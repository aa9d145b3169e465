/* Noise on the owned sites of a grid.
 *
 * Invariant: a site's number depends on its global row and its position in it, never on the block
 * that holds it. So any decomposition gives the same field, and nothing is exchanged; ghosts are
 * not filled. */
#include "internal.h"
#include "weft/timing.h"

/* The Lorentzian law is made from uniforms by its quantile function; normals and uniforms directly.
 */
void weft_noise_fill(const weft_noise *noise, uint32_t stream, uint64_t step, weft_law law,
                     const weft_grid *grid, int ghost, double *out)
{
    const weft_extent e = weft_grid_extent(grid, ghost);
    WEFT_FOR_ROWS(grid, z, y) {
        int64_t row = (grid->start[0] + z) * grid->n[1] + grid->start[1] + y;
        int64_t n = grid->local[2];
        double *x = out + weft_extent_row(&e, z, y);
        (law == WEFT_LAW_NORMAL ? weft_noise_normal : weft_noise_uniform)(
            noise, stream, step, row, grid->n[2], grid->start[2], n, x);
        for (int64_t i = 0; law == WEFT_LAW_LORENTZIAN && i < n; i++)
            x[i] = weft_noise_quantile(law, x[i]);
    }
}

/* In parts that end where tiles (64 sites that share Philox blocks) end, so that no tile is made
 * twice. */
void weft_noise_add(const weft_noise *noise, uint32_t stream, uint64_t step, double amplitude,
                    const weft_grid *grid, int ghost, double *array)
{
    enum { PART = 4 * TILE };
    double part[PART] __attribute__((aligned(64)));
    const weft_activity before = weft_timing_enter(WEFT_NOISE);
    const weft_extent e = weft_grid_extent(grid, ghost);
    WEFT_FOR_ROWS(grid, z, y) {
        int64_t row = (grid->start[0] + z) * grid->n[1] + grid->start[1] + y;
        double *restrict x = array + weft_extent_row(&e, z, y);
        for (int64_t i = 0, m; i < grid->local[2]; i += m) {
            int64_t x0 = grid->start[2] + i;
            m = PART - x0 % TILE; /* whole tiles after the first part */
            m = m < grid->local[2] - i ? m : grid->local[2] - i;
            weft_noise_normal(noise, stream, step, row, grid->n[2], x0, m, part);
            for (int64_t j = 0; j < m; j++)
                x[i + j] += amplitude * part[j];
        }
    }
    weft_timing_leave(before);
}
