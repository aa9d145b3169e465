/* What a run says of its method, at its start, in `weft check` and in its result files: the stepper
 * and the reason for it, and the transforms of whole fields that a step makes, which are what it
 * costs where there are some.
 *
 * Invariant: the number of transforms is computed from the stepper and the model's equations, and
 * not measured; `weft run -v` counts them (account.c), so that one can be held against the other.
 * Local, and the same on all ranks: the text of a file's attribute must be. */
#include "method.h"
#include "weft/log.h"
#include <stdio.h>
#include <string.h>

/* "; strang: needs linear_k2": why a stepper of the model's list was passed over. */
static void add_why_not(const weft_stepper *s, int families, char *out, size_t size)
{
    const int lacks = s->needs & ~families, has = s->refuses & families;
    const size_t used = strlen(out);
    if (s->missing)
        snprintf(out + used, size - used, "; %s: not in this build", s->name);
    else if (lacks)
        snprintf(out + used, size - used, "; %s: needs %s", s->name, weft_stepper_needs(lacks));
    else if (has)
        snprintf(out + used, size - used, "; %s: not with %s", s->name, weft_stepper_needs(has));
}

/* A model lists its steppers with the best first, and the first that fits is taken. Those before it
 * are named with what they lack, so that a user sees what would have to change to have them. */
static void reason_text(const weft_input *input, char *out, size_t size)
{
    const weft_stepper *s = input->stepper;
    if (weft_peek(input->document, "time", "stepper")) {
        snprintf(out, size, "given in the input");
        return;
    }
    snprintf(out, size, "chosen: the first of the model's list that fits this input");
    for (int i = 0; input->model->stepper[i] && strcmp(input->model->stepper[i], s->name) != 0; i++)
        add_why_not(weft_stepper_find(input->model->stepper[i]), input->plan.families, out, size);
}

/* "8 a step: 4 evaluations of the nonlinear terms with 2 each". What a stepper does now and then
 * (fields are made real again every so many steps) is not in it. Methods that choose their steps
 * make one evaluation more in the first step and after each record. */
static void transforms_text(const run_member *m, int each, char *out, size_t size)
{
    const weft_stepper *s = m->input->stepper;
    int evaluations = s->evaluations;
    if (s->needs & WEFT_HAS_LINEAR_KM) {
        weft_linear_form form;
        m->sim->model->families.linear_form(m->sim, &form);
        evaluations += form.timed ? s->timed_evaluations : 0;
    }
    const int noise = s->transforms ? s->transforms(m->sim, m->timing.dt) : 0;
    size_t used = (size_t)snprintf(
        out, size, "%d a step%s: %d evaluation%s of the %s with %d", evaluations * each + noise,
        s->adaptive ? " that is tried" : "", evaluations, evaluations == 1 ? "" : "s",
        s->needs & (WEFT_HAS_LINEAR_KM | WEFT_HAS_LINEAR_K2) ? "nonlinear terms"
                                                             : "right-hand side",
        each);
    if (evaluations > 1)
        used += (size_t)snprintf(out + used, size - used, " each");
    if (noise)
        snprintf(out + used, size - used, ", and %d of the noise", noise);
}

/* Models whose steps have no transforms, and steppers whose evaluations have no fixed number, get
 * the first two lines alone. */
void run_method_lines(const run_member *m, run_method_line *line, void *context)
{
    const weft_stepper *s = m->input->stepper;
    const weft_model *model = m->input->model;
    char text[1000];
    snprintf(text, sizeof text, "%s, order %d: %s", s->name, s->order, s->summary);
    line(context, "stepper", text);
    reason_text(m->input, text, sizeof text);
    line(context, "stepper_reason", text);
    const int each = model->transforms ? model->transforms(m->sim, s->needs) : 0;
    if (s->evaluations == 0 || each == 0)
        return;
    transforms_text(m, each, text, sizeof text);
    line(context, "transforms", text);
}

/* The reason stands below the stepper, without a word before it. */
static void say(void *context, const char *name, const char *text)
{
    (void)context;
    weft_say("%-24s %s", strcmp(name, "stepper_reason") == 0 ? "" : name, text);
}

void run_method_say(const run_member *m)
{
    run_method_lines(m, say, NULL);
}

/* In powers of 1000, as file systems and job schedulers count. */
void run_say_bytes(const char *what, double bytes)
{
    const char *units[] = {"B", "kB", "MB", "GB", "TB"};
    int u = 0;
    while (bytes >= 1000 && u < 4) {
        bytes /= 1000;
        u++;
    }
    weft_say("%-24s %.3g %s", what, bytes, units[u]);
}
