/* Polynomial potentials V = sum_j c_j phi^j, by Horner's rule over blocks of points.
 *
 * Invariants. The kernels keep what kernels of potentials promise (potential.c): force, excess,
 * energy and curvature are derivatives of the same V. An even V is kept as a polynomial in phi^2,
 * and V'/phi with it, so that it serves complex fields as well. `rests_at_zero` is proved by
 * counting the minima, never guessed from c_2. fma() is asked for by name: the bits do not depend
 * on the compiler. */
#include "kg.h"
#include <math.h>
#include <string.h>

enum { BLOCK = 64 };

/* out = sum_j c[j] x^j at n points, from the highest power down; a block of points at a time, so
 * that the loop over points is the inner one and is vectorised. */
static void horner(int terms, const double *c, int n, const double *restrict x,
                   double *restrict out)
{
    for (int i = 0; i < n; i++)
        out[i] = terms > 0 ? c[terms - 1] : 0;
    for (int j = terms - 2; j >= 0; j--)
        for (int i = 0; i < n; i++)
            out[i] = fma(out[i], x[i], c[j]);
}

/* The argument of the polynomials, phi^2 or phi, of a block of scale*f. */
static void argument(const kg_potential *v, int n, double scale, double *const *f, int64_t at,
                     double *restrict x)
{
    for (int i = 0; i < n; i++)
        x[i] = scale * f[0][at + i];
    if (v->even)
        for (int i = 0; i < n; i++)
            x[i] *= x[i];
    for (int i = 0; v->components > 1 && i < n; i++) {
        double y = scale * f[1][at + i];
        x[i] = fma(y, y, x[i]);
    }
}

/* Points of the block that begins at `at`. */
static int block_size(int64_t n, int64_t at)
{
    return n - at < BLOCK ? (int)(n - at) : BLOCK;
}

/* For an even V the argument is phi^2 and V'/phi is a polynomial in it, so that complex fields work
 * as well. */
static void polynomial_force(const kg_potential *v, int64_t n, double *const *u, double *const *out)
{
    double x[BLOCK], g[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        int m = block_size(n, at);
        argument(v, m, 1, u, at, x);
        horner(v->n_slope, v->slope, m, x, g);
        for (int c = 0; c < v->components; c++)
            for (int i = 0; i < m; i++)
                out[c][at + i] -= v->even ? g[i] * u[c][at + i] : g[i];
    }
}

/* In place: for an even V both components have the same factor. */
static void polynomial_excess(const kg_potential *v, int64_t n, double scale, double *const *f)
{
    double x[BLOCK], g[BLOCK], mass2 = v->mass2;
    for (int64_t at = 0; at < n; at += BLOCK) {
        int m = block_size(n, at);
        argument(v, m, scale, f, at, x);
        horner(v->n_slope, v->slope, m, x, g);
        for (int c = 0; c < v->components; c++) {
            double *restrict p = f[c] + at;
            for (int i = 0; v->even && i < m; i++)
                p[i] = (mass2 - g[i]) * (scale * p[i]);
            for (int i = 0; !v->even && i < m; i++)
                p[i] = fma(mass2, scale * p[i], -g[i]);
        }
    }
}

/* V at the points, block by block. */
static void polynomial_energy(const kg_potential *v, int64_t n, double *const *u, double *out)
{
    double x[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        int m = block_size(n, at);
        argument(v, m, 1, u, at, x);
        horner(v->n_value, v->value, m, x, out + at);
    }
}

/* For an even V, g = V'/phi and h = (d/d rho)(2 g) as in potential.c; else V'' is the polynomial
 * bend itself. */
static void polynomial_curvature(const kg_potential *v, int64_t n, double *const *u, double *low,
                                 double *high)
{
    double x[BLOCK], g[BLOCK], h[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        int m = block_size(n, at);
        argument(v, m, 1, u, at, x);
        horner(v->n_slope, v->slope, m, x, g);
        horner(v->n_bend, v->bend, m, x, h);
        for (int i = 0; i < m; i++) {
            /* V'' along phi; across it is V'/phi. */
            double along = v->even ? g[i] + x[i] * h[i] : h[i];
            double across = v->components > 1 ? g[i] : along;
            *low = kg_lesser(*low, kg_lesser(along, across));
            *high = kg_greater(*high, kg_greater(along, across));
        }
    }
}

