/* Three Verlet steps composed to order 4, with the weights w, 1 - 2w, w, where 2 w^3 + (1 -
 * 2w)^3 = 0. The middle one goes back in time: w > 1. This is the only real symmetric
 * composition of three steps of order 4; its error constant is large, and stepper_split4.c
 * has a better one where the linear part is exact. */
#include "composition.h"

#define W1 1.35120719195965763405 /* 1/(2 - 2^(1/3)) */
static const double weights[] = {W1, 1 - 2 * W1, W1};

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_composition_setup(sim, dt, sizeof weights / sizeof *weights, weights, data);
}

const weft_stepper weft_stepper_yoshida4 = {
    .name = "yoshida4",
    .summary = "three Verlet steps composed to order 4, symplectic",
    .reference = "H. Yoshida, Phys. Lett. A 150, 262 (1990); E. Forest, R. D. Ruth, Physica D 43, "
                 "105 (1990)",
    .order = 4,
    .needs = WEFT_HAS_SPLIT,
    .refuses = WEFT_HAS_NOISE | WEFT_HAS_HEAT,
    .space = WEFT_X,
    .oscillation_limit = 1.57,
    .params = stepper_composition_params,
    .setup = setup,
    .destroy = stepper_composition_destroy,
    .step = stepper_composition_step,
    .sync = stepper_composition_sync,
};
