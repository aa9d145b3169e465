/* The table of observables of the model reaction_lattice, and those that are made from the numbers
 * of all particles.
 *
 * All are made from counts, whole numbers whose sums are exact, so they do not depend on the ranks.
 * l->count is brought up to date by every call of the method, so that a density costs nothing.
 * Names with a last part ("density_A", "events_predation") are families: find_species, find_pair
 * and find_event turn the last part into a number, the argument, from the parameters alone. */
#include "observe.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- axes of observables that are more than one number ---- */

/* Places with the names of the species, so that results hold a variable for each. */
static weft_status species_axis(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    const rl_lattice *l = sim->data;
    (void)argument;
    axes[0] = (weft_axis){.name = "species_index",
                          .n = l->cfg.net.n_species,
                          .unit = "1",
                          .long_name = "number of the species, from 1"};
    axes[0].values = weft_alloc((size_t)axes[0].n, sizeof(double));
    for (int s = 0; s < axes[0].n; s++)
        axes[0].values[s] = s + 1;
    axes[0].labels = weft_alloc(WEFT_MAX_PARTS, 1);
    network_names(&l->cfg.net, axes[0].labels, WEFT_MAX_PARTS);
    return WEFT_OK;
}

/* Those by which events_NAME knows them: "predation, r2, hop, exchange"; a new string. */
static char *event_names(const network_data *net)
{
    static const char last[] = "hop, exchange";
    size_t room = sizeof last + (size_t)net->n_reactions * (WEFT_NAME_SIZE + 2), used = 0;
    char *names = weft_alloc(room, 1);
    for (int r = 0; r < net->n_reactions; r++)
        used += (size_t)snprintf(names + used, room - used, "%s, ", net->reaction[r].name);
    snprintf(names + used, room - used, "%s", last);
    return names;
}

/* Places of the reactions in the order of the input, then hops and exchanges. */
static weft_status event_axis(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    const rl_lattice *l = sim->data;
    (void)argument;
    axes[0] = (weft_axis){.name = "event_index",
                          .n = l->cfg.net.n_reactions + 2,
                          .unit = "1",
                          .long_name = "number of the reaction, from 1; then hops and exchanges"};
    axes[0].values = weft_alloc((size_t)axes[0].n, sizeof(double));
    for (int e = 0; e < axes[0].n; e++)
        axes[0].values[e] = e + 1;
    axes[0].labels = event_names(&l->cfg.net);
    return WEFT_OK;
}

/* ---- densities and events: from l->count and from the counters of events ---- */

/* Particles of a species (from 1) a site. */
static double density(const weft_sim *sim, int s)
{
    const rl_lattice *l = sim->data;
    return (double)l->count[s] / (double)weft_grid_sites(sim->grid);
}

/* In the order of the species of the input. */
static weft_status compute_densities(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    (void)argument;
    for (int s = 1; s <= l->cfg.net.n_species; s++)
        out[s - 1] = density(sim, s);
    return WEFT_OK;
}

static weft_status compute_density(weft_sim *sim, double argument, double *out)
{
    *out = density(sim, (int)argument);
    return WEFT_OK;
}

/* Since the start of the run, over resumes too. */
static weft_status compute_events(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    int64_t total[RL_MAX_EVENTS];
    (void)argument;
    rl_sum_events(sim, total);
    for (int e = 1; e <= l->cfg.net.n_reactions + 2; e++)
        out[e - 1] = (double)total[e];
    return WEFT_OK;
}

/* argument: the number of the event, as counters have it. */
static weft_status compute_event(weft_sim *sim, double argument, double *out)
{
    int64_t total[RL_MAX_EVENTS];
    rl_sum_events(sim, total);
    *out = (double)total[(int)argument];
    return WEFT_OK;
}

/* Sites that hold a particle at all. */
static weft_status compute_active(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    (void)argument;
    *out = (double)(weft_grid_sites(sim->grid) - l->count[0]);
    return WEFT_OK;
}

/* 1 or 0, so that its mean over replicas is the probability to survive. argument: the species, 0:
 * all. */
static weft_status compute_survival(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    const int s = (int)argument;
    *out = s ? l->count[s] > 0 : l->count[0] < weft_grid_sites(sim->grid);
    return WEFT_OK;
}

static weft_status compute_any_survival(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    return compute_survival(sim, 0, out);
}

/* The time at which the last particle vanished, not that of the record that sees it. While there
 * are any, and where the species comes back later, it is the present time. */
static weft_status compute_extinction(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    const double since = l->endings.missing[(int)argument];
    *out = since >= 0 && since < sim->time ? since : sim->time;
    return WEFT_OK;
}

static weft_status compute_any_extinction(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    return compute_extinction(sim, 0, out);
}

/* ---- spread from the middle ---- */

/* Sum over the particles of the squared distance from the site n/2; integers, so the order of the
 * sum does not matter. */
