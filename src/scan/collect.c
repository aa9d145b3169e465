/* scan.nc: the results of all points as one data set over the axes of the scan.
 *
 * The points fill a rectangular array whose dimensions are the axes (zipped axes share
 * one). Axes of numbers are sorted by value, so that a refined or extended scan is in
 * order. Cells that are no points (a refined scan is not rectangular) are nan, with status
 * 4.
 *
 * Points may differ in what they have: observables, numbers of records, lengths of axes.
 * The file has the union; what a point does not have is nan. This needs a survey of all
 * layouts before the first variable is defined.
 *
 * Invariant: scan.nc is whole at every moment. It is written under a name of this process
 * and renamed, so that several may collect at a time, also while the scan runs; the newest
 * rename wins. */
#include "collect.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/provenance.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what there is ---- */

/* Note an observer of a layout: a new variable, or a known one whose axes may be longer
 * here or differ. */
static void add_item(collection *c, const ens_outcome_item *item)
{
    int v = 0;
    while (v < c->n && strcmp(c->variable[v].first->name, item->name) != 0)
        v++;
    collect_variable *known = c->variable + v;
    if (v == c->n) {
        if (c->n == c->room) {
            c->room = c->room ? 2 * c->room : 64;
            c->variable =
                weft_grow(c->variable, (size_t)c->n, (size_t)c->room, sizeof *c->variable);
        }
        known = &c->variable[v];
        *known = (collect_variable){.first = item, .same = {true, true}};
        c->n++;
    }
    for (int a = 0; a < item->n_axes; a++) {
        known->same[a] &= scan_collect_same_axis(&known->first->axis[a], &item->axis[a]);
        if (item->axis[a].n > known->extent[a])
            known->extent[a] = item->axis[a].n;
    }
}

/* What all results have in common. Neighbouring points mostly share their layout, and
 * layouts are unique objects (results.c), so that comparing pointers saves most of the
 * work. */
static void survey(collection *c)
{
    const weft_scan *s = c->scan;
    const ens_outcome_layout *last = NULL;
    c->same_times = true;
    for (int64_t i = 0; i < s->n; i++) {
        const scan_entry *e = scan_results_find(c->results, s->point[i].id);
        c->entry[i] = e;
        if (!e || e->state != SCAN_DONE || e->layout == last)
            continue;
        const ens_outcome_layout *l = last = e->layout;
        c->layout = c->layout ? c->layout : l;
        c->errors |= l->errors;
        c->records = l->records > c->records ? l->records : c->records;
        c->same_times &=
            l->records == c->layout->records &&
            memcmp(l->times, c->layout->times, (size_t)l->records * sizeof(double)) == 0;
        for (int k = 0; k < l->n; k++)
            add_item(c, &l->item[k]);
    }
}

/* The cell of each point: its index in the array with the last dimension running fastest.
 * Along each dimension values stand in the order of their size, not of their indices, which
 * follow the history of the scan. */
static void place_points(collection *c)
{
    const weft_scan *s = c->scan;
    c->cells = 1;
    for (int d = 0; d < s->n_dims; d++) {
        int *order = scan_value_order(s, d);
        c->place[d] = weft_alloc((size_t)s->dim_size[d], sizeof(int));
        for (int i = 0; i < s->dim_size[d]; i++)
            c->place[d][order[i]] = i;
        weft_free(order);
        c->cells *= s->dim_size[d];
    }
    c->cell = weft_alloc((size_t)s->n, sizeof *c->cell);
    for (int64_t i = 0; i < s->n; i++)
        for (int d = 0; d < s->n_dims; d++)
            c->cell[i] = c->cell[i] * s->dim_size[d] + c->place[d][s->point[i].index[d]];
}

/* ---- attributes ---- */

/* "point: message" lines of the points that failed, as far as 30 kB hold them; a new
 * string. */
