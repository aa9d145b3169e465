/* Ensembles: groups of ranks, and the run of an ensemble (merging: merge.c).
 *
 * The replicas are cut into blocks, at most 256, whatever the number of ranks. The ranks
 * form groups of equal size; a group works on one block at a time. In a round each group is
 * given one block, the next ones in order, and the round ends with a merge: the averages of
 * the blocks that are done go into the total, on world rank 0. That is what "farmed" means
 * here: who does which block has no influence on the results.
 *
 * Invariants. (1) Blocks go into the total in the order of their numbers, whichever group
 * did them and whenever; so the bits of the averages depend on nothing but the replicas.
 * (2) The merge stops at the first block that is not done (its group was stopped, or a
 * replica failed). What is done behind that one is kept as a checkpoint of its block, and a
 * resume finds it. (3) All ranks of the world leave a round together and know the same:
 * which block is the first open one, whether somebody was asked to stop, whether a replica
 * failed. Each of these is agreed on by a reduction that all ranks enter, also those
 * without a group or without a block; a group that failed therefore never leaves the others
 * waiting. (4) Blocks of which every replica failed have no weight; the jackknife leaves
 * out only blocks that have one. */
#include "ensemble.h"
#include "run/account.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/timing.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The number of blocks is fixed, for any number of ranks: it bounds the number of groups and is the
 * number of samples of the jackknife. */
enum {
    MAX_BLOCKS = 256,
    SITES_PER_RANK = 1000, /* with fewer, messages take longer than the sites */
    SMALL = 8,             /* numbers of an observer whose block means a scan keeps */
    LARGE = 256,           /* the same of one that a reduction wants */
};

/* ---- groups ---- */

/* Ranks of a group. With at least as many replicas as ranks, one rank each is best: no
 * messages at all. With fewer replicas several ranks share one, as many as its sites keep
 * busy and its grid can be cut into. */
static int choose_ranks(const weft_input *input, int64_t replicas, int size)
{
    int fixed = input->ensemble->ranks_per_replica == WEFT_NO_INT
                    ? 0
                    : (int)input->ensemble->ranks_per_replica;
    if (fixed > 0)
        return fixed < size ? fixed : size;
    if (replicas >= size)
        return 1;
    double sites = 1;
    for (int a = 0; a < input->dim; a++)
        sites *= (double)input->n[a];
    int most = (int)fmin((double)(size / replicas), fmax(1, floor(sites / SITES_PER_RANK)));
    weft_layout layout = input->stepper->space == WEFT_K ? WEFT_TRANSFORM : input->plan.layout;
    return weft_grid_max_ranks(input->dim, input->n, layout, most);
}

/* Consecutive ranks form a group, so that a group lies on one node where it can. Ranks that
 * are left over have no group; they take part in the reductions of the world alone. There
 * are never more groups than blocks. */
static void make_groups(ens_ensemble *e)
{
    int size;
    MPI_Comm_rank(e->world, &e->rank);
    MPI_Comm_size(e->world, &size);
    e->ranks_per_replica = choose_ranks(e->input, e->replicas, size);
    e->groups = size / e->ranks_per_replica;
    if (e->groups > e->blocks)
        e->groups = e->blocks;
    e->group_index = e->rank / e->ranks_per_replica;
    bool left_over = e->group_index >= e->groups;
    MPI_Comm_split(e->world, left_over ? MPI_UNDEFINED : e->group_index, e->rank, &e->group);
}

/* ---- the whole ---- */

/* Observers have consecutive places in the order in which they were first wanted, which is
 * the same in a resumed run. */
static void keep_observer(ens_ensemble *e, int observer)
{
    if (e->input_of[observer] >= 0)
        return;
    e->input_of[observer] = e->inputs;
    e->inputs += (int)e->member->observers.item[observer].count;
}

/* Does a reduction want it? */
static bool wanted(const ens_ensemble *e, const run_observer *item)
{
    for (int i = 0; i < e->n_derives; i++)
        if (strcmp(e->derive[i].item, item->name) == 0)
            return true;
    return false;
}

/* The block means of what derived quantities are made of, and of what a scan may reduce to
 * one number (only small observers: 256 blocks of a large spectrum would fill the memory). */
static void find_inputs(ens_ensemble *e)
{
    const run_observers *o = &e->member->observers;
    for (int i = 0; i < o->n; i++)
        e->input_of[i] = -1;
    for (int i = 0; i < o->n; i++) {
        const run_observer *item = &o->item[i];
        for (int k = 0; item->derived && k < WEFT_MAX_INPUTS && item->derived->inputs[k]; k++)
            keep_observer(e, item->input[k]);
        if (!item->derived && item->count <= (wanted(e, item) ? LARGE : e->in_memory ? SMALL : 0))
            keep_observer(e, i);
    }
}

