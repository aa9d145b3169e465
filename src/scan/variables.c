/* scan.nc: its axes and variables.
 *
 * An array of the file is (dimensions of the scan, record, axes of the observable), with
 * the last index running fastest. Everything is filled with nan first, and each point's
 * numbers then go to its cell: what a point does not have stays nan and is never zero.
 *
 * Names must be unique and the same for the same scan: an axis has as many of the last
 * parts of its path as no other axis and no result has. Where points have axes of different
 * lengths or values, the dimension has the largest length and no coordinates. */
#include "collect.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* The element of a list that a part of a path means: by its number, or by its key name. NULL: none.
 */
static const weft_node *element(const weft_node *list, const char *part)
{
    const bool number = *part >= '0' && *part <= '9';
    for (int i = 0; i < weft_node_count(list); i++) {
        const weft_node *item = weft_node_item(list, i), *name = NULL;
        if (weft_node_what(item) == WEFT_NODE_MAP)
            name = weft_node_find(item, "name");
        if (number ? i == atoi(part)
                   : name && weft_node_what(name) == WEFT_NODE_SCALAR &&
                         strcmp(weft_node_text(name), part) == 0)
            return item;
    }
    return NULL;
}

/* The path of an axis, with names in place of numbers where a list has them:
 * reaction_lattice.reactions.2.rate is reaction_lattice.reactions.death.rate. The document
 * of the base is followed along the path; where it has no such node (a key that the base
 * leaves to its default), the path stays as it is. out: COLLECT_NAME bytes. */
static void full_name(const collection *c, const char *path, char *out)
{
    const weft_node *node = weft_document_root(c->scan->base->document);
    size_t used = 0;
    char part[COLLECT_NAME];
    out[0] = '\0';
    for (const char *p = path; *p && used < COLLECT_NAME;) {
        size_t n = strcspn(p, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, p);
        const weft_node *name = NULL;
        if (node && weft_node_what(node) == WEFT_NODE_LIST) {
            node = element(node, part);
            if (node && weft_node_what(node) == WEFT_NODE_MAP)
                name = weft_node_find(node, "name");
        } else if (node) {
            node = weft_node_what(node) == WEFT_NODE_MAP ? weft_node_find(node, part) : NULL;
        }
        bool named = name && weft_node_what(name) == WEFT_NODE_SCALAR;
        used += (size_t)snprintf(out + used, COLLECT_NAME - used, "%s%s", used ? "." : "",
                                 named ? weft_node_text(name) : part);
        p += n + (p[n] == '.');
    }
}

/* Is a name that of a variable or an axis of results? An axis of the scan must not have it. */
static bool is_result(const collection *c, const char *name)
{
    static const char *const own[] = {"time",   "status", "seed",     "seconds",
                                      "record", "class",  "boundary", ENS_REPLICAS_DONE};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], name) == 0)
            return true;
    for (int d = 0; d < c->scan->n_derives; d++)
        if (strcmp(c->scan->derive[d].name, name) == 0)
            return true;
    const weft_constant *constant = c->scan->base->model->constants;
    for (; c->scan->classes && constant && constant->name; constant++)
        if (strcmp(constant->name, name) == 0)
            return true;
    for (int v = 0; v < c->n; v++) {
        if (strcmp(c->variable[v].first->name, name) == 0)
            return true;
        for (int a = 0; a < c->variable[v].first->n_axes; a++)
            if (strcmp(c->variable[v].first->axis[a].name, name) == 0)
                return true;
    }
    return false;
}

/* Path number i of the axes and then of the parameters that are tied to them. */
static const char *path_of(const weft_scan *s, int i)
{
    return i < s->n_axes ? s->axis[i].path : s->tied[i - s->n_axes].path;
}

/* Does another axis or tied parameter have the same last parts? */
static bool is_shared(const collection *c, const char *path, const char *last)
{
    for (int b = 0; b < c->scan->n_axes + c->scan->n_tied; b++) {
        char other[COLLECT_NAME];
        full_name(c, path_of(c->scan, b), other);
        size_t n = strlen(other), m = strlen(last);
        if (path_of(c->scan, b) != path && n >= m && strcmp(other + n - m, last) == 0 &&
            (n == m || other[n - m - 1] == '.'))
            return true;
    }
    return false;
}

