#include "parts.h"

static int64_t slab_thickness(int64_t n, int p)
{
    return (n + p - 1) / p;
}

void weft_part(weft_layout layout, int64_t n, int p, int i, int64_t *start, int64_t *local)
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

int weft_parts_used(weft_layout layout, int64_t n, int p)
{
    if (layout == WEFT_BLOCKS)
        return p;
    int64_t thick = slab_thickness(n, p);
    return (int)((n + thick - 1) / thick);
}

int64_t weft_parts_smallest(weft_layout layout, int64_t n, int p)
{
    int64_t start, local;
    weft_part(layout, n, p, weft_parts_used(layout, n, p) - 1, &start, &local);
    return local;
}

/* Points on the faces of the largest block that has neighbours across them. */
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

static bool choose_blocks(const int64_t n[3], int ranks, int procs[3])
{
    double best = -1;
    /* From many to few along the slow axes: of equal surfaces the one with contiguous faces wins.
     */
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

bool weft_parts_choose(int dim, const int64_t n[3], weft_layout layout, int ranks, int procs[3])
{
    if (layout == WEFT_BLOCKS)
        return choose_blocks(n, ranks, procs);
    procs[0] = procs[1] = procs[2] = 1;
    procs[3 - dim] = ranks;
    return ranks <= n[3 - dim];
}
