/* Dimensions and variables in netCDF-4's form: HDF5 dimension scales, creation order kept, one
 * string of fixed length for each text ("NetCDF-4 Format", appendix of the netCDF User's Guide).
 *
 * Invariant: every dataset with dimensions is stored in chunks and each chunk carries a Fletcher32
 * checksum. A record is never split over more chunks than its size asks for, and small records
 * share a chunk; so chunks become full in the order of the records, which the frames (frame.c)
 * need.
 *
 * How the pieces fit: a dimension is a dataset of its own (its coordinates), and a variable is a
 * dataset that refers to its dimensions. So `time` is a dataset that grows by one value for each
 * record, and a field phi over (time, y, x) refers to three of them. */
#include "internal.h"
#include "weft/memory.h"
#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Small records share a chunk, so that a series of single numbers is not a million chunks; big
 * ones are cut into blocks that fit the cache of a chunk that readers have (1 MiB). */
enum { SMALL_CHUNK = 8192, LARGE_CHUNK = 1 << 20 };

static const char no_coordinates[] = "This is a netCDF dimension but not a netCDF variable. %10lld";

/* Little-endian on every machine: files can be compared and carried along. */
static hid_t stored_type(weft_store store)
{
    switch (store) {
    case WEFT_STORE_F32:
        return H5T_IEEE_F32LE;
    case WEFT_STORE_U8:
        return H5T_STD_U8LE;
    case WEFT_STORE_I64:
        return H5T_STD_I64LE;
    default:
        return H5T_IEEE_F64LE;
    }
}

/* Properties of a new dataset. In a file of rank 0 alone, what was not written reads as nan, unless
 * every value gets written anyway (fill false). In a shared file nothing is filled: where a disk is
 * full, HDF5 fails to fill on one rank and leaves the others waiting. fill: whether records may
 * stay unwritten while others of their chunk are written. */
static hid_t creation_list(const weft_file *file, weft_store store, bool fill)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    double nothing = NAN;
    H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(list, 0);
    if (store == WEFT_STORE_F64 || store == WEFT_STORE_F32)
        H5Pset_fill_value(list, H5T_NATIVE_DOUBLE, &nothing);
    H5Pset_fill_time(list, fill && !file->shared ? H5D_FILL_TIME_IFSET : H5D_FILL_TIME_NEVER);
    return list;
}

/* A checksum for each chunk, which readers of HDF5 and netCDF compare by themselves. */
static void in_chunks(hid_t list, int ndims, const hsize_t *chunk)
{
    H5Pset_chunk(list, ndims, chunk);
    H5Pset_fletcher32(list);
}

/* `units` is what UDUNITS knows, so that programs which read units do not stumble: models have
 * units of their own ("length", "1/site"), which are an attribute `dimension`. CF conventions,
 * section 3.1: units must be readable by UDUNITS. */
static weft_status label(weft_file *file, hid_t object, const char *unit, const char *long_name)
{
    static const char *const known[] = {"1", "rad", "s"};
    const char *standard = "1";
    for (size_t i = 0; unit && i < sizeof known / sizeof *known; i++)
        if (strcmp(unit, known[i]) == 0)
            standard = known[i];
    if (unit)
        WEFT_TRY(io_put_text(file, object, "units", standard));
    if (unit && *unit && strcmp(unit, standard) != 0)
        WEFT_TRY(io_put_text(file, object, "dimension", unit));
    return long_name ? io_put_text(file, object, "long_name", long_name) : WEFT_OK;
}

/* Make a dataset and keep it open. Names are looked up first: HDF5's own message about a name that
 * exists is hard to read. */
