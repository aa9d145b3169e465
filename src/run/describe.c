/* What a result file says of itself, as attributes: who made it, when and where, from which
 * input, and what the model has to say.
 *
 * Invariant: date, host, command and run_uuid speak of the newest start; history keeps a
 * line for each start, so that a resume by another build or on another machine takes
 * nothing away. All files of one start have the same run_uuid, drawn by rank 0. The
 * attribute input is the resolved input: run again, it gives the same numbers, since all
 * that was left to weft (dt, lists, intervals) was written into it before.
 *
 * All functions here are collective over the communicator of the file, because writing an
 * attribute is. */
#include "method.h"
#include "parts.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* One line for each start, the newest last: the other attributes speak of the newest alone. */
static weft_status add_history(weft_file *file, const run_member *m, const weft_provenance *p,
                               const char *layout, const char *command)
{
    char *before;
    WEFT_TRY(weft_file_get_text(file, NULL, "history", &before));
    char *text =
        weft_format("%s%s%s: weft %s%s%s (%s) on %s, %s, from time %.10g: %s", before ? before : "",
                    before ? "\n" : "", p->date, p->version, p->git[0] ? " " : "", p->git, p->build,
                    p->host, layout, m->sim->time, command ? command : "");
    weft_status status = weft_file_set_text(file, NULL, "history", text);
    weft_free(before);
    weft_free(text);
    return status;
}

/* parent is the run_uuid of the run that this one goes on from, or whose snapshot is its
 * initial state; NULL or "" where there is none. */
static weft_status describe_provenance(weft_file *file, MPI_Comm comm, const run_member *m,
                                       const char *command, const char *parent)
{
    weft_provenance p = m->provenance;
    /* each rank drew an identity: that of rank 0 is the run's */
    MPI_Bcast(&p, sizeof p, MPI_BYTE, 0, comm);
    char layout[128];
    const weft_grid *g = m->sim->grid;
    snprintf(layout, sizeof layout, "%d rank%s, %d x %d x %d", g->size, g->size == 1 ? "" : "s",
             g->procs[0], g->procs[1], g->procs[2]);
    WEFT_TRY(weft_file_set_text(file, NULL, "weft_version", p.version));
    WEFT_TRY(weft_file_set_text(file, NULL, "weft_git", p.git));
    WEFT_TRY(weft_file_set_text(file, NULL, "weft_build", p.build));
    char libraries[512];
    weft_libraries(libraries, sizeof libraries);
    WEFT_TRY(weft_file_set_text(file, NULL, "libraries", libraries));
    WEFT_TRY(weft_file_set_text(file, NULL, "date", p.date));
    WEFT_TRY(weft_file_set_text(file, NULL, "host", p.host));
    WEFT_TRY(weft_file_set_text(file, NULL, "command", command ? command : ""));
    WEFT_TRY(weft_file_set_text(file, NULL, "rank_layout", layout));
    WEFT_TRY(add_history(file, m, &p, layout, command));
    WEFT_TRY(weft_file_set_text(file, NULL, "run_uuid", p.uuid));
    return weft_file_set_text(file, NULL, "parent_uuid", parent ? parent : "");
}

/* What the call-back of the model needs: the file, and the first error, after which nothing
 * more is written. */
typedef struct attributes {
    weft_file *file;
    weft_status status;
} attributes;

static void add_attribute(void *context, const char *name, const char *text)
{
    attributes *a = context;
    if (a->status == WEFT_OK)
        a->status = weft_file_set_text(a->file, NULL, name, text);
}

/* What was said at the start of the run stands in its files too: the method with its reason, the
 * memory, and what the model has to say. The memory differs between ranks and starts; that of rank
 * 0 is taken, since an attribute must be the same on all ranks that write the file together. A
 * member of an ensemble is not started yet when the file is made, and has no memory to tell.
 *
 * What the model has to say, such as measured constants of the equation. The model's
 * function is the same on all ranks, so that each of its attributes is written by all of
 * them together. */
static weft_status describe_model(weft_file *file, MPI_Comm comm, const run_member *m)
{
    attributes a = {file, WEFT_OK};
    run_method_lines(m, add_attribute, &a);
    int64_t memory = weft_memory_peak();
    MPI_Bcast(&memory, 1, MPI_INT64_T, 0, comm); /* as rank 0 has it, like all attributes */
    if (a.status == WEFT_OK && !m->fresh)
        a.status = weft_file_set_int(file, NULL, "memory_bytes", 1, &memory);
    if (m->input->model->attributes)
        m->input->model->attributes(m->sim, add_attribute, &a);
    return a.status;
}

