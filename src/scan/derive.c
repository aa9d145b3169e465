/* Reductions of series to one number, for scans: those that any observable of a single
 * number has (last, mean, max, ...), and those of the model's own table.
 *
 * Invariant: a reduction is a function of the stored series and, if the model says so, of
 * parameters that are the same at all points. So it can be computed at any later time, by
 * whoever collects, with the same result. Records that are nan do not count; a reduction
 * that has nothing to say is nan, and never a guess. */
#include "internal.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <math.h>
#include <string.h>

/* ---- those of any series of one number ---- */

/* The last record that is a number. All reductions get n records of count numbers at times
 * t; the general ones only know count = 1. */
static double last(int64_t n, const double *t, int64_t count, const double *x)
{
    (void)t;
    (void)count;
    while (n > 0 && isnan(x[n - 1]))
        n--;
    return n > 0 ? x[n - 1] : NAN;
}

/* nan if all records are: comparisons with nan are false, so that others never replace a
 * number by it. */
static double largest(int64_t n, const double *t, int64_t count, const double *x)
{
    (void)t;
    (void)count;
    double most = NAN;
    for (int64_t i = 0; i < n; i++)
        most = isnan(most) || x[i] > most ? x[i] : most;
    return most;
}

/* nan does not count unless there is nothing else; comparisons with nan are false. */
static double smallest(int64_t n, const double *t, int64_t count, const double *x)
{
    (void)t;
    (void)count;
    double least = NAN;
    for (int64_t i = 0; i < n; i++)
        least = isnan(least) || x[i] < least ? x[i] : least;
    return least;
}

/* Over the last half of the time: the first half is taken for the approach to the
 * stationary state. */
static double mean(int64_t n, const double *t, int64_t count, const double *x)
{
    (void)count;
    return weft_series_late_mean(n, t, x, 0.5);
}

/* Over the last factor 3 in time. */
static double slope(int64_t n, const double *t, int64_t count, const double *x)
{
    (void)count;
    return weft_series_log_slope(n, t, x, 3);
}

/* Over the last half of the time; the records must be equidistant. */
static double peak(int64_t n, const double *t, int64_t count, const double *x)
{
    (void)count;
    return weft_series_peak_omega(n, t, x, 0.5);
}

/* Names, units (NULL: that of the observable), and words for scan.nc, before the name of
 * the observable. */
static const weft_reduction general[] = {
    {"last", NULL, "last value of", NULL, last, NULL},
    {"mean", NULL, "mean over the last half of the time of", NULL, mean, NULL},
    {"max", NULL, "largest value of", NULL, largest, NULL},
    {"min", NULL, "smallest value of", NULL, smallest, NULL},
    {"peak_omega", "1/time",
     "angular frequency of the largest power over the last half of the time of", NULL, peak, NULL},
    {"log_slope", "1", "d ln/d ln t over the last factor 3 in time of", NULL, slope, NULL},
    {0}};

/* ---- finding them ---- */

/* The row of a name that is given by its first n characters; NULL if the table has none. */
static const weft_reduction *find(const weft_reduction *table, const char *name, size_t n)
{
    for (; table && table->name; table++)
        if (strlen(table->name) == n && strncmp(table->name, name, n) == 0)
            return table;
    return NULL;
}

/* Reduction number i that this scan can have, the model's own first; NULL behind the last. */
const char *scan_reduction_name(const weft_scan *s, int i)
{
    const weft_reduction *own = s->base->model->reductions;
    for (; own && own->name; own++)
        if (i-- == 0)
            return own->name;
    return i < (int)(sizeof general / sizeof *general) ? general[i].name : NULL;
}

bool scan_is_reduction(const weft_scan *s, const char *name)
{
    return find(s->base->model->reductions, name, strlen(name)) ||
           find(general, name, strlen(name));
}

/* Errors in this part name no place: who reads the list, or a rule, knows it. This one lists what
 * there is, with the nearest name. text: n characters of what was written. */
