/* Reductions of the series of fronts to one number: growth exponents, saturation, and exponent and
 * amplitude of the spectrum.
 *
 * Invariants. (1) A growth exponent is that of growth: where W has a plateau, the decade that
 * counts ends at a third of the time at which W^2 reaches half of it. (2) What the records do not
 * tell is nan: a plateau that is not there, a spectrum of which too few modes have settled. (3) All
 * are functions of one series, so that a jackknife over replicas gives their errors. */
#include "front.h"
#include "weft/observe.h"
#include <math.h>

/* ---- the plateau of W^2 ---- */

/* Records up to a time; those of a run that ended before are nan and do not count. */
static int64_t up_to(int64_t n, const double *time, double end)
{
    int64_t i = 0;
    while (i < n && time[i] <= end * (1.0 + 1e-12))
        i++;
    return i;
}

/* For observables of count numbers: the first one of a record tells whether there is any. */
static int64_t with_values(int64_t n, int64_t count, const double *values)
{
    while (n > 0 && isnan(values[(n - 1) * count]))
        n--;
    return n;
}

/* Of 3 to PARTS means at u = ln t, a straight line by least squares: its slope, and the
 * standard error that the scatter about the line gives it. */
enum { PARTS = 6 };
static void fit_parts(int n, const double *u, const double *v, double *slope, double *error)
{
    double mean_u = 0, mean_v = 0, suu = 0, suv = 0, rest = 0;
    for (int i = 0; i < n; i++) {
        mean_u += u[i] / n;
        mean_v += v[i] / n;
    }
    for (int i = 0; i < n; i++) {
        suu += (u[i] - mean_u) * (u[i] - mean_u);
        suv += (u[i] - mean_u) * (v[i] - mean_v);
    }
    *slope = suv / suu;
    for (int i = 0; i < n; i++) {
        const double off = v[i] - mean_v - *slope * (u[i] - mean_u);
        rest += off * off;
    }
    *error = sqrt(rest / (n - 2) / suu);
}

/* Does width2 still grow (or fall) as ln t over the last factor 8 of time? Means over six parts of
 * equal length in ln t show it, if their slope is off zero by more than its error allows (1 % of
 * series without growth are: Student's t of as many parts). A slope below 2 % of width2 does not
 * count: ln(t/t0) grows more slowly only from t = 5e21 t0 on. Fewer than three parts with records
 * tell nothing.
 *
 * The scatter of the means counts, and not that of single records: records that follow each other
 * within the time in which a front forgets its state scatter together, and would make the error too
 * small. The first part is a twentieth of the run long. A front that forgets within such a time,
 * as one does that has a plateau worth the name, has means that are nearly independent. The errors
 * over the replicas are not asked: a run of a single large surface has none. */
static bool drifts(int64_t n, const double *time, const double *width2, double level)
{
    static const double student[] = {0, 63.66, 9.925, 5.841, 4.604}; /* of parts - 2 */
    const double from = time[n - 1] / 8.0;
    double u[PARTS] = {0}, v[PARTS] = {0}, slope, error;
    int64_t used[PARTS] = {0};
    int parts = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!(time[i] > from && !isnan(width2[i])))
            continue;
        const int part = (int)fmin(PARTS * log(time[i] / from) / log(8.0), PARTS - 1);
        u[part] += log(time[i]);
        v[part] += width2[i];
        used[part]++;
    }
    for (int k = 0; k < PARTS; k++)
        if (used[k] > 0) {
            u[parts] = u[k] / (double)used[k];
            v[parts++] = v[k] / (double)used[k];
        }
    if (parts < 3)
        return false;
    fit_parts(parts, u, v, &slope, &error);
    return fabs(slope) > student[parts - 2] * error && fabs(slope) > 0.02 * fabs(level);
}

/* The mean over the last half of the time, where width2 has a plateau: the means over the second
 * half, the second quarter and the second eighth agree within a fifth (few replicas of a short ring
 * scatter by less than a tenth; a front that grows as t^(1/2), the slowest of the classes on a
 * line, has a ratio of 0.71 from one to the next), and nothing drifts as ln t beyond the scatter of
 * the records. What cannot be told is a growth within that scatter. What the last half would give
 * without a plateau says more of the length of the run than of the front: nan. */
