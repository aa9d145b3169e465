/* Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Proc. SC'11 (2011).
 *
 * A counter-based generator: ten rounds of multiplications mix a counter of 128 bits under a key of
 * 64 bits to four random words. There is no state, so any block can be made by any rank at any
 * time.
 *
 * Invariant: the words are those of Random123; tests compare them with its known answers and with a
 * scalar version (tests/philox.h). Vector lanes hold 32-bit words in 64 bits; leftovers in the
 * upper halves are harmless, because the multiplication reads lower halves only, and are cut off at
 * the end. */
#include "weft/philox.h"
#include "internal.h"
#include <string.h>

/* The word in a lane. */
#define LOW UINT64_C(0xffffffff)

/* Counter layout: see weft/noise.h. Only whole vectors: no tile needs another number of blocks. */
void noise_blocks(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                  int count, noise_words4 *restrict out)
{
    weft_lanes w[4];
    WEFT_ASSERT(count % WEFT_LANES == 0);
    for (int i = 0; i < count; i += WEFT_LANES) {
        weft_philox_lanes(noise, stream, step, first + (uint64_t)i, w);
        for (int k = 0; k < 4; k++) {
            w[k] &= LOW;
            memcpy(&out->word[k][i], &w[k], sizeof w[k]);
        }
    }
}

/* Any number of blocks: a last vector that is not full is made whole and stored in part. */
void weft_philox_many(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                      int count, uint32_t *restrict out)
{
    typedef uint32_t half __attribute__((vector_size(4 * WEFT_LANES)));
    weft_lanes w[4];
    for (int i = 0; i < count; i += WEFT_LANES) {
        const int n = count - i < WEFT_LANES ? count - i : WEFT_LANES;
        weft_philox_lanes(noise, stream, step, first + (uint64_t)i, w);
        for (int k = 0; k < 4; k++) {
            const half low = __builtin_convertvector(w[k], half);
            if (n == WEFT_LANES)
                memcpy(out + k * count + i, &low, sizeof low);
            else
                memcpy(out + k * count + i, &low, (size_t)n * sizeof *out);
        }
    }
}
