/* Velocity Verlet, then the exact Ornstein-Uhlenbeck flow of the momenta. One force a step,
 * as the model keeps the force of the last kick until q changes. The thermostat stands at
 * one end of the step and not in its middle, so that the splitting is of order 1, where
 * baoab has order 2. Momenta at the end of a step are those after the thermostat. */
#include "bath.h"
#include "weft/stepper.h"

/* The noise is that of this step's number, drawn once. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    (void)data;
    const weft_families *f = &sim->model->families;
    double h = *dt, t = sim->time;
    WEFT_TRY(f->kick(sim, t, 0.5 * h, 1));
    WEFT_TRY(f->drift(sim, t, h, 1));
    WEFT_TRY(f->kick(sim, t + h, 0.5 * h, 1));
    stepper_bath_flow(sim, t + h, h, 0, NULL);
    return WEFT_OK;
}

const weft_stepper weft_stepper_verlet_ou = {
    .name = "verlet_ou",
    .summary = "velocity Verlet with an exact Ornstein-Uhlenbeck thermostat after each step",
    .reference = "Bussi and Parrinello, Phys. Rev. E 75 (2007) 056707",
    .order = 1,
    .needs = WEFT_HAS_SPLIT | WEFT_HAS_BATH,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_X,
    .oscillation_limit = 2,
    .step = step,
};
