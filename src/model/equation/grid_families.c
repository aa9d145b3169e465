/* Families of fields that live on the grid: right-hand sides, noise increments, kicks and drifts.
 *
 * A system of second order q'' = F(q) - gamma q' is split into kick p += dt F(q), drift q += dt p
 * and the exact damping p *= exp(-gamma dt); each is the exact flow of its part. Noise of unit
 * strength has the increment normal * sqrt(dt/cell) at a site, where cell is the volume of one
 * site: its integral over a region then has the variance dt times the volume, whatever the spacing.
 *
 * Invariants. Ghosts are exchanged before a program reads neighbours, and the exchange is done by
 * all ranks (collective), whatever the formulas read. `times` updates in one pass repeat the
 * addition, so that bits equal those of separate calls. Noise of step number sim->step is addressed
 * by that number and the global site: no dependence on ranks, and a resumed run draws the same. In
 * an Ito step the amplitude is that of the state at the start of the step, whose ghosts rhs has
 * filled. */
#include "lattice.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

/* to += dt f, `times` times over. */
static void add_row(int64_t n, double dt, int times, const double *restrict f, double *restrict to)
{
    for (int k = 0; k < times; k++)
        for (int64_t i = 0; i < n; i++)
            to[i] += dt * f[i];
}

/* to += dt from on the owned sites, so many times. */
static void advance(const eq_lattice *l, double dt, int times, const double *from, double *to)
{
    const weft_extent *e = &l->extent;
    WEFT_FOR_ROWS(l->grid, z, y) {
        int64_t at = weft_extent_row(e, z, y);
        add_row(l->grid->local[2], dt, times, from + at, to + at);
    }
}

/* The force is computed once for all components before any momentum changes. */
weft_status eq_kick(weft_sim *sim, double t, double dt, int times)
{
    eq_data *d = sim->data;
    eq_lattice *l = d->lattice;
    double *u[EQ_COMPONENTS];
    eq_lattice_arrays(sim->state, true, u);
    eq_lattice_means(l, t, u);
    eq_kernel_run(l, &l->force, u, l->kick);
    for (int i = 0; i < d->s.n; i++)
        if (eq_is_momentum(&d->s, i))
            advance(l, dt, times, l->kick[i], u[i]);
    return WEFT_OK;
}

/* q += dt p: components pair by pair. */
weft_status eq_drift(weft_sim *sim, double t, double dt, int times)
{
    eq_data *d = sim->data;
    double *u[EQ_COMPONENTS];
    (void)t;
    eq_lattice_arrays(sim->state, false, u);
    for (int i = 0; i < d->s.n; i++)
        if (eq_momentum_of(&d->s, i) >= 0)
            advance(d->lattice, dt, times, u[eq_momentum_of(&d->s, i)], u[i]);
    return WEFT_OK;
}

/* p = p exp(-gamma dt). */
static void shrink(const eq_lattice *l, double factor, double *p)
{
    const weft_extent *e = &l->extent;
    WEFT_FOR_ROWS(l->grid, z, y) {
        double *row = p + weft_extent_row(e, z, y);
        for (int64_t i = 0; i < l->grid->local[2]; i++)
            row[i] *= factor;
    }
}

/* gamma is a number for each momentum. True: there is damping. */
bool eq_damp(weft_sim *sim, double t, double dt)
{
    eq_data *d = sim->data;
    double *u[EQ_COMPONENTS];
    bool any = false;
    (void)t;
    eq_lattice_arrays(sim->state, false, u);
    for (int i = 0; i < d->s.n; i++)
        if (d->gamma[i] != 0.0) {
            any = true;
            shrink(d->lattice, weft_exp(-d->gamma[i] * dt), u[i]);
        }
    return any;
}

/* ---- right-hand sides ---- */

/* One program for all rates. */
static void lattice_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    double *from[EQ_COMPONENTS], *to[EQ_COMPONENTS];
    eq_lattice_arrays(u, true, from);
    eq_lattice_arrays(du, false, to);
    eq_lattice_means(d->lattice, t, from);
    eq_kernel_run(d->lattice, &d->lattice->rate, from, to);
}

