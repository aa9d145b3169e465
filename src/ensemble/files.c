/* The files of an ensemble, written by world rank 0 alone: series.nc with means and errors,
 * and the checkpoint of the total, ckpt-ensemble-<blocks merged>.h5.
 *
 * Invariant: series.nc is whole at every moment. What becomes of it is written beside,
 * beginning with a copy where records of replicas are in it, and takes its place in one
 * step; only then does a checkpoint of the total count the replicas that it has. So
 * series.nc never has fewer of them than the checkpoint, and more do no harm, since they
 * are computed again to the same bits. At the very end series.nc is written twice: with all
 * replicas before the checkpoint of the total, and as "complete" after it, so that a file that
 * says so always has the total to go with it.
 *
 * Nothing here is collective; the caller tells the other ranks the status. */
#include "ensemble.h"
#include "outcome.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- series.nc ---- */

/* One record of all visible observers: means, then standard errors. values: room for twice
 * the largest count of an observer, then for e->blocks numbers. */
static weft_status write_record(ens_ensemble *e, int64_t entry, double *values, int64_t widest)
{
    const run_member *m = e->member;
    double time = run_calendar_time(&m->observe, m->observe.first + entry, m->timing.dt);
    WEFT_TRY(weft_file_write(e->series, "time", entry, &time));
    for (int i = 0; i < m->observers.n; i++) {
        const run_observer *item = &m->observers.item[i];
        if (item->hidden)
            continue;
        char name[128];
        ens_record(e, item, entry, values, values + widest, values + 2 * widest);
        WEFT_TRY(weft_file_write(e->series, item->name, entry, values));
        snprintf(name, sizeof name, "%s_stderr", item->name);
        WEFT_TRY(weft_file_write(e->series, name, entry, values + widest));
    }
    return WEFT_OK;
}

/* The history and the identity of an earlier file, into the one that is begun. */
static weft_status copy_history(ens_ensemble *e, char **parent)
{
    weft_file *old;
    char *history = NULL;
    WEFT_TRY(weft_file_open_replicated(MPI_COMM_SELF, e->results->series_path, WEFT_READ, &old));
    weft_status status = run_series_warn_version(old, &e->member->provenance);
    if (status == WEFT_OK)
        status = weft_file_get_text(old, NULL, "history", &history);
    if (status == WEFT_OK)
        status = weft_file_get_text(old, NULL, "run_uuid", parent);
    weft_file_close(old);
    if (status == WEFT_OK && history)
        status = weft_file_set_text(e->series, NULL, "history", history);
    weft_free(history);
    return status;
}

/* Of a run that goes on although its series.nc is written anew (it is made longer, was stopped
 * before a block was done, or the file is damaged): the starts before, and the run that it goes on
 * from (a new string, NULL where it is not known). What cannot be read is lost, with a warning. */
static void take_history(ens_ensemble *e, char **parent)
{
    if (!e->resumed || access(e->results->series_path, F_OK) != 0 ||
        copy_history(e, parent) == WEFT_OK)
        return;
    weft_warn("%s; the earlier lines of its history are lost", weft_error_message());
    weft_error_clear();
}

/* The file is rank 0's alone: what the ranks of all groups would have to say together is known to
 * it already, hence MPI_COMM_SELF. */
static weft_status describe_series(ens_ensemble *e)
{
    char *parent = NULL;
    take_history(e, &parent);
    weft_status status = run_results_describe(e->series, MPI_COMM_SELF, e->member,
                                              "observables of an ensemble", e->command, parent);
    weft_free(parent);
    return status;
}

/* A new series.nc beside the old one, if there is one. Records of single replicas (keep:
 * all) have a dimension of their own, of which blocks are appended as they are merged. */
static weft_status create_series(ens_ensemble *e)
{
    static const char *const time[] = {"time"}, *const replica[] = {"replica", "time"};
    const run_observers *o = &e->member->observers;
    WEFT_TRY(weft_file_begin(MPI_COMM_SELF, e->results->series_path, false, &e->series));
    WEFT_TRY(describe_series(e));
    WEFT_TRY(run_series_time(e->series));
    /* the length decides the chunks of replicas */
    WEFT_TRY(weft_file_set_length(e->series, "time", e->records));
    WEFT_TRY(run_series_define(e->series, o, "", 1, time));
    WEFT_TRY(run_series_define(e->series, o, "_stderr", 1, time));
    if (!e->keep_all)
        return WEFT_OK;
    WEFT_TRY(weft_file_dimension(e->series, "replica", 0, NULL, "", "replica"));
    return run_series_define(e->series, o, "_replica", 2, replica);
}

