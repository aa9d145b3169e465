/* The account of where the time goes: see weft/timing.h.
 *
 * A reading of the clock takes some 25 ns, and the shortest steps (a ring of 64 sites) take a
 * microsecond. So not all steps are timed: after each timed step the number of steps until the next
 * one is chosen such that reading the clock costs less than SHARE of all steps. The choice depends
 * on this process alone, and nothing here speaks to other ranks.
 *
 * Invariants. (1) Within a timed step, time belongs to exactly one activity: switching adds what
 * has passed to the old one and begins the new one. So the parts add up to the step. (2) Outside of
 * timed steps a part costs one comparison. (3) Nothing that is measured decides anything in a run;
 * so no bit of a result depends on it. */
#include "weft/timing.h"
#include "weft/clock.h"
#include <math.h>
#include <string.h>

enum { STEP_PARTS = WEFT_RECORDS };
static const double share = 0.0025, clock_seconds = 30e-9;

bool weft_timing_on;

/* The process's account. seconds[0 .. STEP_PARTS) are those of timed steps, between those of the
 * same activities outside of steps. */
static struct {
    double seconds[WEFT_ACTIVITIES], between[STEP_PARTS];
    double started, since;
    weft_activity now;
    int64_t steps, next, timed;          /* all steps, the next to be timed, how many were */
    int64_t switches;                    /* in this step */
    int64_t messages, bytes, transforms; /* in timed steps */
} account;

void weft_timing_start(void)
{
    memset(&account, 0, sizeof account);
    weft_timing_on = false;
    account.started = weft_now();
}

/* The account of a state: steps are what is left of the loop's time. */
weft_account weft_timing_account(void)
{
    weft_account a = {0};
    double parts = 0, outside = 0;
    for (int i = 0; i < STEP_PARTS; i++)
        parts += account.seconds[i];
    for (int i = STEP_PARTS; i < WEFT_ACTIVITIES; i++)
        outside += a.seconds[i] = account.seconds[i];
    for (int i = 0; i < STEP_PARTS; i++)
        outside += a.seconds[i] = account.between[i];
    const double steps = weft_now() - account.started - outside;
    if (account.timed == 0) {
        a.seconds[WEFT_OTHER] += steps;
        return a;
    }
    const double in_steps = parts / (double)account.timed * (double)account.steps;
    const double scale = in_steps > steps ? steps / parts : in_steps / parts;
    for (int i = 0; i < STEP_PARTS; i++)
        a.seconds[i] += account.seconds[i] * scale;
    a.seconds[WEFT_OTHER] += fmax(0, steps - parts * scale); /* parts/parts may round */
    a.messages = (double)account.messages / (double)account.timed;
    a.bytes = (double)account.bytes / (double)account.timed;
    a.transforms = (double)account.transforms / (double)account.timed;
    return a;
}

const char *weft_timing_name(weft_activity activity)
{
    static const char *const names[WEFT_ACTIVITIES] = {
        "kernels", "transforms", "noise",     "halo",        "reductions",
        "waiting", "records",    "snapshots", "checkpoints", "other"};
    return names[activity];
}

void weft_timing_step_begin(void)
{
    weft_timing_on = false; /* also after a step that failed */
    if (account.steps++ < account.next)
        return;
    account.switches = 0;
    account.now = WEFT_KERNELS;
    account.since = weft_now();
    weft_timing_on = true;
}

/* The gap is odd, so that it does not keep step with what happens every second or eighth time. */
void weft_timing_step_end(void)
{
    if (!weft_timing_on)
        return;
    const double now = weft_now();
    account.seconds[account.now] += now - account.since;
    weft_timing_on = false;
    account.timed++;
    double parts = 0;
    for (int i = 0; i < STEP_PARTS; i++)
        parts += account.seconds[i];
    const double mean = parts / (double)account.timed;
    const double gap = clock_seconds * (double)(account.switches + 2) / (share * mean);
    account.next = account.steps + (gap < 1 ? 0 : gap < 1e6 ? (int64_t)gap | 1 : 1000001);
}

void weft_timing_outside(weft_activity activity, double begin)
{
    double *seconds = (int)activity < STEP_PARTS ? account.between : account.seconds;
    seconds[activity] += weft_now() - begin;
}

/* Entering what one is in already costs no reading of the clock. */
weft_activity weft_timing_switch(weft_activity to)
{
    const weft_activity from = account.now;
    if (to == from)
        return from;
    const double now = weft_now();
    account.seconds[from] += now - account.since;
    account.since = now;
    account.now = to;
    account.switches++;
    return from;
}

void weft_timing_add_messages(int64_t messages, int64_t bytes)
{
    account.messages += messages;
    account.bytes += bytes;
}

/* Whole fields, there or back: the unit in which the cost of a step in k space is told. */
void weft_timing_add_transform(void)
{
    account.transforms++;
}
