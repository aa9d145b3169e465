/* Reductions of time series. */
#include "weft/observe.h"
#include <math.h>

/* The time beyond which a share of the series lies; its end is the last record that there is. */
static double late(int64_t n, const double *t, const double *x, double share)
{
    while (n > 0 && isnan(x[n - 1]))
        n--;
    return n > 0 ? share * t[n - 1] : 0;
}

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
