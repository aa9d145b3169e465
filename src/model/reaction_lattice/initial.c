/* Initial states of reaction lattices: random, full, a seed, regions, a front. All are functions of
 * the global site (and of random numbers addressed by it), so they do not depend on the ranks.
 *
 * A setter fills one row at a time with numbers of particles (start_rows.c). Invariant: no site
 * gets more than its capacity, which the setters check before they fill anything. */
#include "lattice.h"
#include "physics/place.h"
#include "start.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The number of a species (from 1), or an error with the key. */
static weft_status find_species(const weft_sim *sim, const char *key, const char *name, int *out)
{
    const rl_lattice *l = sim->data;
    *out = network_species(&l->cfg.net, name);
    if (*out)
        return WEFT_OK;
    return weft_param_fail(sim->initial, key, "unknown species '%s'%s", name,
                           network_species_hint(&l->cfg.net, name).text);
}

/* The keys of all types of states; each table has some of them, and those that it has not stay
 * absent (NULL, WEFT_NO_INT). A seed, a full lattice and a front have one species, stripes have
 * several; hence the second struct. */
typedef struct rl_start {
    const weft_node *density;
    const char *species, *around, *ahead;
    int64_t count, around_count, ahead_count, position;
    double radius;
} rl_start;
/* Keys of the types that have regions along x. */
typedef struct rl_regions_start {
    const char *first, *second;
    weft_strings species;
    int64_t width;
    double density;
} rl_regions_start;

/* A species and a number as given: the keys and their values, for messages that name the key at
 * fault. count is WEFT_NO_INT where none is given. */
typedef struct given {
    const char *key, *species, *count_key;
    int64_t count;
} given;

/* The species of a key and how many of them a site gets: what is given, or, with fill, as many as
 * fit (one where there is no limit), else one. */
static weft_status find_filling(const weft_sim *sim, const given *g, bool fill, int *species,
                                int *count)
{
    const rl_config *cfg = &((const rl_lattice *)sim->data)->cfg;
    WEFT_TRY(find_species(sim, g->key, g->species, species));
    *count = fill && cfg->capacity > 0 ? cfg->capacity : 1;
    if (g->count == WEFT_NO_INT)
        return WEFT_OK;
    *count = (int)g->count;
    if (cfg->capacity > 0 && *count > cfg->capacity)
        return weft_param_fail(sim->initial, g->count_key,
                               "%d particles exceed the capacity of a site, which is %d", *count,
                               cfg->capacity);
    return WEFT_OK;
}

/* ---- random ---- */

/* What random_row needs. A site with a capacity is so many places that are filled one by one, each
 * with one uniform number; a site without one gets a Poisson number of each species. below[s]:
 * cumulative probabilities of the species of a place. */
typedef struct random_state {
    int species, places; /* places of a site that are filled one by one; 0: Poisson */
    double density[WEFT_MAX_SPECIES], below[WEFT_MAX_SPECIES];
} random_state;

/* Each place of a site is filled with species s with the probability density/places, independently;
 * without a limit numbers are Poisson. */
static void random_row(void *context, const rl_start_row *r)
{
    const random_state *c = context;
    for (int k = 0; k < c->places; k++) {
        rl_uniform_row(r, (uint64_t)k);
        for (int64_t i = 0; i < r->length; i++) {
            int s = 0;
            while (s < c->species && r->u[i] >= c->below[s])
                s++;
            if (s < c->species)
                r->n[s * r->length + i]++;
        }
    }
    for (int s = 0; c->places == 0 && s < c->species; s++) {
        rl_uniform_row(r, (uint64_t)s);
        for (int64_t i = 0; i < r->length; i++)
            r->n[s * r->length + i] = rl_poisson(c->density[s], r->u[i]);
    }
}

static const weft_param random_table[] = {
    {WEFT_BIND_TREE(rl_start, density), .unit = "1/site",
     .help = "mean number of particles of each species: {A: 0.3, B: 0.2}; the places of a site are "
             "filled independently (unlimited capacity: Poisson numbers)"},
    {0},
};

/* below[s] are cumulative probabilities; the last is raised where densities fill the lattice, so
 * that rounding leaves no hole. */
