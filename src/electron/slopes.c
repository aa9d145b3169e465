/* The learned density in double precision with its derivatives by all numbers, for training.
 *
 * The letters are those of learned.c. With x the solution of A x = 1 (so that 1^T A^-1 1 = s is the
 * sum of x) and G = 1/(z - v - c_centre s), all derivatives are sums over what has been computed:
 *
 *   dG = -G^2 (dz - s dc_centre - c_centre ds),     ds = -x^T dA x,
 *   dA_kk = dz - a_k dc_axial - (d_k + d_k-1) dc_corner - c_axial da_k - c_corner (dd_k + dd_k-1),
 *   dA_k,k+1 = -d_k dc_ring - c_ring dd_k,          da_k = -a_k^2 (dz - T_k dc_outer - c_outer
 * dT_k),
 *
 * dd_k likewise, T the sum of u beyond a site and dT = -(sum of u^2) dz. x^T dA x gives each d_k
 * the factor c_corner (x_k^2 + x_k+1^2) + 2 c_ring x_k x_k+1.
 *
 * This is another way than that of the kernel (rational.h), which solves for s alone; that the two
 * agree to rounding is tested, and the derivatives against complex steps. */
#include "slopes.h"
#include "internal.h"

/* Not C's own complex numbers, whose products test for infinities. No number here can be infinite:
 * imaginary parts of all denominators are at least y. */
typedef struct cd {
    double r, i;
} cd;

static inline cd add(cd a, cd b)
{
    return (cd){a.r + b.r, a.i + b.i};
}

static inline cd sub(cd a, cd b)
{
    return (cd){a.r - b.r, a.i - b.i};
}

static inline cd mul(cd a, cd b)
{
    return (cd){a.r * b.r - a.i * b.i, a.r * b.i + a.i * b.r};
}

static inline cd times(double c, cd a)
{
    return (cd){c * a.r, c * a.i};
}

static inline cd inverse(cd a)
{
    double d = 1 / (a.r * a.r + a.i * a.i);
    return (cd){a.r * d, -a.i * d};
}

/* One pole over a plane: u, its sum and the sum of its squares over the neighbours. */
typedef struct pole {
    const el_plane *plane;
    int64_t w;
    cd *u, *sum, *squares;
    const double *c; /* the factors, as EL_CENTRE ... */
    double y;
} pole;

/* u everywhere, and the sums where a site has all four neighbours: the formulas read u three sites
 * and sums two sites from a centre, so that the margin of EL_MARGIN sites is just enough. */
static void fill(const pole *p)
{
    const int64_t w = p->w, size = (p->plane->rows + 2 * EL_MARGIN) * w;
    for (int64_t k = 0; k < size; k++)
        p->u[k] = inverse((cd){-p->plane->v[k], p->y});
    for (int64_t k = w; k < size - w; k++) {
        const cd n[4] = {p->u[k + 1], p->u[k - 1], p->u[k + w], p->u[k - w]};
        p->sum[k] = add(add(n[0], n[1]), add(n[2], n[3]));
        p->squares[k] =
            add(add(mul(n[0], n[0]), mul(n[1], n[1])), add(mul(n[2], n[2]), mul(n[3], n[3])));
    }
}

/* A site whose other neighbours are folded in: 1/(z - v - c_outer T), and its derivatives by z and
 * c_outer. */
typedef struct folded {
    cd g, by_z, by_outer;
} folded;

/* sum, squares: of u over the neighbours that are folded in; those that belong to the window are
 * taken off by the caller. dT/dz = -squares, since du/dz = -u^2. */
static folded fold(const pole *p, int64_t k, cd sum, cd squares)
{
    const double c = p->c[EL_OUTER];
    folded f = {.g = inverse(sub((cd){-p->plane->v[k], p->y}, times(c, sum)))};
    const cd g2 = mul(f.g, f.g), one = {1 + c * squares.r, c * squares.i};
    f.by_z = times(-1, mul(g2, one));
    f.by_outer = mul(g2, sum);
    return f;
}

/* A x = 1 by eliminating n_0 and n_2, as the kernel does. o: c_ring d. */
static void solve(const cd A[4], const cd o[4], cd x[4])
{
    const cd r0 = inverse(A[0]), r2 = inverse(A[2]), one = {1, 0};
    const cd b0 = mul(o[0], r0), b3 = mul(o[3], r0), b1 = mul(o[1], r2), b2 = mul(o[2], r2);
    const cd f1 = add(one, add(b0, b1)), f3 = add(one, add(b3, b2));
    const cd m11 = sub(A[1], add(mul(o[0], b0), mul(o[1], b1)));
    const cd m33 = sub(A[3], add(mul(o[3], b3), mul(o[2], b2)));
    const cd m13 = add(mul(o[3], b0), mul(o[2], b1));
    const cd id = inverse(sub(mul(m11, m33), mul(m13, m13)));
    x[1] = mul(add(mul(m33, f1), mul(m13, f3)), id);
    x[3] = mul(add(mul(m11, f3), mul(m13, f1)), id);
    x[0] = mul(r0, add(one, add(mul(o[0], x[1]), mul(o[3], x[3]))));
    x[2] = mul(r2, add(one, add(mul(o[1], x[1]), mul(o[2], x[3]))));
}

/* The sum s over the ring of a site, and its derivatives by z and the factors. */
typedef struct ring {
    cd s, by_z, by[EL_COUPLINGS];
} ring;

