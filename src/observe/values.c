/* Extremes, single values, counts, and whole fields, over all ranks.
 *
 * Invariant: these results depend on no order: a maximum, a sum of integers, and a copy are the
 * same for any decomposition. All functions are collective. */
#include "internal.h"
#include "weft/lanes.h"
#include "weft/timing.h"
#include <math.h>
#include <string.h>

enum { LANES = WEFT_LANES };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t int_lanes __attribute__((vector_size(LANES * sizeof(int64_t))));
typedef double row_lanes
    __attribute__((vector_size(LANES * sizeof(double)), aligned(8), may_alias));

/* The running maximum of each lane, and which lanes have met a nan. */
struct peak {
    lanes most;
    int_lanes nan;
};

/* The lanes are written as vectors, with masks for the choice, because the compiler makes none of
 * a comparison that must not lose a nan. The comparison is false for a nan: most keeps its value.
 */
static struct peak climb(struct peak p, lanes v)
{
    const int_lanes higher = v > p.most;
    p.most = (lanes)(((int_lanes)v & higher) | ((int_lanes)p.most & ~higher));
    p.nan |= v != v;
    return p;
}

/* The largest of sign * f: the maximum for sign 1, minus the minimum for -1. nan if any value is
 * nan; a comparison alone would ignore nan, and MPI_MAX may do either, so nan is counted apart. A
 * maximum is the same in any order: the end of a row goes into lane 0. */
static double extreme(MPI_Comm comm, const weft_view *f, double sign)
{
    const weft_activity before = weft_timing_enter(WEFT_REDUCTIONS);
    struct peak p = {.most = (lanes){0} - INFINITY};
    WEFT_FOR_ROWS(f, z, y) {
        const double *row = weft_row(f, z, y);
        int64_t x = 0;
        for (; x + LANES <= f->local[2]; x += LANES)
            p = climb(p, sign * (lanes) * (const row_lanes *)(row + x));
        for (; x < f->local[2]; x++) {
            lanes rest = p.most;
            rest[0] = sign * row[x];
            p = climb(p, rest);
        }
    }
    double result[2] = {-INFINITY, 0.0};
    for (int l = 0; l < LANES; l++) {
        result[0] = fmax(result[0], p.most[l]);
        result[1] = p.nan[l] ? 1.0 : result[1];
    }
    MPI_Allreduce(MPI_IN_PLACE, result, 2, MPI_DOUBLE, MPI_MAX, comm);
    weft_timing_leave(before);
    return result[1] > 0.0 ? NAN : sign * result[0];
}

/* The sign is exact, so the two need one loop only. */
double weft_view_max(MPI_Comm comm, const weft_view *f)
{
    return extreme(comm, f, 1.0);
}

double weft_view_min(MPI_Comm comm, const weft_view *f)
{
    return extreme(comm, f, -1.0);
}

/* The rank that owns the site gives the 64 bits of the value and all others zeros: their sum as
 * integers is the value itself, a nan or a -0 included, and nobody needs to know which rank owns
 * the site. */
