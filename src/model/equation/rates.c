/* Rates of a lattice form, for the choice and the check of the step.
 *
 * The Jacobian of the whole lattice is a matrix of blocks J_ij, one for each pair of components.
 * The largest sum of moduli along a row of a block bounds its norm by M_ij, and the spectral radius
 * of J is at most that of the small matrix M (A. M. Ostrowski, J. Math. Anal. Appl. 2, 161 (1961)).
 * For a matrix without negative entries and any positive x, the largest (M x)_i/x_i is an upper
 * bound of the radius (L. Collatz, Math. Z. 48, 221 (1942)); an x near Perron's vector makes it a
 * good one. So the rates are bounds that hold for certain, and no more: certain stays 0.
 *
 * The sum of a row with signs, in place of moduli, is what a state that is the same at all sites
 * sees: the rate of the local dynamics, which a step must resolve, while fast diffusion must only
 * be stable.
 */
#include "lattice.h"
#include "weft/memory.h"
#include <math.h>

/* Largest sums over the sites and offsets, with and without signs, of each pair. */
static void sums(weft_sim *sim, double *absolute, double *plain)
{
    const eq_data *d = sim->data;
    const eq_jacobian *j = d->lattice->jacobian;
    const int n = d->s.n;
    const int64_t length = sim->grid->local[2];
    double *rows = weft_alloc((size_t)((j->n + 1) * length), sizeof *rows);
    double *sum = weft_alloc((size_t)(2 * n * n), sizeof *sum);
    for (int64_t z = 0; z < sim->grid->local[0]; z++)
        for (int64_t y = 0; y < sim->grid->local[1]; y++) {
            eq_jacobian_row(sim, sim->time, sim->state, z, y, rows);
            for (int64_t x = 0; x < length; x++) {
                for (int p = 0; p < 2 * n * n; p++)
                    sum[p] = 0.0;
                for (int c = 0; c < j->n; c++) {
                    const int pair = j->where[c].row * n + j->where[c].column;
                    sum[pair] += fabs(rows[c * length + x]);
                    sum[n * n + pair] += rows[c * length + x];
                }
                for (int p = 0; p < n * n; p++) {
                    absolute[p] = absolute[p] >= sum[p] ? absolute[p] : fabs(sum[p]);
                    plain[p] = plain[p] >= fabs(sum[n * n + p]) ? plain[p] : fabs(sum[n * n + p]);
                }
            }
        }
    weft_free(rows);
    weft_free(sum);
}

/* The largest over the ranks, of the pairs that are coupled: the same ones on all ranks. */
static void agree(weft_sim *sim, const eq_jacobian *j, int n, double *M)
{
    bool done[EQ_COMPONENTS * EQ_COMPONENTS] = {0};
    for (int c = 0; c < j->n; c++) {
        const int pair = j->where[c].row * n + j->where[c].column;
        for (int part = 0; part < 2 && !done[pair]; part++) {
            double value = M[part * n * n + pair];
            const weft_view one = {.data = &value, .local = {1, 1, 1}, .stride = {1, 1, 1}};
            M[part * n * n + pair] = weft_view_max(sim->grid->comm, &one);
        }
        done[pair] = true;
    }
}

/* Element i of M x. */
static double times(int n, const double *M, const double *x, int i)
{
    double sum = 0.0;
    for (int j = 0; j < n; j++)
        sum += M[i * n + j] * x[j];
    return sum;
}

/* An upper bound of the spectral radius of M, entries not negative. */
static double radius(int n, const double *M)
{
    double x[EQ_COMPONENTS], y[EQ_COMPONENTS], largest = 0.0, bound = 0.0;
    for (int i = 0; i < n * n; i++)
        largest = fmax(largest, M[i]);
    for (int i = 0; i < n; i++)
        x[i] = 1.0;
    if (!isfinite(largest) || largest == 0.0)
        return largest;
    for (int step = 0; step < 200; step++) { /* with 0.1*largest on the diagonal it settles */
        double top = 0.0;
        for (int i = 0; i < n; i++)
            y[i] = times(n, M, x, i) + 0.1 * largest * x[i];
        for (int i = 0; i < n; i++)
            top = fmax(top, y[i]);
        for (int i = 0; i < n; i++)
            x[i] = fmax(y[i] / top, 1e-12);
    }
    for (int i = 0; i < n; i++)
        bound = fmax(bound, times(n, M, x, i) / x[i]);
    return bound;
}

/* Do entries of the Jacobian depend on the fields or on the time? Then the rates are looked at
 * again. */
static bool changes(const eq_data *d)
{
    const unsigned mask = 1u << WEFT_VAR_FIELD | 1u << WEFT_VAR_UNIFORM;
    const eq_jacobian *j = d->lattice->jacobian;
    for (int i = 0; i < j->n; i++)
        if (weft_graph_at(d->s.graph, j->node[i])->depends & mask)
            return true;
    return false;
}

/* All zero where there is no Jacobian: nothing is known then. Collective: ghosts, and the maximum
 * over the ranks. */
weft_rates eq_rates(weft_sim *sim)
{
    eq_data *d = sim->data;
    const int n = d->s.n;
    double M[2 * EQ_COMPONENTS * EQ_COMPONENTS] = {0}, *u[EQ_COMPONENTS];
    if (!d->lattice || !d->lattice->jacobian || !d->lattice->jacobian->there)
        return (weft_rates){0};
    eq_lattice_arrays(sim->state, true, u);
    sums(sim, M, M + n * n);
    agree(sim, d->lattice->jacobian, n, M);
    const double fast = radius(n, M), local = radius(n, M + n * n);
    if (!(fast > 0.0) || !isfinite(fast))
        return (weft_rates){0};
    /* A disc about the origin: a tenth more for methods whose stability region is no disc. */
    weft_rates r = {.oscillation = fast, .decay = 1.1 * fast, .varies = changes(d)};
    r.accuracy = 1.4 / fast; /* below the limits of Heun's method and its like, which tell none */
    if (local > 0.0)
        r.accuracy = fmin(r.accuracy, 0.2 / local);
    if (d->shape.families & WEFT_HAS_SPLIT) /* the lattice is the motion: 20 steps a period */
        r.accuracy = fmin(r.accuracy, 0.3 / fast);
    if (d->s.noisy)
        r.accuracy = fmin(r.accuracy, 0.5 / fast);
    return r;
}
