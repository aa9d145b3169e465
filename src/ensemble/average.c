/* Averages over replicas, in an order that does not depend on who computed them.
 *
 * Mean and sum of squared deviations are updated one replica at a time (Welford 1962) and merged
 * block by block (Chan, Golub, LeVeque 1983). The order of replicas in a block, and of blocks, is
 * fixed, so that the bits are. */
#include "average.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

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

void ens_average_add(ens_average *a, const double *x)
{
    double share = 1.0 / (double)++a->count;
    for (int64_t i = 0; i < a->n; i++) {
        double before = x[i] - a->mean[i];
        a->mean[i] += before * share;
        a->m2[i] += before * (x[i] - a->mean[i]);
    }
}

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

double ens_average_error(const ens_average *a, int64_t i)
{
    double n = (double)a->count;
    return n > 1 ? sqrt(a->m2[i] / (n - 1) / n) : NAN;
}

double ens_jackknife_error(const double *left_out, int n)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < n; i++)
        mean += left_out[i] / n;
    for (int i = 0; i < n; i++)
        sum += (left_out[i] - mean) * (left_out[i] - mean);
    return n > 1 ? sqrt(sum * (n - 1) / n) : NAN;
}
