/* Tables of matrices by mode; sums of matrices times coefficients are in modal_sum.c.
 *
 * A table holds the entries of its matrices one after the other, each for all modes, so that sums
 * are loops over modes; entries that are zero everywhere are not stored and not multiplied.
 *
 * Conjugate pairs: a real field has f(-k) = conj f(k). Where both modes of a pair are stored,
 * rounding makes them differ by 1e-16 and the nonlinear part, formed on the grid, does not see the
 * difference, which then grows as exp(L t) alone. Whenever the time in which it grows a
 * thousandfold has passed, the fields go to the grid and back, which makes the pairs equal. Which
 * steps do so follows from L and the time of the run alone, so that a resumed run does the same. */
#include "modal.h"
#include "phi.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <math.h>
#include <string.h>

/* Modes whose matrices are asked for at once, and functions of them. */
enum { ASK = 64, FUNCTIONS = 8 };

/* ---- setup ---- */

/* Which entries can functions of L have? Those that a chain of entries of L leads to: a
 * power of L has an entry (i, j) only along a path from j to i. So the pattern does not
 * depend on the function. The triple loop is Warshall's transitive closure. */
static void find_pattern(weft_sim *sim, stepper_modal *m)
{
    const int n = m->n;
    for (int64_t first = 0; first < sim->fft->modes; first += ASK) {
        const int64_t left = sim->fft->modes - first, here = left < ASK ? left : ASK;
        sim->model->families.linear_km(sim, first, here, m->L);
        for (int64_t e = 0; e < here * n * n; e++) {
            m->linked[e % (n * n)] |= m->L[e] != 0.0;
            m->imaginary |= cimag(m->L[e]) != 0.0;
        }
    }
    for (int i = 0; i < n; i++)
        m->linked[i * n + i] = true;
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                m->linked[i * n + j] |= m->linked[i * n + k] && m->linked[k * n + j];
}

/* Components are those of evolved fields and momenta, in the order of the fields, as the
 * model counts them. u points into the state, whose arrays keep their place for the life of
 * the simulation. */
void stepper_modal_setup(weft_sim *sim, stepper_modal *m)
{
    sim->model->families.linear_form(sim, &m->form);
    m->n = m->form.n;
    WEFT_ASSERT(m->n >= 1 && m->n <= STEPPER_MAX_COMPONENTS);
    const size_t n = (size_t)m->n, sources = (size_t)m->form.sources;
    const size_t most = n * (n > sources ? n : sources);
    m->u = weft_alloc(n, sizeof *m->u);
    int found = 0;
    for (int f = 0; f < sim->state->n; f++) {
        weft_field *field = &sim->state->field[f];
        const weft_role role = field->spec.role;
        for (int c = 0; c < field->spec.components; c++)
            if (role == WEFT_EVOLVED || role == WEFT_MOMENTUM)
                m->u[found++] = weft_field_data(field, c);
    }
    WEFT_ASSERT(found == m->n);
    m->buffer = weft_fft_buffer(sim->fft);
    m->scratch = weft_alloc((n + 1) * 2 * STEPPER_STRETCH, sizeof(double));
    m->linked = weft_alloc(n * n, sizeof *m->linked);
    m->L = weft_alloc(ASK * n * n, sizeof *m->L);
    m->B = weft_alloc(ASK * n * (sources + 1), sizeof *m->B);
    for (int f = 0; f < FUNCTIONS; f++)
        m->out[f] = weft_alloc(most, sizeof **m->out);
    find_pattern(sim, m);
}

/* u points into the state, whose arrays stay. */
void stepper_modal_free(weft_sim *sim, stepper_modal *m)
{
    weft_free(m->u);
    weft_free(m->scratch);
    weft_free(m->linked);
    weft_free(m->L);
    weft_free(m->B);
    for (int f = 0; f < FUNCTIONS; f++)
        weft_free(m->out[f]);
    if (m->buffer)
        weft_fft_buffer_free(sim->fft, m->buffer);
}

