/* Exponential Runge-Kutta of order 4 with fixed steps: etdrk4.c has the method. The tables
 * are made once, for the one step length; every step begins with N(u) of the present state,
 * so that nothing is kept between steps and a resume needs the fields alone. */
#include "etdrk4.h"
#include "weft/memory.h"

static void destroy(weft_sim *sim, void *data)
{
    stepper_etdrk4_free(sim, data);
    weft_free(data);
}

/* Tables of functions of L dt are made here, once, so that the time loop only multiplies. */
static weft_status setup(weft_sim *sim, double dt, void **data)
{
    etdrk4 *e = *data = weft_alloc(1, sizeof *e);
    stepper_etdrk4_setup(sim, 5, e);
    stepper_etdrk4_prepare(sim, e, dt);
    return WEFT_OK;
}

/* Fields are made real again at times that depend on L and the clock alone (modal.c). */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    etdrk4 *e = data;
    stepper_modal_copy(sim->fft, &e->modal, e->stage[0]);
    WEFT_TRY(sim->model->families.nonlinear_km(sim, sim->time, e->stage[0]));
    WEFT_TRY(stepper_etdrk4_advance(sim, e, e->modal.u));
    stepper_modal_repair(sim, &e->modal, *dt);
    return WEFT_OK;
}

const weft_stepper weft_stepper_etdrk4 = {
    .name = "etdrk4",
    .summary = "exponential Runge-Kutta of order 4: exact linear part of coupled fields",
    .reference = "S. M. Cox, P. C. Matthews, J. Comput. Phys. 176, 430 (2002)",
    .order = 4,
    .evaluations = 4,
    .needs = WEFT_HAS_LINEAR_KM,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_K,
    .decay_limit = 2.5,
    .setup = setup,
    .destroy = destroy,
    .step = step,
};