/* As many of the last parts of "kuramoto.noise" as no other axis and no result has: noise,
 * else kuramoto_noise. A part that begins with a digit is no name. If even the whole path
 * is shared with a result it is taken all the same, since it holds the section's name. */
static void axis_name(const collection *c, const char *path, char *out)
{
    char full[COLLECT_NAME], shown[COLLECT_NAME];
    full_name(c, path, full);
    for (const char *at = full + strlen(full);; at--) {
        if (at != full && at[-1] != '.')
            continue;
        snprintf(shown, sizeof shown, "%s", at);
        for (char *p = shown; *p; p++)
            *p = *p == '.' ? '_' : *p;
        bool plain = *at && !(*at >= '0' && *at <= '9') && !is_result(c, shown);
        if (at == full || (plain && !is_shared(c, path, at)))
            break;
    }
    snprintf(out, COLLECT_NAME, "%s", shown);
}

/* ---- axes ---- */

/* The words as they are: flag_meanings separates them by blanks and has none inside. */
static weft_status set_labels(collection *c, const char *name, const scan_axis *axis)
{
    ens_bytes b = {0};
    for (int i = 0; i < axis->n; i++) {
        ens_bytes_add(&b, "\n", i ? 1 : 0);
        ens_bytes_add(&b, axis->texts[i], strlen(axis->texts[i]));
    }
    ens_bytes_add(&b, "", 1);
    weft_status status = weft_file_set_text(c->file, name, "labels", b.data);
    ens_bytes_free(&b);
    return status;
}

/* Words along an axis are numbers in the file (0, 1, ...), whose meanings follow the CF
 * conventions: flag_values and flag_meanings, with '_' for blanks. */
static weft_status describe_axis(collection *c, const char *name, const scan_axis *axis)
{
    WEFT_TRY(weft_file_set_text(c->file, name, "parameter", axis->path));
    if (!axis->text)
        return weft_file_set_text(c->file, name, "scale", axis->log ? "log" : "linear");
    ens_bytes b = {0};
    double *numbers = weft_alloc((size_t)axis->n, sizeof *numbers);
    for (int i = 0; i < axis->n; i++) {
        numbers[i] = i;
        ens_bytes_add(&b, i ? " " : "", i ? 1 : 0);
        size_t first = b.n;
        ens_bytes_add(&b, axis->texts[i], strlen(axis->texts[i]));
        for (size_t k = first; k < b.n; k++)
            b.data[k] = b.data[k] == ' ' ? '_' : b.data[k];
    }
    ens_bytes_add(&b, "", 1);
    weft_status status = weft_file_set_flags(c->file, name, axis->n, numbers);
    if (status == WEFT_OK)
        status = weft_file_set_text(c->file, name, "flag_meanings", b.data);
    weft_free(numbers);
    ens_bytes_free(&b);
    return status == WEFT_OK ? set_labels(c, name, axis) : status;
}

/* The first axis of a dimension is its coordinate; axes zipped with it are variables over
 * it. */
static weft_status define_axis(collection *c, int number)
{
    const weft_scan *s = c->scan;
    const scan_axis *axis = &s->axis[number];
    int d = axis->dim, n = s->dim_size[d];
    char name[COLLECT_NAME];
    const char *unit = axis->row && axis->row->unit ? axis->row->unit : "";
    const char *help = axis->row && axis->row->help ? axis->row->help : axis->path;
    double *values = weft_alloc((size_t)n, sizeof *values);
    for (int i = 0; i < n; i++)
        values[c->place[d][i]] = axis->values[i];
    axis_name(c, axis->path, name);
    weft_status status;
    if (!*c->dim_name[d]) {
        snprintf(c->dim_name[d], sizeof c->dim_name[d], "%s", name);
        status = weft_file_dimension(c->file, name, n, values, unit, help);
    } else { /* zipped with an earlier one */
        const char *dims[] = {c->dim_name[d]};
        status = weft_file_variable(c->file, name, WEFT_STORE_F64, 1, dims, 0, unit, help);
        if (status == WEFT_OK)
            status = weft_file_write(c->file, name, -1, values);
    }
    weft_free(values);
    WEFT_TRY(status);
    return describe_axis(c, name, axis);
}