/* The file closes, reaches the disk, and takes the name series.nc. */
static weft_status commit_series(ens_ensemble *e)
{
    weft_file *file = e->series;
    e->series = NULL;
    return weft_file_commit(file);
}

void ens_abandon_series(ens_ensemble *e)
{
    if (e->series)
        weft_file_abandon(e->series);
    e->series = NULL;
}

/* The file that will be series.nc, begun with what series.nc is. It stays open until it is
 * committed, so that several blocks can be stored in one step. */
static weft_status open_series(ens_ensemble *e)
{
    if (e->series)
        return WEFT_OK;
    return weft_file_begin(MPI_COMM_SELF, e->results->series_path, true, &e->series);
}

/* What can be done where records of replicas are damaged or gone: they are in no other file. */
static weft_status replicas_lost(void)
{
    char *why = weft_strdup(weft_error_message());
    weft_error_clear();
    weft_fail(
        WEFT_IO,
        "%s; the records of replicas (keep: all) are in this file alone: bring it back from a "
        "copy, or compute all of them again with --overwrite, to the same numbers",
        why);
    weft_free(why);
    return WEFT_IO;
}

/* Records of replicas are only in series.nc: it must have those that the total counts. */
static weft_status check_series(ens_ensemble *e)
{
    int64_t n = 0, needed = e->keep_all ? ens_first(e, e->merged) : 0;
    if (e->keep_all)
        WEFT_TRY(weft_file_length(e->series, "replica", &n));
    if (n < needed) {
        weft_fail(WEFT_IO,
                  "%s has %lld replicas, the checkpoint was written after %lld: the file is not "
                  "that of this run, or its end never reached the disk",
                  e->results->series_path, (long long)n, (long long)needed);
        return replicas_lost();
    }
    WEFT_TRY(run_series_warn_version(e->series, &e->member->provenance));
    return run_series_take_up(e->series, MPI_COMM_SELF, e->member, e->command);
}

/* Is series.nc sound? All of it is read, since records of replicas are written once and never
 * again: damage to them is an error. Means that are damaged, or in a file that cannot be opened,
 * are warned of; they are written again from the total. */
static weft_status verify_series(const ens_ensemble *e, bool *sound)
{
    weft_file *file;
    weft_status status =
        weft_file_open_replicated(MPI_COMM_SELF, e->results->series_path, WEFT_READ, &file);
    if (status == WEFT_OK) {
        status = weft_file_verify(file, false);
        weft_file_close(file);
    }
    *sound = status == WEFT_OK;
    if (*sound)
        return status;
    if (e->keep_all)
        return replicas_lost();
    weft_warn("%s; the means are written again", weft_error_message());
    weft_error_clear();
    return WEFT_OK;
}

/* Means alone can be written again from the total, so a series that is damaged or not there is only
 * an error where it holds the records of replicas. */
weft_status ens_start_series(ens_ensemble *e)
{
    bool there = access(e->results->series_path, F_OK) == 0;
    weft_status status = WEFT_OK;
    if (e->merged > 0 && (there || e->keep_all))
        WEFT_TRY(verify_series(e, &there));
    if (e->merged > 0 && (there || e->keep_all)) {
        status = open_series(e);
        if (status == WEFT_OK)
            status = check_series(e);
    } else {
        status = create_series(e);
    }
    /* the results up to an earlier end stay until there is more to say */
    return status == WEFT_OK && !e->longer ? commit_series(e) : status;
}

/* data: the records of the block's replicas, (replica, record, all observers). A variable
 * of the file is (replica, time, its axes), so its numbers are gathered first. */
