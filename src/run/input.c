/* From the text of an input to checked parameters, a model and a stepper that fit each other. */
#include "weft/memory.h"
#include "weft/run.h"
#include <stdio.h>
#include <string.h>

#define END_OF_TABLE                                                                               \
    {                                                                                              \
        0                                                                                          \
    }

static const weft_param root_table[] = {
    {"model", WEFT_STRING, NULL, NULL, NULL, "",
     "which model; its own parameters are in the section of that name", NULL},
    END_OF_TABLE};

static const weft_param grid_table[] = {{"n", WEFT_INT_LIST, NULL, "[1, inf)", NULL, "",
                                         "points along each axis, slowest first, 1 to 3 axes",
                                         NULL},
                                        END_OF_TABLE};

static const weft_param length_table[] = {{"length", WEFT_REAL_LIST, NULL, "(0, inf)", NULL,
                                           "length",
                                           "size of the box along each axis, slowest first", NULL},
                                          END_OF_TABLE};

static const weft_param initial_table[] = {
    {"type", WEFT_STRING, NULL, NULL, NULL, "", "which initial state", NULL}, END_OF_TABLE};

static const weft_param initial_file_table[] = {
    {"path", WEFT_STRING, NULL, NULL, NULL, "",
     "HDF5 or netCDF file that holds a dataset of the grid's shape for each field", NULL},
    {"record", WEFT_INT, "-1", "[-1, inf)", NULL, "",
     "which record of datasets with a time dimension; -1: the last", NULL},
    END_OF_TABLE};

static const weft_param time_table[] = {
    {"stepper", WEFT_STRING, "", NULL, NULL, "", "method of time integration; default: the model's",
     NULL},
    {"end", WEFT_REAL, NULL, "(0, inf)", NULL, "time", "when the run ends", NULL},
    END_OF_TABLE};

static const weft_param step_table[] = {
    {"dt", WEFT_REAL, "auto", "(0, inf)", "auto", "time",
     "time step; auto: stable and accurate, and a divisor of all intervals", NULL},
    {"error_check", WEFT_BOOL, "false", NULL, NULL, "",
     "run the same problem at half the step beside it and report the difference of every "
     "observable",
     NULL},
    END_OF_TABLE};

static const weft_param observe_table[] = {
    {"every", WEFT_SCHEDULE, "", "(0, inf)", NULL, "time",
     "interval between records of series.nc, or {log: N}; default: a hundredth of the run", NULL},
    {"list", WEFT_STRING_LIST, "", NULL, NULL, "",
     "observables; default: those that the model proposes", NULL},
    END_OF_TABLE};

static const weft_param output_table[] = {
    {"fields_every", WEFT_SCHEDULE, "", "(0, inf)", NULL, "time",
     "interval between snapshots in fields.nc, or {log: N}; default: none", NULL},
    {"fields", WEFT_STRING_LIST, "", NULL, NULL, "",
     "fields of the snapshots; default: those that the model proposes", NULL},
    {"precision", WEFT_CHOICE, "double", NULL, "double|single", "", "of the snapshots", NULL},
    {"compress", WEFT_INT, "0", "[0, 9]", NULL, "", "deflate level of the snapshots", NULL},
    END_OF_TABLE};

static const weft_param checkpoint_table[] = {
    {"every", WEFT_DURATION, "30m", "(0, inf)", NULL, "s", "wall time between checkpoints", NULL},
    {"keep", WEFT_INT, "2", "[1, 100]", NULL, "", "how many checkpoints are kept", NULL},
    END_OF_TABLE};

static const weft_param ensemble_table[] = {
    {"replicas", WEFT_INT, "1", "[1, 4294967295]", NULL, "",
     "independent replicas; more than one: series.nc holds means and standard errors", NULL},
    {"seed", WEFT_INT, "1", "[0, 4294967295]", NULL, "", "seed of all noise", NULL},
    {"ranks_per_replica", WEFT_INT, "auto", "[1, 1000000]", "auto", "",
     "ranks over which one replica is decomposed", NULL},
    {"keep", WEFT_CHOICE, "mean", NULL, "mean|all", "", "all: also the series of every replica",
     NULL},
    END_OF_TABLE};

static const weft_param fft_table[] = {
    {"planning", WEFT_CHOICE, "estimate", NULL, "estimate|measure|patient", "",
     "FFTW's planning rigor; only estimate gives the same plans each time", NULL},
    {"wisdom", WEFT_STRING, "", NULL, NULL, "", "file with FFTW wisdom, read and written", NULL},
    END_OF_TABLE};

static char owner_model[96], owner_stepper[96], owner_initial[96];

