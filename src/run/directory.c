/* The result directory of a run: may it be written, what does it hold, is it locked, and
 * the request to stop that a user leaves in it.
 *
 * Invariants. (1) Nothing in the directory is changed before its lock is held. (2) What
 * decides (the files that are there, the parameters in them) is read by rank 0 alone and
 * told to the others, so that all ranks take the same way even where they see different
 * file systems. (3) Results are only removed when the user said --overwrite, and a complete
 * run is only left alone or extended: a file that says "complete" is first read to its end,
 * since the attribute may have reached the disk when the last records did not. */
#include "input/contents.h"
#include "parts.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/signals.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Is there a file, as rank 0 sees it? Collective. */
static bool exists(MPI_Comm comm, const char *path)
{
    int rank, there = 0;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0)
        there = access(path, F_OK) == 0;
    MPI_Bcast(&there, 1, MPI_INT, 0, comm);
    return there;
}

/* Results are never overwritten unless the user asked for it. */
static weft_status may_write(MPI_Comm comm, const weft_run_options *options, const run_results *r)
{
    bool there = exists(comm, r->series_path);
    if (there && !options->resume && !options->overwrite)
        return weft_fail(WEFT_INPUT,
                         "%s already holds results; use --resume to go on, --overwrite to start "
                         "again, or another --out",
                         r->dir);
    return WEFT_OK;
}

/* The input and the status that a series holds; NULL where it cannot be read, and no status where
 * the last records cannot. Collective. */
static void read_stored(MPI_Comm comm, const char *path, char **input, char **state)
{
    weft_file *file;
    *input = *state = NULL;
    if (weft_file_open_replicated(comm, path, WEFT_READ, &file) == WEFT_OK) {
        if (weft_file_get_text(file, NULL, "input", input) != WEFT_OK)
            *input = NULL;
        if (weft_file_get_text(file, NULL, "status", state) != WEFT_OK)
            *state = NULL;
        if (*state && strncmp(*state, "complete", 8) == 0 &&
            weft_file_verify(file, true) != WEFT_OK) {
            weft_free(*state);
            *state = NULL;
        }
        weft_file_close(file);
    }
    weft_error_clear();
}

/* Is there a checkpoint that can be used? Errors on the way count as no. Collective. */
static bool has_checkpoint(MPI_Comm comm, const char *dir)
{
    char *path;
    bool there = run_restart_find(comm, dir, "ckpt-", &path) == WEFT_OK && path;
    weft_error_clear();
    if (there)
        weft_free(path);
    return there;
}

/* Checkpoints hold the state, and not what is read beside it, so that the names of files in the
 * parameters say too little: other numbers may stand under the same name at the next start.
 * params.used.yaml therefore ends with a comment for each file that is read at every start. A
 * field, a map of rates or trained numbers that are others than at the start would make another run
 * of the rest. Directories of earlier versions have no such lines. */
static weft_status same_contents(MPI_Comm comm, const weft_input *input, const char *used)
{
    char *text;
    if (weft_read_text(comm, used, &text) != WEFT_OK) {
        weft_error_clear();
        return WEFT_OK;
    }
    char *now = input_contents_to_keep(comm, input), *rest = NULL;
    weft_status status = WEFT_OK;
    for (char *line = strtok_r(text, "\n", &rest); line && status == WEFT_OK;
         line = strtok_r(NULL, "\n", &rest)) {
        const char *end = strrchr(line, ':');
        if (strncmp(line, "# file ", 7) == 0 && end && !strstr(now, line))
            status = weft_fail(WEFT_INPUT,
                               "%.*s has other contents than when the run in %s began, or is gone: "
                               "what follows would be another run; put it back, or use --overwrite "
                               "or another --out",
                               (int)(end - line - 7), line + 7, used);
    }
    weft_free(now);
    weft_free(text);
    return status;
}

/* The parameters are compared twice. The first comparison lets time.end differ where a run
 * can be extended; a difference in anything else is an error, so that results of two inputs
 * are never joined. The second one wants the same end, too: only then is a file that says
 * "complete" the whole run. Where series.nc cannot be read (a kill hit it),
 * params.used.yaml stands in for it. */
weft_status run_results_resumable(MPI_Comm comm, const weft_input *input, const run_results *r,
                                  bool *complete)
{
    char *stored, *state;
    *complete = false;
    if (!exists(comm, r->series_path))
        return WEFT_OK;
    read_stored(comm, r->series_path, &stored, &state);
    char *used = weft_format("%s/params.used.yaml", r->dir),
         *yaml = weft_params_yaml(input->params);
    const char *path = stored ? r->series_path : used;
    weft_status status = stored ? WEFT_OK : weft_read_text(comm, used, &stored);
    int rank; /* ranks without a replica have not resolved all: rank 0 judges */
    MPI_Comm_rank(comm, &rank);
    if (status == WEFT_OK && rank == 0)
        status = run_restart_compare(stored, yaml, run_restart_end_fixed(input), path);
    status = weft_agree(comm, status);
    if (status == WEFT_OK)
        status = same_contents(comm, input, used);
    if (status == WEFT_OK && state && strncmp(state, "complete", 8) == 0) {
        *complete = rank == 0 && run_restart_compare(stored, yaml, true, path) == WEFT_OK;
        weft_error_clear();
        MPI_Bcast(complete, sizeof *complete, MPI_BYTE, 0, comm);
        if (!*complete && !has_checkpoint(comm, r->dir))
            status = weft_fail(WEFT_INPUT,
                               "%s is complete and holds no checkpoint to go on from; use "
                               "--overwrite to start again, or another --out",
                               r->dir);
    }
    weft_free(stored);
    weft_free(state);
    weft_free(used);
    weft_free(yaml);
    return status;
}

