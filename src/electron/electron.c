/* The interface of the solvers: when to measure, what mu is, and the sums over the lattice.
 *
 * A window is the set of sites around a site from which its density is computed. Its radius
 * and the order of the expansion in it are calibrated: chosen by measuring errors at sample
 * sites. A mark is what is noted of the state at a calibration (temperature, mu, range and
 * mean of the potential): as long as the state is near it, the calibration holds.
 *
 * Invariants. What windows need beside the potential (mu, exponent, radius, how many
 * solves, the state of the last calibration) is weft_electron_memory: with it a solve
 * repeats to the bit, on any number of ranks; that is why a resumed run equals an unbroken
 * one. Every decision is taken from numbers that all ranks share and that do not depend on
 * their number (maxima, sums of whole numbers, exact sums): so all ranks calibrate
 * together, and none waits for another. */
#include "calibrate.h"
#include "dense.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TRIES = 12 };

extern const char *openblas_get_config(void) __attribute__((weak));

/* At solve 0, then at 8, 16, 32, 64 and 128, and every 128 from there: often at first, when
 * the state changes fast. */
static bool calibration_due(int64_t solves)
{
    return solves % 128 == 0 || (solves >= 8 && (solves & (solves - 1)) == 0);
}

/* Least and largest V, and the sum of |V| in units of a sixteenth of the temperature, rounded to
 * whole numbers; of some values, in as many lanes as a register has. */
typedef struct el_range {
    double low[WEFT_LANES], high[WEFT_LANES], finite[WEFT_LANES]; /* finite: 0, else nan */
    int64_t sum[WEFT_LANES];
} el_range;

static inline void take_in(el_range *r, const double *restrict v, int64_t n, double per_unit)
{
    for (int l = 0; l < n; l++) {
        const double size = fabs(v[l]) * per_unit;
        r->low[l] = v[l] < r->low[l] ? v[l] : r->low[l];
        r->high[l] = v[l] > r->high[l] ? v[l] : r->high[l];
        r->finite[l] += v[l] - v[l];
        r->sum[l] += (int64_t)((size < 1e9 ? size : 1e9) + 0.5);
    }
}

/* Least, largest and mean V; infinite bounds if any is not finite. The mean is one of whole
 * numbers, so that it does not depend on the ranks. */
static weft_electron_mark take_mark(const weft_electron *e, double temperature)
{
    const el_private *p = e->own;
    const double unit = temperature > 0 ? temperature / 16 : 1. / 16;
    const int64_t n = p->local_sites;
    double range[2] = {-INFINITY, -INFINITY};
    int64_t i = 0, sum = 0;
    el_range r = {0};
    for (int l = 0; l < WEFT_LANES; l++) {
        r.low[l] = INFINITY;
        r.high[l] = -INFINITY;
    }
    for (; i + WEFT_LANES <= n; i += WEFT_LANES)
        take_in(&r, e->potential + i, WEFT_LANES, 1 / unit);
    take_in(&r, e->potential + i, n - i, 1 / unit);
    for (int l = 0; l < WEFT_LANES; l++) {
        const bool finite = r.finite[l] == 0;
        range[0] = fmax(range[0], finite ? -r.low[l] : INFINITY);
        range[1] = fmax(range[1], finite ? r.high[l] : INFINITY);
        sum += r.sum[l];
    }
    MPI_Allreduce(MPI_IN_PLACE, range, 2, MPI_DOUBLE, MPI_MAX, e->grid->comm);
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_INT64_T, MPI_SUM, e->grid->comm);
    return (weft_electron_mark){temperature, e->mu, unit * (double)sum / (double)p->sites,
                                -range[0], range[1]};
}

/* Has x moved by more than some per cent, or by what the temperature smears out? The larger
 * of the two is the limit: small changes of small numbers matter no more than the
 * temperature. */
static bool differs(double x, double y, double part, double temperature)
{
    return fabs(x - y) > fmax(part * fabs(y), 0.25 * temperature);
}

/* Errors of windows depend on temperature, mu and the potential; these limits keep the
 * change of an error within the share of the tolerance that is left for it. */
static bool has_moved(const weft_electron_mark *then, const weft_electron_mark *now)
{
    double T = then->temperature;
    return fabs(now->temperature - T) > 0.03 * T || fabs(now->mu - then->mu) > 0.1 * T ||
           differs(now->mean, then->mean, 0.05, T) ||
           differs(now->high - now->low, then->high - then->low, 0.1, T);
}

/* One solve with windows as they are: rational ones where they were chosen, else
 * Chebyshev's; at a fixed mu or for a filling. The density is n, of which windows give n -
 * 1/2. */
