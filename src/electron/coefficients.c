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

/* An expansion of order M errs by about exp(-M * rate): the rate is the logarithm of the
 * sum of the half axes of the largest ellipse with foci -a and a that holds no pole (L. N.
 * Trefethen, Approximation Theory and Approximation Practice, ch. 8). */
double el_rate(double temperature, double a)
{
    return asinh(M_PI * temperature / a);
}

/* The function at E - mu = e. All are written with tanh or with exp of a negative number,
 * so that none overflows and none cancels. */
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

/* c[m], m < steps, of order 2m + 1 (odd functions) or 2m (even ones), on |E - mu| <= a.
 *
 * Gauss-Chebyshev quadrature on G points, of which half are enough, since the function is odd or
 * even. It adds to c_m the coefficients of orders 2G - m and beyond, so G must reach where they
 * vanish. At temperatures far below a they do so only near order a/T: then 2^20 points, 16 times
 * the highest order, add less than a 16th of what the truncation leaves out. */
static void coefficients_of(el_function function, double temperature, double a, int64_t steps,
                            double *c)
{
    const double enough = 40 / el_rate(temperature, a);
    int half = 32;
    while (half < 8 * EL_ORDER_MAX &&
           (half < steps || 2 * half < 0.5 * (enough + 2.0 * (double)steps) + 32))
        half *= 2;
    double *f = weft_alloc((size_t)(4 * half), sizeof *f), *out = f + half, *work = out + half;
    for (int k = 0; k < half; k++)
        f[k] = 2 * value(function, temperature, a * cos(0.5 * M_PI * (k + 0.5) / half)) / half;
    if (el_even(function)) {
        el_cosine_even(f, half, work, out);
        out[0] *= 0.5;
    } else {
        el_cosine_odd(f, half, work, out);
    }
    memcpy(c, out, (size_t)steps * sizeof *c);
    weft_free(f);
}

/* ---- tables ---- */

/* All bins; the table can be used again. */
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

/* Coefficients depend on the temperature alone. How many of them are used is the exponent's, which
 * changes several times in a choice of windows. */
void el_table_set(el_table *table, double temperature, double exponent, int64_t order)
{
    if (table->temperature != temperature)
        el_table_free(table);
    table->temperature = temperature;
    table->exponent = exponent;
    table->order = order;
}

/* A step of the recursion gives one even and one odd moment, so the order is twice the
 * steps. */
int64_t el_steps(double exponent, double temperature, double a)
{
    double order = exponent / el_rate(temperature, a);
    return (int64_t)ceil(0.5 * fmin(fmax(order, 4), EL_ORDER_MAX));
}

/* The bin of a bound, made when it is first asked for. Bounds are rounded up to powers of
 * EL_BIN_RATIO, so that few bins serve many tiles, and which bins exist has no influence on
 * a result. A bound of zero (no hopping, no potential) still needs a scale. */
el_bin *el_table_bin(el_table *table, double bound)
{
    bound = fmax(bound, 0.01 * table->temperature); /* no hopping, no potential */
    int64_t i = (int64_t)ceil(log(1.0005 * bound) / log(EL_BIN_RATIO)) + EL_BINS / 2;
    i = i < 0 ? 0 : i; /* a larger bound than needed is a bound, too */
    WEFT_ASSERT(i < EL_BINS);
    el_bin *bin = table->bin[i];
    if (!bin) {
        bin = table->bin[i] = weft_alloc(1, sizeof *bin);
        bin->a = pow(EL_BIN_RATIO, (double)(i - EL_BINS / 2));
    }
    bin->steps = table->order > 0 ? (table->order + 1) / 2
                                  : el_steps(table->exponent, table->temperature, bin->a);
    return bin;
}

/* Coefficients are made when they are first asked for, and kept: the same few bins serve all tiles,
 * all steps and all exponents up to `usual`. The last bits of a coefficient depend on how many are
 * made with it, so that this must be the same number whatever was asked for before. */
const double *el_table_get(const el_table *table, el_bin *bin, el_function function)
{
    static const double usual = 24;
    const int64_t some = el_steps(usual, table->temperature, bin->a);
    const int64_t wanted = bin->steps > some ? bin->steps : some;
    if (bin->made[function] != wanted) {
        weft_free(bin->c[function]);
        bin->c[function] = weft_alloc((size_t)wanted, sizeof(double));
        bin->made[function] = wanted;
        coefficients_of(function, table->temperature, bin->a, wanted, bin->c[function]);
    }
    return bin->c[function];
}

/* Said before the work begins, with the temperature as what can be changed. The order is
 * that of the error bound, exponent/rate, for the widest spectrum the potential allows. An
 * order that the user gave is his own affair. */
weft_status el_check_order(const weft_electron *e, double temperature,
                           const weft_electron_mark *now)
{
    const el_private *p = e->own;
    double bound = fmax(fabs(now->low - e->mu), fabs(now->high - e->mu));
    double exponent = log(2 / (p->options.tolerance * M_PI));
    double order = exponent / el_rate(temperature, bound + fabs(p->options.hopping));
    if (p->options.order == 0 && order > EL_ORDER_MAX)
        return weft_fail(WEFT_FAILED,
                         "the electron temperature %g needs Chebyshev polynomials of order %.3g "
                         "(at most %d): use force: dense, or a higher electron temperature",
                         temperature, order, EL_ORDER_MAX);
    return WEFT_OK;
}
