/* Averages over replicas, in an order that does not depend on who computed them.
 *
 * Mean and sum of squared deviations (m2) are updated one replica at a time (B. P. Welford,
 * Technometrics 4, 419 (1962)) and merged block by block (T. F. Chan, G. H. Golub, R. J.
 * LeVeque, The American Statistician 37, 242 (1983)). Both avoid the difference of two
 * large sums, sum x^2 - (sum x)^2/n, which loses all digits where the mean is large
 * compared with the scatter.
 *
 * Invariant: floating-point sums depend on their order, so the order is fixed: replicas
 * within a block by their number, blocks by theirs. Then the bits of mean and m2 are those
 * of the input, on any number of ranks, and also after a resume, which goes on from the
 * stored mean, m2 and count.
 *
 *       replica  0 1 2 3 | 4 5 6 7 | 8 9        one after the other within a block (Welford)
 *       block        0   |    1    |  2         merged as (0 + 1) + 2 (Chan)
 *
 * However many groups of ranks work on the blocks, and whichever ends first, this is the order. */
#include "average.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* n numbers each, such as all records of a replica. Memory comes as zeros. */
void ens_average_init(ens_average *a, int64_t n)
{
    a->count = 0;
    a->n = n;
    a->mean = weft_alloc((size_t)n, sizeof *a->mean);
    a->m2 = weft_alloc((size_t)n, sizeof *a->m2);
}

void ens_average_free(ens_average *a)
{
    weft_free(a->mean);
    weft_free(a->m2);
    *a = (ens_average){0};
}

void ens_average_clear(ens_average *a)
{
    a->count = 0;
    memset(a->mean, 0, (size_t)a->n * sizeof *a->mean);
    memset(a->m2, 0, (size_t)a->n * sizeof *a->m2);
}

/* Welford's update. x[i] - mean is taken before and after the mean moves: the product of
 * the two is what keeps m2 exact in real arithmetic and never negative in floating point. */
void ens_average_add(ens_average *a, const double *x, int64_t from)
{
    double share = 1.0 / (double)++a->count;
    for (int64_t i = from; i < a->n; i++) {
        double before = x[i] - a->mean[i];
        a->mean[i] += before * share;
        a->m2[i] += before * (x[i] - a->mean[i]);
    }
}

/* Add count values of which mean and m2 are known. A block without values (all its replicas
 * failed) changes nothing. */
void ens_average_merge(ens_average *a, int64_t count, const double *mean, const double *m2)
{
    if (count == 0)
        return;
    double total = (double)(a->count + count);
    double share = (double)count / total, weight = (double)a->count * share;
    for (int64_t i = 0; i < a->n; i++) {
        double difference = mean[i] - a->mean[i];
        a->mean[i] += difference * share;
        a->m2[i] += m2[i] + difference * difference * weight;
    }
    a->count += count;
}

/* sqrt(variance/n) with the unbiased variance m2/(n - 1). One value says nothing about its
 * scatter: nan, and not zero. */
double ens_average_error(const ens_average *a, int64_t i)
{
    double n = (double)a->count;
    return n > 1 ? sqrt(a->m2[i] / (n - 1) / n) : NAN;
}

/* sqrt((n - 1)/n sum (x_i - mean)^2), see B. Efron, The Jackknife, the Bootstrap and Other
 * Resampling Plans, SIAM (1982), chapter 3. For the mean of equal blocks it equals the
 * standard error computed from the block means. */
double ens_jackknife_error(const double *left_out, int n)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < n; i++)
        mean += left_out[i] / n;
    for (int i = 0; i < n; i++)
        sum += (left_out[i] - mean) * (left_out[i] - mean);
    return n > 1 ? sqrt(sum * (n - 1) / n) : NAN;
}
