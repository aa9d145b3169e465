/* Conversion of values to the type in which a dataset stores them, and the memory for it.
 *
 * Done here and not by HDF5: a conversion inside H5Dwrite breaks a collective transfer up, and a
 * compressed dataset then cannot be written at all.
 *
 * Invariant: what comes out is packed and of exactly the stored type, so HDF5 has nothing to
 * convert. Values go through C's conversions: a double becomes the nearest float; whole numbers are
 * exact as long as they fit, which the writers of such variables know. */
#include "internal.h"
#include "weft/memory.h"

/* By the stored type; only the four types of weft_store are ever written. */
weft_store io_store_of(const io_variable *v)
{
    if (v->class == H5T_FLOAT)
        return v->bytes == 4 ? WEFT_STORE_F32 : WEFT_STORE_F64;
    return v->bytes == 1 ? WEFT_STORE_U8 : WEFT_STORE_I64;
}

/* The type of converted values in memory: that of the file, in the machine's byte order. */
hid_t io_memory_type(weft_store store)
{
    switch (store) {
    case WEFT_STORE_F32:
        return H5T_NATIVE_FLOAT;
    case WEFT_STORE_U8:
        return H5T_NATIVE_UINT8;
    case WEFT_STORE_I64:
        return H5T_NATIVE_INT64;
    default:
        return H5T_NATIVE_DOUBLE;
    }
}

/* n values from an array with a stride into a packed one, converted by C's rules. */
#define MOVE(FROM, TO)                                                                             \
    do {                                                                                           \
        const FROM *restrict in = from;                                                            \
        TO *restrict out = to;                                                                     \
        for (int64_t i = 0; i < n; i++)                                                            \
            out[i] = (TO)in[i * stride];                                                           \
    } while (0)

/* One plain loop for each target type, so that it vectorises. */
void io_convert_doubles(weft_store store, int64_t n, int64_t stride, const void *from, void *to)
{
    switch (store) {
    case WEFT_STORE_F32:
        MOVE(double, float);
        break;
    case WEFT_STORE_U8:
        MOVE(double, uint8_t);
        break;
    case WEFT_STORE_I64:
        MOVE(double, int64_t);
        break;
    default:
        MOVE(double, double);
    }
}

/* The same for bytes. */
static void convert_bytes(weft_store store, int64_t n, int64_t stride, const void *from, void *to)
{
    switch (store) {
    case WEFT_STORE_F32:
        MOVE(uint8_t, float);
        break;
    case WEFT_STORE_U8:
        MOVE(uint8_t, uint8_t);
        break;
    case WEFT_STORE_I64:
        MOVE(uint8_t, int64_t);
        break;
    default:
        MOVE(uint8_t, double);
    }
}

/* The values of a box as they are stored, packed. stored: bytes of a stored value; element: type of
 * the values in memory; ghosts are left out. */
void io_convert_box(weft_store store, size_t stored, weft_element element, const weft_box *box,
                    const void *data, char *to)
{
    size_t bytes = element == WEFT_U8 ? 1 : sizeof(double);
    WEFT_FOR_ROWS(box, z, y) {
        int64_t at = weft_box_row(box, z, y);
        const char *row = (const char *)data + (size_t)at * bytes;
        if (element == WEFT_U8)
            convert_bytes(store, box->local[2], box->stride[2], row, to);
        else
            io_convert_doubles(store, box->local[2], box->stride[2], row, to);
        to += (size_t)box->local[2] * stored;
    }
}

/* In the machine's order of bytes, on little-endian machines. */
bool io_is_summed(hid_t list, hid_t type)
{
    unsigned flags, how;
    size_t n = 0;
    if (H5Pget_nfilters(list) != 1 ||
        H5Pget_filter2(list, 0, &flags, &n, NULL, 0, NULL, &how) != H5Z_FILTER_FLETCHER32)
        return false;
    const hid_t native = H5Tget_native_type(type, H5T_DIR_DEFAULT);
    const bool same = native >= 0 && H5Tequal(type, native) > 0;
    if (native >= 0)
        H5Tclose(native);
    return same;
}

/* Grows and stays: the loop over records allocates nothing after the first one. */
void *io_scratch(weft_file *file, size_t bytes)
{
    if (bytes > file->scratch_bytes) {
        weft_free(file->scratch);
        file->scratch = weft_alloc(bytes, 1);
        file->scratch_bytes = bytes;
    }
    return file->scratch;
}
