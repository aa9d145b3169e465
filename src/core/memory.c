/* Memory: aligned for vectors, zeroed, and counted.
 *
 * Each block knows its own size, so that the number of bytes in use is exact at all times; tests
 * use the number of blocks to see that nothing is left behind and that the time loop takes nothing.
 * Memory of a library that lets others allocate for it (PETSc) is counted in bytes, not in blocks.
 */
#include "weft/memory.h"
#include "weft/error.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Each block is preceded by one cache line that holds its size. A whole line, so that what follows
 * it is aligned to 64 bytes as well: that suits vectors of AVX-512, and no two blocks share a line.
 * blocks_now: allocated and not freed; calls: all allocations so far. */
enum { HEADER = 64, LARGE = 1 << 22 };
static int64_t bytes_now, bytes_peak, blocks_now, calls, bytes_shared;

/* Keeps the peak up to date when bytes were added. */
static void count(int64_t bytes)
{
    bytes_now += bytes;
    if (bytes_now > bytes_peak)
        bytes_peak = bytes_now;
}

/* Asks the system for huge pages where a block is as long as two of them: what jumps about in large
 * arrays (marks of lattices, columns of a transform) waits for the tables of small ones. Advice
 * before the first touch, which has no effect where it is not understood. */
static void prefer_huge_pages(char *block, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    if (bytes < LARGE)
        return;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)block;
    const uintptr_t first = (at + page - 1) / page * page, end = (at + bytes) / page * page;
    (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
    (void)block, (void)bytes;
#endif
}

/* The product is checked for overflow: n * size that wraps around would give a small block for a
 * large request. The total is rounded up to whole lines, as aligned_alloc demands.
 *
 * There is no status to return. Large arrays are asked for beforehand by weft_memory_claim, which
 * can refuse on all ranks at once; when a small block fails nothing sensible can follow, and one
 * rank alone must not go on to a state in which the others wait for it. Hence MPI_Abort. */
void *weft_alloc(size_t n, size_t size)
{
    size_t bytes = 0, total = 0;
    char *block = NULL;
    if (!__builtin_mul_overflow(n, size, &bytes) &&
        !__builtin_add_overflow(bytes, (size_t)2 * HEADER - 1, &total))
        block = aligned_alloc(HEADER, total / HEADER * HEADER);
    if (!block) {
        int on = 0, ranks = 1;
        fprintf(stderr, "weft: error: out of memory: %zu x %zu bytes wanted, %.3g GB in use\n", n,
                size, (double)bytes_now * 1e-9);
        MPI_Initialized(&on);
        if (on)
            MPI_Comm_size(MPI_COMM_WORLD, &ranks);
        if (ranks > 1)
            MPI_Abort(MPI_COMM_WORLD, WEFT_FAILED);
        exit(WEFT_FAILED);
    }
    prefer_huge_pages(block, total / HEADER * HEADER);
    memset(block + HEADER, 0, bytes);
    memcpy(block, &bytes, sizeof bytes);
    blocks_now++;
    calls++;
    count((int64_t)bytes);
    return block + HEADER;
}

/* The size stands in front of the block: counts go down by what they went up. */
void weft_free(void *p)
{
    if (!p)
        return;
    char *block = (char *)p - HEADER;
    size_t bytes;
    memcpy(&bytes, block, sizeof bytes);
    blocks_now--;
    bytes_now -= (int64_t)bytes;
    free(block);
}

/* Not realloc: blocks are aligned, counted, and zero beyond what was copied. */
void *weft_grow(void *old, size_t n, size_t room, size_t size)
{
    void *larger = weft_alloc(room, size);
    if (n)
        memcpy(larger, old, n * size);
    weft_free(old);
    return larger;
}

char *weft_strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    return memcpy(weft_alloc(n, 1), text, n);
}

/* Formats twice: once to learn the length, once into the new string. */
char *weft_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *out = weft_alloc((size_t)n + 1, 1);
    va_start(args, format);
    vsnprintf(out, (size_t)n + 1, format, args);
    va_end(args);
    return out;
}

void weft_memory_count(int64_t bytes)
{
    count(bytes);
}

void weft_memory_count_shared(int64_t bytes)
{
    bytes_shared += bytes;
}

int64_t weft_memory_shared(void)
{
    return bytes_shared;
}

int64_t weft_memory_bytes(void)
{
    return bytes_now;
}

int64_t weft_memory_blocks(void)
{
    return blocks_now;
}

int64_t weft_memory_peak(void)
{
    return bytes_peak;
}

/* The second number of this file are pages that are in memory (man 5 proc). */
int64_t weft_memory_process(void)
{
    long long all, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%lld %lld", &all, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

int64_t weft_memory_calls(void)
{
    return calls;
}
