/* A member: everything that one replica on its way consists of. A single run has one; an
 * ensemble has one for each group of ranks, which starts it again for replica after
 * replica. It joins the simulation (weft_sim: grid, fields, model), the stepper's data, the
 * time step, the observers and the calendars.
 *
 * Invariant: what a checkpoint holds (step, time, positions in the calendars, fields, what
 * model and stepper keep) and the input determine all that follows, to the bit. Therefore
 * steppers are made anew before a state is loaded, nothing of another replica is left in
 * them, and the halvings of the step are done again in the same way. Noise is a function of
 * (seed, replica, site, step) and needs no state of its own; since halving the step
 * multiplies the number of steps done by two, no random number is ever used twice.
 *
 * With time.error_check there is a second simulation `half`, which is the same problem with
 * half the step and the same Brownian path. All that happens to the first one happens to
 * it. */
#include "parts.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The stepper's own data for steps of length dt (0: it chooses them); *data belongs to the
 * caller and goes to destroy_stepper. Collective. */
static weft_status setup_stepper(const weft_input *input, weft_sim *sim, double dt, void **data)
{
    *data = NULL;
    return input->stepper->setup ? input->stepper->setup(sim, dt, data) : WEFT_OK;
}

static void destroy_stepper(const weft_input *input, weft_sim *sim, void *data)
{
    if (data && input->stepper->destroy)
        input->stepper->destroy(sim, data);
}

/* What was left to weft becomes part of the input, so that params.used.yaml runs again to
 * the same numbers. The text of the number is the shortest one that is read back to the
 * same bits. */
static void settle_number(const weft_input *input, const char *section, const char *name,
                          double value)
{
    char text[40];
    weft_number_text(value, text);
    weft_params_settle(input->params, section, name, text);
}

/* The default list of observables likewise: a later version with another default then still
 * repeats this run. */
static void settle_list(const weft_input *input)
{
    if (input->observe->list.value)
        return;
    char *list = weft_strdup("");
    const char *const *name = input->plan.observe[0] ? input->plan.observe : input->model->observe;
    for (; *name; name++) { /* in quotes: a formula may hold commas */
        char *longer = weft_format("%s%s\"%s\"", list, *list ? ", " : "[", *name);
        weft_free(list);
        list = longer;
    }
    char *text = weft_format("%s]", list);
    weft_params_settle(input->params, "observe", "list", text);
    weft_free(text);
    weft_free(list);
}

/* Where the clock stands at the start: on a step. Time is counted as steps*dt, so a start
 * between two steps would move all times. */
static weft_status set_start(run_member *m)
{
    const weft_section *time = weft_params_section(m->input->params, "time");
    run_timing *t = &m->timing;
    t->start = m->input->time->start;
    if (t->start >= t->end)
        return weft_param_fail(time, "start", "%.10g is not before time.end, %.10g", t->start,
                               t->end);
    double steps = t->dt > 0 ? t->start / t->dt : 0;
    t->first = llround(steps);
    if (fabs(steps - (double)t->first) > 1e-6)
        return weft_param_fail(time, "start",
                               "%.10g is no whole number of steps of dt = %.10g; %.10g would be",
                               t->start, t->dt, (double)t->first * t->dt);
    return WEFT_OK;
}

/* Calendars need dt, and dt: auto needs the intervals of the calendars: so the step is
 * chosen first (timing.c), as a divisor of the intervals, and a default interval is made
 * here of whole steps. */
static weft_status make_calendars(run_member *m)
{
    const weft_section *observe = weft_params_section(m->input->params, "observe");
    const weft_section *output = weft_params_section(m->input->params, "output");
    double dt = m->timing.dt, end = m->timing.end;
    WEFT_TRY(run_calendar_make(observe, "every", m->input->observe->every, dt, end, &m->observe));
    if (m->observe.n == 0) { /* a hundredth of the run, in whole steps */
        if (m->observe.fixed)
            m->observe.stride = m->timing.steps > 100 ? m->timing.steps / 100 : 1;
        else /* by times: no stride */
            run_calendar_spread(&m->observe, end / 100);
        m->observe.n = m->observe.fixed ? m->timing.steps / m->observe.stride + 1 : 101;
        settle_number(m->input, "observe", "every",
                      m->observe.fixed ? run_decimal((double)m->observe.stride * dt)
                                       : m->observe.every);
    }
    WEFT_TRY(run_calendar_make(output, "fields_every", m->input->output->fields_every, dt, end,
                               &m->fields));
    run_calendar_begin(&m->observe, m->timing.first, m->timing.start);
    run_calendar_begin(&m->fields, m->timing.first, m->timing.start);
    return WEFT_OK;
}

