/* Density and grand potential from rational windows: which windows there are, what they cost, and
 * how they are run over a block.
 *
 * Invariants. A window must not meet itself around the torus (its reach, outer sites included, is
 * less than half of every axis), since its sites are taken to be different ones. The potential is
 * read from a block with a halo of the reach; nothing is communicated beyond that exchange. A
 * site's operations are the same in every lane and row, so that its bits do not depend on the
 * decomposition. Energies are in units of |t|. */
#include "internal.h"
#include "weft/exact.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { STRIP = 16 }; /* rows of the square lattice that are worked on together, to stay in cache */

/* ---- the windows, from the cheapest to the dearest ---- */

/* A window that is tried: its squared radius, and whether outer sites are folded in. */
typedef struct candidate {
    int64_t radius2;
    bool embed;
} candidate;

/* Squared radii of the windows that are tried, and whether the outer neighbours are folded
 * in; `crossed` is the square lattice with second neighbours. From the cheapest to the
 * dearest: indicate.c compares the second with the third. */
static const candidate chain[] = {{1, true},  {4, true},   {9, true},   {16, true},  {36, true},
                                  {64, true}, {144, true}, {256, true}, {576, true}, {1024, true}};
static const candidate square[] = {{1, false}, {4, false}, {4, true},
                                   {5, true},  {8, true},  {10, true}};
static const candidate crossed[] = {{1, true}, {2, true}, {4, true}, {5, true}, {8, true}};
static const candidate cubic[] = {{1, false}, {1, true}, {2, true},
                                  {3, true},  {4, true}, {5, true}};

/* The square lattice's smallest windows have formulas of their own (rational.h), several
 * times as fast as a program. */
static bool closed_form(const weft_electron *e, const candidate *c, int *kind)
{
    *kind = c->radius2 == 1 ? EL_STAR : c->embed ? EL_BALL_EMBEDDED : EL_BALL;
    return e->grid->dim == 2 && e->own->options.next_hopping == 0 && c->radius2 <= 4;
}

/* Nanoseconds a site and pole, as measured in single precision on one core with AVX-512; only their
 * ratios matter, and they are part of the program so that a choice can be repeated anywhere. */
static double cost_of(const el_window *w)
{
    static const double closed[] = {0.7, 2.6, 4.0};
    return w->kind < EL_PROGRAM ? closed[w->kind] : 3 + 0.4 * w->program.count;
}

/* Hopping is counted in units of |t|. On bipartite lattices the sign of t does not matter,
 * but it does with second neighbours. */
static void make_window(const weft_electron *e, const candidate *c, el_window *w)
{
    const weft_electron_options *o = &e->own->options;
    double unit = fabs(o->hopping);
    w->radius2 = c->radius2;
    w->embed = c->embed;
    el_program_make(e->grid->dim, c->radius2, o->next_hopping != 0, c->embed, &w->program);
    w->program.first = o->hopping < 0 ? -1 : 1;
    w->program.next = o->next_hopping / unit;
    w->program.next2 = w->program.next * w->program.next;
    if (!closed_form(e, c, &w->kind))
        w->kind = EL_PROGRAM;
    w->cost = cost_of(w);
}

/* A window must not meet itself. Closed forms read a border of three sites whatever their
 * own reach is. */
void el_rational_make(weft_electron *e)
{
    el_private *p = e->own;
    const weft_electron_options *o = &p->options;
    static const struct {
        const candidate *list;
        int count;
    } all[] = {{chain, 10}, {square, 6}, {cubic, 6}, {crossed, 5}};
    int which = e->grid->dim == 2 && o->next_hopping != 0 ? 3 : e->grid->dim - 1;
    if (o->hopping == 0)
        return;
    for (int i = 0; i < all[which].count; i++) {
        const candidate *c = &all[which].list[i];
        el_window *w = &p->window[p->windows];
        if (o->radius > 0 && fabs((double)c->radius2 - o->radius * o->radius) > 0.01)
            continue;
        make_window(e, c, w);
        int64_t reach = w->kind == EL_PROGRAM ? w->program.reach : 3;
        bool fits = true;
        for (int a = 3 - e->grid->dim; a < 3; a++)
            fits &= e->grid->n[a] > 2 * w->program.reach;
        w->reach = reach;
        if (fits)
            p->windows++;
        else
            el_program_free(&w->program);
    }
}

