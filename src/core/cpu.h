/* Which instruction sets the compiler was allowed to use: cpu_used.c tells, cpu.c checks. */
#ifndef WEFT_CORE_CPU_H
#define WEFT_CORE_CPU_H

enum {
    CORE_CPU_SSE42 = 1,
    CORE_CPU_AVX = 2,
    CORE_CPU_FMA = 4,
    CORE_CPU_BMI2 = 8,
    CORE_CPU_AVX2 = 16,
    CORE_CPU_AVX512F = 32,
    CORE_CPU_AVX512DQ = 64,
    CORE_CPU_AVX512BW = 128,
    CORE_CPU_AVX512VL = 256
};

extern const unsigned core_cpu_used;

/* Does nothing itself: the check runs before main, and a program that calls this function gets it
 * linked in. Local. */
void core_cpu_check(void);

#endif
