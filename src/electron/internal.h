/* Pieces of the electronic solvers, private to src/electron.
 *
 * Words. A window is a set of sites around a centre from which the centre's density is
 * computed. A ball is a window of all sites within a radius. A tile is sixteen neighbouring
 * centres that are solved at once, one in each lane of a vector. The exponent is order
 * times rate of an expansion: the error falls as exp(-exponent). A bin is a spectral bound,
 * rounded up, with its coefficients. The family are the functions that are compared when
 * errors are measured. A stratum is a set of sites with similar indicators of their errors.
 * A source is the potential, laid out so that windows can read it. */
#ifndef WEFT_ELECTRON_INTERNAL_H
#define WEFT_ELECTRON_INTERNAL_H

#include "program.h"
#include "weft/electron.h"
#include "weft/lanes.h"

enum {
    EL_TILE = 16,               /* sites with one bound and one order; the same on all machines */
    EL_SINGLE = 2 * WEFT_LANES, /* sites that a kernel does at once in single precision ... */
    EL_DOUBLE = WEFT_LANES,     /* ... and in double precision: a register; both divide a tile */
    EL_BINS = 8192,  /* spectral bounds are rounded up to powers of EL_BIN_RATIO: to 1e35 */
    EL_SAMPLES = 64, /* sites at which errors are measured */
    EL_ORDER_MAX = 65536,
};
#define EL_BIN_RATIO 1.02
#define EL_NEAR      3.0 /* temperatures between mu and the neighbouring potentials of control */
/* Tolerances below this need the recursion in double precision, whose floor is at 1e-6. */
#define EL_SINGLE_TOLERANCE 2e-6

/* ---- the window around a site, and how it lies in memory ----
 * A box with a ring of padding; the sites of the window are rows along x in it. Along a wrapped
 * axis the window holds the whole axis, and the padding its periodic continuation. */
typedef struct el_row {
    int64_t at;   /* first site of the row in the box */
    int64_t n;    /* sites */
    int64_t d[3]; /* displacement of the first site from the centre */
    int64_t far;  /* smallest number of hops from the centre to the row */
} el_row;

typedef struct el_shape {
    int dim;
    bool next;       /* second neighbours count */
    int64_t radius2; /* squared radius of the ball; -1: whole axes or a box beside them */
    bool wrap[3];
    int64_t low[3], high[3]; /* displacements along each axis: -low .. high */
    int64_t pad;             /* ring of padding */
    int64_t n[3], stride[3], size, centre;
    int64_t sites;
    int64_t n_rows;
    el_row *row;
} el_shape;

/* The window of a squared radius; radius2 < 0: the whole lattice. A ball that meets itself
 * around the torus becomes the box of its radius, whole along the axes where it wraps.
 * next: second neighbours count. Free with el_shape_free. Local. */
void el_shape_make(int dim, const int64_t n[3], int64_t radius2, bool next, el_shape *out);
void el_shape_free(el_shape *shape);
/* Is the window the whole lattice? Local. */
bool el_shape_whole(const el_shape *shape);
/* Shifts of the site energies that turn the hard wall of a window into a mirror: a neighbour that
 * is cut off is replaced by the site itself. One value per site, in the order of the rows. Local.
 */
void el_shape_mirror(const el_shape *shape, double t, double t2, double *shift);
/* The next squared radius at which the ball gains sites. Local. */
int64_t el_radius_next(int dim, int64_t radius2);

/* ---- kernels: moments of the windows of several centres at once ----
 * centre[s] points at V of the centre of lane s in an array with these strides. With
 * x = (H - mu)/a and alpha_m = T_m(x)|i>:
 *   odd[m]  = <i|T_{2m+1}(x)|i> = 2<alpha_{m+1}|alpha_m> - <alpha_1|alpha_0>,
 *   even[m] = <i|T_{2m}(x)|i>   = 2<alpha_m|alpha_m> - 1,   m = 0 .. steps-1,
 * each with one value per lane. even NULL: not wanted. work: 3*size*lanes values. */
/* What a kernel is asked to do. */
typedef struct el_problem {
    double t, t2; /* hopping amplitudes */
    double mu, a; /* centre and half width of the spectrum's cover */
    int64_t steps;
    const double *shift; /* added to V, one value per site of the window; NULL: none */
} el_problem;

void el_moments_f32(const el_shape *shape, const double *const *centre, const int64_t stride[3],
                    const el_problem *problem, float *work, float *odd, float *even);
void el_moments_f64(const el_shape *shape, const double *const *centre, const int64_t stride[3],
                    const el_problem *problem, double *work, double *odd, double *even);