static char *failures(const collection *c)
{
    ens_bytes b = {0};
    char point[512];
    for (int64_t i = 0; i < c->scan->n; i++) {
        if (!c->entry[i] || c->entry[i]->state != SCAN_FAILED || b.n > 30000)
            continue;
        scan_describe(c->scan, &c->scan->point[i], point, sizeof point);
        char *line =
            weft_format("%s: %s\n", point, c->entry[i]->message ? c->entry[i]->message : "");
        ens_bytes_add(&b, line, strlen(line));
        weft_free(line);
    }
    ens_bytes_add(&b, "", 1);
    char *text = weft_strdup(b.data);
    ens_bytes_free(&b);
    return text;
}

/* The names of the axes, or of the reductions, separated by blanks; a new string. Readers
 * of scan.nc find by these attributes what a variable is. */
static char *names_of(const collection *c, bool derives)
{
    ens_bytes b = {0};
    int n = derives ? c->scan->n_derives : c->scan->n_dims;
    for (int i = 0; i < n; i++) {
        const char *name = derives ? c->scan->derive[i].name : c->dim_name[i];
        ens_bytes_add(&b, " ", i ? 1 : 0);
        ens_bytes_add(&b, name, strlen(name));
    }
    ens_bytes_add(&b, "", 1);
    char *text = weft_strdup(b.data);
    ens_bytes_free(&b);
    return text;
}

/* Points of several versions, or states of the sources, may differ in their last bits or in more:
 * they are collected, but never without a word. makers: lines "weft VERSION (GIT) on HOST, ...", of
 * which only what stands before the host counts; nodes of many names are one version. */
static void warn_of_versions(const char *makers)
{
    const char *host = strstr(makers, " on ");
    const size_t n = host ? (size_t)(host - makers) + 4 : 0;
    const char *line = strchr(makers, '\n');
    for (; host && line && line[1]; line = strchr(line + 1, '\n'))
        if (strncmp(line + 1, makers, n) != 0) {
            weft_warn("the points of this scan were not all computed by the same weft: %.*s, and "
                      "%.*s; the attribute computed_by of scan.nc names all",
                      (int)n - 4, makers, (int)strcspn(line + 1, "\n"), line + 1);
            return;
        }
}

/* All attributes. The texts of scan and base are in the file, so that it can be repeated
 * from it alone. */
static weft_status set_all(collection *c, const char *command, bool complete)
{
    weft_provenance p;
    char libraries[512];
    weft_provenance_now(&p);
    weft_libraries(libraries, sizeof libraries);
    char *title = weft_format("%s: scan", c->scan->base->model->name);
    char *yaml = weft_params_yaml(c->scan->base->params), *failed = failures(c);
    char *axes = names_of(c, false), *derives = names_of(c, true);
    char *makers = scan_results_makers(c->results);
    warn_of_versions(makers);
    const char *const pairs[][2] = {{"title", title},
                                    {"kind", "scan"},
                                    {"model", c->scan->base->model->name},
                                    {"scan", c->scan->text},
                                    {"base", c->scan->base_text},
                                    {"input", yaml},
                                    {"scan_axes", axes},
                                    {"scan_derived", derives},
                                    {"failed_points", failed},
                                    {"status", complete ? "complete" : "running"},
                                    {"computed_by", makers},
                                    {"weft_version", p.version},
                                    {"weft_git", p.git},
                                    {"weft_build", p.build},
                                    {"libraries", libraries},
                                    {"date", p.date},
                                    {"host", p.host},
                                    {"command", command ? command : ""},
                                    {"run_uuid", p.uuid}};
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs && status == WEFT_OK; i++)
        status = weft_file_set_text(c->file, NULL, pairs[i][0], pairs[i][1]);
    weft_free(title);
    weft_free(yaml);
    weft_free(failed);
    weft_free(axes);
    weft_free(derives);
    weft_free(makers);
    return status;
}

/* ---- the whole ---- */

/* Axes, attributes, values: variables must exist before values, and dimensions before
 * variables. */
static weft_status write_file(collection *c, const char *command, bool complete)
{
    WEFT_TRY(scan_collect_axes(c));
    WEFT_TRY(set_all(c, command, complete));
    WEFT_TRY(scan_collect_values(c));
    return c->scan->classes ? scan_collect_classes(c) : WEFT_OK;
}

