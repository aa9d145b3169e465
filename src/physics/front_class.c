/* Classes of fronts, for scans (derive: [class]) and for the series of ensembles.
 *
 * What each class allows is a rule on reductions with their errors. A value lies off a number if it
 * does so by more than a margin and three standard errors; the margins are there because effective
 * exponents are a little off the asymptotic ones. A scan gives a point a class only if nothing
 * excludes it and something excludes each other one; without errors (a single replica) it gives
 * none.
 *
 *                     W ~ t^beta    skewness     S ~ k^-p     phase slips   parameters
 *   random_deposition 1/2                                     yes           D > 0
 *   edwards_wilkinson 1/4           0            2            no            D > 0
 *   kpz               1/3           0.29 (GOE)   2            no            D > 0, lambda not 0
 *   linear_growth     1                                       yes           s > 0
 *   columnar_ew       3/4           0            4            no            s > 0
 *   columnar_kpz      0.78 to 0.95  from 0.1 on  2.6 to 3.8   no            s > 0, lambda not 0
 *   locked            grows no more                           not any more  s > 0, D = 0
 *   transient         the exponent changes within the decade
 *
 * (columnar_ew: columnar_edwards_wilkinson.) These are the numbers of a line. On a surface
 * edwards_wilkinson grows as the logarithm of time (beta from 0 to 0.1), kpz has beta 0.2415(15)
 * and alpha 0.387(4) to 0.393(4), so that p = 2 alpha + 2, with a skewness from 0.26 on at late
 * times, and columnar_ew has beta 1/2. The spectrum is asked where it is recorded, and counts
 * where enough of it has settled: slips, few as they may be, keep large k growing.
 *
 * A KPZ front on a line that begins to saturate has the exponent of edwards_wilkinson for a while,
 * and its stationary heights are as even. So this class beside a lambda needs a growth that ends
 * before the crossover from the one to the other, which the parameters tell (kpz_crossover). On
 * surfaces the skewness stays.
 *
 * The skewness of a KPZ class has the sign of lambda. Sources: A.-L. Barabasi, H. E. Stanley,
 * Fractal Concepts in Surface Growth (1995); the skewness of the Tracy-Widom law of the orthogonal
 * ensemble, M. Praehofer, H. Spohn, Phys. Rev. Lett. 84, 4882 (2000); quenched (columnar) noise, R.
 * Gutierrez, R. Cuerno, arXiv:2210.03782. KPZ on surfaces: J. Kelling, G. Odor, Phys. Rev. E
 * 84, 061150 (2011); A. Pagnani, G. Parisi, Phys. Rev. E 92, 010101 (2015). Columnar KPZ has no
 * sharp exponents: effective ones drift with powers of logarithms, hence a band. */
#include "front.h"
#include <math.h>

/* ---- constants ---- */

const weft_constant front_constants[] = {
    {"kpz_nu", "length^2/time", "nu of the continuum limit h_t = nu lap h + (lambda/2)(grad h)^2"},
    {"kpz_lambda", "length^2/time", "lambda of the continuum limit"},
    {"kpz_noise", "", "strength D of the white noise of the continuum limit"},
    {"kpz_disorder", "", "strength s of the quenched noise of the continuum limit"},
    {"kpz_coupling", "1", "effective coupling lambda^2 D/nu^3 of white noise"},
    {"kpz_coupling_columnar", "1", "effective coupling lambda^2 s^2/nu^4 of quenched noise"},
    {"kpz_crossover", "time",
     "from linear to KPZ growth on a line with white noise, 252 nu^5/(lambda^4 D^2)"},
    {0}};

/* Crossover time of J. Krug, P. Meakin and T. Halpin-Healy, Phys. Rev. A 45, 638 (1992). */
double front_crossover(double nu, double lambda, double noise)
{
    const double per_time = lambda * lambda * noise;
    return per_time == 0.0 ? INFINITY : 252.0 * pow(nu, 5) / (per_time * per_time);
}

