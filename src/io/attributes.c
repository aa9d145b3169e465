/* Attributes as netCDF-4 has them: text as one string of fixed length, numbers as a list.
 *
 * An attribute is a small named value at a variable, or at the file itself. One that exists is
 * removed and made again, since its length may change. Text of any length is possible: with more
 * than eight attributes, or more than 64 kB, HDF5 moves them out of the object's header by itself.
 *
 * Invariants: (1) Nothing is read before its size and kind are known from the file, and no size is
 * believed that would take all memory: files may be damaged or come from other programs. (2) In a
 * shared file all ranks make the same attributes with the same values in the same order, as HDF5
 * demands of what changes the structure. In a file of rank 0 the others wait in io_settle for the
 * result, so all ranks return the same status. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

enum { MOST_TEXT = 1 << 30 }; /* a damaged size must not take the memory */

/* HDF5 cannot remove an attribute that h5py has replaced: h5py makes a new one and renames it, and
 * the index of attributes by their age then lacks it. Its value can still be changed in place,
 * where it has room. Texts are written as strings of the stored kind, since HDF5 converts no
 * others. */
static bool overwrite(hid_t object, const char *name, hid_t type, hid_t space, const void *values)
{
    const char *text = values ? values : "";
    hid_t id = H5Aopen(object, name, H5P_DEFAULT);
    if (id < 0)
        return false;
    hid_t stored = H5Aget_type(id), place = H5Aget_space(id), memory = H5Tcopy(stored);
    bool fits = H5Tget_class(type) == H5Tget_class(stored), good = false;
    if (fits && H5Tget_class(type) == H5T_STRING) {
        const bool any = H5Tis_variable_str(stored) > 0;
        fits = H5Sget_simple_extent_npoints(place) == 1 &&
               (any || H5Tget_size(stored) >= strlen(text));
        if (!any)
            H5Tset_size(memory, strlen(text) + 1);
        good = fits && H5Awrite(id, memory, any ? (const void *)&text : text) >= 0;
    } else if (fits) {
        good = H5Sget_simple_extent_npoints(place) == H5Sget_simple_extent_npoints(space) &&
               H5Awrite(id, type, values) >= 0;
    }
    H5Tclose(memory);
    H5Tclose(stored);
    H5Sclose(place);
    H5Aclose(id);
    return good;
}

/* Replace or make one attribute; values NULL: leave it without a value (an empty text has no bytes
 * to write). On ranks that hold the file. */
static weft_status put(weft_file *file, hid_t object, const char *name, hid_t type, hid_t space,
                       const void *values)
{
    htri_t there = H5Aexists(object, name);
    if (there < 0 || (there && H5Adelete(object, name) < 0)) {
        weft_status status = io_failure(file, "replace the attribute '%s'", name);
        if (there < 0 || !overwrite(object, name, type, space, values))
            return status;
        weft_error_clear();
        return WEFT_OK;
    }
    hid_t id = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    /* An attribute without values is complete when it is made. */
    bool good = id >= 0 && (!values || H5Awrite(id, type, values) >= 0);
    weft_status status = good ? WEFT_OK : io_failure(file, "write the attribute '%s'", name);
    if (id >= 0)
        H5Aclose(id);
    return status;
}

/* One number is a scalar and not a list of one, as netCDF writes it. */
weft_status io_put_attribute(weft_file *file, hid_t object, const char *name, hid_t type, int n,
                             const void *values)
{
    hsize_t count = (hsize_t)n;
    hid_t space = n == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, NULL);
    weft_status status = put(file, object, name, type, space, values);
    H5Sclose(space);
    return status;
}

/* HDF5 has no strings of length 0: an empty text is an attribute without a place (H5S_NULL), which
 * netCDF reads as an empty text. */
weft_status io_put_text(weft_file *file, hid_t object, const char *name, const char *text)
{
    size_t n = strlen(text);
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(n ? H5S_SCALAR : H5S_NULL);
    H5Tset_size(type, n ? n : 1);
    H5Tset_strpad(type, H5T_STR_NULLTERM);
    H5Tset_cset(type, H5T_CSET_UTF8);
    weft_status status = put(file, object, name, type, space, n ? text : NULL);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}

