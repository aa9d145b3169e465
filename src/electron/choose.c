/* The choice among rational windows, with and without bad sites computed again, and between them
 * and Chebyshev windows, by measured errors and by cost. Costs are constants of the program and not
 * measured times, so that a choice can be repeated. */
#include "calibrate.h"
#include <math.h>
#include <string.h>

/* Solves for which rational windows are not tried after they lost, and sites times solves that are
 * as dear as some tens of trials: at most so long. */
enum { PAUSE = 64, TRIALS = 1000000 };

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
    int window;     /* the cheapest that keeps the tolerance; -1: none */
    double cost;    /* nanoseconds a site; infinite: none */
    int64_t repair; /* with bad sites in windows of this squared radius; 0: without */
    int64_t rival;  /* squared radius of Chebyshev windows that may be cheaper; 0: there are none */
    int closest;    /* the one that errs least of those that were measured; -1: none was */
    double error;   /* its error */
} el_found;

/* What they are measured with: one set of samples and one reference for all windows, since errors
 * measured at different sites could not be compared. exact: the windows of the reference, by
 * squared radius and cost. */
typedef struct el_trial {
    double temperature, bound;
    el_samples *s;
    el_family reference;
    int64_t exact;
    double exact_cost;
} el_trial;

/* May errors of a size be left to a window? strict: part of the tolerance. */
static bool small_enough(const weft_electron *e, double error, double strict)
{
    return error <= 0.7 * strict * e->own->options.tolerance;
}

/* The error of window i with bad sites as in the reference. x: its family, which is changed. */
static double error_repaired(weft_electron *e, const el_trial *t, int i, el_family x)
{
    el_family before;
    el_rational_family(e, t->s, &e->own->window[i - 1], t->temperature, t->bound, before);
    for (int k = 0; k < EL_SAMPLES; k++)
        for (int j = 0; j < EL_MEMBERS && fabs(x[0][k] - before[0][k]) > el_repair_limit(e); j++)
            x[j][k] = t->reference[j][k];
    return el_distance(e, t->temperature, t->s, x, t->reference).rms;
}

/* A window that is not good enough by itself may be so without its worst sites.
 * Window i with bad sites computed again, if that keeps the tolerance and is the cheapest so far.
 * It costs window i and the one before it at all sites, and the large window at the bad ones. */
static weft_status try_repair(weft_electron *e, const el_trial *t, int i, double cost, el_family x,
                              el_found *found)
{
    double share;
    cost += rational_cost(e, i - 1, t->temperature, t->bound);
    if (cost >= found->cost || !small_enough(e, error_repaired(e, t, i, x), e->own->strict))
        return WEFT_OK;
    WEFT_TRY(el_repair_share(e, i, t->temperature, t->bound, &share));
    cost += share * t->exact_cost;
    if (cost < found->cost) {
        found->window = i;
        found->cost = cost;
        found->repair = t->exact;
    }
    return WEFT_OK;
}

/* A window dearer than the best so far is not even tried. Where none keeps that part of the
 * tolerance, which a window found wanting made smaller, the one that errs least may still keep the
 * whole: the check after the solve says so (electron.c). */
static weft_status choose_window(weft_electron *e, const el_trial *t, el_found *found)
{
    const el_private *p = e->own;
    for (int i = p->least; i < p->windows; i++) {
        el_family x;
        double cost = rational_cost(e, i, t->temperature, t->bound);
        if (cost >= found->cost)
            continue;
        el_rational_family(e, t->s, &p->window[i], t->temperature, t->bound, x);
        double error = el_distance(e, t->temperature, t->s, x, t->reference).rms;
        if (!(error >= found->error)) {
            found->error = error;
            found->closest = i;
        }
        if (small_enough(e, error, p->strict)) {
            found->window = i;
            found->cost = cost;
            found->repair = 0;
        } else if (p->options.repair && i > 0) {
            WEFT_TRY(try_repair(e, t, i, cost, x, found));
        }
    }
    if (found->window < 0 && found->closest >= 0 && small_enough(e, found->error, 1)) {
        found->window = found->closest;
        found->cost = rational_cost(e, found->closest, t->temperature, t->bound);
    }
    return WEFT_OK;
}

/* The part of its cost that a window must stand to lose before windows of the other kind are chosen
 * beside it, so that the choice pays for itself until the next one. It costs about as much as two
 * solves and the measuring of 40,000 sites; the next one comes after 128 solves, and where the
 * state moves away from that of the last choice mostly after some ten. Small lattices lose no more
 * than the limit. */
static double least_gain(const el_private *p)
{
    const double choice = 2 + 4e4 / (double)p->sites;
    return fmin(choice / (choice + (p->moving ? 12 : 128)), 0.4);
}

