/* Runs: from an input to a result directory. */
#ifndef WEFT_RUN_H
#define WEFT_RUN_H

#include "weft/model.h"
#include "weft/stepper.h"

/* ---- input ---- */

/* A checked input: what the user wrote, and what it means. */
typedef struct weft_input {
    char *path; /* as given */
    weft_document *document;
    weft_params *params;
    const weft_model *model;
    const weft_stepper *stepper;
    const weft_initial *initial; /* NULL: type file */
    int dim;
    int64_t n[3];     /* slowest axis first, dim entries */
    double length[3]; /* likewise; n for lattice models */
    weft_plan plan;
} weft_input;

/* Parse and check an input completely: the model's plan, the stepper's needs, every key. Errors:
 * WEFT_INPUT. Local and deterministic. */
weft_status weft_input_load(const char *path, const char *text, int n_overrides,
                            const char *const *overrides, weft_input **out);
void weft_input_free(weft_input *input);

/* Make the input that it would be with one more override for each of n numbers, as by
 * weft_params_vary. False where that is not possible in place (the reasons given there; or the
 * model then refuses the parameters or wants another stepper): load the input with the overrides.
 * Local. */
bool weft_input_vary(weft_input *input, int n, const char *const *sections,
                     const char *const *names, const char *const *texts);

/* The schema of an input for a model with a stepper (NULL: the first of the model's defaults) and
 * an initial state (NULL: none). The keys of all others are noted in it as other tables. Local. */
void weft_input_schema(const weft_model *model, const weft_stepper *stepper,
                       const weft_initial *initial, weft_schema *schema);

/* ---- one replica ---- */

/* Grid, transforms and fields of an input on comm. Errors: WEFT_INPUT (too many ranks).
 * Collective. */
weft_status weft_sim_create(MPI_Comm comm, const weft_input *input, weft_sim **out);
void weft_sim_free(weft_sim *sim);

/* Put the replica at time 0: the model's setup, and the initial state unless from a checkpoint.
 * May be called again for the next replica. Collective. */
weft_status weft_sim_start(weft_sim *sim, const weft_input *input, uint32_t replica,
                           bool with_initial_state);

/* ---- a run ---- */

typedef struct weft_run_options {
    const char *out; /* result directory; NULL: out/<input name> */
    double wall;     /* seconds from now, 0: no budget */
    bool resume;
    bool overwrite;
    const char *command; /* the command line, for the files */
} weft_run_options;

/* Run an input to its end, or to a stop in good order (WEFT_STOPPED). All ranks of comm get the
 * same status; the message is recorded. Collective. */
weft_status weft_run(MPI_Comm comm, const weft_input *input, const weft_run_options *options);

/* weft check: print the resolved parameters, the rank layout, memory per rank, outputs, an estimate
 * of the run time from a short calibration (which writes nothing), and a warning where wall
 * (seconds, 0: none) will not do. Collective. */
weft_status weft_run_check(MPI_Comm comm, const weft_input *input, double wall);

/* Versions of the libraries in use, as one line. Local. */
void weft_libraries(char *out, size_t size);

#endif