static const kg_kernels polynomial_kernels = {polynomial_force, polynomial_excess,
                                              polynomial_energy, polynomial_curvature};

/* Coefficients of factor * d/dx of a polynomial. */
static void derive(int n, const double *c, double factor, int *n_out, double *out)
{
    *n_out = n > 1 ? n - 1 : 0;
    for (int j = 1; j < n; j++)
        out[j - 1] = factor * j * c[j];
}

/* The real zeros of sum c_j x^j, j <= degree, in rising order; returns how many. A polynomial is
 * monotonic between neighbouring zeros of its derivative: one zero at most lies there, and
 * bisection finds it. Zeros that the curve only touches may be missed. */
static int real_zeros(int degree, const double *c, double *out)
{
    double slope[KG_TERMS], turn[KG_TERMS + 1], largest = 0;
    int n = 0;
    while (degree > 0 && c[degree] == 0)
        degree--;
    if (degree == 0)
        return 0;
    /* The derivative, whose zeros cut the line into monotonic pieces. */
    for (int j = 0; j < degree; j++) {
        slope[j] = (j + 1) * c[j + 1];
        largest = fmax(largest, fabs(c[j] / c[degree]));
    }
    int turns = real_zeros(degree - 1, slope, turn + 1) + 2;
    turn[0] = -1 - largest; /* Cauchy's bound */
    turn[turns - 1] = 1 + largest;
    for (int i = 0; i + 1 < turns; i++) {
        double low = turn[i], high = turn[i + 1], f;
        horner(degree + 1, c, 1, &low, &f);
        /* The sign at the lower end; a piece with equal signs at its ends has no zero. */
        const bool rises = f < 0;
        horner(degree + 1, c, 1, &high, &f);
        if (rises == (f < 0))
            continue;
        for (int step = 0; step < 100; step++) {
            double middle = 0.5 * (low + high);
            horner(degree + 1, c, 1, &middle, &f);
            *(rises == (f < 0) ? &low : &high) = middle;
        }
        out[n++] = 0.5 * (low + high);
    }
    return n;
}

/* How many minima has V = sum c_j x^j? Those zeros of V' at which it rises. */
static int count_minima(const double *c)
{
    double slope[KG_TERMS] = {0}, zero[KG_TERMS], f, side;
    int minima = 0;
    for (int j = 1; j < KG_TERMS; j++)
        slope[j - 1] = j * c[j];
    int n = real_zeros(KG_TERMS - 2, slope, zero);
    for (int i = 0; i < n; i++) {
        /* V' above this zero and below the next has one sign. */
        side = i + 1 < n ? 0.5 * (zero[i] + zero[i + 1]) : zero[i] + 1;
        horner(KG_TERMS - 1, slope, 1, &side, &f);
        minima += f > 0;
    }
    return minima;
}

/* c_0, c_1, ...; the mass is taken at phi = 0. Where V falls there (c_2 < 0), mass2 is 0. */
weft_status kg_polynomial_make(const weft_section *own, const kg_params *p, kg_potential *v)
{
    double c[KG_TERMS] = {0};
    const int n = p->coefficients.n;
    if (n > KG_TERMS)
        return weft_param_fail(own, "coefficients", "%d coefficients; at most %d, up to phi^%d", n,
                               KG_TERMS, KG_TERMS - 1);
    v->even = true;
    for (int j = 0; j < n; j++) {
        c[j] = p->coefficients.value[j];
        v->even = v->even && (j % 2 == 0 || c[j] == 0);
    }
    if (v->components > 1 && !v->even)
        return weft_param_fail(own, "coefficients",
                               "with components: 2 the potential is a function of |phi|^2; the "
                               "coefficients of odd powers must be 0");
    if (v->even) {
        v->n_value = (n + 1) / 2;
        for (int j = 0; j < v->n_value; j++)
            v->value[j] = c[2 * j];
    } else {
        v->n_value = n;
        memcpy(v->value, c, sizeof c);
    }
    double factor = v->even ? 2 : 1;
    derive(v->n_value, v->value, factor, &v->n_slope, v->slope);
    derive(v->n_slope, v->slope, factor, &v->n_bend, v->bend);
    v->mass2 = fmax(0, n > 2 ? 2 * c[2] : 0);
    v->rests_at_zero = c[1] == 0 && v->mass2 > 0 && count_minima(c) == 1;
    v->kernels = &polynomial_kernels;
    return WEFT_OK;
}
