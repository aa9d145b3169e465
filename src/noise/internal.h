/* Private to src/noise: Philox over many blocks at once; the making of noise with memory. */
#ifndef WEFT_NOISE_INTERNAL_H
#define WEFT_NOISE_INTERNAL_H

#include "weft/coloured.h"
#include "weft/noise.h"

/* TILE: sites of a tile. BATCH: most blocks that are made at once. BLOCKS_32, BLOCKS_64: blocks of
 * a tile where each site takes one word of 32 bits (normals), or two (uniforms). */
enum { TILE = 64, BATCH = 64, BLOCKS_32 = TILE / 4, BLOCKS_64 = TILE / 2 };

/* The words of up to BATCH blocks: word[w][i] is word w of block i. */
typedef struct noise_words4 {
    uint64_t word[4][BATCH]; /* 32 bits in each */
} noise_words4;

/* Blocks first .. first + count - 1 (count at most BATCH, a multiple of WEFT_LANES) of a stream and
 * step. Local. */
void noise_blocks(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                  int count, noise_words4 *out);

/* A law: writes the values of `tiles` consecutive tiles, from tile number `first` on, into out,
 * TILE values for each. Local. */
typedef void noise_tiles(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                         int tiles, double *out);

/* Normals in single precision, stored as doubles. Local. */
noise_tiles noise_tiles_single;

/* ---- noise with memory ---- */

enum { NOISE_FACTOR = WEFT_COLOURED_MODES + 1 };

/* A larger relative error of the variance is refused. */
#define NOISE_REFUSED 0.01

/* Lower factor f of a covariance c (n rows) with pivots; returns its columns. pivot: the row of
 * each, NULL: not wanted. Local. */
int noise_factor(int n, double c[][NOISE_FACTOR], int first, double f[][NOISE_FACTOR], int *pivot);
/* The integral of exp(-g s) from 0 to t. Local. */
double noise_decayed(double g, double t);

/* Rates and weights of fractional noise by out->spec (fractional.c). Errors: those of
 * weft_coloured_make. Local. */
weft_status noise_fractional(weft_coloured *out);
/* The weights for given rates (out->modes, out->rate) by least squares over n times with their
 * weights; with a Wiener part if asked. Returns the least weighted mean square error over that of
 * <X^2>. Local. */
double noise_fit(weft_coloured *out, bool wiener, int n, const double *time, const double *weight);
/* The gamma function for 0 < x < 4; the incomplete ones for 0 < s < 2, x >= 0: the regularised
 * lower P(s, x), and exp(x) times the regularised upper, exp(x) Q(s, x). Local. */
double noise_gamma(double x);
double noise_gamma_lower(double s, double x);
double noise_gamma_upper(double s, double x);

#endif
