/* Potentials V and their kernels over rows of points. Those that depend on rho = |phi|^2 alone
 * serve real and complex fields: with V = W(rho) the force is -g(rho) phi, g = 2 W', and V'' has
 * the eigenvalues g + rho h (along phi) and, for complex fields, g (across), h = 4 W''.
 *
 * Invariants. force, excess, energy and curvature of a kind are derivatives of the same V: force =
 * -V', excess = mass2 phi - V', curvature = eigenvalues of V''. mass2 is V'' at the vacuum that
 * waves move about: it is the part that exponential steppers treat exactly, and excess is what is
 * left. `even` and `rests_at_zero` are promises to the plan and to modes.c. A kernel does the same
 * operations for every point; sine and cosine are those of vmath.h, whose bits do not depend on the
 * processor. Energies are written so that they do not cancel near a vacuum (2 sin^2(phi/2) and not
 * 1 - cos phi). */
#include "kg.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

/* A function that is always inlined into the loop of a kernel, so that there is no call per point.
 */
#define ROW static inline __attribute__((always_inline)) double

/* ---- kernels of a radial potential, from its g, W and h ---- */

/* Makes all kernels of a potential from three functions of rho: g = 2 W', W and h = 4 W''. The
 * suffixes 1 and 2 are for real and complex fields. The copy p of the parameters lets the compiler
 * keep them in registers, since the rows that are written could otherwise overlap them. */
