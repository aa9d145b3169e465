/* A warning of runs in which nothing happens: the state is the same everywhere and a step leaves it
 * as it is, as where a start has the density 0 because nobody gave another one. Such a run costs
 * its time and gives constants.
 *
 * Invariants. The state is uniform where the least and the largest value of each component are
 * equal; noise, frequencies that differ and forces show in the first step. Both looks are
 * collective and read the state only; the second one comes once, after the first step, and only
 * where the first one found a uniform state. Models that advance themselves at random (lattices)
 * are not looked at: in a step without an event nothing changes, and their absorbing states end a
 * run. */
#include "parts.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <stdio.h>
#include <string.h>

static bool counts(const weft_field *f)
{
    return (f->spec.role == WEFT_EVOLVED || f->spec.role == WEFT_MOMENTUM) &&
           f->spec.element == WEFT_F64;
}

static int components(const weft_state *state)
{
    int n = 0;
    for (int f = 0; f < state->n; f++)
        n += counts(&state->field[f]) ? state->field[f].spec.components : 0;
    return n;
}

/* The value of each component, if every one is uniform. */
static bool uniform(weft_sim *sim, double *value)
{
    MPI_Comm comm = sim->grid->comm;
    for (int f = 0; f < sim->state->n; f++)
        for (int c = 0; counts(&sim->state->field[f]) && c < sim->state->field[f].spec.components;
             c++) {
            weft_view view = weft_field_view(sim->state, &sim->state->field[f], c, NULL);
            *value = weft_view_min(comm, &view);
            if (weft_view_max(comm, &view) != *value++)
                return false;
        }
    return true;
}

void run_rest_start(run_member *m)
{
    const int n = components(m->sim->state);
    if (n == 0 || m->input->plan.families & WEFT_HAS_SWEEP)
        return;
    m->still = weft_alloc((size_t)n, sizeof *m->still);
    if (uniform(m->sim, m->still))
        return;
    weft_free(m->still);
    m->still = NULL;
}

weft_status run_rest_look(run_member *m)
{
    const weft_stepper *stepper = m->input->stepper;
    if (!m->still)
        return WEFT_OK;
    if (stepper->sync)
        WEFT_TRY(stepper->sync(m->sim, m->stepper_data));
    const int n = components(m->sim->state);
    double *now = weft_alloc((size_t)n, sizeof *now);
    bool same = uniform(m->sim, now), zero = true;
    for (int i = 0; same && i < n; i++) {
        same = now[i] == m->still[i];
        zero = zero && now[i] == 0;
    }
    if (same)
        weft_warn("initial: the state is %s everywhere, and a step does not change it: nothing "
                  "happens in this run unless a parameter changes later; %s",
                  zero ? "zero" : "the same",
                  zero ? "give amplitudes or densities" : "give a perturbation");
    weft_free(now);
    weft_free(m->still);
    m->still = NULL;
    return WEFT_OK;
}
