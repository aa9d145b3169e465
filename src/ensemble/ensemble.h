/* Ensembles, private to src/ensemble.
 *
 * Words. A block is a range of consecutive replicas. A group is a set of ranks that works
 * on one block at a time. Blocks are farmed: given to whichever group is free, and merged
 * in the order of their numbers, so that results do not depend on the farming. A round is
 * one block for each group and the merge after it. The total is what is merged so far; it
 * lives on rank 0 of the world, the communicator of the whole ensemble. */
#ifndef WEFT_ENSEMBLE_ENSEMBLE_H
#define WEFT_ENSEMBLE_ENSEMBLE_H

#include "average.h"
#include "outcome.h"
#include "run/parts.h"
#include <string.h>

enum { ENS_EVIDENCE = 16 }; /* reductions that a model may call evidence */

/* How a replica ended: not yet, with results, or with a failure. */
typedef enum ens_fate { ENS_OPEN, ENS_DONE, ENS_FAILED } ens_fate;
/* The same with the reason. Its size is a multiple of 8: it travels between ranks as
 * doubles. */
typedef struct ens_end {
    int64_t fate;
    char why[248]; /* it failed */
} ens_end;

/* An ensemble at work. It owns all arrays; input, command and results belong to the caller.
 * Arrays marked "world rank 0" are NULL on other ranks; ranks without a group have none at
 * all. */
typedef struct ens_ensemble {
    MPI_Comm world, group; /* group: MPI_COMM_NULL on ranks that are left over */
    int rank, groups, group_index, ranks_per_replica;
    const weft_input *input;
    const char *command;  /* the command line, for the files */
    run_results *results; /* NULL: in memory only, no files and no checkpoints */
    run_member *member;   /* NULL without a group */
    int64_t replicas;
    int blocks, merged; /* blocks in all, and merged into total */
    bool keep_all;
    bool drop; /* replicas that fail are left out; else the first one ends the ensemble */

    int64_t records, numbers;  /* entries of the calendar; numbers of one replica */
    int block;                 /* being worked on */
    int64_t replica;           /* being worked on */
    double *own;               /* records of the replica being worked on */
    ens_average average;       /* of the block */
    double *replicas_of_block; /* keep_all: their records */
    ens_end *ends;             /* how the replicas of the block ended, in their order */

    ens_average total;      /* world rank 0 */
    ens_end *received_ends; /* world rank 0: of a block from another group */
    int64_t *counted;       /* world rank 0: replicas of a merged block in the averages */
    int64_t failed;         /* world rank 0: replicas that failed */
    ens_bytes failures;     /* world rank 0: why, a line each */
    bool in_memory; /* a point of a scan: no series.nc, and the block means of small observers are
                       kept for the errors of reductions */
    int n_derives;  /* reductions that a scan wants, or the evidence for classes */
    const scan_derive *derive;
    scan_derive evidence[ENS_EVIDENCE]; /* what derive points to without a scan */
    int inputs;                         /* numbers of observers whose block means are kept */
    int input_of[WEFT_MAX_OBSERVERS];   /* an observer's place among them, -1: not kept */
    double *block_means;                /* world rank 0: their means (block, record, input) */
    double *received;                   /* world rank 0: a block from another group */
    weft_file *series;  /* world rank 0 alone: as it will be, beside series.nc (files.c) */
    weft_file *fields;  /* group 0 during replica 0 */
    weft_file *final;   /* group: the last states of the block, beside (final.c); NULL: not kept */
    weft_file *earlier; /* group: those of an earlier end, from which replicas go on; or NULL */
    int64_t known;      /* numbers of a replica up to that end, which are in the averages already */
    int64_t known_count; /* replicas that are in them */
    double seconds_each; /* least that a replica took, on this rank; 0: not known */
    int generation;      /* world rank 0: how often the run has been made longer */
    bool longer;         /* world rank 0: made longer, and nothing is merged yet */
    run_control control;
    bool resumed;
} ens_ensemble;

/* The first replica of a block; that of block number `blocks` is the number of replicas.
 * Local. */
static inline int64_t ens_first(const ens_ensemble *e, int block)
{
    return e->replicas * block / e->blocks;
}

/* Replicas of a block; sizes of blocks differ by one at most. Local. */
static inline int64_t ens_size(const ens_ensemble *e, int block)
{
    return ens_first(e, block + 1) - ens_first(e, block);
}

/* Averages and ends of the present block as before its first replica. Local. */
static inline void ens_block_clear(ens_ensemble *e)
{
    ens_average_clear(&e->average);
    memset(e->ends, 0, (size_t)ens_size(e, e->block) * sizeof *e->ends);
    e->replica = ens_first(e, e->block);
    e->known = 0;
}

/* ---- ensemble.c ---- */

/* Run an input of several replicas into the directory of results, which is left locked (the
 * caller unlocks it). Errors: as weft_run. Collective. */
weft_status ens_run(MPI_Comm comm, const weft_input *input, const weft_run_options *options,
                    run_results *results);

