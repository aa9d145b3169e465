/* A direct solver for the linear systems of a line of sites: factors of a band matrix without
 * pivots, as PETSc's, in an array of the band's width, so that no index is looked up; PETSc's
 * solve for any pattern takes ten times as long on such a line.
 *
 * A ring couples the last unknowns with the first. So the last w unknowns, w being the width of the
 * band beside the diagonal, are kept apart as a border, and the system is
 *
 *     ( T  F ) (x)   (b)        T = L D U, a band    W = (L D)^-1 F
 *     ( G  S ) (z) = (c)                             Z = G (D U)^-1,   S' = S - Z D W
 *
 * The rows of W and Z fall off quickly from both ends of the line. Invariant: rows from `top` to
 * the last w before the border are zero, and no loop looks at them.
 *
 * All numbers are in one array: rows of T with 2 w + 1 values, then w more rows of zeros (so that
 * loops need no case at the end), F with w values for each unknown, G likewise by columns, S. */
#include "petsc_line.h"
#include "weft/memory.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { WIDEST = 16 };

typedef struct line {
    const stepper_petsc *p;
    int64_t w, m, top; /* m: rows of T */
    int64_t size;      /* of the array */
    double *band, *right, *below, *corner;
    double *y;      /* a right-hand side with w zeros before and behind */
    int64_t *place; /* of each of p->value in the array, which begins at band */
} line;

/* ---- set up ---- */

/* How far entries are from the diagonal, but for those around the ends of a ring. */
static int width(const stepper_petsc *p)
{
    int w = 1;
    for (int e = 0; e < p->n_entries; e++) {
        const weft_coupling *c = &p->entry[e].where;
        const int away = abs(c->offset[2] * p->n + c->column - c->row);
        w = away > w ? away : w;
    }
    return w;
}

bool stepper_petsc_line_fits(const stepper_petsc *p)
{
    const weft_grid *grid = p->sim->grid;
    const int w = width(p);
    return grid->size == 1 && grid->dim == 1 && w <= WIDEST && grid->n[2] * p->n >= 4 * w;
}

static int64_t place_of(const line *s, int64_t row, int64_t column)
{
    const int64_t w = s->w, m = s->m;
    if (row < m && column < m)
        return row * (2 * w + 1) + w + column - row;
    if (row < m)
        return s->right - s->band + row * w + column - m;
    if (column < m)
        return s->below - s->band + column * w + row - m;
    return s->corner - s->band + (row - m) * w + column - m;
}

static void make_places(line *s)
{
    const int64_t values = stepper_petsc_values(s->p);
    PetscInt *row = weft_alloc((size_t)values, sizeof *row),
             *column = weft_alloc((size_t)values, sizeof *column);
    stepper_petsc_places(s->p, row, column);
    s->place = weft_alloc((size_t)values, sizeof *s->place);
    for (int64_t k = 0; k < values; k++)
        s->place[k] = place_of(s, row[k], column[k]);
    weft_free(row);
    weft_free(column);
}

static line *make(const stepper_petsc *p)
{
    line *s = weft_alloc(1, sizeof *s);
    const int64_t w = width(p), m = p->sim->grid->n[2] * p->n - w;
    s->p = p;
    s->w = w;
    s->m = m;
    s->size = (m + w) * (4 * w + 1) + w * w;
    s->band = weft_alloc((size_t)s->size, sizeof *s->band);
    s->right = s->band + (m + w) * (2 * w + 1);
    s->below = s->right + (m + w) * w;
    s->corner = s->below + (m + w) * w;
    s->y = weft_alloc((size_t)(m + 2 * w), sizeof *s->y);
    make_places(s);
    return s;
}

/* ---- factors ---- */

/* Eliminate unknown i: T, and with it the border where that is not zero. False: no pivot. L has
 * ones on its diagonal, and so have rows of U and W after this, which are divided by the pivot; its
 * reciprocal takes its place. So no solution waits for a product with it. */
