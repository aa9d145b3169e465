/* Models that advance themselves by stochastic site updates: the model's `sweep` does
 * whatever a step is to it, up to the time that is asked for. Such a model has no fixed
 * step; *dt says how far it may go, and then how far it came. It keeps its own state
 * between steps, and saves what a resume needs. */
#include "weft/stepper.h"

static weft_status step(weft_sim *sim, void *data, double *dt)
{
    (void)data;
    return sim->model->families.sweep(sim, dt);
}

const weft_stepper weft_stepper_sweep = {
    .name = "sweep",
    .summary = "the model advances itself by stochastic site updates",
    .reference = "see the model",
    .order = 1,
    .needs = WEFT_HAS_SWEEP,
    .space = WEFT_X,
    .adaptive = true,
    .step = step,
};
