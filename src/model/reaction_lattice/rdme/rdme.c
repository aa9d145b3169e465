/* Sites of unlimited capacity: Strang splitting between reactions, which every site does on its own
 * by Gillespie's direct method, and hops, which are independent walks: along each axis a particle
 * makes a Poisson number of hops, with the mean hopping tau/d. The error is of second order in tau
 * while the reactions are slower than the step, see step.c.
 *
 * The walk has fixed steps of tau from time 0 on, whatever is observed: step k lets every site
 * react from (k - 1/2) tau to (k + 1/2) tau (the first from 0) and then makes the hops of tau. What
 * is kept between two calls is the state after the hops of the last step. The state at a time t = k
 * tau + d that is asked for is made from a copy: reactions up to k tau + d/2, hops of d, reactions
 * of d/2 with random numbers of their own; the copy is looked at and thrown away, so that no record
 * changes what follows. Reactions have their own times in the walk, which are those of extinction;
 * a run that is at an end is found by letting the walk go on to t on another copy.
 *
 * What is shown and the walk at t have the same law, and are independent after k tau + d/2 but for
 * the hops. A run ends when the walk does; if one that has not ended could also show an end, too
 * many ends would be seen. So where the two differ in which species are there, or in whether any
 * reaction is possible, the walk itself is shown. As the two may be exchanged, that leaves the law
 * of what is shown as it is, and no species that is shown as gone comes back by itself.
 *
 * Every random number is keyed by site and step, and a site's sequence of a step is read from its
 * beginning, so that reactions up to an earlier time are the first of those up to a later one, and
 * the result does not depend on the ranks. */
#include "rdme.h"
#include "../items.h"
#include "../method.h"
#include "weft/draws.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sites that a particle can go along an axis in a step: with a mean of half a hop, one in 10^8 goes
 * farther, and ends there. */
enum { REACH = 6, STEPS_A_CALL = 64 };

/* ---- between a field and whole numbers ---- */

/* Fields hold doubles, the method works with whole numbers of 32 bits; no value is ever rounded. */
static void convert(weft_sim *sim, rl_rdme *x, weft_field *field, bool into)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const weft_extent *e = &field->extent;
    for (int s = 0; s < l->cfg.net.n_species; s++)
        WEFT_FOR_ROWS(g, z, y) {
            double *f = weft_field_data(field, s) + weft_extent_row(e, z, y);
            int32_t *n = x->n + s * x->extent.size + weft_extent_row(&x->extent, z, y);
            for (int64_t i = 0; i < g->local[2]; i++)
                if (into)
                    n[i] = (int32_t)f[i];
                else
                    f[i] = n[i];
        }
}

/* ---- the method ---- */

/* The reach is the same for any lattice and number of ranks, since the walks must be. An axis that
 * is cut must have as many sites on each rank; one that is not may be thinner, its halo then holds
 * the same sites again and again. */
static weft_status make(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    rl_rdme *x = l->method_data = weft_alloc(1, sizeof *x);
    WEFT_TRY(rl_ways_make(&l->cfg, 0, &x->ways));
    while (x->n_reactions < x->ways.n && x->ways.item[x->n_reactions].reaction >= 0)
        x->n_reactions++;
    for (int rank = 0; rank < g->size; rank++) {
        int64_t start[3], local[3];
        weft_grid_block(g, rank, start, local);
        for (int a = 3 - g->dim; a < 3; a++)
            if (g->procs[a] > 1 && local[a] < REACH)
                return weft_param_fail(sim->own, "method",
                                       "rdme needs %d sites on every rank along an axis that is "
                                       "cut, and some of the %d ranks have %lld: use fewer",
                                       REACH, g->size, (long long)local[a]);
    }
    x->reach = REACH;
    x->extent = weft_grid_extent(g, x->reach);
    WEFT_TRY(weft_memory_claim(g->comm, (double)x->extent.size * (2 * l->cfg.net.n_species + 1) *
                                            (double)sizeof *x->n));
    x->n = weft_alloc((size_t)(x->extent.size * l->cfg.net.n_species), sizeof *x->n);
    x->kept = weft_alloc((size_t)(x->extent.size * l->cfg.net.n_species), sizeof *x->kept);
    x->walk = weft_state_find(sim->state, "species_walk");
    if (l->layer)
        x->layer = weft_alloc((size_t)(g->local[2] * RL_MAX_EVENTS), sizeof *x->layer);
    x->next = weft_alloc((size_t)x->extent.size, sizeof *x->next);
    return weft_halo_create(g, x->reach, x->reach, sizeof *x->n, 1, NULL, &x->halo);
}