/* The order is forced. The initial state comes first, because the rates of the motion, and
 * with them dt: auto, are those of the state. `fresh` then says that the state of replica 0
 * is in place and need not be made again. Axes of observers (k, bins) may depend on the
 * grid and the model's data, so observers come after them. */
static weft_status create(MPI_Comm comm, const weft_input *input, run_member *m)
{
    m->input = input;
    weft_provenance_now(&m->provenance);
    WEFT_TRY(weft_sim_create(comm, input, &m->sim));
    WEFT_TRY(weft_sim_start(m->sim, input, 0, true));
    m->fresh = true;
    WEFT_TRY(run_timing_make(input, m->sim, &m->timing));
    WEFT_TRY(set_start(m));
    if (m->timing.chosen) {
        settle_number(input, "time", "dt", m->timing.dt);
        weft_params_settle(input->params, "time", "refine", m->timing.refines ? "true" : "false");
    }
    WEFT_TRY(run_observers_make(input, m->sim, &m->observers));
    settle_list(input);
    WEFT_TRY(make_calendars(m));
    WEFT_TRY(run_moments_make(m));
    run_rest_start(m);
    run_resolution_start(m); /* the last: bad input gets its one message alone */
    m->record = weft_alloc((size_t)m->observers.total, sizeof *m->record);
    if (!input->step || !input->step->error_check)
        return WEFT_OK;
    WEFT_TRY(weft_sim_create(comm, input, &m->half));
    m->half->noise.level = 1; /* the same Brownian path in halved steps */
    m->half_record = weft_alloc((size_t)m->observers.total, sizeof *m->half_record);
    m->half_worst = weft_alloc((size_t)m->observers.total, sizeof *m->half_worst);
    return WEFT_OK;
}

/* Also frees what was made before an error, so that a caller has nothing to clean up. */
weft_status run_member_create(MPI_Comm comm, const weft_input *input, run_member **out)
{
    run_member *m = weft_alloc(1, sizeof *m);
    weft_status status = create(comm, input, m);
    if (status != WEFT_OK) {
        run_member_free(m);
        m = NULL;
    }
    *out = m;
    return status;
}

/* Works on a member that was made only in part, which is what a failed create leaves. */
void run_member_free(run_member *m)
{
    if (!m)
        return;
    destroy_stepper(m->input, m->sim, m->stepper_data);
    destroy_stepper(m->input, m->half, m->half_data);
    run_observers_free(&m->observers);
    run_calendar_free(&m->observe);
    run_calendar_free(&m->fields);
    weft_free(m->moments.item);
    weft_free(m->record);
    weft_free(m->still);
    weft_free(m->half_record);
    weft_free(m->half_worst);
    weft_sim_free(m->half);
    weft_sim_free(m->sim);
    weft_free(m);
}

/* Entries stay at their times; only their number of steps changes. */
static void rescale_calendar(run_calendar *c, int halvings)
{
    c->stride = llround(ldexp((double)c->stride, halvings));
    for (int64_t i = 0; c->steps && i < c->n; i++)
        c->steps[i] = llround(ldexp((double)c->steps[i], halvings));
}

/* A step that was halved h times counts as 2^-h of a step, so that what is done and the
 * whole length keep their unit when the step is halved in the middle of a run. */
double run_member_done(const run_member *m)
{
    const run_timing *t = &m->timing;
    if (t->dt == 0)
        return m->sim->time - t->start;
    return ldexp((double)m->sim->step, -t->halvings) - (double)t->first;
}

double run_member_length(const run_member *m)
{
    const run_timing *t = &m->timing;
    return t->dt == 0 ? t->end - t->start
                      : ldexp((double)t->steps, -t->halvings) - (double)t->first;
}

/* Every count of steps times a power of two, every step divided by it. Both are exact in
 * binary arithmetic, so that a product of the two keeps its bits: times, and what is due,
 * stay what they are. */
static void rescale_counts(run_member *m, int halvings)
{
    run_timing *t = &m->timing;
    t->dt = ldexp(t->dt, -halvings);
    t->halvings += halvings;
    t->steps = llround(ldexp((double)t->steps, halvings));
    rescale_calendar(&m->observe, halvings);
    rescale_calendar(&m->fields, halvings);
    for (int i = 0; i < m->moments.n; i++)
        m->moments.item[i].step = llround(ldexp((double)m->moments.item[i].step, halvings));
}

