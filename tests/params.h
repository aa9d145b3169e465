/* A schema with one key of every kind, and helpers, for the tests of the input reader. */
#ifndef WEFT_TESTS_PARAMS_H
#define WEFT_TESTS_PARAMS_H

#include "check.h"
#include "weft/memory.h"
#include "weft/params.h"
#include <stdlib.h>

typedef struct test_grid_keys {
    weft_ints n;
    weft_reals length;
} test_grid_keys;
typedef struct test_own_keys {
    int potential;
    double mass, lambda, gamma;
    int64_t order, levels, depth;
    bool damped;
    weft_choices shape;
    const weft_node *reactions;
} test_own_keys;
typedef struct test_time_keys {
    const char *stepper;
    double end;
} test_time_keys;
typedef struct test_step_keys {
    double dt;
} test_step_keys;
typedef struct test_output_keys {
    weft_schedule every;
    weft_strings fields;
    double save;
    int64_t seed;
} test_output_keys;

static const weft_param test_root[] = {
    {.name = "model", .type = WEFT_STRING, .help = "which model"},
    {0},
};

static const weft_param test_grid[] = {
    {WEFT_BIND_INTS(test_grid_keys, n), .range = "[1, inf)", .help = "points along each axis"},
    {WEFT_BIND_REALS(test_grid_keys, length), .standard = "", .range = "(0, inf)", .words = "auto",
     .unit = "length", .help = "size of the box"},
    {0},
};

static const weft_param test_own[] = {
    {WEFT_BIND_CHOICE(test_own_keys, potential), .standard = "phi4",
     .words = "phi4|sine_gordon|free", .help = "which potential"},
    {WEFT_BIND_REAL(test_own_keys, mass), .standard = "1", .range = "[0, inf)", .unit = "mass",
     .help = "mass of the field"},
    {WEFT_BIND_REAL(test_own_keys, lambda), .standard = "0.5", .range = "(0, 10)",
     .help = "coupling", .when = "potential=phi4"},
    {WEFT_BIND_INT(test_own_keys, order), .range = "[1, 8]", .help = "order of the expansion",
     .when = "potential=sine_gordon|free; damped=true"},
    {WEFT_BIND_BOOL(test_own_keys, damped), .standard = "false", .help = "with damping"},
    {WEFT_BIND_REAL(test_own_keys, gamma), .standard = "", .range = "(-inf, 1]", .unit = "1/time",
     .help = "damping", .when = "damped=true"},
    {WEFT_BIND_INT(test_own_keys, levels), .standard = "0", .range = "[0, 4]", .help = "levels"},
    {WEFT_BIND_INT(test_own_keys, depth), .standard = "2", .help = "depth", .when = "levels=1|2"},
    {WEFT_BIND_CHOICES(test_own_keys, shape), .standard = "[]", .words = "ring|open|twist",
     .help = "shapes"},
    {WEFT_BIND_TREE(test_own_keys, reactions), .standard = "[{reaction: 'A -> 0', rate: 0.5}]",
     .help = "reactions"},
    {0},
};

static const weft_param test_time[] = {
    {WEFT_BIND_STRING(test_time_keys, stepper), .standard = "", .help = "method"},
    {WEFT_BIND_REAL(test_time_keys, end), .range = "(0, inf)", .unit = "time",
     .help = "when the run ends"},
    {0},
};

static const weft_param test_step[] = {
    {WEFT_BIND_REAL(test_step_keys, dt), .standard = "auto", .range = "(0, inf)", .words = "auto",
     .unit = "time", .help = "time step"},
    {0},
};

static const weft_param test_output[] = {
    {WEFT_BIND_SCHEDULE(test_output_keys, every), .standard = "", .range = "(0, inf)",
     .words = "never", .unit = "time", .help = "interval"},
    {WEFT_BIND_STRINGS(test_output_keys, fields), .standard = "", .help = "fields"},
    {WEFT_BIND_DURATION(test_output_keys, save), .standard = "30m", .range = "(0, inf)",
     .unit = "s", .help = "wall time"},
    {WEFT_BIND_INT(test_output_keys, seed), .standard = "1", .range = "[0, 4294967295]",
     .words = "random", .help = "seed"},
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
