/* Rational windows run over the owned sites.
 *
 * The square lattice's closed formulas work on strips of rows: for each pole planes of 1/(z - v)
 * and of its sums over neighbours are made once and read by all windows of the strip, while they
 * are in the cache. Other windows run their program site by site, as many neighbouring centres at
 * once as a register has lanes. Both come in single and in double precision, and with the
 * derivative with respect to mu, which costs about twice as much again and is only asked for while
 * mu is sought.
 *
 * Invariants. The potential is read from a block with a halo of the reach; nothing is communicated
 * beyond that exchange. A site's operations are the same in every lane and row, so that its bits
 * do not depend on the decomposition. */
#include "internal.h"
#include "network.h"
#include "weft/memory.h"
#include <math.h>

enum { STRIP = 16 }; /* rows of the square lattice that are worked on together, to stay in cache */

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

/* V of n sites in units of |t| from mu, and results back. */
#define CONVERT(REAL)                                                                              \
    static void to_##REAL(const double *restrict from, int64_t n, double mu, double unit,          \
                          REAL *restrict to)                                                       \
    {                                                                                              \
        for (int64_t x = 0; x < n; x++)                                                            \
            to[x] = (REAL)((from[x] - mu) * unit);                                                 \
    }                                                                                              \
    static void from_##REAL(const REAL *restrict from, int64_t n, double unit,                     \
                            double *restrict to)                                                   \
    {                                                                                              \
        for (int64_t x = 0; x < n; x++)                                                            \
            to[x] = unit * (double)from[x];                                                        \
    }
CONVERT(float)
CONVERT(double)

/* slope NULL: RUN is one without. Results of a strip are as wide as its padded rows. */
#define SQUARE(NAME, REAL, LANES, RUN)                                                             \
    static void NAME(const weft_electron *e, const el_window *w, const el_poles *poles,            \
                     double *out, double *slope)                                                   \
    {                                                                                              \
        el_private *p = e->own;                                                                    \
        const el_source *s = &p->source;                                                           \
        const int64_t rows = e->grid->local[1], n = e->grid->local[2];                             \
        const int64_t wide = (n + LANES - 1) / LANES * LANES + 6,                                  \
                      size = (STRIP + 6) * wide + LANES;                                           \
        const double unit = 1 / fabs(p->options.hopping);                                          \
        REAL *v = (REAL *)room(p, 9 * size), *work = v + size;                                     \
        REAL *result = work + 6 * size, *rise = result + size;                                     \
        for (int64_t y = 0; y < rows; y += STRIP) {                                                \
            const int64_t count = rows - y < STRIP ? rows - y : STRIP;                             \
            for (int64_t j = 0; j < count + 6; j++)                                                \
                to_##REAL(s->v + first_site(e) + (y + j - 3) * s->stride[1] - 3, n + 6, e->mu,     \
                          unit, v + j * wide);                                                     \
            RUN(w->kind, poles, v, wide, count, n, work, result, rise);                            \
            for (int64_t j = 0; j < count; j++) {                                                  \
                from_##REAL(result + j * wide, n, 1, out + (y + j) * n);                           \
                if (slope)                                                                         \
                    from_##REAL(rise + j * wide, n, unit, slope + (y + j) * n);                    \
            }                                                                                      \
        }                                                                                          \
    }
SQUARE(square_f32, float, EL_SINGLE, el_square_rows_f32)
SQUARE(square_f64, double, EL_DOUBLE, el_square_rows_f64)
SQUARE(square_slope_f32, float, EL_SINGLE, el_square_rows_slope_f32)
SQUARE(square_slope_f64, double, EL_DOUBLE, el_square_rows_slope_f64)

#define BLOCK(NAME, REAL, LANES, RUN)                                                              \
    static void NAME(const weft_electron *e, const el_window *w, const el_poles *poles,            \
                     double *out, double *slope)                                                   \
    {                                                                                              \
        el_private *p = e->own;                                                                    \
        const el_source *s = &p->source;                                                           \
        const int64_t *n = e->grid->local;                                                         \
        const double unit = 1 / fabs(p->options.hopping);                                          \
        const int64_t need = (w->program.sites + 4 * el_program_room(&w->program) + 8) * LANES;    \
        REAL *work = (REAL *)room(p, s->size + 2 * n[2] + need + 6 * LANES);                       \
        REAL *result = work + need, *rise = result + n[2] + LANES, *v = rise + n[2] + LANES;       \
        to_##REAL(s->v, s->size, e->mu, unit, v);                                                  \
        for (int64_t z = 0; z < n[0]; z++)                                                         \
            for (int64_t y = 0; y < n[1]; y++, out += n[2]) {                                      \
                RUN(&w->program, poles, v + first_site(e) + z * s->stride[0] + y * s->stride[1],   \
                    s->stride, n[2], work, result, rise);                                          \
                from_##REAL(result, n[2], 1, out);                                                 \
                if (slope) {                                                                       \
                    from_##REAL(rise, n[2], unit, slope);                                          \
                    slope += n[2];                                                                 \
                }                                                                                  \
            }                                                                                      \
    }
