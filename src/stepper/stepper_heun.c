/* Stochastic Heun (Stratonovich; for additive noise the same as Ito): predictor v = u + dt
 * F(u) + sigma sqrt(dt) R, then u = v + dt/2 (F(v) - F(u)).
 *
 * The noise is drawn once, in the predictor, and is part of v; the corrector only exchanges
 * the slope by the mean of the two. So both stages see the same path, which the weak order
 * 2 for additive noise needs. */
#include "additive.h"
#include <math.h>

/* Three states: F(u), F(v), v. */
static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_stages_create(sim, dt, 3, data);
}

/* v on one stretch; other: F(u), F(v), v. */
static void predict(const void *context, const stepper_stretch *s)
{
    const double dt = *(const double *)context, amplitude = s->amplitude * sqrt(dt);
    const double *restrict u = s->u, *restrict f = s->other[0], *restrict r = s->r1;
    double *restrict v = s->other[2];
    if (!r) {
        for (int i = 0; i < s->n; i++)
            v[i] = u[i] + dt * f[i];
        return;
    }
    for (int i = 0; i < s->n; i++)
        v[i] = u[i] + dt * f[i] + amplitude * r[i];
}

/* u on one stretch, from v. */
static void correct(const void *context, const stepper_stretch *s)
{
    const double half = 0.5 * *(const double *)context;
    const double *restrict f = s->other[0], *restrict g = s->other[1], *restrict v = s->other[2];
    double *restrict u = s->u;
    for (int i = 0; i < s->n; i++)
        u[i] = v[i] + half * (g[i] - f[i]);
}

/* The second slope is taken at the new time, at the predicted state. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    weft_state *const *stage = ((stepper_stages *)data)->state;
    weft_state *first = stage[0], *second = stage[1], *predicted = stage[2];
    WEFT_TRY(sim->model->families.rhs(sim, sim->time, sim->state, first));
    stepper_additive_pass(sim, (uint64_t)sim->step, 1, stage, predict, dt);
    WEFT_TRY(sim->model->families.rhs(sim, sim->time + *dt, predicted, second));
    stepper_additive_pass(sim, (uint64_t)sim->step, 0, stage, correct, dt);
    return WEFT_OK;
}

const weft_stepper weft_stepper_heun = {
    .name = "heun",
    .summary = "stochastic Heun; strong order 1, weak order 2 for additive noise",
    .reference = "P. E. Kloeden, E. Platen, Numerical Solution of Stochastic Differential "
                 "Equations (1992), sec. 15.1",
    .order = 2,
    .evaluations = 2,
    .needs = WEFT_HAS_RHS,
    .setup = setup,
    .step = step,
    WEFT_STAGES_STEPPER,
};
