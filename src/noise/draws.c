/* Sequences of random numbers of one site and step, and laws made of them.
 *
 * Fields of noise (noise.c) need one number for each site and step. Where the number of random
 * numbers is not known beforehand (rejection, events of a cell), each site and step has a sequence
 * of its own, from which as many words as needed are drawn.
 *
 * Invariants. (1) The words are those of the Philox counter blocks site_low * 2^32 + 0, 1, 2, ...
 * of a stream that holds the use and the other bits of the site, so two sequences share a block
 * only where use, step and site agree; the stream's highest bit is set, which no stream of
 * weft/noise.h has. (2) Batches have 4, 8, 16, 32, 64, 64, ... blocks whatever the width of the
 * registers, so the order of the words is fixed: a short sequence costs little, a long one is made
 * in full vectors. (3) Logarithms and exponentials are those of weft/vmath.h, and a logarithm of a
 * probability is summed from terms that are small near the mode (C. Loader, Fast and Accurate
 * Computation of Binomial Probabilities, 2000) instead of differences of large ones, so rejection
 * stays exact to rounding for any mean. */
#include "weft/draws.h"
#include "weft/error.h"
#include "weft/vmath.h"

enum { FIRST_BATCH = 4 };

/* The low 16 bits of the site go above the 32 bits that count blocks, the other 24 into the stream.
 */
void weft_draws_begin(weft_draws *d, const weft_noise *noise, int use, uint64_t step, uint64_t site)
{
    WEFT_ASSERT(use >= 0 && use < WEFT_DRAWS_USES && site >> 40 == 0);
    d->noise = noise;
    d->step = step;
    d->block = (site & 0xffff) << 32;
    d->stream = UINT32_C(1) << 31 | (uint32_t)use << 24 | (uint32_t)(site >> 16);
    d->used = d->made = 0;
}

/* The assertion: after 2^32 blocks the count would run into the bits of the site, and two sites
 * would share numbers. */
void weft_draws_refill(weft_draws *d)
{
    int blocks = d->made == 0 ? FIRST_BATCH : d->made / 2; /* 4 words a block: twice as many */
    blocks = blocks < WEFT_DRAWS_BATCH ? blocks : WEFT_DRAWS_BATCH;
    WEFT_ASSERT((d->block & UINT64_C(0xffffffff)) + (uint64_t)blocks < UINT64_C(1) << 32);
    weft_philox_many(d->noise, d->stream, d->step, d->block, blocks, d->word);
    d->block += (uint64_t)blocks;
    d->made = 4 * blocks;
    d->used = 0;
}

/* ---- continuous laws ---- */

/* G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29, 610 (1958). Only one of the two normals is used:
 * keeping the other would make what a law draws depend on what was drawn before it. */
double weft_draws_normal(weft_draws *d)
{
    double u = weft_draws_uniform(d), v = weft_draws_uniform(d);
    return sqrt(-2.0 * weft_log(u)) * weft_cos(2.0 * M_PI * v);
}

/* By inversion; a uniform is never 0, so the logarithm is finite. */
double weft_draws_exponential(weft_draws *d)
{
    return -weft_log(weft_draws_uniform(d));
}

/* G. Marsaglia, W. W. Tsang, ACM Trans. Math. Softw. 26, 363 (2000); a shape below 1 by that of
 * shape + 1 times U^(1/shape). */
double weft_draws_gamma(weft_draws *d, double shape)
{
    double factor = 1.0;
    if (shape < 1.0) {
        factor = weft_exp(weft_log(weft_draws_uniform(d)) / shape);
        shape += 1.0;
    }
    const double e = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * e);
    for (;;) {
        double x = weft_draws_normal(d), v = 1.0 + c * x;
        if (v <= 0.0)
            continue;
        v = v * v * v;
        double u = weft_draws_uniform(d), x2 = x * x;
        if (u < 1.0 - 0.0331 * x2 * x2)
            return factor * e * v; /* nearly always, without a logarithm */
        if (weft_log(u) < 0.5 * x2 + e * (1.0 - v + weft_log(v)))
            return factor * e * v;
    }
}

/* ---- logarithms of probabilities ---- */

/* ln n! less Stirling's (n + 1/2) ln n - n + ln(2 pi)/2; n = 0 is not asked. Beyond the table the
 * series, whose next term is below 1e-16 there. */
static double stirling_rest(double n)
{
    static const double table[16] = {0,
                                     0.08106146679532726,
                                     0.0413406959554093,
                                     0.02767792568499834,
                                     0.020790672103765093,
                                     0.016644691189821193,
                                     0.013876128823070748,
                                     0.01189670994589177,
                                     0.010411265261972096,
                                     0.009255462182712733,
                                     0.00833056343336287,
                                     0.007573675487951841,
                                     0.00694284010720953,
                                     0.006408994188004207,
                                     0.0059513701127588475,
                                     0.005554733551962801};
    if (n < 16.0)
        return table[(int)n];
    const double z = 1.0 / (n * n);
    double p = 1.0 / 1188.0;
    p = 1.0 / 1680.0 - z * p;
    p = 1.0 / 1260.0 - z * p;
    p = 1.0 / 360.0 - z * p;
    return (1.0 / 12.0 - z * p) / n;
}

