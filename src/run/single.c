/* A run of one replica, from its input to its result directory.
 *
 * Order of things, which makes a resume exact: a checkpoint is complete only after the
 * records that it knows of are on the disk; a resume puts the files back to what its
 * checkpoint knows and computes the rest again. Files say "complete" in a flush of its own,
 * after the last checkpoint, so that a file that says so was whole on the disk before.
 *
 * So a kill at any moment loses nothing but time. Before the first checkpoint, a resume
 * begins again; between two checkpoints, records after the older one are cut off and
 * computed again to the same bits; after the last one, only the word "complete" is missing. */
#include "account.h"
#include "parts.h"
#include "rows.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/timing.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A single run at work: input, options and results belong to the caller, the rest to the
 * run. */
typedef struct single {
    const weft_input *input;
    const weft_run_options *options;
    run_results *results;
    run_member *member;
    weft_file *series, *fields;
    run_rows *rows; /* on their way into series */
} single;

/* ---- what the loop asks for ---- */

static weft_status on_record(void *context, run_member *m, int64_t entry)
{
    return run_rows_append(((single *)context)->rows, m, entry);
}

static weft_status on_snapshot(void *context, run_member *m, int64_t entry)
{
    return run_fields_append(((single *)context)->fields, m, entry);
}

static weft_status on_meeting(void *context)
{
    return run_rows_flush(((single *)context)->rows);
}

/* The tag is the step with leading zeros, so that the order of names is the order of age.
 * Before anything is written the run makes sure that the directory is still its own. */
static weft_status on_checkpoint(void *context, run_member *m)
{
    single *r = context;
    char tag[32];
    snprintf(tag, sizeof tag, "%016lld", (long long)m->sim->step);
    WEFT_TRY(run_results_own(m->sim->grid->comm, r->results));
    WEFT_TRY(run_rows_flush(r->rows));
    WEFT_TRY(run_restart_write(r->results->dir, m, tag, r->series, r->fields));
    char *newest = weft_format("ckpt-%s.h5", tag);
    run_restart_prune(m->sim->grid->comm, r->results->dir, "ckpt-", newest,
                      (int)r->input->checkpoint->keep);
    weft_free(newest);
    return WEFT_OK;
}

/* Put the files back to what the checkpoint knows. */
static weft_status restore_files(single *r, weft_file *file)
{
    const run_member *m = r->member;
    MPI_Comm comm = m->sim->grid->comm;
    WEFT_TRY(run_results_restore(comm, file, RUN_SERIES_FRAME, r->results->series_path,
                                 m->observe.next - m->observe.first));
    if (m->fields.n == 0)
        return WEFT_OK;
    return run_results_restore(comm, file, RUN_FIELDS_FRAME, r->results->fields_path,
                               m->fields.next - m->fields.first);
}

/* From an open checkpoint: parameters, then the state, then the files. Nothing on the disk
 * is changed before the first two have succeeded. */
static weft_status take_up(single *r, weft_file *file, const char *path)
{
    WEFT_TRY(run_restart_same(file, r->input, path));
    WEFT_TRY(run_member_load(r->member, 0, file, ""));
    if (r->member->sim->time > r->member->timing.end * (1 + 1e-12))
        return weft_fail(WEFT_INPUT, "%s is at time %.10g, beyond time.end = %.10g", path,
                         r->member->sim->time, r->member->timing.end);
    return restore_files(r, file);
}

/* *resumed: a checkpoint was found, and the run goes on from it; false: the run begins
 * again. */
static weft_status resume(single *r, bool *resumed)
{
    MPI_Comm comm = r->member->sim->grid->comm;
    char *path;
    *resumed = false;
    WEFT_TRY(run_restart_find(comm, r->results->dir, "ckpt-", &path));
    if (!path) {
        weft_say("no checkpoint in %s: starting from the beginning", r->results->dir);
        return WEFT_OK;
    }
    weft_file *file;
    weft_status status = weft_checkpoint_open(comm, path, &file);
    if (status == WEFT_OK) {
        status = take_up(r, file, path);
        weft_status closed = weft_file_close(file);
        if (status == WEFT_OK)
            status = closed;
    }
    *resumed = status == WEFT_OK;
    if (*resumed)
        weft_say("resumed from %s at time %.10g", path, r->member->sim->time);
    weft_free(path);
    return status;
}

/* fields.nc is only made where snapshots are wanted. */
static weft_status open_files(single *r, bool resumed)
{
    run_member *m = r->member;
    WEFT_TRY(run_series_open(r->results->series_path, resumed, m, r->options->command, &r->series));
    r->rows = run_rows_create(r->series, m);
    if (m->fields.n == 0)
        return WEFT_OK;
    return run_fields_open(r->results->fields_path, resumed, m, r->options->command, &r->fields);
}

/* The attribute status of a file, flushed. why: the reason of an early end, NULL for none. */
static weft_status set_status_of(weft_file *file, const char *status, const char *why)
{
    WEFT_TRY(weft_file_set_text(file, NULL, "status", status));
    if (why)
        WEFT_TRY(weft_file_set_text(file, NULL, "ended_because", why));
    return weft_file_flush(file);
}

/* A resume asks series.nc alone whether the run is complete. So fields.nc is closed and on the disk
 * before series.nc says so: a kill in between must find a run that is not complete, whose files the
 * resume puts back. */
