/* The deterministic part of reaction-diffusion fields: mass-action rates, their Jacobian,
 * diffusion.
 *
 *     du_s/dt = D_s lap u_s + sum over reactions r of change_rs w_r(u)
 *     w_r = rate * u_a u_b ... * room^empty
 *
 * where room = 1 - (sum of densities)/capacity counts only if there is a capacity.
 *
 * Invariants. Every site sees the same operations in the same order wherever its stretch begins (a
 * stretch is a piece of a row that fits the first cache), so that fields do not depend on the
 * ranks. The second difference reads one neighbour on each side: one ghost layer, no corners. Each
 * reaction adds its propensity, times a whole number, to all species that it changes: what it takes
 * from one and gives to another is the same double, so that conserved totals are conserved to
 * rounding. */
#include "reaction_diffusion.h"
#include <math.h>

/* 1 minus the filled part of each site. Rate equations are not clipped: the polynomial must stay
 * smooth for Newton's method and its Jacobian; with noise the room is clipped, since a root of the
 * propensity is taken. */
void rd_room(const rd_config *cfg, int n, const double *const *u, bool clip, double *restrict out)
{
    const double scale = 1.0 / cfg->capacity;
    for (int i = 0; i < n; i++)
        out[i] = 1.0;
    for (int s = 0; s < cfg->net.n_species; s++) {
        const double *restrict x = u[s];
        for (int i = 0; i < n; i++)
            out[i] -= scale * x[i];
    }
    for (int i = 0; clip && i < n; i++)
        out[i] = out[i] > 0.0 ? out[i] : 0.0;
}

static void times(int n, const double *restrict x, double *restrict out)
{
    for (int i = 0; i < n; i++)
        out[i] *= x[i];
}

static void fill(int n, double value, double *restrict out)
{
    for (int i = 0; i < n; i++)
        out[i] = value;
}

/* rate times the first two densities in one pass over the sites; the order of the products is that
 * of the factors, so that the bits do not depend on how passes are put together. */
static void start(int n, double rate, const double *restrict x, const double *restrict y,
                  double *restrict out)
{
    if (y)
        for (int i = 0; i < n; i++)
            out[i] = rate * x[i] * y[i];
    else if (x)
        for (int i = 0; i < n; i++)
            out[i] = rate * x[i];
    else
        fill(n, rate, out);
}

/* rate * product of the densities of the reactants * room^empty at n sites; room is not read where
 * empty is 0. */
void rd_propensity(const rd_reaction *r, int n, const double *const *u, const double *room,
                   double *restrict out)
{
    start(n, r->rate, r->n > 0 ? u[r->factor[0]] : NULL, r->n > 1 ? u[r->factor[1]] : NULL, out);
    for (int j = 2; j < r->n; j++)
        times(n, u[r->factor[j]], out);
    for (int j = 0; j < r->empty; j++)
        times(n, room, out);
}

static void add_times(int n, double a, const double *restrict x, double *restrict out)
{
    for (int i = 0; i < n; i++)
        out[i] += a * x[i];
}

/* du += reactions at n <= RD_STRETCH sites. u and du hold a pointer a species. For chemical
 * Langevin a density that noise has taken below zero counts as zero: the reactions stand still
 * there until diffusion brings the density back. */
static void react(const rd_config *cfg, int n, const double *const *u, double *const *du)
{
    double clipped[WEFT_MAX_SPECIES][RD_STRETCH], room[RD_STRETCH], rate[RD_STRETCH];
    const double *v[WEFT_MAX_SPECIES];
    const bool clip = cfg->noise == RD_CHEMICAL; /* noise may take a density below zero */
    for (int s = 0; s < cfg->net.n_species; s++) {
        for (int i = 0; clip && i < n; i++)
            clipped[s][i] = u[s][i] > 0.0 ? u[s][i] : 0.0;
        v[s] = clip ? clipped[s] : u[s];
    }
    if (isfinite(cfg->capacity))
        rd_room(cfg, n, v, clip, room);
    for (int r = 0; r < cfg->n_reactions; r++) {
        const rd_reaction *reaction = &cfg->reaction[r];
        rd_propensity(reaction, n, v, room, rate);
        for (int j = 0; j < reaction->n_changes; j++)
            add_times(n, reaction->change[j], rate, du[reaction->species[j]]);
    }
}

