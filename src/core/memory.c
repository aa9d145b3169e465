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
enum { HEADER = 64, LARGE = 1 << 22, HUGE_PAGE = 1 << 21 };
static int64_t bytes_now, bytes_peak, blocks_now, calls;

/* What stands in front of a block: its size, and where it was mapped by itself the pages. */
typedef struct header {
    size_t bytes;
    char *pages;
    size_t length;
} header;

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

/* A large block gets pages of its own, which go back to the system when it is freed. The C library
 * does the same unless it is told otherwise, and libraries do tell it (SuperLU_DIST, which comes
 * with PETSc, when it is loaded): then the arrays of a start are never given back, and a run holds
 * more than it counts. The pages begin at a huge one. Blocks begin at different places of a page,
 * as arrays at equal places would be in each other's way in the cache. */
static char *map(size_t total, header *h)
{
#if defined(MAP_ANONYMOUS) && !defined(__SANITIZE_ADDRESS__)
    const size_t shift = (size_t)(calls % 16) * 4 * HEADER;
    h->length = total + shift + HUGE_PAGE;
    h->pages = mmap(NULL, h->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (h->pages == MAP_FAILED)
        return NULL;
    return h->pages + (HUGE_PAGE - (uintptr_t)h->pages % HUGE_PAGE) + shift;
#else
    (void)h;
    return aligned_alloc(HEADER, total);
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
    size_t total = 0;
    char *block = NULL;
    header h = {0};
    if (!__builtin_mul_overflow(n, size, &h.bytes) &&
        !__builtin_add_overflow(h.bytes, (size_t)2 * HEADER - 1, &total)) {
        total = total / HEADER * HEADER;
        block = total < LARGE ? aligned_alloc(HEADER, total) : map(total, &h);
    }
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
    prefer_huge_pages(block, total);
    memset(block + HEADER, 0, h.bytes);
    memcpy(block, &h, sizeof h);
    blocks_now++;
    calls++;
    count((int64_t)h.bytes);
    return block + HEADER;
}

/* The size stands in front of the block: counts go down by what they went up. */
void weft_free(void *p)
{
    if (!p)
        return;
    char *block = (char *)p - HEADER;
    header h;
    memcpy(&h, block, sizeof h);
    blocks_now--;
    bytes_now -= (int64_t)h.bytes;
    if (h.pages)
        munmap(h.pages, h.length);
    else
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
