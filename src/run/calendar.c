/* A calendar says when one kind of output is due: records of observables, or snapshots of
 * fields.
 *
 * Its entries are numbered from 0, and entry 0 lies at time 0. With a fixed time step an
 * entry is a whole number of steps; a stepper that chooses its own steps has entries at
 * times, which the loop then hits exactly. Entries are either equally spaced, or listed
 * (logarithmic schedules). A run whose time.start is later than 0 begins with the entry
 * `first`, and the record number r of its files is the entry first + r.
 *
 * Invariants. (1) Entries grow strictly, and each is done exactly once: `next` is the
 * number of entries done, it is part of every checkpoint, and so an unbroken run and a
 * resumed one write the same records. (2) Whether an entry is due is decided by counting
 * steps where steps are fixed: no rounding of times can lose or double one. (3) The time
 * written beside an entry is the decimal number that the input means, correctly rounded,
 * and not a product that is off in the last digit; so equal schedules give bit-equal time
 * axes, whatever dt is. */
#include "parts.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* A logarithmic schedule cannot begin at 0. With fixed steps it begins at the first step;
 * in runs that choose their own steps there is no shortest time, and it begins at this
 * fraction of the end. */
static const double first_log_fraction = 1e-4;

/* A short decimal number is a quotient digits/scale of two whole numbers below 2^53. The
 * time of an entry is then digits*entry/scale: a product of whole numbers, which is exact,
 * and one division, which IEEE 754 rounds correctly. This gives the number nearest to what
 * a reader means by 3 times 0.2, where the sum 0.2 + 0.2 + 0.2 would be another one. An
 * interval that is no short decimal (1/3) leaves digits at 0 and is multiplied as it is.
 * The limit of 1e9 keeps the products exact up to 9e6 entries. */
void run_calendar_spread(run_calendar *c, double every)
{
    double scale = 1;
    c->every = every;
    c->digits = 0;
    for (int places = 0; places <= 15; places++, scale *= 10) {
        double digits = round(every * scale);
        if (digits >= 1 && digits < 1e9 && digits / scale == every) {
            c->digits = digits;
            c->scale = scale;
            return;
        }
    }
}

/* Equally spaced entries. With fixed steps the interval must be a whole number of steps (to
 * 1e-6 of one, far above the rounding of the quotient and far below what a user could
 * mean): an interval that fits only now and then would make records at times that nobody
 * asked for. The message names the two intervals beside it that would do. */
static weft_status make_every(const weft_section *section, const char *key, double every, double dt,
                              double end, run_calendar *c)
{
    run_calendar_spread(c, every);
    if (!c->fixed) {
        c->n = (int64_t)floor(end / every * (1 + 1e-12)) + 1;
        return WEFT_OK;
    }
    double steps = every / dt;
    c->stride = (int64_t)llround(steps);
    if (c->stride < 1 || fabs(steps - (double)c->stride) > 1e-6) {
        double below = floor(steps) * dt, above = (floor(steps) + 1) * dt;
        return weft_param_fail(
            section, key, "%.10g is no whole number of steps of dt = %.10g; %.10g%s%.10g would be",
            every, dt, below > 0 ? below : above, below > 0 ? " or " : ", say ",
            below > 0 ? above : 2 * above);
    }
    c->n = (int64_t)llround(end / dt) / c->stride + 1;
    return WEFT_OK;
}

/* n steps from 1 to the last with equal ratios. Near the beginning several of them round to
 * the same step; only the first is kept, so that the entries still grow strictly and there
 * may be fewer than n + 1 of them. */
static void make_log_steps(int64_t n, int64_t last, run_calendar *c)
{
    c->steps = weft_alloc((size_t)n + 1, sizeof *c->steps);
    c->n = 1; /* time 0 */
    for (int64_t j = 0; j < n; j++) {
        double fraction = n > 1 ? (double)j / (double)(n - 1) : 1;
        int64_t step = (int64_t)llround(exp(fraction * log((double)last)));
        if (step > c->steps[c->n - 1])
            c->steps[c->n++] = step;
    }
}