/* Could a Chebyshev window be cheaper than what was found? Each size up to the reference is given
 * the largest order that would still be cheaper, and tried at the samples that are there: this
 * costs less than the choice of Chebyshev windows by orders of magnitude, which is made only where
 * one of them keeps the tolerance. The reference itself is one of them, and the last. */
static int64_t find_rival(weft_electron *e, const el_trial *t, double cost)
{
    const el_private *p = e->own;
    const double safe = el_safe_exponent(p->options.tolerance);
    int64_t found = 0;
    bool whole = false;
    for (int64_t r2 = 1, last = 0; last < t->exact && found == 0 && !whole;
         last = r2, r2 = el_radius_next(e->grid->dim, r2 + r2 / 8)) {
        r2 = r2 < t->exact ? r2 : t->exact;
        el_shape shape = el_window_shape(e, r2);
        const double unit = el_chebyshev_cost(e, (double)shape.sites, 1, t->temperature, t->bound);
        el_accuracy how = el_choice_accuracy(e, fmin(cost / unit, safe));
        whole = el_shape_whole(&shape) || how.exponent < 1;
        if (how.exponent >= 1) {
            el_family x;
            el_samples_solve(e, t->temperature, t->s, &shape, &how, x);
            if (el_distance(e, t->temperature, t->s, x, t->reference).rms <=
                p->strict_chebyshev * p->options.tolerance)
                found = r2;
        }
        el_shape_free(&shape);
    }
    return found;
}

/* A reference that is at least as wide as the windows, so that their potential is collected.
 * rivals: ask for Chebyshev windows that may be cheaper. */
static weft_status try_rational(weft_electron *e, double temperature, double bound, bool rivals,
                                el_found *found)
{
    el_private *p = e->own;
    const double safe = el_safe_exponent(p->options.tolerance);
    const el_accuracy how = el_choice_accuracy(e, safe);
    el_samples s = {0};
    el_trial t = {.temperature = temperature, .bound = bound, .s = &s};
    el_deviation rest;
    int64_t r = el_largest_reach(p);
    t.exact = r * r;
    weft_status status = el_stratify(e, temperature, (uint64_t)p->solves, bound, &s);
    if (status == WEFT_OK)
        status = el_reference(e, temperature, &s, &how, p->options.repair ? 0.3 * p->strict : 0.3,
                              INFINITY, &t.exact, t.reference, &rest);
    if (status == WEFT_OK) {
        el_shape shape = el_window_shape(e, t.exact);
        t.exact_cost = el_chebyshev_cost(e, (double)shape.sites, safe, temperature, bound);
        el_shape_free(&shape);
        status = choose_window(e, &t, found);
        if (status == WEFT_OK && rivals && found->window >= 0)
            found->rival = find_rival(e, &t, (1 - least_gain(p)) * found->cost);
    }
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
    if (p->windows == 0)
        return weft_fail(WEFT_FAILED,
                         "no rational window keeps the tolerance %g; use force: auto or "
                         "chebyshev, or a larger force_tolerance",
                         p->options.tolerance);
    const bool wanting = found->closest < 0;
    const double error = wanting ? p->stated : found->error;
    const el_window *w = &p->window[wanting ? p->windows - 1 : found->closest];
    return weft_fail(WEFT_FAILED,
                     "no rational window keeps the tolerance %g: the best one (%d sites) misses "
                     "the density or the energy by %.2g in the present state%s; use force: auto or "
                     "chebyshev, or a larger force_tolerance",
                     p->options.tolerance, w->program.inner, error,
                     error > p->options.tolerance
                         ? ""
                         : ", and no more than 0.7 of the tolerance may be used up at a choice");
}

/* What the solver works with from now on; window -1 stands for Chebyshev windows. */
static void use(el_private *p, const el_found *found)
{
    p->chosen = found->window;
    p->repair = found->repair;
}

/* After they lost, rational windows are not tried again for a while; only the choice of the
 * cheapest depends on it. The pause grows with the solves that were made before, until trials cost
 * a few per cent of them: a trial costs as much as some dozens on a small lattice, and as one on a
 * large one, where the pause is short (25 solves of 200 x 200 sites), since Chebyshev windows may
 * be far dearer where rational ones erred too much for once. */
static bool is_pause(const el_private *p)
{
    const int64_t grown = PAUSE + p->tried, most = TRIALS / p->sites;
    return p->options.solver == WEFT_ELECTRON_AUTO && p->chosen < 0 && p->tried >= 0 &&
           p->solves < p->tried + (grown < most ? grown : most);
}

/* Would a rational window that costs no more than this, less than the Chebyshev ones, keep the
 * tolerance at the samples by which those were chosen? This costs next to nothing beside that
 * choice. */
