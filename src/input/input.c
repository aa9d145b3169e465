/* From the text of an input to checked parameters, a model and a stepper that fit each other.
 *
 * The schema of an input (which keys it may have) depends on names in the input itself: on the
 * model, on the stepper and on the type of the initial state. So the document is first parsed
 * without a schema, these three names are looked up in it, and then everything is checked against
 * the schema that they make. If the input names no stepper, the model's default steppers are tried
 * in their order.
 *
 * Invariants: (1) Everything here is local and a function of path, text and overrides alone: each
 * rank that has the text comes to the same input or to the same error, without a message. (2) A
 * failed load leaves nothing behind; the recorded error is the first one, at its line. (3) The
 * values in `in->time`, `in->step`, ... belong to in->params and are fetched again whenever params
 * is made anew.
 *
 * The way of an input:
 *
 *       text ---- parse ----> document (tree of nodes, overrides put in)
 *                                 |  names of model, stepper, initial state
 *                                 v
 *       tables of all that was chosen = schema
 *                                 |  weft_check
 *                                 v
 *       parameters (checked values, structs of the tables)
 *                                 |  read_grid, model->plan, initial->check
 *                                 v
 *       plan (fields, families of right-hand sides, need of transforms)
 *                                 |  does the stepper fit? times, fields, observables
 *                                 v
 *       weft_input, which everything else only reads */
#include "kind.h"
#include "pair.h"
#include "schema.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- names that decide the schema ---- */

/* The node of a key in a section (NULL: at the top of the document); NULL if there is none. */
static const weft_node *child(const weft_document *doc, const char *section, const char *key)
{
    const weft_node *node = weft_document_root(doc);
    if (section && node && weft_node_what(node) == WEFT_NODE_MAP)
        node = weft_node_find(node, section);
    if (!node || weft_node_what(node) != WEFT_NODE_MAP)
        return NULL;
    return weft_node_find(node, key);
}

/* "a, b, c" into out; a list that is too long is cut. */
static void list_names(const char *const *names, int n, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", names[i]);
}

/* Fail about an unknown word; the message names the nearest candidate, or all of them. */
static weft_status unknown(const weft_node *node, const char *what, const char *text,
                           const char *const *names, int n)
{
    return weft_node_fail(node, 0, "unknown %s '%s'%s", what, text,
                          weft_near_or_all(text, names, n).text);
}

/* Finds in->model by its name, or fails with what the user most likely meant: a scan file given as
 * an input, a misspelt name, no model at all. */
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
            return weft_node_fail(node, 0,
                                  "expected the name of a model ('weft models' lists them)");
        WEFT_TRY(input_expect(INPUT_OF_RUN, in->document, in->path));
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

/* Finds the stepper that the input names; in->stepper stays NULL if it names none. */
static weft_status find_stepper(weft_input *in)
{
    const char *names[64], *text = weft_peek(in->document, "time", "stepper");
    int n = 0;
    if (!text)
        return WEFT_OK;
    in->stepper = weft_stepper_find(text);
    if (in->stepper && in->stepper->missing)
        return weft_node_fail(child(in->document, "time", "stepper"), 0, "%s needs %s", text,
                              in->stepper->missing);
    if (in->stepper)
        return WEFT_OK;
    while (n < 64 && weft_steppers[n]) {
        names[n] = weft_steppers[n]->name;
        n++;
    }
    return unknown(child(in->document, "time", "stepper"), "stepper", text, names, n);
}

/* Finds the initial state that the input names; in->initial stays NULL for type file, which every
 * model has. A section that is missing altogether is left to the check, which says so. */
static weft_status find_initial(weft_input *in)
{
    const char *names[64], *text = weft_peek(in->document, "initial", "type");
    const weft_node *section = child(in->document, NULL, "initial");
    const weft_node *node = child(in->document, "initial", "type");
    int n = 0;
    for (const weft_initial *i = in->model->initials; i && i->name && n < 63; i++) {
        names[n++] = i->name;
        if (text && strcmp(i->name, text) == 0)
            in->initial = i;
    }
    names[n++] = input_initial_file.name;
    if (in->initial || !section || (text && strcmp(text, input_initial_file.name) == 0))
        return WEFT_OK; /* the check says that the section is missing */
    if (text)
        return unknown(node, "initial state", text, names, n);
    char all[1024];
    list_names(names, n, all, sizeof all);
    return node ? weft_node_fail(node, 0, "expected one of: %s", all)
                : weft_node_fail(section, 0, "the key 'type' is missing; it is one of: %s", all);
}

/* Some initial states take formulas for any names (weft_any_keys). For them a table is made of the
 * keys that are written, so that the check knows them; it belongs to the input, as the names in it
 * belong to the document. */
