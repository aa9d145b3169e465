/* Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Proc. SC'11 (2011).
 *
 * A counter-based generator: ten rounds of multiplications mix a counter of 128 bits under a key of
 * 64 bits to four random words. There is no state, so any block can be made by any rank at any
 * time.
 *
 * Invariant: the scalar function and the vector ones give the same words; tests compare them with
 * the known answers of Random123. Vector lanes hold 32-bit words in 64 bits; leftovers in the upper
 * halves are harmless, because the multiplication reads lower halves only, and are cut off at the
 * end. */
#include "weft/philox.h"
#include "internal.h"
#include <string.h>

/* Constants of the paper; WEYL: added to the key after each round. */
enum { ROUNDS = 10 };
static const uint32_t MULTIPLIER[2] = {0xD2511F53, 0xCD9E8D57};
static const uint32_t WEYL[2] = {0x9E3779B9, 0xBB67AE85};
#define LOW UINT64_C(0xffffffff)

void weft_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int r = 0; r < ROUNDS; r++, k0 += WEYL[0], k1 += WEYL[1]) {
        uint64_t p0 = (uint64_t)MULTIPLIER[0] * c0, p1 = (uint64_t)MULTIPLIER[1] * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

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