/* ---- Chebyshev coefficients ---- */
typedef enum el_function {
    EL_DENSITY, /* f - 1/2, odd about mu */
    EL_SLOPE,   /* df/dmu, even */
    EL_BEND,    /* d2f/dmu2, odd */
    EL_OMEGA,   /* -T ln(2 cosh((E - mu)/2T)), even */
    /* Mean, and half of the difference, of f - 1/2 at mu + 3T and mu - 3T: odd and even. */
    EL_NEAR_ODD,
    EL_NEAR_EVEN,
    EL_FUNCTIONS,
} el_function;

/* Is the function even about mu? Local. */
bool el_even(el_function function);
/* ln rho of the Bernstein ellipse: asinh(pi T/a). Local. */
double el_rate(double temperature, double a);
/* Steps (half the order) of an exponent. Local. */
int64_t el_steps(double exponent, double temperature, double a);

/* A bound a, the steps it needs at the table's exponent, and the coefficients of each function. */
typedef struct el_bin {
    double a;
    int64_t steps;
    double *c[EL_FUNCTIONS];    /* made when first asked for */
    int64_t made[EL_FUNCTIONS]; /* how many; 0: none yet */
} el_bin;

/* Bins of one temperature, by the logarithm of their bound. */
typedef struct el_table {
    double temperature;
    double exponent; /* order = exponent / rate, unless order is given */
    int64_t order;
    el_bin *bin[EL_BINS];
} el_table;

/* What bins are asked for from now on; they are forgotten if the temperature differs. Local. */
void el_table_set(el_table *table, double temperature, double exponent, int64_t order);
/* The bin whose a is just above a bound. Local. */
el_bin *el_table_bin(el_table *table, double bound);
const double *el_table_get(const el_table *table, el_bin *bin, el_function function);
void el_table_free(el_table *table);

/* Sums over n values, a power of two from 4 up: out[j] = sum_k x_k cos(pi m (k + 1/2)/(2n)) with m
 * = 2j + 1 or, of even orders, m = 2j, where x is lost. work: 2n doubles. Local. */
void el_cosine_odd(const double *x, int n, double *work, double *out);
void el_cosine_even(double *x, int n, double *work, double *out);

/* ---- a set of centres, solved in float or double ---- */
typedef struct el_engine {
    const el_shape *shape;
    const double *shift; /* see el_problem */
    bool single;         /* precision of the recursion */
    double *work;        /* room for the kernel */
    int64_t work_size;   /* doubles */
    double *moments;     /* odd, then even: 2*steps*EL_TILE values */
    int64_t moments_size;
} el_engine;

void el_engine_free(el_engine *engine);
/* For each function in list (count of them): out[j*EL_TILE + s] = <i_s| function |i_s>. bound: of
 * |H - mu| in all windows. Returns the order used. Local. */
int64_t el_engine_run(el_engine *engine, el_table *table, double t, double t2, double mu,
                      double bound, const double *const *centre, const int64_t stride[3], int count,
                      const el_function *list, double *out);

/* ---- rational windows ---- */

/* Closed forms on the square lattice, and the program for all others. */
enum { EL_STAR, EL_BALL, EL_BALL_EMBEDDED, EL_PROGRAM };
typedef void el_square_rows32(int kind, const el_poles *poles, const float *v, int64_t w,
                              int64_t rows, int64_t n, float *room, float *out, float *slope);
typedef void el_square_rows64(int kind, const el_poles *poles, const double *v, int64_t w,
                              int64_t rows, int64_t n, double *room, double *out, double *slope);
el_square_rows32 el_square_rows_f32, el_square_rows_slope_f32;
el_square_rows64 el_square_rows_f64, el_square_rows_slope_f64;

/* A rational window that may be chosen. */
typedef struct el_window {
    int64_t radius2;
    bool embed;
    int kind;
    int64_t reach; /* halo */
    double cost;   /* nanoseconds a site and pole, in single precision */
    el_program program;
} el_window;

/* ---- the potential, where windows can read it ---- */
/* The potential with a border as wide as windows reach; rows along x. */
typedef struct el_source {
    double *v;     /* ghosted block, or the whole lattice with periodic margins */
    double *bound; /* same layout: bound on |H - mu| from each site's row of (H - mu)^2 */
    int64_t stride[3];
    int64_t origin;   /* of the global site start */
    int64_t start[3]; /* the first site, global */
    int64_t n[3];     /* sites without ghosts */
    int64_t ghost[3];
    int64_t size;
    weft_halo *halo; /* NULL: gathered */
} el_source;

