/* The row buffer that reductions share. It grows and is never given back; it is valid until the
 * next call, so that a reduction must not call another one while it uses the buffer.
 *
 * Every rank calls it with its own size, and nothing is sent: a rank with few sites has a small
 * buffer. */
#include "internal.h"
#include "weft/memory.h"
#include <stdlib.h>

/* Kept between calls, so that observables allocate nothing once a run goes on. It counts in the
 * peak (a ring is one row), not among what is in use, as nobody gives it back. */
double *obs_scratch(int64_t n)
{
    static double *memory;
    static int64_t size;
    if (n > size) {
        free(memory);
        memory = malloc((size_t)n * sizeof *memory);
        if (!memory)
            weft_panic(__FILE__, __LINE__, "no memory left for a row of an observable");
        weft_memory_count(n * (int64_t)sizeof *memory);
        weft_memory_count(-n * (int64_t)sizeof *memory);
        size = n;
    }
    return memory;
}
