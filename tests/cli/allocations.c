/* A library that counts the allocations of a program, for tests/cli/test_equation_memory.py, and
 * its real transforms, for tests/cli/test_account.py.
 *
 * It stands before the C library and FFTW (LD_PRELOAD) and hands every call on. The two counts are
 * written to the file that WEFT_ALLOCATIONS names when the program ends. Before the real functions
 * are known, dlsym itself may ask for memory: it gets a piece of a small array that is never given
 * back. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static atomic_llong count, transforms;
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

/* Plans and complex numbers are of FFTW's types, which are pointers all the same. */
static void transform(const char *name, const void *plan, void *in, void *out)
{
    void (*next)(const void *, void *, void *) =
        (void (*)(const void *, void *, void *))dlsym(RTLD_NEXT, name);
    transforms++;
    next(plan, in, out);
}

void fftw_execute_dft_r2c(const void *plan, double *in, void *out)
{
    transform("fftw_execute_dft_r2c", plan, in, out);
}

void fftw_execute_dft(const void *plan, void *in, void *out)
{
    transform("fftw_execute_dft", plan, in, out);
}

void fftw_execute_r2r(const void *plan, double *in, double *out)
{
    transform("fftw_execute_r2r", plan, in, out);
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
    fprintf(f, "%lld %lld\n", (long long)count, (long long)transforms);
    fclose(f);
}
