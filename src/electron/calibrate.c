/* The choice of radius and order of windows from measured errors, and between Chebyshev and
 * rational windows by their cost. The smallest window is taken that agrees with a trusted one
 * (reference.c) at samples that include the worst sites (indicate.c). What was measured holds for
 * the state in which it was measured: see electron.c. Costs are constants of the program and not
 * measured times, so that a choice can be repeated. */
#include "calibrate.h"
#include <math.h>

enum {
    ROUNDS = 4,
    OFTEN = 512, /* solves */
};

/* Errors of one sign add up: the parts of the tolerance for radius and order stay below one
 * together. */
static const double radius_part = 0.5, order_part = 0.35;

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
    el_accuracy how = {.exponent = exponent};
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
    el_accuracy how = {.exponent = most};
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
static weft_status find_radius(weft_electron *e, double temperature, double bound, el_samples *s,
                               double safe)
{
    el_private *p = e->own;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t before = p->radius2, enough = before;
        el_family reference;
        el_deviation rest;
        WEFT_TRY(el_stratify(e, temperature, (uint64_t)(p->solves + round), 0, s));
        WEFT_TRY(el_reference(e, temperature, s, safe, 0.3 * p->strict, INFINITY, &enough,
                              reference, &rest));
        int64_t chosen = choose_radius(e, temperature, s, safe, enough, reference);
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
weft_status el_calibrate(weft_electron *e, double temperature, double bound)
{
    el_private *p = e->own;
    const weft_electron_options *o = &p->options;
    double safe = el_safe_exponent(o->tolerance);
    el_samples s = {0};
    weft_status status = el_use_radius(e, p->radius2 < 1 && o->radius <= 0 ? 1 : p->radius2);
    if (o->radius <= 0) {
        if (status == WEFT_OK)
            status = find_radius(e, temperature, bound, &s, safe);
    } else {
        status = el_stratify(e, temperature, (uint64_t)p->solves, 0, &s);
    }
    if (status == WEFT_OK && o->order <= 0)
        choose_exponent(e, temperature, &s, safe);
    el_samples_free(&s);
    return status;
}

/* ---- rational windows ---- */

/* Nanoseconds a site of a rational window, by the measured speed of its kernel: part of the
 * program, so that a choice can be repeated. */
static double rational_cost(weft_electron *e, int i, double temperature, double bound)
{
    el_poles poles;
    if (!el_rational_poles(e, false, temperature, bound, &poles))
        return INFINITY;
    return e->own->window[i].cost * poles.count * (el_rational_single(e) ? 1 : 2);
}

/* What was found among the rational windows. */
typedef struct el_found {
    int window;   /* the cheapest that keeps the tolerance; -1: none */
    int closest;  /* the one that errs least of those that were measured; -1: none was */
    double error; /* its error */
} el_found;

/* A window dearer than the best so far is not even tried. */
static void choose_window(weft_electron *e, double temperature, double bound, el_samples *s,
                          const el_family reference, el_found *found)
{
    el_private *p = e->own;
    double least = INFINITY;
    for (int i = 0; i < p->windows; i++) {
        el_family trial;
        double cost = rational_cost(e, i, temperature, bound);
        if (cost >= least)
            continue;
        el_rational_family(e, s, &p->window[i], temperature, bound, trial);
        double error = el_distance(e, temperature, s, trial, reference).rms;
        if (!(error >= found->error)) {
            found->error = error;
            found->closest = i;
        }
        if (error <= 0.7 * p->strict * p->options.tolerance) {
            found->window = i;
            least = cost;
        }
    }
}

/* A reference that is at least as wide as the windows, so that their potential is collected. */
static weft_status try_rational(weft_electron *e, double temperature, double bound, el_found *found)
{
    el_private *p = e->own;
    el_samples s = {0};
    el_family reference;
    el_deviation rest;
    int64_t r = el_largest_reach(p), radius2 = r * r;
    weft_status status = el_stratify(e, temperature, (uint64_t)p->solves, bound, &s);
    if (status == WEFT_OK)
        status = el_reference(e, temperature, &s, el_safe_exponent(p->options.tolerance), 0.3,
                              INFINITY, &radius2, reference, &rest);
    if (status == WEFT_OK)
        choose_window(e, temperature, bound, &s, reference, found);
    el_samples_free(&s);
    return status;
}

/* Why the solver that the user fixed cannot be used, and what the best of its windows reaches: that
 * is the tolerance that could be asked for. */
static weft_status no_rational(const weft_electron *e, bool poles, const el_found *found)
{
    const el_private *p = e->own;
    if (!poles)
        return weft_fail(WEFT_FAILED,
                         "not even 12 poles keep the tolerance %g at this spectrum and "
                         "temperature; use force: auto or chebyshev, or a larger force_tolerance",
                         p->options.tolerance);
    if (found->closest < 0)
        return weft_fail(WEFT_FAILED,
                         "no rational window keeps the tolerance %g; use force: auto or "
                         "chebyshev, or a larger force_tolerance",
                         p->options.tolerance);
    const el_window *w = &p->window[found->closest];
    return weft_fail(WEFT_FAILED,
                     "no rational window keeps the tolerance %g: the best one (%d sites) misses "
                     "the density or the energy by %.2g in the present state; use force: auto or "
                     "chebyshev, or a larger force_tolerance",
                     p->options.tolerance, w->program.inner, found->error);
}

/* Are Chebyshev windows to be measured beside a rational window of some cost? Measuring costs as
 * much as many solves. Not where even the smallest of them would be dearer; and where those that
 * were measured last would be twice as dear, only from time to time. */
static bool may_be_cheaper(const weft_electron *e, double cost, double temperature, double bound)
{
    const el_private *p = e->own;
    const double least = el_chebyshev_cost(2 * e->grid->dim + 1, 1, temperature, bound);
    const double last = el_chebyshev_cost((double)p->shape.sites, p->exponent, temperature, bound);
    return cost > least && (2 * cost > last || p->solves % OFTEN == 0);
}

/* The cheapest of all windows that keep the tolerance. Rational windows are tried first, as
 * they are mostly the cheapest. If neither kind serves, the error is that of the Chebyshev windows,
 * which says what could help. */
weft_status el_choose(weft_electron *e, double temperature, const weft_electron_mark *now)
{
    el_private *p = e->own;
    bool rational_only = p->options.solver == WEFT_ELECTRON_RATIONAL;
    double bound = el_rational_bound(e, now);
    bool possible = p->windows > 0 && rational_cost(e, 0, temperature, bound) < INFINITY;
    el_found found = {-1, -1, INFINITY};
    if (possible)
        WEFT_TRY(try_rational(e, temperature, bound, &found));
    if (rational_only && found.window < 0)
        return no_rational(e, possible, &found);
    double cost = found.window < 0 ? INFINITY : rational_cost(e, found.window, temperature, bound);
    p->chosen = found.window;
    if (rational_only || !may_be_cheaper(e, cost, temperature, bound))
        return WEFT_OK;
    p->chosen = -1;
    weft_status status = el_check_order(e, temperature, now);
    if (status == WEFT_OK)
        status = el_calibrate(e, temperature, bound);
    if (status != WEFT_OK && found.window < 0)
        return status;
    weft_error_clear();
    if (status != WEFT_OK ||
        cost < el_chebyshev_cost((double)p->shape.sites, p->exponent, temperature, bound))
        p->chosen = found.window;
    return WEFT_OK;
}
