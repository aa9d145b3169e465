/* The result files of a single run: series.nc (a record of all observers for each entry of
 * observe) and fields.nc (snapshots of fields).
 *
 * Invariants. (1) A record is appended to every variable, its time last for snapshots;
 * fields.nc is flushed before the next step, records of series.nc wait a little (rows.c).
 * Records are never changed, and variables never get fewer. The frames in checkpoints
 * (src/io/frame.c) rely on that. (2) Names of dimensions and variables depend on the input alone,
 * so that a resume finds them. (3) A run that goes on finds exactly the records that its checkpoint
 * knows, or ends with an error: it never writes behind a gap, nor over a record of another run.
 *
 * series.nc is held by rank 0 alone, as every rank knows the same numbers; fields.nc is
 * written by all ranks together, each its own block. */
#include "parts.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const axis_names[3] = {"z", "y", "x"}, *const axis_letters[3] = {"Z", "Y", "X"};

/* Many inputs are called input.yaml in a folder of their own: the folder's name says more.
 * Folders "." and ".." say nothing. */
char *run_default_directory(const char *path, const char *plain)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    int stem = (int)(dot && dot != base ? (size_t)(dot - base) : strlen(base));
    if (slash && stem == (int)strlen(plain) && strncmp(base, plain, (size_t)stem) == 0) {
        const char *start = slash;
        while (start > path && start[-1] != '/')
            start--;
        int length = (int)(slash - start);
        if (length > 0 && strncmp(start, ".", (size_t)length) != 0 &&
            strncmp(start, "..", (size_t)length) != 0)
            return weft_format("out/%.*s", length, start);
    }
    return weft_format("out/%.*s", stem, base);
}

/* The paths are made once; whether anything is there is not asked here. */
run_results *run_results_create(const weft_input *input, const char *out)
{
    run_results *r = weft_alloc(1, sizeof *r);
    r->dir = out ? weft_strdup(out) : run_default_directory(input->path, "input");
    r->series_path = weft_format("%s/series.nc", r->dir);
    r->fields_path = weft_format("%s/fields.nc", r->dir);
    r->stop_path = weft_format("%s/stop", r->dir);
    r->lock_path = weft_format("%s/lock", r->dir);
    return r;
}

void run_results_free(run_results *r)
{
    if (!r)
        return;
    weft_free(r->dir);
    weft_free(r->series_path);
    weft_free(r->fields_path);
    weft_free(r->stop_path);
    weft_free(r->lock_path);
    weft_free(r);
}

/* ---- dimensions of observers ---- */

/* Equal in name, length and, bit for bit, in coordinates. */
static bool same_axis(const weft_axis *a, const weft_axis *b)
{
    return strcmp(a->name, b->name) == 0 && a->n == b->n &&
           memcmp(a->values, b->values, (size_t)a->n * sizeof *a->values) == 0;
}

/* Name of an axis in the file: the plain name for the first axis of that name and for equal
 * ones, <observable>_<name> for others. */
static void dimension_name(const run_observers *o, int item, int axis, char *out, size_t size)
{
    const weft_axis *mine = &o->item[item].axes[axis];
    for (int i = 0; i <= item; i++)
        for (int a = 0; a < o->item[i].n_axes; a++) {
            const weft_axis *other = &o->item[i].axes[a];
            if (strcmp(other->name, mine->name) != 0)
                continue;
            if (same_axis(other, mine))
                snprintf(out, size, "%s", mine->name);
            else
                snprintf(out, size, "%s_%s", o->item[item].name, mine->name);
            return;
        }
}

/* Several observers share a dimension where their axes are equal. */
static weft_status define_axes(weft_file *file, const run_observers *o, int item)
{
    const run_observer *observer = &o->item[item];
    for (int a = 0; a < observer->n_axes; a++) {
        char name[128];
        const weft_axis *axis = &observer->axes[a];
        dimension_name(o, item, a, name, sizeof name);
        bool there;
        WEFT_TRY(weft_file_has(file, name, &there));
        if (!there)
            WEFT_TRY(weft_file_dimension(file, name, axis->n, axis->values, axis->unit,
                                         axis->long_name));
    }
    return WEFT_OK;
}

