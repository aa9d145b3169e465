/* What the compiler was allowed to use in the files that are compiled as this one; see cpu.c. */
#include "cpu.h"

const unsigned core_cpu_used = 0
#ifdef __SSE4_2__
                               | CORE_CPU_SSE42
#endif
#ifdef __AVX__
                               | CORE_CPU_AVX
#endif
#ifdef __FMA__
                               | CORE_CPU_FMA
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
#ifdef __AVX512DQ__
                               | CORE_CPU_AVX512DQ
#endif
#ifdef __AVX512BW__
                               | CORE_CPU_AVX512BW
#endif
#ifdef __AVX512VL__
                               | CORE_CPU_AVX512VL
#endif
    ;
