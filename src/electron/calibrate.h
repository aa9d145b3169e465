/* Measured errors of local densities, private to src/electron. */
#ifndef WEFT_ELECTRON_CALIBRATE_H
#define WEFT_ELECTRON_CALIBRATE_H

#include "internal.h"

enum { EL_LARGEST_WINDOW = 30000 }; /* sites of a window that is still tried */

/* Over samples, in units of the density. */
typedef struct el_deviation {
    double rms, largest;
} el_deviation;

/* Weighted mean of x over the samples, which estimates that of all sites; *error: its standard
 * error. Local. */
double el_mean(const el_samples *s, const double x[EL_SAMPLES], double *error);

/* The family's largest scaled deviation at each sample. Local. */
el_deviation el_distance(const weft_electron *e, double temperature, const el_samples *s,
                         const el_family x, const el_family y);

/* The exponent at which the bound itself keeps a tenth of the tolerance. Local. */
double el_safe_exponent(double tolerance);

/* Nanoseconds a site and pole of a window, in single precision. Local. */
double el_window_cost(const weft_electron *e, const el_window *w);
/* Nanoseconds of a Chebyshev window of so many sites, of an order. Local. */
double el_chebyshev_products(const weft_electron *e, double sites, double order);
/* The same at an exponent. bound: of |H - mu|. Local. */
double el_chebyshev_cost(const weft_electron *e, double sites, double exponent, double temperature,
                         double bound);
/* Nanoseconds a site of the network of a learned force; 0: there is none. Local. */
double el_network_cost(const weft_electron *e);
/* Is a run with such windows at least half as fast as one with diagonalisation? bound 0: it is not
 * asked. Errors: WEFT_FAILED. Local. */
weft_status el_worth_it(const weft_electron *e, double temperature, int64_t sites, double exponent,
                        double bound);

/* The window of a squared radius; < 0: the whole lattice. To be freed. Local. */
el_shape el_window_shape(const weft_electron *e, int64_t radius2);

/* With what accuracy a choice of windows measures samples. Local. */
el_accuracy el_choice_accuracy(const weft_electron *e, double exponent);

/* Grow a window from a radius until its border matters less than part of the tolerance in the root
 * mean square, and less than most at each sample: a reference. best: its family; rest: what its
 * border still does. Errors: WEFT_FAILED. Collective. */
weft_status el_reference(weft_electron *e, double temperature, el_samples *s,
                         const el_accuracy *how, double part, double most, int64_t *radius2,
                         el_family best, el_deviation *rest);

/* Choose samples by an indicator at every owned site, the change of the density from the windows
 * in use to larger ones. bound > 0: by rational windows. Collective. */
weft_status el_stratify(weft_electron *e, double temperature, uint64_t phase, double bound,
                        el_samples *s);
/* The same by an indicator that is there. Collective. */
void el_stratify_by(weft_electron *e, uint64_t phase, const double *indicator, el_samples *s);

/* The farthest reach of the rational windows. Local. */
int64_t el_largest_reach(const el_private *p);

#endif
