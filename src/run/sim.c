/* One replica: grid, transforms, fields, initial state.
 *
 * Invariant: a replica that is started again has the state that a fresh one would have: the
 * model's data are made anew and all fields are cleared first. So the numbers of a replica
 * do not depend on which replicas the same ranks have worked on before.
 *
 * The initial state may come from a file: of weft (fields.nc), or a plain HDF5 file that
 * numpy or others wrote. Every value is checked, because a state that is read wrongly looks
 * like a state: shapes and coordinates must be those of the grid, and values must be finite
 * and, for lattices of small numbers, whole. */
#include "parts.h"
#include "physics/resolution.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/run.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Plans take time and memory: transforms are made only where the model or the stepper asks
 * for them. */
static weft_status make_fft(const weft_input *input, weft_sim *sim)
{
    static const weft_rigor rigors[] = {[WEFT_PLANNING_ESTIMATE] = WEFT_ESTIMATE,
                                        [WEFT_PLANNING_MEASURE] = WEFT_MEASURE,
                                        [WEFT_PLANNING_PATIENT] = WEFT_PATIENT};
    weft_fft_options options = {rigors[input->fft->planning], input->fft->wisdom};
    return weft_fft_create(sim->grid, NULL, &options, &sim->fft);
}

/* A stepper that keeps the fields as coefficients needs the layout of transforms (whole
 * lines on each rank); else the plan of the model decides. sim is zeroed, so that what was
 * made before an error can be freed. */
static weft_status create(MPI_Comm comm, const weft_input *input, weft_sim *sim)
{
    const weft_plan *plan = &input->plan;
    weft_space space = input->stepper->space;
    weft_layout layout = space == WEFT_K ? WEFT_TRANSFORM : plan->layout;
    sim->model = input->model;
    sim->params = input->params;
    sim->own = weft_params_section(input->params, input->model->name);
    sim->initial = weft_params_section(input->params, "initial");
    sim->parts = plan->parts;
    sim->end = input->time->end;
    sim->noise.seed = (uint32_t)input->ensemble->seed;
    sim->noise.single = input->ensemble->normals == WEFT_PRECISION_SINGLE;
    weft_boundary boundary[3];
    memcpy(boundary, plan->boundary, sizeof boundary);
    WEFT_TRY(
        weft_grid_create(comm, input->dim, input->n, input->length, boundary, layout, &sim->grid));
    if (plan->fft || space == WEFT_K)
        WEFT_TRY(make_fft(input, sim));
    for (int f = 0; f < plan->n_fields; f++) /* fields.nc has coordinates of these names */
        WEFT_ASSERT(!strchr("xyz", plan->field[f].name[0]) || plan->field[f].name[1]);
    return weft_state_create(sim->grid, sim->fft, plan->field, plan->n_fields, space, &sim->state);
}

/* Also frees what was made before an error; weft_sim_free works on a part of a replica. */
weft_status weft_sim_create(MPI_Comm comm, const weft_input *input, weft_sim **out)
{
    weft_sim *sim = weft_alloc(1, sizeof *sim);
    weft_status status = create(comm, input, sim);
    if (status != WEFT_OK) {
        weft_sim_free(sim);
        sim = NULL;
    }
    *out = sim;
    return status;
}

/* The model's own data; may be called when there are none. */
static void forget(weft_sim *sim)
{
    if (sim->data && sim->model->destroy)
        sim->model->destroy(sim);
    sim->data = NULL;
}

void weft_sim_free(weft_sim *sim)
{
    if (!sim)
        return;
    forget(sim);
    resolution_free(sim);
    weft_state_free(sim->state);
    weft_fft_free(sim->fft);
    weft_grid_free(sim->grid);
    weft_free(sim);
}

/* ---- initial state from a file ---- */

/* Values of the owned sites (x fastest, no ghosts) into bytes with ghosts; returns how many
 * are no whole numbers from 0 to 255. Such a value must be an error: rounded, it would be a
 * different state. */
static int64_t to_bytes(const weft_grid *g, const double *values, const weft_extent *e,
                        uint8_t *out)
{
    int64_t wrong = 0;
    WEFT_FOR_ROWS(g, z, y) {
        uint8_t *row = out + weft_extent_row(e, z, y);
        for (int64_t x = 0; x < g->local[2]; x++, values++) {
            bool good = *values >= 0 && *values <= UINT8_MAX && *values == floor(*values);
            row[x] = good ? (uint8_t)*values : 0;
            wrong += !good;
        }
    }
    return wrong;
}

/* One component of a field; index: in the dataset, -1 where it has no such dimension.
 * Errors are counted over all ranks before anybody returns, so that all return together. */
