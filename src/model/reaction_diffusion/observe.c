/* Observables of reaction-diffusion fields, by species: sums, spectra, correlations, profiles,
 * fronts.
 *
 *     density_A, total_A        mean over sites, integral over the box
 *     structure_factor_A        V |sum_j rho_j exp(-ikj)|^2/N in shells of k (V: volume of a cell)
 *     wavenumber_A              mean of k, weighted with the power of each mode
 *     correlation_A             mean of (rho(x + r) - <rho>)(rho(x) - <rho>) along x
 *     profile_A                 mean over the plane at each x
 *     front_position_A          largest x where the profile crosses front_level
 *
 * Invariants. Sums over sites are exact and thus the same on any number of ranks; profiles keep one
 * exact sum for each x. Observables are families: "density_A" is the row "density_" with the
 * species A as its argument, a number from 0. None changes the state. Buffers are made at the first
 * record and kept, since later records must not allocate much. */
#include "physics/resolution.h"
#include "physics/shells.h"
#include "reaction_diffusion.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

static weft_view view_of(weft_sim *sim, int species)
{
    return weft_field_view(sim->state, rd_of(sim)->field, species, NULL);
}

/* The number of a species by its name, from the parameters (a simulation need not exist yet). */
static weft_status find_species(const weft_params *params, const char *last, double *argument)
{
    const rd_params *p = weft_params_values(params, rd_table);
    return network_species_place(p->species, last, argument);
}

/* The names of the species, for messages. The list is that of the input, in its order, so that the
 * first one is proposed where all are equally near. */
static bool species_member(const weft_params *params, int i, char *last)
{
    const rd_params *p = weft_params_values(params, rd_table);
    if (i >= p->species.n)
        return false;
    snprintf(last, WEFT_MAX_LAST, "%s", p->species.value[i]);
    return true;
}

/* ---- one number a species: exact sums over the sites ---- */

/* Mean over all sites. */
static weft_status density_of(weft_sim *sim, double species, double *out)
{
    weft_view view = view_of(sim, (int)species);
    *out = weft_view_sum(sim->grid->comm, &view) / (double)weft_grid_sites(sim->grid);
    return WEFT_OK;
}

/* The integral: sum times the volume of a cell. It is conserved where reactions do not change the
 * species. */
static weft_status total_of(weft_sim *sim, double species, double *out)
{
    weft_view view = view_of(sim, (int)species);
    *out = weft_view_sum(sim->grid->comm, &view) * weft_grid_cell(sim->grid);
    return WEFT_OK;
}

/* Central moments, computed about the mean. */
static weft_status variance_of(weft_sim *sim, double species, double *out)
{
    double moments[4];
    weft_view view = view_of(sim, (int)species);
    weft_view_moments(sim->grid->comm, &view, weft_grid_sites(sim->grid), moments);
    *out = moments[1];
    return WEFT_OK;
}

static weft_status min_of(weft_sim *sim, double species, double *out)
{
    weft_view view = view_of(sim, (int)species);
    *out = weft_view_min(sim->grid->comm, &view);
    return WEFT_OK;
}

static weft_status max_of(weft_sim *sim, double species, double *out)
{
    weft_view view = view_of(sim, (int)species);
    *out = weft_view_max(sim->grid->comm, &view);
    return WEFT_OK;
}

/* An axis whose places have the names of species, so that results hold a variable for each. */
static weft_status species_axis(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)argument;
    const int n = rd_of(sim)->cfg.net.n_species;
    axes[0] = (weft_axis){.name = "species",
                          .n = n,
                          .unit = "1",
                          .long_name = "number of the species from 1",
                          .values = weft_alloc((size_t)n, sizeof(double))};
    for (int s = 0; s < n; s++)
        axes[0].values[s] = s + 1;
    axes[0].labels = weft_alloc(WEFT_MAX_PARTS, 1);
    network_names(&rd_of(sim)->cfg.net, axes[0].labels, WEFT_MAX_PARTS);
    return WEFT_OK;
}

/* All species at once. */
static weft_status densities(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    for (int s = 0; s < rd_of(sim)->cfg.net.n_species; s++)
        WEFT_TRY(density_of(sim, s, out + s));
    return WEFT_OK;
}

/* ---- spectra ---- */

/* Structure factors need transforms; the plan asks before the grid is made. */
bool rd_wants_fft(const weft_params *params)
{
    return weft_wants(params, "structure_factor_*|wavenumber_*");
}

static weft_status spectrum_check(weft_sim *sim, double species)
{
    (void)species;
    return shells_check(sim->grid);
}

/* Shells 1 to the last; shell 0 is the mean density. */
static weft_status spectrum_axis(weft_sim *sim, double species, weft_axis *axes)
{
    (void)species;
    return shells_axis(sim->grid, 1, "1/length", axes);
}

