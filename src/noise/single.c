/* Normals by the formulas of noise.c in single precision: twice as many lanes in a vector, for
 * models whose time goes into noise.
 *
 * Invariant: the words and their places are those of the double law, so the two agree site by site
 * within 3e-7 (but near 0, where the relative error is larger). Each operation is correctly rounded
 * (fmaf, sqrtf) or exact, so the bits do not depend on the processor either. */
#include "internal.h"
#include <math.h>
#include <string.h>

/* ln(x) for normal x > 0 within 1e-7 relative (S. L. Moshier's Cephes). */
static inline float log_single(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t e = (int32_t)(bits - 0x3f3504f3) >> 23; /* x = 2^e m, m in [sqrt(1/2), sqrt(2)) */
    bits -= (uint32_t)e << 23;
    memcpy(&x, &bits, sizeof x);
    float f = x - 1.0f, z = f * f;
    float p = fmaf(7.0376836292e-2f, f, -1.1514610310e-1f);
    p = fmaf(p, f, 1.1676998740e-1f);
    p = fmaf(p, f, -1.2420140846e-1f);
    p = fmaf(p, f, 1.4249322787e-1f);
    p = fmaf(p, f, -1.6668057665e-1f);
    p = fmaf(p, f, 2.0000714765e-1f);
    p = fmaf(p, f, -2.4999993993e-1f);
    p = fmaf(p, f, 3.3333331174e-1f);
    return fmaf((float)e, 6.9314718056e-1f, f + fmaf(f * z, p, -0.5f * z));
}

/* As in noise.c. The 48 bits of the radius do not fit into a float: they are added as two numbers
 * of 24 bits, which keeps small u, and with it the tail, accurate. The polynomials for sine and
 * cosine on [-pi/4, pi/4] are those of Cephes; q is the quadrant. */
static inline void box_muller(uint32_t a, uint32_t b, float *x, float *y)
{
    float high = (float)(int32_t)(a >> 8), low = (float)(int32_t)((a & 0xff) << 16 | (b & 0xffff));
    float u = fmaf(high, 0x1p-24f, fmaf(low, 0x1p-48f, 0x1p-49f));
    float radius = sqrtf(-2.0f * log_single(u));
    uint32_t q = (b + 0x20000000) >> 30;
    float r = fmaf((float)(int32_t)(b - (q << 30)), 0x1.921fb6p-30f, 0x1.921fb6p-31f), r2 = r * r;
    float s = fmaf(r2, -1.9515295891e-4f, 8.3321608736e-3f);
    s = fmaf(fmaf(r2, s, -1.6666654611e-1f), r * r2, r);
    float c = fmaf(r2, 2.4433157118e-5f, -1.3887316255e-3f);
    c = fmaf(fmaf(r2, c, 4.1666645683e-2f), r2 * r2, fmaf(r2, -0.5f, 1.0f));
    float p = (q & 1) ? c : s, w = (q & 1) ? s : c;
    *y = radius * ((q & 2) ? -p : p);
    *x = radius * (((q + 1) & 2) ? -w : w);
}

/* Words are narrowed first, then each loop runs over plain float arrays, so that it vectorises. */
void noise_tiles_single(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                        int tiles, double *out)
{
    noise_words4 w;
    uint32_t word[4][BATCH];
    float x[4][BATCH];
    const int n = tiles * BLOCKS_32;
    noise_blocks(noise, stream, step, first * BLOCKS_32, n, &w);
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < n; i++)
            word[k][i] = (uint32_t)w.word[k][i];
    for (int k = 0; k < 4; k += 2)
        for (int i = 0; i < n; i++)
            box_muller(word[k][i], word[k + 1][i], &x[k][i], &x[k + 1][i]);
    for (int t = 0; t < tiles; t++)
        for (int k = 0; k < 4; k++)
            for (int b = 0; b < BLOCKS_32; b++)
                (out)[t * TILE + k * 16 + b] = (double)x[k][t * BLOCKS_32 + b];
}
