/* Rational windows, LANES centres at once. Included by rational_f32.c and rational_f64.c, which
 * define REAL, LANES and SUFFIX, and by slope_f32.c and slope_f64.c, which define SLOPE too and get
 * derivatives with respect to mu beside all numbers. These files are compiled with contraction:
 * every lane sees the same operations wherever it lies.
 *
 * Energies are in units of |t| and counted from mu; z = i y. The closed formulas hold for the
 * square lattice without second neighbours, where the sign of t does not matter: with u = 1/(z - v)
 * at a site, S its four neighbours' sum of u, n_k the neighbours, d_k the diagonals between n_k and
 * n_k+1, a_k the sites at distance two,
 *   star:    G = 1/(z - v - sum_k u(n_k));
 *   ball 13: G = 1/(z - v - 1^T A^-1 1), A_kk = z - v(n_k) - a_k - d_k - d_k-1, A_k,k+1 = -d_k;
 *   13e:     the same with d_k = 1/(z - v - (S - u(n_k) - u(n_k+1))), a_k = 1/(z - v - (S -
 * u(n_k))). The ring of four is solved by eliminating n_0 and n_2.
 * Trained poles have factors c before the terms of 13e (learned.c says which, and why the formula
 * stays bounded); c NULL: all are one. */
#include "internal.h"
#include <string.h>

#define JOIN2(a, b) a##_##b
#define JOIN(a, b)  JOIN2(a, b)
#define INLINE      static inline __attribute__((always_inline))

typedef REAL vec
    __attribute__((vector_size(LANES * sizeof(REAL)), may_alias, aligned(sizeof(REAL))));

INLINE vec load(const REAL *p)
{
    return *(const vec *)p;
}

INLINE void store(REAL *p, vec x)
{
    *(vec *)p = x;
}

/* A complex number, and with SLOPE its derivative with respect to mu. Every number is an analytic
 * function of z + mu, so that the derivatives obey the rules of real ones. */
typedef struct complex_vec {
    vec r, i;
#ifdef SLOPE
    vec dr, di;
#endif
} cv;

/* z - v of a site. */
INLINE cv energy(vec v, REAL y)
{
    cv out = {-v, (vec){0} + y};
#ifdef SLOPE
    out.dr = (vec){0} + (REAL)1;
#endif
    return out;
}

INLINE cv real(REAL x)
{
    return (cv){(vec){0} + x};
}

INLINE cv invert(cv a)
{
    vec d = (REAL)1 / (a.r * a.r + a.i * a.i);
    cv out = {a.r * d, -a.i * d};
#ifdef SLOPE /* (1/a)' = -a'/a^2 */
    vec sr = out.i * out.i - out.r * out.r, si = -(REAL)2 * out.r * out.i;
    out.dr = sr * a.dr - si * a.di;
    out.di = sr * a.di + si * a.dr;
#endif
    return out;
}

INLINE cv times(cv a, cv b)
{
    cv out = {a.r * b.r - a.i * b.i, a.r * b.i + a.i * b.r};
#ifdef SLOPE
    out.dr = (a.dr * b.r - a.di * b.i) + (a.r * b.dr - a.i * b.di);
    out.di = (a.dr * b.i + a.di * b.r) + (a.r * b.di + a.i * b.dr);
#endif
    return out;
}

INLINE cv plus(cv a, cv b)
{
    cv out = {a.r + b.r, a.i + b.i};
#ifdef SLOPE
    out.dr = a.dr + b.dr;
    out.di = a.di + b.di;
#endif
    return out;
}

INLINE cv scaled(REAL x, cv a)
{
    cv out = {x * a.r, x * a.i};
#ifdef SLOPE
    out.dr = x * a.dr;
    out.di = x * a.di;
#endif
    return out;
}

INLINE cv minus(cv a, cv b)
{
    cv out = {a.r - b.r, a.i - b.i};
#ifdef SLOPE
    out.dr = a.dr - b.dr;
    out.di = a.di - b.di;
#endif
    return out;
}

/* ---- programs ----
 *
 * Most operations of a program wait for the one before. So it is run for several poles at once,
 * whose numbers lie side by side: entry s of the pole b of B is m[s * B + b]. */

