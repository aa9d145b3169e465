/* Velocity Verlet, then the exact Ornstein-Uhlenbeck flow of the momenta. One force a step. */
#include "bath.h"
#include "weft/stepper.h"

static weft_status step(weft_sim *sim, void *data, double *dt)
{
    (void)data;
    const weft_families *f = &sim->model->families;
    double h = *dt, t = sim->time;
    WEFT_TRY(f->kick(sim, t, 0.5 * h, 1));
    WEFT_TRY(f->drift(sim, t, h, 1));
    WEFT_TRY(f->kick(sim, t + h, 0.5 * h, 1));
    stepper_bath_flow(sim, t + h, h);
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