/* Every part may be missing after an error. */
static void destroy(void *data)
{
    rl_rdme *x = data;
    if (!x)
        return;
    weft_halo_free(x->halo);
    weft_free(x->n);
    weft_free(x->next);
    weft_free(x->kept);
    weft_free(x->layer);
    weft_free(x);
}

/* ---- the walk, and copies of it ---- */

/* Puts the events of the walk aside, or back, around a copy that is shown. */
static void copy_events(weft_sim *sim, rl_rdme *x, bool back)
{
    rl_lattice *l = sim->data;
    memcpy(back ? l->event : x->event, back ? x->event : l->event, sizeof x->event);
    if (l->layer)
        memcpy(back ? l->layer : x->layer, back ? x->layer : l->layer,
               (size_t)(sim->grid->local[2] * RL_MAX_EVENTS) * sizeof *x->layer);
}

/* The same for the particles. */
static void copy_cells(const weft_sim *sim, rl_rdme *x, bool back)
{
    const rl_lattice *l = sim->data;
    memcpy(back ? x->n : x->kept, back ? x->kept : x->n,
           (size_t)(x->extent.size * l->cfg.net.n_species) * sizeof *x->n);
}

/* Put the events of the walk in the place of those that belong to the state that is shown. */
static void show_no_more(weft_sim *sim, rl_rdme *x)
{
    if (x->shown)
        copy_events(sim, x, true);
    x->shown = false;
}

/* When the reactions of step k begin. */
static double begins(const rl_rdme *x, uint64_t k)
{
    return x->start + (k > 0 ? ((double)k - 0.5) * x->tau : 0);
}

/* Reactions of the walk, with a look at what ended. True if the state is absorbing since then.
 * Times of events are needed only if something ended; then the latest over all ranks count,
 * compared as bits since there is a maximum of whole numbers only. Collective. */
static bool react_and_look(weft_sim *sim, rl_rdme *x, uint64_t step, double to)
{
    rl_lattice *l = sim->data;
    const bool absorbed = l->endings.absorbed >= 0;
    int64_t after[RL_STATES], bits[RL_MAX_EVENTS];
    rl_rdme_react(sim, x, WEFT_DRAWS_REACT, step, begins(x, step), to);
    weft_counts_sum(sim->grid->comm, x->made, 1 + l->cfg.net.n_reactions);
    if (rl_endings_new(l, x->made, after)) {
        /* Doubles that are not negative are in the order of their bits, read as whole numbers: so a
         * maximum over ranks of whole numbers is one of times. */
        for (int e = 0; e < RL_MAX_EVENTS; e++) {
            double time = fmax(x->last[e], 0);
            memcpy(&bits[e], &time, sizeof time);
        }
        weft_counts_max(sim->grid->comm, bits, RL_MAX_EVENTS);
        for (int e = 0; e < RL_MAX_EVENTS; e++) {
            memcpy(&x->last[e], &bits[e], sizeof bits[e]);
            x->last[e] = x->made[e] > 0 ? x->last[e] : -1;
        }
    } else
        for (int e = 0; e < RL_MAX_EVENTS; e++)
            x->last[e] = -1;
    rl_endings_note(l, after, x->last);
    memcpy(l->count, after, sizeof after);
    return !absorbed && l->endings.absorbed >= 0;
}

/* Take up the walk: at the start from the initial state, else from a checkpoint. */
static void take_up(weft_sim *sim, rl_rdme *x)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    convert(sim, x, l->loaded ? x->walk : l->field, true);
    memset(x->count, 0, sizeof x->count);
    for (int s = 0; s < l->cfg.net.n_species; s++)
        WEFT_FOR_ROWS(g, z, y) {
            const int32_t *n = x->n + s * x->extent.size + weft_extent_row(&x->extent, z, y);
            for (int64_t i = 0; i < g->local[2]; i++)
                x->count[s + 1] += n[i];
        }
    weft_counts_sum(g->comm, x->count, RL_STATES);
    rl_rdme_walks(l, x, g->dim, x->tau, x->step);
    x->ready = true;
}

/* Whole steps of the walk up to a number; true if it came to an end on the way. */
static bool walk_to(weft_sim *sim, rl_rdme *x, uint64_t steps)
{
    rl_lattice *l = sim->data;
    for (; x->steps < steps; x->steps++) {
        if (react_and_look(sim, x, x->steps, begins(x, x->steps + 1)))
            return true;
        rl_rdme_hop(sim, x, x->step);
    }
    memcpy(x->count, l->count, sizeof x->count);
    return false;
}

