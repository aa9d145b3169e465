/* A schema with one key of every kind, and helpers, for the tests of the input reader. */
#ifndef WEFT_TESTS_PARAMS_H
#define WEFT_TESTS_PARAMS_H

#include "check.h"
#include "weft/memory.h"
#include "weft/params.h"
#include <stdlib.h>

static const weft_param test_root[] = {
    {.name = "model", .type = WEFT_STRING, .help = "which model"},
    {0},
};

static const weft_param test_grid[] = {
    {.name = "n", .type = WEFT_INT_LIST, .range = "[1, inf)", .help = "points along each axis"},
    {.name = "length",
     .type = WEFT_REAL_LIST,
     .standard = "",
     .range = "(0, inf)",
     .words = "auto",
     .unit = "length",
     .help = "size of the box"},
    {0},
};

static const weft_param test_own[] = {
    {.name = "potential",
     .type = WEFT_CHOICE,
     .standard = "phi4",
     .words = "phi4|sine_gordon|free",
     .help = "which potential"},
    {.name = "mass",
     .type = WEFT_REAL,
     .standard = "1",
     .range = "[0, inf)",
     .unit = "mass",
     .help = "mass of the field"},
    {.name = "lambda",
     .type = WEFT_REAL,
     .standard = "0.5",
     .range = "(0, 10)",
     .help = "coupling",
     .when = "potential=phi4"},
    {.name = "order",
     .type = WEFT_INT,
     .range = "[1, 8]",
     .help = "order of the expansion",
     .when = "potential=sine_gordon|free; damped=true"},
    {.name = "damped", .type = WEFT_BOOL, .standard = "false", .help = "with damping"},
    {.name = "gamma",
     .type = WEFT_REAL,
     .standard = "",
     .range = "(-inf, 1]",
     .unit = "1/time",
     .help = "damping",
     .when = "damped=true"},
    {.name = "levels", .type = WEFT_INT, .standard = "0", .range = "[0, 4]", .help = "levels"},
    {.name = "depth", .type = WEFT_INT, .standard = "2", .help = "depth", .when = "levels=1|2"},
    {.name = "shape",
     .type = WEFT_CHOICE_LIST,
     .standard = "[]",
     .words = "ring|open|twist",
     .help = "shapes"},
    {.name = "reactions",
     .type = WEFT_TREE,
     .standard = "[{reaction: 'A -> 0', rate: 0.5}]",
     .help = "reactions"},
    {0},
};

static const weft_param test_time[] = {
    {.name = "stepper", .type = WEFT_STRING, .standard = "", .help = "method"},
    {.name = "end",
     .type = WEFT_REAL,
     .range = "(0, inf)",
     .unit = "time",
     .help = "when the run ends"},
    {0},
};

static const weft_param test_step[] = {
    {.name = "dt",
     .type = WEFT_REAL,
     .standard = "auto",
     .range = "(0, inf)",
     .words = "auto",
     .unit = "time",
     .help = "time step"},
    {0},
};

static const weft_param test_output[] = {
    {.name = "every",
     .type = WEFT_SCHEDULE,
     .standard = "",
     .range = "(0, inf)",
     .words = "never",
     .unit = "time",
     .help = "interval"},
    {.name = "fields", .type = WEFT_STRING_LIST, .standard = "", .help = "fields"},
    {.name = "save",
     .type = WEFT_DURATION,
     .standard = "30m",
     .range = "(0, inf)",
     .unit = "s",
     .help = "wall time"},
    {.name = "seed",
     .type = WEFT_INT,
     .standard = "1",
     .range = "[0, 4294967295]",
     .words = "random",
     .help = "seed"},
    {0},
};

static const weft_param test_adaptive[] = {
    {.name = "rtol", .type = WEFT_REAL, .standard = "1e-6", .range = "(0, 1)", .help = "tolerance"},
    {0},
};

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
