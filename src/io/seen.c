/* Do all ranks see the file that rank 0 sees?
 *
 * Nodes of a cluster may have different disks under one name (/tmp, a home directory that is not
 * mounted). A file that several ranks open together through MPI-IO must be one file: Open MPI's
 * collective open waits for ever for a rank that cannot open it, and where each rank has a file of
 * its own, each would hold a part of the results.
 *
 * Rank 0 tells the size of its file and a digest of its beginning; the others compare. Invariant:
 * the comparison is repeated by all ranks together until all agree or the time is over, because a
 * network file system may show a new file some seconds late, and because a file that another run
 * is writing may change between two looks. Nothing is read by MPI-IO here, so that a rank without
 * the file fails alone, and weft_agree tells the others. */
#include "internal.h"
#include "weft/clock.h"
#include "weft/memory.h"
#include "weft/params.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Caches of directories of network file systems hold for up to 60 s, but are asked again when a
 * file is opened; this is enough for what is left. */
static const double patience = 5;

enum { BEGINNING = 4096, HOST = 128 };

/* What is compared. there: 0 where the file cannot be opened. */
typedef struct face {
    int64_t there, size;
    uint64_t digest[2];
    char host[HOST];
} face;

/* A file that cannot be read has the face of none. */
static face look(const char *path)
{
    char bytes[BEGINNING];
    struct stat about;
    face f = {0};
    gethostname(f.host, sizeof f.host - 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return f;
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n >= 0 && fstat(fd, &about) == 0) {
        f.there = 1;
        f.size = about.st_size;
        weft_digest(bytes, (size_t)n, f.digest);
    }
    close(fd);
    return f;
}

static bool same(const face *a, const face *b)
{
    return a->there && b->there && a->size == b->size && a->digest[0] == b->digest[0] &&
           a->digest[1] == b->digest[1];
}

weft_status weft_seen_by_all(MPI_Comm comm, const char *path)
{
    int rank, size, all = 1;
    weft_ranks(comm, &rank, &size);
    if (size == 1)
        return WEFT_OK;
    face mine, first;
    bool good;
    for (double begin = weft_now();;) {
        first = mine = look(path);
        MPI_Bcast(&first, sizeof first, MPI_BYTE, 0, comm);
        good = same(&first, &mine);
        int state[2] = {good, weft_now() - begin < patience}, least[2];
        MPI_Allreduce(state, least, 2, MPI_INT, MPI_MIN, comm);
        all = least[0];
        if (all || !least[1])
            break;
        usleep(100000);
    }
    weft_status status = WEFT_OK;
    if (!good)
        status = weft_fail(WEFT_IO,
                           "%s: rank %d on %s does not see the file that rank 0 on %s sees; all "
                           "ranks must work on one file system",
                           path, rank, mine.host, first.host);
    return weft_agree(comm, status);
}
