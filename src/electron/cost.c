/* What windows cost, and whether a run with them is worth it beside diagonalisation. Costs are
 * constants of the program, measured once on one core, and no measured times: a choice made by them
 * can be repeated, and is the same on all ranks. */
#include "calibrate.h"

/* Nanoseconds a product. */
const double el_chebyshev_speed = 0.1;

/* Sites of a window times half of the order (odd moments alone). */
double el_chebyshev_cost(double sites, double exponent, double temperature, double bound)
{
    return el_chebyshev_speed * sites * 0.5 * exponent / el_rate(temperature, bound);
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
        bound > 0 ? n * el_chebyshev_cost((double)sites, exponent, temperature, bound) : 0;
    if (cost < 3e7 || cost < 2 * dense)
        return WEFT_OK;
    return weft_fail(WEFT_FAILED,
                     "the electron temperature %g needs windows of %lld sites and orders up to "
                     "%.3g, about %.2g s a step; force: dense takes about %.2g s; or use a higher "
                     "electron temperature",
                     temperature, (long long)sites, exponent / el_rate(temperature, bound),
                     1e-9 * cost, 1e-9 * dense);
}