/* Where the row (z, y) from the first site begins in v and bound; ghosts have negative numbers.
 * Local. */
static inline int64_t el_source_row(const el_source *s, int64_t z, int64_t y)
{
    return s->origin + z * s->stride[0] + y * s->stride[1];
}

/* ---- bad sites ---- */
/* Sites that are computed again in Chebyshev windows. */
typedef struct el_exact {
    el_shape shape;
    int64_t radius2; /* of the shape; 0: none was made */
    el_engine engine;
    el_table table;
    int64_t *site; /* owned ones, rising */
    int64_t count;
} el_exact;

/* ---- all that a solver keeps ---- */
typedef struct el_private {
    weft_electron_options options;
    int64_t local_sites, sites;
    double *whole; /* gathered potential, x fastest; NULL where not needed */
    el_shape shape;
    el_engine engine;
    el_table table, sample_table;
    el_source source;
    int64_t radius2;
    double exponent;
    int64_t solves;
    double strict; /* part of the tolerance that a choice of windows may use: 1, or less where a
                      check after the solve found that it had missed sites */
    double strict_chebyshev; /* the same for Chebyshev windows, as `strict` is for rational ones:
                                what one kind was found to miss says nothing about the other */
    weft_electron_mark mark; /* the state of the last calibration */
    el_window window[EL_WINDOWS_MAX];
    int windows;
    int chosen;     /* rational window in use; -1: Chebyshev windows */
    int64_t repair; /* squared radius of the windows at bad sites; 0: none are computed again */
    int least;      /* the windows before this one were found wanting in the present state */
    double stated;  /* what the last of those was found to miss */
    bool moving;    /* the state has moved away from that of the last choice of windows */
    int64_t tried;  /* solves when no rational window served; -1: one did */
    el_exact exact;
    int64_t reach; /* halo of rational windows; 0: that of shape and tile */
    el_pole_table poles;
    double *plane; /* room for rational windows */
    int64_t plane_size;
    weft_electron_memory before; /* the last solve */
    double *share;  /* one or three values per owned site for fixed filling and omega */
    double *levels; /* dense: all eigenvalues; NULL: none yet */
    int64_t tile[3];
} el_private;

/* The potential of the whole lattice on every rank, x fastest. Collective. */
void el_gather(const weft_electron *e, double *whole);

/* Prepare the source for windows of a shape and fill it. Collective. */
weft_status el_source_prepare(weft_electron *e);
void el_source_fill(weft_electron *e, double mu);
void el_source_free(el_source *source);

/* Functions at all owned sites: out[j*local_sites + i]. Collective. */
weft_status el_sites(weft_electron *e, double temperature, int count, const el_function *list,
                     double *out);

/* ---- measured errors ---- */
/* Members of the family that is compared. */
enum { EL_MEMBERS = 4 };
typedef double el_family[EL_MEMBERS][EL_SAMPLES];

typedef struct el_samples {
    int count;                   /* samples; lanes beyond have no weight */
    int64_t site[EL_SAMPLES][3]; /* global */
    double weight[EL_SAMPLES];   /* sum 1 */
    int stratum[EL_SAMPLES];
    int64_t sites; /* of the lattice */
    /* the potential around them, on every rank; v NULL: not collected */
    int64_t half[3], stride[3], size, centre;
    double *v;
} el_samples;

/* What windows are judged by: samples, and the family there in a window that is trusted. */
typedef struct el_evidence {
    el_samples samples;
    el_family reference;
} el_evidence;

/* How windows are solved at samples. */
typedef struct el_accuracy {
    double exponent;
    int64_t order; /* 0: from the exponent */
    bool single;
    int border; /* 0: hard wall, +1 and -1: mirrors */
} el_accuracy;

/* Sites by strata of an indicator of the owned sites; another phase gives others. Collective. */
void el_samples_choose(const weft_electron *e, const double *indicator, uint64_t phase,
                       el_samples *out);
/* The family at the samples in windows of a shape. Collective. */
void el_samples_solve(const weft_electron *e, double temperature, el_samples *s,
                      const el_shape *shape, const el_accuracy *how, el_family out);
/* Values of an array of the owned sites at the samples. Collective. */
void el_samples_values(const weft_electron *e, const el_samples *s, const double *owned,
                       double *out);
/* Bound of |H - mu| over all that was collected. Local. */
double el_samples_bound(const weft_electron *e, const el_samples *s);
void el_samples_free(el_samples *s);

/* Sums over poles in single precision err more than Chebyshev sums: the tolerance must be
 * ten times that at which those use it. Local. */
