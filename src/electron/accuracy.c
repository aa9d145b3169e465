/* The live error of the densities and of the energy, by two levels.
 *
 * Level one is known at every site: how much density and grand potential change from the windows
 * in use, in their own arithmetic, to larger ones of a higher order. Level two is what these
 * larger windows still miss, against a reference whose border does not matter; it is measured at
 * samples. What samples can miss is then a part of the small second level only: sites that the
 * windows in use get wrong are all counted. (Two-level estimates of this kind: the difference
 * estimator of W. G. Cochran, Sampling Techniques, 3rd ed., section 7; as multilevel Monte Carlo:
 * M. B. Giles, Oper. Res. 56 (2008) 607.)
 *
 * Single sites. Errors have long tails, and one site of some hundreds can carry most of the mean
 * square. Where both windows of level one agree there by accident, the change says nothing. So
 * sites are sampled by two indicators, whichever is larger in units of its root mean square: the
 * change, and dn/dmu. A wrong border shifts the levels next to a site, which moves its density by
 * dn/dmu times the shift: sites with a level at mu are where errors are large, and no pair of
 * windows can hide them by agreeing, since dn/dmu is no difference. The sixteen largest are always
 * sampled, and a quarter of the samples each goes to the rest of the top per cent and of the top
 * tenth, so that sites without either sign of an error are the only ones of which few are seen.
 * For these one site that was not seen is allowed for, as bad as the worst of the samples.
 *
 * Bound and estimate. The order of the reference adds at most (2/pi) exp(-exponent), a bound, which
 * is stated. What the border of the reference does, what an error of mu does, and the rest of the
 * tail are estimates, meant as upper ones: they hold if the sites of large errors are those of
 * large changes or slopes, but for one. tests/physics/holstein_property.c tries that on random
 * states.
 *
 * Invariants. Nothing of the solver changes by being measured (radius, order and mu are put
 * back), so that a run with and without this observable has the same bits. Sums over the lattice
 * are exact ones, so that decisions taken from them do not depend on the ranks. */
#include "calibrate.h"
#include "weft/exact.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The first level: from the windows in use to larger ones. */
typedef struct el_change {
    double *n, *omega;            /* of the owned sites: change of n; Omega of the larger ones */
    double *slope;                /* dn/dmu of the owned sites, of one of the two */
    double square, largest, mean; /* of n over the lattice: mean square, largest, mean */
    double energy;                /* mean change of Omega */
    double bound;                 /* on the error of n at any site at this mu; 0: none is known */
    double slope_square, slope_mean, slope_largest, product; /* means; product: of n and slope */
} el_change;

/* The grand potential of the windows in use, as weft_electron_omega sums it. */
static weft_status omega_in_use(weft_electron *e, double temperature, double bound, double *omega)
{
    static const el_function function = EL_OMEGA;
    if (bound > 0)
        return el_repair_omega(e, temperature, bound, omega);
    return el_sites(e, temperature, 1, &function, omega);
}

/* Chebyshev windows of a radius and an exponent, with dn/dmu, which costs them nothing beside
 * Omega: both are even functions, and take the same moments. Those in use are put back. */
static weft_status by_radius(weft_electron *e, double temperature, int64_t radius2, double exponent,
                             double *values)
{
    static const el_function list[] = {EL_DENSITY, EL_OMEGA, EL_SLOPE}; /* as in el_change */
    el_private *p = e->own;
    const int64_t radius2_before = p->radius2;
    const double exponent_before = p->exponent;
    p->exponent = exponent;
    weft_status status = el_use_radius(e, radius2);
    if (status == WEFT_OK)
        status = el_sites(e, temperature, 3, list, values);
    p->exponent = exponent_before;
    return status == WEFT_OK ? el_use_radius(e, radius2_before) : status;
}

/* Larger Chebyshev windows: a quarter farther, and at least one site, with 1.3 times the order. */
static weft_status by_chebyshev(weft_electron *e, double temperature, double *values)
{
    const el_private *p = e->own;
    int64_t r = (int64_t)sqrt((double)(p->radius2 > 0 ? p->radius2 : 0));
    r += r / 4 + 1;
    return by_radius(e, temperature, p->radius2 < 0 ? -1 : r * r, 1.3 * p->exponent, values);
}

