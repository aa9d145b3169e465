/* Initial states and natural frequencies of the model kuramoto.
 *
 * The stationary start is the Gibbs state of the chain with odd coupling and white noise: the
 * energy is -K sum cos(d_i) of the links d_i, the temperature D, so that links are independent von
 * Mises angles with the density exp(kappa cos d)/(2 pi I_0(kappa)), kappa = K/D.
 *
 * Invariant: random numbers are addressed by (seed, replica, stream, global site, attempt), never
 * drawn from a sequence that goes from site to site; so each rank finds the same numbers for the
 * same site, however the grid is cut. The stationary start draws the links of the whole line on
 * every rank, because a sum along the line needs all of them. */
#include "kuramoto.h"
#include "physics/place.h"
#include "weft/memory.h"
#include "weft/vmath.h"

/* The frequencies are drawn once, in setup; they are a static field, part of no step. */
void kuramoto_draw(weft_sim *sim)
{
    const kuramoto_data *m = sim->data;
    disorder_values(sim, &m->p->disorder, &sim->state->field[WEFT_OMEGA], 1.0);
}

void kuramoto_assign(weft_sim *sim, const double *phases)
{
    weft_field_assign(sim->state, &sim->state->field[WEFT_PHASE], 0, phases, 0);
}

/* ---- stationary ---- */

/* n von Mises angles of concentration kappa by rejection (D. J. Best, N. I. Fisher, J. R. Stat.
 * Soc. C 28, 152 (1979)): a wrapped Cauchy angle is proposed and accepted with the ratio of the
 * densities. Attempt number a of site x is made of the uniforms at step a, so that what one site
 * needs does not move the numbers of another. NaN marks the sites that still wait for an accepted
 * angle. The method is right for any r; rho only makes acceptance likely. */
static void von_mises(const weft_noise *noise, double kappa, int64_t n, double *out)
{
    const double tau = 1.0 + sqrt(1.0 + 4.0 * kappa * kappa);
    /* for small kappa, where the difference has no digits left, its limit */
    const double rho = kappa > 1e-6 ? (tau - sqrt(2.0 * tau)) / (2.0 * kappa) : 0.5 * kappa;
    const double r = (1.0 + rho * rho) / (2.0 * rho);
    double *u = weft_alloc((size_t)(3 * n), sizeof *u);
    int64_t open = n;
    for (int64_t x = 0; x < n; x++)
        out[x] = NAN;
    for (uint64_t attempt = 0; open > 0; attempt++) {
        for (int j = 0; j < 3; j++)
            weft_noise_uniform(noise, WEFT_STREAM_INITIAL + 1 + (uint32_t)j, attempt, 0, n, 0, n,
                               u + j * n);
        for (int64_t x = 0; x < n; x++) {
            double s, z;
            if (!isnan(out[x]))
                continue;
            weft_sincos(M_PI * u[x], &s, &z);
            double f = (1.0 + r * z) / (r + z), c = kappa * (r - f);
            if (c * (2.0 - c) < u[n + x] && weft_log(c / u[n + x]) + 1.0 < c)
                continue;
            double angle = weft_atan2(sqrt((1.0 - f) * (1.0 + f)), f);
            out[x] = u[2 * n + x] < 0.5 ? -angle : angle;
            open--;
        }
    }
    weft_free(u);
}

#define KURAMOTO_LINKS(X) X(KURAMOTO_VON_MISES, "von_mises") X(KURAMOTO_GAUSSIAN, "gaussian")
typedef enum kuramoto_links { KURAMOTO_LINKS(WEFT_ENUM_NAME) } kuramoto_links;

typedef struct kuramoto_stationary {
    kuramoto_links links;
} kuramoto_stationary;

static const weft_param stationary_table[] = {
    {WEFT_BIND_CHOICE(kuramoto_stationary, links), .standard = "von_mises",
     .words = KURAMOTO_LINKS(WEFT_ENUM_WORD),
     .help = "law of the phase differences: von Mises of K cos(phase_lag)/noise, or the Gaussian "
             "limit of variance noise/nu"},
    {0},
};

/* Links of the Gibbs state of the odd chain: independent von Mises angles of concentration K
 * cos(delta)/D, of which the Gaussian of variance D/nu is the limit of weak noise. It is the exact
 * law for delta = 0 on an open chain. On a ring the links must sum to a multiple of 2 pi: here
 * their mean is taken off, which changes averages by O(1/L). */
static weft_status stationary(weft_sim *sim)
{
    const kuramoto_data *m = sim->data;
    const weft_grid *grid = sim->grid;
    if (grid->dim != 1 || m->all_to_all)
        return weft_param_fail(sim->initial, "type",
                               "stationary needs a ring or chain of one axis");
    const bool ring = grid->boundary[2] == WEFT_PERIODIC;
    const kuramoto_stationary *start = weft_params_values(sim->params, stationary_table);
    const bool gaussian = start->links == KURAMOTO_GAUSSIAN;
    const double nu = kuramoto_nu(m);
    if (!(m->p->noise > 0.0) || !(nu > 0.0))
        return weft_param_fail(sim->initial, "type",
                               "stationary needs noise > 0 and coupling cos(phase_lag) > 0 (with "
                               "harmonics: nu > 0)");
    if (sim->coloured)
        return weft_param_fail(sim->initial, "type", "stationary is the state of white noise");
    if (m->harmonics > 1 && !gaussian)
        return weft_param_fail(
            sim->initial, "links",
            "links are von Mises for a coupling without harmonics; use gaussian, "
            "the limit of weak noise");
    double *values = phases_sites(sim);
    /* Beyond 1e8 the cosine of a von Mises angle has no digits left to draw it from, and its law is
     * the Gaussian one to 1e-8. */
    if (gaussian || nu > 1e8 * m->p->noise) {
        front_brownian(sim, m->p->noise / nu, ring, values);
    } else {
        double *steps = weft_alloc((size_t)grid->n[2], sizeof *steps);
        von_mises(&sim->noise, nu / m->p->noise, grid->n[2], steps);
        front_from_steps(grid, steps, ring, values);
        weft_free(steps);
    }
    return phases_assign(sim, values);
}

const weft_initial kuramoto_initials[] = {
    WEFT_PHASES_INITIALS,
    {.name = "stationary",
     .help = "independent links from the stationary law of the noisy chain",
     .params = stationary_table,
     .set = stationary},
    PLACE_INITIAL,
    {0},
};
