/* Which sites are measured when an error is estimated.
 *
 * Errors of local solvers have long tails: a few sites, with a level next to mu or with a defect
 * just outside of their window, carry most of the mean square. Sites drawn at random miss them. So
 * every site first gets an indicator of its error (the caller's: how much its density changes from
 * one window to a larger one), and the sites are cut into four strata by rank of the indicator: the
 * largest ones, the rest of the top per cent, the rest of the top tenth, all others. Each stratum
 * gives the same number of samples, with weight (sites of the stratum)/(N * samples), so that
 * weighted means are unbiased and the largest are among the samples.
 *
 * Invariant: the choice does not depend on the decomposition. Cuts lie between bins of a histogram
 * of whole numbers, within a stratum the order is that of a hash of the global site, and the
 * largest are ordered by indicator, then by hash. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { BINS = 4096, STRATA = 4, LEAST = 16 };

/* A site that may become a sample. */
typedef struct candidate {
    double order; /* the least come first */
    int64_t site; /* global, x fastest */
} candidate;

/* Exponent and four bits of the mantissa of a float: rises with the value, and neighbouring
 * bins differ by six per cent at most. What is not a number counts as the largest. */
static int bin_of(double indicator)
{
    float x = indicator >= 0 ? (float)fmin(indicator, 1e30) : 1e30f;
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
    int k = *have < most ? (*have)++ : most - 1;
    if (k == most - 1 && *have == most && list[k].site >= 0 && !(c.order < list[k].order))
        return;
    for (; k > 0 && c.order < list[k - 1].order; k--)
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

/* The first quota candidates of a stratum, of all ranks: each rank sends its own first
 * ones, and all choose from them alike. */
static int choose(const weft_electron *e, const double *indicator, uint64_t phase, int stratum,
                  const int low[STRATA], int quota, candidate *out)
{
    const weft_grid *g = e->grid;
    int size = g->size, have = 0;
    for (int k = 0; k < quota; k++)
        out[k] = (candidate){INFINITY, -1};
    for (int64_t i = 0; i < e->own->local_sites; i++) {
        int b = bin_of(indicator[i]);
        if (b < low[stratum] || (stratum > 0 && b >= low[stratum - 1]))
            continue;
        int64_t site = global_site(g, i);
        double order = hashed(site, phase);
        if (stratum == 0)
            order -= 1e6 * indicator[i];
        keep(out, &have, quota, (candidate){order, site});
    }
    candidate *all = weft_alloc((size_t)(quota * size), sizeof *all);
    MPI_Allgather(out, quota * (int)sizeof *out, MPI_BYTE, all, quota * (int)sizeof *out, MPI_BYTE,
                  g->comm);
    have = 0;
    for (int k = 0; k < quota; k++)
        out[k] = (candidate){INFINITY, -1};
    for (int k = 0; k < quota * size; k++)
        if (all[k].site >= 0)
            keep(out, &have, quota, all[k]);
    weft_free(all);
    return have;
}

/* Strata without sites leave their share to the others. */
void el_samples_choose(const weft_electron *e, const double *indicator, uint64_t phase,
                       el_samples *out)
{
    const weft_grid *g = e->grid;
    int low[STRATA], strata = 0, at = 0;
    int64_t sites[STRATA];
    candidate list[EL_SAMPLES];
    cut(e, indicator, low, sites);
    for (int s = 0; s < STRATA; s++)
        strata += sites[s] > 0;
    *out = (el_samples){0};
    for (int s = 0; s < STRATA; s++) {
        if (sites[s] == 0)
            continue;
        int quota = (EL_SAMPLES - at) / strata--;
        int have = choose(e, indicator, phase, s, low, quota, list);
        for (int k = 0; k < have; k++, at++) {
            int64_t site = list[k].site;
            out->weight[at] = (double)sites[s] / (double)e->own->sites / have;
            out->stratum[at] = s;
            out->site[at][2] = site % g->n[2];
            out->site[at][1] = site / g->n[2] % g->n[1];
            out->site[at][0] = site / (g->n[2] * g->n[1]);
        }
    }
    out->count = at; /* lanes that are left repeat the first site, without weight */
    for (int k = at; k < EL_SAMPLES; k++)
        memcpy(out->site[k], out->site[0], sizeof out->site[k]);
}
