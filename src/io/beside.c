/* Files that are whole or not there: written under a temporary name beside their own, brought to
 * the disk, and renamed.
 *
 * Invariant: rename() puts the new file in the place of the old one in one step, for other
 * processes and for a kill at any moment. The contents are on the disk before, and the directory
 * after it, so that the order holds for a loss of power, too. A kill leaves at most a file
 * NAME.tmp. */
#define _GNU_SOURCE
#include "internal.h"
#include "weft/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- a copy to change ---- */

/* write may take only a part, for example when a disk is nearly full: hence the inner loop. */
static bool copy_bytes(int from, int to)
{
    enum { PIECE = 1 << 20 };
    char *room = weft_alloc(PIECE, 1);
    ssize_t n, done = 0;
    while ((n = read(from, room, PIECE)) > 0)
        for (ssize_t at = 0; at < n; at += done)
            if ((done = write(to, room + at, (size_t)(n - at))) <= 0) {
                n = -1;
                break;
            }
    weft_free(room);
    return n == 0;
}

/* Makes target a copy of the file at path. On one rank. */
static weft_status copy(const char *path, const char *target)
{
    int from = open(path, O_RDONLY | O_CLOEXEC),
        to = from < 0 ? -1 : open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    weft_status status = WEFT_OK;
    if (from < 0 || to < 0)
        status = weft_fail(WEFT_IO, "%s: cannot %s: %s", from < 0 ? path : target,
                           from < 0 ? "read it" : "create it", strerror(errno));
    else if (!copy_bytes(from, to))
        status = weft_fail(WEFT_IO, "%s: cannot write a copy of it: %s", path, strerror(errno));
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return status;
}

/* `final`, the name after commit, marks the file as one that is written beside. */
weft_status weft_file_begin(MPI_Comm comm, const char *path, bool old, weft_file **out)
{
    int rank;
    MPI_Comm_rank(comm, &rank);
    *out = NULL;
    char *temporary = weft_format("%s.tmp", path);
    weft_status status = WEFT_OK;
    if (old)
        status = weft_agree(comm, rank == 0 ? copy(path, temporary) : WEFT_OK);
    if (status == WEFT_OK)
        status = io_open(comm, temporary, old ? WEFT_APPEND : WEFT_CREATE, true, out);
    if (status != WEFT_OK && rank == 0) /* half of a copy, on a disk that is full */
        unlink(temporary);
    weft_free(temporary);
    if (status == WEFT_OK)
        (*out)->final = weft_strdup(path);
    return status;
}

/* ---- its own name ---- */

/* The directory is brought to the disk as well: otherwise a loss of power could undo the rename
 * after the program has said that the file is there. A file that only saves work need not wait. */
static weft_status io_rename(const char *from, const char *to, bool wait)
{
    if (rename(from, to) != 0)
        return weft_fail(WEFT_IO, "%s: cannot rename it to %s: %s", from, to, strerror(errno));
    if (!wait)
        return WEFT_OK;
    char *directory = weft_strdup(to), *slash = strrchr(directory, '/');
    if (slash)
        slash[slash == directory] = '\0';
    weft_status status = io_sync(slash ? directory : ".", O_RDONLY | O_DIRECTORY);
    weft_free(directory);
    return status;
}

/* A failed file may still be open: give its space back at once. Truncating works on the contents,
 * however many handles there are; unlink removes a name only. */
static void remove_file(const char *path)
{
    if (truncate(path, 0) == 0)
        unlink(path);
}

/* Paths are copied first, because weft_file_close frees the file. Each step is agreed upon before
 * the next one: no rank renames what another rank could not write. */
static weft_status commit(weft_file *file, bool wait)
{
    MPI_Comm comm = file->comm;
    int rank = file->rank;
    char *temporary = weft_strdup(file->path), *final = weft_strdup(file->final);
    weft_status status = weft_file_close(file);
    /* each node has its own dirty pages */
    if (status == WEFT_OK && wait)
        status = weft_agree(comm, io_sync(temporary, O_RDONLY));
    if (status == WEFT_OK)
        status = weft_agree(comm, rank == 0 ? io_rename(temporary, final, wait) : WEFT_OK);
    if (status != WEFT_OK && rank == 0)
        remove_file(temporary);
    weft_free(temporary);
    weft_free(final);
    return status;
}

weft_status weft_file_commit(weft_file *file)
{
    return commit(file, true);
}

weft_status weft_file_leave(weft_file *file)
{
    return commit(file, false);
}

/* `failed` makes the close discard what was not written. */
void weft_file_abandon(weft_file *file)
{
    char *path = weft_strdup(file->path);
    int rank = file->rank;
    file->failed = true;
    weft_file_close(file);
    if (rank == 0)
        remove_file(path);
    weft_free(path);
}
