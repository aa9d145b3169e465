/* From a network to the channels of single-occupancy sites.
 *
 * Uniformisation (A. Jensen, Skand. Aktuarietidskr. 36, 87 (1953)): every site is offered attempts
 * at the rate R, the largest total rate of any state. An attempt at a site in state s picks channel
 * k of s with probability rate_k/R and nothing with the rest, so that each channel acts at its own
 * rate. A pair channel takes a neighbour at random: its rate is that of the site with all 2d
 * neighbours together.
 *
 * Example: A + B -> 2 A at rate 1 in two dimensions is a channel of state A with a neighbour; on a
 * neighbour B it has the outcome (A, A), on all others nothing. Each ordered pair of neighbours (A,
 * B) reacts at the rate 1/4. A -> 0 at rate 0.1 is a channel of state A without a neighbour, with
 * the outcome 0 on the site.
 *
 * Invariants. The probabilities of a state add up to one, "nothing" included. An outcome is defined
 * for each state of the neighbour; event 0 means that nothing happens and site and neighbour stay
 * as they are. How a choice is made from a random number is the business of the methods. */
#include "lattice.h"
#include <string.h>

/* A new channel whose outcomes are all "nothing happens". */
static rl_channel *add(rl_channels *c, int centre, double rate, int reaction, bool pair)
{
    rl_channel *k = &c->item[c->n++];
    *k = (rl_channel){.centre = centre, .rate = rate, .reaction = reaction, .pair = pair};
    for (int e = 0; e < 16; e++)
        k->on[e] = (rl_outcome){(uint8_t)centre, (uint8_t)e, 0};
    return k;
}

/* Where the products of a pair of sites (x, y) go: a product that was there stays, the others fill
 * the site first. */
static void place(const reaction_rule *r, int x, int y, int *site, int *neighbour)
{
    int left[WEFT_MAX_PRODUCTS], n = r->n_out;
    memcpy(left, r->out, sizeof left);
    *site = *neighbour = 0;
    int *target[2] = {site, neighbour}, was[2] = {x, y};
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < n && was[side] && !*target[side]; i++)
            if (left[i] == was[side]) {
                *target[side] = left[i];
                left[i] = left[--n];
            }
    for (int side = 0; side < 2; side++)
        if (!*target[side] && n > 0)
            *target[side] = left[--n];
}

/* What one site and one neighbour can hold. */
static weft_status check_shape(const reaction_rule *r)
{
    if (r->n_in > 2)
        return weft_node_fail(
            r->text, 1,
            "'%s' has three reactants; sites of capacity 1 can have two: the site "
            "and a neighbour",
            weft_node_text(r->text));
    if (r->n_out > 2)
        return weft_node_fail(r->text, 1,
                              "'%s' has %d products, and a site of capacity 1 and its neighbour "
                              "have room for two",
                              weft_node_text(r->text), r->n_out);
    if (r->n_in == 0 && r->n_out > 1)
        return weft_node_fail(r->text, 1,
                              "'%s' makes two particles on an empty site of capacity 1; write 0 -> "
                              "one species",
                              weft_node_text(r->text));
    if (r->contact && (r->n_in != 2 || !r->in[0] || !r->in[1]))
        return weft_node_fail(r->text, 1, "'%s': rate: contact needs two particles as reactants",
                              weft_node_text(r->text));
    return WEFT_OK;
}

/* A reaction of one reactant acts on the site whatever the neighbour is; offspring and pair
 * reactions need the neighbour in the state of the second reactant (empty for offspring). */
static void add_reaction(const reaction_rule *r, int index, rl_channels *c)
{
    int x = r->n_in > 0 ? r->in[0] : 0, y = r->n_in > 1 ? r->in[1] : 0, site, neighbour;
    bool pair = r->n_in == 2 || r->n_out == 2;
    rl_channel *k = add(c, x, r->rate, index, pair);
    place(r, x, y, &site, &neighbour);
    uint8_t event = (uint8_t)(1 + index);
    if (pair)
        k->on[y] = (rl_outcome){(uint8_t)site, (uint8_t)neighbour, event};
    for (int e = 0; !pair && e < c->states; e++)
        k->on[e] = (rl_outcome){(uint8_t)site, (uint8_t)e, event};
}

/* A hop of x onto y: one product ends where the hop landed. */
static weft_status add_contact(const reaction_rule *r, int index, int x, int y, rl_channel *hop)
{
    int site = 0, neighbour = 0;
    if (hop->on[y].event)
        return weft_node_fail(r->text, 1, "'%s': another reaction of these two is by contact too",
                              weft_node_text(r->text));
    if (r->n_out == 1)
        neighbour = r->out[0];
    else
        place(r, x, y, &site, &neighbour);
    hop->on[y] = (rl_outcome){(uint8_t)site, (uint8_t)neighbour, (uint8_t)(1 + index)};
    return WEFT_OK;
}

/* A hop onto an empty site; a hop onto a partner is a reaction by contact, if the network has one.
 * Either of the two may hop, so both hop channels get the reaction. */
static weft_status add_hops(const rl_config *cfg, rl_channels *c)
{
    const network_data *net = &cfg->net;
    rl_channel *hop[RL_STATES] = {0};
    for (int x = 1; x < c->states; x++) {
        if (cfg->hop[x - 1] == 0)
            continue;
        hop[x] = add(c, x, cfg->hop[x - 1], -1, true);
        hop[x]->on[0] = (rl_outcome){0, (uint8_t)x, (uint8_t)rl_event_hop(net)};
    }
    for (int i = 0; i < net->n_reactions; i++) {
        const reaction_rule *r = &net->reaction[i];
        if (!r->contact)
            continue;
        int x = r->in[0], y = r->in[1];
        if (!hop[x] && !hop[y])
            return weft_node_fail(r->text, 1, "'%s' is by contact, but neither species hops",
                                  weft_node_text(r->text));
        if (hop[x])
            WEFT_TRY(add_contact(r, i, x, y, hop[x]));
        if (hop[y] && y != x)
            WEFT_TRY(add_contact(r, i, y, x, hop[y]));
    }
    return WEFT_OK;
}

/* Two particles of different species change places. */
static void add_swaps(const rl_config *cfg, rl_channels *c)
{
    for (int x = 1; x < c->states && cfg->swap > 0 && c->states > 2; x++) {
        rl_channel *k = add(c, x, cfg->swap, -1, true);
        for (int y = 1; y < c->states; y++)
            if (y != x)
                k->on[y] = (rl_outcome){(uint8_t)y, (uint8_t)x, (uint8_t)rl_event_swap(&cfg->net)};
    }
}

/* Reactions first, in the order of the input, then hops, then exchanges. */
weft_status rl_channels_make(const rl_config *cfg, rl_channels *c)
{
    memset(c, 0, sizeof *c);
    c->states = cfg->net.n_species + 1;
    for (int i = 0; i < cfg->net.n_reactions; i++) {
        const reaction_rule *r = &cfg->net.reaction[i];
        WEFT_TRY(check_shape(r));
        if (r->rate > 0)
            add_reaction(r, i, c);
    }
    WEFT_TRY(add_hops(cfg, c));
    add_swaps(cfg, c);
    for (int i = 0; i < c->n; i++)
        c->total[c->item[i].centre] += c->item[i].rate;
    for (int s = 0; s < c->states; s++)
        c->R = c->total[s] > c->R ? c->total[s] : c->R;
    return WEFT_OK;
}
