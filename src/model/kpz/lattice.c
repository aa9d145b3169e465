/* The lattice schemes: nu times the usual Laplacian, and for the square of the slope along each
 * axis, with the differences d+ and d- to both neighbours, standard: ((d+ + d-)/2)^2, lam_shin:
 * (d+^2 + d+ d- + d-^2)/3 (C.-H. Lam, F. G. Shin, Phys. Rev. E 58, 5592 (1998)): the latter leaves
 * the Gaussian measure of lambda = 0 stationary in one dimension. */
#include "kpz.h"

typedef struct stencil {
    double nu;     /* over dx^2 */
    double lambda; /* lambda/2 over dx^2, with the factor of the scheme */
    double shift;  /* difference that a mean tilt makes */
    double clip;
} stencil;

static inline double clipped(double d, double c)
{
    d = d > c ? c : d;
    return d < -c ? -c : d;
}

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

static stencil stencil_of(const kpz_data *m, const weft_grid *grid, int axis)
{
    const double dx2 = grid->dx[axis] * grid->dx[axis];
    return (stencil){.nu = m->p->nu / dx2,
                     .lambda =
                         0.5 * m->p->lambda / dx2 / (m->p->scheme == KPZ_LAM_SHIN ? 3.0 : 4.0),
                     .shift = axis == 2 ? m->p->tilt * grid->dx[2] : 0.0,
                     .clip = m->clip};
}

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
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++) {
            const double *here =
                weft_field_data(height, 0) + e->origin + z * e->stride[0] + y * e->stride[1];
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
