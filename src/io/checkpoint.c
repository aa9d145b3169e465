/* Checkpoints: begin, commit, open; replicated bytes (data that every rank holds alike).
 *
 * A checkpoint has two groups: "fields", with one dataset for each field (fields.c), and "data",
 * with everything else as bytes.
 *
 * Invariants: (1) A file with a checkpoint's own name is a whole one. It is written beside
 * (beside.c), and the attribute that says that it is complete, with the number of its datasets,
 * comes last. (2) Every dataset carries a checksum that does not depend on how it was split over
 * ranks, so a checkpoint can be verified and read on another number of ranks. (3) Each stage of
 * reading or writing ends in agreement (io_settle), so a rank that fails never leaves the others in
 * the next collective call. */
#include "internal.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* The number of the format, raised when older programs could not read a newer file. */
enum { FORMAT = 2 };
static const char format_name[] = "weft_checkpoint", complete_name[] = "complete",
                  checksum_name[] = "checksum", count_name[] = "datasets";
const char *const io_checkpoint_groups[] = {"data", "fields"};

/* ---- begin ---- */

/* Mark the file as a checkpoint and make its groups, on ranks that hold it. */
static weft_status begin_here(weft_file *file)
{
    int64_t format = FORMAT;
    hid_t root = H5Oopen(file->id, "/", H5P_DEFAULT);
    weft_status status = io_put_attribute(file, root, format_name, H5T_NATIVE_INT64, 1, &format);
    H5Oclose(root);
    for (int i = 0; i < 2 && status == WEFT_OK; i++) {
        hid_t group =
            H5Gcreate2(file->id, io_checkpoint_groups[i], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (group < 0 || H5Gclose(group) < 0)
            status = io_failure(file, "make the group '%s'", io_checkpoint_groups[i]);
    }
    return status;
}

/* A file that could not be begun is removed on all ranks together: the half of one is of no use. */
weft_status weft_checkpoint_begin(MPI_Comm comm, const char *path, weft_file **out)
{
    WEFT_TRY(weft_file_begin(comm, path, false, out));
    weft_status status = io_settle(*out, begin_here(*out));
    if (status != WEFT_OK) {
        weft_file_abandon(*out);
        *out = NULL;
    }
    return status;
}

/* ---- commit ---- */

/* file->variables counts the datasets that were made, since none was open before. */
static weft_status mark_complete(weft_file *file)
{
    int64_t yes = 1, count = file->variables;
    hid_t root = H5Oopen(file->id, "/", H5P_DEFAULT);
    weft_status status = io_put_attribute(file, root, count_name, H5T_NATIVE_INT64, 1, &count);
    if (status == WEFT_OK)
        status = io_put_attribute(file, root, complete_name, H5T_NATIVE_INT64, 1, &yes);
    H5Oclose(root);
    return status;
}

/* What was written is flushed before the mark is set; so the mark cannot reach the disk without it.
 */
static weft_status finish(weft_file *file, weft_status (*name)(weft_file *file))
{
    weft_status status = weft_file_flush(file);
    if (status == WEFT_OK)
        status = io_settle(file, mark_complete(file));
    if (status == WEFT_OK)
        return name(file);
    weft_file_abandon(file);
    return status;
}

weft_status weft_checkpoint_commit(weft_file *file)
{
    return finish(file, weft_file_commit);
}

weft_status weft_checkpoint_leave(weft_file *file)
{
    return finish(file, weft_file_leave);
}

/* A dataset that vanished with its name would not be missed by checksums. */
weft_status io_check_count(weft_file *file)
{
    int64_t count = -1;
    bool there;
    hid_t root = H5Oopen(file->id, "/", H5P_DEFAULT);
    weft_status status =
        io_get_attribute(file, root, count_name, H5T_NATIVE_INT64, 1, &count, &there);
    H5Oclose(root);
    WEFT_TRY(status);
    return count == file->variables
               ? WEFT_OK
               : weft_fail(WEFT_IO, "%s: it is damaged: it has %d datasets, %lld were written",
                           file->path, file->variables, (long long)count);
}

/* ---- open ---- */

/* The three questions in this order give each kind of file a message of its own. */
static weft_status open_here(weft_file *file)
{
    int64_t format = 0, complete = 0;
    bool ours, there;
    hid_t root = H5Oopen(file->id, "/", H5P_DEFAULT);
    weft_status status =
        io_get_attribute(file, root, format_name, H5T_NATIVE_INT64, 1, &format, &ours);
    if (status == WEFT_OK)
        status =
            io_get_attribute(file, root, complete_name, H5T_NATIVE_INT64, 1, &complete, &there);
    H5Oclose(root);
    WEFT_TRY(status);
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

/* The mark of a complete file is looked at before anything else is read, since a file that is cut
 * off can look whole in its first part. */
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

/* Used where one checkpoint holds two runs: that of half the step is stored as "half_NAME". */
void weft_file_prefix(weft_file *file, const char *prefix)
{
    weft_free(file->prefix);
    file->prefix = weft_strdup(prefix);
}

char *io_place(const weft_file *file, const char *group, const char *name)
{
    return weft_format("%s/%s%s", group, file->prefix, name);
}

/* Contiguous, allocated at once and never filled: its size is known, each byte is written, and a
 * full disk shows up here. Times are not stored, so equal contents make equal files. */
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

/* The sum over the ranks of a shared file; a rank that holds the file alone has all of it. */
static uint64_t total(const weft_file *file, uint64_t part)
{
    if (file->shared)
        MPI_Allreduce(MPI_IN_PLACE, &part, 1, MPI_UINT64_T, MPI_SUM, file->comm);
    return part;
}

/* part: the sum over the values that this rank wrote. */
weft_status io_put_checksum(weft_file *file, const io_variable *v, uint64_t part)
{
    uint64_t sum = total(file, part);
    return io_settle(file,
                     io_put_attribute(file, v->id, checksum_name, H5T_NATIVE_UINT64, 1, &sum));
}

/* part: the sum over the values that this rank read; all of them together must be each value once.
 */
weft_status io_check_checksum(weft_file *file, const io_variable *v, uint64_t part)
{
    uint64_t sum = total(file, part), stored;
    bool there;
    weft_status status =
        io_get_attribute(file, v->id, checksum_name, H5T_NATIVE_UINT64, 1, &stored, &there);
    if (status == WEFT_OK && (!there || stored != sum))
        status =
            weft_fail(WEFT_IO, "%s: it is damaged: the checksum of '%s' does not fit its values",
                      file->path, v->name);
    return io_settle(file, status);
}

/* ---- replicated bytes ---- */

/* A rank that fails must not leave the others in the next collective call: the stages of put and
 * get end in agreement each. Bytes that every rank has are written by rank 0 alone; the others take
 * part with nothing. */
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

/* The name is looked for in the group of replicated data, behind the prefix that is set now. */
weft_status weft_file_put(weft_file *file, const char *name, const void *data, int64_t bytes)
{
    WEFT_TRY(io_ready(file));
    char *place = io_place(file, io_checkpoint_groups[0], name);
    weft_status status = put(file, place, data, bytes);
    weft_free(place);
    return status;
}

/* Bytes of a dataset of bytes; -1: it is none. A dataset of no bytes has no dimensions
 * (io_make_plain). */
static int64_t bytes_of(const io_variable *v)
{
    if (v->ndims > 1 || v->bytes != 1)
        return -1;
    return v->ndims == 0 ? 0 : (int64_t)v->extent[0];
}

/* A dataset of bytes of exactly this size: another size means that another program, or another
 * input, wrote the checkpoint. */
static io_variable *find_bytes(weft_file *file, const char *place, int64_t bytes)
{
    io_variable *v = io_find(file, place);
    if (!v || bytes_of(v) == bytes)
        return v;
    weft_fail(WEFT_IO,
              "%s: '%s' has %lld bytes, this run needs %lld: another version of weft, or a run of "
              "another input, wrote it; go on with that one, or start again with --overwrite",
              file->path, place, (long long)bytes_of(v), (long long)bytes);
    return NULL;
}

/* Every rank reads all bytes, but only rank 0 counts them in the checksum. */
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

/* Exactly as many bytes as were put: a checkpoint of other sizes is refused, not read in part. */
weft_status weft_file_get(weft_file *file, const char *name, void *data, int64_t bytes)
{
    WEFT_TRY(io_ready(file));
    char *place = io_place(file, io_checkpoint_groups[0], name);
    weft_status status = get(file, place, data, bytes);
    weft_free(place);
    return status;
}

/* Checkpoints are shared: all ranks have found the same. */
weft_status weft_file_get_size(weft_file *file, const char *name, int64_t *out)
{
    io_variable *v;
    char *place = io_place(file, io_checkpoint_groups[0], name);
    weft_status status = io_ask(file, place, &v);
    weft_free(place);
    *out = v && status == WEFT_OK ? bytes_of(v) : -1;
    return status;
}
