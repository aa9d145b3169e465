/* Leimkuhler-Matthews: u += dt F(u) + sigma sqrt(dt) (R_n + R_(n+1))/2 with the normals R_n of step
 * n. One force a step like Euler-Maruyama; in a gradient system the stationary measure has order 2,
 * and that of linear equations is exact. The noise is a pure function of the step, so nothing has
 * to be saved: the normals of the present step are made anew after a resume.
 *
 * Half of the noise of a step belongs to the next one, so a plain start would be half a step of
 * noise short for ever: sum over n steps of the squared factors 1/4 + (n - 1) + 1/4 instead of n,
 * W^2 = 2 D (t - dt/2) of free sites. R_0 therefore enters with sqrt(3)/2 instead of 1/2, which
 * makes it 3/4 + (n - 1) + 1/4 = n: the variance of free sites is 2 D t at every step. R_0 is in no
 * other step, so nothing else changes. */
#include "additive.h"
#include <math.h>

/* Two states: the slope, and the normals of the step. That no normals are there yet
 * (stages->step is -1) makes the first step draw them. */
static weft_status setup(weft_sim *sim, double dt, void **data)
{
    return stepper_stages_create(sim, dt, 2, data);
}

/* The normals of the present step into the second state; context: their factor. */
static void keep(const void *context, const stepper_stretch *s)
{
    const double factor = *(const double *)context;
    for (int i = 0; s->r1 && i < s->n; i++)
        s->other[1][i] = factor * s->r1[i];
}

/* u on one stretch. The normals of the next step replace those of this one as they are
 * used. */
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

/* stages->step is the number of the step to which the kept normals belong. In a run that
 * goes on they are there already; after the start, and after a resume, they are made. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    stepper_stages *stages = data; /* slope; normals of the step */
    const bool start = sim->step == sim->first;
    const double factor = start ? 0x1.bb67ae8584caap+0 : 1.0; /* sqrt(3) at the start */
    if (stages->step != sim->step)
        stepper_additive_pass(sim, (uint64_t)sim->step, 1, stages->state, keep, &factor);
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
    .evaluations = 1,
    .needs = WEFT_HAS_RHS | WEFT_HAS_NOISE,
    .refuses = WEFT_HAS_MEMORY,
    .setup = setup,
    .step = step,
    WEFT_STAGES_STEPPER,
};
