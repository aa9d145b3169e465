/* Initial states of the model holstein.
 *
 *     random        Q and P independent normals of given width
 *     thermal       normals of variance T/(K - z kappa) and m T
 *     uniform       the same Q everywhere
 *     staggered     Q = a (-1)^(x+y+z), a given or that of the mean-field solution
 *     domain_wall   staggered, with the opposite sign in the middle half of the x axis
 *
 * Invariant: Q and P of a site depend on its global coordinates and on normals that are addressed
 * by its global site and a stream of their own, so that the state is the same on any number of
 * ranks. Ehrenfest orbitals are no part of it: they follow from Q in ho_begin. */
#include "holstein.h"
#include "physics/place.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Each kind of number has a stream of its own. */
enum { STREAM_Q = WEFT_STREAM_INITIAL, STREAM_P };

/* The mean of Q at a site given by global coordinates. */
typedef double profile(const void *context, const int64_t site[3]);

/* Q = profile + q_sd * normal, P = p_sd * normal. mean NULL: zero. Normals of Q and P have streams
 * of their own, so that one can be changed without the other. Collective. */
static weft_status set(weft_sim *sim, profile *mean, const void *context, double q_sd, double p_sd)
{
    ho *h = sim->data;
    const weft_grid *g = sim->grid;
    double *values = weft_alloc((size_t)weft_grid_local_sites(g), sizeof *values), *v = values;
    int64_t site[3];
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++) {
            site[0] = g->start[0] + z;
            site[1] = g->start[1] + y;
            site[2] = g->start[2] + x;
            *v++ = mean ? mean(context, site) : 0;
        }
    if (q_sd > 0)
        weft_noise_add(&sim->noise, STREAM_Q, 0, q_sd, g, 0, values);
    weft_field_assign(sim->state, h->Q, 0, values, 0);
    memset(values, 0, (size_t)weft_grid_local_sites(g) * sizeof *values);
    if (p_sd > 0)
        weft_noise_add(&sim->noise, STREAM_P, 0, p_sd, g, 0, values);
    weft_field_assign(sim->state, h->P, 0, values, 0);
    weft_free(values);
    return WEFT_OK;
}

/* The keys of all types of states; each table has some of them. */
typedef struct ho_start {
    double Q_sd, P_sd, temperature, value, noise, factor;
    double amplitude; /* nan: mean_field */
} ho_start;

/* ---- random, thermal, uniform ---- */

static const weft_param random_table[] = {
    {WEFT_BIND_REAL(ho_start, Q_sd), .range = "[0, inf)", .unit = "length",
     .help = "standard deviation of Q at each site"},
    {WEFT_BIND_REAL(ho_start, P_sd), .standard = "0", .range = "[0, inf)", .unit = "momentum",
     .help = "standard deviation of P at each site"},
    {0},
};

/* Independent normals: the state after a quench from infinite temperature. */
static weft_status set_random(weft_sim *sim)
{
    const ho_start *start = weft_params_values(sim->params, random_table);
    return set(sim, NULL, NULL, start->Q_sd, start->P_sd);
}

static const weft_param thermal_table[] = {
    {WEFT_BIND_REAL(ho_start, temperature), .range = "[0, inf)", .unit = "energy",
     .help = "Q and P as of free oscillators of this temperature at each site: T/(K - z kappa) and "
             "m T"},
    {0},
};

/* Variances of free oscillators, T/(K - z kappa) and m T. Neighbours are taken as independent, so
 * that it is an exact equilibrium for kappa = 0 and g = 0 only. */
static weft_status set_thermal(weft_sim *sim)
{
    const ho_start *start = weft_params_values(sim->params, thermal_table);
    ho *h = sim->data;
    double T = start->temperature;
    return set(sim, NULL, NULL, sqrt(T / ho_stiffness(&h->par, h->dim)), sqrt(h->par.m * T));
}

static const weft_param uniform_table[] = {
    {WEFT_BIND_REAL(ho_start, value), .standard = "0", .unit = "length", .help = "Q of every site"},
    {WEFT_BIND_REAL(ho_start, noise), .standard = "0", .range = "[0, inf)", .unit = "length",
     .help = "standard deviation of normals on top"},
    {0},
};

static double constant(const void *context, const int64_t site[3])
{
    (void)site;
    return *(const double *)context;
}

/* The disordered state of electrons in a band, as a reference. */
static weft_status set_uniform(weft_sim *sim)
{
    const ho_start *start = weft_params_values(sim->params, uniform_table);
    double value = start->value;
    return set(sim, constant, &value, start->noise, 0);
}