/* The pending piece of the old step must be finished before the stepper is made anew for
 * the new one. The counters of noise are the numbers of steps: after a halving they begin
 * beyond all that were used. */
weft_status run_member_rescale(run_member *m, int halvings)
{
    const weft_stepper *stepper = m->input->stepper;
    if (stepper->sync) {
        WEFT_TRY(stepper->sync(m->sim, m->stepper_data));
        if (m->half)
            WEFT_TRY(stepper->sync(m->half, m->half_data));
    }
    rescale_counts(m, halvings);
    m->sim->step = llround(ldexp((double)m->sim->step, halvings));
    m->sim->first = llround(ldexp((double)m->sim->first, halvings));
    destroy_stepper(m->input, m->sim, m->stepper_data);
    WEFT_TRY(setup_stepper(m->input, m->sim, m->timing.dt, &m->stepper_data));
    if (!m->half)
        return WEFT_OK;
    m->half->step = 2 * m->sim->step;
    m->half->first = 2 * m->sim->first;
    destroy_stepper(m->input, m->half, m->half_data);
    return setup_stepper(m->input, m->half, 0.5 * m->timing.dt, &m->half_data);
}

/* Steppers are set up anew for each replica, since they may keep parts of its state. The
 * setup comes last: it may read the fields. */
static weft_status start_sim(run_member *m, weft_sim *sim, void **data, double dt, uint32_t replica,
                             bool with_initial_state)
{
    destroy_stepper(m->input, sim, *data);
    *data = NULL;
    if (!(m->fresh && sim == m->sim && replica == 0 && with_initial_state))
        WEFT_TRY(weft_sim_start(sim, m->input, replica, with_initial_state));
    sim->time = m->timing.start;
    sim->step = sim->first = sim == m->half ? 2 * m->timing.first : m->timing.first;
    return setup_stepper(m->input, sim, dt, data);
}

/* A replica begins with the step that was chosen at the start, also if the replica before
 * it had halved the step: otherwise its numbers would depend on which replicas the same
 * group did before. */
static weft_status start(run_member *m, uint32_t replica, bool with_initial_state)
{
    rescale_counts(m, -m->timing.halvings);
    m->timing.next_look = m->timing.gap = 1;
    m->timing.last_allowed = 0;
    m->observe.next = m->observe.first;
    m->fields.next = m->fields.first;
    m->moments.next = 0;
    WEFT_TRY(start_sim(m, m->sim, &m->stepper_data, m->timing.dt, replica, with_initial_state));
    m->fresh = false;
    if (!m->half)
        return WEFT_OK;
    memset(m->half_worst, 0, (size_t)m->observers.total * sizeof *m->half_worst);
    return start_sim(m, m->half, &m->half_data, 0.5 * m->timing.dt, replica, with_initial_state);
}

weft_status run_member_start(run_member *m, uint32_t replica)
{
    return start(m, replica, true);
}

/* ---- checkpoints ---- */

/* Fields that are computed from others (derived, static) are not kept: they are made again.
 * sync first, so that no half of a step is missing. */
static weft_status save_sim(run_member *m, weft_sim *sim, void *data, weft_file *file)
{
    if (m->input->stepper->sync)
        WEFT_TRY(m->input->stepper->sync(sim, data));
    for (int i = 0; i < sim->state->n; i++)
        if (weft_state_keeps(&sim->state->field[i]))
            WEFT_TRY(weft_file_put_field(file, sim->state, &sim->state->field[i]));
    if (m->input->model->save)
        WEFT_TRY(m->input->model->save(sim, file));
    return m->input->stepper->save ? m->input->stepper->save(sim, data, file) : WEFT_OK;
}

/* `begin` of the model comes after its data and before the stepper's: it makes what depends
 * on the fields, and the stepper may already use that. */
static weft_status load_sim(run_member *m, weft_sim *sim, void *data, weft_file *file)
{
    for (int i = 0; i < sim->state->n; i++)
        if (weft_state_keeps(&sim->state->field[i]))
            WEFT_TRY(weft_file_get_field(file, sim->state, &sim->state->field[i]));
    if (m->input->model->load)
        WEFT_TRY(m->input->model->load(sim, file));
    if (m->input->model->begin)
        WEFT_TRY(m->input->model->begin(sim));
    return m->input->stepper->load ? m->input->stepper->load(sim, data, file) : WEFT_OK;
}

/* Where a member stands: steps done, entries done of the two calendars, time. Stored as
 * bytes of the machine. */
