/* Reductions over fields, in a fixed order: results do not depend on the number of ranks. */
#ifndef WEFT_OBSERVE_H
#define WEFT_OBSERVE_H

#include "weft/declare.h"
#include "weft/exact.h"
#include "weft/state.h"

WEFT_DECLARE_BEGIN

/* Collective functions are so over comm or the communicator of grid; they give every rank the same
 * result and cannot fail. Those that add doubles use exact sums. f must be a view of a field of the
 * same grid on every rank. */

/* Sum, and sum of products, of all values of views of equal shape. Collective. */
double weft_view_sum(MPI_Comm comm, const weft_view *f);
double weft_view_dot(MPI_Comm comm, const weft_view *f, const weft_view *g);

/* Sum over sites of row kernels: for each local row, fill(context, z, y, n, out) writes n values
 * (n = local[2]); the exact sum of all of them is returned. The row buffer is kept between calls.
 * Collective. */
typedef void weft_row_kernel(void *context, int64_t z, int64_t y, int64_t n, double *out);
double weft_rows_sum(const weft_grid *grid, weft_row_kernel *fill, void *context);

/* count sums at once (at most 16): fill writes count blocks of n values one after the other.
 * Collective. */
void weft_rows_sums(const weft_grid *grid, int count, weft_row_kernel *fill, void *context,
                    double *sums);

/* Central moments of a view: mean, and mean of (f-mean)^p for p = 2, 3, 4; all three are 0 where f
 * differs from its mean by rounding alone. out: 4 values. Collective. */
void weft_view_moments(MPI_Comm comm, const weft_view *f, int64_t sites, double *out);
/* The second of them alone: the same bits, in half the time. Collective. */
double weft_view_variance(MPI_Comm comm, const weft_view *f, int64_t sites);

/* Replace each of n counts by its total over comm, on every rank. Collective. */
void weft_counts_sum(MPI_Comm comm, int64_t *counts, int n);
/* Likewise by the largest one. Collective. */
void weft_counts_max(MPI_Comm comm, int64_t *counts, int n);

/* Extremes; nan if any value is. Collective. */
double weft_view_max(MPI_Comm comm, const weft_view *f);
double weft_view_min(MPI_Comm comm, const weft_view *f);

/* The value at a global site, on every rank. Collective. */
double weft_view_at(const weft_grid *grid, const weft_view *f, const int64_t site[3]);

/* Counts of values in bins equal parts of [low, high); values outside fall into the first or last.
 * out: bins. Returns how many values are nan, which are in no bin. Collective. */
int64_t weft_view_histogram(MPI_Comm comm, const weft_view *f, double low, double high, int bins,
                            int64_t *out);

/* The whole field on every rank: out gets n[0]*n[1]*n[2] values, x fastest. For observables of one
 * dimension that need the line as one. At most 2^31 sites. Collective. */
void weft_view_gather(const weft_grid *grid, const weft_view *f, double *out);

/* ---- time series, for reductions of scans; records that are nan do not count ---- */

/* Mean of the records with time >= share * last time (0 <= share < 1; the last time is that of the
 * last record that is not nan); nan if there is none. Local. */
double weft_series_late_mean(int64_t n, const double *time, const double *x, double share);

/* d ln x/d ln t by least squares over the records with time >= last time / factor (factor > 1);
 * records with x <= 0 do not count; nan if fewer than two are left. Local. */
double weft_series_log_slope(int64_t n, const double *time, const double *x, double factor);

/* Angular frequency (radians per unit of time) of the largest power of the records with time >=
 * share * last time: mean taken off, Hann window, a parabola through the logarithms of the powers
 * beside the largest one. nan if there are fewer than 16 records, if they are not equidistant, or
 * if the lowest or highest frequency has the largest power. Local. */
double weft_series_peak_omega(int64_t n, const double *time, const double *x, double share);

WEFT_DECLARE_END

#endif