static weft_status solve_once(weft_electron *e, double temperature, const weft_electron_mark *now)
{
    static const el_function density = EL_DENSITY;
    el_private *p = e->own;
    if (p->chosen < 0)
        WEFT_TRY(el_use_radius(e, p->radius2));
    else
        e->radius = sqrt((double)p->window[p->chosen].radius2);
    if (!isnan(p->options.filling))
        return el_solve_filling(e, temperature, now);
    if (p->chosen < 0)
        WEFT_TRY(el_sites(e, temperature, 1, &density, e->density));
    else
        WEFT_TRY(el_repair_density(e, temperature, el_rational_bound(e, now), false, p->share,
                                   e->density, NULL));
    for (int64_t i = 0; i < p->local_sites; i++)
        e->density[i] += 0.5;
    return WEFT_OK;
}

/* Windows that are not fixed by the user, or an order that is not. */
static bool measured(const weft_electron *e)
{
    const weft_electron_options *o = &e->own->options;
    if (o->solver == WEFT_ELECTRON_CHEBYSHEV)
        return o->radius <= 0 || o->order <= 0;
    return o->solver == WEFT_ELECTRON_RATIONAL || o->solver == WEFT_ELECTRON_AUTO;
}

/* A first guess of mu from the smallest windows, so that nothing is measured far from it:
 * errors at another mu say little. It may fail (no such filling in small windows), which
 * does not matter. */
static void guess_mu(weft_electron *e, double temperature)
{
    if (el_use_radius(e, 4) == WEFT_OK && el_solve_filling(e, temperature, NULL) != WEFT_OK)
        weft_error_clear();
}

/* Samples by which windows are chosen can miss the few sites that matter. After a choice the error
 * of what was solved is measured (accuracy.c); where what is stated lies above the tolerance, the
 * choice is made again for a smaller part of it, among windows beyond the one that was found
 * wanting: a run goes on with windows whose stated error keeps the tolerance, and with no others.
 * *again: so.
 */
static weft_status check_choice(weft_electron *e, double temperature, const weft_electron_mark *now,
                                bool *again)
{
    el_private *p = e->own;
    const double tolerance = fmax(p->options.tolerance, 1e-11); /* rounding is not to be mended */
    weft_electron_accuracy a = {0};
    *again = false;
    if (p->options.radius > 0) /* the user's, who is told the error */
        return WEFT_OK;
    WEFT_TRY(el_error(e, temperature, (uint64_t)p->solves + 7919, now, &a));
    const double most = fmax(a.rms, a.energy / el_energy_unit(e, temperature)) / tolerance;
    *again = !(most <= 1);
    if (*again) {
        const double part = fmin(fmax(0.7 / most, 0.2), 0.7);
        *(p->chosen < 0 ? &p->strict_chebyshev : &p->strict) *= part;
        p->least = p->chosen < 0 ? p->least : p->chosen + 1;
        p->stated = most * tolerance;
    }
    return WEFT_OK;
}

/* The last resort where windows are not enough, or the chemical potential does not settle with
 * them: the whole lattice as a window, where it is small. There the order alone is left to err. */
static weft_status solve_whole(weft_electron *e, double temperature, const weft_electron_mark *now,
                               bool *good)
{
    el_private *p = e->own;
    bool again = true;
    *good = false;
    if (p->options.solver == WEFT_ELECTRON_RATIONAL || p->sites > EL_LARGEST_WINDOW)
        return WEFT_OK;
    p->chosen = -1;
    p->repair = 0;
    p->exponent = el_safe_exponent(p->options.tolerance);
    WEFT_TRY(el_use_radius(e, -1));
    WEFT_TRY(solve_once(e, temperature, now));
    p->mark = *now;
    p->mark.mu = e->mu;
    WEFT_TRY(check_choice(e, temperature, now, &again));
    *good = !again;
    return WEFT_OK;
}

/* Why windows were given up. */
static weft_status not_kept(const weft_electron *e, bool settled)
{
    const weft_electron_options *o = &e->own->options;
    if (settled)
        return weft_fail(WEFT_FAILED,
                         "the tolerance %g is not kept by windows of this state; use the solver "
                         "chebyshev_full or dense, or a larger tolerance",
                         o->tolerance);
    return weft_fail(WEFT_FAILED,
                     "windows and chemical potential do not settle at the filling %g: use the "
                     "solver chebyshev_full or dense",
                     o->filling);
}

/* Where no other windows may be chosen, and no other solver is recommended. */
static weft_status choose_chebyshev(weft_electron *e, double temperature)
{
    el_evidence seen = {0};
    e->own->strict = e->own->strict_chebyshev;
    const weft_status status = el_calibrate(e, temperature, 0, &seen);
    el_samples_free(&seen.samples);
    return status;
}

