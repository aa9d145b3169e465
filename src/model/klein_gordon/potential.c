/* Potentials V and their kernels over rows of points.
 *
 *     kind                 V                                    mass2 (V'' at the vacuum)
 *     linear               m^2 rho/2                            m^2             at 0
 *     phi4                 lambda/4 (rho - v^2)^2               2 lambda v^2    at |phi| = v
 *     phi6                 lambda/2 rho (rho - v^2)^2           4 lambda v^4    at |phi| = v
 *     sine_gordon          1 - cos phi                          1               at 2 pi n
 *     double_sine_gordon   1 - cos phi + eta (1 - cos(phi/2))   1 + eta/4       at 4 pi n
 *     polynomial           sum of c_j phi^j (polynomial.c)      2 c_2           at 0
 *
 * Those that depend on rho = |phi|^2 alone serve real and complex fields: with V = W(rho) the force
 * is -g(rho) phi, g = 2 W', and V'' has the eigenvalues g + rho h (along phi) and, for complex
 * fields, g (across), h = 4 W''.
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

/* Points that are worked on together in the first cache. */
enum { STRETCH = 128 };

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
            *low = kg_lesser(*low, v->components > 1 ? kg_lesser(along, across) : along);          \
            *high = kg_greater(*high, v->components > 1 ? kg_greater(along, across) : along);      \
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

/* The periodic potentials of real fields. out -= V'(u) at n points; sines in two halves, see
 * weft_sin_rest. */
static void sine_force(const kg_potential *v, int64_t n, double *const *u, double *const *out)
{
    (void)v;
    for (int64_t first = 0; first < n; first += STRETCH) {
        const int m = n - first < STRETCH ? (int)(n - first) : STRETCH;
        const double *restrict x = u[0] + first;
        double *restrict f = out[0] + first, rest[STRETCH];
        for (int i = 0; i < m; i++)
            rest[i] = weft_sin_rest(x[i]);
        for (int i = 0; i < m; i++)
            f[i] -= weft_sin_of_rest(rest[i]);
    }
}

/* phi - sin phi (mass 1), phi = scale f. */
static void sine_excess(const kg_potential *v, int64_t n, double scale, double *const *f)
{
    (void)v;
    for (int64_t first = 0; first < n; first += STRETCH) {
        const int m = n - first < STRETCH ? (int)(n - first) : STRETCH;
        double *restrict x = f[0] + first, rest[STRETCH];
        for (int i = 0; i < m; i++) {
            x[i] *= scale;
            rest[i] = weft_sin_rest(x[i]);
        }
        for (int i = 0; i < m; i++)
            x[i] -= weft_sin_of_rest(rest[i]);
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
        *low = kg_lesser(*low, c);
        *high = kg_greater(*high, c);
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

/* f = mass2 u - V'(u) with u = scale f. */
static void double_sine_excess(const kg_potential *v, int64_t n, double scale, double *const *f)
{
    double *restrict x = f[0], half_eta = 0.5 * v->eta, mass2 = v->mass2;
    for (int64_t i = 0; i < n; i++) {
        double a = scale * x[i];
        x[i] = fma(mass2, a, -double_sine_slope(half_eta, a));
    }
}

/* Both terms as squares of sines, without cancellation near the vacuum 0. */
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
        *low = kg_lesser(*low, c);
        *high = kg_greater(*high, c);
    }
}

static const kg_kernels double_sine_kernels = {double_sine_force, double_sine_excess,
                                               double_sine_energy, double_sine_curvature};

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
        return kg_polynomial_make(own, p, v);
    if (v->kind == KG_FORMULA)
        return kg_formula_check(params, v);
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
