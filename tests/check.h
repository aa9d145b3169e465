/* A counting check for tests: a failed check is printed with its place and the test goes on, so
 * that collective calls stay matched; check_end reduces the count over the ranks. */
#ifndef WEFT_TESTS_CHECK_H
#define WEFT_TESTS_CHECK_H

#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>

static int check_failed, check_done;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        check_done++;                                                                              \
        if (!(condition)) {                                                                        \
            check_failed++;                                                                        \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                \
        }                                                                                          \
    } while (0)

/* |a - b| <= tolerance; nan fails. */
#define CHECK_NEAR(a, b, tolerance)                                                                \
    do {                                                                                           \
        double check_a = (a), check_b = (b), check_t = (tolerance);                                \
        check_done++;                                                                              \
        if (!(fabs(check_a - check_b) <= check_t)) {                                               \
            check_failed++;                                                                        \
            fprintf(stderr, "%s:%d: failed: %s = %.17g, expected %.17g, off by %.3g > %.3g\n",     \
                    __FILE__, __LINE__, #a, check_a, check_b, fabs(check_a - check_b), check_t);   \
        }                                                                                          \
    } while (0)

#define CHECK_TEXT(a, b)                                                                           \
    do {                                                                                           \
        const char *check_a = (a), *check_b = (b);                                                 \
        check_done++;                                                                              \
        if (strcmp(check_a, check_b) != 0) {                                                       \
            check_failed++;                                                                        \
            fprintf(stderr, "%s:%d: failed: got \"%s\", expected \"%s\"\n", __FILE__, __LINE__,    \
                    check_a, check_b);                                                             \
        }                                                                                          \
    } while (0)

/* The exit code of a test: 1 if any rank failed a check or none was made. Collective after
 * MPI_Init, which it ends. */
static inline int check_end(void)
{
    int on = 0, counts[2] = {check_failed, check_done};
    MPI_Initialized(&on);
    if (on) {
        MPI_Allreduce(MPI_IN_PLACE, counts, 2, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
        MPI_Finalize();
    }
    return counts[0] > 0 || counts[1] == 0;
}

#endif
