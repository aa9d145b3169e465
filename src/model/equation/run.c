/* Evaluating a pipeline. All work is passes over modes and over blocks of sites in fixed order, and
 * transforms: nothing is allocated, and no site or mode asks what kind it is. Blocks run over whole
 * buffers, the padding at the ends of rows included: what is computed there is never read.
 *
 * Invariants. A level is complete before the next begins: atoms, then means, then numbers, then
 * sources. An atom that is made in the buffer of the caller comes after all others of its level,
 * since it destroys the coefficients there. Dealiasing cuts what goes from k space to the grid and
 * what comes back: products see and leave no mode beyond the limit. Collective: every rank does the
 * same transforms and means in the same order. */
#include "run.h"
#include "weft/exact.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* ---- passes over modes ---- */

/* The factor of a row of modes: scale, or even + i odd of each mode; add: to what is there. */
typedef struct row_factor {
    double scale;
    const double *even, *odd; /* NULL: none */
    bool add;
} row_factor;

/* A number; works for both layouts of coefficients. */
static void plain_row(row_factor f, int64_t n, const double *from, double *to)
{
    if (f.add)
        for (int64_t i = 0; i < n; i++)
            to[i] += f.scale * from[i];
    else
        for (int64_t i = 0; i < n; i++)
            to[i] = f.scale * from[i];
}

/* Coefficients of one real number a mode: cosine and sine axes alone, where factors are real too.
 */
static void real_row(row_factor f, int64_t n, const double *from, double *to)
{
    const double keep = f.add ? 1.0 : 0.0;
    for (int64_t i = 0; i < n; i++)
        to[i] = keep * to[i] + f.even[i] * from[i];
}

/* A real factor of complex coefficients. */
static void even_row(row_factor f, int64_t n, const double *from, double *to)
{
    if (f.add)
        for (int64_t i = 0; i < n; i++) {
            to[2 * i] += f.even[i] * from[2 * i];
            to[2 * i + 1] += f.even[i] * from[2 * i + 1];
        }
    else
        for (int64_t i = 0; i < n; i++) {
            to[2 * i] = f.even[i] * from[2 * i];
            to[2 * i + 1] = f.even[i] * from[2 * i + 1];
        }
}

/* An imaginary factor: i odd (re + i im) = -odd im + i odd re. */
static void odd_row(row_factor f, int64_t n, const double *from, double *to)
{
    if (f.add)
        for (int64_t i = 0; i < n; i++) {
            double re = from[2 * i], im = from[2 * i + 1];
            to[2 * i] -= f.odd[i] * im;
            to[2 * i + 1] += f.odd[i] * re;
        }
    else
        for (int64_t i = 0; i < n; i++) {
            double re = from[2 * i], im = from[2 * i + 1];
            to[2 * i] = -f.odd[i] * im;
            to[2 * i + 1] = f.odd[i] * re;
        }
}

/* A complex factor. */
static void both_row(row_factor f, int64_t n, const double *from, double *to)
{
    const double keep = f.add ? 1.0 : 0.0;
    for (int64_t i = 0; i < n; i++) {
        double re = from[2 * i], im = from[2 * i + 1];
        to[2 * i] = (f.add ? keep * to[2 * i] : 0.0) + (f.even[i] * re - f.odd[i] * im);
        to[2 * i + 1] = (f.add ? keep * to[2 * i + 1] : 0.0) + (f.even[i] * im + f.odd[i] * re);
    }
}

/* One test a row, none a mode. */
static void apply_row(row_factor f, int per_mode, int64_t n, const double *from, double *to)
{
    if (!f.even && !f.odd)
        plain_row(f, n * per_mode, from, to);
    else if (per_mode == 1)
        real_row(f, n, from, to);
    else if (!f.odd)
        even_row(f, n, from, to);
    else if (!f.even)
        odd_row(f, n, from, to);
    else
        both_row(f, n, from, to);
}

/* The factors of a table from a mode on. */
static row_factor factor_at(const eq_table *t, bool add, int64_t mode)
{
    return (row_factor){.scale = t->scale,
                        .even = t->even ? t->even + mode : NULL,
                        .odd = t->odd ? t->odd + mode : NULL,
                        .add = add};
}

/* Without dealiasing one pass over all modes. With it row by row: modes whose outer wavenumbers are
 * beyond the limit, and the middle of the row that is, are zero; wavenumbers rise from both ends of
 * a row. */
void eq_apply(const eq_pipeline *p, const eq_table *table, bool cut, const double *from, double *to,
              bool add)
{
    const weft_fft *f = p->fft;
    const int w = f->per_mode;
    if (!cut || p->keep >= 1.0) {
        apply_row(factor_at(table, add, 0), w, f->modes, from, to);
        return;
    }
    for (int64_t a = 0; a < f->m[0]; a++)
        for (int64_t b = 0; b < f->m[1]; b++) {
            const int64_t mode = (a * f->m[1] + b) * f->m[2];
            const bool out = fabs(f->k[0][a]) >= p->limit[0] || fabs(f->k[1][b]) >= p->limit[1];
            const int64_t n = out ? 0 : p->kept, last = out ? 0 : p->kept_last;
            const int64_t end = mode + f->m[2] - last;
            apply_row(factor_at(table, add, mode), w, n, from + w * mode, to + w * mode);
            apply_row(factor_at(table, add, end), w, last, from + w * end, to + w * end);
            if (!add && mode + n < end)
                memset(to + w * (mode + n), 0, (size_t)(w * (end - mode - n)) * sizeof(double));
        }
}

