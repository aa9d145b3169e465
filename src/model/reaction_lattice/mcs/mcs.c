/* The Monte Carlo steps of the literature, as discrete rules. A step is as many picks as there are
 * particles at its start. At capacity 1: mcs/sites.c, in the order of the picks on one rank, or on
 * sublattices (mcs/blocks.c). Here: sites of unlimited capacity, on which the particles of a site
 * react with each other: a particle is picked at random; it tries a hop with probability hopping,
 * then every reaction of which it is the first reactant, in the order of the list, with the rate as
 * probability, a reaction with a partner with every partner on the site.
 *
 * These rules are no discretisation of the master equation: a published result that was made with
 * them needs them as they are.
 *
 * Invariants. Particles of a species are in one list, from which a random one is picked in constant
 * time, and in one chain for each site; enter and leave keep both. The lists are made anew from the
 * field at the start of each step, in the order of the sites, so that a step depends on the field
 * and its number alone and a resumed run picks the same particles. */
#include "mcs.h"
#include "../method.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* One particle of an unlimited site: its site, its place in the list of its species, and its
 * neighbours in the chain of its site. */
typedef struct particle {
    int64_t site;
    int64_t place;         /* in the list of its species */
    int64_t before, after; /* others of the species on the site; -1: none */
} particle;

/* Either the lists of particles on unlimited sites, or states (serial), or blocks (sublattices). */
typedef struct rl_mcs {
    const rl_config *cfg;
    int dim, species;
    int64_t n[3], sites, room, n_free;
    particle *all;
    int64_t *unused;                                         /* numbers of free particles */
    int64_t *list[WEFT_MAX_SPECIES], many[WEFT_MAX_SPECIES]; /* numbers of each species */
    int64_t *head;                                           /* by species and site */
    rl_lattice *lattice;
    weft_draws draws;
    uint64_t steps;
    rl_states *states; /* capacity 1 */
    rl_blocks *blocks; /* sublattices */
    bool too_many;     /* particles on a site */
} rl_mcs;

/* Largest number of partners of a particle: each is tried, so that the time of a step grows as
 * their square; beyond this the run ends with an error. */
enum { MOST_PARTNERS = 10000 };

/* ---- particles ---- */

/* A new particle at a site: a free number, the head of the chain of its site, the end of the list
 * of its species. Room is doubled when it is used up; a network may grow without bound. */
static void enter(rl_mcs *x, int s, int64_t site)
{
    /* Room is used up: all arrays are doubled, the new numbers are free. */
    if (x->n_free == 0) {
        int64_t more = 2 * x->room;
        x->all = weft_grow(x->all, (size_t)x->room, (size_t)more, sizeof *x->all);
        x->unused = weft_grow(x->unused, 0, (size_t)more, sizeof *x->unused);
        for (int64_t i = more; i-- > x->room;)
            x->unused[x->n_free++] = i;
        for (int k = 0; k < x->species; k++)
            x->list[k] = weft_grow(x->list[k], (size_t)x->room, (size_t)more, sizeof *x->list[k]);
        x->room = more;
    }
    int64_t p = x->unused[--x->n_free], *head = &x->head[s * x->sites + site];
    x->all[p] = (particle){site, x->many[s], -1, *head};
    if (*head >= 0)
        x->all[*head].before = p;
    *head = p;
    x->list[s][x->many[s]++] = p;
}

/* Out of its chain; the last of the list takes its place there, so that the list has no holes. */
static void leave(rl_mcs *x, int s, int64_t p)
{
    particle *q = &x->all[p];
    if (q->before >= 0)
        x->all[q->before].after = q->after;
    else
        x->head[s * x->sites + q->site] = q->after;
    if (q->after >= 0)
        x->all[q->after].before = q->before;
    /* The last of the list moves to the free place. */
    int64_t last = x->list[s][--x->many[s]];
    x->list[s][q->place] = last;
    x->all[last].place = q->place;
    x->unused[x->n_free++] = p;
}

