/* Checkpoints: begin, commit, open, verify; replicated bytes. */
#define _GNU_SOURCE
#include "internal.h"
#include "weft/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT = 2, PIECE = 1 << 24 };
static const char format_name[] = "weft_checkpoint", complete_name[] = "complete",
                  checksum_name[] = "checksum";
static const char *const groups[] = {"data", "fields"};

/* ---- begin ---- */

static weft_status begin_here(weft_file *file)
{
    int64_t format = FORMAT;
    hid_t root = H5Oopen(file->id, "/", H5P_DEFAULT);
    weft_status status = io_put_attribute(file, root, format_name, H5T_NATIVE_INT64, 1, &format);
    H5Oclose(root);
    for (int i = 0; i < 2 && status == WEFT_OK; i++) {
        hid_t group = H5Gcreate2(file->id, groups[i], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (group < 0 || H5Gclose(group) < 0)
            status = io_failure(file, "make the group '%s'", groups[i]);
    }
    return status;
}

weft_status weft_checkpoint_begin(MPI_Comm comm, const char *path, weft_file **out)
{
    char *temporary = weft_format("%s.tmp", path);
    weft_status status = io_open(comm, temporary, WEFT_CREATE, true, out);
    weft_free(temporary);
    WEFT_TRY(status);
    (*out)->final = weft_strdup(path);
    status = io_settle(*out, begin_here(*out));
    if (status != WEFT_OK) {
        weft_checkpoint_abandon(*out);
        *out = NULL;
    }
    return status;
}

/* ---- commit ---- */

static weft_status mark_complete(weft_file *file)
{
    int64_t yes = 1;
    hid_t root = H5Oopen(file->id, "/", H5P_DEFAULT);
    weft_status status = io_put_attribute(file, root, complete_name, H5T_NATIVE_INT64, 1, &yes);
    H5Oclose(root);
    return status;
}

static weft_status rename_safely(const char *from, const char *to)
{
    if (rename(from, to) != 0)
        return weft_fail(WEFT_IO, "%s: cannot rename it to %s: %s", from, to, strerror(errno));
    char *directory = weft_strdup(to), *slash = strrchr(directory, '/');
    if (slash)
        slash[slash == directory] = '\0';
    weft_status status = io_sync(slash ? directory : ".", O_RDONLY | O_DIRECTORY);
    weft_free(directory);
    return status;
}

/* A failed file may still be open: give its space back at once. */
static void remove_file(const char *path)
{
    if (truncate(path, 0) == 0)
        unlink(path);
}

weft_status weft_checkpoint_commit(weft_file *file)
{
    MPI_Comm comm = file->comm;
    int rank = file->rank;
    char *temporary = weft_strdup(file->path), *final = weft_strdup(file->final);
    weft_status status = weft_file_flush(file);
    if (status == WEFT_OK)
        status = io_settle(file, mark_complete(file));
    weft_status closed = weft_file_close(file);
    status = status != WEFT_OK ? status : closed;
    /* each node has its own dirty pages */
    if (status == WEFT_OK)
        status = weft_agree(comm, io_sync(temporary, O_RDONLY));
    if (status == WEFT_OK)
        status = weft_agree(comm, rank == 0 ? rename_safely(temporary, final) : WEFT_OK);
    if (status != WEFT_OK && rank == 0)
        remove_file(temporary);
    weft_free(temporary);
    weft_free(final);
    return status;
}

void weft_checkpoint_abandon(weft_file *file)
{
    char *path = weft_strdup(file->path);
    int rank = file->rank;
    file->failed = true;
    weft_file_close(file);
    if (rank == 0)
        remove_file(path);
    weft_free(path);
}

/* ---- open ---- */

static weft_status open_here(weft_file *file)
{
    int64_t format = 0, complete = 0;
    hid_t root = H5Oopen(file->id, "/", H5P_DEFAULT);
    bool ours = io_get_attribute(root, format_name, H5T_NATIVE_INT64, 1, &format);
    io_get_attribute(root, complete_name, H5T_NATIVE_INT64, 1, &complete);
    H5Oclose(root);
    if (!ours)
        return weft_fail(WEFT_IO, "%s: it is not a checkpoint of weft", file->path);
    if (format != FORMAT)
        return weft_fail(WEFT_IO,
                         "%s: its format is number %lld, this version of weft reads number %d",
                         file->path, (long long)format, FORMAT);
    if (complete != 1)
        return weft_fail(WEFT_IO, "%s: it is incomplete: the run that wrote it was interrupted",
                         file->path);
    return WEFT_OK;
}

weft_status weft_checkpoint_open(MPI_Comm comm, const char *path, weft_file **out)
{
    WEFT_TRY(io_open(comm, path, WEFT_READ, true, out));
    weft_status status = io_settle(*out, open_here(*out));
    if (status != WEFT_OK) {
        weft_file_close(*out);
        *out = NULL;
    }
    return status;
}

/* ---- datasets ---- */

void weft_file_prefix(weft_file *file, const char *prefix)
{
    weft_free(file->prefix);
    file->prefix = weft_strdup(prefix);
}

char *io_place(const weft_file *file, const char *group, const char *name)
{
    return weft_format("%s/%s%s", group, file->prefix, name);
}

io_variable *io_make_plain(weft_file *file, const char *place, hid_t type, int ndims,
                           const hsize_t *extent)
{
    bool nothing = false; /* HDF5 1.10 cannot write zero values, but it can have no space for any */
    for (int i = 0; i < ndims; i++)
        nothing = nothing || extent[i] == 0;
    hid_t list = H5Pcreate(H5P_DATASET_CREATE),
          space = nothing ? H5Screate(H5S_NULL) : H5Screate_simple(ndims, extent, NULL);
    H5Pset_layout(list, H5D_CONTIGUOUS);
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(list, 0);
    hid_t id = H5Dcreate2(file->id, place, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    io_variable *v = NULL;
    if (id >= 0)
        v = io_keep(file, place, id);
    else
        io_failure(file, "make the dataset '%s'", place);
    H5Sclose(space);
    H5Pclose(list);
    return v;
}

static uint64_t total(const weft_file *file, uint64_t part)
{
    if (file->shared)
        MPI_Allreduce(MPI_IN_PLACE, &part, 1, MPI_UINT64_T, MPI_SUM, file->comm);
    return part;
}

weft_status io_put_checksum(weft_file *file, const io_variable *v, uint64_t part)
{
    uint64_t sum = total(file, part);
    return io_settle(file,
                     io_put_attribute(file, v->id, checksum_name, H5T_NATIVE_UINT64, 1, &sum));
}

weft_status io_check_checksum(weft_file *file, const io_variable *v, uint64_t part)
{
    uint64_t sum = total(file, part), stored;
    weft_status status = WEFT_OK;
    if (!io_get_attribute(v->id, checksum_name, H5T_NATIVE_UINT64, 1, &stored) || stored != sum)
        status =
            weft_fail(WEFT_IO, "%s: it is damaged: the checksum of '%s' does not fit its values",
                      file->path, v->name);
    return io_settle(file, status);
}

/* ---- replicated bytes ---- */

/* A rank that fails must not leave the others in the next collective call: the stages of put and
 * get end in agreement each. */
static weft_status put(weft_file *file, const char *place, const void *data, int64_t bytes)
{
    hsize_t n = (hsize_t)bytes;
    io_variable *v = io_make_plain(file, place, H5T_STD_U8LE, 1, &n);
    WEFT_TRY(io_settle(file, v ? WEFT_OK : WEFT_IO));
    WEFT_TRY(io_reserve(file));
    bool mine = file->rank == 0;
    io_part part = {1, {0}, {mine ? n : 0}, {n}};
    weft_status status = WEFT_OK;
    if (bytes > 0)
        status = io_write_part(file, v, &part, H5T_NATIVE_UINT8, data);
    WEFT_TRY(io_settle(file, status));
    return io_put_checksum(file, v, mine ? io_sum(data, bytes, 1, 0) : 0);
}

weft_status weft_file_put(weft_file *file, const char *name, const void *data, int64_t bytes)
{
    WEFT_TRY(io_ready(file));
    char *place = io_place(file, groups[0], name);
    weft_status status = put(file, place, data, bytes);
    weft_free(place);
    return status;
}

/* Bytes of a dataset of bytes; -1: it is none. */
static int64_t bytes_of(const io_variable *v)
{
    if (v->ndims > 1 || v->bytes != 1)
        return -1;
    return v->ndims == 0 ? 0 : (int64_t)v->extent[0];
}

static io_variable *find_bytes(weft_file *file, const char *place, int64_t bytes)
{
    io_variable *v = io_find(file, place);
    if (!v || bytes_of(v) == bytes)
        return v;
    weft_fail(WEFT_IO, "%s: '%s' has %lld bytes, this run needs %lld", file->path, place,
              (long long)bytes_of(v), (long long)bytes);
    return NULL;
}

static weft_status get(weft_file *file, const char *place, void *data, int64_t bytes)
{
    io_variable *v = find_bytes(file, place, bytes);
    WEFT_TRY(io_settle(file, v ? WEFT_OK : WEFT_IO));
    io_part part = {1, {0}, {v->extent[0]}, {v->extent[0]}};
    weft_status status = WEFT_OK;
    if (bytes > 0)
        status = io_read_part(file, v, &part, H5T_NATIVE_UINT8, data);
    WEFT_TRY(io_settle(file, status));
    return io_check_checksum(file, v, file->rank == 0 ? io_sum(data, bytes, 1, 0) : 0);
}

weft_status weft_file_get(weft_file *file, const char *name, void *data, int64_t bytes)
{
    WEFT_TRY(io_ready(file));
    char *place = io_place(file, groups[0], name);
    weft_status status = get(file, place, data, bytes);
    weft_free(place);
    return status;
}

int64_t weft_file_get_size(weft_file *file, const char *name)
{
    char *place = io_place(file, groups[0], name);
    io_variable *v = file->failed ? NULL : io_look(file, place);
    weft_free(place);
    return v ? bytes_of(v) : -1;
}

/* ---- verification ---- */

static herr_t open_each(hid_t group, const char *name, const H5L_info_t *info, void *file)
{
    char *place;
    ssize_t n = H5Iget_name(group, NULL, 0);
    (void)info;
    place = weft_alloc((size_t)n + strlen(name) + 2, 1);
    H5Iget_name(group, place, (size_t)n + 1);
    strcat(strcat(place, "/"), name);
    io_look(file, place + 1); /* without the root's slash */
    weft_free(place);
    return 0;
}

/* A dataset as blocks of about PIECE bytes: whole trailing dimensions, some of dimension cut, one
 * of each before it. */
typedef struct blocks {
    int cut;
    hsize_t inner, rows, steps, outer; /* values behind the cut; rows of a block; blocks */
} blocks;

static blocks divide(const io_variable *v)
{
    blocks b = {.cut = v->ndims - 1, .inner = 1, .outer = 1};
    while (b.cut > 0 && b.inner * v->extent[b.cut] * v->bytes <= PIECE)
        b.inner *= v->extent[b.cut--];
    b.rows = PIECE / (b.inner * v->bytes);
    if (b.rows == 0)
        b.rows = 1;
    if (b.rows > v->extent[b.cut])
        b.rows = v->extent[b.cut];
    b.steps = b.rows ? (v->extent[b.cut] + b.rows - 1) / b.rows : 0;
    for (int i = 0; i < b.cut; i++)
        b.outer *= v->extent[i];
    return b;
}

static weft_status sum_block(weft_file *file, const io_variable *v, const blocks *b, hsize_t i,
                             void *room, uint64_t *sum)
{
    io_part part = {.ndims = v->ndims};
    hsize_t at = i % b->steps * b->rows, left = v->extent[b->cut] - at, rest = i / b->steps;
    uint64_t first = (rest * v->extent[b->cut] + at) * b->inner;
    for (int d = 0; d < v->ndims; d++)
        part.count[d] = d < b->cut ? 1 : v->extent[d];
    part.count[b->cut] = left < b->rows ? left : b->rows;
    part.start[b->cut] = at;
    for (int d = b->cut - 1; d >= 0; d--) {
        part.start[d] = rest % v->extent[d];
        rest /= v->extent[d];
    }
    memcpy(part.room, part.count, sizeof part.room);
    hid_t type = v->bytes == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_DOUBLE;
    WEFT_TRY(io_read_part(file, v, &part, type, room));
    *sum += io_sum(room, (int64_t)(part.count[b->cut] * b->inner), v->bytes, first);
    return WEFT_OK;
}

/* Each rank takes every size-th block; reads are independent, so that one rank may fail alone. */
static weft_status verify_one(weft_file *file, const io_variable *v, void *room)
{
    uint64_t sum = 0;
    weft_status status = WEFT_OK;
    if (v->ndims > WEFT_IO_DIMS || (v->bytes != 1 && v->bytes != 8))
        status = weft_fail(WEFT_IO, "%s: '%s' is not of weft", file->path, v->name);
    WEFT_TRY(io_settle(file, status));
    if (v->ndims == 0)
        return io_check_checksum(file, v, 0);
    blocks b = divide(v);
    for (hsize_t i = (hsize_t)file->rank; i < b.outer * b.steps && status == WEFT_OK;
         i += (hsize_t)file->size)
        status = sum_block(file, v, &b, i, room, &sum);
    WEFT_TRY(io_settle(file, status));
    return io_check_checksum(file, v, sum);
}

static weft_status verify(weft_file *file, void *room)
{
    for (int i = 0; i < 2; i++) {
        hid_t group = H5Gopen2(file->id, groups[i], H5P_DEFAULT);
        herr_t e =
            group < 0 ? -1 : H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, open_each, file);
        if (group >= 0)
            H5Gclose(group);
        weft_status status = WEFT_OK;
        if (e < 0)
            status = io_failure(file, "list the group '%s'", groups[i]);
        WEFT_TRY(io_settle(file, status));
    }
    for (int i = 0; i < file->variables; i++)
        WEFT_TRY(verify_one(file, &file->variable[i], room));
    return WEFT_OK;
}

weft_status weft_checkpoint_verify(weft_file *file)
{
    WEFT_TRY(io_ready(file));
    void *room = weft_alloc(PIECE, 1);
    if (file->shared)
        H5Pset_dxpl_mpio(file->transfer, H5FD_MPIO_INDEPENDENT);
    weft_status status = verify(file, room);
    if (file->shared)
        H5Pset_dxpl_mpio(file->transfer, H5FD_MPIO_COLLECTIVE);
    weft_free(room);
    return status;
}
