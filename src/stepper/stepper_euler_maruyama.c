/* Euler-Maruyama: u += dt F(u) + sigma sqrt(dt) R, with a standard normal R for each site,
 * component and step. Without noise it is Euler's method. The noise is a function of the
 * step's number, so that nothing is kept between steps. */
#include "additive.h"
#include <math.h>

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_stages_create(sim, dt, 1, data);
}

/* One stretch. The amplitude is for a unit of time; the variance of a step is amplitude^2
 * dt. */
static void advance(const void *context, const stepper_stretch *s)
{
    const double dt = *(const double *)context, amplitude = s->amplitude * sqrt(dt);
    double *restrict u = s->u;
    const double *restrict f = s->other[0], *restrict r = s->r1;
    if (!r) {
        for (int i = 0; i < s->n; i++)
            u[i] += dt * f[i];
        return;
    }
    for (int i = 0; i < s->n; i++)
        u[i] += dt * f[i] + amplitude * r[i];
}

/* One slope, one draw. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    weft_state *const *slope = ((stepper_stages *)data)->state;
    WEFT_TRY(sim->model->families.rhs(sim, sim->time, sim->state, slope[0]));
    stepper_additive_pass(sim, (uint64_t)sim->step, 1, slope, advance, dt);
    return WEFT_OK;
}

const weft_stepper weft_stepper_euler_maruyama = {
    .name = "euler_maruyama",
    .summary = "Euler-Maruyama for additive noise; strong and weak order 1",
    .reference = "P. E. Kloeden, E. Platen, Numerical Solution of Stochastic Differential "
                 "Equations (1992), sec. 10.2",
    .order = 1,
    .evaluations = 1,
    .needs = WEFT_HAS_RHS,
    .setup = setup,
    .step = step,
    WEFT_STAGES_STEPPER,
};