static weft_status read_component(weft_sim *sim, weft_file *file, weft_field *field, int part,
                                  const char *name, int index, int64_t record)
{
    bool bytes = false;
    if (field->spec.element == WEFT_U8)
        WEFT_TRY(weft_file_is_bytes(file, name, &bytes));
    if (bytes) {
        weft_box box = weft_grid_box(sim->grid, field->spec.ghost);
        return weft_file_read_block(file, name, record, index, sim->grid, &box, WEFT_U8,
                                    weft_field_bytes(field, part));
    }
    weft_box box = weft_grid_box(sim->grid, 0);
    double *values = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *values);
    weft_status status =
        weft_file_read_block(file, name, record, index, sim->grid, &box, WEFT_F64, values);
    int64_t wrong = 0, strange = 0;
    for (int64_t i = 0; status == WEFT_OK && i < weft_grid_local_sites(sim->grid); i++)
        strange += !isfinite(values[i]);
    if (status == WEFT_OK && field->spec.element == WEFT_U8)
        wrong = to_bytes(sim->grid, values, &field->extent, weft_field_bytes(field, part));
    else if (status == WEFT_OK)
        weft_field_assign(sim->state, field, part, values, 0);
    /* of a derived field (a phase that winds) the evolved one is looked at */
    if (status == WEFT_OK && field->spec.element != WEFT_U8 && field->spec.role != WEFT_DERIVED)
        run_look_at_seams(sim, name, values);
    weft_free(values);
    WEFT_TRY(status);
    weft_counts_sum(sim->grid->comm, &wrong, 1);
    weft_counts_sum(sim->grid->comm, &strange, 1);
    if (strange && field->spec.element != WEFT_U8)
        return weft_param_fail(sim->initial, "path",
                               "the dataset '%s' of the file holds %lld values that are nan or "
                               "infinite",
                               name, (long long)strange);
    return wrong ? weft_param_fail(sim->initial, "path",
                                   "the dataset '%s' has %lld values that are no whole numbers "
                                   "from 0 to %d",
                                   name, (long long)wrong, UINT8_MAX)
                 : WEFT_OK;
}

/* "(components, 64, 64)" for a message; a negative extent is the word "components". */
static void shape_text(int n, const int64_t *extents, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "(");
    for (int i = 0; i < n && used < size; i++)
        used += extents[i] < 0 ? (size_t)snprintf(out + used, size - used, "components, ")
                               : (size_t)snprintf(out + used, size - used, "%lld%s",
                                                  (long long)extents[i], i + 1 < n ? ", " : "");
    if (used < size)
        snprintf(out + used, size - used, ")");
}

/* Coordinates in the file, where it has some (fields.nc does), must be those of this grid:
 * a state of another box, or with points at other places (walls), is another state. The
 * first and the last point are compared, to 1e-5 of the spacing, which lets coordinates in
 * single precision pass. Collective. */
static weft_status check_coordinates(weft_sim *sim, weft_file *file)
{
    static const char *const names[] = {"z", "y", "x"};
    const weft_grid *g = sim->grid;
    for (int a = 3 - g->dim; a < 3; a++) {
        int ndims = 0;
        int64_t extents[8];
        bool there = false;
        if (!sim->model->lattice)
            WEFT_TRY(weft_file_has(file, names[a], &there));
        if (!there)
            continue;
        WEFT_TRY(weft_file_extents(file, names[a], &ndims, extents));
        if (ndims != 1 || extents[0] != g->n[a])
            continue;
        double *x = weft_alloc((size_t)g->n[a], sizeof *x);
        weft_status status = weft_file_read(file, names[a], -1, x);
        double first = x[0], last = x[g->n[a] - 1], off = 0;
        for (int64_t i = 0; i < g->n[a]; i++)
            off = fmax(off, fabs(x[i] - weft_grid_coordinate(g, a, i)));
        weft_free(x);
        WEFT_TRY(status);
        double here = weft_grid_coordinate(g, a, 0), end = weft_grid_coordinate(g, a, g->n[a] - 1);
        double most = 1e-5 * g->dx[a];
        if (fabs(first - here) > most || fabs(last - end) > most)
            return weft_param_fail(
                sim->initial, "path",
                "the points of the file lie from %s = %.9g to %.9g, those of this "
                "grid from %.9g to %.9g: another grid.length or other boundaries",
                names[a], first, last, here, end);
        if (!(off <= most))
            return weft_param_fail(sim->initial, "path",
                                   "the points of the file along %s are not equidistant: one lies "
                                   "%.4g from its place; interpolate the state to this grid first",
                                   names[a], off);
    }
    return WEFT_OK;
}

