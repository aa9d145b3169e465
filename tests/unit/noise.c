/* The generator against Random123, the laws against their distributions, the layout against
 * windows of other lengths. All seeds are fixed; statistical bounds are 4.5 standard errors or
 * more.
 */
#include "weft/noise.h"
#include "check.h"
#include "philox.h"
#include "weft/vmath.h"
#include <Random123/philox.h>
#include <stdbool.h>
#include <stdlib.h>

static const weft_noise noise = {.seed = 20261124, .replica = 3};

static void test_random123(void)
{
    enum { BLOCKS = 16 * 1024 };
    static uint32_t words[4 * BLOCKS];
    const uint64_t steps[] = {0, 7, UINT64_C(0x123456789abc)};
    const uint64_t firsts[] = {0, UINT64_C(0x23456789010)};
    bool equal = true, scalar = true;
    for (int s = 0; s < 3; s++)
        for (int r = 0; r < 2; r++) {
            weft_philox_many(&noise, 5, steps[s], firsts[r], BLOCKS, words);
            for (uint64_t b = 0; b < BLOCKS; b++) {
                uint64_t block = firsts[r] + b;
                philox4x32_key_t key = {{noise.seed, noise.replica}};
                philox4x32_ctr_t counter = {
                    {(uint32_t)block, (uint32_t)steps[s],
                     (uint32_t)(steps[s] >> 32 & 0xffff) | (uint32_t)(block >> 32) << 16, 5}};
                philox4x32_ctr_t out = philox4x32(counter, key);
                uint32_t mine[4];
                test_philox(counter.v, key.v, mine);
                for (int w = 0; w < 4; w++) {
                    equal = equal && words[(uint64_t)w * BLOCKS + b] == out.v[w];
                    scalar = scalar && mine[w] == out.v[w];
                }
            }
        }
    CHECK(equal); /* 6 x 65,536 words */
    CHECK(scalar);
    /* the published known-answer vector: counter and key all ones */
    uint32_t ones[4] = {~0u, ~0u, ~0u, ~0u}, out[4];
    test_philox(ones, ones, out);
    CHECK(out[0] == 0x408f276d && out[1] == 0x41c83b0e && out[2] == 0xa20bc7c6 &&
          out[3] == 0x6d5451fd);
}

/* Normals and uniforms follow from the words as docs/dev/noise.md says (with libm, to rounding). */
static void test_layout(void)
{
    uint32_t word[4];
    double normal[192], uniform[192], worst = 0.0;
    weft_noise_normal(&noise, 9, 11, 2, 192, 0, 192, normal);
    weft_noise_uniform(&noise, 9, 11, 2, 192, 0, 192, uniform);
    for (uint32_t tile = 6; tile < 9; tile++) {
        for (uint32_t b = 0; b < 16; b++) {
            test_philox((uint32_t[]){tile * 16 + b, 11, 0, 9}, (uint32_t[]){20261124, 3}, word);
            for (int p = 0; p < 2; p++) {
                double k = word[2 * p] * 65536.0 + (word[2 * p + 1] & 0xffff);
                double r = sqrt(-2.0 * log((k + 0.5) * 0x1p-48));
                double a = 2.0 * M_PI * (word[2 * p + 1] + 0.5) * 0x1p-32;
                uint32_t i = (tile - 6) * 64 + b + 32 * (uint32_t)p;
                worst = fmax(worst, fabs(normal[i] - r * cos(a)));
                worst = fmax(worst, fabs(normal[i + 16] - r * sin(a)));
            }
        }
        for (uint32_t b = 0; b < 32; b++) {
            test_philox((uint32_t[]){tile * 32 + b, 11, 0, 9}, (uint32_t[]){20261124, 3}, word);
            uint32_t i = (tile - 6) * 64 + b;
            for (int p = 0; p < 2; p++) {
                uint64_t j = ((uint64_t)word[2 * p] << 32 | word[2 * p + 1]) >> 12;
                CHECK(uniform[i + 32 * (uint32_t)p] == ((double)j + 0.5) * 0x1p-52);
            }
        }
    }
    CHECK_NEAR(worst, 0.0, 1e-14);
}

