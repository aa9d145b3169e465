/* All eigenvectors: LAPACK on one rank, the result for all. */
#include "internal.h"
#include "weft/memory.h"
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Levels closer than this count as one. */
static const double same_level = 1e-10;

double el_fermi(double energy, double mu, double temperature)
{
    double e = energy - mu;
    if (temperature > 0)
        return 0.5 * (1 - tanh(0.5 * e / temperature));
    return fabs(e) < same_level ? 0.5 : e < 0 ? 1 : 0;
}

static double count(const double *levels, int64_t n, double mu, double temperature)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += el_fermi(levels[k], mu, temperature);
    return sum;
}

double el_find_mu(const double *levels, int64_t n, double particles, double temperature)
{
    double margin = 40 * temperature + 1;
    double low = levels[0] - margin, high = levels[n - 1] + margin;
    for (int i = 0; i < 200; i++) {
        double mu = 0.5 * (low + high), excess = count(levels, n, mu, temperature) - particles;
        if (fabs(excess) < 1e-13 * (double)n || mu == low || mu == high)
            return mu;
        if (excess < 0)
            low = mu;
        else
            high = mu;
    }
    return 0.5 * (low + high);
}

/* Without temperature the lowest levels are filled; the last of them, with all that are equal to
 * it, share what is left. */
static double fill_up(const double *levels, int64_t n, double particles, double *f)
{
    int64_t last = (int64_t)ceil(particles - 1e-9) - 1, first;
    if (last < 0)
        return levels[0] - 1;
    for (first = last; first > 0 && levels[last] - levels[first - 1] < same_level;)
        first--;
    int64_t end = last + 1;
    while (end < n && levels[end] - levels[last] < same_level)
        end++;
    for (int64_t k = 0; k < n; k++)
        f[k] = k < first ? 1 : k < end ? (particles - (double)first) / (double)(end - first) : 0;
    bool full = particles >= (double)end - 1e-9;
    return !full ? levels[last] : end < n ? 0.5 * (levels[last] + levels[end]) : levels[last] + 1;
}

double el_occupy(const weft_electron *e, const double *levels, double temperature, double *f)
{
    const weft_electron_options *o = &e->own->options;
    int64_t n = e->own->sites;
    double mu = o->mu, particles = o->filling * (double)n;
    if (!isnan(o->filling) && temperature <= 0) {
        memset(f, 0, (size_t)n * sizeof *f);
        return fill_up(levels, n, particles, f);
    }
    if (!isnan(o->filling))
        mu = el_find_mu(levels, n, particles, temperature);
    for (int64_t k = 0; k < n; k++)
        f[k] = el_fermi(levels[k], mu, temperature);
    return mu;
}

double el_dense_omega(const weft_electron *e, double temperature)
{
    const double *levels = e->own->levels;
    double sum = 0;
    for (int64_t k = 0; k < e->own->sites; k++) {
        double x = levels[k] - e->mu;
        sum += fmin(x, 0);
        if (temperature > 0)
            sum -= temperature * log1p(exp(-fabs(x) / temperature));
    }
    return sum;
}

static int64_t neighbour(const int64_t n[3], const int64_t site[3], const int d[3])
{
    return (el_wrapped(site[0] + d[0], n[0]) * n[1] + el_wrapped(site[1] + d[1], n[1])) * n[2] +
           el_wrapped(site[2] + d[2], n[2]);
}

void el_row_entries(const weft_electron *e, const double *whole, int64_t i, el_entry *add,
                    void *context)
{
    const weft_electron_options *o = &e->own->options;
    const int64_t *n = e->grid->n;
    int dim = e->grid->dim;
    int64_t site[3] = {i / (n[1] * n[2]), i / n[2] % n[1], i % n[2]};
    add(context, i, i, whole[i]);
    for (int d = 3 - dim; d < 3; d++)
        for (int s = -1; s < 2; s += 2) {
            int step[3] = {0};
            step[d] = s;
            add(context, i, neighbour(n, site, step), -o->hopping);
            step[d] = 2 * s;
            if (dim == 1 && o->next_hopping != 0)
                add(context, i, neighbour(n, site, step), -o->next_hopping);
            for (int d2 = d + 1; d2 < 3 && o->next_hopping != 0; d2++)
                for (int s2 = -1; s2 < 2; s2 += 2) {
                    step[d] = s;
                    step[d2] = s2;
                    add(context, i, neighbour(n, site, step), -o->next_hopping);
                    step[d2] = 0;
                }
        }
}