/* Output sums of a pipeline as values on the grid: in place of (or added to) those of a state. */
static void to_grid(weft_sim *sim, weft_state *du, bool add)
{
    eq_data *d = sim->data;
    int n = 0;
    for (int f = 0; f < du->n; f++) {
        weft_field *field = &du->field[f];
        if (field->spec.role != WEFT_EVOLVED && field->spec.role != WEFT_MOMENTUM)
            continue;
        for (int c = 0; c < field->spec.components; c++, n++) {
            double *to = weft_field_data(field, c);
            weft_fft_backward(sim->fft, d->out[n]);
            weft_fft_store(sim->fft, d->out[n], sim->fft->scale, add ? d->sites : to,
                           add ? 0 : field->spec.ghost);
            for (int64_t i = 0; add && i < field->size; i++) /* no ghosts in k space models */
                to[i] += d->sites[i];
        }
    }
}

/* Through k space and back, for steppers that want fields on the grid. */
static void spectral_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    double *from[EQ_COMPONENTS];
    eq_coefficients(sim, u, from);
    eq_pipeline_run(d->rate, t, from, d->out);
    to_grid(sim, du, false);
}

/* On a lattice by one program, else through k space. */
weft_status eq_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    if (d->lattice)
        lattice_rhs(sim, t, u, du);
    else
        spectral_rhs(sim, t, u, du);
    return WEFT_OK;
}

/* ---- noise ---- */

/* Increments of unit noise over a step at the owned sites: normal * sqrt(dt/cell). */
static void draw(weft_sim *sim, int noise, double dt, const weft_extent *e, double *out)
{
    const weft_grid *g = sim->grid;
    const double size = sqrt(dt / weft_grid_cell(g));
    WEFT_FOR_ROWS(g, z, y) {
        double *row = out + weft_extent_row(e, z, y);
        int64_t number = (g->start[0] + z) * g->n[1] + g->start[1] + y;
        weft_noise_increments(&sim->noise, noise, (uint64_t)sim->step, number, g->n[2], g->start[2],
                              g->local[2], row, NULL);
        for (int64_t x = 0; x < g->local[2]; x++)
            row[x] *= size;
    }
}

/* Noise under an offset (u[1] of xi) needs ghosts of the noise, too. The increments are computed
 * into arrays of their own and then added, since du may hold the drift already. */
static void lattice_noise(weft_sim *sim, double dt, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    eq_lattice *l = d->lattice;
    double *from[EQ_COMPONENTS], *to[EQ_COMPONENTS];
    eq_lattice_arrays(u, false, from);
    eq_lattice_arrays(du, false, to);
    for (int k = 0; k < d->s.n_noises; k++) {
        draw(sim, k, dt, &l->extent, l->noise[k]);
        if (l->noise_halo)
            weft_halo_exchange(l->noise_halo, l->noise[k]);
    }
    eq_lattice_means(l, sim->time, from);
    eq_kernel_run(l, &l->increment, from, l->kick);
    for (int i = 0; i < d->s.n; i++)
        advance(l, 1.0, 1, l->kick[i], to[i]);
}

/* The noise goes into the grid buffers of the pipeline as one more input. */
static void spectral_noise(weft_sim *sim, double dt, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    const weft_extent e = weft_grid_extent(sim->grid, 0);
    double *from[EQ_COMPONENTS];
    for (int k = 0; k < d->s.n_noises; k++) {
        draw(sim, k, dt, &e, d->sites);
        weft_fft_load(sim->fft, d->sites, 0, d->increment->noise[k]);
    }
    eq_coefficients(sim, u, from);
    eq_pipeline_run(d->increment, sim->time, from, d->out);
    to_grid(sim, du, true);
}

/* du += g(u) dW. Without noise there is nothing to add. */
weft_status eq_ito(weft_sim *sim, double dt, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    if (!d->s.noisy)
        return WEFT_OK;
    if (d->lattice)
        lattice_noise(sim, dt, u, du);
    else
        spectral_noise(sim, dt, u, du);
    return WEFT_OK;
}

/* Simple noise: amplitude/sqrt(cell), for evolved field number `field`. */
double eq_noise_amplitude(weft_sim *sim, int field)
{
    const eq_data *d = sim->data;
    int n = 0, i = 0;
    /* field: evolved fields and momenta in order */
    for (int f = 0; f < d->s.n_fields; f++)
        for (int order = 0; order < d->s.field[f].order; order++, n++)
            if (n == field)
                i = d->s.field[f].component + order * (d->s.field[f].is_complex ? 2 : 1);
    return fabs(d->shape.amplitude[i]) / sqrt(weft_grid_cell(sim->grid));
}
