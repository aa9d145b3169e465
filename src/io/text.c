/* Directories and small text files.
 *
 * Invariants: (1) Rank 0 acts alone and the others learn the result, since ranks may see different
 * file systems, and a shared one is spared. (2) A text file is written beside and renamed, so a
 * reader sees the old text or the new one, never a part. (3) What is read is bounded, so that a
 * device or a pipe without end is an error and does not eat the memory.
 *
 * Used for inputs, params.used.yaml and the small files of scans. Large data never pass here. */
#include "weft/io.h"
#include "weft/memory.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_TEXT = 1 << 28 };

/* Whether this is the rank that acts. */
static bool is_root(MPI_Comm comm)
{
    int rank, size;
    weft_ranks(comm, &rank, &size);
    return rank == 0;
}

/* Bytes of rank 0 for all; nothing to do for one that is alone. */
static void share(MPI_Comm comm, void *data, int64_t bytes)
{
    int rank, size;
    weft_ranks(comm, &rank, &size);
    if (size > 1)
        MPI_Bcast(data, (int)bytes, MPI_BYTE, 0, comm);
}

/* A directory that is there already is no error, also if another process has just made it. */
static weft_status make_one(const char *path)
{
    struct stat s;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &s) == 0 && S_ISDIR(s.st_mode)))
        return WEFT_OK;
    return weft_fail(WEFT_IO, "%s: cannot make the directory: %s", path, strerror(errno));
}

/* Makes the parents from the left; each '/' is an end for a moment. */
static weft_status make_all(const char *path)
{
    char *part = weft_strdup(path);
    weft_status status = WEFT_OK;
    for (char *slash = strchr(part + 1, '/'); part[0] && slash && status == WEFT_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_one(part);
        *slash = '/';
    }
    if (status == WEFT_OK)
        status = make_one(part);
    weft_free(part);
    return status;
}

/* The others may see the directory a little later on a network file system; they do not look. */
weft_status weft_make_directory(MPI_Comm comm, const char *path)
{
    return weft_agree(comm, is_root(comm) ? make_all(path) : WEFT_OK);
}

/* The number of the system's error, 0 if the file can be read. */
static int why_unreadable(const char *path)
{
    struct stat s;
    if (access(path, R_OK) != 0 || stat(path, &s) != 0)
        return errno;
    return S_ISDIR(s.st_mode) ? EISDIR : 0;
}

/* The number travels, not the text: all ranks have the same texts. */
const char *weft_unreadable(MPI_Comm comm, const char *path)
{
    int reason = is_root(comm) ? why_unreadable(path) : 0;
    share(comm, &reason, sizeof reason);
    return reason ? strerror(reason) : NULL;
}

/* A file runs from anywhere; but a stream has no folder: /dev holds only a name for it. */
char *weft_path_beside(const char *from, const char *written)
{
    const char *slash = strrchr(from, '/');
    const bool stream = strcmp(from, "/dev/stdin") == 0 || strncmp(from, "/dev/fd/", 8) == 0;
    if (written[0] == '/' || !slash || stream)
        return weft_strdup(written);
    return weft_format("%.*s/%s", (int)(slash - from), from, written);
}

/* fsync before rename: otherwise a loss of power could leave an empty file under the right name.
 * The first error is reported, not that of the cleaning up. */
static weft_status write_text(const char *path, const char *temporary, const char *text)
{
    FILE *f = fopen(temporary, "w");
    if (f) {
        size_t n = strlen(text);
        bool good = fwrite(text, 1, n, f) == n && fflush(f) == 0 && fsync(fileno(f)) == 0;
        int why = errno;
        /* fclose is called in any case, and its failure counts too. */
        good = (fclose(f) == 0 || !good) && good;
        if (good && rename(temporary, path) == 0)
            return WEFT_OK;
        why = good ? errno : why;
        unlink(temporary);
        errno = why;
    }
    return weft_fail(WEFT_IO, "%s: cannot write it: %s", path, strerror(errno));
}