/* Any window of a row gives what the whole row gives: the decomposition cannot matter. */
static void test_windows(void)
{
    enum { N = 1000 };
    static double whole[2][N], part[N];
    weft_noise_normal(&noise, 1, 2, 3, N, 0, N, whole[0]);
    weft_noise_uniform(&noise, 1, 2, 3, N, 0, N, whole[1]);
    for (int64_t x0 = 0; x0 < N; x0 += 37)
        for (int64_t n = 1; x0 + n <= N; n += n / 3 + 1) {
            weft_noise_normal(&noise, 1, 2, 3, N, x0, n, part);
            CHECK(memcmp(part, whole[0] + x0, (size_t)n * sizeof *part) == 0);
            weft_noise_uniform(&noise, 1, 2, 3, N, x0, n, part);
            CHECK(memcmp(part, whole[1] + x0, (size_t)n * sizeof *part) == 0);
        }
    weft_noise_normal(&noise, 1, 2, 3, N, 0, 0, part); /* no sites: nothing is written */
}

static uint64_t hash_of_normals(bool single)
{
    enum { N = 4096 };
    static double x[N];
    uint64_t hash = 14695981039346656037u;
    for (uint64_t step = 0; step < 20; step++) {
        const weft_noise this = {.seed = 1, .replica = 2, .single = single};
        weft_noise_normal(&this, 0, step, 0, N, 0, N, x);
        for (int i = 0; i < N; i++) {
            uint64_t bits;
            memcpy(&bits, &x[i], sizeof bits);
            hash = (hash ^ bits) * 1099511628211u;
        }
    }
    return hash;
}

/* Reference bits: the same on every CPU and build (taken from AVX-512, AVX2 and SSE2 builds). */
static void test_bits(void)
{
    CHECK(hash_of_normals(false) == UINT64_C(0x527e87d27c946ee8));
    CHECK(hash_of_normals(true) == UINT64_C(0x384c90f48e1b2325));
}

/* Single precision gives the numbers of double within its rounding; near 0 the radius is the root
 * of a small difference and loses more. */
static void test_single(void)
{
    enum { N = 4096, STEPS = 500 };
    static double x[N], y[N];
    double sum2 = 0.0, worst = 0.0, far = 0.0;
    for (uint64_t step = 0; step < STEPS; step++) {
        weft_noise_normal(&(weft_noise){.seed = 3}, 0, step, 0, N, 0, N, x);
        weft_noise_normal(&(weft_noise){.seed = 3, .single = true}, 0, step, 0, N, 0, N, y);
        for (int i = 0; i < N; i++) {
            double d = y[i] - x[i];
            sum2 += d * d / ((double)N * STEPS);
            worst = fmax(worst, fabs(d));
            far = fabs(x[i]) > 0.5 ? fmax(far, fabs(d)) : far;
        }
    }
    CHECK(sqrt(sum2) < 1e-7);
    CHECK(worst < 3e-4);
    CHECK(far < 1e-6);
}

enum { L = 4096, STEPS = 2000 };

/* Moments of N(0,1): E x^p, variance of x^p from E x^2p = (2p-1)!!. */
static void test_moments(void)
{
    static double x[L];
    double sum[7] = {0};
    for (uint64_t step = 0; step < STEPS; step++) {
        weft_noise_normal(&noise, 0, step, 0, L, 0, L, x);
        for (int i = 0; i < L; i++) {
            double x2 = x[i] * x[i];
            sum[1] += x[i];
            sum[2] += x2;
            sum[3] += x2 * x[i];
            sum[4] += x2 * x2;
            sum[5] += x2 * x2 * x[i];
            sum[6] += x2 * x2 * x2;
        }
    }
    const double n = (double)L * STEPS;
    const double expected[] = {0, 0, 1, 0, 3, 0, 15};
    const double square[] = {0, 1, 3, 15, 105, 945, 10395};
    for (int p = 1; p <= 6; p++)
        CHECK_NEAR(sum[p] / n, expected[p],
                   4.5 * sqrt((square[p] - expected[p] * expected[p]) / n));
}