/* ---- tables ---- */

/* An array for each entry that may be other than zero; linked NULL: all. */
static void table_make(int n, int columns, int64_t modes, const bool *linked, bool imaginary,
                       stepper_table *t)
{
    const size_t entries = (size_t)(n * columns);
    t->rows = n;
    t->columns = columns;
    t->re = weft_alloc(entries, sizeof *t->re);
    t->im = weft_alloc(entries, sizeof *t->im);
    for (size_t e = 0; e < entries; e++) {
        if (linked && !linked[e])
            continue;
        t->re[e] = weft_alloc((size_t)modes, sizeof(double));
        if (imaginary)
            t->im[e] = weft_alloc((size_t)modes, sizeof(double));
    }
}

/* Entries that are not stored are zero by the pattern. */
static void table_put(stepper_table *t, int64_t mode, const double complex *matrix)
{
    for (int e = 0; e < t->rows * t->columns; e++) {
        if (t->re[e])
            t->re[e][mode] = creal(matrix[e]);
        if (t->im[e])
            t->im[e][mode] = cimag(matrix[e]);
    }
}

void stepper_table_free(stepper_table *t)
{
    for (int e = 0; e < t->rows * t->columns; e++) {
        weft_free(t->re[e]);
        weft_free(t->im[e]);
    }
    weft_free(t->re);
    weft_free(t->im);
    *t = (stepper_table){0};
}

/* L is asked for in pieces of ASK modes: a table of all L would be as large as the result. */
static void fill(weft_sim *sim, const stepper_modal *m, bool noise,
                 stepper_modal_function *function, const void *context, int count,
                 stepper_table *tables)
{
    const int n = m->n, sources = noise ? m->form.sources : 0;
    for (int64_t first = 0; first < sim->fft->modes; first += ASK) {
        const int64_t left = sim->fft->modes - first, here = left < ASK ? left : ASK;
        sim->model->families.linear_km(sim, first, here, m->L);
        if (noise)
            sim->model->families.noise_km(sim, first, here, m->B);
        for (int64_t i = 0; i < here; i++) {
            function(n, m->L + i * n * n, m->B + i * n * sources, context, m->out);
            for (int f = 0; f < count; f++)
                table_put(&tables[f], first + i, m->out[f]);
        }
    }
}

/* Tables are made the first time; later calls, for another step, fill them again. */
void stepper_modal_tables(weft_sim *sim, const stepper_modal *m, stepper_modal_function *function,
                          const void *context, int count, stepper_table *tables)
{
    WEFT_ASSERT(count <= FUNCTIONS);
    for (int f = 0; f < count; f++)
        if (tables[f].rows == 0)
            table_make(m->n, m->n, sim->fft->modes, m->linked, m->imaginary, &tables[f]);
    fill(sim, m, false, function, context, count, tables);
}

/* Frees what is zero everywhere, and returns NULL for it. */
static double *drop_zeros(double *values, int64_t n)
{
    for (int64_t i = 0; values && i < n; i++)
        if (values[i] != 0.0)
            return values;
    weft_free(values);
    return NULL;
}

/* Which entries a factor of a covariance has is not known before: all are made, and those
 * that stay zero are dropped. */
void stepper_modal_noise_table(weft_sim *sim, stepper_modal *m, int columns,
                               stepper_modal_function *function, const void *context,
                               stepper_table *table)
{
    weft_free(m->out[0]); /* it may have had fewer columns */
    m->out[0] = weft_alloc((size_t)(m->n * columns), sizeof **m->out);
    table_make(m->n, columns, sim->fft->modes, NULL, sim->fft->per_mode == 2, table);
    fill(sim, m, true, function, context, 1, table);
    for (int e = 0; e < m->n * columns; e++) {
        table->re[e] = drop_zeros(table->re[e], sim->fft->modes);
        table->im[e] = drop_zeros(table->im[e], sim->fft->modes);
    }
}