static weft_status compute_spread(weft_sim *sim, double argument, double *out)
{
    const weft_grid *g = sim->grid;
    int64_t sum[2] = {0, 0};
    WEFT_FOR_ROWS(g, z, y) {
        const int32_t *row = rl_row(sim, (int)argument, z, y);
        int64_t dz = g->start[0] + z - g->n[0] / 2, dy = g->start[1] + y - g->n[1] / 2;
        /* The part of the squared distance that the whole row shares. */
        int64_t across = dz * dz + dy * dy, dx = g->start[2] - g->n[2] / 2;
        for (int64_t i = 0; i < g->local[2]; i++) {
            sum[0] += row[i] * (across + (dx + i) * (dx + i));
            sum[1] += row[i];
        }
    }
    weft_counts_sum(g->comm, sum, 2);
    *out = sum[1] > 0 ? (double)sum[0] / (double)sum[1] : 0;
    return WEFT_OK;
}

/* ---- families: the last part of a name, from the parameters ---- */

/* For families by species: a number from 1. */
static weft_status find_species(const weft_params *params, const char *last, double *argument)
{
    const rl_params *p = weft_params_values(params, rl_table);
    WEFT_TRY(network_species_place(p->species, last, argument));
    ++*argument;
    return WEFT_OK;
}

/* The names of the species, for messages. The list is that of the input, in its order, so that the
 * first one is proposed where all are equally near. */
static bool species_member(const weft_params *params, int i, char *last)
{
    const rl_params *p = weft_params_values(params, rl_table);
    if (i >= p->species.n)
        return false;
    snprintf(last, WEFT_MAX_LAST, "%s", p->species.value[i]);
    return true;
}

/* "A_B" or "AB": 16 times one species plus the other. Every place to cut the text is tried, so that
 * names of any length work, with or without the stroke between them. */
static weft_status find_pair(const weft_params *params, const char *last, double *argument)
{
    network_data net;
    const weft_section *s = weft_params_section(params, "reaction_lattice");
    const rl_params *p = weft_params_values(params, rl_table);
    char first[64];
    WEFT_TRY(network_read(s, p->species, p->reactions, rl_reaction_keys, true, &net));
    for (size_t n = 1; n < strlen(last) && n < sizeof first; n++) {
        snprintf(first, sizeof first, "%.*s", (int)n, last);
        int a = network_species(&net, first);
        int b = network_species(&net, last + n + (last[n] == '_'));
        if (a && b) {
            *argument = 16 * a + b;
            return WEFT_OK;
        }
    }
    return weft_fail(WEFT_INPUT, "'%s' is no pair of species; write pair_%s_%s", last,
                     net.species[0], net.species[0]);
}

/* "A_A", "A_B", ...: in the form with the stroke, which can be read whatever the names are. */
static bool pair_member(const weft_params *params, int i, char *last)
{
    const weft_strings s = ((const rl_params *)weft_params_values(params, rl_table))->species;
    if (i >= s.n * s.n)
        return false;
    snprintf(last, WEFT_MAX_LAST, "%s_%s", s.value[i / s.n], s.value[i % s.n]);
    return true;
}

/* For families by event: the name of a reaction, r1, r2, ..., hop or exchange. */
static weft_status find_event(const weft_params *params, const char *last, double *argument)
{
    network_data net;
    const weft_section *s = weft_params_section(params, "reaction_lattice");
    const rl_params *p = weft_params_values(params, rl_table);
    WEFT_TRY(network_read(s, p->species, p->reactions, rl_reaction_keys, true, &net));
    int r = network_reaction(&net, last);
    if (strcmp(last, "hop") == 0)
        *argument = rl_event_hop(&net);
    else if (strcmp(last, "exchange") == 0)
        *argument = rl_event_swap(&net);
    else if (r >= 0)
        *argument = r + 1;
    else
        return weft_fail(WEFT_INPUT,
                         "there is no reaction '%s'; reactions are known by their name, or as r1, "
                         "r2, ..., beside them there are hop and exchange",
                         last);
    return WEFT_OK;
}

/* The names of the reactions, then the events that every lattice has. The reactions are read anew
 * for each member, as find_event does: only messages ask, and a network that cannot be read has
 * been complained of before. */
static bool event_member(const weft_params *params, int i, char *last)
{
    network_data net;
    const rl_params *p = weft_params_values(params, rl_table);
    if (network_read(weft_params_section(params, "reaction_lattice"), p->species, p->reactions,
                     rl_reaction_keys, true, &net) != WEFT_OK) {
        weft_error_clear();
        return false;
    }
    const char *const others[] = {"hop", "exchange"};
    const int other = i - net.n_reactions;
    if (other >= 2)
        return false;
    snprintf(last, WEFT_MAX_LAST, "%s", other < 0 ? net.reaction[i].name : others[other]);
    return true;
}

/* A row without a shape is one number a record. check is asked before the run, remember at the
 * waiting time. */