const char *run_series_about(const char *suffix)
{
    return strcmp(suffix, "_stderr") == 0  ? "standard error of: "
           : strcmp(suffix, "_error") == 0 ? "difference to the run at half the step of: "
                                           : "";
}

/* What a reader may want to know of a variable beside its name: the symbol, and of a part the
 * observable and the part. */
static weft_status describe_variable(weft_file *file, const run_observers *o,
                                     const run_observer *item, const char *variable)
{
    const run_observer *whole = item->parts ? &o->item[item->whole] : NULL;
    const weft_observable *row = whole ? whole->row : item->row;
    const char *part = whole                ? item->name + strlen(whole->name) + 1
                       : row && row->family ? item->name + strlen(row->name)
                                            : "";
    if (whole)
        WEFT_TRY(weft_file_set_text(file, variable, "observable", whole->name));
    if (whole)
        WEFT_TRY(weft_file_set_text(file, variable, "component", part));
    if (!row || !row->symbol)
        return WEFT_OK;
    char *symbol = run_part_symbol(row->symbol, part);
    weft_status status = weft_file_set_text(file, variable, "symbol", symbol);
    weft_free(symbol);
    return status;
}

/* Two variables of one observer (value and error) differ in name and long name alone. */
weft_status run_series_define(weft_file *file, const run_observers *o, const char *suffix,
                              int n_leading, const char *const *leading)
{
    for (int i = 0; i < o->n; i++) {
        const run_observer *item = &o->item[i];
        if (item->hidden)
            continue;
        WEFT_TRY(define_axes(file, o, i));
        const char *dims[8];
        char names[WEFT_MAX_SHAPE][128], variable[128];
        for (int d = 0; d < n_leading; d++)
            dims[d] = leading[d];
        for (int a = 0; a < item->n_axes; a++) {
            dimension_name(o, i, a, names[a], sizeof names[a]);
            dims[n_leading + a] = names[a];
        }
        snprintf(variable, sizeof variable, "%s%s", item->name, suffix);
        char *about = weft_format("%s%s", run_series_about(suffix), item->long_name);
        weft_status status = weft_file_variable(
            file, variable, WEFT_STORE_F64, n_leading + item->n_axes, dims, 0, item->unit, about);
        weft_free(about);
        WEFT_TRY(status);
        WEFT_TRY(describe_variable(file, o, item, variable));
    }
    return WEFT_OK;
}

/* ---- series.nc of a single run ---- */

weft_status run_series_time(weft_file *file)
{
    WEFT_TRY(weft_file_dimension(file, "time", 0, NULL, "time", "time"));
    return weft_file_set_text(file, "time", "axis", "T");
}

/* Records of a file; -1 where it cannot be said, as after a kill while it was written. */
static int64_t records_of(MPI_Comm comm, const char *path)
{
    weft_file *file;
    int64_t n = -1;
    if (weft_file_open_replicated(comm, path, WEFT_READ, &file) == WEFT_OK) {
        (void)weft_file_length(file, "time", &n); /* -1 after an error */
        weft_file_close(file);
    }
    weft_error_clear();
    return n;
}

/* A file with more records than the checkpoint knows is cut back; one with fewer lacks what
 * was said to be on the disk. */
weft_status run_results_restore(MPI_Comm comm, weft_file *checkpoint, const char *name,
                                const char *path, int64_t records)
{
    int64_t there = records_of(comm, path);
    if (there >= 0 && there < records)
        return weft_fail(WEFT_IO,
                         "%s has %lld records, the checkpoint was written after %lld: the file is "
                         "not that of this run, or its end never reached the disk",
                         path, (long long)there, (long long)records);
    return weft_file_restore(checkpoint, name, path);
}

/* Go on with an open file that has the records that the checkpoint knows. */
static weft_status take_up(weft_file *file, const run_member *m, const char *path, int64_t records,
                           const char *command)
{
    int64_t there;
    WEFT_TRY(weft_file_length(file, "time", &there));
    if (there != records)
        return weft_fail(WEFT_IO, "%s has %lld records, the checkpoint was written after %lld",
                         path, (long long)there, (long long)records);
    return run_series_take_up(file, m->sim->grid->comm, m, command);
}

