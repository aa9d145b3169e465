/* More points where something happens: between neighbours whose derived quantity differs
 * much (gradient), between which it passes a level (bisection), or whose class differs.
 *
 * Refinement goes in rounds. The points of a round are made when all points of the rounds
 * before are done or failed. A line is the set of points that differ along one dimension
 * alone; neighbours are points next to each other on a line.
 *
 * Invariant: the new points are a function of the results alone: of which values there are,
 * in an order that does not depend on who finished first. So every process, every task of
 * an array and every resumed scan makes the same points in the same order, with the same
 * identities, and needs no message about them; only within one MPI job rank 0 tells the
 * others (scan_broadcast), since they do not read the results. A point that failed has the
 * value nan; comparisons with nan are false, so that nothing is refined beside it. */
#define _GNU_SOURCE /* qsort_r */
#include "classes.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Order of two points by all their dimensions but one: 0 if they lie on one line along
 * that. */
static int compare_dims(const weft_scan *s, const scan_point *a, const scan_point *b, int except)
{
    for (int d = 0; d < s->n_dims; d++)
        if (d != except && a->index[d] != b->index[d])
            return a->index[d] < b->index[d] ? -1 : 1;
    return 0;
}

/* For qsort_r: by line, and on a line by the size of the value. */
static int by_line(const void *x, const void *y, void *context)
{
    const scan_lines *l = context;
    const scan_point *a = &l->scan->point[*(const int64_t *)x];
    const scan_point *b = &l->scan->point[*(const int64_t *)y];
    int other = compare_dims(l->scan, a, b, l->dim);
    return other ? other : l->rank[a->index[l->dim]] - l->rank[b->index[l->dim]];
}

/* For qsort_r: indices by the numbers they stand for. */
static int by_value(const void *x, const void *y, void *context)
{
    const double *values = context;
    double a = values[*(const int *)x], b = values[*(const int *)y];
    return a < b ? -1 : a > b;
}

/* The first axis of a dimension; NULL if values of one of its axes are no numbers, between
 * which there is nothing. */
const scan_axis *scan_numbers_along(const weft_scan *s, int dim)
{
    const scan_axis *first = NULL;
    for (int a = 0; a < s->n_axes; a++) {
        if (s->axis[a].dim == dim && s->axis[a].text)
            return NULL;
        if (s->axis[a].dim == dim && !first)
            first = &s->axis[a];
    }
    return first;
}

/* Of zipped axes the first one decides. */
int *scan_value_order(const weft_scan *s, int dim)
{
    const scan_axis *axis = NULL;
    for (int a = s->n_axes - 1; a >= 0; a--)
        if (s->axis[a].dim == dim)
            axis = &s->axis[a];
    int *order = weft_alloc((size_t)axis->n, sizeof *order);
    for (int i = 0; i < axis->n; i++)
        order[i] = i;
    if (!axis->text)
        qsort_r(order, (size_t)axis->n, sizeof *order, by_value, axis->values);
    return order;
}

/* Points of up to a round along a dimension; later ones are those that the present round is
 * making. */
scan_lines scan_lines_make(const weft_scan *s, int dim, int round)
{
    int *order = scan_value_order(s, dim);
    scan_lines l = {.scan = s,
                    .dim = dim,
                    .rank = weft_alloc((size_t)s->dim_size[dim], sizeof *l.rank),
                    .point = weft_alloc((size_t)s->n, sizeof *l.point)};
    for (int i = 0; i < s->dim_size[dim]; i++)
        l.rank[order[i]] = i;
    weft_free(order);
    for (int64_t i = 0; i < s->n; i++)
        if (s->point[i].round <= round)
            l.point[l.n++] = i;
    qsort_r(l.point, (size_t)l.n, sizeof *l.point, by_line, &l);
    return l;
}

void scan_lines_free(scan_lines *l)
{
    weft_free(l->rank);
    weft_free(l->point);
}

bool scan_lines_joined(const scan_lines *l, int64_t i)
{
    return i + 1 < l->n && compare_dims(l->scan, &l->scan->point[l->point[i]],
                                        &l->scan->point[l->point[i + 1]], l->dim) == 0;
}

/* In the first round of all, so that the threshold does not change as the scan is refined. */
static double largest_difference(const weft_scan *s, const double *values)
{
    double most = 0;
    for (int d = 0; d < s->n_dims; d++) {
        if (!scan_numbers_along(s, d))
            continue;
        scan_lines l = scan_lines_make(s, d, 0);
        for (int64_t i = 0; i < l.n; i++)
            if (scan_lines_joined(&l, i))
                most = fmax(most, fabs(values[l.point[i]] - values[l.point[i + 1]]));
        scan_lines_free(&l);
    }
    return most;
}