weft_status ens_store_replicas(ens_ensemble *e, int block, const double *data)
{
    const run_observers *o = &e->member->observers;
    WEFT_TRY(open_series(e));
    for (int64_t r = 0; r < ens_size(e, block); r++) {
        double number = (double)(ens_first(e, block) + r);
        int64_t entry = ens_first(e, block) + r;
        WEFT_TRY(weft_file_write(e->series, "replica", entry, &number));
        for (int i = 0; i < o->n; i++) {
            const run_observer *item = &o->item[i];
            if (item->hidden)
                continue;
            char name[128];
            double *packed = weft_alloc((size_t)(e->records * item->count), sizeof *packed);
            for (int64_t t = 0; t < e->records; t++)
                memcpy(packed + t * item->count,
                       data + r * e->numbers + t * o->total + item->offset,
                       (size_t)item->count * sizeof *packed);
            snprintf(name, sizeof name, "%s_replica", item->name);
            weft_status status = weft_file_write(e->series, name, entry, packed);
            weft_free(packed);
            WEFT_TRY(status);
        }
    }
    return WEFT_OK;
}

/* How many replicas the means have, how many were left out, and why, a line each. */
static weft_status write_failures(ens_ensemble *e)
{
    WEFT_TRY(weft_file_set_int(e->series, NULL, "replicas_done", 1, &e->total.count));
    WEFT_TRY(weft_file_set_int(e->series, NULL, "replicas_failed", 1, &e->failed));
    char *text = weft_format("%.*s", (int)e->failures.n, e->failures.n ? e->failures.data : "");
    weft_status status = weft_file_set_text(e->series, NULL, "failed_replicas", text);
    weft_free(text);
    return status;
}

/* Where no replica is done yet there is nothing to write, and the records read as nan. */
static weft_status write_values(ens_ensemble *e)
{
    int64_t widest = 1;
    for (int i = 0; i < e->member->observers.n; i++)
        if (e->member->observers.item[i].count > widest)
            widest = e->member->observers.item[i].count;
    double *values = weft_alloc((size_t)(2 * widest + e->blocks), sizeof *values);
    weft_status status = WEFT_OK;
    for (int64_t t = 0; t < e->records && status == WEFT_OK && e->total.count > 0; t++)
        status = write_record(e, t, values, widest);
    weft_free(values);
    return status;
}

/* All means and errors are written anew each time: they change with every block. */
weft_status ens_write_series(ens_ensemble *e, const char *state, const char *why)
{
    WEFT_TRY(open_series(e));
    WEFT_TRY(write_values(e));
    WEFT_TRY(write_failures(e));
    if (strncmp(state, "complete", 8) == 0)
        WEFT_TRY(ens_write_evidence(e));
    WEFT_TRY(weft_file_set_text(e->series, NULL, "status", state));
    if (why)
        WEFT_TRY(weft_file_set_text(e->series, NULL, "ended_because", why));
    return commit_series(e);
}

/* ---- checkpoint of the total ---- */

/* mean and m2 of all replicas merged so far, and the means of blocks that the jackknife
 * needs. */
static weft_status put_total(ens_ensemble *e, weft_file *file)
{
    char *yaml = weft_params_yaml(e->input->params);
    weft_status status = weft_file_set_text(file, NULL, "input", yaml);
    weft_free(yaml);
    WEFT_TRY(status);
    int64_t bytes = e->numbers * (int64_t)sizeof(double);
    const double end = e->member->timing.end;
    WEFT_TRY(weft_file_put(file, "end", &end, sizeof end));
    WEFT_TRY(weft_file_put(file, "generation", &e->generation, sizeof e->generation));
    WEFT_TRY(weft_file_put(file, "merged", &e->merged, sizeof e->merged));
    WEFT_TRY(weft_file_put(file, "count", &e->total.count, sizeof e->total.count));
    WEFT_TRY(weft_file_put(file, "mean", e->total.mean, bytes));
    WEFT_TRY(weft_file_put(file, "m2", e->total.m2, bytes));
    WEFT_TRY(weft_file_put(file, "counted", e->counted, e->merged * (int64_t)sizeof *e->counted));
    WEFT_TRY(weft_file_put(file, "failed", &e->failed, sizeof e->failed));
    WEFT_TRY(weft_file_put(file, "failures", e->failures.n ? e->failures.data : "",
                           (int64_t)e->failures.n));
    return weft_file_put(file, "block_means", e->block_means,
                         e->merged * e->records * e->inputs * (int64_t)sizeof(double));
}

/* An ensemble without failures has stored no bytes. */
static weft_status get_failures(ens_ensemble *e, weft_file *file)
{
    int64_t n;
    WEFT_TRY(weft_file_get_size(file, "failures", &n));
    if (n <= 0)
        return WEFT_OK;
    char *text = weft_alloc((size_t)n, 1);
    weft_status status = weft_file_get(file, "failures", text, n);
    if (status == WEFT_OK)
        ens_bytes_add(&e->failures, text, (size_t)n);
    weft_free(text);
    return status;
}

