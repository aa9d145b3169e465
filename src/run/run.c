/* A run from its input to its result directory. */
#include "internal.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct single {
    const weft_input *input;
    const weft_run_options *options;
    weft_results *results;
    weft_member *member;
    weft_file *series, *fields;
} single;

/* ---- what the loop asks for ---- */

static weft_status on_record(void *context, weft_member *m, int64_t entry)
{
    return weft_series_append(((single *)context)->series, m, entry);
}

static weft_status on_snapshot(void *context, weft_member *m, int64_t entry)
{
    return weft_fields_append(((single *)context)->fields, m, entry);
}

static weft_status on_checkpoint(void *context, weft_member *m)
{
    single *r = context;
    char tag[32];
    snprintf(tag, sizeof tag, "%016lld", (long long)m->sim->step);
    /* a checkpoint must not know records that the disk does not have */
    WEFT_TRY(weft_file_sync(r->series));
    if (r->fields)
        WEFT_TRY(weft_file_sync(r->fields));
    WEFT_TRY(weft_restart_write(r->results->dir, m, tag));
    const weft_section *s = weft_params_section(r->input->params, "checkpoint");
    weft_restart_prune(m->sim->grid->comm, r->results->dir, "ckpt-", (int)weft_get_int(s, "keep"));
    return WEFT_OK;
}

/* ---- the directory ---- */

static bool exists(MPI_Comm comm, const char *path)
{
    int rank, there = 0;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0)
        there = access(path, F_OK) == 0;
    MPI_Bcast(&there, 1, MPI_INT, 0, comm);
    return there;
}

static weft_status may_write(MPI_Comm comm, const weft_run_options *options, const weft_results *r)
{
    bool there = exists(comm, r->series_path);
    if (there && !options->resume && !options->overwrite)
        return weft_fail(WEFT_INPUT,
                         "%s already holds results; use --resume to go on, --overwrite to start "
                         "again, or another --out",
                         r->dir);
    return WEFT_OK;
}

/* The input and the status that a series holds; NULL where it cannot be read. Collective. */
static void read_stored(MPI_Comm comm, const char *path, char **input, char **state)
{
    weft_file *file;
    *input = *state = NULL;
    if (weft_file_open_replicated(comm, path, WEFT_READ, &file) == WEFT_OK) {
        if (weft_file_get_text(file, NULL, "input", input) != WEFT_OK)
            *input = NULL;
        if (weft_file_get_text(file, NULL, "status", state) != WEFT_OK)
            *state = NULL;
        weft_file_close(file);
    }
    weft_error_clear();
}

static bool has_checkpoint(MPI_Comm comm, const char *dir)
{
    char *path;
    bool there = weft_restart_find(comm, dir, "ckpt-", &path) == WEFT_OK && path;
    weft_error_clear();
    if (there)
        weft_free(path);
    return there;
}

