/* Leimkuhler-Matthews: u += dt F(u) + sigma sqrt(dt) (R_n + R_(n+1))/2 with the normals R_n of step
 * n. One force a step like Euler-Maruyama; in a gradient system the stationary measure has order 2,
 * and that of linear equations is exact. The noise is a pure function of the step, so nothing has
 * to be saved: the normals of the present step are made anew after a resume. */
#include "additive.h"
#include <math.h>

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    (void)dt;
    return stepper_stages_create(sim, 2, data);
}

static void keep(const void *context, const stepper_stretch *s)
{
    (void)context;
    for (int i = 0; s->r1 && i < s->n; i++)
        s->other[1][i] = s->r1[i];
}

static void advance(const void *context, const stepper_stretch *s)
{
    const double dt = *(const double *)context, half = 0.5 * s->amplitude * sqrt(dt);
    double *restrict u = s->u, *restrict old = s->other[1];
    const double *restrict f = s->other[0], *restrict r = s->r1;
    if (!r) {
        for (int i = 0; i < s->n; i++)
            u[i] += dt * f[i];
        return;
    }
    for (int i = 0; i < s->n; i++) {
        u[i] += dt * f[i] + half * (old[i] + r[i]);
        old[i] = r[i];
    }
}

static weft_status step(weft_sim *sim, void *data, double *dt)
{
    stepper_stages *stages = data; /* slope; normals of the step */
    if (stages->step != sim->step)
        stepper_additive_pass(sim, (uint64_t)sim->step, 1, stages->state, keep, NULL);
    WEFT_TRY(sim->model->families.rhs(sim, sim->time, sim->state, stages->state[0]));
    stepper_additive_pass(sim, (uint64_t)sim->step + 1, 1, stages->state, advance, dt);
    stages->step = sim->step + 1;
    return WEFT_OK;
}

const weft_stepper weft_stepper_leimkuhler_matthews = {
    .name = "leimkuhler_matthews",
    .summary = "averaged-noise Euler: the cost of Euler-Maruyama, stationary measure of order 2",
    .reference = "B. Leimkuhler, C. Matthews, Appl. Math. Res. Express 2013, 34 (arXiv:1102.4139)",
    .order = 1,
    .needs = WEFT_HAS_RHS | WEFT_HAS_NOISE,
    .setup = setup,
    .step = step,
    WEFT_STAGES_STEPPER,
};