/* Chi-square of counts against equal probabilities: mean b-1, variance 2(b-1). */
static void check_flat(const int64_t *count, int bins, double total)
{
    double chi2 = 0.0, expected = total / bins;
    for (int b = 0; b < bins; b++)
        chi2 += ((double)count[b] - expected) * ((double)count[b] - expected) / expected;
    CHECK_NEAR(chi2, bins - 1, 4.5 * sqrt(2.0 * (bins - 1)));
}

/* Kolmogorov-Smirnov distance of sorted probabilities: sqrt(n) d < 2.4 with probability 1-2e-5. */
static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static void check_ks(double *p, int64_t n)
{
    double worst = 0.0;
    qsort(p, (size_t)n, sizeof *p, ascending);
    for (int64_t i = 0; i < n; i++)
        worst = fmax(worst, fmax((double)(i + 1) / (double)n - p[i], p[i] - (double)i / (double)n));
    CHECK(worst * sqrt((double)n) < 2.4);
    CHECK(worst * sqrt((double)n) > 0.2); /* nor too even */
}

static void test_distributions(void)
{
    enum { BINS = 256, KS = 100 };
    static double x[L], u[L], p[KS * L];
    static int64_t normal[BINS], uniform[BINS], bits[32];
    static uint32_t words[L];
    for (uint64_t step = 0; step < STEPS; step++) {
        weft_noise_normal(&noise, 0, step, 0, L, 0, L, x);
        weft_noise_uniform(&noise, 1, step, 0, L, 0, L, u);
        weft_philox_many(&noise, 2, step, 0, L / 4, words);
        for (int i = 0; i < L; i++) {
            double probability = 0.5 * erfc(-x[i] * M_SQRT1_2);
            normal[(int)(probability * BINS)]++;
            uniform[(int)(u[i] * BINS)]++;
            for (int b = 0; b < 32; b++)
                bits[b] += words[i] >> b & 1;
            if (step < KS)
                p[step * L + (uint64_t)i] = probability;
        }
    }
    const double n = (double)L * STEPS;
    check_flat(normal, BINS, n);
    check_flat(uniform, BINS, n);
    for (int b = 0; b < 32; b++)
        CHECK_NEAR((double)bits[b] / n, 0.5, 4.5 * 0.5 / sqrt(n));
    check_ks(p, KS * L);
}

/* Tails: P(|x| > 4.5) = 6.795e-6. */
static void test_tail(void)
{
    static double x[L];
    double count = 0.0, n = (double)L * STEPS * 4;
    for (uint64_t step = 0; step < 4 * STEPS; step++) {
        weft_noise_normal(&noise, 3, step, 0, L, 0, L, x);
        for (int i = 0; i < L; i++)
            count += fabs(x[i]) > 4.5;
    }
    double expected = n * erfc(4.5 * M_SQRT1_2);
    CHECK_NEAR(count, expected, 4.5 * sqrt(expected));
}

/* Correlations of x and of x^2 (variance 2) between sites at many distances, the distances of the
 * layout among them, between steps, rows, streams, replicas and seeds. */
static void test_correlations(void)
{
    enum { N = L * 64 };
    static double a[N], b[N];
    const double n = N;
    for (int j = 0; j < 64; j++)
        weft_noise_normal(&noise, 0, 100, j, L, 0, L, a + j * L);
    for (int distance = 1; distance <= 130; distance++) {
        double c = 0.0, c2 = 0.0;
        for (int i = 0; i < N; i++) {
            double x = a[i], y = a[(i + distance) % N];
            c += x * y;
            c2 += (x * x - 1.0) * (y * y - 1.0);
        }
        CHECK_NEAR(c / n, 0.0, 4.5 / sqrt(n));
        CHECK_NEAR(c2 / n, 0.0, 4.5 * 2.0 / sqrt(n));
    }
    for (int other = 0; other < 7; other++) {
        weft_noise m = noise;
        m.seed += other == 4;
        m.replica += other == 3;
        uint32_t stream = other == 2 ? 1 : other == 6 ? WEFT_STREAM_STEP_SECOND : 0;
        uint64_t step = other == 0 ? 101 : other == 5 ? 100 + (UINT64_C(1) << 32) : 100;
        for (int j = 0; j < 64; j++)
            weft_noise_normal(&m, stream, step, j + 64 * (other == 1), L, 0, L, b + j * L);
        double c = 0.0, c2 = 0.0;
        for (int i = 0; i < N; i++) {
            c += a[i] * b[i];
            c2 += (a[i] * a[i] - 1.0) * (b[i] * b[i] - 1.0);
        }
        CHECK_NEAR(c / n, 0.0, 4.5 / sqrt(n));
        CHECK_NEAR(c2 / n, 0.0, 4.5 * 2.0 / sqrt(n));
    }
}

