/* The last states of the replicas of a block, in ckpt-final-NNNNNN.h5: what a run to a later
 * time.end goes on from.
 *
 * Invariant: such a file is whole or not there, and has every replica of its block, with the sums
 * over their records up to its end. A run to a later end adds the new records to sums that begin
 * with those; since sums of different records do not touch each other, the bits are those of a run
 * that was never interrupted. Where the file is not there (its block was begun in one run and
 * finished in another, or its replicas are quick) or a replica fails after the earlier end (its
 * records up to then are in the sums, and cannot be taken out), the block is done from the
 * beginning: the same bits, more work. The file of the earlier end stays until that of the later
 * one takes its place. */
#include "ensemble.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A replica that takes less is done again in less time than a state is written and read. */
static const double least_seconds = 0.01;
enum { FEW = 16 }; /* states that are written in no time */

/* What the file is of: its end, its block, and how many replicas and numbers the sums have.
 * Bytes of the machine. */
typedef struct final_head {
    double end; /* time.end of the run that wrote it */
    int64_t block, count, numbers;
} final_head;

/* A new string (weft_free). One file a block: a later end replaces that of an earlier one. */
static char *final_path(const ens_ensemble *e)
{
    return weft_format("%s/ckpt-final-%06d.h5", e->results->dir, e->block);
}

/* What the names of the present replica begin with. */
static void prefix(const ens_ensemble *e, char *out, size_t size)
{
    snprintf(out, size, "r%lld_", (long long)e->replica);
}

/* ---- writing ---- */

/* By the clock of the group's first rank: what is kept has no influence on any number. Before the
 * first replica nothing is known, and the answer is yes. */
static bool worth_it(const ens_ensemble *e)
{
    int worth = e->earlier || e->seconds_each == 0 || e->seconds_each > least_seconds;
    MPI_Bcast(&worth, 1, MPI_INT, 0, e->group);
    return worth;
}

/* The file is begun with the first replica of the block and stays open until the last one
 * has ended, so that each state is written once and none is kept in memory. Collective over
 * the group. */
weft_status ens_final_begin(ens_ensemble *e)
{
    if (e->in_memory || e->replica != ens_first(e, e->block) || !worth_it(e))
        return WEFT_OK;
    WEFT_TRY(run_results_own(e->group, e->results));
    char *path = final_path(e);
    weft_status status = weft_checkpoint_begin(e->group, path, &e->final);
    weft_free(path);
    return status;
}

/* The state at the end of the present replica, under names of its own. fields.nc belongs to
 * replica 0, and its frame lets a longer run go on with it. Behind the first few of a block it
 * is known how long one takes: thousands of states of quick ones would take longer than they. */
weft_status ens_final_add(ens_ensemble *e)
{
    if (!e->final)
        return WEFT_OK;
    if (e->replica == ens_first(e, e->block) + FEW && !worth_it(e)) {
        weft_file_abandon(e->final);
        e->final = NULL;
        return WEFT_OK;
    }
    if (e->fields)
        WEFT_TRY(weft_file_put_frame(e->final, RUN_FIELDS_FRAME, e->fields));
    char names[40];
    prefix(e, names, sizeof names);
    return run_member_save(e->member, e->final, names);
}

/* The sums come last: a file without them was not finished and is never used. */
static weft_status put_sums(ens_ensemble *e, weft_file *file)
{
    const final_head head = {e->member->timing.end, e->block, e->average.count, e->numbers};
    const int64_t size = ens_size(e, e->block), bytes = e->numbers * (int64_t)sizeof(double);
    char *yaml = weft_params_yaml(e->input->params);
    weft_status status = weft_file_set_text(file, NULL, "input", yaml);
    weft_free(yaml);
    WEFT_TRY(status);
    WEFT_TRY(weft_file_put(file, "final", &head, sizeof head));
    WEFT_TRY(weft_file_put(file, "mean", e->average.mean, bytes));
    WEFT_TRY(weft_file_put(file, "m2", e->average.m2, bytes));
    WEFT_TRY(weft_file_put(file, "ends", e->ends, size * (int64_t)sizeof *e->ends));
    return e->keep_all ? weft_file_put(file, "replicas", e->replicas_of_block, size * bytes)
                       : WEFT_OK;
}

/* Before the file takes its name the group makes sure that the directory is still this
 * run's. */
weft_status ens_final_commit(ens_ensemble *e)
{
    if (!e->final)
        return WEFT_OK;
    WEFT_TRY(run_results_own(e->group, e->results));
    WEFT_TRY(put_sums(e, e->final));
    weft_file *file = e->final;
    e->final = NULL;
    return weft_checkpoint_leave(file);
}

