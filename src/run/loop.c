/* The one time loop: step; what is due; stop conditions. Every model and every stepper goes
 * through it, alone or as a replica of an ensemble.
 *
 * A turn of the loop: write what is due at the present time; end if the end is reached or
 * the model has finished; now and then meet the other ranks to ask for stops and
 * checkpoints (a poll); advance by one step.
 *
 * Invariants. (1) Outputs never change the motion: before one the stepper is asked to
 * finish what it left pending, and this must not change, to the bit, what later steps give.
 * (2) A checkpoint is only written between two steps and after all that is due then, so
 * that `next` of the calendars, the records in the files and the state belong together;
 * this is why a resumed run equals an unbroken one. (3) No state that is not finite is ever
 * observed, written or kept as a checkpoint. (4) All ranks take every branch together: what
 * decides is either equal on all ranks by construction (steps, times, calendars) or agreed
 * on in the poll. Clocks, signals and files are only looked at there. A branch that
 * followed one rank's clock would deadlock the others in the next collective call. */
#include "parts.h"
#include "pole.h"
#include "weft/clock.h"
#include "weft/memory.h"
#include "weft/signals.h"
#include "weft/timing.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* Ranks meet to decide about stops and checkpoints this often, in seconds. A meeting is a
 * small MPI_Allreduce (microseconds), so that it costs nothing at this rate; a user who
 * presses Ctrl-C waits no longer than this and one step. */
static const double poll_seconds = 0.2;

/* Seconds; see attend. */
static const double shortest_attendance = 1e-3;

/* What the ranks agree on in a poll: each entry is the maximum over the ranks. They are
 * doubles so that one reduction does all. */
typedef struct poll {
    double stop; /* 1 signal, 2 stop file, 3 budget */
    double signal;
    double checkpoint; /* 1: due */
    double next;       /* steps or calls until the next poll */
} poll;

/* The loop at work. The pointers belong to the caller. calls counts the steps of this
 * process, which starts at 0 also on a resume: it only serves to plan polls. invariant0 is
 * the first value of the observable whose drift is shown (nan until it is known); drift is
 * its relative change since. */
typedef struct loop {
    run_member *m;
    const run_listener *listener;
    run_control *control;
    int64_t calls;                 /* advances done */
    int64_t polled_at, next_poll;  /* calls at the last poll, and at which the next one is */
    double last_poll;              /* clock */
    int64_t attend_at, attend_gap; /* calls at which control->attend is next called, and between */
    double attended;               /* clock at the last one */
    double invariant0;             /* its first value */
    double drift;
    run_pole pole; /* sizes of the state in the last steps */
} loop;

/* The time of the message is that of the state, which may have gone wrong some steps
 * before: finiteness is asked at outputs and polls, not after each step. */
static weft_status failed_finite(const run_member *m)
{
    const char *fragile = m->input->plan.fragile;
    return weft_fail(
        WEFT_FAILED,
        "the field is not finite at time %.10g (step %lld); a smaller time.dt may help%s%s",
        m->sim->time, (long long)m->sim->step, fragile ? "; or " : "", fragile ? fragile : "");
}

/* Bring the states to the present time. A splitting method merges the last piece of a step
 * with the first one of the next; sync does the first half of such a merged piece. */
static weft_status synchronise(run_member *m)
{
    if (!m->input->stepper->sync)
        return WEFT_OK;
    WEFT_TRY(m->input->stepper->sync(m->sim, m->stepper_data));
    return m->half ? m->input->stepper->sync(m->half, m->half_data) : WEFT_OK;
}

/* The same record of the replica with half the step, and the largest difference seen so far
 * of each number. */
static weft_status compare_half(run_member *m)
{
    WEFT_TRY(run_observers_compute(&m->observers, m->half, m->half_record));
    for (int64_t i = 0; i < m->observers.total; i++) {
        double difference = fabs(m->record[i] - m->half_record[i]);
        if (difference > m->half_worst[i])
            m->half_worst[i] = difference;
    }
    return WEFT_OK;
}

/* Make a record and give it to the owner of the loop. The number of the record is counted
 * from the first entry of this run. Where energy goes in or out (a bath, damping, a sponge,
 * parameters that change) the plan says so, and there is no invariant whose drift would mean
 * anything. */