/* Asking for the number of values first keeps an attribute that is longer than expected from
 * writing beyond `values`. */
weft_status io_get_attribute(const weft_file *file, hid_t object, const char *name, hid_t type,
                             int n, void *values, bool *there)
{
    htri_t exists = H5Aexists(object, name);
    *there = false;
    if (exists == 0)
        return WEFT_OK;
    hid_t id = exists > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    hid_t space = id >= 0 ? H5Aget_space(id) : -1;
    *there = space >= 0 && H5Sget_simple_extent_npoints(space) == n;
    weft_status status = WEFT_OK;
    if (space < 0 || (*there && H5Aread(id, type, values) < 0))
        status = io_failure(file, "read the attribute '%s'", name);
    if (space >= 0)
        H5Sclose(space);
    if (id >= 0)
        H5Aclose(id);
    return status;
}

/* ---- public ---- */

/* The object that carries the attribute; -1 with a recorded error if there is none. */
static hid_t carrier(weft_file *file, const char *variable)
{
    if (variable && !io_find(file, variable))
        return -1;
    hid_t id = H5Oopen(file->id, variable ? variable : "/", H5P_DEFAULT);
    if (id < 0)
        io_failure(file, "open '%s'", variable ? variable : "/");
    return id;
}

/* The part of weft_file_set_text that ranks with the file do. */
static weft_status put_text_here(weft_file *file, const char *variable, const char *name,
                                 const char *text)
{
    hid_t object = carrier(file, variable);
    if (object < 0)
        return WEFT_IO;
    weft_status status = io_put_text(file, object, name, text);
    H5Oclose(object);
    return status;
}

/* Likewise for numbers; type: HDF5's type of values in memory, in which they are also stored. */
static weft_status put_numbers_here(weft_file *file, const char *variable, const char *name,
                                    hid_t type, int n, const void *values)
{
    hid_t object = carrier(file, variable);
    if (object < 0)
        return WEFT_IO;
    weft_status status = io_put_attribute(file, object, name, type, n, values);
    H5Oclose(object);
    return status;
}

/* Whether the rank holds the file decides who works; everybody reaches the agreement. */
weft_status weft_file_set_text(weft_file *file, const char *variable, const char *name,
                               const char *text)
{
    WEFT_TRY(io_ready(file));
    bool mine = io_holds(file);
    return io_settle(file, mine ? put_text_here(file, variable, name, text) : WEFT_OK);
}

/* In a replicated file rank 0 alone writes; the others learn how it went in io_settle. */
weft_status weft_file_set_real(weft_file *file, const char *variable, const char *name, int n,
                               const double *values)
{
    WEFT_TRY(io_ready(file));
    weft_status status = WEFT_OK;
    if (io_holds(file))
        status = put_numbers_here(file, variable, name, H5T_NATIVE_DOUBLE, n, values);
    return io_settle(file, status);
}

/* The old netCDF formats know whole numbers of 32 bits at most: larger ones are doubles, which hold
 * them to 2^53. All values of one attribute have one type, so a single large one makes all of them
 * doubles. */
weft_status weft_file_set_int(weft_file *file, const char *variable, const char *name, int n,
                              const int64_t *values)
{
    bool small = true;
    int32_t *whole = weft_alloc((size_t)n, sizeof *whole);
    double *real = weft_alloc((size_t)n, sizeof *real);
    for (int i = 0; i < n; i++) {
        /* One value out of range is enough for all of them to become doubles. */
        small &= values[i] >= INT32_MIN && values[i] <= INT32_MAX;
        whole[i] = small ? (int32_t)values[i] : 0;
        real[i] = (double)values[i];
    }
    weft_status status = io_ready(file);
    if (status == WEFT_OK && io_holds(file))
        status =
            put_numbers_here(file, variable, name, small ? H5T_NATIVE_INT32 : H5T_NATIVE_DOUBLE, n,
                             small ? (const void *)whole : real);
    weft_free(whole);
    weft_free(real);
    return io_settle(file, status);
}

