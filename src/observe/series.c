/* Reductions of time series to one number, for scans: late mean, slope in logarithms, frequency.
 *
 * A record is one line of a series: a time and a value. A value that is nan says that there is no
 * record (a run that stopped early, an observable that was not measured), so it is left out, never
 * counted as a number.
 *
 * Invariants: the functions are pure and use plain sums in the order of time: they run on one rank,
 * over a series that is the same for any number of ranks. What cannot be known from the records
 * (too few, not equidistant, no peak) is nan. */
#include "weft/observe.h"
#include <math.h>

/* The time from which the last part of a series begins: `share` times the last time that has a
 * record. Trailing records without a value are not its end. */
static double late(int64_t n, const double *t, const double *x, double share)
{
    while (n > 0 && isnan(x[n - 1]))
        n--;
    return n > 0 ? share * t[n - 1] : 0;
}

/* In the order of the records, so the same bits in every program that reads the same series. */
double weft_series_late_mean(int64_t n, const double *t, const double *x, double share)
{
    double sum = 0, from = late(n, t, x, share);
    int64_t used = 0;
    for (int64_t i = 0; i < n; i++)
        if (t[i] >= from && !isnan(x[i])) {
            sum += x[i];
            used++;
        }
    return used ? sum / (double)used : NAN;
}

/* A straight line through (ln t, ln x) by least squares. Its own bound of time is lowered by
 * rounding, so that a record exactly at it counts. */
double weft_series_log_slope(int64_t n, const double *t, const double *x, double factor)
{
    double from = late(n, t, x, 1 / factor) * (1 - 1e-12);
    double s = 0, su = 0, sv = 0, suu = 0, suv = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!(t[i] >= from && t[i] > 0 && x[i] > 0))
            continue;
        double u = log(t[i]), v = log(x[i]);
        s++, su += u, sv += v, suu += u * u, suv += u * v;
    }
    double spread = s * suu - su * su;
    return s >= 2 && spread > 0 ? (s * suv - su * sv) / spread : NAN;
}

/* ---- the peak of the power spectrum ---- */

/* Equidistant records: n values at x, their mean and their distance in time. */
typedef struct records {
    int64_t n;
    const double *x;
    double mean;
    double step;
} records;

/* The Fourier sum of (x_j - mean) exp(-2 pi i j k/n), by a recurrence that turns the phase by the
 * same angle for each record: its error grows with n as n times 1e-16, far below the width of a
 * peak. */
static void mode(const records *r, int64_t k, double out[2])
{
    const double angle = 2 * M_PI * (double)k / (double)r->n, a = cos(angle), b = -sin(angle);
    double c = 1, s = 0, re = 0, im = 0;
    for (int64_t j = 0; j < r->n; j++) {
        double y = r->x[j] - r->mean, next = c * a - s * b;
        re += y * c;
        im += y * s;
        s = c * b + s * a;
        c = next;
    }
    out[0] = re;
    out[1] = im;
}

/* The power of a mode under a Hann window, 1 - cos: in Fourier space the window mixes a mode with
 * its two neighbours (weights 2, -1, -1, up to a factor), so no second pass over the records is
 * needed. */
static double windowed(const double before[2], const double here[2], const double after[2])
{
    double re = 2 * here[0] - before[0] - after[0], im = 2 * here[1] - before[1] - after[1];
    return re * re + im * im;
}

/* The records from `share` of the last time on; none if there are fewer than 16 or if they are not
 * equidistant to 1e-6 of their distance. */
static records late_records(int64_t n, const double *t, const double *x, double share)
{
    double from = late(n, t, x, share) * (1 - 1e-12);
    int64_t first = 0;
    records r = {.n = 0};
    while (n > 0 && isnan(x[n - 1]))
        n--;
    while (first < n && t[first] < from)
        first++;
    if (n - first < 16)
        return r;
    r.x = x + first;
    r.step = (t[n - 1] - t[first]) / (double)(n - 1 - first);
    for (int64_t i = first; i < n; i++) {
        if (isnan(x[i]) || fabs(t[i] - t[first] - r.step * (double)(i - first)) > 1e-6 * r.step)
            return r;
        r.mean += x[i] / (double)(n - first);
    }
    r.n = n - first;
    return r;
}

/* Goes through the modes k = 1, 2, ..., and keeps three neighbours at a time, in places k mod 3.
 * beside: the powers below and above the largest one. A peak at the lowest or the highest mode has
 * no neighbour on one side and could be a drift or an alias: then nan. Else the peak lies at the
 * top of the parabola through the logarithms of the three powers, at most half a mode away. */
double weft_series_peak_omega(int64_t n, const double *t, const double *x, double share)
{
    const records r = late_records(n, t, x, share);
    double modes[3][2] = {{0}}, most = 0, power[3] = {0}, beside[3] = {0};
    int64_t peak = 0;
    if (r.n == 0)
        return NAN;
    mode(&r, 1, modes[1]);
    for (int64_t k = 1; k < r.n / 2; k++) {
        mode(&r, k + 1, modes[(k + 1) % 3]);
        power[k % 3] = windowed(modes[(k - 1) % 3], modes[k % 3], modes[(k + 1) % 3]);
        if (peak == k - 1 && peak > 0)
            beside[2] = power[k % 3];
        if (power[k % 3] > most) {
            most = power[k % 3];
            peak = k;
            beside[0] = k > 1 ? power[(k - 1) % 3] : 0;
        }
    }
    if (peak < 2 || peak >= r.n / 2 - 1)
        return NAN;
    double low = log(beside[0] / most), high = log(beside[2] / most), bend = low + high;
    double shift = bend < 0 ? 0.5 * (low - high) / bend : 0;
    return 2 * M_PI * ((double)peak + shift) / ((double)r.n * r.step);
}
