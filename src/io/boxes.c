/* Boxes: how the points of a rank lie in memory, and copies of them without gaps.
 *
 * Invariants: (1) Values are moved as bytes; margins (ghosts) are neither read nor changed. (2) A
 * packed copy has the points in the order of the file, rows of x first. (3) The turns of a
 * box are all of it and meet nowhere. (4) Nothing here touches a file. */
#include "internal.h"
#include <string.h>

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

/* Layers are counted in the whole array, so those of other ranks may be among them. */
weft_box io_cut(const weft_box *box, int axis, int64_t first, int64_t layers)
{
    weft_box part = *box;
    int64_t low = box->start[axis] > first ? box->start[axis] : first;
    int64_t end = box->start[axis] + box->local[axis], last = first + layers;
    int64_t high = end < last ? end : last;
    part.start[axis] = low;
    part.local[axis] = high > low ? high - low : 0;
    part.origin += (low - box->start[axis]) * box->stride[axis];
    return part;
}

/* How a box is cut: so many planes at once, or of one plane so many rows. */
static void shares(const weft_box *box, int64_t point, int64_t most, int64_t *planes, int64_t *rows)
{
    const int64_t row = box->local[2] * point, plane = box->local[1] * row;
    *planes = plane < most ? most / plane : 1;
    *rows = plane < most ? box->local[1] : row < most ? most / row : 1;
}

int64_t io_turns(const weft_box *box, size_t point, int64_t most)
{
    int64_t planes, rows;
    if (io_sites(box) == 0)
        return 0;
    shares(box, (int64_t)point, most, &planes, &rows);
    return ((box->local[0] + planes - 1) / planes) * ((box->local[1] + rows - 1) / rows);
}

weft_box io_turn(const weft_box *box, size_t point, int64_t most, int64_t turn)
{
    int64_t planes, rows;
    if (turn >= io_turns(box, point, most))
        return io_cut(box, 0, box->start[0], 0);
    shares(box, (int64_t)point, most, &planes, &rows);
    const int64_t in_plane = (box->local[1] + rows - 1) / rows;
    const weft_box layers = io_cut(box, 0, box->start[0] + turn / in_plane * planes, planes);
    return io_cut(&layers, 1, box->start[1] + turn % in_plane * rows, rows);
}