/* The next larger rational window. Beyond the largest, where states are hardest, Chebyshev windows
 * that reach a site farther: a smaller window can agree with it by accident. Sites that were
 * computed again in still larger windows keep what they have. omega: of the windows in use. */
static weft_status by_rational(weft_electron *e, double temperature, double bound,
                               const double *omega, double *values)
{
    el_private *p = e->own;
    const el_window *w = &p->window[p->chosen + 1];
    const int64_t r = el_largest_reach(p) + 1;
    if (p->chosen + 1 == p->windows) {
        WEFT_TRY(by_radius(e, temperature, r * r, el_safe_exponent(p->options.tolerance), values));
    } else {
        WEFT_TRY(el_rational_density(e, w, temperature, bound, values, NULL));
        WEFT_TRY(el_rational_omega(e, w, temperature, bound, values + p->local_sites));
    }
    for (int64_t k = 0; k < p->exact.count; k++) {
        const int64_t i = p->exact.site[k];
        values[i] = e->density[i] - 0.5;
        values[p->local_sites + i] = omega[i];
    }
    return WEFT_OK;
}

/* Means over the lattice. rise: of Omega, of the owned sites. */
static void summarise(const weft_electron *e, const double *rise, el_change *c)
{
    enum { SUMS = 6 };
    weft_exact sum[SUMS];
    const int64_t n = e->own->local_sites;
    double largest[2] = {0}, mean[SUMS];
    for (int j = 0; j < SUMS; j++)
        weft_exact_clear(&sum[j]);
    weft_exact_add_products(&sum[0], c->n, c->n, n);
    weft_exact_add(&sum[1], rise, n);
    weft_exact_add(&sum[2], c->n, n);
    weft_exact_add_products(&sum[3], c->slope, c->slope, n);
    weft_exact_add_products(&sum[4], c->slope, c->n, n);
    weft_exact_add(&sum[5], c->slope, n);
    for (int64_t i = 0; i < n; i++) {
        largest[0] = fmax(largest[0], fabs(c->n[i]));
        largest[1] = fmax(largest[1], fabs(c->slope[i]));
    }
    weft_exact_allreduce(e->grid->comm, sum, SUMS);
    MPI_Allreduce(MPI_IN_PLACE, largest, 2, MPI_DOUBLE, MPI_MAX, e->grid->comm);
    for (int j = 0; j < SUMS; j++)
        mean[j] = weft_exact_value(&sum[j]) / (double)e->own->sites;
    c->square = mean[0];
    c->energy = mean[1];
    c->mean = mean[2];
    c->slope_square = mean[3];
    c->product = mean[4];
    c->slope_mean = mean[5];
    c->largest = largest[0];
    c->slope_largest = largest[1];
}

/* dn/dmu of the windows in use: at a fixed filling the search for mu left it, Chebyshev windows
 * gave it with Omega, and rational ones give it at twice the cost of the density. */
static weft_status slopes(weft_electron *e, double temperature, double bound, double *slope)
{
    const el_private *p = e->own;
    const int64_t n = p->local_sites;
    if (!isnan(p->options.filling)) {
        memcpy(slope, p->share + n, (size_t)n * sizeof *slope);
        return WEFT_OK;
    }
    if (bound <= 0)
        return WEFT_OK;
    double *unused = weft_alloc((size_t)n, sizeof *unused);
    weft_status status =
        el_rational_density(e, &p->window[p->chosen], temperature, bound, unused, slope);
    weft_free(unused);
    return status;
}

/* The first level. On the whole lattice of chebyshev_full, which costs as much as its square, the
 * change is left out: only the order can be too low. The slopes are not: at a fixed filling an
 * error of mu moves the sites with a level there most. */