/* The file is flushed once its structure is complete, so that readers never see half of it. */
weft_status run_series_open(const char *path, bool resume, const run_member *m, const char *command,
                            weft_file **out)
{
    static const char *const time[] = {"time"};
    MPI_Comm comm = m->sim->grid->comm;
    WEFT_TRY(weft_file_open_replicated(comm, path, resume ? WEFT_APPEND : WEFT_CREATE, out));
    if (resume) {
        WEFT_TRY(run_series_warn_version(*out, &m->provenance));
        return take_up(*out, m, path, m->observe.next - m->observe.first, command);
    }
    WEFT_TRY(run_results_describe(*out, comm, m, "observables", command, NULL));
    WEFT_TRY(run_series_time(*out));
    WEFT_TRY(run_series_define(*out, &m->observers, "", 1, time));
    if (m->half)
        WEFT_TRY(run_series_define(*out, &m->observers, "_error", 1, time));
    return weft_file_flush(*out);
}

/* ---- fields.nc ---- */

/* The user's list, else that of the plan, else that of the model. */
bool run_output_wants(const weft_input *input, const char *name)
{
    const weft_strings list = input->output->fields;
    for (int i = 0; i < list.n; i++)
        if (strcmp(list.value[i], name) == 0)
            return true;
    return !list.value &&
           weft_names_have(input->plan.fields[0] ? input->plan.fields : input->model->fields, name);
}

/* Of the used axes, with the points where the grid has them. */
static weft_status define_coordinates(weft_file *file, const weft_grid *g)
{
    for (int a = 3 - g->dim; a < 3; a++) {
        double *values = weft_alloc((size_t)g->n[a], sizeof *values);
        for (int64_t i = 0; i < g->n[a]; i++)
            values[i] = weft_grid_coordinate(g, a, i);
        weft_status status =
            weft_file_dimension(file, axis_names[a], g->n[a], values, "length", axis_names[a]);
        weft_free(values);
        WEFT_TRY(status);
        WEFT_TRY(weft_file_set_text(file, axis_names[a], "axis", axis_letters[a]));
        WEFT_TRY(weft_file_set_text(file, axis_names[a], "boundary",
                                    weft_boundary_name(g->boundary[a])));
    }
    return WEFT_OK;
}

/* The variable of a component: the field's own name where there is one. */
static void component_name(const run_member *m, const weft_field_spec *spec, int component,
                           char *out, size_t size)
{
    if (spec->components > 1)
        run_part_name(spec->name, m->input->plan.parts, spec->components, component, out, size);
    else
        snprintf(out, size, "%s", spec->name);
}

/* A variable for each component: programs that know only scalars over space can show them. */
static weft_status define_component(weft_file *file, const run_member *m,
                                    const weft_field_spec *spec, int component)
{
    const char *dims[6] = {"time"};
    char name[128];
    int n = 1, dim = m->sim->grid->dim;
    component_name(m, spec, component, name, sizeof name);
    for (int a = 3 - dim; a < 3; a++)
        dims[n++] = axis_names[a];
    weft_store store = spec->element == WEFT_U8                               ? WEFT_STORE_U8
                       : m->input->output->precision == WEFT_PRECISION_SINGLE ? WEFT_STORE_F32
                                                                              : WEFT_STORE_F64;
    bool one = spec->components == 1;
    const char *part = one ? "" : name + strlen(spec->name) + 1;
    char text[192];
    run_about(spec->long_name, dim, text, sizeof text);
    char *about = weft_format("%s%s%s", text, one ? "" : ": ", part);
    weft_status status = weft_file_variable(file, name, store, n, dims,
                                            (int)m->input->output->compress, spec->unit, about);
    weft_free(about);
    WEFT_TRY(status);
    char *symbol = run_part_symbol(spec->symbol ? spec->symbol : "", part);
    if (spec->symbol)
        status = weft_file_set_text(file, name, "symbol", symbol);
    weft_free(symbol);
    WEFT_TRY(status);
    if (one)
        return WEFT_OK;
    WEFT_TRY(weft_file_set_text(file, name, "field", spec->name));
    return weft_file_set_text(file, name, "component", part);
}

