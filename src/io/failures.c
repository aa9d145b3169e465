/* What HDF5 and the system say when something fails, and how a failed file is left. */
#define _GNU_SOURCE
#include "internal.h"
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void weft_io_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* ---- reasons ---- */

typedef struct reason {
    char system[160]; /* strerror as HDF5's drivers quote it */
    char known[160];  /* an error that deserves plainer words */
    char deepest[160];
} reason;

/* Drivers end with "..., errno = 28, error message = 'No space left on device', ...". */
static void quote_system(const char *text, char *out, size_t size)
{
    static const char mark[] = "error message = '";
    const char *at = text ? strstr(text, mark) : NULL;
    if (!at || out[0])
        return;
    at += sizeof mark - 1;
    snprintf(out, size, "%.*s", (int)strcspn(at, "'"), at);
}

static void recognise(const char *text, char *out, size_t size)
{
    static const char *const words[][2] = {
        {"truncated file", "the file is truncated"},
        {"file signature not found", "it is not an HDF5 file"},
        {"unable to locate file signature", "it is not an HDF5 file"},
        {"not a HDF5 file", "it is not an HDF5 file"},
        {"incorrect metadata checksum", "it is damaged (checksum of its structure)"},
        {"checksum", "it is damaged (checksum of its structure)"},
    };
    for (size_t i = 0; text && !out[0] && i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i][0]))
            snprintf(out, size, "%s", words[i][1]);
}

static herr_t visit(unsigned n, const H5E_error2_t *error, void *data)
{
    reason *r = data;
    quote_system(error->desc, r->system, sizeof r->system);
    recognise(error->desc, r->known, sizeof r->known);
    if (n == 0 && error->desc)
        snprintf(r->deepest, sizeof r->deepest, "%s", error->desc);
    return 0;
}

/* MPI-IO tells only that it failed; the system's number is still there. */
static const char *from_errno(void)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case EROFS:
    case EACCES:
    case ENOENT:
        return strerror(errno);
    default:
        return NULL;
    }
}

void weft_io_reason(char *out, size_t size)
{
    reason r = {"", "", ""};
    const char *system = from_errno();
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &r);
    H5Eclear2(H5E_DEFAULT);
    if (r.system[0])
        snprintf(out, size, "%s", r.system);
    else if (r.known[0])
        snprintf(out, size, "%s", r.known);
    else if (system)
        snprintf(out, size, "%s", system);
    else
        snprintf(out, size, "HDF5: %s", r.deepest[0] ? r.deepest : "no reason given");
}

weft_status weft_io_failure(const weft_file *file, const char *doing, ...)
{
    char why[200], what[400];
    weft_io_reason(why, sizeof why);
    va_list args;
    va_start(args, doing);
    vsnprintf(what, sizeof what, doing, args);
    va_end(args);
    return weft_fail(WEFT_IO, "%s: cannot %s: %s", file->path, what, why);
}

weft_status weft_io_settle(weft_file *file, weft_status mine)
{
    if (file->pending != WEFT_OK)
        mine = file->pending;
    mine = weft_agree(file->comm, mine);
    if (mine != WEFT_OK)
        file->failed = true;
    file->pending = WEFT_OK;
    return mine;
}

weft_status weft_io_ready(weft_file *file)
{
    errno = 0;
    if (file->failed)
        return weft_fail(WEFT_IO, "%s: not used any more after an earlier error", file->path);
    return WEFT_OK;
}

/* ---- leaving a failed file ---- */

/* HDF5 writes what it still holds when a file is closed; on a full disk that fails again, on some
 * ranks and not on others, and leaves a handle that it frees twice at the end of the program. So
 * the descriptors of the file are made to refer to memory first: all writes succeed and are gone
 * with the close. */
void weft_io_divert(const weft_file *file)
{
    struct stat target, s;
    int sink = -1;
    DIR *open_ones = opendir("/proc/self/fd");
    if (open_ones && stat(file->path, &target) == 0)
        sink = memfd_create("weft-discard", MFD_CLOEXEC);
    for (struct dirent *e; sink >= 0 && (e = readdir(open_ones));) {
        int fd = atoi(e->d_name);
        if (e->d_name[0] != '.' && fd != sink && fstat(fd, &s) == 0 && s.st_dev == target.st_dev &&
            s.st_ino == target.st_ino)
            dup2(sink, fd);
    }
    if (sink >= 0)
        close(sink);
    if (open_ones)
        closedir(open_ones);
}
