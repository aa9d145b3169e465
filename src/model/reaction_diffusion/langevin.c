/* The chemical Langevin equation of densities (the Kramers-Moyal expansion to second order, in the
 * sense of Ito; D. T. Gillespie, J. Chem. Phys. 113, 297 (2000)). In a cell of volume V, with Omega
 * particles in a unit of density times volume, a step of length dt adds
 *
 *     for each reaction of propensity w:   change * sqrt(w dt/(Omega V)) * normal
 *     for each face between cells i, j:    +-sqrt(D (rho_i + rho_j) dt/(Omega V dx^2)) * normal
 *
 * A face is the border of two neighbouring cells; the current through it leaves one and enters the
 * other with the same double.
 *
 * Invariants. (1) Noise of diffusion conserves the total of a species to rounding, on any number of
 * ranks: the normal of a face belongs to the site below it (the site of lower coordinate), so that
 * the two ranks that share a face compute the same current from the same numbers. (2) Noise of a
 * reaction changes its species in the ratio of its stoichiometry, with one normal a reaction, so
 * that conservation laws hold. (3) Propensities and densities under a root count as zero where they
 * are negative. (4) Only the state at the start of the step is read (Ito): the ghosts that rhs
 * filled are those, and none of the increments is read back. Random numbers are addressed by
 * (component, step, global site), which makes results independent of the ranks. */
#include "reaction_diffusion.h"
#include <math.h>

/* Number of a global row, the address of its random numbers. */
static int64_t row_number(const weft_grid *grid, int64_t z, int64_t y)
{
    return z * grid->n[1] + y;
}

/* ---- reactions ---- */

/* out += change * sqrt(rate) * r at n sites. */
static void add_noise(int n, double change, const double *restrict rate, const double *restrict r,
                      double *restrict out)
{
    for (int i = 0; i < n; i++)
        out[i] += change * (sqrt(rate[i]) * r[i]);
}

/* The noise of all reactions on a stretch of n sites from global x0 on. scale = dt/(Omega V).
 * Component r of the noise belongs to reaction r. */
static void reactions_stretch(weft_sim *sim, double scale, int64_t row, int64_t x0, int n,
                              const double *const *u, double *const *du)
{
    const rd_config *cfg = &rd_of(sim)->cfg;
    double v[WEFT_MAX_SPECIES][RD_STRETCH], room[RD_STRETCH], rate[RD_STRETCH], r1[RD_STRETCH];
    const double *positive[WEFT_MAX_SPECIES];
    for (int s = 0; s < cfg->net.n_species; s++) {
        for (int i = 0; i < n; i++)
            v[s][i] = u[s][i] > 0.0 ? u[s][i] : 0.0;
        positive[s] = v[s];
    }
    if (isfinite(cfg->capacity))
        rd_room(cfg, n, positive, true, room);
    for (int r = 0; r < cfg->n_reactions; r++) {
        const rd_reaction *reaction = &cfg->reaction[r];
        rd_propensity(reaction, n, positive, room, rate);
        for (int i = 0; i < n; i++)
            rate[i] *= scale;
        weft_noise_increments(&sim->noise, r, (uint64_t)sim->step, row, sim->grid->n[2], x0, n, r1,
                              NULL);
        for (int j = 0; j < reaction->n_changes; j++)
            add_noise(n, reaction->change[j], rate, r1, du[reaction->species[j]]);
    }
}

/* Cuts every local row into stretches. Rows and stretches are independent of each other. */
static void reactions(weft_sim *sim, double scale, weft_field *from, weft_field *to)
{
    const rd_config *cfg = &rd_of(sim)->cfg;
    const weft_grid *grid = sim->grid;
    const double *u[WEFT_MAX_SPECIES];
    double *du[WEFT_MAX_SPECIES];
    WEFT_FOR_ROWS(grid, z, y)
        for (int64_t x = 0; x < grid->local[2]; x += RD_STRETCH) {
            int64_t left = grid->local[2] - x;
            for (int s = 0; s < cfg->net.n_species; s++) {
                u[s] = rd_row(from, s, z, y) + x;
                du[s] = rd_row(to, s, z, y) + x;
            }
            reactions_stretch(sim, scale, row_number(grid, grid->start[0] + z, grid->start[1] + y),
                              grid->start[2] + x, left < RD_STRETCH ? (int)left : RD_STRETCH, u,
                              du);
        }
}

/* ---- currents ---- */

/* The currents of one species through the faces across one axis. */
typedef struct face {
    weft_sim *sim;
    int species, axis, component; /* component: of the noise */
    double scale;                 /* D dt/(Omega V dx^2) */
} face;

/* out = the current through the faces above n sites here. */
static void current(double scale, int64_t n, const double *restrict here,
                    const double *restrict above, double *restrict out)
{
    for (int64_t i = 0; i < n; i++) {
        double a = here[i] > 0.0 ? here[i] : 0.0, b = above[i] > 0.0 ? above[i] : 0.0;
        out[i] *= sqrt(scale * (a + b));
    }
}