weft_status weft_results_resumable(MPI_Comm comm, const weft_input *input, const weft_results *r,
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
        status = weft_restart_compare(stored, yaml, weft_restart_end_fixed(input), path);
    status = weft_agree(comm, status);
    if (status == WEFT_OK && state && strcmp(state, "complete") == 0) {
        *complete = rank == 0 && weft_restart_compare(stored, yaml, true, path) == WEFT_OK;
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

weft_status weft_results_claim(MPI_Comm comm, const weft_run_options *options, weft_results *r)
{
    WEFT_TRY(may_write(comm, options, r));
    WEFT_TRY(weft_make_directory(comm, r->dir));
    WEFT_TRY(weft_results_lock(comm, r));
    return may_write(comm, options, r); /* a run that was waited for may have left results */
}

weft_status weft_results_prepare(MPI_Comm comm, const weft_input *input,
                                 const weft_run_options *options, const weft_results *r)
{
    if (options->overwrite && !options->resume) {
        int rank;
        MPI_Comm_rank(comm, &rank);
        weft_restart_prune(comm, r->dir, "ckpt-", 0);
        if (rank == 0) {
            unlink(r->series_path);
            unlink(r->fields_path);
        }
        MPI_Barrier(comm);
    }
    char *yaml = weft_params_yaml(input->params),
         *path = weft_format("%s/params.used.yaml", r->dir);
    weft_status status = weft_write_text(comm, path, yaml);
    weft_free(yaml);
    weft_free(path);
    return status;
}

/* A request to stop that was left from an earlier run does not stop this one. */
static void remove_stop_file(MPI_Comm comm, const weft_results *r)
{
    int rank;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0)
        unlink(r->stop_path);
    MPI_Barrier(comm);
}

static weft_status resume(single *r, bool *resumed)
{
    MPI_Comm comm = r->member->sim->grid->comm;
    char *path;
    *resumed = false;
    WEFT_TRY(weft_restart_find(comm, r->results->dir, "ckpt-", &path));
    if (!path) {
        weft_say("no checkpoint in %s: starting from the beginning", r->results->dir);
        return WEFT_OK;
    }
    weft_file *file;
    weft_status status = weft_checkpoint_open(comm, path, &file);
    if (status == WEFT_OK) {
        status = weft_restart_same(file, r->input, path);
        if (status == WEFT_OK)
            status = weft_member_load(r->member, 0, file);
        weft_status closed = weft_file_close(file);
        if (status == WEFT_OK)
            status = closed;
    }
    if (status == WEFT_OK && r->member->sim->time > r->member->timing.end * (1 + 1e-12))
        status = weft_fail(WEFT_INPUT, "%s is at time %.10g, beyond time.end = %.10g", path,
                           r->member->sim->time, r->member->timing.end);
    if (status == WEFT_OK) {
        weft_say("resumed from %s at time %.10g", path, r->member->sim->time);
        *resumed = true;
    }
    weft_free(path);
    return status;
}

static weft_status open_files(single *r, bool resumed)
{
    weft_member *m = r->member;
    WEFT_TRY(
        weft_series_open(r->results->series_path, resumed, m, r->options->command, &r->series));
    if (m->fields.n == 0)
        return WEFT_OK;
    return weft_fields_open(r->results->fields_path, resumed, m, r->options->command, &r->fields);
}

static weft_status set_status(single *r, const char *status, const char *why)
{
    weft_file *files[2] = {r->series, r->fields};
    for (int i = 0; i < 2; i++)
        if (files[i]) {
            WEFT_TRY(weft_file_set_text(files[i], NULL, "status", status));
            if (why)
                WEFT_TRY(weft_file_set_text(files[i], NULL, "ended_because", why));
            WEFT_TRY(weft_file_flush(files[i]));
        }
    return WEFT_OK;
}

static weft_status close_files(single *r)
{
    weft_status a = r->series ? weft_file_close(r->series) : WEFT_OK;
    weft_status b = r->fields ? weft_file_close(r->fields) : WEFT_OK;
    return a != WEFT_OK ? a : b;
}

/* ---- telling the user ---- */

void weft_run_announce(const weft_member *m, const weft_results *r, int64_t replicas)
{
    const weft_grid *g = m->sim->grid;
    char size[96] = "";
    for (int a = 3 - g->dim; a < 3; a++) {
        size_t used = strlen(size);
        snprintf(size + used, sizeof size - used, "%s%lld", used ? " x " : "", (long long)g->n[a]);
    }
    weft_say("%s on %s, stepper %s, %d rank%s (%d x %d x %d)%s", m->input->model->name, size,
             m->input->stepper->name, g->size, g->size == 1 ? "" : "s", g->procs[0], g->procs[1],
             g->procs[2], replicas > 1 ? " a replica" : "");
    if (m->timing.dt > 0)
        weft_say("dt = %.10g%s, %lld steps to time %.10g", m->timing.dt,
                 m->timing.chosen ? " (chosen: stable, accurate, divides all intervals)" : "",
                 (long long)m->timing.steps, m->timing.end);
    if (m->input->model->describe)
        m->input->model->describe(m->sim);
    weft_say("results in %s", r->dir);
}

static void report_error_check(const weft_member *m)
{
    if (!m->half)
        return;
    weft_say("error check (largest difference to a run at half the step):");
    for (int i = 0; i < m->observers.n; i++) {
        const weft_observer *item = &m->observers.item[i];
        double worst = 0;
        for (int64_t j = 0; j < item->count; j++)
            worst = fmax(worst, m->half_worst[item->offset + j]);
        if (!item->hidden)
            weft_say("  %-24s %.3e", item->name, worst);
    }
}

static void report_end(const single *r, const weft_control *c, double seconds, double steps)
{
    char text[32];
    weft_duration_text(seconds, text, sizeof text);
    if (c->why && c->early)
        weft_say("ended early at time %.10g: %s", r->member->sim->time, c->why);
    double sites = (double)weft_grid_sites(r->member->sim->grid);
    weft_say("done in %s, %.3g M site updates/s", text,
             seconds > 0 ? steps * sites / seconds * 1e-6 : 0);
    report_error_check(r->member);
}

/* ---- the run ---- */

static weft_status advance(single *r)
{
    weft_member *m = r->member;
    const weft_section *s = weft_params_section(r->input->params, "checkpoint");
    weft_listener listener = {r, on_record, r->fields ? on_snapshot : NULL, on_checkpoint};
    double now = weft_now();
    weft_control control = {.deadline = r->options->wall > 0 ? now + r->options->wall : 0,
                            .checkpoint_every = weft_get_real(s, "every"),
                            .last_checkpoint = now,
                            .stop_file = r->results->stop_path};
    bool fixed = m->timing.dt > 0;
    double before = fixed ? (double)m->sim->step : m->sim->time;
    if (m->sim->grid->rank == 0)
        control.progress =
            weft_progress_create(before, fixed ? (double)m->timing.steps : m->timing.end,
                                 (double)weft_grid_sites(m->sim->grid));
    weft_status status = weft_loop(m, &listener, &control);
    if (control.progress) {
        weft_progress_end(control.progress);
        weft_progress_free(control.progress);
    }
    if (status == WEFT_STOPPED) {
        WEFT_TRY(set_status(r, "stopped", control.why));
        return weft_fail(WEFT_STOPPED, "stopped at time %.10g (%s); run again with --resume",
                         m->sim->time, control.why);
    }
    if (status == WEFT_OK) {
        double after = fixed ? (double)m->sim->step : m->sim->time;
        report_end(r, &control, weft_now() - now, after - before);
        return set_status(r, "complete", control.why);
    }
    return status;
}

static weft_status run_single(MPI_Comm comm, single *r)
{
    bool resumed = false, complete = false;
    WEFT_TRY(weft_member_create(comm, r->input, &r->member));
    if (r->options->resume)
        WEFT_TRY(weft_results_resumable(comm, r->input, r->results, &complete));
    if (complete) {
        weft_say("%s is already complete", r->results->dir);
        return WEFT_OK;
    }
    WEFT_TRY(weft_member_start(r->member, 0));
    WEFT_TRY(weft_results_claim(comm, r->options, r->results));
    if (r->options->resume)
        WEFT_TRY(resume(r, &resumed));
    WEFT_TRY(weft_results_prepare(comm, r->input, r->options, r->results));
    remove_stop_file(comm, r->results);
    weft_run_announce(r->member, r->results, 1);
    weft_status status = open_files(r, resumed);
    if (status == WEFT_OK)
        status = advance(r);
    if (status == WEFT_FAILED)
        set_status(r, "failed", weft_error_message());
    weft_status closed = close_files(r);
    return status != WEFT_OK ? status : closed;
}

weft_status weft_run(MPI_Comm comm, const weft_input *input, const weft_run_options *options)
{
    const weft_section *ensemble = weft_params_section(input->params, "ensemble");
    weft_results *results = weft_results_create(input, options->out);
    weft_status status;
    if (weft_get_int(ensemble, "replicas") > 1) {
        status = weft_ensemble_run(comm, input, options, results);
    } else {
        single r = {.input = input, .options = options, .results = results};
        status = run_single(comm, &r);
        weft_member_free(r.member);
    }
    weft_results_unlock(results);
    weft_results_free(results);
    return status;
}
