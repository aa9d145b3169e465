/* The live error of the densities: measured against a reference that is wider than the
 * windows in use, at samples of the present state.
 *
 * The estimates are upper ones: what 64 samples can miss is added. Invariant: nothing of
 * the solver changes by being measured (radius, order and mu are put back), so that a run
 * with and without this observable has the same bits. */
#include "calibrate.h"
#include <math.h>

/* At a fixed filling the error of mu moves all densities, where there are levels at mu: by what the
 * mean density would be off at a fixed mu, shared out like the slopes dn/dmu. */
static void add_shift(const weft_electron *e, const el_samples *s, const el_family reference,
                      const double density[EL_SAMPLES], double d[EL_SAMPLES])
{
    double off = 0, slope = 0;
    for (int k = 0; k < s->count; k++) {
        off += s->weight[k] * (density[k] - 0.5 - reference[0][k]);
        slope += s->weight[k] * fabs(reference[2][k]);
    }
    for (int k = 0; k < s->count && !isnan(e->own->options.filling) && slope > 0; k++)
        d[k] += fabs(off) * fabs(reference[2][k]) / slope;
}

/* Upper estimates: two fifths for what 64 samples miss of the mean, a factor of four for
 * sites worse than the worst of them, and what the border of the reference still does. The grand
 * potential is minus the integral of the density over mu: its error per site is never stated below
 * that of the density in units of the hopping, since samples that miss the sites of the one miss
 * those of the other (in 600 random states at most 0.6 of it was seen). The reference begins half
 * again as wide as the present window, and with an exponent at which the order adds nothing. bound
 * > 0: rational windows are in use. */
static weft_status measure(weft_electron *e, double temperature, el_samples *s, double bound,
                           weft_electron_accuracy *out)
{
    el_private *p = e->own;
    el_family present, reference;
    el_deviation rest;
    double density[EL_SAMPLES], d[EL_SAMPLES] = {0}, energy = 0;
    int64_t r = (int64_t)(1.5 * sqrt((double)(p->radius2 > 0 ? p->radius2 : 0))) + 1;
    int64_t radius2 = p->radius2 < 0 ? -1 : r * r;
    double safe = fmax(el_safe_exponent(p->options.tolerance), 2 * p->exponent);
    el_accuracy how = {
        .exponent = p->exponent, .order = p->options.order, .single = p->engine.single};
    if (bound > 0) {
        r = el_largest_reach(p) > 5 ? el_largest_reach(p) : 5;
        radius2 = r * r;
    } else {
        el_samples_solve(e, temperature, s, &p->shape, &how, present);
    }
    WEFT_TRY(el_reference(e, temperature, s, safe, 0.1, p->options.tolerance, &radius2, reference,
                          &rest));
    if (bound > 0)
        el_rational_family(e, s, &p->window[p->chosen], temperature, bound, present);
    el_samples_values(e, s, e->density, density);
    for (int k = 0; k < s->count; k++) {
        d[k] = fabs(density[k] - 0.5 - reference[0][k]);
        energy += s->weight[k] * fabs(present[3][k] - reference[3][k]);
    }
    add_shift(e, s, reference, density, d);
    el_deviation n = el_combine(s, d, true);
    const double rms = 1.4 * n.rms + rest.rms, unit = el_energy_unit(e, temperature);
    *out = (weft_electron_accuracy){.rms = rms,
                                    .largest = 4 * n.largest + rest.largest,
                                    .energy = fmax(1.4 * energy + rest.rms * unit, rms * unit)};
    return WEFT_OK;
}

/* The window of now is restored from what was noted at the beginning. */
weft_status el_error(weft_electron *e, double temperature, uint64_t phase,
                     const weft_electron_mark *now, weft_electron_accuracy *out)
{
    el_samples s = {0};
    double bound = e->own->chosen >= 0 ? el_rational_bound(e, now) : 0;
    weft_status status = bound > 0 ? WEFT_OK : el_use_radius(e, e->own->radius2);
    int64_t order = e->order;
    double radius = e->radius;
    if (status == WEFT_OK)
        status = el_stratify(e, temperature, phase, bound, &s);
    if (status == WEFT_OK)
        status = measure(e, temperature, &s, bound, out);
    e->order = order;
    e->radius = radius;
    el_samples_free(&s);
    return status;
}