/* Let a copy of the walk go on to a time in the present step; l->count is then of that state. True
 * if it comes to an end on the way. */
static bool go_on(weft_sim *sim, rl_rdme *x, double time)
{
    rl_lattice *l = sim->data;
    /* Up to here the reactions are those of the present step, beyond it, after the hops, of the
     * next. */
    const double middle = begins(x, x->steps + 1);
    memcpy(l->count, x->count, sizeof x->count);
    bool ends = react_and_look(sim, x, x->steps, time < middle ? time : middle);
    if (!ends && time > middle) {
        rl_rdme_hop(sim, x, x->step);
        ends = react_and_look(sim, x, x->steps + 1, time);
    }
    return ends;
}

/* The state at a time in the present step, which begins at on, from a copy. */
static void show(weft_sim *sim, rl_rdme *x, double on, double time)
{
    const rl_lattice *l = sim->data;
    const double d = time - on;
    rl_rdme_react(sim, x, WEFT_DRAWS_REACT, x->steps, begins(x, x->steps), on + d / 2);
    if (d > 0) {
        rl_rdme_walks(l, x, sim->grid->dim, d, x->shorter);
        rl_rdme_hop(sim, x, x->shorter);
        rl_rdme_react(sim, x, WEFT_DRAWS_SHOW, x->steps, on + d / 2, time);
    }
}

/* Are the same species there, and is as much possible, by two numbers of particles? */
static bool is_alike(const rl_lattice *l, const int64_t *one, const int64_t *other)
{
    for (int s = 1; s <= l->cfg.net.n_species; s++)
        if ((one[s] > 0) != (other[s] > 0))
            return false;
    return rl_is_absorbing(l, one) == rl_is_absorbing(l, other);
}

/* Puts the state at a time in the present step, which begins at on, into the field; true if the
 * walk comes to an end before. The walk itself is as before. */
static bool show_or_end(weft_sim *sim, rl_rdme *x, double on, double time)
{
    rl_lattice *l = sim->data;
    int64_t walk[RL_STATES];
    bool ends = go_on(sim, x, time);
    memcpy(walk, l->count, sizeof walk);
    if (!ends) {
        copy_cells(sim, x, true);
        copy_events(sim, x, true);
        show(sim, x, on, time);
    }
    convert(sim, x, l->field, false);
    rl_count(sim);
    if (!ends && !is_alike(l, l->count, walk)) {
        copy_cells(sim, x, true);
        copy_events(sim, x, true);
        go_on(sim, x, time);
        convert(sim, x, l->field, false);
    }
    return ends;
}

/* A state that has become denser, or a step that was given, can make the bias large. Said once, of
 * the first replica. */
static void look_at_bias(weft_sim *sim, rl_rdme *x)
{
    const rl_lattice *l = sim->data;
    double partners[WEFT_MAX_REACTIONS];
    if (x->warned || sim->noise.replica > 0)
        return;
    rl_rdme_partners(sim, partners);
    double bias = rl_rdme_worst(&l->cfg, partners, x->tau);
    if (bias <= RL_RDME_WARN)
        return;
    x->warned = true;
    if (sim->grid->rank == 0)
        weft_warn("time %.6g: with reactions this fast, tau = %.4g makes them up to %.1f per cent "
                  "too slow; tau: %.4g would keep that below %.1f per cent",
                  sim->time, x->tau, 100 * bias, rl_rdme_choose(&l->cfg, partners),
                  100 * RL_RDME_BIAS);
}

/* A network without a limit is found on one rank and made known to all. Collective. */
static weft_status check_numbers(const weft_sim *sim, const rl_rdme *x)
{
    int64_t bad = x->too_many;
    weft_counts_sum(sim->grid->comm, &bad, 1);
    return bad ? weft_fail(WEFT_FAILED,
                           "more than %d particles of a species on a site: nothing limits their "
                           "number in this network; add a reaction that does, or give a capacity",
                           RL_MOST_ON_SITE)
               : WEFT_OK;
}

/* Up to the last whole step before the time that is asked for, then a copy to that time. The walk
 * is kept in a field, so that a checkpoint has it. */
