/* The equations of motion in k space, for exponential steppers, and the spectral Laplacian for
 * those that live on the grid.
 *
 *     phi_tt(k) = -a(k) phi(k) + N(k),   a = k^2 + mass2,   N = mass2 phi - V'(phi)
 *
 * The linear part is solved exactly for each mode; N is formed at the points of the grid between
 * two transforms.
 *
 * Invariants. a(k) is a sum of one function an axis, so that tables of the exact flow are small.
 * The split into exact part and kick is a splitting of one Hamiltonian: each piece is symplectic. N
 * is computed pointwise, so that the padding of rows may be computed along. All transforms are
 * collective; branches around them depend on parameters alone. Results differ by rounding (1e-12)
 * between numbers of ranks. */
#include "kg.h"
#include <math.h>

/* ---- exponential steppers ---- */

/* The mass belongs to the exact flow, but for waves longer than about 1/mass where the potential
 * has vacua beside phi = 0: its part mass^2 exp(-k^2/(4 mass^2)) is kicked. In a uniform vacuum (k
 * = 0) the flow is then free and the kick is V' = 0, so that every vacuum rests and has the energy
 * that it should have; short waves keep their exact frequency, so that no step is in resonance with
 * them. The width of the Gauss curve hardly matters (0.5 to 8 masses serve): it must be about the
 * inverse width of a kink or more, or walls would feel the smoothing, and far below pi/dt. */
void kg_linear_k2(weft_sim *sim, int field, double *const a[3], double *const soft[3],
                  double *damping)
{
    const kg *m = kg_of(sim);
    const weft_fft *fft = sim->fft;
    const double mass2 = m->v.mass2, part = m->v.rests_at_zero ? 0 : mass2;
    (void)field;
    for (int j = 0; j < 3; j++)
        for (int64_t i = 0; i < fft->m[j]; i++) {
            double k2 = fft->k[j][i] * fft->k[j][i];
            a[j][i] = k2 + (j == 0 ? mass2 : 0);
            soft[j][i] = part > 0 ? (j == 0 ? part : 1) * exp(-0.25 * k2 / mass2) : 0;
        }
    *damping = m->damping;
}

/* f = mass2*chi - V'(chi + ramp) with chi = scale*f from the global point first on, where f may be
 * strided (transforms of a single axis on several ranks). */
static void excess_chunk(const kg *m, double scale, const int64_t *first, int64_t n, int64_t stride,
                         double *const *f)
{
    double u[KG_COMPONENTS][KG_CHUNK], out[KG_COMPONENTS][KG_CHUNK], *pu[KG_ROWS],
        *pout[KG_COMPONENTS];
    for (int c = 0; c < m->components; c++) {
        pu[c] = u[c];
        pout[c] = out[c];
        for (int64_t i = 0; i < n; i++) {
            u[c][i] = scale * f[c][i * stride];
            out[c][i] = m->v.mass2 * u[c][i];
        }
    }
    for (int64_t i = 0; m->ramp && i < n; i++)
        u[0][i] += m->ramp[first[2] + i];
    kg_point(m, first[0], first[1], first[2], pu);
    m->v.kernels->force(&m->v, n, pu, pout);
    for (int c = 0; c < m->components; c++)
        for (int64_t i = 0; i < n; i++)
            f[c][i * stride] = out[c][i];
}

/* N of one row from the global point (z, y) on, in place. The fast way needs contiguous points
 * without a ramp. f has KG_ROWS pointers. */
static void excess_row(const kg *m, const weft_fft *fft, int64_t z, int64_t y, int64_t n,
                       double **f)
{
    const weft_box *box = &fft->real;
    if (!m->ramp && box->stride[2] == 1) {
        kg_point(m, z, y, box->start[2], f);
        m->v.kernels->excess(&m->v, n, fft->scale, f);
        return;
    }
    for (int64_t x = 0; x < n; x += KG_CHUNK) {
        int64_t left = n - x;
        double *part[KG_COMPONENTS];
        for (int c = 0; c < m->components; c++)
            part[c] = f[c] + x * box->stride[2];
        const int64_t first[3] = {z, y, box->start[2] + x};
        excess_chunk(m, fft->scale, first, left < KG_CHUNK ? left : KG_CHUNK, box->stride[2], part);
    }
}

/* Do rows of one plane (or of all) follow each other with at most the padding of a real transform
 * between them? Then they are worked on as one; the padding, which no transform reads, with them.
 */
static bool rows_follow(const kg *m, const weft_box *box, bool one_plane)
{
    return !m->ramp && !m->v.placed && box->stride[2] == 1 && box->stride[1] - box->local[2] <= 2 &&
           (one_plane || box->stride[0] == box->local[1] * box->stride[1]);
}

/* N of rows between two transforms. */
static void excess_rows(void *context, int64_t first, int64_t rows, double *const *u)
{
    weft_sim *sim = context;
    const kg *m = kg_of(sim);
    const weft_box *box = &sim->fft->real;
    int64_t n = box->local[2], end = first + rows;
    if (rows > 0 && rows_follow(m, box, rows <= box->local[1])) {
        n += (rows - 1) * box->stride[1];
        end = first + 1;
    }
    for (int64_t i = first; i < end; i++) {
        double *row[KG_ROWS] = {0};
        const int64_t z = i / box->local[1], y = i % box->local[1];
        for (int c = 0; c < m->components; c++)
            row[c] = u[c] + box->origin + z * box->stride[0] + y * box->stride[1];
        excess_row(m, sim->fft, box->start[0] + z, box->start[1] + y, n, row);
    }
}