/* The corners d_k lie between the neighbours k and k+1, counted around the site, so that each
 * neighbour has the corners k and k-1. Their factors in x^T dA x are collected over the ring, which
 * visits each corner once. */
static ring make_ring(const pole *p, int64_t k)
{
    const int64_t at[4] = {1, p->w, -1, -p->w};
    const double *c = p->c;
    folded a[4], d[4];
    cd A[4], o[4], x[4];
    for (int j = 0; j < 4; j++) {
        const int next = (j + 1) % 4;
        const int64_t axis = k + 2 * at[j], corner = k + at[j] + at[next];
        const cd u = p->u[k + at[j]], v = p->u[k + at[next]];
        a[j] = fold(p, axis, sub(p->sum[axis], u), sub(p->squares[axis], mul(u, u)));
        d[j] = fold(p, corner, sub(p->sum[corner], add(u, v)),
                    sub(p->squares[corner], add(mul(u, u), mul(v, v))));
        o[j] = times(c[EL_RING], d[j].g);
    }
    for (int j = 0; j < 4; j++) {
        const cd z = {-p->plane->v[k + at[j]], p->y};
        A[j] = sub(
            z, add(times(c[EL_AXIAL], a[j].g), times(c[EL_CORNER], add(d[j].g, d[(j + 3) % 4].g))));
    }
    solve(A, o, x);
    ring r = {.s = add(add(x[0], x[1]), add(x[2], x[3]))};
    for (int j = 0; j < 4; j++) {
        const int next = (j + 1) % 4;
        const cd own = mul(x[j], x[j]), pair = add(own, mul(x[next], x[next]));
        const cd bond = times(2, mul(x[j], x[next]));
        const cd to_a = times(c[EL_AXIAL], own);
        const cd to_d = add(times(c[EL_CORNER], pair), times(c[EL_RING], bond));
        r.by[EL_AXIAL] = add(r.by[EL_AXIAL], mul(own, a[j].g));
        r.by[EL_CORNER] = add(r.by[EL_CORNER], mul(pair, d[j].g));
        r.by[EL_RING] = add(r.by[EL_RING], mul(bond, d[j].g));
        r.by[EL_OUTER] =
            add(r.by[EL_OUTER], add(mul(to_a, a[j].by_outer), mul(to_d, d[j].by_outer)));
        r.by_z = add(r.by_z, sub(add(mul(to_a, a[j].by_z), mul(to_d, d[j].by_z)), own));
    }
    return r;
}

/* Adds w Re G of one site, and sets the seven derivatives. y and w are number[0..1] times T. */
static void at_site(const pole *p, int64_t k, double w, double temperature, double *out,
                    double *slope)
{
    const double c = p->c[EL_CENTRE];
    const ring r = make_ring(p, k);
    const cd G = inverse(sub((cd){-p->plane->v[k], p->y}, times(c, r.s))), g2 = mul(G, G);
    *out += w * G.r;
    if (!slope)
        return;
    const cd by_z = mul(g2, sub(times(c, r.by_z), (cd){1, 0}));
    slope[0] = -w * temperature * by_z.i; /* dz = i dy */
    slope[1] = temperature * G.r;
    slope[2 + EL_CENTRE] = w * mul(g2, r.s).r;
    for (int j = EL_AXIAL; j < EL_COUPLINGS; j++)
        slope[2 + j] = w * c * mul(g2, r.by[j]).r;
}

/* Pole after pole, as the kernel does: the planes of a pole are made once and read by all sites. */
void el_learned_slopes(const weft_learned *l, double temperature, const el_plane *plane,
                       double *out, double *slope)
{
    const int64_t w = plane->n + 2 * EL_MARGIN, size = (plane->rows + 2 * EL_MARGIN) * w;
    const int64_t sites = plane->rows * plane->n, numbers = WEFT_LEARNED_NUMBERS * l->poles;
    pole p = {.plane = plane, .w = w, .u = (cd *)plane->room};
    p.sum = p.u + size;
    p.squares = p.sum + size;
    for (int64_t i = 0; i < sites; i++)
        out[i] = 0;
    for (int64_t q = 0; q < l->poles; q++) {
        p.c = l->number[q] + 2;
        p.y = l->number[q][0] * temperature;
        fill(&p);
        for (int64_t i = 0; i < sites; i++) {
            const int64_t k = (i / plane->n + EL_MARGIN) * w + i % plane->n + EL_MARGIN;
            double *at = slope ? slope + i * numbers + q * WEFT_LEARNED_NUMBERS : NULL;
            at_site(&p, k, l->number[q][1] * temperature, temperature, out + i, at);
        }
    }
}

/* The poles are those that force: rational would take for this window (poles.c), fitted once: the
 * table that remembers them is not needed afterwards. */
double el_learned_start(weft_learned *l, int64_t poles, double temperature, double bound)
{
    el_pole_table table = {0};
    const el_poles *p = el_poles_get(&table, false, (int)poles, bound / temperature);
    const double error = p->error;
    l->poles = poles;
    for (int64_t q = 0; q < poles; q++) {
        l->number[q][0] = p->y[q];
        l->number[q][1] = p->w[q];
        for (int j = 2; j < WEFT_LEARNED_NUMBERS; j++)
            l->number[q][j] = 1;
    }
    el_poles_free(&table);
    return error;
}