/* After an error or a stop: what was begun is removed, and what was read is closed. */
void ens_final_drop(ens_ensemble *e)
{
    if (e->final)
        weft_file_abandon(e->final);
    if (e->earlier)
        weft_file_close(e->earlier);
    e->final = e->earlier = NULL;
}

/* ---- reading ---- */

/* Records of replicas with fewer numbers than they will have: each to the beginning of its own. */
static weft_status get_replicas(ens_ensemble *e, weft_file *file, int64_t numbers)
{
    const int64_t size = ens_size(e, e->block);
    double *packed = weft_alloc((size_t)(size * numbers), sizeof *packed);
    weft_status status =
        weft_file_get(file, "replicas", packed, size * numbers * (int64_t)sizeof *packed);
    for (int64_t r = 0; r < size && status == WEFT_OK; r++)
        memcpy(e->replicas_of_block + r * e->numbers, packed + r * numbers,
               (size_t)numbers * sizeof *packed);
    weft_free(packed);
    return status;
}

/* Sums of fewer numbers than this run has: those up to the earlier end. They fill the
 * beginning of the arrays, whose rest is zero. Every number that is used as a size is
 * compared first. */
static weft_status get_sums(ens_ensemble *e, weft_file *file, const char *path, final_head *head)
{
    WEFT_TRY(run_restart_same(file, e->input, path));
    WEFT_TRY(weft_file_get(file, "final", head, sizeof *head));
    const int64_t size = ens_size(e, e->block), numbers = head->numbers;
    if (head->block != e->block || head->count < 0 || head->count > size || numbers < 0 ||
        numbers > e->numbers)
        return weft_fail(WEFT_IO, "%s: it is not that of block %d of this ensemble", path,
                         e->block);
    WEFT_TRY(weft_file_get(file, "ends", e->ends, size * (int64_t)sizeof *e->ends));
    WEFT_TRY(weft_file_get(file, "mean", e->average.mean, numbers * (int64_t)sizeof(double)));
    WEFT_TRY(weft_file_get(file, "m2", e->average.m2, numbers * (int64_t)sizeof(double)));
    return e->keep_all ? get_replicas(e, file, numbers) : WEFT_OK;
}

/* A file with these sums stays open where it is of an earlier end; one of this end is all there is
 * to do. */
static weft_status use(ens_ensemble *e, weft_file *file, const char *path)
{
    final_head head = {0};
    weft_status status = weft_checkpoint_verify(file); /* states are read one by one, later */
    if (status == WEFT_OK)
        status = get_sums(e, file, path, &head);
    if (status == WEFT_OK && head.end < e->member->timing.end) {
        e->earlier = file;
        e->known = head.numbers;
        e->known_count = head.count;
        return WEFT_OK;
    }
    weft_file_close(file);
    WEFT_TRY(status);
    if (head.end > e->member->timing.end)
        return weft_fail(WEFT_INPUT, "%s is at time %.10g, beyond time.end = %.10g", path, head.end,
                         e->member->timing.end);
    e->average.count = head.count;
    e->replica = ens_first(e, e->block + 1);
    return WEFT_OK;
}

/* Takes up the states that the last block of an earlier run has kept. Whether the file is there is
 * asked by one rank for all: ranks on other machines may see it later, and an open that some skip
 * would hang. A file that cannot be read costs the time of one block and no result, hence a
 * warning. */
weft_status ens_final_take_up(ens_ensemble *e)
{
    if (e->in_memory || !e->resumed)
        return WEFT_OK;
    char *path = final_path(e);
    int there = 0;
    if (e->rank % e->ranks_per_replica == 0)
        there = access(path, F_OK) == 0;
    MPI_Bcast(&there, 1, MPI_INT, 0, e->group);
    weft_file *file;
    weft_status status = WEFT_OK;
    if (there) {
        status = weft_checkpoint_open(e->group, path, &file);
        if (status == WEFT_OK)
            status = use(e, file, path);
    }
    if (status == WEFT_IO) { /* it only saves work: do the block from the beginning */
        weft_warn("passing over %s: %s", path, weft_error_message());
        weft_error_clear();
        ens_block_clear(e);
        status = WEFT_OK;
    }
    weft_free(path);
    return status;
}

weft_status ens_final_load(ens_ensemble *e)
{
    char names[40];
    prefix(e, names, sizeof names);
    return run_member_load(e->member, (uint32_t)e->replica, e->earlier, names);
}
