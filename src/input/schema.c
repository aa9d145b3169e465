/* The tables of an input that belong to no model or stepper, and the schema made of all. */
#include "schema.h"
#include <stdio.h>
#include <string.h>

static const weft_param root_table[] = {
    {.name = "model",
     .type = WEFT_STRING,
     .help = "which model; its own parameters are in the section of that name"},
    {0},
};

static const weft_param grid_table[] = {
    {.name = "n",
     .type = WEFT_INT_LIST,
     .range = "[1, inf)",
     .help = "points along each axis, slowest first, 1 to 3 axes"},
    {0},
};

static const weft_param length_table[] = {
    {.name = "length",
     .type = WEFT_REAL_LIST,
     .range = "(0, inf)",
     .unit = "length",
     .help = "size of the box along each axis, slowest first"},
    {0},
};

static const weft_param initial_table[] = {
    {.name = "type", .type = WEFT_STRING, .help = "which initial state"},
    {0},
};

static const weft_param initial_file_table[] = {
    {.name = "path",
     .type = WEFT_STRING,
     .help = "HDF5 or netCDF file that holds a dataset of the grid's shape for each field"},
    {.name = "record",
     .type = WEFT_INT,
     .standard = "-1",
     .range = "[-1, inf)",
     .help = "which record of datasets with a time dimension; -1: the last"},
    {0},
};

static const weft_param time_table[] = {
    {.name = "stepper",
     .type = WEFT_STRING,
     .standard = "",
     .help = "method of time integration; default: the model's"},
    {.name = "start",
     .type = WEFT_REAL,
     .standard = "0",
     .range = "[0, inf)",
     .unit = "time",
     .help = "time of the initial state, as where it is a snapshot of another run"},
    {.name = "end",
     .type = WEFT_REAL,
     .range = "(0, inf)",
     .unit = "time",
     .help = "when the run ends"},
    {0},
};

static const weft_param step_table[] = {
    {.name = "dt",
     .type = WEFT_REAL,
     .standard = "auto",
     .range = "(0, inf)",
     .words = "auto",
     .unit = "time",
     .help =
         "time step; auto: below the stability bound of the linearised equation and short against "
         "the fastest motion, a divisor of all intervals; see refine"},
    {.name = "refine",
     .type = WEFT_BOOL,
     .standard = "false",
     .help = "halve the step where the motion becomes faster in the run than dt resolves; dt: auto "
             "does it always"},
    {.name = "error_check",
     .type = WEFT_BOOL,
     .standard = "false",
     .help = "run the same problem at half the step beside it and report the difference of every "
             "observable"},
    {0},
};

static const weft_param observe_table[] = {
    {.name = "every",
     .type = WEFT_SCHEDULE,
     .standard = "",
     .range = "(0, inf)",
     .unit = "time",
     .help = "interval between records of series.nc, or {log: N}; default: a hundredth of the run"},
    {.name = "list",
     .type = WEFT_STRING_LIST,
     .standard = "",
     .help = "observables; default: those that the model proposes"},
    {0},
};

static const weft_param output_table[] = {
    {.name = "fields_every",
     .type = WEFT_SCHEDULE,
     .standard = "",
     .range = "(0, inf)",
     .unit = "time",
     .help = "interval between snapshots in fields.nc, or {log: N}; default: none"},
    {.name = "fields",
     .type = WEFT_STRING_LIST,
     .standard = "",
     .help = "fields of the snapshots; default: those that the model proposes"},
    {.name = "precision",
     .type = WEFT_CHOICE,
     .standard = "double",
     .words = "double|single",
     .help = "of the snapshots"},
    {.name = "compress",
     .type = WEFT_INT,
     .standard = "0",
     .range = "[0, 9]",
     .help = "deflate level of the snapshots"},
    {0},
};

