/* The time step: chosen or checked at the start (look.c looks at it again in the run).
 *
 * A model tells the rates of its present state; the limits of a stepper are those of its linear
 * stability. A chosen step uses the share `safety` of them, or resolves the fastest motion.
 *
 * Bounds of rates (norms of Jacobians) are sufficient for stability and no more; rates that the
 * motion has for certain make a larger step unstable. The two are told apart by weft_rates. */
#include "parts.h"
#include "weft/log.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The share of the stability limit that dt: auto uses. */
static const double safety = 0.8;

/* More steps than this are warned of: hours for the smallest system, years for others. */
static const double many_steps = 1e10;

/* Largest number of which both are whole multiples (to rounding); b alone if a is 0.
 * Euclid's algorithm, where a remainder below 1e-9 of the larger number counts as zero. */
static double common_divisor(double a, double b)
{
    double large = fmax(a, b), tiny = 1e-9 * large;
    while (a > tiny) {
        double r = fmod(b, a);
        if (a - r < tiny)
            r = 0;
        b = a;
        a = r;
    }
    return b;
}

/* The largest step that is stable for rates of this size. The stepper's limits are the ends
 * of the intervals on the imaginary and on the negative real axis in which |amplification|
 * <= 1. size scales the frequencies; the rate without inertia goes with their square. */
double run_stable_step(const weft_stepper *stepper, weft_rates rates, double size)
{
    double dt = INFINITY;
    if (stepper->oscillation_limit > 0 && rates.oscillation > 0)
        dt = fmin(dt, stepper->oscillation_limit / (rates.oscillation * size));
    if (stepper->decay_limit > 0 && rates.decay > 0)
        dt = fmin(dt, stepper->decay_limit / (rates.decay * size));
    if (stepper->overdamped_limit > 0 && rates.overdamped > 0)
        dt = fmin(dt, stepper->overdamped_limit / (rates.overdamped * size * size));
    return dt;
}

/* The step that the present state asks for, and why. Stability alone would do; accuracy
 * asks for less where the fastest important motion is slow compared with the limit. A step without
 * inertia has no such motion; there the variance of the fastest mode is 1/(1 - dt/limit) times too
 * large, which a tenth of the limit keeps to 11 %. */
double run_needed_step(const weft_stepper *stepper, weft_rates rates, const char **bound)
{
    double limit = safety * run_stable_step(stepper, rates, 1);
    *bound = "0.8 of the linear stability bound";
    if (stepper->overdamped_limit > 0 && rates.overdamped > 0) {
        *bound = "0.1 of the linear stability bound, for the variance of the fastest mode";
        return 0.1 * stepper->overdamped_limit / rates.overdamped;
    }
    if (rates.accuracy > 0 && rates.accuracy < limit) {
        limit = rates.accuracy;
        *bound = "by accuracy, within the linear stability bound";
    }
    return limit;
}

/* The longest step from 0.85*limit to limit of three digits that divides base; 0: there is
 * none. A step that a person can read is worth at most 15 % more of them. */
static double decimal_step(double base, double limit)
{
    const int places = 2 - (int)floor(log10(limit));
    const double most = floor(limit * pow(10, places) * (1 + 1e-12));
    for (double digits = most; digits >= 0.85 * most; digits--) {
        double dt = places >= 0 ? digits / pow(10, places) : digits * pow(10, -places);
        double steps = base / dt;
        if (fabs(steps - round(steps)) < 1e-9)
            return dt;
    }
    return 0;
}

/* What a chosen step must divide: the start, the end, the intervals of records and snapshots, and
 * the times that observables refer to (moments.c). A name of the list that is no row of the model's
 * table is a derived quantity, which remembers nothing. */
static double divisor(const weft_input *input)
{
    const weft_strings list = input->observe->list;
    double base = common_divisor(input->observe->every.every, input->time->end);
    base = common_divisor(input->output->fields_every.every, base);
    base = common_divisor(input->time->start, base);
    for (int i = 0; i < list.n; i++) {
        const weft_observable *row;
        double time;
        if (weft_observable_find(input->model, input->params, list.value[i], &row, &time) !=
            WEFT_OK)
            weft_error_clear();
        else if (row->remember)
            base = common_divisor(time, base);
    }
    return base;
}