static weft_status make(weft_file *file, const char *name, hid_t type, int ndims,
                        const hsize_t *extent, const hsize_t *most, hid_t list, hid_t *out)
{
    io_variable *there;
    *out = -1;
    WEFT_TRY(io_look(file, name, &there));
    if (there)
        return weft_fail(WEFT_IO, "%s: the name '%s' is used twice", file->path, name);
    hid_t space = H5Screate_simple(ndims, extent, most);
    *out = H5Dcreate2(file->id, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    weft_status status = WEFT_OK;
    if (*out < 0)
        status = io_failure(file, "create the variable '%s'", name);
    else
        io_keep(file, name, *out);
    H5Sclose(space);
    return status;
}

/* ---- dimensions ---- */

/* The values of a dimension, a chunk at once; rank 0 writes them. All chunks together would be held
 * in memory several times by HDF5 (lines of millions of sites). */
static weft_status write_coordinates(weft_file *file, const char *name, int64_t n,
                                     const double *values)
{
    const io_variable *v = io_find(file, name);
    weft_status status = v ? WEFT_OK : WEFT_IO;
    for (int64_t done = 0; v && done < n; done += (int64_t)v->chunk[0]) {
        const hsize_t left = (hsize_t)(n - done), count = left < v->chunk[0] ? left : v->chunk[0];
        io_part part = {1, {(hsize_t)done}, {count}, {count}};
        if (file->rank != 0)
            part.count[0] = 0;
        const weft_status mine = io_write_part(file, v, &part, H5T_NATIVE_DOUBLE, values + done);
        status = status == WEFT_OK ? mine : status;
    }
    return status;
}

/* A dimension with coordinates is a variable of its own name. Without them netCDF-4 wants a dataset
 * without values, with a title that tells its length. */
static weft_status dimension_here(weft_file *file, const char *name, int64_t n,
                                  const double *values, const char *unit, const char *long_name)
{
    bool coordinates = values || n == 0;
    hsize_t extent = (hsize_t)n, most = n == 0 ? H5S_UNLIMITED : extent;
    hsize_t chunk = SMALL_CHUNK / sizeof(double);
    char title[96];
    hid_t list = creation_list(file, WEFT_STORE_F64, coordinates), id;
    if (n > 0)
        chunk = extent < LARGE_CHUNK / sizeof(double) ? extent : LARGE_CHUNK / sizeof(double);
    if (coordinates)
        in_chunks(list, 1, &chunk);
    /* Early allocation makes a full disk an error here and not in the loop. */
    H5Pset_alloc_time(list, coordinates ? H5D_ALLOC_TIME_EARLY : H5D_ALLOC_TIME_DEFAULT);
    weft_status status = make(file, name, coordinates ? H5T_IEEE_F64LE : H5T_IEEE_F32BE, 1, &extent,
                              &most, list, &id);
    H5Pclose(list);
    WEFT_TRY(status);
    snprintf(title, sizeof title, no_coordinates, (long long)n);
    WEFT_IO_TRY(H5DSset_scale(id, coordinates ? name : title), file, "make the dimension '%s'",
                name);
    if (coordinates)
        WEFT_TRY(label(file, id, unit, long_name));
    return values ? write_coordinates(file, name, n, values) : WEFT_OK;
}

/* Ranks without the file only take part in the agreement. */
weft_status weft_file_dimension(weft_file *file, const char *name, int64_t n, const double *values,
                                const char *unit, const char *long_name)
{
    WEFT_TRY(io_ready(file));
    weft_status status = WEFT_OK;
    if (io_holds(file))
        status = dimension_here(file, name, n, values, unit, long_name);
    return io_settle(file, status);
}

/* ---- variables ---- */

/* Cut the slowest dimensions after the record until a chunk is small enough. Whole rows along the
 * fast dimensions stay together, as readers want them. */
static void cut(int ndims, hsize_t bytes, hsize_t *chunk)
{
    for (int i = 1; i < ndims; i++)
        bytes *= chunk[i];
    for (int i = 1; i < ndims && bytes > LARGE_CHUNK; i++) {
        hsize_t rest = bytes / chunk[i];
        hsize_t fit = rest < LARGE_CHUNK ? LARGE_CHUNK / rest : 1;
        hsize_t parts = (chunk[i] + fit - 1) / fit;
        chunk[i] = (chunk[i] + parts - 1) / parts;
        bytes = rest * chunk[i];
    }
}

/* A compressed chunk holds one record, so that it is written once. A dimension that may grow beside
 * the records gets 256 entries for a chunk. */
static void choose_chunk(int ndims, const hsize_t *extent, size_t bytes, bool compressed,
                         hsize_t *chunk)
{
    hsize_t record = bytes;
    for (int i = 1; i < ndims; i++) {
        chunk[i] = extent[i] > 0 ? extent[i] : 256; /* grows, nobody knows how far */
        record *= chunk[i];
    }
    chunk[0] = !compressed && record < SMALL_CHUNK ? SMALL_CHUNK / record : 1;
    cut(ndims, bytes, chunk);
}

/* Give the variable its dimensions: that is how netCDF knows which ones they are. */
static weft_status attach(weft_file *file, const char *name, hid_t id, int ndims,
                          const char *const *dims)
{
    for (int i = 0; i < ndims; i++) {
        io_variable *scale = io_find(file, dims[i]);
        if (!scale)
            return WEFT_IO;
        WEFT_IO_TRY(H5DSattach_scale(id, scale->id, (unsigned)i), file,
                    "give the variable '%s' the dimension '%s'", name, dims[i]);
    }
    return WEFT_OK;
}

/* Extents are those of the dimensions now, so a variable that is made after 100 records begins with
 * 100 blank ones. */
static weft_status variable_here(weft_file *file, const char *name, weft_store store, int ndims,
                                 const char *const *dims, int compress, const char *unit,
                                 const char *long_name)
{
    hsize_t extent[WEFT_IO_DIMS], most[WEFT_IO_DIMS], chunk[WEFT_IO_DIMS];
    bool grows = false;
    hid_t type = stored_type(store), id;
    for (int i = 0; i < ndims; i++) {
        io_variable *scale = io_find(file, dims[i]);
        if (!scale)
            return WEFT_IO;
        extent[i] = scale->extent[0];
        most[i] = scale->grows[0] ? H5S_UNLIMITED : extent[i];
        grows = grows || scale->grows[0];
    }
    bool chunked = ndims > 0;
    if (chunked)
        choose_chunk(ndims, extent, H5Tget_size(type), compress > 0, chunk);
    /* A dataset that does not grow needs no room for further records. */
    if (chunked && !grows && (compress > 0 || chunk[0] > extent[0]))
        chunk[0] = extent[0];
    hid_t list = creation_list(file, store, chunked && chunk[0] > 1);
    /* a file that one rank made may be opened by several, which cannot allocate as they write */
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    if (chunked && compress > 0) {
        H5Pset_shuffle(list);
        H5Pset_deflate(list, (unsigned)compress);
    }
    if (chunked)
        in_chunks(list, ndims, chunk);
    weft_status status = make(file, name, type, ndims, extent, most, list, &id);
    H5Pclose(list);
    if (status == WEFT_OK)
        status = label(file, id, unit, long_name);
    return status == WEFT_OK ? attach(file, name, id, ndims, dims) : status;
}

/* The check of ndims comes before the arrays of WEFT_IO_DIMS entries are filled. */
weft_status weft_file_variable(weft_file *file, const char *name, weft_store store, int ndims,
                               const char *const *dims, int compress, const char *unit,
                               const char *long_name)
{
    WEFT_TRY(io_ready(file));
    weft_status status = WEFT_OK;
    if (ndims > WEFT_IO_DIMS)
        status = weft_fail(WEFT_IO, "%s: the variable '%s' has more than %d dimensions", file->path,
                           name, WEFT_IO_DIMS);
    else if (io_holds(file))
        status = variable_here(file, name, store, ndims, dims, compress, unit, long_name);
    return io_settle(file, status);
}

/* An object header with its attributes and the first node of the index of chunks, which has an
 * entry for each chunk (both were measured), and the chunks: all, or those that later records may
 * still fill (a chunk of one record is full). */
static double room(int ndims, const int64_t *extent, int bytes, bool unfilled)
{
    const double header = 4096, entry = 48;
    hsize_t all[WEFT_IO_DIMS] = {0}, chunk[WEFT_IO_DIMS] = {0};
    double chunks = 1, size = bytes;
    for (int i = 0; i < ndims; i++)
        all[i] = (hsize_t)extent[i];
    choose_chunk(ndims, all, (size_t)bytes, false, chunk);
    for (int i = 0; i < ndims; i++) {
        chunks *= (double)((all[i] + chunk[i] - 1) / chunk[i]);
        size *= (double)chunk[i];
    }
    const double records = (double)((all[0] + chunk[0] - 1) / chunk[0]);
    const double last = chunk[0] > 1 ? chunks / records : 0;
    return header + chunks * entry + (unfilled ? last : chunks) * size;
}

double weft_file_room(int ndims, const int64_t *extent, int bytes)
{
    return room(ndims, extent, bytes, false);
}

double weft_file_frame_room(int ndims, const int64_t *extent, int bytes)
{
    return room(ndims, extent, bytes, true);
}

/* In a shared file all ranks have found the same: else io_ask has failed. */
weft_status weft_file_has(weft_file *file, const char *variable, bool *out)
{
    io_variable *v;
    *out = false;
    WEFT_TRY(io_ask(file, variable, &v));
    int there = v != NULL;
    if (!file->shared && file->size > 1)
        MPI_Bcast(&there, 1, MPI_INT, 0, file->comm);
    *out = there;
    return WEFT_OK;
}

/* ---- sizes ---- */

/* A dataset of more dimensions is none. */
weft_status weft_file_length(weft_file *file, const char *dimension, int64_t *out)
{
    io_variable *v;
    *out = -1;
    WEFT_TRY(io_ask(file, dimension, &v));
    if (v && v->ndims == 1)
        *out = (int64_t)v->extent[0];
    if (!file->shared && file->size > 1)
        MPI_Bcast(out, 1, MPI_INT64_T, 0, file->comm);
    return WEFT_OK;
}

/* Sent as one array of fixed length, because the other ranks do not know ndims. */
weft_status weft_file_extents(weft_file *file, const char *variable, int *ndims, int64_t *extents)
{
    WEFT_TRY(io_ready(file));
    io_variable *v = io_holds(file) ? io_find(file, variable) : NULL;
    int64_t all[1 + WEFT_IO_DIMS] = {v ? v->ndims : 0};
    for (int i = 0; v && i < v->ndims; i++)
        all[1 + i] = (int64_t)v->extent[i];
    WEFT_TRY(io_settle(file, v || !io_holds(file) ? WEFT_OK : WEFT_IO));
    if (!file->shared && file->size > 1)
        MPI_Bcast(all, 1 + WEFT_IO_DIMS, MPI_INT64_T, 0, file->comm);
    *ndims = (int)all[0];
    memcpy(extents, all + 1, (size_t)all[0] * sizeof *extents);
    return WEFT_OK;
}

/* One byte without a sign is how fields of particles are stored; readers decide by it. */
weft_status weft_file_is_bytes(weft_file *file, const char *variable, bool *out)
{
    WEFT_TRY(io_ready(file));
    io_variable *v = io_holds(file) ? io_find(file, variable) : NULL;
    int bytes = v && v->class == H5T_INTEGER && v->bytes == 1;
    if (bytes) {
        hid_t type = H5Dget_type(v->id);
        bytes = H5Tget_sign(type) == H5T_SGN_NONE;
        H5Tclose(type);
    }
    WEFT_TRY(io_settle(file, v || !io_holds(file) ? WEFT_OK : WEFT_IO));
    if (!file->shared && file->size > 1)
        MPI_Bcast(&bytes, 1, MPI_INT, 0, file->comm);
    *out = bytes;
    return WEFT_OK;
}

/* The table is changed first: extents in it are those of the file after the call. */
static weft_status set_length_here(weft_file *file, const char *dimension, hsize_t n)
{
    io_variable *v = io_find(file, dimension);
    if (!v)
        return WEFT_IO;
    if (v->ndims != 1 || !v->grows[0])
        return weft_fail(WEFT_IO, "%s: the dimension '%s' is not unlimited", file->path, dimension);
    v->extent[0] = n;
    WEFT_IO_TRY(H5Dset_extent(v->id, v->extent), file, "change the length of '%s'", dimension);
    return WEFT_OK;
}

weft_status weft_file_set_length(weft_file *file, const char *dimension, int64_t n)
{
    WEFT_TRY(io_ready(file));
    bool mine = io_holds(file);
    return io_settle(file, mine ? set_length_here(file, dimension, (hsize_t)n) : WEFT_OK);
}
