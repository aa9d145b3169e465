/* Solvers against each other on any number of ranks: dense is the oracle. */
#include "weft/electron.h"
#include "check.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <stdlib.h>

static double noise_at(int64_t i)
{
    uint64_t x = (uint64_t)i * 0x9E3779B97F4A7C15u + 0x1234567u;
    x ^= x >> 31;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 29;
    return (double)(x >> 11) * 0x1p-53 - 0.5;
}

/* Staggered with some noise; a random one of that width beyond 20. */
static double potential_at(int64_t z, int64_t y, int64_t x, double stagger)
{
    if (stagger > 20 && stagger < 1e6)
        return stagger * noise_at((z * 1000 + y) * 1000 + x);
    double sign = (z + y + x) % 2 ? -1 : 1;
    return stagger * sign + 1.5 * noise_at((z * 1000 + y) * 1000 + x);
}

static void fill(weft_electron *e, double stagger)
{
    const weft_grid *g = e->grid;
    double *v = e->potential;
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++)
            *v++ = potential_at(g->start[0] + z, g->start[1] + y, g->start[2] + x, stagger);
}

static weft_grid *lattice(int dim, const int64_t *n)
{
    double length[3];
    weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    for (int a = 0; a < dim; a++)
        length[a] = (double)n[a];
    weft_grid *g;
    weft_status s = weft_grid_create(MPI_COMM_WORLD, dim, n, length, boundary, WEFT_BLOCKS, &g);
    CHECK(s == WEFT_OK);
    if (s != WEFT_OK) {
        fprintf(stderr, "%s\n", weft_error_message());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    return g;
}

static weft_electron *solved(const weft_grid *g, weft_electron_options o, double temperature,
                             double stagger)
{
    weft_electron *e;
    CHECK(weft_electron_create(g, &o, &e) == WEFT_OK);
    fill(e, stagger);
    weft_status s = weft_electron_solve(e, temperature);
    CHECK(s == WEFT_OK);
    if (s != WEFT_OK)
        fprintf(stderr, "%s\n", weft_error_message());
    return e;
}

static void difference(const weft_electron *a, const weft_electron *b, double *rms, double *most)
{
    int64_t n = weft_grid_local_sites(a->grid);
    double v[2] = {0, 0};
    for (int64_t i = 0; i < n; i++) {
        double d = fabs(a->density[i] - b->density[i]);
        v[0] += d * d;
        v[1] = fmax(v[1], d);
    }
    double sum;
    MPI_Allreduce(&v[0], &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(&v[1], most, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    *rms = sqrt(sum / (double)weft_grid_sites(a->grid));
}

/* A checksum of the bits of the density that does not depend on the decomposition. */
static uint64_t bits(const weft_electron *e)
{
    const weft_grid *g = e->grid;
    uint64_t sum = 0, total;
    int64_t i = 0;
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++, i++) {
            uint64_t word,
                at = (uint64_t)(((g->start[0] + z) * g->n[1] + g->start[1] + y) * g->n[2] +
                                g->start[2] + x);
            memcpy(&word, &e->density[i], 8);
            sum += (word ^ (at * 0x9E3779B97F4A7C15u)) * 0xD6E8FEB86659FD93u;
        }
    MPI_Allreduce(&sum, &total, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    return total;
}

static const weft_electron_options base = {
    .solver = WEFT_ELECTRON_DENSE, .hopping = 1, .tolerance = 1e-4, .filling = NAN};

/* chebyshev_full against dense: error 3e-11, Omega to 1e-10 per site, in one, two and three
 * dimensions, with and without t', mu and fixed filling. */
static void full_against_dense(int dim, const int64_t *n, double t2, double mu, double filling)
{
    weft_grid *g = lattice(dim, n);
    weft_electron_options o = base;
    o.next_hopping = t2;
    o.mu = mu;
    o.filling = filling;
    weft_electron *d = solved(g, o, 0.3, 1.0);
    o.solver = WEFT_ELECTRON_CHEBYSHEV_FULL;
    o.tolerance = 1e-12;
    weft_electron *c = solved(g, o, 0.3, 1.0);
    double rms, most, omega_d, omega_c, sites = (double)weft_grid_sites(g);
    difference(d, c, &rms, &most);
    CHECK_NEAR(most, 0, 3e-11);
    CHECK_NEAR(c->mu, d->mu, 1e-9);
    CHECK(weft_electron_omega(d, 0.3, &omega_d) == WEFT_OK);
    CHECK(weft_electron_omega(c, 0.3, &omega_c) == WEFT_OK);
    CHECK_NEAR(omega_c / sites, omega_d / sites, 1e-9);
    weft_electron_accuracy stated;
    CHECK(weft_electron_error(c, 0.3, 3, &stated) == WEFT_OK);
    CHECK_NEAR(stated.largest, 0, 6e-11);
    weft_electron_free(c);
    weft_electron_free(d);
    weft_grid_free(g);
}

/* Windows: the true error keeps the tolerance, the live estimate is near it, and the bits do not
 * depend on the decomposition (one rank's are known to every run through a grid on MPI_COMM_SELF).
 */
static void windows(int dim, const int64_t *n, double tolerance, double t2, double filling,
                    weft_electron_solver solver)
{
    weft_grid *g = lattice(dim, n);
    weft_electron_options o = base;
    o.next_hopping = t2;
    o.filling = filling;
    weft_electron *d = solved(g, o, 0.2, 3.0);
    o.solver = solver;
    o.tolerance = tolerance;
    weft_electron *c = solved(g, o, 0.2, 3.0);
    double rms, most;
    difference(d, c, &rms, &most);
    CHECK(rms <= tolerance);
    CHECK(rms > 1e-3 * tolerance);
    weft_electron_accuracy stated;
    CHECK(weft_electron_error(c, 0.2, 1, &stated) == WEFT_OK);
    CHECK(stated.rms >= rms && stated.rms < 5 * rms + 0.2 * tolerance);
    CHECK(stated.largest >= most);
    if (g->rank == 0)
        printf("dim %d tolerance %.0e: radius %.3g order %lld rms %.2e live %.2e max %.2e\n", dim,
               tolerance, c->radius, (long long)c->order, rms, stated.rms, most);
    weft_grid *whole;
    double length[3];
    weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    for (int a = 0; a < dim; a++)
        length[a] = (double)n[a];
    CHECK(weft_grid_create(MPI_COMM_SELF, dim, n, length, boundary, WEFT_BLOCKS, &whole) ==
          WEFT_OK);
    weft_electron *one = solved(whole, o, 0.2, 3.0);
    uint64_t mine = bits(c), theirs = bits(one);
    uint64_t size = (uint64_t)g->size;
    CHECK(mine * size == theirs); /* the sum over all ranks counts each rank's copy */
    CHECK(one->radius == c->radius);
    weft_electron_free(one);
    weft_grid_free(whole);
    weft_electron_free(c);
    weft_electron_free(d);
    weft_grid_free(g);
}

/* Sites that are bad in rational windows are computed again: some are, the tolerance is kept with
 * what is stated, at fixed mu and at a filling, and the bits do not depend on the decomposition. */
static void repaired(double tolerance, double filling)
{
    const int64_t n[2] = {28, 22};
    weft_grid *grids[2], *g = grids[0] = lattice(2, n);
    weft_boundary all[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    weft_electron_options o = base;
    weft_electron *e[2], *d;
    uint64_t sum[2];
    double share[2], rms, most, omega[2], width = 30;
    CHECK(weft_grid_create(MPI_COMM_SELF, 2, n, (double[]){28, 22}, all, WEFT_BLOCKS, &grids[1]) ==
          WEFT_OK);
    o.filling = filling;
    d = solved(g, o, 0.1, width);
    o.solver = WEFT_ELECTRON_RATIONAL;
    o.repair = true;
    o.tolerance = tolerance;
    for (int k = 0; k < 2; k++) {
        e[k] = solved(grids[k], o, 0.1, width);
        weft_electron_repaired(e[k], &share[k]);
        sum[k] = bits(e[k]);
        CHECK(weft_electron_omega(e[k], 0.1, &omega[k]) == WEFT_OK);
    }
    difference(d, e[0], &rms, &most);
    weft_electron_accuracy a;
    CHECK(weft_electron_error(e[0], 0.1, 1, &a) == WEFT_OK);
    if (g->rank == 0)
        printf(
            "tolerance %g, filling %g: R %g, repaired %.4f, rms %.2e (%.2e), largest %.2e (%.2e)\n",
            tolerance, filling, e[0]->radius, share[0], rms, a.rms, most, a.largest);
    CHECK(share[0] > 0 && share[0] < 0.5 && share[0] == share[1]);
    CHECK(rms <= tolerance && rms <= a.rms && most <= a.largest);
    CHECK(sum[0] * (uint64_t)g->size == sum[1] && omega[0] == omega[1]);
    weft_electron_free(d);
    for (int k = 0; k < 2; k++) {
        weft_electron_free(e[k]);
        weft_grid_free(grids[k]);
    }
}

/* The gap by SLEPc on 1296 sites: 2 Delta, since levels of eps = 0 belong to the lattice. */
static void gap(void)
{
    const int64_t n[2] = {36, 36};
    if (weft_electron_lacks_gap(36 * 36))
        return;
    weft_grid *g = lattice(2, n);
    weft_electron_options o = base;
    o.solver = WEFT_ELECTRON_CHEBYSHEV;
    weft_electron *e;
    CHECK(weft_electron_create(g, &o, &e) == WEFT_OK);
    double delta = 1.3, found;
    double *v = e->potential;
    for (int64_t y = 0; y < g->local[1]; y++)
        for (int64_t x = 0; x < g->local[2]; x++)
            *v++ = (g->start[1] + y + g->start[2] + x) % 2 ? -delta : delta;
    CHECK(weft_electron_gap(e, &found) == WEFT_OK);
    CHECK_NEAR(found, 2 * delta, 1e-8);
    weft_electron_free(e);
    weft_grid_free(g);
}

/* ScaLAPACK (1156 sites, more than one rank) against the staggered closed form
 * n = 1/2 -+ (1/2N) sum_k Delta/E_k tanh(E_k/2T). */
static void distributed_dense(void)
{
    const int64_t n[2] = {34, 34};
    weft_grid *g = lattice(2, n);
    weft_electron_options o = base;
    weft_electron *e;
    CHECK(weft_electron_create(g, &o, &e) == WEFT_OK);
    double delta = 0.8, temperature = 0.1, sum = 0;
    double *v = e->potential;
    for (int64_t y = 0; y < g->local[1]; y++)
        for (int64_t x = 0; x < g->local[2]; x++)
            *v++ = (g->start[1] + y + g->start[2] + x) % 2 ? -delta : delta;
    CHECK(weft_electron_solve(e, temperature) == WEFT_OK);
    for (int a = 0; a < 34; a++)
        for (int b = 0; b < 34; b++) {
            double eps = -2 * (cos(2 * M_PI * a / 34) + cos(2 * M_PI * b / 34));
            double energy = sqrt(eps * eps + delta * delta);
            sum += delta / energy * tanh(0.5 * energy / temperature);
        }
    double m = 0.5 * sum / (34 * 34);
    int64_t i = 0;
    for (int64_t y = 0; y < g->local[1]; y++)
        for (int64_t x = 0; x < g->local[2]; x++, i++)
            CHECK_NEAR(e->density[i] - 0.5, (g->start[1] + y + g->start[2] + x) % 2 ? m : -m,
                       1e-12);
    weft_electron_free(e);
    weft_grid_free(g);
}

/* Potentials far beyond the hopping, and temperatures far below it: sites are full or empty, and at
 * E = mu without hopping half full. These ended the program: bounds had no bin, and the points of
 * the coefficients overflowed. The densities are 0 and 1 up to (t/V)^2, and a polynomial of order
 * 64 of the step errs by about 1/(64 pi) at the ends of the spectrum. */
static void extremes(void)
{
    const int64_t n[2] = {16, 12};
    weft_grid *g = lattice(2, n);
    weft_electron_options o = base;
    o.solver = WEFT_ELECTRON_CHEBYSHEV;
    o.order = 64;
    o.radius = 3;
    weft_electron *e = solved(g, o, 0.1, 1e10);
    double worst = 0;
    for (int64_t i = 0; i < weft_grid_local_sites(g); i++)
        worst = fmax(worst, fabs(e->density[i] - (e->potential[i] < 0 ? 1 : 0)));
    CHECK_NEAR(worst, 0, 0.02);
    weft_electron_free(e);
    o.hopping = 0;
    CHECK(weft_electron_create(g, &o, &e) == WEFT_OK);
    CHECK(weft_electron_solve(e, 1e-9) == WEFT_OK); /* V = 0 */
    for (int64_t i = 0; i < weft_grid_local_sites(g); i++)
        CHECK(e->density[i] == 0.5);
    weft_electron_free(e);
    weft_grid_free(g);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const int64_t chain[1] = {64}, square[2] = {12, 10}, cubic[3] = {6, 4, 5}, odd[2] = {9, 13};
    full_against_dense(1, chain, 0, 0, NAN);
    full_against_dense(2, square, 0, 0, NAN);
    full_against_dense(3, cubic, 0, 0, NAN);
    full_against_dense(1, chain, 0.3, 0.2, NAN);
    full_against_dense(2, odd, -0.25, -0.4, NAN);
    full_against_dense(3, cubic, 0.15, 0.1, NAN);
    full_against_dense(2, square, 0.2, 0, 0.4);
    const int64_t wide[2] = {28, 22}, line[1] = {200}, block[3] = {8, 8, 8};
    windows(2, wide, 1e-3, 0, NAN, WEFT_ELECTRON_CHEBYSHEV);
    windows(2, wide, 1e-5, 0, NAN, WEFT_ELECTRON_CHEBYSHEV);
    windows(2, wide, 1e-7, 0, NAN, WEFT_ELECTRON_CHEBYSHEV);
    windows(2, wide, 1e-4, 0.2, 0.45, WEFT_ELECTRON_CHEBYSHEV);
    windows(1, line, 1e-5, 0, NAN, WEFT_ELECTRON_CHEBYSHEV);
    windows(3, block, 1e-3, 0, NAN, WEFT_ELECTRON_CHEBYSHEV);
    windows(2, wide, 3e-3, 0, NAN, WEFT_ELECTRON_RATIONAL);
    windows(2, wide, 5e-3, 0.1, 0.45, WEFT_ELECTRON_RATIONAL);
    windows(1, line, 1e-3, 0, NAN, WEFT_ELECTRON_RATIONAL);
    windows(3, block, 1e-3, 0, NAN, WEFT_ELECTRON_AUTO);
    repaired(3e-4, NAN);
    repaired(3e-4, 0.47);
    gap();
    distributed_dense();
    extremes();
    return check_end();
}