BLOCK(block_f32, float, EL_SINGLE, el_program_row_f32)
BLOCK(block_f64, double, EL_DOUBLE, el_program_row_f64)
BLOCK(block_slope_f32, float, EL_SINGLE, el_program_row_slope_f32)
BLOCK(block_slope_f64, double, EL_DOUBLE, el_program_row_slope_f64)

/* n - 1/2 with its slope, or sums over even poles, at the owned sites from the source as it is. */
static void run(const weft_electron *e, const el_window *w, const el_poles *poles, double *out,
                double *slope)
{
    typedef void sweep(const weft_electron *, const el_window *, const el_poles *, double *,
                       double *);
    static sweep *const all[2][2][2] = {
        {{block_f64, block_slope_f64}, {block_f32, block_slope_f32}},
        {{square_f64, square_slope_f64}, {square_f32, square_slope_f32}}};
    all[w->kind < EL_PROGRAM][el_rational_single(e)][slope != NULL](e, w, poles, out, slope);
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

/* The network of a learned force on top of the window's densities in out, in strips of rows: each
 * needs as many rows beside it as there are layers, which two strips both compute. */
static void add_network(const weft_electron *e, double *out)
{
    el_private *p = e->own;
    const weft_learned *l = p->options.learned;
    const el_source *s = &p->source;
    const int64_t rows = e->grid->local[1], n = e->grid->local[2], d = l->depth, w = n + 2 * d;
    const int64_t size = (STRIP + 2 * d) * w;
    double *v = room(p, size + el_network_room(l, STRIP, n));
    for (int64_t y = 0; y < rows; y += STRIP) {
        const int64_t count = rows - y < STRIP ? rows - y : STRIP;
        for (int64_t j = 0; j < count + 2 * d; j++)
            to_double(s->v + first_site(e) + (y + j - d) * s->stride[1] - d, w, e->mu,
                      1 / fabs(p->options.hopping), v + j * w);
        double *here = out + y * n;
        const el_sheet sheet = {count, n, v, l->poles > 0 ? here : NULL};
        el_network_values(l, &sheet, v + size, here);
    }
}

/* Window and network. The derivative with respect to mu is a difference over a tenth of the
 * temperature: it decides steps towards a filling and shares out the last of them, of which its
 * error of some 1e-3 is a small part. */
static void run_network(weft_electron *e, const el_window *w, const el_poles *poles,
                        double temperature, double *out, double *slope)
{
    const double mu = e->mu, h = 0.05 * temperature;
    double *const both[2] = {slope, out};
    for (int side = 0; side < 2 && slope; side++) {
        e->mu = side ? mu - h : mu + h;
        run(e, w, poles, both[side], NULL);
        add_network(e, both[side]);
    }
    for (int64_t i = 0; i < e->own->local_sites && slope; i++)
        slope[i] = (slope[i] - out[i]) / (2 * h);
    e->mu = mu;
    run(e, w, poles, out, NULL);
    add_network(e, out);
}

/* The poles for the density, or the trained ones. Too few are an error. */
static weft_status density_poles(weft_electron *e, const el_window *w, double temperature,
                                 double bound, el_poles *poles)
{
    *poles = (el_poles){0};
    if (el_learned_window(e, w)) {
        el_learned_poles(e, temperature, poles);
        return WEFT_OK;
    }
    if (el_rational_poles(e, false, temperature, bound, poles))
        return WEFT_OK;
    return weft_fail(
        WEFT_FAILED,
        "%d poles miss the Fermi step by %.2g where energies reach %.4g temperatures, "
        "and must not miss it by more than a quarter of the tolerance %.4g; use force: "
        "chebyshev, or a larger force_tolerance",
        poles->count, poles->error, bound / temperature, e->own->options.tolerance);
}

weft_status el_rational_density(weft_electron *e, const el_window *w, double temperature,
                                double bound, double *out, double *slope)
{
    el_poles poles;
    WEFT_TRY(prepare(e, w));
    WEFT_TRY(density_poles(e, w, temperature, bound, &poles));
    el_source_fill(e, e->mu);
    if (el_learned_window(e, w) && e->own->options.learned->depth > 0)
        run_network(e, w, &poles, temperature, out, slope);
    else
        run(e, w, &poles, out, slope);
    e->order = poles.count;
    return WEFT_OK;
}

/* The grand potential's poles need not reach the tolerance: what they miss is part of the error
 * that is measured. */
weft_status el_rational_omega(weft_electron *e, const el_window *w, double temperature,
                              double bound, double *out)
{
    el_poles poles = {0};
    WEFT_TRY(prepare(e, w));
    el_rational_poles(e, true, temperature, bound, &poles);
    el_source_fill(e, e->mu);
    run(e, w, &poles, out, NULL);
    for (int64_t i = 0; i < e->own->local_sites; i++)
        out[i] = -temperature * (log(2) + out[i]);
    return WEFT_OK;
}
