/* Is everything in a file what was written?
 *
 * Checkpoints carry a checksum for each dataset that does not depend on the decomposition (see
 * checksum.c), so that each rank reads a share and the sums are added. Result files carry HDF5's
 * Fletcher32 for each chunk, which HDF5 compares when a chunk is read: there it is enough to read
 * everything. HDF5's own data (headers, indices, attributes) have checksums of HDF5.
 *
 * Invariant: nothing is asked for that leads to the global heap (lists of references, of which
 * dimension lists are made): the heap has no checksum, and HDF5 1.10 may search a damaged one for
 * ever.
 *
 * What is found: a changed bit of a value, of a name, of an attribute or of the structure; a
 * dataset that is missing in a checkpoint; a file that is cut. What is not found: records that were
 * never written, since nothing says that they should be there. */
#include "internal.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PIECE = 1 << 24 };

/* ---- listing ---- */

typedef struct listing {
    weft_file *file;
    const char *group; /* "" for the root */
    bool strict;       /* only datasets are allowed */
    char bad[1024];    /* names of what is damaged, quoted */
} listing;

/* A list that becomes too long is cut. */
static void add_bad(listing *l, const char *name)
{
    size_t used = strlen(l->bad);
    snprintf(l->bad + used, sizeof l->bad - used, "%s'%s'", used ? ", " : "", name);
}

/* Called for each link of a group; returns 0 to go on, so that all damaged names are found. */
static herr_t open_each(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    listing *l = context;
    H5O_info_t about;
    (void)info;
    char *place = weft_format("%s%s%s", l->group, *l->group ? "/" : "", name);
    bool readable = H5Oget_info_by_name2(group, name, &about, H5O_INFO_BASIC, H5P_DEFAULT) >= 0;
    bool dataset = readable && about.type == H5O_TYPE_DATASET;
    io_variable *v;
    if (!readable || (dataset && io_look(l->file, place, &v) != WEFT_OK) || (!dataset && l->strict))
        add_bad(l, place);
    weft_error_clear(); /* one message for all of them */
    weft_free(place);
    return 0;
}

/* Open all datasets of a group. Where one cannot be opened, its name is in l->bad. */
static weft_status open_all(listing *l)
{
    const char *name = *l->group ? l->group : "/";
    hid_t group = H5Gopen2(l->file->id, name, H5P_DEFAULT);
    herr_t e = group < 0 ? -1 : H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, open_each, l);
    weft_status status = e < 0 ? io_failure(l->file, "list the group '%s'", name) : WEFT_OK;
    if (group >= 0)
        H5Gclose(group);
    H5Eclear2(H5E_DEFAULT);
    return status;
}

static weft_status damaged(const weft_file *file, const listing *l)
{
    return l->bad[0]
               ? weft_fail(WEFT_IO, "%s: it is damaged: %s cannot be read", file->path, l->bad)
               : WEFT_OK;
}

/* A dataset as blocks of about PIECE bytes: whole trailing dimensions, some of dimension cut, one
 * of each before it. Blocks are numbered from 0 to outer * steps - 1, in the order of the values.
 */
typedef struct blocks {
    int cut;
    hsize_t inner, rows, steps, outer; /* values behind the cut; rows of a block; blocks */
} blocks;

/* Chooses the cut so that a block has at most PIECE bytes, however large the dataset; no dataset
 * with an extent of 0 comes here. */
