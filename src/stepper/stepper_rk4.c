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

/* Invariant: a value of the sum is (((u + a k1) + b k2) + b k3) + a k4, rounded in this order, and
 * that of a stage u + c k, whether the two are made in one pass or in two; so bits do not depend on
 * how passes are joined. */

/* How a slope is used: its weights in the sum and in the next stage, times dt. */
typedef struct use {
    enum { FIRST, NEXT, LAST } kind; /* the sum begins with u; goes on; becomes u */
    double in_sum, in_stage;
} use;

/* n values in one pass, in which the slope is read once: sum = u + in_sum*k or sum += in_sum*k, and
 * stage = u + in_stage*k; at last u = sum + in_sum*k. */
static void add_slope(use w, int64_t n, const double *restrict k, double *restrict u,
                      double *restrict sum, double *restrict stage)
{
    const double a = w.in_sum, b = w.in_stage;
    if (w.kind == LAST) {
        for (int64_t i = 0; i < n; i++)
            u[i] = sum[i] + a * k[i];
    } else if (w.kind == FIRST) {
        for (int64_t i = 0; i < n; i++) {
            sum[i] = u[i] + a * k[i];
            stage[i] = u[i] + b * k[i];
        }
    } else {
        for (int64_t i = 0; i < n; i++) {
            sum[i] += a * k[i];
            stage[i] = u[i] + b * k[i];
        }
    }
}

/* The slope at `from` (the state or the stage), used for all fields that have one, ghosts included;
 * fields without an evolution have none. Collective. */
static weft_status stage(weft_sim *sim, const rk4 *r, double t, weft_state *from, use w)
{
    WEFT_TRY(sim->model->families.rhs(sim, t, from, r->k));
    for (int f = 0; f < r->k->n; f++) {
        const weft_field *k = &r->k->field[f];
        if (k->data)
            add_slope(w, k->size * k->spec.components, k->data, sim->state->field[f].data,
                      r->sum->field[f].data, r->stage->field[f].data);
    }
    return WEFT_OK;
}

/* The last slope is added from sum into the state itself. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    const rk4 *r = data;
    const double h = *dt, t = sim->time;
    WEFT_TRY(stage(sim, r, t, sim->state, (use){FIRST, h / 6, h / 2}));
    WEFT_TRY(stage(sim, r, t + h / 2, r->stage, (use){NEXT, h / 3, h / 2}));
    WEFT_TRY(stage(sim, r, t + h / 2, r->stage, (use){NEXT, h / 3, h}));
    return stage(sim, r, t + h, r->stage, (use){LAST, h / 6, 0});
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