/* ---- staggered, domain_wall ---- */

static const weft_param staggered_table[] = {
    {WEFT_BIND_REAL(ho_start, amplitude), .standard = "mean_field", .words = "mean_field",
     .unit = "length",
     .help = "Q_i = amplitude*(-1)^(x+y+z); mean_field: that of the static solution on this "
             "lattice at the electrons' temperature"},
    {WEFT_BIND_REAL(ho_start, factor), .standard = "1",
     .help = "the amplitude is multiplied by this"},
    {WEFT_BIND_REAL(ho_start, noise), .standard = "0", .range = "[0, inf)", .unit = "length",
     .help = "standard deviation of normals on top"},
    {0},
};

/* The height of the charge-density wave: a number, or Q0 = Delta/g of the mean-field gap at the
 * starting temperature; times a factor. Local, the same on all ranks. */
static weft_status amplitude(weft_sim *sim, const ho_start *start, double *out)
{
    ho *h = sim->data;
    const ho_parameters *p = &h->par;
    *out = 0;
    if (!isnan(start->amplitude)) {
        *out = start->amplitude;
    } else {
        /* The protocols at the start. */
        double g = protocol_at(&p->g, 0), T = ho_electron_temperature(p, 0);
        if (p->t <= 0 || g <= 0)
            return weft_param_fail(sim->initial, "amplitude",
                                   "mean_field needs a positive hopping and coupling; give a "
                                   "number");
        double x = g * g / (ho_stiffness(p, h->dim) * p->t);
        *out = ho_mean_field_gap(h->dim, sim->grid->n + 3 - h->dim, p->t, x, T) / g;
    }
    *out *= start->factor;
    return WEFT_OK;
}

/* (-1)^(x+y+z) times the amplitude that context points at. */
static double stagger(const void *context, const int64_t site[3])
{
    double a = *(const double *)context;
    return (site[0] + site[1] + site[2]) % 2 ? -a : a;
}

/* The ordered state. */
static weft_status set_staggered(weft_sim *sim)
{
    const ho_start *start = weft_params_values(sim->params, staggered_table);
    double a;
    WEFT_TRY(amplitude(sim, start, &a));
    return set(sim, stagger, &a, start->noise, 0);
}

typedef struct walls {
    double amplitude;
    int64_t n; /* sites along x */
} walls;

/* The middle half of the x axis has the opposite sign: two walls, as a ring needs an even number.
 */
static double two_domains(const void *context, const int64_t site[3])
{
    const walls *w = context;
    /* The middle half along x. */
    double a = site[2] >= w->n / 4 && site[2] < w->n / 4 + w->n / 2 ? -w->amplitude : w->amplitude;
    return stagger(&a, site);
}

/* Two domains, to watch walls move and meet. */
static weft_status set_walls(weft_sim *sim)
{
    const ho_start *start = weft_params_values(sim->params, staggered_table);
    walls w = {.n = sim->grid->n[2]};
    WEFT_TRY(amplitude(sim, start, &w.amplitude));
    return set(sim, two_domains, &w, start->noise, 0);
}

/* On a ring of odd length a staggered state meets itself with the wrong sign: a wall nobody asked
 * for. */
static weft_status check_even(const weft_params *params, int dim, const int64_t *n,
                              const double *length, weft_plan *plan)
{
    (void)length, (void)plan;
    for (int a = 0; a < dim; a++)
        if (n[a] % 2)
            return weft_param_fail(weft_params_section(params, "initial"), "type",
                                   "a staggered state does not fit an odd number of sites; axis %d "
                                   "of grid.n has %lld, take %lld",
                                   a, (long long)n[a], (long long)n[a] + 1);
    return WEFT_OK;
}

const weft_initial ho_initials[] = {
    {.name = "random",
     .help = "independent normal Q and P at every site",
     .params = random_table,
     .set = set_random},
    {.name = "thermal",
     .help = "free oscillators at a temperature",
     .params = thermal_table,
     .set = set_thermal},
    {.name = "staggered",
     .help = "charge-density wave",
     .params = staggered_table,
     .check = check_even,
     .set = set_staggered},
    {.name = "uniform",
     .help = "the same Q everywhere",
     .params = uniform_table,
     .set = set_uniform},
    {.name = "domain_wall",
     .help = "two staggered domains of opposite sign, walls across x",
     .params = staggered_table,
     .check = check_even,
     .set = set_walls},
    PLACE_INITIAL,
    {0},
};
