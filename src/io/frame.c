/* The frame of a growing file: everything in it that a later write may change.
 *
 * HDF5 changes its own data (headers, indices, the end of the file) in place and in several writes,
 * so that a kill between two of them leaves a file that cannot be gone on with. A checkpoint
 * therefore keeps the frame of each result file as it was then, and a resume puts it back. What a
 * killed run did to the file since does not matter any more.
 *
 * Invariant: bytes of the file outside the frame are chunks whose records are all written; nobody
 * writes into these again, as records are only appended. So the frame, put back at its places, and
 * the file's length then, make the file that was there, byte for byte. Putting it back may itself
 * be interrupted, since it can be done again.
 *
 * Full chunks are found by walking HDF5's index of chunks in the flushed file: object headers of
 * version 2 and trees of version 1, which is what H5F_LIBVER_V18 (file.c) fixes ("HDF5 File Format
 * Specification Version 3.0", III.A.1 and IV.A.1.b). HDF5 1.10 has no call that lists chunks in
 * less than quadratic time. All numbers in them are little-endian.
 *
 * A file at a checkpoint, and what a frame holds of it (F):
 *
 *       |head|index|chunk full|chunk full|index|chunk half full|attributes|
 *       FFFFFFFFFFF                      FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF */
#include "internal.h"
#include "weft/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MESSAGE_LAYOUT = 0x08,
    MESSAGE_CONTINUATION = 0x10,
    MOST_HEADER = 1 << 20,
    MOST_LEVELS = 32
};

/* A stretch of the file. */
typedef struct stretch {
    int64_t from, to;
} stretch;

/* A walk through the index of one dataset after the other. */
typedef struct walk {
    int fd;
    int64_t end;          /* of the file */
    const io_variable *v; /* whose chunks are looked at */
    int64_t n, room;
    stretch *full; /* chunks with all records */
} walk;

