/* The merge of a block into the total.
 *
 * Invariants. Blocks come in the order of their numbers, whichever group did them; so the bits of
 * the averages depend on nothing but the replicas. World rank 0 receives from one leader after the
 * other, and each leader sends in the same order, so that the blocking calls cannot wait for each
 * other in a circle. A block of which every replica failed has no weight. */
#include "ensemble.h"
#include "weft/log.h"
#include <string.h>

enum {
    TOLD = 3, /* failures that are told at once; all are in series.nc */
    ENS_END_NUMBERS = sizeof(ens_end) / sizeof(double), /* they travel as doubles */
};

/* World rank 0 gets the n doubles of the leader (first rank) of a group: data on the
 * leader, target on rank 0. Ranks that are neither do nothing. MPI counts are ints: a large
 * array goes in pieces. */
static void move_to_root(ens_ensemble *e, int group, double *data, double *target, int64_t n)
{
    enum { PIECE = 1 << 26 };
    int from = group * e->ranks_per_replica;
    if (from == 0)
        return;
    for (int64_t done = 0; done < n; done += PIECE) {
        int count = (int)(n - done < PIECE ? n - done : PIECE);
        if (e->rank == from)
            MPI_Send(data + done, count, MPI_DOUBLE, 0, 0, e->world);
        else if (e->rank == 0)
            MPI_Recv(target + done, count, MPI_DOUBLE, from, 0, e->world, MPI_STATUS_IGNORE);
    }
}

/* Put the means of a block into block_means, (block, record, number): only of the observers
 * that are kept. */
static void keep_inputs(ens_ensemble *e, int block, const double *mean)
{
    const run_observers *o = &e->member->observers;
    double *out = e->block_means + (int64_t)block * e->records * e->inputs;
    for (int64_t t = 0; t < e->records; t++)
        for (int i = 0; i < o->n; i++)
            if (e->input_of[i] >= 0)
                memcpy(out + t * e->inputs + e->input_of[i],
                       mean + t * o->total + o->item[i].offset,
                       (size_t)o->item[i].count * sizeof *out);
}

/* How the replicas of a block ended, which the total takes down. The first few failures are
 * told at once; all are in series.nc. */
static void count_ends(ens_ensemble *e, int block, const ens_end *ends)
{
    e->counted[block] = 0;
    for (int64_t r = 0; r < ens_size(e, block); r++) {
        e->counted[block] += ends[r].fate == ENS_DONE;
        if (ends[r].fate != ENS_FAILED)
            continue;
        if (e->failed++ < TOLD)
            weft_warn("left out: %s", ends[r].why);
        ens_bytes_add(&e->failures, ends[r].why, strlen(ends[r].why));
        ens_bytes_add(&e->failures, "\n", 1);
    }
}

/* Group 0 has rank 0 in it, and its data are there already. */
weft_status ens_merge_block(ens_ensemble *e, int group)
{
    int block = e->merged;
    int64_t size = ens_size(e, block), n = e->numbers, of_ends = size * ENS_END_NUMBERS;
    bool mine = group == 0;
    ens_end *ends = mine ? e->ends : e->received_ends;
    double *mean = mine ? e->average.mean : e->received;
    double *m2 = mine ? e->average.m2 : e->received + n;
    double *all = mine ? e->replicas_of_block : e->received + 2 * n;
    move_to_root(e, group, e->average.mean, e->received, n);
    move_to_root(e, group, e->average.m2, e->received ? e->received + n : NULL, n);
    if (e->keep_all)
        move_to_root(e, group, e->replicas_of_block, e->received ? e->received + 2 * n : NULL,
                     size * n);
    move_to_root(e, group, (double *)e->ends, (double *)e->received_ends, of_ends);
    e->merged++;
    if (e->rank != 0)
        return WEFT_OK;
    count_ends(e, block, ends);
    ens_average_merge(&e->total, e->counted[block], mean, m2);
    keep_inputs(e, block, mean);
    return e->keep_all && !e->in_memory ? ens_store_replicas(e, block, all) : WEFT_OK;
}
