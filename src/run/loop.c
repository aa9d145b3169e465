/* The one time loop: step; what is due; stop conditions. */
#include "parts.h"
#include "weft/clock.h"
#include "weft/memory.h"
#include "weft/signals.h"
#include <math.h>
#include <unistd.h>

/* Ranks meet to decide about stops and checkpoints this often, in seconds. */
static const double poll_seconds = 0.2;

/* What the ranks agree on in a poll; each entry is a maximum over the ranks. */
typedef struct poll {
    double stop; /* 1 signal, 2 stop file, 3 budget */
    double signal;
    double checkpoint; /* 1: due */
    double next;       /* steps or calls until the next poll */
} poll;

typedef struct loop {
    run_member *m;
    const run_listener *listener;
    run_control *control;
    int64_t calls;                /* advances done */
    int64_t polled_at, next_poll; /* calls at the last poll, and at which the next one is */
    double last_poll;             /* clock */
    double invariant0;            /* its first value */
    double drift;
} loop;

static weft_status failed_finite(const run_member *m)
{
    return weft_fail(
        WEFT_FAILED,
        "the field is not finite at time %.10g (step %lld); a smaller time.dt may help",
        m->sim->time, (long long)m->sim->step);
}

/* Bring the states to the present time, with what the stepper left pending. */
static weft_status synchronise(run_member *m)
{
    if (!m->input->stepper->sync)
        return WEFT_OK;
    WEFT_TRY(m->input->stepper->sync(m->sim, m->stepper_data));
    return m->half ? m->input->stepper->sync(m->half, m->half_data) : WEFT_OK;
}

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

/* Does a thermostat act? It changes what is otherwise conserved. */
static bool has_bath(const run_member *m)
{
    double gamma = 0, temperature = 0, mass = 0;
    if (!(m->input->stepper->needs & WEFT_HAS_BATH) || !m->input->model->families.bath)
        return false;
    m->input->model->families.bath(m->sim, m->sim->time, &gamma, &temperature, &mass);
    return gamma > 0;
}

static weft_status observe(loop *l)
{
    run_member *m = l->m;
    WEFT_TRY(run_observers_compute(&m->observers, m->sim, m->record));
    if (m->half)
        WEFT_TRY(compare_half(m));
    if (m->observers.invariant >= 0 && !has_bath(m)) {
        double now = m->record[m->observers.item[m->observers.invariant].offset];
        if (isnan(l->invariant0))
            l->invariant0 = now;
        else
            l->drift = fabs(now - l->invariant0) / fmax(fabs(l->invariant0), 1e-300);
    }
    int64_t entry = m->observe.next++ - m->observe.first;
    return l->listener->record(l->listener->context, m, entry);
}

/* Everything due at the present time. */
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
    if (record)
        WEFT_TRY(observe(l));
    if (snapshot && l->listener->snapshot) {
        if (m->sim->model->derive)
            WEFT_TRY(m->sim->model->derive(m->sim));
        WEFT_TRY(l->listener->snapshot(l->listener->context, m, m->fields.next - m->fields.first));
    }
    if (snapshot)
        m->fields.next++;
    return WEFT_OK;
}

static weft_status checkpoint(loop *l)
{
    double before = weft_now();
    WEFT_TRY(synchronise(l->m));
    if (!weft_state_finite(l->m->sim->state))
        return failed_finite(l->m);
    WEFT_TRY(l->listener->checkpoint(l->listener->context, l->m));
    l->control->last_checkpoint = weft_now();
    l->control->checkpoint_cost = l->control->last_checkpoint - before;
    return WEFT_OK;
}

/* Rank 0 of the member alone reads the clock and the stop file; a signal may reach any rank. */
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

static const char *reason(poll p)
{
    if (p.stop >= 3)
        return "the wall-time budget is used up";
    if (p.stop >= 2)
        return "a file named stop was found";
    return weft_signal_name((int)p.signal);
}

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
    if (l->control->progress) {
        double done = m->timing.dt > 0 ? (double)m->sim->step : m->sim->time;
        run_progress_show(l->control->progress, l->control->progress_base + done, m->sim->step,
                          m->sim->time, l->control->updates, l->drift);
    }
    if (p.stop > 0) {
        WEFT_TRY(checkpoint(l));
        l->control->why = reason(p);
        return WEFT_STOPPED;
    }
    return p.checkpoint > 0 ? checkpoint(l) : WEFT_OK;
}

/* The time of what is due next. */
static double next_output(const run_member *m)
{
    double next = fmin(m->timing.end, run_moments_time(m));
    if (m->observe.next < m->observe.n)
        next = fmin(next, run_calendar_time(&m->observe, m->observe.next, 0));
    if (m->fields.next < m->fields.n)
        next = fmin(next, run_calendar_time(&m->fields, m->fields.next, 0));
    return next;
}

static weft_status advance_fixed(loop *l)
{
    run_member *m = l->m;
    double dt = m->timing.dt, half = 0.5 * dt;
    WEFT_TRY(m->input->stepper->step(m->sim, m->stepper_data, &dt));
    m->sim->step++;
    m->sim->time = (double)m->sim->step * m->timing.dt;
    l->control->updates += 1;
    for (int i = 0; m->half && i < 2; i++) {
        WEFT_TRY(m->input->stepper->step(m->half, m->half_data, &half));
        m->half->step++;
        m->half->time = (double)m->half->step * half;
    }
    return WEFT_OK;
}

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

/* A model that has finished names the time of the event. The last state is recorded at that time,
 * unless the last record holds it already: an entry whose place in the calendar is later than the
 * event was made here before the checkpoint that this run goes on from. */
static weft_status end_early(loop *l, double time)
{
    run_member *m = l->m;
    const run_calendar *c = &m->observe;
    if (m->timing.dt == 0)
        m->sim->time = time;
    if (!l->listener->record_end ||
        (c->next > 0 && run_calendar_time(c, c->next - 1, m->timing.dt) >= m->sim->time))
        return WEFT_OK;
    WEFT_TRY(synchronise(m));
    if (!weft_state_finite(m->sim->state))
        return failed_finite(m);
    return observe(l);
}

static bool at_end(const run_member *m)
{
    return m->timing.dt > 0 ? m->sim->step >= m->timing.steps : m->sim->time >= m->timing.end;
}

weft_status run_loop(run_member *m, const run_listener *listener, run_control *c)
{
    loop l = {.m = m,
              .listener = listener,
              .control = c,
              .last_poll = weft_now(),
              .invariant0 = NAN,
              .drift = NAN};
    c->why = NULL;
    c->early = false;
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
        WEFT_TRY(m->timing.dt > 0 ? advance_fixed(&l) : advance_adaptive(&l));
        if (m->sim->model->guard)
            WEFT_TRY(m->sim->model->guard(m->sim));
        WEFT_TRY(run_timing_look(m));
        l.calls++;
    }
}
