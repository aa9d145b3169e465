/* Which sites are measured when an error is estimated.
 *
 * Errors of local solvers have long tails: a few sites, with a level next to mu or with a defect
 * just outside of their window, carry most of the mean square. Sites drawn at random miss them. So
 * every site first gets an indicator of its error (the caller's: how much its density changes from
 * one window to a larger one), and the sites are cut into four strata by rank of the indicator: the
 * sixteen largest, the rest of the top per cent, the rest of the top tenth, all others. The sixteen
 * are all samples, and stand for themselves alone: the largest of a class of many alike (sites of
 * one potential) say nothing of a class next to it, however close their indicators lie. From each
 * of the other strata as many are drawn at random, with weight (sites of the stratum)/(N *
 * samples), so that weighted means are unbiased.
 *
 * Invariant: the choice does not depend on the decomposition. Cuts lie between bins of a histogram
 * of whole numbers, within a stratum the order is that of a hash of the global site, and the
 * largest are ordered by indicator, then by hash. Sites of the bin in which the sixteenth lies that
 * are not among the sixteen belong to the second stratum. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { BINS = 4096, STRATA = 4, LEAST = 16 };

/* A site that may become a sample. */
typedef struct candidate {
    double size;  /* of the indicator, the largest come first; 0 where it does not matter */
    double order; /* then the least */
    int64_t site; /* global, x fastest; -1: none */
} candidate;

static const candidate nobody = {-1, 0, -1};

static bool comes_before(candidate a, candidate b)
{
    return a.size > b.size || (a.size == b.size && a.order < b.order);
}

/* What is not a number counts as the largest. */
static double size_of(double indicator)
{
    return indicator >= 0 ? fmin(indicator, 1e30) : 1e30;
}

/* Exponent and four bits of the mantissa of a float: rises with the value, and neighbouring
 * bins differ by six per cent at most. */
static int bin_of(double indicator)
{
    float x = (float)size_of(indicator);
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (int)(bits >> 19);
}

/* A random number in [0, 1) of a site, by the finaliser of splitmix64 (G. L. Steele, D.
 * Lea, C. H. Flood, OOPSLA 2014); another phase gives others. */