/* The coefficients of the density of a species, in m->buffer. Collective. */
static void transform(weft_sim *sim, int species)
{
    rd_field *m = rd_of(sim);
    const int64_t bins = shells_data(sim->grid) + 1;
    if (!m->buffer) {
        m->buffer = weft_fft_buffer(sim->fft);
        m->power = weft_alloc((size_t)bins, sizeof *m->power);
        m->count = weft_alloc((size_t)bins, sizeof *m->count);
    }
    weft_fft_load(sim->fft, weft_field_data(m->field, species), m->field->spec.ghost, m->buffer);
    weft_fft_forward(sim->fft, m->buffer);
}

/* S(k) without shell 0: axis number b belongs to shell b + 1. */
static weft_status structure_factor(weft_sim *sim, double species, double *out)
{
    const rd_field *m = rd_of(sim);
    const double norm = weft_grid_cell(sim->grid) / (double)weft_grid_sites(sim->grid);
    transform(sim, (int)species);
    weft_fft_shells(sim->fft, m->buffer, shells_width(sim->grid), (int)shells_data(sim->grid) + 1,
                    m->power, m->count);
    for (int64_t b = 0; b < shells_data(sim->grid); b++)
        out[b] = norm * m->power[b + 1];
    return WEFT_OK;
}

/* The mean of k with the power of each mode as weight, the mean density left out. */
static weft_status wavenumber(weft_sim *sim, double species, double *out)
{
    transform(sim, (int)species);
    double *modes = rd_of(sim)->buffer, all = shells_total(sim->fft, modes);
    shells_drop_mean(sim->fft, modes);
    const double weight = shells_total(sim->fft, modes);
    shells_weigh(sim->fft, modes);
    const double moment = shells_total(sim->fft, modes);
    /* a flat state has nothing but rounding: 1e-13 of the mean density at a site */
    *out = weight > 1e-26 * all ? moment / weight : NAN;
    return WEFT_OK;
}

/* ---- correlation along x: the covariance of sites a distance apart ---- */

/* Distances 0, 1, 2, 3, 4, 6, 8, 11, ... points up to half the axis: two an octave. */
static int64_t distances(const weft_grid *grid, double *r)
{
    int64_t n = 1, last = 0;
    if (r)
        r[0] = 0.0;
    for (int j = 0;; j++) {
        int64_t d = llround(pow(2.0, 0.5 * j));
        if (d > grid->n[2] / 2)
            return n;
        if (d == last)
            continue;
        if (r)
            r[n] = (double)d;
        n++;
        last = d;
    }
}

/* Distances in units of length. */
static weft_status distance_axis(weft_sim *sim, double species, weft_axis *axes)
{
    (void)species;
    const int64_t n = distances(sim->grid, NULL);
    axes[0] = (weft_axis){.name = "r",
                          .n = n,
                          .unit = "length",
                          .long_name = "distance along x",
                          .values = weft_alloc((size_t)n, sizeof(double))};
    distances(sim->grid, axes[0].values);
    for (int64_t i = 0; i < n; i++)
        axes[0].values[i] *= sim->grid->dx[2];
    return WEFT_OK;
}

/* The whole field is gathered on every rank; beyond this size it would not fit. */
static weft_status correlation_check(weft_sim *sim, double species)
{
    (void)species;
    if (weft_grid_sites(sim->grid) > INT64_C(1) << 27)
        return weft_fail(WEFT_INPUT, "correlations are computed up to 2^27 sites; the structure "
                                     "factor holds the same");
    return WEFT_OK;
}

/* What the kernel `pairs` needs: the whole field, the distance in points, the mean to take off. */
typedef struct shifted {
    const weft_grid *grid;
    const double *all;
    int64_t distance;
    double mean;
} shifted;

/* Pairs (x, x + distance) whose first site is here; pairs beyond an open end do not count. */
static void pairs(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const shifted *s = context;
    const weft_grid *grid = s->grid;
    const double *row =
        s->all + ((grid->start[0] + z) * grid->n[1] + grid->start[1] + y) * grid->n[2];
    for (int64_t i = 0; i < n; i++) {
        int64_t x = grid->start[2] + i, other = x + s->distance;
        bool open = grid->boundary[2] != WEFT_PERIODIC && other >= grid->n[2];
        other -= other >= grid->n[2] ? grid->n[2] : 0;
        out[i] = open ? 0.0 : (row[x] - s->mean) * (row[other] - s->mean);
    }
}

/* Mean over all pairs of sites that are a distance apart along x; on an open axis there are fewer
 * pairs, and they are counted. The list of distances lies behind the field in the same memory. */
static weft_status correlation(weft_sim *sim, double species, double *out)
{
    rd_field *m = rd_of(sim);
    const weft_grid *grid = sim->grid;
    const int64_t sites = weft_grid_sites(grid), n = distances(grid, NULL);
    if (!m->all)
        m->all = weft_alloc((size_t)(sites + n), sizeof *m->all);
    double *r = m->all + sites;
    weft_view view = view_of(sim, (int)species);
    shifted s = {.grid = grid, .all = m->all};
    WEFT_TRY(density_of(sim, species, &s.mean));
    weft_view_gather(grid, &view, m->all);
    distances(grid, r);
    for (int64_t i = 0; i < n; i++) {
        s.distance = (int64_t)r[i];
        /* Pairs in each row: fewer on an open axis. */
        int64_t count = grid->n[2] - (grid->boundary[2] == WEFT_PERIODIC ? 0 : s.distance);
        out[i] = weft_rows_sum(grid, pairs, &s) / ((double)(sites / grid->n[2]) * (double)count);
    }
    return WEFT_OK;
}

