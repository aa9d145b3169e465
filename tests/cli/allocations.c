/* A library that counts the allocations of a program, for tests/cli/test_equation_memory.py.
 *
 * It stands before the C library (LD_PRELOAD) and hands every call on. The count is written to the
 * file that WEFT_ALLOCATIONS names when the program ends. Before the real functions are known,
 * dlsym itself may ask for memory: it gets a piece of a small array that is never given back. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static atomic_llong count;
static void *(*next_malloc)(size_t), *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t), *(*next_aligned)(size_t, size_t);
static int (*next_posix)(void **, size_t, size_t);
static char early[65536];
static size_t early_used;

static void find(void)
{
    static int busy;
    if (busy || next_malloc)
        return;
    busy = 1;
    next_calloc = dlsym(RTLD_NEXT, "calloc");
    next_realloc = dlsym(RTLD_NEXT, "realloc");
    next_aligned = dlsym(RTLD_NEXT, "aligned_alloc");
    next_posix = dlsym(RTLD_NEXT, "posix_memalign");
    next_malloc = dlsym(RTLD_NEXT, "malloc");
}

static void *from_early(size_t size)
{
    void *out = early + early_used;
    early_used += (size + 15) & ~(size_t)15;
    return early_used <= sizeof early ? out : NULL;
}

void *malloc(size_t size)
{
    find();
    count++;
    return next_malloc ? next_malloc(size) : from_early(size);
}

void *calloc(size_t n, size_t size)
{
    find();
    count++;
    return next_calloc ? next_calloc(n, size) : from_early(n * size);
}

void *realloc(void *old, size_t size)
{
    find();
    count++;
    return next_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    find();
    count++;
    return next_aligned(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    find();
    count++;
    return next_posix(out, alignment, size);
}

void free(void *p)
{
    static void (*next)(void *);
    if ((char *)p >= early && (char *)p < early + sizeof early)
        return;
    if (!next)
        next = dlsym(RTLD_NEXT, "free");
    next(p);
}

static char told[4096];

/* Helpers that the program starts do not see the name of the file. */
__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("WEFT_ALLOCATIONS");
    snprintf(told, sizeof told, "%s", path ? path : "");
    unsetenv("WEFT_ALLOCATIONS");
}

__attribute__((destructor)) static void report(void)
{
    FILE *f = *told ? fopen(told, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "%lld\n", (long long)count);
    fclose(f);
}