/* Adds a difference of differences, exactly zero for a uniform density; first: to 0, which makes
 * +0 of a -0. */
static void diffuse(int64_t n, double D, const double *restrict left, const double *restrict here,
                    const double *restrict right, bool first, double *restrict out)
{
    if (first)
        for (int64_t i = 0; i < n; i++)
            out[i] = 0.0 + D * ((right[i] - here[i]) - (here[i] - left[i]));
    else
        for (int64_t i = 0; i < n; i++)
            out[i] += D * ((right[i] - here[i]) - (here[i] - left[i]));
}

/* Sets the rates of a row to diffusion; the reactions are added afterwards. x, then y, then z. */
static void diffuse_row(const weft_sim *sim, const rd_config *cfg, int s, const weft_extent *e,
                        const double *here, double *restrict out)
{
    const weft_grid *grid = sim->grid;
    const int64_t n = grid->local[2];
    for (int64_t i = 0; i < n && !(cfg->D[s] > 0.0); i++)
        out[i] = 0.0;
    for (int a = 2; a >= 3 - grid->dim && cfg->D[s] > 0.0; a--)
        diffuse(n, cfg->D[s] / (grid->dx[a] * grid->dx[a]), here - e->stride[a], here,
                here + e->stride[a], a == 2, out);
}

/* The family rhs. The rates of a row are written by diffusion for all species before the reactions
 * add to them, since a reaction changes several species at once. */
weft_status rd_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    (void)t;
    const rd_config *cfg = &rd_of(sim)->cfg;
    const weft_grid *grid = sim->grid;
    weft_field *from = &u->field[0], *to = &du->field[0];
    const double *v[WEFT_MAX_SPECIES];
    double *dv[WEFT_MAX_SPECIES];
    weft_field_exchange(from);
    WEFT_FOR_ROWS(grid, z, y) {
        for (int s = 0; s < cfg->net.n_species; s++)
            diffuse_row(sim, cfg, s, &from->extent, rd_row(from, s, z, y), rd_row(to, s, z, y));
        for (int64_t x = 0; x < grid->local[2]; x += RD_STRETCH) {
            int64_t left = grid->local[2] - x;
            for (int s = 0; s < cfg->net.n_species; s++) {
                v[s] = rd_row(from, s, z, y) + x;
                dv[s] = rd_row(to, s, z, y) + x;
            }
            const int count = left < RD_STRETCH ? (int)left : RD_STRETCH;
            react(cfg, count, v, dv);
            rd_laws_rates(rd_of(sim)->laws, count, v, dv);
        }
    }
    return WEFT_OK;
}

/* ---- Jacobian ---- */

/* The matrix of the diffusion for implicit steppers: diagonal, a constant a species. */
void rd_diffusion(weft_sim *sim, double *D)
{
    const rd_config *cfg = &rd_of(sim)->cfg;
    const int n = cfg->net.n_species;
    for (int i = 0; i < n * n; i++)
        D[i] = 0.0;
    for (int s = 0; s < n; s++)
        D[s * n + s] = cfg->D[s];
}

/* sum = d(propensity)/d(density of species s) at n sites: one factor at a time is differentiated,
 * so that powers (the same species twice) come out right; then the room, whose derivative is
 * -1/capacity for every species. term is scratch. */
