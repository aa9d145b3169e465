/* Electrons on a lattice: density, grand potential, gap, and an estimate of the error.
 *
 *   H = -t sum_<ij> (c+_i c_j + h.c.) - t' sum_<<ij>> (c+_i c_j + h.c.) + sum_i V_i n_i,
 *
 * spinless, on a periodic chain, square or cubic lattice (the grid). t' joins second neighbours
 * along the chain, neighbours across the diagonal of a plaquette on the others. The density is
 * n_i = <i| f(H) |i> with f(E) = 1/(exp((E - mu)/T) + 1).
 *
 * Solvers:
 *   dense: all eigenvectors, LAPACK's dsyevd on one rank or ScaLAPACK's pdsyevd; any T >= 0.
 *   chebyshev_full: Chebyshev expansion of f on the whole lattice, start sites shared out over the
 *     ranks; T > 0; order from the poles of f at mu +- i pi T (Bernstein ellipse):
 *     error <= (2/pi) rho^-M, ln rho = asinh(pi T/a) with a >= |H - mu|. About N^2 M operations.
 *   chebyshev: the same for each site in a window around it, a ball of radius R; work and memory
 *     are linear in the number of sites. R and M(a) are measured against windows whose border does
 *     not matter, on sample sites, so that the errors of n and of Omega keep the tolerance; again
 *     when T, mu or the potential have moved (src/electron/calibrate.c). The density is bit-equal
 * on any number of ranks. It is not the exact gradient of one energy: see weft_electron_omega. */
#ifndef WEFT_ELECTRON_H
#define WEFT_ELECTRON_H

#include "weft/declare.h"
#include "weft/grid.h"

WEFT_DECLARE_BEGIN

typedef enum weft_electron_solver {
    WEFT_ELECTRON_DENSE,
    WEFT_ELECTRON_CHEBYSHEV_FULL,
    WEFT_ELECTRON_CHEBYSHEV,
    WEFT_ELECTRON_RATIONAL,
    WEFT_ELECTRON_AUTO,
} weft_electron_solver;

typedef struct weft_electron_options {
    weft_electron_solver solver;
    double hopping, next_hopping; /* t, t' */
    double tolerance;             /* Chebyshev: root mean square error of n per site, and error of
                                     Omega per site in units of the hopping */
    double radius;                /* windows: R in lattice spacings; 0: from the tolerance */
    int64_t order;                /* Chebyshev: M; 0: from the tolerance */
    double mu;                    /* chemical potential, if filling is nan */
    double filling;               /* mean density to be kept by mu; nan: mu is fixed */
} weft_electron_options;

typedef struct weft_electron {
    const weft_grid *grid; /* not owned */
    double *potential;     /* V of the owned sites, x fastest, no ghosts: filled by the caller */
    double *density;       /* n of the owned sites likewise: result of solve */
    double mu;             /* of the last solve */
    double radius;         /* of the windows now; nan: the whole lattice */
    int64_t order;         /* largest order, or number of poles, of the last solve; 0: dense */
    struct el_private *own;
} weft_electron;

/* Errors: WEFT_INPUT with a message that names no place: a dense matrix larger than the memory
 * (says how much it needs). Collective. */
weft_status weft_electron_create(const weft_grid *grid, const weft_electron_options *options,
                                 weft_electron **out);
void weft_electron_free(weft_electron *electron);

/* The density at the present potential and an electron temperature (0 only for dense). Errors:
 * WEFT_FAILED (no convergence; the tolerance cannot be kept by windows; the order would be too
 * large). Collective. */
weft_status weft_electron_solve(weft_electron *electron, double temperature);

/* Grand potential -T sum ln(1 + exp(-(E - mu)/T)) at the potential and mu of the last solve; add
 * mu*N for the free energy. For dense and chebyshev_full, n_i = dOmega/dV_i to the solver's error;
 * for chebyshev each site's share is taken from its own window, so that the two agree only within
 * the error of truncation. Collective. */
weft_status weft_electron_omega(weft_electron *electron, double temperature, double *omega);

/* Estimated errors of the last solve, meant as upper ones. */
typedef struct weft_electron_accuracy {
    double rms;     /* root mean square error of n per site */
    double largest; /* error of n */
    double energy;  /* error of weft_electron_omega per site */
} weft_electron_accuracy;

/* Live error, measured on 64 sample sites (strata of an indicator of every site, others from phase
 * to phase) against windows so large that their border no longer matters, or the whole lattice, at
 * the order of the bound and in double precision; chebyshev_full: at twice the order; dense: 0. To
 * be called after solve, at the same potential. Errors: WEFT_FAILED (no window is large enough).
 * Collective. */
