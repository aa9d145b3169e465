/* Chebyshev coefficients of functions of the energy about mu, and tables of them.
 *
 * Invariants. All functions are taken about mu and are odd or even there, so that half of the
 * moments is enough. Their poles lie at distance pi T from the real axis, at mu or at mu +- 3 T, so
 * that one order, exponent/asinh(pi T/a), serves them all (Bernstein ellipse). Bounds are rounded
 * up to powers of a fixed ratio: a tile's coefficients depend on its own bound only, never on which
 * tiles were done before. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

double el_rate(double temperature, double a)
{
    return asinh(M_PI * temperature / a);
}

/* The function at E - mu = e. */
static double value(el_function function, double temperature, double e)
{
    double y = 0.5 * e / temperature, th = tanh(y);
    switch (function) {
    case EL_DENSITY:
        return -0.5 * th;
    case EL_SLOPE:
        return 0.25 * (1 - th) * (1 + th) / temperature;
    case EL_NEAR_ODD:
        return -0.25 * (tanh(y + 0.5 * EL_NEAR) + tanh(y - 0.5 * EL_NEAR));
    case EL_NEAR_EVEN:
        return 0.25 * (tanh(y + 0.5 * EL_NEAR) - tanh(y - 0.5 * EL_NEAR));
    case EL_BEND:
        return 0.25 * (1 - th) * (1 + th) * th / (temperature * temperature);
    default:
        return -temperature * (fabs(y) + log1p(exp(-2 * fabs(y))));
    }
}

bool el_even(el_function function)
{
    return function == EL_SLOPE || function == EL_OMEGA || function == EL_NEAR_EVEN;
}

/* cos(m theta) for m rising by two, started afresh now and then: the error of the recursion grows
 * as its square. */
enum { FRESH = 128 };

static double dot(const double *x, const double *y, int64_t n)
{
    double s[8] = {0};
    int64_t k = 0;
    for (; k + 8 <= n; k += 8)
        for (int l = 0; l < 8; l++)
            s[l] += x[k + l] * y[k + l];
    for (; k < n; k++)
        s[0] += x[k] * y[k];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

static void step_two(const double *restrict twice, double *restrict low, double *restrict high,
                     int64_t n)
{
    for (int64_t k = 0; k < n; k++) {
        double t = twice[k] * high[k] - low[k];
        low[k] = high[k];
        high[k] = t;
    }
}

/* Gauss-Chebyshev quadrature on G points, half of them by parity. It adds to c_m the coefficients
 * of orders 2G - m and beyond, so G must reach where they vanish. */
void el_coefficients(el_function function, double temperature, double a, int64_t steps, double *c)
{
    double enough = 40 / el_rate(temperature, a);
    int64_t half = (int64_t)(0.25 * (enough + 2.0 * (double)steps)) + 16;
    int64_t points = 2 * half; /* all of them; half are used */
    double *room = weft_alloc((size_t)(4 * half), sizeof *room);
    double *f = room, *twice = room + half, *low = twice + half, *high = low + half;
    int odd = el_even(function) ? 0 : 1;
    for (int64_t k = 0; k < half; k++) {
        double theta = M_PI * ((double)k + 0.5) / (double)points;
        f[k] = 4 / (double)points * value(function, temperature, a * cos(theta));
        twice[k] = 2 * cos(2 * theta);
    }
    for (int64_t m = 0; m < steps; m++) {
        if (m % FRESH == 0)
            for (int64_t k = 0; k < half; k++) {
                double theta = M_PI * ((double)k + 0.5) / (double)points;
                low[k] = cos((double)(2 * m + odd - 2) * theta);
                high[k] = cos((double)(2 * m + odd) * theta);
            }
        c[m] = dot(f, high, half);
        step_two(twice, low, high, half);
    }
    if (!odd)
        c[0] *= 0.5;
    weft_free(room);
}

/* ---- tables ---- */

void el_table_free(el_table *table)
{
    for (int i = 0; i < EL_BINS; i++) {
        if (!table->bin[i])
            continue;
        for (int j = 0; j < EL_FUNCTIONS; j++)
            weft_free(table->bin[i]->c[j]);
        weft_free(table->bin[i]);
        table->bin[i] = NULL;
    }
}

void el_table_set(el_table *table, double temperature, double exponent, int64_t order)
{
    if (table->temperature == temperature && table->exponent == exponent && table->order == order)
        return;
    el_table_free(table);
    table->temperature = temperature;
    table->exponent = exponent;
    table->order = order;
}

el_bin *el_table_bin(el_table *table, double bound)
{
    bound = fmax(bound, 0.01 * table->temperature); /* no hopping, no potential */
    int64_t i = (int64_t)ceil(log(1.0005 * bound) / log(EL_BIN_RATIO)) + EL_BINS / 2;
    WEFT_ASSERT(i >= 0 && i < EL_BINS);
    if (table->bin[i])
        return table->bin[i];
    el_bin *bin = table->bin[i] = weft_alloc(1, sizeof *bin);
    bin->a = pow(EL_BIN_RATIO, (double)(i - EL_BINS / 2));
    double order = table->order > 0 ? (double)table->order
                                    : table->exponent / el_rate(table->temperature, bin->a);
    bin->steps = (int64_t)ceil(0.5 * fmin(fmax(order, 4), EL_ORDER_MAX));
    return bin;
}

const double *el_table_get(const el_table *table, el_bin *bin, el_function function)
{
    if (!bin->c[function]) {
        bin->c[function] = weft_alloc((size_t)bin->steps, sizeof(double));
        el_coefficients(function, table->temperature, bin->a, bin->steps, bin->c[function]);
    }
    return bin->c[function];
}
