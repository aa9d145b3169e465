/* Private to src/noise: Philox over many blocks at once. */
#ifndef WEFT_NOISE_INTERNAL_H
#define WEFT_NOISE_INTERNAL_H

#include "weft/noise.h"

/* Sites of a tile; blocks that are made at once; blocks of a tile of normals and words (one word a
 * site) and of uniforms (two words a site). */
enum { TILE = 64, BATCH = 64, BLOCKS_32 = TILE / 4, BLOCKS_64 = TILE / 2 };

/* Philox4x32-10 in one lane. The words are kept in 64 bits, since that is where the products are
 * made: the upper halves hold leftovers at the end (twice the speed of 32-bit lanes). */
static inline void weft_philox_lane(const weft_noise *noise, uint32_t stream, uint64_t step,
                                    uint64_t block, uint64_t out[4])
{
    const uint64_t low = 0xffffffff;
    uint64_t c0 = block, c1 = step & low, c2 = (step >> 32 & 0xffff) | block >> 32 << 16,
             c3 = stream;
    uint32_t k0 = noise->seed, k1 = noise->replica;
    for (int r = 0; r < 10; r++, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
        uint64_t p0 = (c0 & low) * 0xD2511F53, p1 = (c2 & low) * 0xCD9E8D57;
        c0 = p1 >> 32 ^ c1 ^ k0;
        c1 = p1;
        c2 = p0 >> 32 ^ c3 ^ k1;
        c3 = p0;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

typedef struct weft_noise_words4 {
    uint64_t word[4][BATCH]; /* 32 bits in each */
} weft_noise_words4;

/* Blocks first .. first + count - 1 (count at most BATCH) of a stream and step. Local. */
void weft_noise_blocks(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                       int count, weft_noise_words4 *out);

/* Values of tiles consecutive tiles from number first on into out (64 a tile). */
typedef void weft_noise_tiles(const weft_noise *noise, uint32_t stream, uint64_t step,
                              uint64_t first, int tiles, void *out);

#endif