/* Directions +x, -x, +y, -y, +z, -z, around the ends. */
static int64_t neighbour(const rl_mcs *x, int64_t site, int direction)
{
    /* Axes are stored slowest first, directions begin with x. */
    int axis = 2 - direction / 2;
    int64_t stride = axis == 2 ? 1 : axis == 1 ? x->n[2] : x->n[1] * x->n[2];
    int64_t at = site / stride % x->n[axis], step = direction % 2 ? -1 : 1;
    return site + ((at + step + x->n[axis]) % x->n[axis] - at) * stride;
}

/* ---- what a particle does ---- */

/* Returns where the particle is then. */
static int64_t hop(rl_mcs *x, int s, int64_t p)
{
    int64_t from = x->all[p].site,
            to = neighbour(x, from, (int)weft_draws_below(&x->draws, 2 * x->dim));
    leave(x, s, p);
    enter(x, s, to);
    rl_events_at(x->lattice, from % x->n[2])[rl_event_hop(&x->cfg->net)]++;
    return to;
}

/* Carries a reaction out on a site: the particles that it takes go, those that it gives come. */
static void change(rl_mcs *x, const reaction_rule *r, int index, int64_t site)
{
    for (int s = 0; s < x->species; s++) {
        for (int i = r->give[s]; i < r->take[s]; i++)
            leave(x, s, x->head[s * x->sites + site]);
        for (int i = r->take[s]; i < r->give[s]; i++)
            enter(x, s, site);
    }
    rl_events_at(x->lattice, site % x->n[2])[1 + index]++;
}

/* Particles of a species on a site, by counting its chain. */
static int64_t number(const rl_mcs *x, int s, int64_t site)
{
    int64_t n = 0;
    for (int64_t p = x->head[s * x->sites + site]; p >= 0; p = x->all[p].after)
        n++;
    return n;
}

/* Are all reactants on the site? */
static bool possible(const rl_mcs *x, const reaction_rule *r, int64_t site)
{
    for (int s = 0; s < x->species; s++)
        if (r->take[s] > 0 && number(x, s, site) < r->take[s])
            return false;
    return true;
}

/* Tries of a particle of the first reactant with each of its partners; false: it is gone. */
static bool try_reaction(rl_mcs *x, const reaction_rule *r, int index, int64_t site)
{
    int64_t times = 1;
    if (r->n_in == 2)
        times = number(x, r->in[1] - 1, site) - (r->in[0] == r->in[1]);
    x->too_many |= times > MOST_PARTNERS;
    /* A reaction that has taken a partner may have taken the last one. */
    bool can = !x->too_many && possible(x, r, site);
    for (int64_t i = 0; can && i < times; i++) {
        if (!rl_happens(&x->draws, r->rate))
            continue;
        change(x, r, index, site);
        if (r->give[r->in[0] - 1] == 0)
            return false;
        can = possible(x, r, site);
    }
    return true;
}

/* One pick of a random particle of all. */
static void pick(rl_mcs *x)
{
    int64_t total = 0;
    int s = 0;
    for (int k = 0; k < x->species; k++)
        total += x->many[k];
    if (total == 0)
        return;
    /* A number below the total is a particle: species after species. */
    int64_t which = weft_draws_below(&x->draws, total);
    while (which >= x->many[s])
        which -= x->many[s++];
    int64_t p = x->list[s][which];
    int64_t site = x->all[p].site;
    if (x->cfg->hop[s] > 0 && rl_happens(&x->draws, x->cfg->hop[s]))
        site = hop(x, s, p);
    /* After each reaction the particle may be gone. */
    bool there = true;
    for (int i = 0; there && i < x->cfg->net.n_reactions; i++) {
        const reaction_rule *r = &x->cfg->net.reaction[i];
        if (r->in[0] == s + 1)
            there = try_reaction(x, r, i, site);
    }
}

/* ---- between the field and particles, in the order of the sites ---- */

/* Particles from the field, site by site. */
static void read_field(weft_sim *sim, rl_mcs *x)
{
    const weft_grid *g = sim->grid;
    x->n_free = 0;
    for (int64_t i = x->room; i-- > 0;)
        x->unused[x->n_free++] = i;
    for (int64_t i = 0; i < x->species * x->sites; i++)
        x->head[i] = -1;
    for (int s = 0; s < x->species; s++) {
        x->many[s] = 0;
        for (int64_t row = 0; row < g->n[0] * g->n[1]; row++) {
            const int32_t *n = rl_row(sim, s + 1, row / g->n[1], row % g->n[1]);
            for (int64_t i = 0; i < g->n[2]; i++)
                for (int32_t k = 0; k < n[i]; k++)
                    enter(x, s, row * g->n[2] + i);
        }
    }
}

