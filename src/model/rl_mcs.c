/* The Monte Carlo steps of the literature, as discrete rules, on one rank. A step is as many picks
 * as there are particles at its start. rule particles: a particle is picked at random; it tries a
 * hop with probability hopping, then every reaction of which it is the first reactant, in the order
 * of the list, with the rate as probability; a reaction with a partner is tried with every partner
 * there is (capacity 1: on the neighbours; else on the site), and offspring at capacity 1 goes to a
 * neighbour that is free, if there is one. rule species: a species is picked with a weight of its
 * number times the sum of its rates, then one of its particles, then hop or reaction in proportion
 * to the rates; the partner, or the free place, is picked among the neighbours that are one. */
#include "reaction_lattice.h"
#include "weft/memory.h"
#include <string.h>

enum { STREAM_MCS = WEFT_STREAM_MODEL + 32, BATCH = 64 };

typedef struct particle {
    int64_t site;
    int64_t place;         /* in the list of its species */
    int64_t before, after; /* others of the species on the site; -1: none */
} particle;

struct rl_mcs {
    const rl_config *cfg;
    rl_channels channels; /* for what becomes of pairs at capacity 1 */
    int dim, species;
    int64_t n[3], sites, room, n_free;
    particle *all;
    int64_t *unused;                                         /* numbers of free particles */
    int64_t *list[WEFT_MAX_SPECIES], many[WEFT_MAX_SPECIES]; /* numbers of each species */
    int64_t *head;                                           /* by species and site */
    int64_t *event;
    weft_noise noise;
    uint64_t steps, block;
    uint32_t word[4 * BATCH];
    int used;
};

/* ---- random numbers: a sequence for each step ---- */

static uint32_t word(rl_mcs *x)
{
    if (x->used == 4 * BATCH) {
        weft_philox_many(&x->noise, STREAM_MCS, x->steps, x->block, BATCH, x->word);
        x->block += BATCH;
        x->used = 0;
    }
    return x->word[x->used++];
}

static int64_t below(rl_mcs *x, int64_t n)
{
    uint64_t high = word(x), low = word(x);
    return (int64_t)((unsigned __int128)(high << 32 | low) * (uint64_t)n >> 64);
}

static bool happens(rl_mcs *x, double probability)
{
    return word(x) * 0x1p-32 < probability;
}

/* ---- particles ---- */

static void enter(rl_mcs *x, int s, int64_t site)
{
    if (x->n_free == 0) {
        int64_t more = 2 * x->room;
        particle *all = weft_alloc((size_t)more, sizeof *all);
        memcpy(all, x->all, (size_t)x->room * sizeof *all);
        weft_free(x->all);
        weft_free(x->unused);
        x->all = all;
        x->unused = weft_alloc((size_t)more, sizeof *x->unused);
        for (int64_t i = more; i-- > x->room;)
            x->unused[x->n_free++] = i;
        for (int k = 0; k < x->species; k++) {
            int64_t *list = weft_alloc((size_t)more, sizeof *list);
            memcpy(list, x->list[k], (size_t)x->room * sizeof *list);
            weft_free(x->list[k]);
            x->list[k] = list;
        }
        x->room = more;
    }
    int64_t p = x->unused[--x->n_free], *head = &x->head[s * x->sites + site];
    x->all[p] = (particle){site, x->many[s], -1, *head};
    if (*head >= 0)
        x->all[*head].before = p;
    *head = p;
    x->list[s][x->many[s]++] = p;
}

static void leave(rl_mcs *x, int s, int64_t p)
{
    particle *q = &x->all[p];
    if (q->before >= 0)
        x->all[q->before].after = q->after;
    else
        x->head[s * x->sites + q->site] = q->after;
    if (q->after >= 0)
        x->all[q->after].before = q->before;
    int64_t last = x->list[s][--x->many[s]];
    x->list[s][q->place] = last;
    x->all[last].place = q->place;
    x->unused[x->n_free++] = p;
}

/* The species on a site of capacity 1, from 1; 0: empty. */
static int state(const rl_mcs *x, int64_t site)
{
    for (int s = 0; s < x->species; s++)
        if (x->head[s * x->sites + site] >= 0)
            return s + 1;
    return 0;
}

static void set_state(rl_mcs *x, int64_t site, int to)
{
    int from = state(x, site);
    if (from == to)
        return;
    if (from)
        leave(x, from - 1, x->head[(from - 1) * x->sites + site]);
    if (to)
        enter(x, to - 1, site);
}

