/* Rates and weights of the modes that make fractional noise.
 *
 * Fractional Brownian motion is X(t) = c integral of (t - s)^a dW(s), a = H - 1/2, from s = 0 (the
 * process of Riemann and Liouville: a start from zero), or less its value at t = 0 from s =
 * -infinity (that of B. B. Mandelbrot, J. W. van Ness, SIAM Rev. 10, 422 (1968): increments are
 * stationary). A sum of modes is the same with another kernel, w_0 + sum w_k exp(-g_k (t - s)).
 * Both are Gaussian and made of one W, so that their distance at a time is a quadratic form in the
 * weights,
 *
 *     <(X(t) - X^(t))^2> = w A(t) w - 2 b(t) w + t^(2H),
 *
 * whose matrix and vector are known in closed form (below), and the best weights solve a linear
 * system. The sum of such forms over times between the shortest and the horizon, spaced evenly in
 * log t and weighted with 1/t^(2H), is what is minimised: the mean square error relative to
 * <X^2>, at all scales alike.
 *
 * Rates are in geometric progression, since the kernel is a power: each decade of time asks for
 * about as many modes as any other. What their range leaves out is the tail. Far slower modes, of
 * which the past of the stationary process consists where H > 1/2, do not change in a run: their
 * part of X is v t with one normal v, and as H goes to 1 it is all of it. Far faster ones, which
 * the singular kernel of H < 1/2 asks for, have forgotten each step at the next: a normal of its
 * own at each time. Either is independent of the rest, and its size follows from what is missing in
 * <X^2>, again by least squares.
 *
 * With E_i = 1 - exp(-g_i t) and F = c Gamma(a + 1) g^(-a - 1):
 *
 *     from zero     A_ij = (E_i + E_j - E_i E_j)/(g_i + g_j)   b_i = F P(a + 1, g t)
 *     stationary    A_ij = (2 - e_i - e_j)/(g_i + g_j)     b_i = F (2 - e_i - exp(g t) Q(a + 1, g
 * t)) W             A_0i = E_i/g_i, A_00 = t   b_0 = c t^(a + 1)/(a + 1) */
#include "internal.h"
#include "weft/vmath.h"
#include <math.h>

enum { SIZE = NOISE_FACTOR, TIMES = 61 };

/* ---- the two processes ---- */

/* c of <X^2> = t^(2H). */
static double amplitude(const weft_coloured_spec *s)
{
    const double h = s->hurst, g = noise_gamma(h + 0.5);
    double sine, cosine;
    weft_sincos(M_PI * h, &sine, &cosine);
    return s->stationary ? sqrt(noise_gamma(2.0 * h + 1.0) * sine) / g : sqrt(2.0 * h);
}

/* The covariance of X with a mode of rate g at time t, less their starts. */
static double with_power(const weft_coloured_spec *s, double c, double g, double t)
{
    const double a1 = s->hurst + 0.5;
    if (g == 0.0)
        return c * weft_pow(t, a1) / a1;
    const double f = c * noise_gamma(a1) * weft_pow(g, -a1), x = g * t;
    if (!s->stationary)
        return f * noise_gamma_lower(a1, x);
    return f * (1.0 - weft_expm1(-x) - noise_gamma_upper(a1, x));
}

/* The matrix A of W (number 0) and the waves at time t. */
static void covariances(const weft_coloured *c, double t, double a[][SIZE])
{
    double e[SIZE];
    a[0][0] = t;
    for (int i = 1; i <= c->waves; i++) {
        e[i] = -weft_expm1(-c->rate[i - 1] * t);
        a[0][i] = a[i][0] = e[i] / c->rate[i - 1];
    }
    for (int i = 1; i <= c->waves; i++)
        for (int j = 1; j <= i; j++) {
            const double both = c->spec.stationary ? 0.0 : e[i] * e[j];
            a[i][j] = a[j][i] = (e[i] + e[j] - both) / (c->rate[i - 1] + c->rate[j - 1]);
        }
}

static double weight_of(const weft_coloured *c, int i)
{
    return i == 0 ? c->wiener : c->weight[i - 1];
}

