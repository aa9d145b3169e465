/* Compositions of the second-order splitting, private to src/stepper. */
#ifndef WEFT_STEPPER_COMPOSITION_H
#define WEFT_STEPPER_COMPOSITION_H

#include "weft/stepper.h"

/* The key form of the section time. */
extern const weft_param stepper_composition_params[];

/* S(w[0] h) S(w[1] h) ... S(w[n-1] h) with the palindromic weights w, which must outlive the
 * stepper. S is, with kicks K, drifts D and damping C (where there is any),
 *   velocity: K(h/2) D(h/2) C(h) D(h/2) K(h/2)
 *   position: D(h/2) C(h/2) K(h) C(h/2) D(h/2). Local. */
weft_status stepper_composition_setup(weft_sim *sim, double dt, int n, const double *w,
                                      void **data);
void stepper_composition_destroy(weft_sim *sim, void *data);
/* One step, whose last piece is left pending; and that piece (sim->state is then the state
 * at sim->time). Errors: those of kick and drift. Collective. */
weft_status stepper_composition_step(weft_sim *sim, void *data, double *dt);
weft_status stepper_composition_sync(weft_sim *sim, void *data);

#endif