static weft_status set_status(single *r, const char *status, const char *why)
{
    if (r->rows)
        WEFT_TRY(run_rows_write(r->rows));
    if (r->fields) {
        weft_file *fields = r->fields;
        WEFT_TRY(set_status_of(fields, status, why));
        WEFT_TRY(weft_file_sync(fields));
        r->fields = NULL;
        WEFT_TRY(weft_file_close(fields));
    }
    return r->series ? set_status_of(r->series, status, why) : WEFT_OK;
}

/* Both are closed even if the first one fails. Where the run did not get as far as to say how it
 * ended, rows may still wait. */
static weft_status close_files(single *r)
{
    weft_status a = r->rows ? run_rows_write(r->rows) : WEFT_OK;
    weft_status closed = r->series ? weft_file_close(r->series) : WEFT_OK;
    a = a != WEFT_OK ? a : closed;
    weft_status b = r->fields ? weft_file_close(r->fields) : WEFT_OK;
    return a != WEFT_OK ? a : b;
}

/* ---- telling the user ---- */

/* Of each observer the largest difference over all its numbers and records. */
static void report_error_check(const run_member *m)
{
    if (!m->half)
        return;
    weft_say("error check (largest difference to a run at half the step):");
    for (int i = 0; i < m->observers.n; i++) {
        const run_observer *item = &m->observers.item[i];
        double worst = 0;
        for (int64_t j = 0; j < item->count; j++)
            worst = fmax(worst, m->half_worst[item->offset + j]);
        if (!item->hidden)
            weft_say("  %-24s %.3e", item->name, worst);
    }
}

/* The speed counts the steps of this start alone. */
static void report_end(const single *r, const run_control *c, double seconds)
{
    char text[32];
    weft_duration_text(seconds, text, sizeof text);
    if (c->why && c->early)
        weft_say("ended early at time %.10g: %s", r->member->sim->time, c->why);
    double sites = (double)weft_grid_sites(r->member->sim->grid);
    weft_say("done in %s, %.3g M site updates/s", text,
             seconds > 0 ? c->updates * sites / seconds * 1e-6 : 0);
    report_error_check(r->member);
}

/* ---- the run ---- */

/* Through the time loop, then the last checkpoint, then the word "complete". The progress
 * exists on rank 0 alone: showing it is no collective act. */
static weft_status advance(single *r)
{
    run_member *m = r->member;
    run_listener listener = {
        r,          on_record,         r->fields ? on_snapshot : NULL, on_checkpoint,
        on_meeting, .record_end = true};
    double now = weft_now();
    run_control control = {.deadline = r->options->wall > 0 ? now + r->options->wall : 0,
                           .checkpoint_every = r->input->checkpoint->every,
                           .last_checkpoint = now,
                           .stop_file = r->results->stop_path};
    if (m->sim->grid->rank == 0)
        control.progress = run_progress_create(run_member_done(m), run_member_length(m),
                                               (double)weft_grid_sites(m->sim->grid));
    weft_timing_start();
    weft_status status = run_loop(m, &listener, &control);
    if (control.progress) {
        run_progress_end(control.progress);
        run_progress_free(control.progress);
    }
    if (status == WEFT_STOPPED) {
        WEFT_TRY(set_status(r, "stopped", control.why));
        return weft_fail(WEFT_STOPPED, "stopped at time %.10g (%s); run again with --resume",
                         m->sim->time, control.why);
    }
    if (status == WEFT_OK) {
        report_end(r, &control, weft_now() - now);
        WEFT_TRY(run_account_report(m->sim->grid->comm, r->series));
        WEFT_TRY(on_checkpoint(r, m)); /* so that a later time.end can go on from here */
        WEFT_TRY(set_status(r, "complete", control.why));
        run_restart_prune(m->sim->grid->comm, r->results->dir, "ckpt-", NULL, 1);
    }
    return status;
}

/* Everything that can be wrong with the input is found before the directory is touched: the
 * member is created and started before the lock is taken. The restored state then replaces
 * the initial one. */
static weft_status run_single(MPI_Comm comm, single *r)
{
    bool resumed = false, complete = false;
    WEFT_TRY(run_member_create(comm, r->input, &r->member));
    if (r->options->resume)
        WEFT_TRY(run_results_resumable(comm, r->input, r->results, &complete));
    if (complete) {
        weft_say("%s is already complete", r->results->dir);
        return run_results_tidy_complete(comm, r->results, "ckpt-");
    }
    WEFT_TRY(run_member_start(r->member, 0));
    WEFT_TRY(run_results_claim(comm, r->options, r->results));
    if (r->options->resume)
        WEFT_TRY(resume(r, &resumed));
    WEFT_TRY(run_results_prepare(comm, r->input, r->options, r->results));
    run_results_forget_stop(comm, r->results);
    run_announce(r->member, r->results, 1);
    weft_status status = open_files(r, resumed);
    if (status == WEFT_OK)
        status = advance(r);
    if (status == WEFT_FAILED && set_status(r, "failed", weft_error_message()) != WEFT_OK)
        weft_warn("%s: the attribute that says that the run failed could not be written",
                  r->results->series_path);
    weft_status closed = close_files(r);
    return status != WEFT_OK ? status : closed;
}

/* The member is freed wherever the run ended; what it wrote was closed by run_single. */
weft_status run_one(MPI_Comm comm, const weft_input *input, const weft_run_options *options,
                    run_results *results)
{
    single r = {.input = input, .options = options, .results = results};
    weft_status status = run_single(comm, &r);
    run_rows_free(r.rows);
    run_member_free(r.member);
    return status;
}
