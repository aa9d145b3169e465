/* Rational windows, LANES centres at once. Included by rational_f32.c and rational_f64.c, which
 * define REAL, LANES and SUFFIX. These files are compiled with contraction: every lane sees the
 * same operations wherever it lies.
 *
 * Energies are in units of |t| and counted from mu; z = i y. The closed formulas hold for the
 * square lattice without second neighbours, where the sign of t does not matter: with u = 1/(z - v)
 * at a site, S its four neighbours' sum of u, n_k the neighbours, d_k the diagonals between n_k and
 * n_k+1, a_k the sites at distance two,
 *   star:    G = 1/(z - v - sum_k u(n_k));
 *   ball 13: G = 1/(z - v - 1^T A^-1 1), A_kk = z - v(n_k) - a_k - d_k - d_k-1, A_k,k+1 = -d_k;
 *   13e:     the same with d_k = 1/(z - v - (S - u(n_k) - u(n_k+1))), a_k = 1/(z - v - (S -
 * u(n_k))). The ring of four is solved by eliminating n_0 and n_2. */
#include "internal.h"
#include <string.h>

#define JOIN2(a, b) a##_##b
#define JOIN(a, b)  JOIN2(a, b)
#define INLINE      static inline __attribute__((always_inline))

typedef REAL vec
    __attribute__((vector_size(LANES * sizeof(REAL)), may_alias, aligned(sizeof(REAL))));
typedef struct complex_vec {
    vec r, i;
} cv;

INLINE cv invert(vec r, vec i)
{
    vec d = (REAL)1 / (r * r + i * i);
    return (cv){r * d, -i * d};
}

INLINE cv times(cv a, cv b)
{
    return (cv){a.r * b.r - a.i * b.i, a.r * b.i + a.i * b.r};
}

INLINE cv plus(cv a, cv b)
{
    return (cv){a.r + b.r, a.i + b.i};
}

INLINE cv minus(cv a, cv b)
{
    return (cv){a.r - b.r, a.i - b.i};
}

INLINE vec load(const REAL *p)
{
    return *(const vec *)p;
}

/* ---- programs ---- */

static void run_operations(const el_program *p, const vec *v, const cv *u, cv *m)
{
    (void)v;
    for (int k = 0; k < p->count; k++) {
        el_op o = p->op[k];
        switch (o.kind) {
        case EL_EMBED:
            m[o.to] = (cv){m[o.to].r - u[o.x].r, m[o.to].i - u[o.x].i};
            break;
        case EL_EMBED_NEXT:
            m[o.to] =
                (cv){m[o.to].r - (REAL)p->next2 * u[o.x].r, m[o.to].i - (REAL)p->next2 * u[o.x].i};
            break;
        case EL_INVERT:
            m[o.to] = invert(m[o.x].r, m[o.x].i);
            break;
        case EL_MULTIPLY:
            m[o.to] = times(m[o.x], m[o.y]);
            break;
        case EL_SUBTRACT:
            m[o.to] = minus(m[o.to], times(m[o.x], m[o.y]));
            break;
        }
    }
}

/* sum_p w_p Re G(i y_p), and, where even is not NULL, sum_p w'_p (1 + y'_p Im G(i y'_p)). */
static vec sum_poles(const el_program *p, const el_poles *poles, const vec *v, cv *room)
{
    vec sum = {0};
    cv *m = room, *u = room + p->slots;
    for (int k = 0; k < poles->count; k++) {
        REAL y = (REAL)poles->y[k], w = (REAL)poles->w[k];
        vec yy = (vec){0} + y;
        for (int i = 0; i < p->inner; i++)
            m[i] = (cv){-v[i], yy};
        for (int s = p->inner; s < p->slots - 2; s++)
            m[s] = (cv){(vec){0} + (REAL)(p->source[s] == 1   ? p->first
                                          : p->source[s] == 2 ? p->next
                                                              : 0),
                        (vec){0}};
        for (int i = p->inner; i < p->sites; i++)
            u[i] = invert(-v[i], yy);
        run_operations(p, v, u, m);
        cv g = invert(m[0].r, m[0].i);
        sum += poles->even ? w * ((REAL)1 + y * g.i) : w * g.r;
    }
    return sum;
}

void JOIN(el_program_run, SUFFIX)(const el_program *p, const el_poles *poles, const REAL *v,
                                  REAL *room, REAL *out)
{
    *(vec *)out = sum_poles(p, poles, (const vec *)v, (cv *)room);
}

/* Sites in a row, from a plane: neighbours of neighbouring centres are neighbours. */
void JOIN(el_program_row, SUFFIX)(const el_program *p, const el_poles *poles, const REAL *v,
                                  const int64_t stride[3], int64_t n, REAL *room, REAL *out)
{
    vec *here = (vec *)room;
    cv *work = (cv *)(here + p->sites);
    for (int64_t x = 0; x < n; x += LANES) {
        for (int i = 0; i < p->sites; i++)
            here[i] = load(v + x + p->d[i][0] * stride[0] + p->d[i][1] * stride[1] + p->d[i][2]);
        vec sum = sum_poles(p, poles, here, work);
        for (int64_t l = 0; l < LANES && x + l < n; l++)
            out[x + l] = sum[l];
    }
}