/* A snapshot says what boundary each of its axes has. Another one is warned of and taken: the
 * points are the same (else check_coordinates refuses), and a run may mean it so. Collective. */
static weft_status look_at_boundaries(weft_sim *sim, weft_file *file)
{
    static const char *const names[] = {"z", "y", "x"};
    for (int a = 3 - sim->grid->dim; a < 3; a++) {
        const char *here = weft_boundary_name(sim->grid->boundary[a]);
        char *there = NULL;
        bool has;
        WEFT_TRY(weft_file_has(file, names[a], &has));
        if (has)
            WEFT_TRY(weft_file_get_text(file, names[a], "boundary", &there));
        if (there && sim->noise.replica == 0 && strcmp(there, here) != 0)
            weft_warn("initial.path: the %s axis of the file is %s, and here it is %s: the state "
                      "may not fit its ends",
                      names[a], there, here);
        weft_free(there);
    }
    return WEFT_OK;
}

/* A result says of which model it is. A state of another model is warned of and taken: the datasets
 * have the names that this model wants, and a run may mean it so (a field of klein_gordon as the
 * start of an equation). Collective. */
static weft_status look_at_model(weft_sim *sim, weft_file *file)
{
    char *model;
    WEFT_TRY(weft_file_get_text(file, NULL, "model", &model));
    if (model && sim->noise.replica == 0 && strcmp(model, sim->model->name) != 0)
        weft_warn(
            "initial.path: the file holds a state of the model %s, and this is %s: the same names "
            "may mean other quantities",
            model, sim->model->name);
    weft_free(model);
    return WEFT_OK;
}

/* Which record of a dataset of so many dimensions beside time; -1: it has none. A negative
 * record of the input means the last one. */
static weft_status find_record(weft_sim *sim, weft_file *file, const char *name, int expected,
                               int64_t wanted, int64_t *out)
{
    const weft_section *s = sim->initial;
    int ndims;
    int64_t extents[8];
    WEFT_TRY(weft_file_extents(file, name, &ndims, extents));
    int64_t record = -1;
    if (ndims == expected + 1) {
        record = wanted;
        if (record >= extents[0])
            return weft_param_fail(s, "record", "the file has records 0 to %lld",
                                   (long long)extents[0] - 1);
        if (record < 0)
            record = extents[0] - 1;
    }
    const int64_t *last = extents + ndims - sim->grid->dim;
    bool same = ndims == expected || ndims == expected + 1;
    for (int a = 0; same && a < sim->grid->dim; a++)
        same = last[a] == sim->grid->n[3 - sim->grid->dim + a];
    if (!same) {
        const bool parts = expected > sim->grid->dim;
        int64_t wanted_shape[4] = {-1}; /* as many as there are components */
        for (int a = 0; a < sim->grid->dim; a++)
            wanted_shape[parts + a] = sim->grid->n[3 - sim->grid->dim + a];
        char has[128], needs[128];
        shape_text(ndims, extents, has, sizeof has);
        shape_text(expected, wanted_shape, needs, sizeof needs);
        return weft_param_fail(s, "path",
                               "the dataset '%s' has the shape %s; this grid needs %s, or that "
                               "after a dimension of records",
                               name, has, needs);
    }
    *out = record;
    return WEFT_OK;
}

/* A field of several components is one dataset with a dimension for them, as numpy would write it,
 * or one a component, as weft does. */
static weft_status read_field(weft_sim *sim, weft_file *file, int64_t wanted, weft_field *field,
                              const char *parts)
{
    const char *whole = field->spec.name;
    const int n = field->spec.components;
    bool one = n == 1, there = true;
    int64_t record = -1;
    char name[128];
    if (!one)
        WEFT_TRY(weft_file_has(file, whole, &one));
    if (one)
        WEFT_TRY(find_record(sim, file, whole, sim->grid->dim + (n > 1), wanted, &record));
    for (int c = 0; c < n; c++) {
        run_part_name(whole, parts, n, c, name, sizeof name);
        if (!one)
            WEFT_TRY(weft_file_has(file, name, &there));
        if (!there)
            return weft_param_fail(sim->initial, "path", "the file has no dataset '%s'", name);
        if (!one)
            WEFT_TRY(find_record(sim, file, name, sim->grid->dim, wanted, &record));
        WEFT_TRY(
            read_component(sim, file, field, c, one ? whole : name, one && n > 1 ? c : -1, record));
    }
    return WEFT_OK;
}

