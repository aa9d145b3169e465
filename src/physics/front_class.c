/* Classes of fronts on a line, for scans (derive: [class]).
 *
 * What each class allows is a rule on reductions with their errors. A value lies off a number if it
 * does so by more than a margin and three standard errors; the margins are there because effective
 * exponents are a little off the asymptotic ones. A scan gives a point a class only if nothing
 * excludes it and something excludes each other one; without errors (a single replica) it gives
 * none.
 *
 *                             W ~ t^beta    skewness          phase slips   parameters
 *   random_deposition         1/2                             yes           D > 0
 *   edwards_wilkinson         1/4           0                 no            D > 0
 *   kpz                       1/3           0.29 (GOE)        no            D > 0, lambda not 0
 *   linear_growth             1                               yes           s > 0
 *   columnar_edwards_wilkinson 3/4          0                 no            s > 0
 *   columnar_kpz              0.78 to 0.95  from 0.1 on       no            s > 0, lambda not 0
 *   locked                    0                               not any more
 *   transient                 the exponent changes within the last decade of time
 *
 * The skewness of a KPZ class has the sign of lambda. Sources: A.-L. Barabasi, H. E. Stanley,
 * Fractal Concepts in Surface Growth (1995); the skewness of the Tracy-Widom law of the orthogonal
 * ensemble, M. Praehofer, H. Spohn, Phys. Rev. Lett. 84, 4882 (2000); quenched (columnar) noise, R.
 * Gutierrez, R. Cuerno, arXiv:2210.03782. Columnar KPZ has no sharp exponents: effective ones drift
 * with powers of logarithms, hence a band. */
#include "front.h"
#include "weft/observe.h"
#include <math.h>

/* ---- constants ---- */

const weft_constant front_constants[] = {
    {"kpz_nu", "length^2/time", "nu of the continuum limit h_t = nu lap h + (lambda/2)(grad h)^2"},
    {"kpz_lambda", "length^2/time", "lambda of the continuum limit"},
    {"kpz_noise", "", "strength D of the white noise of the continuum limit"},
    {"kpz_disorder", "", "strength s of the quenched noise of the continuum limit"},
    {"kpz_coupling", "1", "effective coupling lambda^2 D/nu^3 of white noise"},
    {"kpz_coupling_columnar", "1", "effective coupling lambda^2 s^2/nu^4 of quenched noise"},
    {0}};

/* A coupling needs a surface tension. */
void front_constants_of(double nu, double lambda, double noise, double disorder, double *out)
{
    const bool tense = nu > 0.0;
    out[0] = nu;
    out[1] = lambda;
    out[2] = noise;
    out[3] = disorder;
    out[4] = tense ? lambda * lambda * noise / (nu * nu * nu) : NAN;
    out[5] = tense ? lambda * lambda * disorder * disorder / (nu * nu * nu * nu) : NAN;
}

/* ---- reductions that the rules need ---- */

/* W grows as t^beta: half the slope of ln width2 against ln t, over the last decade. */
double front_beta_decade(int64_t n, const double *time, int64_t count, const double *width2)
{
    (void)count;
    return 0.5 * weft_series_log_slope(n, time, width2, 10.0);
}

/* From the first half (in logarithms) of the last decade to the second one. */
double front_beta_change(int64_t n, const double *time, int64_t count, const double *width2)
{
    (void)count;
    while (n > 0 && isnan(width2[n - 1]))
        n--;
    const double factor = sqrt(10.0), late = weft_series_log_slope(n, time, width2, factor);
    int64_t first = n;
    while (first > 0 && time[first - 1] > time[n - 1] / factor * (1.0 + 1e-12))
        first--;
    return 0.5 * (late - weft_series_log_slope(first, time, width2, factor));
}

/* ---- rules ---- */

#define BETA        "beta_decade"
#define SKEWNESS    "mean(skewness)"
#define NEAR(x, at) "abs(" x " - " at ") <= 0.03 + 3*error(" x ")"
#define BETWEEN(x, low, high)                                                                      \
    x " >= " low " - 0.03 - 3*error(" x ") and " x " <= " high " + 0.03 + 3*error(" x ")"
#define SYMMETRIC "abs(" SKEWNESS ") <= 0.06 + 3*error(" SKEWNESS ")"
#define SKEWED(low, high)                                                                          \
    "abs(" SKEWNESS ") >= " low " - 0.03 - 3*error(" SKEWNESS ") and abs(" SKEWNESS ") <= " high   \
    " + 0.03 + 3*error(" SKEWNESS ")"
/* The nonlinearity is there, and nothing speaks against its sign. */
#define NONLINEAR                                                                                  \
    "kpz_lambda != 0 and " SKEWNESS "*kpz_lambda >= -3*error(" SKEWNESS ")*abs(kpz_lambda)"
#define WHITE     "kpz_noise > 0 and "
#define COLUMNAR  "kpz_disorder > 0 and "
#define STEADY    "abs(beta_change) <= 0.06 + 3*error(beta_change)"
#define TRANSIENT "abs(beta_change) > 0.06 + 3*error(beta_change)"

/* What is added where phases may slip. */
#define CLASSES(synchronized, slipping, at_rest)                                                   \
    {"random_deposition", WHITE NEAR(BETA, "0.5") " and " STEADY slipping},                        \
        {"edwards_wilkinson",                                                                      \
         WHITE NEAR(BETA, "0.25") " and " SYMMETRIC " and " STEADY synchronized},                  \
        {"kpz", WHITE NEAR(BETA, "0.3333") " and " SKEWED(                                         \
                    "0.2", "0.36") " and " NONLINEAR " and " STEADY synchronized},                 \
        {"columnar_edwards_wilkinson",                                                             \
         COLUMNAR NEAR(BETA, "0.75") " and " SYMMETRIC " and " STEADY synchronized},               \
        {"columnar_kpz", COLUMNAR BETWEEN(BETA, "0.78", "0.95") " and " SKEWED(                    \
                             "0.1", "3") " and " NONLINEAR " and " STEADY synchronized},           \
        {"linear_growth", COLUMNAR NEAR(BETA, "1") " and " STEADY slipping},                       \
        {"locked", NEAR(BETA, "0") at_rest},                                                       \
    {                                                                                              \
        "transient", TRANSIENT                                                                     \
    }

/* Fewer than a slip in twenty links over the whole run leave the scaling as it is. */
static const weft_class phases[] = {
    CLASSES(" and last(slips) <= 0.05", " and last(slips) > 0.05", " and last(slip_rate) <= 1e-6"),
    {0}};
static const weft_class heights[] = {CLASSES("", "", ""), {0}};

const weft_class *front_classes(const weft_params *params, int dim)
{
    (void)params;
    return dim == 1 ? heights : NULL;
}

const weft_class *front_phase_classes(const weft_params *params, int dim)
{
    (void)params;
    return dim == 1 ? phases : NULL;
}