typedef struct matrix {
    double *a;
    int64_t n;
} matrix;

static void add_entry(void *context, int64_t i, int64_t j, double value)
{
    matrix *m = context;
    m->a[i * m->n + j] += value;
}

/* Eigenvalues into levels; eigenvectors, if wanted, into the columns of a new matrix. */
int el_diagonalise(const weft_electron *e, bool vectors, double *levels, double **a)
{
    int64_t n = e->own->sites;
    matrix m = {weft_alloc((size_t)(n * n), sizeof(double)), n};
    for (int64_t i = 0; i < n; i++)
        el_row_entries(e, e->own->whole, i, add_entry, &m);
    lapack_int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, vectors ? 'V' : 'N', 'L', (lapack_int)n, m.a,
                                     (lapack_int)n, levels);
    *a = m.a;
    return (int)info;
}

static void density_of(const double *a, const double *f, int64_t n, double *density)
{
    memset(density, 0, (size_t)n * sizeof *density);
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = 0; f[k] != 0 && i < n; i++)
            density[i] += f[k] * a[k * n + i] * a[k * n + i];
}

void el_scatter(weft_electron *e, const double *whole)
{
    const weft_grid *g = e->grid;
    double *to = e->density;
    for (int64_t z = 0; z < g->local[0]; z++)
        for (int64_t y = 0; y < g->local[1]; y++, to += g->local[2])
            memcpy(to,
                   whole + ((g->start[0] + z) * g->n[1] + g->start[1] + y) * g->n[2] + g->start[2],
                   (size_t)g->local[2] * sizeof *to);
}

static weft_status solve_on_one(weft_electron *e, double temperature, double *density)
{
    el_private *p = e->own;
    lapack_int info = 0;
    if (e->grid->rank == 0) {
        double *a, *f = weft_alloc((size_t)p->sites, sizeof *f);
        info = el_diagonalise(e, true, p->levels, &a);
        e->mu = el_occupy(e, p->levels, temperature, f);
        density_of(a, f, p->sites, density);
        weft_free(a);
        weft_free(f);
    }
    int common = info;
    MPI_Bcast(&common, 1, MPI_INT, 0, e->grid->comm);
    if (common != 0)
        return weft_fail(WEFT_FAILED, "LAPACK's dsyevd did not converge (info %d)", common);
    MPI_Bcast(&e->mu, 1, MPI_DOUBLE, 0, e->grid->comm);
    MPI_Bcast(p->levels, (int)p->sites, MPI_DOUBLE, 0, e->grid->comm);
    MPI_Bcast(density, (int)p->sites, MPI_DOUBLE, 0, e->grid->comm);
    return WEFT_OK;
}

weft_status el_dense_solve(weft_electron *e, double temperature)
{
    el_private *p = e->own;
    el_gather(e, p->whole);
    double *density = weft_alloc((size_t)p->sites, sizeof *density);
    weft_status status = el_distributed(e->grid->size, (double)p->sites)
                             ? el_scalapack(e, temperature, density)
                             : solve_on_one(e, temperature, density);
    if (status == WEFT_OK)
        el_scatter(e, density);
    weft_free(density);
    return status;
}

weft_status el_levels(weft_electron *e, double *levels)
{
    lapack_int info = 0;
    if (e->grid->rank == 0) {
        double *a;
        info = el_diagonalise(e, false, levels, &a);
        weft_free(a);
    }
    int common = info;
    MPI_Bcast(&common, 1, MPI_INT, 0, e->grid->comm);
    if (common != 0)
        return weft_fail(WEFT_FAILED, "LAPACK's dsyevd did not converge (info %d)", common);
    MPI_Bcast(levels, (int)e->own->sites, MPI_DOUBLE, 0, e->grid->comm);
    return WEFT_OK;
}
