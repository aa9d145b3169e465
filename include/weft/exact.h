/* Exact sums of doubles: the result is the correctly rounded sum, so it does not depend on the
 * order of the terms, on the decomposition or on the number of ranks.
 * Method: small superaccumulator (R. M. Neal, arXiv:1505.05571). */
#ifndef WEFT_EXACT_H
#define WEFT_EXACT_H

#include "weft/declare.h"
#include <mpi.h>
#include <stdint.h>

WEFT_DECLARE_BEGIN

/* Chunks of 32 bits: 65 for the whole range of doubles, the others for carries beyond it. */
enum { WEFT_EXACT_CHUNKS = 70 };

typedef struct weft_exact {
    int64_t chunk[WEFT_EXACT_CHUNKS]; /* 32 bits apart, signed, carries not yet moved */
    int64_t adds_left;                /* until carries must be moved */
    int64_t special[3];               /* how many +inf, -inf, nan */
} weft_exact;

/* Start at zero. Local. */
void weft_exact_clear(weft_exact *sum);

/* Add n doubles, or the n products x[i]*y[i] (each product rounded to double first, which does not
 * depend on order either). Local. */
void weft_exact_add(weft_exact *sum, const double *x, int64_t n);
void weft_exact_add_products(weft_exact *sum, const double *x, const double *y, int64_t n);

/* Add the squares of d = x[i] - shift to sums[0]; with highest_power 4, which may be 2 or 4, also
 * d^2 d to sums[1] and d^2 d^2 to sums[2], each product rounded. Local. */
void weft_exact_add_powers(weft_exact *sums, int highest_power, const double *x, double shift,
                           int64_t n);

/* The correctly rounded sum (inf or nan if the terms say so). Local. */
double weft_exact_value(weft_exact *sum);

/* Replace each of count sums by its total over comm, on every rank. Collective. */
void weft_exact_allreduce(MPI_Comm comm, weft_exact *sums, int count);

WEFT_DECLARE_END

#endif