void el_rational_free(el_private *p)
{
    for (int i = 0; i < p->windows; i++)
        el_program_free(&p->window[i].program);
    el_poles_free(&p->poles);
    weft_free(p->plane);
}

/* ---- poles ---- */

/* Gershgorin's bound: the potential's distance from mu, and all hopping amplitudes of a
 * site. */
double el_rational_bound(const weft_electron *e, const weft_electron_mark *mark)
{
    const weft_electron_options *o = &e->own->options;
    int dim = e->grid->dim;
    double z2 = dim == 1 ? 2 : dim == 2 ? 4 : 12;
    return fmax(fabs(mark->low - e->mu), fabs(mark->high - e->mu)) + 2 * dim * fabs(o->hopping) +
           z2 * fabs(o->next_hopping);
}

/* The fewest poles whose error leaves most of the tolerance to the window, in units of |t|; the
 * grand potential's error is in units of |t|, too. */
bool el_rational_poles(weft_electron *e, bool even, double temperature, double bound, el_poles *out)
{
    el_private *p = e->own;
    double unit = fabs(p->options.hopping), best = INFINITY;
    double wanted = 0.25 * p->options.tolerance * (even ? unit / temperature : 1);
    for (int count = 4; count <= (even ? EL_POLES_MAX : EL_ODD_POLES_MAX) && best > wanted;
         count += 2) {
        const el_poles *poles = el_poles_get(&p->poles, even, count, bound / temperature);
        if (poles->error < best) {
            best = poles->error;
            *out = *poles;
        }
    }
    for (int k = 0; k < out->count; k++) {
        out->y[k] *= temperature / unit;
        out->w[k] *= even ? 1 : temperature / unit;
    }
    return best <= wanted;
}

/* ---- over a block ---- */

/* Sums over poles in single precision err more than Chebyshev sums: the tolerance must be
 * ten times that at which those use it. */
static bool single(const weft_electron *e)
{
    return e->own->options.tolerance >= 10 * EL_SINGLE_TOLERANCE;
}

/* Memory that is kept from call to call, and only ever grows. */
static double *room(el_private *p, int64_t doubles)
{
    if (p->plane_size < doubles) {
        weft_free(p->plane);
        p->plane = weft_alloc((size_t)doubles, sizeof *p->plane);
        p->plane_size = doubles;
    }
    return p->plane;
}

/* The first owned site in the source. */
static int64_t first_site(const weft_electron *e)
{
    const el_source *s = &e->own->source;
    int64_t at = s->origin;
    for (int a = 0; a < 3; a++)
        at += (e->grid->start[a] - s->start[a]) * s->stride[a];
    return at;
}

#define SQUARE(NAME, REAL, LANES, RUN)                                                             \
    static void NAME(const weft_electron *e, const el_window *w, const el_poles *poles,            \
                     double *out)                                                                  \
    {                                                                                              \
        el_private *p = e->own;                                                                    \
        const el_source *s = &p->source;                                                           \
        int64_t rows = e->grid->local[1], n = e->grid->local[2];                                   \
        int64_t wide = (n + LANES - 1) / LANES * LANES + 6, size = (STRIP + 6) * wide;             \
        double unit = 1 / fabs(p->options.hopping);                                                \
        REAL *v = (REAL *)room(p, 8 * (size + LANES)), *work = v + size + LANES;                   \
        REAL *result = work + 4 * size + LANES;                                                    \
        for (int64_t y = 0; y < rows; y += STRIP) {                                                \
            int64_t count = rows - y < STRIP ? rows - y : STRIP;                                   \
            for (int64_t j = 0; j < count + 6; j++) {                                              \
                const double *from = s->v + first_site(e) + (y + j - 3) * s->stride[1] - 3;        \
                for (int64_t x = 0; x < n + 6; x++)                                                \
                    v[j * wide + x] = (REAL)((from[x] - e->mu) * unit);                            \
            }                                                                                      \
            RUN(w->kind, poles, v, wide, count, n, work, result);                                  \
            for (int64_t j = 0; j < count; j++)                                                    \
                for (int64_t x = 0; x < n; x++)                                                    \
                    out[(y + j) * n + x] = (double)result[j * wide + x];                           \
        }                                                                                          \
    }
SQUARE(square_f32, float, EL_SINGLE, el_square_rows_f32)
SQUARE(square_f64, double, EL_DOUBLE, el_square_rows_f64)

