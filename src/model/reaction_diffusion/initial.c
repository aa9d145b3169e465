/* Initial states of reaction-diffusion fields.
 *
 *     homogeneous   the same densities everywhere, times 1 + p (2 u - 1)
 *     random        the density of each species times 2 u
 *     front         left + (right - left) (1 + tanh((x - x0)/w))/2, planes across x
 *     patch         one state within a radius of the middle site, another outside
 *
 * u is uniform in (0, 1), independent at each site and for each species.
 *
 * Invariant: the density at a site is a function of its global coordinates and of random numbers
 * that are addressed by its global site, so that the state does not depend on the ranks.
 * Perturbations multiply, so that a density never becomes negative and an absent species stays
 * absent. */
#include "physics/place.h"
#include "reaction_diffusion.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>

/* The keys of all types of states; each table has some of them. */
typedef struct rd_start {
    const weft_node *density, *left, *right, *patch;
    double perturbation, position, width, radius;
} rd_start;

/* clang-format off */
#define DENSITY(m, help_) \
    {WEFT_BIND_TREE(rd_start, m), .standard = "", .unit = "1/volume", .help = help_}
#define PERTURBATION \
    {WEFT_BIND_REAL(rd_start, perturbation), .standard = "0", .range = "[0, 1]", \
     .help = "densities are multiplied by random factors in 1 - p .. 1 + p"}
/* clang-format on */

/* The densities of all species from a number or a map {A: 1.0, ...}; species that are not named are
 * 0. out: WEFT_MAX_SPECIES values. */
static weft_status densities(weft_sim *sim, const weft_node *given, double *out)
{
    const network_data *net = &rd_of(sim)->cfg.net;
    for (int s = 0; s < net->n_species; s++)
        out[s] = 0.0;
    return given ? network_values(net, given, out) : WEFT_OK;
}

/* The density of species s at the global site `at` (z, y, x), before the random factor. */
typedef double value_at(const void *context, const weft_grid *grid, const int64_t at[3], int s);

/* Fills all species. The uniforms of a species are drawn into the array of its values and replaced
 * one by one. Collective. */
static weft_status assign(weft_sim *sim, value_at *value, const void *context, double perturbation)
{
    rd_field *m = rd_of(sim);
    const weft_grid *grid = sim->grid;
    const int64_t n = grid->local[2];
    double *values = weft_alloc((size_t)weft_grid_local_sites(grid), sizeof *values);
    for (int s = 0; s < m->cfg.net.n_species; s++) {
        if (perturbation > 0.0)
            weft_noise_fill(&sim->noise, WEFT_STREAM_INITIAL + (uint32_t)s, 0, WEFT_LAW_UNIFORM,
                            grid, 0, values);
        WEFT_FOR_ROWS(grid, z, y) {
            double *to = values + weft_owned_row(grid, z, y);
            for (int64_t x = 0; x < n; x++) {
                const int64_t at[3] = {grid->start[0] + z, grid->start[1] + y, grid->start[2] + x};
                double factor = perturbation > 0.0 ? 1.0 + perturbation * (2.0 * to[x] - 1.0) : 1.0;
                to[x] = factor * value(context, grid, at, s);
            }
        }
        weft_field_assign(sim->state, m->field, s, values, 0);
    }
    weft_free(values);
    return WEFT_OK;
}

/* ---- homogeneous, random ---- */

/* context: the density of each species. */
static double uniform_value(const void *context, const weft_grid *grid, const int64_t at[3], int s)
{
    (void)grid;
    (void)at;
    return ((const double *)context)[s];
}

static const weft_param homogeneous_table[] = {
    DENSITY(density, "of each species: {A: 1.0, B: 0.5}, or one number for all"),
    PERTURBATION,
    {0}};

/* The state to look for instabilities from. */
static weft_status homogeneous(weft_sim *sim)
{
    const rd_start *start = weft_params_values(sim->params, homogeneous_table);
    double density[WEFT_MAX_SPECIES];
    WEFT_TRY(densities(sim, start->density, density));
    return assign(sim, uniform_value, density, start->perturbation);
}

static const weft_param random_table[] = {
    DENSITY(density, "mean of each species; values lie in (0, 2 density)"), {0}};

/* A factor that is uniform in (0, 2) has mean 1. */
static weft_status random_densities(weft_sim *sim)
{
    const rd_start *start = weft_params_values(sim->params, random_table);
    double density[WEFT_MAX_SPECIES];
    WEFT_TRY(densities(sim, start->density, density));
    return assign(sim, uniform_value, density, 1.0);
}

/* ---- front ---- */

