/* Room on the disk, asked for before HDF5 writes. Where a write of HDF5's own data fails on one
 * rank of several, that rank leaves the collective call and the others wait for it without end;
 * where it fails on a single rank, the file is left half written and cannot be opened again. So
 * rank 0, which alone writes HDF5's own data, has the file system allot the space first: a full
 * disk, a quota or a limit is then an error before HDF5 is called.
 *
 * Invariant: `reserved` is the end of the space that the file system has promised to this file, and
 * before each call of HDF5 that may write its own data it is at least as large as the file can
 * become by it (expected_end). It is an upper bound: what is not used is given back at the next
 * flush and at the end. */
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* For HDF5's own data between two flushes: headers, attributes, indices of chunks. */
enum { SLACK = 1 << 18 };

/* Whole chunks, since HDF5 stores no less. A compressed chunk can become larger than its values:
 * deflate adds at most 5 bytes for each 16 kB and 6 in all (zlib, technical details), a checksum 4
 * bytes. 1 % covers that for chunks from a kilobyte on, and SLACK for the smaller ones. */
int64_t io_most_bytes(const io_variable *v)
{
    hsize_t bytes = v->bytes;
    for (int i = 0; i < v->ndims && i < WEFT_IO_DIMS; i++)
        bytes *= (v->extent[i] + v->chunk[i] - 1) / v->chunk[i] * v->chunk[i];
    return (int64_t)(v->filtered ? bytes + bytes / 100 : bytes);
}

/* Where the file may end after the next flush. */
static int64_t expected_end(const weft_file *file)
{
    int64_t end = file->flushed_size + SLACK;
    for (int i = 0; i < file->variables; i++)
        end += io_most_bytes(&file->variable[i]) - file->variable[i].flushed_bytes;
    return end;
}

/* For file systems that cannot allot: is there as much free as is missing? */
static int enough_free(int fd, int64_t end)
{
    struct stat file;
    struct statvfs disk;
    if (fstat(fd, &file) != 0 || fstatvfs(fd, &disk) != 0)
        return 0;
    if ((double)disk.f_bavail * (double)disk.f_frsize >= (double)(end - file.st_blocks * 512))
        return 0;
    errno = ENOSPC;
    return -1;
}

/* The size of the file stays as it is, so that HDF5 sees no difference. Without the check of the
 * limit, fallocate would succeed beyond it and the write would fail. */
static int allot(int fd, int64_t from, int64_t end)
{
    struct rlimit limit;
    int failed;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        (rlim_t)end > limit.rlim_cur) {
        errno = EFBIG;
        return -1;
    }
    do
        failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, from, end - from);
    while (failed && errno == EINTR);
    if (failed && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL))
        failed = enough_free(fd, end);
    return failed;
}

/* On rank 0. Opened anew each time, which costs little beside a flush. */
static weft_status reserve_here(weft_file *file, int64_t end)
{
    if (end <= file->reserved)
        return WEFT_OK;
    int fd = open(file->path, O_WRONLY | O_CLOEXEC);
    int failed = fd < 0 || allot(fd, file->reserved, end), why = errno;
    if (fd >= 0)
        close(fd);
    if (failed)
        return weft_fail(WEFT_IO, "%s: cannot write: %s", file->path, strerror(why));
    file->reserved = end;
    return WEFT_OK;
}

weft_status io_reserve(weft_file *file)
{
    weft_status status = file->rank == 0 ? reserve_here(file, expected_end(file)) : WEFT_OK;
    return file->shared ? io_settle(file, status) : status;
}

/* HDF5 has cut the file to what it uses, which gave back what was allotted beyond. */
void io_flushed(weft_file *file)
{
    struct stat s;
    for (int i = 0; i < file->variables; i++)
        file->variable[i].flushed_bytes = io_most_bytes(&file->variable[i]);
    if (file->rank == 0 && stat(file->path, &s) == 0)
        file->flushed_size = file->reserved = s.st_size;
}

/* The space that was allotted lies beyond the end of the file; cutting the file to the length that
 * it has gives it back. */
void io_trim(const weft_file *file)
{
    struct stat s;
    if (file->rank == 0 && file->how != WEFT_READ && stat(file->path, &s) == 0 &&
        truncate(file->path, s.st_size) != 0)
        errno = 0; /* it only wastes a little space */
}
