/* Splitting of order 4 with 6 kicks: the coefficients of S6 of S. Blanes and P. C. Moan,
 * whose error constant is much smaller than that of Yoshida's method at the same order.
 *
 * Invariant: rotations and kicks sum to one each, also in floating point but for rounding:
 * the middle coefficient is computed from the others. The lists are palindromes, of which
 * the first half is given (exponential.h). */
#include "exponential.h"

#define A1 0.0792036964311957
#define A2 0.353172906049774
#define A3 -0.0420650803577195
#define B1 0.209515106613362
#define B2 -0.143851773179818
static const double rotations[] = {A1, A2, A3, 1 - 2 * (A1 + A2 + A3)};
static const double kicks[] = {B1, B2, 0.5 - (B1 + B2)};

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_exponential_setup(sim, dt, 6, rotations, kicks, data);
}

const weft_stepper weft_stepper_split4 = {
    .name = "split4",
    .summary = "splitting of order 4 with 6 kicks, the linear part exact in k space",
    .reference = "S. Blanes, P. C. Moan, J. Comput. Appl. Math. 142, 313 (2002), S6",
    .order = 4,
    .evaluations = 6,
    .needs = WEFT_HAS_LINEAR_K2,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_K,
    .setup = setup,
    .destroy = stepper_exponential_destroy,
    .step = stepper_exponential_step,
    .sync = stepper_exponential_sync,
};
