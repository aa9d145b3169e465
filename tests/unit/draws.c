/* Sequences of random numbers: their words against Philox, their laws against exact probabilities
 * and moments. Seeds are fixed; bounds are 4.5 standard errors, for sums of squares over bins 5. */
#include "weft/draws.h"
#include "check.h"
#include "philox.h"
#include <stdbool.h>
#include <stdlib.h>

static const weft_noise noise = {.seed = 20261128, .replica = 2};
enum { N = 200000 };
static double value[N];

/* ---- words ---- */

static void test_words(void)
{
    const uint64_t sites[] = {0, 5, 65535, 65536, (UINT64_C(1) << 40) - 1};
    const uint64_t step = UINT64_C(0x123456789abc);
    static weft_draws d;
    for (int i = 0; i < 5; i++) {
        bool equal = true;
        uint64_t block = 0;
        weft_draws_begin(&d, &noise, WEFT_DRAWS_HOP + 3, step, sites[i]);
        for (int batch = 0; batch < 7; batch++) {
            int n = batch < 4 ? 4 << batch : 64;
            uint32_t want[256][4];
            for (int b = 0; b < n; b++, block++) {
                uint64_t number = (sites[i] & 0xffff) << 32 | block;
                uint32_t counter[4] = {(uint32_t)number, (uint32_t)step,
                                       (uint32_t)(step >> 32) | (uint32_t)(number >> 32) << 16,
                                       0x80000000u | (16 + 3) << 24 | (uint32_t)(sites[i] >> 16)};
                test_philox(counter, (uint32_t[]){noise.seed, noise.replica}, want[b]);
            }
            for (int w = 0; w < 4; w++)
                for (int b = 0; b < n; b++)
                    equal = equal && weft_draws_word(&d) == want[b][w];
        }
        CHECK(equal);
    }
}

/* Sequences that differ in one argument have no word at the same place in common (a chance of
 * 1e-8). */
static void test_different(void)
{
    static weft_draws a, b;
    const weft_noise other = {.seed = 20261128, .replica = 3};
    for (int which = 0; which < 4; which++) {
        int equal = 0;
        weft_draws_begin(&a, &noise, WEFT_DRAWS_DP, 7, 65535);
        weft_draws_begin(&b, which == 0 ? &other : &noise,
                         which == 1 ? WEFT_DRAWS_REACT : WEFT_DRAWS_DP, which == 2 ? 8 : 7,
                         which == 3 ? 65536 : 65535);
        for (int i = 0; i < 32; i++)
            equal += weft_draws_word(&a) == weft_draws_word(&b);
        CHECK(equal == 0);
    }
}

/* ---- laws ---- */

/* Values from sequences of five each, as models use them, and from one long sequence. */
#define SAMPLE(expression)                                                                         \
    do {                                                                                           \
        static weft_draws draws;                                                                   \
        weft_draws *d = &draws;                                                                    \
        uint64_t law = (uint64_t)__LINE__;                                                         \
        weft_draws_begin(d, &noise, 9, law, 0);                                                    \
        for (int i = 0; i < N; i++) {                                                              \
            if (i % 5 == 0 && i < N / 2)                                                           \
                weft_draws_begin(d, &noise, 8, law, (uint64_t)i);                                  \
            value[i] = expression;                                                                 \
        }                                                                                          \
    } while (0)

/* Mean, variance and third central moment, of a law of the given moments (excess: the fourth
 * cumulant over the variance squared). */
static void check_moments(double mean, double variance, double third, double excess)
{
    double m = 0, v = 0, t = 0;
    for (int i = 0; i < N; i++)
        m += (value[i] - mean) / N;
    for (int i = 0; i < N; i++) {
        double x = value[i] - mean;
        v += x * x / N;
        t += x * x * x / N;
    }
    CHECK_NEAR(m, 0.0, 4.5 * sqrt(variance / N));
    CHECK_NEAR(v / variance, 1.0, 4.5 * sqrt((excess + 2.0) / N));
    /* the third by an error for laws that are not far from normal */
    if (excess < 0.1)
        CHECK_NEAR((t - third) / pow(variance, 1.5), 0.0, 4.5 * sqrt(16.0 / N));
}

/* Frequencies of whole numbers 0, 1, ... below most against exact probabilities. */
static void check_counts(const double *probability, int most)
{
    static int seen[4096];
    double squares = 0, bins = -1, pooled = 0, pool = 0;
    memset(seen, 0, sizeof seen);
    bool inside = true;
    for (int i = 0; i < N; i++) {
        inside = inside && value[i] >= 0 && value[i] < most && value[i] == floor(value[i]);
        if (inside)
            seen[(int)value[i]]++;
    }
    CHECK(inside);
    for (int k = 0; k < most; k++) {
        pooled += N * probability[k];
        pool += seen[k];
        if (pooled < 20 && k < most - 1)
            continue;
        if (pooled >= 5) {
            squares += (pool - pooled) * (pool - pooled) / pooled;
            bins++;
        }
        pooled = pool = 0;
    }
    CHECK(bins >= 1);
    CHECK_NEAR((squares - bins) / sqrt(2 * bins), 0.0, 5.0);
}