#define BLOCK(NAME, REAL, LANES, RUN)                                                              \
    static void NAME(const weft_electron *e, const el_window *w, const el_poles *poles,            \
                     double *out)                                                                  \
    {                                                                                              \
        el_private *p = e->own;                                                                    \
        const el_source *s = &p->source;                                                           \
        const int64_t *n = e->grid->local;                                                         \
        double unit = 1 / fabs(p->options.hopping);                                                \
        int64_t need = (3 * w->program.sites + 2 * w->program.slots + 4) * LANES;                  \
        REAL *work = (REAL *)room(p, s->size + n[2] + need + 4 * LANES);                           \
        REAL *result = work + need, *v = result + n[2] + LANES;                                    \
        for (int64_t k = 0; k < s->size; k++)                                                      \
            v[k] = (REAL)((s->v[k] - e->mu) * unit);                                               \
        for (int64_t z = 0; z < n[0]; z++)                                                         \
            for (int64_t y = 0; y < n[1]; y++, out += n[2]) {                                      \
                RUN(&w->program, poles, v + first_site(e) + z * s->stride[0] + y * s->stride[1],   \
                    s->stride, n[2], work, result);                                                \
                for (int64_t x = 0; x < n[2]; x++)                                                 \
                    out[x] = (double)result[x];                                                    \
            }                                                                                      \
    }
BLOCK(block_f32, float, EL_SINGLE, el_program_row_f32)
BLOCK(block_f64, double, EL_DOUBLE, el_program_row_f64)

/* n - 1/2, or ln(2 cosh)-like sums, at the owned sites from the source as it is. */
static void run(const weft_electron *e, const el_window *w, const el_poles *poles, double *out)
{
    bool square_lattice = w->kind < EL_PROGRAM;
    if (single(e))
        (square_lattice ? square_f32 : block_f32)(e, w, poles, out);
    else
        (square_lattice ? square_f64 : block_f64)(e, w, poles, out);
}

/* A halo for this window, and for those that indicate errors, so that it seldom changes:
 * making one anew is collective and takes memory. */
static weft_status prepare(weft_electron *e, const el_window *w)
{
    el_private *p = e->own;
    int64_t reach = w->reach;
    for (int i = 0; i < p->windows && i < 3; i++)
        reach = p->window[i].reach > reach ? p->window[i].reach : reach;
    if (p->reach < reach) {
        p->reach = reach;
        el_source_free(&p->source);
    }
    return p->source.v ? WEFT_OK : el_source_prepare(e);
}

/* A sum over poles at all owned sites. Too few poles are an error for the density. The
 * grand potential's poles need not reach the tolerance: what they miss is part of the error
 * that is measured. */
weft_status el_rational_sites(weft_electron *e, const el_window *w, bool even, double temperature,
                              double bound, double *out)
{
    el_poles poles;
    WEFT_TRY(prepare(e, w));
    if (!el_rational_poles(e, even, temperature, bound, &poles) && !even)
        return weft_fail(WEFT_FAILED,
                         "%d poles reach an error of %.2g at a/T = %.4g, and the tolerance is %g; "
                         "use force: chebyshev, or a larger force_tolerance",
                         poles.count, poles.error, bound / temperature, e->own->options.tolerance);
    el_source_fill(e, e->mu);
    run(e, w, &poles, out);
    for (int64_t i = 0; even && i < e->own->local_sites; i++)
        out[i] = -temperature * (log(2) + out[i]);
    if (!even)
        e->order = poles.count;
    return WEFT_OK;
}

/* ---- at the samples ---- */

/* V in units of |t| around EL_DOUBLE samples from number k on, for the program. */
static void sample_values(const weft_electron *e, const el_samples *s, const el_window *w, int k,
                          double shift, double *v)
{
    double unit = 1 / fabs(e->own->options.hopping);
    for (int i = 0; i < w->program.sites; i++)
        for (int l = 0; l < EL_DOUBLE; l++) {
            const int64_t *d = w->program.d[i];
            const double *at = s->v + (k + l) * s->size + s->centre;
            v[i * EL_DOUBLE + l] =
                (at[d[0] * s->stride[0] + d[1] * s->stride[1] + d[2]] - e->mu - shift) * unit;
        }
}

