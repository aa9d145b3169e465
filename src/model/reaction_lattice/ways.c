/* Kinetics of sites that hold counts: reactions act on the site, hops need room beside it.
 *
 * A way (of acting) has the propensity rate * n_a (n_a - 1) ... n_b ..., the number of ordered
 * choices of its reactants on the site (combinatorial kinetics; D. T. Gillespie, J. Comput. Phys.
 * 22, 403 (1976), without the factor 1/2 for equal reactants).
 *
 * Examples for a site with 3 A and 2 B: A + B -> 2 A at rate k has the propensity 6 k, 2 A -> 0
 * also 6 k (3 times 2 ordered pairs), 0 -> A just k, a hop of A 3 times the hop rate.
 *
 * Invariant: most[k] is an upper bound on the total propensity of a site with k particles, and R of
 * all up to the capacity. An attempt that draws a number v in [0, R) above most[k] can be thrown
 * away at once; rounding is on the safe side. */
#include "lattice.h"
#include <string.h>

/* Falling factorials: 0 as soon as there are fewer particles than the reaction takes. */
double rl_propensity(const rl_way *w, const int *n)
{
    double a = w->rate;
    for (int i = 0; i < w->n_factors; i++)
        for (int k = 0; k < w->times[i]; k++)
            a *= n[w->factor[i]] - k;
    return a;
}

/* What has no meaning where reactions act on one site. */
static weft_status check(const rl_config *cfg, const reaction_rule *r)
{
    (void)cfg;
    if (r->contact)
        return weft_node_fail(r->text, 1,
                              "'%s': rate: contact needs capacity 1, where a hop can land on a "
                              "partner; here give a number",
                              weft_node_text(r->text));
    for (int i = 0; i < r->n_in; i++)
        if (r->in[i] == 0)
            return weft_node_fail(r->text, 1,
                                  "'%s': an empty place 0 beside a particle needs capacity 1; "
                                  "here reactions act on one site, which has room or not",
                                  weft_node_text(r->text));
    return WEFT_OK;
}

/* What a reaction takes, as factors, and what it changes. */
static void add_reaction(const network_data *net, int index, rl_way *w)
{
    const reaction_rule *r = &net->reaction[index];
    *w = (rl_way){.rate = r->rate, .reaction = index, .species = -1};
    for (int s = 0; s < net->n_species; s++) {
        w->change[s] = r->give[s] - r->take[s];
        w->total += w->change[s];
        if (r->take[s]) {
            w->factor[w->n_factors] = s;
            w->times[w->n_factors++] = r->take[s];
        }
    }
}

/* The rate of a site with these numbers of particles. */
static double total(const rl_ways *ways, const int *n)
{
    double sum = 0;
    for (int i = 0; i < ways->n; i++)
        sum += rl_propensity(&ways->item[i], n);
    return sum;
}

/* Largest totals by number of particles, over all counts of the species from s on that leave room
 * for so many. */
static void try_all(rl_ways *ways, int n_species, int s, int there, int capacity, int *n)
{
    if (s == n_species) {
        double one = total(ways, n);
        ways->most[there] = one > ways->most[there] ? one : ways->most[there];
        return;
    }
    for (n[s] = 0; there + n[s] <= capacity; n[s]++)
        try_all(ways, n_species, s + 1, there + n[s], capacity, n);
    n[s] = 0;
}

/* All ways to fill a site are tried where they are few; else each species is given all k particles
 * at once, which is a larger bound and costs attempts, not correctness. */
static void bound(rl_ways *ways, int n_species, int capacity)
{
    double ways_to_fill = 1;
    int n[WEFT_MAX_SPECIES] = {0};
    for (int s = 1; s <= n_species; s++)
        ways_to_fill *= (double)(capacity + s) / s;
    if (ways_to_fill < 1e6)
        try_all(ways, n_species, 0, 0, capacity, n);
    else
        for (int k = 0; k <= capacity; k++) {
            for (int s = 0; s < n_species; s++)
                n[s] = k;
            ways->most[k] = total(ways, n);
        }
    for (int k = 0; k <= capacity; k++) {
        ways->R = ways->most[k] > ways->R ? ways->most[k] : ways->R;
        ways->most[k] *= 1 + 1e-9; /* safe from rounding */
    }
}

/* Reactions come first, then hops; rdme relies on this order. */
weft_status rl_ways_make(const rl_config *cfg, int capacity, rl_ways *out)
{
    memset(out, 0, sizeof *out);
    for (int i = 0; i < cfg->net.n_reactions; i++) {
        WEFT_TRY(check(cfg, &cfg->net.reaction[i]));
        if (cfg->net.reaction[i].rate > 0)
            add_reaction(&cfg->net, i, &out->item[out->n++]);
    }
    for (int s = 0; s < cfg->net.n_species; s++)
        if (cfg->hop[s] > 0)
            out->item[out->n++] = (rl_way){.rate = cfg->hop[s],
                                           .reaction = -1,
                                           .species = s,
                                           .n_factors = 1,
                                           .factor = {s},
                                           .times = {1}};
    if (capacity > 0)
        bound(out, cfg->net.n_species, capacity);
    return WEFT_OK;
}