/* ---- what a kill left ---- */

/* Temporary names: of checkpoints, of the files that are written beside and renamed
 * (params.used.yaml, series.nc of an ensemble), of locks (lock.c), and those that the MPI
 * library makes beside a file that it has open. Only the holder of the lock removes them,
 * so that they cannot be those of a run at work. */
static bool is_unfinished(const char *name)
{
    size_t n = strlen(name);
    bool temporary = n > 4 && strcmp(name + n - 4, ".tmp") == 0;
    bool of_mpi_io = (n > 5 && strcmp(name + n - 5, ".lock") == 0) || strstr(name, ".locktest.");
    if (of_mpi_io) /* for an open file */
        return strncmp(name, "ckpt-", 5) == 0 || strncmp(name, "fields.nc", 9) == 0;
    return (temporary &&
            (strncmp(name, "ckpt-", 5) == 0 || strncmp(name, "params.used.yaml.", 17) == 0 ||
             strncmp(name, "series.nc.", 10) == 0)) ||
           strncmp(name, "lock.", 5) == 0;
}

/* Are there such files? Removes them if asked. Local. */
static bool unfinished(const char *dir, bool remove)
{
    bool any = false;
    DIR *d = opendir(dir);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (!is_unfinished(e->d_name))
            continue;
        any = true;
        char *path = weft_format("%s/%s", dir, e->d_name);
        if (remove)
            unlink(path);
        weft_free(path);
    }
    if (d)
        closedir(d);
    return any;
}

/* The barrier keeps ranks from making new files while rank 0 still removes old ones. */
static void run_results_tidy(MPI_Comm comm, const run_results *r)
{
    int rank;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0)
        unfinished(r->dir, true);
    MPI_Barrier(comm);
}

/* A run that was killed after it said "complete" may have left what only a run at work
 * needs. Where nothing is left, the directory is not even locked, so that asking again
 * costs nothing and works where it is read-only. */
weft_status run_results_tidy_complete(MPI_Comm comm, run_results *r, const char *prefix)
{
    int rank, left = 0;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0)
        left = unfinished(r->dir, false) || access(r->lock_path, F_OK) == 0;
    MPI_Bcast(&left, 1, MPI_INT, 0, comm);
    if (!left)
        return WEFT_OK;
    WEFT_TRY(run_results_lock(comm, r));
    run_results_tidy(comm, r);
    run_restart_prune(comm, r->dir, "ckpt-block-", NULL, 0);
    run_restart_prune(comm, r->dir, prefix, NULL, 1);
    return WEFT_OK;
}

/* may_write is asked before, so that a mistake makes no directory and waits for no lock;
 * and again under the lock, since a run that was waited for may have left results. Signals
 * are only caught from here on: before, there is nothing to finish in good order. */
weft_status run_results_claim(MPI_Comm comm, const weft_run_options *options, run_results *r)
{
    WEFT_TRY(may_write(comm, options, r));
    WEFT_TRY(weft_make_directory(comm, r->dir));
    WEFT_TRY(run_results_lock(comm, r));
    weft_signals_install();
    run_results_tidy(comm, r);
    return may_write(comm, options, r); /* a run that was waited for may have left results */
}

/* Checkpoints are removed before the series. A kill between the two leaves a series without
 * checkpoints, from which a resume either sees the old run as complete or says that it has
 * to begin again; the other order could leave a checkpoint of the old run beside no series.
 * A new run makes its files anew also where it overwrites nothing: a symbolic link that somebody
 * left under their names is replaced, and what it leads to stays as it is. A resume follows links
 * to results that are there, and replaces those that lead nowhere, but not where the file holds
 * what no checkpoint has: what it leads to may come back. params.used.yaml is written
 * last: it is the input of whatever the directory holds from now on. */
weft_status run_results_prepare(MPI_Comm comm, const weft_input *input,
                                const weft_run_options *options, const run_results *r)
{
    int rank;
    MPI_Comm_rank(comm, &rank);
    if (!options->resume && options->overwrite)
        run_restart_prune(comm, r->dir, "ckpt-", NULL, 0);
    const char *const results[] = {r->series_path, r->fields_path};
    const bool kept = input->ensemble->replicas > 1 && input->ensemble->keep == WEFT_KEEP_ALL;
    for (int i = 0; rank == 0 && i < 2; i++)
        if (!options->resume || (!kept && access(results[i], F_OK) != 0 && errno == ENOENT))
            unlink(results[i]);
    MPI_Barrier(comm);
    char *yaml = weft_params_yaml(input->params),
         *path = weft_format("%s/params.used.yaml", r->dir),
         *files = input_contents_to_keep(comm, input), *text = weft_format("%s%s", yaml, files);
    weft_status status = weft_write_text(comm, path, text);
    weft_free(text);
    weft_free(files);
    weft_free(yaml);
    weft_free(path);
    return status;
}

/* A request to stop that was left from an earlier run does not stop this one. */
void run_results_forget_stop(MPI_Comm comm, const run_results *r)
{
    int rank;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0)
        unlink(r->stop_path);
    MPI_Barrier(comm);
}
