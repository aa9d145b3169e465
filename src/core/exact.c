/* Exact sums of doubles in a superaccumulator: R. M. Neal, arXiv:1505.05571.
 *
 * Every double is a whole number of 2^-1074. The sum of all of them is held as such a number, in
 * chunks 32 bits apart with room for carries, so that nothing is rounded before the end; then it is
 * rounded once, correctly. Whole numbers may be added in any order. So the result does not depend
 * on the order of the terms, on the decomposition or on the number of ranks.
 *
 * Two paths lead into the same accumulator. add_one takes a double apart and adds its mantissa to
 * two chunks. For long arrays that is slow; there, the leading bits of up to 2048 values are first
 * split off and added in plain doubles, in a way that provably rounds nothing (see extract), and
 * only the few partial sums go through add_one. Both are exact, so which path a value takes cannot
 * change a bit of the result. */
#include "weft/exact.h"
#include "weft/lanes.h"
#include "weft/timing.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Chunk j counts multiples of 2^(32 j - 1074). One double adds less than 2^32 to one chunk and less
 * than 2^53 to the next, so that ADDS of them fit on top of chunks whose carries were moved: 1000
 * (2^53 + 2^32) + 2^32 < 2^63. The exponents of doubles need chunks 0 to 64; the five above them
 * leave room for 2^160 of the largest doubles.
 *
 * BLOCK: values whose leading bits are split off together. LANES: doubles in one vector register.
 * LEVELS: parts that are split off in one pass, at most. CHAINS: of comparisons. FEW: arrays
 * shorter than that are faster one by one. WORDS: an accumulator as 64-bit integers, for MPI. */
enum {
    ADDS = 1000,
    BLOCK = 2048,
    LANES = WEFT_LANES,
    LEVELS = 3,
    CHAINS = 4,
    FEW = 32,
    WORDS = sizeof(weft_exact) / 8
};
#define LOW32 INT64_C(0xffffffff)

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t int_lanes __attribute__((vector_size(LANES * sizeof(int64_t))));

void weft_exact_clear(weft_exact *sum)
{
    memset(sum, 0, sizeof *sum);
    sum->adds_left = ADDS;
}

/* Move carries upward: all chunks but the last come to lie in [0, 2^32); the last has the sign.
 * Nothing was added since the last time while all ADDS are left. */
static void move_carries(weft_exact *sum)
{
    if (sum->adds_left == ADDS)
        return;
    int64_t carry = 0;
    for (int j = 0; j < WEFT_EXACT_CHUNKS - 1; j++) {
        int64_t v = sum->chunk[j] + carry;
        carry = v >> 32;
        sum->chunk[j] = v & LOW32;
    }
    sum->chunk[WEFT_EXACT_CHUNKS - 1] += carry;
    sum->adds_left = ADDS;
}

/* Adds one double exactly. Its value is mantissa * 2^(exponent - 1) units of 2^-1074 (the exponent
 * as stored, where 0, a subnormal number, counts as 1 without the hidden bit). The mantissa,
 * shifted to its place, covers at most 53 + 31 bits, that is the chunk `place` and the one above.
 * The sign is applied without a branch: (v ^ s) - s is v for s = 0 and -v for s = -1. Infinities
 * and nan are only counted; the end decides what they make of the sum. */
static inline void add_one(weft_exact *sum, double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) & 2047;
    int64_t mantissa = bits & ((INT64_C(1) << 52) - 1);
    if (exponent == 2047) {
        sum->special[mantissa ? 2 : bits < 0 ? 1 : 0]++;
        return;
    }
    if (exponent)
        mantissa |= INT64_C(1) << 52;
    else
        exponent = 1;
    if (sum->adds_left-- == 0) {
        move_carries(sum);
        sum->adds_left--;
    }
    int place = (exponent - 1) >> 5, shift = (exponent - 1) & 31;
    int64_t low = (int64_t)((uint64_t)mantissa << shift) & LOW32;
    int64_t high = mantissa >> (32 - shift);
    int64_t sign = bits >> 63;
    sum->chunk[place] += (low ^ sign) - sign;
    sum->chunk[place + 1] += (high ^ sign) - sign;
}

/* Absolute values compared as integers, so that inf and nan come out above all others. The bits of
 * non-negative doubles are ordered as the doubles are. */
static inline void raise_to(int_lanes *largest, int_lanes bits)
{
    bits &= INT64_MAX;
    int_lanes above = bits > *largest;
    *largest = (bits & above) | (*largest & ~above);
}

/* The largest over all lanes, as a double again. Comparisons in a row wait for each other: CHAINS
 * of them run side by side. */
static double highest(const int_lanes *largest)
{
    int64_t high = 0;
    for (int c = 0; c < CHAINS; c++)
        for (int l = 0; l < LANES; l++)
            high = largest[c][l] > high ? largest[c][l] : high;
    double result;
    memcpy(&result, &high, sizeof result);
    return result;
}

