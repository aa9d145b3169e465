/* One replica: from a checked input to a state at a time, which steppers advance; and the options
 * of a run. A whole run, with its files, is weft_run of weft/ensemble.h. */
#ifndef WEFT_RUN_H
#define WEFT_RUN_H

#include "weft/declare.h"
#include "weft/input.h"

WEFT_DECLARE_BEGIN

/* ---- one replica ---- */

/* Make the grid, the transforms and the fields that an input asks for, distributed over the ranks
 * of comm; fields are zero. The replica keeps comm and the parameters of input, which must live
 * longer. On success *out is the caller's, to be freed with weft_sim_free; else it is NULL. Errors,
 * the same on every rank: WEFT_INPUT (more ranks than the grid can use), WEFT_IO (wisdom file),
 * WEFT_FAILED (memory). Collective. */
weft_status weft_sim_create(MPI_Comm comm, const weft_input *input, weft_sim **out);
/* Frees the replica and what its model's setup made; NULL is allowed. Collective. */
void weft_sim_free(weft_sim *sim);

/* Put the replica at step 0 and time.start: clear all fields, call the model's setup, then fill the
 * fields with the initial state and call the model's begin. replica: its number from 0, which
 * chooses its noise. with_initial_state false: the last two are left to the caller, who reads a
 * checkpoint first. May be called again for the next replica. Errors, the same on every rank:
 * WEFT_INPUT (the initial state does not fit the grid), WEFT_IO (the file of an initial state),
 * WEFT_FAILED (memory, no convergence). Collective. */
weft_status weft_sim_start(weft_sim *sim, const weft_input *input, uint32_t replica,
                           bool with_initial_state);

/* ---- a run ---- */

typedef struct weft_run_options {
    const char *out;     /* result directory; NULL: out/<input name> */
    double wall;         /* seconds from now after which to stop in good order; 0: no limit */
    bool resume;         /* go on from the newest checkpoint in the directory, if there is one */
    bool overwrite;      /* results in the directory may be replaced */
    const char *command; /* the command line, which result files keep; NULL: none */
} weft_run_options;

/* What `weft check` does: print the resolved parameters, how the grid is cut over the ranks, the
 * memory of a rank, the outputs, and an estimate of the run time, for which some steps are made and
 * timed; no file is written. Warns if the estimate is longer than wall (seconds; 0: no limit).
 * Errors, the same on every rank: those of weft_sim_create and weft_sim_start, and WEFT_INPUT for
 * an observable or a step that does not fit. Collective. */
weft_status weft_run_check(MPI_Comm comm, const weft_input *input, double wall);

/* The same of a run on `ranks` ranks of other machines, which need not fit here: part is the input
 * with the overrides of weft_run_plan_part, on which memory and time are measured. Errors: those of
 * weft_run_check, and WEFT_INPUT if the grid has no use for so many ranks. Collective. */
weft_status weft_run_plan(MPI_Comm comm, const weft_input *input, const weft_input *part, int ranks,
                          double wall);
/* Two overrides, "grid.n=..." and "grid.length=..." (empty: the model's spacing is 1), that cut an
 * input down to about a million sites of the same spacing. Local. */
void weft_run_plan_part(const weft_input *input, char text[2][256]);

/* Write the names and versions of the libraries in use as one line into out, cut to size bytes.
 * Local. */
void weft_libraries(char *out, size_t size);

WEFT_DECLARE_END

#endif
