/* Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Proc. SC'11 (2011). */
#include "internal.h"

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

void weft_noise_blocks(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                       int count, weft_noise_words4 *restrict out)
{
    for (int i = 0; i < count; i++) {
        uint64_t w[4];
        weft_philox_lane(noise, stream, step, first + (uint64_t)i, w);
        out->word[0][i] = w[0] & LOW;
        out->word[1][i] = w[1] & LOW;
        out->word[2][i] = w[2] & LOW;
        out->word[3][i] = w[3] & LOW;
    }
}

void weft_philox_many(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                      int count, uint32_t *restrict out)
{
    for (int i = 0; i < count; i++) {
        uint64_t w[4];
        weft_philox_lane(noise, stream, step, first + (uint64_t)i, w);
        out[i] = (uint32_t)w[0];
        out[count + i] = (uint32_t)w[1];
        out[2 * count + i] = (uint32_t)w[2];
        out[3 * count + i] = (uint32_t)w[3];
    }
}