void weft_input_schema(const weft_model *model, const weft_stepper *stepper,
                       const weft_initial *initial, weft_schema *schema)
{
    memset(schema, 0, sizeof *schema);
    if (!stepper)
        stepper = weft_stepper_find(model->stepper);
    snprintf(owner_model, sizeof owner_model, "model %s", model->name);
    snprintf(owner_stepper, sizeof owner_stepper, "stepper %s", stepper->name);
    weft_schema_add(schema, "", "", "", root_table);
    weft_schema_add(schema, "grid", "the grid", "", grid_table);
    if (!model->lattice)
        weft_schema_add(schema, "grid", "", owner_model, length_table);
    weft_schema_add(schema, model->name, model->summary, owner_model, model->params);
    weft_schema_add(schema, "initial", "the initial state", "", initial_table);
    if (initial) {
        snprintf(owner_initial, sizeof owner_initial, "initial state %s", initial->name);
        if (initial->params)
            weft_schema_add(schema, "initial", "", owner_initial, initial->params);
    } else {
        weft_schema_add(schema, "initial", "", "initial state file", initial_file_table);
    }
    weft_schema_add(schema, "time", "time integration", "", time_table);
    if (!stepper->adaptive)
        weft_schema_add(schema, "time", "", owner_stepper, step_table);
    if (stepper->params)
        weft_schema_add(schema, "time", "", owner_stepper, stepper->params);
    weft_schema_add(schema, "observe", "observables, written to series.nc", "", observe_table);
    weft_schema_add(schema, "output", "snapshots, written to fields.nc", "", output_table);
    weft_schema_add(schema, "checkpoint", "checkpoints", "", checkpoint_table);
    weft_schema_add(schema, "ensemble", "replicas and noise", "", ensemble_table);
    weft_schema_add(schema, "fft", "transforms", "", fft_table);
}

/* ---- names that decide the schema ---- */

static const weft_node *child(const weft_document *doc, const char *section, const char *key)
{
    const weft_node *node = weft_document_root(doc);
    if (section && node && weft_node_what(node) == WEFT_NODE_MAP)
        node = weft_node_find(node, section);
    if (!node || weft_node_what(node) != WEFT_NODE_MAP)
        return NULL;
    return weft_node_find(node, key);
}

/* Fail about an unknown word; the message names the nearest candidate, or all of them. */
static weft_status unknown(const weft_node *node, const char *what, const char *text,
                           const char *const *names, int n)
{
    const char *near = weft_nearest(text, names, n);
    if (near)
        return weft_node_fail(node, 0, "unknown %s '%s'; did you mean '%s'?", what, text, near);
    char all[1024] = "";
    for (int i = 0; i < n; i++) {
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", names[i]);
    }
    return weft_node_fail(node, 0, "unknown %s '%s'; there are: %s", what, text, all);
}

static weft_status find_model(weft_input *in)
{
    const char *names[64];
    int n = 0;
    while (n < 64 && weft_models[n]) {
        names[n] = weft_models[n]->name;
        n++;
    }
    const char *text = weft_peek(in->document, NULL, "model");
    if (!text) {
        const weft_node *node = child(in->document, NULL, "model");
        if (node)
            return weft_node_fail(node, 0, "model: expected the name of a model");
        return weft_fail(
            WEFT_INPUT,
            "%s:1: no model is given; add a line 'model: NAME' ('weft models' lists them)",
            in->path);
    }
    in->model = weft_model_find(text);
    if (!in->model)
        return unknown(child(in->document, NULL, "model"), "model", text, names, n);
    return WEFT_OK;
}

static weft_status find_stepper(weft_input *in)
{
    const char *text = weft_peek(in->document, "time", "stepper");
    in->stepper = weft_stepper_find(text ? text : in->model->stepper);
    if (in->stepper)
        return WEFT_OK;
    WEFT_ASSERT(text);
    const char *names[64];
    int n = 0;
    while (n < 64 && weft_steppers[n]) {
        names[n] = weft_steppers[n]->name;
        n++;
    }
    return unknown(child(in->document, "time", "stepper"), "stepper", text, names, n);
}

static weft_status find_initial(weft_input *in)
{
    const char *names[64];
    int n = 0;
    for (const weft_initial *i = in->model->initials; i->name && n < 63; i++)
        names[n++] = i->name;
    names[n++] = "file";
    const char *text = weft_peek(in->document, "initial", "type");
    if (!text)
        return WEFT_OK; /* the check says that it is missing */
    for (const weft_initial *i = in->model->initials; i->name; i++)
        if (strcmp(i->name, text) == 0)
            in->initial = i;
    if (!in->initial && strcmp(text, "file") != 0)
        return unknown(child(in->document, "initial", "type"), "initial state", text, names, n);
    return WEFT_OK;
}

/* ---- checks across sections ---- */

static weft_status read_grid(weft_input *in)
{
    const weft_section *grid = weft_params_section(in->params, "grid");
    in->dim = weft_list_size(grid, "n");
    if (in->dim < 1 || in->dim > 3)
        return weft_param_fail(grid, "n", "%d axes; a grid has 1 to 3", in->dim);
    double sites = 1;
    for (int a = 0; a < in->dim; a++) {
        in->n[a] = weft_get_int_at(grid, "n", a);
        in->length[a] = (double)in->n[a];
        sites *= (double)in->n[a];
    }
    if (sites > 9e15)
        return weft_param_fail(grid, "n", "%.3g points; at most 9e15 can be counted", sites);
    if (in->model->lattice)
        return WEFT_OK;
    int given = weft_list_size(grid, "length");
    if (given != in->dim)
        return weft_param_fail(
            grid, "length", "%d lengths for %d axes; give one for each axis of n", given, in->dim);
    for (int a = 0; a < in->dim; a++)
        in->length[a] = weft_get_real_at(grid, "length", a);
    return WEFT_OK;
}