weft_status weft_electron_error(weft_electron *electron, double temperature, uint64_t phase,
                                weft_electron_accuracy *out);

/* What finds the density now, in words. Local. */
const char *weft_electron_method(const weft_electron *electron);

/* Distance between the lowest level above mu and the highest below it: from all levels (dense, and
 * small lattices), else by SLEPc, shift-and-invert about mu. Collective. */
weft_status weft_electron_gap(weft_electron *electron, double *gap);

/* What a build of weft lacks for dense solutions, or for the gap of so many sites: the name of a
 * library and how to get it, for a message; NULL if nothing is missing. Local. */
const char *weft_electron_lacks_dense(void);
const char *weft_electron_lacks_gap(double sites);

/* What a bitwise repetition of the last solve (remember), or of the next one (now), needs beyond
 * the potential. Local. */
typedef struct weft_electron_mark { /* where radius and order were measured */
    double temperature, mu;
    double mean, low, high; /* of V */
} weft_electron_mark;
typedef struct weft_electron_memory {
    double mu, exponent;
    int64_t radius2, solves;
    int64_t window; /* rational window in use; -1: Chebyshev */
    double slope;   /* dN/dmu per site */
    weft_electron_mark mark;
} weft_electron_memory;
weft_electron_memory weft_electron_remember(const weft_electron *electron);
weft_electron_memory weft_electron_now(const weft_electron *electron);
void weft_electron_restore(weft_electron *electron, const weft_electron_memory *memory);

/* Bytes that a dense solution of this many sites needs on one rank of so many. Local. */
double weft_electron_dense_bytes(double sites, int ranks);

/* false where the linked BLAS is the slow reference one. Local. */
bool weft_electron_blas_tuned(void);

/* ---- orbitals in time ----
 * Columns over the whole lattice, spread over the ranks, for Ehrenfest dynamics
 * i d psi/dt = H(Q) psi with H = hopping + diag(V). The two parts are propagated one at a time,
 * each exactly, so that orthonormality and particle number are kept to rounding for any splitting,
 * and the density does not depend on the number of ranks to the last bit. */
typedef struct weft_orbitals weft_orbitals;

/* Eigenvectors at the potential of the electron (solver dense), with thermal occupations (below
 * 1e-18: left out). The electron keeps being used for its potential and density. Errors:
 * WEFT_FAILED. Collective. */
weft_status weft_orbitals_create(weft_electron *electron, double temperature, weft_orbitals **out);
void weft_orbitals_free(weft_orbitals *orbitals);

/* psi <- exp(-i dt hopping) psi, a Chebyshev series to rounding; psi_i <- exp(-i dt V_i) psi_i at
 * the electron's potential. Collective. */
void weft_orbitals_hop(weft_orbitals *orbitals, double dt);
void weft_orbitals_turn(weft_orbitals *orbitals, double dt);

/* The density of the owned sites into electron->density. Exact in order: each term is rounded to a
 * multiple of 2^-60 first. Collective. */
void weft_orbitals_density(weft_orbitals *orbitals);

/* sum_k f_k <k| hopping + V |k>. Collective. */
double weft_orbitals_energy(weft_orbitals *orbitals);

/* Largest departure of <j|k> from delta_jk, over all pairs of columns. Collective. */
double weft_orbitals_orthonormality(weft_orbitals *orbitals);

/* Number of columns in all, and bytes of those of this rank. Local. */
int64_t weft_orbitals_count(const weft_orbitals *orbitals);
int64_t weft_orbitals_bytes(const weft_orbitals *orbitals);

/* Column k as 2N numbers (real part, imaginary part) on every rank, and back; the occupation of
 * every column. Collective. */
void weft_orbitals_get(const weft_orbitals *orbitals, int64_t k, double *out);
void weft_orbitals_put(weft_orbitals *orbitals, int64_t k, const double *values);
const double *weft_orbitals_occupation(const weft_orbitals *orbitals);
/* An empty set with these occupations, to be filled by put. Collective. */
weft_status weft_orbitals_empty(weft_electron *electron, int64_t count, const double *occupation,
                                weft_orbitals **out);

/* "SLEPc x.y.z; OpenBLAS x.y.z; ScaLAPACK x.y.z", or "no SLEPc" in a build without it. Local. */
const char *weft_electron_version(void);

WEFT_DECLARE_END

#endif
