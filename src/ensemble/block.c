/* One block of replicas, worked on by a group of ranks. A block is a range of consecutive
 * replica numbers; it is the unit that groups are given, that is merged, and that the
 * jackknife leaves out. The checkpoint of a block at work is called a flight.
 *
 * Invariants. (1) Replicas of a block are worked on in their order, so that a flight needs
 * only the number of the one under way, its state, and the averages over those before it.
 * What is taken up again has the same bits, since averages are made one replica at a time.
 * (2) A replica that failed leaves no trace in the averages: the next one follows the last
 * good one. (3) A flight only saves work: where it is missing or damaged, the block is done
 * again from its first replica, to the same bits; so a kill at any moment loses time and
 * nothing else. (4) Only group 0 writes fields.nc, during replica 0, so that two groups
 * never hold one file.
 *
 * Everything here is collective over the group and knows nothing of the other groups. */
#include "ensemble.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what the loop of one replica asks for ---- */

/* Records are kept in memory: they enter the averages only when the replica has ended well. */
static weft_status on_record(void *context, run_member *m, int64_t entry)
{
    ens_ensemble *e = context;
    memcpy(e->own + entry * m->observers.total, m->record,
           (size_t)m->observers.total * sizeof *e->own);
    return WEFT_OK;
}

/* Only group 0 has the file, and only during replica 0. */
static weft_status on_snapshot(void *context, run_member *m, int64_t entry)
{
    ens_ensemble *e = context;
    return e->fields ? run_fields_append(e->fields, m, entry) : WEFT_OK;
}

/* ---- checkpoint of the block that a group works on ---- */

/* The head of a flight, stored as bytes of the machine. */
typedef struct flight {
    int64_t replica; /* in progress; the next block's first one if the block is done */
    int64_t count;   /* replicas in the average */
    int64_t under_way;
    int64_t known; /* numbers that come from an earlier end (final.c) */
    double end;    /* time.end */
} flight;

/* A new string (weft_free). */
static char *flight_path(const ens_ensemble *e, int block)
{
    return weft_format("%s/ckpt-block-%06d.h5", e->results->dir, block);
}

/* What a block needs to go on: averages, how its replicas ended, with keep: all their
 * records; and of a replica under way its records so far, its state, and what fields.nc
 * was. */
static weft_status put_flight(ens_ensemble *e, weft_file *file, bool under_way)
{
    flight f = {e->replica, e->average.count, under_way, e->known, e->member->timing.end};
    int64_t ended = e->replica - ens_first(e, e->block);
    char *yaml = weft_params_yaml(e->input->params);
    weft_status status = weft_file_set_text(file, NULL, "input", yaml);
    weft_free(yaml);
    WEFT_TRY(status);
    int64_t bytes = e->numbers * (int64_t)sizeof(double);
    WEFT_TRY(weft_file_put(file, "flight", &f, sizeof f));
    WEFT_TRY(weft_file_put(file, "mean", e->average.mean, bytes));
    WEFT_TRY(weft_file_put(file, "m2", e->average.m2, bytes));
    WEFT_TRY(weft_file_put(file, "ends", e->ends, ended * (int64_t)sizeof *e->ends));
    if (e->keep_all)
        WEFT_TRY(weft_file_put(file, "replicas", e->replicas_of_block, ended * bytes));
    if (!under_way)
        return WEFT_OK;
    WEFT_TRY(weft_file_put(file, "records", e->own, bytes));
    if (e->fields)
        WEFT_TRY(weft_file_put_frame(file, RUN_FIELDS_FRAME, e->fields));
    return run_member_save(e->member, file, "");
}

/* A block has one flight, which is replaced in one step when a newer one is complete. */
static weft_status write_flight(ens_ensemble *e, bool under_way)
{
    if (!e->results)
        return WEFT_OK;
    WEFT_TRY(run_results_own(e->group, e->results));
    WEFT_TRY(weft_make_directory(e->group, e->results->dir)); /* a scan's is not made before */
    char *path = flight_path(e, e->block);
    weft_file *file;
    weft_status status = weft_checkpoint_begin(e->group, path, &file);
    weft_free(path);
    WEFT_TRY(status);
    status = put_flight(e, file, under_way);
    if (status == WEFT_OK)
        return weft_checkpoint_commit(file);
    weft_file_abandon(file);
    return status;
}

/* The member is that of the ensemble; the flight holds more than its state. */
static weft_status on_checkpoint(void *context, run_member *m)
{
    (void)m;
    return write_flight(context, true);
}

