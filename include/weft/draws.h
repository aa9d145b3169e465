/* A sequence of random numbers: as many as wanted at a site and step, where the number that is
 * needed is not known beforehand (rejection, events of a cell).
 *
 * It is a pure function of (seed, replica, use, step, site), so it depends neither on the ranks nor
 * on the order in which sites are worked on; sequences of different arguments have no Philox block
 * in common with each other or with the streams of weft/noise.h (docs/dev/noise.md has the layout).
 * The laws use weft/vmath.h alone: the same bits on every CPU. All functions here are local. */
#ifndef WEFT_DRAWS_H
#define WEFT_DRAWS_H

#include "weft/declare.h"
#include "weft/noise.h"
#include <stdbool.h>

WEFT_DECLARE_BEGIN

/* What a sequence is for; sites are below 2^40. */
typedef enum weft_draws_use {
    WEFT_DRAWS_DP,       /* directed percolation: the law of a cell in a step */
    WEFT_DRAWS_REACT,    /* reactions of a site between hops */
    WEFT_DRAWS_PICKS,    /* Monte Carlo steps: the picks of an area, instead of a site */
    WEFT_DRAWS_ORDER,    /* orders of areas */
    WEFT_DRAWS_SHOW,     /* reactions of a site in a state that is shown and thrown away */
    WEFT_DRAWS_HOP = 16, /* + 3 species + axis: hops from a site */
    WEFT_DRAWS_USES = 128
} weft_draws_use;

enum { WEFT_DRAWS_BATCH = 64 }; /* most blocks that are made at once */

/* Begun by weft_draws_begin, then used by the functions below; nothing to free. noise must outlive
 * it. */
typedef struct weft_draws {
    const weft_noise *noise;
    uint64_t step, block; /* block: the next one */
    uint32_t stream;
    int used, made; /* words of this batch */
    uint32_t word[4 * WEFT_DRAWS_BATCH];
} weft_draws;

/* Begin the sequence of one use (below WEFT_DRAWS_USES), step and site (below 2^40). */
void weft_draws_begin(weft_draws *draws, const weft_noise *noise, int use, uint64_t step,
                      uint64_t site);

/* Make the next batch of words; the functions below call it. */
void weft_draws_refill(weft_draws *draws);

/* The next 32 random bits. */
static inline uint32_t weft_draws_word(weft_draws *draws)
{
    if (draws->used == draws->made)
        weft_draws_refill(draws);
    return draws->word[draws->used++];
}

/* A uniform number in (0, 1): (j + 1/2) 2^-52 with j the upper 52 bits of two words. */
static inline double weft_draws_uniform(weft_draws *draws)
{
    uint64_t high = weft_draws_word(draws), low = weft_draws_word(draws);
    return ((double)(high << 20 | low >> 12) + 0.5) * 0x1p-52;
}

/* A whole number from 0 to n - 1, all equally likely within n 2^-64. */
static inline int64_t weft_draws_below(weft_draws *draws, int64_t n)
{
    uint64_t high = weft_draws_word(draws), low = weft_draws_word(draws);
    return (int64_t)((unsigned __int128)(high << 32 | low) * (uint64_t)n >> 64);
}

/* A normal number of mean 0 and variance 1. */
double weft_draws_normal(weft_draws *draws);

/* A number of the exponential law of mean 1. */
double weft_draws_exponential(weft_draws *draws);

/* A whole number of the law of Poisson; 0 <= mean <= 1e16. */
double weft_draws_poisson(weft_draws *draws, double mean);

/* A number of the gamma law, of density x^(shape - 1) exp(-x)/Gamma(shape); shape > 0. */
double weft_draws_gamma(weft_draws *draws, double shape);

/* How many of n trials succeed, each with probability p; 0 <= n <= 1e15, 0 <= p <= 1. */
double weft_draws_binomial(weft_draws *draws, int64_t n, double p);

WEFT_DECLARE_END

#endif