static double hashed(int64_t site, uint64_t phase)
{
    uint64_t x = (uint64_t)site * 0x9E3779B97F4A7C15u + (phase + 1) * 0xD1342543DE82EF95u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

/* The lowest bin of each stratum, and how many sites it has: from the largest indicators
 * down, until each share is full. */
static void cut(const weft_electron *e, const double *indicator, int low[STRATA],
                int64_t sites[STRATA])
{
    const el_private *p = e->own;
    int64_t *count = weft_alloc(BINS, sizeof *count);
    for (int64_t i = 0; i < p->local_sites; i++)
        count[bin_of(indicator[i])]++;
    MPI_Allreduce(MPI_IN_PLACE, count, BINS, MPI_INT64_T, MPI_SUM, e->grid->comm);
    const int64_t wanted[STRATA] = {LEAST, p->sites / 100, p->sites / 10, p->sites};
    int64_t sum = 0;
    int b = BINS;
    for (int s = 0; s < STRATA; s++) {
        int64_t before = sum;
        while (b > 0 && sum < wanted[s])
            sum += count[--b];
        low[s] = b;
        sites[s] = sum - before;
    }
    weft_free(count);
}

/* Insert into a sorted list of the first so many. */
static void keep(candidate *list, int *have, int most, candidate c)
{
    if (*have == most && !comes_before(c, list[most - 1]))
        return;
    int k = *have < most ? (*have)++ : most - 1;
    for (; k > 0 && comes_before(c, list[k - 1]); k--)
        list[k] = list[k - 1];
    list[k] = c;
}

/* x fastest, over the whole lattice: the same number on any number of ranks. */
static int64_t global_site(const weft_grid *g, int64_t i)
{
    int64_t x = i % g->local[2], y = i / g->local[2] % g->local[1],
            z = i / (g->local[2] * g->local[1]);
    return ((g->start[0] + z) * g->n[1] + g->start[1] + y) * g->n[2] + g->start[2] + x;
}

/* The strata, and the largest sites, which were taken before the others are drawn. */
typedef struct strata {
    int low[STRATA];       /* lowest bin of each */
    int64_t sites[STRATA]; /* how many it has */
    candidate largest[LEAST];
    int taken;
} strata;

static bool is_taken(const strata *t, int64_t site)
{
    for (int k = 0; k < t->taken; k++)
        if (t->largest[k].site == site)
            return true;
    return false;
}

/* Does a site belong to the stratum? The bins of the largest are also those of the second. */
static bool belongs(const strata *t, int stratum, int bin, int64_t site)
{
    const int above = stratum > 1 ? t->low[stratum - 1] : BINS;
    return bin >= t->low[stratum] && bin < above && !(bin >= t->low[0] && is_taken(t, site));
}

/* The first quota candidates of a stratum, of all ranks: each rank sends its own first
 * ones, and all choose from them alike. Every stratum has an order of its own, since of sites alike
 * the first ones are among the largest, and those that are left come late. */
static int choose(const weft_electron *e, const double *indicator, uint64_t phase, int stratum,
                  const strata *t, int quota, candidate *out)
{
    const weft_grid *g = e->grid;
    const uint64_t draw = phase + ((uint64_t)stratum << 48);
    int have = 0;
    for (int64_t i = 0; i < e->own->local_sites; i++) {
        const int bin = bin_of(indicator[i]);
        if (bin < t->low[stratum])
            continue;
        const int64_t site = global_site(g, i);
        if (belongs(t, stratum, bin, site))
            keep(out, &have, quota,
                 (candidate){stratum > 0 ? 0 : size_of(indicator[i]), hashed(site, draw), site});
    }
    for (int k = have; k < quota; k++)
        out[k] = nobody;
    candidate *all = weft_alloc((size_t)(quota * g->size), sizeof *all);
    MPI_Allgather(out, quota * (int)sizeof *out, MPI_BYTE, all, quota * (int)sizeof *out, MPI_BYTE,
                  g->comm);
    have = 0;
    for (int k = 0; k < quota * g->size; k++)
        if (all[k].site >= 0)
            keep(out, &have, quota, all[k]);
    weft_free(all);
    return have;
}

/* Candidates of a stratum become samples that stand for all of its sites. */
static void add_samples(const weft_electron *e, const candidate *list, int have, int stratum,
                        int64_t sites, el_samples *out)
{
    const int64_t *n = e->grid->n;
    for (int k = 0; k < have; k++) {
        const int64_t site = list[k].site, at = out->count++;
        out->weight[at] = (double)sites / (double)e->own->sites / have;
        out->stratum[at] = stratum;
        out->site[at][2] = site % n[2];
        out->site[at][1] = site / n[2] % n[1];
        out->site[at][0] = site / (n[2] * n[1]);
    }
}

/* Strata without sites leave their share to the others. */
void el_samples_choose(const weft_electron *e, const double *indicator, uint64_t phase,
                       el_samples *out)
{
    strata t = {.taken = 0};
    int filled = 0;
    candidate list[EL_SAMPLES];
    cut(e, indicator, t.low, t.sites);
    *out = (el_samples){0};
    t.taken = choose(e, indicator, phase, 0, &t, LEAST, t.largest);
    add_samples(e, t.largest, t.taken, 0, t.taken, out);
    t.sites[1] += t.sites[0] - t.taken;
    for (int s = 1; s < STRATA; s++)
        filled += t.sites[s] > 0;
    for (int s = 1; s < STRATA; s++) {
        if (t.sites[s] == 0)
            continue;
        const int quota = (EL_SAMPLES - out->count) / filled--;
        const int have = choose(e, indicator, phase, s, &t, quota, list);
        add_samples(e, list, have, s, t.sites[s], out);
    }
    for (int k = out->count; k < EL_SAMPLES; k++) /* lanes that are left, without weight */
        memcpy(out->site[k], out->site[0], sizeof out->site[k]);
}