static void test_functions(void)
{
    double worst_log = 0.0, worst_sin = 0.0;
    for (int i = 1; i < 400000; i++) {
        double x = exp(0.0017 * i - 340.0) * (1.0 + 1e-7 * i), y = (i - 200000) * 0.497, s, c;
        worst_log = fmax(worst_log, fabs(weft_log(x) / log(x) - 1.0));
        weft_sincos(y, &s, &c);
        worst_sin = fmax(worst_sin, fmax((double)fabsl(s - sinl(y)), (double)fabsl(c - cosl(y))));
    }
    CHECK_NEAR(worst_log, 0.0, 3e-16);
    CHECK_NEAR(worst_sin, 0.0, 2e-16);
    CHECK(weft_log(1.0) == 0.0);
}

static void test_atan2(void)
{
    double worst = 0.0;
    for (int i = 0; i < 400000; i++) {
        double angle = (i - 200000) * (M_PI / 200000.0), r = exp(0.0017 * (i % 999) - 1.0);
        double x = r * cos(angle), y = r * sin(angle);
        worst = fmax(worst, (double)fabsl(weft_atan2(y, x) - atan2l(y, x)));
        x = 1.0, y = exp(0.0001 * (i - 200000));
        worst = fmax(worst, (double)fabsl(weft_atan2(y, -x) - atan2l(y, -x)));
    }
    CHECK_NEAR(worst, 0.0, 4.6e-16);
    const double signs[] = {1.0, -1.0};
    for (int i = 0; i < 2; i++) {
        CHECK(weft_atan2(signs[i], 0.0) == signs[i] * M_PI / 2.0);
        CHECK(weft_atan2(signs[i] * 0.0, -1.0) == signs[i] * M_PI);
        CHECK(weft_atan2(0.0, signs[i] > 0.0 ? 1.0 : 0.0) == 0.0);
        CHECK(weft_atan2(signs[i], 1.0) == signs[i] * M_PI / 4.0);
    }
}

static void many_blocks(void)
{
    uint32_t many[4 * 37], one[4];
    uint64_t step = UINT64_C(0x123456789abc), first = UINT64_C(0xabcdfffffff0); /* carries */
    weft_philox_many(&noise, 1024, step, first, 37, many);
    for (uint64_t i = 0; i < 37; i++) {
        uint64_t b = first + i;
        uint32_t counter[4] = {(uint32_t)b, (uint32_t)step,
                               (uint32_t)(step >> 32) | (uint32_t)(b >> 32) << 16, 1024};
        test_philox(counter, (uint32_t[]){noise.seed, noise.replica}, one);
        for (int w = 0; w < 4; w++)
            CHECK(many[w * 37 + (int)i] == one[w]);
    }
}

/* W over a step and the integral of W over it, from the pair of the step. */
static void path_of(double dt, double r1, double r2, double *w, double *area)
{
    *w = sqrt(dt) * r1;
    *area = 0.5 * dt * sqrt(dt) * (r1 + r2 / sqrt(3.0));
}