static weft_status sweep(weft_sim *sim, double *dt)
{
    rl_lattice *l = sim->data;
    rl_rdme *x = l->method_data;
    if (!x->ready)
        take_up(sim, x);
    show_no_more(sim, x);
    memcpy(l->count, x->count, sizeof x->count);
    double time = sim->time + *dt;
    /* The last whole step not after the time that is asked for, forgiving the rounding of sums. */
    uint64_t to = (uint64_t)floor((time - x->start) / x->tau * (1 + 1e-12) + 1e-9);
    if (to > x->steps + STEPS_A_CALL) {
        to = x->steps + STEPS_A_CALL;
        time = x->start + (double)to * x->tau;
        *dt = time - sim->time;
    }
    const double on = x->start + (double)to * x->tau;
    time = fabs(time - on) <= 1e-9 * x->tau ? on : time;
    /* From here on the walk is put aside, and a copy shows the state at the time. */
    bool ends = walk_to(sim, x, to);
    copy_cells(sim, x, false);
    copy_events(sim, x, false);
    x->shown = true;
    if (ends)
        convert(sim, x, l->field, false);
    else
        ends = show_or_end(sim, x, on, time);
    if (ends)
        *dt = l->endings.absorbed - sim->time;
    copy_cells(sim, x, true);
    convert(sim, x, x->walk, false);
    WEFT_TRY(check_numbers(sim, x));
    look_at_bias(sim, x);
    return WEFT_OK;
}

/* ---- checkpoints ---- */

static uint64_t *progress(void *data)
{
    return &((rl_rdme *)data)->steps;
}

/* Length and beginning of the step; the field species_walk is kept beside them. The events that are
 * written are those of the walk, to which the run will go back. */
static weft_status save(weft_sim *sim, struct weft_file *file)
{
    rl_rdme *x = ((rl_lattice *)sim->data)->method_data;
    const double walk[2] = {x->tau, x->start};
    show_no_more(sim, x);
    return weft_file_put(file, "walk", walk, sizeof walk);
}

/* The step of the checkpoint counts, since the one chosen from the present state may differ. */
static weft_status load(weft_sim *sim, struct weft_file *file)
{
    rl_lattice *l = sim->data;
    rl_rdme *x = l->method_data;
    double walk[2];
    WEFT_TRY(weft_file_get(file, "walk", walk, sizeof walk));
    l->cfg.tau = x->tau = walk[0];
    x->start = walk[1];
    return WEFT_OK;
}

/* Choose the step where the input gives none, from the initial state. */
static void begin(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    rl_rdme *x = l->method_data;
    rl_rdme_partners(sim, x->partners);
    if (l->loaded)
        return;
    /* a checkpoint may come before the first sweep */
    convert(sim, x, l->field, true);
    convert(sim, x, x->walk, false);
    if (l->cfg.tau == 0)
        l->cfg.tau = rl_rdme_choose(&l->cfg, x->partners);
    x->tau = l->cfg.tau;
    x->start = sim->time;
}

/* The walk is a field of its own, beside the state that is shown. */
static void plan(weft_plan *out)
{
    out->field[1] = out->field[0];
    out->field[1].name = "species_walk";
    out->field[1].long_name = "particles of each species after the last whole step";
    out->field[1].role = WEFT_MEMORY;
    out->n_fields = 2;
}

/* The bias is that of reactions between two or three particles, at the density of the initial
 * state. */
static void attributes(weft_sim *sim, weft_attribute *add, void *context)
{
    const rl_lattice *l = sim->data;
    const rl_rdme *x = l->method_data;
    rl_items list = {.used = 0};
    char text[256];
    snprintf(text, sizeof text, "%.6g", l->cfg.tau);
    add(context, "tau", text);
    for (int i = 0; i < l->cfg.net.n_reactions; i++)
        if (l->cfg.net.reaction[i].n_in > 1)
            rl_items_add(&list,
                         "%s: %+.2g per cent of the rate at which %s on two sites, with %.3g "
                         "partners of a particle (tau = %.3g)",
                         rl_written(l, i),
                         100 * rl_reaction_bias(&l->cfg, i, x->partners[i], l->cfg.tau),
                         l->cfg.net.reaction[i].n_in == 2 ? "a pair reacts" : "its reactants react",
                         x->partners[i], l->cfg.tau);
    if (list.used)
        add(context, "bias_of_the_splitting", list.text);
}

const rl_method rl_rdme_method = {
    .layout = WEFT_BLOCKS,
    .places = true,
    .plan = plan,
    .make = make,
    .free = destroy,
    .begin = begin,
    .sweep = sweep,
    .progress = progress,
    .save = save,
    .load = load,
    .attributes = attributes,
};
