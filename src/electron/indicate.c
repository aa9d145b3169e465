/* The choice of samples. They are stratified by an indicator at every site (strata.c), the change
 * of the density from the window of now to one that reaches one site farther: defects just outside
 * of a window are seen, and the worst sites are among the samples. */
#include "calibrate.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* How much the density changes when the window reaches one site farther, at every owned
 * site. Zero where the window is the whole lattice: then all sites are alike. Only the
 * order of the sites counts, for which a fraction of the order is enough. Window and
 * exponent are put back. */
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

/* The same from two rational windows: the one in use and the next larger one, since the sites that
 * are worst in one pair of windows need not be so in another; before there is one, those that cost
 * little: the second and third of the list (13 sites without and with their outer neighbours on a
 * square lattice). */
static weft_status indicate_rational(weft_electron *e, double temperature, double bound,
                                     double *indicator)
{
    el_private *p = e->own;
    int64_t n = p->local_sites;
    const int wanted = p->chosen >= 0 ? p->chosen + 1 : 2;
    int large = wanted < p->windows ? wanted : p->windows - 1, small = large > 0 ? large - 1 : 0;
    double *far = weft_alloc((size_t)n, sizeof *far);
    weft_status status =
        el_rational_density(e, &p->window[small], temperature, bound, indicator, NULL);
    if (status == WEFT_OK)
        status = el_rational_density(e, &p->window[large], temperature, bound, far, NULL);
    for (int64_t i = 0; i < n && status == WEFT_OK; i++)
        indicator[i] = fabs(far[i] - indicator[i]);
    weft_free(far);
    return status;
}

/* The potential of the whole lattice, where it is kept, is gathered again, since it may be that of
 * an earlier state. phase: another one gives other samples of the same strata. */
void el_stratify_by(weft_electron *e, uint64_t phase, const double *indicator, el_samples *s)
{
    if (e->own->whole)
        el_gather(e, e->own->whole);
    el_samples_choose(e, indicator, phase, s);
    s->sites = e->own->sites;
}

/* Samples for the present state: an indicator at every site, and sites chosen by it. */
weft_status el_stratify(weft_electron *e, double temperature, uint64_t phase, double bound,
                        el_samples *s)
{
    double *indicator = weft_alloc((size_t)e->own->local_sites, sizeof *indicator);
    weft_status status = bound > 0 ? indicate_rational(e, temperature, bound, indicator)
                                   : indicate(e, temperature, indicator);
    if (status == WEFT_OK)
        el_stratify_by(e, phase, indicator, s);
    weft_free(indicator);
    return status;
}
