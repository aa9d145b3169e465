/* Averages over replicas (src/ensemble/average.c) against sums in two passes, in any grouping, and
 * against exact results. */
#include "ensemble/average.h"
#include "check.h"
#include "weft/memory.h"
#include <stdlib.h>

enum { REPLICAS = 37, NUMBERS = 3 };

/* Values with a mean much larger than their scatter. */
static double value(int replica, int i)
{
    return 1e6 * (i + 1) + (double)rand() / RAND_MAX + 1e-3 * replica;
}

static void against_two_passes(void)
{
    static double x[REPLICAS][NUMBERS];
    ens_average all, block, merged;
    srand(5);
    for (int r = 0; r < REPLICAS; r++)
        for (int i = 0; i < NUMBERS; i++)
            x[r][i] = value(r, i);
    ens_average_init(&all, NUMBERS);
    ens_average_init(&block, NUMBERS);
    ens_average_init(&merged, NUMBERS);
    for (int r = 0; r < REPLICAS; r++)
        ens_average_add(&all, x[r], 0);
    for (int first = 0, size = 1; first < REPLICAS; first += size, size++) {
        ens_average_clear(&block);
        for (int r = first; r < first + size && r < REPLICAS; r++)
            ens_average_add(&block, x[r], 0);
        ens_average_merge(&merged, block.count, block.mean, block.m2);
    }
    CHECK(all.count == REPLICAS && merged.count == REPLICAS);
    for (int i = 0; i < NUMBERS; i++) {
        double mean = 0, m2 = 0;
        for (int r = 0; r < REPLICAS; r++)
            mean += x[r][i] / REPLICAS;
        for (int r = 0; r < REPLICAS; r++)
            m2 += (x[r][i] - mean) * (x[r][i] - mean);
        double error = sqrt(m2 / (REPLICAS - 1) / REPLICAS);
        CHECK_NEAR(all.mean[i], mean, 1e-15 * REPLICAS * mean);
        CHECK_NEAR(merged.mean[i], mean, 1e-15 * REPLICAS * mean);
        CHECK_NEAR(ens_average_error(&all, i), error, 1e-9 * error);
        CHECK_NEAR(ens_average_error(&merged, i), error, 1e-9 * error);
    }
    ens_average_free(&all);
    ens_average_free(&block);
    ens_average_free(&merged);
}

/* 1 ... n: mean (n + 1)/2, variance n (n + 1)/12. */
static void integers(void)
{
    ens_average a;
    ens_average_init(&a, 1);
    CHECK(isnan(ens_average_error(&a, 0)));
    for (int r = 1; r <= 8; r++) {
        ens_average_add(&a, &(double){r}, 0);
        CHECK_NEAR(a.mean[0], (r + 1) / 2.0, 1e-15);
        if (r == 1)
            CHECK(isnan(ens_average_error(&a, 0)));
        else
            CHECK_NEAR(ens_average_error(&a, 0), sqrt((r + 1) / 12.0), 1e-14);
    }
    ens_average_merge(&a, 0, NULL, NULL);
    CHECK(a.count == 8);
    ens_average_free(&a);
}

/* Of the mean itself the jackknife gives the standard error. */
static void jackknife(void)
{
    enum { N = 9 };
    double x[N], left_out[N], sum = 0, m2 = 0;
    for (int i = 0; i < N; i++) {
        x[i] = (double)rand() / RAND_MAX;
        sum += x[i];
    }
    for (int i = 0; i < N; i++) {
        left_out[i] = (sum - x[i]) / (N - 1);
        m2 += (x[i] - sum / N) * (x[i] - sum / N);
    }
    CHECK_NEAR(ens_jackknife_error(left_out, N), sqrt(m2 / (N - 1) / N), 1e-15);
    CHECK(isnan(ens_jackknife_error(left_out, 1)));
}

int main(void)
{
    int64_t blocks = weft_memory_blocks();
    against_two_passes();
    integers();
    jackknife();
    CHECK(weft_memory_blocks() == blocks);
    return check_end();
}
