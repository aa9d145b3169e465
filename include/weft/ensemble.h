/* Runs of one replica or many, from an input to a result directory. */
#ifndef WEFT_ENSEMBLE_H
#define WEFT_ENSEMBLE_H

#include "weft/declare.h"
#include "weft/run.h"

WEFT_DECLARE_BEGIN

/* Run an input, one replica or many, to its end: make the result directory, write the result files
 * and checkpoints, print progress. The ranks of comm share the replicas, and each replica's grid,
 * as ensemble.ranks_per_replica says; results do not depend on how. comm, input and options stay
 * the caller's. Errors, the same on every rank and with a recorded message: WEFT_INPUT (what does
 * not fit, also a directory that holds another run), WEFT_FAILED (a field is no longer finite, no
 * convergence, memory), WEFT_IO (files), WEFT_STOPPED (a signal, the file stop in the result
 * directory, or options->wall ended the run in good order: options->resume goes on). Collective. */
weft_status weft_run(MPI_Comm comm, const weft_input *input, const weft_run_options *options);

WEFT_DECLARE_END

#endif
