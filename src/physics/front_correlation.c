/* Fronts: correlations along x: the mean of (h(x+r) - h(x))^2, or of (h(x+r) - mean)(h(x) -
 * mean), at distances r of two an octave.
 *
 * Every rank gets the whole field, and sums the part of the pairs that begin on its own
 * sites.
 *
 * Invariant: the same bits on any number of ranks. A row is cut into blocks of 1024 sites
 * that begin at global multiples of 1024, whatever the decomposition. The pairs of a block
 * are summed by one rank in an order that depends on nothing else (eight lanes, four
 * chains), and the sums of blocks are added exactly. Only a block's beginning must lie on
 * the rank, since all values are there.
 *
 * Inaccurate sums would matter here: differences of neighbouring heights are small compared
 * with the heights. So differences are taken before they are squared. */
#include "front.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* A block of a row is the unit of summation. LANES numbers are added at once by vector
 * instructions, in CHAINS independent sums, which hide the time that an addition takes.
 * Changing any of them changes the last bits of results. MOST: distances, enough for axes
 * of 2^32 points. */
enum { BLOCK = 1024, LANES = 8, CHAINS = 4, MOST = 64 };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

/* Distances 1, 2, 3, 4, 6, 8, 11, ... up to half the axis: the whole numbers nearest to
 * powers of sqrt(2). Beyond half a periodic axis distances repeat. */
static int distances(const weft_grid *grid, int64_t *r)
{
    int n = 0;
    for (int j = 0;; j++) {
        int64_t d = llround(exp2(0.5 * j));
        if (d > grid->n[2] / 2)
            return n;
        if (n == 0 || d != r[n - 1])
            r[n++] = d;
    }
}

/* Every rank holds the whole field: 2^27 sites are 1 GiB. */
weft_status front_correlation_check(weft_sim *sim, double argument)
{
    (void)argument;
    if (weft_grid_sites(sim->grid) > INT64_C(1) << 27)
        return weft_fail(WEFT_INPUT, "correlations are computed up to 2^27 sites; use "
                                     "structure_factor, which holds the same");
    if (sim->grid->n[2] < 2)
        return weft_fail(WEFT_INPUT, "correlations need at least 2 points along x");
    return WEFT_OK;
}

/* The axis of distances, in units of length. */
weft_status front_correlation_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)argument;
    int64_t r[MOST];
    const int n = distances(sim->grid, r);
    axes[0] = (weft_axis){.name = "r",
                          .n = n,
                          .unit = "length",
                          .long_name = "distance along x",
                          .values = weft_alloc((size_t)n, sizeof(double))};
    for (int i = 0; i < n; i++)
        axes[0].values[i] = (double)r[i] * sim->grid->dx[2];
    return WEFT_OK;
}

/* Sum of (b - a)^2, or of a b, over n pairs. memcpy loads vectors from any address;
 * `difference` is a constant at each call, so that the loop has no branch. n may be 0 or
 * negative: then there is none. */
static inline double pairs(bool difference, int64_t n, const double *a, const double *b)
{
    lanes total[CHAINS] = {0};
    double sum = 0.0;
    int64_t i = 0;
    for (; i + CHAINS * LANES <= n; i += CHAINS * LANES)
        for (int c = 0; c < CHAINS; c++) {
            lanes x, y;
            memcpy(&x, a + i + c * LANES, sizeof x);
            memcpy(&y, b + i + c * LANES, sizeof y);
            total[c] += difference ? (y - x) * (y - x) : x * y;
        }
    for (; i < n; i++)
        sum += difference ? (b[i] - a[i]) * (b[i] - a[i]) : a[i] * b[i];
    total[0] = (total[0] + total[1]) + (total[2] + total[3]);
    for (int l = 0; l < LANES; l++)
        sum += total[0][l];
    return sum;
}

/* The mean of the whole field. Every rank holds all values, and sums them in the same
 * order, so that all get the same bits without a message; the order is that of `pairs`. */
static double mean_of(const double *x, int64_t n)
{
    lanes total[CHAINS] = {0};
    double sum = 0.0;
    int64_t i = 0;
    for (; i + CHAINS * LANES <= n; i += CHAINS * LANES)
        for (int c = 0; c < CHAINS; c++) {
            lanes v;
            memcpy(&v, x + i + c * LANES, sizeof v);
            total[c] += v;
        }
    for (; i < n; i++)
        sum += x[i];
    total[0] = (total[0] + total[1]) + (total[2] + total[3]);
    for (int l = 0; l < LANES; l++)
        sum += total[0][l];
    return sum / (double)n;
}

/* The blocks of a row that begin on this rank. line: the row, followed by its beginning
 * where the axis is periodic; on an open axis the last r sites have no partner. */
static void add_row(const weft_grid *grid, const double *line, bool difference, int n,
                    const int64_t *r, weft_exact *sums)
{
    const bool ring = grid->boundary[2] == WEFT_PERIODIC;
    const int64_t end = grid->start[2] + grid->local[2];
    for (int64_t x = (grid->start[2] + BLOCK - 1) / BLOCK * BLOCK; x < end; x += BLOCK)
        for (int i = 0; i < n; i++) {
            int64_t left = grid->n[2] - (ring ? 0 : r[i]) - x, m = left < BLOCK ? left : BLOCK;
            const double *a = line + x, *b = a + r[i];
            double sum = difference ? pairs(true, m, a, b) : pairs(false, m, a, b);
            weft_exact_add(&sums[i], &sum, 1);
        }
}

/* The mean over all rows and, within a row, over the sites that have a partner at the
 * distance. For the covariance the mean is taken off first, so that small numbers are
 * multiplied. */
static void correlate(weft_sim *sim, bool difference, double *out)
{
    const weft_grid *grid = sim->grid;
    const int64_t sites = weft_grid_sites(grid), nx = grid->n[2], half = nx / 2;
    double *all = front_scratch(sim->front, sites + nx + half), *line = all + sites;
    weft_view view = front_view(sim);
    int64_t r[MOST];
    weft_exact sums[MOST];
    const int n = distances(grid, r);
    for (int i = 0; i < n; i++)
        weft_exact_clear(&sums[i]);
    weft_view_gather(grid, &view, all);
    const double mean = difference ? 0.0 : mean_of(all, sites);
    WEFT_FOR_ROWS(grid, z, y) {
        const double *row = all + ((grid->start[0] + z) * grid->n[1] + grid->start[1] + y) * nx;
        for (int64_t x = 0; x < nx; x++)
            line[x] = row[x] - mean;
        memcpy(line + nx, line, (size_t)half * sizeof *line);
        add_row(grid, line, difference, n, r, sums);
    }
    weft_exact_allreduce(grid->comm, sums, n);
    for (int i = 0; i < n; i++) {
        int64_t count = grid->boundary[2] == WEFT_PERIODIC ? nx : nx - r[i];
        out[i] = weft_exact_value(&sums[i]) / ((double)(sites / nx) * (double)count);
    }
}

/* The height difference function: it grows as r^(2 alpha) and saturates at 2 W^2. */
weft_status front_correlation(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    correlate(sim, true, out);
    return WEFT_OK;
}

/* At r = 0 it would be W^2. */
weft_status front_covariance(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    correlate(sim, false, out);
    return WEFT_OK;
}