#define EACH(b) for (int b = 0; b < B; b++)

/* The factors of a row stay in registers while the row is subtracted. */
INLINE void run_operations(const el_program *p, const cv *u, cv *m, const int B)
{
    cv factor[EL_TOGETHER];
    for (int k = 0; k < p->count; k++) {
        const el_op *op = &p->op[k], o = *op;
        cv *to = m + o.to * B;
        const cv *from = m + o.x * B, *outer = u + o.x * B, *entry = m + o.y * B;
        switch (o.kind) {
        case EL_EMBED:
            EACH(b)
            to[b] = minus(to[b], outer[b]);
            break;
        case EL_EMBED_NEXT:
            EACH(b)
            to[b] = minus(to[b], scaled((REAL)p->next2, outer[b]));
            break;
        case EL_INVERT:
            EACH(b)
            to[b] = invert(from[b]);
            break;
        case EL_ELIMINATE:
            EACH(b)
            factor[b] = times(from[b], entry[b]);
            for (const el_op *end = &p->op[k += o.to]; op < end;) {
                op++;
                cv *at = m + op->to * B;
                const cv *row = m + op->y * B;
                EACH(b)
                at[b] = minus(at[b], times(factor[b], row[b]));
            }
            break;
        case EL_SUBTRACT:
            break; /* done by the elimination before it */
        }
    }
}

/* What B poles from number k on add to sum_poles; those that there are. */
INLINE void some_poles(const el_program *p, const el_poles *poles, int k, const vec *v, cv *room,
                       const int B, vec *sum, vec *slope)
{
    cv *m = room, *u = room + p->slots * B;
    REAL y[EL_TOGETHER];
    (void)slope;
    EACH(b)
    y[b] = (REAL)poles->y[k + b < poles->count ? k + b : k];
    for (int i = 0; i < p->inner; i++)
        EACH(b)
    m[i * B + b] = energy(v[i], y[b]);
    for (int s = p->inner; s < p->slots - 1; s++)
        EACH(b)
    m[s * B + b] = real((REAL)(p->source[s] == 1 ? p->first : p->source[s] == 2 ? p->next : 0));
    for (int i = p->inner; i < p->sites; i++)
        EACH(b)
    u[i * B + b] = invert(energy(v[i], y[b]));
    run_operations(p, u, m, B);
    for (int b = 0; b < B && k + b < poles->count; b++) {
        const REAL w = (REAL)poles->w[k + b];
        const cv g = invert(m[b]);
        *sum += poles->even ? w * ((REAL)1 + y[b] * g.i) : w * g.r;
#ifdef SLOPE
        *slope += w * g.dr;
#endif
    }
}

/* sum_p w_p Re G(i y_p), or for even poles sum_p w_p (1 + y_p Im G(i y_p)); and the derivative of
 * the former. A pair that is left over is not worth EL_TOGETHER. */
static vec sum_poles(const el_program *p, const el_poles *poles, const vec *v, cv *room, vec *slope)
{
    vec sum = {0};
    int k = 0;
    for (; k + 2 < poles->count; k += EL_TOGETHER)
        some_poles(p, poles, k, v, room, EL_TOGETHER, &sum, slope);
    if (k < poles->count)
        some_poles(p, poles, k, v, room, 2, &sum, slope);
    return sum;
}

#ifndef SLOPE
void JOIN(el_program_run, SUFFIX)(const el_program *p, const el_poles *poles, const REAL *v,
                                  REAL *room, REAL *out)
{
    *(vec *)out = sum_poles(p, poles, (const vec *)v, (cv *)room, NULL);
}
#endif

/* Sites in a row, from a plane: neighbours of neighbouring centres are neighbours. */
void JOIN(el_program_row, SUFFIX)(const el_program *p, const el_poles *poles, const REAL *v,
                                  const int64_t stride[3], int64_t n, REAL *room, REAL *out,
                                  REAL *slope)
{
    vec *here = (vec *)room;
    cv *work = (cv *)(here + p->sites);
    (void)slope;
    for (int64_t x = 0; x < n; x += LANES) {
        vec rise = {0};
        for (int i = 0; i < p->sites; i++)
            here[i] = load(v + x + p->d[i][0] * stride[0] + p->d[i][1] * stride[1] + p->d[i][2]);
        vec sum = sum_poles(p, poles, here, work, &rise);
        for (int64_t l = 0; l < LANES && x + l < n; l++)
            out[x + l] = sum[l];
#ifdef SLOPE
        for (int64_t l = 0; l < LANES && x + l < n; l++)
            slope[x + l] = rise[l];
#endif
    }
}

