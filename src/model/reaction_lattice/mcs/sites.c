/* Monte Carlo steps at capacity 1: what a pick does, by each of the rules. Picks are made among the
 * particles of an area; what they do may reach two sites beyond it.
 *
 * particles: a particle at random; it tries a hop with probability hopping, then every reaction of
 * which it is the first reactant, in the order of the list, with the rate as probability; a
 * reaction with a partner is tried with every neighbour that is one, and offspring goes to a
 * neighbour that is free, if there is one. neighbour: a particle and one of its neighbours at
 * random; the hop onto it, then the reactions in the order of the list are tried with their rates
 * as probabilities, until one of them happens. species: a species with a weight of its number times
 * the sum of its rates, then one of its particles, then hop or reaction in proportion to the rates;
 * the partner, or the free place, is picked among the neighbours that are one.
 *
 * Invariants. The lists hold exactly the particles of the area at work, each once, with its place;
 * set_state is the only function that changes a site, and keeps them. Random numbers are drawn in a
 * fixed order from one sequence, so that the same area with the same sequence gives the same result
 * anywhere. A pick acts on the particle it took as long as that is still there. */
#include "mcs.h"
#include "weft/memory.h"
#include <string.h>

/* Without ghost layers the array closes on itself (wrap): the serial step on one rank. */
void rl_states_make(weft_sim *sim, int ghost, int64_t room, rl_states *x)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    x->lattice = l;
    x->cfg = &l->cfg;
    x->channels = l->channels;
    x->dim = g->dim;
    x->extent = weft_grid_extent(g, ghost);
    x->wrap = ghost == 0;
    memcpy(x->n, g->n, sizeof x->n);
    memcpy(x->local, g->local, sizeof x->local);
    x->cell = weft_alloc((size_t)x->extent.size, 1);
    x->place = weft_alloc((size_t)x->extent.size, sizeof *x->place);
    for (int s = 0; s < l->cfg.net.n_species; s++)
        x->list[s] = weft_alloc((size_t)room, sizeof *x->list[s]);
}

void rl_states_free(rl_states *x)
{
    weft_free(x->cell);
    weft_free(x->area);
    weft_free(x->place);
    for (int s = 0; s < WEFT_MAX_SPECIES; s++)
        weft_free(x->list[s]);
}

/* ---- particles ---- */

/* A particle at the end of the list of its species. */
static void enter(rl_states *x, int s, int64_t site)
{
    x->place[site] = (int32_t)x->many[s];
    x->list[s][x->many[s]++] = (int32_t)site;
}

/* The last of the list takes the free place. */
static void leave(rl_states *x, int s, int64_t site)
{
    /* No holes in the list: the last one takes the place. */
    int32_t last = x->list[s][--x->many[s]];
    x->list[s][x->place[site]] = last;
    x->place[last] = x->place[site];
}

/* Changes a site; lists follow for sites of the area at work. */
static void set_state(rl_states *x, int64_t site, int to)
{
    int from = x->cell[site];
    if (from == to)
        return;
    x->cell[site] = (uint8_t)to;
    /* A site of another area changes its state, but is in no list now. */
    if (x->area && x->area[site] != x->at_work)
        return;
    if (from)
        leave(x, from - 1, site);
    if (to)
        enter(x, to - 1, site);
}

/* Lists the particles of an area in the order of its sites. */
void rl_states_enter(rl_states *x, const int64_t from[3], const int64_t to[3])
{
    const weft_extent *e = &x->extent;
    memset(x->many, 0, sizeof x->many);
    for (int64_t z = from[0]; z < to[0]; z++)
        for (int64_t y = from[1]; y < to[1]; y++)
            for (int64_t c = from[2]; c < to[2]; c++) {
                int64_t site = weft_extent_row(e, z, y) + c;
                if (x->cell[site])
                    enter(x, x->cell[site] - 1, site);
            }
    if (x->area)
        x->at_work = x->area[e->origin + from[0] * e->stride[0] + from[1] * e->stride[1] + from[2]];
}

/* The weight of numbers of particles: that many picks, or the sum of their rates by the rule
 * species. */