/* dt: auto. */
static weft_status choose(const weft_input *input, weft_rates rates, run_timing *out)
{
    const weft_section *time = weft_params_section(input->params, "time");
    double limit = run_needed_step(input->stepper, rates, &out->bound);
    if (!isfinite(limit))
        return weft_param_fail(
            time, "dt",
            "nothing bounds the step of %s here; give a number, or take a stepper "
            "that finds its steps by time.rtol",
            input->stepper->name);
    double base = divisor(input);
    if (base < limit * 1e-3)
        return weft_param_fail(time, "dt",
                               "auto finds no step that divides end, start, observe.every, "
                               "output.fields_every and the times of observables; give a number");
    out->dt = decimal_step(base, limit);
    if (out->dt == 0)
        out->dt = base / ceil(base / limit * (1 - 1e-12));
    out->chosen = true;
    if (out->end / out->dt > many_steps)
        weft_warn(
            "time.dt: auto chooses %.3g, which makes %.3g steps to the end (%s): are the state "
            "and the parameters what you mean?",
            out->dt, out->end / out->dt, out->bound);
    return WEFT_OK;
}

/* A given step: an error where it is unstable for certain, a warning where a bound says no more
 * than that it may be. */
static weft_status check_given(const weft_input *input, weft_rates rates, run_timing *out)
{
    const weft_section *time = weft_params_section(input->params, "time");
    out->dt = input->step->dt;
    double sure =
        rates.certain > 0 ? run_stable_step(input->stepper, rates, rates.certain) : INFINITY;
    double bound = run_stable_step(input->stepper, rates, 1);
    if (out->dt > sure)
        return weft_param_fail(time, "dt",
                               "%.6g is unstable with %s on this grid; the limit is %.6g", out->dt,
                               input->stepper->name, sure);
    out->warned = out->dt > bound;
    if (out->warned && isfinite(sure))
        weft_warn(
            "time.dt: %.6g may be unstable with %s: up to %.6g the equation linearised about the "
            "initial state is stable for certain (a sufficient bound); above %.6g it is unstable",
            out->dt, input->stepper->name, bound, sure);
    else if (out->warned)
        weft_warn("time.dt: %.6g may be unstable with %s: up to %.6g the equation linearised about "
                  "the initial state is stable for certain (a sufficient bound)",
                  out->dt, input->stepper->name, bound);
    if (rates.coarse > 0 && out->dt > rates.coarse)
        weft_warn(
            "time.dt: %.6g is too long for the fastest motions, which are missed from %.3g on; "
            "dt: auto takes %.3g or less",
            out->dt, rates.coarse, rates.accuracy);
    return WEFT_OK;
}

/* The number of steps is counted in 64 bits and must be exact as a double (9e15 is below
 * 2^53), since times are steps*dt. */
weft_status run_timing_make(const weft_input *input, weft_sim *sim, run_timing *out)
{
    const weft_section *time = weft_params_section(input->params, "time");
    *out = (run_timing){.end = input->time->end, .gap = 1, .next_look = 1};
    if (input->stepper->adaptive)
        return WEFT_OK;
    weft_rates rates = {0};
    if (input->model->rates)
        rates = input->model->rates(sim);
    if (isnan(input->step->dt))
        WEFT_TRY(choose(input, rates, out));
    else
        WEFT_TRY(check_given(input, rates, out));
    out->refines = rates.varies && (out->chosen || input->step->refine);
    /* a step that was given is only warned of, and only where the stepper can be unstable */
    out->varies =
        rates.varies && (out->refines || input->stepper->oscillation_limit > 0 ||
                         input->stepper->decay_limit > 0 || input->stepper->overdamped_limit > 0);
    double steps = out->end / out->dt;
    if (steps > 9e15)
        return weft_param_fail(time, "end", "%.3g steps; at most 9e15 can be counted", steps);
    out->steps = (int64_t)llround(steps);
    if (out->steps < 1 || fabs(steps - (double)out->steps) > 1e-6)
        return weft_param_fail(time, "end",
                               "%.10g is no whole number of steps of dt = %.10g; %.10g would be",
                               out->end, out->dt, ceil(steps) * out->dt);
    return WEFT_OK;
}
