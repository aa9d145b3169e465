/* From the parameters of the section reaction_diffusion to propensities.
 *
 * The network itself (species, reactions as written) is read by physics/network.c, as for lattices.
 * Here a reaction becomes a rate, a list of factors, a number of empty places and a list of
 * changes:
 *
 *     A + B -> 2 A at rate k          w = k a b               A +1, B -1
 *     2 A -> 0                        w = k a^2               A -2
 *     A + 0 -> 2 A, capacity c        w = k a (1 - sum/c)     A +1
 *     A -> 2 A, no capacity           w = k a                 A +1
 *
 * Invariant: the result depends on the parameters alone and is made twice, in the plan and in the
 * setup, with the same outcome on every rank. The rates are the mean field of the same network on
 * reaction_lattice. */
#include "reaction_diffusion.h"
#include <math.h>
#include <string.h>

/* One reaction by mass action: the factors are its reactants. With a capacity, each empty place
 * that is written ("A + 0 -> 2 A"), or each particle more than there was, needs room; the larger of
 * the two numbers counts. A catalyst, which is given back, changes nothing and is left out of the
 * changes. */
static weft_status compile(const rd_config *cfg, const reaction_rule *from, rd_reaction *to)
{
    int zeros = 0;
    *to = (rd_reaction){.rate = from->rate};
    for (int i = 0; i < from->n_in; i++) {
        if (from->in[i])
            to->factor[to->n++] = from->in[i] - 1;
        else
            zeros++;
    }
    if (zeros && !isfinite(cfg->capacity))
        return weft_node_fail(
            from->text, 0, "an empty place 0 beside a particle needs reaction_diffusion.capacity");
    if (isfinite(cfg->capacity)) {
        int more = from->n_out - to->n;
        to->empty = more > zeros ? more : zeros;
    }
    for (int s = 0; s < cfg->net.n_species; s++)
        if (from->give[s] != from->take[s]) {
            to->species[to->n_changes] = s;
            to->change[to->n_changes++] = from->give[s] - from->take[s];
        }
    return WEFT_OK;
}

/* For dp the drift is a polynomial of one density: a reaction of order n adds to the coefficient of
 * rho^n (counted negative from n = 2 on, since there it saturates). */
static weft_status read_dp(const weft_section *own, double sigma, rd_config *cfg)
{
    if (cfg->net.n_species != 1)
        return weft_param_fail(own, "noise",
                               "dp is for one species, not %d; chemical_langevin treats any number",
                               cfg->net.n_species);
    if (isfinite(cfg->capacity))
        return weft_param_fail(own, "capacity",
                               "not with noise: dp; write the saturation as a reaction 2 A -> A");
    if (isnan(sigma))
        return weft_param_fail(own, "sigma", "needed for noise: dp");
    cfg->sigma = sigma;
    for (int r = 0; r < cfg->n_reactions; r++) {
        const rd_reaction *reaction = &cfg->reaction[r];
        cfg->power[reaction->n] +=
            (reaction->n > 1 ? -1.0 : 1.0) * reaction->rate * reaction->change[0];
    }
    return WEFT_OK;
}

/* Reads everything; each error names the key at fault. */
weft_status rd_config_read(const weft_params *params, rd_config *out)
{
    const weft_section *own = weft_params_section(params, "reaction_diffusion");
    const rd_params *p = weft_params_values(params, rd_table);
    memset(out, 0, sizeof *out);
    WEFT_TRY(network_read(own, p->species, p->reactions, NULL, false, &out->net));
    out->capacity = isnan(p->capacity) ? INFINITY : p->capacity;
    out->particles = p->particles;
    out->level = p->front_level;
    out->noise = p->noise;
    if (p->diffusion)
        WEFT_TRY(network_values(&out->net, p->diffusion, out->D));
    for (int r = 0; r < out->net.n_reactions; r++) {
        WEFT_TRY(compile(out, &out->net.reaction[r], &out->reaction[r]));
        out->n_reactions++;
    }
    out->has_laws = p->rates != NULL;
    if (!p->rates && p->parameters)
        return weft_param_fail(own, "parameters", "these are for formulas under rates");
    if (p->rates)
        WEFT_TRY(rd_laws_check(own, out));
    return out->noise == RD_DP ? read_dp(own, p->sigma, out) : WEFT_OK;
}
