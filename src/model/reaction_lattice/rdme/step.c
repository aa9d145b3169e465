/* The step of the splitting between reactions and hops, and its bias.
 *
 * What the splitting gets wrong first is the meeting of particles: within a step the particles that
 * react do not hop, and those that hop do not react. The smallest case of it is solved here, both
 * exactly and as the splitting does it: one pair of reactants on a ring of two sites. It is on the
 * same site (S) or not (D); the pair on one site reacts at the rate k, and either particle hops to
 * the other site, together at the rate h:
 *     dS/dt = -(k + h) S + h D,    dD/dt = h S - h D.
 * Three reactants are the same with other rates: S is now all of them on one site, which any of
 * them leaves (in all at the sum of the three), and D two against one, which one hop of the single
 * one ends. So hops from S to D have a rate `out`, those back a rate `back`, and the slower rate is
 * (k + out + back - sqrt((k + out + back)^2 - 4 k back))/2. A step of the splitting is a product of
 * matrices of two by two, with exp(-k tau/2) for the reactions and the exact hops of a time tau for
 * the change of site. The relative difference of the two rates is the bias. It grows with k and
 * tends to -out tau/2 for k to infinity: the splitting is of second order while k tau is small, and
 * of first order in h tau for reactions that are faster than the step. Partners that are many at a
 * site act like a faster reaction, so k is multiplied by the number of partners that a particle
 * has. */
#include "rdme.h"
#include "weft/vmath.h"
#include <math.h>

/* 0 where nothing reacts or nothing hops: then nothing is split. */
double rl_meeting_bias(double k, double out, double back, double tau)
{
    if (!(k > 0) || !(back > 0))
        return 0;
    /* the largest eigenvalue of a step is 1 - lost; no difference of nearly equal numbers is left
     */
    const double gone = -weft_expm1(-k * tau), moved = -weft_expm1(-(out + back) * tau);
    const double p = moved * (out / (out + back)), q = moved * (back / (out + back));
    const double sum = p + q + gone * (1 - p);
    const double lost = 2 * gone * q / (sum + sqrt(sum * sum - 4 * gone * q));
    /* the same in units of k, so that no square is too large */
    const double all = 1 + (out + back) / k;
    const double exact = 2 * back / (all + sqrt(all * all - 4 * back / k));
    return -log1p(-lost) / tau / exact - 1;
}

/* Sums over the sites that give the numbers of partners. Collective. */
static void sum_pairs(weft_sim *sim, int64_t *pair)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const int species = l->cfg.net.n_species;
    for (int i = 0; i < WEFT_MAX_SPECIES * WEFT_MAX_SPECIES; i++)
        pair[i] = 0;
    WEFT_FOR_ROWS(g, z, y)
        for (int a = 0; a < species; a++) {
            const int32_t *one = rl_row(sim, a + 1, z, y);
            for (int b = a; b < species; b++) {
                rl_row_of(sim, l->field, b + 1, z, y, l->row_then);
                for (int64_t i = 0; i < g->local[2]; i++)
                    pair[a * WEFT_MAX_SPECIES + b] += (int64_t)one[i] * (l->row_then[i] - (a == b));
            }
        }
    weft_counts_sum(g->comm, pair, WEFT_MAX_SPECIES * WEFT_MAX_SPECIES);
}

/* The first two reactants of a reaction, from 0, in order; false if it has not two. */
static bool reactants(const reaction_rule *r, int species, int *a, int *b)
{
    int found[2], n = 0;
    for (int s = 0; s < species; s++)
        for (int i = 0; i < r->take[s] && n < 2; i++)
            found[n++] = s;
    if (n < 2)
        return false;
    *a = found[0];
    *b = found[1];
    return true;
}

/* Rate at which one set of reactants on a site reacts. */
static double rate_of_one(const reaction_rule *r, int species)
{
    double k = r->rate;
    for (int s = 0; s < species; s++)
        for (int i = 2; i <= r->take[s]; i++)
            k *= i;
    return k;
}

/* The mean number of partners that the rarer reactant meets on its site. */
void rl_rdme_partners(weft_sim *sim, double *partners)
{
    const rl_lattice *l = sim->data;
    int64_t pair[WEFT_MAX_SPECIES * WEFT_MAX_SPECIES];
    sum_pairs(sim, pair);
    for (int i = 0; i < l->cfg.net.n_reactions; i++) {
        int a, b;
        partners[i] = 1;
        if (!reactants(&l->cfg.net.reaction[i], l->cfg.net.n_species, &a, &b))
            continue;
        const int64_t fewer = l->count[a + 1] < l->count[b + 1] ? l->count[a + 1] : l->count[b + 1];
        if (fewer > 0)
            partners[i] = fmax(1, (double)pair[a * WEFT_MAX_SPECIES + b] / (double)fewer);
    }
}

/* Reactions of one particle, or of none, have no partner and no bias of this kind. Of two on two
 * sites either brings them together; of n one against the others, with the mean rate of a hop. */
double rl_reaction_bias(const rl_config *cfg, int reaction, double partners, double tau)
{
    const reaction_rule *r = &cfg->net.reaction[reaction];
    double hops = 0;
    int n = 0;
    for (int s = 0; s < cfg->net.n_species; s++) {
        n += r->take[s];
        hops += r->take[s] * cfg->hop[s];
    }
    if (n < 2)
        return 0;
    return rl_meeting_bias(rate_of_one(r, cfg->net.n_species) * partners, hops,
                           n == 2 ? hops : hops / n, tau);
}

/* In modulus: the bias may have either sign. */
double rl_rdme_worst(const rl_config *cfg, const double *partners, double tau)
{
    double worst = 0;
    for (int i = 0; i < cfg->net.n_reactions; i++)
        worst = fmax(worst, fabs(rl_reaction_bias(cfg, i, partners[i], tau)));
    return worst;
}

/* The next smaller of ..., 1, 0.5, 0.2, 0.1, 0.05, ...: so the times of most records are whole
 * numbers of steps. */
static double round_down(double tau)
{
    double up = 1,
           down = 1; /* powers of ten, which are exact, so that the quotient is rounded once */
    while (up * 10 <= tau * (1 + 1e-9))
        up *= 10;
    while (up / down > tau * (1 + 1e-9))
        down *= 10;
    const double digit = tau / up * down * (1 + 1e-9);
    return (digit >= 5 ? 5 : digit >= 2 ? 2 : 1) * up / down;
}

/* From a tenth of the time between hops down, until the bias is small enough. */
double rl_rdme_choose(const rl_config *cfg, const double *partners)
{
    double fastest = 0;
    for (int s = 0; s < cfg->net.n_species; s++)
        fastest = fmax(fastest, cfg->hop[s]);
    if (fastest == 0) /* nothing is split */
        return 1;
    double tau = round_down(0.1 / fastest);
    while (rl_rdme_worst(cfg, partners, tau) > RL_RDME_BIAS)
        tau = round_down(0.9 * tau);
    return tau;
}
