/* The tables of an input that belong to no model or stepper, and the schema made of all.
 *
 * A table has one row for each key: name, type, default, range, unit, meaning, and the place in a
 * struct where the checked value is written (WEFT_BIND_...). The same rows make the checks, the
 * messages, the template, the JSON schema and the reference pages.
 *
 * Invariant: a schema also holds the keys of everything that was not chosen (other models,
 * steppers, initial states), marked with their owner. They are refused, but with a message that
 * says whose keys they are.
 *
 * Example: with the stepper verlet, the section `time` has the tables "time" (start, end, stepper)
 * and "a fixed step" (dt, refine, error_check); the keys rtol and atol of adaptive steppers are
 * noted as theirs, so "rtol: 1e-6" is refused with "not used here, only by ...". */
#include "schema.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* At the top of the document. */
static const weft_param root_table[] = {
    {.name = "model",
     .type = WEFT_STRING,
     .help = "which model; its own parameters are in the section of that name"},
    {0},
};

/* Of every model; the lengths are in a table of their own. */
static const weft_param grid_table[] = {
    {WEFT_BIND_INTS(weft_grid_keys, n), .range = "[1, inf)",
     .help = "points along each axis, slowest first, 1 to 3 axes"},
    {0},
};

/* Only of models in continuous space; of lattices these are another's keys. */
static const weft_param length_table[] = {
    {WEFT_BIND_REALS(weft_length_keys, length), .range = "(0, inf)", .unit = "length",
     .help = "size of the box along each axis, slowest first"},
    {0},
};

static const weft_param initial_table[] = {
    {.name = "type", .type = WEFT_STRING, .help = "which initial state"},
    {0},
};

/* The initial state "file", which every model has: fields of an earlier run or of another program.
 */
static const weft_param initial_file_table[] = {
    {WEFT_BIND_STRING(weft_file_keys, path),
     .help = "HDF5 or netCDF file that holds a dataset of the grid's shape for each field; a "
             "relative name is looked for in the folder of the command"},
    {WEFT_BIND_INT(weft_file_keys, record), .standard = "-1", .range = "[-1, inf)",
     .help = "which record of datasets with a time dimension; -1: the last"},
    {0},
};

/* Of every stepper; keys of fixed steps, and of single steppers, are in further tables. */
static const weft_param time_table[] = {
    {WEFT_BIND_STRING(weft_time_keys, stepper), .standard = "",
     .help = "method of time integration; default: the model's"},
    {WEFT_BIND_REAL(weft_time_keys, start), .standard = "0", .range = "[0, inf)", .unit = "time",
     .help = "time of the initial state, as where it is a snapshot of another run"},
    {WEFT_BIND_REAL(weft_time_keys, end), .range = "(0, inf)", .unit = "time",
     .help = "when the run ends"},
    {0},
};

/* Only of steppers with a fixed step. */
static const weft_param step_table[] = {
    {WEFT_BIND_REAL(weft_step_keys, dt), .standard = "auto", .range = "(0, inf)", .words = "auto",
     .unit = "time",
     .help =
         "time step; auto: below the stability bound of the linearised equation and short against "
         "the fastest motion, a divisor of all intervals; see refine"},
    {WEFT_BIND_BOOL(weft_step_keys, refine), .standard = "false",
     .help = "halve the step where the motion becomes faster in the run than dt resolves; dt: auto "
             "does it always"},
    {WEFT_BIND_BOOL(weft_step_keys, error_check), .standard = "false",
     .help = "run the same problem at half the step beside it and report the difference of every "
             "observable"},
    {0},
};

/* When observables are computed, and which; a record is one line of series.nc. */
static const weft_param observe_table[] = {
    {WEFT_BIND_SCHEDULE(weft_observe_keys, every), .standard = "", .range = "(0, inf)",
     .unit = "time",
     .help = "interval between records of series.nc, or {log: N}; default: a hundredth of the run"},
    {WEFT_BIND_STRINGS(weft_observe_keys, list), .standard = "",
     .help = "observables; default: those that the model proposes"},
    {0},
};