static void derivative(const rd_config *cfg, const rd_reaction *r, int s, int n,
                       const double *const *u, const double *room, double *restrict sum,
                       double *restrict term)
{
    fill(n, 0.0, sum);
    for (int k = 0; k < r->n; k++) {
        if (r->factor[k] != s)
            continue;
        fill(n, r->rate, term);
        for (int j = 0; j < r->n; j++)
            if (j != k)
                times(n, u[r->factor[j]], term);
        for (int j = 0; j < r->empty; j++)
            times(n, room, term);
        add_times(n, 1.0, term, sum);
    }
    if (r->empty == 0)
        return;
    fill(n, -r->empty * r->rate / cfg->capacity, term);
    for (int j = 0; j < r->n; j++)
        times(n, u[r->factor[j]], term);
    for (int j = 1; j < r->empty; j++)
        times(n, room, term);
    add_times(n, 1.0, term, sum);
}

/* The Jacobian of the reactions at n sites. blocks: pointers to n values of each of species^2
 * blocks, block i*species + j for dR_i/du_j. */
static void jacobian_stretch(const rd_config *cfg, int n, const double *const *u,
                             double *const *blocks)
{
    double room[RD_STRETCH], sum[RD_STRETCH], term[RD_STRETCH];
    const int m = cfg->net.n_species;
    if (isfinite(cfg->capacity))
        rd_room(cfg, n, u, false, room);
    for (int b = 0; b < m * m; b++)
        fill(n, 0.0, blocks[b]);
    for (int r = 0; r < cfg->n_reactions; r++)
        for (int s = 0; s < m; s++) {
            const rd_reaction *reaction = &cfg->reaction[r];
            derivative(cfg, reaction, s, n, u, room, sum, term);
            for (int j = 0; j < reaction->n_changes; j++)
                add_times(n, reaction->change[j], sum, blocks[reaction->species[j] * m + s]);
        }
}

/* The part of diffusion is not here: it is the same at all sites, and the stepper knows it from
 * `diffusion`. Pieces of a row keep the n x n blocks of one piece in the first cache. */
void rd_jacobian(weft_sim *sim, double t, weft_state *u, int64_t z, int64_t y, double *out)
{
    (void)t;
    const rd_config *cfg = &rd_of(sim)->cfg;
    const int64_t n = sim->grid->local[2];
    const int m = cfg->net.n_species;
    const double *v[WEFT_MAX_SPECIES];
    double *blocks[WEFT_MAX_SPECIES * WEFT_MAX_SPECIES];
    for (int64_t x = 0; x < n; x += RD_STRETCH) {
        for (int s = 0; s < m; s++)
            v[s] = rd_row(&u->field[0], s, z, y) + x;
        for (int b = 0; b < m * m; b++)
            blocks[b] = out + b * n + x;
        const int count = n - x < RD_STRETCH ? (int)(n - x) : RD_STRETCH;
        jacobian_stretch(cfg, count, v, blocks);
        rd_laws_slopes(rd_of(sim)->laws, count, v, blocks);
    }
}

/* A bound on the rates of the reactions: the largest row sum of |dR_i/du_j| over species and sites
 * (the norm of the maximum), which no eigenvalue exceeds. nan where the state is not finite. */
double rd_stiffness(weft_sim *sim)
{
    rd_field *m = rd_of(sim);
    const weft_grid *grid = sim->grid;
    const int species = m->cfg.net.n_species;
    const int64_t n = grid->local[2];
    double worst = 0.0;
    double *block = m->row; /* has room for all blocks of a row */
    WEFT_FOR_ROWS(grid, z, y) {
        rd_jacobian(sim, sim->time, sim->state, z, y, block);
        for (int i = 0; i < species; i++)
            for (int64_t x = 0; x < n; x++) {
                double sum = 0.0;
                for (int j = 0; j < species; j++)
                    sum += fabs(block[(i * species + j) * n + x]);
                worst = fmax(worst, sum);
            }
    }
    const weft_view one = {.data = &worst, .local = {1, 1, 1}, .stride = {1, 1, 1}};
    return weft_view_max(grid->comm, &one);
}