/* The file reaches the disk before it gets its name. */
static weft_status write_temporary(collection *c, const char *path, const char *command,
                                   bool complete)
{
    WEFT_TRY(weft_file_open_replicated(MPI_COMM_SELF, path, WEFT_CREATE, &c->file));
    weft_status status = write_file(c, command, complete);
    if (status == WEFT_OK)
        status = weft_file_sync(c->file);
    weft_status closed = weft_file_close(c->file);
    return status != WEFT_OK ? status : closed;
}

/* A temporary name of this process, then rename: scan.nc is always whole, and several may
 * collect at a time. */
static weft_status make_file(collection *c, const char *command, bool complete)
{
    char *path = weft_format("%s/scan.nc", c->scan->dir);
    char *temporary = weft_beside_of_process(path);
    weft_remove_left(path);
    weft_status status = write_temporary(c, temporary, command, complete);
    if (status == WEFT_OK && rename(temporary, path) != 0)
        status = weft_fail(WEFT_IO, "%s: cannot be renamed to %s", temporary, path);
    if (status != WEFT_OK)
        unlink(temporary);
    else
        weft_say("results in %s", path);
    weft_free(path);
    weft_free(temporary);
    return status;
}

/* Why there is nothing to gather: nothing was run, or all that was run failed. */
static weft_status nothing_done(const collection *c, int64_t failed)
{
    const weft_scan *s = c->scan;
    char point[512];
    if (failed == 0)
        return weft_fail(WEFT_INPUT, "%s: no point of this scan is done; run it first", s->dir);
    int64_t first = 0;
    while (!c->entry[first] || c->entry[first]->state != SCAN_FAILED)
        first++;
    const char *why = c->entry[first]->message;
    scan_describe(s, &s->point[first], point, sizeof point);
    return weft_fail(WEFT_FAILED,
                     "%s: %s%lld point%s of this scan failed and none is done; the first: %s: %s; "
                     "weft scan resubmit lets them be tried again",
                     s->dir, failed == s->n && failed > 1 ? "all " : "", (long long)failed,
                     failed == 1 ? "" : "s", point, why ? why : "");
}

/* The points of refinement are found first, from the same results. The status of the file
 * is complete when no point waits any more; failed points do not wait. Points that are
 * running or waiting are cells without numbers, and a later collection replaces the file. */
static weft_status collect(weft_scan *s, const scan_results *results, const char *command)
{
    collection c = {.scan = s, .results = results};
    int64_t count[4] = {0};
    WEFT_TRY(scan_refine_points(s, results));
    c.entry = weft_alloc((size_t)s->n, sizeof *c.entry);
    survey(&c);
    place_points(&c);
    for (int64_t i = 0; i < s->n; i++)
        count[c.entry[i] ? c.entry[i]->state : SCAN_WAITING]++;
    weft_status status = WEFT_OK;
    if (count[SCAN_DONE] == 0)
        status = nothing_done(&c, count[SCAN_FAILED]);
    if (status == WEFT_OK)
        status = make_file(&c, command, count[SCAN_DONE] + count[SCAN_FAILED] == s->n);
    if (status == WEFT_OK && count[SCAN_DONE] < s->n)
        weft_say("%lld of %lld points are done, %lld failed", (long long)count[SCAN_DONE],
                 (long long)s->n, (long long)count[SCAN_FAILED]);
    for (int d = 0; d < s->n_dims; d++)
        weft_free(c.place[d]);
    weft_free(c.cell);
    weft_free(c.entry);
    weft_free(c.variable);
    return status;
}

/* Local, and read-only but for scan.nc: it may be called at any time, also while others
 * work. */
weft_status weft_scan_collect(weft_scan *s, const char *command)
{
    scan_results *results;
    weft_status status = scan_results_open(s->dir, &results);
    if (status == WEFT_OK)
        status = collect(s, results, command);
    scan_results_close(results);
    return status;
}
