/* The bath that Langevin steppers share, private to src/stepper. */
#ifndef WEFT_STEPPER_BATH_H
#define WEFT_STEPPER_BATH_H

#include "weft/model.h"

/* Exact Ornstein-Uhlenbeck flow of the momenta over dt, with the noise of this step:
 * p <- a p + sqrt((1 - a^2) v) xi, a = exp(-gamma dt), v the variance of model.h. The first
 * momentum takes the noise of component number first, the next ones those that follow: a second
 * flow in a step takes others. sites: room for the owned sites where momenta live in k space, else
 * NULL. Collective in k space, else local. */
void stepper_bath_flow(weft_sim *sim, double t, double dt, int first, double *sites);

/* p += amplitude * xi at every site of all momenta, likewise. */
void stepper_bath_noise(weft_sim *sim, int first, double amplitude, double *sites);

/* p <- factor * p for all momenta. Local. */
void stepper_bath_scale(weft_sim *sim, double factor);

#endif