/* Make groups, the member of the group and accumulators; world, input, results and command
 * are set before. Free with ens_cleanup, also after an error. Errors: WEFT_INPUT,
 * WEFT_FAILED. Collective over world. */
weft_status ens_setup(ens_ensemble *e);
void ens_cleanup(ens_ensemble *e);
/* One round: a block for each group, then the merge. *stopped: somebody was asked to stop
 * before the end. Errors: WEFT_FAILED, a replica failed (those before it are merged);
 * WEFT_IO. Collective over world. */
weft_status ens_round(ens_ensemble *e, bool *stopped);

/* ---- merge.c ---- */

/* Put the next block (number e->merged), which the group has done, into the total. Errors: WEFT_IO.
 * Collective over world. */
weft_status ens_merge_block(ens_ensemble *e, int group);

/* ---- values.c ---- */

/* Means and standard errors of an observer at record number entry, item->count numbers
 * each; left_out: scratch memory for e->blocks numbers. World rank 0. Local. */
void ens_record(const ens_ensemble *e, const run_observer *item, int64_t entry, double *means,
                double *errors, double *left_out);

/* Can the series of an observer be computed with a block left out? Local. */
bool ens_keeps(const ens_ensemble *e, const run_observer *item);
/* Means of a kept observer at a record over all replicas but those of a block. World rank 0. Local.
 */
void ens_left_out(const ens_ensemble *e, const run_observer *item, int64_t entry, int block,
                  double *means);

/* ---- evidence.c: reductions of what an ensemble recorded ---- */

/* The observer of that name in files; NULL: there is none. Local. */
const run_observer *ens_observer(const ens_ensemble *e, const char *name);
/* The times of all records; a new array. Local. */
double *ens_times(const ens_ensemble *e);
/* A reduction of the series without one block after the other, of which its jackknife error is
 * made: as many numbers as there are blocks with replicas (others are means of nothing). nan where
 * the block means of the observer were not kept. World rank 0. Local. */
void ens_leave_out(const ens_ensemble *e, const scan_derive *derive, const double *times,
                   double *to);
/* Reductions that are evidence for the classes of the model, of what is recorded: how many.
 * Local. */
int ens_evidence(const ens_ensemble *e, scan_derive *out);
/* Put what the model has to say of the class of the ensemble into series.nc: the evidence with its
 * errors, and the rules. Errors: WEFT_IO. World rank 0. */
weft_status ens_write_evidence(ens_ensemble *e);

/* ---- block.c: one block, on a group ---- */

/* Work on block e->block, from its checkpoint if there is one. WEFT_STOPPED: a checkpoint
 * was written. WEFT_FAILED: replica e->replica failed. WEFT_IO. Collective over group. */
weft_status ens_run_block(ens_ensemble *e);
/* Write the checkpoint of a block that is done but cannot be merged yet, or in which a
 * replica failed. Errors: WEFT_IO. Collective over group. */
weft_status ens_keep_block(ens_ensemble *e);
/* Remove the checkpoints of blocks from ... to - 1. Local. */
void ens_forget_blocks(ens_ensemble *e, int from, int to);

/* ---- final.c: the last states of a block, on a group; nothing of it in memory ---- */

/* From the file of a block that was done: all of it (e->replica is behind it), or what replicas go
 * on from (e->earlier). Collective over group. */
weft_status ens_final_take_up(ens_ensemble *e);
/* Before the first replica of a block; the state of a replica that has ended; behind the last. A
 * block that was begun in another run gets no file. Collective over group. */
weft_status ens_final_begin(ens_ensemble *e);
weft_status ens_final_add(ens_ensemble *e);
weft_status ens_final_commit(ens_ensemble *e);
/* Load the present replica from e->earlier. Collective over group. */
weft_status ens_final_load(ens_ensemble *e);
/* Forget what is not committed, and close e->earlier. Collective over group. */
void ens_final_drop(ens_ensemble *e);

/* ---- files.c: series.nc and the checkpoint of the total, by world rank 0 alone ---- */

/* Make series.nc, or see that the one that is there fits the total that was resumed. Errors
 * of this and the next ones: WEFT_IO. World rank 0. */
weft_status ens_start_series(ens_ensemble *e);
/* Store the records of a block's replicas, data: (replica, record, number), in the
 * series.nc to be. World rank 0. */
weft_status ens_store_replicas(ens_ensemble *e, int block, const double *data);
/* Put all that is known into series.nc, in one step. state: its status; why: the reason of
 * an early end, NULL for none. World rank 0. */
weft_status ens_write_series(ens_ensemble *e, const char *state, const char *why);
/* Forget a series.nc to be that was not committed. World rank 0. */
void ens_abandon_series(ens_ensemble *e);
/* Write the checkpoint of the total, and remove those beyond checkpoint.keep. World rank 0. */
weft_status ens_write_total(ens_ensemble *e);
/* Read the newest sound checkpoint of the total into e, if there is one. Errors: WEFT_IO,
 * WEFT_INPUT (other parameters). World rank 0 acts; others get WEFT_OK. */
weft_status ens_resume_total(ens_ensemble *e);

#endif