typedef struct position {
    int64_t step, observed, snapshots;
    double time;
} position;

/* When the rates are looked at again (look.c), and how often the step was halved. Part of a
 * checkpoint, since a look may halve the step: a resumed run has to look at the same steps. */
typedef struct looks {
    int64_t next, gap, halvings;
    double last_allowed;
} looks;

/* The names of the second run of an error check begin with "half_" behind the prefix. */
static void set_prefix(weft_file *file, const char *prefix, const char *more)
{
    char *both = weft_format("%s%s", prefix, more);
    weft_file_prefix(file, both);
    weft_free(both);
}

/* Beside the fields: where the loop stands, and what the check of the step has learnt, since a
 * resumed run must look at the same steps as one that was not stopped. The half-step replica is a
 * whole replica more, under names of its own; its time follows from that of the first. */
weft_status run_member_save(run_member *m, weft_file *file, const char *prefix)
{
    position p = {m->sim->step, m->observe.next, m->fields.next, m->sim->time};
    const run_timing *t = &m->timing;
    looks look = {t->next_look, t->gap, t->halvings, t->last_allowed};
    set_prefix(file, prefix, "");
    WEFT_TRY(weft_file_put(file, "position", &p, sizeof p));
    WEFT_TRY(weft_file_put(file, "looks", &look, sizeof look));
    WEFT_TRY(save_sim(m, m->sim, m->stepper_data, file));
    if (m->half) {
        set_prefix(file, prefix, "half_");
        WEFT_TRY(weft_file_put(file, "worst", m->half_worst,
                               m->observers.total * (int64_t)sizeof *m->half_worst));
        WEFT_TRY(save_sim(m, m->half, m->half_data, file));
    }
    weft_file_prefix(file, "");
    return WEFT_OK;
}

/* Two steps of the half-step replica for one of the other, from the same time on. */
static weft_status load_half(run_member *m, weft_file *file)
{
    m->half->step = 2 * m->sim->step;
    m->half->time = m->sim->time;
    WEFT_TRY(weft_file_get(file, "worst", m->half_worst,
                           m->observers.total * (int64_t)sizeof *m->half_worst));
    return load_sim(m, m->half, m->half_data, file);
}

/* The counts in a checkpoint are in steps as they were then, halved so many times. The time is
 * compared with steps*dt: with dt: auto another time.end may choose another step, and the steps of
 * the checkpoint would then mean other times. Checkpoints without "looks" are those of versions
 * that never halved. */
static weft_status load_looks(run_member *m, const position *p, weft_file *file, looks *look)
{
    *look = (looks){1, 1, 0, 0};
    int64_t bytes;
    WEFT_TRY(weft_file_get_size(file, "looks", &bytes));
    if (bytes == (int64_t)sizeof *look)
        WEFT_TRY(weft_file_get(file, "looks", look, sizeof *look));
    rescale_counts(m, (int)look->halvings - m->timing.halvings);
    double now = (double)p->step * m->timing.dt;
    if (m->timing.dt > 0 && fabs(now - p->time) > 1e-9 * p->time)
        return weft_fail(
            WEFT_INPUT,
            "time.dt: auto chooses %.10g for this time.end, and the run was begun with "
            "%.10g; only a run with a given time.dt can be extended so",
            m->timing.dt, p->time / (double)p->step);
    return WEFT_OK;
}

/* `start` resets the member (also the halvings), the halvings are done again, and only then the
 * state is loaded into it. */
weft_status run_member_load(run_member *m, uint32_t replica, weft_file *file, const char *prefix)
{
    position p;
    looks look;
    set_prefix(file, prefix, "");
    WEFT_TRY(weft_file_get(file, "position", &p, sizeof p));
    WEFT_TRY(load_looks(m, &p, file, &look));
    WEFT_TRY(start(m, replica, false));
    if (look.halvings > 0)
        WEFT_TRY(run_member_rescale(m, (int)look.halvings));
    m->timing.next_look = look.next;
    m->timing.gap = look.gap;
    m->timing.last_allowed = look.last_allowed;
    m->sim->step = p.step;
    m->sim->time = p.time;
    WEFT_TRY(load_sim(m, m->sim, m->stepper_data, file));
    m->observe.next = p.observed;
    m->fields.next = p.snapshots;
    run_moments_skip(m);
    if (m->half) {
        set_prefix(file, prefix, "half_");
        WEFT_TRY(load_half(m, file));
    }
    weft_file_prefix(file, "");
    return WEFT_OK;
}
