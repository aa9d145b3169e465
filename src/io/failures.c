/* What HDF5 and the system say when something fails.
 *
 * Invariant: a failure on one rank becomes the same failure on all (io_settle) before the next
 * collective call, and a failed file is not used again but to be closed. Reasons are taken from
 * HDF5's stack of errors at once, since its next call clears it; errno counts only where HDF5 knows
 * no more, as under MPI-IO. */
#include "internal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A file on a full disk cannot be closed properly: HDF5 frees it, but keeps its handle, and would
 * free it again at the end of the program or, if MPI was there when HDF5 started, in MPI_Finalize.
 * So HDF5 starts before MPI and is told not to clean up at the end; files are closed by name. */
__attribute__((constructor)) static void start_early(void)
{
    H5dont_atexit();
    H5open();
}

/* HDF5 prints its stack of errors by default, also of errors that are expected here. */
void io_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* ---- reasons ---- */

/* What was found in HDF5's stack of errors, best first. */
typedef struct reason {
    char system[160]; /* strerror as HDF5's drivers quote it */
    char known[160];  /* an error that deserves plainer words */
    char deepest[160];
} reason;

/* Drivers end with "..., errno = 28, error message = 'No space left on device', ...". Only the
 * first one is kept: it is nearest to the cause. */
static void quote_system(const char *text, char *out, size_t size)
{
    static const char mark[] = "error message = '";
    const char *at = text ? strstr(text, mark) : NULL;
    if (!at || out[0])
        return;
    at += sizeof mark - 1;
    snprintf(out, size, "%.*s", (int)strcspn(at, "'"), at);
}

/* Words of HDF5's messages, and what a user should read instead. */
static void recognise(const char *text, char *out, size_t size)
{
    static const char *const words[][2] = {
        {"truncated file", "the file is truncated"},
        {"file signature not found", "it is not an HDF5 file"},
        {"unable to locate file signature", "it is not an HDF5 file"},
        {"not a HDF5 file", "it is not an HDF5 file"},
        {"Fletcher32", "it is damaged (checksum of its values)"},
        {"incorrect metadata checksum", "it is damaged (checksum of its structure)"},
        {"checksum", "it is damaged (checksum of its structure)"},
    };
    for (size_t i = 0; text && !out[0] && i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i][0]))
            snprintf(out, size, "%s", words[i][1]);
}

/* Called for each entry of HDF5's stack of errors, from the deepest one (n = 0) upward. */
static herr_t visit(unsigned n, const H5E_error2_t *error, void *data)
{
    reason *r = data;
    quote_system(error->desc, r->system, sizeof r->system);
    recognise(error->desc, r->known, sizeof r->known);
    if (n == 0 && error->desc)
        snprintf(r->deepest, sizeof r->deepest, "%s", error->desc);
    return 0;
}

const char io_partial_write[] =
    "only a part could be written (disk full, quota or file size limit)";

/* MPI-IO tells only that it failed; the system's number is still there. */
const char *io_system_reason(void)
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

/* What HDF5 was not told of, else the reason in its error stack, or of errno. Local. */
static void io_reason(const weft_file *file, char *out, size_t size)
{
    reason r = {"", "", ""};
    const char *system = io_system_reason();
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &r);
    H5Eclear2(H5E_DEFAULT);
    if (file->absorbed[0])
        snprintf(out, size, "%s", file->absorbed);
    else if (r.system[0])
        snprintf(out, size, "%s", r.system);
    else if (r.known[0])
        snprintf(out, size, "%s", r.known);
    else if (system)
        snprintf(out, size, "%s", system);
    else if (strcmp(r.deepest, "file write failed") == 0) /* a short write through MPI-IO */
        snprintf(out, size, "%s", io_partial_write);
    else
        snprintf(out, size, "HDF5: %s", r.deepest[0] ? r.deepest : "no reason given");
}

/* The reason is taken down before anything else is called. */
weft_status io_failure(const weft_file *file, const char *doing, ...)
{
    char why[200], what[400];
    io_reason(file, why, sizeof why);
    va_list args;
    va_start(args, doing);
    vsnprintf(what, sizeof what, doing, args);
    va_end(args);
    return weft_fail(WEFT_IO, "%s: cannot %s: %s", file->path, what, why);
}

/* `pending` is a failure of an earlier call that was not collective (write_alone in transfer.c); it
 * is told here, at the next meeting of all ranks. So is one that HDF5 was not told of (absorb.c),
 * in place of what it made of the zeros that it got. */
weft_status io_settle(weft_file *file, weft_status mine)
{
    if (file->pending != WEFT_OK)
        mine = file->pending;
    if (file->absorbed[0] && (mine == WEFT_OK || !strstr(weft_error_message(), file->absorbed))) {
        weft_error_clear();
        mine = io_failure(file, file->how == WEFT_READ ? "read it" : "write");
    }
    mine = weft_agree(file->comm, mine);
    if (mine != WEFT_OK)
        file->failed = true;
    file->pending = WEFT_OK;
    return mine;
}

/* `failed` is the same on all ranks, so all of them return here or none. errno is cleared so that a
 * later reason cannot be an old one. */
weft_status io_ready(weft_file *file)
{
    errno = 0;
    if (file->failed)
        return weft_fail(WEFT_IO, "%s: not used any more after an earlier error", file->path);
    return WEFT_OK;
}