/* The name of the process is part of the temporary name, so that several tasks of a scan can write
 * the same file at a time. Therefore a later process does not overwrite what a killed one has left,
 * and must remove it; a number of a process that is at work again by chance only delays that to the
 * next time. What is removed was never read by anybody: only a rename makes it a result. */
void weft_remove_left(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char host[128] = "",
         *dir = weft_format("%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    gethostname(host, sizeof host - 1);
    char *start = weft_format("%s.%s-", name, host);
    const size_t n = strlen(start);
    DIR *d = opendir(dir);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        char *end;
        long process = strncmp(e->d_name, start, n) == 0 ? strtol(e->d_name + n, &end, 10) : 0;
        if (process <= 0 || strcmp(end, ".tmp") != 0 || kill((pid_t)process, 0) == 0 ||
            errno != ESRCH)
            continue;
        char *left = weft_format("%s/%s", dir, e->d_name);
        unlink(left);
        weft_free(left);
    }
    if (d)
        closedir(d);
    weft_free(start);
    weft_free(dir);
}

char *weft_beside_of_process(const char *path)
{
    char host[128] = "";
    gethostname(host, sizeof host - 1);
    return weft_format("%s.%s-%ld.tmp", path, host, (long)getpid());
}

/* The text of rank 0 counts. */
weft_status weft_write_text(MPI_Comm comm, const char *path, const char *text)
{
    weft_status status = WEFT_OK;
    if (is_root(comm)) {
        /* several programs may write the same file (tasks of a scan): each to a name of its own */
        char *temporary = weft_beside_of_process(path);
        weft_remove_left(path);
        status = write_text(path, temporary, text);
        weft_free(temporary);
    }
    return weft_agree(comm, status);
}

/* Reads to the end without asking for the size, so it works for pipes too. *n counts the final
 * zero. */
static weft_status read_text(const char *path, char **out, int64_t *n)
{
    FILE *f = fopen(path, "r");
    size_t room = 1 << 16, used = 0, got;
    char *text = weft_alloc(room, 1);
    errno = f ? 0 : errno;
    while (f && (got = fread(text + used, 1, room - 1 - used, f)) > 0) {
        used += got;
        if (used > MOST_TEXT) {
            fclose(f);
            weft_free(text);
            return weft_fail(WEFT_INPUT, "%s: more than %d MB: this is no input", path,
                             MOST_TEXT >> 20);
        }
        if (used + 1 == room) {
            char *more = weft_alloc(2 * room, 1);
            memcpy(more, text, used);
            weft_free(text);
            text = more;
            room *= 2;
        }
    }
    /* errno is taken down before fclose can change it. */
    bool good = f && !ferror(f);
    int why = errno;
    if (f)
        fclose(f);
    text[used] = '\0';
    /* A zero byte would end the text silently. */
    if (good && strlen(text) < used) {
        int line = 1;
        for (const char *p = text; *p; p++)
            line += *p == '\n';
        weft_free(text);
        return weft_fail(WEFT_INPUT, "%s:%d: not text: it holds a zero byte; the file is damaged",
                         path, line);
    }
    if (good) {
        *out = text;
        *n = (int64_t)used + 1;
        return WEFT_OK;
    }
    weft_free(text);
    return weft_fail(WEFT_IO, "%s: cannot read it: %s", path, strerror(why));
}

/* Agreement comes before the broadcast: if rank 0 failed, no rank waits for a text. */
weft_status weft_read_text(MPI_Comm comm, const char *path, char **out)
{
    int64_t n = 0;
    *out = NULL;
    WEFT_TRY(weft_agree(comm, is_root(comm) ? read_text(path, out, &n) : WEFT_OK));
    share(comm, &n, sizeof n);
    if (!*out)
        *out = weft_alloc((size_t)n, 1);
    share(comm, *out, n);
    return WEFT_OK;
}