/* ---- the square lattice's closed formulas ---- */

/* Planes of the potential, of u and of S. */
typedef struct planes {
    const REAL *v;
    REAL *ur, *ui, *sr, *si;
#ifdef SLOPE
    REAL *dsr, *dsi;
#endif
    int64_t w; /* stride of rows */
    REAL y;
} planes;

INLINE cv u_at(const planes *p, int64_t k)
{
    cv u = {load(p->ur + k), load(p->ui + k)};
#ifdef SLOPE /* u' = -u^2 */
    u.dr = u.i * u.i - u.r * u.r;
    u.di = -(REAL)2 * u.r * u.i;
#endif
    return u;
}

INLINE cv s_at(const planes *p, int64_t k)
{
    cv s = {load(p->sr + k), load(p->si + k)};
#ifdef SLOPE
    s.dr = load(p->dsr + k);
    s.di = load(p->dsi + k);
#endif
    return s;
}

/* S of a site from its neighbours. */
INLINE cv sum_at(const planes *p, int64_t k)
{
    return plus(plus(u_at(p, k + 1), u_at(p, k - 1)), plus(u_at(p, k + p->w), u_at(p, k - p->w)));
}

/* z - v at a site. */
INLINE cv energy_at(const planes *p, int64_t k)
{
    return energy(load(p->v + k), p->y);
}

/* 1/(z - v - s) at a site. */
INLINE cv site(const planes *p, int64_t k, cv s)
{
    return invert(minus(energy_at(p, k), s));
}

/* 1^T A^-1 1. */
INLINE cv ring(const planes *p, int64_t k, const cv a[4], cv d[4], const REAL *c)
{
    const int64_t at[4] = {1, p->w, -1, -p->w};
    cv A[4];
    for (int j = 0; j < 4; j++) {
        cv s = c ? plus(scaled(c[EL_AXIAL], a[j]), scaled(c[EL_CORNER], plus(d[j], d[(j + 3) % 4])))
                 : plus(plus(a[j], d[j]), d[(j + 3) % 4]);
        A[j] = minus(energy_at(p, k + at[j]), s);
    }
    for (int j = 0; j < 4 && c; j++)
        d[j] = scaled(c[EL_RING], d[j]);
    cv r0 = invert(A[0]), r2 = invert(A[2]);
    cv b0 = times(d[0], r0), b3 = times(d[3], r0), b1 = times(d[1], r2), b2 = times(d[2], r2);
    cv m11 = minus(A[1], plus(times(d[0], b0), times(d[1], b1)));
    cv m33 = minus(A[3], plus(times(d[3], b3), times(d[2], b2)));
    cv m13 = plus(times(d[3], b0), times(d[2], b1));
    cv f1 = plus(plus(b0, b1), real(1)), f3 = plus(plus(b3, b2), real(1));
    cv det = minus(times(m11, m33), times(m13, m13));
    cv cross = times(m13, times(f1, f3));
    cv num = plus(plus(times(times(f1, f1), m33), times(times(f3, f3), m11)), plus(cross, cross));
    return plus(plus(r0, r2), times(num, invert(det)));
}

INLINE cv ball13(const planes *p, int64_t k, bool embed, const REAL *c)
{
    const int64_t at[4] = {1, p->w, -1, -p->w};
    cv u[4], a[4], d[4];
    for (int j = 0; j < 4; j++) {
        u[j] = u_at(p, k + at[j]);
        if (!embed) {
            a[j] = u_at(p, k + 2 * at[j]);
            d[j] = u_at(p, k + at[j] + at[(j + 1) % 4]);
        }
    }
    for (int j = 0; j < 4 && embed; j++) {
        int64_t axis = k + 2 * at[j], corner = k + at[j] + at[(j + 1) % 4];
        cv beyond_a = minus(s_at(p, axis), u[j]);
        cv beyond_d = minus(s_at(p, corner), plus(u[j], u[(j + 1) % 4]));
        a[j] = site(p, axis, c ? scaled(c[EL_OUTER], beyond_a) : beyond_a);
        d[j] = site(p, corner, c ? scaled(c[EL_OUTER], beyond_d) : beyond_d);
    }
    return ring(p, k, a, d, c);
}