/* Halved steps follow the path of the whole step, and are independent normals themselves. */
static void test_path(void)
{
    enum { N = 300, REPEATS = 400 };
    static double r1[N], r2[N], a1[N], a2[N], b1[N], b2[N];
    double worst = 0.0, sum[4][4] = {{0}};
    for (uint64_t step = 0; step < REPEATS; step++)
        for (uint32_t level = 0; level < 4; level++) {
            weft_noise whole = noise, half = noise;
            whole.level = level;
            half.level = level + 1;
            weft_noise_increments(&whole, 2, step, 1, N + 9, 5, N, r1, r2);
            weft_noise_increments(&half, 2, 2 * step, 1, N + 9, 5, N, a1, a2);
            weft_noise_increments(&half, 2, 2 * step + 1, 1, N + 9, 5, N, b1, b2);
            for (int i = 0; i < N; i++) {
                double w, area, wa, area_a, wb, area_b;
                path_of(2.0, r1[i], r2[i], &w, &area);
                path_of(1.0, a1[i], a2[i], &wa, &area_a);
                path_of(1.0, b1[i], b2[i], &wb, &area_b);
                worst = fmax(worst, fabs(w - wa - wb));
                worst = fmax(worst, fabs(area - area_a - wa - area_b));
                double x[4] = {a1[i], a2[i], b1[i], b2[i]};
                for (int j = 0; level == 3 && j < 4; j++)
                    for (int k = 0; k < 4; k++)
                        sum[j][k] += x[j] * x[k];
            }
        }
    CHECK_NEAR(worst, 0.0, 1e-13);
    const double n = (double)N * REPEATS;
    for (int j = 0; j < 4; j++)
        for (int k = 0; k < 4; k++)
            CHECK_NEAR(sum[j][k] / n, j == k ? 1.0 : 0.0, 4.5 * sqrt((j == k ? 2.0 : 1.0) / n));
    weft_noise_increments(&noise, 0, 7, 0, N, 0, N, r1, NULL);
    weft_noise_normal(&noise, WEFT_STREAM_STEP, 7, 0, N, 0, N, a1);
    CHECK(memcmp(r1, a1, sizeof r1) == 0);
}

static void test_quantiles(void)
{
    CHECK_NEAR(weft_noise_quantile(WEFT_LAW_LORENTZIAN, 0.75), 1.0, 1e-15);
    CHECK_NEAR(weft_noise_quantile(WEFT_LAW_LORENTZIAN, 0.5), 0.0, 1e-15);
    CHECK_NEAR(weft_noise_quantile(WEFT_LAW_LORENTZIAN, 1e-9) * M_PI * 1e-9, -1.0, 1e-15);
    CHECK_NEAR(weft_noise_quantile(WEFT_LAW_NORMAL, 0.975), 1.959963984540054, 1e-14);
    CHECK_NEAR(weft_noise_quantile(WEFT_LAW_NORMAL, 0.5), 0.0, 1e-15);
    CHECK_NEAR(weft_noise_quantile(WEFT_LAW_NORMAL, 1e-12), -7.034483825301131, 1e-13);
    CHECK(weft_noise_quantile(WEFT_LAW_UNIFORM, 0.3) == 0.3);
    for (double p = 1e-4; p < 1.0; p += 0.0137) {
        double x = weft_noise_quantile(WEFT_LAW_NORMAL, p);
        CHECK_NEAR(0.5 * erfc(-x * M_SQRT1_2), p, 1e-15);
        x = weft_noise_quantile(WEFT_LAW_LORENTZIAN, p);
        CHECK_NEAR(0.5 + atan(x) / M_PI, p, 3e-16);
    }
    for (double p = 0.3; p > 1e-300; p *= 0.3) { /* p changes by x dx relative to itself */
        double x = -weft_noise_quantile(WEFT_LAW_NORMAL, p);
        CHECK_NEAR(0.5 * erfc(x * M_SQRT1_2) / p, 1.0, 8e-16 * (1.0 + x * x));
    }
}

int main(void)
{
    test_path();
    test_quantiles();
    test_random123();
    test_layout();
    test_windows();
    test_bits();
    test_single();
    test_moments();
    test_distributions();
    test_tail();
    test_correlations();
    test_functions();
    test_atan2();
    many_blocks();
    return check_end();
}
