/* Steps over a pole: fields that become infinite at a finite time, as those of du/dt = u^2.
 *
 * A fixed step does not see the pole. Behind it an explicit method grows by a factor that is a
 * power of the last one, and after two to five steps the numbers overflow, which ends the run. A
 * run whose end lies between would be complete, with numbers like 1e12 or 1e172 that mean nothing.
 * So the last three steps are looked at.
 *
 * The rule: with L the logarithm of the factor by which the largest value grew in a step, L rises
 * by half from the first to the second of the three and by 0.6 from the second to the third, from
 * 0.5 at least to 3 at least. Behind a pole of u^p L rises by p a step with Euler's method, faster
 * with others. What grows lawfully does not pass:
 *   - a sum of exponentials whose rates the step does not bound (the linear part of an exponential
 *     method is exact): where a mode that grows r-fold a step comes up behind a constant the
 * factors are (1 + x r)/(1 + x), and L rises by 0.4 at most from the second to the third when the
 * first is 0.5 or more;
 *   - powers of the time, pulses and jumps of a force: L falls, or the step before one is quiet;
 *   - a pole that is resolved: factors of (n + 1)/n, n steps before it;
 *   - noise of any strength that a step can have: a factor of 20 in a step.
 *
 * Invariant: nothing is changed, and what is decided depends on the state alone, by a maximum over
 * the ranks, which has no rounding. The cost is four passes over the state for a whole run. */
#include "pole.h"
#include "weft/state.h"
#include <math.h>

static bool is_behind(const double size[RUN_POLE_STEPS + 1])
{
    double growth[RUN_POLE_STEPS];
    for (int i = 0; i < RUN_POLE_STEPS; i++) {
        if (!(size[i] > 0.0 && size[i + 1] > 0.0 && isfinite(size[i + 1])))
            return false;
        growth[i] = log(size[i + 1]) - log(size[i]);
    }
    return growth[0] >= 0.5 && growth[1] >= 1.5 * growth[0] && growth[2] >= 1.6 * growth[1] &&
           growth[2] >= 3.0;
}

/* A resume within the last three steps has not seen all of them and says nothing. */
weft_status run_pole_look(run_pole *pole, const weft_sim *sim, int64_t last)
{
    if (sim->step < last - RUN_POLE_STEPS)
        return WEFT_OK;
    for (int i = 0; i < RUN_POLE_STEPS; i++)
        pole->size[i] = pole->size[i + 1];
    const double *size = pole->size;
    pole->size[RUN_POLE_STEPS] = weft_state_largest(sim->state);
    if (sim->step < last || !is_behind(size))
        return WEFT_OK;
    return weft_fail(
        WEFT_FAILED,
        "the field grew by factors of %.3g, %.3g and %.3g in the last three steps up to "
        "time %.10g, faster than any exponential: the step does not resolve this, and most "
        "likely went over a pole, where the field becomes infinite; values behind it mean "
        "nothing: look for the time of the pole with a smaller time.dt or a stepper that "
        "chooses its steps",
        size[1] / size[0], size[2] / size[1], size[3] / size[2], sim->time);
}