/* In: coefficients of all components in transform buffers; out: those of N. The high modes are cut
 * after the product alone: the state has none (kg_truncate), so that factors are clean already. */
weft_status kg_nonlinear_k(weft_sim *sim, double t, double *const *u)
{
    const kg *m = kg_of(sim);
    kg_formula_time(&m->v, t);
    weft_fft_between(sim->fft, m->components, u, excess_rows, sim);
    for (int c = 0; c < m->components && m->dealias > 0; c++)
        weft_fft_dealias(sim->fft, m->dealias, u[c]);
    return WEFT_OK;
}

/* Removes the modes beyond the dealiasing limit from phi and pi, in the space where they live. */
void kg_truncate(weft_sim *sim)
{
    const kg *m = kg_of(sim);
    weft_fft *fft = sim->fft;
    for (int f = 0; f < 2 && m->dealias > 0; f++) {
        weft_field *field = &sim->state->field[f];
        for (int c = 0; c < m->components; c++) {
            double *data = weft_field_data(field, c);
            if (field->space == WEFT_K) {
                weft_fft_dealias(fft, m->dealias, data);
                continue;
            }
            weft_fft_load(fft, data, field->spec.ghost, fft->work);
            weft_fft_forward(fft, fft->work);
            weft_fft_dealias(fft, m->dealias, fft->work);
            weft_fft_backward(fft, fft->work);
            weft_fft_store(fft, fft->work, fft->scale, data, field->spec.ghost);
        }
    }
}

/* ---- spectral Laplacian on the grid ---- */

/* f = -k^2 f - other (other: NULL, or coefficients), for all local modes; per_mode is 1 (cosines,
 * sines) or 2 (complex). */
static void laplace(const weft_fft *fft, double *restrict f, const double *restrict other)
{
    int64_t at = 0, n = fft->m[2], d = fft->per_mode;
    for (int64_t i0 = 0; i0 < fft->m[0]; i0++)
        for (int64_t i1 = 0; i1 < fft->m[1]; i1++) {
            double k2 = fft->k[0][i0] * fft->k[0][i0] + fft->k[1][i1] * fft->k[1][i1];
            const double *restrict k = fft->k[2];
            for (int64_t i = 0; i < n * d; i++)
                f[at + i] *= -(k2 + k[i / d] * k[i / d]);
            for (int64_t i = 0; other && i < n * d; i++)
                f[at + i] -= other[at + i];
            at += n * d;
        }
}

/* V'(phi) into m->force, on the owned points (spectral fields on the grid have no ghosts). */
static void slope_field(weft_sim *sim, weft_state *u)
{
    kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    weft_field *field = kg_phi(u);
    int64_t n = grid->local[2];
    for (int64_t row = 0; row < grid->local[0] * grid->local[1]; row++)
        for (int64_t x = 0; x < n; x += KG_CHUNK) {
            int64_t count = n - x < KG_CHUNK ? n - x : KG_CHUNK;
            double *phi[KG_ROWS], *out[KG_COMPONENTS], sum[KG_CHUNK];
            for (int c = 0; c < m->components; c++) {
                phi[c] = weft_field_data(field, c) + row * n + x; /* no ghosts: rows follow */
                out[c] = m->force[c] + row * n + x;
                for (int64_t i = 0; i < count; i++)
                    out[c][i] = 0;
            }
            for (int64_t i = 0; m->ramp && i < count; i++)
                sum[i] = phi[0][i] + m->ramp[grid->start[2] + x + i];
            if (m->ramp)
                phi[0] = sum;
            kg_point(m, grid->start[0] + row / grid->local[1],
                     grid->start[1] + row % grid->local[1], grid->start[2] + x, phi);
            m->v.kernels->force(&m->v, count, phi, out);
            for (int c = 0; c < m->components; c++)
                for (int64_t i = 0; i < count; i++)
                    out[c][i] = -out[c][i];
        }
}

/* Without dealiasing: the Laplacian into m->force, from which flow.c subtracts V' point by point.
 * With it: the whole force, since V' must pass through k space to lose its high modes. */
void kg_spectral_force(weft_sim *sim, weft_state *u)
{
    kg *m = kg_of(sim);
    weft_fft *fft = sim->fft;
    if (m->dealias > 0)
        slope_field(sim, u);
    for (int c = 0; c < m->components; c++) {
        double *other = NULL;
        if (m->dealias > 0) {
            other = m->second_buffer;
            weft_fft_load(fft, m->force[c], 0, other);
            weft_fft_forward(fft, other);
        }
        weft_fft_load(fft, weft_field_data(kg_phi(u), c), 0, fft->work);
        weft_fft_forward(fft, fft->work);
        laplace(fft, fft->work, other);
        if (m->dealias > 0)
            weft_fft_dealias(fft, m->dealias, fft->work);
        weft_fft_backward(fft, fft->work);
        weft_fft_store(fft, fft->work, fft->scale, m->force[c], 0);
    }
}
