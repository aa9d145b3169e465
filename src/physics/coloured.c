/* Noise with memory in models: keys, field, start.
 *
 * The modes of a site are the components of one field of the role memory: mode k of the noisy
 * component i is number i K + k. Components are counted as steppers count them (evolved fields and
 * momenta in their order), those without noise left out.
 *
 * Invariants. (1) A field of memory is in checkpoints, so that a resumed run goes on with the noise
 * of the unbroken one; a start from a file that has it goes on with that noise, too. (2) The plan
 * needs the number of modes before the times of the run are known. It may: fractional noise is
 * self-similar, so that modes and errors depend on the ratio of the longest and the shortest time
 * alone, which is fixed here, and not on dt, which may be chosen later. (3) The start is drawn in
 * setup, from streams of its own: an initial state does not change it. */
#include "coloured.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>

/* The shortest time over which fractional noise is right, as a part of the horizon. */
static const double shortest = 1e-5;

static const char *const field_name = "noise_modes";

static weft_coloured_spec spec_of(const coloured_params *p, double horizon)
{
    return (weft_coloured_spec){.colour = (weft_colour)p->type,
                                .tau = p->tau,
                                .hurst = p->hurst,
                                .modes = p->modes == WEFT_NO_INT ? 0 : (int)p->modes,
                                .stationary = p->start == COLOURED_STATIONARY,
                                .shortest = shortest * horizon,
                                .horizon = horizon};
}

weft_status coloured_plan(const weft_section *own, const coloured_params *p, bool noisy,
                          int components, weft_plan *plan)
{
    if (p->type == COLOURED_WHITE)
        return WEFT_OK;
    if (!noisy)
        return weft_param_fail(own, "noise_type", "there is no noise whose type this could be");
    const weft_coloured_spec spec = spec_of(p, 1.0);
    weft_coloured *c = weft_alloc(1, sizeof *c);
    weft_status status = weft_coloured_make(&spec, c);
    const int modes = c->modes;
    weft_free(c);
    if (status != WEFT_OK)
        return weft_param_blame(own, "modes");
    if (modes == 0) /* H = 1/2 */
        return WEFT_OK;
    plan->families |= WEFT_HAS_MEMORY;
    plan->end_fixed = p->type == COLOURED_FRACTIONAL && isnan(p->horizon);
    plan->field[plan->n_fields++] = (weft_field_spec){.name = field_name,
                                                      .unit = "",
                                                      .long_name = "modes of the noise",
                                                      .role = WEFT_MEMORY,
                                                      .element = WEFT_F64,
                                                      .components = modes * components};
    return WEFT_OK;
}

/* Rows of all modes of a noisy component. */
static void draw(weft_sim *sim, const weft_coloured *c, int component, int first, weft_field *field)
{
    const weft_grid *grid = sim->grid;
    double *mode[WEFT_COLOURED_MODES];
    WEFT_FOR_ROWS(grid, z, y) {
        int64_t row = (grid->start[0] + z) * grid->n[1] + grid->start[1] + y;
        for (int k = 0; k < c->modes; k++)
            mode[k] = weft_field_row(field, first + k, z, y);
        weft_coloured_start(c, &sim->noise, component, row, grid->n[2], grid->start[2],
                            grid->local[2], mode);
    }
}

/* Components with an amplitude, counted as the steppers' pass over the fields does. */
static void draw_start(weft_sim *sim, const weft_coloured *c, weft_field *modes)
{
    int component = 0, noisy = 0, evolved = 0;
    for (int f = 0; f < sim->state->n; f++) {
        const weft_field_spec *spec = &sim->state->field[f].spec;
        if (spec->role != WEFT_EVOLVED && spec->role != WEFT_MOMENTUM)
            continue;
        const bool noise = sim->model->families.noise_amplitude(sim, evolved++) != 0.0;
        for (int i = 0; i < spec->components; i++, component++)
            if (noise)
                draw(sim, c, component, c->modes * noisy++, modes);
    }
}

weft_status coloured_setup(weft_sim *sim, const coloured_params *p, int sources)
{
    weft_field *modes = weft_state_find(sim->state, field_name);
    if (!modes)
        return WEFT_OK;
    if (p->type == COLOURED_FRACTIONAL && sim->end > p->horizon)
        return weft_param_fail(sim->own, "noise_horizon",
                               "%.10g is shorter than the run, which ends at %.10g", p->horizon,
                               sim->end);
    const weft_coloured_spec spec = spec_of(p, isnan(p->horizon) ? sim->end : p->horizon);
    weft_coloured *c = weft_alloc(1, sizeof *c);
    weft_status status = weft_coloured_make(&spec, c);
    if (status != WEFT_OK) {
        weft_free(c);
        return weft_param_blame(sim->own, "modes");
    }
    c->field = (int)(modes - sim->state->field);
    sim->coloured = c;
    for (int s = 0; s < sources; s++)
        draw(sim, c, s, c->modes * s, modes);
    if (sources == 0)
        draw_start(sim, c, modes);
    return WEFT_OK;
}

double coloured_white(const coloured_params *p, double noise)
{
    return p->type == COLOURED_FRACTIONAL && p->hurst != 0.5 ? 0.0 : noise;
}

void coloured_free(weft_sim *sim)
{
    weft_free(sim->coloured);
    sim->coloured = NULL;
}

void coloured_describe(const weft_sim *sim)
{
    const weft_coloured *c = sim->coloured;
    if (!c)
        return;
    const char *start = c->spec.stationary ? "in its stationary law" : "from zero";
    if (c->spec.colour == WEFT_COLOUR_OU)
        weft_say("noise: Ornstein-Uhlenbeck, correlation time %.6g, started %s", c->spec.tau,
                 start);
    else
        weft_say("noise: fractional, H = %.6g, by %d modes a site with rates from %.3g to %.3g, "
                 "started %s; relative error of the variance %.2g between the times %.3g and %.3g",
                 c->spec.hurst, c->modes, c->rate[0], c->rate[c->waves - 1], start, c->error,
                 c->spec.shortest, c->spec.horizon);
}