const weft_observable rl_observables[RL_N_OBSERVABLES] = {
    /* Numbers of particles and of events. */
    {.name = "density",
     .symbol = "\\rho",
     .unit = "1/site",
     .long_name = "particles per site of each species",
     .shape = species_axis,
     .compute = compute_densities},
    {.name = "density_",
     .symbol = "\\rho",
     .unit = "1/site",
     .long_name = "particles per site of a species",
     .compute = compute_density,
     .family = find_species,
     .member = species_member},
    {.name = "events",
     .unit = "1",
     .long_name = "events since the start, of each reaction, then hops and exchanges",
     .shape = event_axis,
     .compute = compute_events},
    {.name = "events_",
     .unit = "1",
     .long_name = "events of a reaction since the start",
     .compute = compute_event,
     .family = find_event,
     .member = event_member},
    {.name = "active_sites",
     .symbol = "N_a",
     .unit = "1",
     .long_name = "occupied sites",
     .compute = compute_active},
    /* Survival, spread and extinction, for spreading from a seed. */
    {.name = "survival",
     .symbol = "P",
     .unit = "1",
     .long_name = "1 while there are particles, then 0",
     .compute = compute_any_survival},
    {.name = "survival_",
     .symbol = "P",
     .unit = "1",
     .long_name = "1 while there are particles of a species, then 0",
     .compute = compute_survival,
     .family = find_species,
     .member = species_member},
    {.name = "mean_square_spread",
     .symbol = "R^2",
     .unit = "site2",
     .long_name = "mean squared distance of the particles from the middle; 0 where there "
                  "are none",
     .compute = compute_spread},
    {.name = "mean_square_spread_",
     .symbol = "R^2",
     .unit = "site2",
     .long_name = "mean squared distance of a species from the middle; 0 where there are none",
     .compute = compute_spread,
     .family = find_species,
     .member = species_member},
    {.name = "extinction_time",
     .symbol = "T",
     .unit = "time",
     .long_name = "when the last particle vanished; the present time while there are any",
     .compute = compute_any_extinction,
     .of_time = true},
    {.name = "extinction_time_",
     .symbol = "T",
     .unit = "time",
     .long_name = "when the last particle of a species vanished; the present time while there are "
                  "any",
     .compute = compute_extinction,
     .family = find_species,
     .member = species_member,
     .of_time = true},
    /* Correlations of sites and of times. */
    {.name = "variance_",
     .symbol = "\\sigma^2",
     .unit = "1",
     .long_name = "variance of the number of particles of a species at a site",
     .compute = rl_compute_variance,
     .family = find_species,
     .member = species_member},
    {.name = "pair_",
     .symbol = "g(r)",
     .unit = "1",
     .long_name = "connected correlation of two species at a distance along the axes",
     .shape = rl_axis_r,
     .check = rl_check_pair,
     .compute = rl_compute_pair,
     .family = find_pair,
     .member = pair_member},
    {.name = "autocorrelation",
     .symbol = "C(t,s)",
     .unit = "1",
     .long_name = "connected correlation of the numbers at a site with those at the waiting time, "
                  "of each species; nan before that time",
     .argument = "waiting time",
     .argument_standard = 0,
     .shape = species_axis,
     .compute = rl_compute_autocorrelation,
     .remember = rl_remember},
    /* Along x, and in k. */
    {.name = "profile_",
     .symbol = "\\rho(x)",
     .unit = "1/site",
     .long_name = "density of a species along x",
     .shape = rl_axis_x,
     .compute = rl_compute_profile,
     .family = find_species,
     .member = species_member},
    {.name = "front_position_",
     .symbol = "X",
     .unit = "site",
     .long_name = "where the density of a species along x last falls through half its maximum, the "
                  "seam not counted; nan: nowhere",
     .compute = rl_compute_front,
     .family = find_species,
     .member = species_member},
    {.name = "structure_factor_",
     .symbol = "S(k)",
     .unit = "1",
     .long_name = "structure factor of a species, mean over shells",
     .shape = rl_axis_k,
     .compute = rl_compute_structure,
     .family = find_species,
     .member = species_member},
    {.name = "domain_size_",
     .symbol = "\\xi",
     .unit = "site",
     .long_name =
         "2 pi over the mean wavenumber of the structure factor where it stands above its level at "
         "random, about its peak; nan without structure",
     .compute = rl_compute_domain,
     .family = find_species,
     .member = species_member},
    /* Where reactions take place: by the rates of the state, and by counted events. */
    {.name = "reaction_profile_",
     .unit = "1/(site time)",
     .long_name = "rate of a reaction per site along x, as the state makes it",
     .shape = rl_axis_x,
     .check = rl_check_reaction_profile,
     .compute = rl_compute_reaction_profile,
     .family = find_event,
     .member = event_member},
    {.name = "event_profile_",
     .unit = "1/site",
     .long_name = "events of a reaction since the start, per site along x",
     .shape = rl_axis_x,
     .check = rl_check_event_profile,
     .compute = rl_compute_event_profile,
     .family = find_event,
     .member = event_member},
    {.name = "spiral_cores",
     .symbol = "N_c",
     .unit = "1",
     .long_name = "points around which the phase of three species turns, after a box average",
     .argument = "radius",
     .argument_standard = 4,
     .check = rl_check_cores,
     .compute = rl_compute_cores},
    {0}};
