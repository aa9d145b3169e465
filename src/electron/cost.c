/* What windows cost, and whether a run with them is worth it beside diagonalisation. Costs are
 * constants of the program, measured once on one core in single precision (with AVX-512, programs
 * and all of chains with AVX2, in units of the former), and no measured times: a choice made by
 * them can be repeated, and is the same on all ranks. Only their ratios matter for it. */
#include "calibrate.h"
#include <math.h>

/* Nanoseconds a site and pole. The derivative with respect to mu, which a filling needs, doubles
 * the operations. On a chain many of them are inversions. */
double el_window_cost(const weft_electron *e, const el_window *w)
{
    static const double closed[2][3] = {{0.6, 2.3, 3.9}, {1.05, 4.9, 9.0}};
    const bool slope = !isnan(e->own->options.filling);
    const double count = (double)w->program.count;
    if (w->kind < EL_PROGRAM)
        return closed[slope][w->kind];
    if (e->grid->dim == 1)
        return (slope ? 0.64 : 0.3) * count;
    return (1.5 + 0.15 * count) * (slope ? 2.3 : 1);
}

/* Nanoseconds a weight, once, or for the three densities of a filling. */
double el_network_cost(const weft_electron *e)
{
    const weft_electron_options *o = &e->own->options;
    if (o->solver != WEFT_ELECTRON_LEARNED || o->learned->depth == 0)
        return 0;
    return 0.18 * (double)o->learned->weights * (isnan(o->filling) ? 1 : 3);
}

/* Sites of a window times half of the order (odd moments alone). A row of the cubic lattice has
 * seven entries in planes that lie far apart, and second neighbours have more. On a chain, whose
 * windows are small, a moment's way into the density counts as three sites. */
double el_chebyshev_products(const weft_electron *e, double sites, double order)
{
    const int dim = e->grid->dim;
    const double row = (dim == 3 ? 1.7 : 1) * (e->own->options.next_hopping != 0 ? 1.3 : 1);
    return 0.1 * row * (dim == 1 ? sites + 3 : sites) * 0.5 * order;
}

double el_chebyshev_cost(const weft_electron *e, double sites, double exponent, double temperature,
                         double bound)
{
    return el_chebyshev_products(e, sites, exponent / el_rate(temperature, bound));
}

/* Where the choice is left to the solver (bound > 0, of |H - mu|), no run is begun that
 * diagonalisation would do at least twice as fast (0.13 s for 1024 sites), in seconds a
 * step: at temperatures far below the distance of levels windows become the lattice, and orders
 * tens of thousands. */
weft_status el_worth_it(const weft_electron *e, double temperature, int64_t sites, double exponent,
                        double bound)
{
    const el_private *p = e->own;
    const double n = (double)p->sites, size = n / 1024, dense = 1.3e8 * size * size * size;
    const double cost =
        bound > 0 ? n * el_chebyshev_cost(e, (double)sites, exponent, temperature, bound) : 0;
    if (cost < 3e7 || cost < 2 * dense)
        return WEFT_OK;
    return weft_fail(WEFT_FAILED,
                     "the electron temperature %g needs windows of %lld sites and orders up to "
                     "%.3g, about %.2g s a step; force: dense takes about %.2g s; or use a higher "
                     "electron temperature",
                     temperature, (long long)sites, exponent / el_rate(temperature, bound),
                     1e-9 * cost, 1e-9 * dense);
}
