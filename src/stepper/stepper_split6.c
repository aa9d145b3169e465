/* Splitting of order 6 with 10 kicks: the coefficients of S10 of S. Blanes and P. C. Moan.
 * As in stepper_split4.c the middle coefficients are computed from the others, so that
 * rotations and kicks sum to one each: by that a free field and a constant force are exact to
 * rounding. Negative coefficients cannot be avoided beyond order 2 (Q. Sheng, IMA J. Numer. Anal.
 * 9, 199 (1989)). */
#include "exponential.h"

#define A1 0.0502627644003922
#define A2 0.413514300428344
#define A3 0.0450798897943977
#define A4 -0.188054853819569
#define A5 0.541960678450780
#define B1 0.148816447901042
#define B2 -0.132385865767784
#define B3 0.067307604692185
#define B4 0.432666402578175
static const double rotations[] = {A1, A2, A3, A4, A5, 1 - 2 * (A1 + A2 + A3 + A4 + A5)};
static const double kicks[] = {B1, B2, B3, B4, 0.5 - (B1 + B2 + B3 + B4)};

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_exponential_setup(sim, dt, 10, rotations, kicks, data);
}

const weft_stepper weft_stepper_split6 = {
    .name = "split6",
    .summary = "splitting of order 6 with 10 kicks, the linear part exact in k space",
    .reference = "S. Blanes, P. C. Moan, J. Comput. Appl. Math. 142, 313 (2002), S10",
    .order = 6,
    .evaluations = 10,
    .needs = WEFT_HAS_LINEAR_K2,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_K,
    .setup = setup,
    .destroy = stepper_exponential_destroy,
    .step = stepper_exponential_step,
    .sync = stepper_exponential_sync,
};