static weft_status set_random(weft_sim *sim)
{
    const rl_start *start = weft_params_values(sim->params, random_table);
    const rl_config *cfg = &((const rl_lattice *)sim->data)->cfg;
    random_state c = {.species = cfg->net.n_species, .places = cfg->capacity};
    double sum = 0;
    const weft_node *node = start->density;
    WEFT_TRY(network_values(&cfg->net, node, c.density));
    for (int s = 0; s < c.species; s++) {
        sum += c.density[s];
        c.below[s] = c.places ? sum / c.places : 0;
        if (c.density[s] > 500)
            return weft_node_fail(node, 0, "a density of %g is too large; at most 500",
                                  c.density[s]);
    }
    /* A sum of decimal numbers may be above a whole number by rounding. */
    if (c.places && sum > c.places * (1 + 1e-12))
        return weft_node_fail(node, 0,
                              "the densities add up to %g particles a site, and the capacity is %d",
                              sum, c.places);
    if (c.places && sum > c.places * (1 - 1e-12))
        c.below[c.species - 1] = 2; /* full in spite of rounding */
    rl_each_row(sim, random_row, &c);
    return WEFT_OK;
}

/* ---- full ---- */

/* A species (from 1; 0: none) and how many of it a site gets. */
typedef struct filling {
    int species, count;
} filling;

/* The same filling at every site. */
static void full_row(void *context, const rl_start_row *r)
{
    const filling *f = context;
    for (int64_t i = 0; i < r->length; i++)
        r->n[(f->species - 1) * r->length + i] = f->count;
}

static const weft_param full_table[] = {
    {WEFT_BIND_STRING(rl_start, species), .help = "the species that fills the lattice"},
    {WEFT_BIND_INT(rl_start, count), .standard = "", .range = "[1, 1000000]", .unit = "1/site",
     .help = "particles a site; default: the capacity, 1 if it is unlimited"},
    {0},
};

/* By default as many as fit. */
static weft_status set_full(weft_sim *sim)
{
    const rl_start *start = weft_params_values(sim->params, full_table);
    filling f;
    WEFT_TRY(find_filling(sim, &(given){"species", start->species, "count", start->count}, true,
                          &f.species, &f.count));
    rl_each_row(sim, full_row, &f);
    return WEFT_OK;
}

/* ---- seed ---- */

/* A disc (or interval, or ball) about the site n/2, and what lies around it; outside.species 0 is
 * an empty lattice. */
typedef struct seed_state {
    filling inside, outside; /* outside.species 0: empty */
    double radius;
} seed_state;

/* Distances in whole sites from the site n/2. */
static void seed_row(void *context, const rl_start_row *r)
{
    const seed_state *c = context;
    const int64_t *size = r->sim->grid->n;
    double dz = (double)(r->z - size[0] / 2), dy = (double)(r->y - size[1] / 2);
    for (int64_t i = 0; i < r->length; i++) {
        double dx = (double)(r->x + i - size[2] / 2);
        bool in = dx * dx + dy * dy + dz * dz <= c->radius * c->radius;
        /* Each site belongs to the disc or to its surroundings. */
        const filling *f = in ? &c->inside : &c->outside;
        if (f->species)
            r->n[(f->species - 1) * r->length + i] = f->count;
    }
}

static const weft_param seed_table[] = {
    {WEFT_BIND_STRING(rl_start, species), .help = "species of the seed"},
    {WEFT_BIND_INT(rl_start, count), .standard = "", .range = "[1, 1000000]", .unit = "1/site",
     .help = "particles of a site of the seed; default: 1"},
    {WEFT_BIND_REAL(rl_start, radius), .standard = "0", .range = "[0, inf)", .unit = "site",
     .help = "sites up to this distance from the site n/2 belong to the seed; 0: one site"},
    {WEFT_BIND_STRING(rl_start, around), .standard = "",
     .help = "species of all other sites; default: empty"},
    {WEFT_BIND_INT(rl_start, around_count), .standard = "", .range = "[1, 1000000]",
     .unit = "1/site", .help = "particles of each of the other sites; default: 1"},
    {0},
};

