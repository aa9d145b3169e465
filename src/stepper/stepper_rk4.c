/* The classical Runge-Kutta method of order 4.
 *
 * The four slopes go through one array: their weighted sum is built up beside them, so that
 * three states are enough for four stages. Stages include the ghosts, which the model
 * exchanges again before it reads them.
 *
 * Stability: |dt omega| < 2.83 for oscillations, |dt rate| < 2.785 for decay (E. Hairer, G.
 * Wanner, Solving Ordinary Differential Equations II, IV.2); the limits below are a little
 * inside. */
#include "weft/memory.h"
#include "weft/stepper.h"

/* The slope of a stage, the state of a stage, and u + sum of weights times slopes so far. */
typedef struct rk4 {
    weft_state *k, *stage, *sum;
} rk4;

static void destroy(weft_sim *sim, void *data)
{
    rk4 *r = data;
    (void)sim;
    weft_state_free(r->k);
    weft_state_free(r->stage);
    weft_state_free(r->sum);
    weft_free(r);
}

/* Three states like the simulation's. */
static weft_status setup(weft_sim *sim, double dt, void **data)
{
    rk4 *r = weft_alloc(1, sizeof *r);
    (void)dt;
    weft_status status = weft_state_like(sim->state, &r->k);
    if (status == WEFT_OK)
        status = weft_state_like(sim->state, &r->stage);
    if (status == WEFT_OK)
        status = weft_state_like(sim->state, &r->sum);
    if (status != WEFT_OK) {
        destroy(sim, r);
        r = NULL;
    }
    *data = r;
    return status;
}

/* to = from + h*k, ghosts included. */
static void axpy(int64_t n, double h, const double *restrict k, const double *from, double *to)
{
    for (int64_t i = 0; i < n; i++)
        to[i] = from[i] + h * k[i];
}

/* to = from + h*k for all fields that the slope has; fields without an evolution have none. */
static void add(weft_state *to, const weft_state *from, double h, const weft_state *k)
{
    for (int f = 0; f < k->n; f++)
        if (k->field[f].data)
            axpy(k->field[f].size * k->field[f].spec.components, h, k->field[f].data,
                 from->field[f].data, to->field[f].data);
}

/* The last slope is added from sum into the state itself. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    rk4 *r = data;
    weft_state *u = sim->state;
    double h = *dt, t = sim->time;
    weft_status (*rhs)(weft_sim *, double, weft_state *, weft_state *) = sim->model->families.rhs;
    WEFT_TRY(rhs(sim, t, u, r->k));
    add(r->sum, u, h / 6, r->k);
    add(r->stage, u, h / 2, r->k);
    WEFT_TRY(rhs(sim, t + h / 2, r->stage, r->k));
    add(r->sum, r->sum, h / 3, r->k);
    add(r->stage, u, h / 2, r->k);
    WEFT_TRY(rhs(sim, t + h / 2, r->stage, r->k));
    add(r->sum, r->sum, h / 3, r->k);
    add(r->stage, u, h, r->k);
    WEFT_TRY(rhs(sim, t + h, r->stage, r->k));
    add(u, r->sum, h / 6, r->k);
    return WEFT_OK;
}

const weft_stepper weft_stepper_rk4 = {
    .name = "rk4",
    .summary = "classical Runge-Kutta method",
    .reference = "E. Hairer, S. P. Norsett, G. Wanner, Solving Ordinary Differential Equations I, "
                 "sec. II.1",
    .order = 4,
    .evaluations = 4,
    .needs = WEFT_HAS_RHS,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_X,
    .oscillation_limit = 2.82,
    .decay_limit = 2.78,
    .setup = setup,
    .destroy = destroy,
    .step = step,
};
