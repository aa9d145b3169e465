/* Kills a program in the middle of its files: a library to be preloaded.
 *
 * Every call that changes something below a directory is counted (writes, new files, renames,
 * removals, links, changes of length), and the process ends by SIGKILL just before call number
 * WEFT_CRASH_AT, or, with WEFT_CRASH_HALF, after half of the bytes of that write. What was done
 * before is in the kernel's hands and survives, so that the files are left as a kill at that
 * moment leaves them.
 *
 * Environment: WEFT_CRASH_DIR the directory (a real path), WEFT_CRASH_AT (0: never, only count),
 * WEFT_CRASH_HALF, WEFT_CRASH_RANK the rank that counts (default 0), WEFT_CRASH_COUNT a file that
 * gets the number of calls when the program ends by itself (not from helpers that it starts).
 *
 * Invariant: only calls of the program and of the libraries that it loads are seen. libc's own
 * (fwrite, fclose) do not pass through here, so fopen for writing counts as a call instead. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static const char *dir;
static size_t dir_length;
static long crash_at, calls;
static int half, mine;

__attribute__((constructor)) static void start(void)
{
    const char *at = getenv("WEFT_CRASH_AT"), *rank = getenv("OMPI_COMM_WORLD_RANK"),
               *wanted = getenv("WEFT_CRASH_RANK");
    dir = getenv("WEFT_CRASH_DIR");
    crash_at = at ? atol(at) : 0;
    half = getenv("WEFT_CRASH_HALF") != NULL;
    dir_length = dir ? strlen(dir) : 0;
    mine = dir && atol(rank ? rank : "0") == atol(wanted ? wanted : "0");
}

__attribute__((destructor)) static void end(void)
{
    const char *count = getenv("WEFT_CRASH_COUNT");
    FILE *f = mine && calls && count ? fopen(count, "w") : NULL;
    if (f) {
        fprintf(f, "%ld\n", calls);
        fclose(f);
    }
}

static int inside(const char *path)
{
    char whole[PATH_MAX], parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = '\0';
    if (!mine || !realpath(slash ? parent : ".", whole))
        return 0;
    return strncmp(whole, dir, dir_length) == 0 &&
           (whole[dir_length] == '\0' || whole[dir_length] == '/');
}

static int inside_fd(int fd)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = mine ? readlink(link, path, sizeof path - 1) : -1;
    if (n <= 0 || path[0] != '/')
        return 0;
    path[n] = '\0';
    return inside(path);
}

/* Is this the call to die in? Without halves the process ends here. */
static int now(void)
{
    if (++calls != crash_at)
        return 0;
    if (!half)
        kill(getpid(), SIGKILL);
    return 1;
}

#define REAL(name) (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define DIE()      kill(getpid(), SIGKILL)

ssize_t write(int fd, const void *data, size_t n)
{
    __typeof__(&write) real = REAL(write);
    if (inside_fd(fd) && now()) {
        real(fd, data, n / 2);
        DIE();
    }
    return real(fd, data, n);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    __typeof__(&pwrite) real = REAL(pwrite);
    if (inside_fd(fd) && now()) {
        real(fd, data, n / 2, at);
        DIE();
    }
    return real(fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    __typeof__(&pwrite64) real = REAL(pwrite64);
    if (inside_fd(fd) && now()) {
        real(fd, data, n / 2, at);
        DIE();
    }
    return real(fd, data, n, at);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    if (inside_fd(fd) && now())
        DIE();
    return (REAL(writev))(fd, parts, n);
}

ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t at)
{
    if (inside_fd(fd) && now())
        DIE();
    return (REAL(pwritev))(fd, parts, n, at);
}

#define PATH_CALL(type, name, arguments, path, ...)                                                \
    type name arguments                                                                            \
    {                                                                                              \
        if (inside(path) && now())                                                                 \
            DIE();                                                                                 \
        return (REAL(name))(__VA_ARGS__);                                                          \
    }
PATH_CALL(int, rename, (const char *a, const char *b), b, a, b)
PATH_CALL(int, link, (const char *a, const char *b), b, a, b)
PATH_CALL(int, unlink, (const char *a), a, a)
PATH_CALL(int, rmdir, (const char *a), a, a)
PATH_CALL(int, truncate, (const char *a, off_t n), a, a, n)
PATH_CALL(int, truncate64, (const char *a, off64_t n), a, a, n)

#define FD_CALL(name, arguments, fd, ...)                                                          \
    int name arguments                                                                             \
    {                                                                                              \
        if (inside_fd(fd) && now())                                                                \
            DIE();                                                                                 \
        return (REAL(name))(__VA_ARGS__);                                                          \
    }
FD_CALL(ftruncate, (int fd, off_t n), fd, fd, n)
FD_CALL(ftruncate64, (int fd, off64_t n), fd, fd, n)
FD_CALL(fallocate, (int fd, int mode, off_t at, off_t n), fd, fd, mode, at, n)

/* New and emptied files. */
#define OPEN_CALL(name)                                                                            \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        int mode = va_arg(more, int);                                                              \
        va_end(more);                                                                              \
        if ((flags & (O_CREAT | O_TRUNC)) && inside(path) && now())                                \
            DIE();                                                                                 \
        return (REAL(name))(path, flags, mode);                                                    \
    }
OPEN_CALL(open)
OPEN_CALL(open64)

#define FOPEN_CALL(name)                                                                           \
    FILE *name(const char *path, const char *how)                                                  \
    {                                                                                              \
        if (how[0] != 'r' && inside(path) && now())                                                \
            DIE();                                                                                 \
        return (REAL(name))(path, how);                                                            \
    }
FOPEN_CALL(fopen)
FOPEN_CALL(fopen64)