static bool could_win(weft_electron *e, const el_evidence *seen, double temperature, double bound,
                      double cost)
{
    const el_private *p = e->own;
    for (int i = p->least; i < p->windows; i++) {
        bool collected = seen->samples.v != NULL;
        for (int a = 3 - e->grid->dim; a < 3; a++)
            collected &= p->window[i].program.reach <= seen->samples.half[a];
        if (!collected || rational_cost(e, i, temperature, bound) >= cost)
            continue;
        el_family x;
        el_rational_family(e, &seen->samples, &p->window[i], temperature, bound, x);
        if (small_enough(e, el_distance(e, temperature, &seen->samples, x, seen->reference).rms,
                         p->strict))
            return true;
    }
    return false;
}

/* Chebyshev windows for the present state, and what they cost; infinite where none serves. Where
 * rational windows pause (found NULL: they do not), they are tried after all if one of them could
 * win. */
static weft_status choose_chebyshev(weft_electron *e, double temperature, double bound,
                                    const weft_electron_mark *now, el_found *found, double *cost)
{
    el_private *p = e->own;
    const double strict = p->strict;
    el_evidence seen = {0};
    *cost = INFINITY;
    p->strict = p->strict_chebyshev;
    weft_status status = el_check_order(e, temperature, now);
    if (status == WEFT_OK)
        status = el_calibrate(e, temperature, bound, &seen);
    p->strict = strict;
    if (status == WEFT_OK) {
        *cost = el_chebyshev_cost(e, (double)p->shape.sites, p->exponent, temperature, bound);
        if (found && could_win(e, &seen, temperature, bound, (1 - least_gain(p)) * *cost) &&
            try_rational(e, temperature, bound, false, found) != WEFT_OK)
            weft_error_clear(); /* the Chebyshev windows serve */
    }
    el_samples_free(&seen.samples);
    return status;
}

/* The cheapest of all windows that keep the tolerance. Rational windows are tried first, as
 * they are mostly the cheapest. If neither kind serves, the error is that of the Chebyshev windows,
 * which says what could help. */
weft_status el_choose(weft_electron *e, double temperature, const weft_electron_mark *now)
{
    el_private *p = e->own;
    const bool rational_only = p->options.solver == WEFT_ELECTRON_RATIONAL;
    const double bound = el_rational_bound(e, now);
    const bool possible = p->windows > 0 && rational_cost(e, 0, temperature, bound) < INFINITY;
    const bool paused = possible && is_pause(p);
    el_found found = {.window = -1, .cost = INFINITY, .closest = -1, .error = INFINITY};
    double cost;
    if (possible && !paused)
        WEFT_TRY(try_rational(e, temperature, bound, !rational_only, &found));
    if (rational_only && found.window < 0)
        return no_rational(e, possible, &found);
    use(p, &found);
    if (found.window >= 0 && found.rival == 0)
        return WEFT_OK;
    use(p, &(el_found){.window = -1});
    if (found.rival != 0) /* near what will be chosen */
        WEFT_TRY(el_use_radius(e, found.rival));
    weft_status status =
        choose_chebyshev(e, temperature, bound, now, paused ? &found : NULL, &cost);
    if (status != WEFT_OK && found.window < 0 && !paused)
        return status;
    weft_error_clear();
    if (status != WEFT_OK && found.window < 0) { /* not the time to pause */
        p->tried = -1;
        return el_choose(e, temperature, now);
    }
    if (found.cost < cost)
        use(p, &found);
    else if (possible && (!paused || found.closest >= 0))
        p->tried = p->solves;
    return WEFT_OK;
}

/* Nanoseconds a site of the windows at bad sites. */
static double exact_cost(const weft_electron *e)
{
    const el_private *p = e->own;
    const double bound = el_rational_bound(e, &p->mark);
    return el_chebyshev_cost(e, (double)p->exact.shape.sites,
                             el_safe_exponent(p->options.tolerance), p->mark.temperature, bound);
}

/* The order of Chebyshev windows is the largest of all tiles: for them it is an upper estimate. */
void weft_electron_cost(const weft_electron *e, double *cost)
{
    const el_private *p = e->own;
    const double order = (double)e->order;
    double share, size = (double)p->sites / 1024;
    weft_electron_repaired(e, &share);
    if (p->options.solver == WEFT_ELECTRON_DENSE) {
        *cost = 1.3e5 * size * size * size / (double)p->sites;
        return;
    }
    if (p->chosen < 0) {
        *cost = 1e-3 * el_chebyshev_products(e, (double)p->shape.sites, order);
        return;
    }
    *cost =
        p->window[p->chosen].cost * order * (el_rational_single(e) ? 1 : 2) + el_network_cost(e);
    if (p->repair != 0)
        *cost += p->window[p->chosen - 1].cost * order * (el_rational_single(e) ? 1 : 2) +
                 share * exact_cost(e);
    *cost *= 1e-3;
}