static blocks divide(const io_variable *v)
{
    blocks b = {.cut = v->ndims - 1, .inner = 1, .outer = 1};
    while (b.cut > 0 && b.inner * v->extent[b.cut] * v->bytes <= PIECE)
        b.inner *= v->extent[b.cut--];
    /* At least one row, however long it is. */
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

/* Block number i; the number of its first value. The dimensions before the cut are counted like
 * digits of a number. */
static io_part block_part(const io_variable *v, const blocks *b, hsize_t i, uint64_t *first)
{
    io_part part = {.ndims = v->ndims};
    hsize_t at = i % b->steps * b->rows, left = v->extent[b->cut] - at, rest = i / b->steps;
    *first = (rest * v->extent[b->cut] + at) * b->inner;
    for (int d = 0; d < v->ndims; d++)
        part.count[d] = d < b->cut ? 1 : v->extent[d];
    part.count[b->cut] = left < b->rows ? left : b->rows;
    part.start[b->cut] = at;
    for (int d = b->cut - 1; d >= 0; d--) {
        part.start[d] = rest % v->extent[d];
        rest /= v->extent[d];
    }
    memcpy(part.room, part.count, sizeof part.room);
    return part;
}

/* ---- checkpoints ---- */

/* Adds the checksum of one block; room has PIECE bytes. */
static weft_status sum_block(weft_file *file, const io_variable *v, const blocks *b, hsize_t i,
                             void *room, uint64_t *sum)
{
    uint64_t first;
    io_part part = block_part(v, b, i, &first);
    hid_t type = v->bytes == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_DOUBLE;
    WEFT_TRY(io_read_part(file, v, &part, type, room));
    *sum += io_sum(room, (int64_t)(part.count[b->cut] * b->inner), v->bytes, first);
    return WEFT_OK;
}

/* Each rank takes every size-th block; reads are independent, so that one rank may fail alone. The
 * blocks of all ranks together are every value once, so the sum of their checksums is that of the
 * dataset. */
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

/* Opens everything first, so that a dataset that cannot be opened is named before sums are made. */
static weft_status verify_checkpoint(weft_file *file, void *room)
{
    for (int i = 0; i < 2; i++) {
        listing l = {.file = file, .group = io_checkpoint_groups[i], .strict = true};
        weft_status status = open_all(&l);
        WEFT_TRY(io_settle(file, status == WEFT_OK ? damaged(file, &l) : status));
    }
    WEFT_TRY(io_settle(file, io_check_count(file)));
    for (int i = 0; i < file->variables; i++)
        WEFT_TRY(verify_one(file, &file->variable[i], room));
    return WEFT_OK;
}

/* Independent transfers while it lasts: the ranks read different numbers of blocks. */
weft_status weft_checkpoint_verify(weft_file *file)
{
    WEFT_TRY(io_ready(file));
    void *room = weft_alloc(PIECE, 1);
    if (file->shared)
        H5Pset_dxpl_mpio(file->transfer, H5FD_MPIO_INDEPENDENT);
    weft_status status = verify_checkpoint(file, room);
    if (file->shared)
        H5Pset_dxpl_mpio(file->transfer, H5FD_MPIO_COLLECTIVE);
    weft_free(room);
    return status;
}

/* ---- result files ---- */

/* Numbers in at most 8 bytes, and at least one of them. */
static bool has_values(const io_variable *v)
{
    bool some = v->ndims <= WEFT_IO_DIMS && v->bytes <= 8 &&
                (v->class == H5T_FLOAT || v->class == H5T_INTEGER);
    for (int i = 0; i < v->ndims && some; i++)
        some = v->extent[i] > 0;
    return some;
}

/* Numbers are read as doubles: the conversion does no harm to what is only read. ends: only the
 * last block, where a run that was killed would have left its damage. */
static bool read_blocks(weft_file *file, const io_variable *v, bool ends, void *room)
{
    uint64_t first;
    if (v->ndims == 0) {
        io_part scalar = {0};
        return io_read_part(file, v, &scalar, H5T_NATIVE_DOUBLE, room) == WEFT_OK;
    }
    /* Blocks are sized for doubles, the type that is read. */
    io_variable wide = *v;
    wide.bytes = sizeof(double);
    blocks b = divide(&wide);
    for (hsize_t n = b.outer * b.steps, i = ends ? n - 1 : 0; i < n; i++) {
        io_part part = block_part(v, &b, i, &first);
        if (io_read_part(file, v, &part, H5T_NATIVE_DOUBLE, room) != WEFT_OK)
            return false;
    }
    return true;
}

/* Attributes that are text or numbers. Texts of variable length and lists of references lie in the
 * global heap and are not touched (see the head of this file). */
static herr_t read_attribute(hid_t object, const char *name, const H5A_info_t *info, void *bad)
{
    (void)info;
    hid_t id = H5Aopen(object, name, H5P_DEFAULT), type = id >= 0 ? H5Aget_type(id) : -1;
    H5T_class_t kind = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    bool plain = kind == H5T_INTEGER || kind == H5T_FLOAT ||
                 (kind == H5T_STRING && H5Tis_variable_str(type) <= 0);
    hsize_t bytes = plain ? H5Aget_storage_size(id) : 0;
    if (type < 0 || bytes > (hsize_t)1 << 30)
        *(bool *)bad = true;
    else if (bytes > 0) {
        void *room = weft_alloc(bytes, 1);
        *(bool *)bad |= H5Aread(id, type, room) < 0;
        weft_free(room);
    }
    if (type >= 0)
        H5Tclose(type);
    if (id >= 0)
        H5Aclose(id);
    return 0;
}

/* All attributes of one object. */
static bool attributes_good(hid_t object)
{
    bool bad = false;
    hsize_t at = 0;
    herr_t e = H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, read_attribute, &bad);
    return e >= 0 && !bad;
}

