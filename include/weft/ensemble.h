/* Runs of one replica or many, from an input to a result directory. */
#ifndef WEFT_ENSEMBLE_H
#define WEFT_ENSEMBLE_H

#include "weft/declare.h"
#include "weft/run.h"

WEFT_DECLARE_BEGIN

/* Run an input to its end, or to a stop in good order (WEFT_STOPPED). All ranks of comm get the
 * same status; the message is recorded. Collective. */
weft_status weft_run(MPI_Comm comm, const weft_input *input, const weft_run_options *options);

WEFT_DECLARE_END

#endif
