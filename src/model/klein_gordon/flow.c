/* The equations of motion on the grid: kicks, drifts, right-hand side (damping.c: damping).
 *
 *     kick  pi += dt (lap phi - V'(phi)),   drift  phi += dt pi,   damp  pi *= exp(-gamma(x) dt)
 *
 * Each of the three is exact for its own part of the Hamiltonian, which is all that a symmetric
 * splitting needs to be of its order and to keep the energy bounded.
 *
 * The block of a rank is done in pieces, the interior while the ghosts travel (here in two
 * dimensions, with stencils of half width w):
 *
 *     +----------------------+
 *     |       2 (y upper)    |  w rows
 *     +---+--------------+---+
 *     | 3 | 0 (interior) | 4 |
 *     +---+--------------+---+
 *     |       1 (y lower)    |  w rows
 *     +----------------------+
 *
 * Invariants. (1) The width of the halo (ghost layers) is the half width of the difference stencil,
 * and a stencil reads along the axes only. (2) The force of a point is one sequence of operations
 * that does not depend on where its piece of the block begins; hence the interior may be done
 * first, the layers at the faces afterwards, and the bits are those of one pass, on any number of
 * ranks. (3) Every owned point belongs to exactly one piece. (4) `times` kicks in one pass (a
 * stepper merges the end of a step with the start of the next) repeat the addition instead of
 * multiplying dt: same bits as separate calls. (5) fma is called by name, since the compiler must
 * not contract other products (-ffp-contract=off). */
#include "kg.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

/* ---- blocks of a rank ---- */

/* Points low <= i < high of the local block. */
typedef struct range {
    int64_t low[3], high[3];
} range;

static range whole(const weft_grid *grid)
{
    return (range){{0, 0, 0}, {grid->local[0], grid->local[1], grid->local[2]}};
}

/* Cut the block into the interior, whose stencils need no ghosts (piece 0), and two boundary layers
 * an axis (pieces 1 to 2*dim). The layers of an axis cover the full block along later axes, and
 * only the interior part along earlier ones, so that pieces do not overlap. Blocks thinner than two
 * widths have an empty interior and, if need be, an empty upper layer. */
static range piece(const weft_grid *grid, int width, int number)
{
    range r = whole(grid);
    int axis = 3;
    bool upper = false;
    if (number > 0) {
        axis = 3 - grid->dim + (number - 1) / 2;
        upper = (number - 1) % 2;
    }
    for (int a = 3 - grid->dim; a <= axis && a < 3; a++) {
        int64_t n = grid->local[a];
        int64_t low = width < n ? width : n, high = n - width > low ? n - width : low;
        if (a < axis) {
            r.low[a] = low;
            r.high[a] = high;
        } else {
            r.low[a] = upper ? high : 0;
            r.high[a] = upper ? n : low;
        }
    }
    return r;
}

/* ---- force ---- */

/* What is done with the force of each chunk of a row. */
typedef struct job {
    weft_sim *sim;
    weft_state *u, *du; /* du: for the right-hand side */
    double dt;
    int times;
    double damping; /* of the right-hand side, at its time */
} job;

/* What happens to the force at n points of a row from local (z, y, x) on, a row of values for each
 * component: it is added to pi, or stored as a rate. The force itself never goes to memory. */
typedef void consume(const job *j, int64_t z, int64_t y, int64_t x, int64_t n,
                     double (*force)[KG_CHUNK]);

/* Element of a local point in an array of this extent. */
static int64_t at(const weft_extent *e, int64_t z, int64_t y, int64_t x)
{
    return weft_extent_row(e, z, y) + x;
}

/* force -= V'(phi) of a chunk; with winding the ramp is added to phi first. first: its global
 * point. phi has KG_ROWS pointers. */
static void subtract_slope(const kg *m, const int64_t *first, int64_t n, double **phi,
                           double *const *force)
{
    double total[KG_CHUNK], *with_ramp[KG_ROWS] = {total};
    if (m->ramp) {
        for (int64_t i = 0; i < n; i++)
            total[i] = phi[0][i] + m->ramp[first[2] + i];
        phi = with_ramp;
    }
    kg_point(m, first[0], first[1], first[2], phi);
    m->v.kernels->force(&m->v, n, phi, force);
}

/* The force of at most KG_CHUNK points of a row, in the first cache: Laplacian (by differences
 * here, or from m->force where transforms made it) minus V'. With dealiasing m->force is the whole
 * force. */
static void chunk(const job *j, consume *then, int64_t z, int64_t y, int64_t x, int64_t n)
{
    const kg *m = kg_of(j->sim);
    const weft_grid *grid = j->sim->grid;
    weft_field *field = kg_phi(j->u);
    const int64_t first[3] = {grid->start[0] + z, grid->start[1] + y, grid->start[2] + x};
    double force[KG_COMPONENTS][KG_CHUNK], *phi[KG_ROWS] = {0}, *out[KG_COMPONENTS] = {0};
    for (int c = 0; c < m->components; c++) {
        phi[c] = weft_field_data(field, c) + at(&field->extent, z, y, x);
        out[c] = force[c];
        if (m->width > 0)
            kg_laplacian_row(m, grid, field->extent.stride, phi[c], n, force[c]);
        else
            memcpy(force[c], m->force[c] + (z * grid->local[1] + y) * grid->local[2] + x,
                   (size_t)n * sizeof(double));
    }
    if (m->width > 0 || m->dealias == 0)
        subtract_slope(m, first, n, phi, out);
    then(j, z, y, x, n, force);
}

