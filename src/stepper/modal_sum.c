/* Sums of matrices times coefficients, mode by mode: what steps of the exponential methods consist
 * of.
 *
 * Sums go over stretches of modes that stay in the first-level cache, all rows of a stretch before
 * the next one, into scratch memory first: a row may need the old value of another. Invariant:
 * every mode takes the same operations in the same order, whether it is one of a vector or the last
 * of a stretch, so that bits do not depend on how many modes a rank has. */
#include "modal.h"
#include <string.h>

/* s = f x for one entry, or s += f x. */
static void multiply_real(int64_t modes, int per_mode, const double *restrict f,
                          const double *restrict x, bool add, double *restrict s)
{
    if (per_mode == 1) {
        for (int64_t i = 0; i < modes; i++)
            s[i] = (add ? s[i] : 0.0) + f[i] * x[i];
        return;
    }
    for (int64_t i = 0; i < modes; i++)
        for (int j = 0; j < 2; j++)
            s[2 * i + j] = (add ? s[2 * i + j] : 0.0) + f[i] * x[2 * i + j];
}

/* s += i g x: numbers are pairs. */
static void add_imaginary(int64_t modes, const double *restrict g, const double *restrict x,
                          double *restrict s)
{
    for (int64_t i = 0; i < modes; i++) {
        s[2 * i] -= g[i] * x[2 * i + 1];
        s[2 * i + 1] += g[i] * x[2 * i];
    }
}

/* Two and four doubles at once, anywhere in memory. Left to itself the compiler takes real and
 * imaginary parts apart and puts them together again; here each entry of a table is doubled in a
 * register instead. */
typedef double two __attribute__((vector_size(16), aligned(8), may_alias));
typedef double four __attribute__((vector_size(32), aligned(8), may_alias));
#define TWO_MODES(f) __builtin_shufflevector(*(const two *)(f), *(const two *)(f), 0, 0, 1, 1)

/* The terms of a row with one real entry each, in one pass; base NULL: zero. Two modes at a time
 * take the same operations as one. */
static inline __attribute__((always_inline)) void
fused(int n, int64_t modes, int per_mode, const double *const *f, const double *weight,
      const double *const *x, const double *base, double *out)
{
    int64_t first = 0;
    for (; per_mode == 2 && first + 2 <= modes; first += 2) {
        four sum = weight[0] * (TWO_MODES(f[0] + first) * *(const four *)(x[0] + 2 * first));
        if (base)
            sum = *(const four *)(base + 2 * first) + sum;
        for (int t = 1; t < n; t++)
            sum += weight[t] * (TWO_MODES(f[t] + first) * *(const four *)(x[t] + 2 * first));
        *(four *)(out + 2 * first) = sum;
    }
    for (int64_t i = first; i < modes; i++)
        for (int j = 0; j < per_mode; j++) {
            const int64_t at = per_mode * i + j;
            double sum = weight[0] * (f[0][i] * x[0][at]);
            sum = base ? base[at] + sum : sum;
            for (int t = 1; t < n; t++)
                sum += weight[t] * (f[t][i] * x[t][at]);
            out[at] = sum;
        }
}

/* The numbers of terms that steppers use, so that the compiler unrolls and vectorises them. */
static void fused_any(int n, int64_t modes, int per_mode, const double *const *f,
                      const double *weight, const double *const *x, const double *base, double *out)
{
    if (per_mode == 2 && n == 1 && base)
        fused(1, modes, 2, f, weight, x, base, out);
    else if (per_mode == 2 && n == 2 && !base)
        fused(2, modes, 2, f, weight, x, NULL, out);
    else if (per_mode == 2 && n == 3 && !base)
        fused(3, modes, 2, f, weight, x, NULL, out);
    else if (per_mode == 2 && n == 5 && !base)
        fused(5, modes, 2, f, weight, x, NULL, out);
    else
        fused(n, modes, per_mode, f, weight, x, base, out);
}

/* Does each term have one entry in this row, a real one? Its columns. */
static bool single_entries(int n, const stepper_term *terms, int row, int *column)
{
    for (int t = 0; t < n; t++) {
        const stepper_table *f = terms[t].f;
        column[t] = -1;
        for (int j = 0; j < f->columns; j++) {
            const int e = row * f->columns + j;
            if (f->im[e] || (f->re[e] && column[t] >= 0))
                return false;
            if (f->re[e])
                column[t] = j;
        }
        if (column[t] < 0)
            return false;
    }
    return true;
}

