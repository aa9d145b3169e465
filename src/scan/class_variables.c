/* scan.nc: the classes of points, what they are found by, and where they meet.
 *
 * class(axes) is 0 for undecided and 1, 2, ... for the classes in their order (flag_values,
 * flag_meanings); nan where a point has no results. class_sureness, class_further and
 * clause_holds(axes, clause) say how sure it is, which rules would hold besides, and which part of
 * which rule excludes a class. Boundaries are a list (dimension boundary), curve after curve.
 *
 * Invariant: everything here follows from the values of the reductions, which are in the file too,
 * and from the rules, which are in its attributes: a reader can check it with these alone. */
#include "classes.h"
#include "collect.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Of all points: the values of reductions (SCAN_INPUTS rows of n numbers, then of the points that
 * are done alone), and what follows from them. */
typedef struct classified {
    const collection *c;
    const scan_classes *classes;
    int64_t n_done, *point; /* points with results */
    double *values;         /* (input, done point) */
    const double *input[SCAN_INPUTS];
    int *number, *further; /* of points that are done */
    double *x;             /* a number a point */
    int *number_of;        /* of all points; -1: no results */
    double *sureness;      /* of all points */
} classified;

/* The points that have results are gathered first, so that each rule runs over one row a reduction
 * and not once a point. A point that failed or was not begun has no class, which is another thing
 * than undecided: -1 here, nan in the file. */
static void classify(classified *a)
{
    const collection *c = a->c;
    const int64_t n = c->scan->n;
    double value[SCAN_INPUTS];
    scan_normals normals = {0};
    a->point = weft_alloc((size_t)n, sizeof *a->point);
    for (int64_t i = 0; i < n; i++)
        if (c->entry[i] && c->entry[i]->state == SCAN_DONE)
            a->point[a->n_done++] = i;
    a->values = weft_alloc((size_t)(SCAN_INPUTS * a->n_done), sizeof *a->values);
    for (int64_t j = 0; j < a->n_done; j++) {
        scan_class_inputs(c->scan, &c->scan->point[a->point[j]], c->entry[a->point[j]], value);
        for (int k = 0; k < SCAN_INPUTS; k++)
            a->values[k * a->n_done + j] = value[k];
    }
    for (int k = 0; k < SCAN_INPUTS; k++)
        a->input[k] = a->values + k * a->n_done;
    a->number = weft_alloc((size_t)a->n_done, sizeof *a->number);
    a->further = weft_alloc((size_t)a->n_done, sizeof *a->further);
    scan_classify(a->classes, a->n_done, a->input, a->number, a->further);
    a->number_of = weft_alloc((size_t)n, sizeof *a->number_of);
    a->sureness = weft_alloc((size_t)n, sizeof *a->sureness);
    a->x = weft_alloc((size_t)n, sizeof *a->x);
    for (int64_t i = 0; i < n; i++) {
        a->number_of[i] = -1;
        a->sureness[i] = NAN;
    }
    for (int64_t j = 0; j < a->n_done; j++) {
        const int64_t i = a->point[j];
        a->number_of[i] = a->number[j];
        a->sureness[i] =
            scan_class_sureness(c->scan, &c->scan->point[i], c->entry[i], a->number[j], &normals);
    }
    weft_free(normals.g);
}

/* Also after a part of the writing failed. */
static void forget(classified *a)
{
    weft_free(a->point);
    weft_free(a->values);
    weft_free(a->number);
    weft_free(a->further);
    weft_free(a->number_of);
    weft_free(a->sureness);
    weft_free(a->x);
}

/* ---- names and rules ---- */

/* flag_values and flag_meanings of classes. */
static weft_status set_names(const classified *a, const char *variable)
{
    double flags[SCAN_CLASSES + 1];
    ens_bytes b = {0};
    ens_bytes_add(&b, "undecided", strlen("undecided"));
    for (int k = 0; k <= a->classes->n; k++)
        flags[k] = k;
    for (int k = 0; k < a->classes->n; k++) {
        ens_bytes_add(&b, " ", 1);
        ens_bytes_add(&b, a->classes->of[k].name, strlen(a->classes->of[k].name));
    }
    ens_bytes_add(&b, "", 1);
    weft_status status = weft_file_set_flags(a->c->file, variable, a->classes->n + 1, flags);
    if (status == WEFT_OK)
        status = weft_file_set_text(a->c->file, variable, "flag_meanings", b.data);
    ens_bytes_free(&b);
    return status;
}