/* Where all points have the same times, time is a dimension with coordinates; else records
 * are counted, and `time` is a variable over all points. */
static weft_status define_time(collection *c)
{
    const char *dims[COLLECT_RANK];
    if (!c->layout)
        return WEFT_OK;
    if (c->same_times)
        return weft_file_dimension(c->file, "time", c->records, c->layout->times, "time", "time");
    for (int d = 0; d < c->scan->n_dims; d++)
        dims[d] = c->dim_name[d];
    dims[c->scan->n_dims] = "record";
    WEFT_TRY(weft_file_dimension(c->file, "record", c->records, NULL, "", "number of the record"));
    return weft_file_variable(c->file, "time", WEFT_STORE_F64, c->scan->n_dims + 1, dims, 0, "time",
                              "time of the record");
}

/* ---- values ---- */

/* One number for each point; `missing` in cells that are no points. */
weft_status scan_collect_scalar(collection *c, const char *name, weft_store store, const char *unit,
                                const char *long_name, const double *of_point, double missing)
{
    const char *dims[SCAN_DIMS];
    for (int d = 0; d < c->scan->n_dims; d++)
        dims[d] = c->dim_name[d];
    double *values = weft_alloc((size_t)c->cells, sizeof *values);
    for (int64_t i = 0; i < c->cells; i++)
        values[i] = missing;
    for (int64_t i = 0; i < c->scan->n; i++)
        values[c->cell[i]] = of_point[i];
    weft_status status =
        weft_file_variable(c->file, name, store, c->scan->n_dims, dims, 0, unit, long_name);
    if (status == WEFT_OK)
        status = weft_file_write(c->file, name, -1, values);
    weft_free(values);
    return status;
}

/* Compared by bits: coordinates that differ by rounding are different ones. */
bool scan_collect_same_axis(const ens_outcome_axis *a, const ens_outcome_axis *b)
{
    return a->n == b->n && memcmp(a->values, b->values, (size_t)a->n * sizeof *a->values) == 0;
}

/* The numbers of one point, (record, n0, n1), to their places in (record, m0, m1) with m >=
 * n. */
static void unpack(const collection *c, const collect_variable *v, const ens_outcome_item *item,
                   int64_t records, const double *from, double *to)
{
    int64_t n0 = item->n_axes > 0 ? item->axis[0].n : 1,
            n1 = item->n_axes > 1 ? item->axis[1].n : 1;
    int64_t m0 = item->n_axes > 0 ? v->extent[0] : 1, m1 = item->n_axes > 1 ? v->extent[1] : 1;
    (void)c;
    if (n0 == m0 && n1 == m1) {
        memcpy(to, from, (size_t)(records * n0 * n1) * sizeof *to);
        return;
    }
    for (int64_t t = 0; t < records; t++)
        for (int64_t i = 0; i < n0; i++)
            memcpy(to + (t * m0 + i) * m1, from + (t * n0 + i) * n1, (size_t)n1 * sizeof *to);
}

/* The dimension of an axis of an observer: the plain name belongs to the first of equal
 * axes, others are called <observable>_<axis>. Axes whose values differ from point to point
 * have no coordinates, but a length that is enough for all. */
static weft_status define_extent(collection *c, const collect_variable *v, int axis, char *name)
{
    const ens_outcome_axis *a = &v->first->axis[axis];
    snprintf(name, COLLECT_NAME, "%s", a->name);
    for (int i = 0; i < c->n; i++) /* the plain name belongs to the first of equal axes */
        for (int k = 0; k < c->variable[i].first->n_axes; k++) {
            const ens_outcome_axis *other = &c->variable[i].first->axis[k];
            if (strcmp(other->name, a->name) != 0)
                continue;
            if (!(scan_collect_same_axis(other, a) && c->variable[i].same[k] && v->same[axis]) &&
                other != a)
                snprintf(name, COLLECT_NAME, "%s_%s", v->first->name, a->name);
            i = c->n;
            break;
        }
    bool there;
    WEFT_TRY(weft_file_has(c->file, name, &there));
    if (there)
        return WEFT_OK;
    return weft_file_dimension(c->file, name, v->extent[axis], v->same[axis] ? a->values : NULL,
                               a->unit, a->long_name);
}