/* part = f x in row number row of one term. Entries that are not stored are passed over; a
 * row without any is zero. */
static void one_term(const stepper_term *t, int row, int64_t first, int64_t modes, int per_mode,
                     double *part)
{
    const stepper_table *f = t->f;
    bool any = false;
    for (int j = 0; j < f->columns; j++) {
        const int e = row * f->columns + j;
        const double *x = t->x[j] + per_mode * first;
        if (!f->re[e] && !f->im[e])
            continue;
        if (f->re[e])
            multiply_real(modes, per_mode, f->re[e] + first, x, any, part);
        else if (!any)
            memset(part, 0, (size_t)(modes * per_mode) * sizeof *part);
        if (f->im[e])
            add_imaginary(modes, f->im[e] + first, x, part);
        any = true;
    }
    if (!any)
        memset(part, 0, (size_t)(modes * per_mode) * sizeof *part);
}

/* Where a sum stands: modes first ... first + modes - 1, of per_mode doubles each. */
typedef struct stretch {
    int64_t first, modes;
    int per_mode;
} stretch;

/* One row of a sum on a stretch. Rows of single real entries, which most models have, go in
 * one pass over memory; others term by term. */
static void sum_row(const stepper_modal *m, const double *base, int n, const stepper_term *terms,
                    int row, stretch at, double *out)
{
    int column[STEPPER_TERMS];
    const int64_t doubles = at.modes * at.per_mode, start = at.first * at.per_mode;
    double *restrict part = m->scratch + 2 * STEPPER_STRETCH * m->n;
    base = base ? base + start : NULL;
    if (single_entries(n, terms, row, column)) {
        const double *f[STEPPER_TERMS], *x[STEPPER_TERMS];
        double weight[STEPPER_TERMS];
        for (int t = 0; t < n; t++) {
            f[t] = terms[t].f->re[row * terms[t].f->columns + column[t]] + at.first;
            x[t] = terms[t].x[column[t]] + start;
            weight[t] = terms[t].weight;
        }
        fused_any(n, at.modes, at.per_mode, f, weight, x, base, out);
        return;
    }
    if (base)
        memcpy(out, base, (size_t)doubles * sizeof *out);
    else
        memset(out, 0, (size_t)doubles * sizeof *out);
    for (int t = 0; t < n; t++) {
        const double weight = terms[t].weight;
        one_term(&terms[t], row, at.first, at.modes, at.per_mode, part);
        for (int64_t i = 0; i < doubles; i++)
            out[i] += weight * part[i];
    }
}

/* All rows of a stretch go into scratch memory before any is stored, as out may be what
 * another row reads. A single row is written in its place: there each mode needs itself alone. */
void stepper_modal_sum(const weft_fft *fft, const stepper_modal *m, double *const *base, int n,
                       const stepper_term *terms, double *const *out, double *const *copy)
{
    const int p = fft->per_mode;
    WEFT_ASSERT(n >= 1 && n <= STEPPER_TERMS);
    for (int64_t first = 0; first < fft->modes; first += STEPPER_STRETCH) {
        const int64_t modes =
            fft->modes - first < STEPPER_STRETCH ? fft->modes - first : STEPPER_STRETCH;
        const size_t bytes = (size_t)(modes * p) * sizeof(double);
        if (m->n == 1 && single_entries(n, terms, 0, (int[STEPPER_TERMS]){0})) {
            sum_row(m, base ? base[0] : NULL, n, terms, 0, (stretch){first, modes, p},
                    out[0] + p * first);
            if (copy)
                memcpy(copy[0] + p * first, out[0] + p * first, bytes);
            continue;
        }
        for (int row = 0; row < m->n; row++)
            sum_row(m, base ? base[row] : NULL, n, terms, row, (stretch){first, modes, p},
                    m->scratch + 2 * STEPPER_STRETCH * row);
        for (int row = 0; row < m->n; row++) {
            memcpy(out[row] + p * first, m->scratch + 2 * STEPPER_STRETCH * row, bytes);
            if (copy)
                memcpy(copy[row] + p * first, m->scratch + 2 * STEPPER_STRETCH * row, bytes);
        }
    }
}
