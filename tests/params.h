/* A schema with one key of every kind, and helpers, for the tests of the input reader. */
#ifndef WEFT_TESTS_PARAMS_H
#define WEFT_TESTS_PARAMS_H

#include "check.h"
#include "weft/memory.h"
#include "weft/params.h"
#include <stdlib.h>

static const weft_param test_root[] = {
    {"model", WEFT_STRING, NULL, NULL, NULL, "", "which model", NULL}, {0}};

static const weft_param test_grid[] = {
    {"n", WEFT_INT_LIST, NULL, "[1, inf)", NULL, "", "points along each axis", NULL},
    {"length", WEFT_REAL_LIST, "", "(0, inf)", "auto", "length", "size of the box", NULL},
    {0}};

static const weft_param test_own[] = {
    {"potential", WEFT_CHOICE, "phi4", NULL, "phi4|sine_gordon|free", "", "which potential", NULL},
    {"mass", WEFT_REAL, "1", "[0, inf)", NULL, "mass", "mass of the field", NULL},
    {"lambda", WEFT_REAL, "0.5", "(0, 10)", NULL, "", "coupling", "potential=phi4"},
    {"order", WEFT_INT, NULL, "[1, 8]", NULL, "", "order of the expansion",
     "potential=sine_gordon|free; damped=true"},
    {"damped", WEFT_BOOL, "false", NULL, NULL, "", "with damping", NULL},
    {"gamma", WEFT_REAL, "", "(-inf, 1]", NULL, "1/time", "damping", "damped=true"},
    {"levels", WEFT_INT, "0", "[0, 4]", NULL, "", "levels", NULL},
    {"depth", WEFT_INT, "2", NULL, NULL, "", "depth", "levels=1|2"},
    {"shape", WEFT_CHOICE_LIST, "[]", NULL, "ring|open|twist", "", "shapes", NULL},
    {"reactions", WEFT_TREE, "[{reaction: 'A -> 0', rate: 0.5}]", NULL, NULL, "", "reactions",
     NULL},
    {0}};

static const weft_param test_time[] = {
    {"stepper", WEFT_STRING, "", NULL, NULL, "", "method", NULL},
    {"end", WEFT_REAL, NULL, "(0, inf)", NULL, "time", "when the run ends", NULL},
    {0}};

static const weft_param test_step[] = {
    {"dt", WEFT_REAL, "auto", "(0, inf)", "auto", "time", "time step", NULL}, {0}};

static const weft_param test_output[] = {
    {"every", WEFT_SCHEDULE, "", "(0, inf)", "never", "time", "interval", NULL},
    {"fields", WEFT_STRING_LIST, "", NULL, NULL, "", "fields", NULL},
    {"save", WEFT_DURATION, "30m", "(0, inf)", NULL, "s", "wall time", NULL},
    {"seed", WEFT_INT, "1", "[0, 4294967295]", "random", "", "seed", NULL},
    {0}};

static const weft_param test_adaptive[] = {
    {"rtol", WEFT_REAL, "1e-6", "(0, 1)", NULL, "", "tolerance", NULL}, {0}};

static inline void test_schema(weft_schema *s)
{
    memset(s, 0, sizeof *s);
    weft_schema_add(s, "", "", "", test_root);
    weft_schema_add(s, "grid", "the grid", "", test_grid);
    weft_schema_add(s, "field", "a field", "model field", test_own);
    weft_schema_add(s, "time", "time integration", "", test_time);
    weft_schema_add(s, "time", "", "stepper verlet", test_step);
    weft_schema_add(s, "output", "results", "", test_output);
    weft_schema_add_other(s, "time", "implicit", "stepper bdf", test_adaptive);
    weft_schema_add_other(s, "chain", "", "model chain", NULL);
}

/* Parse and check; NULL with a recorded error if that fails. */
typedef struct test_input {
    weft_document *doc;
    weft_params *params;
} test_input;

static inline weft_status test_load(const char *text, int n, const char *const *overrides,
                                    test_input *out)
{
    weft_schema schema;
    test_schema(&schema);
    *out = (test_input){0};
    weft_error_clear();
    WEFT_TRY(weft_document_parse("in.yaml", text, n, overrides, &out->doc));
    weft_status status = weft_check(out->doc, &schema, &out->params);
    if (status != WEFT_OK) {
        weft_document_free(out->doc);
        out->doc = NULL;
    }
    return status;
}

static inline void test_unload(test_input *in)
{
    weft_params_free(in->params);
    weft_document_free(in->doc);
    *in = (test_input){0};
}

#endif
