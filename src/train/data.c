/* The data of a training: every run goes through the time loop of all runs, and its site energies
 * are kept at the times of its snapshots; then their densities are computed exactly (exact.c),
 * whatever force moved the run.
 *
 * Invariants. (1) A run whose data are in the directory is not run again; what the data follow from
 * is compared as a text. (2) Every rank holds all configurations, in the order of the runs and of
 * time, whatever the number of ranks. */
#include "internal.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* A run while its energies are collected. */
typedef struct collector {
    train *t;
    const train_run *run;
    weft_electron_options options; /* of the last snapshot */
} collector;

/* ---- one run ---- */

/* Records and checkpoints of these runs go nowhere: a run is made again from its beginning where it
 * was stopped. */
static weft_status on_record(void *context, run_member *m, int64_t entry)
{
    (void)context, (void)m, (void)entry;
    return WEFT_OK;
}

static weft_status on_checkpoint(void *context, run_member *m)
{
    (void)context, (void)m;
    return WEFT_OK;
}

/* What only the electrons of a run can tell. */
static weft_status check_electrons(train *t, const weft_electrons *e)
{
    const weft_section *root = weft_params_section(t->params, "");
    const double hopping = fabs(e->options->hopping);
    if (hopping == 0 || e->options->next_hopping != 0)
        return weft_param_fail(root, "base",
                               "a learned force needs a hopping and no hopping to second "
                               "neighbours; here they are %.6g and %.6g",
                               e->options->hopping, e->options->next_hopping);
    if (!(e->temperature > 0))
        return weft_param_fail(root, "base",
                               "the electrons have temperature 0: poles need a "
                               "positive one");
    if (t->hopping > 0 && hopping != t->hopping)
        return weft_param_fail(root, "vary", "one force has one hopping; here it is %.6g and %.6g",
                               t->hopping, hopping);
    t->hopping = hopping;
    return WEFT_OK;
}

/* The whole lattice on every rank: zeros but for the own block, so that the sum is the values. */
static void gather(const weft_grid *g, const double *owned, double *whole)
{
    memset(whole, 0, (size_t)weft_grid_sites(g) * sizeof *whole);
    for (int64_t y = 0; y < g->local[1]; y++)
        memcpy(whole + (g->start[1] + y) * g->n[2] + g->start[2], owned + weft_owned_row(g, 0, y),
               (size_t)g->local[2] * sizeof *whole);
    MPI_Allreduce(MPI_IN_PLACE, whole, (int)weft_grid_sites(g), MPI_DOUBLE, MPI_SUM, g->comm);
}

/* The energies as they are, without margin, until their distance from mu is known (exact.c). */
static weft_status on_snapshot(void *context, run_member *m, int64_t entry)
{
    collector *c = context;
    weft_electrons e;
    (void)entry;
    WEFT_TRY(m->sim->model->electrons(m->sim, &e));
    WEFT_TRY(check_electrons(c->t, &e));
    c->options = *e.options;
    train_configuration *x = train_append(c->t, m->sim->grid->n[1], m->sim->grid->n[2]);
    x->time = m->sim->time;
    x->temperature = e.temperature / c->t->hopping;
    x->coupling = e.coupling;
    gather(m->sim->grid, e.electron->potential, x->v);
    return WEFT_OK;
}

/* The member is freed on every way out. */
static weft_status simulate(collector *c)
{
    run_member *m;
    const run_listener listener = {c, on_record, on_snapshot, on_checkpoint, .record_end = false};
    char *stop = weft_format("%s/stop", c->t->dir);
    run_control control = {.deadline = c->t->until, .stop_file = stop};
    weft_status status = run_member_create(c->t->comm, c->run->input, &m);
    if (status == WEFT_OK) {
        status = run_member_start(m, 0);
        if (status == WEFT_OK)
            status = run_loop(m, &listener, &control);
        if (status == WEFT_STOPPED)
            weft_fail(status, "%s", control.why);
        run_member_free(m);
    }
    weft_free(stop);
    return status == WEFT_INPUT ? train_explain(c->t) : status;
}

/* What the data of a run follow from. A new string. */
static char *reasons(const train *t, int i)
{
    char tolerance[40], *yaml = weft_params_yaml(t->run[i].input->params);
    weft_number_text(t->keys->exact == TRAIN_DENSE ? 0 : t->keys->exact_tolerance, tolerance);
    char *text = weft_format(
        "exact: %s %s\n%s", t->keys->exact == TRAIN_DENSE ? "dense" : "chebyshev", tolerance, yaml);
    weft_free(yaml);
    return text;
}

/* Flags follow from the spec and from the end of the run. */
static void flag(train *t, int i, int64_t first)
{
    const double end = t->run[i].input->time->end;
    for (int64_t k = first; k < t->count; k++) {
        t->configuration[k].held = t->run[i].held;
        t->configuration[k].late = t->configuration[k].time > 0.1 * end;
    }
}

/* Energies that are the same everywhere have nothing to be learned. */
static weft_status check_run(const train *t, int64_t first)
{
    double most = 0;
    for (int64_t k = first; k < t->count; k++) {
        const train_configuration *c = &t->configuration[k];
        for (int64_t i = 0; i < c->rows * c->n; i++)
            most = fmax(most, fabs(c->density[i]));
    }
    if (most > 1e-6)
        return WEFT_OK;
    return weft_param_fail(weft_params_section(t->params, ""), "base",
                           "the density is one half at all sites of a whole run: it has no "
                           "coupling, and there is nothing to be learned");
}

/* A run is stored only when all its densities are there. */
static weft_status one_run(train *t, int i)
{
    const int64_t first = t->count;
    char *why = reasons(t, i);
    bool found = false;
    weft_status status = train_restore(t, i, why, &found);
    if (status == WEFT_OK && !found) {
        const double begin = weft_now();
        collector c = {.t = t, .run = &t->run[i]};
        status = simulate(&c);
        if (status == WEFT_OK)
            status = train_solve(t, &c.options, first);
        if (status == WEFT_OK)
            status = check_run(t, first);
        if (status == WEFT_OK)
            status = train_store(t, i, why, first);
        if (status == WEFT_OK)
            weft_say("  run %d of %d (seed %lld, %s): %lld configurations, %.1f s", i + 1, t->runs,
                     (long long)t->run[i].input->ensemble->seed,
                     t->run[i].held ? "held out" : "trained on", (long long)(t->count - first),
                     weft_now() - begin);
    }
    weft_free(why);
    flag(t, i, first);
    return status;
}

/* The runs of the training come before those that are held out. */
weft_status train_collect(train *t)
{
    weft_say("data: %d runs", t->runs);
    for (int i = 0; i < t->runs; i++)
        WEFT_TRY(one_run(t, i));
    return WEFT_OK;
}
