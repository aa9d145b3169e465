/* The observables of a run: names of observe.list, resolved to rows of the model's table.
 * An observer is one such row with its argument and its place in a record.
 *
 * Invariants. (1) A record is one array of `total` numbers, in which each observer has a
 * fixed place (offset, count); the order is that of the list and therefore the same on all
 * ranks and in a resumed run. (2) A derived quantity is computed from that array alone:
 * first all plain observables, then the parts, then what is derived from them. So it can
 * also be computed from means of records over replicas, which is what a pooled quantity
 * such as <m3>/<m2>^(3/2) means. (3) No two variables of a file have the same name: two
 * formulas that would share one are an error.
 *
 * Observers that are only needed as inputs of a derived one are hidden: computed, but not
 * written. */
#include "parts.h"
#include "weft/memory.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* netCDF allows few characters in names: a parenthesis becomes "_", the point of a decimal
 * number "p", a minus "m", and all else is left out. Different texts may become the same
 * name; `find` and same_name see to that. */
void run_observer_name(const char *written, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = written; *p && n + 1 < size; p++) {
        if (isalnum((unsigned char)*p) || *p == '_')
            out[n++] = *p;
        else if (*p == '.')
            out[n++] = 'p';
        else if (*p == '-')
            out[n++] = 'm';
        else if (*p == '(')
            out[n++] = '_';
    }
    out[n] = '\0';
}

/* The last axis of an observable may stand for species, events or directions: each label
 * then gets a variable of its own. Where labels and parts do not match in number, parts are
 * counted from 1. */
void run_part_name(const char *name, const char *labels, int64_t parts, int64_t part, char *out,
                   size_t size)
{
    int64_t there = labels && *labels ? 1 : 0;
    for (const char *p = labels; p && *p; p++)
        there += *p == ',';
    if (there != parts) {
        snprintf(out, size, "%s_%lld", name, (long long)part + 1);
        return;
    }
    for (; part > 0; part--)
        labels = strchr(labels, ',') + 1;
    labels += strspn(labels, " ");
    snprintf(out, size, "%s_%.*s", name, (int)strcspn(labels, ","), labels);
}

/* The row of a derived quantity; NULL if the model has none of that name. */
static const weft_derived *derived_find(const weft_model *model, const char *name)
{
    for (const weft_derived *d = model->derived; d && d->name; d++)
        if (strcmp(d->name, name) == 0)
            return d;
    return NULL;
}

/* Two formulas may make the same name. */
static weft_status same_name(const run_observer *known, const char *written)
{
    return strcmp(known->written, written) == 0
               ? WEFT_OK
               : weft_fail(WEFT_INPUT,
                           "'%s' and '%s' would both be called %s in the results; give them names "
                           "of their own",
                           known->written, written, known->name);
}

/* The observer of a written name, compared as it will be in files, so that "renyi( 2 )" and
 * "renyi(2)" are one. -1: none. */
static int find(const run_observers *o, const char *written)
{
    char name[64];
    run_observer_name(written, name, sizeof name);
    for (int i = 0; i < o->n; i++)
        if (strcmp(o->item[i].name, name) == 0)
            return i;
    return -1;
}

void run_about(const char *text, int dim, char *out, size_t size)
{
    const char *axes = strstr(text, "x+y+z");
    if (axes)
        snprintf(out, size, "%.*s%.*s%s", (int)(axes - text), text, 2 * dim - 1, axes, axes + 5);
    else
        snprintf(out, size, "%s", text);
}

/* The next place in a record. `shape` fills the axes beyond time; their number of points is
 * the number of values. */
static weft_status add_observable(const weft_input *input, weft_sim *sim, run_observers *o,
                                  const char *written, bool hidden)
{
    run_observer *item = &o->item[o->n];
    WEFT_TRY(
        weft_observable_find(input->model, input->params, written, &item->row, &item->argument));
    if (item->row->check)
        WEFT_TRY(item->row->check(sim, item->argument));
    run_observer_name(written, item->name, sizeof item->name);
    snprintf(item->written, sizeof item->written, "%s", written);
    item->unit = item->row->unit;
    run_about(item->row->long_name, sim->grid->dim, item->about, sizeof item->about);
    item->long_name = item->about;
    item->hidden = hidden;
    item->count = 1;
    if (item->row->shape)
        WEFT_TRY(item->row->shape(sim, item->argument, item->axes));
    while (item->n_axes < WEFT_MAX_SHAPE && item->axes[item->n_axes].name[0])
        item->count *= item->axes[item->n_axes++].n;
    item->offset = o->total;
    o->total += item->count;
    o->n++;
    return WEFT_OK;
}

/* An observer for each label of the last axis of the newest one, which is computed but not
 * written: files hold one variable a species, event or direction. One that was asked for by
 * its own name is the same number and stays. The coordinates of the other axes are copied,
 * since each observer frees its own. */
static weft_status add_parts(run_observers *o)
{
    int whole = o->n - 1;
    run_observer *from = &o->item[whole];
    const weft_axis *last = &from->axes[from->n_axes - 1];
    from->hidden = from->parted = true;
    for (int64_t part = 0; part < last->n; part++) {
        char name[128];
        run_part_name(from->name, last->labels, last->n, part, name, sizeof name);
        if (find(o, name) >= 0)
            continue;
        if (o->n == WEFT_MAX_OBSERVERS || strlen(name) >= sizeof from->name)
            return weft_fail(WEFT_INPUT, "'%s' has too many parts, or names that are too long",
                             from->name);
        run_observer *item = &o->item[o->n++];
        *item = (run_observer){.whole = whole, .part = part, .parts = last->n, .unit = from->unit};
        memcpy(item->name, name, sizeof item->name);
        snprintf(item->about, sizeof item->about, "%s: %s", from->long_name,
                 name + strlen(from->name) + 1);
        item->long_name = item->about;
        memcpy(item->written, name, sizeof item->name);
        item->n_axes = from->n_axes - 1;
        item->count = 1;
        for (int a = 0; a < item->n_axes; a++) {
            item->axes[a] = from->axes[a];
            item->axes[a].values = weft_alloc((size_t)from->axes[a].n, sizeof(double));
            memcpy(item->axes[a].values, from->axes[a].values,
                   (size_t)from->axes[a].n * sizeof(double));
            item->count *= from->axes[a].n;
        }
        item->offset = o->total;
        o->total += item->count;
    }
    return WEFT_OK;
}

