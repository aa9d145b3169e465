/* The bath that Langevin steppers share, private to src/stepper. */
#ifndef WEFT_STEPPER_BATH_H
#define WEFT_STEPPER_BATH_H

#include "weft/model.h"

/* Exact Ornstein-Uhlenbeck flow of the momenta over dt, with the noise of this step:
 * p <- a p + sqrt((1 - a^2) m T) xi, a = exp(-gamma dt). Local. */
void stepper_bath_flow(weft_sim *sim, double t, double dt);

/* p += amplitude * xi at every site of all momenta, with the noise of this step. Local. */
void stepper_bath_noise(weft_sim *sim, double amplitude);

/* p <- factor * p for all momenta. Local. */
void stepper_bath_scale(weft_sim *sim, double factor);

#endif
