/* Initial states. All are functions of the global site, so they do not depend on the ranks. */
#include "reaction_lattice.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Calls set(context, global z, y, first x, n, row) for every row of this rank. */
typedef void row_setter(void *context, int64_t z, int64_t y, int64_t x, int64_t n, uint8_t *row);

static void each_row(weft_sim *sim, row_setter *set, void *context)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    uint8_t *first = weft_field_bytes(l->field, 0) + l->field->extent.origin;
    for (int64_t z = 0; z < g->local[0]; z++)
        for (int64_t y = 0; y < g->local[1]; y++)
            set(context, g->start[0] + z, g->start[1] + y, g->start[2], g->local[2],
                first + z * l->field->extent.stride[0] + y * l->field->extent.stride[1]);
}

static weft_status find_species(const weft_sim *sim, const char *key, int *out)
{
    const rl_lattice *l = sim->data;
    const char *name = weft_get_text(sim->initial, key);
    *out = weft_network_species(&l->cfg.net, name);
    if (*out)
        return WEFT_OK;
    return weft_param_fail(sim->initial, key, "unknown species '%s'; the first one is '%s'", name,
                           l->cfg.net.species[0]);
}

/* ---- random ---- */

typedef struct random_state {
    const weft_sim *sim;
    int species;
    double below[RL_STATES]; /* cumulative density */
    double *u;
} random_state;

static void random_row(void *context, int64_t z, int64_t y, int64_t x, int64_t n, uint8_t *row)
{
    random_state *r = context;
    const weft_grid *g = r->sim->grid;
    weft_noise_uniform(&r->sim->noise, WEFT_STREAM_INITIAL, 0, z * g->n[1] + y, g->n[2], x, n,
                       r->u);
    for (int64_t i = 0; i < n; i++) {
        int s = 0;
        while (s < r->species && r->u[i] >= r->below[s])
            s++;
        row[i] = (uint8_t)(s < r->species ? s + 1 : 0);
    }
}

static weft_status set_random(weft_sim *sim)
{
    const rl_lattice *l = sim->data;
    random_state r = {.sim = sim, .species = l->cfg.net.n_species};
    double density[WEFT_MAX_SPECIES], sum = 0;
    const weft_node *node = weft_get_tree(sim->initial, "density");
    WEFT_TRY(weft_network_values(&l->cfg.net, node, "density", density));
    for (int s = 0; s < r.species; s++) {
        sum += density[s];
        r.below[s] = sum;
    }
    if (sum > 1 + 1e-12)
        return weft_node_fail(
            node, 0, "the densities add up to %g particles a site, and the capacity is 1", sum);
    if (sum > 1 - 1e-12)
        r.below[r.species - 1] = 2; /* full in spite of rounding */
    r.u = weft_alloc((size_t)sim->grid->local[2], sizeof *r.u);
    each_row(sim, random_row, &r);
    weft_free(r.u);
    return WEFT_OK;
}

static const weft_param random_table[] = {
    {"density", WEFT_TREE, NULL, NULL, NULL, "1/site",
     "probability that a site holds a particle of each species: {A: 0.3, B: 0.2}", NULL},
    {0}};

/* ---- full ---- */

static void full_row(void *context, int64_t z, int64_t y, int64_t x, int64_t n, uint8_t *row)
{
    (void)z, (void)y, (void)x;
    memset(row, *(int *)context, (size_t)n);
}

static weft_status set_full(weft_sim *sim)
{
    int species;
    WEFT_TRY(find_species(sim, "species", &species));
    each_row(sim, full_row, &species);
    return WEFT_OK;
}

static const weft_param full_table[] = {
    {"species", WEFT_STRING, NULL, NULL, NULL, "", "the species that fills the lattice", NULL},
    {0}};

/* ---- seed ---- */

typedef struct seed_state {
    const weft_grid *grid;
    int inside, outside;
    double radius;
} seed_state;

static void seed_row(void *context, int64_t z, int64_t y, int64_t x, int64_t n, uint8_t *row)
{
    const seed_state *s = context;
    const int64_t *size = s->grid->n;
    double dz = (double)(z - size[0] / 2), dy = (double)(y - size[1] / 2);
    for (int64_t i = 0; i < n; i++) {
        double dx = (double)(x + i - size[2] / 2);
        bool in = dx * dx + dy * dy + dz * dz <= s->radius * s->radius;
        row[i] = (uint8_t)(in ? s->inside : s->outside);
    }
}

static weft_status set_seed(weft_sim *sim)
{
    seed_state s = {.grid = sim->grid, .radius = weft_get_real(sim->initial, "radius")};
    WEFT_TRY(find_species(sim, "species", &s.inside));
    if (weft_given(sim->initial, "around"))
        WEFT_TRY(find_species(sim, "around", &s.outside));
    each_row(sim, seed_row, &s);
    return WEFT_OK;
}

static const weft_param seed_table[] = {
    {"species", WEFT_STRING, NULL, NULL, NULL, "", "species of the seed", NULL},
    {"radius", WEFT_REAL, "0", "[0, inf)", NULL, "site",
     "sites up to this distance from the site n/2 belong to the seed; 0: one particle", NULL},
    {"around", WEFT_STRING, "", NULL, NULL, "", "species of all other sites; default: empty", NULL},
    {0}};

const weft_initial rl_initials[RL_N_INITIALS] = {
    {"random", "every site on its own: a species with its density, or empty", random_table,
     set_random},
    {"full", "one species everywhere", full_table, set_full},
    {"seed", "one particle, or a disc, in an empty lattice or among another species", seed_table,
     set_seed},
    {0}};