static void open_initial(weft_input *in)
{
    const weft_node *section = child(in->document, NULL, "initial");
    if (!in->initial || in->initial->params != weft_any_keys || !section ||
        weft_node_what(section) != WEFT_NODE_MAP)
        return;
    in->open_table = weft_alloc((size_t)weft_node_count(section) + 1, sizeof *in->open_table);
    int n = 0;
    for (int i = 0; i < weft_node_count(section); i++)
        if (strcmp(weft_node_key(section, i), "type") != 0)
            in->open_table[n++] = (weft_param){.name = weft_node_key(section, i),
                                               .type = WEFT_TREE,
                                               .standard = "",
                                               .help = "formula"};
    in->open_initial = *in->initial;
    in->open_initial.params = in->open_table;
    in->initial = &in->open_initial;
}

/* ---- checks across sections ---- */

/* Numbers of points and lengths. A lattice has no lengths: its spacing is 1, so the length is n.
 * The bound 9e15 is about 2^53: numbers of points stay exact in doubles. */
static weft_status read_grid(weft_input *in)
{
    const weft_section *grid = weft_params_section(in->params, "grid");
    const weft_grid_keys *keys = input_grid(in);
    in->dim = keys->n.n;
    if (in->dim < 1 || in->dim > 3)
        return weft_param_fail(grid, "n", "%d axes; a grid has 1 to 3", in->dim);
    double sites = 1;
    for (int a = 0; a < in->dim; a++) {
        in->n[a] = keys->n.value[a];
        in->length[a] = (double)in->n[a];
        sites *= (double)in->n[a];
    }
    if (sites > 9e15)
        return weft_param_fail(grid, "n", "%.3g points; at most 9e15 can be counted", sites);
    if (in->model->lattice)
        return WEFT_OK;
    const weft_reals length = input_length(in)->length;
    if (length.n != in->dim)
        return weft_param_fail(grid, "length",
                               "%d lengths for %d axes; give one for each axis of n%s", length.n,
                               in->dim, weft_comma_hint(grid, "length").text);
    for (int a = 0; a < in->dim; a++)
        in->length[a] = length.value[a];
    return WEFT_OK;
}

/* output.fields: each name once, each a field of the plan, and only where snapshots are due. */
static weft_status check_fields(const weft_input *in)
{
    const weft_section *output = weft_params_section(in->params, "output");
    const weft_strings list = in->output->fields;
    const char *names[WEFT_MAX_FIELDS];
    for (int i = 0; i < in->plan.n_fields; i++)
        names[i] = in->plan.field[i].name;
    if (!list.value)
        return WEFT_OK;
    if (!weft_scheduled(in->output->fields_every))
        return weft_param_fail(output, "fields",
                               "no snapshot is due; add output.fields_every, the time between two");
    for (int j = 0; j < list.n; j++) {
        const char *text = list.value[j];
        int found = 0;
        for (int k = 0; k < j; k++)
            if (strcmp(text, list.value[k]) == 0)
                return weft_param_fail(output, "fields", "'%s' is listed twice", text);
        for (int i = 0; i < in->plan.n_fields; i++)
            found += strcmp(names[i], text) == 0;
        if (found)
            continue;
        char all[256];
        const weft_hint near = weft_did_you_mean(text, names, in->plan.n_fields);
        list_names(names, in->plan.n_fields, all, sizeof all);
        return weft_param_fail(output, "fields", "the model %s has no field '%s'%s%s",
                               in->model->name, text,
                               *near.text ? near.text : "; its fields: ", *near.text ? "" : all);
    }
    return WEFT_OK;
}

/* observe.list: each name once; a name may be a quantity that the run derives (in model->derived)
 * or an observable of the model, with an argument in brackets. */
static weft_status check_observables(const weft_input *in)
{
    const weft_section *observe = weft_params_section(in->params, "observe");
    const weft_strings list = in->observe->list;
    for (int j = 0; j < list.n; j++) {
        const char *text = list.value[j];
        for (int k = 0; k < j; k++)
            if (strcmp(text, list.value[k]) == 0)
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
        if (weft_observable_find(in->model, in->params, text, &row, &argument) != WEFT_OK) {
            return weft_param_blame(observe, "list");
        }
    }
    return WEFT_OK;
}

/* Steppers that choose their own steps have no key dt. */
static weft_status check_time(const weft_input *in)
{
    const weft_section *time = weft_params_section(in->params, "time");
    if (in->stepper->adaptive)
        return WEFT_OK;
    if (isnan(in->step->dt) && !in->model->rates)
        return weft_param_fail(time, "dt", "the model %s cannot choose a step; give a number",
                               in->model->name);
    /* additive noise follows one path at both steps; thermostats and stochastic updates do not */
    const int random = in->plan.families & (WEFT_HAS_HEAT | WEFT_HAS_SWEEP | WEFT_HAS_MEMORY);
    if (in->step->error_check && random)
        return weft_param_fail(
            time, "error_check",
            "not for thermostats, stochastic site updates and noise with memory: a run "
            "at half the step has other noise");
    return WEFT_OK;
}