static double saturation(int64_t n, const double *time, int64_t count, const double *width2)
{
    (void)count;
    n = with_values(n, 1, width2);
    if (n == 0)
        return NAN;
    const double end = time[n - 1], late = weft_series_late_mean(n, time, width2, 0.5);
    for (double part = 0.5; part > 0.2; part *= 0.5) {
        const double mean = weft_series_late_mean(up_to(n, time, part * end), time, width2, 0.5);
        if (!(late < 1.2 * mean && mean < 1.2 * late))
            return NAN;
    }
    return drifts(n, time, width2, late) ? NAN : late;
}

/* The first record at which width2 has half of its plateau; n where there is no plateau. */
static int64_t half_way(int64_t n, const double *time, const double *width2, double *half)
{
    int64_t i = 0;
    *half = 0.5 * saturation(n, time, 1, width2);
    while (i < n && !(width2[i] >= *half))
        i++;
    return i;
}

/* When width2 first reaches half of its plateau; nan where there is none. Between the record before
 * and that one width2 is taken for a power of time (from nothing, for a straight line): the time of
 * a record is late by up to the interval, and stays what it is with a replica left out, so that the
 * jackknife would find no error. */
static double saturation_time(int64_t n, const double *time, int64_t count, const double *width2)
{
    double half;
    const int64_t i = half_way(n, time, width2, &half);
    int64_t before = i - 1;
    (void)count;
    while (before >= 0 && isnan(width2[before]))
        before--;
    if (i == n || before < 0)
        return i < n ? time[i] : NAN;
    const double t0 = time[before], t1 = time[i], w0 = width2[before], w1 = width2[i];
    if (t0 > 0 && w0 > 0)
        return t0 * pow(t1 / t0, log(half / w0) / log(w1 / w0));
    return t0 + (t1 - t0) * (half - w0) / (w1 - w0);
}

/* ---- growth ---- */

/* Over the last factor 3 in time, whatever W does there. */
static double beta_eff(int64_t n, const double *time, int64_t count, const double *width2)
{
    (void)count;
    return 0.5 * weft_series_log_slope(n, time, width2, 3.0);
}

/* The records of growth: those up to a third of the time of the record half way to the plateau. */
static int64_t growing(int64_t n, const double *time, const double *width2)
{
    double half;
    const int64_t there = half_way(n, time, width2, &half), known = with_values(n, 1, width2);
    return there == n ? known : up_to(known, time, time[there] / 3.0);
}

/* W grows as t^beta: half the slope of ln width2 against ln t, over the last decade of growth. */
static double beta_decade(int64_t n, const double *time, int64_t count, const double *width2)
{
    (void)count;
    return 0.5 * weft_series_log_slope(growing(n, time, width2), time, width2, 10.0);
}

/* From the first half (in logarithms) of the last decade of growth to the second one. */
static double beta_change(int64_t n, const double *time, int64_t count, const double *width2)
{
    (void)count;
    n = growing(n, time, width2);
    if (n == 0)
        return NAN;
    const double factor = sqrt(10.0), late = weft_series_log_slope(n, time, width2, factor);
    const int64_t first = up_to(n, time, time[n - 1] / factor);
    return 0.5 * (late - weft_series_log_slope(first, time, width2, factor));
}

/* Where that decade ends. */
static double growth_end(int64_t n, const double *time, int64_t count, const double *width2)
{
    (void)count;
    n = growing(n, time, width2);
    return n > 0 ? time[n - 1] : NAN;
}

/* ---- the spectrum ---- */

/* S at the last record and a factor 3 of time before, over the bins first .. last - 1 of k that
 * have stopped growing and lie below a quarter of the largest k, where lattices look like the
 * continuum (2 sin(k/2) is k less 3 % there). */
typedef struct settled {
    const double *k, *now, *before;
    int64_t first, last;
} settled;

/* The mean of ln(S now/S before) over the octave around a bin, with the weights k of the numbers of
 * modes in bins of equal width in ln k. */
static double octave_growth(const settled *s, int64_t bin)
{
    double sum = 0, weights = 0;
    for (int64_t b = 0; b < s->last; b++)
        if (fabs(log(s->k[b] / s->k[bin])) < 0.5 * M_LN2) {
            sum += s->k[b] * log(s->now[b] / s->before[b]);
            weights += s->k[b];
        }
    return sum / weights;
}

/* Modes that grow by more than 1.35 over a factor 3 of time have not settled, nor have those of
 * smaller k. false: too few bins are left. */
