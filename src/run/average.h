/* Averages over replicas: mean and sum of squared deviations, updated one replica at a time
 * (Welford 1962) and merged block by block (Chan, Golub, LeVeque 1983). All local. */
#ifndef WEFT_RUN_AVERAGE_H
#define WEFT_RUN_AVERAGE_H

#include <stdint.h>

typedef struct weft_average {
    int64_t count; /* replicas */
    int64_t n;     /* numbers each */
    double *mean, *m2;
} weft_average;

void weft_average_init(weft_average *average, int64_t n);
void weft_average_free(weft_average *average);
void weft_average_clear(weft_average *average);
void weft_average_add(weft_average *average, const double *x);
void weft_average_merge(weft_average *average, int64_t count, const double *mean, const double *m2);
/* Standard error of the mean of number i; nan for one replica. */
double weft_average_error(const weft_average *average, int64_t i);
/* Jackknife error from n estimates, each with one block left out. */
double weft_jackknife_error(const double *left_out, int n);

#endif