/* A block that is done has no replica under way: its flight holds averages alone. */
weft_status ens_keep_block(ens_ensemble *e)
{
    return write_flight(e, false);
}

/* Called when a checkpoint of the total holds what was in them. */
void ens_forget_blocks(ens_ensemble *e, int from, int to)
{
    for (int b = from; b < to; b++) {
        char *path = flight_path(e, b);
        unlink(path);
        weft_free(path);
    }
}

/* Snapshots are those of the first replica. In memory (without results) there are none. */
static bool has_fields(const ens_ensemble *e)
{
    return e->results && e->replica == 0 && e->member->fields.n > 0;
}

/* A flight of a run to an earlier end serves where the first replica of its block is under way: its
 * records so far are the first of the longer run. Of replicas that are done in it only the averages
 * up to the earlier end are kept, and no states to go on from. */
static bool fits_end(const ens_ensemble *e, const flight *f)
{
    const double end = e->member->timing.end;
    return f->end == end ||
           (f->end < end && f->under_way && f->known == 0 && f->replica == ens_first(e, e->block));
}

/* Every number that is used as a size is compared with the sizes of this input first: a
 * checksum says that a file is what was written, not that it fits. The ends come first, and
 * `count` may be less than `ended` by those that failed. */
static weft_status get_flight(ens_ensemble *e, weft_file *file, const char *path, bool *under_way)
{
    flight f;
    int64_t bytes = e->numbers * (int64_t)sizeof(double);
    WEFT_TRY(run_restart_same(file, e->input, path));
    WEFT_TRY(weft_file_get(file, "flight", &f, sizeof f));
    if (!fits_end(e, &f))
        return weft_fail(WEFT_IO, "it is of a run to time %.10g", f.end);
    if (f.known == 0) { /* the block was begun again */
        ens_final_drop(e);
        e->known = 0;
    }
    if (f.known != e->known)
        return weft_fail(WEFT_IO, "the last states that it goes on from are not there");
    int64_t ended = f.replica - ens_first(e, e->block);
    if (ended < 0 || ended > ens_size(e, e->block) || f.count < 0 || f.count > ended)
        return weft_fail(WEFT_IO, "%s: it is damaged: replica %lld is none of block %d", path,
                         (long long)f.replica, e->block);
    if (f.end <
        e->member->timing.end) { /* no replica is in its averages, and it has fewer records */
        WEFT_TRY(weft_file_get_size(file, "records", &bytes));
        if (bytes < 0 || bytes > e->numbers * (int64_t)sizeof(double))
            return weft_fail(WEFT_IO, "%s: it is damaged: its records do not fit", path);
    } else {
        WEFT_TRY(weft_file_get(file, "ends", e->ends, ended * (int64_t)sizeof *e->ends));
        WEFT_TRY(weft_file_get(file, "mean", e->average.mean, bytes));
        WEFT_TRY(weft_file_get(file, "m2", e->average.m2, bytes));
        if (e->keep_all)
            WEFT_TRY(weft_file_get(file, "replicas", e->replicas_of_block, ended * bytes));
    }
    e->replica = f.replica;
    e->average.count = f.count;
    *under_way = f.under_way;
    if (!f.under_way)
        return WEFT_OK;
    WEFT_TRY(weft_file_get(file, "records", e->own, bytes));
    WEFT_TRY(run_member_load(e->member, (uint32_t)f.replica, file, ""));
    if (!has_fields(e))
        return WEFT_OK;
    return run_results_restore(e->group, file, RUN_FIELDS_FRAME, e->results->fields_path,
                               e->member->fields.next - e->member->fields.first);
}

/* Take up the block from its checkpoint if there is one. Rank 0 of the group looks for the file and
 * tells the others, so that all open it or none does. */
static weft_status resume_flight(ens_ensemble *e, bool *under_way)
{
    char *path = flight_path(e, e->block);
    int there = 0;
    if (e->rank % e->ranks_per_replica == 0)
        there = access(path, F_OK) == 0;
    MPI_Bcast(&there, 1, MPI_INT, 0, e->group);
    weft_status status = WEFT_OK;
    if (there) {
        weft_file *file;
        status = weft_checkpoint_open(e->group, path, &file);
        if (status == WEFT_OK) {
            status = get_flight(e, file, path, under_way);
            weft_file_close(file);
        }
    }
    if (status != WEFT_OK) { /* it only saves work */
        weft_warn("passing over %s: %s", path, weft_error_message());
        weft_error_clear();
    }
    weft_free(path);
    return status;
}

/* After an error everything that may have been half read is cleared. Where the block begins: behind
 * its last replica if it was done, in the midst of it, with replicas that go on from an earlier
 * end, or at the beginning. */
