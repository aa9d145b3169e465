/* The lattice schemes of the Kardar-Parisi-Zhang equation: the rate of the height at each site,
 *
 *     dh/dt = nu lap h + (lambda/2) sum over the axes of S_a + eta,
 *
 * with second differences for the Laplacian and a discrete square S_a of the slope along axis a.
 * With the differences d+ and d- to both neighbours (and the mean tilt added to each), over dx^2:
 *
 *     standard   S = ((d+ + d-)/2)^2
 *     lam_shin   S = (d+^2 + d+ d- + d-^2)/3
 *
 * The second form is due to C.-H. Lam, F. G. Shin, Phys. Rev. E 58, 5592 (1998). In one dimension
 * it leaves the Gaussian measure of lambda = 0 (independent slopes of variance D/nu) stationary:
 * the sum over a ring of S times the second difference of h telescopes to zero, so that the
 * nonlinear term neither feeds nor drains that measure. The standard form has no such property, and
 * its stationary roughness is several per cent too low at lambda = 2, D = nu = 1, dx = 1.
 *
 * Invariants. Each site reads its two neighbours along each axis and nothing else: one layer of
 * ghosts (copies of the sites of neighbouring ranks) is enough, and no corner is read. The rate of
 * a site is a fixed sequence of operations on the values around it, x first, then y, then z; it
 * does not know where a rank's part of the grid ends, so that the bits are the same on any number
 * of ranks. */
#include "kpz.h"

/* The numbers of one axis that the kernels need, all powers of dx already divided in. */
typedef struct stencil {
    double nu;     /* over dx^2 */
    double lambda; /* lambda/2 over dx^2, with the factor of the scheme */
    double shift;  /* difference that a mean tilt makes */
    double clip;
} stencil;

/* A difference cut to [-c, c]. With c infinite the value comes back unchanged; there is one kernel
 * for both cases because a comparison costs next to nothing in a loop that is bound by memory. */
static inline double clipped(double d, double c)
{
    d = d > c ? c : d;
    return d < -c ? -c : d;
}

/* Adds what one axis contributes to the rates of a row of n sites. left and right point at the same
 * row moved by one site along the axis. The clip acts on the nonlinear term alone: diffusion of the
 * true differences is what pulls a spike down again. */
static void add_lam_shin(stencil s, int64_t n, const double *restrict left,
                         const double *restrict here, const double *restrict right,
                         double *restrict out)
{
    for (int64_t i = 0; i < n; i++) {
        double up = right[i] - here[i], down = here[i] - left[i];
        double a = clipped(up + s.shift, s.clip), b = clipped(down + s.shift, s.clip);
        out[i] += s.nu * (up - down) + s.lambda * (a * a + a * b + b * b);
    }
}

/* The same with centred differences; s.lambda holds the factor 1/4 of the square of (d+ + d-)/2. */
static void add_standard(stencil s, int64_t n, const double *restrict left,
                         const double *restrict here, const double *restrict right,
                         double *restrict out)
{
    for (int64_t i = 0; i < n; i++) {
        double up = right[i] - here[i], down = here[i] - left[i];
        double a = clipped(up + s.shift, s.clip) + clipped(down + s.shift, s.clip);
        out[i] += s.nu * (up - down) + s.lambda * (a * a);
    }
}

/* The tilt belongs to the x axis only: the field holds the periodic part of the height, and the
 * mean slope, which periodic values cannot hold, enters as a constant shift of each difference. It
 * drops out of the Laplacian. */
static stencil stencil_of(const kpz_data *m, const weft_grid *grid, int axis)
{
    const double dx2 = grid->dx[axis] * grid->dx[axis];
    return (stencil){.nu = m->p->nu / dx2,
                     .lambda =
                         0.5 * m->p->lambda / dx2 / (m->p->scheme == KPZ_LAM_SHIN ? 3.0 : 4.0),
                     .shift = axis == 2 ? m->p->tilt * grid->dx[2] : 0.0,
                     .clip = m->clip};
}

/* The family rhs. A row starts from the quenched noise eta (zero where there is none, its array is
 * always there) and the axes are added to it; this saves a pass that would only clear the row. */
weft_status kpz_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    (void)t;
    const kpz_data *m = sim->data;
    const weft_grid *grid = sim->grid;
    weft_field *height = &u->field[WEFT_HEIGHT];
    const weft_extent *e = &height->extent;
    weft_view eta = weft_field_view(sim->state, &sim->state->field[WEFT_ETA], 0, NULL);
    weft_view rate = weft_field_view(u, &du->field[WEFT_HEIGHT], 0, NULL);
    const int64_t n = grid->local[2];
    weft_field_exchange(height);
    WEFT_FOR_ROWS(grid, z, y) {
        const double *here = weft_field_data(height, 0) + weft_extent_row(e, z, y);
        const double *restrict base = weft_row(&eta, z, y);
        double *restrict out = (double *)weft_row(&rate, z, y);
        for (int64_t i = 0; i < n; i++)
            out[i] = base[i];
        for (int a = 2; a >= 3 - grid->dim; a--) {
            stencil s = stencil_of(m, grid, a);
            const double *left = here - e->stride[a], *right = here + e->stride[a];
            if (m->p->scheme == KPZ_LAM_SHIN)
                add_lam_shin(s, n, left, here, right, out);
            else
                add_standard(s, n, left, here, right, out);
        }
    }
    return WEFT_OK;
}
