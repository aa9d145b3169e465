/* Means and errors of what is recorded, from the sums over replicas.
 *
 * A plain observable has the mean over replicas and its standard error. A derived quantity
 * is a function of means (of several observables), and not a mean of functions, which would
 * be biased. Its error is the jackknife's: the function of the means with one block of
 * replicas left out, for each block (B. Efron, The Jackknife, the Bootstrap and Other
 * Resampling Plans, SIAM 1982).
 *
 * Invariant: the blocks are those of the merge, and their number is a function of the
 * number of replicas alone; so the error does not depend on who computed them. Means with a
 * block left out follow from the total mean and the mean of the block, so that only block
 * means need be kept, and only of observables that a derived quantity or a reduction uses.
 * Blocks in which no replica was left have no weight and are not left out. */
#include "ensemble.h"
#include <string.h>

/* A derived quantity is known since its inputs are kept. */
bool ens_keeps(const ens_ensemble *e, const run_observer *item)
{
    const run_observers *o = &e->member->observers;
    return item->derived || e->input_of[item - o->item] >= 0;
}

/* Number j of a plain observer without a block: (n*mean - n_b*mean_b)/(n - n_b). nan if the
 * block is all there is. */
static double without_block(const ens_ensemble *e, int observer, int64_t entry, int block,
                            int64_t j)
{
    const run_observers *o = &e->member->observers;
    double count = (double)e->total.count, nb = (double)e->counted[block];
    const double *means = e->block_means + ((int64_t)block * e->records + entry) * e->inputs;
    double all = e->total.mean[entry * o->total + o->item[observer].offset + j];
    return (all * count - means[e->input_of[observer] + j] * nb) / (count - nb);
}

/* For a derived quantity: its function of the inputs' means, all without the same block. */
void ens_left_out(const ens_ensemble *e, const run_observer *item, int64_t entry, int block,
                  double *means)
{
    const run_observers *o = &e->member->observers;
    double in[WEFT_MAX_INPUTS] = {0};
    if (!item->derived)
        for (int64_t j = 0; j < item->count; j++)
            means[j] = without_block(e, (int)(item - o->item), entry, block, j);
    for (int k = 0; item->derived && k < WEFT_MAX_INPUTS && item->derived->inputs[k]; k++)
        in[k] = without_block(e, item->input[k], entry, block, 0);
    if (item->derived)
        *means = item->derived->value(in);
}

/* Jackknife error of a derived quantity at a record: leave out one block after the other. */
static double derived_error(const ens_ensemble *e, const run_observer *item, int64_t entry,
                            double *left_out)
{
    int n = 0;
    for (int b = 0; b < e->merged; b++)
        if (e->counted[b] > 0)
            ens_left_out(e, item, entry, b, &left_out[n++]);
    return ens_jackknife_error(left_out, n);
}

/* The sums hold a record after the other, of all observers, hidden ones included. */
void ens_record(const ens_ensemble *e, const run_observer *item, int64_t entry, double *means,
                double *errors, double *left_out)
{
    const run_observers *o = &e->member->observers;
    const double *values = e->total.mean + entry * o->total;
    if (item->derived) {
        *means = run_observers_derive(o, item, values);
        *errors = derived_error(e, item, entry, left_out);
        return;
    }
    memcpy(means, values + item->offset, (size_t)item->count * sizeof *means);
    for (int64_t j = 0; j < item->count; j++)
        errors[j] = ens_average_error(&e->total, entry * o->total + item->offset + j);
}
