/* Whole runs of many equations in one process, for tests/cli/test_equation_batch.py: what a run
 * costs to start would be most of the time of tiny ones.
 *
 * usage: mpirun -n RANKS equation_runs LIST: each line of LIST is "INPUT FOLDER HALF". Results go
 * to FOLDER/one (one rank), FOLDER/all (all ranks) and FOLDER/two (all ranks, up to the time HALF,
 * and then on from its checkpoint). Prints a line for each input: done, refused, or the error of
 * the first run that failed. */
#include "check.h"
#include "weft/ensemble.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <string.h>

/* One run; until: the end, NULL: that of the input. */
static weft_status run(MPI_Comm comm, const char *path, const char *text, const char *out,
                       const char *until, bool resume)
{
    weft_input *input = NULL;
    char end[64];
    const char *overrides[] = {end};
    snprintf(end, sizeof end, "time.end=%s", until ? until : "");
    weft_status status = weft_input_load(path, text, until ? 1 : 0, overrides, &input);
    if (status == WEFT_OK) {
        const weft_run_options options = {.out = out, .resume = resume};
        status = weft_run(comm, input, &options);
    }
    weft_input_free(input);
    return status;
}

/* All runs of one input. Every rank takes part in all but the first. */
static weft_status runs(int rank, const char *path, const char *folder, const char *half)
{
    char *text = NULL;
    char out[4200];
    int ill = 0;
    WEFT_TRY(weft_read_text(MPI_COMM_WORLD, path, &text));
    snprintf(out, sizeof out, "%s/one", folder);
    weft_status status = rank == 0 ? run(MPI_COMM_SELF, path, text, out, NULL, false) : WEFT_OK;
    if (status == WEFT_INPUT)
        ill = strstr(weft_error_message(), "ill posed") != NULL;
    MPI_Bcast(&ill, 1, MPI_INT, 0, MPI_COMM_WORLD);
    if (!ill)
        status = weft_agree(MPI_COMM_WORLD, status);
    snprintf(out, sizeof out, "%s/all", folder);
    if (status == WEFT_OK && !ill)
        status = run(MPI_COMM_WORLD, path, text, out, NULL, false);
    snprintf(out, sizeof out, "%s/two", folder);
    if (status == WEFT_OK && !ill)
        status = run(MPI_COMM_WORLD, path, text, out, half, false);
    if (status == WEFT_OK && !ill)
        status = run(MPI_COMM_WORLD, path, text, out, NULL, true);
    weft_free(text);
    if (rank == 0)
        printf("%s\n", ill ? "refused" : status == WEFT_OK ? "done" : weft_error_message());
    return WEFT_OK;
}

int main(int argc, char **argv)
{
    char input[4096], folder[4096], half[32];
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    weft_log_setup(0, WEFT_QUIET);
    FILE *list = argc > 1 ? fopen(argv[1], "r") : NULL;
    while (list && fscanf(list, "%4095s %4095s %31s", input, folder, half) == 3) {
        if (runs(rank, input, folder, half) != WEFT_OK)
            MPI_Abort(MPI_COMM_WORLD, 1);
        weft_error_clear();
    }
    if (list)
        fclose(list);
    MPI_Finalize();
    return list ? 0 : 1;
}
