/* Fields in checkpoints: dimensions (component, [z, y,] x) on the grid; for coefficients the
 * extents of the transform in the order of the axes, and a last one for real and imaginary part.
 *
 * Invariants: (1) A value has the same place in the file on any number of ranks: a grid value by
 * its global point, a coefficient by the global numbers of its mode, though the order of modes in
 * memory depends on the ranks. So a checkpoint of 4 ranks can be read on 3. (2) A field is read
 * only if grid, box, space, components and type are those that it was written with: nothing is
 * converted or guessed. (3) Bits are kept, so a resumed run goes on as if it had not stopped.
 *
 * Words: a box is the part of the field that this rank has and how it lies in memory; `rest` is the
 * number of values at a point (2 for complex coefficients). */
#include "internal.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

static const char *const space_names[] = {"x", "k"};

/* How a field lies in memory and in the file. dims: extents in the file, ndims of them; in_pieces:
 * it goes through whole rows (rows.c), the same on all ranks. */
typedef struct shape {
    io_array a;
    bool in_pieces;
    int ndims;
    hsize_t dims[WEFT_IO_DIMS];
} shape;

/* m, index and global_m of the transform are in memory order; here they are brought to the order of
 * the axes, with the stride that each has in memory. */
static void shape_of_modes(const weft_fft *fft, shape *s)
{
    int64_t stride = 1;
    s->a.rest = fft->per_mode;
    for (int j = 2; j >= 0; j--) {
        int a = fft->axis[j];
        s->a.box.start[a] = fft->m[j] > 0 ? fft->index[j][0] : 0;
        s->a.box.local[a] = fft->m[j];
        s->a.box.stride[a] = stride;
        s->a.extent[a] = fft->global_m[j];
        stride *= fft->m[j];
    }
}

/* Unused axes of a grid of one or two dimensions are not dimensions of the file. Collective. */
static shape shape_of(const weft_file *file, const weft_state *state, const weft_field *field)
{
    const weft_grid *g = state->grid;
    const size_t bytes = field->spec.element == WEFT_U8 ? 1 : sizeof(double);
    shape s = {.a = {.dim = g->dim, .rest = 1, .bytes = bytes}};
    if (field->space == WEFT_K) {
        shape_of_modes(state->fft, &s);
    } else {
        s.a.box = weft_grid_box(g, field->spec.ghost);
        memcpy(s.a.extent, g->n, sizeof s.a.extent);
    }
    s.dims[s.ndims++] = (hsize_t)field->spec.components;
    for (int a = 3 - g->dim; a < 3; a++)
        s.dims[s.ndims++] = (hsize_t)s.a.extent[a];
    /* Real values have no such dimension. */
    if (s.a.rest > 1)
        s.dims[s.ndims++] = (hsize_t)s.a.rest;
    s.in_pieces = io_in_pieces(file, &s.a);
    return s;
}

/* Components follow each other in the numbering of values. */
static uint64_t sum_component(const shape *s, int component, const void *data)
{
    uint64_t values = (uint64_t)(s->a.extent[0] * s->a.extent[1] * s->a.extent[2] * s->a.rest);
    return io_sum_box(&s->a.box, s->a.extent, s->a.rest, s->a.bytes, data,
                      values * (uint64_t)component);
}

/* Where a component begins in memory. */
static char *component_data(const weft_field *field, const shape *s, int component)
{
    return (char *)field->data + (size_t)(component * field->size) * s->a.bytes;
}

/* ---- writing ---- */

/* Bytes of a packed copy that is written at once: all ranks take part in each turn. */
enum { AT_ONCE = 1 << 23 };

/* A part of a component, this rank's share of a turn, through a packed copy. */
static weft_status put_packed(weft_file *file, const io_variable *v, const shape *s, int component,
                              const weft_box *box, const char *data)
{
    io_part part = {1, {(hsize_t)component}, {1}, {1}};
    const weft_box compact = io_compact(box);
    const size_t point = (size_t)s->a.rest * s->a.bytes;
    void *packed = io_scratch(file, (size_t)io_sites(box) * point);
    io_add_box(&part, s->a.dim, &compact, s->a.rest);
    io_pack(box, point, data, packed);
    return io_write_part(file, v, &part, s->a.bytes == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_DOUBLE,
                         packed);
}