/* All points of a range, row by row, in chunks. */
static void sweep(const job *j, consume *then, range r)
{
    for (int64_t z = r.low[0]; z < r.high[0]; z++)
        for (int64_t y = r.low[1]; y < r.high[1]; y++)
            for (int64_t x = r.low[2]; x < r.high[2]; x += KG_CHUNK) {
                int64_t left = r.high[2] - x;
                chunk(j, then, z, y, x, left < KG_CHUNK ? left : KG_CHUNK);
            }
}

/* Differences: the interior is done while the ghosts travel. */
static void for_force(const job *j, consume *then)
{
    const kg *m = kg_of(j->sim);
    const weft_grid *grid = j->sim->grid;
    weft_field *field = kg_phi(j->u);
    if (m->width == 0) {
        kg_spectral_force(j->sim, j->u);
        sweep(j, then, whole(grid));
    } else if (grid->size == 1) {
        weft_field_exchange(field);
        sweep(j, then, whole(grid));
    } else {
        weft_halo_begin(field->halo, field->data);
        sweep(j, then, piece(grid, m->width, 0));
        weft_halo_end(field->halo, field->data);
        for (int i = 1; i <= 2 * grid->dim; i++)
            sweep(j, then, piece(grid, m->width, i));
    }
}

/* ---- kick and drift ---- */

/* x += dt * rate, `times` times over, in one pass over memory for the usual one and two. */
static void push(int64_t n, double dt, int times, const double *restrict rate, double *restrict x)
{
    if (times == 2)
        for (int64_t i = 0; i < n; i++)
            x[i] = fma(dt, rate[i], fma(dt, rate[i], x[i]));
    else
        for (int t = 0; t < times; t++)
            for (int64_t i = 0; i < n; i++)
                x[i] = fma(dt, rate[i], x[i]);
}

/* pi of the chunk, once its force is known. */
static void kick_chunk(const job *j, int64_t z, int64_t y, int64_t x, int64_t n,
                       double (*force)[KG_CHUNK])
{
    weft_field *pi = kg_pi(j->u);
    for (int c = 0; c < pi->spec.components; c++)
        push(n, j->dt, j->times, force[c], weft_field_data(pi, c) + at(&pi->extent, z, y, x));
}

/* Reads phi, changes pi. Collective: ghosts or transforms. */
weft_status kg_kick(weft_sim *sim, double t, double dt, int times)
{
    job j = {.sim = sim, .u = sim->state, .dt = dt, .times = times};
    kg_formula_time(&kg_of(sim)->v, t);
    for_force(&j, kick_chunk);
    return WEFT_OK;
}

/* Reads pi, changes phi; every point on its own. */
weft_status kg_drift(weft_sim *sim, double t, double dt, int times)
{
    weft_field *phi = kg_phi(sim->state), *pi = kg_pi(sim->state);
    const weft_grid *grid = sim->grid;
    (void)t;
    for (int c = 0; c < phi->spec.components; c++)
        WEFT_FOR_ROWS(grid, z, y)
            push(grid->local[2], dt, times, weft_field_data(pi, c) + at(&pi->extent, z, y, 0),
                 weft_field_data(phi, c) + at(&phi->extent, z, y, 0));
    return WEFT_OK;
}

/* The lattice field has the energy H = cell * sum of pi^2/2 + ..., so that exp(-H/T) gives each pi
 * the variance T/cell: this is the noise per volume of the cell, 2 gamma T delta(x - x') in the
 * continuum. */
bool kg_bath(weft_sim *sim, double t, double *gamma, double *variance)
{
    const kg *m = kg_of(sim);
    *gamma = m->damping;
    *variance = protocol_at(&m->T, t) / weft_grid_cell(sim->grid);
    return protocol_most(&m->T) > 0;
}

/* ---- right-hand side ---- */

/* d phi/dt = pi, d pi/dt = force - gamma pi, for steppers without splitting. */
static void rhs_chunk(const job *j, int64_t z, int64_t y, int64_t x, int64_t n,
                      double (*force)[KG_CHUNK])
{
    const kg *m = kg_of(j->sim);
    weft_field *pi = kg_pi(j->u), *dphi = kg_phi(j->du), *dpi = kg_pi(j->du);
    for (int c = 0; c < m->components; c++) {
        const double *p = weft_field_data(pi, c) + at(&pi->extent, z, y, x);
        double *dp = weft_field_data(dpi, c) + at(&dpi->extent, z, y, x);
        memcpy(weft_field_data(dphi, c) + at(&dphi->extent, z, y, x), p,
               (size_t)n * sizeof(double));
        memcpy(dp, force[c], (size_t)n * sizeof(double));
        if (!m->damped)
            continue;
        double rest = j->damping + m->gamma[0][z] + m->gamma[1][y];
        for (int64_t i = 0; i < n; i++)
            dp[i] -= (rest + m->gamma[2][x + i]) * p[i];
    }
}

/* u may be a stage of the stepper, not the state of the run; du has the same fields. */
weft_status kg_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    job j = {.sim = sim, .u = u, .du = du, .damping = kg_of(sim)->damping};
    kg *m = kg_of(sim);
    if (m->friction)
        j.damping = kg_friction_at(m->friction, t);
    kg_formula_time(&m->v, t);
    for_force(&j, rhs_chunk);
    return WEFT_OK;
}
