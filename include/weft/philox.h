/* Philox4x32-10 over several blocks at once, inline: for kernels that use the words where they are
 * made. The words are those of weft_philox_many (weft/noise.h). All functions here are local. */
#ifndef WEFT_PHILOX_H
#define WEFT_PHILOX_H

#include "weft/declare.h"
#include "weft/lanes.h"
#include "weft/noise.h"
#ifdef __AVX2__
#include <immintrin.h>
#endif

WEFT_DECLARE_BEGIN

typedef uint64_t weft_lanes __attribute__((vector_size(8 * WEFT_LANES)));

/* Product of the lower halves with a number of 32 bits. */
static inline __attribute__((always_inline)) weft_lanes weft_multiply_low(weft_lanes a, uint64_t b)
{
#ifdef __AVX512F__ /* compilers do not see that one instruction does it */
    return (weft_lanes)_mm512_mul_epu32((__m512i)a, (__m512i)((weft_lanes){0} + b));
#elif defined __AVX2__
    return (weft_lanes)_mm256_mul_epu32((__m256i)a, (__m256i)((weft_lanes){0} + b));
#else
    return (a & UINT64_C(0xffffffff)) * b;
#endif
}

/* Blocks first .. first + WEFT_LANES - 1 of a stream and step: word w of block first + i in the
 * lower half of out[w][i]; the upper halves hold leftovers. */
static inline __attribute__((always_inline)) void weft_philox_lanes(const weft_noise *noise,
                                                                    uint32_t stream, uint64_t step,
                                                                    uint64_t first,
                                                                    weft_lanes out[4])
{
    weft_lanes block;
    for (int l = 0; l < WEFT_LANES; l++)
        block[l] = first + (uint64_t)l;
    weft_lanes c0 = block, c1 = (weft_lanes){0} + (step & UINT64_C(0xffffffff)),
               c2 = (step >> 32 & 0xffff) | block >> 32 << 16,
               c3 = (weft_lanes){0} + (uint64_t)stream;
    uint32_t k0 = noise->seed, k1 = noise->replica;
#pragma GCC unroll 10
    for (int r = 0; r < 10; r++, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
        const weft_lanes p0 = weft_multiply_low(c0, 0xD2511F53);
        const weft_lanes p1 = weft_multiply_low(c2, 0xCD9E8D57);
        c0 = p1 >> 32 ^ c1 ^ (uint64_t)k0;
        c1 = p1;
        c2 = p0 >> 32 ^ c3 ^ (uint64_t)k1;
        c3 = p0;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

WEFT_DECLARE_END

#endif
