/* Exact sums against an independent method (error-free partials, J. R. Shewchuk 1997), rounding at
 * the edges of the format, and independence of order. */
#include "weft/exact.h"
#include "check.h"
#include <stdlib.h>

static uint64_t random_state = 88172645463325252u;
static uint64_t random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* A double with random mantissa and sign and an exponent in [low, high]. */
static double random_double(int low, int high)
{
    double m = (double)(random_word() >> 11) * 0x1p-53 + 0.5;
    int e = low + (int)(random_word() % (uint64_t)(high - low + 1));
    return ldexp(random_word() & 1 ? m : -m, e);
}

static double sum_of(const double *x, int64_t n)
{
    weft_exact sum;
    weft_exact_clear(&sum);
    weft_exact_add(&sum, x, n);
    return weft_exact_value(&sum);
}

/* Nonoverlapping partial sums, then one correctly rounded value (as in Python's math.fsum). */
static double shewchuk(const double *x, int n)
{
    double partial[2100];
    int count = 0;
    for (int i = 0; i < n; i++) {
        double v = x[i];
        int kept = 0;
        for (int j = 0; j < count; j++) {
            double y = partial[j], a = fabs(v) < fabs(y) ? y : v, b = fabs(v) < fabs(y) ? v : y;
            double high = a + b, low = b - (high - a);
            if (low != 0.0)
                partial[kept++] = low;
            v = high;
        }
        partial[kept++] = v;
        count = kept;
    }
    double high = partial[--count], low = 0.0;
    while (count > 0) {
        double a = high, b = partial[--count];
        high = a + b;
        low = b - (high - a);
        if (low != 0.0)
            break;
    }
    if (count > 0 && ((low < 0.0) == (partial[count - 1] < 0.0))) {
        double twice = 2.0 * low, moved = high + twice;
        if (moved - high == twice)
            high = moved;
    }
    return high;
}

static void test_against_partials(void)
{
    enum { N = 6000 };
    static double x[N];
    const int ranges[][2] = {{0, 0},       {-40, 40},      {-300, 300},
                             {-1000, 900}, {-1080, -1000}, {900, 990}};
    for (int r = 0; r < 6; r++)
        for (int trial = 0; trial < 40; trial++) {
            int n = 1 + (int)(random_word() % N);
            for (int i = 0; i < n; i++)
                x[i] = random_double(ranges[r][0], ranges[r][1]);
            for (int i = 0; trial % 2 && i + 1 < n / 2; i++) /* heavy cancellation */
                x[n - 1 - i] = -x[i];
            CHECK(sum_of(x, n) == shewchuk(x, n));
        }
}

static void test_order(void)
{
    enum { N = 5000 };
    static double x[N];
    for (int i = 0; i < N; i++)
        x[i] = random_double(-200, 200);
    double expected = sum_of(x, N);
    for (int trial = 0; trial < 5; trial++) {
        for (int i = N - 1; i > 0; i--) {
            int j = (int)(random_word() % (uint64_t)(i + 1));
            double swap = x[i];
            x[i] = x[j], x[j] = swap;
        }
        CHECK(sum_of(x, N) == expected);
    }
}

static void test_rounding(void)
{
    const double eps = 0x1p-52, half = 0x1p-53, tiny = 0x1p-1074;
    CHECK(sum_of((double[]){1.0, half}, 2) == 1.0); /* ties to even */
    CHECK(sum_of((double[]){1.0 + eps, half}, 2) == 1.0 + 2 * eps);
    CHECK(sum_of((double[]){1.0, half, tiny}, 3) == 1.0 + eps);
    CHECK(sum_of((double[]){1.0, half, -tiny}, 3) == 1.0);
    CHECK(sum_of((double[]){-1.0, -half, -tiny}, 3) == -1.0 - eps);
    CHECK(sum_of((double[]){0x1p1023, 0x1p1023, -0x1p1023}, 3) == 0x1p1023);
    CHECK(sum_of((double[]){0x1p1023, 0x1p1023}, 2) == INFINITY);
    CHECK(sum_of((double[]){0x1.fffffffffffffp1023, 0x1p969}, 2) == 0x1.fffffffffffffp1023);
    CHECK(sum_of((double[]){0x1.fffffffffffffp1023, 0x1p970}, 2) == INFINITY);
    CHECK(sum_of((double[]){tiny, tiny, -3 * tiny}, 3) == -tiny);
    CHECK(sum_of((double[]){0x1p-1022, -tiny}, 2) == 0x1p-1022 - tiny);
    CHECK(sum_of((double[]){1e300, 1.0, -1e300}, 3) == 1.0);
    CHECK(sum_of(NULL, 0) == 0.0);
    CHECK(sum_of((double[]){INFINITY, 1.0}, 2) == INFINITY);
    CHECK(sum_of((double[]){-INFINITY, 1e308}, 2) == -INFINITY);
    CHECK(isnan(sum_of((double[]){INFINITY, -INFINITY}, 2)));
    CHECK(isnan(sum_of((double[]){NAN, 1.0}, 2)));
    double many[100];
    for (int i = 0; i < 100; i++)
        many[i] = i == 57 ? NAN : 1.0;
    CHECK(isnan(sum_of(many, 100)));
    many[57] = INFINITY;
    CHECK(sum_of(many, 100) == INFINITY);
}