static weft_status change(weft_electron *e, double temperature, double bound, el_change *c)
{
    const int64_t n = e->own->local_sites;
    if (e->own->options.solver == WEFT_ELECTRON_CHEBYSHEV_FULL) {
        WEFT_TRY(slopes(e, temperature, bound, c->slope));
        summarise(e, c->n, c); /* no change, of the grand potential neither */
        return WEFT_OK;
    }
    double *rise = weft_alloc((size_t)n, sizeof *rise);
    weft_status status = omega_in_use(e, temperature, bound, rise);
    if (status == WEFT_OK)
        status = bound > 0 ? by_rational(e, temperature, bound, rise, c->n)
                           : by_chebyshev(e, temperature, c->n);
    if (status == WEFT_OK)
        status = slopes(e, temperature, bound, c->slope);
    for (int64_t i = 0; i < n && status == WEFT_OK; i++) {
        c->n[i] -= e->density[i] - 0.5;
        rise[i] = c->omega[i] - rise[i];
    }
    if (status == WEFT_OK)
        summarise(e, rise, c);
    weft_free(rise);
    return status;
}

/* At a fixed filling mu is such that the windows' densities have the wanted mean. At the true mu
 * all true densities have moved by what the windows' mean is off, shared out like the slopes
 * dn/dmu: near[k] is the share of sample k in a shift of the mean by one, from the slopes that the
 * search for mu left; wide[k] likewise, from what a shift by 3T does, for shifts of unknown size. 0
 * at a fixed mu. */
static void shares(const weft_electron *e, const el_samples *s, const el_change *c,
                   const el_family reference, double near[EL_SAMPLES], double wide[EL_SAMPLES])
{
    const el_private *p = e->own;
    double unused;
    memset(near, 0, EL_SAMPLES * sizeof *near);
    memset(wide, 0, EL_SAMPLES * sizeof *wide);
    if (isnan(p->options.filling))
        return;
    if (c->slope_mean > 0)
        el_samples_values(e, s, c->slope, near);
    for (int k = 0; k < s->count; k++) {
        near[k] = c->slope_mean > 0 ? near[k] / c->slope_mean : 0;
        wide[k] = fabs(reference[2][k]);
    }
    const double mean = el_mean(s, wide, &unused);
    for (int k = 0; k < s->count; k++)
        wide[k] = mean > 0 ? wide[k] / mean : 0;
}

/* The largest share of all sites: that of the site with a level at mu, which samples may miss. */
static double largest_share(const weft_electron *e, const el_change *c)
{
    const bool shared = !isnan(e->own->options.filling) && c->slope_mean > 0;
    return shared ? c->slope_largest / c->slope_mean : 0;
}

/* What an error of mu does to the free energy per site: the integral of (filling - n(mu')) from mu
 * to the true mu, n the true mean density. off: filling less n at mu. Where n reaches the filling
 * within 3T, that is at most 3T |off|, and half of |off| times the distance if n is linear; twice
 * that is taken. Where it does not, there is a gap between the two, and mu may be wrong by as much
 * as bands are wide. */
static double energy_of_mu(const weft_electron *e, double temperature, const el_samples *s,
                           const el_family reference, double off)
{
    const double width = 2 * e->grid->dim * el_energy_unit(e, temperature);
    double rise[EL_SAMPLES] = {0}, unused;
    if (isnan(e->own->options.filling) || off == 0)
        return 0;
    for (int k = 0; k < s->count; k++)
        rise[k] = off > 0 ? reference[1][k] + reference[2][k] - reference[0][k]
                          : reference[0][k] - reference[1][k] + reference[2][k];
    const double part = fabs(off) / el_mean(s, rise, &unused);
    return fabs(off) * (part > 0 && part < 1 ? EL_NEAR * temperature * part : width);
}

/* What is known of the samples: n - 1/2 and Omega of the larger windows, or of those in use. */
typedef struct el_measured {
    double n[EL_SAMPLES], change[EL_SAMPLES], omega[EL_SAMPLES];
} el_measured;

/* Both levels together. The mean square is the larger one of two upper limits, each an estimate and
 * three of its standard errors, or the one site of the head of this file if that is more: from the
 * samples alone, and from all sites (the change, and at a fixed filling the slope times the shift
 * of mu) with what the samples say of the rest. One of the two can be low, with a small standard
 * error, where a long tail was not met; that both are so is rare. A fifth is added, and a factor of
 * four to the largest sample of the second level, for sites worse than the worst of them. The grand
 * potential is minus the integral of the density over mu: its error per site is never stated below
 * that of the density in units of the hopping, since samples that miss the sites of the one miss
 * those of the other. */
