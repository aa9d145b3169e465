/* Memory: aligned, zeroed, counted. */
#ifndef WEFT_MEMORY_H
#define WEFT_MEMORY_H

#include "weft/declare.h"
#include "weft/error.h"
#include <stddef.h>
#include <stdint.h>

WEFT_DECLARE_BEGIN

/* count*size bytes, zeroed, aligned to 64 bytes; free with weft_free. When there is no memory left
 * the program ends with a message and exit code 3 (MPI_Abort on more than one rank). count 0 gives
 * a valid pointer. Local. */
void *weft_alloc(size_t count, size_t size);
void weft_free(void *p);

/* Ask before large arrays are taken: whether every machine can hold what its ranks of comm have and
 * bytes more on each. A yes is no promise: others use the machine too, and limits that cannot be
 * read are not known. Collective. Errors: WEFT_FAILED. */
weft_status weft_memory_claim(MPI_Comm comm, double bytes);

/* A copy of a string, counted like any other memory; free with weft_free. Local. */
char *weft_strdup(const char *text);

/* printf into a new string; free with weft_free. Local. */
char *weft_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Bytes and blocks allocated now, the highest number of bytes so far, and the number of
 * weft_alloc calls so far (the time loop must not change it). Local. */
int64_t weft_memory_bytes(void);
int64_t weft_memory_blocks(void);
int64_t weft_memory_peak(void);
int64_t weft_memory_calls(void);

WEFT_DECLARE_END

#endif
