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
 * on any number of ranks. It is not the exact gradient of one energy: see weft_electron_omega.
 *   rational: few poles instead of a polynomial, in windows of 5 to 65 sites
 * (src/electron/rational.c). learned: one of these windows with trained numbers; its error is
 * measured as those of all, and a solve whose density errs by more than the tolerance fails. Its
 * grand potential is that of the window without training. */
#ifndef WEFT_ELECTRON_H
#define WEFT_ELECTRON_H

#include "weft/declare.h"
#include "weft/grid.h"

WEFT_DECLARE_BEGIN

/* How the density is found; the head of this file describes the methods. */
typedef enum weft_electron_solver {
    WEFT_ELECTRON_DENSE,
    WEFT_ELECTRON_CHEBYSHEV_FULL,
    WEFT_ELECTRON_CHEBYSHEV,
    WEFT_ELECTRON_RATIONAL,
    WEFT_ELECTRON_AUTO,    /* of the last two the cheaper one, chosen again in each calibration */
    WEFT_ELECTRON_LEARNED, /* one rational window with trained numbers */
} weft_electron_solver;

/* Trained numbers of a rational window, seven for each pole: y and w in units of the temperature,
 * and five factors, of the ring of neighbours at the centre (>= 0), of sites two steps along an
 * axis (>= 0), of corners (>= 0), of what lies beyond those (>= 0), and of the bonds over a corner
 * (at most the corners' in size). All factors one: the exact formula. Square lattice, no t'. */
enum { WEFT_LEARNED_POLES = 12, WEFT_LEARNED_NUMBERS = 7 };
/* A network (src/electron/network.c) on top of the window, or alone where there are no poles:
 * channels, layers, scales of its input in units of |t|, weights. */
enum { WEFT_LEARNED_SCALES = 6, WEFT_LEARNED_WIDTH = 64, WEFT_LEARNED_DEPTH = 6 };
typedef struct weft_learned {
    int64_t poles;
    double number[WEFT_LEARNED_POLES][WEFT_LEARNED_NUMBERS];
    double hopping;        /* of the training */
    double temperature[2]; /* least and largest one of the electrons */
    double bound;          /* largest |E - mu| of the band and the potential */
    double error;          /* root mean square error of n per site where it was not trained */
    int64_t width, depth;  /* depth 0: no network */
    double scale[WEFT_LEARNED_SCALES];
    int64_t weights; /* as many as width and depth need */
    double *weight;  /* owned by whoever made the struct; NULL: no network */
} weft_learned;

/* What makes the numbers unusable, in words; NULL: nothing. Local. */
const char *weft_learned_flaw(const weft_learned *learned);

/* What is solved, and how accurately. Energies and temperatures are in the units of hopping. */
typedef struct weft_electron_options {
    weft_electron_solver solver;
    double hopping, next_hopping; /* t, t' */
    double tolerance;             /* Chebyshev: root mean square error of n per site, and error of
                                     Omega per site in units of the hopping */
    double radius;                /* windows: R in lattice spacings; 0: from the tolerance */
    int64_t order;                /* Chebyshev: M; 0: from the tolerance */
    double mu;                    /* chemical potential, if filling is nan */
    double filling;               /* mean density to be kept by mu; nan: mu is fixed */
    const weft_learned *learned;  /* for that solver; must live longer */
    bool repair; /* rational, auto: sites at which two windows differ by more than the tolerance may
                    be computed again in Chebyshev windows whose border does not matter */
} weft_electron_options;

/* A solver, its input and its result. The caller fills potential, calls weft_electron_solve, and
 * reads the rest. */
typedef struct weft_electron {
    const weft_grid *grid; /* not owned */
    double *potential;     /* V of the owned sites, x fastest, no ghosts: filled by the caller */
    double *density;       /* n of the owned sites likewise: result of solve */
    double mu;             /* of the last solve */
    double radius;         /* of the windows now; nan: the whole lattice */
    int64_t order;         /* largest order, or number of poles, of the last solve; 0: dense */
    struct el_private *own;
} weft_electron;