static weft_status observe(loop *l)
{
    run_member *m = l->m;
    WEFT_TRY(run_observers_compute(&m->observers, m->sim, m->record));
    if (m->half)
        WEFT_TRY(compare_half(m));
    if (m->observers.invariant >= 0) {
        double now = m->record[m->observers.item[m->observers.invariant].offset];
        if (isnan(l->invariant0))
            l->invariant0 = now;
        else
            l->drift = fabs(now - l->invariant0) / fmax(fabs(l->invariant0), 1e-300);
    }
    int64_t entry = m->observe.next++ - m->observe.first;
    return l->listener->record(l->listener->context, m, entry);
}

/* By steps, where they are fixed. */
static bool at_end(const run_member *m)
{
    return m->timing.dt > 0 ? m->sim->step >= m->timing.steps : m->sim->time >= m->timing.end;
}

/* The snapshot that is due; it is counted even if nobody writes it (a replica of an ensemble), so
 * that the calendar goes on alike everywhere. The state is at one time and finite. */
static weft_status snap(loop *l)
{
    run_member *m = l->m;
    const int64_t entry = m->fields.next++ - m->fields.first;
    if (!l->listener->snapshot)
        return WEFT_OK;
    double begin = weft_now();
    if (m->sim->model->derive)
        WEFT_TRY(m->sim->model->derive(m->sim));
    WEFT_TRY(l->listener->snapshot(l->listener->context, m, entry));
    weft_timing_outside(WEFT_SNAPSHOTS, begin);
    return WEFT_OK;
}

/* Everything due at the present time. What is to be remembered comes before the records,
 * since a record of the same time may already refer to it. */
static weft_status outputs(loop *l)
{
    run_member *m = l->m;
    bool record = run_calendar_due(&m->observe, m->sim->step, m->sim->time);
    bool snapshot = run_calendar_due(&m->fields, m->sim->step, m->sim->time);
    bool moment = run_moments_due(m);
    if (!record && !snapshot && !moment)
        return WEFT_OK;
    WEFT_TRY(synchronise(m));
    if (!weft_state_finite(m->sim->state))
        return failed_finite(m);
    if (moment)
        WEFT_TRY(run_moments_remember(m));
    double begin = weft_now();
    if (record) {
        WEFT_TRY(observe(l));
        run_resolution_look(m, at_end(m));
        weft_timing_outside(WEFT_RECORDS, begin);
    }
    return snapshot ? snap(l) : WEFT_OK;
}

/* The time that a checkpoint takes is remembered: the budget of wall time must leave room
 * for the last one. */
static weft_status checkpoint(loop *l)
{
    double before = weft_now();
    WEFT_TRY(synchronise(l->m));
    if (!weft_state_finite(l->m->sim->state))
        return failed_finite(l->m);
    WEFT_TRY(l->listener->checkpoint(l->listener->context, l->m));
    l->control->last_checkpoint = weft_now();
    l->control->checkpoint_cost = l->control->last_checkpoint - before;
    weft_timing_outside(WEFT_CHECKPOINTS, before);
    return WEFT_OK;
}

/* Rank 0 of the member alone reads the clock and the stop file; a signal may reach any
 * rank, so every rank tells its own.
 *
 * The number of steps until the next poll follows from the time that the last ones took;
 * rank 0 gives it to all, since another number on another rank would be a deadlock. A run
 * stops early enough for the time that is left of its budget: twice the last checkpoint and
 * twice the longest time between two polls. */