/* Does the file have the field, or its first component? */
static weft_status has_field(weft_file *file, const weft_field *field, const char *parts, bool *out)
{
    char first[128];
    run_part_name(field->spec.name, parts, field->spec.components, 0, first, sizeof first);
    WEFT_TRY(weft_file_has(file, field->spec.name, out));
    if (*out || field->spec.components == 1)
        return WEFT_OK;
    return weft_file_has(file, first, out);
}

/* The evolved fields from the derived ones, where the model can do that and the file has them. What
 * they say of seams is asked of what they became. Collective. */
static weft_status read_derived(weft_sim *sim, weft_file *file, const weft_file_keys *keys,
                                const weft_field *missing, const char *parts)
{
    weft_state *state = sim->state;
    int there = 0, derived = 0;
    for (int i = 0; i < state->n; i++)
        if (state->field[i].spec.role == WEFT_DERIVED) {
            bool has;
            WEFT_TRY(has_field(file, &state->field[i], parts, &has));
            derived++;
            there += has;
        }
    if (!sim->model->underive || derived == 0 || there < derived)
        return weft_param_fail(sim->initial, "path", "%s has no dataset '%s'", keys->path,
                               missing->spec.name);
    for (int i = 0; i < state->n; i++)
        if (state->field[i].spec.role == WEFT_DERIVED)
            WEFT_TRY(read_field(sim, file, keys->record, &state->field[i], parts));
    WEFT_TRY(sim->model->underive(sim));
    for (int i = 0; i < state->n; i++) {
        weft_field *field = &state->field[i];
        if (field->spec.role != WEFT_EVOLVED || field->spec.components > 1)
            continue;
        const weft_view view = weft_field_view(state, field, 0, NULL);
        double *values = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *values);
        double *row = values;
        WEFT_FOR_ROWS(sim->grid, z, y) {
            memcpy(row, weft_row(&view, z, y), (size_t)view.local[2] * sizeof *row);
            row += view.local[2];
        }
        run_look_at_seams(sim, field->spec.name, values);
        weft_free(values);
    }
    return WEFT_OK;
}

/* Every evolved field must be in the file, or what it can be made from; a momentum that is not
 * there starts at zero, and a memory without its past. The fields were cleared before. */
static weft_status initial_from_file(weft_sim *sim, const weft_file_keys *keys, const char *parts)
{
    const char *path = keys->path;
    weft_file *file;
    const char *reason = weft_unreadable(sim->grid->comm, path);
    if (reason) /* a wrong input */
        return weft_param_fail(sim->initial, "path", "%s cannot be read: %s", path, reason);
    WEFT_TRY(weft_file_open(sim->grid->comm, path, WEFT_READ, &file));
    weft_status status = look_at_model(sim, file);
    if (status == WEFT_OK)
        status = check_coordinates(sim, file);
    if (status == WEFT_OK)
        status = look_at_boundaries(sim, file);
    for (int i = 0; i < sim->state->n && status == WEFT_OK; i++) {
        weft_field *field = &sim->state->field[i];
        if (!weft_state_keeps(field))
            continue;
        bool has;
        status = has_field(file, field, parts, &has);
        if (status == WEFT_OK && has)
            status = read_field(sim, file, keys->record, field, parts);
        else if (status == WEFT_OK && field->spec.role == WEFT_EVOLVED)
            status = read_derived(sim, file, keys, field, parts);
    }
    weft_status closed = weft_file_close(file);
    return status != WEFT_OK ? status : closed;
}

/* Ghosts, too: no value of another replica is left anywhere. */
static void clear_fields(weft_sim *sim)
{
    for (int i = 0; i < sim->state->n; i++) {
        weft_field *f = &sim->state->field[i];
        size_t element = f->spec.element == WEFT_U8 ? 1 : sizeof(double);
        memset(f->data, 0, (size_t)(f->size * f->spec.components) * element);
    }
}

/* setup comes before the initial state, which may use the model's data; begin after it,
 * since it makes what depends on the fields, and on the time at which the run begins. A
 * checkpoint is loaded by the caller, who then calls begin. */
weft_status weft_sim_start(weft_sim *sim, const weft_input *input, uint32_t replica,
                           bool with_initial_state)
{
    forget(sim);
    clear_fields(sim);
    sim->noise.replica = replica;
    sim->time = input->time->start;
    sim->step = sim->first = 0;
    if (sim->model->setup)
        WEFT_TRY(sim->model->setup(sim));
    if (!with_initial_state)
        return WEFT_OK;
    WEFT_TRY(input->initial ? input->initial->set(sim)
                            : initial_from_file(sim, input->file, input->plan.parts));
    return sim->model->begin ? sim->model->begin(sim) : WEFT_OK;
}