/* Inside the radius one species, outside another or none. */
static weft_status set_seed(weft_sim *sim)
{
    const rl_start *start = weft_params_values(sim->params, seed_table);
    seed_state c = {.radius = start->radius};
    WEFT_TRY(place_check_ball(sim, c.radius, true, "seed", "lattice"));
    WEFT_TRY(find_filling(sim, &(given){"species", start->species, "count", start->count}, false,
                          &c.inside.species, &c.inside.count));
    if (start->around)
        WEFT_TRY(find_filling(
            sim, &(given){"around", start->around, "around_count", start->around_count}, false,
            &c.outside.species, &c.outside.count));
    rl_each_row(sim, seed_row, &c);
    return WEFT_OK;
}

/* ---- regions along x: halves, stripes, fronts ---- */

/* Species that follow each other along x, in regions of equal width. */
typedef struct regions {
    int n, species[WEFT_MAX_SPECIES]; /* in turn along x */
    int64_t width;
    int places;
    double probability; /* that a place is taken */
} regions;

/* Regions in turn along x; each place of a site is taken with the same probability. */
static void region_row(void *context, const rl_start_row *r)
{
    const regions *c = context;
    for (int k = 0; k < c->places; k++) {
        rl_uniform_row(r, (uint64_t)k);
        for (int64_t i = 0; i < r->length; i++) {
            int s = c->species[(r->x + i) / c->width % c->n];
            if (s && r->u[i] < c->probability)
                r->n[(s - 1) * r->length + i]++;
        }
    }
}

/* Without a limit a site has as many places as the density needs. */
static weft_status set_regions(weft_sim *sim, double density, regions *c)
{
    const rl_config *cfg = &((const rl_lattice *)sim->data)->cfg;
    c->places = cfg->capacity > 0 ? cfg->capacity : (int)ceil(density);
    c->probability = density / c->places;
    if (density > c->places)
        return weft_param_fail(sim->initial, "density",
                               "%g particles a site exceed the capacity, which is %d", density,
                               c->places);
    rl_each_row(sim, region_row, c);
    return WEFT_OK;
}

static const weft_param segregated_table[] = {
    {WEFT_BIND_STRING(rl_regions_start, first), .help = "species of the half with small x"},
    {WEFT_BIND_STRING(rl_regions_start, second), .help = "species of the other half"},
    {WEFT_BIND_REAL(rl_regions_start, density), .standard = "1", .range = "(0, 500]",
     .unit = "1/site", .help = "of both"},
    {0},
};

/* Two regions of half the lattice (the first has one more where the number is odd). */
static weft_status set_segregated(weft_sim *sim)
{
    const rl_regions_start *start = weft_params_values(sim->params, segregated_table);
    regions c = {.n = 2, .width = (sim->grid->n[2] + 1) / 2};
    WEFT_TRY(find_species(sim, "first", start->first, &c.species[0]));
    WEFT_TRY(find_species(sim, "second", start->second, &c.species[1]));
    return set_regions(sim, start->density, &c);
}

static const weft_param stripes_table[] = {
    {WEFT_BIND_STRINGS(rl_regions_start, species), .help = "species of the stripes in turn"},
    {WEFT_BIND_INT(rl_regions_start, width), .range = "[1, inf)", .unit = "site",
     .help = "of a stripe along x"},
    {WEFT_BIND_REAL(rl_regions_start, density), .standard = "1", .range = "(0, 500]",
     .unit = "1/site", .help = "in the stripes"},
    {0},
};

/* The last stripe may be cut by the end of the lattice, where it meets the first: said once. */
static weft_status set_stripes(weft_sim *sim)
{
    const rl_regions_start *start = weft_params_values(sim->params, stripes_table);
    regions c = {.n = start->species.n, .width = start->width};
    if (c.n < 1 || c.n > WEFT_MAX_SPECIES)
        return weft_param_fail(sim->initial, "species", "give 1 to %d species", WEFT_MAX_SPECIES);
    for (int i = 0; i < c.n; i++)
        WEFT_TRY(find_species(sim, "species", start->species.value[i], &c.species[i]));
    const int64_t sites = sim->grid->n[2], period = c.n * c.width;
    if (c.n > 1 && c.width >= sites)
        return weft_param_fail(sim->initial, "width",
                               "the lattice has %lld sites along x: there would be one stripe",
                               (long long)sites);
    if (c.n > 1 && sites % period != 0 && sim->noise.replica == 0)
        weft_warn(
            "initial.width: %lld sites along x are no whole number of periods of %lld: at the "
            "end of the lattice the pattern is cut",
            (long long)sites, (long long)period);
    return set_regions(sim, start->density, &c);
}

