/* Reductions of what an ensemble recorded, with the errors that its blocks give them, and the
 * evidence for the classes of its model in series.nc.
 *
 * Invariant: the class of a run is made of the same numbers and rules as that of a point of a scan:
 * reductions of the means over replicas, their jackknife errors, and the texts of the model's
 * table. Readers of series.nc need neither the replicas nor a table of their own. */
#include "ensemble.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <math.h>

/* By the name in files; NULL if there is none. */
const run_observer *ens_observer(const ens_ensemble *e, const char *name)
{
    const run_observers *o = &e->member->observers;
    for (int i = 0; i < o->n; i++)
        if (strcmp(o->item[i].name, name) == 0)
            return &o->item[i];
    return NULL;
}

double *ens_times(const ens_ensemble *e)
{
    const run_member *m = e->member;
    double *times = weft_alloc((size_t)e->records, sizeof *times);
    for (int64_t t = 0; t < e->records; t++)
        times[t] = run_calendar_time(&m->observe, m->observe.first + t, m->timing.dt);
    return times;
}

/* Observables with an axis hand it to the reduction: that of their first one. */
static double reduce(const scan_derive *d, const run_observer *item, int64_t records,
                     const double *times, const double *series)
{
    return ens_reduce(d, records, times, item->count,
                      item->n_axes > 0 ? item->axes[0].values : NULL, series);
}

/* A reduction of the series without one block after the other, of which its jackknife error is
 * made: as many numbers as there are blocks with replicas (others are means of nothing). nan where
 * the block means of the observer were not kept. */
void ens_leave_out(const ens_ensemble *e, const scan_derive *d, const double *times, double *to)
{
    const run_observer *item = ens_observer(e, d->item);
    const bool kept = item && ens_keeps(e, item);
    double *series = weft_alloc(kept ? (size_t)(e->records * item->count) : 1, sizeof *series);
    for (int b = 0; b < e->blocks; b++) {
        if (e->counted[b] == 0)
            continue;
        for (int64_t t = 0; kept && t < e->records; t++)
            ens_left_out(e, item, t, b, series + t * item->count);
        *to++ = kept ? reduce(d, item, e->records, times, series) : NAN;
    }
    weft_free(series);
}

/* Those of the model whose observables are recorded. */
int ens_evidence(const ens_ensemble *e, scan_derive *out)
{
    const weft_model *model = e->input->model;
    int n = 0;
    for (int i = 0; model->evidence && model->evidence[i]; i++) {
        WEFT_ASSERT(n < ENS_EVIDENCE);
        const weft_status status =
            ens_reduction_read(model, e->input->params, model->evidence[i], &out[n]);
        WEFT_ASSERT(status == WEFT_OK);
        n += ens_observer(e, out[n].item) != NULL;
    }
    return n;
}

/* ---- series.nc ---- */

/* The value of a reduction, and its error, as a line "NAME VALUE ERROR". */
static void add_line(ens_bytes *to, const char *name, double value, double error)
{
    char *line = weft_format("%s%s %.17g %.17g", to->n ? "\n" : "", name, value, error);
    ens_bytes_add(to, line, strlen(line));
    weft_free(line);
}

/* series: (record, number) of the means. */
static void reduce_means(const ens_ensemble *e, const scan_derive *d, const double *times,
                         ens_bytes *to)
{
    const run_observer *item = ens_observer(e, d->item);
    const int64_t count = item->count;
    double *series = weft_alloc((size_t)(e->records * count), sizeof *series);
    double *errors = weft_alloc((size_t)count, sizeof *errors);
    double *left = weft_alloc((size_t)e->blocks, sizeof *left);
    int n = 0;
    for (int64_t t = 0; t < e->records; t++)
        ens_record(e, item, t, series + t * count, errors, left);
    const double value = reduce(d, item, e->records, times, series);
    for (int b = 0; b < e->blocks; b++)
        n += e->counted[b] > 0;
    ens_leave_out(e, d, times, left);
    add_line(to, d->name, value, ens_jackknife_error(left, n));
    weft_free(series);
    weft_free(errors);
    weft_free(left);
}

/* The constants of the model are exact. */
static void add_constants(const ens_ensemble *e, ens_bytes *to)
{
    const weft_model *model = e->input->model;
    double value[WEFT_MAX_CONSTANTS];
    if (!model->constants)
        return;
    model->constants_of(e->input->params, value);
    for (int i = 0; model->constants[i].name; i++)
        add_line(to, model->constants[i].name, value[i], 0);
}

/* "class: rule" a line. */
static weft_status write_rules(ens_ensemble *e)
{
    const weft_input *in = e->input;
    const weft_class *c = in->model->classes(in->params, in->dim);
    ens_bytes lines = {0};
    for (; c && c->name; c++) {
        char *rule = ens_class_rule(c, c->observable && ens_observer(e, c->observable));
        char *line = weft_format("%s%s: %s", lines.n ? "\n" : "", c->name, rule);
        ens_bytes_add(&lines, line, strlen(line));
        weft_free(line);
        weft_free(rule);
    }
    ens_bytes_add(&lines, "", 1);
    const weft_status status = weft_file_set_text(e->series, NULL, "class_rules", lines.data);
    ens_bytes_free(&lines);
    return status;
}

/* At the end of the ensemble alone: before, the means are those of the replicas that happen to be
 * done. A model without classes has nothing to write. */
weft_status ens_write_evidence(ens_ensemble *e)
{
    ens_bytes lines = {0};
    double *times = ens_times(e);
    if (e->input->model->classes) {
        for (int i = 0; i < e->n_derives; i++)
            reduce_means(e, &e->derive[i], times, &lines);
        add_constants(e, &lines);
    }
    weft_free(times);
    if (!lines.n)
        return WEFT_OK;
    ens_bytes_add(&lines, "", 1);
    const weft_status status = weft_file_set_text(e->series, NULL, "class_evidence", lines.data);
    ens_bytes_free(&lines);
    return status == WEFT_OK ? write_rules(e) : status;
}
