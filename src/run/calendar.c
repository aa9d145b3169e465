/* When outputs are due. */
#include "parts.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Log-spaced times of adaptive runs start at this fraction of the end. */
static const double first_log_fraction = 1e-4;

/* A short decimal number is a quotient of two whole numbers below 2^53. Times of entries are then
 * quotients too, correctly rounded: the number nearest to what a reader means by 3 times 0.2. */
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

static void make_log_times(int64_t n, double end, run_calendar *c)
{
    c->times = weft_alloc((size_t)n + 1, sizeof *c->times);
    c->n = n + 1;
    for (int64_t j = 0; j < n; j++) {
        double fraction = n > 1 ? (double)(n - 1 - j) / (double)(n - 1) : 0;
        c->times[j + 1] = end * pow(first_log_fraction, fraction);
    }
}

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

double run_calendar_stamp(const run_calendar *c, int64_t entry, const run_member *m)
{
    double time = run_calendar_time(c, entry, m->timing.dt);
    return fabs(time - m->sim->time) <= 1e-12 * time ? time : m->sim->time;
}

bool run_calendar_due(const run_calendar *c, int64_t step, double time)
{
    if (c->next >= c->n)
        return false;
    return c->fixed ? run_calendar_step(c, c->next) <= step
                    : run_calendar_time(c, c->next, 0) <= time;
}
