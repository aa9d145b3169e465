/* Whole rows for the file. Where the axes are cut so that what a rank has lies in the file in many
 * short pieces (coefficients of pencils are cut along x, some modes at a time), each piece would be
 * a write of its own. The values are therefore redistributed before they are written, and after
 * they are read: each rank then writes long pieces, and the file is the same.
 *
 * The array goes layer by layer of its slowest axis, so many layers at once that a rank writes
 * about AT_ONCE bytes. These are dealt out in rows of x: layers first, and where there are more
 * ranks than layers, parts of them.
 *
 * Example: the coefficients of a grid of 2 x 8192 x 128 points on 4 ranks that cut x in four. Each
 * rank has 16 or 17 of the 65 modes of every row: 16,384 pieces of 272 bytes, among which lie those
 * of the others. Dealt out anew, rank 0 writes the first quarter of the rows of the first layer at
 * once, and so on, and the same of the second layer in a second turn.
 *
 * Invariants: (1) Which rank writes a value depends on the extents and the number of ranks alone,
 * so all ranks know all parts without a message. (2) All ranks make the same number of turns, with
 * nothing where they have nothing, and each stage of a turn ends in agreement. (3) Values are moved
 * as bytes: bits are kept. (4) Beside the array there are at most three times AT_ONCE bytes, or
 * three layers over the number of ranks where these are larger. */
#include "internal.h"

/* A piece shorter than SHORT bytes is dear: the call for it takes as long as copying it some times.
 * Few of them do no harm. */
enum { SHORT = 1 << 16, FEW = 16, AT_ONCE = 1 << 20 };

/* How many pieces of the file a box is: rows join where x is whole, planes where y is whole too. */
static int64_t pieces(const io_array *array)
{
    const weft_box *box = &array->box;
    int64_t count = 1;
    bool whole = true;
    for (int a = 2; a > 0; a--) {
        whole = whole && box->local[a] == array->extent[a];
        count *= whole ? 1 : box->local[a - 1];
    }
    return box->local[2] > 0 ? count : 0;
}

/* One rank with short pieces makes all wait, and each rank has its own share: hence the message. */
bool io_in_pieces(const weft_file *file, const io_array *array)
{
    if (!file->shared || file->size == 1)
        return false;
    const weft_box *box = &array->box;
    const int64_t point = array->rest * (int64_t)array->bytes, count = pieces(array);
    const int64_t bytes = box->local[0] * box->local[1] * box->local[2] * point;
    int dear = count > FEW && bytes / count < SHORT;
    MPI_Allreduce(MPI_IN_PLACE, &dear, 1, MPI_INT, MPI_MAX, file->comm);
    return dear;
}

/* Layers that are moved in one turn. */
static int64_t layers_of(const weft_file *file, const int64_t extent[3], int axis, size_t point)
{
    int64_t sites = extent[0] * extent[1] * extent[2];
    if (sites == 0)
        return 1;
    int64_t layer = sites / extent[axis] * (int64_t)point;
    int64_t layers = (int64_t)AT_ONCE * file->size / layer;
    return layers < 1 ? 1 : layers > extent[axis] ? extent[axis] : layers;
}

/* The rows of these layers that a rank writes, packed; nothing on ranks that are too many. */
static weft_box dealt(const weft_file *file, const int64_t extent[3], int axis, int64_t first,
                      int64_t layers)
{
    weft_box rows = {.local = {extent[0], extent[1], extent[2]}};
    rows.local[axis] = layers;
    const int64_t size = file->size, p0 = size < rows.local[0] ? size : rows.local[0];
    const int64_t p1 = size / p0 < rows.local[1] ? size / p0 : rows.local[1];
    if (file->rank < p0 * p1) {
        const int64_t y = rows.local[1];
        weft_grid_part(WEFT_PENCIL, rows.local[0], (int)p0, (int)(file->rank / p1), &rows.start[0],
                       &rows.local[0]);
        weft_grid_part(WEFT_PENCIL, y, (int)p1, (int)(file->rank % p1), &rows.start[1],
                       &rows.local[1]);
        rows.start[axis] += first;
    } else {
        rows.local[0] = rows.local[1] = 0;
    }
    rows.stride[2] = 1;
    rows.stride[1] = rows.local[2];
    rows.stride[0] = rows.local[1] * rows.local[2];
    return rows;
}

/* What a turn needs: these layers as the rank has them (own) and as it writes them (rows). */
typedef struct turn {
    weft_file *file;
    const io_variable *v;
    int dim, component, rest;
    size_t bytes; /* of a value */
    weft_box own, rows;
} turn;

/* The rows of a turn in the file, to or from the scratch array of the file. */
static weft_status transfer(const turn *t, bool write)
{
    io_part part = {1, {(hsize_t)t->component}, {1}, {1}};
    hid_t type = t->bytes == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_DOUBLE;
    io_add_box(&part, t->dim, &t->rows, t->rest);
    return write ? io_write_part(t->file, t->v, &part, type, t->file->scratch)
                 : io_read_part(t->file, t->v, &part, type, t->file->scratch);
}

/* One turn, on all ranks. The plan lives as long as the turn: checkpoints are rare, and its buffers
 * would lie idle. */
static weft_status move(const turn *t, bool write, void *data)
{
    const size_t point = (size_t)t->rest * t->bytes;
    const weft_box *from = write ? &t->own : &t->rows, *to = write ? &t->rows : &t->own;
    const weft_box *rows = &t->rows;
    weft_remap *remap;
    char *scratch =
        io_scratch(t->file, (size_t)(rows->local[0] * rows->local[1] * rows->local[2]) * point + 1);
    WEFT_TRY(io_settle(t->file, weft_remap_create(t->file->comm, from, to, point, &remap)));
    weft_status status = WEFT_OK;
    if (write)
        weft_remap_run(remap, data, scratch);
    status = io_settle(t->file, transfer(t, write));
    if (!write && status == WEFT_OK)
        weft_remap_run(remap, scratch, data);
    weft_remap_free(remap);
    return status;
}

weft_status io_move_rows(weft_file *file, const io_variable *v, bool write, int component,
                         const io_array *a, void *data)
{
    const int axis = 3 - a->dim;
    const int64_t at_once = layers_of(file, a->extent, axis, (size_t)a->rest * a->bytes);
    for (int64_t first = 0; first < a->extent[axis]; first += at_once) {
        const int64_t left = a->extent[axis] - first, layers = left < at_once ? left : at_once;
        const turn t = {.file = file,
                        .v = v,
                        .dim = a->dim,
                        .component = component,
                        .rest = a->rest,
                        .bytes = a->bytes,
                        .own = io_cut(&a->box, axis, first, layers),
                        .rows = dealt(file, a->extent, axis, first, layers)};
        WEFT_TRY(move(&t, write, data));
    }
    return WEFT_OK;
}