/* What was measured at one mu does not hold at another: once mu has moved, measure again. This
 * mostly takes one or two rounds; where it goes back and forth (the filling lies at the edge of a
 * gap, and windows of different sizes disagree about it), larger windows are taken, which disagree
 * less. */
static weft_status solve_windows(weft_electron *e, double temperature, weft_electron_mark now)
{
    el_private *p = e->own;
    p->moving = has_moved(&p->mark, &now);
    bool due = calibration_due(p->solves) || p->moving, chosen, moved = false;
    if (due) { /* what sufficed the last time, and a little more: it may have become easier */
        p->strict = fmin(1, 1.1 * p->strict);
        p->strict_chebyshev = fmin(1, 1.1 * p->strict_chebyshev);
    }
    bool free_choice = p->options.solver != WEFT_ELECTRON_CHEBYSHEV;
    p->least = 0;
    if (p->solves == 0 && !isnan(p->options.filling) && (free_choice || p->options.radius <= 0))
        guess_mu(e, temperature);
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        chosen = due;
        if (due) {
            now.mu = e->mu;
            WEFT_TRY(free_choice ? el_choose(e, temperature, &now)
                                 : choose_chebyshev(e, temperature));
            p->mark = now;
        }
        WEFT_TRY(solve_once(e, temperature, &now));
        moved = due = fabs(e->mu - p->mark.mu) > 0.1 * temperature;
        if (moved && tries > 2) {
            p->strict *= 0.5;
            p->strict_chebyshev *= 0.5;
        }
        if (!due && chosen)
            WEFT_TRY(check_choice(e, temperature, &now, &due));
        if (!due)
            return WEFT_OK;
    }
    bool good;
    p->strict = p->strict_chebyshev = 1;
    WEFT_TRY(solve_whole(e, temperature, &now, &good));
    return good ? WEFT_OK : not_kept(e, !moved);
}

/* Energies beyond those of a training by this factor are warned of. */
static const double beyond = 1.1;

/* The learned force is one window; its error is measured when windows would be chosen again, and a
 * density that errs by more than the tolerance is none. When that is due is part of the memory of a
 * solve, so that a resumed run measures at the same ones. */
static weft_status solve_learned(weft_electron *e, double temperature,
                                 const weft_electron_mark *now)
{
    el_private *p = e->own;
    const weft_learned *l = p->options.learned;
    const bool due = calibration_due(p->solves) || has_moved(&p->mark, now);
    weft_electron_accuracy a = {0};
    WEFT_TRY(solve_once(e, temperature, now));
    if (!due)
        return WEFT_OK;
    const double most = el_rational_bound(e, now);
    if (p->solves == 0 && most > beyond * l->bound)
        weft_warn("energies reach %.3g from the chemical potential, and the learned force was "
                  "trained up to %.3g: its error is measured, but may grow",
                  most, l->bound);
    p->mark = *now;
    p->mark.mu = e->mu;
    WEFT_TRY(el_error(e, temperature, (uint64_t)p->solves + 7919, now, &a));
    if (a.rms <= p->options.tolerance)
        return WEFT_OK;
    return weft_fail(
        WEFT_FAILED,
        "the learned force errs by %.2g (root mean square of the density) in the "
        "present state, and force_tolerance is %.2g; where it was not trained it erred "
        "by %.2g: train it on states like this one, take a larger tolerance, or "
        "force: auto",
        a.rms, p->options.tolerance, l->error);
}

/* The number of solves only counts those that succeeded. */
static weft_status solve_chebyshev(weft_electron *e, double temperature, weft_electron_mark now)
{
    el_private *p = e->own;
    if (p->options.solver == WEFT_ELECTRON_CHEBYSHEV ||
        p->options.solver == WEFT_ELECTRON_CHEBYSHEV_FULL)
        WEFT_TRY(el_check_order(e, temperature, &now));
    if (p->options.solver == WEFT_ELECTRON_LEARNED)
        WEFT_TRY(solve_learned(e, temperature, &now));
    else if (measured(e))
        WEFT_TRY(solve_windows(e, temperature, now));
    else
        WEFT_TRY(solve_once(e, temperature, &now));
    p->solves++;
    return WEFT_OK;
}

/* Filling 0 or 1: there is nothing to find, and mu lies beyond all levels. */
static bool trivial(const weft_electron *e)
{
    return e->own->options.filling == 0 || e->own->options.filling == 1;
}

/* mu is put 40 temperatures beyond the levels, where the occupation is 0 or 1 to rounding.
 * The dense solver finds this by itself. */
