/* Reductions of series to one number: which ones a scan has, and their values at its points.
 *
 * Invariant: a reduction is a function of the stored series and, if the model says so, of
 * parameters that are the same at all points. So it can be computed at any later time, by
 * whoever collects, with the same result (ensemble/reduce.c). */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The list of collect, else that of the base, else that of the model. */
bool scan_records(const weft_scan *s, const char *observable)
{
    const weft_strings list = s->keys->collect.value ? s->keys->collect : s->base->observe->list;
    for (int i = 0; i < list.n; i++)
        if (strcmp(list.value[i], observable) == 0)
            return true;
    return !list.value && weft_names_have(s->base->model->observe, observable);
}

/* The observable must be one that the points have, or will have: of a single number for a
 * general reduction. With `collect`, points.c adds what reductions need; without it the
 * points record what the base lists. */
static weft_status check_observable(const weft_scan *s, const scan_derive *d)
{
    const weft_model *model = s->base->model;
    const weft_observable *row = NULL;
    double argument = 0;
    bool derived = false;
    for (const weft_derived *r = model->derived; r && r->name; r++)
        derived |= strcmp(r->name, d->written) == 0;
    if (!derived)
        WEFT_TRY(weft_observable_find(model, s->base->params, d->written, &row, &argument));
    bool several = row && row->shape && !(row->single && row->single(s->base->params, argument));
    if (several && !d->row->observable)
        return weft_fail(WEFT_INPUT,
                         "%s needs an observable of a single number, and %s has several",
                         d->row->name, d->written);
    if (!s->keys->collect.value && !scan_records(s, d->written))
        return weft_fail(WEFT_INPUT, "%s needs the observable %s; list it under collect",
                         d->row->name, d->written);
    return WEFT_OK;
}

/* Is the parameter of a path one of a list "section.name|section.*"? A deeper path, such as
 * grid.length.0, belongs to the name that it is under; one without a dot is no parameter. */
static bool is_listed(const char *list, const char *path)
{
    const size_t section = strcspn(path, ".") + 1;
    if (!path[section - 1])
        return false;
    const size_t whole = section + strcspn(path + section, ".");
    for (const char *at = list; *at; at += *at == '|') {
        const size_t n = strcspn(at, "|");
        const bool all = n == section + 1 && at[section] == '*';
        if (strncmp(at, path, section) == 0 &&
            (all || (n == whole && strncmp(at, path, whole) == 0)))
            return true;
        at += n;
    }
    return false;
}

/* A reduction that reads parameters gets those of the base: it is refused where an axis varies one
 * of them, since points would then be reduced with wrong ones. */
static weft_status check_parameters(const weft_scan *s, const scan_derive *d)
{
    for (int i = 0; d->row->reduce_in && i < s->n_axes + s->n_tied; i++) {
        const scan_tied *tied = i < s->n_axes ? NULL : &s->tied[i - s->n_axes];
        const char *path = tied ? tied->path : s->axis[i].path;
        if (is_listed(d->row->depends, path))
            return weft_fail(WEFT_INPUT,
                             "%s depends on %s, which is an axis: it would be computed with the "
                             "value of the base at every point",
                             d->row->name, path);
    }
    return WEFT_OK;
}

/* "NAME" of the model's table, or "NAME(observable)", of what the points record. */
static weft_status find_one(const weft_scan *s, const char *text, scan_derive *d)
{
    WEFT_TRY(ens_reduction_read(s->base->model, s->base->params, text, d));
    WEFT_TRY(check_parameters(s, d));
    return check_observable(s, d);
}

/* By the name in scan.nc, which tells reductions apart. */
weft_status scan_derive_add(weft_scan *s, const char *text, int *number)
{
    scan_derive d = {0};
    WEFT_TRY(find_one(s, text, &d));
    for (*number = 0; *number < s->n_derives; ++*number)
        if (strcmp(s->derive[*number].name, d.name) == 0)
            return WEFT_OK;
    if (s->n_derives == SCAN_DERIVES)
        return weft_fail(WEFT_INPUT, "more than %d reductions", SCAN_DERIVES);
    s->derive[s->n_derives++] = d;
    return WEFT_OK;
}

/* The list under derive, in its order, without the word class, which stands for the classes of the
 * model; the base must be loaded. Names stand once, as two variables of one name cannot be in a
 * file. */
weft_status scan_find_derives(weft_scan *s)
{
    const weft_section *root = weft_params_section(s->params, "");
    const weft_strings list = s->keys->derive;
    for (int i = 0; i < list.n; i++) {
        const int before = s->n_derives;
        int number;
        for (int k = 0; k < i; k++)
            if (strcmp(list.value[i], list.value[k]) == 0)
                return weft_param_fail(root, "derive", "'%s' is listed twice", list.value[i]);
        if (strcmp(list.value[i], "class") == 0)
            continue;
        if (scan_derive_add(s, list.value[i], &number) != WEFT_OK)
            return weft_param_blame(root, "derive");
        if (s->n_derives == before)
            return weft_param_fail(root, "derive", "'%s' is listed twice, as '%s'", list.value[i],
                                   list.value[number]);
    }
    return WEFT_OK;
}

/* Layouts have few items: a search by name is enough. */
const ens_outcome_item *scan_outcome_find(const ens_outcome_layout *layout, const char *name)
{
    for (int i = 0; layout && i < layout->n; i++)
        if (strcmp(layout->item[i].name, name) == 0)
            return &layout->item[i];
    return NULL;
}

/* A point of an older version, or of another list of observables, may lack the series: nan. */
double scan_derived_value(const scan_derive *d, const scan_entry *e)
{
    const ens_outcome_item *item = scan_outcome_find(e->layout, d->item);
    if (!item)
        return NAN;
    return ens_reduce(d, e->layout->records, e->layout->times, item->count,
                      item->n_axes > 0 ? item->axis[0].values : NULL, e->values + item->offset);
}

/* Errors were computed with the point, since they need the replicas, which are not kept. A
 * reduction that was added to the scan later has none: nan. */
double scan_derive_error(const char *name, const scan_entry *entry)
{
    for (int i = 0; i < entry->n_derived; i++)
        if (strcmp(entry->derived[i].name, name) == 0)
            return entry->derived[i].error;
    return NAN;
}