/* ---- the square lattice's closed formulas ---- */

typedef struct planes {
    const REAL *v;
    REAL *ur, *ui, *sr, *si;
    int64_t w; /* stride of rows */
    REAL y;
} planes;

INLINE cv u_at(const planes *p, int64_t k)
{
    return (cv){load(p->ur + k), load(p->ui + k)};
}

INLINE cv s_at(const planes *p, int64_t k)
{
    return (cv){load(p->sr + k), load(p->si + k)};
}

/* 1/(z - v - s) at a site. */
INLINE cv site(const planes *p, int64_t k, cv s)
{
    return invert(-load(p->v + k) - s.r, p->y - s.i);
}

/* 1^T A^-1 1. */
INLINE cv ring(const planes *p, int64_t k, const cv a[4], const cv d[4])
{
    const int64_t at[4] = {1, p->w, -1, -p->w};
    cv A[4];
    for (int j = 0; j < 4; j++) {
        cv s = plus(plus(a[j], d[j]), d[(j + 3) % 4]);
        A[j] = (cv){-load(p->v + k + at[j]) - s.r, p->y - s.i};
    }
    cv r0 = invert(A[0].r, A[0].i), r2 = invert(A[2].r, A[2].i);
    cv b0 = times(d[0], r0), b3 = times(d[3], r0), b1 = times(d[1], r2), b2 = times(d[2], r2);
    cv m11 = minus(A[1], plus(times(d[0], b0), times(d[1], b1)));
    cv m33 = minus(A[3], plus(times(d[3], b3), times(d[2], b2)));
    cv m13 = plus(times(d[3], b0), times(d[2], b1));
    cv f1 = plus(b0, b1), f3 = plus(b3, b2);
    f1.r += 1;
    f3.r += 1;
    cv det = minus(times(m11, m33), times(m13, m13));
    cv cross = times(m13, times(f1, f3));
    cv num = plus(plus(times(times(f1, f1), m33), times(times(f3, f3), m11)), plus(cross, cross));
    return plus(plus(r0, r2), times(num, invert(det.r, det.i)));
}

INLINE cv ball13(const planes *p, int64_t k, bool embed)
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
        a[j] = site(p, axis, minus(s_at(p, axis), u[j]));
        d[j] = site(p, corner, minus(s_at(p, corner), plus(u[j], u[(j + 1) % 4])));
    }
    return ring(p, k, a, d);
}

INLINE void row(const planes *p, int64_t k, int64_t n, int kind, bool even, REAL w, REAL *out)
{
    for (int64_t x = 0; x < n; x += LANES) {
        cv s = kind == EL_STAR ? s_at(p, k + x) : ball13(p, k + x, kind == EL_BALL_EMBEDDED);
        vec r = -load(p->v + k + x) - s.r, i = p->y - s.i, d = w / (r * r + i * i);
        *(vec *)(out + x) += even ? w - p->y * i * d : r * d;
    }
}

static void make_planes(const planes *p, int64_t size)
{
    const REAL *restrict v = p->v;
    REAL *restrict ur = p->ur, *restrict ui = p->ui, *restrict sr = p->sr, *restrict si = p->si;
    REAL y = p->y;
    int64_t w = p->w;
    for (int64_t k = 0; k < size; k++) {
        REAL d = (REAL)1 / (v[k] * v[k] + y * y);
        ur[k] = -v[k] * d;
        ui[k] = -y * d;
    }
    for (int64_t k = w; k < size - w; k++) {
        sr[k] = (ur[k + 1] + ur[k - 1]) + (ur[k + w] + ur[k - w]);
        si[k] = (ui[k + 1] + ui[k - 1]) + (ui[k + w] + ui[k - w]);
    }
}

/* rows rows of n sites, the first at v + 3 w + 3, of a plane of rows + 6 rows of w values; out has
 * rows of w values too. room: four planes. */
void JOIN(el_square_rows, SUFFIX)(int kind, const el_poles *poles, const REAL *v, int64_t w,
                                  int64_t rows, int64_t n, REAL *room, REAL *out)
{
    int64_t size = (rows + 6) * w;
    planes p = {v, room, room + size, room + 2 * size, room + 3 * size, w, 0};
    memset(out, 0, (size_t)(rows * w) * sizeof *out);
    for (int k = 0; k < poles->count; k++) {
        REAL weight = (REAL)poles->w[k];
        p.y = (REAL)poles->y[k];
        make_planes(&p, size);
        for (int64_t j = 0; j < rows; j++) {
            int64_t at = (j + 3) * w + 3;
            if (poles->even)
                row(&p, at, n, kind, true, weight, out + j * w);
            else if (kind == EL_STAR)
                row(&p, at, n, EL_STAR, false, weight, out + j * w);
            else if (kind == EL_BALL)
                row(&p, at, n, EL_BALL, false, weight, out + j * w);
            else
                row(&p, at, n, EL_BALL_EMBEDDED, false, weight, out + j * w);
        }
    }
}