static inline bool el_rational_single(const weft_electron *e)
{
    return e->own->options.tolerance >= 10 * EL_SINGLE_TOLERANCE;
}
/* The windows that fit the lattice (and the radius that the user gave). Local. */
void el_rational_make(weft_electron *e);
void el_rational_free(el_private *p);
/* Bound of |E - mu| over all windows. Local. */
double el_rational_bound(const weft_electron *e, const weft_electron_mark *mark);
/* The fewest poles for the tolerance, y and w in units of |t| (even: w without unit); false: even
 * the most do not reach it. Local. */
bool el_rational_poles(weft_electron *e, bool even, double temperature, double bound,
                       el_poles *out);
/* n - 1/2 of the owned sites, and dn/dmu where slope is not NULL; or the grand potential without
 * its linear part. Errors: WEFT_FAILED (too few poles). Collective. */
weft_status el_rational_density(weft_electron *e, const el_window *w, double temperature,
                                double bound, double *out, double *slope);
weft_status el_rational_omega(weft_electron *e, const el_window *w, double temperature,
                              double bound, double *out);
/* The family at the samples, whose potential must have been collected to the window's reach. Local.
 */
void el_rational_family(weft_electron *e, const el_samples *s, const el_window *w,
                        double temperature, double bound, el_family out);
/* The tolerance to which a solve is finished and measured: that of the options, or for trained
 * windows, whose tolerance may lie far above their error, a part of the error they state. Local. */
double el_resolution(const weft_electron *e);
/* The trained poles of the options at a temperature, y and w in units of |t|. Local. */
void el_learned_poles(const weft_electron *e, double temperature, el_poles *out);
/* Is the window the one that was trained? Local. */
bool el_learned_window(const weft_electron *e, const el_window *w);
/* Choose that window; false: it does not fit the lattice. Local. */
bool el_learned_make(weft_electron *e);
/* The rational windows in use, with bad sites computed again. density: n - 1/2, and dn/dmu where
 * slope is not NULL; scratch: one value per owned site; again: keep the bad sites of the call
 * before. omega: as el_rational_omega, at the bad sites of the last density. Errors: WEFT_FAILED.
 * Collective. */
weft_status el_repair_density(weft_electron *e, double temperature, double bound, bool again,
                              double *scratch, double *out, double *slope);
weft_status el_repair_omega(weft_electron *e, double temperature, double bound, double *out);
/* At how many sites of the lattice do window i and the one before it differ by more than what is
 * allowed? *share: the part of all sites. Collective. */
weft_status el_repair_share(weft_electron *e, int i, double temperature, double bound,
                            double *share);
/* What two windows may differ by before a site is bad. Local. */
double el_repair_limit(const weft_electron *e);
void el_repair_free(el_exact *exact);

/* Exact sums of count (at most three) arrays of the owned sites. Collective. */
void el_sums(const weft_electron *e, const double *values, int count, double *out);
/* Density and mu that keep the filling: repeated at a better mu, and a series for the rest. now is
 * the state of rational windows. Errors: WEFT_FAILED. Collective. */
weft_status el_solve_filling(weft_electron *e, double temperature, const weft_electron_mark *now);

/* The unit in which errors of the energy per site are measured: the hopping, or the
 * temperature without one. Local. */
double el_energy_unit(const weft_electron *e, double temperature);
/* Give the window this radius (squared; -1: the whole lattice). Local. */
void el_set_radius(weft_electron *e, int64_t radius2);
/* Windows of another radius, and room for them. Collective. */
weft_status el_use_radius(weft_electron *e, int64_t radius2);
/* Choose radius and exponent by measurement on sample sites. bound > 0, of |H - mu|: give up where
 * diagonalisation would be much faster. seen: what the radius was chosen from, empty before; the
 * samples are to be freed. Errors: WEFT_FAILED. Collective. */
weft_status el_calibrate(weft_electron *e, double temperature, double bound, el_evidence *seen);
/* Can the order that the error bound asks for be had? Errors: WEFT_FAILED. Local. */
weft_status el_check_order(const weft_electron *e, double temperature,
                           const weft_electron_mark *now);
/* The cheapest rational window that keeps the tolerance, or (auto) Chebyshev windows. Collective.
 */
weft_status el_choose(weft_electron *e, double temperature, const weft_electron_mark *now);
weft_status el_error(weft_electron *e, double temperature, uint64_t phase,
                     const weft_electron_mark *now, weft_electron_accuracy *out);

/* i modulo n, in 0 .. n-1. Local. */
static inline int64_t el_wrapped(int64_t i, int64_t n)
{
    int64_t r = i % n;
    return r < 0 ? r + n : r;
}

#endif