static bool solve_trivial(weft_electron *e, double temperature, const weft_electron_mark *now)
{
    const weft_electron_options *o = &e->own->options;
    int dim = e->grid->dim;
    if (o->solver == WEFT_ELECTRON_DENSE || !trivial(e))
        return false;
    double z2 = dim == 1 ? 2 : dim == 2 ? 4 : 12;
    double margin = 2 * dim * fabs(o->hopping) + z2 * fabs(o->next_hopping) + 40 * temperature + 1;
    e->mu = o->filling == 0 ? now->low - margin : now->high + margin;
    for (int64_t i = 0; i < e->own->local_sites; i++)
        e->density[i] = o->filling;
    e->own->solves++;
    return true;
}

/* Potentials beyond 1e12 are those of a run that blows up. */
weft_status weft_electron_solve(weft_electron *e, double temperature)
{
    el_private *p = e->own;
    p->before = weft_electron_now(e);
    weft_electron_mark now = take_mark(e, temperature);
    if (!(now.low > -1e12 && now.high < 1e12))
        return weft_fail(WEFT_FAILED, "the site energies of the electrons are not finite");
    if (solve_trivial(e, temperature, &now))
        return WEFT_OK;
    return p->options.solver == WEFT_ELECTRON_DENSE ? el_dense_solve(e, temperature)
                                                    : solve_chebyshev(e, temperature, now);
}

/* What hopping adds to a site's own energy: on a chain of two, the second neighbour along either
 * direction is the site itself. */
static double loop(const weft_electron *e)
{
    return e->grid->dim == 1 && e->grid->n[2] == 2 ? -2 * e->own->options.next_hopping : 0;
}

/* Omega is a sum over sites of an even function of E - mu and half of the trace of H - mu,
 * which is known exactly. A trivial filling has no even part to compute. */
weft_status weft_electron_omega(weft_electron *e, double temperature, double *omega)
{
    static const el_function function = EL_OMEGA;
    el_private *p = e->own;
    if (p->options.solver == WEFT_ELECTRON_DENSE) {
        *omega = el_dense_omega(e, temperature);
        return WEFT_OK;
    }
    if (trivial(e)) { /* all levels empty, or all filled */
        for (int64_t i = 0; i < p->local_sites; i++)
            p->share[i] = p->options.filling * (e->potential[i] - e->mu + loop(e));
        el_sums(e, p->share, 1, omega);
        return WEFT_OK;
    }
    int64_t order = e->order;
    weft_electron_mark now = take_mark(e, temperature);
    if (p->chosen >= 0) {
        WEFT_TRY(el_repair_omega(e, temperature, el_rational_bound(e, &now), p->share));
    } else {
        WEFT_TRY(el_use_radius(e, p->radius2));
        WEFT_TRY(el_sites(e, temperature, 1, &function, p->share));
    }
    e->order = order;
    for (int64_t i = 0; i < p->local_sites; i++)
        p->share[i] += 0.5 * (e->potential[i] - e->mu + loop(e));
    el_sums(e, p->share, 1, omega);
    return WEFT_OK;
}

/* The dense solver and trivial fillings have no error of windows. */
weft_status weft_electron_error(weft_electron *e, double temperature, uint64_t phase,
                                weft_electron_accuracy *out)
{
    *out = (weft_electron_accuracy){0};
    if (e->own->options.solver == WEFT_ELECTRON_DENSE || trivial(e))
        return WEFT_OK;
    weft_electron_mark now = take_mark(e, temperature);
    return el_error(e, temperature, phase, &now, out);
}

int64_t weft_electron_sites(const weft_electron *e)
{
    const el_private *p = e->own;
    if (p->chosen >= 0)
        return p->window[p->chosen].program.sites;
    return p->options.solver == WEFT_ELECTRON_DENSE ? p->sites : p->shape.sites;
}

/* For the lines at the start of a run. */
const char *weft_electron_method(const weft_electron *e)
{
    const el_private *p = e->own;
    if (p->options.solver == WEFT_ELECTRON_DENSE)
        return "dense diagonalisation";
    if (p->options.solver == WEFT_ELECTRON_CHEBYSHEV_FULL)
        return "Chebyshev on the whole lattice";
    if (p->options.solver == WEFT_ELECTRON_LEARNED)
        return "rational windows with trained numbers";
    if (p->chosen < 0)
        return "Chebyshev in windows";
    if (p->repair != 0)
        return "rational windows, bad sites in Chebyshev windows";
    return p->window[p->chosen].embed ? "rational windows with their outer neighbours"
                                      : "rational windows";
}

bool weft_electron_blas_tuned(void)
{
    return openblas_get_config != NULL;
}