/* A failure on one group (no memory, a wrong input) is agreed on before anything else is
 * done. Ranks without a group return with no member and no arrays. The largest block has
 * replicas/blocks rounded up: one more than the quotient is room enough. */
weft_status ens_setup(ens_ensemble *e)
{
    e->replicas = e->input->ensemble->replicas;
    e->blocks = (int)(e->replicas < MAX_BLOCKS ? e->replicas : MAX_BLOCKS);
    e->keep_all = e->input->ensemble->keep == WEFT_KEEP_ALL;
    e->drop = e->input->ensemble->on_failure == WEFT_ON_FAILURE_DROP;
    make_groups(e);
    weft_status status = WEFT_OK;
    if (e->group != MPI_COMM_NULL)
        status = run_member_create(e->group, e->input, &e->member);
    WEFT_TRY(weft_agree(e->world, status));
    if (!e->member)
        return WEFT_OK;
    if (!e->in_memory) {
        e->n_derives = ens_evidence(e, e->evidence);
        e->derive = e->evidence;
    }
    find_inputs(e);
    e->records = run_calendar_records(&e->member->observe);
    e->numbers = e->records * e->member->observers.total;
    size_t kept = e->keep_all ? (size_t)(e->replicas / e->blocks + 1) : 0;
    e->own = weft_alloc((size_t)e->numbers, sizeof *e->own);
    e->replicas_of_block = weft_alloc(kept * (size_t)e->numbers, sizeof *e->replicas_of_block);
    ens_average_init(&e->average, e->numbers);
    size_t largest = (size_t)(e->replicas / e->blocks + 1);
    e->ends = weft_alloc(largest, sizeof *e->ends);
    if (e->rank == 0) {
        e->received_ends = weft_alloc(largest, sizeof *e->received_ends);
        e->counted = weft_alloc((size_t)e->blocks, sizeof *e->counted);
        ens_average_init(&e->total, e->numbers);
        e->block_means = weft_alloc((size_t)(e->blocks * e->records * e->inputs), sizeof(double));
        e->received = weft_alloc((2 + kept) * (size_t)e->numbers, sizeof *e->received);
    }
    return WEFT_OK;
}

/* Works on an ensemble that was set up only in part. */
void ens_cleanup(ens_ensemble *e)
{
    ens_abandon_series(e);
    ens_final_drop(e);
    weft_free(e->own);
    weft_free(e->replicas_of_block);
    weft_free(e->ends);
    weft_free(e->received_ends);
    weft_free(e->counted);
    ens_bytes_free(&e->failures);
    ens_average_free(&e->average);
    ens_average_free(&e->total);
    weft_free(e->block_means);
    weft_free(e->received);
    run_member_free(e->member);
    if (e->group != MPI_COMM_NULL)
        MPI_Comm_free(&e->group);
}

/* The progress counts the replicas that the busiest group has to do, and beside them its share of
 * those that are done. */
static void start_control(ens_ensemble *e, const weft_run_options *options)
{
    double now = weft_now();
    e->control = (run_control){.deadline = options->wall > 0 ? now + options->wall : 0,
                               .checkpoint_every = e->input->checkpoint->every,
                               .last_checkpoint = now,
                               .stop_file = e->results->stop_path,
                               .replicas = e->replicas};
    if (e->rank != 0)
        return;
    const run_member *m = e->member;
    const double length = run_member_length(m);
    const int64_t done = ens_first(e, e->merged), left = e->replicas - done;
    const double before = length * (double)done / e->groups;
    e->control.progress_base = before;
    e->control.progress =
        run_progress_create(before, before + length * (double)((left + e->groups - 1) / e->groups),
                            (double)weft_grid_sites(m->sim->grid) * e->groups);
}

/* Keep the work of a group that stopped at a replica which failed, or whose block is done
 * but cannot be merged yet. A group that was asked to stop has written its flight already,
 * in the time loop. Collective over the group. */
static weft_status keep_work(ens_ensemble *e, weft_status mine, int first_open)
{
    bool done = e->replica == ens_first(e, e->block + 1);
    if ((mine == WEFT_FAILED && !e->in_memory) || (done && e->block > first_open))
        return ens_keep_block(e);
    return WEFT_OK;
}

/* One block for each group, then a merge in order, up to the first block that is not done.
 * *stopped: somebody was asked to stop. A replica that failed ends the ensemble after the
 * merge, so that the replicas before it are not lost.
 *
 * Two kinds of status are kept apart. A stop or a failed replica leaves the ensemble in
 * order and is carried to the end (`open`, `failed`); any other error (files, MPI) ends the
 * round at once on all ranks. The message of the failure is copied, since what follows may
 * record another one. */
