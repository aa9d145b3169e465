/* Compositions of the second-order splitting: kicks p += h F(q), drifts q += h v(p), and
 * damping, put together with weights.
 *
 * Neighbouring outer pieces (kicks of the velocity form, drifts of the position form) are
 * merged, across steps too: the last piece of a step is left pending and done together with
 * the first one of the next. This saves a force a step. Verlet in its velocity form, with K and k
 * for a kick by a whole and by half a step, and D for a drift:
 *
 *       as it is written     k D k | k D k | k D k
 *       as it is done        k D   K   D   K   D   k
 *                                ^ pending: done as k k when somebody looks at the state
 *
 * Invariant: a step that is finished early, for an output (sync), has the same bits as one
 * that is not. A merged piece is therefore done as two equal updates in one pass (times = 2
 * of the model's kick and drift) and never as one of twice the length, which would round
 * differently. Damping stands in the middle of each step, so that a palindrome of pieces
 * keeps the order of the method. */
#include "composition.h"
#include "weft/memory.h"

#define COMPOSITION_FORMS(X) X(VELOCITY_FORM, "velocity") X(POSITION_FORM, "position")
typedef enum composition_form { COMPOSITION_FORMS(WEFT_ENUM_NAME) } composition_form;

/* The key form of the section time. */
typedef struct composition_keys {
    composition_form form;
} composition_keys;

const weft_param stepper_composition_params[] = {
    {WEFT_BIND_CHOICE(composition_keys, form), .standard = "velocity",
     .words = COMPOSITION_FORMS(WEFT_ENUM_WORD),
     .help = "velocity: kick, drift, kick; position: drift, kick, drift"},
    {0},
};

/* w: n weights, which the stepper's file owns; position, damped: the form, and whether
 * there is damping. */
typedef struct composition {
    double dt;
    int n;
    const double *w;
    bool position, damped;
    bool pending; /* the last outer piece has not been done yet */
} composition;

/* A model tells whether it has damping by a call over no time. */
weft_status stepper_composition_setup(weft_sim *sim, double dt, int n, const double *w, void **data)
{
    const weft_families *f = &sim->model->families;
    const composition_keys *keys = weft_params_values(sim->params, stepper_composition_params);
    composition *c = weft_alloc(1, sizeof *c);
    c->dt = dt;
    c->n = n;
    c->w = w;
    c->position = keys->form == POSITION_FORM;
    c->damped = f->damp && f->damp(sim, sim->time, 0);
    *data = c;
    return WEFT_OK;
}

void stepper_composition_destroy(weft_sim *sim, void *data)
{
    (void)sim;
    weft_free(data);
}

/* The piece at both ends of a step, over a time h. */
static weft_status outer(weft_sim *sim, const composition *c, double t, double h, int times)
{
    const weft_families *f = &sim->model->families;
    if (c->position)
        return f->drift(sim, t, h, times);
    return f->kick(sim, t, h, times);
}

/* The pieces between two outer ones, over a time h, with the damping in their middle. Its
 * status is that of kick and drift; damping cannot fail. */
static weft_status inner(weft_sim *sim, const composition *c, double t, double h)
{
    const weft_families *f = &sim->model->families;
    if (!c->damped)
        return c->position ? f->kick(sim, t, h, 1) : f->drift(sim, t, h, 1);
    if (c->position) {
        f->damp(sim, t - 0.5 * h, 0.5 * h);
        WEFT_TRY(f->kick(sim, t, h, 1));
        f->damp(sim, t, 0.5 * h);
        return WEFT_OK;
    }
    WEFT_TRY(f->drift(sim, t, 0.5 * h, 1));
    f->damp(sim, t, h);
    return f->drift(sim, t + 0.5 * h, 0.5 * h, 1);
}

/* t runs along with the inner pieces. Negative weights go back in time, which forces that
 * depend on time must see. */
weft_status stepper_composition_step(weft_sim *sim, void *data, double *dt)
{
    composition *c = data;
    double h = c->dt, t = sim->time; /* t: of the coordinates at kicks, of the momenta at drifts */
    (void)dt;
    WEFT_TRY(outer(sim, c, t, 0.5 * c->w[0] * h, c->pending ? 2 : 1));
    for (int i = 0; i < c->n; i++) {
        WEFT_TRY(inner(sim, c, c->position ? t + 0.5 * c->w[i] * h : t, c->w[i] * h));
        t += c->w[i] * h;
        if (i + 1 < c->n)
            WEFT_TRY(outer(sim, c, c->position ? t - 0.5 * c->w[i] * h : t,
                           0.5 * (c->w[i] + c->w[i + 1]) * h, 1));
    }
    c->pending = true;
    return WEFT_OK;
}

/* The pending piece as the first of the two updates that it is merged from. */
weft_status stepper_composition_sync(weft_sim *sim, void *data)
{
    composition *c = data;
    if (c->pending)
        WEFT_TRY(outer(sim, c, sim->time, 0.5 * c->w[c->n - 1] * c->dt, 1));
    c->pending = false;
    return WEFT_OK;
}