/* Values, or (errors) standard errors, of an observer at all points: one array of cells
 * times records times numbers, first filled with nan. Memory for one observer at a time is
 * taken; a scan of a million points with long series needs room for that. */
static weft_status write_observer(collection *c, const collect_variable *v, bool errors)
{
    const weft_scan *s = c->scan;
    const char *dims[COLLECT_RANK];
    char extents[WEFT_MAX_SHAPE][COLLECT_NAME], name[COLLECT_NAME];
    int n = 0;
    int64_t each = c->records;
    for (; n < s->n_dims; n++)
        dims[n] = c->dim_name[n];
    dims[n++] = c->same_times ? "time" : "record";
    for (int a = 0; a < v->first->n_axes; a++) {
        WEFT_TRY(define_extent(c, v, a, extents[a]));
        dims[n++] = extents[a];
        each *= v->extent[a];
    }
    double *values = weft_alloc((size_t)(c->cells * each), sizeof *values);
    for (int64_t i = 0; i < c->cells * each; i++)
        values[i] = NAN;
    for (int64_t i = 0; i < s->n; i++) {
        const scan_entry *e = c->entry[i];
        const ens_outcome_layout *l = e && e->state == SCAN_DONE ? e->layout : NULL;
        const ens_outcome_item *item = l ? scan_outcome_find(l, v->first->name) : NULL;
        if (item && (!errors || l->errors))
            unpack(c, v, item, l->records, e->values + item->offset + (errors ? l->numbers : 0),
                   values + c->cell[i] * each);
    }
    const char *suffix = errors ? "_stderr" : "";
    char *about = weft_format("%s%s", run_series_about(suffix), v->first->long_name);
    snprintf(name, sizeof name, "%s%s", v->first->name, suffix);
    weft_status status =
        weft_file_variable(c->file, name, WEFT_STORE_F64, n, dims, 0, v->first->unit, about);
    if (status == WEFT_OK)
        status = weft_file_write(c->file, name, -1, values);
    char *symbol = run_variable_symbol(s->base, v->first->name);
    if (status == WEFT_OK && symbol)
        status = weft_file_set_text(c->file, name, "symbol", symbol);
    weft_free(symbol);
    weft_free(values);
    weft_free(about);
    return status;
}

/* Times of each point, where they differ. */
static weft_status write_times(collection *c)
{
    double *values = weft_alloc((size_t)(c->cells * c->records), sizeof *values);
    for (int64_t i = 0; i < c->cells * c->records; i++)
        values[i] = NAN;
    for (int64_t i = 0; i < c->scan->n; i++)
        if (c->entry[i] && c->entry[i]->state == SCAN_DONE)
            memcpy(values + c->cell[i] * c->records, c->entry[i]->layout->times,
                   (size_t)c->entry[i]->layout->records * sizeof *values);
    weft_status status = weft_file_write(c->file, "time", -1, values);
    weft_free(values);
    return status;
}

/* A reduction, and with replicas its standard error; x: room for a number a point. */
static weft_status write_derived(collection *c, const scan_derive *derive, double *x)
{
    char name[COLLECT_NAME];
    const ens_outcome_item *item = scan_outcome_find(c->layout, derive->item);
    const char *unit = derive->row->unit ? derive->row->unit : item ? item->unit : "";
    char *about = derive->row->observable
                      ? weft_strdup(derive->row->long_name)
                      : weft_format("%s %s", derive->row->long_name, derive->written);
    weft_status status = WEFT_OK;
    for (int errors = 0; errors <= c->errors && status == WEFT_OK; errors++) {
        for (int64_t i = 0; i < c->scan->n; i++) {
            const scan_entry *e = c->entry[i];
            bool done = e && e->state == SCAN_DONE;
            x[i] = !done    ? NAN
                   : errors ? scan_derive_error(derive->name, e)
                            : scan_derived_value(derive, e);
        }
        const char *suffix = errors ? "_stderr" : "";
        char *whole = weft_format("%s%s", run_series_about(suffix), about);
        snprintf(name, sizeof name, "%s%s", derive->name, suffix);
        status = scan_collect_scalar(c, name, WEFT_STORE_F64, unit, whole, x, NAN);
        if (status == WEFT_OK && derive->row->symbol)
            status = weft_file_set_text(c->file, name, "symbol", derive->row->symbol);
        weft_free(whole);
    }
    weft_free(about);
    return status;
}

