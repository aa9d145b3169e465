/* The coupling. Each link is computed once: Gamma(d) for the site at its start and Gamma(-d) for
 * the site at its end, with Gamma split into an odd and an even part. */
#include "kuramoto.h"
#include "weft/vmath.h"

enum { PART = 512 };

/* Gamma of n links: forward[i] = Gamma(d), back[i] = Gamma(-d), d = next[i] - here[i]. */
static void links_sine(double odd, double even, int64_t n, const double *restrict here,
                       const double *restrict next, double *restrict forward, double *restrict back)
{
    for (int64_t i = 0; i < n; i++) {
        double s, c;
        weft_sincos(next[i] - here[i], &s, &c);
        double a = odd * s, b = even * (c - 1.0);
        forward[i] = b + a;
        back[i] = b - a;
    }
}

/* sin(n d) and cos(n d) - 1 by rotation. */
static void links_series(const kuramoto_data *m, int64_t n, const double *restrict here,
                         const double *restrict next, double *restrict forward,
                         double *restrict back)
{
    for (int64_t i = 0; i < n; i++) {
        double s, c;
        weft_sincos(next[i] - here[i], &s, &c);
        double sn = s, cn = c, a = m->odd[1] * s, b = m->even[1] * (c - 1.0);
        for (int j = 2; j <= m->harmonics; j++) {
            double rotated = sn * c + cn * s;
            cn = cn * c - sn * s;
            sn = rotated;
            a += m->odd[j] * sn;
            b += m->even[j] * (cn - 1.0);
        }
        forward[i] = b + a;
        back[i] = b - a;
    }
}

static void links(const kuramoto_data *m, int64_t n, const double *here, const double *next,
                  double *forward, double *back)
{
    if (m->harmonics == 1)
        links_sine(m->odd[1], m->even[1], n, here, next, forward, back);
    else
        links_series(m, n, here, next, forward, back);
}

/* du = omega + the links along x of one row; the row has a ghost at either end. */
static void row_x(const kuramoto_data *m, int64_t n, const double *phase,
                  const double *restrict omega, double *restrict du)
{
    double forward[PART] __attribute__((aligned(64))), back[PART + 1] __attribute__((aligned(64)));
    double unused;
    links(m, 1, phase - 1, phase, &unused, &back[0]);
    for (int64_t x = 0; x < n; x += PART) {
        int64_t length = n - x < PART ? n - x : PART;
        links(m, length, phase + x, phase + x + 1, forward, back + 1);
        for (int64_t i = 0; i < length; i++)
            du[x + i] = omega[x + i] + (forward[i] + back[i]);
        back[0] = back[length];
    }
}

static void add(int64_t n, const double *restrict from, double *restrict to)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += from[i];
}

/* Add the links along axis (0 z, 1 y) of all rows. */
static void rows_across(const kuramoto_data *m, const weft_grid *grid, int axis,
                        const double *phase, const weft_extent *e, double *du, const weft_extent *d)
{
    const int other = 1 - axis;
    const int64_t n = grid->local[2];
    for (int64_t b = 0; b < grid->local[other]; b++)
        for (int64_t a = -1; a < grid->local[axis]; a++) {
            const double *here = phase + e->origin + a * e->stride[axis] + b * e->stride[other];
            links(m, n, here, here + e->stride[axis], m->link[0], m->link[1]);
            double *to = du + d->origin + a * d->stride[axis] + b * d->stride[other];
            if (a >= 0)
                add(n, m->link[0], to);
            if (a + 1 < grid->local[axis])
                add(n, m->link[1], to + d->stride[axis]);
        }
}

static void lattice(weft_sim *sim, weft_field *phase, weft_field *du)
{
    const kuramoto_data *m = sim->data;
    const weft_grid *grid = sim->grid;
    weft_field *omega = &sim->state->field[WEFT_OMEGA];
    const weft_extent *e = &phase->extent, *w = &omega->extent, *d = &du->extent;
    weft_field_exchange(phase);
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++)
            row_x(m, grid->local[2],
                  weft_field_data(phase, 0) + e->origin + z * e->stride[0] + y * e->stride[1],
                  weft_field_data(omega, 0) + w->origin + z * w->stride[0] + y * w->stride[1],
                  weft_field_data(du, 0) + d->origin + z * d->stride[0] + y * d->stride[1]);
    for (int axis = 1; axis >= 3 - grid->dim; axis--)
        rows_across(m, grid, axis, weft_field_data(phase, 0), e, weft_field_data(du, 0), d);
}

/* ---- all to all: (K/N) sum_j [sin(phi_j - phi_i + delta) - sin delta] through the mean field ----
 */

static void all_to_all(weft_sim *sim, weft_state *u, weft_field *phase, weft_field *du)
{
    const kuramoto_data *m = sim->data;
    weft_view rate = weft_field_view(sim->state, du, 0, NULL);
    weft_view omega = weft_field_view(sim->state, &sim->state->field[WEFT_OMEGA], 0, NULL);
    weft_view field = weft_field_view(u, phase, 0, NULL);
    double mean[2], s, c;
    phases_sums(sim->grid, &field, mean);
    /* (K/N) sum sin(phi_j + delta - phi_i) = A cos(phi_i) - B sin(phi_i) */
    const double strength = m->p->coupling / (double)weft_grid_sites(sim->grid);
    weft_sincos(m->p->phase_lag, &s, &c);
    const double a = strength * (mean[1] * c + mean[0] * s);
    const double b = strength * (mean[0] * c - mean[1] * s), constant = m->p->coupling * s;
    for (int64_t z = 0; z < sim->grid->local[0]; z++)
        for (int64_t y = 0; y < sim->grid->local[1]; y++) {
            const double *p = weft_row(&field, z, y), *w = weft_row(&omega, z, y);
            double *restrict f = (double *)weft_row(&rate, z, y);
            for (int64_t i = 0; i < sim->grid->local[2]; i++) {
                double si, ci;
                weft_sincos(p[i], &si, &ci);
                f[i] = w[i] + (a * ci - b * si) - constant;
            }
        }
}

weft_status kuramoto_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    (void)t;
    const kuramoto_data *m = sim->data;
    if (m->all_to_all)
        all_to_all(sim, u, &u->field[WEFT_PHASE], &du->field[WEFT_PHASE]);
    else
        lattice(sim, &u->field[WEFT_PHASE], &du->field[WEFT_PHASE]);
    return WEFT_OK;
}

double kuramoto_nu(const kuramoto_data *m)
{
    double nu = 0.0;
    for (int n = 1; n <= m->harmonics; n++)
        nu += n * m->odd[n];
    return nu;
}