/* ---- sums in k space ---- */

/* A sum in k space: fields, sources, fixed coefficients, and the numbers in the mode k = 0. scale:
 * of a number on the grid to its coefficient. */
static void make_sum(const eq_pipeline *p, const eq_sum *sum, double *const *u, double scale,
                     double *to)
{
    const int64_t size = p->fft->modes * p->fft->per_mode;
    bool add = false;
    for (int i = 0; i < sum->n_fields; i++, add = true)
        eq_apply(p, sum->field[i].table, true, u[sum->field[i].index], to, add);
    for (int i = 0; i < sum->n_sources; i++, add = true)
        eq_apply(p, sum->source[i].table, true, p->source[sum->source[i].index].values, to, add);
    if (!add)
        memset(to, 0, (size_t)size * sizeof(double));
    for (int64_t i = 0; sum->fixed && i < size; i++)
        to[i] += sum->fixed[i];
    double constant = sum->constant;
    for (int i = 0; i < sum->n_uniform; i++)
        constant += sum->uniform_factor[i] * p->uniform_value[sum->uniform[i]];
    if (p->zero_mode >= 0)
        to[p->zero_mode * p->fft->per_mode] += constant * scale;
}

/* ---- the grid ---- */

/* The coefficients of the atom, then one backward transform. pointer[i] is where programs find it.
 */
static void make_atom(eq_pipeline *p, int i, double *const *u, bool in_place)
{
    eq_atom *a = &p->atom[i];
    double *values = in_place && a->in_place >= 0 ? u[a->in_place] : a->values;
    make_sum(p, &a->sum, u, 1.0, values);
    weft_fft_backward(p->fft, values);
    p->pointer[i] = values + p->first;
}

/* Atoms in the buffers of the caller last: before, others may read the coefficients there. */
static void make_atoms(eq_pipeline *p, int level, double *const *u, bool in_place)
{
    for (int i = 0; i < p->n_atoms; i++)
        if (p->atom[i].sum.level == level && p->atom[i].in_place < 0)
            make_atom(p, i, u, in_place);
    for (int i = 0; i < p->n_atoms; i++)
        if (p->atom[i].sum.level == level && p->atom[i].in_place >= 0)
            make_atom(p, i, u, in_place);
}

/* The mean of a formula over the grid, by pieces of rows, without the padding. Exact sums, so that
 * a mean has the same bits on every rank and on any number of them. Collective. */
static void make_mean(eq_pipeline *p, eq_mean *m)
{
    enum { PIECE = 256 };
    double values[PIECE], *to = values;
    const double *from[EQ_ITEMS * 4];
    const weft_box *box = &p->fft->real;
    weft_exact sum;
    weft_exact_clear(&sum);
    WEFT_FOR_ROWS(box, z, y)
        for (int64_t x = 0; x < box->local[2]; x += PIECE) {
            int64_t n = box->local[2] - x < PIECE ? box->local[2] - x : PIECE;
            int64_t at = z * box->stride[0] + y * box->stride[1] + x;
            for (int i = 0; i < p->n_inputs; i++)
                from[i] = p->input[i].uniform ? p->pointer[i] : p->pointer[i] + at;
            weft_program_run(m->program, n, from, &to);
            weft_exact_add(&sum, values, n);
        }
    weft_exact_allreduce(p->fft->grid->comm, &sum, 1);
    m->value = weft_exact_value(&sum) / (double)weft_grid_sites(p->fft->grid);
}

/* The program of a level, then the forward transforms of those sources that are needed in k space.
 */
static void make_sources(eq_pipeline *p, const eq_stage *stage)
{
    double *to[EQ_ITEMS];
    for (int i = 0; i < stage->n; i++)
        to[i] = p->source[stage->source[i]].values + p->first;
    if (stage->n)
        weft_program_run(stage->program, p->length, p->pointer, to);
    for (int i = 0; i < stage->n; i++)
        if (p->source[stage->source[i]].forward)
            weft_fft_forward(p->fft, p->source[stage->source[i]].values);
}

/* u may be destroyed where the outputs go to u. */
void eq_pipeline_run(eq_pipeline *p, double t, double *const *u, double *const *to)
{
    eq_uniforms(p->s, t, p->uniform);
    for (int i = 0; i < p->n_atoms; i++) /* a valid address until its level is reached */
        p->pointer[i] = p->atom[i].values + p->first;
    for (int level = 0; level <= p->levels; level++) {
        make_atoms(p, level, u, to == u);
        for (int i = 0; i < p->n_means; i++)
            if (p->mean[i].level == level)
                make_mean(p, &p->mean[i]);
        weft_program_run(p->uniform_program, p->n_uniform_nodes > 0, p->pointer,
                         p->uniform_pointer);
        make_sources(p, &p->stage[level]);
    }
    for (int i = 0; i < p->n_sums && to; i++)
        make_sum(p, &p->sum[i], u, 1.0 / p->fft->scale, to[p->sum[i].target]);
}
