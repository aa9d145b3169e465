/* Models whose noise is sampled by its exact transition law: the model's `sample` does a
 * whole step. So densities that noise drives towards an absorbing state reach zero exactly,
 * and never become negative, as they would with Euler's method. */
#include "weft/stepper.h"

static weft_status step(weft_sim *sim, void *data, double *dt)
{
    (void)data;
    return sim->model->families.sample(sim, *dt);
}

const weft_stepper weft_stepper_split_step = {
    .name = "split_step",
    .summary =
        "exact sampling of square-root noise with the neighbours held, then the rest; order 1",
    .reference = "I. Dornic, H. Chate, M. A. Munoz, Phys. Rev. Lett. 94, 100601 (2005)",
    .order = 1,
    .needs = WEFT_HAS_SAMPLE,
    .space = WEFT_X,
    .decay_limit = 2.0,
    .step = step,
};