/* Couplings and crossover need a surface tension. */
void front_constants_of(double nu, double lambda, double noise, double disorder, double *out)
{
    const bool tense = nu > 0.0;
    out[0] = nu;
    out[1] = lambda;
    out[2] = noise;
    out[3] = disorder;
    out[4] = tense ? lambda * lambda * noise / (nu * nu * nu) : NAN;
    out[5] = tense ? lambda * lambda * disorder * disorder / (nu * nu * nu * nu) : NAN;
    out[6] = tense ? front_crossover(nu, lambda, noise) : NAN;
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
/* Growth that the nonlinearity has not reached. */
#define LINEAR    "growth_end <= kpz_crossover"
#define WHITE     "kpz_noise > 0 and "
#define COLUMNAR  "kpz_disorder > 0 and "
#define STEADY    "abs(beta_change) <= 0.06 + 3*error(beta_change)"
#define TRANSIENT "abs(beta_change) > 0.06 + 3*error(beta_change)"

/* What a class allows of the spectrum. */
#define SPECTRUM "structure_factor_log"
#define POWER(low, high)                                                                           \
    SPECTRUM, "(known(spectral_exponent) == 0 or spectral_exponent >= " low                        \
              " - 3*error(spectral_exponent) and spectral_exponent <= " high                       \
              " + 3*error(spectral_exponent))"
/* A front that goes on growing, and one that has come to rest. */
#define GROWS "abs(beta_eff) > 0.03 + 3*error(beta_eff) and "
#define RESTS "kpz_noise == 0 and " NEAR("beta_eff", "0")

/* What is added where phases may slip. */
#define CLASSES(synchronized, slipping, at_rest)                                                   \
    {"random_deposition", WHITE NEAR(BETA, "0.5") " and " STEADY slipping, NULL, NULL},            \
        {"edwards_wilkinson",                                                                      \
         WHITE NEAR(BETA, "0.25") " and " SYMMETRIC " and " LINEAR " and " STEADY synchronized,    \
         POWER("1.7", "2.3")},                                                                     \
        {"kpz",                                                                                    \
         WHITE NEAR(BETA, "0.3333") " and " SKEWED("0.2", "0.36") " and " NONLINEAR                \
                                                                  " and " STEADY synchronized,     \
         POWER("1.7", "2.3")},                                                                     \
        {"columnar_edwards_wilkinson",                                                             \
         COLUMNAR GROWS NEAR(BETA, "0.75") " and " SYMMETRIC " and " STEADY synchronized,          \
         POWER("3.65", "4.35")},                                                                   \
        {"columnar_kpz",                                                                           \
         COLUMNAR GROWS BETWEEN(BETA, "0.78", "0.95") " and " SKEWED(                              \
             "0.1", "3") " and " NONLINEAR " and " STEADY synchronized,                            \
         POWER("2.45", "3.95")},                                                                   \
        {"linear_growth", COLUMNAR NEAR(BETA, "1") " and " STEADY slipping, NULL, NULL},           \
        {"locked", RESTS at_rest, NULL, NULL},                                                     \
    {                                                                                              \
        "transient", TRANSIENT, NULL, NULL                                                         \
    }

/* On a surface. Exponents of columnar KPZ are not known there: it is no class, and where there is a
 * lambda nothing could exclude it beside columnar_edwards_wilkinson, which so needs lambda = 0. A
 * surface with both that grows without slips is undecided. */
#define SURFACE_CLASSES(synchronized, slipping, at_rest)                                           \
    {"random_deposition", WHITE NEAR(BETA, "0.5") " and " STEADY slipping, NULL, NULL},            \
        {"edwards_wilkinson",                                                                      \
         WHITE BETWEEN(BETA, "0", "0.1") " and " SYMMETRIC " and " STEADY synchronized,            \
         POWER("1.7", "2.3")},                                                                     \
        {"kpz",                                                                                    \
         WHITE NEAR(BETA, "0.2415") " and " SKEWED("0.2", "0.45") " and " NONLINEAR                \
                                                                  " and " STEADY synchronized,     \
         POWER("2.55", "3")},                                                                      \
        {"columnar_edwards_wilkinson",                                                             \
         COLUMNAR "kpz_lambda == 0 and " GROWS NEAR(BETA, "0.5") " and " SYMMETRIC                 \
                                                                 " and " STEADY synchronized,      \
         POWER("3.65", "4.35")},                                                                   \
        {"linear_growth", COLUMNAR NEAR(BETA, "1") " and " STEADY slipping, NULL, NULL},           \
        {"locked", RESTS at_rest, NULL, NULL},                                                     \
    {                                                                                              \
        "transient", TRANSIENT, NULL, NULL                                                         \
    }

/* Fewer than a slip in twenty links over the whole run leave the scaling as it is. */
#define FEW_SLIPS  " and last(slips) <= 0.05"
#define MANY_SLIPS " and last(slips) > 0.05"
#define NO_SLIPS   " and last(slip_rate) <= 1e-6"
static const weft_class phases[] = {CLASSES(FEW_SLIPS, MANY_SLIPS, NO_SLIPS), {0}},
                        heights[] = {CLASSES("", "", ""), {0}},
                        surface_phases[] = {SURFACE_CLASSES(FEW_SLIPS, MANY_SLIPS, NO_SLIPS), {0}},
                        surface_heights[] = {SURFACE_CLASSES("", "", ""), {0}};

const weft_class *front_classes(const weft_params *params, int dim)
{
    (void)params;
    return dim == 1 ? heights : dim == 2 ? surface_heights : NULL;
}

const weft_class *front_phase_classes(const weft_params *params, int dim)
{
    (void)params;
    return dim == 1 ? phases : dim == 2 ? surface_phases : NULL;
}

const char *const front_evidence[] = {"beta_decade",     "beta_change",       "growth_end",
                                      "beta_eff",        "mean(skewness)",    "last(slips)",
                                      "last(slip_rate)", "spectral_exponent", "spectral_amplitude",
                                      "saturation",      "saturation_time",   NULL};
