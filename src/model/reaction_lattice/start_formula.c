/* The initial state "formula" of reaction lattices: densities that depend on the place.
 *
 * A formula gives the mean number of particles of a species at each site. A site with a capacity c
 * is c places, each filled with species s with the probability density/c, independently; without
 * a limit the numbers are Poisson. So means, and not only samples, are those of the formula.
 *
 * Invariants. The uniform numbers are addressed by the global site and the number of the place (or
 * species), as those of the state "random": the state does not depend on the ranks, and constant
 * formulas give the state of "random" with the same densities. No site gets more than its capacity:
 * densities that do not fit are an error before anything is filled. */
#include "physics/place.h"
#include "start.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* The densities at the owned sites, species by species. */
typedef struct densities {
    int species, places; /* places of a site; 0: no limit */
    int64_t sites;
    double *value;
} densities;

/* The keys are the names of the species. The first stream is that of the numbers that fill places.
 */
static void find_keys(const rl_config *cfg, place_keys *out)
{
    *out = (place_keys){.n = cfg->net.n_species, .streams = 1};
    for (int s = 0; s < out->n; s++) {
        out->key[s].component = s;
        snprintf(out->key[s].name, PLACE_NAME, "%s", cfg->net.species[s]);
    }
}

weft_status rl_check_formula(const weft_params *params, int dim, const int64_t *n,
                             const double *length, weft_plan *plan)
{
    rl_config *cfg = weft_alloc(1, sizeof *cfg);
    place_keys keys;
    (void)length;
    weft_status status = rl_config_read(params, dim, n, cfg);
    if (status == WEFT_OK) {
        find_keys(cfg, &keys);
        status = place_check_keys(params, dim, &keys, &plan->rough_start);
    }
    weft_free(cfg);
    return status;
}

static void take(weft_sim *sim, void *context, const place_key *key, int part, const double *values)
{
    const densities *d = context;
    (void)sim, (void)part;
    memcpy(d->value + key->component * d->sites, values, (size_t)d->sites * sizeof *values);
}

/* A sum that is above the capacity by rounding alone fits. */
static weft_status check(weft_sim *sim, const densities *d)
{
    weft_status status = WEFT_OK;
    const double most = d->places ? d->places * (1 + 1e-12) : 500.0;
    for (int64_t i = 0; i < d->sites && status == WEFT_OK; i++) {
        double sum = 0, least = 0;
        for (int s = 0; s < d->species; s++) {
            const double x = d->value[s * d->sites + i];
            least = x < least ? x : least;
            sum = d->places ? sum + x : x > sum ? x : sum;
        }
        if (least < 0)
            status = weft_param_fail(sim->initial, "type",
                                     "a formula gives a density of %g; densities are not negative",
                                     least);
        else if (sum > most)
            status = weft_param_fail(sim->initial, "type",
                                     d->places ? "the densities add up to %g particles at a site, "
                                                 "and the capacity is %d"
                                               : "a density of %g is too large; at most 500",
                                     sum, d->places);
    }
    return weft_agree(sim->grid->comm, status);
}

/* As in the state "random", with densities of the site. */
static void formula_row(void *context, const rl_start_row *r)
{
    const densities *d = context;
    for (int k = 0; k < d->places; k++) {
        rl_uniform_row(r, (uint64_t)k);
        for (int64_t i = 0; i < r->length; i++) {
            double below = 0;
            for (int s = 0; s < d->species; s++) {
                below += d->value[s * d->sites + r->first + i];
                /* A sum that is full but for rounding leaves no hole. */
                if (r->u[i] < below / d->places || below > d->places * (1 - 1e-12)) {
                    r->n[s * r->length + i]++;
                    break;
                }
            }
        }
    }
    for (int s = 0; d->places == 0 && s < d->species; s++) {
        rl_uniform_row(r, (uint64_t)s);
        for (int64_t i = 0; i < r->length; i++)
            r->n[s * r->length + i] = rl_poisson(d->value[s * d->sites + r->first + i], r->u[i]);
    }
}

weft_status rl_set_formula(weft_sim *sim)
{
    const rl_config *cfg = &((const rl_lattice *)sim->data)->cfg;
    densities d = {.species = cfg->net.n_species,
                   .places = cfg->capacity,
                   .sites = weft_grid_local_sites(sim->grid)};
    place_keys keys;
    find_keys(cfg, &keys);
    d.value = weft_alloc((size_t)(d.species * d.sites), sizeof *d.value);
    weft_status status = place_set_keys(sim, &keys, take, &d);
    if (status == WEFT_OK)
        status = check(sim, &d);
    if (status == WEFT_OK)
        rl_each_row(sim, formula_row, &d);
    weft_free(d.value);
    return status;
}