/* <X^2> of a tail of factor 1. An instant one starts with a normal, or from zero. */
static double tail_variance(const weft_coloured *c, double t)
{
    if (c->tail_kind == WEFT_TAIL_FROZEN)
        return t * t;
    return c->tail_kind == WEFT_TAIL_INSTANT ? (c->spec.stationary ? 2.0 : 1.0) : 0.0;
}

/* <X^2> of the process that is made. */
static double variance(const weft_coloured *c, double t)
{
    double a[SIZE][SIZE], sum = c->tail * c->tail * tail_variance(c, t);
    covariances(c, t, a);
    for (int i = 0; i <= c->waves; i++)
        for (int j = 0; j <= c->waves; j++)
            sum += weight_of(c, i) * weight_of(c, j) * a[i][j];
    return sum;
}

double weft_coloured_error(const weft_coloured *c, double t)
{
    if (c->spec.colour != WEFT_COLOUR_FRACTIONAL || c->modes == 0)
        return 0.0;
    return fabs(variance(c, t) / weft_pow(t, 2.0 * c->spec.hurst) - 1.0);
}

/* ---- least squares ---- */

/* w of A w = b, where A is nearly singular: in the space of the pivots of its factor, in which the
 * solution has the residual of the whole but for rounding. The factor of a row that was a pivot is
 * triangular in the order of the pivots. */
static void solve(int n, double a[][SIZE], const double *b, double *w)
{
    double f[SIZE][SIZE], y[SIZE] = {0};
    int pivot[SIZE];
    const int rank = noise_factor(n, a, -1, f, NULL);
    for (int j = 0; j < rank;
         j++) { /* the row that has nothing beyond column j, and something there */
        pivot[j] = -1;
        for (int i = 0; i < n && pivot[j] < 0; i++) {
            bool last = f[i][j] != 0.0, used = false;
            for (int k = j + 1; k < rank; k++)
                last = last && f[i][k] == 0.0;
            for (int k = 0; k < j; k++)
                used = used || pivot[k] == i;
            pivot[j] = last && !used ? i : -1;
        }
    }
    for (int i = 0; i < n; i++)
        w[i] = 0.0;
    for (int j = 0; j < rank; j++) {
        double sum = b[pivot[j]];
        for (int k = 0; k < j; k++)
            sum -= f[pivot[j]][k] * y[k];
        y[j] = sum / f[pivot[j]][j];
    }
    for (int j = rank - 1; j >= 0; j--) {
        double sum = y[j];
        for (int k = j + 1; k < rank; k++)
            sum -= f[pivot[k]][j] * w[pivot[k]];
        w[pivot[j]] = sum / f[pivot[j]][j];
    }
}

/* The sums over times of weight times A and b; returns that of <X^2>. */
static double sums(const weft_coloured *c, int n, const double *time, const double *weight,
                   double a[][SIZE], double *b)
{
    const double factor = amplitude(&c->spec);
    double whole = 0.0, now[SIZE][SIZE];
    for (int t = 0; t < n; t++) {
        whole += weight[t] * weft_pow(time[t], 2.0 * c->spec.hurst);
        covariances(c, time[t], now);
        for (int i = 0; i <= c->waves; i++) {
            const double rate = i == 0 ? 0.0 : c->rate[i - 1];
            b[i] += weight[t] * with_power(&c->spec, factor, rate, time[t]);
            for (int j = 0; j <= c->waves; j++)
                a[i][j] += weight[t] * now[i][j];
        }
    }
    return whole;
}

/* Without W its row and column are left out. */
double noise_fit(weft_coloured *c, bool wiener, int n, const double *time, const double *weight)
{
    double a[SIZE][SIZE] = {{0}}, part[SIZE][SIZE], b[SIZE] = {0}, w[SIZE] = {0};
    const double whole = sums(c, n, time, weight, a, b);
    const int from = wiener ? 0 : 1, size = c->waves + 1 - from;
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            part[i][j] = a[i + from][j + from];
    solve(size, part, b + from, w + from);
    c->wiener = w[0];
    for (int k = 0; k < c->waves; k++)
        c->weight[k] = w[k + 1];
    double left = whole;
    for (int i = 0; i <= c->waves; i++) {
        left -= 2.0 * w[i] * b[i];
        for (int j = 0; j <= c->waves; j++)
            left += w[i] * a[i][j] * w[j];
    }
    return left / whole;
}

