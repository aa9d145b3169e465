/* Errors of local densities: measured, and the choice of radius and order from them.
 *
 * What makes the estimate hold:
 *
 * 1. A family of functions is compared, not the density alone: the density at mu, its odd and even
 *    parts at mu +- 3T, and the grand potential. A symmetry or an empty band can make one of them
 *    agree by accident (n = 1/2 in any window of a uniform lattice at half filling), not all.
 * 2. A window is trusted as reference only when its border does not matter: the family is computed
 *    with a hard wall and with two mirrors (a cut neighbour is replaced by the site itself, with
 *    either sign of the hopping). Hard walls push the levels away from the band's edges, mirrors
 *    keep them (Dirichlet and Neumann conditions bracket the form of H), and in a uniform
 *    surrounding the truth lies in the middle between the two. Two windows of which both miss the
 *    band's edge agree with each other, but not with their mirrors. A window that holds the whole
 *    lattice has no border and is exact.
 * 3. Samples are stratified by an indicator at every site (strata.c), the change of the density
 * from the window of now to one that reaches one site farther: defects just outside of a window are
 * seen, and the worst sites are among the samples.
 * 4. What was measured holds for the state in which it was measured: see el_moved. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { LARGEST_WINDOW = 30000, ROUNDS = 4 };

/* Errors of the neighbouring potentials are a guard and count a tenth; the grand potential is
 * measured in units of the hopping, or of the temperature without one. */
static void scales(const weft_electron *e, double temperature, double scale[EL_MEMBERS])
{
    scale[0] = 1;
    scale[1] = scale[2] = 0.1;
    scale[3] = 1 / el_energy_unit(e, temperature);
}

double el_energy_unit(const weft_electron *e, double temperature)
{
    double t = fmax(fabs(e->own->options.hopping), fabs(e->own->options.next_hopping));
    return t > 0 ? t : temperature;
}

typedef struct deviation {
    double rms, largest;
} deviation;

/* Root of the weighted mean square, and the largest. upper: the mean square is raised by two
 * standard errors of it (of each stratum's mean, its samples being few). */
static deviation combine(const el_samples *s, const double d[EL_SAMPLES], bool upper)
{
    deviation out = {0};
    double mean = 0, variance = 0;
    for (int k = 0; k < s->count;) {
        int end = k;
        double sum = 0, squares = 0, n;
        for (; end < s->count && s->stratum[end] == s->stratum[k]; end++) {
            sum += d[end] * d[end];
            squares += d[end] * d[end] * d[end] * d[end];
            out.largest = fmax(out.largest, d[end]);
        }
        n = end - k;
        mean += s->weight[k] * sum;
        /* a stratum that was taken whole has no error of sampling */
        if (upper && n > 1 && s->weight[k] * (double)s->sites > 1.5)
            variance +=
                s->weight[k] * s->weight[k] * n / (n - 1) * fmax(squares - sum * sum / n, 0);
        k = end;
    }
    out.rms = sqrt(mean + 2 * sqrt(variance));
    return out;
}

/* The family's largest scaled deviation at each sample. */
static deviation distance(const weft_electron *e, double temperature, const el_samples *s,
                          const el_family x, const el_family y)
{
    double scale[EL_MEMBERS], d[EL_SAMPLES] = {0};
    scales(e, temperature, scale);
    for (int k = 0; k < s->count; k++)
        for (int j = 0; j < EL_MEMBERS; j++)
            d[k] = fmax(d[k], scale[j] * fabs(x[j][k] - y[j][k]));
    return combine(s, d, false);
}

/* The exponent at which the bound itself keeps a tenth of the tolerance. */
static double safe_exponent(double tolerance)
{
    return fmax(log(2 / (0.1 * tolerance * M_PI)), 2);
}

static el_shape shape_of(const weft_electron *e, int64_t radius2)
{
    el_shape shape;
    el_shape_make(e->grid->dim, e->grid->n, radius2, e->own->options.next_hopping != 0, &shape);
    return shape;
}

/* How much the border of a window matters: half the way from the wall to the farther mirror. */
static deviation border(const weft_electron *e, double temperature, el_samples *s,
                        const el_shape *shape, el_accuracy how, el_family wall)
{
    el_family mirror;
    deviation most = {0};
    el_samples_solve(e, temperature, s, shape, &how, wall);
    for (how.border = -1; how.border < 2 && !el_shape_whole(shape); how.border += 2) {
        el_samples_solve(e, temperature, s, shape, &how, mirror);
        deviation d = distance(e, temperature, s, wall, mirror);
        most.rms = fmax(most.rms, 0.5 * d.rms);
        most.largest = fmax(most.largest, 0.5 * d.largest);
    }
    return most;
}