/* Written straight from the field's memory where HDF5 can describe it as an array with margins
 * (io_add_box), else in turns through packed copies. Coefficients lie in another order on several
 * ranks, on all of them, but a rank without any cannot tell: so the most turns of a rank decide,
 * and all ranks go the same way. */
static weft_status put_component_here(weft_file *file, const io_variable *v, const shape *s,
                                      int component, const char *data)
{
    io_part part = {1, {(hsize_t)component}, {1}, {1}};
    const size_t point = (size_t)s->a.rest * s->a.bytes;
    const bool straight = io_add_box(&part, s->a.dim, &s->a.box, s->a.rest);
    int64_t turns = straight ? 0 : io_turns(&s->a.box, point, AT_ONCE);
    weft_status status = WEFT_OK;
    if (file->shared)
        MPI_Allreduce(MPI_IN_PLACE, &turns, 1, MPI_INT64_T, MPI_MAX, file->comm);
    if (turns == 0)
        return io_write_part(file, v, &part, s->a.bytes == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_DOUBLE,
                             data + (size_t)s->a.box.origin * point);
    for (int64_t i = 0; i < turns; i++) {
        const weft_box box = io_turn(&s->a.box, point, AT_ONCE, i);
        const weft_status mine = put_packed(file, v, s, component, &box, data);
        status = status == WEFT_OK ? mine : status;
    }
    return status;
}

/* The same status on all ranks, as the stages of rows.c end in agreement each. */
static weft_status put_component(weft_file *file, const io_variable *v, const shape *s,
                                 int component, char *data)
{
    if (s->in_pieces)
        return io_move_rows(file, v, true, component, &s->a, data);
    return io_settle(file, put_component_here(file, v, s, component, data));
}

/* What the run that reads must share. Lengths are compared bit by bit later, so they are stored as
 * they are. */
static weft_status describe(weft_file *file, const weft_grid *g, const io_variable *v,
                            const weft_field *field)
{
    int skip = 3 - g->dim;
    WEFT_TRY(io_put_attribute(file, v->id, "n", H5T_NATIVE_INT64, g->dim, g->n + skip));
    WEFT_TRY(io_put_attribute(file, v->id, "length", H5T_NATIVE_DOUBLE, g->dim, g->length + skip));
    return io_put_text(file, v->id, "space", space_names[field->space]);
}

/* Make the dataset with its description, on ranks that hold the file. */
static weft_status make(weft_file *file, const char *place, const weft_state *state,
                        const weft_field *field, const shape *s, io_variable **v)
{
    hid_t type = s->a.bytes == 1 ? H5T_STD_U8LE : H5T_IEEE_F64LE;
    *v = io_make_plain(file, place, type, s->ndims, s->dims);
    return *v ? describe(file, state->grid, *v, field) : WEFT_IO;
}

/* Component by component, so the packed copy has the size of one of them. */
static weft_status put(weft_file *file, const char *place, const weft_state *state,
                       const weft_field *field)
{
    shape s = shape_of(file, state, field);
    uint64_t sum = 0;
    io_variable *v;
    WEFT_TRY(io_settle(file, make(file, place, state, field, &s, &v)));
    WEFT_TRY(io_reserve(file));
    for (int c = 0; c < field->spec.components; c++) {
        char *data = component_data(field, &s, c);
        WEFT_TRY(put_component(file, v, &s, c, data));
        sum += sum_component(&s, c, data);
    }
    return io_put_checksum(file, v, sum);
}

/* The name of the dataset is that of the field, behind the prefix of the file. */
weft_status weft_file_put_field(weft_file *file, const weft_state *state, const weft_field *field)
{
    WEFT_TRY(io_ready(file));
    char *place = io_place(file, "fields", field->spec.name);
    weft_status status = put(file, place, state, field);
    weft_free(place);
    return status;
}

/* ---- reading ---- */

/* "64 x 64" for messages. */
static void sizes_text(int n, const int64_t *sizes, char *out, size_t room)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < n && used < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s%lld", i ? " x " : "",
                                 (long long)sizes[i]);
}

/* Names the sizes on both sides, so that the user sees which input belongs to the checkpoint. */
static weft_status other_points(const weft_file *file, const char *name, int dim,
                                const int64_t *stored, const weft_grid *g)
{
    char theirs[96], ours[96];
    sizes_text(dim, stored, theirs, sizeof theirs);
    sizes_text(g->dim, g->n + 3 - g->dim, ours, sizeof ours);
    return weft_fail(WEFT_IO, "%s: its field '%s' has %s points, the run has %s", file->path, name,
                     theirs, ours);
}

