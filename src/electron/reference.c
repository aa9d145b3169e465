/* What measured errors of local densities are compared with.
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
 *    lattice has no border and is exact. */
#include "calibrate.h"
#include <math.h>

static const double MOST_WORK = 3e7;

/* Errors of the neighbouring potentials are a guard and count a tenth; the grand potential
 * is measured in units of the hopping, or of the temperature without one. */
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

/* Samples of a stratum follow each other, with one weight. The weighted mean of strata is an
 * unbiased estimate; its variance comes from the scatter within each stratum, and a stratum that
 * was taken whole has none. */
double el_mean(const el_samples *s, const double x[EL_SAMPLES], double *error)
{
    double mean = 0, variance = 0;
    for (int k = 0, end; k < s->count; k = end) {
        double sum = 0, squares = 0, w = s->weight[k];
        for (end = k; end < s->count && s->stratum[end] == s->stratum[k]; end++)
            sum += x[end];
        const int n = end - k;
        for (int j = k; j < end; j++)
            squares += (x[j] - sum / n) * (x[j] - sum / n);
        mean += w * sum;
        if (n > 1 && w * (double)s->sites > 1.5)
            variance += w * w * n / (n - 1) * squares;
    }
    *error = sqrt(variance);
    return mean;
}

/* At each sample the member of the family that differs most counts. */
el_deviation el_distance(const weft_electron *e, double temperature, const el_samples *s,
                         const el_family x, const el_family y)
{
    double scale[EL_MEMBERS], d[EL_SAMPLES] = {0};
    scales(e, temperature, scale);
    for (int k = 0; k < s->count; k++)
        for (int j = 0; j < EL_MEMBERS; j++)
            d[k] = fmax(d[k], scale[j] * fabs(x[j][k] - y[j][k]));
    el_deviation out = {0};
    double square[EL_SAMPLES] = {0}, unused;
    for (int k = 0; k < s->count; k++) {
        square[k] = d[k] * d[k];
        out.largest = fmax(out.largest, d[k]);
    }
    out.rms = sqrt(el_mean(s, square, &unused));
    return out;
}

/* From the error bound (2/pi) exp(-exponent) of an expansion. */
double el_safe_exponent(double tolerance)
{
    return fmax(log(2 / (0.1 * tolerance * M_PI)), 2);
}

/* For measuring, beside the window in use. */
el_shape el_window_shape(const weft_electron *e, int64_t radius2)
{
    el_shape shape;
    el_shape_make(e->grid->dim, e->grid->n, radius2, e->own->options.next_hopping != 0, &shape);
    return shape;
}

/* Does a window that reaches so far come near its own images along the axis? */
static bool meets_images(int64_t reach, int64_t n)
{
    return 8 * (reach + 1) >= 3 * n;
}

/* Half the way from the wall to the farther mirror, since the truth lies between them. Along a
 * periodic axis that is hardly longer than the window, what goes around the axis is as large as
 * what comes back from the wall, and of any sign: then the truth may lie at a mirror. */
static double way(const weft_electron *e, const el_shape *shape)
{
    bool images = false;
    for (int a = 3 - shape->dim; a < 3; a++)
        images |= !shape->wrap[a] && meets_images(shape->low[a], e->grid->n[a]);
    return images ? 1 : 0.5;
}

/* How much the border of a window matters. A whole lattice has no border, and the loop over mirrors
 * does nothing. wall: becomes the family with the hard wall. */
static el_deviation border(const weft_electron *e, double temperature, el_samples *s,
                           const el_shape *shape, el_accuracy how, el_family wall)
{
    el_family mirror;
    el_deviation most = {0};
    const double part = way(e, shape);
    el_samples_solve(e, temperature, s, shape, &how, wall);
    for (how.border = -1; how.border < 2 && !el_shape_whole(shape); how.border += 2) {
        el_samples_solve(e, temperature, s, shape, &how, mirror);
        el_deviation d = el_distance(e, temperature, s, wall, mirror);
        most.rms = fmax(most.rms, part * d.rms);
        most.largest = fmax(most.largest, part * d.largest);
    }
    return most;
}

/* Where the choice is left to the solver, the search for a reference is given up as soon as it
 * shows that no run will come of it: a window whose border still matters by ten times the tolerance
 * is too small, and so is every smaller one; if it is not worth its cost already, larger ones are
 * not. */
static weft_status worth_more(const weft_electron *e, double temperature, const el_samples *s,
                              double exponent, int64_t sites, double error)
{
    const weft_electron_options *o = &e->own->options;
    if (o->solver != WEFT_ELECTRON_AUTO || error <= 10 * o->tolerance)
        return WEFT_OK;
    return el_worth_it(e, temperature, sites, exponent, el_samples_bound(e, s));
}

/* Is a window of that radius nearly the lattice, which is exact and costs little more? */
static bool nearly_whole(const weft_electron *e, int64_t reach, double steps)
{
    const double sites = (double)e->own->sites;
    bool all = sites <= EL_LARGEST_WINDOW && sites * steps <= MOST_WORK;
    for (int a = 3 - e->grid->dim; a < 3; a++)
        all &= meets_images(reach, e->grid->n[a]);
    return all;
}

/* A window of this radius is whole along every axis. */
static int64_t reach_of_all(const weft_electron *e)
{
    int64_t reach = 1;
    for (int a = 3 - e->grid->dim; a < 3; a++)
        reach = e->grid->n[a] / 2 > reach ? e->grid->n[a] / 2 : reach;
    return reach;
}

/* Radii grow by a quarter. A window of more than EL_LARGEST_WINDOW sites, or of more than MOST_WORK
 * products of sites and steps (some seconds for all samples), costs more than the whole calibration
 * is worth. */
weft_status el_reference(weft_electron *e, double temperature, el_samples *s,
                         const el_accuracy *how, double part, double most, int64_t *radius2,
                         el_family best, el_deviation *rest)
{
    double tolerance = e->own->options.tolerance;
    const double exponent = how->exponent;
    int64_t r = *radius2 < 1 ? 1 : (int64_t)sqrt((double)*radius2);
    bool full = *radius2 < 0;
    for (;; r += (r + 3) / 4) {
        if (!full &&
            nearly_whole(e, r, (double)el_steps(exponent, temperature, el_samples_bound(e, s))))
            r = reach_of_all(e);
        el_shape shape = el_window_shape(e, full ? -1 : r * r);
        el_deviation d = *rest = border(e, temperature, s, &shape, *how, best);
        bool enough = el_shape_whole(&shape) || (d.rms <= part * tolerance && d.largest <= most);
        double sites = (double)shape.sites;
        double steps = (double)el_steps(exponent, temperature, el_samples_bound(e, s));
        el_shape_free(&shape);
        *radius2 = full ? -1 : r * r;
        if (enough)
            return WEFT_OK;
        WEFT_TRY(worth_more(e, temperature, s, exponent, (int64_t)sites, d.rms));
        if (sites > EL_LARGEST_WINDOW || sites * steps > MOST_WORK)
            return weft_fail(
                WEFT_FAILED,
                "the tolerance %g cannot be kept by windows: at radius %lld the border "
                "of a window still moves the density or the energy by %.2g; use the "
                "solver chebyshev_full or dense, a larger tolerance, or a higher "
                "electron temperature",
                tolerance, (long long)r, d.rms);
    }
}