/* Grow a window from a radius until its border matters less than part of the tolerance in the root
 * mean square, and less than most at each sample: a reference. */
static weft_status find_reference(weft_electron *e, double temperature, el_samples *s,
                                  double exponent, double part, double most, int64_t *radius2,
                                  el_family best, deviation *rest)
{
    double tolerance = e->own->options.tolerance;
    el_accuracy how = {.exponent = exponent};
    int64_t r = *radius2 < 1 ? 1 : (int64_t)sqrt((double)*radius2);
    bool full = *radius2 < 0;
    for (;; r += (r + 3) / 4) {
        el_shape shape = shape_of(e, full ? -1 : r * r);
        deviation d = *rest = border(e, temperature, s, &shape, how, best);
        bool enough = el_shape_whole(&shape) || (d.rms <= part * tolerance && d.largest <= most);
        int64_t sites = shape.sites;
        el_shape_free(&shape);
        *radius2 = full ? -1 : r * r;
        if (enough)
            return WEFT_OK;
        if (sites > LARGEST_WINDOW)
            return weft_fail(
                WEFT_FAILED,
                "the tolerance %g cannot be kept by windows: at radius %lld the border "
                "of a window still moves the density or the energy by %.2g; use the "
                "solver chebyshev_full or dense, a larger tolerance, or a higher "
                "electron temperature",
                tolerance, (long long)r, d.rms);
    }
}

/* Errors of one sign add up: the parts of the tolerance for radius and order stay below one. */
static const double radius_part = 0.5, order_part = 0.35;

static bool good(const weft_electron *e, double temperature, const el_samples *s, const el_family x,
                 const el_family reference, double part)
{
    return distance(e, temperature, s, x, reference).rms <= part * e->own->options.tolerance;
}