static weft_status define_field(weft_file *file, const run_member *m, const weft_field_spec *spec)
{
    for (int c = 0; c < spec->components; c++)
        WEFT_TRY(define_component(file, m, spec, c));
    return WEFT_OK;
}

/* Which fields are in the file is decided here, once; appending asks the file. */
weft_status run_fields_open(const char *path, bool resume, const run_member *m, const char *command,
                            weft_file **out)
{
    MPI_Comm comm = m->sim->grid->comm;
    WEFT_TRY(weft_file_open(comm, path, resume ? WEFT_APPEND : WEFT_CREATE, out));
    if (resume)
        return take_up(*out, m, path, m->fields.next - m->fields.first, command);
    WEFT_TRY(run_results_describe(*out, comm, m, "fields", command, NULL));
    WEFT_TRY(run_series_time(*out));
    WEFT_TRY(define_coordinates(*out, m->sim->grid));
    for (int i = 0; i < m->sim->state->n; i++)
        if (run_output_wants(m->input, m->sim->state->field[i].spec.name))
            WEFT_TRY(define_field(*out, m, &m->sim->state->field[i].spec));
    return weft_file_flush(*out);
}

/* A float ends at 3.4e38, and what is beyond becomes infinite in the file. Once a file is enough;
 * replica 0 alone writes snapshots. Collective. */
static void warn_of_single(run_member *m, const char *name, const weft_view *view)
{
    MPI_Comm comm = m->sim->grid->comm;
    if (m->input->output->precision != WEFT_PRECISION_SINGLE || m->beyond_single)
        return;
    const double most = fmax(weft_view_max(comm, view), -weft_view_min(comm, view));
    if (most <= FLT_MAX)
        return;
    m->beyond_single = true;
    weft_warn("time %.10g: values of '%s' reach %.3g, and numbers of single precision end at %.3g: "
              "fields.nc holds inf there; take output.precision: double",
              run_decimal(m->sim->time), name, most, (double)FLT_MAX);
}

/* Bytes lie in the state with their ghosts; doubles may live in k space, and are then seen
 * through a view of a buffer. Either way a box says where the owned block lies in memory. */
static weft_status append_field(weft_file *file, run_member *m, weft_field *f, int64_t entry)
{
    const weft_grid *g = m->sim->grid;
    for (int c = 0; c < f->spec.components; c++) {
        char name[128];
        component_name(m, &f->spec, c, name, sizeof name);
        if (f->spec.element == WEFT_U8) {
            weft_box box = weft_grid_box(g, f->spec.ghost);
            WEFT_TRY(weft_file_write_block(file, name, entry, -1, g, &box, WEFT_U8,
                                           weft_field_bytes(f, c)));
            continue;
        }
        weft_view view = weft_field_view(m->sim->state, f, c, NULL);
        warn_of_single(m, name, &view);
        weft_box box = {.origin = view.origin};
        for (int a = 0; a < 3; a++) {
            box.start[a] = g->start[a];
            box.local[a] = view.local[a];
            box.stride[a] = view.stride[a];
        }
        WEFT_TRY(weft_file_write_block(file, name, entry, -1, g, &box, WEFT_F64, view.data));
    }
    return WEFT_OK;
}

/* The time comes last: a reader that counts times never sees a record without its fields. */
weft_status run_fields_append(weft_file *file, run_member *m, int64_t entry)
{
    for (int i = 0; i < m->sim->state->n; i++) {
        weft_field *f = &m->sim->state->field[i];
        char name[128];
        component_name(m, &f->spec, 0, name, sizeof name);
        bool has;
        WEFT_TRY(weft_file_has(file, name, &has));
        if (has)
            WEFT_TRY(append_field(file, m, f, entry));
    }
    double time = run_calendar_stamp(&m->fields, entry, m);
    WEFT_TRY(weft_file_write(file, "time", entry, &time));
    return weft_file_flush(file);
}
