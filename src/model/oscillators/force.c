/* Equations of motion and initial states of the limit-cycle oscillators.
 *
 *     Stuart-Landau, z = u + i v: z' = (mu + i omega) z - (1 + i c2) |z|^2 z + K (1 + i c1) lap z
 *     van der Pol: u' = v + K lap u, v' = mu (1 - u^2) v - omega^2 u + K lap v
 *
 * lap is the sum over the neighbours of their difference to the site (Y. Kuramoto, Chemical
 * Oscillations, Waves, and Turbulence (1984); R. Gutierrez, R. Cuerno, arXiv:2311.13253).
 *
 * Invariants. The Laplacian of a row is first written into the rate itself and then replaced by the
 * rate, site by site, so that no further array is needed. One ghost layer is enough; corners are
 * not read. Each site does the same operations in the same order (x, y, z, then the local force),
 * so that bits do not depend on the ranks. On an open grid a ghost equals its neighbour (mirror),
 * the difference is exactly 0, and there is no link. */
#include "oscillators.h"
#include "physics/place.h"
#include "weft/memory.h"
#include "weft/vmath.h"

/* out = or += left + right - 2 here, as a difference of differences: for a uniform state it is
 * exactly zero, and a slowly varying one loses no digits to 2 here. */
static void laplacian(int64_t n, bool first, const double *restrict left,
                      const double *restrict here, const double *restrict right,
                      double *restrict out)
{
    if (first)
        for (int64_t i = 0; i < n; i++)
            out[i] = (right[i] - here[i]) - (here[i] - left[i]);
    else
        for (int64_t i = 0; i < n; i++)
            out[i] += (right[i] - here[i]) - (here[i] - left[i]);
}

/* du, dv: Laplacians of u and v on entry, rates on return; n sites of a row. g is the growth that
 * is left at this amplitude, w the frequency at it. */
static void stuart_landau(const oscillators_data *m, int64_t n, const double *restrict u,
                          const double *restrict v, const double *restrict omega,
                          double *restrict du, double *restrict dv)
{
    const double mu = m->p->growth, c2 = m->p->shear, k = m->p->coupling,
                 kc = m->p->coupling * m->p->reactive;
    for (int64_t i = 0; i < n; i++) {
        double r2 = u[i] * u[i] + v[i] * v[i], g = mu - r2, w = omega[i] - c2 * r2;
        double lu = du[i], lv = dv[i];
        du[i] = (g * u[i] - w * v[i]) + (k * lu - kc * lv);
        dv[i] = (g * v[i] + w * u[i]) + (k * lv + kc * lu);
    }
}

/* The same for van der Pol. The coupling acts on u and v alike, so that it is diffusion of the
 * state and not a force. */
static void van_der_pol(const oscillators_data *m, int64_t n, const double *restrict u,
                        const double *restrict v, const double *restrict omega, double *restrict du,
                        double *restrict dv)
{
    const double mu = m->p->growth, k = m->p->coupling;
    for (int64_t i = 0; i < n; i++) {
        double force = mu * (1.0 - u[i] * u[i]) * v[i] - omega[i] * omega[i] * u[i];
        du[i] = v[i] + k * du[i];
        dv[i] = force + k * dv[i];
    }
}

/* The family rhs. u and v have the same extent (one ghost layer), so that one offset serves four
 * arrays. */
weft_status oscillators_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    (void)t;
    const oscillators_data *m = sim->data;
    const weft_grid *grid = sim->grid;
    const int64_t n = grid->local[2];
    const weft_extent *e = &u->field[WEFT_OSC_U].extent;
    weft_view omega = weft_field_view(sim->state, &sim->state->field[WEFT_OSC_OMEGA], 0, NULL);
    weft_field_exchange(&u->field[WEFT_OSC_U]);
    weft_field_exchange(&u->field[WEFT_OSC_V]);
    WEFT_FOR_ROWS(grid, z, y) {
        int64_t at = weft_extent_row(e, z, y);
        double *here[2], *rate[2];
        for (int j = 0; j < 2; j++) {
            here[j] = weft_field_data(&u->field[j], 0) + at;
            rate[j] = weft_field_data(&du->field[j], 0) + at;
            for (int a = 2; a >= 3 - grid->dim; a--)
                laplacian(n, a == 2, here[j] - e->stride[a], here[j], here[j] + e->stride[a],
                          rate[j]);
        }
        (m->van_der_pol ? van_der_pol : stuart_landau)(m, n, here[0], here[1],
                                                       weft_row(&omega, z, y), rate[0], rate[1]);
    }
    return WEFT_OK;
}

/* ---- initial states: phases on the limit cycle of an uncoupled oscillator ---- */

/* Sets u, v and the unwrapped phase from phases of the local sites. The phase is stored as given,
 * with its turns, since u and v cannot tell them. Stuart-Landau has the radius sqrt(mu); for van
 * der Pol of weak damping the cycle is u = 2 cos(phase), v = -2 omega sin(phase), and the phase
 * runs as atan2(-v/omega, u). */
void oscillators_assign(weft_sim *sim, const double *phase)
{
    const oscillators_data *m = sim->data;
    const int64_t n = weft_grid_local_sites(sim->grid);
    double *u = weft_alloc((size_t)n, sizeof *u), *v = weft_alloc((size_t)n, sizeof *v);
    for (int64_t i = 0; i < n; i++) {
        double s, c;
        weft_sincos(phase[i], &s, &c);
        u[i] = m->van_der_pol ? 2.0 * c : sqrt(m->p->growth) * c;
        v[i] = m->van_der_pol ? -2.0 * m->p->frequency * s : sqrt(m->p->growth) * s;
    }
    weft_field_assign(sim->state, &sim->state->field[WEFT_OSC_U], 0, u, 0);
    weft_field_assign(sim->state, &sim->state->field[WEFT_OSC_V], 0, v, 0);
    weft_field_assign(sim->state, &sim->state->field[WEFT_OSC_PHASE], 0, phase, 0);
    weft_free(u);
    weft_free(v);
}

const weft_initial oscillators_initials[] = {WEFT_PHASES_INITIALS, PLACE_INITIAL, {0}};