/* The factor of the tail: what is missing in <X^2>, relative to it, by least squares. */
static void fit_tail(weft_coloured *c, int n, const double *time, const double *weight)
{
    double products = 0.0, squares = 0.0;
    c->tail = 0.0;
    for (int t = 0; t < n; t++) {
        const double shape = tail_variance(c, time[t]) * weight[t];
        products += shape * (1.0 - variance(c, time[t]) * weight[t]);
        squares += shape * shape;
    }
    c->tail = products > 0.0 ? sqrt(products / squares) : 0.0;
}

/* ---- rates ---- */

/* What is tried: the slowest rate times the horizon, the fastest times the shortest time. */
static const double ranges[][2] = {{1.0, 3.0},   {1.0, 10.0},  {0.3, 3.0},  {0.3, 30.0},
                                   {1.0, 100.0}, {0.1, 3.0},   {0.1, 30.0}, {0.03, 3.0},
                                   {0.03, 10.0}, {0.03, 100.0}};
enum { RANGES = sizeof ranges / sizeof *ranges };

/* Numbers of modes that are tried where the program chooses. */
static const int numbers[] = {4, 6, 8, 10, 12, 14, 16, 20, 24, WEFT_COLOURED_MODES};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

/* The program adds modes until the error is below this. */
static const double wanted = 0.003;

/* A fit with so many modes in a range; its error. */
static void fit_range(weft_coloured *c, int modes, const double *range)
{
    const weft_coloured_spec *s = &c->spec;
    const double low = range[0] / s->horizon, high = range[1] / s->shortest;
    const double step = weft_log(s->horizon / s->shortest) / (TIMES - 1);
    double time[TIMES], weight[TIMES];
    c->tail_kind = s->hurst < 0.5  ? WEFT_TAIL_INSTANT
                   : s->stationary ? WEFT_TAIL_FROZEN
                                   : WEFT_TAIL_NONE;
    c->modes = modes;
    c->waves = modes - (c->tail_kind != WEFT_TAIL_NONE);
    for (int k = 0; k < c->waves; k++)
        c->rate[k] = low * weft_exp(weft_log(high / low) * k / (c->waves > 1 ? c->waves - 1 : 1));
    for (int i = 0; i < TIMES; i++) {
        time[i] = s->shortest * weft_exp(step * i);
        weight[i] = weft_pow(time[i], -2.0 * s->hurst);
    }
    noise_fit(c, true, TIMES, time, weight);
    fit_tail(c, TIMES, time, weight);
    c->error = 0.0;
    for (int i = 0; i < TIMES; i++)
        c->error = fmax(c->error, weft_coloured_error(c, time[i]));
}

/* The best of the ranges. */
static void fit_number(weft_coloured *c, int modes)
{
    weft_coloured best = *c;
    for (int r = 0; r < RANGES; r++) {
        fit_range(c, modes, ranges[r]);
        if (r == 0 || c->error < best.error)
            best = *c;
    }
    *c = best;
}

/* The least number of those that are tried whose error is allowed. */
static int enough(const weft_coloured *c)
{
    weft_coloured other = *c;
    for (int i = 0; i < NUMBERS; i++) {
        fit_number(&other, numbers[i]);
        if (other.error <= NOISE_REFUSED)
            return numbers[i];
    }
    return 0;
}

weft_status noise_fractional(weft_coloured *out)
{
    const int modes = out->spec.modes;
    if (modes > 0)
        fit_number(out, modes);
    for (int i = 0; modes == 0 && i < NUMBERS; i++) {
        fit_number(out, numbers[i]);
        if (out->error <= wanted)
            break;
    }
    if (out->error <= NOISE_REFUSED)
        return WEFT_OK;
    const int needed = enough(out);
    if (needed == 0)
        return weft_fail(WEFT_FAILED,
                         "no number of modes makes fractional noise of this Hurst index with a "
                         "variance that is right to 1 %%; take one further from 0 and 1");
    return weft_fail(WEFT_FAILED,
                     "with %d modes the variance of fractional noise would be wrong by %.2g %% "
                     "between its shortest and its longest time (1 %% is allowed); %d are enough, "
                     "or auto",
                     modes, 100.0 * out->error, needed);
}
