/* Solutions by diagonalisation, and the libraries that they need, private to src/electron. A build
 * may be without each of the libraries: each has its own file, and another one in its place. */
#ifndef WEFT_ELECTRON_DENSE_H
#define WEFT_ELECTRON_DENSE_H

#include "internal.h"

/* Eigenvalues into levels, ascending, and eigenvectors, if wanted, into the columns of a (n x n,
 * symmetric, overwritten); LAPACK's info, 0 if all is well. Local. */
int el_lapack_eigen(int n, bool vectors, double *a, double *levels);
/* The nearest levels on either side of mu; -inf or inf where none was found. Collective. */
weft_status el_slepc_levels(weft_electron *e, double *below, double *above);
/* What is missing, in words that say what to install; NULL: nothing. Local. */
const char *el_slepc_missing(void);
/* Name and version, or that the library is not there. Local. */
const char *el_lapack_version(void);
const char *el_slepc_version(void);
const char *el_scalapack_version(void);

/* ---- dense ---- */
/* Levels, and eigenvectors in the columns of a new matrix (weft_free), of the gathered potential;
 * LAPACK's info. Local. */
int el_diagonalise(const weft_electron *e, bool vectors, double *levels, double **a);
/* Density, levels and mu by diagonalisation; and the grand potential from the levels
 * (local). Errors: WEFT_FAILED. Collective. */
weft_status el_dense_solve(weft_electron *e, double temperature);
double el_dense_omega(const weft_electron *e, double temperature);
/* H as a full symmetric matrix would have it: call add(context, i, j, value) for every entry of row
 * i (repeated entries are to be added). Local. */
typedef void el_entry(void *context, int64_t i, int64_t j, double value);
void el_row_entries(const weft_electron *e, const double *whole, int64_t i, el_entry *add,
                    void *context);
/* Occupations of ascending levels; returns mu. Local. */
double el_occupy(const weft_electron *e, const double *levels, double temperature, double *f);
/* Density of the whole lattice to the owned sites. Local. */
void el_scatter(weft_electron *e, const double *whole);
/* All eigenvalues, on every rank, of the gathered potential. Collective. */
weft_status el_levels(weft_electron *e, double *levels);
/* Is a matrix for so many sites to be distributed? Local. */
bool el_distributed(int ranks, double sites);
/* Levels and density of the whole lattice by ScaLAPACK. Collective. */
weft_status el_scalapack(weft_electron *e, double temperature, double *density);

#endif