static inline __attribute__((always_inline)) bool eliminate(line *s, int64_t i, const int w,
                                                            bool border)
{
    double *restrict row = s->band + i * (2 * w + 1) + w;
    double *right = s->right + i * w, *below = s->below + i * w;
    const double inverse = 1.0 / row[0];
    if (!(fabs(row[0]) > 100 * DBL_EPSILON))
        return false;
    row[0] = inverse;
    for (int r = 1; r <= w; r++) {
        double *restrict other = row + r * (2 * w + 1) - r;
        const double l = other[0] *= inverse;
        for (int c = 1; c <= w; c++)
            other[c] -= l * row[c];
        for (int q = 0; border && q < w; q++)
            right[r * w + q] -= l * right[q];
    }
    for (int q = 0; border && q < w; q++) {
        const double z = below[q] *= inverse;
        for (int c = 1; c <= w; c++)
            below[c * w + q] -= z * row[c];
        for (int r = 0; r < w; r++)
            s->corner[q * w + r] -= z * right[r];
    }
    for (int c = 1; c <= w; c++)
        row[c] *= inverse;
    for (int q = 0; border && q < w; q++)
        right[q] *= inverse;
    return true;
}

/* Are the rows of the border that an elimination goes on with below any rounding? They are set to
 * zero then, before they become numbers that processors are slow with. */
static bool faded(line *s, int64_t i)
{
    const int64_t n = s->w * s->w;
    double *right = s->right + i * s->w, *below = s->below + i * s->w, most = 0.0;
    for (int64_t k = 0; k < n; k++)
        most = fmax(most, fmax(fabs(right[k]), fabs(below[k])));
    if (most > 1e-60)
        return false;
    memset(right, 0, (size_t)n * sizeof *right);
    memset(below, 0, (size_t)n * sizeof *below);
    return true;
}

static inline __attribute__((always_inline)) bool factor_band(line *s, const int w)
{
    int64_t i = 0;
    for (s->top = 0; i < s->m - w; i++) {
        if (i + 2 * w < s->m && i % w == 0 && faded(s, i))
            break;
        if (!eliminate(s, i, w, true))
            return false;
    }
    for (s->top = i; i < s->m - w; i++)
        if (!eliminate(s, i, w, false))
            return false;
    for (; i < s->m; i++)
        if (!eliminate(s, i, w, true))
            return false;
    return true;
}

/* S', in place. */
static bool factor_corner(line *s)
{
    const int64_t w = s->w;
    double *a = s->corner;
    for (int64_t i = 0; i < w; i++) {
        if (!(fabs(a[i * w + i]) > 100 * DBL_EPSILON))
            return false;
        a[i * w + i] = 1.0 / a[i * w + i];
        for (int64_t r = i + 1; r < w; r++) {
            a[r * w + i] *= a[i * w + i];
            for (int64_t c = i + 1; c < w; c++)
                a[r * w + c] -= a[r * w + i] * a[i * w + c];
        }
    }
    return true;
}

/* Widths of one and two components, or of one that reaches further, are unrolled. */
static bool factor(line *s)
{
    bool good = false;
    if (s->w == 1)
        good = factor_band(s, 1);
    else if (s->w == 2)
        good = factor_band(s, 2);
    else if (s->w == 3)
        good = factor_band(s, 3);
    else
        good = factor_band(s, (int)s->w);
    return good && factor_corner(s);
}

/* As PETSc calls it where the matrix is another one. A pivot that is zero (or no number) makes the
 * step fail, and PETSc tries a shorter one. */
static PetscErrorCode set_up(PC pc)
{
    line *s;
    PetscCall(PCShellGetContext(pc, &s));
    const int64_t values = stepper_petsc_values(s->p);
    memset(s->band, 0, (size_t)s->size * sizeof *s->band);
    for (int64_t k = 0; k < values; k++)
        s->band[s->place[k]] += s->p->value[k];
    return PCSetFailedReason(pc, factor(s) ? PC_NOERROR : PC_FACTOR_NUMERIC_ZEROPIVOT);
}