weft_status ens_round(ens_ensemble *e, bool *stopped)
{
    weft_status mine = WEFT_OK, status = WEFT_OK;
    e->block = e->merged + e->group_index;
    bool busy = e->group != MPI_COMM_NULL && e->block < e->blocks;
    if (busy)
        mine = ens_run_block(e);
    bool open = mine == WEFT_STOPPED || mine == WEFT_FAILED;
    int state[2] = {open ? e->block : e->blocks, mine == WEFT_STOPPED ? 0 : 1}, least[2];
    const double began = weft_now();
    weft_status agreed = weft_agree(e->world, open ? WEFT_OK : mine);
    weft_timing_outside(WEFT_WAITING, began); /* the first to be done waits for the others here */
    WEFT_TRY(agreed);
    MPI_Allreduce(state, least, 2, MPI_INT, MPI_MIN, e->world);
    int first_open = least[0];
    *stopped = least[1] == 0;
    weft_status failed = weft_agree(e->world, mine == WEFT_FAILED ? mine : WEFT_OK);
    char why[2048];
    snprintf(why, sizeof why, "%s", weft_error_message());
    weft_error_clear();
    if (busy && first_open < e->blocks)
        status = keep_work(e, mine, first_open);
    int last = e->merged + e->groups < e->blocks ? e->merged + e->groups : e->blocks;
    if (last > first_open)
        last = first_open;
    int before = e->merged;
    for (int group = 0; before + group < last && status == WEFT_OK; group++) {
        status = ens_merge_block(e, group);
        status = weft_agree(e->world, status);
    }
    WEFT_TRY(weft_agree(e->world, status));
    return failed != WEFT_OK ? weft_fail(failed, "%s", why) : WEFT_OK;
}

/* series.nc first: it may know more replicas than the checkpoint, but not fewer. At the end
 * the total first: "complete" is the last word; but where series.nc alone has the records of
 * replicas, those of the last blocks are stored in it before, still as "running". Checkpoints of
 * blocks go when the total that holds them is on the disk. *saved: blocks merged at the last save,
 * on world rank 0. */
static weft_status save(ens_ensemble *e, int *saved, const char *state, const char *why)
{
    weft_status status = WEFT_OK;
    WEFT_TRY(run_results_own(e->world, e->results));
    if (e->rank == 0) {
        bool complete = strncmp(state, "complete", 8) == 0;
        if (complete && e->keep_all)
            status = ens_write_series(e, "running", NULL);
        if (status == WEFT_OK)
            status = complete ? ens_write_total(e) : ens_write_series(e, state, why);
        if (status == WEFT_OK)
            status = complete ? ens_write_series(e, state, why) : ens_write_total(e);
        if (status == WEFT_OK && complete) {
            run_restart_prune(MPI_COMM_SELF, e->results->dir, "ckpt-block-", NULL, 0);
            run_restart_prune(MPI_COMM_SELF, e->results->dir, "ckpt-ensemble-", NULL, 1);
        } else if (status == WEFT_OK) {
            ens_forget_blocks(e, *saved, e->merged);
        }
        *saved = e->merged;
    }
    return weft_agree(e->world, status);
}

/* The reason is known to the group that was asked to stop; rank 0's is told to all, for the
 * message. */
static weft_status save_stopped(ens_ensemble *e, int *saved)
{
    char why[128];
    snprintf(why, sizeof why, "%s", e->control.why ? e->control.why : "asked to stop");
    MPI_Bcast(why, sizeof why, MPI_CHAR, 0, e->world);
    WEFT_TRY(save(e, saved, "stopped", why));
    return weft_fail(WEFT_STOPPED,
                     "stopped with %d of %d blocks of replicas done (%s); run again with --resume",
                     e->merged, e->blocks, why);
}

/* What the others did is kept, and the ensemble can be resumed. */
static weft_status save_failed(ens_ensemble *e, int *saved)
{
    char why[2048];
    snprintf(why, sizeof why, "%s", weft_error_message());
    weft_error_clear();
    WEFT_TRY(save(e, saved, "failed", why));
    return weft_fail(WEFT_FAILED,
                     "%s; %lld replicas before it are kept: -P ensemble.on_failure=drop --resume "
                     "goes on without those that fail",
                     why, (long long)ens_first(e, e->merged));
}

/* An ensemble of which no replica is left has no results: it has failed. */
static weft_status save_complete(ens_ensemble *e, int *saved)
{
    int64_t counts[2] = {0, 0};
    if (e->rank == 0) {
        counts[0] = e->total.count;
        counts[1] = e->failed;
    }
    MPI_Bcast(counts, 2, MPI_INT64_T, 0, e->world);
    if (counts[0] == 0) {
        WEFT_TRY(save(e, saved, "failed", "all replicas failed"));
        return weft_fail(WEFT_FAILED, "all %lld replicas failed", (long long)counts[1]);
    }
    return save(e, saved, counts[1] > 0 ? "complete with failures" : "complete", NULL);
}