/* Long sums of values of one kind must not overflow a chunk: n ulp-sized or huge terms. */
static void test_many(void)
{
    enum { N = 1 << 20 };
    double *x = malloc(N * sizeof *x);
    for (int i = 0; i < N; i++)
        x[i] = 0x1.fffffffffffffp+1002; /* too large for the blockwise way */
    CHECK(sum_of(x, N) == 0x1.fffffffffffffp+1022);
    for (int i = 0; i < N; i++)
        x[i] = -0x1.fffffffffffffp-40;
    weft_exact sum;
    weft_exact_clear(&sum);
    for (int i = 0; i < N; i += 4)
        weft_exact_add(&sum, x + i, 4);
    CHECK(weft_exact_value(&sum) == -0x1.fffffffffffffp-20);
    CHECK(weft_exact_value(&sum) == -0x1.fffffffffffffp-20); /* reading changes nothing */
    free(x);
}

static void test_products(void)
{
    enum { N = 3001 };
    static double x[N], y[N], z[N];
    for (int i = 0; i < N; i++) {
        x[i] = random_double(-20, 20);
        y[i] = random_double(-20, 20);
        z[i] = x[i] * y[i];
    }
    weft_exact sum;
    weft_exact_clear(&sum);
    weft_exact_add_products(&sum, x, y, N);
    CHECK(weft_exact_value(&sum) == shewchuk(z, N));
}

/* Sums of powers against those of the same products one by one. */
static void compare_powers(const double *x, int n, double shift, int highest_power)
{
    double *part = malloc(3 * (size_t)n * sizeof *part);
    weft_exact sums[3];
    for (int i = 0; i < n; i++) {
        const double d = x[i] - shift, d2 = d * d;
        part[i] = d2;
        part[n + i] = d2 * d;
        part[2 * n + i] = d2 * d2;
    }
    for (int p = 0; p < 3; p++)
        weft_exact_clear(&sums[p]);
    weft_exact_add_powers(sums, highest_power, x, shift, n);
    for (int p = 0; p < highest_power - 1; p++) {
        const double value = weft_exact_value(&sums[p]), other = sum_of(part + p * n, n);
        CHECK(value == other || (isnan(value) && isnan(other)));
        if (isfinite(other))
            CHECK(value == shewchuk(part + p * n, n));
    }
    free(part);
}

static void test_powers(void)
{
    enum { N = 5000 };
    static double x[N];
    for (int i = 0; i < N; i++)
        x[i] = random_double(-30, 3);
    for (int n = 1; n < 140; n++)
        compare_powers(x + n, n, 0.25, 4);
    compare_powers(x, N, 0.0, 4);
    compare_powers(x, N, 0.1, 4);
    compare_powers(x, 2048, 0.1, 2);
    for (int i = 0; i < 300; i++)
        x[i] = random_double(-300, 240);
    compare_powers(x, 300, 0.0, 4);
    for (int i = 0; i < 300; i++)
        x[i] = random_double(-260, -240); /* powers of 4 are subnormal, or vanish */
    compare_powers(x, 300, 0.0, 4);
    x[77] = INFINITY;
    compare_powers(x, 300, 0.0, 4);
    x[299] = NAN;
    compare_powers(x, 300, 0.0, 4);
}

int main(void)
{
    test_against_partials();
    test_order();
    test_rounding();
    test_many();
    test_products();
    test_powers();
    return check_end();
}
