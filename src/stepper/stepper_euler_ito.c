/* Euler-Maruyama for noise that depends on the state, in the sense of Ito: u += dt F(u) +
 * g(u) dW, where the model adds the increments g(u) dW itself, since their law is its own.
 *
 * Both F and g are taken at the old state: the increments are computed into the slope
 * before the state is changed. That is what makes the sum converge to Ito's integral. */
#include "weft/memory.h"
#include "weft/stepper.h"

static void destroy(weft_sim *sim, void *data)
{
    (void)sim;
    weft_state_free(data);
}

/* One state for the slope, whose fields without an evolution have no data. */
static weft_status setup(weft_sim *sim, double dt, void **data)
{
    (void)dt;
    weft_state *slope;
    WEFT_TRY(weft_state_like(sim->state, &slope));
    *data = slope;
    return WEFT_OK;
}

/* Ghosts, too: the arrays are contiguous, and the owned sites are most of them. */
static void scale(int64_t n, double factor, double *x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] *= factor;
}

static void add(int64_t n, const double *restrict x, double *restrict to)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += x[i];
}

/* slope = F, then dt F, then dt F + g dW, which is added to the state. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    weft_state *slope = data, *u = sim->state;
    WEFT_TRY(sim->model->families.rhs(sim, sim->time, u, slope));
    for (int f = 0; f < slope->n; f++)
        if (slope->field[f].data)
            scale(slope->field[f].size * slope->field[f].spec.components, *dt,
                  slope->field[f].data);
    WEFT_TRY(sim->model->families.ito(sim, *dt, u, slope));
    for (int f = 0; f < slope->n; f++)
        if (slope->field[f].data)
            add(slope->field[f].size * slope->field[f].spec.components, slope->field[f].data,
                u->field[f].data);
    return WEFT_OK;
}

const weft_stepper weft_stepper_euler_ito = {
    .name = "euler_ito",
    .summary = "Euler-Maruyama for noise that depends on the state (Ito); weak order 1",
    .reference = "P. E. Kloeden, E. Platen, Numerical Solution of Stochastic Differential "
                 "Equations (1992), sec. 10.2",
    .order = 1,
    .evaluations = 1,
    .needs = WEFT_HAS_ITO,
    .space = WEFT_X,
    .decay_limit = 2.0,
    .setup = setup,
    .destroy = destroy,
    .step = step,
};