/* Kolmogorov's distance from a distribution function; P(D sqrt(N) > 2.3) = 5e-5. */
static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void check_distribution(double (*below)(double))
{
    double worst = 0;
    qsort(value, N, sizeof *value, ascending);
    for (int i = 0; i < N; i++)
        worst = fmax(worst, fabs(below(value[i]) - (i + 0.5) / N));
    CHECK(worst * sqrt(N) < 2.3);
}

static double below_normal(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double below_exponential(double x)
{
    return -expm1(-x);
}

static double below_uniform(double x)
{
    return x;
}

static double below_gamma_half(double x)
{
    return erf(sqrt(x));
}

static double below_gamma_three(double x)
{
    return 1.0 - exp(-x) * (1.0 + x + 0.5 * x * x);
}

static void test_continuous(void)
{
    SAMPLE(weft_draws_uniform(d));
    check_moments(0.5, 1.0 / 12, 0.0, -1.2);
    check_distribution(below_uniform);
    SAMPLE(weft_draws_normal(d));
    check_moments(0.0, 1.0, 0.0, 0.0);
    check_distribution(below_normal);
    SAMPLE(weft_draws_exponential(d));
    check_moments(1.0, 1.0, 2.0, 6.0);
    check_distribution(below_exponential);
    SAMPLE(weft_draws_gamma(d, 0.5));
    check_distribution(below_gamma_half);
    SAMPLE(weft_draws_gamma(d, 1.0));
    check_distribution(below_exponential);
    SAMPLE(weft_draws_gamma(d, 3.0));
    check_distribution(below_gamma_three);
    const double shapes[] = {0.03, 0.4, 1.7, 20.0, 1e4, 1e9, 1e15};
    for (int k = 0; k < 7; k++) {
        const double a = shapes[k];
        SAMPLE(weft_draws_gamma(d, a));
        check_moments(a, a, 2.0 * a, 6.0 / a);
    }
}

static void test_poisson(void)
{
    static double p[4096];
    const double means[] = {0.0, 1e-3, 0.7, 5.0, 9.999, 10.0, 10.7, 30.0, 200.0, 1500.0};
    for (int k = 0; k < 10; k++) {
        const double m = means[k];
        SAMPLE(weft_draws_poisson(d, m));
        for (int i = 0; i < 4096; i++)
            p[i] = m > 0 ? exp(i * log(m) - m - lgamma(i + 1.0)) : i == 0;
        if (m > 0.1) {
            check_counts(p, 4096);
            check_moments(m, m, m, 1.0 / m);
        } else {
            double sum = 0;
            for (int i = 0; i < N; i++)
                sum += value[i];
            CHECK_NEAR(sum, N * m, 4.5 * sqrt(N * m));
        }
    }
    const double large[] = {1e5, 1e9, 1e13};
    for (int k = 0; k < 3; k++) {
        SAMPLE(weft_draws_poisson(d, large[k]));
        check_moments(large[k], large[k], large[k], 1.0 / large[k]);
    }
}

static void test_binomial(void)
{
    static double p[4096];
    static const struct {
        int n;
        double p;
    } laws[] = {{1, 0.3},     {7, 0.5},     {40, 0.95}, {20, 0.5},     {21, 0.49},
                {300, 0.033}, {300, 0.034}, {900, 0.5}, {4000, 0.997}, {4000, 0.2}};
    for (int k = 0; k < 10; k++) {
        const double n = laws[k].n, q = laws[k].p, v = n * q * (1 - q);
        SAMPLE(weft_draws_binomial(d, laws[k].n, q));
        for (int i = 0; i < 4096; i++)
            p[i] = i > n ? 0
                         : exp(lgamma(n + 1) - lgamma(i + 1.0) - lgamma(n - i + 1) + i * log(q) +
                               (n - i) * log1p(-q));
        check_counts(p, 4096);
        check_moments(n * q, v, v * (1 - 2 * q), (1 - 6 * q * (1 - q)) / v);
    }
    SAMPLE(weft_draws_binomial(d, INT64_C(1000000000000), 3e-12)); /* near Poisson's of mean 3 */
    for (int i = 0; i < 4096; i++)
        p[i] = exp(i * log(3.0) - 3.0 - lgamma(i + 1.0));
    check_counts(p, 4096);
    SAMPLE(weft_draws_binomial(d, INT64_C(1000000000000), 0.3));
    check_moments(3e11, 2.1e11, 0.4 * 2.1e11, 0.0);
    static weft_draws d;
    weft_draws_begin(&d, &noise, 8, 1, 1);
    CHECK(weft_draws_binomial(&d, 0, 0.3) == 0 && weft_draws_binomial(&d, 5, 0.0) == 0);
    CHECK(weft_draws_binomial(&d, 5, 1.0) == 5 && weft_draws_binomial(&d, 1000000, 1.0) == 1e6);
}

static void test_below(void)
{
    double p[4096] = {0};
    for (int i = 0; i < 6; i++)
        p[i] = 1.0 / 6;
    SAMPLE((double)weft_draws_below(d, 6));
    check_counts(p, 6);
}

int main(void)
{
    test_words();
    test_different();
    test_continuous();
    test_poisson();
    test_binomial();
    test_below();
    return check_end();
}
