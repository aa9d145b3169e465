/* What the parameters of the section reaction_lattice say, checked against each other.
 *
 * It is read in the plan and again in the setup, and depends on the input alone, so that all ranks
 * come to the same. Every error names the key at fault and says what would be right. Invariant of
 * what is returned: the method can do all that the network has, the busiest site has a finite rate
 * R > 0 (methods that uniformise need it), and rates that the Monte Carlo rules use as
 * probabilities are at most 1. */
#include "lattice.h"
#include <math.h>
#include <string.h>

/* A site would be its own neighbour on an axis of one. Independent walks may do without neighbours:
 * one site of unlimited capacity is a well-mixed reactor. */
static weft_status read_grid(const weft_params *params, int dim, const int64_t *n, bool neighbours,
                             rl_config *out)
{
    out->dim = dim;
    for (int a = 0; a < 3; a++)
        out->n[a] = 1;
    for (int a = 0; a < dim; a++) {
        out->n[3 - dim + a] = n[a];
        if (n[a] < 2 && neighbours)
            return weft_param_fail(weft_params_section(params, "grid"), "n",
                                   "the lattice has one site along an axis; give each axis at "
                                   "least 2, leave it out, or use capacity: 0 with method: rdme");
    }
    return WEFT_OK;
}

/* Keys of a reaction beyond reaction, rate and name, for network_read. */
const char *const rl_reaction_keys[] = {"space", "time", NULL};

/* capacity: a number, or {first: 2, second: 10, period: 50}, which switches between two values.
 * counts: sites hold numbers, which every capacity but 1 needs. */
static weft_status read_capacity(const weft_node *node, rl_config *out)
{
    static const char *const keys[] = {"first", "second"};
    int64_t value[2] = {1, 1};
    if (node && weft_node_what(node) == WEFT_NODE_MAP) {
        for (int i = 0; i < 2; i++) {
            const weft_node *item = weft_node_find(node, keys[i]);
            if (!item || weft_node_count(node) != 3 || !weft_node_find(node, "period"))
                return weft_node_fail(node, 0,
                                      "a capacity that switches is written "
                                      "{first: 2, second: 10, period: 50}");
            WEFT_TRY(weft_node_int(item, &value[i]));
            if (value[i] < 1)
                return weft_node_fail(item, 0, "a capacity that switches is between 1 and 255");
        }
        WEFT_TRY(weft_node_real(weft_node_find(node, "period"), &out->switch_period));
        if (!(out->switch_period > 0))
            return weft_node_fail(node, 0, "the period of the capacity must be above 0");
    } else if (node) {
        WEFT_TRY(weft_node_int(node, &value[0]));
        value[1] = value[0];
    }
    for (int i = 0; i < 2; i++)
        if (value[i] < 0 || value[i] > 255)
            return weft_node_fail(node, 0, "a capacity of %lld; it can be 0 (unlimited) to 255",
                                  (long long)value[i]);
    out->capacity = (int)value[0];
    out->other_capacity = (int)value[1];
    out->counts = value[0] != 1 || value[1] != 1;
    return WEFT_OK;
}

/* Rules that use rates as probabilities. */
static weft_status check_probability(const weft_section *s, const char *what, double value)
{
    if (value > 1)
        return weft_param_fail(s, "clock",
                               "%s is %g; in Monte Carlo steps of the rule %s it is a "
                               "probability, at most 1",
                               what, value, weft_get_text(s, "rule"));
    return WEFT_OK;
}

/* What the rules of Monte Carlo steps can do: a pick starts with a particle, so that a reaction out
 * of nothing has no place in it. */
static weft_status check_clock(const weft_section *s, const rl_config *cfg)
{
    if (cfg->capacity != cfg->other_capacity || cfg->capacity > 1)
        return weft_param_fail(s, "clock", "Monte Carlo steps need capacity 1 or 0 (unlimited)");
    if (cfg->capacity == 0 && cfg->clock != RL_MCS_PARTICLES)
        return weft_param_fail(s, "rule", "the rule %s needs capacity 1", weft_get_text(s, "rule"));
    if (cfg->capacity == 0 && cfg->sublattice)
        return weft_param_fail(s, "update", "sublattices need capacity 1");
    if (cfg->counts && cfg->swap > 0)
        return weft_param_fail(s, "exchange", "exchange needs capacity 1");
    if (cfg->modulated)
        return weft_param_fail(s, "clock", "rates that vary in space or time need clock: ctmc");
    /* In the rules particles and neighbour rates are probabilities. */
    bool particles = cfg->clock != RL_MCS_SPECIES; /* rates are probabilities */
    for (int i = 0; i < cfg->net.n_reactions; i++) {
        const reaction_rule *r = &cfg->net.reaction[i];
        if (r->contact || r->n_in == 0 || r->n_in > 2 || r->in[0] == 0)
            return weft_node_fail(r->text, 1,
                                  "'%s': in Monte Carlo steps a reaction starts with a particle, "
                                  "has at most one partner and a rate that is a number",
                                  weft_node_text(r->text));
        if (particles)
            WEFT_TRY(check_probability(s, weft_node_text(r->text), r->rate));
    }
    for (int k = 0; particles && k < cfg->net.n_species; k++)
        WEFT_TRY(check_probability(s, "hopping", cfg->hop[k]));
    return particles ? check_probability(s, "exchange", cfg->swap) : WEFT_OK;
}

