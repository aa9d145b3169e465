/* The rates of the motion, looked at again as a run goes on.
 *
 * A fixed step is chosen (or checked) for the rates of the initial state. Where the rates
 * depend on the state, the motion may become faster later: an unstable step then shows as a
 * field that grows without bound, or worse, as wrong numbers that look reasonable. So the
 * rates are asked for again from time to time, which is called a look. With `refine` the
 * step is halved as often as needed; else the user is warned once.
 *
 * Invariants. (1) The step is only ever halved, and never made longer: what is due stays a
 * whole number of steps. (2) When a look happens depends on the steps done and on the rates
 * seen, not on the clock or on outputs, and a stepper first finishes what it left pending.
 * So a run repeats to the bit, and a resumed run, which finds the time of the next look in
 * its checkpoint, equals an unbroken one. (3) The rates are the same on all ranks, and
 * therefore all ranks halve together. */
#include "parts.h"
#include "weft/log.h"
#include <math.h>

/* A step that is chosen uses the share 0.8 (`safety` of timing.c) of the limit of
 * stability. It is halved when it is 1/0.8 = 1.25 times longer than that choice: exactly
 * when it reaches the limit itself. */
static const double tolerance = 1.25;

/* 2^30 steps in place of one are more than any run can pay: a motion that asks for them
 * diverges. */
enum { most_halvings = 30 };

/* A look costs about as much as a step, so that it must come no more often than it can change
 * anything. The rates grow by about the same factor a step for a while: from what the step may be
 * now, what it might be at the last look, and the steps between, follows when the step in use would
 * be too long. The next look comes after a quarter of that time at most, and after twice the last
 * gap at most, since growth may begin at any moment: the first looks come after 1, 3, 7, 15 steps.
 */
static void plan_look(run_timing *t, int64_t step, double allowed)
{
    const int64_t most = t->refines ? 16 : 64;
    int64_t gap = 2 * t->gap < most ? 2 * t->gap : most;
    const double growth = log(t->last_allowed / allowed) / (double)t->gap;
    if (t->last_allowed > 0 && growth > 0) {
        double steps = 0.25 * log(allowed / t->dt) / growth;
        gap = steps < 1 ? 1 : steps < (double)gap ? (int64_t)steps : gap;
    }
    t->next_look = step + gap;
    t->gap = gap;
    t->last_allowed = allowed;
}

/* Halve until the step is at most what is needed. Multiplying by powers of two (ldexp) is
 * exact, so that the new dt times the new number of steps is the same time as before, to
 * the bit. Replicas of an ensemble do this each for itself; only replica 0 speaks of it. */
static weft_status refine(run_member *m, double needed)
{
    run_timing *t = &m->timing;
    int halvings = 0;
    while (t->dt > ldexp(needed, halvings))
        halvings++;
    const char *fragile = m->input->plan.fragile;
    if (t->halvings + halvings > most_halvings)
        return weft_fail(WEFT_FAILED,
                         "at time %.10g the motion needs steps of %.3g, 2^%d times shorter than at "
                         "the start: the field grows without bound%s%s",
                         m->sim->time, needed, t->halvings + halvings, fragile ? "; try " : "",
                         fragile ? fragile : "");
    if (m->sim->noise.replica == 0)
        weft_say(
            "time %.10g: the motion has become faster; dt is %.10g from here on (it was %.10g)",
            run_decimal(m->sim->time), ldexp(t->dt, -halvings), t->dt);
    return run_member_rescale(m, halvings);
}

/* A given step that is already above the bound was warned of at the start, and is not
 * looked at any more unless it may be refined. */
weft_status run_timing_look(run_member *m)
{
    run_timing *t = &m->timing;
    const weft_stepper *stepper = m->input->stepper;
    const char *bound;
    if (!t->varies || (t->warned && !t->refines) || m->sim->step < t->next_look)
        return WEFT_OK;
    if (stepper->sync) /* or what is seen would depend on when outputs were due */
        WEFT_TRY(stepper->sync(m->sim, m->stepper_data));
    weft_rates rates = m->input->model->rates(m->sim);
    double needed = run_needed_step(stepper, rates, &bound),
           stable = run_stable_step(stepper, rates, 1);
    if (t->refines && t->dt > tolerance * needed)
        WEFT_TRY(refine(m, needed));
    if (!t->refines && !t->warned && t->dt > stable) {
        t->warned = true;
        weft_warn(
            "time %.10g: the motion has become faster; time.dt: %.6g may be unstable with %s: up "
            "to %.6g it is stable for certain (a sufficient bound, of the linearised equation); "
            "'refine: true' halves the step where it must",
            run_decimal(m->sim->time), t->dt, stepper->name, stable);
    }
    plan_look(t, m->sim->step, t->refines ? tolerance * needed : stable);
    return WEFT_OK;
}
