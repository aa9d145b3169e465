/* Inputs as a whole, with a model and steppers that exist only here: which stepper is taken, and
 * what errors say about keys of models, steppers and initial states that were not chosen. */
#include "check.h"
#include "weft/memory.h"
#include "weft/run.h"

typedef struct toy_keys {
    bool separable, noisy;
} toy_keys;

static const weft_param toy_params[] = {
    {WEFT_BIND_BOOL(toy_keys, separable), .standard = "true", .help = "has a splitting"},
    {WEFT_BIND_BOOL(toy_keys, noisy), .standard = "false", .help = "has noise"},
    {0},
};

static weft_status toy_plan(const weft_params *params, int dim, const int64_t *n,
                            const double *length, weft_plan *plan)
{
    const toy_keys *own = weft_params_values(params, toy_params);
    (void)dim;
    (void)n;
    (void)length;
    plan->families = WEFT_HAS_RHS;
    if (own->separable)
        plan->families |= WEFT_HAS_SPLIT;
    if (own->noisy)
        plan->families |= WEFT_HAS_NOISE;
    plan->n_fields = 1;
    plan->field[0].name = "phi";
    return WEFT_OK;
}

static const weft_param kink_params[] = {
    {.name = "speed",
     .type = WEFT_REAL,
     .standard = "0",
     .range = "(-1, 1)",
     .help = "speed of the kink"},
    {0},
};
static const weft_param wave_params[] = {
    {.name = "k", .type = WEFT_INT, .range = "[1, inf)", .help = "wave number"},
    {0},
};
static const weft_initial toy_initials[] = {
    {.name = "kink", .help = "a kink", .params = kink_params},
    {.name = "wave", .help = "a wave", .params = wave_params},
    {0},
};
static const weft_observable toy_observables[] = {{.name = "energy", .unit = ""}, {0}};

static const weft_model toy = {.name = "toy",
                               .summary = "a toy",
                               .params = toy_params,
                               .lattice = true,
                               .stepper = WEFT_NAMES("kicks", "bdf", "rk4"),
                               .observe = WEFT_NAMES("energy"),
                               .fields = WEFT_NAMES("phi"),
                               .observables = toy_observables,
                               .initials = toy_initials,
                               .plan = toy_plan};
static const weft_model other = {
    .name = "chain", .summary = "another", .stepper = WEFT_NAMES("rk4")};
const weft_model *const weft_models[] = {&toy, &other, NULL};

static const weft_param bdf_params[] = {
    {.name = "rtol",
     .type = WEFT_REAL,
     .standard = "1e-6",
     .range = "(0, 1)",
     .help = "relative tolerance"},
    {0},
};
static const weft_stepper kicks = {.name = "kicks", .needs = WEFT_HAS_SPLIT};
static const weft_stepper rk4 = {.name = "rk4", .needs = WEFT_HAS_RHS, .refuses = WEFT_HAS_NOISE};
static const weft_stepper bdf = {.name = "bdf",
                                 .needs = WEFT_HAS_RHS,
                                 .refuses = WEFT_HAS_NOISE,
                                 .adaptive = true,
                                 .params = bdf_params};
const weft_stepper *const weft_steppers[] = {&kicks, &rk4, &bdf, NULL};

#define BEGIN "model: toy\ngrid: {n: 8}\ninitial: {type: wave, k: 1}\n"

