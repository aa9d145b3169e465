/* Poles of a rational approximation of the Fermi step.
 *
 *   tanh(x/2T)/2 = sum_p w_p x/(x^2 + y_p^2) + error,  |error| <= e on |x| <= a,
 *
 * so that f(H) - 1/2 = -sum_p w_p Re 1/(i y_p - (H - mu)) taken on the diagonal: one
 * resolvent a pole. The error falls by about a decade and a half for every two poles and
 * depends on a/T only through its logarithm, where a polynomial needs an order proportional
 * to a/T.
 *
 * The grand potential has poles of its own:
 *
 *   ln(2 cosh(x/2T)) = ln 2 + sum_p w_p x^2/(x^2 + y_p^2) + error.
 *
 * Method. Least squares in log y_p and log w_p (positive by construction) by
 * Levenberg-Marquardt on points that are dense in log x, with weights raised where the
 * error is largest (Lawson's iteration towards the best uniform approximation; C. L.
 * Lawson, thesis, UCLA 1961). What is stated is the error measured on a finer set of
 * points, not a bound from theory.
 *
 * Invariant: T is the only scale, so the numbers depend on a/T and P alone; a/T is rounded
 * up to powers of 1.25, so that every rank and every resumed run uses the same ones. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { POINTS = 300, UNKNOWNS = 2 * EL_POLES_MAX, ROUNDS = 16, STEPS = 8 };

/* A fit at work. */
typedef struct fit {
    int poles;
    bool even; /* the grand potential */
    double x[POINTS], wanted[POINTS], weight[POINTS], residual[POINTS];
    double u[UNKNOWNS]; /* log y, then log w */
} fit;

/* The function itself, for x >= 0 in units of T; log1p keeps the digits near 0 and nothing
 * overflows. */
static double wanted(bool even, double x)
{
    return even ? 0.5 * x + log1p(exp(-x)) - log(2) : 0.5 * tanh(0.5 * x);
}

/* The sum over poles at x. */
static double value(const fit *f, const double *u, double x)
{
    double sum = 0, top = f->even ? x * x : x;
    for (int p = 0; p < f->poles; p++)
        sum += exp(u[f->poles + p]) * top / (x * x + exp(2 * u[p]));
    return sum;
}

/* Residuals at u; the weighted sum of their squares. */
static double residuals(fit *f, const double *u)
{
    double y2[EL_POLES_MAX], w[EL_POLES_MAX], sum = 0;
    for (int p = 0; p < f->poles; p++) {
        y2[p] = exp(2 * u[p]);
        w[p] = exp(u[f->poles + p]);
    }
    for (int k = 0; k < POINTS; k++) {
        double x = f->x[k], v = -f->wanted[k], top = f->even ? x * x : x;
        for (int p = 0; p < f->poles; p++)
            v += w[p] * top / (x * x + y2[p]);
        f->residual[k] = v;
        sum += f->weight[k] * v * v;
    }
    return sum;
}

/* J^T W J and -J^T W r, in the logarithms of y and w. */
static void normal_equations(const fit *f, double a[UNKNOWNS][UNKNOWNS], double b[UNKNOWNS])
{
    int n = 2 * f->poles;
    double square[EL_POLES_MAX], weight[EL_POLES_MAX];
    for (int p = 0; p < f->poles; p++) {
        square[p] = exp(2 * f->u[p]);
        weight[p] = exp(f->u[f->poles + p]);
    }
    memset(a, 0, sizeof(double) * UNKNOWNS * UNKNOWNS);
    memset(b, 0, sizeof(double) * UNKNOWNS);
    for (int k = 0; k < POINTS; k++) {
        double d[UNKNOWNS], x = f->x[k], top = f->even ? x * x : x;
        for (int p = 0; p < f->poles; p++) {
            double y2 = square[p], q = x * x + y2;
            double term = weight[p] * top / q;
            d[f->poles + p] = term;
            d[p] = -term * 2 * y2 / q;
        }
        for (int i = 0; i < n; i++) {
            b[i] -= f->weight[k] * d[i] * f->residual[k];
            for (int j = 0; j <= i; j++)
                a[i][j] += f->weight[k] * d[i] * d[j];
        }
    }
}

/* Cholesky's factor of a + damping diag(a), and the solution in b. Pivots are kept
 * positive: rounding may spoil them where poles nearly coincide. */
static void solve(double a[UNKNOWNS][UNKNOWNS], double b[UNKNOWNS], int n, double damping)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = i == j ? a[i][i] * (1 + damping) + 1e-300 : a[i][j];
            for (int k = 0; k < j; k++)
                sum -= a[i][k] * a[j][k];
            a[i][j] = i == j ? sqrt(fmax(sum, 1e-300)) : sum / a[j][j];
        }
        for (int k = 0; k < i; k++)
            b[i] -= a[i][k] * b[k];
        b[i] /= a[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            b[i] -= a[k][i] * b[k];
        b[i] /= a[i][i];
    }
}