double weft_view_at(const weft_grid *grid, const weft_view *f, const int64_t site[3])
{
    int64_t at[3], bits = 0;
    bool mine = true;
    for (int a = 0; a < 3; a++) {
        WEFT_ASSERT(site[a] >= 0 && site[a] < grid->n[a]);
        at[a] = site[a] - grid->start[a];
        mine = mine && at[a] >= 0 && at[a] < grid->local[a];
    }
    if (mine)
        memcpy(&bits, weft_row(f, at[0], at[1]) + at[2], sizeof bits);
    MPI_Allreduce(MPI_IN_PLACE, &bits, 1, MPI_INT64_T, MPI_SUM, grid->comm);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The bins of n values. The comparisons come before the conversion to int, so a value far outside
 * cannot overflow it. nan falls into no bin: they are counted, and their bin is 0. */
static int find_bins(const double *restrict x, int n, double low, double scale, int bins,
                     int *restrict bin)
{
    const double last = bins - 1;
    int strange = 0;
    for (int i = 0; i < n; i++) {
        const double b = (x[i] - low) * scale, c = b > 0.0 ? b : 0.0;
        bin[i] = (int)(c < last ? c : last);
        strange += b != b;
    }
    return strange;
}

int64_t weft_view_histogram(MPI_Comm comm, const weft_view *f, double low, double high, int bins,
                            int64_t *out)
{
    enum { PART = 512 };
    const double scale = bins / (high - low);
    int64_t strange = 0;
    int bin[PART];
    memset(out, 0, (size_t)bins * sizeof *out);
    WEFT_FOR_ROWS(f, z, y) {
        const double *row = weft_row(f, z, y);
        for (int64_t x = 0; x < f->local[2]; x += PART) {
            const int n = f->local[2] - x < PART ? (int)(f->local[2] - x) : PART;
            strange += find_bins(row + x, n, low, scale, bins, bin);
            for (int i = 0; i < n; i++)
                out[bin[i]]++;
        }
    }
    out[0] -= strange;
    MPI_Allreduce(MPI_IN_PLACE, out, bins, MPI_INT64_T, MPI_SUM, comm);
    MPI_Allreduce(MPI_IN_PLACE, &strange, 1, MPI_INT64_T, MPI_SUM, comm);
    return strange;
}

/* Integers: the total is the same in any order, and exact. */
void weft_counts_sum(MPI_Comm comm, int64_t *counts, int n)
{
    MPI_Allreduce(MPI_IN_PLACE, counts, n, MPI_INT64_T, MPI_SUM, comm);
}

/* MPI_MAX of integers has no nan to lose, other than for doubles (extreme). */
void weft_counts_max(MPI_Comm comm, int64_t *counts, int n)
{
    MPI_Allreduce(MPI_IN_PLACE, counts, n, MPI_INT64_T, MPI_MAX, comm);
}

/* The blocks of all ranks lie in `packed` one after the other; put each row where it belongs in the
 * whole field. */
static void unpack(const weft_grid *grid, const double *packed, double *out)
{
    for (int rank = 0; rank < grid->size; rank++) {
        int64_t start[3], local[3];
        weft_grid_block(grid, rank, start, local);
        for (int64_t z = 0; z < local[0]; z++)
            for (int64_t y = 0; y < local[1]; y++) {
                int64_t row = (start[0] + z) * grid->n[1] + start[1] + y;
                memcpy(out + row * grid->n[2] + start[2], packed,
                       (size_t)local[2] * sizeof *packed);
                packed += local[2];
            }
    }
}

/* One buffer holds this rank's block, all blocks, and the counts that MPI wants (as int: a pair of
 * them fits into a double). */
void weft_view_gather(const weft_grid *grid, const weft_view *f, double *out)
{
    const int64_t sites = weft_grid_sites(grid), mine = weft_grid_local_sites(grid);
    WEFT_ASSERT(sites <= INT32_MAX);
    if (grid->size == 1) {
        WEFT_FOR_ROWS(f, z, y)
            memcpy(out + weft_owned_row(grid, z, y), weft_row(f, z, y),
                   (size_t)f->local[2] * sizeof *out);
        return;
    }
    double *send = obs_scratch(mine + sites + grid->size), *packed = send + mine;
    int *count = (int *)(packed + sites), *place = count + grid->size;
    WEFT_FOR_ROWS(f, z, y)
        memcpy(send + weft_owned_row(grid, z, y), weft_row(f, z, y),
               (size_t)f->local[2] * sizeof *send);
    for (int rank = 0, total = 0; rank < grid->size; rank++) {
        int64_t start[3], local[3];
        weft_grid_block(grid, rank, start, local);
        count[rank] = (int)(local[0] * local[1] * local[2]);
        place[rank] = total;
        total += count[rank];
    }
    MPI_Allgatherv(send, (int)mine, MPI_DOUBLE, packed, count, place, MPI_DOUBLE, grid->comm);
    unpack(grid, packed, out);
}
