/* How many parts each axis of a grid is cut into.
 *
 * All factorisations of the number of ranks are tried. Blocks: the smallest surface wins, since
 * halos are what costs; pencils (blocks that are whole along x, for transforms in three
 * dimensions): the least data and messages in the two exchanges of a transform.
 *
 * Invariants: (1) The choice is a function of the sizes and of the number of ranks alone, and its
 * arithmetic is the same on every rank; so ranks agree without a message, and a run that is resumed
 * on as many ranks has the same blocks. (2) Parts of an axis are contiguous, in order, disjoint,
 * and cover it. (3) With slabs the last parts may be empty, with the other layouts each part has a
 * point.
 *
 * Example: 10 points on 4 ranks. Slabs (thickness 3): 3, 3, 3, 1. Blocks and pencils: 3, 3, 2, 2.
 */
#include "parts.h"

/* Points of a full slab, rounded up: the convention of FFTW-MPI for its default block size (FFTW
 * manual, section 6.4). */
static int64_t slab_thickness(int64_t n, int p)
{
    return (n + p - 1) / p;
}

/* Slabs: full ones first, then one smaller one, then empty ones. Others: sizes differ by at most
 * one, the larger parts first. */
void weft_grid_part(weft_layout layout, int64_t n, int p, int i, int64_t *start, int64_t *local)
{
    if (layout == WEFT_SLAB) {
        int64_t thick = slab_thickness(n, p);
        *start = thick * i < n ? thick * i : n;
        *local = n - *start < thick ? n - *start : thick;
    } else {
        int64_t each = n / p, more = n % p;
        *start = each * i + (i < more ? i : more);
        *local = each + (i < more);
    }
}

/* Slabs may need fewer parts than there are: 5 points on 4 ranks are slabs of 2, 2, 1 and 0 points.
 */
int grid_parts_used(weft_layout layout, int64_t n, int p)
{
    if (layout != WEFT_SLAB)
        return p;
    int64_t thick = slab_thickness(n, p);
    return (int)((n + thick - 1) / thick);
}

/* Parts never grow along the axis, so the last one that has points is the smallest. */
int64_t grid_parts_smallest(weft_layout layout, int64_t n, int p)
{
    int64_t start, local;
    weft_grid_part(layout, n, p, grid_parts_used(layout, n, p) - 1, &start, &local);
    return local;
}

/* Points on the faces of the largest block that has neighbours across them. Axes that are not cut
 * need no message, so their faces do not count. */
static double surface(const int64_t n[3], const int procs[3])
{
    double sum = 0;
    for (int a = 0; a < 3; a++) {
        if (procs[a] == 1)
            continue;
        double face = 1;
        for (int b = 0; b < 3; b++)
            if (b != a)
                face *= (double)((n[b] + procs[b] - 1) / procs[b]);
        sum += face;
    }
    return sum;
}

/* Counts down from the most parts along the slowest axis, so that among equals the first one found
 * has the most there. */
static bool choose_blocks(const int64_t n[3], int ranks, int procs[3])
{
    double best = -1;
    /* Try the most ranks along the slowest axis first; ties go to the first trial. Faces across the
     * slowest axis are contiguous in memory, so they are the cheapest to pack. */
    for (int p0 = ranks < n[0] ? ranks : (int)n[0]; p0 >= 1; p0--) {
        if (ranks % p0 != 0)
            continue;
        int rest = ranks / p0;
        for (int p1 = rest < n[1] ? rest : (int)n[1]; p1 >= 1; p1--) {
            if (rest % p1 != 0 || rest / p1 > n[2])
                continue;
            int trial[3] = {p0, p1, rest / p1};
            double cost = surface(n, trial);
            if (best < 0 || cost < best) {
                best = cost;
                for (int a = 0; a < 3; a++)
                    procs[a] = trial[a];
            }
        }
    }
    return best >= 0;
}

/* Points of the largest of p parts of n points. */
static double largest(int64_t n, int p)
{
    return (double)((n + p - 1) / p);
}

/* The values of the rank that has most before, between and after the two exchanges of a transform
 * with real values along x (two values a mode), and what its messages cost. */
static double pencil_cost(const int64_t n[3], int p0, int p1)
{
    const double message = 1000; /* in values: docs/dev/grid.md, cost */
    double modes = 2 * largest(n[2] / 2 + 1, p1);
    return largest(n[0], p0) * (largest(n[1], p1) * (double)n[2] + (double)n[1] * modes) +
           (double)n[0] * largest(n[1], p0) * modes + message * (p0 + p1);
}

/* Each rank needs a point of z before the exchanges and one of y after them, so both are bounds. */
static bool choose_pencils(const int64_t n[3], int ranks, int procs[3])
{
    double best = -1;
    for (int p0 = ranks < n[0] ? ranks : (int)n[0]; p0 >= 1; p0--) {
        if (ranks % p0 != 0 || ranks / p0 > n[1])
            continue;
        double cost = pencil_cost(n, p0, ranks / p0);
        if (best < 0 || cost < best) {
            best = cost;
            procs[0] = p0;
            procs[1] = ranks / p0;
            procs[2] = 1;
        }
    }
    return best >= 0;
}

/* Slabs cost one exchange in a transform and pencils two, so slabs are taken while there are enough
 * of them. */
bool grid_parts_choose(int dim, const int64_t n[3], weft_layout *layout, int ranks, int procs[3])
{
    if (*layout == WEFT_TRANSFORM)
        *layout = dim == 3 && ranks > n[0] ? WEFT_PENCIL : WEFT_SLAB;
    if (*layout == WEFT_BLOCKS)
        return choose_blocks(n, ranks, procs);
    if (*layout == WEFT_PENCIL)
        return choose_pencils(n, ranks, procs);
    procs[0] = procs[1] = procs[2] = 1;
    procs[3 - dim] = ranks;
    return ranks <= n[3 - dim];
}