/* The largest absolute value of n, a multiple of LANES. */
static double find_highest(const double *x, int n)
{
    int_lanes largest[CHAINS] = {{0}}, bits;
    int i = 0;
    for (; i + CHAINS * LANES <= n; i += CHAINS * LANES)
        for (int c = 0; c < CHAINS; c++) {
            memcpy(&bits, x + i + c * LANES, sizeof bits);
            raise_to(&largest[c], bits);
        }
    for (; i < n; i += LANES) {
        memcpy(&bits, x + i, sizeof bits);
        raise_to(&largest[0], bits);
    }
    return highest(largest);
}

/* The leading bits of v: a multiple of ulp(sigma)/2 that leaves a remainder of at most that. */
static inline lanes leading(lanes v, double sigma)
{
    return (v + sigma) - sigma;
}

/* Split off the leading bits q of all values of a block, then those of what they leave, `levels`
 * times: v - q is exact, and so is the sum of all q in double because |q| <= sigma/(2 BLOCK) (S. M.
 * Rump et al., SIAM J. Sci. Comput. 31, 189 (2008), ExtractVector). The remainders go to rest,
 * which may be x; sums: of the parts. Returns the largest absolute value of the remainders. */
static inline __attribute__((always_inline)) double
extract(int levels, const double *x, double *rest, int n, const double *sigma, double *sums)
{
    lanes total[LEVELS] = {{0}};
    int_lanes any = {0};
    for (int i = 0; i < n; i += LANES) {
        lanes v, q;
        memcpy(&v, x + i, sizeof v);
        for (int s = 0; s < levels; s++) {
            q = leading(v, sigma[s]);
            v -= q;
            total[s] += q;
        }
        memcpy(rest + i, &v, sizeof v);
        any |= (int_lanes)v;
    }
    for (int s = 0; s < levels; s++) {
        sums[s] = 0.0;
        for (int l = 0; l < LANES; l++)
            sums[s] += total[s][l];
    }
    /* mostly nothing is left; then nobody needs to know the largest */
    int64_t all = 0;
    for (int l = 0; l < LANES; l++)
        all |= any[l];
    return all & INT64_MAX ? find_highest(rest, n) : 0.0;
}

/* A block of n values up to high, a multiple of LANES; rest, which may be x, is overwritten. wide:
 * the values differ by so many powers of two that a third part in the same pass pays. */
static void add_block(weft_exact *sum, const double *x, double *rest, int n, double high, bool wide)
{
    if (!(high < 0x1p+1000)) {
        for (int i = 0; i < n; i++)
            add_one(sum, x[i]);
        return;
    }
    while (high > 0.0) {
        int e;
        double sums[LEVELS];
        frexp(high, &e);
        /* sigma is at least 2 BLOCK high; what it leaves is at most 2^(e - 41), 2^(e - 81), ... */
        const double sigma[LEVELS] = {ldexp(1.0, e + 12), ldexp(1.0, e + 12 - 40),
                                      ldexp(1.0, e + 12 - 80)};
        high = wide ? extract(LEVELS, x, rest, n, sigma, sums)
                    : extract(LEVELS - 1, x, rest, n, sigma, sums);
        x = rest;
        for (int s = 0; s < (wide ? LEVELS : LEVELS - 1); s++)
            add_one(sum, sums[s]);
    }
}

/* Blocks as long as they pay, and the rest one by one. A block has a multiple of LANES values, so
 * that no loop over lanes has a remainder. */
void weft_exact_add(weft_exact *sum, const double *x, int64_t n)
{
    double block[BLOCK] __attribute__((aligned(64)));
    while (n >= FEW) {
        int m = n < BLOCK ? (int)n / LANES * LANES : BLOCK;
        add_block(sum, x, block, m, find_highest(x, m), false);
        x += m;
        n -= m;
    }
    for (int64_t i = 0; i < n; i++)
        add_one(sum, x[i]);
}

/* The product of two doubles is rounded before it is added. That rounding depends on x[i] and y[i]
 * alone, so the sum of the products is still the same for any order and any number of ranks.
 * (-ffp-contract=off keeps the compiler from fusing the product into what follows.) */
void weft_exact_add_products(weft_exact *sum, const double *x, const double *y, int64_t n)
{
    double block[BLOCK];
    while (n > 0) {
        int m = n < BLOCK ? (int)n : BLOCK;
        for (int i = 0; i < m; i++)
            block[i] = x[i] * y[i];
        weft_exact_add(sum, block, m);
        x += m;
        y += m;
        n -= m;
    }
}

/* The powers are rounded as in separate products, so the sums are those of weft_exact_add. Of a
 * block the largest |d| bounds them all, since rounding keeps order. Zeros fill the last vectors.
 */
