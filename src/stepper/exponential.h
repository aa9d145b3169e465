/* Exponential splittings of q_tt = -a(k) q + N(q) - c q_t, private to src/stepper. */
#ifndef WEFT_STEPPER_EXPONENTIAL_H
#define WEFT_STEPPER_EXPONENTIAL_H

#include "weft/stepper.h"

/* R(a[0] h) K(b[0] h) R(a[1] h) ... K(b[m-1] h) R(a[0] h): R the exact flow of the linear part, K
 * the kick by N; both lists are palindromic, a holds its first m/2 + 1 entries and b its first
 * (m+1)/2, and must outlive the stepper. Collective. */
weft_status stepper_exponential_setup(weft_sim *sim, double dt, int m, const double *a,
                                      const double *b, void **data);
void stepper_exponential_destroy(weft_sim *sim, void *data);
/* One step, of which the last kick and rotation are left pending; and those. Errors: those of
 * nonlinear_k. Collective. */
weft_status stepper_exponential_step(weft_sim *sim, void *data, double *dt);
weft_status stepper_exponential_sync(weft_sim *sim, void *data);

#endif
