/* Reactions of a step of rdme: every site on its own, by Gillespie's direct method (J. Comput.
 * Phys. 22, 403 (1976)): the time to the next reaction is exponential with the total propensity,
 * and which one it is has the share of its propensity. The random numbers of a site and step are
 * read from the beginning of their sequence, so that the reactions up to an earlier time are the
 * first of those up to a later one.
 *
 * Invariants. The law of a site over a stretch of time is exact. Numbers never become negative: a
 * reaction without its reactants has the propensity 0. A stretch that is cut off at its end needs
 * no further random numbers, since exponential times have no memory. */
#include "../method.h"
#include "rdme.h"
#include "weft/draws.h"
#include <math.h>
#include <string.h>

/* From time from to time to. */
static void react(rl_rdme *x, weft_draws *s, double from, double to, int *n, int species,
                  int64_t *event)
{
    double a[WEFT_MAX_REACTIONS], since = 0;
    for (;;) {
        double total = 0;
        for (int k = 0; k < x->n_reactions; k++)
            total += a[k] = rl_propensity(&x->ways.item[k], n);
        if (!(total > 0))
            return;
        since += weft_draws_exponential(s) / total;
        if (since > to - from)
            return;
        /* The last reaction takes what rounding leaves. */
        double v = weft_draws_uniform(s) * total;
        int k = 0;
        while (k < x->n_reactions - 1 && v >= a[k])
            v -= a[k++];
        for (int i = 0; i < species; i++) {
            n[i] += x->ways.item[k].change[i];
            x->too_many |= n[i] > RL_MOST_ON_SITE;
        }
        if (x->too_many)
            return;
        const int e = 1 + x->ways.item[k].reaction;
        event[e]++;
        x->made[e]++;
        x->last[e] = fmax(x->last[e], from + since);
    }
}

/* Sites do not see each other here; each has a sequence of random numbers of its own. */
void rl_rdme_react(weft_sim *sim, rl_rdme *x, int use, uint64_t step, double from, double to)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const int species = l->cfg.net.n_species;
    int n[WEFT_MAX_SPECIES];
    const uint64_t first = rl_first_step(x->start);
    memset(x->made, 0, sizeof x->made);
    for (int e = 0; e < RL_MAX_EVENTS; e++)
        x->last[e] = -1;
    WEFT_FOR_ROWS(g, z, y) {
        int64_t row = ((g->start[0] + z) * g->n[1] + g->start[1] + y) * g->n[2] + g->start[2];
        int32_t *at = x->n + weft_extent_row(&x->extent, z, y);
        for (int64_t i = 0; i < g->local[2] && !x->too_many; i++) {
            for (int k = 0; k < species; k++)
                n[k] = at[k * x->extent.size + i];
            weft_draws s;
            weft_draws_begin(&s, &sim->noise, use, first + step, (uint64_t)(row + i));
            react(x, &s, from, to, n, species, rl_events_at(l, i));
            for (int k = 0; k < species; k++)
                at[k * x->extent.size + i] = n[k];
        }
    }
}