/* What fills the sites below and from position on. */
typedef struct front_state {
    filling behind, ahead;
    int64_t position;
} front_state;

/* One filling below the position, another from it on. */
static void front_row(void *context, const rl_start_row *r)
{
    const front_state *c = context;
    for (int64_t i = 0; i < r->length; i++) {
        const filling *f = r->x + i < c->position ? &c->behind : &c->ahead;
        if (f->species)
            r->n[(f->species - 1) * r->length + i] = f->count;
    }
}

static const weft_param front_table[] = {
    {WEFT_BIND_STRING(rl_start, species), .help = "species that fills x < position"},
    {WEFT_BIND_INT(rl_start, count), .standard = "", .range = "[1, 1000000]", .unit = "1/site",
     .help = "particles a site there; default: the capacity, 1 if it is unlimited"},
    {WEFT_BIND_INT(rl_start, position), .range = "[1, inf)", .unit = "site",
     .help = "where the front is"},
    {WEFT_BIND_STRING(rl_start, ahead), .standard = "",
     .help = "species beyond the front; default: empty"},
    {WEFT_BIND_INT(rl_start, ahead_count), .standard = "", .range = "[1, 1000000]",
     .unit = "1/site", .help = "likewise there"},
    {0},
};

/* One filling behind the front, another or none ahead. Position n would leave no site ahead. The
 * lattice goes round: the second border, at site 0, runs the other way. */
static weft_status set_front(weft_sim *sim)
{
    const rl_start *start = weft_params_values(sim->params, front_table);
    front_state c = {.position = start->position};
    if (c.position >= sim->grid->n[2])
        return weft_param_fail(sim->initial, "position",
                               "the lattice has %lld sites along x: the state would be the same "
                               "everywhere",
                               (long long)sim->grid->n[2]);
    WEFT_TRY(find_filling(sim, &(given){"species", start->species, "count", start->count}, true,
                          &c.behind.species, &c.behind.count));
    if (start->ahead)
        WEFT_TRY(find_filling(sim,
                              &(given){"ahead", start->ahead, "ahead_count", start->ahead_count},
                              true, &c.ahead.species, &c.ahead.count));
    if (sim->noise.replica == 0)
        weft_warn("initial.type: front: the lattice goes round, so that a second front stands at "
                  "its seam, x = 0, and runs the other way: what it scatters at the far end "
                  "counts for front_position as well");
    rl_each_row(sim, front_row, &c);
    return WEFT_OK;
}

/* Types of the section initial, beside `file`, which every model has. */
const weft_initial rl_initials[RL_N_INITIALS] = {
    {.name = "random",
     .help = "every site on its own: a species with its density, or empty",
     .params = random_table,
     .set = set_random},
    {.name = "full", .help = "one species everywhere", .params = full_table, .set = set_full},
    {.name = "seed",
     .help = "one site, or a disc, in an empty lattice or among another species",
     .params = seed_table,
     .set = set_seed},
    {.name = "segregated",
     .help = "two species, one in each half of the lattice",
     .params = segregated_table,
     .set = set_segregated},
    {.name = "stripes",
     .help = "species in turn, in stripes across x",
     .params = stripes_table,
     .set = set_stripes},
    {.name = "front",
     .help = "one species up to a position along x, another or none beyond",
     .params = front_table,
     .set = set_front},
    {.name = "formula",
     .help =
         "the mean number of particles of each species by a formula of x, y, z: {type: formula, "
         "A: \"0.5*exp(-x^2/50)\"}; the places of a site are filled independently",
     .params = weft_any_keys,
     .check = rl_check_formula,
     .set = rl_set_formula},
    {0},
};
