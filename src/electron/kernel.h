/* The recursion over windows, LANES centres at once: alpha_{m+1} = 2 x alpha_m -
 * alpha_{m-1}, x = (H - mu)/a, from alpha_0 = |i>. Included by kernel_f32.c and
 * kernel_f64.c, which define REAL, LANES and NAME.
 *
 * Two moments come out of each step, <i|T_{2m}|i> and <i|T_{2m+1}|i>, by T_j T_k = (T_{j+k}
 * + T_{|j-k|})/2 (A. Weisse and others, Rev. Mod. Phys. 78, 275 (2006), II.D), so that half
 * of the steps are enough.
 *
 * Invariants. Every lane sees the same operations wherever its window lies; so these files
 * may be compiled with contraction (fused multiply-add), and equal bits are not at stake.
 * Only rows that m hops from the centre can reach are touched, since all others are zero.
 * The padding is zero at a wall and the periodic continuation along wrapped axes, so that
 * no site needs a test. */
#include "internal.h"
#include <string.h>

typedef REAL vec __attribute__((vector_size(LANES * sizeof(REAL)), may_alias));

/* V of every lane's window, as 2 (V + shift - mu)/a: the factor 2 of the recursion is in
 * it. */
static void fill(const el_shape *s, const double *const *centre, const int64_t stride[3], double mu,
                 const double *shift, double scale, vec *w)
{
    int64_t site = 0;
    for (int64_t k = 0; k < s->n_rows; k++) {
        const el_row *row = &s->row[k];
        int64_t from = row->d[0] * stride[0] + row->d[1] * stride[1] + row->d[2];
        for (int64_t x = 0; x < row->n; x++, site++) {
            double from_zero = shift ? mu - shift[site] : mu;
            for (int l = 0; l < LANES; l++)
                w[row->at + x][l] = (REAL)(scale * (centre[l][from + x] - from_zero));
        }
    }
}

/* The periodic continuation of wrapped axes into the padding, before each step: rows first,
 * then whole rows and planes, so that corners are right as well. */
static void wrap(const el_shape *s, vec *b)
{
    if (s->wrap[2])
        for (int64_t k = 0; k < s->n_rows; k++)
            for (int64_t p = 0; p < s->pad; p++) {
                vec *row = b + s->row[k].at;
                row[s->row[k].n + p] = row[p];
                row[-1 - p] = row[s->row[k].n - 1 - p];
            }
    int64_t plane = s->n[2], volume = s->n[2] * s->n[1];
    if (s->wrap[1]) {
        int64_t n = s->n[1] - 2;
        for (int64_t z = 0; z < s->n[0]; z++) {
            vec *base = b + z * volume;
            memcpy(base, base + n * plane, (size_t)plane * sizeof(vec));
            memcpy(base + (n + 1) * plane, base + plane, (size_t)plane * sizeof(vec));
        }
    }
    if (s->wrap[0]) {
        int64_t n = s->n[0] - 2;
        memcpy(b, b + n * volume, (size_t)volume * sizeof(vec));
        memcpy(b + (n + 1) * volume, b + volume, (size_t)volume * sizeof(vec));
    }
}

/* The sum over second neighbours. */
static inline __attribute__((always_inline)) vec second(const vec *b, int64_t sy, int64_t sz,
                                                        int dim)
{
    if (dim == 1)
        return b[-2] + b[2];
    vec sum = (b[-sy - 1] + b[-sy + 1]) + (b[sy - 1] + b[sy + 1]);
    if (dim == 3)
        sum += ((b[-sz - 1] + b[-sz + 1]) + (b[sz - 1] + b[sz + 1])) +
               ((b[-sz - sy] + b[-sz + sy]) + (b[sz - sy] + b[sz + sy]));
    return sum;
}

