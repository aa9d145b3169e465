/* Inputs: from the text of a file to checked parameters, a model and a stepper that fit each other.
 */
#ifndef WEFT_INPUT_H
#define WEFT_INPUT_H

#include "weft/declare.h"
#include "weft/model.h"
#include "weft/stepper.h"

WEFT_DECLARE_BEGIN

/* ---- the sections that belong to no model, as weft_check has written them ---- */

typedef struct weft_grid_keys {
    weft_ints n;
} weft_grid_keys;
typedef struct weft_length_keys {
    weft_reals length;
} weft_length_keys;

typedef struct weft_time_keys {
    const char *stepper; /* NULL: not given */
    double start, end;
} weft_time_keys;
typedef struct weft_step_keys { /* of steppers with a fixed step */
    double dt;                  /* nan: auto */
    bool refine, error_check;
} weft_step_keys;

typedef struct weft_observe_keys {
    weft_schedule every; /* not given: a hundredth of the run */
    weft_strings list;   /* NULL: the model's */
} weft_observe_keys;

#define WEFT_PRECISIONS(X) X(WEFT_PRECISION_DOUBLE, "double") X(WEFT_PRECISION_SINGLE, "single")
typedef enum weft_precision { WEFT_PRECISIONS(WEFT_ENUM_NAME) } weft_precision;

typedef struct weft_output_keys {
    weft_schedule fields_every; /* not given: none */
    weft_strings fields;        /* NULL: the model's */
    weft_precision precision;
    int64_t compress;
} weft_output_keys;

typedef struct weft_checkpoint_keys {
    double every; /* seconds */
    int64_t keep;
} weft_checkpoint_keys;

#define WEFT_KEEPS(X) X(WEFT_KEEP_MEAN, "mean") X(WEFT_KEEP_ALL, "all")
typedef enum weft_keep { WEFT_KEEPS(WEFT_ENUM_NAME) } weft_keep;
#define WEFT_FAILURES(X) X(WEFT_ON_FAILURE_STOP, "stop") X(WEFT_ON_FAILURE_DROP, "drop")
typedef enum weft_on_failure { WEFT_FAILURES(WEFT_ENUM_NAME) } weft_on_failure;

typedef struct weft_ensemble_keys {
    int64_t replicas, seed;
    weft_precision normals;
    int64_t ranks_per_replica; /* WEFT_NO_INT: auto */
    weft_keep keep;
    weft_on_failure on_failure;
} weft_ensemble_keys;

#define WEFT_PLANNINGS(X)                                                                          \
    X(WEFT_PLANNING_ESTIMATE, "estimate")                                                          \
    X(WEFT_PLANNING_MEASURE, "measure") X(WEFT_PLANNING_PATIENT, "patient")
typedef enum weft_planning { WEFT_PLANNINGS(WEFT_ENUM_NAME) } weft_planning;

typedef struct weft_fft_keys {
    weft_planning planning;
    const char *wisdom; /* path; NULL: none */
} weft_fft_keys;

/* The initial state "file". */
typedef struct weft_file_keys {
    const char *path;
    int64_t record;
} weft_file_keys;

/* A checked input: what the user wrote, and what it means. */
typedef struct weft_input {
    char *path; /* as given */
    weft_document *document;
    weft_params *params;
    const weft_time_keys *time; /* the sections' values; they belong to params */
    const weft_step_keys *step; /* NULL: the stepper is adaptive */
    const weft_observe_keys *observe;
    const weft_output_keys *output;
    const weft_checkpoint_keys *checkpoint;
    const weft_ensemble_keys *ensemble;
    const weft_fft_keys *fft;
    const weft_file_keys *file; /* NULL: the model has the initial state */
    const weft_model *model;
    const weft_stepper *stepper;
    const weft_initial *initial; /* NULL: type file */
    weft_initial open_initial;   /* an initial state that takes any key, with the table of those */
    weft_param *open_table;      /* that are written; NULL: it takes none */
    int dim;
    int64_t n[3];     /* slowest axis first, dim entries */
    double length[3]; /* likewise; n for lattice models */
    weft_plan plan;
} weft_input;

/* Parse and check an input completely: every key, the model's plan, the stepper's needs. path: for
 * messages; text: the whole input; overrides: n_overrides texts "section.key=value" that replace
 * keys of the text. On success *out is the caller's, to be freed with weft_input_free; else it is
 * NULL. Errors: WEFT_INPUT, with file, line and what would be right. Local and deterministic: every
 * rank that has the same text gets the same result. */
weft_status weft_input_load(const char *path, const char *text, int n_overrides,
                            const char *const *overrides, weft_input **out);
/* NULL is allowed. Local. */
void weft_input_free(weft_input *input);

/* Change n numbers of a loaded input in place: the result is the input that would be loaded with
 * one more override for each of them (sections[i], names[i]: the key; texts[i]: its new value), as
 * by weft_params_vary. Returns false where that is not possible: for the reasons given there, or
 * because the model refuses the parameters or would take another stepper. The input must not be
 * used then; load it anew with the overrides. Local and deterministic. */
bool weft_input_vary(weft_input *input, int n, const char *const *sections,
                     const char *const *names, const char *const *texts);

/* The schema of an input for a model with a stepper (NULL: the first of the model's defaults) and
 * an initial state (NULL: none). The keys of all others are noted in it as other tables. Local. */
void weft_input_schema(const weft_model *model, const weft_stepper *stepper,
                       const weft_initial *initial, weft_schema *schema);

WEFT_DECLARE_END

#endif