/* k ln(k/m) + m - k, without cancellation where k is near m (Loader's bd0); k, m > 0. */
static double deviance(double k, double m)
{
    const double difference = k - m, v = difference / (k + m);
    if (fabs(v) > 0.1)
        return k * weft_log(k / m) - difference;
    double sum = difference * v, term = 2.0 * k * v;
    for (int j = 3; j < 60; j += 2) {
        term *= v * v;
        sum += term / j;
    }
    return sum;
}

/* The logarithm of the probability of k events at a mean above 0. */
static double log_poisson(double k, double mean)
{
    if (k == 0.0)
        return -mean;
    return -stirling_rest(k) - deviance(k, mean) - 0.5 * weft_log(2.0 * M_PI * k);
}

/* ln(1 - p) (W. Kahan's correction of the logarithm of a rounded 1 - p). */
static double log_complement(double p)
{
    const double q = 1.0 - p;
    return q == 1.0 ? -p : weft_log(q) * (p / (1.0 - q));
}

/* The logarithm of the probability of k successes in n trials, 0 < p <= 1/2. */
static double log_binomial(double k, double n, double p)
{
    const double q = 1.0 - p, rest = n - k;
    if (k == 0.0)
        return n * log_complement(p);
    if (rest == 0.0)
        return n * weft_log(p);
    return stirling_rest(n) - stirling_rest(k) - stirling_rest(rest) - deviance(k, n * p) -
           deviance(rest, n * q) + 0.5 * weft_log(n / (2.0 * M_PI * k) / rest);
}

/* ---- counts ---- */

/* PTRS, the transformed rejection with squeeze of W. Hormann, Insurance: Mathematics and Economics
 * 12, 39 (1993); for mean >= 10. The first test accepts most trials without a logarithm; the names
 * of the constants are those of the paper. */
static double poisson_by_rejection(weft_draws *d, double mean)
{
    const double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    const double inverse = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        double u = weft_draws_uniform(d) - 0.5, v = weft_draws_uniform(d), us = 0.5 - fabs(u);
        double k = floor((2.0 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r)
            return k;
        if (k < 0.0 || (us < 0.013 && v > us))
            continue;
        if (weft_log(v * inverse / (a / (us * us) + b)) <= log_poisson(k, mean))
            return k;
    }
}

/* Below 10 by products of uniforms (D. E. Knuth, The Art of Computer Programming 2, 3.4.1). */
double weft_draws_poisson(weft_draws *d, double mean)
{
    if (mean >= 10.0)
        return poisson_by_rejection(d, mean);
    double limit = weft_exp(-mean), product = weft_draws_uniform(d);
    int k = 0;
    for (; product > limit; k++)
        product *= weft_draws_uniform(d);
    return k;
}

/* BTRS of W. Hormann, J. Stat. Comput. Simul. 46, 101 (1993), likewise; for n p >= 10, p <= 1/2.
 * Probabilities are taken relative to that of the mode (top). */
static double binomial_by_rejection(weft_draws *d, double n, double p)
{
    const double s = sqrt(n * p * (1.0 - p)), b = 1.15 + 2.53 * s;
    const double a = -0.0873 + 0.0248 * b + 0.01 * p, c = n * p + 0.5, v_r = 0.92 - 4.2 / b;
    const double alpha = (2.83 + 5.1 / b) * s, top = log_binomial(floor((n + 1.0) * p), n, p);
    for (;;) {
        double u = weft_draws_uniform(d) - 0.5, v = weft_draws_uniform(d), us = 0.5 - fabs(u);
        double k = floor((2.0 * a / us + b) * u + c);
        if (us >= 0.07 && v <= v_r)
            return k;
        if (k < 0.0 || k > n)
            continue;
        if (weft_log(v * alpha / (a / (us * us) + b)) <= log_binomial(k, n, p) - top)
            return k;
    }
}

/* For n p < 10, p <= 1/2: adds up probabilities until they exceed a uniform. Each follows from the
 * one before, and the first, (1 - p)^n, is at least about e^-14, so nothing underflows early. */
static double binomial_by_sum(weft_draws *d, double n, double p)
{
    const double odds = p / (1.0 - p);
    double term = weft_exp(n * log_complement(p)), u = weft_draws_uniform(d), k = 0.0;
    while (u >= term && k < n && term > 0.0) {
        u -= term;
        term *= odds * (n - k) / (k + 1.0);
        k++;
    }
    return k;
}

/* For p above 1/2 the failures are drawn, whose probability is below 1/2. */
double weft_draws_binomial(weft_draws *d, int64_t n, double p)
{
    const double trials = (double)n, q = p > 0.5 ? 1.0 - p : p;
    double k =
        trials * q < 10.0 ? binomial_by_sum(d, trials, q) : binomial_by_rejection(d, trials, q);
    return p > 0.5 ? trials - k : k;
}
