/* Averages over replicas: mean and sum of squared deviations, updated one replica at a time
 * (Welford 1962) and merged block by block (Chan, Golub, LeVeque 1983). All local. */
#ifndef WEFT_ENSEMBLE_AVERAGE_H
#define WEFT_ENSEMBLE_AVERAGE_H

#include <stdint.h>

typedef struct ens_average {
    int64_t count; /* replicas */
    int64_t n;     /* numbers each */
    double *mean, *m2;
} ens_average;

/* Room for n numbers, no values yet; free with ens_average_free. */
void ens_average_init(ens_average *average, int64_t n);
void ens_average_free(ens_average *average);
/* Back to no values; the room stays. */
void ens_average_clear(ens_average *average);
/* Add the n numbers of one replica, of which those before from are in the averages already. */
void ens_average_add(ens_average *average, const double *x, int64_t from);
/* Add count replicas of which the means and the sums of squared deviations (n numbers each)
 * are known. */
void ens_average_merge(ens_average *average, int64_t count, const double *mean, const double *m2);
/* Standard error of the mean of number i; nan for fewer than two replicas. */
double ens_average_error(const ens_average *average, int64_t i);
/* Jackknife error from n estimates, each with one block left out; nan for fewer than two. */
double ens_jackknife_error(const double *left_out, int n);

#endif