static weft_status unknown(const weft_scan *s, const char *text, size_t n)
{
    const char *names[64];
    char name[64], all[1024];
    int count = 0;
    size_t used = 0;
    while (count < 60 && (names[count] = scan_reduction_name(s, count)))
        count++;
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    all[0] = '\0';
    for (int i = 0; i < count && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s%s", i ? ", " : "", names[i],
                                 find(general, names[i], strlen(names[i])) ? "(NAME)" : "");
    return weft_fail(WEFT_INPUT, "unknown reduction '%s'%s (there are: %s)", name,
                     weft_did_you_mean(name, names, count).text, all);
}

/* The observable must be one that the points have, or will have: of a single number for a
 * general reduction. With `collect`, points.c adds what reductions need; without it the
 * points record what the base lists. */
static weft_status check_observable(const weft_scan *s, const scan_derive *d)
{
    const weft_strings list = s->base->observe->list;
    const weft_model *model = s->base->model;
    const weft_observable *row = NULL;
    double argument;
    bool derived = false, there = s->keys->collect.value, listed = list.value != NULL;
    for (const weft_derived *r = model->derived; r && r->name; r++)
        derived |= strcmp(r->name, d->written) == 0;
    if (!derived)
        WEFT_TRY(weft_observable_find(model, s->base->params, d->written, &row, &argument));
    if (row && row->shape && !d->row->observable)
        return weft_fail(WEFT_INPUT,
                         "%s needs an observable of a single number, and %s has several",
                         d->row->name, d->written);
    for (int i = 0; !there && i < list.n; i++)
        there = strcmp(list.value[i], d->written) == 0;
    if (!there && !listed)
        there = weft_names_have(model->observe, d->written);
    if (!there)
        return weft_fail(WEFT_INPUT, "%s needs the observable %s; list it under collect",
                         d->row->name, d->written);
    return WEFT_OK;
}

/* A reduction that reads parameters gets those of the base: it is refused where an axis varies the
 * box, on which it depends, since points would then be reduced with wrong ones. */
static weft_status check_box(const weft_scan *s, const scan_derive *d)
{
    for (int i = 0; d->row->reduce_in && i < s->n_axes + s->n_tied; i++) {
        const scan_tied *tied = i < s->n_axes ? NULL : &s->tied[i - s->n_axes];
        const char *section = tied ? tied->section : s->axis[i].section;
        const char *name = tied ? tied->name : s->axis[i].name;
        if (strcmp(section, "grid") == 0 || strcmp(name, "sponge_width") == 0 ||
            strcmp(name, "boundary") == 0)
            return weft_fail(WEFT_INPUT, "%s depends on the box, which the axis %s varies",
                             d->row->name, tied ? tied->path : s->axis[i].path);
    }
    return WEFT_OK;
}

/* "NAME" of the model's table, or "NAME(observable)". */
static weft_status find_one(const weft_scan *s, const char *text, scan_derive *d)
{
    const char *open = strchr(text, '(');
    size_t n = open ? (size_t)(open - text) : strlen(text), length = strlen(text);
    d->row = find(s->base->model->reductions, text, n);
    if (!d->row)
        d->row = find(general, text, n);
    if (!d->row)
        return unknown(s, text, n);
    if (d->row->observable && open)
        return weft_fail(WEFT_INPUT, "%s takes no argument", d->row->name);
    if (!d->row->observable && (!open || text[length - 1] != ')' || length - n < 3))
        return weft_fail(WEFT_INPUT, "which observable? Write %s(NAME)", d->row->name);
    d->params = s->base->params;
    WEFT_TRY(check_box(s, d));
    if (d->row->observable)
        snprintf(d->written, sizeof d->written, "%s", d->row->observable);
    else
        snprintf(d->written, sizeof d->written, "%.*s", (int)(length - n - 2), open + 1);
    run_observer_name(d->written, d->item, sizeof d->item);
    run_observer_name(text, d->name, sizeof d->name);
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
                      e->values + item->offset);
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
