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

enum { POINTS = 300, FINE = 4 * POINTS + 1, UNKNOWNS = 2 * EL_POLES_MAX, ROUNDS = 16, STEPS = 8 };
static const double FIRST_DAMPING = 1e-3;

/* The function at points, with the square and the numerator of each. */
typedef struct point_list {
    int count;
    double square[FINE], top[FINE], wanted[FINE];
} point_list;

/* A fit at work. Its error is measured on points four times as dense as those of the fit, and down
 * to smaller x. */
typedef struct fit {
    int poles;
    point_list points, fine;
    double weight[POINTS], residual[FINE];
    double u[UNKNOWNS]; /* log y, then log w */
} fit;

/* The function itself, for x >= 0 in units of T; log1p keeps the digits near 0 and nothing
 * overflows. */
static double wanted(bool even, double x)
{
    return even ? 0.5 * x + log1p(exp(-x)) - log(2) : 0.5 * tanh(0.5 * x);
}

/* A pole is added at n points, in the lanes of a register: by itself, so that the compiler knows
 * that the arrays are different ones. */
static __attribute__((noinline)) void add_pole(double w, double y2, int n,
                                               const double *restrict square,
                                               const double *restrict top, double *restrict out)
{
    for (int k = 0; k < n; k++)
        out[k] += w * top[k] / (square[k] + y2);
}

/* The sum over poles is added at all points of a list. */
static void add_poles(int poles, const double *u, const point_list *list, double *out)
{
    for (int p = 0; p < poles; p++)
        add_pole(exp(u[poles + p]), exp(2 * u[p]), list->count, list->square, list->top, out);
}

/* Residuals at u; the weighted sum of their squares. */
static double residuals(fit *f, const double *u)
{
    double sum = 0;
    for (int k = 0; k < POINTS; k++)
        f->residual[k] = -f->points.wanted[k];
    add_poles(f->poles, u, &f->points, f->residual);
    for (int k = 0; k < POINTS; k++)
        sum += f->weight[k] * f->residual[k] * f->residual[k];
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
        double d[UNKNOWNS] = {0};
        for (int p = 0; p < f->poles; p++) {
            double y2 = square[p], q = f->points.square[k] + y2;
            double term = weight[p] * f->points.top[k] / q;
            d[f->poles + p] = term;
            d[p] = -term * 2 * y2 / q;
        }
        for (int i = 0; i < n; i++) {
            b[i] -= f->weight[k] * d[i] * f->residual[k];
            for (int j = 0; j < (i / 8 + 1) * 8; j++) /* whole registers; half of it is used */
                a[i][j] += f->weight[k] * d[i] * d[j];
        }
    }
}

/* Cholesky's factor of a + damping diag(a), and the solution in b. Pivots are kept
 * positive: rounding may spoil them where poles nearly coincide. */
static void solve(double a[UNKNOWNS][UNKNOWNS], double b[UNKNOWNS], int n, double damping)
{
    for (int i = 0; i < n; i++)
        a[i][i] = a[i][i] * (1 + damping) + 1e-300;
    for (int k = 0; k < n; k++) {
        double column[UNKNOWNS];
        a[k][k] = sqrt(fmax(a[k][k], 1e-300));
        for (int i = k + 1; i < n; i++)
            column[i] = a[i][k] /= a[k][k];
        b[k] /= a[k][k];
        for (int i = k + 1; i < n; i++) {
            b[i] -= column[i] * b[k];
            for (int j = k + 1; j <= i; j++)
                a[i][j] -= column[i] * column[j];
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            b[i] -= a[k][i] * b[k];
        b[i] /= a[i][i];
    }
}

/* One step of Levenberg-Marquardt: the damping grows until the sum of squares falls, and
 * shrinks after a success. Steps of the logarithms are at most 1, since the problem is far
 * from linear beyond. Where no step helps, the fit stays as it is; false: nor would the next one.
 */
static bool improve(fit *f, double *damping)
{
    double normal[UNKNOWNS][UNKNOWNS], down[UNKNOWNS], a[UNKNOWNS][UNKNOWNS], b[UNKNOWNS];
    double u[UNKNOWNS];
    const int n = 2 * f->poles;
    const double before = residuals(f, f->u);
    const bool again = *damping != FIRST_DAMPING;
    normal_equations(f, normal, down);
    for (int tries = 0; tries < 8; tries++, *damping *= 8) {
        memcpy(a, normal, sizeof a);
        memcpy(b, down, sizeof b);
        solve(a, b, n, *damping);
        for (int i = 0; i < n; i++)
            u[i] = f->u[i] + fmax(fmin(b[i], 1), -1);
        if (residuals(f, u) < before) {
            memcpy(f->u, u, sizeof u);
            *damping = fmax(*damping / 10, 1e-14);
            return true;
        }
    }
    *damping = FIRST_DAMPING;
    return again;
}

static double largest(fit *f)
{
    double most = 0;
    memset(f->residual, 0, sizeof f->residual);
    add_poles(f->poles, f->u, &f->fine, f->residual);
    for (int k = 0; k < FINE; k++)
        most = fmax(most, fabs(f->residual[k] - f->fine.wanted[k]));
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

/* From low to a, evenly in the logarithm. */
static void make_points(bool even, double low, double a, int count, point_list *out)
{
    out->count = count;
    for (int k = 0; k < count; k++) {
        const double x = a * pow(low / a, 1 - (double)k / (count - 1));
        out->square[k] = x * x;
        out->top[k] = even ? x * x : x;
        out->wanted[k] = wanted(even, x);
    }
}

/* Poles begin at pi T, where those of tanh begin, and are spread evenly in the logarithm to a;
 * those of the grand potential farther, since what lies beyond falls off as x^2/y only. */
static void start(fit *f, bool even, int poles, double a)
{
    f->poles = poles;
    make_points(even, 0.05, a, POINTS, &f->points);
    make_points(even, 1e-2, a, FINE, &f->fine);
    for (int k = 0; k < POINTS; k++)
        f->weight[k] = 1;
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
    double best[UNKNOWNS], error = INFINITY, damping = FIRST_DAMPING;
    start(f, even, poles, a);
    for (int round = 0; round < ROUNDS; round++) {
        for (int k = 0; k < (round ? STEPS : 20 * STEPS) && improve(f, &damping);)
            k++;
        double e = largest(f);
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
