/* Ensembles, private to src/run: blocks of replicas are farmed over groups of ranks and merged in
 * the order of the blocks, so that results do not depend on the farming. */
#ifndef WEFT_RUN_ENSEMBLE_H
#define WEFT_RUN_ENSEMBLE_H

#include "average.h"
#include "internal.h"

typedef struct weft_ensemble {
    MPI_Comm world, group; /* group: MPI_COMM_NULL on ranks that are left over */
    int rank, groups, group_index, ranks_per_replica;
    const weft_input *input;
    const char *command;   /* the command line, for the files */
    weft_results *results; /* NULL: in memory only, no files and no checkpoints */
    weft_member *member;   /* NULL without a group */
    int64_t replicas;
    int blocks, merged; /* blocks in all, and merged into total */
    bool keep_all;

    int64_t records, numbers;  /* entries of the calendar; numbers of one replica */
    int block;                 /* being worked on */
    int64_t replica;           /* being worked on */
    double *own;               /* records of the replica being worked on */
    weft_average average;      /* of the block */
    double *replicas_of_block; /* keep_all: their records */

    weft_average total;               /* world rank 0 */
    bool keep_small;                  /* scans: small observers for the errors of reductions */
    int inputs;                       /* numbers of observers whose block means are kept */
    int input_of[WEFT_MAX_OBSERVERS]; /* an observer's place among them, -1: not kept */
    double *block_means;              /* world rank 0: their means (block, record, input) */
    double *received;                 /* world rank 0: a block from another group */
    weft_file *series, *fields;       /* world rank 0 alone; group 0 during replica 0 */
    weft_control control;
    bool resumed;
} weft_ensemble;

static inline int64_t weft_ensemble_first(const weft_ensemble *e, int block)
{
    return e->replicas * block / e->blocks;
}

static inline int64_t weft_ensemble_size(const weft_ensemble *e, int block)
{
    return weft_ensemble_first(e, block + 1) - weft_ensemble_first(e, block);
}

/* ---- ensemble.c ---- */

/* Groups, member and accumulators; world, input, results and command are set. Collective. */
weft_status weft_ensemble_setup(weft_ensemble *e);
void weft_ensemble_cleanup(weft_ensemble *e);
/* Work on blocks until all are merged; *stopped: somebody was asked to stop before. Collective over
 * world. */
weft_status weft_ensemble_round(weft_ensemble *e, bool *stopped);
/* Means and standard errors of an observer at a record, count numbers each; left_out: room for
 * e->blocks numbers. World rank 0. Local. */
void weft_ensemble_record(const weft_ensemble *e, const weft_observer *item, int64_t entry,
                          double *means, double *errors, double *left_out);

/* Is the series of an observer known with a block left out? */
bool weft_ensemble_keeps(const weft_ensemble *e, const weft_observer *item);
/* Means of a kept observer at a record over all replicas but those of a block. World rank 0. Local.
 */
void weft_ensemble_left_out(const weft_ensemble *e, const weft_observer *item, int64_t entry,
                            int block, double *means);

/* ---- ensemble_block.c: one block, on a group ---- */

/* Work on block e->block, from its checkpoint if there is one. Collective over group. */
weft_status weft_ensemble_run_block(weft_ensemble *e);
/* Keep a block that is done but cannot be merged yet. Collective over group. */
weft_status weft_ensemble_keep_block(weft_ensemble *e);
/* Remove the checkpoints of blocks. Local. */
void weft_ensemble_forget_blocks(weft_ensemble *e, int from, int to);

/* ---- ensemble_files.c: series.nc and the checkpoint of the total, by world rank 0 alone ---- */
weft_status weft_ensemble_open_series(weft_ensemble *e, bool append);
weft_status weft_ensemble_store_replicas(weft_ensemble *e, int block, const double *data);
weft_status weft_ensemble_write_series(weft_ensemble *e, const char *state);
weft_status weft_ensemble_write_total(weft_ensemble *e);
weft_status weft_ensemble_resume_total(weft_ensemble *e);

#endif