static poll ask(loop *l)
{
    const run_control *c = l->control;
    MPI_Comm comm = l->m->sim->grid->comm;
    poll p = {0};
    p.signal = weft_signal_pending();
    p.stop = p.signal > 0 ? 1 : 0;
    if (l->m->sim->grid->rank == 0) {
        double now = weft_now(), gap = now - l->last_poll;
        double calls = (double)(l->calls - l->polled_at);
        double per_call = calls > 0 && gap > 0 ? gap / calls : poll_seconds;
        l->last_poll = now;
        l->control->longest_gap = fmax(c->longest_gap, gap);
        p.next = fmin(fmax(floor(poll_seconds / per_call), 1), 1e6);
        if (c->stop_file && access(c->stop_file, F_OK) == 0)
            p.stop = fmax(p.stop, 2);
        double reserve = 2 * c->checkpoint_cost + 2 * c->longest_gap;
        if (c->deadline > 0 && now + reserve >= c->deadline)
            p.stop = fmax(p.stop, 3);
        p.checkpoint = c->checkpoint_every > 0 && now - c->last_checkpoint >= c->checkpoint_every;
    }
    MPI_Allreduce(MPI_IN_PLACE, &p, 4, MPI_DOUBLE, MPI_MAX, comm);
    return p;
}

/* Where several reasons come together, the budget goes before the file, and the file before
 * the signal. */
static const char *reason(poll p)
{
    if (p.stop >= 3)
        return "the wall-time budget is used up";
    if (p.stop >= 2)
        return "a file named stop was found";
    return weft_signal_name((int)p.signal);
}

/* What a replica that began at its start has done; of one that was taken up again at an earlier end
 * the share of the rest, in units of the whole, so that all replicas count alike. */
static double done_of_replica(const loop *l)
{
    const double done = run_member_done(l->m), from = l->control->progress_from;
    const double length = run_member_length(l->m);
    return from > 0 && length > from ? length * (done - from) / (length - from) : done;
}

/* Steps are counted from time 0, replicas from 0. */
static void show_progress(const loop *l)
{
    const weft_sim *sim = l->m->sim;
    const run_control *c = l->control;
    char where[96];
    if (c->replicas > 0)
        snprintf(where, sizeof where, "replica %lld at time %.6g", (long long)c->replica,
                 sim->time);
    else
        snprintf(where, sizeof where, "step %lld  time %.6g", (long long)sim->step, sim->time);
    run_progress_show(c->progress, c->progress_base + done_of_replica(l), where, c->updates,
                      l->drift);
}

/* The poll, when its turn has come. next_poll is the same on all ranks because p.next is. */
static weft_status control(loop *l)
{
    run_member *m = l->m;
    if (l->calls < l->next_poll)
        return WEFT_OK;
    poll p = ask(l);
    l->polled_at = l->calls;
    l->next_poll = l->calls + (int64_t)p.next;
    if (!weft_state_finite(m->sim->state))
        return failed_finite(m);
    if (l->control->progress)
        show_progress(l);
    if (l->listener->meeting)
        WEFT_TRY(l->listener->meeting(l->listener->context));
    if (p.stop > 0) {
        WEFT_TRY(checkpoint(l));
        l->control->why = reason(p);
        return WEFT_STOPPED;
    }
    return p.checkpoint > 0 ? checkpoint(l) : WEFT_OK;
}

/* What the owner of the loop does beside it, on this rank alone: every so many steps that a few
 * milliseconds pass. */
static void attend(loop *l)
{
    if (!l->control->attend || l->calls < l->attend_at)
        return;
    l->control->attend(l->control->attended);
    double now = weft_now(), spent = now - l->attended;
    if (spent < shortest_attendance)
        l->attend_gap *= 2;
    else if (spent > 10 * shortest_attendance) /* steps have become longer */
        l->attend_gap = 1;
    else if (l->attend_gap > 1)
        l->attend_gap /= 2;
    l->attended = now;
    l->attend_at = l->calls + l->attend_gap;
}

/* The time of what is due next, for steppers that choose their own steps: they go no
 * further than this. */
static double next_output(const run_member *m)
{
    double next = fmin(m->timing.end, run_moments_time(m));
    if (m->observe.next < m->observe.n)
        next = fmin(next, run_calendar_time(&m->observe, m->observe.next, 0));
    if (m->fields.next < m->fields.n)
        next = fmin(next, run_calendar_time(&m->fields, m->fields.next, 0));
    return next;
}

/* One step of fixed length. The time is the number of steps times dt and not a sum of
 * steps, so that no rounding grows with them. The replica of the error check makes two half
 * steps. */
