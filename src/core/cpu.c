/* Can this processor run the program? With -march=native the compiler uses instructions that an
 * older machine lacks, and the program would end there with SIGILL and no word.
 *
 * Invariant: this file is compiled for the oldest processor of the architecture (CMakeLists.txt),
 * and runs before all others that are not; what the others may use is told by cpu_used.c, which is
 * compiled as they are and holds data only. */
#include "cpu.h"
#include <stdio.h>
#include <unistd.h>

#if defined __x86_64__ && defined __GNUC__

/* The names are those that __builtin_cpu_supports knows, which takes literals only. */
#define HAS(name, text)                                                                            \
    if ((core_cpu_used & CORE_CPU_##name) && !__builtin_cpu_supports(text))                        \
    missing = text

/* The name of one instruction set that the other files use and this processor lacks; NULL if it has
 * all. The sets are asked in the order of their age, so the newest missing one is named. */
static const char *missing_feature(void)
{
    const char *missing = NULL;
    __builtin_cpu_init();
    HAS(SSE42, "sse4.2");
    HAS(POPCNT, "popcnt");
    HAS(AVX, "avx");
    HAS(FMA, "fma");
    HAS(BMI, "bmi");
    HAS(BMI2, "bmi2");
    HAS(AVX2, "avx2");
    HAS(AVX512F, "avx512f");
    HAS(AVX512CD, "avx512cd");
    HAS(AVX512DQ, "avx512dq");
    HAS(AVX512BW, "avx512bw");
    HAS(AVX512VL, "avx512vl");
    HAS(AVX512IFMA, "avx512ifma");
    HAS(AVX512VBMI, "avx512vbmi");
    HAS(AVX512VBMI2, "avx512vbmi2");
    HAS(AVX512VNNI, "avx512vnni");
    HAS(AVX512BITALG, "avx512bitalg");
    HAS(AVX512VPOPCNTDQ, "avx512vpopcntdq");
    HAS(GFNI, "gfni");
    return missing;
}

/* Runs before main and before the constructors of libraries without a priority (101 is the first
 * priority that is free for programs), so that no instruction of a newer processor is met earlier.
 * It uses write and _exit because buffers of stdio and handlers of exit may not be set up yet. */
__attribute__((constructor(101))) static void check(void)
{
    char text[320];
    const char *missing = missing_feature();
    if (!missing)
        return;
    int n = snprintf(text, sizeof text,
                     "weft: error: this program was built for a newer processor: this one has no "
                     "%s; build it with -DWEFT_ARCH= (any processor) or -DWEFT_ARCH=x86-64-v2, or "
                     "on the oldest machine that is to run it\n",
                     missing);
    if (write(STDERR_FILENO, text, (size_t)n) < 0)
        _exit(2);
    _exit(2);
}

#endif

/* Empty on purpose: a static library gives a program only those object files that it refers to, and
 * a constructor alone is no reference. Whoever calls this brings the check along. */
void core_cpu_check(void)
{
}
