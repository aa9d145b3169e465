/* Moving data: replicated values, and the blocks of a grid by hyperslabs.
 *
 * Invariant: in a shared file every rank takes part in every transfer, if with nothing, because
 * transfers through filters are collective. Each value is written by exactly one rank: replicated
 * ones by rank 0, those of a block by its owner.
 *
 * Words: a record is an entry along the first, unlimited dimension of a dataset; a part is a
 * rectangle of a dataset and the way it lies in memory.
 *
 * How a block travels: weft_box says where a rank's points lie in the grid and in memory;
 * block_part and io_add_box (boxes.c) turn this into a part (start and count in the dataset, shape
 * of the array in memory); select_spaces turns the part into two selections of HDF5; one call of
 * H5Dwrite or H5Dread moves the values. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

/* Bytes of a packed copy that is read at once: enough that a call costs nothing beside it. */
enum { AT_ONCE = 1 << 20 };

/* ---- parts ---- */

/* HDF5 cannot select a rectangle of no extent; nothing is a selection of its own. */
static void choose(hid_t space, const hsize_t *start, const hsize_t *count, bool nothing)
{
    if (nothing)
        H5Sselect_none(space);
    else
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
}

/* What of the dataset and what of memory takes part in a transfer. */
typedef struct spaces {
    hid_t file, memory;
} spaces;

/* A rank without values selects nothing, in a memory of one element: no extent is ever 0. */
static spaces select_spaces(const io_variable *v, const io_part *part)
{
    static const hsize_t zero[WEFT_IO_DIMS];
    bool nothing = false;
    for (int i = 0; i < part->ndims; i++)
        nothing = nothing || part->count[i] == 0;
    hsize_t room[WEFT_IO_DIMS];
    for (int i = 0; i < part->ndims; i++)
        room[i] = nothing ? 1 : part->room[i];
    spaces s = {H5Dget_space(v->id), H5Screate_simple(part->ndims, room, NULL)};
    if (part->ndims > 0) {
        choose(s.file, part->start, part->count, nothing);
        choose(s.memory, zero, part->count, nothing);
    }
    return s;
}

/* The only call of H5Dwrite; collective in a shared file. */
weft_status io_write_part(weft_file *file, const io_variable *v, const io_part *part, hid_t type,
                          const void *data)
{
    spaces s = select_spaces(v, part);
    file->chunk_bytes = io_chunk_bytes(v);
    herr_t e = H5Dwrite(v->id, type, s.memory, s.file, file->transfer, data);
    bool failed = e < 0 || file->absorbed[0];
    weft_status status = failed ? io_failure(file, "write '%s'", v->name) : WEFT_OK;
    H5Sclose(s.file);
    H5Sclose(s.memory);
    return status;
}

/* The only call of H5Dread. A file that is only read needs no collective transfers, and without
 * them a rank that cannot read, be it HDF5's own data, keeps nobody waiting. In a file that is
 * written, too, they see what other ranks have written since. */
weft_status io_read_part(weft_file *file, const io_variable *v, const io_part *part, hid_t type,
                         void *data)
{
    spaces s = select_spaces(v, part);
    file->chunk_bytes = io_chunk_bytes(v);
    hid_t list = file->how == WEFT_READ ? H5P_DEFAULT : file->transfer;
    herr_t e = H5Dread(v->id, type, s.memory, s.file, list, data);
    bool failed = e < 0 || file->absorbed[0];
    weft_status status = failed ? io_failure(file, "read '%s'", v->name) : WEFT_OK;
    H5Sclose(s.file);
    H5Sclose(s.memory);
    return status;
}

/* ---- replicated data ---- */

/* The part of some records, or of everything if record < 0; its number of values. In memory a part
 * is packed: the room of each dimension is its count. */
static int64_t record_part(const io_variable *v, int64_t record, int64_t records, io_part *part)
{
    int64_t n = 1;
    *part = (io_part){.ndims = v->ndims};
    for (int i = 0; i < v->ndims; i++) {
        part->count[i] = part->room[i] = i == 0 && record >= 0 ? (hsize_t)records : v->extent[i];
        n *= (int64_t)part->count[i];
    }
    part->start[0] = record >= 0 ? (hsize_t)record : 0;
    return n;
}

/* Bring the extents in the table to a size that has this record; *longer: the dataset must be
 * lengthened. Changes nothing in the file. */