double rl_states_weight_of(const rl_states *x, const int64_t *many)
{
    double weight = 0;
    for (int s = 0; s < x->cfg->net.n_species; s++)
        weight +=
            (double)many[s] * (x->cfg->clock == RL_MCS_SPECIES ? x->channels.total[s + 1] : 1);
    return weight;
}

double rl_states_weight(const rl_states *x)
{
    return rl_states_weight_of(x, x->many);
}

/* Coordinate of a cell along an axis, counted from the first owned one. */
static int64_t coordinate(const rl_states *x, int64_t site, int axis)
{
    const int64_t *stride = x->extent.stride;
    int64_t above = axis == 0 ? site : site % stride[axis - 1];
    int64_t origin = axis == 0 ? x->extent.origin : x->extent.origin % stride[axis - 1];
    return above / stride[axis] - origin / stride[axis];
}

/* The cell in a direction; across the ends where there are no ghosts. */
static int64_t neighbour(const rl_states *x, int64_t site, int direction)
{
    int axis = 2 - direction / 2;
    int64_t step = direction % 2 ? -1 : 1, stride = x->extent.stride[axis];
    if (x->wrap) {
        int64_t at = coordinate(x, site, axis);
        return site + ((at + step + x->n[axis]) % x->n[axis] - at) * stride;
    }
    return site + step * stride;
}

/* Counts an event of the particle that was picked, at the site where it was picked. Blocks across a
 * cut are worked on by several ranks; every rank counts those of its own sites. */
static void count(rl_states *x, int event)
{
    int64_t at[3];
    for (int a = 0; a < 3; a++) {
        at[a] = coordinate(x, x->picked, a);
        if (at[a] < 0 || at[a] >= x->local[a])
            return;
    }
    rl_events_at(x->lattice, at[2])[event]++;
}

/* ---- what a particle does ---- */

/* From a site to a neighbour. True if it went. */
static bool hop(rl_states *x, int64_t from, int64_t to)
{
    int s = x->cell[from], there = x->cell[to];
    if (there == s || (there && (x->cfg->swap == 0 || !rl_happens(&x->draws, x->cfg->swap))))
        return false;
    set_state(x, from, there);
    set_state(x, to, s);
    count(x, there ? rl_event_swap(&x->cfg->net) : rl_event_hop(&x->cfg->net));
    return true;
}

/* A reaction on a site and a neighbour of the right kind. */
static void act(rl_states *x, const rl_channel *k, int64_t site, int64_t to)
{
    rl_outcome o = k->on[x->cell[to]];
    set_state(x, site, o.site);
    if (k->pair)
        set_state(x, to, o.neighbour);
    count(x, o.event);
}

/* Neighbours on which a channel works, in random order; returns their number. */
static int partners(rl_states *x, const rl_channel *k, int64_t site, int64_t *out)
{
    int n = 0;
    for (int d = 0; d < 2 * x->dim; d++) {
        int64_t j = neighbour(x, site, d);
        if (k->on[x->cell[j]].event)
            out[n++] = j;
    }
    for (int i = n - 1; i > 0; i--) {
        int j = (int)weft_draws_below(&x->draws, i + 1);
        int64_t t = out[i];
        out[i] = out[j];
        out[j] = t;
    }
    return n;
}

/* One reaction of the picked particle, by the rule particles. Offspring is tried once, reactions
 * with a partner once for each, until the particle is another one. */
static void try_channel(rl_states *x, const rl_channel *k, int64_t site)
{
    int64_t there[6];
    if (!k->pair) {
        if (rl_happens(&x->draws, k->rate))
            act(x, k, site, site);
        return;
    }
    int n = partners(x, k, site, there);
    /* One try for offspring, one for each partner of a reaction. */
    bool offspring = x->cfg->net.reaction[k->reaction].n_in == 1;
    for (int i = 0; i < (offspring && n > 1 ? 1 : n); i++)
        if (x->cell[site] == k->centre && rl_happens(&x->draws, k->rate))
            act(x, k, site, there[i]);
}

/* ---- the rules ---- */

/* One of the 2 d at random. */
static int64_t any_neighbour(rl_states *x, int64_t site)
{
    return neighbour(x, site, (int)weft_draws_below(&x->draws, 2 * x->dim));
}

