/* Which instruction sets the compiler was allowed to use: cpu_used.c tells, cpu.c checks. */
#ifndef WEFT_CORE_CPU_H
#define WEFT_CORE_CPU_H

/* One bit for each set that GCC or Clang uses by itself when -march allows it. */
enum {
    CORE_CPU_SSE42 = 1,
    CORE_CPU_POPCNT = 2,
    CORE_CPU_AVX = 4,
    CORE_CPU_FMA = 8,
    CORE_CPU_BMI = 16,
    CORE_CPU_BMI2 = 32,
    CORE_CPU_AVX2 = 64,
    CORE_CPU_AVX512F = 128,
    CORE_CPU_AVX512CD = 256,
    CORE_CPU_AVX512DQ = 512,
    CORE_CPU_AVX512BW = 1024,
    CORE_CPU_AVX512VL = 2048,
    CORE_CPU_AVX512IFMA = 4096,
    CORE_CPU_AVX512VBMI = 8192,
    CORE_CPU_AVX512VBMI2 = 16384,
    CORE_CPU_AVX512VNNI = 32768,
    CORE_CPU_AVX512BITALG = 65536,
    CORE_CPU_AVX512VPOPCNTDQ = 131072,
    CORE_CPU_GFNI = 262144
};

extern const unsigned core_cpu_used;

/* Does nothing itself: the check runs before main, and a program that calls this function gets it
 * linked in. Local. */
void core_cpu_check(void);

#endif