static bool fits(const weft_stepper *stepper, int families)
{
    return (families & stepper->needs) == stepper->needs && !(families & stepper->refuses);
}

static weft_status check_pair(const weft_input *in)
{
    const weft_section *time = weft_params_section(in->params, "time");
    if (fits(in->stepper, in->plan.families))
        return WEFT_OK;
    char list[512] = "";
    for (int i = 0; weft_steppers[i]; i++)
        if (fits(weft_steppers[i], in->plan.families)) {
            size_t used = strlen(list);
            snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "",
                     weft_steppers[i]->name);
        }
    return weft_param_fail(
        time, "stepper", "the stepper %s does not fit the model %s with these parameters; use: %s",
        in->stepper->name, in->model->name, list);
}

static weft_status check_fields(const weft_input *in)
{
    const weft_section *output = weft_params_section(in->params, "output");
    const char *names[WEFT_MAX_FIELDS];
    for (int i = 0; i < in->plan.n_fields; i++)
        names[i] = in->plan.field[i].name;
    if (!weft_given(output, "fields"))
        return WEFT_OK;
    for (int j = 0; j < weft_list_size(output, "fields"); j++) {
        const char *text = weft_get_text_at(output, "fields", j);
        int found = 0;
        for (int i = 0; i < in->plan.n_fields; i++)
            found += strcmp(names[i], text) == 0;
        if (found)
            continue;
        const char *near = weft_nearest(text, names, in->plan.n_fields);
        return weft_param_fail(output, "fields", "the model %s has no field '%s'%s%s%s",
                               in->model->name, text, near ? "; did you mean '" : "",
                               near ? near : "", near ? "'?" : "");
    }
    return WEFT_OK;
}

static weft_status check_observables(const weft_input *in)
{
    const weft_section *observe = weft_params_section(in->params, "observe");
    if (!weft_given(observe, "list"))
        return WEFT_OK;
    for (int j = 0; j < weft_list_size(observe, "list"); j++) {
        const char *text = weft_get_text_at(observe, "list", j);
        for (int k = 0; k < j; k++)
            if (strcmp(text, weft_get_text_at(observe, "list", k)) == 0)
                return weft_param_fail(observe, "list", "'%s' is listed twice", text);
        const weft_observable *row;
        double argument;
        if (in->model->derived) {
            const weft_derived *d = in->model->derived;
            while (d->name && strcmp(d->name, text) != 0)
                d++;
            if (d->name)
                continue;
        }
        if (weft_observable_find(in->model, text, &row, &argument) != WEFT_OK) {
            char *why = weft_strdup(weft_error_message());
            weft_error_clear();
            weft_status s = weft_param_fail(observe, "list", "%s", why);
            weft_free(why);
            return s;
        }
    }
    return WEFT_OK;
}

static weft_status check_time(const weft_input *in)
{
    const weft_section *time = weft_params_section(in->params, "time");
    if (in->stepper->adaptive)
        return WEFT_OK;
    if (weft_get_word(time, "dt") && !in->model->rates)
        return weft_param_fail(time, "dt", "the model %s cannot choose a step; give a number",
                               in->model->name);
    if (weft_get_bool(time, "error_check") && (in->plan.families & WEFT_HAS_NOISE))
        return weft_param_fail(
            time, "error_check",
            "not for stochastic dynamics: a run at half the step has other noise");
    return WEFT_OK;
}

static weft_status load(weft_input *in, const char *text, int n_overrides,
                        const char *const *overrides)
{
    WEFT_TRY(weft_document_parse(in->path, text, n_overrides, overrides, &in->document));
    WEFT_TRY(find_model(in));
    WEFT_TRY(find_stepper(in));
    WEFT_TRY(find_initial(in));
    weft_schema schema;
    weft_input_schema(in->model, in->stepper, in->initial, &schema);
    WEFT_TRY(weft_check(in->document, &schema, &in->params));
    WEFT_TRY(read_grid(in));
    WEFT_TRY(in->model->plan(in->params, in->dim, in->n, in->length, &in->plan));
    WEFT_TRY(check_pair(in));
    WEFT_TRY(check_time(in));
    WEFT_TRY(check_fields(in));
    return check_observables(in);
}

weft_status weft_input_load(const char *path, const char *text, int n_overrides,
                            const char *const *overrides, weft_input **out)
{
    weft_input *in = weft_alloc(1, sizeof *in);
    in->path = weft_strdup(path);
    weft_status status = load(in, text, n_overrides, overrides);
    if (status != WEFT_OK) {
        weft_input_free(in);
        in = NULL;
    }
    *out = in;
    return status;
}

void weft_input_free(weft_input *in)
{
    if (!in)
        return;
    weft_params_free(in->params);
    weft_document_free(in->document);
    weft_free(in->path);
    weft_free(in);
}