/* The number of dimensions is found by the length of the attribute n. */
static weft_status compare_grid(weft_file *file, const io_variable *v, const weft_grid *g,
                                const char *name)
{
    int64_t n[3] = {0};
    double length[3] = {0};
    int dim = 0, skip = 3 - g->dim;
    bool there = false;
    while (dim < 3 && !there)
        WEFT_TRY(io_get_attribute(file, v->id, "n", H5T_NATIVE_INT64, ++dim, n, &there));
    if (there)
        WEFT_TRY(io_get_attribute(file, v->id, "length", H5T_NATIVE_DOUBLE, dim, length, &there));
    if (!there)
        return weft_fail(WEFT_IO, "%s: '%s' does not say its grid", file->path, name);
    if (dim != g->dim || memcmp(n, g->n + skip, (size_t)dim * sizeof *n) != 0)
        return other_points(file, name, dim, n, g);
    for (int a = 0; a < dim; a++)
        if (length[a] != g->length[skip + a])
            return weft_fail(WEFT_IO,
                             "%s: the box of its field '%s' is %.17g long along axis %d, that of "
                             "the run %.17g",
                             file->path, name, length[a], a, g->length[skip + a]);
    return WEFT_OK;
}

/* Fails with what differs, in the words of the input. Local: the same on all ranks of a shared
 * file, since all read the same attributes. */
static weft_status compare(weft_file *file, const io_variable *v, const weft_state *state,
                           const weft_field *field, const shape *s)
{
    const char *name = field->spec.name;
    char space[8] = "";
    bool there;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    weft_status status = io_get_attribute(file, v->id, "space", type, 1, space, &there);
    H5Tclose(type);
    WEFT_TRY(status);
    WEFT_TRY(compare_grid(file, v, state->grid, name));
    if (space[0] != space_names[field->space][0])
        return weft_fail(WEFT_IO, "%s: its field '%s' is stored as %s, the stepper needs %s",
                         file->path, name, space[0] == 'k' ? "Fourier coefficients" : "grid values",
                         field->space == WEFT_K ? "Fourier coefficients" : "grid values");
    /* Components, boundary conditions (by the number of modes) and the type of values. */
    bool same = v->ndims == s->ndims && v->bytes == s->a.bytes &&
                memcmp(v->extent, s->dims, (size_t)s->ndims * sizeof *s->dims) == 0;
    if (!same)
        return weft_fail(WEFT_IO,
                         "%s: its field '%s' has other components or boundary conditions than the "
                         "run",
                         file->path, name);
    return WEFT_OK;
}

/* The opposite of put_component, with the same status on all ranks. Ghosts stay as they are:
 * exchange them before they are used. */
static weft_status get_component(weft_file *file, const io_variable *v, const shape *s,
                                 int component, char *data)
{
    if (s->in_pieces)
        return io_move_rows(file, v, false, component, &s->a, data);
    const io_part part = {1, {(hsize_t)component}, {1}, {1}};
    return io_settle(file,
                     io_read_box(file, v, &part, s->a.dim, &s->a.box, s->a.rest, s->a.bytes, data));
}

/* The checksum is made from what now lies in the field's memory, so an error of the way there would
 * be found as well. */
static weft_status get(weft_file *file, const char *place, const weft_state *state,
                       weft_field *field)
{
    shape s = shape_of(file, state, field);
    uint64_t sum = 0;
    io_variable *v = io_find(file, place);
    WEFT_TRY(io_settle(file, v ? compare(file, v, state, field, &s) : WEFT_IO));
    for (int c = 0; c < field->spec.components; c++) {
        char *data = component_data(field, &s, c);
        WEFT_TRY(get_component(file, v, &s, c, data));
        sum += sum_component(&s, c, data);
    }
    return io_check_checksum(file, v, sum);
}

/* The values are read by the present decomposition, whatever that of the writer was; the checksum
 * is one over sites and does not know of it either. */
weft_status weft_file_get_field(weft_file *file, const weft_state *state, weft_field *field)
{
    WEFT_TRY(io_ready(file));
    char *place = io_place(file, "fields", field->spec.name);
    weft_status status = get(file, place, state, field);
    weft_free(place);
    return status;
}