static weft_status extend(weft_file *file, io_variable *v, int64_t record, bool *longer)
{
    *longer = record >= 0 && (v->ndims == 0 || (hsize_t)record >= v->extent[0]);
    if (*longer && (v->ndims == 0 || !v->grows[0]))
        return weft_fail(WEFT_IO, "%s: '%s' has no record %lld", file->path, v->name,
                         (long long)record);
    if (*longer)
        v->extent[0] = (hsize_t)record + 1;
    return WEFT_OK;
}

/* Give the dataset the extents of the table. HDF5 writes new chunks blank, which would be half of
 * the bytes of a snapshot. whole: every rank is about to write whole chunks, so that none of the
 * blanks is ever read, and in a shared file they are left out (absorb.c). */
static weft_status lengthen(weft_file *file, const io_variable *v, bool whole)
{
    file->blanks = file->shared && whole;
    const herr_t e = H5Dset_extent(v->id, v->extent);
    file->blanks = false;
    WEFT_IO_TRY(e, file, "lengthen '%s'", v->name);
    return WEFT_OK;
}

/* In a file of one rank: make room for a record, with space on the disk reserved before. */
static weft_status reach(weft_file *file, io_variable *v, int64_t record)
{
    bool longer;
    WEFT_TRY(extend(file, v, record, &longer));
    if (!longer)
        return WEFT_OK;
    WEFT_TRY(io_reserve(file));
    return lengthen(file, v, false);
}

/* Likewise in a shared file, with room on the disk: HDF5 writes blank compressed chunks when it
 * lengthens a dataset. */
static weft_status reach_together(weft_file *file, io_variable *v, int64_t record, bool whole)
{
    bool longer;
    WEFT_TRY(io_settle(file, extend(file, v, record, &longer)));
    WEFT_TRY(io_reserve(file));
    return longer ? io_settle(file, lengthen(file, v, whole)) : WEFT_OK;
}

/* Rank 0 writes the values; the others take part with nothing. */
static weft_status write_records(weft_file *file, io_variable *v, int64_t record, int64_t records,
                                 const double *values)
{
    io_part part;
    int64_t n = record_part(v, record, records, &part);
    if (file->rank != 0)
        memset(part.count, 0, sizeof part.count);
    weft_store store = io_store_of(v);
    if (store == WEFT_STORE_F64)
        return io_write_part(file, v, &part, H5T_NATIVE_DOUBLE, values);
    void *converted = io_scratch(file, (size_t)n * v->bytes);
    io_convert_doubles(store, n, 1, values, converted);
    return io_write_part(file, v, &part, io_memory_type(store), converted);
}

/* The last of n records; all of a variable stay all. */
static int64_t last_of(int64_t record, int64_t n)
{
    return record < 0 ? record : record + n - 1;
}

/* In the file of one rank, the others learn of a failure with the next flush. So an append costs
 * the other ranks no message; that is what files of rank 0 are for. */
static weft_status write_alone(weft_file *file, const char *variable, int64_t record, int64_t n,
                               const double *values)
{
    if (io_holds(file) && file->pending == WEFT_OK) {
        io_variable *v = io_find(file, variable);
        file->pending = v ? reach(file, v, last_of(record, n)) : WEFT_IO;
        if (file->pending == WEFT_OK)
            file->pending = write_records(file, v, record, n, values);
    }
    return file->size > 1 ? WEFT_OK : io_settle(file, WEFT_OK);
}

/* Three stages in a shared file, each with an agreement at its end: find, lengthen, write. */
weft_status weft_file_write_many(weft_file *file, const char *variable, int64_t record, int64_t n,
                                 const double *values)
{
    WEFT_TRY(io_ready(file));
    if (!file->shared)
        return write_alone(file, variable, record, n, values);
    io_variable *v = io_find(file, variable);
    WEFT_TRY(io_settle(file, v ? WEFT_OK : WEFT_IO));
    WEFT_TRY(reach_together(file, v, last_of(record, n), false));
    return io_settle(file, write_records(file, v, record, n, values));
}

weft_status weft_file_write(weft_file *file, const char *variable, int64_t record,
                            const double *values)
{
    return weft_file_write_many(file, variable, record, 1, values);
}

/* On a rank that holds the file: is there such a record? */
static weft_status find_record(weft_file *file, const char *variable, int64_t record,
                               io_variable **out)
{
    io_variable *v = *out = io_find(file, variable);
    if (!v)
        return WEFT_IO;
    if (record >= 0 && (v->ndims == 0 || (hsize_t)record >= v->extent[0]))
        return weft_fail(WEFT_IO, "%s: '%s' has no record %lld", file->path, variable,
                         (long long)record);
    return WEFT_OK;
}