/* All clauses, "class: clause" a line, in the order of the dimension clause; a new string. */
static char *clause_lines(const scan_classes *classes)
{
    ens_bytes b = {0};
    for (int k = 0; k < classes->n; k++)
        for (int i = 0; i < scan_rule_clauses(classes->of[k].rule); i++) {
            char *text = scan_rule_clause_text(classes->of[k].rule, i);
            char *line = weft_format("%s%s: %s", b.n ? "\n" : "", classes->of[k].name, text);
            ens_bytes_add(&b, line, strlen(line));
            weft_free(line);
            weft_free(text);
        }
    ens_bytes_add(&b, "", 1);
    char *lines = weft_strdup(b.data);
    ens_bytes_free(&b);
    return lines;
}

/* ---- variables over the axes ---- */

/* The class is stored as a real number, since an integer has no nan for a point without results.
 * decided_by tells a reader which of the two ways of deciding the rules were meant for. */
static weft_status write_class(classified *a)
{
    collection *c = (collection *)a->c;
    for (int64_t i = 0; i < c->scan->n; i++)
        a->x[i] = a->number_of[i] < 0 ? NAN : a->number_of[i];
    WEFT_TRY(scan_collect_scalar(c, "class", WEFT_STORE_F64, "", "class of the point", a->x, NAN));
    WEFT_TRY(set_names(a, "class"));
    WEFT_TRY(weft_file_set_text(c->file, "class", "decided_by",
                                a->classes->alone ? "the rule that holds, if no other may hold"
                                                  : "the first rule that holds"));
    WEFT_TRY(scan_collect_scalar(c, "class_sureness", WEFT_STORE_F64, "",
                                 "share of draws of the reductions, scattered as the jackknife "
                                 "over replicas says, that give "
                                 "this class; nan: not known",
                                 a->sureness, NAN));
    for (int64_t i = 0; i < c->scan->n; i++)
        a->x[i] = NAN;
    for (int64_t j = 0; j < a->n_done; j++)
        a->x[a->point[j]] = a->further[j];
    return scan_collect_scalar(c, "class_further", WEFT_STORE_F64, "",
                               "how many rules after that of the class hold too", a->x, NAN);
}

/* What the parameters say, at all points. */
static weft_status write_constants(classified *a)
{
    collection *c = (collection *)a->c;
    const weft_constant *k = c->scan->base->model->constants;
    for (int n = 0; k && k[n].name; n++) {
        for (int64_t i = 0; i < c->scan->n; i++)
            a->x[i] = c->scan->point[i].constant[n];
        WEFT_TRY(scan_collect_scalar(c, k[n].name, WEFT_STORE_F64, k[n].unit, k[n].long_name, a->x,
                                     NAN));
    }
    return WEFT_OK;
}

/* (axes, clause): 0 does not hold, 1 holds, 2 not known; 3 where a point has no results. */
static weft_status write_clauses(const classified *a)
{
    static const double flags[] = {0, 1, 2, 3};
    const collection *c = a->c;
    const char *dims[SCAN_DIMS + 1];
    int n = 0, clause = 0;
    for (int d = 0; d < c->scan->n_dims; d++)
        dims[d] = c->dim_name[d];
    dims[c->scan->n_dims] = "clause";
    for (int k = 0; k < a->classes->n; k++)
        n += scan_rule_clauses(a->classes->of[k].rule);
    double *values = weft_alloc((size_t)(c->cells * n), sizeof *values);
    scan_truth *says = weft_alloc((size_t)a->n_done, sizeof *says);
    for (int64_t i = 0; i < c->cells * n; i++)
        values[i] = 3;
    for (int k = 0; k < a->classes->n; k++)
        for (int i = 0; i < scan_rule_clauses(a->classes->of[k].rule); i++, clause++) {
            scan_rule_clause_run(a->classes->of[k].rule, i, a->n_done, a->input, says);
            for (int64_t j = 0; j < a->n_done; j++)
                values[c->cell[a->point[j]] * n + clause] = says[j];
        }
    char *lines = clause_lines(a->classes);
    weft_status status = weft_file_dimension(c->file, "clause", n, NULL, "", "part of a rule");
    if (status == WEFT_OK)
        status = weft_file_variable(c->file, "clause_holds", WEFT_STORE_U8, c->scan->n_dims + 1,
                                    dims, 0, "", "does a part of the rule of a class hold?");
    if (status == WEFT_OK)
        status = weft_file_write(c->file, "clause_holds", -1, values);
    if (status == WEFT_OK)
        status = weft_file_set_flags(c->file, "clause_holds", 4, flags);
    if (status == WEFT_OK)
        status = weft_file_set_text(c->file, "clause_holds", "flag_meanings",
                                    "no yes not_known no_results");
    if (status == WEFT_OK)
        status = weft_file_set_text(c->file, "clause_holds", "clauses", lines);
    weft_free(lines);
    weft_free(values);
    weft_free(says);
    return status;
}

