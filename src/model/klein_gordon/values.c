/* Values, coefficients and derivatives of the fields, in whatever space they live: what the
 * observables are made of.
 *
 * Invariants. A view is valid until its buffer is used again; there are two transform buffers
 * (fft->work and the second one), so that two components can be looked at together and never three.
 * Buffers for observables are made at their first use and kept. Derivatives leave the ramp of a
 * winding field out; callers add its slope. */
#include "kg.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The array itself for fields on the grid, a transform into a buffer in k space. */
weft_view kg_view(weft_sim *sim, int component, bool second)
{
    return weft_field_view(sim->state, kg_phi(sim->state), component,
                           second ? kg_of(sim)->second_buffer : NULL);
}

/* A copy is made only where phi itself is stored nowhere: chi + ramp, or |phi|. */
weft_view kg_scalar(weft_sim *sim)
{
    kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    if (!m->ramp && m->components == 1)
        return kg_view(sim, 0, false);
    if (!m->scalar)
        m->scalar = weft_alloc((size_t)weft_grid_local_sites(grid), sizeof(double));
    weft_view u = kg_view(sim, 0, false), w = {0};
    if (m->components > 1)
        w = kg_view(sim, 1, true);
    int64_t n = grid->local[2];
    weft_view out = {m->scalar, {grid->local[0], grid->local[1], n}, {grid->local[1] * n, n, 1}, 0};
    WEFT_FOR_ROWS(grid, z, y) {
        double *to = m->scalar + z * out.stride[0] + y * out.stride[1];
        const double *a = weft_row(&u, z, y), *b = m->components > 1 ? weft_row(&w, z, y) : a;
        for (int64_t x = 0; x < n; x++)
            to[x] =
                m->ramp ? a[x] + m->ramp[grid->start[2] + x] : sqrt(fma(a[x], a[x], b[x] * b[x]));
    }
    return out;
}

/* Valid until fft->work is used again. */
const double *kg_coefficients(weft_sim *sim, weft_field *field, int component)
{
    const double *data = weft_field_data(field, component);
    if (field->space == WEFT_K)
        return data;
    weft_fft_load(sim->fft, data, field->spec.ghost, sim->fft->work);
    weft_fft_forward(sim->fft, sim->fft->work);
    return sim->fft->work;
}

/* ---- derivatives ---- */

/* A cosine series differentiates to a sine series, which the transforms of walls cannot hold. */
weft_status kg_check_derivatives(weft_sim *sim)
{
    const weft_grid *grid = sim->grid;
    if (kg_of(sim)->width > 0)
        return WEFT_OK;
    if (!kg_has_walls(grid) || kg_of(sim)->mirror)
        return WEFT_OK;
    return weft_fail(WEFT_INPUT,
                     "first derivatives between walls need %d points of an axis on each rank; use "
                     "fewer ranks",
                     KG_WIDTH);
}

/* Behind walls fields are even or odd, and derivatives need the images there (see mirrored). */
bool kg_has_walls(const weft_grid *grid)
{
    for (int a = 3 - grid->dim; a < 3; a++)
        if (kg_is_wall(grid, a))
            return true;
    return false;
}

/* The values of a component with ghosts behind the walls. */
static weft_view mirrored(weft_sim *sim, int component)
{
    kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    const weft_extent e = weft_grid_extent(grid, KG_WIDTH);
    weft_view u = kg_view(sim, component, false), out = u;
    if (!m->mirrored)
        m->mirrored = weft_alloc((size_t)e.size, sizeof(double));
    WEFT_FOR_ROWS(grid, z, y)
        memcpy(m->mirrored + weft_extent_row(&e, z, y), weft_row(&u, z, y),
               (size_t)grid->local[2] * sizeof(double));
    weft_halo_exchange(m->mirror, m->mirrored);
    out.data = m->mirrored;
    out.origin = e.origin;
    memcpy(out.stride, e.stride, sizeof out.stride);
    return out;
}

/* Spectral: ik in k space, into an array of its own. Differences: a view of phi with its ghosts,
 * the derivative is taken row by row. */
kg_derivative kg_derivative_of(weft_sim *sim, int component, int axis)
{
    kg *m = kg_of(sim);
    weft_fft *fft = sim->fft;
    weft_field *phi = kg_phi(sim->state);
    kg_derivative d = {.m = m, .axis = axis};
    if (m->width > 0) {
        weft_field_exchange(phi);
        d.view = kg_view(sim, component, false);
        return d;
    }
    if (kg_is_wall(sim->grid, axis)) {
        d.view = mirrored(sim, component);
        return d;
    }
    const double *c = kg_coefficients(sim, phi, component);
    if (c != fft->work)
        memcpy(fft->work, c, (size_t)(fft->modes * fft->per_mode) * sizeof *c);
    weft_fft_derivative(fft, axis, fft->work);
    weft_fft_backward(fft, fft->work);
    if (!m->derivative)
        m->derivative = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
    weft_fft_store(fft, fft->work, fft->scale, m->derivative, 0);
    const int64_t *n = sim->grid->local;
    d.spectral = true;
    d.view = (weft_view){m->derivative, {n[0], n[1], n[2]}, {n[1] * n[2], n[2], 1}, 0};
    return d;
}

/* n values of the derivative along the axis at the row (z, y). */
void kg_derivative_get(const kg_derivative *d, int64_t z, int64_t y, int64_t n, double *out)
{
    const double *row = weft_row(&d->view, z, y);
    if (d->spectral)
        memcpy(out, row, (size_t)n * sizeof *out);
    else
        kg_derivative_row(d->m, d->axis, d->view.stride[d->axis], row, n, out);
}