static void combine(const weft_electron *e, double temperature, const el_samples *s,
                    const el_measured *m, const el_change *c, const el_family reference,
                    const el_deviation *rest, weft_electron_accuracy *out)
{
    double all[EL_SAMPLES] = {0}, extra[EL_SAMPLES] = {0}, far[EL_SAMPLES] = {0};
    double omega[EL_SAMPLES] = {0}, size[EL_SAMPLES] = {0}, near[EL_SAMPLES], wide[EL_SAMPLES];
    double se, se_all, se_omega, unused, second = 0;
    const double sites = (double)s->sites;
    for (int k = 0; k < s->count; k++) {
        far[k] = m->n[k] - reference[0][k];
        omega[k] = m->omega[k] - reference[3][k];
        size[k] = fabs(omega[k]);
    }
    const double off = el_mean(s, far, &se) - c->mean, unsure = 0.25 * fabs(off) + 2 * se;
    const double moved = off / fmax(c->slope_mean, 1e-300);
    shares(e, s, c, reference, near, wide);
    for (int k = 0; k < s->count; k++) {
        const double known = m->change[k] + off * near[k];
        const double d = fabs(far[k] - known) + unsure * wide[k];
        second = fmax(second, fabs(far[k]) + fabs(off) * near[k]);
        all[k] = d * d;
        extra[k] = d * d - known * known;
    }
    const double unseen = fmax(second, c->bound);
    const double one = unseen * unseen * (1 - (double)s->count / sites) / sites;
    double square = c->square + el_mean(s, extra, &se);
    const double mean = el_mean(s, all, &se_all), sampled = mean + fmax(3 * se_all, one);
    square += fmax(3 * se, one);
    if (!isnan(e->own->options.filling) && c->slope_mean > 0)
        square += 2 * moved * c->product + moved * moved * c->slope_square;
    /* Trained windows may err less than larger ones that are not: those only choose the samples. */
    square = e->own->options.solver == WEFT_ELECTRON_LEARNED ? sampled : fmax(square, sampled);
    const double rms = 1.2 * sqrt(square) + rest->rms, unit = el_energy_unit(e, temperature);
    double energy = fabs(el_mean(s, omega, &se_omega) - c->energy);
    energy += 3 * se_omega + 0.3 * el_mean(s, size, &unused) + rest->rms * unit;
    energy += energy_of_mu(e, temperature, s, reference, off);
    *out = (weft_electron_accuracy){
        .rms = rms,
        .largest = rest->largest +
                   (c->bound >= second ? c->bound : 1.05 * c->largest + 4 * second) +
                   (fabs(off) + unsure) * largest_share(e, c),
        .energy = fmax(1.1 * energy, rms * unit)};
}

/* Samples of the first level and of what it starts from. On the whole lattice of chebyshev_full
 * there is no first level, and Omega is computed at the samples alone. */
static void take(weft_electron *e, double temperature, el_samples *s, const el_change *c,
                 el_measured *m)
{
    const el_private *p = e->own;
    if (p->options.solver == WEFT_ELECTRON_CHEBYSHEV_FULL) {
        const el_accuracy how = {.exponent = p->exponent, .order = p->options.order};
        el_family present;
        el_samples_solve(e, temperature, s, &p->shape, &how, present);
        memcpy(m->omega, present[3], sizeof m->omega);
    } else {
        el_samples_values(e, s, c->omega, m->omega);
    }
    el_samples_values(e, s, e->density, m->n);
    el_samples_values(e, s, c->n, m->change);
    for (int k = 0; k < EL_SAMPLES; k++)
        m->n[k] += m->change[k] - 0.5;
}

/* Around an axis of odd length the lattice is no checkerboard, but every window is one: where mu
 * lies in the middle of the band all windows agree on a density of exactly one half, and their
 * borders seem not to matter, while the lattice has another. Then the reference is the lattice
 * itself. */
static bool needs_whole(const weft_electron *e)
{
    bool odd = false;
    for (int a = 3 - e->grid->dim; a < 3; a++)
        odd |= e->grid->n[a] % 2 == 1;
    return odd && e->own->sites <= EL_LARGEST_WINDOW;
}

/* The reference begins half again as wide as the present window, and with an exponent at which the
 * order adds no more than a thousandth of the tolerance, which is stated with the rest: errors far
 * below the tolerance hold, too. */
