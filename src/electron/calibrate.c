/* The choice of radius and order of Chebyshev windows from measured errors. The smallest window is
 * taken that agrees with a trusted one (reference.c) at samples that include the worst sites
 * (indicate.c). What was measured holds for the state in which it was measured: see electron.c. */
#include "calibrate.h"
#include <math.h>

enum { ROUNDS = 4 };

/* Errors of one sign add up: the parts of the tolerance for radius and order stay below one
 * together. */
static const double radius_part = 0.5, order_part = 0.35;

/* A choice is checked after the solve, in double precision: errors of single precision, of some
 * 1e-6, may be a hundredth of what it is made by. */
el_accuracy el_choice_accuracy(const weft_electron *e, double exponent)
{
    return (el_accuracy){.exponent = exponent, .single = e->own->options.tolerance >= 1e-4};
}

/* Does the family agree with the reference to this part of the tolerance? */
static bool good(const weft_electron *e, double temperature, const el_samples *s, const el_family x,
                 const el_family reference, double part)
{
    return el_distance(e, temperature, s, x, reference).rms <=
           part * e->own->strict * e->own->options.tolerance;
}

/* The smallest ball below the reference that is good. Radii grow by at least an eighth of
 * their square, since balls of neighbouring radii hardly differ. */
static int64_t choose_radius(weft_electron *e, double temperature, el_samples *s, double exponent,
                             int64_t most, const el_family reference)
{
    el_family trial;
    const el_accuracy how = el_choice_accuracy(e, exponent);
    for (int64_t r2 = 1; r2 < most;) {
        el_shape shape = el_window_shape(e, r2);
        el_samples_solve(e, temperature, s, &shape, &how, trial);
        el_shape_free(&shape);
        if (good(e, temperature, s, trial, reference, radius_part))
            return r2;
        int64_t least = r2 + r2 / 8;
        do
            r2 = el_radius_next(e->grid->dim, r2);
        while (r2 < least);
    }
    return most;
}

/* The smallest exponent (order times rate) that is good in the window that was chosen,
 * against the safe one. The bound of theory is far too large for most states: it counts
 * poles that the density of states does not see. */
static void choose_exponent(weft_electron *e, double temperature, el_samples *s, double most)
{
    el_private *p = e->own;
    el_family reference, trial;
    el_accuracy how = el_choice_accuracy(e, most);
    el_shape shape = el_window_shape(e, p->radius2);
    el_samples_solve(e, temperature, s, &shape, &how, reference);
    for (how.exponent = 1; how.exponent < most; how.exponent *= 1.2) {
        el_samples_solve(e, temperature, s, &shape, &how, trial);
        if (good(e, temperature, s, trial, reference, order_part))
            break;
    }
    p->exponent = fmin(how.exponent, most);
    el_shape_free(&shape);
}

/* Samples are chosen by the windows of before, so that the worst sites of those are among
 * them. Where these windows turn out to be far from enough, their indicator was poor, and
 * samples are chosen once more by the new ones, at most four times. The radius is done when
 * it did not have to grow and is not much too large. */
static weft_status find_radius(weft_electron *e, double temperature, double bound, double safe,
                               el_evidence *seen)
{
    el_private *p = e->own;
    el_samples *s = &seen->samples;
    const el_accuracy how = el_choice_accuracy(e, safe);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t before = p->radius2, enough = before;
        el_deviation rest;
        WEFT_TRY(el_stratify(e, temperature, (uint64_t)(p->solves + round), 0, s));
        WEFT_TRY(el_reference(e, temperature, s, &how, 0.3 * p->strict, INFINITY, &enough,
                              seen->reference, &rest));
        int64_t chosen = choose_radius(e, temperature, s, safe, enough, seen->reference);
        WEFT_TRY(el_use_radius(e, chosen));
        WEFT_TRY(el_worth_it(e, temperature, p->shape.sites, safe, bound));
        if (round > 0 ? chosen <= before : chosen <= before && 2 * chosen >= before)
            return WEFT_OK;
        el_samples_free(s);
    }
    return WEFT_OK;
}

/* Radius and exponent of Chebyshev windows at the present state. A radius or an order that
 * the user gave is kept, and only the other one is measured. The samples of the radius
 * serve the exponent as well. */
weft_status el_calibrate(weft_electron *e, double temperature, double bound, el_evidence *seen)
{
    el_private *p = e->own;
    const weft_electron_options *o = &p->options;
    double safe = el_safe_exponent(o->tolerance);
    weft_status status = el_use_radius(e, p->radius2 < 1 && o->radius <= 0 ? 1 : p->radius2);
    if (o->radius <= 0) {
        if (status == WEFT_OK)
            status = find_radius(e, temperature, bound, safe, seen);
    } else {
        status = el_stratify(e, temperature, (uint64_t)p->solves, 0, &seen->samples);
    }
    if (status == WEFT_OK && o->order <= 0)
        choose_exponent(e, temperature, &seen->samples, safe);
    return status;
}