/* The plan of the model and of the initial state, whose own check comes last. */
static weft_status make_plan(weft_input *in)
{
    const weft_initial *initial = in->initial;
    in->plan = (weft_plan){0};
    WEFT_TRY(in->model->plan(in->params, in->dim, in->n, in->length, &in->plan));
    in->plan.fft |= initial && initial->fft;
    return initial && initial->check
               ? initial->check(in->params, in->dim, in->n, in->length, &in->plan)
               : WEFT_OK;
}

/* Check the input with a stepper, and make the plan. Frees the parameters of an earlier try first:
 * their values go with them. */
static weft_status plan_with(weft_input *in, const weft_stepper *stepper)
{
    weft_schema schema;
    in->stepper = stepper;
    weft_params_free(in->params);
    in->params = NULL;
    weft_input_schema(in->model, stepper, in->initial ? in->initial : &input_initial_file, &schema);
    WEFT_TRY(weft_check(in->document, &schema, &in->params));
    input_values(in);
    WEFT_TRY(read_grid(in));
    return make_plan(in);
}

/* A plan with a stepper, and whether the two fit. */
static weft_status plan_pair(weft_input *in, const weft_stepper *candidate)
{
    WEFT_TRY(plan_with(in, candidate));
    return input_check_pair(in);
}

/* Without a stepper in the input: the first of the model's default steppers that can be used with
 * the keys that are given, and fits the plan. If there is none, the first error counts. The chosen
 * name is written into the parameters, so that the input that is saved runs again with the same
 * stepper even if the defaults change. */
static weft_status plan_with_default(weft_input *in)
{
    const weft_stepper *candidate;
    for (int i = 0; (candidate = input_default_stepper(in->model, i)); i++) {
        if (plan_pair(in, candidate) == WEFT_OK) {
            weft_params_settle(in->params, "time", "stepper", in->stepper->name);
            return WEFT_OK;
        }
        weft_error_clear();
    }
    WEFT_ASSERT(in->stepper); /* a model names steppers that exist */
    return plan_pair(in, input_default_stepper(in->model, 0));
}

/* The order matters: each line uses what the lines before it have found. */
static weft_status load(weft_input *in, const char *text, int n_overrides,
                        const char *const *overrides)
{
    WEFT_TRY(weft_document_parse(in->path, text, n_overrides, overrides, &in->document));
    WEFT_TRY(find_model(in));
    WEFT_TRY(find_stepper(in));
    WEFT_TRY(find_initial(in));
    open_initial(in);
    if (in->stepper) {
        WEFT_TRY(plan_with(in, in->stepper));
        WEFT_TRY(input_check_pair(in));
    } else {
        WEFT_TRY(plan_with_default(in));
    }
    WEFT_TRY(check_time(in));
    WEFT_TRY(check_fields(in));
    return check_observables(in);
}

/* Do the keys that are written rule a stepper out? An adaptive one has none of a fixed step. */
static bool keys_rule_out(const weft_input *in, const weft_stepper *candidate)
{
    const weft_section *time = weft_params_section(in->params, "time");
    return candidate->adaptive && !in->stepper->adaptive &&
           (weft_is_written(time, "dt") || weft_is_written(time, "refine") ||
            weft_is_written(time, "error_check"));
}

/* Whether the default stepper would be chosen again for the plan as it is now. It may say no where
 * the answer is yes (not all keys are looked at), which costs a load from the text; it never says
 * yes where the answer is no. */
static bool same_default(const weft_input *in)
{
    const weft_stepper *candidate;
    for (int i = 0; (candidate = input_default_stepper(in->model, i)); i++)
        if (candidate == in->stepper ||
            (input_fits(candidate, in->plan.families) && !keys_rule_out(in, candidate)))
            return candidate == in->stepper;
    return false;
}

/* Used by scans, where thousands of inputs differ by one number each. Every check that a load makes
 * after the schema is made here too. Where the answer is no, the input may be changed in part: the
 * caller must load it anew. */
bool weft_input_vary(weft_input *in, int n, const char *const *sections, const char *const *names,
                     const char *const *texts)
{
    for (int i = 0; i < n; i++)
        if (!weft_params_vary(in->params, sections[i], names[i], texts[i]))
            return false;
    weft_status status = read_grid(in);
    if (status == WEFT_OK)
        status = make_plan(in);
    if (status == WEFT_OK)
        status = input_check_pair(in);
    if (status == WEFT_OK && !weft_is_written(weft_params_section(in->params, "time"), "stepper") &&
        !same_default(in))
        status = WEFT_INPUT;
    if (status == WEFT_OK)
        status = check_time(in);
    if (status == WEFT_OK)
        status = check_fields(in);
    if (status == WEFT_OK)
        status = check_observables(in);
    if (status != WEFT_OK)
        weft_error_clear();
    return status == WEFT_OK;
}

/* Until the end `in` is filled step by step; weft_input_free copes with what is not there yet. */
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
    weft_free(in->open_table);
    weft_free(in->path);
    weft_free(in);
}
