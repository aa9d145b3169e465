/* Exact sums over the sites of all ranks.
 *
 * Invariant: each term depends on its site alone (a kernel gets global data of one row), and the
 * terms are added exactly and rounded once (weft/exact.h). So a sum has the same bits on any number
 * of ranks, however the sites are cut. All functions are collective, with one reduction each. */
#include "internal.h"
#include <float.h>
#include <string.h>

/* Row by row, because only the points of a row are contiguous (ghosts lie between rows). */
double weft_view_sum(MPI_Comm comm, const weft_view *f)
{
    weft_exact sum;
    weft_exact_clear(&sum);
    WEFT_FOR_ROWS(f, z, y)
        weft_exact_add(&sum, weft_row(f, z, y), f->local[2]);
    weft_exact_allreduce(comm, &sum, 1);
    return weft_exact_value(&sum);
}

/* Both views must have the same shape; the rows of each are found by its own strides. */
double weft_view_dot(MPI_Comm comm, const weft_view *f, const weft_view *g)
{
    weft_exact sum;
    weft_exact_clear(&sum);
    WEFT_FOR_ROWS(f, z, y)
        weft_exact_add_products(&sum, weft_row(f, z, y), weft_row(g, z, y), f->local[2]);
    weft_exact_allreduce(comm, &sum, 1);
    return weft_exact_value(&sum);
}

/* Several sums from one pass over the field: fill computes a row for each of them. The buffer is
 * the shared one of scratch.c, so fill must not call a reduction. */
void weft_rows_sums(const weft_grid *grid, int count, weft_row_kernel *fill, void *context,
                    double *sums)
{
    enum { MOST = 16 };
    weft_exact sum[MOST];
    WEFT_ASSERT(count >= 0 && count <= MOST);
    const int64_t n = grid->local[2];
    double *row = obs_scratch(count * n);
    for (int i = 0; i < count; i++)
        weft_exact_clear(&sum[i]);
    WEFT_FOR_ROWS(grid, z, y) {
        fill(context, z, y, n, row);
        for (int i = 0; i < count; i++)
            weft_exact_add(&sum[i], row + i * n, n);
    }
    weft_exact_allreduce(grid->comm, sum, count);
    for (int i = 0; i < count; i++)
        sums[i] = weft_exact_value(&sum[i]);
}

double weft_rows_sum(const weft_grid *grid, weft_row_kernel *fill, void *context)
{
    double sum;
    weft_rows_sums(grid, 1, fill, context, &sum);
    return sum;
}

/* Two passes: the mean first, then powers of the distance from it. Raw moments in one pass would
 * lose all digits of a small variance around a large mean.
 *
 * A field that is the same everywhere differs from its mean by the rounding of that mean, and one
 * that comes from a transform by a little more: such a spread, below four units in the last place,
 * is none. Ratios of moments would be those of rounding, a skewness of -1 for example. */
static void central(MPI_Comm comm, const weft_view *f, int64_t sites, int highest_power,
                    double *out)
{
    weft_exact sum[3];
    const int count = highest_power - 1;
    out[0] = weft_view_sum(comm, f) / (double)sites;
    for (int p = 0; p < count; p++)
        weft_exact_clear(&sum[p]);
    WEFT_FOR_ROWS(f, z, y)
        weft_exact_add_powers(sum, highest_power, weft_row(f, z, y), out[0], f->local[2]);
    weft_exact_allreduce(comm, sum, count);
    for (int p = 0; p < count; p++)
        out[p + 1] = weft_exact_value(&sum[p]) / (double)sites;
    const double rounding = 4.0 * DBL_EPSILON * out[0];
    if (out[1] <= rounding * rounding)
        memset(out + 1, 0, (size_t)count * sizeof *out);
}

/* All three powers cost little more than twice what the squares alone do. */
void weft_view_moments(MPI_Comm comm, const weft_view *f, int64_t sites, double *out)
{
    central(comm, f, sites, 4, out);
}

/* For those who need no more: a third of the sums. */
double weft_view_variance(MPI_Comm comm, const weft_view *f, int64_t sites)
{
    double out[2];
    central(comm, f, sites, 2, out);
    return out[1];
}
