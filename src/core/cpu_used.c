/* The instruction sets that the compiler was allowed to use, as one constant.
 *
 * Invariant: this file is compiled with the same flags as all the others but cpu.c, so the macros
 * which the compiler defines here are those it defined there. It holds data and no code: on a
 * processor that is too old nothing of it can be executed, so cpu.c may read it safely. Sets that
 * the compiler uses only when a program asks for them by name (AES, SHA, AMX) are not told: weft
 * never does. */
#include "cpu.h"

/* One bit for each instruction set of cpu.h; the macros are those of GCC and Clang. */
const unsigned core_cpu_used = 0
#ifdef __SSE4_2__
                               | CORE_CPU_SSE42
#endif
#ifdef __POPCNT__
                               | CORE_CPU_POPCNT
#endif
#ifdef __AVX__
                               | CORE_CPU_AVX
#endif
#ifdef __FMA__
                               | CORE_CPU_FMA
#endif
#ifdef __BMI__
                               | CORE_CPU_BMI
#endif
#ifdef __BMI2__
                               | CORE_CPU_BMI2
#endif
#ifdef __AVX2__
                               | CORE_CPU_AVX2
#endif
#ifdef __AVX512F__
                               | CORE_CPU_AVX512F
#endif
#ifdef __AVX512CD__
                               | CORE_CPU_AVX512CD
#endif
#ifdef __AVX512DQ__
                               | CORE_CPU_AVX512DQ
#endif
#ifdef __AVX512BW__
                               | CORE_CPU_AVX512BW
#endif
#ifdef __AVX512VL__
                               | CORE_CPU_AVX512VL
#endif
#ifdef __AVX512IFMA__
                               | CORE_CPU_AVX512IFMA
#endif
#ifdef __AVX512VBMI__
                               | CORE_CPU_AVX512VBMI
#endif
#ifdef __AVX512VBMI2__
                               | CORE_CPU_AVX512VBMI2
#endif
#ifdef __AVX512VNNI__
                               | CORE_CPU_AVX512VNNI
#endif
#ifdef __AVX512BITALG__
                               | CORE_CPU_AVX512BITALG
#endif
#ifdef __AVX512VPOPCNTDQ__
                               | CORE_CPU_AVX512VPOPCNTDQ
#endif
#ifdef __GFNI__
                               | CORE_CPU_GFNI
#endif
    ;