/* The value between two; a or b if there is none: whole numbers are rounded down. On a
 * logarithmic axis the geometric mean, which has the sign of both. */
static double between(const scan_axis *axis, double a, double b)
{
    double middle = axis->log ? copysign(sqrt(a * b), a) : a + 0.5 * (b - a);
    return axis->whole ? floor(middle) : middle;
}

/* Index of the value halfway between two values of a dimension, made if it is not there; -1
 * if there is nothing between. Zipped axes get a value each. */
static int middle_index(weft_scan *s, int dim, int i, int j)
{
    const scan_axis *first = scan_numbers_along(s, dim);
    double middle = between(first, first->values[i], first->values[j]);
    if (middle == first->values[i] || middle == first->values[j])
        return -1;
    for (int k = 0; k < first->n; k++)
        if (first->values[k] == middle)
            return k;
    for (int a = 0; a < s->n_axes; a++)
        if (s->axis[a].dim == dim)
            scan_add_value(&s->axis[a],
                           between(&s->axis[a], s->axis[a].values[i], s->axis[a].values[j]), NULL,
                           NULL);
    return s->dim_size[dim]++;
}

/* The point halfway between two of a line, if there is room and it is not one of this round
 * already: lines along two dimensions may both ask for it. first: the first point of the round. */
static weft_status add_middle(weft_scan *s, int dim, int64_t p, int64_t q, int round, int64_t first)
{
    int index[SCAN_DIMS];
    memcpy(index, s->point[p].index, sizeof index);
    index[dim] = middle_index(s, dim, index[dim], s->point[q].index[dim]);
    if (index[dim] < 0)
        return WEFT_OK;
    for (int64_t i = first; s->n_dims > 1 && i < s->n; i++)
        if (memcmp(s->point[i].index, index, (size_t)s->n_dims * sizeof *index) == 0)
            return WEFT_OK;
    return scan_add_point(s, index, round);
}

/* Points between neighbours along a dimension that differ by more than the threshold, or
 * (threshold < 0) between which the level is passed. Only points of earlier rounds count,
 * since those of this round have no results. A neighbour whose value is exactly the level
 * is the point that was looked for: the product is then zero, and nothing is added. */
static weft_status add_along(weft_scan *s, int dim, int round, double threshold, double level,
                             const double *values, int64_t first)
{
    scan_lines l = scan_lines_make(s, dim, round - 1);
    weft_status status = WEFT_OK;
    for (int64_t i = 0; i < l.n && status == WEFT_OK; i++) {
        if (!scan_lines_joined(&l, i))
            continue;
        int64_t p = l.point[i], q = l.point[i + 1];
        bool wanted = threshold < 0 ? (values[p] - level) * (values[q] - level) < 0
                                    : fabs(values[p] - values[q]) > threshold;
        if (wanted)
            status = add_middle(s, dim, p, q, round, first);
    }
    scan_lines_free(&l);
    return status;
}

/* Points between neighbours of two classes. Where points that are undecided, or not sure, lie
 * between them, the class changes somewhere from the one to the other: both ends of that stretch
 * are made narrower, and so become the interval that the statistical error allows. */
static weft_status add_between_classes(weft_scan *s, int dim, int round, const int *number,
                                       int64_t first)
{
    scan_lines l = scan_lines_make(s, dim, round - 1);
    weft_status status = WEFT_OK;
    int64_t last = -1; /* the last entry of the line whose class is decided */
    for (int64_t i = 0; i < l.n && status == WEFT_OK; i++) {
        if (i > 0 && !scan_lines_joined(&l, i - 1))
            last = -1;
        if (number[l.point[i]] < 1)
            continue;
        if (last >= 0 && number[l.point[last]] != number[l.point[i]]) {
            status = add_middle(s, dim, l.point[last], l.point[last + 1], round, first);
            if (status == WEFT_OK && last + 1 < i)
                status = add_middle(s, dim, l.point[i - 1], l.point[i], round, first);
        }
        last = i;
    }
    scan_lines_free(&l);
    return status;
}

/* Points that are neither done nor failed. */
static int64_t open_points(const weft_scan *s, const scan_results *results)
{
    int64_t open = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const int state = scan_state(results, &s->point[i]);
        open += state != SCAN_DONE && state != SCAN_FAILED;
    }
    return open;
}