/* The smallest ball below the reference that is good. */
static int64_t choose_radius(weft_electron *e, double temperature, el_samples *s, double exponent,
                             int64_t most, const el_family reference)
{
    el_family trial;
    el_accuracy how = {.exponent = exponent};
    for (int64_t r2 = 1; r2 < most;) {
        el_shape shape = shape_of(e, r2);
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

static void choose_exponent(weft_electron *e, double temperature, el_samples *s, double most)
{
    el_private *p = e->own;
    el_family reference, trial;
    el_accuracy how = {.exponent = most};
    el_shape shape = shape_of(e, p->radius2);
    el_samples_solve(e, temperature, s, &shape, &how, reference);
    for (how.exponent = 1; how.exponent < most; how.exponent *= 1.2) {
        el_samples_solve(e, temperature, s, &shape, &how, trial);
        if (good(e, temperature, s, trial, reference, order_part))
            break;
    }
    p->exponent = fmin(how.exponent, most);
    el_shape_free(&shape);
}

/* How much the density changes when the window reaches one site farther, at every owned site. Zero
 * where the window is the whole lattice: then all sites are alike. Only the order of the sites
 * counts, for which a fraction of the order is enough. */
static weft_status indicate(weft_electron *e, double temperature, double *indicator)
{
    static const el_function density = EL_DENSITY;
    el_private *p = e->own;
    int64_t n = p->local_sites, radius2 = p->radius2;
    double exponent = p->exponent;
    memset(indicator, 0, (size_t)n * sizeof *indicator);
    if (el_shape_whole(&p->shape))
        return WEFT_OK;
    double *far = weft_alloc((size_t)n, sizeof *far);
    int64_t r = (int64_t)sqrt((double)radius2) + 1;
    p->exponent *= 0.6;
    weft_status status = el_sites(e, temperature, 1, &density, indicator);
    if (status == WEFT_OK)
        status = el_use_radius(e, r * r);
    if (status == WEFT_OK)
        status = el_sites(e, temperature, 1, &density, far);
    for (int64_t i = 0; i < n && status == WEFT_OK; i++)
        indicator[i] = fabs(far[i] - indicator[i]);
    weft_free(far);
    p->exponent = exponent;
    return status == WEFT_OK ? el_use_radius(e, radius2) : status;
}

/* The same from two rational windows, for what they cost: the second and third of the list (13
 * sites without and with their outer neighbours on a square lattice). */
static weft_status indicate_rational(weft_electron *e, double temperature, double bound,
                                     double *indicator)
{
    el_private *p = e->own;
    int64_t n = p->local_sites;
    int large = p->windows > 2 ? 2 : p->windows - 1, small = large > 0 ? large - 1 : 0;
    double *far = weft_alloc((size_t)n, sizeof *far);
    weft_status status =
        el_rational_sites(e, &p->window[small], false, temperature, bound, indicator);
    if (status == WEFT_OK)
        status = el_rational_sites(e, &p->window[large], false, temperature, bound, far);
    for (int64_t i = 0; i < n && status == WEFT_OK; i++)
        indicator[i] = fabs(far[i] - indicator[i]);
    weft_free(far);
    return status;
}

/* The potential of the whole lattice, where it is kept, belongs to the state of now. bound > 0: by
 * rational windows. */
static weft_status choose_samples(weft_electron *e, double temperature, uint64_t phase,
                                  double bound, el_samples *s)
{
    double *indicator = weft_alloc((size_t)e->own->local_sites, sizeof *indicator);
    weft_status status = bound > 0 ? indicate_rational(e, temperature, bound, indicator)
                                   : indicate(e, temperature, indicator);
    if (status == WEFT_OK && e->own->whole)
        el_gather(e, e->own->whole);
    if (status == WEFT_OK)
        el_samples_choose(e, indicator, phase, s);
    s->sites = e->own->sites;
    weft_free(indicator);
    return status;
}

/* Samples are chosen by the windows of before; where those turn out to be far from enough, once
 * more. */
static weft_status find_radius(weft_electron *e, double temperature, el_samples *s, double safe)
{
    el_private *p = e->own;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t before = p->radius2, enough = before;
        el_family reference;
        deviation rest;
        WEFT_TRY(choose_samples(e, temperature, (uint64_t)(p->solves + round), 0, s));
        WEFT_TRY(find_reference(e, temperature, s, safe, 0.3, INFINITY, &enough, reference, &rest));
        int64_t chosen = choose_radius(e, temperature, s, safe, enough, reference);
        WEFT_TRY(el_use_radius(e, chosen));
        if (round > 0 ? chosen <= before : chosen <= before && 2 * chosen >= before)
            return WEFT_OK;
        el_samples_free(s);
    }
    return WEFT_OK;
}

weft_status el_calibrate(weft_electron *e, double temperature)
{
    el_private *p = e->own;
    const weft_electron_options *o = &p->options;
    double safe = safe_exponent(o->tolerance);
    el_samples s = {0};
    weft_status status = el_use_radius(e, p->radius2 < 1 && o->radius <= 0 ? 1 : p->radius2);
    if (o->radius <= 0) {
        if (status == WEFT_OK)
            status = find_radius(e, temperature, &s, safe);
    } else {
        status = choose_samples(e, temperature, (uint64_t)p->solves, 0, &s);
    }
    if (status == WEFT_OK && o->order <= 0)
        choose_exponent(e, temperature, &s, safe);
    el_samples_free(&s);
    return status;
}

/* ---- rational windows ---- */

/* Nanoseconds a site of a rational window and of Chebyshev windows, by the measured speed of their
 * kernels in single precision: part of the program, so that a choice can be repeated. */
static double rational_cost(weft_electron *e, int i, double temperature, double bound)
{
    el_poles poles;
    if (!el_rational_poles(e, false, temperature, bound, &poles))
        return INFINITY;
    return e->own->window[i].cost * poles.count;
}

static double chebyshev_cost(double sites, double exponent, double temperature, double bound)
{
    return 0.2 * sites * 0.5 * exponent / el_rate(temperature, bound);
}

/* The cheapest rational window whose family agrees with the reference; -1: none. */
static int choose_window(weft_electron *e, double temperature, double bound, el_samples *s,
                         const el_family reference)
{
    el_private *p = e->own;
    int best = -1;
    double least = INFINITY;
    for (int i = 0; i < p->windows; i++) {
        el_family trial;
        double cost = rational_cost(e, i, temperature, bound);
        if (cost >= least)
            continue;
        el_rational_family(e, s, &p->window[i], temperature, bound, trial);
        if (distance(e, temperature, s, trial, reference).rms <= 0.7 * p->options.tolerance) {
            best = i;
            least = cost;
        }
    }
    return best;
}

static int64_t largest_reach(const el_private *p)
{
    int64_t reach = 0;
    for (int i = 0; i < p->windows; i++)
        reach = p->window[i].program.reach > reach ? p->window[i].program.reach : reach;
    return reach;
}

/* A reference that is at least as wide as the windows, so that their potential is collected. */
static weft_status try_rational(weft_electron *e, double temperature, double bound, int *found)
{
    el_private *p = e->own;
    el_samples s = {0};
    el_family reference;
    deviation rest;
    int64_t r = largest_reach(p), radius2 = r * r;
    weft_status status = choose_samples(e, temperature, (uint64_t)p->solves, bound, &s);
    if (status == WEFT_OK)
        status = find_reference(e, temperature, &s, safe_exponent(p->options.tolerance), 0.3,
                                INFINITY, &radius2, reference, &rest);
    *found = status == WEFT_OK ? choose_window(e, temperature, bound, &s, reference) : -1;
    el_samples_free(&s);
    return status;
}

static weft_status no_rational(const weft_electron *e, bool poles)
{
    return weft_fail(WEFT_FAILED,
                     poles ? "no rational window keeps the tolerance %g; use force: auto or "
                             "chebyshev, or a larger force_tolerance"
                           : "not even 12 poles keep the tolerance %g at this spectrum and "
                             "temperature; use force: auto or chebyshev, or a larger "
                             "force_tolerance",
                     e->own->options.tolerance);
}

weft_status el_choose(weft_electron *e, double temperature, const weft_electron_mark *now)
{
    el_private *p = e->own;
    bool rational_only = p->options.solver == WEFT_ELECTRON_RATIONAL;
    double bound = el_rational_bound(e, now);
    bool possible = p->windows > 0 && rational_cost(e, 0, temperature, bound) < INFINITY;
    int found = -1;
    if (possible)
        WEFT_TRY(try_rational(e, temperature, bound, &found));
    if (rational_only && found < 0)
        return no_rational(e, possible);
    double cost = found < 0 ? INFINITY : rational_cost(e, found, temperature, bound);
    double least = chebyshev_cost(2 * e->grid->dim + 1, 1, temperature, bound);
    p->chosen = found;
    if (rational_only || cost <= least)
        return WEFT_OK;
    p->chosen = -1;
    weft_status status = el_calibrate(e, temperature);
    if (status != WEFT_OK && found < 0)
        return status;
    weft_error_clear();
    if (status != WEFT_OK ||
        cost < chebyshev_cost((double)p->shape.sites, p->exponent, temperature, bound))
        p->chosen = found;
    return WEFT_OK;
}

/* ---- the live error ---- */

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

/* Upper estimates: two fifths for what 64 samples miss of the mean, a factor of three for sites
 * worse than the worst of them, and what the border of the reference still does. */
static weft_status measure(weft_electron *e, double temperature, el_samples *s, double bound,
                           weft_electron_accuracy *out)
{
    el_private *p = e->own;
    el_family present, reference;
    deviation rest;
    double density[EL_SAMPLES], d[EL_SAMPLES] = {0}, energy = 0;
    int64_t r = (int64_t)(1.5 * sqrt((double)(p->radius2 > 0 ? p->radius2 : 0))) + 1;
    int64_t radius2 = p->radius2 < 0 ? -1 : r * r;
    double safe = fmax(safe_exponent(p->options.tolerance), 2 * p->exponent);
    el_accuracy how = {
        .exponent = p->exponent, .order = p->options.order, .single = p->engine.single};
    if (bound > 0) {
        r = largest_reach(p) > 5 ? largest_reach(p) : 5;
        radius2 = r * r;
    } else {
        el_samples_solve(e, temperature, s, &p->shape, &how, present);
    }
    WEFT_TRY(find_reference(e, temperature, s, safe, 0.1, p->options.tolerance, &radius2, reference,
                            &rest));
    if (bound > 0)
        el_rational_family(e, s, &p->window[p->chosen], temperature, bound, present);
    el_samples_values(e, s, e->density, density);
    for (int k = 0; k < s->count; k++) {
        d[k] = fabs(density[k] - 0.5 - reference[0][k]);
        energy += s->weight[k] * fabs(present[3][k] - reference[3][k]);
    }
    add_shift(e, s, reference, density, d);
    deviation n = combine(s, d, true);
    *out = (weft_electron_accuracy){.rms = 1.4 * n.rms + rest.rms,
                                    .largest = 3 * n.largest + rest.largest,
                                    .energy =
                                        1.4 * energy + rest.rms * el_energy_unit(e, temperature)};
    return WEFT_OK;
}

weft_status el_error(weft_electron *e, double temperature, uint64_t phase,
                     const weft_electron_mark *now, weft_electron_accuracy *out)
{
    el_samples s = {0};
    double bound = e->own->chosen >= 0 ? el_rational_bound(e, now) : 0;
    weft_status status = bound > 0 ? WEFT_OK : el_use_radius(e, e->own->radius2);
    int64_t order = e->order;
    double radius = e->radius;
    if (status == WEFT_OK)
        status = choose_samples(e, temperature, phase, bound, &s);
    if (status == WEFT_OK)
        status = measure(e, temperature, &s, bound, out);
    e->order = order;
    e->radius = radius;
    el_samples_free(&s);
    return status;
}