/* ---- boundaries ---- */

/* One number for each boundary. */
static weft_status write_list(const classified *a, const char *name, const char *unit,
                              const char *long_name, const double *values)
{
    const char *dims[] = {"boundary"};
    WEFT_TRY(weft_file_variable(a->c->file, name, WEFT_STORE_F64, 1, dims, 0, unit, long_name));
    return weft_file_write(a->c->file, name, -1, values);
}

/* The value of a point along a dimension, by its first axis. */
static double place(const weft_scan *s, int dim, int64_t point, const scan_axis **axis)
{
    *axis = s->axis;
    while ((*axis)->dim != dim)
        ++*axis;
    return (*axis)->values[s->point[point].index[dim]];
}

/* The middle between two values, in the axis's own scale: on a logarithmic axis the geometric one.
 * Such an axis has values of one sign, which copysign gives back. */
static double middle(const scan_axis *axis, double low, double high)
{
    return axis->log ? copysign(sqrt(low * high), low) : 0.5 * (low + high);
}

/* boundary_AXIS for each dimension. */
static weft_status write_places(const classified *a, int n, const scan_boundary *b, double *x)
{
    const weft_scan *s = a->c->scan;
    for (int d = 0; d < s->n_dims; d++) {
        const scan_axis *axis = NULL;
        for (int i = 0; i < n; i++) {
            const double low = place(s, d, b[i].low, &axis), high = place(s, d, b[i].high, &axis);
            x[i] = b[i].dim == d ? middle(axis, low, high) : low;
        }
        char *name = weft_format("boundary_%s", a->c->dim_name[d]);
        char *about = weft_format("where the class changes: %s", axis->path);
        const weft_status status =
            write_list(a, name, axis->row && axis->row->unit ? axis->row->unit : "", about, x);
        weft_free(name);
        weft_free(about);
        WEFT_TRY(status);
    }
    return WEFT_OK;
}

/* How far the interval reaches beyond its middle: half of its length, and on a logarithmic axis,
 * where the ends lie unequally far away, the distance to the farther one. */
static double reach(const scan_axis *axis, double low, double high)
{
    const double at = middle(axis, low, high);
    return fmax(fabs(at - low), fabs(high - at));
}

/* The factor by which each end differs from the middle. */
static double factor(const scan_axis *axis, double low, double high)
{
    return axis->log ? exp(0.5 * fabs(log(high / low))) : NAN;
}

/* The two ends of the interval in which it lies, and how far they are from its middle. */
static weft_status write_intervals(const classified *a, int n, const scan_boundary *b, double *x)
{
    static const char *const names[] = {"boundary_low", "boundary_high", "boundary_error",
                                        "boundary_factor"};
    static const char *const about[] = {
        "the last point that is sure to lie below the boundary, along boundary_along",
        "the first point that is sure to lie above the boundary, along boundary_along",
        "distance of the middle from the farther end of the interval in which the boundary lies",
        "of logarithmic axes: the ends of the interval are the middle divided by this and times "
        "this"};
    const scan_axis *axis;
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < n; i++) {
            const double low = place(a->c->scan, b[i].dim, b[i].low, &axis),
                         high = place(a->c->scan, b[i].dim, b[i].high, &axis);
            const double number[] = {low, high, reach(axis, low, high), factor(axis, low, high)};
            x[i] = number[k];
        }
        WEFT_TRY(write_list(a, names[k], "", about[k], x));
    }
    return WEFT_OK;
}

/* Which curve a boundary belongs to: dimension, classes, and passages before it on its line. */
static weft_status write_curves(const classified *a, int n, const scan_boundary *b, double *x)
{
    const collection *c = a->c;
    double flags[SCAN_DIMS];
    char names[SCAN_DIMS * (COLLECT_NAME + 1)] = "";
    size_t used = 0;
    for (int d = 0; d < c->scan->n_dims; d++) {
        flags[d] = d;
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", d ? " " : "",
                                 c->dim_name[d]);
    }
    for (int i = 0; i < n; i++)
        x[i] = b[i].dim;
    WEFT_TRY(write_list(a, "boundary_along", "", "the axis along which the class changes", x));
    WEFT_TRY(weft_file_set_flags(c->file, "boundary_along", c->scan->n_dims, flags));
    WEFT_TRY(weft_file_set_text(c->file, "boundary_along", "flag_meanings", names));
    for (int i = 0; i < n; i++)
        x[i] = b[i].lower;
    WEFT_TRY(write_list(a, "boundary_below", "", "class below the boundary", x));
    WEFT_TRY(set_names(a, "boundary_below"));
    for (int i = 0; i < n; i++)
        x[i] = b[i].upper;
    WEFT_TRY(write_list(a, "boundary_above", "", "class above the boundary", x));
    WEFT_TRY(set_names(a, "boundary_above"));
    for (int i = 0; i < n; i++)
        x[i] = b[i].passage;
    return write_list(a, "boundary_passage", "",
                      "how many changes between the same classes the line has before this one", x);
}