/* What the method can do; R is the rate of the busiest site. */
static weft_status check_method(const weft_section *s, const rl_config *cfg, double R)
{
    /* rdme and unlimited sites belong together: no other method can do without a bound on the rate
     * of a site, and rdme has no notion of room. */
    bool rdme = cfg->method == RL_RDME;
    if (cfg->capacity == 0 && !rdme)
        return weft_param_fail(s, "method",
                               "with unlimited capacity the rate of a site has no bound; use "
                               "method: rdme, or give a capacity");
    if (cfg->capacity != 0 && rdme)
        return weft_param_fail(s, "method",
                               "rdme is for unlimited capacity; give capacity: 0, or use exact");
    if (cfg->method == RL_FAST && cfg->counts)
        return weft_param_fail(s, "method", "fast needs capacity 1; use exact");
    if (cfg->modulated && (cfg->method == RL_FAST || rdme))
        return weft_param_fail(s, "method",
                               "rates that vary in space or time need the methods exact or "
                               "sequential");
    if (cfg->counts && cfg->swap > 0)
        return weft_param_fail(s, "exchange", "exchange needs capacity 1");
    if (cfg->method == RL_FAST && cfg->tau * R > 1)
        return weft_param_fail(s, "tau",
                               "a step of %g is too long: a site is offered %.3g events per unit "
                               "of time; use at most %.3g",
                               cfg->tau, R, 1 / R);
    return WEFT_OK;
}

/* The step of rdme, where it is given; else it is chosen from the initial state, whose densities
 * decide the bias. A Poisson number of hops with a mean of 1/2 is what the table of walks is made
 * for. */
static weft_status choose_step(const weft_section *s, double tau, rl_config *out)
{
    double fastest = 0;
    for (int i = 0; i < out->net.n_species; i++)
        fastest = out->hop[i] > fastest ? out->hop[i] : fastest;
    out->tau = isnan(tau) ? 0 : tau;
    if (out->tau * fastest > 0.5)
        return weft_param_fail(s, "tau",
                               "a particle hops %.3g times in a step of %g; use at most "
                               "%.3g",
                               out->tau * fastest, out->tau, 0.5 / fastest);
    return WEFT_OK;
}

/* The rate of the busiest site; for unlimited sites only whether anything can happen at all. */
static weft_status busiest(const rl_config *cfg, double *R)
{
    rl_channels channels;
    rl_ways ways;
    int most = cfg->capacity > cfg->other_capacity ? cfg->capacity : cfg->other_capacity;
    if (cfg->counts)
        WEFT_TRY(rl_ways_make(cfg, most, &ways));
    else
        WEFT_TRY(rl_channels_make(cfg, &channels));
    *R = !cfg->counts ? channels.R : cfg->capacity > 0 ? ways.R : ways.n;
    return WEFT_OK;
}

/* A reaction must not be called hop or exchange: events_hop and events_exchange count those. */
static weft_status check_names(const network_data *net)
{
    for (int i = 0; i < net->n_reactions; i++)
        if (strcmp(net->reaction[i].name, "hop") == 0 ||
            strcmp(net->reaction[i].name, "exchange") == 0)
            return weft_node_fail(weft_node_find(net->reaction[i].node, "name"), 0,
                                  "events_%s counts all moves of that kind; give the reaction "
                                  "another name",
                                  net->reaction[i].name);
    return WEFT_OK;
}

/* The order matters: modulations turn rates into largest rates before R is found. */
weft_status rl_config_read(const weft_params *params, int dim, const int64_t *n, rl_config *out)
{
    const weft_section *s = weft_params_section(params, "reaction_lattice");
    const rl_params *p = weft_params_values(params, rl_table);
    double R;
    memset(out, 0, sizeof *out);
    WEFT_TRY(network_read(s, p->species, p->reactions, rl_reaction_keys, true, &out->net));
    WEFT_TRY(check_names(&out->net));
    WEFT_TRY(rl_modulations_read(out));
    const bool alone = p->method == RL_RDME && p->clock == RL_CONTINUOUS;
    WEFT_TRY(read_grid(params, dim, n, !alone, out));
    WEFT_TRY(read_capacity(p->capacity, out));
    if (p->hopping)
        WEFT_TRY(network_values(&out->net, p->hopping, out->hop));
    out->swap = p->exchange;
    if (out->swap > 0 && out->net.n_species < 2)
        return weft_param_fail(s, "exchange", "one species has nothing to change places with");
    out->method = p->method;
    /* These two decide how the work is cut, never a result. */
    if (out->method == RL_EXACT) {
        out->window = p->window;
        out->halo = (int)p->halo;
    }
    WEFT_TRY(busiest(out, &R));
    if (!(R > 0))
        return weft_param_fail(s, "species",
                               "nothing can happen: no rate of a reaction, of hopping or of "
                               "exchange is above 0");
    /* By default a fifth of the time between two attempts at the busiest site. */
    if (out->method == RL_FAST)
        out->tau = isnan(p->tau) ? 0.2 / R : p->tau;
    /* Discrete rules: the method of continuous time does not matter. */
    if (p->clock == RL_STEPS) {
        static const rl_clock clocks[] = {[RL_PARTICLES] = RL_MCS_PARTICLES,
                                          [RL_NEIGHBOUR] = RL_MCS_NEIGHBOUR,
                                          [RL_SPECIES] = RL_MCS_SPECIES};
        out->clock = clocks[p->rule];
        out->sublattice = p->update == RL_SUBLATTICE;
        return check_clock(s, out);
    }
    if (out->method == RL_RDME)
        WEFT_TRY(choose_step(s, p->tau, out));
    return check_method(s, out, R);
}