#define RADIAL(name)                                                                               \
    static void name##_force1(const kg_potential *v, int64_t n, double *const *u,                  \
                              double *const *out)                                                  \
    {                                                                                              \
        const kg_potential p = *v;                                                                 \
        const double *restrict x = u[0];                                                           \
        double *restrict f = out[0];                                                               \
        for (int64_t i = 0; i < n; i++)                                                            \
            f[i] = fma(-name##_g(&p, x[i] * x[i]), x[i], f[i]);                                    \
    }                                                                                              \
    static void name##_force2(const kg_potential *v, int64_t n, double *const *u,                  \
                              double *const *out)                                                  \
    {                                                                                              \
        const kg_potential p = *v;                                                                 \
        const double *restrict x = u[0], *restrict y = u[1];                                       \
        double *restrict f = out[0], *restrict e = out[1];                                         \
        for (int64_t i = 0; i < n; i++) {                                                          \
            double g = name##_g(&p, fma(x[i], x[i], y[i] * y[i]));                                 \
            f[i] = fma(-g, x[i], f[i]);                                                            \
            e[i] = fma(-g, y[i], e[i]);                                                            \
        }                                                                                          \
    }                                                                                              \
    static void name##_excess1(const kg_potential *v, int64_t n, double scale, double *const *f)   \
    {                                                                                              \
        const kg_potential p = *v;                                                                 \
        double *restrict x = f[0];                                                                 \
        for (int64_t i = 0; i < n; i++) {                                                          \
            double a = scale * x[i];                                                               \
            x[i] = (p.mass2 - name##_g(&p, a * a)) * a;                                            \
        }                                                                                          \
    }                                                                                              \
    static void name##_excess2(const kg_potential *v, int64_t n, double scale, double *const *f)   \
    {                                                                                              \
        const kg_potential p = *v;                                                                 \
        double *restrict x = f[0], *restrict y = f[1];                                             \
        for (int64_t i = 0; i < n; i++) {                                                          \
            double a = scale * x[i], b = scale * y[i];                                             \
            double g = p.mass2 - name##_g(&p, fma(a, a, b * b));                                   \
            x[i] = g * a;                                                                          \
            y[i] = g * b;                                                                          \
        }                                                                                          \
    }                                                                                              \
    static void name##_energy(const kg_potential *v, int64_t n, double *const *u, double *out)     \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            double y = v->components > 1 ? u[1][i] : 0;                                            \
            out[i] = name##_w(v, fma(u[0][i], u[0][i], y * y));                                    \
        }                                                                                          \
    }                                                                                              \
    static void name##_curvature(const kg_potential *v, int64_t n, double *const *u, double *low,  \
                                 double *high)                                                     \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            double y = v->components > 1 ? u[1][i] : 0;                                            \
            double rho = fma(u[0][i], u[0][i], y * y), across = name##_g(v, rho);                  \
            double along = across + rho * name##_h(v, rho);                                        \
            *low = fmin(*low, v->components > 1 ? fmin(along, across) : along);                    \
            *high = fmax(*high, v->components > 1 ? fmax(along, across) : along);                  \
        }                                                                                          \
    }                                                                                              \
    static const kg_kernels name##_kernels[] = {                                                   \
        {name##_force1, name##_excess1, name##_energy, name##_curvature},                          \
        {name##_force2, name##_excess2, name##_energy, name##_curvature}};

/* linear: V = m^2 rho/2. Its excess is zero, so that exponential steppers solve it exactly. */
ROW linear_g(const kg_potential *v, double rho)
{
    (void)rho;
    return v->mass2;
}
ROW linear_w(const kg_potential *v, double rho)
{
    return 0.5 * v->mass2 * rho;
}
ROW linear_h(const kg_potential *v, double rho)
{
    (void)v;
    (void)rho;
    return 0;
}
RADIAL(linear)

/* phi^4: V = lambda/4 (rho - v^2)^2, two vacua (a circle of them for complex fields) and a maximum
 * between; small waves about a vacuum have the mass^2 2 lambda v^2. */
ROW phi4_g(const kg_potential *v, double rho)
{
    return v->lambda * (rho - v->vacuum * v->vacuum);
}
ROW phi4_w(const kg_potential *v, double rho)
{
    double a = rho - v->vacuum * v->vacuum;
    return 0.25 * v->lambda * a * a;
}
ROW phi4_h(const kg_potential *v, double rho)
{
    (void)rho;
    return 2 * v->lambda;
}
RADIAL(phi4)

/* phi^6: V = lambda/2 rho (rho - v^2)^2, vacua at 0 and at |phi| = v, of mass^2 lambda v^4 and 4
 * lambda v^4. */
ROW phi6_g(const kg_potential *v, double rho)
{
    double a = v->vacuum * v->vacuum;
    return v->lambda * ((rho - a) * (3 * rho - a));
}
ROW phi6_w(const kg_potential *v, double rho)
{
    double a = rho - v->vacuum * v->vacuum;
    return 0.5 * v->lambda * rho * a * a;
}
ROW phi6_h(const kg_potential *v, double rho)
{
    return v->lambda * (12 * rho - 8 * v->vacuum * v->vacuum);
}
RADIAL(phi6)

/* ---- sine-Gordon: V = 1 - cos phi; double: V = 1 - cos phi + eta (1 - cos(phi/2)) ---- */

/* The periodic potentials of real fields. out -= V'(u) at n points. */
static void sine_force(const kg_potential *v, int64_t n, double *const *u, double *const *out)
{
    const double *restrict x = u[0];
    double *restrict f = out[0];
    (void)v;
    for (int64_t i = 0; i < n; i++)
        f[i] -= weft_sin(x[i]);
}

/* phi - sin phi (mass 1). */
static void sine_excess(const kg_potential *v, int64_t n, double scale, double *const *f)
{
    double *restrict x = f[0];
    (void)v;
    for (int64_t i = 0; i < n; i++) {
        double a = scale * x[i];
        x[i] = a - weft_sin(a);
    }
}

/* 1 - cos phi as 2 sin^2(phi/2), which keeps its digits for small phi. */
static void sine_energy(const kg_potential *v, int64_t n, double *const *u, double *out)
{
    (void)v;
    for (int64_t i = 0; i < n; i++) {
        double s = weft_sin(0.5 * u[0][i]);
        out[i] = 2 * s * s;
    }
}

/* V'' = cos phi. */
static void sine_curvature(const kg_potential *v, int64_t n, double *const *u, double *low,
                           double *high)
{
    (void)v;
    for (int64_t i = 0; i < n; i++) {
        double c = weft_cos(u[0][i]);
        *low = fmin(*low, c);
        *high = fmax(*high, c);
    }
}

static const kg_kernels sine_kernels = {sine_force, sine_excess, sine_energy, sine_curvature};

/* V' = sin(phi/2) (2 cos(phi/2) + eta/2) */
ROW double_sine_slope(double half_eta, double phi)
{
    double s, c;
    weft_sincos(0.5 * phi, &s, &c);
    return s * fma(2.0, c, half_eta);
}

/* The same kernels for the double sine-Gordon potential; eta/2 is taken out of the loops. */
static void double_sine_force(const kg_potential *v, int64_t n, double *const *u,
                              double *const *out)
{
    const double *restrict x = u[0];
    double *restrict f = out[0], half_eta = 0.5 * v->eta;
    for (int64_t i = 0; i < n; i++)
        f[i] -= double_sine_slope(half_eta, x[i]);
}

static void double_sine_excess(const kg_potential *v, int64_t n, double scale, double *const *f)
{
    double *restrict x = f[0], half_eta = 0.5 * v->eta, mass2 = v->mass2;
    for (int64_t i = 0; i < n; i++) {
        double a = scale * x[i];
        x[i] = fma(mass2, a, -double_sine_slope(half_eta, a));
    }
}

static void double_sine_energy(const kg_potential *v, int64_t n, double *const *u, double *out)
{
    for (int64_t i = 0; i < n; i++) {
        double s = weft_sin(0.5 * u[0][i]), r = weft_sin(0.25 * u[0][i]);
        out[i] = 2 * s * s + 2 * v->eta * r * r;
    }
}

/* V'' = cos phi + (eta/4) cos(phi/2). */
static void double_sine_curvature(const kg_potential *v, int64_t n, double *const *u, double *low,
                                  double *high)
{
    for (int64_t i = 0; i < n; i++) {
        double c = weft_cos(u[0][i]) + 0.25 * v->eta * weft_cos(0.5 * u[0][i]);
        *low = fmin(*low, c);
        *high = fmax(*high, c);
    }
}

static const kg_kernels double_sine_kernels = {double_sine_force, double_sine_excess,
                                               double_sine_energy, double_sine_curvature};

/* ---- polynomials, by Horner's rule over blocks of points ---- */

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

static void polynomial_energy(const kg_potential *v, int64_t n, double *const *u, double *out)
{
    double x[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        int m = block_size(n, at);
        argument(v, m, 1, u, at, x);
        horner(v->n_value, v->value, m, x, out + at);
    }
}

/* For an even V, g = V'/phi and h = (d/d rho)(2 g) as in the head; else V'' is the polynomial bend
 * itself. */
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
            double along = v->even ? g[i] + x[i] * h[i] : h[i];
            double across = v->components > 1 ? g[i] : along;
            *low = fmin(*low, fmin(along, across));
            *high = fmax(*high, fmax(along, across));
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
        side = i + 1 < n ? 0.5 * (zero[i] + zero[i + 1]) : zero[i] + 1;
        horner(KG_TERMS - 1, slope, 1, &side, &f);
        minima += f > 0;
    }
    return minima;
}