/* *earlier: the total is that of a run to an earlier end, of which only the last states are used,
 * block by block (final.c). */
static weft_status get_end(ens_ensemble *e, weft_file *file, const char *path, bool *earlier)
{
    double end;
    WEFT_TRY(run_restart_same(file, e->input, path));
    WEFT_TRY(weft_file_get(file, "end", &end, sizeof end));
    WEFT_TRY(weft_file_get(file, "generation", &e->generation, sizeof e->generation));
    if (end > e->member->timing.end)
        return weft_fail(WEFT_INPUT, "%s is at time %.10g, beyond time.end = %.10g", path, end,
                         e->member->timing.end);
    *earlier = end < e->member->timing.end;
    e->longer = *earlier;
    e->generation += *earlier;
    if (*earlier)
        e->member->sim->time = end; /* what the history of the files says */
    if (*earlier)
        weft_say("%s ends at time %.10g: replicas go on from there", path, end);
    return WEFT_OK;
}

/* Every number that is used as a size is compared with this input first. */
static weft_status get_total(ens_ensemble *e, weft_file *file, const char *path)
{
    bool earlier = false;
    int64_t bytes = e->numbers * (int64_t)sizeof(double);
    WEFT_TRY(get_end(e, file, path, &earlier));
    if (earlier)
        return WEFT_OK;
    WEFT_TRY(weft_file_get(file, "merged", &e->merged, sizeof e->merged));
    if (e->merged < 0 || e->merged > e->blocks)
        return weft_fail(WEFT_IO, "%s: it is damaged: it has %d of %d blocks", path, e->merged,
                         e->blocks);
    WEFT_TRY(weft_file_get(file, "counted", e->counted, e->merged * (int64_t)sizeof *e->counted));
    WEFT_TRY(weft_file_get(file, "failed", &e->failed, sizeof e->failed));
    WEFT_TRY(get_failures(e, file));
    WEFT_TRY(weft_file_get(file, "count", &e->total.count, sizeof e->total.count));
    WEFT_TRY(weft_file_get(file, "mean", e->total.mean, bytes));
    WEFT_TRY(weft_file_get(file, "m2", e->total.m2, bytes));
    return weft_file_get(file, "block_means", e->block_means,
                         e->merged * e->records * e->inputs * (int64_t)sizeof(double));
}

/* The number of merged blocks in the name, with leading zeros, makes the order of names the
 * order of age. */
weft_status ens_write_total(ens_ensemble *e)
{
    WEFT_TRY(weft_make_directory(MPI_COMM_SELF, e->results->dir)); /* a scan's is not made before */
    char name[48]; /* a total of a longer run is newer than all those of a shorter one */
    snprintf(name, sizeof name, "ckpt-ensemble-%06d.h5", e->generation * 1000 + e->merged);
    char *path = weft_format("%s/%s", e->results->dir, name);
    weft_file *file;
    weft_status status = weft_checkpoint_begin(MPI_COMM_SELF, path, &file);
    weft_free(path);
    WEFT_TRY(status);
    status = put_total(e, file);
    if (status != WEFT_OK) {
        weft_file_abandon(file);
        return status;
    }
    WEFT_TRY(weft_checkpoint_commit(file));
    run_restart_prune(MPI_COMM_SELF, e->results->dir, "ckpt-ensemble-", name,
                      (int)e->input->checkpoint->keep);
    return WEFT_OK;
}

/* World rank 0 alone has the total; the caller tells the others the status and e->merged.
 * Without a checkpoint nothing is changed, and all blocks are open. */
weft_status ens_resume_total(ens_ensemble *e)
{
    char *path;
    weft_status status = WEFT_OK;
    if (e->rank == 0) {
        WEFT_TRY(run_restart_find(MPI_COMM_SELF, e->results->dir, "ckpt-ensemble-", &path));
        if (path) {
            weft_file *file;
            status = weft_checkpoint_open(MPI_COMM_SELF, path, &file);
            if (status == WEFT_OK) {
                status = get_total(e, file, path);
                weft_file_close(file);
            }
            if (status == WEFT_OK && !e->longer)
                weft_say("resumed from %s: %lld replicas done", path, (long long)e->total.count);
        }
        weft_free(path);
    }
    return status;
}