/* a = 2 x b - a; adds <a|b> to *odd and <b|b> to *even. h, h2: -2t/a, -2t'/a. */
static inline __attribute__((always_inline)) void
advance(const el_shape *s, int64_t reached, const vec *w, const vec *restrict b, vec *restrict a,
        REAL h, REAL h2, int dim, bool next, bool with_even, vec *odd, vec *even)
{
    int64_t sy = s->stride[1], sz = s->stride[0];
    vec o = {0}, e = {0};
    for (int64_t k = 0; k < s->n_rows; k++) {
        const el_row *row = &s->row[k];
        if (row->far > reached)
            continue;
        const vec *wr = w + row->at, *br = b + row->at;
        vec *ar = a + row->at;
        for (int64_t x = 0; x < row->n; x++) {
            vec sum = br[x - 1] + br[x + 1];
            if (dim > 1)
                sum += br[x - sy] + br[x + sy];
            if (dim > 2)
                sum += br[x - sz] + br[x + sz];
            vec r = h * sum - ar[x];
            if (next)
                r = h2 * second(br + x, sy, sz, dim) + r;
            r = wr[x] * br[x] + r;
            ar[x] = r;
            o = r * br[x] + o;
            if (with_even)
                e = br[x] * br[x] + e;
        }
    }
    *odd = o;
    *even = e;
}

/* A recursion at work; a and b change places at each step. */
typedef struct recursion {
    const el_shape *shape;
    const vec *w;
    vec *a, *b;
    REAL h, h2;
    int64_t steps;
    vec *odd, *even;
} recursion;

/* One loop for each lattice and purpose, so that no choice is left inside. */
static inline __attribute__((always_inline)) void run(recursion r, int dim, bool next,
                                                      bool with_even)
{
    bool wrapped = r.shape->wrap[0] || r.shape->wrap[1] || r.shape->wrap[2];
    vec first = r.odd[0];
    for (int64_t m = 1; m < r.steps; m++) {
        vec o, e;
        if (wrapped)
            wrap(r.shape, r.b);
        advance(r.shape, m + 1, r.w, r.b, r.a, r.h, r.h2, dim, next, with_even, &o, &e);
        r.odd[m] = 2 * o - first;
        if (with_even)
            r.even[m] = 2 * e - 1;
        vec *t = r.a;
        r.a = r.b;
        r.b = t;
    }
}

#define LATTICE(DIM)                                                                               \
    case DIM:                                                                                      \
        if (next && with_even)                                                                     \
            run(r, DIM, true, true);                                                               \
        else if (next)                                                                             \
            run(r, DIM, true, false);                                                              \
        else if (with_even)                                                                        \
            run(r, DIM, false, true);                                                              \
        else                                                                                       \
            run(r, DIM, false, false);                                                             \
        break

static void run_lattice(recursion r, bool next, bool with_even)
{
    switch (r.shape->dim) {
        LATTICE(1);
        LATTICE(2);
        LATTICE(3);
    }
}

/* alpha_1 = x alpha_0, from half of the recursion's step with alpha_-1 = 0. */
static vec first_step(const recursion *r, bool next)
{
    vec odd, even;
    bool wrapped = r->shape->wrap[0] || r->shape->wrap[1] || r->shape->wrap[2];
    if (wrapped)
        wrap(r->shape, r->a);
    REAL h = r->h, h2 = next ? r->h2 : 0;
    int dim = r->shape->dim;
    if (dim == 1)
        advance(r->shape, 1, r->w, r->a, r->b, h, h2, 1, next, false, &odd, &even);
    else if (dim == 2)
        advance(r->shape, 1, r->w, r->a, r->b, h, h2, 2, next, false, &odd, &even);
    else
        advance(r->shape, 1, r->w, r->a, r->b, h, h2, 3, next, false, &odd, &even);
    for (int64_t i = 0; i < r->shape->size; i++)
        r->b[i] *= (REAL)0.5;
    return (REAL)0.5 * odd;
}

/* Moments of the windows around LANES centres: see internal.h. */
void NAME(const el_shape *s, const double *const *centre, const int64_t stride[3],
          const el_problem *p, REAL *work, REAL *odd, REAL *even)
{
    vec *w = (vec *)work, *a = w + s->size, *b = a + s->size;
    memset(a, 0, (size_t)(2 * s->size) * sizeof(vec));
    fill(s, centre, stride, p->mu, p->shift, 2 / p->a, w);
    a[s->centre] = a[s->centre] + 1;
    recursion r = {.shape = s,
                   .w = w,
                   .a = a,
                   .b = b,
                   .h = (REAL)(-2 * p->t / p->a),
                   .h2 = (REAL)(-2 * p->t2 / p->a),
                   .steps = p->steps,
                   .odd = (vec *)odd,
                   .even = (vec *)even};
    r.odd[0] = first_step(&r, p->t2 != 0);
    if (even)
        r.even[0] = (vec){0} + 1;
    run_lattice(r, p->t2 != 0, even != NULL);
}
