/* SRA1 for additive noise. With I1 = sqrt(dt) R1, I10 = dt (I1 + sqrt(dt) R2/sqrt(3))/2:
 *
 *     v = u + 3/4 dt F(u) + 3/2 sigma I10/dt,  u += dt (F(u)/3 + 2 F(v)/3) + sigma I1.
 *
 * I1 is the increment of the Brownian path over a step, I10 the integral of the path over
 * it: a second normal gives the part that I1 does not determine. This is what the strong
 * order 1.5 needs. The same path in halved steps (time.error_check) has the same I1 and
 * I10. */
#include "additive.h"
#include <math.h>

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_stages_create(sim, dt, 4, data);
}

/* v on one stretch, and sigma I1, which the second pass adds without drawing it again. */
static void first_stage(const void *context, const stepper_stretch *s)
{
    const double dt = *(const double *)context, amplitude = s->amplitude * sqrt(dt);
    const double third = sqrt(1.0 / 3.0);
    const double *restrict u = s->u, *restrict f = s->other[0];
    const double *restrict r1 = s->r1, *restrict r2 = s->r2;
    double *restrict v = s->other[2], *restrict w = s->other[3];
    if (!r1) { /* a field without noise beside others: w stays zero */
        for (int i = 0; i < s->n; i++)
            v[i] = u[i] + 0.75 * dt * f[i];
        return;
    }
    for (int i = 0; i < s->n; i++) {
        w[i] = amplitude * r1[i];
        v[i] = u[i] + 0.75 * (dt * f[i] + w[i] + amplitude * third * r2[i]);
    }
}

/* u on one stretch. */
static void finish(const void *context, const stepper_stretch *s)
{
    const double dt = *(const double *)context;
    const double *restrict f = s->other[0], *restrict g = s->other[1], *restrict w = s->other[3];
    double *restrict u = s->u;
    for (int i = 0; i < s->n; i++)
        u[i] += dt * (1.0 / 3.0) * (f[i] + 2.0 * g[i]) + w[i];
}

/* The second slope is taken at three quarters of the step. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    weft_state *const *stage = ((stepper_stages *)data)->state; /* slopes; v; sigma I1 */
    weft_state *first = stage[0], *second = stage[1], *v = stage[2];
    WEFT_TRY(sim->model->families.rhs(sim, sim->time, sim->state, first));
    stepper_additive_pass(sim, (uint64_t)sim->step, 2, stage, first_stage, dt);
    WEFT_TRY(sim->model->families.rhs(sim, sim->time + 0.75 * *dt, v, second));
    stepper_additive_pass(sim, (uint64_t)sim->step, 0, stage, finish, dt);
    return WEFT_OK;
}

const weft_stepper weft_stepper_sra1 = {
    .name = "sra1",
    .summary = "stochastic Runge-Kutta for additive noise; strong order 1.5, weak order 2",
    .reference = "A. Roessler, SIAM J. Numer. Anal. 48, 922 (2010), table 6.3",
    .order = 2,
    .evaluations = 2,
    .needs = WEFT_HAS_RHS | WEFT_HAS_NOISE,
    .refuses = WEFT_HAS_MEMORY,
    .setup = setup,
    .step = step,
    WEFT_STAGES_STEPPER,
};