static weft_status measure(weft_electron *e, double temperature, el_samples *s, double bound,
                           const el_change *c, weft_electron_accuracy *out)
{
    el_private *p = e->own;
    el_family reference;
    el_deviation rest;
    el_measured m;
    int64_t r = (int64_t)(1.5 * sqrt((double)(p->radius2 > 0 ? p->radius2 : 0))) + 1;
    int64_t radius2 = p->radius2 < 0 ? -1 : r * r;
    const double fine = el_resolution(e), part = 0.1 * fine / p->options.tolerance;
    double safe = fmax(el_safe_exponent(0.01 * fine), 2 * p->exponent);
    if (bound > 0) {
        r = el_largest_reach(p) > 5 ? el_largest_reach(p) : 5;
        radius2 = r * r;
    }
    radius2 = needs_whole(e) ? -1 : radius2;
    take(e, temperature, s, c, &m);
    const el_accuracy how = {.exponent = safe};
    WEFT_TRY(el_reference(e, temperature, s, &how, part, fine, &radius2, reference, &rest));
    const double order = 2 / M_PI * exp(-safe);
    rest.rms += order;
    rest.largest += order;
    combine(e, temperature, s, &m, c, reference, &rest, out);
    return WEFT_OK;
}

/* 1 over a root mean square; 0 where that vanishes. */
static double per_root(double square)
{
    return square > 0 ? 1 / sqrt(square) : 0;
}

/* Sites are sampled by the change and by the slope, whichever is larger beside its own root mean
 * square: neither hides what the other shows. */
static weft_status both_levels(weft_electron *e, double temperature, uint64_t phase, double bound,
                               el_change *c, weft_electron_accuracy *out)
{
    const int64_t n = e->own->local_sites;
    el_samples s = {0};
    WEFT_TRY(change(e, temperature, bound, c));
    double *size = weft_alloc((size_t)n, sizeof *size);
    const double unit = per_root(c->square), unit_of_slope = per_root(c->slope_square);
    for (int64_t i = 0; i < n; i++)
        size[i] = fmax(unit * fabs(c->n[i]), unit_of_slope * fabs(c->slope[i]));
    el_stratify_by(e, phase, size, &s);
    weft_free(size);
    weft_status status = measure(e, temperature, &s, bound, c, out);
    el_samples_free(&s);
    return status;
}

/* What the order adds on the whole lattice is a bound, for each site: the sum of the coefficients
 * that are left out, (2/pi) exp(-exponent), since they fall like exp(-rate) and their poles have
 * the residue T. The exponent of an order that the user gave is at least that of the widest band
 * that the potential allows. */
static double bound_of_order(const weft_electron *e, double temperature,
                             const weft_electron_mark *now)
{
    const el_private *p = e->own;
    const int dim = e->grid->dim, crossed = dim > 1 ? 2 * dim * (dim - 1) : 2;
    const double band =
        2 * dim * fabs(p->options.hopping) + crossed * fabs(p->options.next_hopping);
    const double width = fmax(fabs(now->low - e->mu), fabs(now->high - e->mu)) + band;
    const double rate = el_rate(temperature, 1.0005 * EL_BIN_RATIO * width);
    return 2 / M_PI * exp(p->options.order > 0 ? -(double)p->options.order * rate : -p->exponent);
}

/* The window of now is restored from what was noted at the beginning. */
weft_status el_error(weft_electron *e, double temperature, uint64_t phase,
                     const weft_electron_mark *now, weft_electron_accuracy *out)
{
    const int64_t n = e->own->local_sites;
    const double bound = e->own->chosen >= 0 ? el_rational_bound(e, now) : 0;
    weft_status status = bound > 0 ? WEFT_OK : el_use_radius(e, e->own->radius2);
    const int64_t order = e->order;
    const double radius = e->radius;
    el_change c = {0};
    c.n = weft_alloc((size_t)(3 * n), sizeof *c.n);
    c.omega = c.n + n;
    c.slope = c.n + 2 * n;
    if (e->own->options.solver == WEFT_ELECTRON_CHEBYSHEV_FULL)
        c.bound = bound_of_order(e, temperature, now);
    if (status == WEFT_OK)
        status = both_levels(e, temperature, phase, bound, &c, out);
    weft_free(c.n);
    e->order = order;
    e->radius = radius;
    return status;
}