/* Normals of the faces above the sites x0 .. x0+n-1 of a row; a face is known by the site below it,
 * and site -1 is the last one. */
static void normals(const face *f, int64_t row, int64_t x0, int64_t n, double *out)
{
    const weft_sim *sim = f->sim;
    const int64_t length = sim->grid->n[2];
    if (x0 < 0) {
        weft_noise_increments(&sim->noise, f->component, (uint64_t)sim->step, row, length,
                              length - 1, 1, out, NULL);
        x0++, n--, out++;
    }
    weft_noise_increments(&sim->noise, f->component, (uint64_t)sim->step, row, length, x0, n, out,
                          NULL);
}

static void zero(int64_t n, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = 0.0;
}

/* The divergence: what enters from below less what leaves above (a current counts positive downward
 * in the coordinate, which a symmetric normal does not mind). */
static void difference(int64_t n, const double *restrict below, const double *restrict above,
                       double *restrict out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] += above[i] - below[i];
}

/* Faces across x. Site number n has n + 1 faces around its row, the first of them below the first
 * site: that face belongs to a site of the rank to the left. At a closed end nothing passes. */
static void along_x(const face *f, weft_field *from, weft_field *to)
{
    const weft_grid *grid = f->sim->grid;
    const int64_t n = grid->local[2];
    const bool open = grid->boundary[2] != WEFT_PERIODIC;
    double *flow = rd_of(f->sim)->row; /* of the n + 1 faces from below the first site on */
    WEFT_FOR_ROWS(grid, z, y) {
        const double *here = rd_row(from, f->species, z, y);
        normals(f, row_number(grid, grid->start[0] + z, grid->start[1] + y), grid->start[2] - 1,
                n + 1, flow);
        current(f->scale, n + 1, here - 1, here, flow);
        if (open && grid->start[2] == 0)
            flow[0] = 0.0;
        if (open && grid->start[2] + n == grid->n[2])
            flow[n] = 0.0;
        difference(n, flow, flow + 1, rd_row(to, f->species, z, y));
    }
}

/* The currents above local row (z, y), which may be the one below the block. */
static void row_above(const face *f, weft_field *from, int64_t z, int64_t y, double *out)
{
    const weft_grid *grid = f->sim->grid;
    const int64_t n = grid->local[2];
    int64_t at[2] = {grid->start[0] + z, grid->start[1] + y};
    const int a = f->axis;
    if (grid->boundary[a] != WEFT_PERIODIC && (at[a] < 0 || at[a] == grid->n[a] - 1)) {
        zero(n, out);
        return;
    }
    at[a] = at[a] < 0 ? grid->n[a] - 1 : at[a];
    const double *here = rd_row(from, f->species, z, y);
    normals(f, row_number(grid, at[0], at[1]), grid->start[2], n, out);
    current(f->scale, n, here, here + from->extent.stride[a], out);
}

/* Faces across y or z: two rows of currents at a time, the upper of one row being the lower of the
 * next, so that each is computed once. The first row starts with the face below the block. */
static void across(const face *f, weft_field *from, weft_field *to)
{
    const weft_grid *grid = f->sim->grid;
    const int64_t n = grid->local[2];
    const int a = f->axis, other = 1 - a;
    double *below = rd_of(f->sim)->row, *above = below + n + 2;
    for (int64_t j = 0; j < grid->local[other]; j++) {
        int64_t at[2] = {j, j};
        at[a] = -1;
        row_above(f, from, at[0], at[1], below);
        for (at[a] = 0; at[a] < grid->local[a]; at[a]++) {
            row_above(f, from, at[0], at[1], above);
            difference(n, below, above, rd_row(to, f->species, at[0], at[1]));
            double *t = below;
            below = above;
            above = t;
        }
    }
}

/* The family ito: du += the noise of step number sim->step. Components of the noise: the reactions
 * first, then three a species for the axes. */
weft_status rd_ito(weft_sim *sim, double dt, weft_state *u, weft_state *du)
{
    const rd_config *cfg = &rd_of(sim)->cfg;
    const weft_grid *grid = sim->grid;
    const double scale = dt / (cfg->particles * weft_grid_cell(grid));
    reactions(sim, scale, &u->field[0], &du->field[0]);
    for (int s = 0; s < cfg->net.n_species; s++)
        for (int a = 3 - grid->dim; a < 3 && cfg->D[s] > 0.0; a++) {
            face f = {sim, s, a, cfg->n_reactions + 3 * s + a,
                      scale * cfg->D[s] / (grid->dx[a] * grid->dx[a])};
            if (a == 2)
                along_x(&f, &u->field[0], &du->field[0]);
            else
                across(&f, &u->field[0], &du->field[0]);
        }
    return WEFT_OK;
}
