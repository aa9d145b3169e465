/* The width of vectors of doubles or 64-bit integers written by hand. */
#ifndef WEFT_LANES_H
#define WEFT_LANES_H

/* As many as a register has. Compilers make slow code of larger vectors: GCC takes comparisons of
 * them apart into scalars, which made exact sums eight times slower on machines with AVX2. */
#ifdef __AVX512F__
enum { WEFT_LANES = 8 };
#elif defined __AVX2__
enum { WEFT_LANES = 4 };
#else
enum { WEFT_LANES = 2 };
#endif

#endif
