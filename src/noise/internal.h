/* Private to src/noise: Philox over many blocks at once. */
#ifndef WEFT_NOISE_INTERNAL_H
#define WEFT_NOISE_INTERNAL_H

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

#endif