/* Snapshots: whole fields at some times; the precision is that of the file, never of the run. */
static const weft_param output_table[] = {
    {WEFT_BIND_SCHEDULE(weft_output_keys, fields_every), .standard = "", .range = "(0, inf)",
     .unit = "time", .help = "interval between snapshots in fields.nc, or {log: N}; default: none"},
    {WEFT_BIND_STRINGS(weft_output_keys, fields), .standard = "",
     .help = "fields of the snapshots; default: those that the model proposes"},
    {WEFT_BIND_CHOICE(weft_output_keys, precision), .standard = "double",
     .words = WEFT_PRECISIONS(WEFT_ENUM_WORD), .help = "of the snapshots"},
    {WEFT_BIND_INT(weft_output_keys, compress), .standard = "0", .range = "[0, 9]",
     .help = "deflate level of the snapshots"},
    {0},
};

/* In wall time, because what a kill may cost is measured in it. */
static const weft_param checkpoint_table[] = {
    {WEFT_BIND_DURATION(weft_checkpoint_keys, every), .standard = "30m", .range = "(0, inf)",
     .unit = "s", .help = "wall time between checkpoints"},
    {WEFT_BIND_INT(weft_checkpoint_keys, keep), .standard = "2", .range = "[1, 100]",
     .help = "how many checkpoints are kept"},
    {0},
};

/* An ensemble is a number of replicas: runs of the same input that differ in their noise only. */
static const weft_param ensemble_table[] = {
    {WEFT_BIND_INT(weft_ensemble_keys, replicas), .standard = "1", .range = "[1, 4294967295]",
     .help = "independent replicas; more than one: series.nc holds means and standard errors"},
    {WEFT_BIND_INT(weft_ensemble_keys, seed), .standard = "1", .range = "[0, 4294967295]",
     .help = "seed of all noise"},
    {WEFT_BIND_CHOICE(weft_ensemble_keys, normals), .standard = "double",
     .words = WEFT_PRECISIONS(WEFT_ENUM_WORD),
     .help = "precision of the normal numbers; single: errors of 1e-7, a fifth faster where noise "
             "is most of the work"},
    {WEFT_BIND_INT(weft_ensemble_keys, ranks_per_replica), .standard = "auto",
     .range = "[1, 1000000]", .words = "auto",
     .help = "ranks over which one replica is decomposed"},
    {WEFT_BIND_CHOICE(weft_ensemble_keys, keep), .standard = "mean",
     .words = WEFT_KEEPS(WEFT_ENUM_WORD), .help = "all: also the series of every replica"},
    {WEFT_BIND_CHOICE(weft_ensemble_keys, on_failure), .standard = "stop",
     .words = WEFT_FAILURES(WEFT_ENUM_WORD),
     .help = "a replica that fails ends the ensemble, or is left out of it and named in the file"},
    {0},
};

/* How FFTW may look for its plans; only `estimate` gives the same bits in each run. */
static const weft_param fft_table[] = {
    {WEFT_BIND_CHOICE(weft_fft_keys, planning), .standard = "estimate",
     .words = WEFT_PLANNINGS(WEFT_ENUM_WORD),
     .help = "FFTW's planning rigor; only estimate gives the same plans each time"},
    {WEFT_BIND_STRING(weft_fft_keys, wisdom), .standard = "",
     .help = "file with FFTW wisdom, read and written"},
    {0},
};

static const weft_param empty_table[] = {{0}};

const weft_initial input_initial_file = {
    .name = "file", .help = "fields from a file", .params = initial_file_table};

/* NULL for tables that are not in the schema: that of fixed steps for an adaptive stepper, that of
 * files for an initial state of the model. */
void input_values(weft_input *in)
{
    in->time = weft_params_values(in->params, time_table);
    in->step = weft_params_values(in->params, step_table);
    in->observe = weft_params_values(in->params, observe_table);
    in->output = weft_params_values(in->params, output_table);
    in->checkpoint = weft_params_values(in->params, checkpoint_table);
    in->ensemble = weft_params_values(in->params, ensemble_table);
    in->fft = weft_params_values(in->params, fft_table);
    in->file = weft_params_values(in->params, initial_file_table);
}

const weft_grid_keys *input_grid(const weft_input *in)
{
    return weft_params_values(in->params, grid_table);
}

const weft_length_keys *input_length(const weft_input *in)
{
    return weft_params_values(in->params, length_table);
}

/* Models list their steppers by name, best first. */
const weft_stepper *input_default_stepper(const weft_model *model, int i)
{
    if (!model->stepper[i])
        return NULL;
    const weft_stepper *stepper = weft_stepper_find(model->stepper[i]);
    if (!stepper) /* a slip in the model's table, found at the first use of the model */
        weft_panic(model->name, 0,
                   weft_format("its list .stepper names '%s', and there is no such stepper",
                               model->stepper[i]));
    return stepper;
}