/* ---- fronts: profiles along x, averaged over the other axes ---- */

/* Coordinates of all points along x. */
static weft_status x_axis(weft_sim *sim, double species, weft_axis *axes)
{
    (void)species;
    const int64_t n = sim->grid->n[2];
    axes[0] = (weft_axis){.name = "x",
                          .n = n,
                          .unit = "length",
                          .long_name = "x",
                          .values = weft_alloc((size_t)n, sizeof(double))};
    for (int64_t i = 0; i < n; i++)
        axes[0].values[i] = weft_grid_coordinate(sim->grid, 2, i);
    return WEFT_OK;
}

/* The mean over the planes of constant x, for all global x on every rank: each rank adds its sites
 * to the exact sums of its part, all sums are then merged. */
static weft_status profile(weft_sim *sim, double species, double *out)
{
    rd_field *m = rd_of(sim);
    const weft_grid *grid = sim->grid;
    const int64_t n = grid->n[2];
    if (!m->column)
        m->column = weft_alloc((size_t)n, sizeof *m->column);
    for (int64_t i = 0; i < n; i++)
        weft_exact_clear(&m->column[i]);
    weft_view view = view_of(sim, (int)species);
    WEFT_FOR_ROWS(grid, z, y) {
        const double *row = weft_row(&view, z, y);
        for (int64_t i = 0; i < grid->local[2]; i++)
            weft_exact_add(&m->column[grid->start[2] + i], row + i, 1);
    }
    weft_exact_allreduce(grid->comm, m->column, (int)n);
    for (int64_t i = 0; i < n; i++)
        out[i] = weft_exact_value(&m->column[i]) / (double)(weft_grid_sites(grid) / n);
    return WEFT_OK;
}

/* The largest x where the profile crosses the level, linear between points; nan if nowhere. The
 * seam of a periodic axis is no crossing. */
static weft_status front_position(weft_sim *sim, double species, double *out)
{
    rd_field *m = rd_of(sim);
    const weft_grid *grid = sim->grid;
    const double level = m->cfg.level;
    if (!m->profile)
        m->profile = weft_alloc((size_t)grid->n[2], sizeof *m->profile);
    WEFT_TRY(profile(sim, species, m->profile));
    *out = NAN;
    for (int64_t i = grid->n[2] - 2; i >= 0 && isnan(*out); i--) {
        double a = m->profile[i], b = m->profile[i + 1];
        /* The two points lie on different sides of the level. */
        if ((a >= level) != (b >= level))
            *out = weft_grid_coordinate(grid, 2, i) + grid->dx[2] * (a - level) / (a - b);
    }
    return WEFT_OK;
}

/* What was never asked for is NULL. */
void rd_observe_free(weft_sim *sim)
{
    rd_field *m = rd_of(sim);
    if (m->buffer)
        weft_fft_buffer_free(sim->fft, m->buffer);
    weft_free(m->power);
    weft_free(m->count);
    weft_free(m->all);
    weft_free(m->column);
    weft_free(m->profile);
}

/* clang-format off */
#define FAMILY(name_, unit_, text_, shape_, check_, compute_)                                      \
    {                                                                                              \
        .name = name_, .unit = unit_, .long_name = text_, .shape = shape_, .check = check_,        \
        .compute = compute_, .family = find_species, .member = species_member                      \
    }

const weft_observable rd_observables[] = {
    {.name = "density", .symbol = "\\rho", .unit = "1/volume", .long_name = "mean density of each species",
     .shape = species_axis, .compute = densities},
    FAMILY("density_", "1/volume", "mean density of a species", NULL, NULL, density_of),
    FAMILY("total_", "1", "integral of the density of a species", NULL, NULL, total_of),
    FAMILY("variance_", "1/volume^2", "mean over sites of (density - its mean)^2", NULL, NULL, variance_of),
    FAMILY("min_", "1/volume", "smallest density of a species", NULL, NULL, min_of),
    FAMILY("max_", "1/volume", "largest density of a species", NULL, NULL, max_of),
    FAMILY("structure_factor_", "1/volume", "S(k) = cell |sum_j density_j exp(-ikj)|^2 / sites, in shells of k", spectrum_axis, spectrum_check, structure_factor),
    FAMILY("wavenumber_", "1/length", "mean wavenumber, weighted by the power of each mode", NULL, spectrum_check, wavenumber),
    FAMILY("correlation_", "1/volume^2", "mean of (density(x+r) - mean)(density(x) - mean) along x", distance_axis, correlation_check, correlation),
    FAMILY("profile_", "1/volume", "mean density at each x", x_axis, NULL, profile),
    FAMILY("front_position_", "length", "largest x where the profile crosses front_level", NULL, NULL, front_position),
    RESOLUTION_ROW,
    {0}};
/* clang-format on */