/* c_0, c_1, ...; the mass is taken at phi = 0. Where V falls there (c_2 < 0), mass2 is 0. */
static weft_status make_polynomial(const weft_section *own, const kg_params *p, kg_potential *v)
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

/* mass2 is V'' at phi = 0. It is not the only minimum, hence rests_at_zero stays false. */
static weft_status make_periodic(const weft_section *own, const kg_params *p, kg_potential *v)
{
    if (v->components > 1)
        return weft_param_fail(own, "components",
                               "two components need a potential of |phi|^2: linear, phi4, phi6 or "
                               "polynomial");
    v->eta = v->kind == KG_DOUBLE_SINE_GORDON ? p->eta : 0;
    v->mass2 = 1 + 0.25 * v->eta;
    v->kernels = v->kind == KG_DOUBLE_SINE_GORDON ? &double_sine_kernels : &sine_kernels;
    return WEFT_OK;
}

/* Makes the potential of the section; called by the plan, the setup and the checks of starts alike.
 * phi^6 has vacua of two masses: that of +-v is taken, the heavier. */
weft_status kg_potential_make(const weft_params *params, kg_potential *v)
{
    const weft_section *own = weft_params_section(params, "klein_gordon");
    const kg_params *p = weft_params_values(params, kg_table);
    *v = (kg_potential){.kind = p->potential, .components = (int)p->components, .even = true};
    if (v->kind == KG_POLYNOMIAL)
        return make_polynomial(own, p, v);
    if (v->kind == KG_SINE_GORDON || v->kind == KG_DOUBLE_SINE_GORDON)
        return make_periodic(own, p, v);
    int radial = v->components - 1;
    if (v->kind == KG_LINEAR) {
        v->mass2 = p->mass * p->mass;
        v->rests_at_zero = true;
        v->kernels = &linear_kernels[radial];
        return WEFT_OK;
    }
    v->lambda = p->lambda;
    v->vacuum = p->vacuum;
    double v2 = v->vacuum * v->vacuum;
    v->mass2 = v->kind == KG_PHI4 ? 2 * v->lambda * v2 : 4 * v->lambda * v2 * v2;
    v->kernels = v->kind == KG_PHI4 ? &phi4_kernels[radial] : &phi6_kernels[radial];
    return WEFT_OK;
}