/* ---- what the model, the stepper and the initial state bring ---- */

/* The section of the chosen model, and the names of all others: a section of another model is
 * refused by name. */
static void add_models(const weft_model *model, weft_schema *schema)
{
    char owner[WEFT_MAX_OWNER];
    snprintf(owner, sizeof owner, "model %s", model->name);
    weft_schema_add(schema, model->name, model->summary, owner, model->params);
    for (int i = 0; weft_models[i]; i++)
        if (weft_models[i] != model) {
            snprintf(owner, sizeof owner, "model %s", weft_models[i]->name);
            weft_schema_add_other(schema, weft_models[i]->name, "", owner, NULL);
        }
}

/* On a lattice `length` is refused with the reason that only fields in continuous space use it. */
static void add_grid(const weft_model *model, weft_schema *schema)
{
    weft_schema_add(schema, "grid", "the grid", "", grid_table);
    if (model->lattice)
        weft_schema_add_other(schema, "grid", "", "fields in continuous space", length_table);
    else
        weft_schema_add(schema, "grid", "", "", length_table);
}

/* Chosen: a further table of the section; else noted as another's. */
static void add_choice(weft_schema *schema, const char *section, const char *kind, const char *name,
                       const char *about, const weft_param *table, bool chosen)
{
    char owner[WEFT_MAX_OWNER];
    snprintf(owner, sizeof owner, "%s %s", kind, name);
    if (chosen)
        weft_schema_add(schema, section, about, owner, table);
    else
        weft_schema_add_other(schema, section, about, owner, table);
}

/* The chosen one may be a copy with a table of its own (open_initial in input.c), so names are
 * compared and not addresses. */
static void add_initial(const weft_initial *i, const weft_initial *chosen, weft_schema *schema)
{
    /* The table of the chosen one may be made for this input. */
    const bool same = chosen && strcmp(i->name, chosen->name) == 0;
    const weft_param *table = same ? chosen->params : i->params;
    add_choice(schema, "initial", "initial state", i->name, i->help ? i->help : "",
               table ? table : empty_table, same);
}

/* The initial states of the model first, in the order of its table, then "file". */
static void add_initials(const weft_model *model, const weft_initial *chosen, weft_schema *schema)
{
    weft_schema_add(schema, "initial", "the initial state", "", initial_table);
    for (const weft_initial *i = model->initials; i && i->name; i++)
        add_initial(i, chosen, schema);
    add_initial(&input_initial_file, chosen, schema);
}

/* The keys of the chosen stepper, and of others as another's. Without a choice (templates,
 * reference pages) only of those that can fit the model. */
static void add_steppers(const weft_model *model, const weft_stepper *choice, weft_schema *schema)
{
    const weft_stepper *chosen = choice ? choice : input_default_stepper(model, 0);
    int families = weft_model_families(model);
    /* Every model names at least one stepper. */
    WEFT_ASSERT(chosen);
    weft_schema_add(schema, "time", "time integration", "", time_table);
    add_choice(schema, "time", "steppers with", "a fixed step", "", step_table, !chosen->adaptive);
    for (int i = 0; weft_steppers[i]; i++)
        if (weft_steppers[i]->params && (choice || !(weft_steppers[i]->needs & ~families)))
            add_choice(schema, "time", "stepper", weft_steppers[i]->name, "",
                       weft_steppers[i]->params, weft_steppers[i] == chosen);
}

/* The order of the calls is the order of the sections in templates and reference pages. */
void weft_input_schema(const weft_model *model, const weft_stepper *stepper,
                       const weft_initial *initial, weft_schema *schema)
{
    memset(schema, 0, sizeof *schema);
    weft_schema_add(schema, "", "", "", root_table);
    weft_schema_example(schema, "", "model", model->name);
    if (initial || model->initials)
        weft_schema_example(schema, "initial", "type",
                            initial ? initial->name : model->initials[0].name);
    add_grid(model, schema);
    add_models(model, schema);
    add_initials(model, initial, schema);
    add_steppers(model, stepper, schema);
    weft_schema_add(schema, "observe", "observables, written to series.nc", "", observe_table);
    weft_schema_add(schema, "output", "snapshots, written to fields.nc", "", output_table);
    weft_schema_add(schema, "checkpoint", "checkpoints", "", checkpoint_table);
    weft_schema_add(schema, "ensemble", "replicas and noise", "", ensemble_table);
    weft_schema_add(schema, "fft", "transforms", "", fft_table);
}
