/* All eigenvectors of a distributed matrix: ScaLAPACK's pdsyevd. The matrix lies
 * block-cyclically on a grid of processes (L. S. Blackford and others, ScaLAPACK Users'
 * Guide, SIAM 1997, ch. 4): block (I, J) of 48 x 48 entries on process (I mod parts, J mod
 * parts), so that all have work until the end.
 *
 * Invariant: every process makes its own entries from the gathered potential, and nothing
 * is sent to set the matrix up. Levels are the same on all processes; the density is one
 * sum over them, which all get alike. */
#include "dense.h"
#include "weft/memory.h"
#include <string.h>

/* BLACS and ScaLAPACK come without headers for C. */
extern int Csys2blacs_handle(MPI_Comm comm);
extern void Cfree_blacs_system_handle(int handle);
extern void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
extern void Cblacs_gridinfo(int context, int *rows, int *columns, int *row, int *column);
extern void Cblacs_gridexit(int context);
extern int numroc_(const int *n, const int *block, const int *me, const int *source,
                   const int *parts);
extern void descinit_(int *desc, const int *m, const int *n, const int *mb, const int *nb,
                      const int *source_row, const int *source_column, const int *context,
                      const int *lld, int *info);
extern void pdsyevd_(const char *job, const char *uplo, const int *n, double *a, const int *ia,
                     const int *ja, const int *desca, double *w, double *z, const int *iz,
                     const int *jz, const int *descz, double *work, const int *lwork, int *iwork,
                     const int *liwork, int *info);

enum { BLOCK = 48 };

const char *el_scalapack_version(void)
{
    return "ScaLAPACK " WEFT_SCALAPACK; /* it cannot be asked */
}

/* One block-cyclic matrix. */
typedef struct layout {
    int n, parts[2], me[2], local[2], context, desc[9];
    double *a;
} layout;

/* Below this size one LAPACK call is faster than messages. */
bool el_distributed(int ranks, double sites)
{
    return ranks > 1 && sites > 1024;
}

/* Row or column of the whole matrix of a local one. */
static int64_t global_index(int local, int me, int parts)
{
    return ((int64_t)(local / BLOCK) * parts + me) * BLOCK + local % BLOCK;
}

/* The entry of the present row, if this process has its column. */
static void add_entry(void *context, int64_t i, int64_t j, double value)
{
    layout *m = context;
    (void)i;
    int64_t block = j / BLOCK;
    if (block % m->parts[1] != m->me[1])
        return;
    int64_t column = block / m->parts[1] * BLOCK + j % BLOCK;
    m->a[column * m->local[0]] += value;
}

/* This process's part of the matrix, from the whole potential that it has. m->a points to
 * the present row while entries are added, so that add_entry needs the column alone; it is
 * put back at the end. */
static void make(const weft_electron *e, int context, layout *m)
{
    int zero = 0, block = BLOCK, info;
    m->context = context;
    Cblacs_gridinfo(context, &m->parts[0], &m->parts[1], &m->me[0], &m->me[1]);
    for (int d = 0; d < 2; d++)
        m->local[d] = numroc_(&m->n, &block, &m->me[d], &zero, &m->parts[d]);
    int lld = m->local[0] > 1 ? m->local[0] : 1;
    descinit_(m->desc, &m->n, &m->n, &block, &block, &zero, &zero, &context, &lld, &info);
    m->a = weft_alloc((size_t)m->local[0] * (size_t)m->local[1] + 1, sizeof *m->a);
    double *base = m->a;
    for (int row = 0; row < m->local[0]; row++) {
        m->a = base + row;
        el_row_entries(e, e->own->whole, global_index(row, m->me[0], m->parts[0]), add_entry, m);
    }
    m->a = base;
}

/* The first call only asks for work space. Some versions ask for too little: the documented
 * least is a lower limit. */
static int eigen(layout *m, double *levels, double *z)
{
    int one = 1, lwork = -1, liwork = -1, info, iwant = 0;
    double want[2] = {0};
    pdsyevd_("V", "L", &m->n, m->a, &one, &one, m->desc, levels, z, &one, &one, m->desc, want,
             &lwork, &iwant, &liwork, &info);
    lwork = (int)want[0] + 1024;
    liwork = iwant > 7 * m->n + 8 * m->parts[1] + 2 ? iwant : 7 * m->n + 8 * m->parts[1] + 2;
    double *work = weft_alloc((size_t)lwork, sizeof *work);
    int *iwork = weft_alloc((size_t)liwork, sizeof *iwork);
    pdsyevd_("V", "L", &m->n, m->a, &one, &one, m->desc, levels, z, &one, &one, m->desc, work,
             &lwork, iwork, &liwork, &info);
    weft_free(work);
    weft_free(iwork);
    return info;
}

/* This process's share of n_i = sum_k f_k |<i|k>|^2. */
static void density_part(const layout *m, const double *z, const double *f, double *density)
{
    for (int c = 0; c < m->local[1]; c++) {
        double share = f[global_index(c, m->me[1], m->parts[1])];
        const double *column = z + (size_t)c * (size_t)m->local[0];
        for (int r = 0; share != 0 && r < m->local[0]; r++)
            density[global_index(r, m->me[0], m->parts[0])] += share * column[r] * column[r];
    }
}

/* Levels and density are those of the gathered potential; the process grid lives for this
 * call. */
weft_status el_scalapack(weft_electron *e, double temperature, double *density)
{
    el_private *p = e->own;
    int parts[2] = {0}, handle = Csys2blacs_handle(e->grid->comm), context = handle;
    MPI_Dims_create(e->grid->size, 2, parts);
    Cblacs_gridinit(&context, "R", parts[0], parts[1]);
    layout m = {.n = (int)p->sites};
    make(e, context, &m);
    double *z = weft_alloc((size_t)m.local[0] * (size_t)m.local[1] + 1, sizeof *z);
    double *f = weft_alloc((size_t)p->sites, sizeof *f);
    int info = eigen(&m, p->levels, z);
    weft_status status = WEFT_OK;
    if (info != 0)
        status = weft_fail(WEFT_FAILED, "ScaLAPACK's pdsyevd did not converge (info %d)", info);
    e->mu = el_occupy(e, p->levels, temperature, f);
    density_part(&m, z, f, density);
    MPI_Allreduce(MPI_IN_PLACE, density, m.n, MPI_DOUBLE, MPI_SUM, e->grid->comm);
    weft_free(z);
    weft_free(f);
    weft_free(m.a);
    Cblacs_gridexit(context);
    Cfree_blacs_system_handle(handle);
    return weft_agree(e->grid->comm, status);
}