/* Numbers back into the field. */
static void write_field(weft_sim *sim, const rl_mcs *x)
{
    rl_lattice *l = sim->data;
    const weft_extent *e = &l->field->extent;
    for (int64_t i = 0; i < x->sites; i++) {
        int64_t row = i / x->n[2];
        int64_t at =
            e->origin + row / x->n[1] * e->stride[0] + row % x->n[1] * e->stride[1] + i % x->n[2];
        for (int s = 0; s < x->species; s++)
            weft_field_data(l->field, s)[at] = (double)number(x, s, i);
    }
}

/* ---- steps ---- */

/* One step on sites without a limit. */
static void step_counts(weft_sim *sim, rl_mcs *x)
{
    int64_t picks = 0;
    read_field(sim, x);
    for (int s = 0; s < x->species; s++)
        picks += x->many[s];
    weft_draws_begin(&x->draws, &sim->noise, WEFT_DRAWS_PICKS, x->steps, 0);
    for (int64_t i = 0; i < picks && !x->too_many; i++)
        pick(x);
    write_field(sim, x);
}

/* One step at capacity 1, on one rank: the area is the whole lattice. */
static void step_states(weft_sim *sim, rl_mcs *x)
{
    const int64_t none[3] = {0, 0, 0};
    rl_states *s = x->states;
    int64_t picks = 0;
    rl_states_read(sim, s);
    rl_states_enter(s, none, sim->grid->n);
    for (int k = 0; k < x->species; k++)
        picks += s->many[k];
    weft_draws_begin(&s->draws, &sim->noise, WEFT_DRAWS_PICKS, x->steps, 0);
    for (int64_t i = 0; i < picks; i++)
        rl_states_pick(s);
    rl_states_write(sim, s);
}

/* ---- the method ---- */

/* Lists that start with as many places as there are sites. */
static void make_counts(rl_mcs *x)
{
    x->room = x->sites + 1;
    x->all = weft_alloc((size_t)x->room, sizeof *x->all);
    x->unused = weft_alloc((size_t)x->room, sizeof *x->unused);
    x->head = weft_alloc((size_t)(x->species * x->sites), sizeof *x->head);
    for (int s = 0; s < x->species; s++)
        x->list[s] = weft_alloc((size_t)x->room, sizeof *x->list[s]);
}

/* A probability is compared with a number of 32 bits, so that it is rounded up to a multiple of
 * 2^-32: an event of 1e-11 would happen 23 times too often. Refused beyond a per cent, as by the
 * other methods. Species by weight choose among rates, of which the sum counts. */
static weft_status check_bits(const weft_section *own, const rl_config *cfg)
{
    double sum = 0;
    for (int s = 0; s < cfg->net.n_species; s++)
        sum += cfg->hop[s];
    for (int i = 0; i < cfg->net.n_reactions; i++)
        sum += cfg->net.reaction[i].rate;
    const double whole = cfg->clock == RL_MCS_SPECIES ? sum : 1, least = 100 * 0x1p-32 * whole;
    for (int s = 0; s < cfg->net.n_species; s++)
        if (cfg->hop[s] > 0 && cfg->hop[s] < least)
            return weft_param_fail(own, "hopping",
                                   "%.3g, which the 32 bits of a try make up to %.3g per cent "
                                   "wrong; it must be above %.3g here, or 0",
                                   cfg->hop[s], least / cfg->hop[s], least);
    for (int i = 0; i < cfg->net.n_reactions; i++) {
        const reaction_rule *r = &cfg->net.reaction[i];
        if (r->rate > 0 && r->rate < least)
            return weft_node_fail(r->text, 1,
                                  "'%s': its rate is %.3g, which the 32 bits of a try make up to "
                                  "%.3g per cent wrong; rates must be above %.3g here, or 0",
                                  weft_node_text(r->text), r->rate, least / r->rate, least);
    }
    return WEFT_OK;
}