typedef struct front {
    double left[WEFT_MAX_SPECIES], right[WEFT_MAX_SPECIES], position, width;
} front;

/* left below the front, right beyond it, joined by a tanh or a step. Along x only: planes. */
static double front_value(const void *context, const weft_grid *grid, const int64_t at[3], int s)
{
    const front *f = context;
    double x = weft_grid_coordinate(grid, 2, at[2]) - f->position;
    double share = f->width > 0.0 ? 0.5 * (1.0 - weft_tanh(x / f->width)) : x < 0.0 ? 1.0 : 0.0;
    return f->right[s] + share * (f->left[s] - f->right[s]);
}

static const weft_param front_table[] = {
    DENSITY(left, "densities at x below the front"),
    DENSITY(right, "densities beyond it"),
    {WEFT_BIND_REAL(rd_start, position), .standard = "0", .unit = "length",
     .help = "x of the front; the box goes from -L/2 to L/2"},
    {WEFT_BIND_REAL(rd_start, width), .standard = "0", .range = "[0, inf)", .unit = "length",
     .help = "w of (1 - tanh((x - position)/w))/2; 0: a step"},
    PERTURBATION,
    {0},
};

/* On a periodic axis two states meet twice; the second border is a step at the seam, which a user
 * must know. */
static weft_status front_set(weft_sim *sim)
{
    const rd_start *start = weft_params_values(sim->params, front_table);
    front f = {.position = start->position, .width = start->width};
    WEFT_TRY(densities(sim, start->left, f.left));
    WEFT_TRY(densities(sim, start->right, f.right));
    const double end = 0.5 * sim->grid->length[2];
    if (fabs(f.position) > end)
        return weft_param_fail(
            sim->initial, "position",
            "%.6g lies outside of the box, from %.6g to %.6g: the state would be "
            "the same everywhere",
            f.position, -end, end);
    if (sim->grid->boundary[2] == WEFT_PERIODIC)
        weft_warn(
            "initial.type: front: the last axis is periodic, so that a second front, from right to "
            "left, stands at its seam x = %g; with boundary: neumann there is one",
            -0.5 * sim->grid->length[2]);
    return assign(sim, front_value, &f, start->perturbation);
}

/* ---- patch ---- */

typedef struct patch {
    double inside[WEFT_MAX_SPECIES], outside[WEFT_MAX_SPECIES], radius;
} patch;

/* Distances are counted in whole spacings from the middle site, and not from the middle of the box,
 * which may lie between sites: the patch is then centred on a site, and radius 0 is one site. */
static double patch_value(const void *context, const weft_grid *grid, const int64_t at[3], int s)
{
    const patch *p = context;
    double r2 = 0.0;
    for (int a = 3 - grid->dim; a < 3; a++) {
        double d = (double)(at[a] - grid->n[a] / 2) * grid->dx[a];
        r2 += d * d;
    }
    return r2 <= p->radius * p->radius ? p->inside[s] : p->outside[s];
}

static const weft_param patch_table[] = {
    DENSITY(patch, "densities within the radius of the centre"),
    DENSITY(density, "densities elsewhere"),
    {WEFT_BIND_REAL(rd_start, radius), .standard = "0", .range = "[0, inf)", .unit = "length",
     .help = "0: the site at the centre alone"},
    PERTURBATION,
    {0},
};

/* A seed of spreading, or a drop. */
static weft_status patch_set(weft_sim *sim)
{
    const rd_start *start = weft_params_values(sim->params, patch_table);
    patch p = {.radius = start->radius};
    WEFT_TRY(densities(sim, start->patch, p.inside));
    WEFT_TRY(densities(sim, start->density, p.outside));
    WEFT_TRY(place_check_ball(sim, p.radius, false, "patch", "box"));
    return assign(sim, patch_value, &p, start->perturbation);
}

/* Types of the section initial, beside `file`, which every model has. */
const weft_initial rd_initials[] = {
    {.name = "homogeneous",
     .rough = true,
     .help = "the same densities everywhere, with a random perturbation",
     .params = homogeneous_table,
     .set = homogeneous},
    {.name = "random",
     .rough = true,
     .help = "independent uniform densities at each site",
     .params = random_table,
     .set = random_densities},
    {.name = "front",
     .rough = true,
     .help = "two states that meet at a plane of constant x",
     .params = front_table,
     .set = front_set},
    {.name = "patch",
     .rough = true,
     .help = "a disc (interval, ball) at the centre, or one site",
     .params = patch_table,
     .set = patch_set},
    PLACE_INITIAL,
    {0},
};
