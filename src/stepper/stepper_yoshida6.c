/* Seven Verlet steps composed to order 6: Yoshida's solution A, of his three
 * the one with the smallest weights. The middle weight is computed from
 * the others, so that the weights sum to one and a step has its length. A palindrome of symmetric
 * steps is symmetric: odd orders of the error vanish, and the method runs backward in time by the
 * same formulas. The limit of stability is that of the whole step, found for a harmonic oscillator
 * from the trace of the product of the seven matrices. */
#include "composition.h"

#define W1 -1.17767998417887100695
#define W2 0.23557321335935813368
#define W3 0.78451361047755726382
static const double weights[] = {W3, W2, W1, 1 - 2 * (W1 + W2 + W3), W1, W2, W3};

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_composition_setup(sim, dt, sizeof weights / sizeof *weights, weights, data);
}

const weft_stepper weft_stepper_yoshida6 = {
    .name = "yoshida6",
    .summary = "seven Verlet steps composed to order 6, symplectic",
    .reference = "H. Yoshida, Phys. Lett. A 150, 262 (1990), solution A",
    .order = 6,
    .needs = WEFT_HAS_SPLIT,
    .refuses = WEFT_HAS_NOISE | WEFT_HAS_HEAT,
    .space = WEFT_X,
    .oscillation_limit = 2.26,
    .params = stepper_composition_params,
    .setup = setup,
    .destroy = stepper_composition_destroy,
    .step = stepper_composition_step,
    .sync = stepper_composition_sync,
};