static const char *stepper_of(const char *text)
{
    weft_input *in, *again;
    const char *name = "none";
    weft_error_clear();
    if (weft_input_load("in.yaml", text, 0, NULL, &in) != WEFT_OK)
        return weft_error_message();
    name = in->stepper->name;
    /* what is written names the stepper, and gives the same again */
    char line[64], *yaml = weft_params_yaml(in->params);
    snprintf(line, sizeof line, "\n  stepper: %s\n", name);
    CHECK(strstr(yaml, line) != NULL);
    CHECK(weft_input_load("used.yaml", yaml, 0, NULL, &again) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    if (again) {
        char *twice = weft_params_yaml(again->params);
        CHECK(again->stepper == in->stepper);
        CHECK_TEXT(twice, yaml);
        weft_free(twice);
    }
    weft_input_free(again);
    weft_free(yaml);
    weft_input_free(in);
    return name;
}

static void choice(void)
{
    CHECK_TEXT(stepper_of(BEGIN "time: {end: 1, dt: 0.1}\n"), "kicks");
    CHECK_TEXT(stepper_of(BEGIN "toy: {separable: false}\ntime: {end: 1}\n"), "bdf");
    CHECK_TEXT(stepper_of(BEGIN "toy: {separable: false}\ntime: {end: 1, rtol: 0.1}\n"), "bdf");
    /* bdf has no step of fixed size */
    CHECK_TEXT(stepper_of(BEGIN "toy: {separable: false}\ntime: {end: 1, dt: 0.1}\n"), "rk4");
    CHECK_TEXT(stepper_of(BEGIN "time: {end: 1, dt: 0.1, stepper: rk4}\n"), "rk4");
    CHECK_TEXT(stepper_of(BEGIN "toy: {separable: false, noisy: true}\ntime: {end: 1, dt: 0.1}\n"),
               "in.yaml:5: time.stepper: the stepper kicks does not fit the model toy with these "
               "parameters, which lack kick and drift; no stepper does");
}

static void fails(const char *text, const char *message)
{
    weft_input *in;
    int64_t blocks = weft_memory_blocks();
    weft_error_clear();
    CHECK(weft_input_load("in.yaml", text, 0, NULL, &in) == WEFT_INPUT && !in);
    CHECK_TEXT(weft_error_message(), message);
    CHECK(weft_memory_blocks() == blocks);
}

static void messages(void)
{
    fails(BEGIN "time: {end: 1, dt: 0.1, rtol: 1}\n",
          "in.yaml:4: time.rtol: not used here, only by stepper bdf; remove it");
    fails(BEGIN "time:\n  end: 1\n  stepper: bdf\n  dt: 0.1\n",
          "in.yaml:7: time.dt: not used here, only by steppers with a fixed step; remove it");
    fails(BEGIN "time: {end: 1, stepper: rk5}\n",
          "in.yaml:4: time.stepper: unknown stepper 'rk5'; did you mean 'rk4'?");
    fails(BEGIN "toy: {separable: false}\ntime: {end: 1, stepper: kicks}\n",
          "in.yaml:5: time.stepper: the stepper kicks does not fit the model toy with these "
          "parameters, which lack kick and drift; use: rk4, bdf");
    fails("model: toy\ngrid: {n: 8, length: 1}\ninitial: {type: wave, k: 1}\ntime: {end: 1}\n",
          "in.yaml:2: grid.length: not used here, only by fields in continuous space; remove it");
    fails("model: toy\ngrid: {n: 8}\ninitial: {type: wave, k: 1, speed: 0.5}\ntime: {end: 1}\n",
          "in.yaml:3: initial.speed: not used here, only by initial state kink; remove it");
    fails("model: toy\ngrid: {n: 8}\ninitial:\n  k: 1\ntime: {end: 1}\n",
          "in.yaml:3: initial: the key 'type' is missing; it is one of: kink, wave, file");
    fails("model: toy\ngrid: {n: 8}\ninitial:\n  type:\ntime: {end: 1}\n",
          "in.yaml:4: initial.type: expected one of: kink, wave, file");
    fails("model: toy\ngrid: {n: 8}\ninitial:\n  type: waves\ntime: {end: 1}\n",
          "in.yaml:4: initial.type: unknown initial state 'waves'; did you mean 'wave'?");
    fails("model: toy\ngrid: {n: 8}\ntime: {end: 1}\n",
          "in.yaml:1: initial.type: missing; add a section 'initial:' with the key 'type' (which "
          "initial state)");
    fails("model: toy\ngrid: {n: 8}\ninitail: {type: wave}\ntime: {end: 1}\n",
          "in.yaml:3: initail: unknown section; did you mean 'initial'?");
    fails(BEGIN "time: {end: 1}\nchain: {K: 1}\n",
          "in.yaml:5: chain: not used here, only by model chain; remove it");
    fails("model: toi\n", "in.yaml:1: model: unknown model 'toi'; did you mean 'toy'?");
    fails("model: nothing\n", "in.yaml:1: model: unknown model 'nothing'; there are: toy, chain");
    fails("grid: {n: 8}\nmodel:\n",
          "in.yaml:2: model: expected the name of a model ('weft models' lists them)");
    fails("grid: {n: 8}\n", "in.yaml:1: no model is given; add a line 'model: NAME' ('weft models' "
                            "lists them)");
    fails(BEGIN "time: {end: 1, dt: 0.1}\noutput: {fields_every: 1, fields: [phi, phy]}\n",
          "in.yaml:5: output.fields: the model toy has no field 'phy'; did you mean 'phi'?");
    fails(BEGIN "time: {end: 1, dt: 0.1}\nobserve:\n  list: [enrgy]\n",
          "in.yaml:6: observe.list: the model toy has no observable 'enrgy'; did you mean "
          "'energy'?");
}

int main(void)
{
    int64_t blocks = weft_memory_blocks();
    choice();
    messages();
    CHECK(weft_memory_blocks() == blocks);
    return check_end();
}