/* The quantity that decides, of each point; nan where it is not known. A new array. */
static double *derived_values(const weft_scan *s, const scan_results *results)
{
    double *values = weft_alloc((size_t)s->n, sizeof *values);
    const scan_derive *d = &s->derive[s->refine.by];
    for (int64_t i = 0; i < s->n; i++) {
        const scan_entry *e = scan_results_find(results, s->point[i].id);
        values[i] = e && e->state == SCAN_DONE ? scan_derived_value(d, e) : NAN;
    }
    return values;
}

/* The points of a round where the class changes, along all dimensions of numbers. */
static weft_status refine_classes(weft_scan *s, const scan_results *results, int round)
{
    int *number = scan_class_numbers(s, results);
    const int64_t before = s->n;
    weft_status status = WEFT_OK;
    scan_class_drop_unsure(s, results, number);
    for (int d = 0; d < s->n_dims && status == WEFT_OK; d++)
        if (scan_numbers_along(s, d))
            status = add_between_classes(s, d, round, number, before);
    weft_free(number);
    return status;
}

/* The points of a round by a reduction. The factor 1 - 1e-12 lets a difference that equals the
 * threshold but for rounding count. */
static weft_status refine_values(weft_scan *s, const scan_results *results, int round)
{
    const scan_refine *f = &s->refine;
    const int64_t before = s->n;
    double *values = derived_values(s, results);
    weft_status status = WEFT_OK;
    double threshold = f->gradient ? f->share * largest_difference(s, values) : -1;
    if (f->gradient && threshold == 0)
        threshold = INFINITY; /* nothing differs */
    for (int d = 0; d < s->n_dims && status == WEFT_OK; d++)
        if (f->gradient ? scan_numbers_along(s, d) != NULL : d == f->dim)
            status = add_along(s, d, round, threshold * (1 - 1e-12), f->level, values, before);
    weft_free(values);
    return status;
}

/* Round after round, as far as results are there. A round that adds nothing is the last one. */
weft_status scan_refine_points(weft_scan *s, const scan_results *results)
{
    const scan_refine *f = &s->refine;
    while (f->wanted && s->rounds < f->rounds && open_points(s, results) == 0) {
        const int64_t before = s->n;
        WEFT_TRY(f->by_class ? refine_classes(s, results, s->rounds + 1)
                             : refine_values(s, results, s->rounds + 1));
        s->rounds = s->n > before ? s->rounds + 1 : f->rounds;
    }
    return WEFT_OK;
}

/* ---- the same points on all ranks ---- */

/* Collective. Rank 0 may have more values along the axes, and more points, than the others:
 * they add what they lack, resolve the points themselves, and take the identities from rank
 * 0. The loops run from the least that any rank has to what rank 0 has, on all ranks alike;
 * after an error a rank still takes part in them. */
weft_status scan_broadcast(MPI_Comm comm, weft_scan *s)
{
    int sizes[SCAN_DIMS], rank;
    int64_t n = s->n, before = s->n;
    weft_status status = WEFT_OK;
    MPI_Comm_rank(comm, &rank);
    memcpy(sizes, s->dim_size, sizeof sizes);
    MPI_Bcast(sizes, SCAN_DIMS, MPI_INT, 0, comm);
    MPI_Bcast(&s->rounds, 1, MPI_INT, 0, comm);
    MPI_Bcast(&n, 1, MPI_INT64_T, 0, comm);
    MPI_Allreduce(MPI_IN_PLACE, &before, 1, MPI_INT64_T, MPI_MIN, comm);
    for (int a = 0; a < s->n_axes; a++) {
        int first = s->dim_size[s->axis[a].dim], last = sizes[s->axis[a].dim];
        MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, comm);
        for (int i = first; i < last; i++) {
            double value = rank == 0 ? s->axis[a].values[i] : 0;
            MPI_Bcast(&value, 1, MPI_DOUBLE, 0, comm);
            if (rank != 0)
                scan_add_value(&s->axis[a], value, NULL, NULL);
        }
    }
    memcpy(s->dim_size, sizes, sizeof sizes);
    for (int64_t i = before; i < n; i++) {
        scan_point p = {.round = 0};
        if (rank == 0)
            p = s->point[i];
        MPI_Bcast(&p, sizeof p, MPI_BYTE, 0, comm);
        if (rank != 0 && status == WEFT_OK)
            status = scan_add_point(s, p.index, p.round);
        if (status == WEFT_OK)
            memcpy(s->point[i].id, p.id, sizeof p.id); /* files may look different from here */
    }
    return weft_agree(comm, status);
}