/* One step of Levenberg-Marquardt: the damping grows until the sum of squares falls, and
 * shrinks after a success. Steps of the logarithms are at most 1, since the problem is far
 * from linear beyond. Where no step helps, the fit stays as it is. */
static void improve(fit *f, double *damping)
{
    double a[UNKNOWNS][UNKNOWNS], b[UNKNOWNS], u[UNKNOWNS];
    int n = 2 * f->poles;
    double before = residuals(f, f->u);
    for (int tries = 0; tries < 8; tries++, *damping *= 8) {
        normal_equations(f, a, b);
        solve(a, b, n, *damping);
        for (int i = 0; i < n; i++)
            u[i] = f->u[i] + fmax(fmin(b[i], 1), -1);
        if (residuals(f, u) < before) {
            memcpy(f->u, u, sizeof u);
            *damping = fmax(*damping / 10, 1e-14);
            return;
        }
        residuals(f, f->u);
    }
    *damping = 1e-3;
}

/* The error, on points four times as dense as those of the fit, and down to smaller x. */
static double largest(const fit *f, double a)
{
    double most = 0;
    for (int k = 0; k <= 4 * POINTS; k++) {
        double x = a * pow(1e-2 / a, 1 - (double)k / (4 * POINTS));
        most = fmax(most, fabs(value(f, f->u, x) - wanted(f->even, x)));
    }
    return most;
}

/* Lawson's weights: more where the error is larger. */
static void raise_weights(fit *f)
{
    double sum = 0;
    residuals(f, f->u);
    for (int k = 0; k < POINTS; k++)
        sum += f->weight[k] *= fabs(f->residual[k]) + 1e-300;
    for (int k = 0; k < POINTS; k++)
        f->weight[k] = fmax(f->weight[k] * POINTS / sum, 1e-12);
}

/* Poles begin at pi T, where those of tanh begin, and are spread evenly in the logarithm to a;
 * those of the grand potential farther, since what lies beyond falls off as x^2/y only. */
static void start(fit *f, bool even, int poles, double a)
{
    f->even = even;
    f->poles = poles;
    for (int k = 0; k < POINTS; k++) {
        f->x[k] = a * pow(0.05 / a, 1 - (double)k / (POINTS - 1));
        f->wanted[k] = wanted(f->even, f->x[k]);
        f->weight[k] = 1;
    }
    double step = log(fmax(a, 10) * (even ? 6 : 0.7) / M_PI) / (poles - 1);
    for (int p = 0; p < poles; p++) {
        f->u[p] = log(M_PI) + step * p;
        f->u[poles + p] = f->u[p] + log(step / M_PI + 0.05);
    }
}

/* Poles and weights in units of the temperature: a long first fit, then rounds of raised
 * weights and short fits. Of all rounds the one with the smallest largest error is kept, as
 * Lawson's iteration need not get better in every round. */
static void approximate(bool even, int poles, double a, el_poles *out)
{
    fit *f = weft_alloc(1, sizeof *f);
    double best[UNKNOWNS], error = INFINITY, damping = 1e-3;
    start(f, even, poles, a);
    for (int round = 0; round < ROUNDS; round++) {
        for (int k = 0; k < (round ? STEPS : 20 * STEPS); k++)
            improve(f, &damping);
        double e = largest(f, a);
        if (e < error) {
            error = e;
            memcpy(best, f->u, sizeof best);
        }
        raise_weights(f);
    }
    out->even = even;
    out->count = poles;
    out->a = a;
    out->error = error;
    for (int p = 0; p < poles; p++) {
        out->y[p] = exp(best[p]);
        out->w[p] = exp(best[poles + p]);
    }
    weft_free(f);
}

/* The smallest power of 1.25 not below a/T. */
static double rounded(double a)
{
    return pow(1.25, ceil(log(fmax(a, 10)) / log(1.25) - 1e-9));
}

/* The table keeps the fits of the temperatures and bounds that a run meets. */
const el_poles *el_poles_get(el_pole_table *table, bool even, int poles, double a)
{
    double wide = rounded(a);
    for (int i = 0; i < table->count; i++) {
        const el_poles *p = table->list[i];
        if (p->even == even && p->count == poles && p->a == wide)
            return p;
    }
    if (table->count == EL_POLE_SETS) { /* the oldest goes */
        weft_free(table->list[0]);
        memmove(table->list, table->list + 1, (EL_POLE_SETS - 1) * sizeof *table->list);
        table->count--;
    }
    el_poles *made = weft_alloc(1, sizeof *made);
    approximate(even, poles, wide, made);
    return table->list[table->count++] = made;
}

void el_poles_free(el_pole_table *table)
{
    for (int i = 0; i < table->count; i++)
        weft_free(table->list[i]);
    *table = (el_pole_table){0};
}