/* An entry of the list. One that is there already, only as an input of a derived quantity,
 * is shown from now on, unless it is shown by its parts. */
static weft_status add(const weft_input *input, weft_sim *sim, run_observers *o,
                       const char *written)
{
    int known = find(o, written);
    if (known >= 0) {
        WEFT_TRY(same_name(&o->item[known], written));
        o->item[known].hidden = o->item[known].parted;
        return WEFT_OK;
    }
    const weft_derived *d = derived_find(input->model, written);
    if (o->n + (d ? WEFT_MAX_INPUTS : 0) + 1 > WEFT_MAX_OBSERVERS)
        return weft_fail(WEFT_INPUT,
                         "too many; there can be %d, with those that others are made of",
                         WEFT_MAX_OBSERVERS);
    if (!d) {
        WEFT_TRY(add_observable(input, sim, o, written, false));
        const run_observer *item = &o->item[o->n - 1];
        return item->n_axes && item->axes[item->n_axes - 1].labels ? add_parts(o) : WEFT_OK;
    }
    int inputs[WEFT_MAX_INPUTS] = {0};
    for (int i = 0; i < WEFT_MAX_INPUTS && d->inputs[i]; i++) {
        inputs[i] = find(o, d->inputs[i]);
        if (inputs[i] < 0) {
            inputs[i] = o->n;
            WEFT_TRY(add_observable(input, sim, o, d->inputs[i], true));
        }
    }
    run_observer *item = &o->item[o->n++];
    item->derived = d;
    snprintf(item->name, sizeof item->name, "%s", d->name);
    snprintf(item->written, sizeof item->written, "%s", d->name);
    item->unit = d->unit;
    item->long_name = d->long_name;
    item->count = 1;
    item->offset = o->total++;
    memcpy(item->input, inputs, sizeof inputs);
    return WEFT_OK;
}

/* The list of the plan goes before that of the model's table, and the user's before both.
 * What an entry does not like is blamed on observe.list with its line. */
weft_status run_observers_make(const weft_input *input, weft_sim *sim, run_observers *o)
{
    const weft_section *s = weft_params_section(input->params, "observe");
    const weft_strings list = input->observe->list;
    *o = (run_observers){.item = weft_alloc(WEFT_MAX_OBSERVERS, sizeof(run_observer))};
    weft_status status = WEFT_OK;
    const char *const *name = input->plan.observe[0] ? input->plan.observe : input->model->observe;
    for (; status == WEFT_OK && *name && !list.value; name++)
        status = add(input, sim, o, *name);
    for (int i = 0; status == WEFT_OK && i < list.n; i++)
        status = add(input, sim, o, list.value[i]);
    if (status != WEFT_OK) {
        return weft_param_blame(s, "list");
    }
    const char *invariant = input->plan.open ? NULL : input->model->invariant;
    o->invariant = invariant ? find(o, invariant) : -1;
    return WEFT_OK;
}

void run_observers_free(run_observers *o)
{
    for (int i = 0; i < o->n; i++)
        for (int a = 0; a < o->item[i].n_axes; a++) {
            weft_free(o->item[i].axes[a].values);
            weft_free(o->item[i].axes[a].labels);
        }
    weft_free(o->item);
    *o = (run_observers){0};
}

/* values is a record, or a mean of records: offsets are the same in both. */
double run_observers_derive(const run_observers *o, const run_observer *item, const double *values)
{
    double in[WEFT_MAX_INPUTS] = {0};
    for (int i = 0; i < WEFT_MAX_INPUTS && item->derived->inputs[i]; i++)
        in[i] = values[o->item[item->input[i]].offset];
    return item->derived->value(in);
}

/* Parts are picked out of the whole, whose last axis runs fastest: part p of `parts` is
 * every parts-th number beginning with p. Then the derived ones, which may use parts. */
weft_status run_observers_compute(const run_observers *o, weft_sim *sim, double *values)
{
    if (sim->model->derive)
        WEFT_TRY(sim->model->derive(sim));
    for (int i = 0; i < o->n; i++)
        if (o->item[i].row)
            WEFT_TRY(o->item[i].row->compute(sim, o->item[i].argument, values + o->item[i].offset));
    for (int i = 0; i < o->n; i++) {
        const run_observer *item = &o->item[i];
        const double *whole = values + o->item[item->whole].offset;
        for (int64_t j = 0; item->parts && j < item->count; j++)
            values[item->offset + j] = whole[j * item->parts + item->part];
    }
    for (int i = 0; i < o->n; i++)
        if (o->item[i].derived)
            values[o->item[i].offset] = run_observers_derive(o, &o->item[i], values);
    return WEFT_OK;
}

/* Parts and derived quantities are of states alone. */
weft_status run_observers_move_on(const run_observers *o, weft_sim *sim, double *values)
{
    for (int i = 0; i < o->n; i++)
        if (o->item[i].row && o->item[i].row->of_time)
            WEFT_TRY(o->item[i].row->compute(sim, o->item[i].argument, values + o->item[i].offset));
    return WEFT_OK;
}