/* The three kinds of steps have their own needs and limits. */
static weft_status make(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    rl_mcs *x = l->method_data = weft_alloc(1, sizeof *x);
    x->cfg = &l->cfg;
    x->lattice = l;
    x->dim = sim->grid->dim;
    x->species = l->cfg.net.n_species;
    memcpy(x->n, sim->grid->n, sizeof x->n);
    x->sites = weft_grid_sites(sim->grid);
    WEFT_TRY(check_bits(sim->own, &l->cfg));
    /* a state and a place, or the heads of lists and a particle with its places in them */
    WEFT_TRY(weft_memory_claim(sim->grid->comm,
                               (double)weft_grid_local_sites(sim->grid) *
                                   (l->cfg.counts ? 16.0 * x->species + sizeof(particle) : 5.0)));
    if (l->cfg.sublattice)
        return rl_blocks_make(sim, &x->blocks);
    if (sim->grid->size > 1)
        return weft_param_fail(sim->own, "update",
                               "serial Monte Carlo steps run on one rank, not on %d; update: "
                               "sublattice and clock: ctmc run on any number",
                               sim->grid->size);
    if (x->sites > INT32_MAX)
        return weft_param_fail(sim->own, "update",
                               "serial Monte Carlo steps hold at most 2^31 - 1 "
                               "sites; use sublattice");
    if (l->cfg.counts) {
        make_counts(x);
        return WEFT_OK;
    }
    x->states = weft_alloc(1, sizeof *x->states);
    rl_states_make(sim, 0, x->sites, x->states);
    return WEFT_OK;
}

/* Depending on the rule there are lists of particles or tables of states; what is not there is
 * NULL. */
static void destroy(void *data)
{
    rl_mcs *x = data;
    if (!x)
        return;
    if (x->states)
        rl_states_free(x->states);
    rl_blocks_free(x->blocks);
    weft_free(x->states);
    weft_free(x->all);
    weft_free(x->unused);
    weft_free(x->head);
    for (int s = 0; s < WEFT_MAX_SPECIES; s++)
        weft_free(x->list[s]);
    weft_free(x);
}

/* Step number m is done when the time reaches m + 1. The particles are listed anew for each step,
 * so that a resumed run has them in the same order. */
static weft_status sweep(weft_sim *sim, double *dt)
{
    rl_lattice *l = sim->data;
    rl_mcs *x = l->method_data;
    /* Nothing happens before the whole step is due. */
    double next = (double)x->steps + 1;
    if (sim->time + *dt < next * (1 - 1e-12))
        return WEFT_OK;
    *dt = next - sim->time < *dt ? next - sim->time : *dt;
    if (x->blocks)
        rl_blocks_step(sim, x->blocks, x->steps);
    else if (x->states)
        step_states(sim, x);
    else
        step_counts(sim, x);
    if (x->too_many)
        return weft_fail(WEFT_FAILED,
                         "more than %d particles of a species on a site: nothing limits their "
                         "number in this network; add a reaction that does, or use capacity: 1",
                         MOST_PARTNERS);
    x->steps++;
    rl_count(sim);
    rl_endings_seen(l, l->count, (double)x->steps);
    return WEFT_OK;
}

/* A run that begins later than time 0 begins with the step that follows its start. */
static void begin(weft_sim *sim)
{
    const rl_lattice *l = sim->data;
    rl_mcs *x = l->method_data;
    if (!l->loaded)
        x->steps = (uint64_t)floor(sim->time * (1 + 1e-12));
}

/* ---- checkpoints, and what is said of the method ---- */

/* Lists of particles are made anew from the field in each step: they need not be kept. */
static uint64_t *progress(void *data)
{
    return &((rl_mcs *)data)->steps;
}

/* Times of Monte Carlo steps depend on the rule, so a result says which it was. */
static void attributes(weft_sim *sim, weft_attribute *add, void *context)
{
    char text[256];
    snprintf(text, sizeof text, "Monte Carlo steps, rule %s, update %s",
             weft_get_text(sim->own, "rule"), weft_get_text(sim->own, "update"));
    add(context, "clock", text);
}

const rl_method rl_mcs_method = {
    .layout = WEFT_BLOCKS,
    .places = true,
    .make = make,
    .free = destroy,
    .begin = begin,
    .sweep = sweep,
    .progress = progress,
    .attributes = attributes,
};
