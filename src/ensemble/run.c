/* A run of an input, whether it has one replica or many.
 *
 * The lock of the result directory goes in either case, at the one place through which
 * every way out passes: also after an error, a stop, or a run that was complete already. */
#include "ensemble.h"
#include "input/contents.h"
#include "weft/ensemble.h"

/* One replica has a loop, files and checkpoints of its own kind (run_one): an ensemble of one would
 * have no errors to show, and its files would have other names. The lock of the directory is given
 * back here, wherever the run ended. */
weft_status weft_run(MPI_Comm comm, const weft_input *input, const weft_run_options *options)
{
    WEFT_TRY(input_same_files(comm, input));
    run_results *results = run_results_create(input, options->out);
    weft_status status = input->ensemble->replicas > 1 ? ens_run(comm, input, options, results)
                                                       : run_one(comm, input, options, results);
    run_results_unlock(results);
    run_results_free(results);
    return status;
}