/* Nothing where there are none: a dimension of no length is none. A class that stands
 * alone within another one gives two boundaries: nothing is smoothed away. */
static weft_status write_boundaries(const classified *a)
{
    int n;
    scan_boundary *b = scan_boundaries(a->c->scan, a->number_of, a->sureness, &n);
    double *x = weft_alloc((size_t)n + 1, sizeof *x);
    weft_status status = WEFT_OK;
    if (n > 0)
        status = weft_file_dimension(a->c->file, "boundary", n, NULL, "",
                                     "a place where the class changes along a line of points");
    if (n > 0 && status == WEFT_OK)
        status = write_places(a, n, b, x);
    if (n > 0 && status == WEFT_OK)
        status = write_intervals(a, n, b, x);
    if (n > 0 && status == WEFT_OK)
        status = write_curves(a, n, b, x);
    weft_free(b);
    weft_free(x);
    return status;
}

/* ---- what is said ---- */

/* A point of which several rules hold, in the order of the classes. */
static void say_overlap(const classified *a, int64_t j)
{
    const double *row[SCAN_INPUTS];
    char point[512];
    ens_bytes b = {0};
    for (int k = 0; k < SCAN_INPUTS; k++)
        row[k] = a->input[k] + j;
    for (int k = 0; k < a->classes->n; k++) {
        scan_truth says;
        scan_rule_run(a->classes->of[k].rule, 1, row, &says);
        if (says != SCAN_YES)
            continue;
        ens_bytes_add(&b, b.n ? ", " : "", b.n ? 2 : 0);
        ens_bytes_add(&b, a->classes->of[k].name, strlen(a->classes->of[k].name));
    }
    ens_bytes_add(&b, "", 1);
    scan_describe(a->c->scan, &a->c->scan->point[a->point[j]], point, sizeof point);
    weft_say("  %s: %s", point, b.data);
    ens_bytes_free(&b);
}

/* A class whose rule holds at points of earlier ones is no mistake, but may be one: a rule that was
 * meant to be narrower, or stands too early. The first few points show which. Classes of a model
 * never overlap where they are given: there a point of which two rules hold is undecided. */
static void say_overlaps(const classified *a)
{
    enum { SHOWN = 5 };
    int64_t n = 0;
    for (int64_t j = 0; j < a->n_done; j++)
        n += a->further[j] > 0;
    if (n == 0)
        return;
    weft_say("rules overlap: at %lld points a later rule holds too, and the first one gives the "
             "class (class_further)",
             (long long)n);
    for (int64_t j = 0, shown = 0; j < a->n_done && shown < SHOWN; j++)
        if (a->further[j] > 0) {
            say_overlap(a, j);
            shown++;
        }
    if (n > SHOWN)
        weft_say("  and %lld more", (long long)n - SHOWN);
}

/* One line on the terminal: a user sees at once whether a rule holds nowhere, or everywhere. */
static void say_classes(const classified *a)
{
    int64_t count[SCAN_CLASSES + 1] = {0};
    ens_bytes b = {0};
    for (int64_t j = 0; j < a->n_done; j++)
        count[a->number[j]]++;
    for (int k = 0; k <= a->classes->n; k++) {
        const int shown = (k + 1) % (a->classes->n + 1); /* undecided comes last */
        char *part = weft_format("%s%s %lld", k ? ", " : "",
                                 shown ? a->classes->of[shown - 1].name : "undecided",
                                 (long long)count[shown]);
        ens_bytes_add(&b, part, strlen(part));
        weft_free(part);
    }
    ens_bytes_add(&b, "", 1);
    weft_say("points of each class: %s", b.data);
    ens_bytes_free(&b);
    say_overlaps(a);
}

weft_status scan_collect_classes(collection *c)
{
    classified a = {.c = c, .classes = c->scan->classes};
    classify(&a);
    weft_status status = write_class(&a);
    if (status == WEFT_OK)
        status = write_constants(&a);
    if (status == WEFT_OK)
        status = write_clauses(&a);
    if (status == WEFT_OK)
        status = write_boundaries(&a);
    if (status == WEFT_OK)
        say_classes(&a);
    forget(&a);
    return status;
}
