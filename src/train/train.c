/* weft train from its file to OUT/force.h5: read and check (spec.c), run and collect (data.c, with
 * store.c for the files), exact densities (exact.c), numbers (fit.c), the file of the force
 * (src/physics/learned.c).
 *
 * Why a training and no table: the density of a site depends on the energies of all sites around
 * it, and windows converge slowly where electrons are spread over many of them. A window with
 * trained numbers can stand for what lies outside of it on average, in the states that a run really
 * meets. So data are taken from runs, at times from the hot start to late domains, and the error is
 * told for runs of other seeds.
 *
 * Invariants. (1) The file is written last, and whole: a force is never half trained. (2) The same
 * training file gives the same bits on any number of ranks, after any stops: runs are bit-equal,
 * each density is made by one rank alone, and sums are exact. */
#include "internal.h"
#include "physics/learned.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>

/* Held-out errors above the trained one by this factor are warned of. */
static const double overfitted = 1.2;

/* What was reached, and what to do with it. */
static void report(const train_result *r, const char *path)
{
    if (!isnan(r->start))
        weft_say("the exact formula has rms %.4e", r->start);
    weft_say("rms of n - 1/2: trained %.4e, held out %.4e, held out and late %.4e", r->trained,
             r->numbers.error, r->late);
    if (r->numbers.error > overfitted * r->trained)
        weft_warn("the error of runs that were held out is %.2f times that of the training: more "
                  "seeds or snapshots would help",
                  r->numbers.error / r->trained);
    weft_say("written: %s; use it by holstein: {force: learned, force_file: %s}", path, path);
}

/* The range of couplings is that of the configurations that were trained on, as the others are. */
static weft_status write(const train *t, const train_result *r)
{
    learned_file f = {.numbers = r->numbers,
                      .coupling = {INFINITY, -INFINITY},
                      .start = r->start,
                      .trained = r->trained,
                      .late = r->late,
                      .steps = r->steps,
                      .loss = r->loss,
                      .spec = t->text,
                      .inputs = t->yaml,
                      .command = t->options->command};
    for (int64_t k = 0; k < t->count; k++) {
        const train_configuration *c = &t->configuration[k];
        f.configurations[c->held] += 1;
        if (c->held)
            continue;
        f.coupling[0] = fmin(f.coupling[0], c->coupling);
        f.coupling[1] = fmax(f.coupling[1], c->coupling);
    }
    char *path = weft_format("%s/force.h5", t->dir);
    weft_status status = learned_write(t->comm, path, &f);
    if (status == WEFT_OK)
        report(r, path);
    weft_free(path);
    return status;
}

/* All of it; what was made is freed by the caller on every way out. */
static weft_status work(train *t)
{
    WEFT_TRY(train_read(t));
    WEFT_TRY(train_collect(t));
    train_result r = {.loss = weft_alloc((size_t)t->keys->steps + 1, sizeof(double))};
    weft_status status = train_fit(t, &r);
    if (status == WEFT_OK && t->network)
        status = train_fit_network(t, &r);
    if (status == WEFT_OK)
        status = write(t, &r);
    weft_free(r.numbers.weight);
    weft_free(r.loss);
    return status;
}

weft_status weft_train(MPI_Comm comm, const char *path, const weft_train_options *options)
{
    train t = {.comm = comm,
               .options = options,
               .path = path,
               .until = options->wall > 0 ? weft_now() + options->wall : 0};
    t.dir = options->out ? weft_strdup(options->out) : run_default_directory(path, "train");
    weft_status status = work(&t);
    if (status == WEFT_STOPPED)
        status =
            weft_error_within(status, "stopped; run again to go on from the data in %s", t.dir);
    train_free(&t);
    return status;
}
