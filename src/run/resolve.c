/* Warnings of fields that the grid does not resolve: of the initial state, and once in a run when
 * waves have become too short for the grid (a field that steepens, an instability, a collision).
 *
 * Which states are looked at: those of models whose fields are smooth functions in continuous space
 * (weft_plan.smooth); noise at every step, and lattices, fill all waves by nature. A start that is
 * rough by intention (noise at each point, an edge from one point to the next) is not warned of.
 * It must become smooth before a warning makes sense: the share falls below the limit, or, without
 * momenta, which keep noise for ever, below 0.6 of what it was at the start. Diffusion smooths
 * within a tenth of the run, else what is there are fronts and walls too thin for the grid.
 *
 * Invariants. A look reads the state at a record, when it is at one time, and changes nothing. When
 * it is due depends on steps and times alone, the same on all ranks. There are at most some fifty
 * looks in a run, and none within 512 steps of the one before, since one costs up to a dozen steps
 * (64^3 points, two components) and must not show in the time of a run; the last record is always
 * looked at. Only replica 0 of an ensemble is. */
#include "parts.h"
#include "physics/resolution.h"
#include "weft/log.h"
#include <math.h>

enum { FEWEST_STEPS = 512, LOOKS = 50 };

static bool is_rough(const weft_input *input)
{
    return input->plan.rough_start || (input->initial && input->initial->rough);
}

static bool has_momenta(const weft_plan *plan)
{
    for (int f = 0; f < plan->n_fields; f++)
        if (plan->field[f].role == WEFT_MOMENTUM)
            return true;
    return false;
}

static void plan_next(run_member *m)
{
    m->resolved.step = m->sim->step + FEWEST_STEPS;
    m->resolved.time = m->sim->time + (m->timing.end - m->timing.start) / LOOKS;
}

void run_resolution_start(run_member *m)
{
    run_resolved *r = &m->resolved;
    *r = (run_resolved){.warned = !m->input->plan.smooth};
    if (r->warned)
        return;
    r->first = resolution_share(m->sim);
    r->armed = !is_rough(m->input);
    if (!r->armed || !(r->first > resolution_limit))
        return;
    r->warned = true;
    weft_warn("initial: the grid does not resolve this state: %.2g of its gradient lies in the "
              "shortest waves that the grid has, and above %.2g numbers are wrong by about a per "
              "cent; take more points, or a wider structure (observable: resolution)",
              r->first, resolution_limit);
}

void run_resolution_look(run_member *m, bool last)
{
    run_resolved *r = &m->resolved;
    const weft_plan *plan = &m->input->plan;
    if (r->warned || m->sim->noise.replica > 0 ||
        (!last && (m->sim->step < r->step || m->sim->time < r->time)))
        return;
    const double share = resolution_share(m->sim), start = m->timing.start;
    const bool late = m->sim->time - start > 0.1 * (m->timing.end - start);
    r->armed = r->armed || share < resolution_limit || (plan->diffusive && late) ||
               (share < 0.6 * r->first && !has_momenta(plan));
    plan_next(m);
    if (!r->armed || !(share > resolution_limit))
        return;
    r->warned = true;
    weft_warn("time %.10g: the grid does not resolve the fields any more: %.2g of their gradient "
              "lies in the shortest waves that the grid has, and above %.2g numbers are wrong by "
              "about a per cent; take more points (observable: resolution)",
              run_decimal(m->sim->time), share, resolution_limit);
}
