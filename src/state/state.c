/* The fields of a replica (one realisation of the model), on the grid or as coefficients of a
 * transform.
 *
 * A field lives in one of two spaces: WEFT_X, values at the points of the grid in an array with
 * ghost layers, or WEFT_K, coefficients of a transform. Only fields that a stepper advances can
 * live in WEFT_K, and only under steppers that work there.
 *
 * Invariants: (1) Where the transform cuts the points as the grid does, a view of a field in WEFT_K
 * is the buffer of its backward transform itself; elsewhere the values are redistributed into
 * memory that the field keeps. Whether that is so is decided once, by all ranks together: the
 * redistribution is collective, so all ranks must take the same branch. (2) All fields are
 * allocated here, zeroed, and sized before the time loop; memory is claimed on all machines before
 * the first large array. (3) A function that fails leaves nothing behind: what was made is freed,
 * and *out is NULL. */
#include "weft/state.h"
#include "weft/memory.h"
#include <string.h>

/* Whether the stepper advances fields of this role; all others stay in WEFT_X. */
static bool is_evolved(weft_role role)
{
    return role == WEFT_EVOLVED || role == WEFT_MOMENTUM;
}

static size_t element_size(weft_element element)
{
    return element == WEFT_U8 ? sizeof(uint8_t) : sizeof(double);
}

/* Whether the transform's real array holds the block of the grid, on every rank. Collective. A rank
 * without points must only agree that it has none: where its empty block starts means nothing. */
static bool same_blocks(const weft_grid *grid, const weft_fft *fft)
{
    const int64_t *local = fft->real.local;
    int same = 1;
    for (int a = 0; a < 3; a++)
        same &= fft->real.start[a] == grid->start[a] && local[a] == grid->local[a];
    if (weft_grid_local_sites(grid) == 0)
        same = local[0] * local[1] * local[2] == 0;
    MPI_Allreduce(MPI_IN_PLACE, &same, 1, MPI_INT, MPI_LAND, grid->comm);
    return same;
}

/* Ghosts are only allocated and exchanged for fields on the grid: coefficients have no neighbours.
 * Collective: the halo and same_blocks are. */
static weft_status create_field(const weft_grid *grid, const weft_fft *fft,
                                const weft_field_spec *spec, weft_space space, weft_field *field)
{
    const size_t element = element_size(spec->element), components = (size_t)spec->components;
    field->spec = *spec;
    field->space = space;
    field->extent = weft_grid_extent(grid, spec->ghost);
    field->size = field->extent.size;
    if (space == WEFT_K) {
        WEFT_ASSERT(fft && spec->element == WEFT_F64);
        field->size = fft->modes * fft->per_mode;
        if (!same_blocks(grid, fft))
            field->values =
                weft_alloc((size_t)weft_grid_local_sites(grid) * components, sizeof(double));
    } else if (spec->ghost > 0) {
        WEFT_TRY(weft_halo_create(grid, spec->ghost, spec->ghost, element, spec->components, NULL,
                                  &field->halo));
    }
    field->data = weft_alloc((size_t)field->size * components, element);
    return WEFT_OK;
}

/* Bytes of a field that is still to be made, on this rank. Kept in double, so that no product
 * overflows. */
static double field_bytes(const weft_grid *grid, const weft_fft *fft, const weft_field_spec *spec,
                          weft_space space)
{
    int64_t size =
        space == WEFT_K ? fft->modes * fft->per_mode : weft_grid_extent(grid, spec->ghost).size;
    return (double)size * spec->components * (double)element_size(spec->element);
}

/* create_field fails on all ranks or on none (weft_halo_create agrees), so the loop ends at the
 * same field everywhere. */
weft_status weft_state_create(const weft_grid *grid, weft_fft *fft, const weft_field_spec *specs,
                              int n, weft_space space, weft_state **out)
{
    WEFT_ASSERT(n >= 0 && n <= WEFT_MAX_FIELDS);
    weft_state *state = weft_alloc(1, sizeof *state);
    state->grid = grid;
    state->fft = fft;
    state->n = n;
    double bytes = 0;
    for (int i = 0; i < n; i++)
        bytes += field_bytes(grid, fft, &specs[i], is_evolved(specs[i].role) ? space : WEFT_X);
    weft_status status = weft_memory_claim(grid->comm, bytes);
    for (int i = 0; i < n && status == WEFT_OK; i++) {
        WEFT_ASSERT(specs[i].components >= 1 && specs[i].ghost >= 0);
        weft_space where = is_evolved(specs[i].role) ? space : WEFT_X;
        status = create_field(grid, fft, &specs[i], where, &state->field[i]);
    }
    if (status != WEFT_OK) {
        weft_state_free(state);
        state = NULL;
    }
    *out = state;
    return status;
}

/* Copies have their own arrays only for what a stepper changes. Other fields keep their
 * description, so that indices agree, and no data: reading them through the copy would be a fault
 * and crashes. */
weft_status weft_state_like(const weft_state *state, weft_state **out)
{
    weft_state *like = weft_alloc(1, sizeof *like);
    like->grid = state->grid;
    like->fft = state->fft;
    like->n = state->n;
    double bytes = 0;
    for (int i = 0; i < state->n; i++)
        if (is_evolved(state->field[i].spec.role))
            bytes +=
                field_bytes(state->grid, state->fft, &state->field[i].spec, state->field[i].space);
    weft_status status = weft_memory_claim(state->grid->comm, bytes);
    for (int i = 0; i < state->n && status == WEFT_OK; i++) {
        const weft_field *model = &state->field[i];
        if (is_evolved(model->spec.role)) {
            status =
                create_field(state->grid, state->fft, &model->spec, model->space, &like->field[i]);
        } else {
            like->field[i] = *model;
            like->field[i].data = NULL;
            like->field[i].values = NULL;
            like->field[i].halo = NULL;
        }
    }
    if (status != WEFT_OK) {
        weft_state_free(like);
        like = NULL;
    }
    *out = like;
    return status;
}

/* Also frees a state that was made in part: what is not there is NULL. */
void weft_state_free(weft_state *state)
{
    if (!state)
        return;
    for (int i = 0; i < state->n; i++) {
        weft_halo_free(state->field[i].halo);
        weft_free(state->field[i].values);
        weft_free(state->field[i].data);
    }
    weft_free(state);
}

/* A linear search: names are looked up when a run is set up. */
weft_field *weft_state_find(weft_state *state, const char *name)
{
    for (int i = 0; i < state->n; i++)
        if (strcmp(state->field[i].spec.name, name) == 0)
            return &state->field[i];
    return NULL;
}

/* Components lie one after the other, `size` elements apart. */
double *weft_field_data(weft_field *field, int component)
{
    WEFT_ASSERT(field->spec.element == WEFT_F64 && component >= 0 &&
                component < field->spec.components);
    return (double *)field->data + component * field->size;
}

uint8_t *weft_field_bytes(weft_field *field, int component)
{
    WEFT_ASSERT(field->spec.element == WEFT_U8 && component >= 0 &&
                component < field->spec.components);
    return (uint8_t *)field->data + component * field->size;
}

void weft_field_exchange(weft_field *field)
{
    if (field->halo)
        weft_halo_exchange(field->halo, field->data);
}
