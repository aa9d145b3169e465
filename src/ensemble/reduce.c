/* Reductions of series to one number: those that any observable of a single number has (last, mean,
 * max, ...), and those of the model's own table; and what a model has to say of its classes.
 *
 * Invariant: a reduction is a function of its series alone and, if the model says so, of the
 * parameters. Records that are nan do not count; a reduction that has nothing to say is nan, and
 * never a guess. */
#include "outcome.h"
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

/* The words of scan.nc stand before the name of the observable. */
static const weft_reduction general[] = {
    {.name = "last", .long_name = "last value of", .reduce = last},
    {.name = "mean", .long_name = "mean over the last half of the time of", .reduce = mean},
    {.name = "max", .long_name = "largest value of", .reduce = largest},
    {.name = "min", .long_name = "smallest value of", .reduce = smallest},
    {.name = "peak_omega",
     .unit = "1/time",
     .long_name = "angular frequency of the largest power over the last half of the time of",
     .reduce = peak},
    {.name = "log_slope",
     .unit = "1",
     .long_name = "d ln/d ln t over the last factor 3 in time of",
     .reduce = slope},
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

/* For lists in messages. */
const char *ens_reduction_name(const weft_model *model, int i)
{
    const weft_reduction *own = model->reductions;
    for (; own && own->name; own++)
        if (i-- == 0)
            return own->name;
    return i < (int)(sizeof general / sizeof *general) ? general[i].name : NULL;
}

/* Names of functions of formulas, as min, may be reductions too: the caller looks at arguments. */
bool ens_is_reduction(const weft_model *model, const char *name)
{
    return find(model->reductions, name, strlen(name)) || find(general, name, strlen(name));
}

/* Errors in this part name no place: who reads the list, or a rule, knows it. This one lists what
 * there is, with the nearest name. text: n characters of what was written. */
static weft_status unknown(const weft_model *model, const char *text, size_t n)
{
    const char *names[64];
    char name[64], all[1024];
    int count = 0;
    size_t used = 0;
    while (count < 60 && (names[count] = ens_reduction_name(model, count)))
        count++;
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    all[0] = '\0';
    for (int i = 0; i < count && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s%s", i ? ", " : "", names[i],
                                 find(general, names[i], strlen(names[i])) ? "(NAME)" : "");
    return weft_fail(WEFT_INPUT, "unknown reduction '%s'%s (there are: %s)", name,
                     weft_did_you_mean(name, names, count).text, all);
}

/* A row of the model has its observable; a general one is told it. */
weft_status ens_reduction_read(const weft_model *model, const weft_params *params, const char *text,
                               scan_derive *d)
{
    const char *open = strchr(text, '(');
    size_t n = open ? (size_t)(open - text) : strlen(text), length = strlen(text);
    *d = (scan_derive){.params = params};
    d->row = find(model->reductions, text, n);
    if (!d->row)
        d->row = find(general, text, n);
    if (!d->row)
        return unknown(model, text, n);
    if (d->row->observable && open)
        return weft_fail(WEFT_INPUT, "%s takes no argument", d->row->name);
    if (!d->row->observable && (!open || text[length - 1] != ')' || length - n < 3))
        return weft_fail(WEFT_INPUT, "which observable? Write %s(NAME)", d->row->name);
    if (d->row->observable)
        snprintf(d->written, sizeof d->written, "%s", d->row->observable);
    else
        snprintf(d->written, sizeof d->written, "%.*s", (int)(length - n - 2), open + 1);
    run_observer_name(d->written, d->item, sizeof d->item);
    run_observer_name(text, d->name, sizeof d->name);
    return WEFT_OK;
}

/* ---- what they are for ---- */

/* A row has one of the three functions. */
double ens_reduce(const scan_derive *d, int64_t n, const double *time, int64_t count,
                  const double *axis, const double *values)
{
    if (d->row->reduce_along)
        return axis ? d->row->reduce_along(axis, n, time, count, values) : NAN;
    return d->row->reduce_in ? d->row->reduce_in(d->params, n, time, count, values)
                             : d->row->reduce(n, time, count, values);
}

/* One text for scans and for series.nc, so that both have the same rules. */
char *ens_class_rule(const weft_class *c, bool recorded)
{
    return recorded && c->further ? weft_format("%s and %s", c->rule, c->further)
                                  : weft_strdup(c->rule);
}