/* A little-endian number of that many bytes (at most 8). */
static uint64_t number(const uint8_t *at, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

/* Read n bytes at a place, which must lie inside the file: addresses come from the file and may be
 * damaged. */
static bool get(const walk *w, uint64_t at, void *to, size_t n)
{
    if (at > (uint64_t)w->end || n > (uint64_t)w->end - at)
        return false;
    return pread(w->fd, to, n, (off_t)at) == (ssize_t)n;
}

/* ---- the index of chunks ---- */

/* Note a chunk that no later record will change. */
static void add_full(walk *w, uint64_t from, uint64_t bytes)
{
    if (w->n == w->room) {
        w->room = w->room ? 2 * w->room : 256;
        w->full = weft_grow(w->full, (size_t)w->n, (size_t)w->room, sizeof *w->full);
    }
    w->full[w->n++] = (stretch){(int64_t)from, (int64_t)(from + bytes)};
}

/* A node: 24 bytes of head, then keys and children in turn. A key holds the stored size of its
 * chunk, a mask of filters and the place of its first value along each dimension. A chunk is full
 * if the dataset, by its extent, has all records that the chunk has room for. levels bounds the
 * recursion, should a damaged file point back to itself. */
static bool walk_node(walk *w, uint64_t at, int levels)
{
    uint8_t head[24], entry[8 + 8 * (WEFT_IO_DIMS + 1) + 8];
    const size_t key = 8 + 8 * ((size_t)w->v->ndims + 1);
    if (levels == 0 || !get(w, at, head, sizeof head) || memcmp(head, "TREE\1", 5) != 0)
        return false;
    uint64_t entries = number(head + 6, 2);
    for (uint64_t i = 0; i < entries; i++) {
        if (!get(w, at + sizeof head + i * (key + 8), entry, key + 8))
            return false;
        uint64_t bytes = number(entry, 4), record = number(entry + 8, 8),
                 child = number(entry + key, 8);
        /* Above the leaves, children are nodes. */
        if (head[5] > 0) {
            if (!walk_node(w, child, levels - 1))
                return false;
        } else if (record + w->v->chunk[0] <= w->v->extent[0]) {
            if (child > (uint64_t)w->end || bytes > (uint64_t)w->end - child)
                return false;
            add_full(w, child, bytes);
        }
    }
    return true;
}

/* ---- object headers ---- */

static bool walk_messages(walk *w, const uint8_t *at, const uint8_t *end, size_t head, int levels);

/* A header that grew goes on in another block: signature, messages, checksum (4 bytes each at the
 * ends). */
static bool walk_continuation(walk *w, uint64_t at, uint64_t n, size_t head, int levels)
{
    if (levels == 0 || n < 8 || n > MOST_HEADER)
        return false;
    uint8_t *block = weft_alloc(n, 1);
    bool good = get(w, at, block, n) && memcmp(block, "OCHK", 4) == 0 &&
                walk_messages(w, block + 4, block + n - 4, head, levels - 1);
    weft_free(block);
    return good;
}

/* head: bytes before the data of a message. Looks for two kinds of messages: where the header goes
 * on, and where the index of chunks is. The layout must be the one that file.c fixes (version 3,
 * chunked); else the walk fails rather than guesses. */
static bool walk_messages(walk *w, const uint8_t *at, const uint8_t *end, size_t head, int levels)
{
    while (at + head <= end) { /* less than a head is a gap */
        uint8_t type = at[0];
        size_t n = (size_t)number(at + 1, 2);
        const uint8_t *data = at + head;
        if (n > (size_t)(end - data))
            return false;
        if (type == MESSAGE_CONTINUATION &&
            (n < 16 || !walk_continuation(w, number(data, 8), number(data + 8, 8), head, levels)))
            return false;
        if (type == MESSAGE_LAYOUT) {
            uint64_t root = n >= 11 ? number(data + 3, 8) : 0;
            if (n < 11 || data[0] != 3 || data[1] != 2 || data[2] != w->v->ndims + 1)
                return false;
            if (root != UINT64_MAX &&
                !walk_node(w, root, MOST_LEVELS)) /* there are no chunks yet */
                return false;
        }
        at = data + n;
    }
    return true;
}

/* The header of a dataset: signature, flags that tell which parts follow, its size, its messages.
 */
static bool walk_dataset(walk *w, uint64_t at)
{
    uint8_t prefix[34];
    size_t used = 6;
    size_t got =
        (uint64_t)w->end - at < sizeof prefix ? (size_t)((uint64_t)w->end - at) : sizeof prefix;
    if (at > (uint64_t)w->end || !get(w, at, prefix, got) || memcmp(prefix, "OHDR\2", 5) != 0)
        return false;
    uint8_t flags = prefix[5];
    used += (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0); /* times; limits of attributes */
    /* Bytes of the size that follows. */
    int width = 1 << (flags & 3);
    if (used + (size_t)width > got)
        return false;
    uint64_t n = number(prefix + used, width);
    if (n > MOST_HEADER)
        return false;
    uint8_t *block = weft_alloc(n + 1, 1);
    bool good = get(w, at + used + (uint64_t)width, block, n) &&
                walk_messages(w, block, block + n, flags & 0x04 ? 6 : 4, MOST_LEVELS);
    weft_free(block);
    return good;
}

/* ---- making a frame ---- */

/* The addresses of the headers of all variables that grow with the records; on ranks that hold the
 * file, all alike. UINT64_MAX: the variable does not grow, so it is all frame. */
static weft_status find_headers(weft_file *file, uint64_t *address)
{
    for (int i = 0; i < file->variables; i++) {
        H5O_info_t info;
        const io_variable *v = &file->variable[i];
        address[i] = UINT64_MAX;
        if (v->ndims == 0 || v->ndims > WEFT_IO_DIMS || !v->grows[0])
            continue;
        WEFT_IO_TRY(H5Oget_info2(v->id, &info, H5O_INFO_BASIC), file, "find '%s'", v->name);
        address[i] = (uint64_t)info.addr;
    }
    return WEFT_OK;
}

/* For qsort: by where a stretch begins. */
static int by_place(const void *a, const void *b)
{
    const stretch *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* The complement of the full chunks as one block of bytes: the file's length, the end of the last
 * full chunk, then for each stretch its place, its length and its bytes. Two passes over the same
 * loop: the first counts bytes, the second copies. Without full chunks the frame is the whole file.
 */
static weft_status pack(const weft_file *file, walk *w, char **out, int64_t *size)
{
    int64_t n = 2 * 8, at = 0, place[2] = {w->end, 0};
    if (w->n > 0) /* without full chunks there is no array */
        qsort(w->full, (size_t)w->n, sizeof *w->full, by_place);
    for (int64_t i = 0; i <= w->n; i++) {
        int64_t from = i < w->n ? w->full[i].from : w->end;
        n += from > at ? 2 * 8 + from - at : 0;
        at = i < w->n && w->full[i].to > at ? w->full[i].to : at;
    }
    place[1] = at;
    char *bytes = weft_alloc((size_t)n, 1), *to = bytes;
    memcpy(to, place, sizeof place);
    to += sizeof place;
    at = 0;
    bool good = true;
    for (int64_t i = 0; i <= w->n; i++) {
        int64_t from = i < w->n ? w->full[i].from : w->end;
        if (from > at) {
            place[0] = at;
            place[1] = from - at;
            memcpy(to, place, sizeof place);
            good = good && get(w, (uint64_t)at, to + sizeof place, (size_t)(from - at));
            to += (int64_t)sizeof place + from - at;
        }
        at = i < w->n && w->full[i].to > at ? w->full[i].to : at;
    }
    *out = bytes;
    *size = n;
    return good ? WEFT_OK
                : weft_fail(WEFT_IO, "%s: cannot read it back: %s", file->path,
                            errno ? strerror(errno) : "it is shorter than written");
}

/* On rank 0: reads the flushed file back through the system, not through HDF5. */
static weft_status make_frame(const weft_file *file, const uint64_t *address, char **out,
                              int64_t *size)
{
    struct stat s;
    walk w = {.fd = open(file->path, O_RDONLY | O_CLOEXEC)};
    weft_status status = WEFT_OK;
    if (w.fd < 0 || fstat(w.fd, &s) != 0)
        status = weft_fail(WEFT_IO, "%s: cannot read it back: %s", file->path, strerror(errno));
    else
        w.end = s.st_size;
    for (int i = 0; i < file->variables && status == WEFT_OK; i++) {
        w.v = &file->variable[i];
        if (address[i] != UINT64_MAX && !walk_dataset(&w, address[i]))
            status =
                weft_fail(WEFT_IO, "%s: cannot read the index of '%s' back", file->path, w.v->name);
    }
    if (status == WEFT_OK)
        status = pack(file, &w, out, size);
    if (w.fd >= 0)
        close(w.fd);
    weft_free(w.full);
    return status;
}

/* The file is synced first: the frame describes what the disk has. Only rank 0 has the bytes; the
 * others pass their number, as weft_file_put wants it from all. */
weft_status weft_file_put_frame(weft_file *checkpoint, const char *name, weft_file *file)
{
    char *bytes = NULL;
    int64_t n = 0;
    weft_status status = WEFT_OK;
    WEFT_TRY(weft_file_sync(file));
    uint64_t *address = weft_alloc((size_t)file->variables + 1, sizeof *address);
    if (io_holds(file))
        status = find_headers(file, address);
    if (status == WEFT_OK && file->rank == 0)
        status = make_frame(file, address, &bytes, &n);
    weft_free(address);
    status = io_settle(file, status);
    if (status == WEFT_OK) {
        MPI_Bcast(&n, 1, MPI_INT64_T, 0, file->comm);
        status = weft_file_put(checkpoint, name, bytes ? bytes : "", n);
    }
    weft_free(bytes);
    return status;
}

/* ---- putting it back ---- */

/* pwrite may take a part, or be interrupted by a signal. */
static bool write_all(int fd, const char *data, int64_t n, int64_t at)
{
    while (n > 0) {
        ssize_t done = pwrite(fd, data, (size_t)n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        data += done;
        n -= done;
        at += done;
    }
    return true;
}

/* A file that is shorter than the end of its last full chunk has lost records that the frame does
 * not hold: then there is nothing to restore. What lies beyond the old length is cut off. */
static weft_status put_back(int fd, const char *path, const char *bytes, int64_t n)
{
    int64_t place[2], end;
    struct stat s;
    const char *at = bytes + sizeof place, *last = bytes + n;
    memcpy(place, bytes, sizeof place);
    end = place[0];
    if (fstat(fd, &s) != 0 || s.st_size < place[1])
        return weft_fail(WEFT_IO,
                         "%s is shorter than when the checkpoint was written: it is not the file "
                         "of this run, or its end never reached the disk",
                         path);
    for (; at < last; at += place[1]) {
        memcpy(place, at, sizeof place);
        at += sizeof place;
        if (!write_all(fd, at, place[1], place[0]))
            return weft_fail(WEFT_IO, "%s: cannot write: %s", path, strerror(errno));
    }
    if (ftruncate(fd, (off_t)end) != 0 || fsync(fd) != 0)
        return weft_fail(WEFT_IO, "%s: cannot write: %s", path, strerror(errno));
    return WEFT_OK;
}

/* On one rank, while nobody has the file open. */
static weft_status put_back_at(const char *path, const char *bytes, int64_t n)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return weft_fail(WEFT_IO, "%s: cannot open it for writing: %s", path, strerror(errno));
    weft_status status = put_back(fd, path, bytes, n);
    if (close(fd) != 0 && status == WEFT_OK)
        status = weft_fail(WEFT_IO, "%s: cannot write: %s", path, strerror(errno));
    return status;
}

/* All ranks read the frame (the reading is collective), rank 0 writes it. */
weft_status weft_file_restore(weft_file *checkpoint, const char *name, const char *path)
{
    int64_t n;
    WEFT_TRY(weft_file_get_size(checkpoint, name, &n));
    weft_status status = WEFT_OK;
    if (n < 16)
        status = weft_fail(WEFT_IO, "%s: it does not know %s", checkpoint->path, path);
    WEFT_TRY(io_settle(checkpoint, status));
    char *bytes = weft_alloc((size_t)n, 1);
    status = weft_file_get(checkpoint, name, bytes, n);
    if (status == WEFT_OK)
        status = weft_agree(checkpoint->comm,
                            checkpoint->rank == 0 ? put_back_at(path, bytes, n) : WEFT_OK);
    weft_free(bytes);
    return status;
}