/* ---- conjugate pairs ---- */

/* Growth in one step of the difference in a pair: the spectral radius of exp(L dt), by the
 * 1024-th root of the norm of its 1024-th power. Powers are rescaled after each squaring,
 * so that none overflows. */
static double growth(const stepper_table *t, int64_t mode)
{
    const int n = t->rows;
    double complex a[n * n], b[n * n];
    double log_size = 0.0;
    for (int e = 0; e < n * n; e++)
        a[e] = stepper_complex(t->re[e] ? t->re[e][mode] : 0.0, t->im[e] ? t->im[e][mode] : 0.0);
    for (int k = 0; k <= 10; k++) {
        double size = 0.0;
        for (int e = 0; e < n * n; e++)
            size = fmax(size, stepper_abs(a[e]));
        if (size == 0.0)
            return 0.0;
        for (int e = 0; e < n * n; e++)
            a[e] /= size;
        log_size += ldexp(weft_ln(size), -k);
        stepper_multiply(n, a, a, b);
        memcpy(a, b, sizeof a);
    }
    return weft_exp(log_size);
}

/* How often conjugate pairs must be made equal: in the time in which the fastest mode of
 * any rank grows a thousandfold, so that a difference of rounding stays at 1e-13. A slower
 * growth than 1e-6 a step is that of rounding in the steps themselves. */
void stepper_modal_watch(weft_sim *sim, stepper_modal *m, double dt,
                         const stepper_table *exponential)
{
    double most = 0.0;
    const weft_view one = {.data = &most, .local = {1, 1, 1}, .stride = {1, 1, 1}};
    for (int64_t i = 0; i < sim->fft->modes; i++)
        most = fmax(most, growth(exponential, i));
    most = weft_view_max(sim->grid->comm, &one);
    /* a slower growth than this is that of rounding in the steps themselves */
    m->interval = log(most) > 1e-6 ? dt * log(1e3) / log(most) : 0.0;
}

/* Due when the interval divides time at another whole number before and after the step: a
 * function of the two times alone. The backward transform makes real fields, which have
 * equal pairs. */
bool stepper_modal_repair(weft_sim *sim, const stepper_modal *m, double dt)
{
    const int64_t size = sim->fft->modes * sim->fft->per_mode;
    if (m->interval == 0.0 ||
        floor(sim->time / m->interval) == floor((sim->time + dt) / m->interval))
        return false;
    for (int i = 0; i < m->n; i++) {
        memcpy(m->buffer, m->u[i], (size_t)size * sizeof(double));
        weft_fft_backward(sim->fft, m->buffer);
        weft_fft_forward(sim->fft, m->buffer);
        for (int64_t j = 0; j < size; j++)
            m->u[i][j] = sim->fft->scale * m->buffer[j];
    }
    return true;
}

/* ---- buffers ---- */

/* Buffers of the transform, which has its own wishes for alignment and size. */
double **stepper_modal_buffers(const weft_fft *fft, int n)
{
    double **buffers = weft_alloc((size_t)n, sizeof *buffers);
    for (int i = 0; i < n; i++)
        buffers[i] = weft_fft_buffer(fft);
    return buffers;
}

void stepper_modal_release(const weft_fft *fft, int n, double **buffers)
{
    for (int i = 0; buffers && i < n; i++)
        weft_fft_buffer_free(fft, buffers[i]);
    weft_free(buffers);
}

/* Only what the modes take: buffers may be longer. */
void stepper_modal_copy(const weft_fft *fft, const stepper_modal *m, double *const *buffers)
{
    const size_t bytes = (size_t)(fft->modes * fft->per_mode) * sizeof(double);
    for (int i = 0; i < m->n; i++)
        memcpy(buffers[i], m->u[i], bytes);
}
