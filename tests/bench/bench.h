/* Time for measurements: of this process alone, so that a busy machine disturbs it least. */
#ifndef WEFT_TESTS_BENCH_H
#define WEFT_TESTS_BENCH_H

#include <time.h>

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