static const weft_param checkpoint_table[] = {
    {.name = "every",
     .type = WEFT_DURATION,
     .standard = "30m",
     .range = "(0, inf)",
     .unit = "s",
     .help = "wall time between checkpoints"},
    {.name = "keep",
     .type = WEFT_INT,
     .standard = "2",
     .range = "[1, 100]",
     .help = "how many checkpoints are kept"},
    {0},
};

static const weft_param ensemble_table[] = {
    {.name = "replicas",
     .type = WEFT_INT,
     .standard = "1",
     .range = "[1, 4294967295]",
     .help = "independent replicas; more than one: series.nc holds means and standard errors"},
    {.name = "seed",
     .type = WEFT_INT,
     .standard = "1",
     .range = "[0, 4294967295]",
     .help = "seed of all noise"},
    {.name = "normals",
     .type = WEFT_CHOICE,
     .standard = "double",
     .words = "double|single",
     .help = "precision of the normal numbers; single: errors of 1e-7, a fifth faster where noise "
             "is most of the work"},
    {.name = "ranks_per_replica",
     .type = WEFT_INT,
     .standard = "auto",
     .range = "[1, 1000000]",
     .words = "auto",
     .help = "ranks over which one replica is decomposed"},
    {.name = "keep",
     .type = WEFT_CHOICE,
     .standard = "mean",
     .words = "mean|all",
     .help = "all: also the series of every replica"},
    {.name = "on_failure",
     .type = WEFT_CHOICE,
     .standard = "stop",
     .words = "stop|drop",
     .help = "a replica that fails ends the ensemble, or is left out of it and named in the file"},
    {0},
};

static const weft_param fft_table[] = {
    {.name = "planning",
     .type = WEFT_CHOICE,
     .standard = "estimate",
     .words = "estimate|measure|patient",
     .help = "FFTW's planning rigor; only estimate gives the same plans each time"},
    {.name = "wisdom",
     .type = WEFT_STRING,
     .standard = "",
     .help = "file with FFTW wisdom, read and written"},
    {0},
};

static const weft_param empty_table[] = {{0}};

const weft_initial input_initial_file = {
    .name = "file", .help = "fields from a file", .params = initial_file_table};

const weft_stepper *input_default_stepper(const weft_model *model, int i)
{
    if (!model->stepper[i])
        return NULL;
    const weft_stepper *stepper = weft_stepper_find(model->stepper[i]);
    if (!stepper) /* a slip in the model's table */
        weft_panic(model->name, 0, "there is no stepper of a name in its list .stepper");
    return stepper;
}

/* ---- what the model, the stepper and the initial state bring ---- */

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

static void add_initial(const weft_initial *i, const weft_initial *chosen, weft_schema *schema)
{
    const bool same = chosen && strcmp(i->name, chosen->name) == 0;
    const weft_param *table = same ? chosen->params : i->params;
    add_choice(schema, "initial", "initial state", i->name, i->help ? i->help : "",
               table ? table : empty_table, same);
}

static void add_initials(const weft_model *model, const weft_initial *chosen, weft_schema *schema)
{
    weft_schema_add(schema, "initial", "the initial state", "", initial_table);
    for (const weft_initial *i = model->initials; i && i->name; i++)
        add_initial(i, chosen, schema);
    add_initial(&input_initial_file, chosen, schema);
}

/* Without a choice the keys of those that can fit the model. */
static void add_steppers(const weft_model *model, const weft_stepper *choice, weft_schema *schema)
{
    const weft_stepper *chosen = choice ? choice : input_default_stepper(model, 0);
    int families = weft_model_families(model);
    WEFT_ASSERT(chosen);
    weft_schema_add(schema, "time", "time integration", "", time_table);
    add_choice(schema, "time", "steppers with", "a fixed step", "", step_table, !chosen->adaptive);
    for (int i = 0; weft_steppers[i]; i++)
        if (weft_steppers[i]->params && (choice || !(weft_steppers[i]->needs & ~families)))
            add_choice(schema, "time", "stepper", weft_steppers[i]->name, "",
                       weft_steppers[i]->params, weft_steppers[i] == chosen);
}

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
