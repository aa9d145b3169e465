/* Moments: the earlier times that observables refer to, such as the waiting times of
 * two-time correlations <a(t_w) a(t)>.
 *
 * A moment lies on a step, as records do. When the run is there, the model is asked to
 * remember the state in fields of its own, which are part of its checkpoints. Invariant:
 * each moment is passed exactly once, in the order of time and before the records of the
 * same time; a resumed run therefore passes over the moments at or before its time, whose
 * memory came with the checkpoint. */
#include "parts.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>

/* Order for qsort. Moments of equal times are ordered by their observer, since qsort may
 * leave equal elements in any order. */
static int earlier(const void *a, const void *b)
{
    const run_moment *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->observer - y->observer;
}

/* A moment outside the run would never come, and one between two steps would be missed. */
static weft_status check(const run_member *m, const run_moment *moment, const char *name)
{
    const weft_section *s = weft_params_section(m->input->params, "observe");
    double dt = m->timing.dt, steps = dt > 0 ? moment->time / dt : 0;
    if (!(moment->time >= m->timing.start && moment->time <= m->timing.end))
        return weft_param_fail(
            s, "list", "%s(%.10g): the time must lie between %s and time.end, %.10g", name,
            moment->time, m->timing.start > 0 ? "time.start" : "0", m->timing.end);
    if (fabs(steps - (double)llround(steps)) > 1e-6)
        return weft_param_fail(
            s, "list",
            "%s(%.10g): the time is no whole number of steps of dt = %.10g; %.10g would be", name,
            moment->time, dt, (double)llround(steps) * dt);
    return WEFT_OK;
}

/* Observers whose row has `remember` refer to an earlier time, which is their argument. */
weft_status run_moments_make(run_member *m)
{
    const run_observers *o = &m->observers;
    m->moments = (run_moments){.item = weft_alloc((size_t)o->n + 1, sizeof(run_moment))};
    for (int i = 0; i < o->n; i++) {
        if (!o->item[i].row || !o->item[i].row->remember)
            continue;
        run_moment *moment = &m->moments.item[m->moments.n++];
        *moment = (run_moment){.time = o->item[i].argument, .observer = i};
        WEFT_TRY(check(m, moment, o->item[i].row->name));
        if (m->timing.dt > 0)
            moment->step = llround(moment->time / m->timing.dt);
    }
    qsort(m->moments.item, (size_t)m->moments.n, sizeof *m->moments.item, earlier);
    return WEFT_OK;
}

/* Steppers that choose their steps go no further than this. */
double run_moments_time(const run_member *m)
{
    return m->moments.next < m->moments.n ? m->moments.item[m->moments.next].time : INFINITY;
}

/* Fixed steps are compared by their number, which is exact; times of adaptive steps were cut to the
 * moment itself by the loop. */
bool run_moments_due(const run_member *m)
{
    if (m->moments.next >= m->moments.n)
        return false;
    const run_moment *moment = &m->moments.item[m->moments.next];
    return m->timing.dt > 0 ? moment->step <= m->sim->step : moment->time <= m->sim->time;
}

/* Several observers may refer to the same time: all that are due are done. For the second
 * simulation (error_check) the same moments are passed again, from the same place. */
weft_status run_moments_remember(run_member *m)
{
    weft_sim *const sims[2] = {m->sim, m->half};
    int first = m->moments.next;
    for (int i = 0; i < 2 && sims[i]; i++) {
        if (sims[i]->model->derive)
            WEFT_TRY(sims[i]->model->derive(sims[i]));
        for (m->moments.next = first; run_moments_due(m); m->moments.next++) {
            const run_observer *o = &m->observers.item[m->moments.item[m->moments.next].observer];
            WEFT_TRY(o->row->remember(sims[i], o->argument));
        }
    }
    return WEFT_OK;
}

void run_moments_skip(run_member *m)
{
    while (run_moments_due(m))
        m->moments.next++;
}
