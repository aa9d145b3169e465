/* The file of a learned force (force: learned), read when a run is set up, and what it must have in
 * common with the run: the lattice, the hopping and the range of temperatures and couplings.
 *
 * Invariant: a resumed run goes on with the numbers with which it began, which checkpoints hold. */
#include "physics/learned.h"
#include "holstein.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The part by which a protocol may leave the range of the training without a warning; and the
 * tolerance in units of the file's error where none is given: the live error is an upper one from
 * few samples, up to six times the true one after a hot start. */
static const double slack = 0.01, margin = 10;

/* A protocol that leaves the range can go on, since the error is measured; but it is said. */
static void look_at_range(const char *what, const protocol *p, const double range[2])
{
    double low = protocol_least(p), high = protocol_most(p);
    if (low < range[0] * (1 - slack) || high > range[1] * (1 + slack))
        weft_warn("holstein.%s goes from %.4g to %.4g, and the learned force was trained from %.4g "
                  "to %.4g: its error is measured (force_error), and the run ends where it passes "
                  "force_tolerance",
                  what, low, high, range[0], range[1]);
}

/* All that can be wrong with the file is said here, before the first step, at the key force_file.
 * The tolerance follows from the file where the input gives none, so it is set before the solver
 * is made. */
weft_status ho_learned_read(weft_sim *sim, ho *h)
{
    const ho_params *own = weft_params_values(sim->params, ho_table);
    weft_electron_options *o = &h->par.electron;
    learned_file file;
    if (o->solver != WEFT_ELECTRON_LEARNED)
        return WEFT_OK;
    const char *path = own->force_file, *reason = weft_unreadable(sim->grid->comm, path);
    if (reason)
        return weft_param_fail(sim->own, "force_file", "%s cannot be read: %s", path, reason);
    if (learned_read(sim->grid->comm, path, &file) != WEFT_OK)
        return weft_param_blame(sim->own, "force_file");
    h->learned = file.numbers;
    o->learned = &h->learned;
    if (fabs(h->learned.hopping - fabs(o->hopping)) > 1e-9 * h->learned.hopping)
        return weft_param_fail(sim->own, "force_file",
                               "%s was trained for the hopping %.10g, and here it is %.10g", path,
                               h->learned.hopping, o->hopping);
    if (isnan(own->force_tolerance))
        o->tolerance = fmin(margin * h->learned.error, 0.5);
    const protocol *T = h->par.electron_follows ? &h->par.T : &h->par.T_electron;
    look_at_range(T->name, T, h->learned.temperature);
    look_at_range("coupling", &h->par.g, file.coupling);
    return WEFT_OK;
}

/* 128 bits that stand for all that moves a run. */
static void identity(const weft_learned *l, uint64_t id[2])
{
    const size_t poles = sizeof l->number, network = (size_t)l->weights * sizeof *l->weight;
    char *all = weft_alloc(poles + sizeof l->scale + network, 1);
    memcpy(all, l->number, poles);
    memcpy(all + poles, l->scale, sizeof l->scale);
    if (network > 0)
        memcpy(all + poles + sizeof l->scale, l->weight, network);
    weft_digest(all, poles + sizeof l->scale + network, id);
    weft_free(all);
}

/* Checkpoints of runs with other forces have no such entry. */
weft_status ho_learned_save(ho *h, weft_file *file)
{
    uint64_t id[2];
    if (h->par.electron.solver != WEFT_ELECTRON_LEARNED)
        return WEFT_OK;
    identity(&h->learned, id);
    return weft_file_put(file, "learned", id, sizeof id);
}

/* A file of the same name may have been trained anew since: the two parts of the run would then be
 * moved by different forces without a word. */
weft_status ho_learned_load(weft_sim *sim, weft_file *file)
{
    const ho *h = sim->data;
    uint64_t then[2], now[2];
    if (h->par.electron.solver != WEFT_ELECTRON_LEARNED)
        return WEFT_OK;
    WEFT_TRY(weft_file_get(file, "learned", then, sizeof then));
    identity(&h->learned, now);
    if (memcmp(then, now, sizeof then) == 0)
        return WEFT_OK;
    return weft_param_fail(sim->own, "force_file",
                           "the checkpoint was written with other numbers than those of this file; "
                           "use the file of then, or begin anew");
}