INLINE void row(const planes *p, int64_t k, int64_t n, int kind, bool even, REAL w, const REAL *c,
                REAL *out, REAL *slope)
{
    (void)slope;
    for (int64_t x = 0; x < n; x += LANES) {
        cv s = kind == EL_STAR ? sum_at(p, k + x) : ball13(p, k + x, kind == EL_BALL_EMBEDDED, c);
        cv g = minus(energy_at(p, k + x), c ? scaled(c[EL_CENTRE], s) : s);
        vec d = w / (g.r * g.r + g.i * g.i);
        *(vec *)(out + x) += even ? w - p->y * g.i * d : g.r * d;
#ifdef SLOPE
        *(vec *)(slope + x) += w * invert(g).dr;
#endif
    }
}

/* In vectors by hand: planes may alias for all that a compiler knows, and it would go site by site.
 * The last vector of a plane may reach beyond it. */
static void make_planes(const planes *p, int64_t size, int kind)
{
    for (int64_t k = 0; k < size; k += LANES) {
        cv u = invert(energy_at(p, k));
        store(p->ur + k, u.r);
        store(p->ui + k, u.i);
    }
    for (int64_t k = p->w; k < size - p->w && kind == EL_BALL_EMBEDDED; k += LANES) {
        cv s = sum_at(p, k);
        store(p->sr + k, s.r);
        store(p->si + k, s.i);
#ifdef SLOPE
        store(p->dsr + k, s.dr);
        store(p->dsi + k, s.di);
#endif
    }
}

/* One row for one pole; a choice of formula inside the loop over sites would cost much. */
static void one_row(const planes *p, int64_t at, int64_t n, int kind, const el_poles *poles, int k,
                    REAL *out, REAL *slope)
{
    REAL weight = (REAL)poles->w[k], c[EL_COUPLINGS];
    for (int j = 0; j < EL_COUPLINGS; j++)
        c[j] = (REAL)poles->c[k][j];
    if (poles->trained)
        row(p, at, n, EL_BALL_EMBEDDED, false, weight, c, out, slope);
    else if (poles->even)
        row(p, at, n, kind, true, weight, NULL, out, slope);
    else if (kind == EL_STAR)
        row(p, at, n, EL_STAR, false, weight, NULL, out, slope);
    else if (kind == EL_BALL)
        row(p, at, n, EL_BALL, false, weight, NULL, out, slope);
    else
        row(p, at, n, EL_BALL_EMBEDDED, false, weight, NULL, out, slope);
}

/* rows rows of n sites, the first at v + 3 w + 3, of a plane of rows + 6 rows of w values; out and
 * slope have rows of w values too. room: six planes of LANES more values than that. */
void JOIN(el_square_rows, SUFFIX)(int kind, const el_poles *poles, const REAL *v, int64_t w,
                                  int64_t rows, int64_t n, REAL *room, REAL *out, REAL *slope)
{
    int64_t size = (rows + 6) * w, plane = size + LANES;
    planes p = {.v = v,
                .ur = room,
                .ui = room + plane,
                .sr = room + 2 * plane,
                .si = room + 3 * plane,
#ifdef SLOPE
                .dsr = room + 4 * plane,
                .dsi = room + 5 * plane,
#endif
                .w = w};
    memset(out, 0, (size_t)(rows * w) * sizeof *out);
#ifdef SLOPE
    memset(slope, 0, (size_t)(rows * w) * sizeof *slope);
#endif
    for (int k = 0; k < poles->count; k++) {
        p.y = (REAL)poles->y[k];
        make_planes(&p, size, kind);
        for (int64_t j = 0; j < rows; j++)
            one_row(&p, (j + 3) * w + 3, n, kind, poles, k, out + j * w, slope + j * w);
    }
}