/* A tied parameter, which may differ from point to point along every dimension. */
static weft_status write_tied(collection *c, const scan_tied *t, double *x)
{
    char name[COLLECT_NAME];
    for (int64_t i = 0; i < c->scan->n; i++)
        x[i] = scan_tied_value(c->scan, t, &c->scan->point[i]);
    axis_name(c, t->path, name);
    WEFT_TRY(scan_collect_scalar(c, name, WEFT_STORE_F64, "", t->path, x, NAN));
    WEFT_TRY(weft_file_set_text(c->file, name, "parameter", t->path));
    return weft_file_set_text(c->file, name, "formula", weft_node_text(t->text));
}

/* Status, seed, seconds, tied parameters and reductions: one number a point each. */
static weft_status write_status(collection *c)
{
    static const double flags[] = {0, 1, 2, 3, 4};
    const weft_scan *s = c->scan;
    double *x = weft_alloc((size_t)s->n, sizeof *x);
    for (int64_t i = 0; i < s->n; i++)
        x[i] = c->entry[i] ? c->entry[i]->state : SCAN_WAITING;
    weft_status status =
        scan_collect_scalar(c, "status", WEFT_STORE_U8, "", "state of the point", x, 4);
    if (status == WEFT_OK)
        status = weft_file_set_flags(c->file, "status", 5, flags);
    if (status == WEFT_OK)
        status = weft_file_set_text(c->file, "status", "flag_meanings",
                                    "waiting done failed running no_point");
    for (int64_t i = 0; i < s->n; i++)
        x[i] = s->point[i].seed;
    if (status == WEFT_OK)
        status =
            scan_collect_scalar(c, "seed", WEFT_STORE_F64, "", "seed of the point's noise", x, -1);
    for (int64_t i = 0; i < s->n; i++)
        x[i] = c->entry[i] && c->entry[i]->state == SCAN_DONE ? c->entry[i]->seconds : NAN;
    if (status == WEFT_OK)
        status = scan_collect_scalar(c, "seconds", WEFT_STORE_F64, "s", "wall time of the point", x,
                                     NAN);
    for (int64_t i = 0; i < s->n; i++)
        x[i] = c->entry[i] && c->entry[i]->state == SCAN_DONE
                   ? scan_derive_error(ENS_REPLICAS_DONE, c->entry[i])
                   : NAN;
    if (status == WEFT_OK && c->errors)
        status = scan_collect_scalar(c, ENS_REPLICAS_DONE, WEFT_STORE_F64, "",
                                     "replicas in the means: without those that failed", x, NAN);
    for (int i = 0; i < s->n_tied && status == WEFT_OK; i++)
        status = write_tied(c, &s->tied[i], x);
    for (int d = 0; d < s->n_derives && status == WEFT_OK; d++)
        status = write_derived(c, &s->derive[d], x);
    weft_free(x);
    return status;
}

/* Axes come first, since all variables are over them. */
weft_status scan_collect_axes(collection *c)
{
    for (int a = 0; a < c->scan->n_axes; a++)
        WEFT_TRY(define_axis(c, a));
    return define_time(c);
}

/* An observer at a time: only one array of all points is in memory. */
weft_status scan_collect_values(collection *c)
{
    WEFT_TRY(write_status(c));
    if (c->layout && !c->same_times)
        WEFT_TRY(write_times(c));
    for (int v = 0; v < c->n; v++) {
        WEFT_TRY(write_observer(c, &c->variable[v], false));
        if (c->errors)
            WEFT_TRY(write_observer(c, &c->variable[v], true));
    }
    return WEFT_OK;
}