/* In a file of rank 0 the values are sent to the others, in pieces that MPI can count. In a shared
 * file no rank reads, which may be collective, before all have found what they read. */
weft_status weft_file_read(weft_file *file, const char *variable, int64_t record, double *values)
{
    WEFT_TRY(io_ready(file));
    int64_t n = 0;
    io_variable *v = NULL;
    io_part part;
    weft_status status = WEFT_OK;
    if (io_holds(file))
        status = find_record(file, variable, record, &v);
    if (file->shared)
        WEFT_TRY(io_settle(file, status));
    if (v && status == WEFT_OK) {
        n = record_part(v, record, 1, &part);
        status = io_read_part(file, v, &part, H5T_NATIVE_DOUBLE, values);
    }
    WEFT_TRY(io_settle(file, status));
    if (file->shared || file->size == 1)
        return WEFT_OK;
    MPI_Bcast(&n, 1, MPI_INT64_T, 0, file->comm);
    for (int64_t done = 0, piece = 1 << 24; done < n; done += piece)
        MPI_Bcast(values + done, (int)(n - done < piece ? n - done : piece), MPI_DOUBLE, 0,
                  file->comm);
    return WEFT_OK;
}

/* ---- blocks ---- */

/* The leading dimensions of a block: record and component, checked against the dataset. Depends on
 * the file and the arguments alone, which are the same on all ranks. */
static weft_status block_part(weft_file *file, const io_variable *v, int64_t record, int component,
                              const weft_grid *grid, io_part *part)
{
    int leading = (record >= 0) + (component >= 0);
    bool fits = v->ndims == leading + grid->dim;
    for (int i = 0; fits && i < grid->dim; i++)
        fits = v->extent[leading + i] == (hsize_t)grid->n[3 - grid->dim + i];
    if (!fits)
        return weft_fail(WEFT_IO, "%s: the dataset '%s' has not the shape of the grid", file->path,
                         v->name);
    if (component >= 0 && (hsize_t)component >= v->extent[leading - 1])
        return weft_fail(WEFT_IO, "%s: the dataset '%s' has no component %d", file->path, v->name,
                         component);
    *part = (io_part){.ndims = leading};
    for (int i = 0; i < leading; i++)
        part->count[i] = part->room[i] = 1;
    if (record >= 0)
        part->start[0] = (hsize_t)record;
    if (component >= 0)
        part->start[leading - 1] = (hsize_t)component;
    return WEFT_OK;
}

/* By H5Dwrite: straight from memory if neither layout nor type need a change, else through a packed
 * copy. Collective in a shared file. */
static weft_status write_box(weft_file *file, const io_variable *v, const io_part *leading, int dim,
                             const weft_box *box, weft_element element, const void *data)
{
    io_part direct = *leading, packed = *leading, *part = &direct;
    weft_store store = io_store_of(v);
    /* Nothing to convert: memory and file have the same type. */
    bool plain = store == (element == WEFT_U8 ? WEFT_STORE_U8 : WEFT_STORE_F64);
    if (io_add_box(part, dim, box, 1) && plain)
        return io_write_part(file, v, part, io_memory_type(store),
                             (const char *)data + (size_t)box->origin * v->bytes);
    weft_box compact = io_compact(box);
    void *converted = io_scratch(file, (size_t)io_sites(box) * v->bytes);
    io_convert_box(store, v->bytes, element, box, data, converted);
    io_add_box(&packed, dim, &compact, 1);
    return io_write_part(file, v, &packed, io_memory_type(store), converted);
}

/* How a box is written: its whole chunks, in the layers [first, end) of the slowest axis; then, if
 * any rank has something there, the layers before them and those behind them. */
typedef struct ways {
    int64_t first, end;
    weft_box left[2];
    int some[2]; /* the same on all ranks */
} ways;

/* Collective in a shared file. */
static ways find_ways(const weft_file *file, const io_variable *v, const io_part *leading, int dim,
                      const weft_box *box)
{
    const int axis = 3 - dim;
    const int64_t low = box->start[axis], high = low + box->local[axis];
    ways w;
    io_whole_chunks(v, leading->ndims, dim, box, &w.first, &w.end);
    w.left[0] = io_cut(box, axis, low, w.first - low);
    w.left[1] = io_cut(box, axis, w.end, high - w.end);
    for (int i = 0; i < 2; i++)
        w.some[i] = io_sites(&w.left[i]) > 0;
    if (file->shared)
        MPI_Allreduce(MPI_IN_PLACE, w.some, 2, MPI_INT, MPI_MAX, file->comm);
    return w;
}