/* Reads everything and collects the names of what is damaged: one message for all of them. */
static weft_status verify_here(weft_file *file, bool ends)
{
    listing l = {.file = file, .group = ""};
    void *room = weft_alloc(PIECE, 1);
    weft_status status = open_all(&l);
    if (status == WEFT_OK && !ends && !attributes_good(file->id))
        add_bad(&l, "/ (attributes)");
    for (int i = 0; i < file->variables && status == WEFT_OK; i++) {
        const io_variable *v = &file->variable[i];
        if ((has_values(v) && !read_blocks(file, v, ends, room)) ||
            (!ends && !attributes_good(v->id)))
            add_bad(&l, v->name);
    }
    weft_free(room);
    if (l.bad[0])
        weft_error_clear(); /* one message for all of them */
    return status == WEFT_OK ? damaged(file, &l) : status;
}

/* On the rank that holds the file; the others learn the result. */
weft_status weft_file_verify(weft_file *file, bool ends)
{
    WEFT_TRY(io_ready(file));
    WEFT_ASSERT(!file->shared);
    return io_settle(file, io_holds(file) ? verify_here(file, ends) : WEFT_OK);
}

/* ---- for people ---- */

/* A file is first tried as a checkpoint, then as a result file. */
static weft_status verify_path(const char *path)
{
    weft_file *file;
    weft_status status = weft_checkpoint_open(MPI_COMM_SELF, path, &file);
    if (status == WEFT_OK) {
        status = weft_checkpoint_verify(file);
    } else {
        if (strstr(path, "ckpt-")) /* what is called so must be one */
            return status;
        weft_error_clear();
        WEFT_TRY(weft_file_open_replicated(MPI_COMM_SELF, path, WEFT_READ, &file));
        status = weft_file_verify(file, false);
    }
    int n = file->variables;
    if (status == WEFT_OK)
        weft_say("%s: sound, %d dataset%s", path, n, n == 1 ? "" : "s");
    weft_status closed = weft_file_close(file);
    return status != WEFT_OK ? status : closed;
}

/* By its name: ckpt-*.h5 and *.nc. */
static bool is_result(const char *name)
{
    size_t n = strlen(name);
    bool checkpoint = n > 3 && strncmp(name, "ckpt-", 5) == 0 && strcmp(name + n - 3, ".h5") == 0;
    return checkpoint || (n > 3 && strcmp(name + n - 3, ".nc") == 0);
}

/* Damaged files are warned of one by one; the status tells how many there are. */
static weft_status verify_directory(const char *dir)
{
    int files = 0, bad = 0;
    struct dirent **entry;
    int n = scandir(dir, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (is_result(entry[i]->d_name)) {
            char *path = weft_format("%s/%s", dir, entry[i]->d_name);
            files++;
            if (verify_path(path) != WEFT_OK) {
                weft_warn("%s", weft_error_message());
                weft_error_clear();
                bad++;
            }
            weft_free(path);
        }
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    if (files == 0)
        return weft_fail(WEFT_IO, "%s: there are no result files in it", dir);
    return bad ? weft_fail(WEFT_IO, "%s: %d of %d files are damaged", dir, bad, files) : WEFT_OK;
}

/* A path that does not exist is tried as a file, and the message of opening it is the right one. */
weft_status weft_verify(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode) ? verify_directory(path) : verify_path(path);
}