/* The run_uuid of the run whose snapshot the initial state is; a new string, or NULL where
 * it is not known. The file was read successfully a moment ago, so an error here is no
 * reason to end the run: what cannot be found out is left out. */
static char *parent_of_initial(MPI_Comm comm, const run_member *m)
{
    weft_file *file;
    char *uuid = NULL;
    if (m->input->initial) /* no file */
        return NULL;
    const char *path = m->input->file->path;
    if (weft_file_open_replicated(comm, path, WEFT_READ, &file) == WEFT_OK) {
        if (weft_file_get_text(file, NULL, "run_uuid", &uuid) != WEFT_OK)
            uuid = NULL;
        weft_file_close(file);
    }
    weft_error_clear(); /* it was read before: what is not known now is left out */
    return uuid;
}

/* The status begins as "running". It becomes "complete", "stopped" or "failed" when the run
 * ends; a file that still says "running" while nothing runs is that of a killed run. */
weft_status run_results_describe(weft_file *file, MPI_Comm comm, const run_member *m,
                                 const char *title, const char *command, const char *parent)
{
    const weft_input *input = m->input;
    char *yaml = weft_params_yaml(input->params);
    char *heading = weft_format("%s: %s", input->model->name, title);
    int64_t seed = m->sim->noise.seed;
    weft_status status = weft_file_set_text(file, NULL, "title", heading);
    if (status == WEFT_OK)
        status = weft_file_set_text(file, NULL, "model", input->model->name);
    if (status == WEFT_OK)
        status = weft_file_set_text(file, NULL, "input", yaml);
    if (status == WEFT_OK)
        status = weft_file_set_int(file, NULL, "seed", 1, &seed);
    if (status == WEFT_OK)
        status = describe_model(file, comm, m);
    char *initial = parent ? NULL : parent_of_initial(comm, m);
    if (status == WEFT_OK)
        status = describe_provenance(file, comm, m, command, parent ? parent : initial);
    weft_free(initial);
    if (status == WEFT_OK)
        status = weft_file_set_text(file, NULL, "status", "running");
    if (status == WEFT_OK && m->timing.dt > 0)
        status = weft_file_set_real(file, NULL, "dt", 1, &m->timing.dt);
    weft_free(yaml);
    weft_free(heading);
    return status;
}

/* ---- a resume ---- */

/* Has an attribute of the file another text than now? An attribute that is not there does
 * not count as another one. */
static weft_status differs(weft_file *file, const char *name, const char *now, bool *out)
{
    char *before;
    WEFT_TRY(weft_file_get_text(file, NULL, name, &before));
    *out = before && strcmp(before, now) != 0;
    weft_free(before);
    return WEFT_OK;
}

/* Another version may give other bits from here on. This is allowed, but never done without
 * a word. */
weft_status run_series_warn_version(weft_file *file, const weft_provenance *now)
{
    bool version, git;
    char *was;
    WEFT_TRY(differs(file, "weft_version", now->version, &version));
    WEFT_TRY(differs(file, "weft_git", now->git, &git));
    if (!version && !git)
        return WEFT_OK;
    WEFT_TRY(weft_file_get_text(file, NULL, "history", &was));
    const char *last = was ? strrchr(was, '\n') : NULL;
    weft_warn("another weft goes on with this run: this is %s %s; the last start was %s",
              now->version, now->git,
              last  ? last + 1
              : was ? was
                    : "by another version");
    weft_free(was);
    return WEFT_OK;
}

/* The uuid stays that of the first part: a run that was stopped and resumed is one run. */
weft_status run_series_take_up(weft_file *file, MPI_Comm comm, const run_member *m,
                               const char *command)
{
    char *uuid, *yaml = weft_params_yaml(m->input->params);
    weft_status status =
        weft_file_set_text(file, NULL, "input", yaml); /* time.end may be another */
    weft_free(yaml);
    WEFT_TRY(status);
    WEFT_TRY(weft_file_get_text(file, NULL, "run_uuid", &uuid));
    status = describe_provenance(file, comm, m, command, uuid);
    weft_free(uuid);
    WEFT_TRY(status);
    return weft_file_set_text(file, NULL, "status", "running");
}