/* Make a solver on a periodic grid, which must live longer; options are copied. On success *out is
 * the caller's, to be freed with weft_electron_free; else it is NULL. Errors, the same on every
 * rank: WEFT_INPUT (a dense matrix that is larger than the memory; the message says how much it
 * needs, and names no place in an input, which the caller adds). Collective. */
weft_status weft_electron_create(const weft_grid *grid, const weft_electron_options *options,
                                 weft_electron **out);
/* NULL is allowed. Collective. */
void weft_electron_free(weft_electron *electron);

/* Set electron->density (and mu, where the filling is kept) to those of the present potential at an
 * electron temperature (0 for dense alone). Errors, the same on every rank: WEFT_FAILED (no
 * convergence; no window keeps the tolerance; the order would be too large). Collective. */
weft_status weft_electron_solve(weft_electron *electron, double temperature);

/* *omega: the grand potential -T sum ln(1 + exp(-(E - mu)/T)), in units of energy, at the potential
 * and mu of the last solve; add mu*N for the free energy. Errors: those of solve. For dense and
 * chebyshev_full, n_i = dOmega/dV_i to the solver's error; for chebyshev each site's share is taken
 * from its own window, so that the two agree only within the error of truncation. Collective. */
weft_status weft_electron_omega(weft_electron *electron, double temperature, double *omega);

/* Estimated errors of the last solve, meant as upper ones. */
typedef struct weft_electron_accuracy {
    double rms;     /* root mean square error of n per site */
    double largest; /* error of n */
    double energy;  /* error of weft_electron_omega per site */
} weft_electron_accuracy;

/* *out: the errors of the last solve, measured at the same potential. Windows: on 64 sample sites,
 * drawn from classes of sites that are alike (phase, a number of the caller's, chooses others of
 * them), against windows so large that their border no longer matters, or the whole lattice, at the
 * order that the bound on the error asks for and in double precision. chebyshev_full: against twice
 * the order, with the bound of its order for the largest error. dense: 0. Errors: WEFT_FAILED (no
 * window is large enough). Collective. */
weft_status weft_electron_error(weft_electron *electron, double temperature, uint64_t phase,
                                weft_electron_accuracy *out);

/* *share: the part of all sites that the last solve computed again in larger windows (see the
 * option repair); 0 without it. Collective. */
void weft_electron_repaired(const weft_electron *electron, double *share);

/* How many sites the density of one site is computed from: those of the windows in use, or all.
 * Local. */
int64_t weft_electron_sites(const weft_electron *electron);

/* *cost: microseconds a site of a solve like the last one, by the speeds from which auto chooses:
 * constants of the program (one core with AVX-512), the same everywhere. Collective. */
void weft_electron_cost(const weft_electron *electron, double *cost);

/* What finds the density now, in words for the start of a run. The text belongs to the solver and
 * changes with it. Local. */
const char *weft_electron_method(const weft_electron *electron);

/* *gap: the distance between the lowest level above mu and the highest below it, at the potential
 * and mu of the last solve: from all levels (dense, and small lattices), else by SLEPc,
 * shift-and-invert about mu. Errors, the same on every rank: WEFT_FAILED (no convergence, a build
 * without what it needs). Collective. */
weft_status weft_electron_gap(weft_electron *electron, double *gap);

/* What a build of weft lacks for dense solutions, or for the gap of so many sites: the name of a
 * library and how to get it, for a message; NULL if nothing is missing. Local. */
const char *weft_electron_lacks_dense(void);
const char *weft_electron_lacks_gap(double sites);

/* The state at which radius and order were measured. */
typedef struct weft_electron_mark {
    double temperature, mu;
    double mean, low, high; /* of V */
} weft_electron_mark;
/* What a solve depends on beyond the potential, so that it can be repeated to the same bits. */
typedef struct weft_electron_memory {
    double mu, exponent;
    int64_t radius2, solves;
    int64_t window; /* rational window in use; -1: Chebyshev */
    int64_t repair; /* squared radius of the windows at bad sites; 0: none are computed again */
    int64_t tried;  /* solves when rational windows were found not to serve; -1: they were not */
    double strict;  /* part of the tolerance that a choice of rational windows may use ... */
    double strict_chebyshev; /* ... and one of Chebyshev windows */
    weft_electron_mark mark;
} weft_electron_memory;
/* The memory with which the last solve can be repeated (remember), or the next one be made in
 * another run (now). Local. */
