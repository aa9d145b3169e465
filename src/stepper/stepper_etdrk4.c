/* Exponential Runge-Kutta method of order 4 for complex fields, u_t = c u + N(u), c = -(a + i w):
 *     p = E2 u + Q N(u), q = E2 u + Q N(p), r = E2 p + Q (2 N(q) - N(u)),
 *     u = E u + f1 N(u) + 2 f2 (N(p) + N(q)) + f3 N(r).
 * The coefficients are those of S. M. Cox, P. C. Matthews, J. Comput. Phys. 176, 430 (2002), eqs.
 * (26)-(29), near z = 0 as means over a circle around z: A.-K. Kassam, L. N. Trefethen, SIAM J.
 * Sci. Comput. 26, 1214 (2005). A field's two components are real and have transforms of their own,
 * on which a complex factor acts as on (re, im). */
#include "weft/memory.h"
#include "weft/stepper.h"
#include <complex.h>
#include <math.h>
#include <string.h>

enum { FACTORS = 6, STAGES = 5 };
enum { E, E2, Q, F1, F2, F3 };

typedef struct etdrk4 {
    weft_field *field;
    double *factor[FACTORS][2]; /* real and imaginary part, a value a mode */
    double *stage[STAGES][2];   /* FFT buffers: N(u), N(p), N(q), N(r), p */
} etdrk4;

static void destroy(weft_sim *sim, void *data)
{
    etdrk4 *e = data;
    for (int part = 0; part < 2; part++) {
        for (int i = 0; i < FACTORS; i++)
            weft_free(e->factor[i][part]);
        for (int i = 0; i < STAGES; i++)
            if (e->stage[i][part])
                weft_fft_buffer_free(sim->fft, e->stage[i][part]);
    }
    weft_free(e);
}

/* Q, f1, f2, f3 over h. */
static void direct(double complex z, double complex out[4])
{
    double complex e = cexp(z), z3 = z * z * z;
    out[0] = (cexp(0.5 * z) - 1.0) / z;
    out[1] = (-4.0 - z + e * (4.0 - 3.0 * z + z * z)) / z3;
    out[2] = (2.0 + z + e * (z - 2.0)) / z3;
    out[3] = (-4.0 - 3.0 * z - z * z + e * (4.0 - z)) / z3;
}

static void coefficients(double complex z, double complex out[4])
{
    enum { POINTS = 32 };
    if (cabs(z) > 1.0) {
        direct(z, out);
        return;
    }
    double complex sum[4] = {0}, here[4];
    for (int i = 0; i < POINTS; i++) {
        direct(z + 2.0 * cexp(2.0 * M_PI * I * (i + 0.5) / POINTS), here);
        for (int j = 0; j < 4; j++)
            sum[j] += here[j];
    }
    for (int j = 0; j < 4; j++)
        out[j] = sum[j] / POINTS;
}

static void set(const etdrk4 *e, int which, int64_t i, double complex value)
{
    e->factor[which][0][i] = creal(value);
    e->factor[which][1][i] = cimag(value);
}

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    etdrk4 *e = *data = weft_alloc(1, sizeof *e);
    const int64_t modes = sim->fft->modes;
    for (int f = 0; f < sim->state->n; f++)
        if (sim->state->field[f].spec.role == WEFT_EVOLVED) {
            WEFT_ASSERT(!e->field && sim->state->field[f].spec.components == 2);
            e->field = &sim->state->field[f];
        }
    for (int part = 0; part < 2; part++) {
        for (int i = 0; i < FACTORS; i++)
            e->factor[i][part] = weft_alloc((size_t)modes, sizeof(double));
        for (int i = 0; i < STAGES; i++)
            e->stage[i][part] = weft_fft_buffer(sim->fft);
    }
    double *a = e->factor[E][0], *w = e->factor[E][1];
    sim->model->families.linear_kc(sim, 0, a, w);
    for (int64_t i = 0; i < modes; i++) {
        double complex z = -dt * (a[i] + I * w[i]), c[4];
        coefficients(z, c);
        for (int j = 0; j < 4; j++)
            set(e, Q + j, i, dt * c[j]);
        set(e, E2, i, cexp(0.5 * z));
        set(e, E, i, cexp(z));
    }
    return WEFT_OK;
}

