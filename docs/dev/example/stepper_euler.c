/* Euler's method: a stepper in one file. */
#include "weft/memory.h"
#include "weft/stepper.h"

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    (void)dt;
    return weft_state_like(sim->state, (weft_state **)data);
}

static void destroy(weft_sim *sim, void *data)
{
    (void)sim;
    weft_state_free(data);
}

static weft_status step(weft_sim *sim, void *data, double *dt)
{
    weft_state *u = sim->state, *derivative = data;
    WEFT_TRY(sim->model->families.rhs(sim, sim->time, u, derivative));
    for (int f = 0; f < u->n; f++) {
        const double *restrict du = derivative->field[f].data;
        double *restrict values = u->field[f].data;
        int64_t n = du ? u->field[f].size * u->field[f].spec.components : 0;
        for (int64_t i = 0; i < n; i++)
            values[i] += *dt * du[i]; /* ghosts too: they are refilled before they are read */
    }
    return WEFT_OK;
}

const weft_stepper weft_stepper_euler = {
    .name = "euler",
    .summary = "explicit Euler",
    .reference = "L. Euler, Institutionum calculi integralis (1768)",
    .order = 1,
    .evaluations = 1,
    .needs = WEFT_HAS_RHS,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_X,
    .decay_limit = 2,
    .setup = setup,
    .destroy = destroy,
    .step = step,
};
