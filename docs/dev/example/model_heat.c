/* The heat equation u_t = D u_xx on a line: a model in one file. */
#include "weft/memory.h"
#include "weft/model.h"
#include <math.h>

/* The section heat: the check of an input fills it in. */
typedef struct heat_params {
    double diffusion;
} heat_params;

static const weft_param params[] = {
    {WEFT_BIND_REAL(heat_params, diffusion), .standard = "1", .range = "(0, inf)",
     .unit = "length^2/time", .help = "diffusion constant D"},
    {0},
};

static weft_status plan(const weft_params *p, int dim, const int64_t *n, const double *length,
                        weft_plan *out)
{
    (void)n, (void)length;
    if (dim != 1)
        return weft_param_fail(weft_params_section(p, "grid"), "n",
                               "heat lives on a line: one axis");
    out->layout = WEFT_BLOCKS;
    out->families = WEFT_HAS_RHS;
    out->field[out->n_fields++] =
        (weft_field_spec){"u", "1", "temperature", WEFT_EVOLVED, WEFT_F64, 1, .ghost = 1};
    return WEFT_OK;
}

/* What every step needs. */
typedef struct heat {
    double c; /* D/dx^2 */
} heat;

static weft_status setup(weft_sim *sim)
{
    const heat_params *p = weft_params_values(sim->params, params);
    heat *h = sim->data = weft_alloc(1, sizeof *h);
    h->c = p->diffusion / (sim->grid->dx[2] * sim->grid->dx[2]);
    return WEFT_OK;
}

static void destroy(weft_sim *sim)
{
    weft_free(sim->data);
}

static weft_status rhs(weft_sim *sim, double t, weft_state *state, weft_state *derivative)
{
    (void)t;
    weft_field *field = &state->field[0];
    weft_field_exchange(field);
    const double *u = weft_field_data(field, 0) + field->extent.origin;
    double *du = weft_field_data(&derivative->field[0], 0) + field->extent.origin;
    const heat *h = sim->data;
    for (int64_t i = 0; i < sim->grid->local[2]; i++)
        du[i] = h->c * (u[i - 1] - 2 * u[i] + u[i + 1]);
    return WEFT_OK;
}

static weft_rates rates(weft_sim *sim)
{
    const heat *h = sim->data;
    return (weft_rates){.decay = 4 * h->c};
}

static weft_status set_wave(weft_sim *sim)
{
    weft_field *field = &sim->state->field[0];
    double *u = weft_field_data(field, 0) + field->extent.origin;
    for (int64_t i = 0; i < sim->grid->local[2]; i++)
        u[i] = cos(2 * M_PI * (double)(sim->grid->start[2] + i) / (double)sim->grid->n[2]);
    return WEFT_OK;
}

static weft_status maximum(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    weft_view view = weft_field_view(sim->state, &sim->state->field[0], 0, NULL);
    *out = weft_view_max(sim->grid->comm, &view);
    return WEFT_OK;
}

static const weft_initial initials[] = {
    {.name = "wave", .help = "one period of a cosine", .set = set_wave},
    {0},
};
static const weft_observable observables[] = {
    {.name = "u_max", .unit = "1", .long_name = "largest temperature", .compute = maximum}, {0}};

const weft_model weft_model_heat = {
    .name = "heat",
    .summary = "heat equation on a line",
    .reference = "u_t = D u_xx",
    .params = params,
    .stepper = WEFT_NAMES("euler"),
    .observe = WEFT_NAMES("u_max"),
    .fields = WEFT_NAMES("u"),
    .observables = observables,
    .initials = initials,
    .families = {.rhs = rhs},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .rates = rates,
};