static int64_t neighbour(const rl_mcs *x, int64_t site, int direction)
{
    int axis = 2 - direction / 2;
    int64_t stride = axis == 2 ? 1 : axis == 1 ? x->n[2] : x->n[1] * x->n[2];
    int64_t at = site / stride % x->n[axis], step = direction % 2 ? -1 : 1;
    return site + ((at + step + x->n[axis]) % x->n[axis] - at) * stride;
}

/* ---- what a particle does ---- */

/* Returns where the particle is then. */
static int64_t hop(rl_mcs *x, int s, int64_t p)
{
    int64_t from = x->all[p].site, to = neighbour(x, from, (int)below(x, 2 * x->dim));
    int there = x->cfg->counts ? 0 : state(x, to);
    if (there == 0) {
        leave(x, s, p);
        enter(x, s, to);
        x->event[rl_event_hop(&x->cfg->net)]++;
        return to;
    }
    if (there == s + 1 || x->cfg->swap == 0 || !happens(x, x->cfg->swap))
        return from;
    set_state(x, from, there);
    set_state(x, to, s + 1);
    x->event[rl_event_swap(&x->cfg->net)]++;
    return to;
}

/* A reaction at capacity 1 on a site and a neighbour of the right kind. */
static void act(rl_mcs *x, const rl_channel *k, int64_t site, int64_t to)
{
    rl_outcome o = k->on[state(x, to)];
    set_state(x, site, o.site);
    if (k->pair)
        set_state(x, to, o.neighbour);
    x->event[o.event]++;
}

/* Neighbours on which a channel works, in random order; returns their number. */
static int partners(rl_mcs *x, const rl_channel *k, int64_t site, int64_t *out)
{
    int n = 0;
    for (int d = 0; d < 2 * x->dim; d++) {
        int64_t j = neighbour(x, site, d);
        if (k->on[state(x, j)].event)
            out[n++] = j;
    }
    for (int i = n - 1; i > 0; i--) {
        int j = (int)below(x, i + 1);
        int64_t t = out[i];
        out[i] = out[j];
        out[j] = t;
    }
    return n;
}

/* Capacity 1: one channel of the particle at site, tried as rule particles has it. */
static void try_channel(rl_mcs *x, const rl_channel *k, int64_t site)
{
    int64_t there[6];
    if (!k->pair) {
        if (happens(x, k->rate))
            act(x, k, site, site);
        return;
    }
    int n = partners(x, k, site, there);
    bool offspring = x->cfg->net.reaction[k->reaction].n_in == 1;
    for (int i = 0; i < (offspring && n > 1 ? 1 : n); i++)
        if (state(x, site) == k->centre && happens(x, k->rate))
            act(x, k, site, there[i]);
}

/* Unlimited capacity: a reaction on the site. */
static void change(rl_mcs *x, const weft_reaction *r, int index, int64_t site)
{
    for (int s = 0; s < x->species; s++) {
        for (int i = r->give[s]; i < r->take[s]; i++)
            leave(x, s, x->head[s * x->sites + site]);
        for (int i = r->take[s]; i < r->give[s]; i++)
            enter(x, s, site);
    }
    x->event[1 + index]++;
}

static int64_t number(const rl_mcs *x, int s, int64_t site)
{
    int64_t n = 0;
    for (int64_t p = x->head[s * x->sites + site]; p >= 0; p = x->all[p].after)
        n++;
    return n;
}

static void try_reaction(rl_mcs *x, const weft_reaction *r, int index, int64_t site)
{
    int64_t times = 1;
    if (r->n_in == 2)
        times = number(x, r->in[1] - 1, site) - (r->in[0] == r->in[1]);
    for (int64_t i = 0; i < times; i++) {
        bool possible = true;
        for (int s = 0; s < x->species; s++)
            possible = possible && number(x, s, site) >= r->take[s];
        if (possible && happens(x, r->rate))
            change(x, r, index, site);
    }
}

/* ---- the rules ---- */

static void pick_particle(rl_mcs *x)
{
    int64_t total = 0;
    int s = 0;
    for (int k = 0; k < x->species; k++)
        total += x->many[k];
    if (total == 0)
        return;
    int64_t which = below(x, total);
    while (which >= x->many[s])
        which -= x->many[s++];
    int64_t p = x->list[s][which];
    int64_t site = x->all[p].site;
    if (x->cfg->hop[s] > 0 && happens(x, x->cfg->hop[s]))
        site = hop(x, s, p);
    if (x->cfg->counts) {
        for (int i = 0; i < x->cfg->net.n_reactions; i++) {
            const weft_reaction *r = &x->cfg->net.reaction[i];
            if (r->n_in > 0 && r->in[0] == s + 1 && x->head[s * x->sites + site] >= 0)
                try_reaction(x, r, i, site);
        }
        return;
    }
    for (int i = 0; i < x->channels.n; i++) {
        const rl_channel *k = &x->channels.item[i];
        if (k->reaction >= 0 && k->centre == s + 1 && state(x, site) == s + 1)
            try_channel(x, k, site);
    }
}