/* ---- solutions ---- */

/* y = L^-1 b from one row to another, and the border's c - Z y. */
static inline __attribute__((always_inline)) void forward(const line *s, int64_t from, int64_t to,
                                                          const int w, bool border)
{
    double *restrict y = s->y + w, *restrict c = y + s->m;
    for (int64_t i = from; i < to; i++) {
        const double *row = s->band + i * (2 * w + 1) + w, *below = s->below + i * w;
        double v = y[i];
        for (int r = w; r > 0; r--)
            v -= row[-r] * y[i - r];
        y[i] = v;
        for (int q = 0; border && q < w; q++)
            c[q] -= below[q] * v;
    }
}

/* x = U^-1 (D^-1 y - W z), from the last row to the first. Behind the last row of T is z, which is
 * not part of the band: the values of U are zero there. */
static inline __attribute__((always_inline)) void backward(const line *s, int64_t from, int64_t to,
                                                           const int w, bool border)
{
    double *restrict y = s->y + w;
    const double *z = y + s->m;
    for (int64_t i = to; i-- > from;) {
        const double *row = s->band + i * (2 * w + 1) + w, *right = s->right + i * w;
        double v = y[i] * row[0];
        for (int q = 0; border && q < w; q++)
            v -= right[q] * z[q];
        for (int c = w; c > 0; c--)
            v -= row[c] * y[i + c];
        y[i] = v;
    }
}

static void solve_corner(const line *s, double *z)
{
    const int64_t w = s->w;
    for (int64_t i = 0; i < w; i++)
        for (int64_t c = 0; c < i; c++)
            z[i] -= s->corner[i * w + c] * z[c];
    for (int64_t i = w; i-- > 0;) {
        for (int64_t c = i + 1; c < w; c++)
            z[i] -= s->corner[i * w + c] * z[c];
        z[i] *= s->corner[i * w + i];
    }
}

static inline __attribute__((always_inline)) void solve_band(const line *s, const int w)
{
    const int64_t end = s->m - w;
    forward(s, 0, s->top, w, true);
    forward(s, s->top, end, w, false);
    forward(s, end, s->m, w, true);
    solve_corner(s, s->y + w + s->m);
    backward(s, end, s->m, w, true);
    backward(s, s->top, end, w, false);
    backward(s, 0, s->top, w, true);
}

static PetscErrorCode apply(PC pc, Vec from, Vec to)
{
    line *s;
    const PetscScalar *b;
    PetscScalar *x;
    PetscCall(PCShellGetContext(pc, &s));
    const size_t bytes = (size_t)(s->m + s->w) * sizeof *s->y;
    PetscCall(VecGetArrayRead(from, &b));
    memcpy(s->y + s->w, b, bytes);
    PetscCall(VecRestoreArrayRead(from, &b));
    if (s->w == 1)
        solve_band(s, 1);
    else if (s->w == 2)
        solve_band(s, 2);
    else if (s->w == 3)
        solve_band(s, 3);
    else
        solve_band(s, (int)s->w);
    PetscCall(VecGetArrayWrite(to, &x));
    memcpy(x, s->y + s->w, bytes);
    PetscCall(VecRestoreArrayWrite(to, &x));
    return 0;
}

static PetscErrorCode destroy(PC pc)
{
    line *s;
    PetscCall(PCShellGetContext(pc, &s));
    weft_free(s->band);
    weft_free(s->y);
    weft_free(s->place);
    weft_free(s);
    return 0;
}

PetscErrorCode stepper_petsc_line(stepper_petsc *p, PC pc)
{
    PetscCall(PCSetType(pc, PCSHELL));
    PetscCall(PCShellSetContext(pc, make(p)));
    PetscCall(PCShellSetSetUp(pc, set_up));
    PetscCall(PCShellSetApply(pc, apply));
    PetscCall(PCShellSetDestroy(pc, destroy));
    return 0;
}
