/* The time step. */
#include "parts.h"
#include <math.h>

/* The share of the stability limit that dt: auto uses. */
static const double safety = 0.8;

/* Largest number of which both are whole multiples (to rounding); b alone if a is 0. */
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

static double interval(const weft_input *input, const char *section, const char *key)
{
    const weft_section *s = weft_params_section(input->params, section);
    return weft_has_value(s, key) ? weft_get_schedule(s, key).every : 0;
}

static double stable_step(const weft_stepper *stepper, weft_rates rates)
{
    double dt = INFINITY;
    if (stepper->oscillation_limit > 0 && rates.oscillation > 0)
        dt = fmin(dt, stepper->oscillation_limit / rates.oscillation);
    if (stepper->decay_limit > 0 && rates.decay > 0)
        dt = fmin(dt, stepper->decay_limit / rates.decay);
    return dt;
}

static weft_status choose(const weft_input *input, weft_rates rates, run_timing *out)
{
    const weft_section *time = weft_params_section(input->params, "time");
    double limit = safety * stable_step(input->stepper, rates);
    if (rates.accuracy > 0)
        limit = fmin(limit, rates.accuracy);
    if (!isfinite(limit))
        return weft_param_fail(time, "dt", "nothing bounds the step of %s here; give a number",
                               input->stepper->name);
    double base = common_divisor(interval(input, "observe", "every"), out->end);
    base = common_divisor(interval(input, "output", "fields_every"), base);
    if (base < limit * 1e-3)
        return weft_param_fail(time, "dt",
                               "auto finds no step that divides end, observe.every and "
                               "output.fields_every; give a number");
    out->dt = base / ceil(base / limit * (1 - 1e-12));
    out->chosen = true;
    return WEFT_OK;
}

weft_status run_timing_make(const weft_input *input, weft_sim *sim, run_timing *out)
{
    const weft_section *time = weft_params_section(input->params, "time");
    *out = (run_timing){.end = weft_get_real(time, "end")};
    if (input->stepper->adaptive)
        return WEFT_OK;
    weft_rates rates = {0};
    if (input->model->rates)
        rates = input->model->rates(sim);
    if (weft_get_word(time, "dt")) {
        WEFT_TRY(choose(input, rates, out));
    } else {
        out->dt = weft_get_real(time, "dt");
        double stable = stable_step(input->stepper, rates);
        if (out->dt > stable)
            return weft_param_fail(time, "dt",
                                   "%.6g is unstable with %s on this grid; the limit is %.6g",
                                   out->dt, input->stepper->name, stable);
    }
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