/* A rank that fails takes part in what is left all the same. */
static weft_status write_block(weft_file *file, const io_variable *v, const io_part *leading,
                               int dim, const weft_box *box, const ways *w, weft_element element,
                               const void *data)
{
    weft_status status =
        io_write_chunks(file, v, leading, dim, box, w->first, w->end, element, data);
    for (int i = 0; i < 2; i++) {
        if (!w->some[i])
            continue;
        const weft_status rest = write_box(file, v, leading, dim, &w->left[i], element, data);
        status = status == WEFT_OK ? rest : status;
    }
    return status;
}

/* Each rank writes the box that it owns; together they are the whole record. */
weft_status weft_file_write_block(weft_file *file, const char *variable, int64_t record,
                                  int component, const weft_grid *grid, const weft_box *box,
                                  weft_element element, const void *data)
{
    WEFT_TRY(io_ready(file));
    WEFT_ASSERT(file->shared || file->size == 1);
    io_part part;
    io_variable *v = io_find(file, variable);
    weft_status status = v ? block_part(file, v, record, component, grid, &part) : WEFT_IO;
    WEFT_TRY(io_settle(file, status));
    const ways w = find_ways(file, v, &part, grid->dim, box);
    WEFT_TRY(reach_together(file, v, record, !w.some[0] && !w.some[1]));
    return io_settle(file, write_block(file, v, &part, grid->dim, box, &w, element, data));
}

/* Whether the points of a part that io_add_box described follow each other in memory. */
static bool without_margins(const io_part *part, int leading)
{
    for (int i = leading + 1; i < part->ndims; i++)
        if (part->room[i] != part->count[i])
            return false;
    return true;
}

/* Read a box packed, then move it to its place. HDF5 converts while reading if the stored type is
 * another one; that breaks nothing, since reading needs no filters in parallel. */
static weft_status read_packed(weft_file *file, const io_variable *v, io_part part, int dim,
                               const weft_box *box, int rest, size_t bytes, void *data)
{
    weft_box compact = io_compact(box);
    size_t point = (size_t)rest * bytes;
    void *packed = io_scratch(file, (size_t)io_sites(box) * point);
    io_add_box(&part, dim, &compact, rest);
    WEFT_TRY(
        io_read_part(file, v, &part, bytes == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_DOUBLE, packed));
    io_unpack(box, point, packed, data);
    return WEFT_OK;
}

/* Without a collective transfer HDF5 makes a call of the system for each piece in memory: for each
 * row of an array with margins. So these go through packed copies, as many layers or rows at once
 * as make AT_ONCE bytes; each rank takes turns of its own. Not so from chunks, which are read
 * whole and would be decoded in each turn, nor where reading is collective and all ranks would
 * have to take as many turns. */
weft_status io_read_box(weft_file *file, const io_variable *v, const io_part *leading, int dim,
                        const weft_box *box, int rest, size_t bytes, void *data)
{
    const bool alone = file->how == WEFT_READ && !v->chunked;
    io_part part = *leading;
    if (io_add_box(&part, dim, box, rest) && (!alone || without_margins(&part, leading->ndims)))
        return io_read_part(file, v, &part, bytes == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_DOUBLE,
                            (char *)data + (size_t)(box->origin * rest) * bytes);
    if (!alone)
        return read_packed(file, v, *leading, dim, box, rest, bytes, data);
    const int64_t turns = io_turns(box, (size_t)rest * bytes, AT_ONCE);
    for (int64_t i = 0; i < turns; i++) {
        weft_box turn = io_turn(box, (size_t)rest * bytes, AT_ONCE, i);
        WEFT_TRY(read_packed(file, v, *leading, dim, &turn, rest, bytes, data));
    }
    return WEFT_OK;
}

/* The reverse of writing; a rank without points takes part with an empty selection. */
weft_status weft_file_read_block(weft_file *file, const char *variable, int64_t record,
                                 int component, const weft_grid *grid, const weft_box *box,
                                 weft_element element, void *data)
{
    WEFT_TRY(io_ready(file));
    WEFT_ASSERT(file->shared || file->size == 1);
    io_part part;
    io_variable *v;
    weft_status status = find_record(file, variable, record, &v);
    if (status == WEFT_OK)
        status = block_part(file, v, record, component, grid, &part);
    WEFT_TRY(io_settle(file, status));
    size_t bytes = element == WEFT_U8 ? 1 : sizeof(double);
    return io_settle(file, io_read_box(file, v, &part, grid->dim, box, 1, bytes, data));
}
