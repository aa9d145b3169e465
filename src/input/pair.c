/* A stepper and a model meet in the families of functions that one needs and the other offers.
 *
 * Families are bits for kinds of right-hand sides (model.h); a stepper needs some and refuses
 * others. What a model offers depends on its parameters (plan), so that a pair is judged for each
 * input anew.
 *
 * Invariant: what the message of a refusal proposes is accepted, whatever else the input says about
 * the time, since only the families decide. */
#include "pair.h"
#include <stdio.h>
#include <string.h>

/* A stepper whose library this build is without fits nothing. */
bool input_fits(const weft_stepper *stepper, int families)
{
    return !stepper->missing && (families & stepper->needs) == stepper->needs &&
           !(families & stepper->refuses);
}

/* Whether to propose a stepper that fits. Those for additive noise take any right-hand side, but
 * waves without noise grow under them, and a model with kick and drift has better ones. */
static bool proposed(const weft_stepper *stepper, int families)
{
    const bool for_noise = stepper->needs == WEFT_HAS_RHS && !(stepper->refuses & WEFT_HAS_NOISE);
    return input_fits(stepper, families) &&
           !(for_noise && (families & WEFT_HAS_SPLIT) && !(families & WEFT_HAS_NOISE));
}

/* The message says what the stepper lacks, and lists those that would fit. */
weft_status input_check_pair(const weft_input *in)
{
    const weft_section *time = weft_params_section(in->params, "time");
    if (input_fits(in->stepper, in->plan.families))
        return WEFT_OK;
    char list[512] = "";
    for (int i = 0; weft_steppers[i]; i++)
        if (proposed(weft_steppers[i], in->plan.families)) {
            const size_t used = strlen(list);
            const char *name = weft_steppers[i]->name;
            snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", name);
        }
    const int lacks = in->stepper->needs & ~in->plan.families;
    const int what = lacks ? lacks : in->stepper->refuses & in->plan.families;
    const char *because = what & in->plan.because_of ? in->plan.because : NULL;
    return weft_param_fail(
        time, "stepper",
        "the stepper %s does not fit the model %s with these parameters, which %s %s%s%s; %s%s",
        in->stepper->name, in->model->name, lacks ? "lack" : "have", weft_stepper_needs(what),
        because ? ": " : "", because ? because : "", *list ? "use: " : "no stepper does", list);
}
