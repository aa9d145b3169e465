/* The chemical potential of a filling: Newton's method from the number of particles and its
 * derivatives, which the windows give beside the density.
 *
 * Chebyshev windows give two derivatives, rational windows one. Passes are repeated at a better mu
 * until the rest is within reach of a Taylor series, whose remainder is at most |d|^3/(48 T^3)
 * after the second derivative, and |d|^2/(20 T^2) after the first (from the extremes of the third
 * and second derivative of the Fermi function). From one time step to the next one pass is enough.
 * The density at the final mu is the series itself, and sums to the filling. Sums are exact, so
 * that every rank takes the same next step. */
#include "internal.h"
#include "weft/exact.h"
#include <math.h>

void el_sums(const weft_electron *e, const double *values, int count, double *out)
{
    weft_exact sum[3];
    for (int j = 0; j < count; j++) {
        weft_exact_clear(&sum[j]);
        weft_exact_add(&sum[j], values + j * e->own->local_sites, e->own->local_sites);
    }
    weft_exact_allreduce(e->grid->comm, sum, count);
    for (int j = 0; j < count; j++)
        out[j] = weft_exact_value(&sum[j]);
}

/* A step of mu towards the wanted number from N and its first two derivatives (s: N,
 * dN/dmu, d2N/dmu2): Newton's step, improved by the second derivative, at most two
 * temperatures long. Where there are no levels at mu the slope says nothing, and mu moves
 * by a temperature. */
static double step_mu(double excess, const double s[3], double temperature)
{
    if (s[1] * temperature <= 1e-14)
        return excess < 0 ? temperature : -temperature;
    double d = -excess / s[1];
    for (int i = 0; i < 4 && fabs(d) < temperature; i++) {
        double slope = s[1] + d * s[2];
        if (slope <= 0.1 * s[1])
            break;
        d -= (excess + d * (s[1] + 0.5 * d * s[2])) / slope;
    }
    return fmax(fmin(d, 2 * temperature), -2 * temperature);
}

/* n - 1/2 and its derivatives with respect to mu of the owned sites, at the present mu;
 * *derivatives: how many there are. again: not the first pass. */
static weft_status shares(weft_electron *e, double temperature, const weft_electron_mark *now,
                          bool again, int *derivatives)
{
    static const el_function list[] = {EL_DENSITY, EL_SLOPE, EL_BEND};
    el_private *p = e->own;
    *derivatives = p->chosen < 0 ? 2 : 1;
    if (p->chosen < 0)
        return el_sites(e, temperature, 3, list, p->share);
    return el_repair_density(e, temperature, el_rational_bound(e, now), again, e->density, p->share,
                             p->share + p->local_sites);
}

/* The most that a series can miss after a step of r temperatures. */
static double remainder_of(double r, int derivatives)
{
    return derivatives == 2 ? r * r * r / 48 : r * r / 20;
}

/* The series, and mu with it. The slopes stay in share: the error of mu is shared out by them
 * (accuracy.c). */
static void finish(weft_electron *e, double d, int derivatives)
{
    const el_private *p = e->own;
    const int64_t n = p->local_sites;
    const double *slope = p->share + n, *bend = p->share + 2 * n;
    for (int64_t i = 0; i < n; i++)
        e->density[i] =
            0.5 + (p->share[i] + d * (slope[i] + (derivatives == 2 ? 0.5 * d * bend[i] : 0)));
    e->mu += d;
}

/* What is known to be too low or too high bounds mu, so that the search ends. */
weft_status el_solve_filling(weft_electron *e, double temperature, const weft_electron_mark *now)
{
    el_private *p = e->own;
    double low = -INFINITY, high = INFINITY, s[3] = {0};
    for (int pass = 0; pass < 200; pass++) {
        int derivatives;
        WEFT_TRY(shares(e, temperature, now, pass > 0, &derivatives));
        el_sums(e, p->share, derivatives + 1, s);
        double excess = s[0] + (0.5 - p->options.filling) * (double)p->sites;
        double d = step_mu(excess, s, temperature), r = fabs(d) / temperature;
        bool close = fabs(excess) <= 1e-3 * el_resolution(e) * (double)p->sites;
        if (close && s[1] * temperature < 1e-6)
            d = r = 0; /* in a gap mu is free */
        if (remainder_of(r, derivatives) <= 0.1 * el_resolution(e)) {
            finish(e, d, derivatives);
            return WEFT_OK;
        }
        if (excess < 0)
            low = e->mu;
        else
            high = e->mu;
        double next = e->mu + d;
        e->mu = next > low && next < high ? next : 0.5 * (low + high);
    }
    return weft_fail(WEFT_FAILED, "no chemical potential was found for the filling %g",
                     p->options.filling);
}