static weft_status resume_block(ens_ensemble *e, bool *under_way)
{
    WEFT_TRY(ens_final_take_up(e));
    if (e->replica == ens_first(e, e->block) && resume_flight(e, under_way) != WEFT_OK) {
        ens_final_drop(e);
        ens_block_clear(e);
        *under_way = false;
        return ens_final_take_up(e);
    }
    return WEFT_OK;
}

/* ---- one block ---- */

/* A replica that goes on from a flight has its file put back already, and only opens it. */
static weft_status open_fields(ens_ensemble *e, bool under_way)
{
    if (!has_fields(e))
        return WEFT_OK;
    return run_fields_open(e->results->fields_path, under_way, e->member, e->command, &e->fields);
}

/* The file is brought to the disk before it is closed, because later flights, which do not
 * hold its frame any more, rely on it. */
static weft_status close_fields(ens_ensemble *e, const char *state)
{
    if (!e->fields)
        return WEFT_OK;
    weft_status status = weft_file_sync(e->fields); /* later checkpoints rely on it */
    if (status == WEFT_OK)
        status = weft_file_set_text(e->fields, NULL, "status", state);
    weft_status closed = weft_file_close(e->fields);
    e->fields = NULL;
    return status != WEFT_OK ? status : closed;
}

/* A replica that ended early (absorbing state) stays as it is: its last state fills the
 * remaining records, and is what observables remember of the times between; those of the time
 * itself move on (no extinction so far). Averages over
 * replicas at late times are then averages over all of them, and not over those that are
 * still active. */
static weft_status fill_records(ens_ensemble *e)
{
    run_member *m = e->member;
    if (m->observe.next >= m->observe.n)
        return WEFT_OK;
    if (m->input->stepper->sync)
        WEFT_TRY(m->input->stepper->sync(m->sim, m->stepper_data));
    WEFT_TRY(run_observers_compute(&m->observers, m->sim, m->record));
    for (; m->observe.next < m->observe.n; m->observe.next++) {
        m->sim->time = run_calendar_time(&m->observe, m->observe.next, m->timing.dt);
        if (m->timing.dt > 0)
            m->sim->step = run_calendar_step(&m->observe, m->observe.next);
        if (run_moments_due(m)) {
            WEFT_TRY(run_moments_remember(m));
            WEFT_TRY(run_observers_compute(&m->observers, m->sim, m->record));
        }
        WEFT_TRY(run_observers_move_on(&m->observers, m->sim, m->record));
        WEFT_TRY(on_record(e, m, m->observe.next - m->observe.first));
    }
    return WEFT_OK;
}

/* Which of many failed, and how its numbers are drawn again. The message is copied first,
 * since clearing the error erases it. */
static weft_status name_replica(const ens_ensemble *e, weft_status status)
{
    char why[2048];
    if (status != WEFT_FAILED || e->replicas == 1)
        return status;
    snprintf(why, sizeof why, "%s", weft_error_message());
    weft_error_clear();
    return weft_fail(status, "replica %lld (seed %lld): %s", (long long)e->replica,
                     (long long)e->input->ensemble->seed, why);
}

/* Where the records of the present replica are kept; NULL: they are not. */
static double *kept_records(const ens_ensemble *e)
{
    int64_t place = e->replica - ens_first(e, e->block);
    return e->keep_all ? e->replicas_of_block + place * e->numbers : NULL;
}

static void end_failed(ens_ensemble *e)
{
    double *kept = kept_records(e);
    for (int64_t i = 0; kept && i < e->numbers; i++)
        kept[i] = NAN;
}

/* Take down how the replica ended. With keep: all, the records of one that failed are nan. */
static void end_replica(ens_ensemble *e, weft_status status)
{
    ens_end *end = &e->ends[e->replica - ens_first(e, e->block)];
    double *kept = kept_records(e);
    end->fate = status == WEFT_OK ? ENS_DONE : ENS_FAILED;
    if (status != WEFT_OK)
        snprintf(end->why, sizeof end->why, "%s", weft_error_message());
    if (status != WEFT_OK) {
        end_failed(e);
        weft_error_clear();
        return;
    }
    if (kept)
        memcpy(kept + e->known, e->own + e->known, (size_t)(e->numbers - e->known) * sizeof *kept);
    ens_average_add(&e->average, e->own, e->known);
}

/* The status that fields.nc gets when its replica ends so. */
static const char *state_of(weft_status status)
{
    return status == WEFT_OK ? "complete" : status == WEFT_FAILED ? "failed" : "stopped";
}

