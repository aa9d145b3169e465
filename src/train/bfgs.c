/* L-BFGS: the least of a function of many unknowns from its gradients (J. Nocedal, Math. Comp. 35
 * (1980) 773). The inverse of the second derivatives is not kept, but applied from the last steps
 * and the changes of the gradient along them (two loops); a step is halved until the function falls
 * by a part of what its slope promises (L. Armijo, Pac. J. Math. 16 (1966) 1).
 *
 * Invariants. The function falls with every step that is taken. Pairs of steps and changes are only
 * kept where the curvature along them is positive, so that every direction leads downhill. All is
 * serial and in one order: ranks that get the same values take the same steps. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { HISTORY = 12, TRIES = 12 };

/* The part of the slope's promise that must be kept, and the length of the very first step, which
 * has no scale of its own. */
static const double promise = 1e-4, first_length = 1e-2;

/* The last pairs, the oldest first. */
typedef struct memory {
    int count;
    double *s[HISTORY], *y[HISTORY];
} memory;

static double product(const double *x, const double *y, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* y += c x. */
static void add_times(double c, const double *x, int64_t n, double *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += c * x[i];
}

/* d = -H g by the two loops; without pairs down the gradient, by a small step. */
static void direction(const memory *m, const double *g, int64_t n, double *d)
{
    double a[HISTORY];
    for (int64_t i = 0; i < n; i++)
        d[i] = -g[i];
    for (int k = m->count - 1; k >= 0; k--) {
        a[k] = product(m->s[k], d, n) / product(m->s[k], m->y[k], n);
        add_times(-a[k], m->y[k], n, d);
    }
    const int last = m->count - 1;
    const double length = sqrt(product(d, d, n));
    double scale = length > 0 ? first_length / length : 0;
    if (last >= 0)
        scale = product(m->s[last], m->y[last], n) / product(m->y[last], m->y[last], n);
    for (int64_t i = 0; i < n; i++)
        d[i] *= scale;
    for (int k = 0; k < m->count; k++) {
        const double b = product(m->y[k], d, n) / product(m->s[k], m->y[k], n);
        add_times(a[k] - b, m->s[k], n, d);
    }
}

/* The arrays of the oldest pair are used again for the newest. */
static void remember(memory *m, const double *s, const double *y, int64_t n)
{
    if (product(s, y, n) <= 1e-12 * sqrt(product(s, s, n) * product(y, y, n)))
        return;
    if (m->count == HISTORY) {
        double *first_s = m->s[0], *first_y = m->y[0];
        memmove(m->s, m->s + 1, (HISTORY - 1) * sizeof *m->s);
        memmove(m->y, m->y + 1, (HISTORY - 1) * sizeof *m->y);
        m->s[HISTORY - 1] = first_s;
        m->y[HISTORY - 1] = first_y;
        m->count--;
    }
    memcpy(m->s[m->count], s, (size_t)n * sizeof *s);
    memcpy(m->y[m->count++], y, (size_t)n * sizeof *y);
}

/* Vectors of one step: gradients here and there, direction, and where it began. */
typedef struct vectors {
    double *g, *next, *d, *kept;
} vectors;

/* Along d, halving the step until the loss falls enough; false: it never does, and x is where it
 * was. */
static bool search(double *x, int64_t n, const vectors *v, train_loss *loss, void *context,
                   double *value)
{
    const double slope = product(v->g, v->d, n);
    double step = 1;
    memcpy(v->kept, x, (size_t)n * sizeof *x);
    for (int k = 0; k < TRIES && slope < 0; k++, step /= 2) {
        for (int64_t i = 0; i < n; i++)
            x[i] = v->kept[i] + step * v->d[i];
        const double there = loss(context, v->next);
        if (there <= *value + promise * step * slope) {
            *value = there;
            return true;
        }
    }
    memcpy(x, v->kept, (size_t)n * sizeof *x);
    return false;
}

weft_status train_bfgs(double *x, int64_t n, int64_t steps, train_loss *loss, train_after *after,
                       void *context)
{
    double *room = weft_alloc((size_t)((4 + 2 * HISTORY) * n), sizeof *room);
    vectors v = {room, room + n, room + 2 * n, room + 3 * n};
    memory m = {0};
    for (int k = 0; k < HISTORY; k++) {
        m.s[k] = room + (4 + 2 * k) * n;
        m.y[k] = m.s[k] + n;
    }
    double value = loss(context, v.g);
    weft_status status = WEFT_OK;
    for (int64_t k = 1; k <= steps && status == WEFT_OK; k++) {
        direction(&m, v.g, n, v.d);
        if (!search(x, n, &v, loss, context, &value))
            break;
        for (int64_t i = 0; i < n; i++) {
            v.kept[i] = x[i] - v.kept[i];
            v.d[i] = v.next[i] - v.g[i];
        }
        remember(&m, v.kept, v.d, n);
        memcpy(v.g, v.next, (size_t)n * sizeof *v.g);
        status = after(context, k, value);
    }
    weft_free(room);
    return status;
}
