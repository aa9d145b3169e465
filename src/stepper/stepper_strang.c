/* Strang splitting of order 2: half a rotation, a kick, half a rotation. One transform
 * there and back for each step, since neighbouring rotations are merged (exponential.c).
 * There is no limit of stability: both pieces are exact flows, so that a step that is too long for
 * a mode is inaccurate there and does not blow up (resonances of dt with a frequency excepted). */
#include "exponential.h"

static const double rotations[] = {0.5};
static const double kicks[] = {1};

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_exponential_setup(sim, dt, 1, rotations, kicks, data);
}

const weft_stepper weft_stepper_strang = {
    .name = "strang",
    .summary = "Strang splitting of order 2, the linear part exact in k space",
    .reference = "G. Strang, SIAM J. Numer. Anal. 5, 506 (1968)",
    .order = 2,
    .evaluations = 1,
    .needs = WEFT_HAS_LINEAR_K2,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_K,
    .setup = setup,
    .destroy = stepper_exponential_destroy,
    .step = stepper_exponential_step,
    .sync = stepper_exponential_sync,
};
