/* Boxes: how the points of a rank lie in memory, and how they come there from a file.
 *
 * Invariants: (1) Values are moved as bytes; margins (ghosts) are neither read nor changed. (2) A
 * packed copy has the points in the order of the file, rows of x first. (3) While reading is
 * collective, every rank makes exactly one call of HDF5 for a box; ranks differ in the number of
 * their calls only in files that are only read. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

/* Bytes of a packed copy that is read at once: enough that a call costs nothing beside it. */
enum { AT_ONCE = 1 << 22 };

int64_t io_sites(const weft_box *box)
{
    return box->local[0] * box->local[1] * box->local[2];
}

/* A ghosted array can be given to HDF5 as it is if its strides are those of a larger array of whole
 * rows and planes; `room` is the shape of that array. The order of coefficients on several ranks is
 * often another one; then the answer is no. */
bool io_add_box(io_part *part, int dim, const weft_box *box, int rest)
{
    bool rows = box->stride[2] == 1;
    int64_t room[3] = {box->local[0], box->local[1], box->local[2]};
    if (dim > 1) {
        room[2] = box->stride[1];
        rows = rows && room[2] >= box->local[2];
    }
    /* Without points the strides mean nothing, and the division below would fail. */
    if (dim > 2 && box->stride[1] == 0)
        rows = false;
    if (rows && dim > 2) {
        room[1] = box->stride[0] / box->stride[1];
        rows = box->stride[0] % box->stride[1] == 0 && room[1] >= box->local[1];
    }
    for (int a = 3 - dim; a < 3; a++) {
        part->start[part->ndims] = (hsize_t)box->start[a];
        part->count[part->ndims] = (hsize_t)box->local[a];
        part->room[part->ndims++] = (hsize_t)(rows ? room[a] : box->local[a]);
    }
    if (rest > 1) {
        part->start[part->ndims] = 0;
        part->count[part->ndims] = part->room[part->ndims] = (hsize_t)rest;
        part->ndims++;
    }
    return rows;
}

/* Whole rows where they are contiguous; else point by point, since strides along x may be anything.
 */
static void copy_box(const weft_box *box, size_t bytes, char *data, char *packed, bool to_packed)
{
    const size_t whole = (size_t)box->local[2] * bytes;
    WEFT_FOR_ROWS(box, z, y) {
        char *row = data + (size_t)(weft_box_row(box, z, y)) * bytes;
        if (box->stride[2] == 1) {
            memcpy(to_packed ? packed : row, to_packed ? row : packed, whole);
            packed += whole;
            continue;
        }
        size_t step = (size_t)box->stride[2] * bytes;
        for (int64_t x = 0; x < box->local[2]; x++, packed += bytes, row += step) {
            if (to_packed)
                memcpy(packed, row, bytes);
            else
                memcpy(row, packed, bytes);
        }
    }
}

weft_box io_compact(const weft_box *box)
{
    weft_box compact = *box;
    compact.origin = 0;
    compact.stride[2] = 1;
    compact.stride[1] = box->local[2];
    compact.stride[0] = box->local[1] * box->local[2];
    return compact;
}

void io_pack(const weft_box *box, size_t bytes, const void *data, void *packed)
{
    copy_box(box, bytes, (char *)data, packed, true);
}

void io_unpack(const weft_box *box, size_t bytes, const void *packed, void *data)
{
    copy_box(box, bytes, data, (char *)packed, false);
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
    const int64_t row = box->local[2] * rest * (int64_t)bytes, plane = box->local[1] * row;
    const bool alone = file->how == WEFT_READ && !v->chunked;
    io_part part = *leading;
    if (io_add_box(&part, dim, box, rest) && (!alone || without_margins(&part, leading->ndims)))
        return io_read_part(file, v, &part, bytes == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_DOUBLE,
                            (char *)data + (size_t)(box->origin * rest) * bytes);
    if (!alone)
        return read_packed(file, v, *leading, dim, box, rest, bytes, data);
    if (plane == 0)
        return WEFT_OK;
    const int64_t planes = plane < AT_ONCE ? AT_ONCE / plane : 1;
    const int64_t rows = plane < AT_ONCE ? box->local[1] : row < AT_ONCE ? AT_ONCE / row : 1;
    for (int64_t z = 0; z < box->local[0]; z += planes) {
        weft_box layers = io_cut(box, 0, box->start[0] + z, planes);
        for (int64_t y = 0; y < box->local[1]; y += rows) {
            weft_box turn = io_cut(&layers, 1, box->start[1] + y, rows);
            WEFT_TRY(read_packed(file, v, *leading, dim, &turn, rest, bytes, data));
        }
    }
    return WEFT_OK;
}
