/* One replica of an input, and what a run is told. */
#ifndef WEFT_RUN_H
#define WEFT_RUN_H

#include "weft/declare.h"
#include "weft/input.h"

WEFT_DECLARE_BEGIN

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

/* weft check: print the resolved parameters, the rank layout, memory per rank, outputs, an estimate
 * of the run time from a short calibration (which writes nothing), and a warning where wall
 * (seconds, 0: none) will not do. Collective. */
weft_status weft_run_check(MPI_Comm comm, const weft_input *input, double wall);

/* Versions of the libraries in use, as one line. Local. */
void weft_libraries(char *out, size_t size);

WEFT_DECLARE_END

#endif