void weft_exact_add_powers(weft_exact *sums, int highest_power, const double *x, double shift,
                           int64_t n)
{
    double power[3][BLOCK] __attribute__((aligned(64)));
    while (n > 0) {
        const int m = n < BLOCK ? (int)n : BLOCK;
        int_lanes largest[CHAINS] = {{0}};
        int end = 0;
        for (; end < m; end += CHAINS * LANES)
            for (int c = 0; c < CHAINS; c++) {
                const int at = end + c * LANES;
                lanes d = {0};
                if (at + LANES <= m) {
                    memcpy(&d, x + at, sizeof d);
                    d -= shift;
                }
                for (int l = 0; at + LANES > m && at + l < m; l++)
                    d[l] = x[at + l] - shift;
                const lanes d2 = d * d, d3 = d2 * d, d4 = d2 * d2;
                memcpy(power[0] + at, &d2, sizeof d2);
                if (highest_power > 2) {
                    memcpy(power[1] + at, &d3, sizeof d3);
                    memcpy(power[2] + at, &d4, sizeof d4);
                }
                raise_to(&largest[c], (int_lanes)d);
            }
        const double high = highest(largest), high2 = high * high;
        add_block(&sums[0], power[0], power[0], end, high2, false);
        if (highest_power > 2) {
            add_block(&sums[1], power[1], power[1], end, high2 * high, true);
            add_block(&sums[2], power[2], power[2], end, high2 * high2, true);
        }
        x += m;
        n -= m;
    }
}

/* The magnitude in chunks whose carries were moved and that are not negative, rounded to nearest,
 * ties to even. */
static double rounded(const int64_t *chunk)
{
    int top = WEFT_EXACT_CHUNKS - 1;
    while (top > 0 && chunk[top] == 0)
        top--;
    if (chunk[top] >> 32)
        return INFINITY;
    /* 96 bits from the top chunk down, and whether anything lies below them */
    uint64_t high = (uint64_t)chunk[top] << 32;
    uint64_t low = 0;
    bool below = false;
    if (top > 0)
        high |= (uint64_t)chunk[top - 1];
    if (top > 1)
        low = (uint64_t)chunk[top - 2] << 32;
    for (int j = top - 3; j >= 0 && !below; j--)
        below = chunk[j] != 0;
    if (high == 0)
        return 0.0;
    int lead = __builtin_clzll(high);
    if (lead)
        high = high << lead | low >> (64 - lead);
    below = below || (lead ? low << lead : low) != 0;
    /* value = high * 2^scale, high in [2^63, 2^64); keep 53 bits, fewer below 2^-1022 */
    int scale = 32 * (top - 1) - 1074 - lead;
    int drop = 11;
    if (scale + drop < -1074)
        drop = -1074 - scale;
    uint64_t kept = high >> drop, half = UINT64_C(1) << (drop - 1);
    uint64_t rest = high & (2 * half - 1);
    if (rest > half || (rest == half && (below || (kept & 1))))
        kept++;
    return ldexp((double)kept, scale + drop);
}

/* The sum of all terms, rounded once. Terms of +inf and -inf together, or any nan, give nan; else
 * one infinity decides, as IEEE 754 would in any order. A negative sum is negated chunk by chunk
 * first, because `rounded` reads magnitudes; rounding to nearest is symmetric, so this changes
 * nothing. */
double weft_exact_value(weft_exact *sum)
{
    if (sum->special[2] || (sum->special[0] && sum->special[1]))
        return NAN;
    if (sum->special[0])
        return INFINITY;
    if (sum->special[1])
        return -INFINITY;
    move_carries(sum);
    if (sum->chunk[WEFT_EXACT_CHUNKS - 1] >= 0)
        return rounded(sum->chunk);
    weft_exact minus = *sum;
    minus.adds_left = 0;
    for (int j = 0; j < WEFT_EXACT_CHUNKS; j++)
        minus.chunk[j] = -minus.chunk[j];
    move_carries(&minus);
    return -rounded(minus.chunk);
}

/* Whole numbers are added by MPI_SUM, so any order that MPI chooses gives the same words. Carries
 * are moved before: then each chunk is below 2^32, and 2^31 ranks fit into 64 bits. The words
 * `adds_left` are summed along and mean nothing. */
void weft_exact_allreduce(MPI_Comm comm, weft_exact *sums, int count)
{
    const weft_activity before = weft_timing_enter(WEFT_REDUCTIONS);
    for (int i = 0; i < count; i++)
        move_carries(&sums[i]);
    int size;
    MPI_Comm_size(comm, &size);
    if (size > 1)
        MPI_Allreduce(MPI_IN_PLACE, sums, count * WORDS, MPI_INT64_T, MPI_SUM, comm);
    weft_timing_leave(before);
    for (int i = 0; i < count && size > 1; i++) {
        sums[i].adds_left = 0;
        move_carries(&sums[i]);
    }
}
