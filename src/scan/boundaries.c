/* Where classes meet: a boundary is a place on a line (points that differ along one dimension
 * alone) between two points of different classes.
 *
 * Only points whose class is decided and sure say where a class ends: those that are undecided, or
 * whose class is not sure (sureness.c), lie within the error of the boundary. So the place is
 * known to lie between `low` and `high`, the last sure point on one side and the first on the
 * other. Without replicas the sureness is not known, and points count as they are.
 *
 * A curve is what has the same dimension, the same two classes and the same number of passages
 * before it on its line; along it the other coordinates grow. Invariant: the list is a function of
 * the points, classes and surenesses, in an order that is complete. */
#define _GNU_SOURCE /* qsort_r */
#include "classes.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>

/* Boundaries that are found, in a growing array. */
typedef struct found {
    int n, room;
    scan_boundary *list;
} found;

static void add(found *f, scan_boundary b)
{
    if (f->n == f->room) {
        f->room = f->room ? 2 * f->room : 64;
        f->list = weft_grow(f->list, (size_t)f->n, (size_t)f->room, sizeof *f->list);
    }
    f->list[f->n++] = b;
}

/* Passages of the same two classes on the line that ends with the list. */
static int passages_before(const found *f, int from, int lower, int upper)
{
    int n = 0;
    for (int i = from; i < f->n; i++)
        n += f->list[i].lower == lower && f->list[i].upper == upper;
    return n;
}

/* One dimension: line after line. */
static void find_along(const weft_scan *s, int dim, const int *number, const double *sureness,
                       found *f)
{
    scan_lines l = scan_lines_make(s, dim, s->rounds);
    int64_t last = -1; /* the last point of the line that counts */
    int line = f->n;   /* where the boundaries of the line begin */
    for (int64_t i = 0; i < l.n; i++) {
        const int64_t p = l.point[i];
        if (i > 0 && !scan_lines_joined(&l, i - 1)) {
            last = -1;
            line = f->n;
        }
        if (number[p] < 1 || !scan_class_sure(sureness[p]))
            continue;
        if (last >= 0 && number[last] != number[p])
            add(f, (scan_boundary){
                       .dim = dim,
                       .lower = number[last],
                       .upper = number[p],
                       .passage = passages_before(f, line, number[last], number[p]),
                       .low = last,
                       .high = p,
                   });
        last = p;
    }
    scan_lines_free(&l);
}

/* Of a point along a dimension, by its first axis: words are numbered as they are written. */
static double value(const weft_scan *s, int dim, int64_t point)
{
    int a = 0;
    while (s->axis[a].dim != dim)
        a++;
    return s->axis[a].values[s->point[point].index[dim]];
}

/* Curve after curve; along a curve by the other dimensions, in the order of their values. */
static int by_curve(const void *x, const void *y, void *context)
{
    const scan_boundary *a = x, *b = y;
    const weft_scan *s = context;
    const int keys[4][2] = {
        {a->dim, b->dim}, {a->lower, b->lower}, {a->upper, b->upper}, {a->passage, b->passage}};
    for (int k = 0; k < 4; k++)
        if (keys[k][0] != keys[k][1])
            return keys[k][0] < keys[k][1] ? -1 : 1;
    for (int d = 0; d < s->n_dims; d++) {
        const double u = value(s, d, a->low), v = value(s, d, b->low);
        if (d != a->dim && u != v)
            return u < v ? -1 : 1;
    }
    return a->low < b->low ? -1 : a->low > b->low;
}

scan_boundary *scan_boundaries(const weft_scan *s, const int *number, const double *sureness,
                               int *n)
{
    found f = {0};
    for (int d = 0; d < s->n_dims; d++)
        if (scan_numbers_along(s, d))
            find_along(s, d, number, sureness, &f);
    if (f.n > 0)
        qsort_r(f.list, (size_t)f.n, sizeof *f.list, by_curve, (void *)s);
    *n = f.n;
    return f.list;
}