/* The values are converted to the type of the variable, because the CF conventions (section 3.5)
 * want flag values of the variable's own type. */
weft_status weft_file_set_flags(weft_file *file, const char *variable, int n, const double *values)
{
    WEFT_TRY(io_ready(file));
    io_variable *v = io_holds(file) ? io_find(file, variable) : NULL;
    weft_status status = v || !io_holds(file) ? WEFT_OK : WEFT_IO;
    if (v) { /* H5Tconvert works in place: room for the larger of both types */
        hid_t type = H5Dget_type(v->id);
        double *flags = weft_alloc((size_t)n, sizeof *flags);
        memcpy(flags, values, (size_t)n * sizeof *flags);
        H5Tconvert(H5T_NATIVE_DOUBLE, type, (size_t)n, flags, NULL, H5P_DEFAULT);
        status = io_put_attribute(file, v->id, "flag_values", type, n, flags);
        weft_free(flags);
        H5Tclose(type);
    }
    return io_settle(file, status);
}

/* ---- reading text ---- */

/* HDF5 allocates such a text itself, and its own function must free it. */
static char *read_variable_length(hid_t id, hid_t type)
{
    char *theirs = NULL, *text = NULL;
    hid_t memory = H5Tcopy(H5T_C_S1);
    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
    if (H5Aread(id, memory, &theirs) >= 0 && theirs) {
        text = weft_strdup(theirs);
        H5free_memory(theirs);
    }
    H5Tclose(memory);
    return text;
}

/* Text of fixed length gets one byte more than it has, so that it ends in a zero even if the file's
 * does not. */
char *io_read_text(hid_t id)
{
    hid_t type = H5Aget_type(id), space = H5Aget_space(id);
    hssize_t points = H5Sget_simple_extent_npoints(space);
    char *text = NULL;
    if (H5Tget_class(type) == H5T_STRING && points == 1 && H5Tis_variable_str(type) > 0) {
        text = read_variable_length(id, type);
    } else if (H5Tget_class(type) == H5T_STRING && points <= 1 && H5Tget_size(type) <= MOST_TEXT) {
        text = weft_alloc(H5Tget_size(type) + 1, 1);
        if (points == 1 && H5Aread(id, type, text) < 0) {
            weft_free(text);
            text = NULL;
        }
    }
    H5Sclose(space);
    H5Tclose(type);
    return text;
}

/* An attribute that is not there is no error: *out stays NULL. One that is there and is no text is
 * an error. */
static weft_status get_text_here(weft_file *file, const char *variable, const char *name,
                                 char **out)
{
    hid_t object = carrier(file, variable);
    if (object < 0)
        return WEFT_IO;
    weft_status status = WEFT_OK;
    htri_t there = H5Aexists(object, name);
    hid_t id = there > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    if (id >= 0)
        *out = io_read_text(id);
    if (there < 0 || (there > 0 && !*out))
        status = io_failure(file, "read the attribute '%s' as text", name);
    if (id >= 0)
        H5Aclose(id);
    H5Oclose(object);
    return status;
}

/* In a file of rank 0 the text travels to the others: first its length, so that they can make room.
 * 0 bytes: there is none. */
weft_status weft_file_get_text(weft_file *file, const char *variable, const char *name, char **out)
{
    *out = NULL;
    WEFT_TRY(io_ready(file));
    bool mine = io_holds(file);
    weft_status status = mine ? get_text_here(file, variable, name, out) : WEFT_OK;
    status = io_settle(file, status);
    if (status != WEFT_OK) {
        weft_free(*out);
        *out = NULL;
        return status;
    }
    if (file->shared || file->size == 1)
        return WEFT_OK;
    int64_t n = *out ? (int64_t)strlen(*out) + 1 : 0;
    MPI_Bcast(&n, 1, MPI_INT64_T, 0, file->comm);
    if (n > 0 && !*out)
        *out = weft_alloc((size_t)n, 1);
    if (n > 0)
        MPI_Bcast(*out, (int)n, MPI_CHAR, 0, file->comm);
    return WEFT_OK;
}
