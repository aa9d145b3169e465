/* Private to src/noise: Philox over many blocks at once. */
#ifndef WEFT_NOISE_INTERNAL_H
#define WEFT_NOISE_INTERNAL_H

#include "weft/noise.h"

/* Sites of a tile; blocks that are made at once; blocks of a tile of normals and words (one word a
 * site) and of uniforms (two words a site). */
enum { TILE = 64, BATCH = 64, BLOCKS_32 = TILE / 4, BLOCKS_64 = TILE / 2 };

typedef struct noise_words4 {
    uint64_t word[4][BATCH]; /* 32 bits in each */
} noise_words4;

/* Blocks first .. first + count - 1 (count at most BATCH, a multiple of WEFT_LANES) of a stream and
 * step. Local. */
void noise_blocks(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                  int count, noise_words4 *out);

/* Values of tiles consecutive tiles from number first on into out (64 a tile). */
typedef void noise_tiles(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                         int tiles, void *out);

/* Normals in single precision. */
noise_tiles noise_tiles_single;

#endif
