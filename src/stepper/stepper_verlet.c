/* Störmer-Verlet, which is the splitting itself: one step of weight 1 (composition.c).
 * Symplectic and reversible: the energy oscillates about its value by O(dt^2) and does not drift.
 * Stable while dt omega < 2: the map of an oscillator has the trace 2 - (dt omega)^2, and its
 * eigenvalues leave the unit circle where that passes -2. */
#include "composition.h"

static const double weights[] = {1};

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_composition_setup(sim, dt, sizeof weights / sizeof *weights, weights, data);
}

const weft_stepper weft_stepper_verlet = {
    .name = "verlet",
    .summary = "Störmer-Verlet (leapfrog), symplectic",
    .reference = "E. Hairer, C. Lubich, G. Wanner, Acta Numerica 12, 399 (2003)",
    .order = 2,
    .needs = WEFT_HAS_SPLIT,
    .refuses = WEFT_HAS_NOISE | WEFT_HAS_HEAT,
    .space = WEFT_X,
    .oscillation_limit = 2.0,
    .params = stepper_composition_params,
    .setup = setup,
    .destroy = stepper_composition_destroy,
    .step = stepper_composition_step,
    .sync = stepper_composition_sync,
};