/* Rank 0's clock decides for all whether a checkpoint of the total is due. */
static weft_status rounds(ens_ensemble *e)
{
    int saved = e->merged;
    double last = weft_now();
    while (e->merged < e->blocks) {
        bool stopped;
        weft_status status = ens_round(e, &stopped);
        if (status == WEFT_FAILED)
            return save_failed(e, &saved);
        WEFT_TRY(status);
        int due = weft_now() - last > e->input->checkpoint->every;
        MPI_Bcast(&due, 1, MPI_INT, 0, e->world);
        if (stopped)
            return save_stopped(e, &saved);
        if (due && e->merged < e->blocks) {
            WEFT_TRY(save(e, &saved, "running", NULL));
            last = weft_now();
        }
    }
    return save_complete(e, &saved);
}

/* The rounds that are left, and the cores that have work in them where replicas take equally long:
 * there are no more groups than blocks, and the last round may be short of blocks. */
static void announce_groups(const ens_ensemble *e)
{
    int size, left = e->blocks - e->merged, rounds = (left + e->groups - 1) / e->groups;
    char busy[64] = "";
    MPI_Comm_size(e->world, &size);
    double share = (double)left * e->ranks_per_replica / ((double)rounds * size);
    if (share < 0.95)
        snprintf(busy, sizeof busy, "; %.0f %% of the ranks have work", 100 * share);
    weft_say("%lld replicas in %d blocks, %d group%s of %d rank%s%s", (long long)e->replicas,
             e->blocks, e->groups, e->groups == 1 ? "" : "s", e->ranks_per_replica,
             e->ranks_per_replica == 1 ? "" : "s", busy);
}

/* Take up, make the files and say what will be done. The order is that of a single run:
 * lock, resume, remove what is overwritten, and only then files. */
static weft_status prepare(ens_ensemble *e, const weft_run_options *options)
{
    WEFT_TRY(run_results_claim(e->world, options, e->results));
    WEFT_TRY(weft_agree(e->world, options->resume ? ens_resume_total(e) : WEFT_OK));
    WEFT_TRY(run_results_prepare(e->world, e->input, options, e->results));
    run_results_forget_stop(e->world, e->results);
    e->resumed = options->resume;
    MPI_Bcast(&e->merged, 1, MPI_INT, 0, e->world);
    weft_status status = WEFT_OK;
    if (e->rank == 0) {
        run_announce(e->member, e->results, e->replicas);
        announce_groups(e);
        status = ens_start_series(e);
    }
    return weft_agree(e->world, status);
}

/* World rank 0 alone knows the counts. */
static void report_end(const ens_ensemble *e, double seconds)
{
    char text[32];
    int64_t failed = e->failed;
    weft_duration_text(seconds, text, sizeof text);
    if (failed)
        weft_say("done in %s, %lld replicas, and %lld that failed are left out", text,
                 (long long)e->total.count, (long long)failed);
    else
        weft_say("done in %s, %lld replicas", text, (long long)e->replicas);
}

/* An ensemble from its setup to its report. That it is complete already is found before the
 * directory is locked. */
static weft_status go(ens_ensemble *e, const weft_run_options *options)
{
    bool complete = false;
    WEFT_TRY(ens_setup(e));
    if (options->resume)
        WEFT_TRY(run_results_resumable(e->world, e->input, e->results, &complete));
    if (complete) {
        weft_say("%s is already complete", e->results->dir);
        return run_results_tidy_complete(e->world, e->results, "ckpt-ensemble-");
    }
    WEFT_TRY(prepare(e, options));
    start_control(e, options);
    double begin = weft_now();
    weft_timing_start();
    weft_status status = rounds(e);
    if (e->control.progress) {
        run_progress_end(e->control.progress);
        run_progress_free(e->control.progress);
    }
    if (e->rank == 0 && status == WEFT_OK)
        report_end(e, weft_now() - begin);
    return status == WEFT_OK && e->results ? run_account_report(e->world, NULL) : status;
}

/* Everything that was made is freed on every way out. */
weft_status ens_run(MPI_Comm comm, const weft_input *input, const weft_run_options *options,
                    run_results *results)
{
    ens_ensemble e = {.world = comm,
                      .input = input,
                      .command = options->command,
                      .results = results,
                      .group = MPI_COMM_NULL};
    weft_status status = go(&e, options);
    ens_cleanup(&e);
    return status;
}