/* The three rules, see the head. The particle may move by its hop, and reacts where it is then. */
static void by_particles(rl_states *x, int64_t site)
{
    const int s = x->cell[site];
    if (x->cfg->hop[s - 1] > 0 && rl_happens(&x->draws, x->cfg->hop[s - 1])) {
        int64_t to = any_neighbour(x, site);
        site = hop(x, site, to) ? to : site;
    }
    for (int i = 0; i < x->channels.n; i++) {
        const rl_channel *k = &x->channels.item[i];
        if (k->reaction >= 0 && k->centre == s && x->cell[site] == s)
            try_channel(x, k, site);
    }
}

/* The hop and the reactions are tried in turn, until one happens. */
static void by_neighbour(rl_states *x, int64_t site)
{
    const int s = x->cell[site];
    const int64_t to = any_neighbour(x, site);
    if (x->cfg->hop[s - 1] > 0 && rl_happens(&x->draws, x->cfg->hop[s - 1]) && hop(x, site, to))
        return;
    for (int i = 0; i < x->channels.n; i++) {
        const rl_channel *k = &x->channels.item[i];
        if (k->reaction < 0 || k->centre != s || (k->pair && !k->on[x->cell[to]].event) ||
            !rl_happens(&x->draws, k->rate))
            continue;
        act(x, k, site, k->pair ? to : site);
        return;
    }
}

/* One action in proportion to the rates of the state. */
static void by_species(rl_states *x, int s, int64_t site)
{
    int64_t there[6];
    double v = weft_draws_word(&x->draws) * 0x1p-32 * x->channels.total[s];
    for (int i = 0; i < x->channels.n; i++) {
        const rl_channel *k = &x->channels.item[i];
        if (k->centre != s)
            continue;
        if (v >= k->rate) {
            v -= k->rate;
            continue;
        }
        /* The channel of hops, which works on an empty neighbour. */
        if (k->reaction < 0 && k->on[0].event) {
            int64_t to = any_neighbour(x, site);
            if (!x->cell[to]) /* exchange has a rate of its own */
                hop(x, site, to);
        } else if (!k->pair)
            act(x, k, site, site);
        else if (partners(x, k, site, there) > 0)
            act(x, k, site, there[0]);
        return;
    }
}

/* Picks a particle, by number or by weight, and hands it to the rule. */
void rl_states_pick(rl_states *x)
{
    const int species = x->cfg->net.n_species;
    const bool weighted = x->cfg->clock == RL_MCS_SPECIES;
    double sum = rl_states_weight(x);
    int s = 0;
    if (!(sum > 0))
        return;
    int64_t which;
    if (weighted) {
        double v = weft_draws_word(&x->draws) * 0x1p-32 * sum;
        /* A species in proportion to its weight; rounding stays with the last. */
        while (s < species - 1 && v >= (double)x->many[s] * x->channels.total[s + 1]) {
            v -= (double)x->many[s] * x->channels.total[s + 1];
            s++;
        }
        if (x->many[s] == 0)
            return;
        which = weft_draws_below(&x->draws, x->many[s]);
    } else {
        which = weft_draws_below(&x->draws, (int64_t)sum);
        while (which >= x->many[s])
            which -= x->many[s++];
    }
    x->picked = x->list[s][which];
    if (weighted)
        by_species(x, s + 1, x->picked);
    else if (x->cfg->clock == RL_MCS_NEIGHBOUR)
        by_neighbour(x, x->picked);
    else
        by_particles(x, x->picked);
}

/* ---- between the field and the cells ---- */

/* Owned cells from the field, or back. */
static void copy_rows(weft_sim *sim, const weft_extent *e, uint8_t *cell, bool into)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const weft_extent *f = &l->field->extent;
    uint8_t *field = weft_field_bytes(l->field, 0) + f->origin;
    WEFT_FOR_ROWS(g, z, y) {
        uint8_t *a = field + z * f->stride[0] + y * f->stride[1];
        uint8_t *b = cell + weft_extent_row(e, z, y);
        memcpy(into ? b : a, into ? a : b, (size_t)g->local[2]);
    }
}

void rl_states_read(weft_sim *sim, rl_states *x)
{
    copy_rows(sim, &x->extent, x->cell, true);
}

void rl_states_write(weft_sim *sim, const rl_states *x)
{
    copy_rows(sim, &x->extent, x->cell, false);
}
