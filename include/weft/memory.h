/* Memory: aligned, zeroed, counted. */
#ifndef WEFT_MEMORY_H
#define WEFT_MEMORY_H

#include "weft/declare.h"
#include "weft/error.h"
#include <stddef.h>
#include <stdint.h>

WEFT_DECLARE_BEGIN

/* count*size bytes, set to zero, aligned to 64 bytes; the caller owns them and frees them with
 * weft_free. count 0 gives a valid pointer. When there is no memory left the program ends with a
 * message and exit code 3 (by MPI_Abort on more than one rank), so the result is never NULL. Local.
 */
void *weft_alloc(size_t count, size_t size);
/* Give back what weft_alloc, weft_strdup or weft_format returned; NULL is allowed. Local. */
void weft_free(void *p);
/* A longer array: room elements, zeros but for the first n, which are those of old; old is freed,
 * and may be NULL where n is 0. Double the room each time, so that each element is copied a bounded
 * number of times. Free with weft_free. Local. */
void *weft_grow(void *old, size_t n, size_t room, size_t size);

/* Check, before large arrays are allocated, whether every machine can hold what the ranks of comm
 * on it have allocated already plus `bytes` more on each of them. Success does not guarantee that
 * the allocation succeeds, because other programs use the machine too; limits that cannot be read
 * are ignored. Requests below 1e8 bytes on every rank are not checked. Collective; ranks may ask
 * for different amounts. Errors: WEFT_FAILED, the same on every rank, with a message that names the
 * machine. */
weft_status weft_memory_claim(MPI_Comm comm, double bytes);

/* A copy of a string, counted like any other memory; free with weft_free. Local. */
char *weft_strdup(const char *text);

/* printf into a new string; free with weft_free. Local. */
char *weft_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Add to the bytes what a library took by other means than weft_alloc, or, negative, gave back:
 * what runs are told that they need holds it, too. Local. */
void weft_memory_count(int64_t bytes);

/* Bytes that are allocated now, and the highest number of bytes so far. Local. */
int64_t weft_memory_bytes(void);
int64_t weft_memory_peak(void);

/* For plans of runs on several ranks. Add to the bytes that a run on one rank saves since it keeps
 * once what belongs to two modes, k and -k, which lie on different ranks where there are several;
 * negative where such tables are freed. Local. */
void weft_memory_count_shared(int64_t bytes);
int64_t weft_memory_shared(void);

/* Bytes of main memory that the whole process has now: its code, MPI and other libraries are in it;
 * 0 where the system does not say. Local. */
int64_t weft_memory_process(void);

/* For tests: the blocks that are allocated now (as many at the end as at the beginning: nothing is
 * leaked), and the number of calls of weft_alloc so far (a time loop must not change it). Local. */
int64_t weft_memory_blocks(void);
int64_t weft_memory_calls(void);

WEFT_DECLARE_END

#endif