/* The present replica at its beginning, or as it was at an earlier end. */
static weft_status start_replica(ens_ensemble *e)
{
    run_member *m = e->member;
    if (!e->earlier) {
        WEFT_TRY(run_member_start(m, (uint32_t)e->replica));
        return open_fields(e, false);
    }
    WEFT_TRY(ens_final_load(e));
    if (has_fields(e))
        WEFT_TRY(run_results_restore(e->group, e->earlier, RUN_FIELDS_FRAME,
                                     e->results->fields_path, m->fields.next - m->fields.first));
    return open_fields(e, true);
}

/* Run the replica number e->replica, under way or from its start. A replica that failed
 * gives WEFT_OK here if failed replicas are to be left out. Errors of files are never left
 * out: the next replica would meet them, too. */
static weft_status run_replica(ens_ensemble *e, bool under_way)
{
    run_member *m = e->member;
    run_listener listener = {e, on_record, m->fields.n ? on_snapshot : NULL, on_checkpoint,
                             .record_end = false}; /* fill_records has the last state */
    double begin = weft_now();
    weft_status status = under_way ? open_fields(e, true) : start_replica(e);
    e->control.replica = e->replica;
    e->control.progress_from = !under_way && e->earlier ? run_member_done(m) : 0;
    if (under_way)
        run_progress_skip(e->control.progress, run_member_done(m));
    if (status == WEFT_OK)
        status = run_loop(m, &listener, &e->control);
    if (!under_way && !e->earlier) { /* the least: a rank may have been kept from its core */
        const double took = weft_now() - begin;
        e->seconds_each = e->seconds_each > 0 ? fmin(e->seconds_each, took) : took;
    }
    if (status == WEFT_OK)
        status = ens_final_add(e);
    status = name_replica(e, status);
    weft_status closed = close_fields(e, state_of(status));
    if (status == WEFT_OK && closed == WEFT_OK)
        status = name_replica(e, fill_records(e));
    if ((status == WEFT_OK || (status == WEFT_FAILED && e->drop)) && closed == WEFT_OK)
        end_replica(e, status);
    else
        return status != WEFT_OK ? status : closed;
    return WEFT_OK;
}

/* A replica that failed before an earlier end has no state to go on from. */
static bool failed_before(const ens_ensemble *e)
{
    return e->earlier && e->ends[e->replica - ens_first(e, e->block)].fate == ENS_FAILED;
}

/* under_way: the first one was resumed in its middle. Replicas that are known to fail are passed
 * over without a run, and count in the progress as those that ran. */
static weft_status run_replicas(ens_ensemble *e, bool under_way)
{
    double length = run_member_length(e->member);
    for (; e->replica < ens_first(e, e->block + 1); e->replica++) {
        if (failed_before(e))
            end_failed(e);
        else
            WEFT_TRY(run_replica(e, under_way));
        under_way = false;
        e->control.progress_base += length;
    }
    return WEFT_OK;
}

/* Did a replica fail behind the earlier end? */
static bool lost_one(const ens_ensemble *e)
{
    return e->earlier && e->average.count < e->known_count;
}

/* A run that is carried on to a later end has the averages up to the earlier one already. A replica
 * that fails behind that end is in them, and cannot be taken out of floating-point sums to the bit.
 * So the block is done once more without it, as if it had failed in the first place. */
static weft_status run_block(ens_ensemble *e)
{
    bool under_way = false;
    ens_block_clear(e);
    if (e->resumed)
        WEFT_TRY(resume_block(e, &under_way));
    const double before =
        run_member_length(e->member) * (double)(e->replica - ens_first(e, e->block));
    e->control.progress_base += before;
    run_progress_skip(e->control.progress, before);
    if (e->replica == ens_first(e, e->block + 1))
        return WEFT_OK;
    WEFT_TRY(ens_final_begin(e));
    WEFT_TRY(run_replicas(e, under_way));
    if (lost_one(e)) {
        weft_say("block %d is done from the beginning without the replica that failed", e->block);
        ens_final_drop(e);
        ens_block_clear(e);
        WEFT_TRY(ens_final_begin(e));
        WEFT_TRY(run_replicas(e, false));
    }
    return ens_final_commit(e);
}

/* Returns at the first replica that stopped or failed, with e->replica its number; at the
 * end e->replica is the first number of the next block, which is how ens_round knows that
 * the block is done. */
weft_status ens_run_block(ens_ensemble *e)
{
    weft_status status = run_block(e);
    ens_final_drop(e);
    return status;
}