static weft_status advance_fixed(loop *l)
{
    run_member *m = l->m;
    double dt = m->timing.dt, half = 0.5 * dt;
    WEFT_TRY(m->input->stepper->step(m->sim, m->stepper_data, &dt));
    m->sim->step++;
    m->sim->time = (double)m->sim->step * m->timing.dt;
    WEFT_TRY(run_pole_look(&l->pole, m->sim, m->timing.steps));
    l->control->updates += 1;
    for (int i = 0; m->half && i < 2; i++) {
        WEFT_TRY(m->input->stepper->step(m->half, m->half_data, &half));
        m->half->step++;
        m->half->time = (double)m->half->step * half;
    }
    return WEFT_OK;
}

/* At most to what is due next. The stepper says how far it came; where it came all the way,
 * the time is set to the target itself, so that outputs are hit to the bit and not to
 * rounding. */
static weft_status advance_adaptive(loop *l)
{
    run_member *m = l->m;
    double target = next_output(m), wanted = target - m->sim->time, dt = wanted;
    WEFT_TRY(m->input->stepper->step(m->sim, m->stepper_data, &dt));
    m->sim->step++;
    l->control->updates += dt;
    m->sim->time = dt < wanted ? m->sim->time + dt : target; /* outputs are hit exactly */
    return WEFT_OK;
}

/* Does the last entry that was made of a calendar hold what happened at the present time? One whose
 * place is later than the event was made here before the checkpoint that this run goes on from.
 * Fixed steps are compared by their numbers: an entry at 5.6 is the state at 56 steps of 0.1, whose
 * product lies a rounding above it. */
static bool has_last(const run_calendar *c, const run_member *m)
{
    if (c->next == 0)
        return false;
    return c->fixed ? run_calendar_step(c, c->next - 1) >= m->sim->step
                    : run_calendar_time(c, c->next - 1, m->timing.dt) >= m->sim->time;
}

/* A model that has finished names the time of the event. The last state is recorded at that time,
 * and written as a snapshot where there are any, unless the last entry holds it already. */
static weft_status end_early(loop *l, double time)
{
    run_member *m = l->m;
    if (m->timing.dt == 0)
        m->sim->time = time;
    const bool record = !has_last(&m->observe, m);
    const bool snapshot = m->fields.n > 0 && !has_last(&m->fields, m);
    if (!l->listener->record_end || (!record && !snapshot))
        return WEFT_OK;
    WEFT_TRY(synchronise(m));
    if (!weft_state_finite(m->sim->state))
        return failed_finite(m);
    if (record)
        WEFT_TRY(observe(l));
    return snapshot ? snap(l) : WEFT_OK;
}

/* The order within a turn matters. Outputs come first, so that the initial state is record
 * 0 and the last state is recorded before the loop ends. The poll comes after the outputs
 * and before the step: a checkpoint then never stands between a record and its entry.
 * `guard` and the look at the rates come directly after the step, since both depend on the
 * steps done and not on what is due. */
weft_status run_loop(run_member *m, const run_listener *listener, run_control *c)
{
    loop l = {.m = m,
              .listener = listener,
              .control = c,
              .last_poll = weft_now(),
              .attend_gap = 1,
              .attended = weft_now(),
              .invariant0 = NAN,
              .drift = NAN};
    c->why = NULL;
    c->early = false;
    if (m->timing.dt > 0 && !at_end(m))
        WEFT_TRY(run_pole_look(&l.pole, m->sim, m->timing.steps));
    for (;;) {
        WEFT_TRY(outputs(&l));
        if (at_end(m))
            return weft_state_finite(m->sim->state) ? WEFT_OK : failed_finite(m);
        double event = m->sim->time;
        if (m->sim->model->finished)
            c->why = m->sim->model->finished(m->sim, &event);
        if (c->why) {
            c->early = true;
            return end_early(&l, event);
        }
        WEFT_TRY(control(&l));
        attend(&l);
        weft_timing_step_begin();
        WEFT_TRY(m->timing.dt > 0 ? advance_fixed(&l) : advance_adaptive(&l));
        if (m->sim->model->guard)
            WEFT_TRY(m->sim->model->guard(m->sim));
        WEFT_TRY(run_timing_look(m));
        WEFT_TRY(run_rest_look(m));
        weft_timing_step_end();
        l.calls++;
    }
}