weft_electron_memory weft_electron_remember(const weft_electron *electron);
weft_electron_memory weft_electron_now(const weft_electron *electron);
/* Let the next solve be the one that belongs to this memory. The same on all ranks. Local. */
void weft_electron_restore(weft_electron *electron, const weft_electron_memory *memory);

/* Bytes that a dense solution of a lattice of `sites` sites needs on each of `ranks` ranks. Local.
 */
double weft_electron_dense_bytes(double sites, int ranks);

/* Is the linked BLAS a tuned one? false: it is the slow reference BLAS. Local. */
bool weft_electron_blas_tuned(void);

/* ---- orbitals in time ----
 * Columns over the whole lattice, spread over the ranks, for Ehrenfest dynamics
 * i d psi/dt = H(Q) psi with H = hopping + diag(V). The two parts are propagated one at a time,
 * each exactly, so that orthonormality and particle number are kept to rounding for any splitting,
 * and the density does not depend on the number of ranks to the last bit. */
typedef struct weft_orbitals weft_orbitals;

/* Begin with the eigenvectors at the present potential of electron (its solver must be dense), with
 * thermal occupations; those below 1e-18 are left out. electron must live longer: its potential and
 * density are used from then on. On success *out is the caller's, to be freed with
 * weft_orbitals_free; else it is NULL. Errors, the same on every rank: WEFT_FAILED (no convergence,
 * memory). Collective. */
weft_status weft_orbitals_create(weft_electron *electron, double temperature, weft_orbitals **out);
/* NULL is allowed. Collective. */
void weft_orbitals_free(weft_orbitals *orbitals);

/* Propagate all columns over dt by one part of H: hop: psi <- exp(-i dt hopping) psi, a Chebyshev
 * series to rounding; turn: psi_i <- exp(-i dt V_i) psi_i at the electron's potential. Collective.
 */
void weft_orbitals_hop(weft_orbitals *orbitals, double dt);
void weft_orbitals_turn(weft_orbitals *orbitals, double dt);

/* Set electron->density of the owned sites to sum_k f_k |psi_k(i)|^2. The bits do not depend on the
 * order of the sum: each term is rounded to a multiple of 2^-60 first. Collective. */
void weft_orbitals_density(weft_orbitals *orbitals);

/* The energy sum_k f_k <k| hopping + V |k>, in the units of hopping; on every rank. Collective. */
double weft_orbitals_energy(weft_orbitals *orbitals);

/* The largest |<j|k> - delta_jk| over all pairs of columns; on every rank. Collective. */
double weft_orbitals_orthonormality(weft_orbitals *orbitals);

/* The number of columns on all ranks together, and the bytes of those of this rank. Local. */
int64_t weft_orbitals_count(const weft_orbitals *orbitals);
int64_t weft_orbitals_bytes(const weft_orbitals *orbitals);

/* Column k (of all ranks, from 0) as 2N numbers on every rank: real and imaginary part of site
 * after site, x fastest. get fills out; put takes values, the same on every rank. Collective. */
void weft_orbitals_get(const weft_orbitals *orbitals, int64_t k, double *out);
void weft_orbitals_put(weft_orbitals *orbitals, int64_t k, const double *values);
/* The occupations of all columns, weft_orbitals_count numbers; they belong to orbitals. Local. */
const double *weft_orbitals_occupation(const weft_orbitals *orbitals);
/* As weft_orbitals_create, but with `count` columns of zeros, which put fills, and the occupations
 * that are given. Collective. */
weft_status weft_orbitals_empty(weft_electron *electron, int64_t count, const double *occupation,
                                weft_orbitals **out);

/* "SLEPc x.y.z; OpenBLAS x.y.z; ScaLAPACK x.y.z", or "no SLEPc" in a build without it. Local. */
const char *weft_electron_version(void);

WEFT_DECLARE_END

#endif