/* n - 1/2 at mu + shift, or Omega, in double precision. Every rank does all of them. */
static void sample_sum(const weft_electron *e, const el_samples *s, const el_window *w,
                       const el_poles *poles, double shift, double out[EL_SAMPLES])
{
    int64_t size = 3 * w->program.sites + 2 * w->program.slots + 4;
    double *work = weft_alloc((size_t)(size * EL_DOUBLE), sizeof *work);
    double *v = weft_alloc((size_t)(w->program.sites * EL_DOUBLE), sizeof *v);
    for (int k = 0; k < EL_SAMPLES; k += EL_DOUBLE) {
        sample_values(e, s, w, k, shift, v);
        el_program_run_f64(&w->program, poles, v, work, out + k);
    }
    weft_free(v);
    weft_free(work);
}

/* As a difference of densities at mu + 3T and mu - 3T; these need poles that reach 3T
 * farther. */
void el_rational_family(weft_electron *e, const el_samples *s, const el_window *w,
                        double temperature, double bound, el_family out)
{
    el_poles odd, even;
    double up[EL_SAMPLES], down[EL_SAMPLES], near = EL_NEAR * temperature;
    el_rational_poles(e, false, temperature, bound + near, &odd);
    el_rational_poles(e, true, temperature, bound, &even);
    sample_sum(e, s, w, &odd, 0, out[0]);
    sample_sum(e, s, w, &odd, near, up);
    sample_sum(e, s, w, &odd, -near, down);
    sample_sum(e, s, w, &even, 0, out[3]);
    for (int k = 0; k < EL_SAMPLES; k++) {
        out[1][k] = 0.5 * (up[k] + down[k]);
        out[2][k] = 0.5 * (up[k] - down[k]);
        out[3][k] = -temperature * (log(2) + out[3][k]);
    }
}

/* ---- solving ---- */

/* The density at the present mu. *excess: mean density less the filling, from an exact sum
 * over all sites, so that every rank takes the same next step. */
static weft_status density_at(weft_electron *e, double temperature, const weft_electron_mark *now,
                              double *excess)
{
    el_private *p = e->own;
    int64_t n = p->local_sites;
    double bound = el_rational_bound(e, now);
    WEFT_TRY(el_rational_sites(e, &p->window[p->chosen], false, temperature, bound, e->density));
    weft_exact sum;
    weft_exact_clear(&sum);
    weft_exact_add(&sum, e->density, n);
    weft_exact_allreduce(e->grid->comm, &sum, 1);
    *excess = weft_exact_value(&sum) / (double)p->sites + 0.5 - p->options.filling;
    return WEFT_OK;
}

/* Secant steps for mu from the slope of before, kept between what is known to be too low
 * and too high. The slope is part of what a resume needs. */
static weft_status find_mu(weft_electron *e, double temperature, const weft_electron_mark *now)
{
    el_private *p = e->own;
    double low = -INFINITY, high = INFINITY, excess, last = NAN, at = NAN;
    for (int pass = 0; pass < 100; pass++) {
        WEFT_TRY(density_at(e, temperature, now, &excess));
        if (fabs(excess) <= 1e-3 * p->options.tolerance)
            return WEFT_OK;
        if (!isnan(last) && (excess - last) / (e->mu - at) > 1e-9)
            p->slope = (excess - last) / (e->mu - at);
        if (excess < 0)
            low = e->mu;
        else
            high = e->mu;
        last = excess;
        at = e->mu;
        double d = p->slope > 0 ? -excess / p->slope : excess < 0 ? 0.1 : -0.1;
        double next = e->mu + fmax(fmin(d, 2 * temperature), -2 * temperature);
        e->mu = next > low && next < high ? next : 0.5 * (low + high);
        if (e->mu == at)
            return WEFT_OK;
    }
    return weft_fail(WEFT_FAILED, "no chemical potential was found for the filling %g",
                     p->options.filling);
}

/* Sums over poles give n - 1/2. */
weft_status el_rational_solve(weft_electron *e, double temperature, const weft_electron_mark *now)
{
    el_private *p = e->own;
    const el_window *w = &p->window[p->chosen];
    e->radius = sqrt((double)w->radius2);
    if (isnan(p->options.filling))
        WEFT_TRY(
            el_rational_sites(e, w, false, temperature, el_rational_bound(e, now), e->density));
    else
        WEFT_TRY(find_mu(e, temperature, now));
    for (int64_t i = 0; i < p->local_sites; i++)
        e->density[i] += 0.5;
    return WEFT_OK;
}