static void pick_species(rl_mcs *x)
{
    double weight[WEFT_MAX_SPECIES], sum = 0;
    for (int s = 0; s < x->species; s++)
        sum += weight[s] = (double)x->many[s] * x->channels.total[s + 1];
    if (!(sum > 0))
        return;
    double v = word(x) * 0x1p-32 * sum;
    int s = 0;
    while (s < x->species - 1 && v >= weight[s])
        v -= weight[s++];
    int64_t p = x->list[s][below(x, x->many[s])], site = x->all[p].site, there[6];
    v = word(x) * 0x1p-32 * x->channels.total[s + 1];
    for (int i = 0; i < x->channels.n; i++) {
        const rl_channel *k = &x->channels.item[i];
        if (k->centre != s + 1)
            continue;
        if (v >= k->rate) {
            v -= k->rate;
            continue;
        }
        if (k->reaction < 0 && k->on[0].event)
            hop(x, s, p);
        else if (!k->pair)
            act(x, k, site, site);
        else if (partners(x, k, site, there) > 0)
            act(x, k, site, there[0]);
        return;
    }
}

static void step(rl_mcs *x)
{
    int64_t picks = 0;
    for (int s = 0; s < x->species; s++)
        picks += x->many[s];
    x->block = 0;
    x->used = 4 * BATCH;
    for (int64_t i = 0; i < picks; i++) {
        if (x->cfg->clock == RL_MCS_PARTICLES)
            pick_particle(x);
        else
            pick_species(x);
    }
    x->steps++;
}

/* ---- between the field and particles, in the order of the sites ---- */

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

static void write_field(weft_sim *sim, const rl_mcs *x)
{
    rl_lattice *l = sim->data;
    const weft_extent *e = &l->field->extent;
    for (int64_t i = 0; i < x->sites; i++) {
        int64_t row = i / x->n[2];
        int64_t at =
            e->origin + row / x->n[1] * e->stride[0] + row % x->n[1] * e->stride[1] + i % x->n[2];
        if (!x->cfg->counts)
            weft_field_bytes(l->field, 0)[at] = (uint8_t)state(x, i);
        for (int s = 0; x->cfg->counts && s < x->species; s++)
            weft_field_data(l->field, s)[at] = (double)number(x, s, i);
    }
}

/* ---- the method ---- */

weft_status rl_mcs_make(weft_sim *sim, rl_mcs **out)
{
    rl_lattice *l = sim->data;
    rl_mcs *x = *out = weft_alloc(1, sizeof *x);
    if (sim->grid->size > 1)
        return weft_param_fail(sim->own, "clock",
                               "Monte Carlo steps run on one rank, not on %d; clock: ctmc runs on "
                               "any number",
                               sim->grid->size);
    x->cfg = &l->cfg;
    x->channels = l->channels;
    x->dim = sim->grid->dim;
    x->species = l->cfg.net.n_species;
    x->noise = sim->noise;
    x->event = l->event;
    memcpy(x->n, sim->grid->n, sizeof x->n);
    x->sites = weft_grid_sites(sim->grid);
    x->room = x->sites + 1;
    x->all = weft_alloc((size_t)x->room, sizeof *x->all);
    x->unused = weft_alloc((size_t)x->room, sizeof *x->unused);
    x->head = weft_alloc((size_t)(x->species * x->sites), sizeof *x->head);
    for (int s = 0; s < x->species; s++)
        x->list[s] = weft_alloc((size_t)x->room, sizeof *x->list[s]);
    return WEFT_OK;
}

void rl_mcs_free(rl_mcs *x)
{
    if (!x)
        return;
    weft_free(x->all);
    weft_free(x->unused);
    weft_free(x->head);
    for (int s = 0; s < WEFT_MAX_SPECIES; s++)
        weft_free(x->list[s]);
    weft_free(x);
}

uint64_t *rl_mcs_steps(rl_mcs *x)
{
    return &x->steps;
}

/* Step number m is done when the time reaches m + 1. The particles are listed anew for each step,
 * so that a resumed run has them in the same order. */
weft_status rl_mcs_sweep(weft_sim *sim, double *dt)
{
    rl_lattice *l = sim->data;
    rl_mcs *x = l->mcs;
    double next = (double)x->steps + 1;
    if (sim->time + *dt < next * (1 - 1e-12))
        return WEFT_OK;
    *dt = next - sim->time < *dt ? next - sim->time : *dt;
    read_field(sim, x);
    step(x);
    write_field(sim, x);
    return WEFT_OK;
}