static bool find_settled(const double *k, int64_t n, const double *time, int64_t count,
                         const double *values, settled *s)
{
    enum { LEAST = 4 };
    n = with_values(n, count, values);
    const int64_t earlier = n > 0 ? up_to(n, time, time[n - 1] / 3.0) : 0;
    if (earlier < 1 || time[earlier - 1] <= 0.0)
        return false;
    *s = (settled){
        .k = k, .now = values + (n - 1) * count, .before = values + (earlier - 1) * count};
    while (s->last < count && k[s->last] <= 0.25 * k[count - 1])
        s->last++;
    for (int64_t b = 0; b < s->last; b++)
        if (!(s->now[b] > 0.0 && s->before[b] > 0.0))
            return false;
    for (int64_t b = 0; b < s->last; b++)
        if (octave_growth(s, b) > log(1.35))
            s->first = b + 1;
    return s->last - s->first >= LEAST;
}

/* p of S ~ k^-p: minus the slope of ln S against ln k, with the weights k. */
static double spectral_exponent(const double *k, int64_t n, const double *time, int64_t count,
                                const double *values)
{
    settled s;
    if (!find_settled(k, n, time, count, values, &s))
        return NAN;
    double sum = 0, su = 0, sv = 0, suu = 0, suv = 0;
    for (int64_t b = s.first; b < s.last; b++) {
        const double w = k[b], u = log(k[b]), v = log(s.now[b]);
        sum += w, su += w * u, sv += w * v, suu += w * u * u, suv += w * u * v;
    }
    return -(sum * suv - su * sv) / (sum * suu - su * su);
}

/* A = k^2 S over the lower half of these modes, where p is 2 (within 0.3): D/nu of a linear front.
 * k in place of 2 sin(k/2) makes it at most 0.7 % too large on a lattice. */
static double spectral_amplitude(const double *k, int64_t n, const double *time, int64_t count,
                                 const double *values)
{
    settled s;
    const double p = spectral_exponent(k, n, time, count, values);
    if (!(fabs(p - 2.0) < 0.3) || !find_settled(k, n, time, count, values, &s))
        return NAN;
    double sum = 0, weights = 0;
    for (int64_t b = s.first; b < s.last && k[b] <= 0.125 * k[count - 1]; b++) {
        sum += k[b] * k[b] * k[b] * s.now[b];
        weights += k[b];
    }
    return weights > 0 ? sum / weights : NAN;
}

/* ---- the table ----
 *
 * Those of the spectrum read quarters of octaves: a full spectrum would make the jackknife of an
 * ensemble as large as all its other records. */

#define OF_WIDTH(name_, symbol_, unit_, text_, function)                                           \
    {                                                                                              \
        .name = name_, .unit = unit_, .long_name = text_, .observable = "width2",                  \
        .reduce = function, .symbol = symbol_                                                      \
    }
#define OF_SPECTRUM(name_, symbol_, text_, function)                                               \
    {                                                                                              \
        .name = name_, .unit = "", .long_name = text_, .observable = "structure_factor_log",       \
        .reduce_along = function, .symbol = symbol_                                                \
    }

const weft_reduction front_reductions[] = {
    OF_WIDTH("beta_eff", "\\beta_\\mathrm{eff}", "1",
             "growth exponent of W over the last factor 3 in time", beta_eff),
    OF_WIDTH("beta_decade", "\\beta_\\mathrm{decade}", "1",
             "growth exponent of W over the last decade of time, or before a plateau", beta_decade),
    OF_WIDTH("beta_change", "\\Delta\\beta", "1",
             "growth exponent over the second half (in ln t) of that decade less that over the "
             "first",
             beta_change),
    OF_WIDTH("growth_end", "t_\\mathrm{end}", "time", "the end of that decade", growth_end),
    OF_WIDTH("saturation", "W^2_\\mathrm{sat}", NULL, "mean of W^2 over the last half of the time",
             saturation),
    OF_WIDTH("saturation_time", "t_\\mathrm{sat}", "time",
             "when W^2 first reaches half of its saturation", saturation_time),
    OF_SPECTRUM("spectral_exponent", "p", "p of S ~ k^-p over the modes that have stopped growing",
                spectral_exponent),
    OF_SPECTRUM("spectral_amplitude", "A", "A = k^2 S at small k, where p = 2", spectral_amplitude),
    {0}};