/* to = f x, or to += weight f x, for the complex number of both components. */
typedef struct operand {
    int factor;
    double weight;
    double *const *x;
} operand;

static void apply(const etdrk4 *e, const weft_fft *fft, operand o, bool add, double *const *to)
{
    const double *restrict p = e->factor[o.factor][0], *restrict q = e->factor[o.factor][1];
    const double *restrict re = o.x[0], *restrict im = o.x[1];
    double *restrict out_re = to[0], *restrict out_im = to[1];
    const int m = fft->per_mode;
    const double keep = add ? 1.0 : 0.0;
    for (int64_t i = 0; i < fft->modes; i++)
        for (int j = 0; j < m; j++) {
            double x = re[m * i + j], y = im[m * i + j];
            double r = o.weight * (p[i] * x - q[i] * y), s = o.weight * (q[i] * x + p[i] * y);
            out_re[m * i + j] = keep * out_re[m * i + j] + r;
            out_im[m * i + j] = keep * out_im[m * i + j] + s;
        }
}

/* to = the sum of n operands; to is none of their x. */
static void combine(const etdrk4 *e, const weft_fft *fft, int n, const operand *o,
                    double *const *to)
{
    for (int i = 0; i < n; i++)
        apply(e, fft, o[i], i > 0, to);
}

static void copy(const weft_fft *fft, double *const *from, double *const *to)
{
    const size_t bytes = (size_t)(fft->modes * fft->per_mode) * sizeof(double);
    for (int part = 0; part < 2; part++)
        memcpy(to[part], from[part], bytes);
}

static weft_status step(weft_sim *sim, void *data, double *dt)
{
    etdrk4 *e = data;
    const weft_fft *fft = sim->fft;
    weft_status (*nonlinear)(weft_sim *, double, double *const *) =
        sim->model->families.nonlinear_k;
    double *u[2] = {weft_field_data(e->field, 0), weft_field_data(e->field, 1)};
    double *const *nu = e->stage[0], *const *np = e->stage[1], *const *nq = e->stage[2];
    double *const *nr = e->stage[3], *const *p = e->stage[4];
    const double t = sim->time, h = *dt;
    copy(fft, u, nu);
    WEFT_TRY(nonlinear(sim, t, nu));
    combine(e, fft, 2, (operand[]){{E2, 1, u}, {Q, 1, nu}}, p);
    copy(fft, p, np);
    WEFT_TRY(nonlinear(sim, t + 0.5 * h, np));
    combine(e, fft, 2, (operand[]){{E2, 1, u}, {Q, 1, np}}, nq);
    WEFT_TRY(nonlinear(sim, t + 0.5 * h, nq));
    combine(e, fft, 3, (operand[]){{E2, 1, p}, {Q, 2, nq}, {Q, -1, nu}}, nr);
    WEFT_TRY(nonlinear(sim, t + h, nr));
    combine(e, fft, 5, (operand[]){{E, 1, u}, {F1, 1, nu}, {F2, 2, np}, {F2, 2, nq}, {F3, 1, nr}},
            p);
    copy(fft, p, u);
    return WEFT_OK;
}

const weft_stepper weft_stepper_etdrk4 = {
    .name = "etdrk4",
    .summary = "exponential Runge-Kutta of order 4 for complex fields: exact linear part",
    .reference = "S. M. Cox, P. C. Matthews, J. Comput. Phys. 176, 430 (2002)",
    .order = 4,
    .needs = WEFT_HAS_LINEAR_KC,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_K,
    .decay_limit = 2.5,
    .setup = setup,
    .destroy = destroy,
    .step = step,
};
