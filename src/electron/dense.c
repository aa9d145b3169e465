/* All eigenvectors: LAPACK on one rank, the result for all.
 *
 * Invariant: all ranks have the same density, to the bit, since one rank computes it and
 * sends it (or, distributed, since it comes from one sum over the ranks). Whether the
 * matrix is distributed depends on its size and the number of ranks alone. Used as the
 * reference for the other solvers, and for lattices that are small or cold. */
#include "dense.h"
#include "weft/memory.h"
#include <string.h>

/* A full symmetric matrix, n x n. */
typedef struct matrix {
    double *a;
    int64_t n;
} matrix;

static void add_entry(void *context, int64_t i, int64_t j, double value)
{
    matrix *m = context;
    m->a[i * m->n + j] += value;
}

/* Eigenvalues into levels, ascending; eigenvectors, if wanted, into the columns of a new
 * matrix. LAPACK's order by columns and C's by rows do not matter, as the matrix is symmetric. */
int el_diagonalise(const weft_electron *e, bool vectors, double *levels, double **a)
{
    int64_t n = e->own->sites;
    matrix m = {weft_alloc((size_t)(n * n), sizeof(double)), n};
    for (int64_t i = 0; i < n; i++)
        el_row_entries(e, e->own->whole, i, add_entry, &m);
    *a = m.a;
    return el_lapack_eigen((int)n, vectors, m.a, levels);
}

/* n_i = sum_k f_k |<i|k>|^2. Levels without occupation are passed over. */
static void density_of(const double *a, const double *f, int64_t n, double *density)
{
    memset(density, 0, (size_t)n * sizeof *density);
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = 0; f[k] != 0 && i < n; i++)
            density[i] += f[k] * a[k * n + i] * a[k * n + i];
}

/* Each rank takes its own block out of the whole. */
void el_scatter(weft_electron *e, const double *whole)
{
    const weft_grid *g = e->grid;
    WEFT_FOR_ROWS(g, z, y) {
        const int64_t row = (g->start[0] + z) * g->n[1] + g->start[1] + y;
        memcpy(e->density + weft_owned_row(g, z, y), whole + row * g->n[2] + g->start[2],
               (size_t)g->local[2] * sizeof *whole);
    }
}

/* Levels, mu and density on rank 0, then to all. The code of LAPACK is told to all before
 * anything else, so that all of them return alike. The matrix is freed before the density
 * is sent. */
static weft_status solve_on_one(weft_electron *e, double temperature, double *density)
{
    el_private *p = e->own;
    int info = 0;
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
        return weft_fail(WEFT_FAILED, "LAPACK's dsyevd failed (info %d)", common);
    MPI_Bcast(&e->mu, 1, MPI_DOUBLE, 0, e->grid->comm);
    MPI_Bcast(p->levels, (int)p->sites, MPI_DOUBLE, 0, e->grid->comm);
    MPI_Bcast(density, (int)p->sites, MPI_DOUBLE, 0, e->grid->comm);
    return WEFT_OK;
}

/* The potential of the whole lattice is on every rank in either case. */
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

/* Without eigenvectors, which takes much less time. */
weft_status el_levels(weft_electron *e, double *levels)
{
    int info = 0;
    if (e->grid->rank == 0) {
        double *a;
        info = el_diagonalise(e, false, levels, &a);
        weft_free(a);
    }
    int common = info;
    MPI_Bcast(&common, 1, MPI_INT, 0, e->grid->comm);
    if (common != 0)
        return weft_fail(WEFT_FAILED, "LAPACK's dsyevd failed (info %d)", common);
    MPI_Bcast(levels, (int)e->own->sites, MPI_DOUBLE, 0, e->grid->comm);
    return WEFT_OK;
}

/* By rank, at most. */
double weft_electron_dense_bytes(double sites, int ranks)
{
    if (!el_distributed(ranks, sites))
        return 24 * sites * sites;     /* the matrix, and twice as much work space */
    return 40 * sites * sites / ranks; /* matrix, eigenvectors, work space of about three */
}