/* n times with equal ratios up to the end. The last exponent is exactly 0 and pow(x, 0) is
 * exactly 1, so that the last entry is the end to the bit and the loop reaches it. */
static void make_log_times(int64_t n, double end, run_calendar *c)
{
    c->times = weft_alloc((size_t)n + 1, sizeof *c->times);
    c->n = n + 1;
    for (int64_t j = 0; j < n; j++) {
        double fraction = n > 1 ? (double)(n - 1 - j) / (double)(n - 1) : 0;
        c->times[j + 1] = end * pow(first_log_fraction, fraction);
    }
}

/* An empty calendar has n = 0 and is never due. */
weft_status run_calendar_make(const weft_section *section, const char *key, weft_schedule schedule,
                              double dt, double end, run_calendar *out)
{
    *out = (run_calendar){.fixed = dt > 0, .end = end};
    if (!weft_scheduled(schedule))
        return WEFT_OK;
    if (schedule.log == 0)
        return make_every(section, key, schedule.every, dt, end, out);
    if (out->fixed)
        make_log_steps(schedule.log, (int64_t)llround(end / dt), out);
    else
        make_log_times(schedule.log, end, out);
    return WEFT_OK;
}

void run_calendar_free(run_calendar *c)
{
    weft_free(c->steps);
    weft_free(c->times);
    *c = (run_calendar){0};
}

/* The first entry at a step or time, or behind it. A time that is given as a number may be
 * off by rounding from the entry that it means: the factor 1 - 1e-12 still takes that
 * entry. A run that begins behind the last entry has none, and first is then n. */
void run_calendar_begin(run_calendar *c, int64_t step, double time)
{
    c->first = 0;
    if (c->stride > 0)
        c->first = (step + c->stride - 1) / c->stride;
    else if (!c->fixed && c->every > 0)
        c->first = (int64_t)ceil(time / c->every * (1 - 1e-12));
    else
        while (c->first < c->n &&
               (c->fixed ? c->steps[c->first] < step : c->times[c->first] < time))
            c->first++;
    c->first = c->first < c->n ? c->first : c->n;
}

int64_t run_calendar_records(const run_calendar *c)
{
    return c->n - c->first;
}

int64_t run_calendar_step(const run_calendar *c, int64_t entry)
{
    return c->steps ? c->steps[entry] : c->stride * entry;
}

/* The time of an entry as a reader means it. With fixed steps the state's own time is
 * steps*dt; where the interval is a short decimal and agrees with it to rounding, the
 * decimal is taken. Otherwise the time is rounded to 15 digits, which every double keeps. */
double run_calendar_time(const run_calendar *c, int64_t entry, double dt)
{
    if (c->times)
        return c->times[entry];
    double meant = c->digits > 0 ? c->digits * (double)entry / c->scale : c->every * (double)entry;
    if (!c->fixed)
        return fmin(meant, c->end); /* rounding may pass the end: it is the last entry */
    double steps = (double)run_calendar_step(c, entry) * dt;
    return c->digits > 0 && fabs(steps - meant) <= 1e-12 * meant ? meant : run_decimal(steps);
}

/* Normally the state stands at the time of the entry and gets its decimal number. A run
 * that ended between two entries (an event such as the absorbing state) has its last record
 * at the time of the event instead. */
double run_calendar_stamp(const run_calendar *c, int64_t record, const run_member *m)
{
    double time = run_calendar_time(c, c->first + record, m->timing.dt);
    return fabs(time - m->sim->time) <= 1e-12 * time ? time : m->sim->time;
}

/* An entry that was passed is due as well, not only one that is met exactly: none is ever
 * left out. */
bool run_calendar_due(const run_calendar *c, int64_t step, double time)
{
    if (c->next >= c->n)
        return false;
    return c->fixed ? run_calendar_step(c, c->next) <= step
                    : run_calendar_time(c, c->next, 0) <= time;
}
