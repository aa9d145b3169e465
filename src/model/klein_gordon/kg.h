/* Private to the model klein_gordon: potential, data of a run, and what its files share. */
#ifndef WEFT_MODEL_KLEIN_GORDON_KG_H
#define WEFT_MODEL_KLEIN_GORDON_KG_H

#include "physics/protocol.h"
#include "weft/model.h"

enum {
    KG_COMPONENTS = 2,
    KG_CHUNK = 512, /* points of a row that are worked on at once, in the first-level cache */
    KG_WIDTH = 4,   /* half width of the widest difference stencil */
    KG_ROWS = KG_COMPONENTS + 3, /* rows that a potential sees: components, and x, y, z */
    KG_TERMS = 13,               /* coefficients of a polynomial potential */
    KG_DAMP_TABLES = 8
};

/* ---- potentials: potential.c ---- */

typedef struct kg_potential kg_potential;

/* Kernels over n points; u and out hold one pointer a component. Potentials that depend on the
 * place find it in u behind KG_COMPONENTS pointers, where kg_point has put it. */
typedef struct kg_kernels {
    /* out -= V'(u) */
    void (*force)(const kg_potential *v, int64_t n, double *const *u, double *const *out);
    /* With u = scale*f: f = mass2*u - V'(u), in place. */
    void (*excess)(const kg_potential *v, int64_t n, double scale, double *const *f);
    /* out = V(u) */
    void (*energy)(const kg_potential *v, int64_t n, double *const *u, double *out);
    /* Widen [low, high] to the eigenvalues of V''(u). */
    void (*curvature)(const kg_potential *v, int64_t n, double *const *u, double *low,
                      double *high);
} kg_kernels;

/* In place of fmin and fmax, which are calls of a library: without their rule for nan, which the
 * loop over time finds by itself. */
static inline double kg_lesser(double a, double b)
{
    return b < a ? b : a;
}

static inline double kg_greater(double a, double b)
{
    return b > a ? b : a;
}

#define KG_KINDS(X)                                                                                \
    X(KG_LINEAR, "linear")                                                                         \
    X(KG_PHI4, "phi4")                                                                             \
    X(KG_SINE_GORDON, "sine_gordon")                                                               \
    X(KG_DOUBLE_SINE_GORDON, "double_sine_gordon")                                                 \
    X(KG_PHI6, "phi6")                                                                             \
    X(KG_POLYNOMIAL, "polynomial")                                                                 \
    X(KG_FORMULA, "formula")
typedef enum kg_kind { KG_KINDS(WEFT_ENUM_NAME) } kg_kind;

/* The position is half the width of the stencil; 0: spectral. */
#define KG_LAPLACIANS(X)                                                                           \
    X(KG_SPECTRAL, "spectral") X(KG_FD2, "fd2") X(KG_FD4, "fd4") X(KG_FD6, "fd6") X(KG_FD8, "fd8")
typedef enum kg_laplacian { KG_LAPLACIANS(WEFT_ENUM_NAME) } kg_laplacian;

#define KG_DEALIAS(X) X(KG_KEEP_ALL, "none") X(KG_KEEP_2_3, "2/3") X(KG_KEEP_1_2, "1/2")
typedef enum kg_kept { KG_DEALIAS(WEFT_ENUM_NAME) } kg_kept;

#define KG_BOUNDARIES(X)                                                                           \
    X(KG_PERIODIC, "periodic")                                                                     \
    X(KG_ANTIPERIODIC, "antiperiodic")                                                             \
    X(KG_NEUMANN, "neumann")                                                                       \
    X(KG_DIRICHLET, "dirichlet")                                                                   \
    X(KG_ABSORBING, "absorbing")
typedef enum kg_boundary { KG_BOUNDARIES(WEFT_ENUM_NAME) } kg_boundary;

/* The section klein_gordon. */
typedef struct kg_params {
    kg_kind potential;
    double mass, lambda, vacuum, eta;
    weft_reals coefficients;
    const weft_node *formula, *parameters, *damping;
    int64_t components;
    kg_laplacian laplacian;
    kg_kept dealias;
    weft_choices boundary;
    int64_t winding; /* 0 where the potential has none */
    double sponge_width, sponge_strength;
    weft_reals temperature;
    weft_reals histogram_range;
} kg_params;
extern const weft_param kg_table[];

struct kg_potential {
    kg_kind kind;
    int components;
    const kg_kernels *kernels;
    double mass2; /* of the linear part that exponential steppers treat exactly */
    double lambda, vacuum, eta;
    bool even;                  /* V(-phi) = V(phi) */
    bool rests_at_zero;         /* phi = 0 is the only minimum of V */
    bool placed, timed;         /* V depends on the place, on the time */
    struct kg_formula *formula; /* of KG_FORMULA, once made */
    /* Polynomials: V and V' (even ones: V and V'/phi, as functions of phi^2). */
    int n_value, n_slope, n_bend;
    double value[KG_TERMS], slope[KG_TERMS], bend[KG_TERMS];
};

/* A number that changes by one where phi passes a level between two vacua, as kink_positions has
 * them (kink_shapes.c). */
double kg_interval(const kg_potential *v, double phi);

/* From the model's section; errors: WEFT_INPUT. Local. */
weft_status kg_potential_make(const weft_params *params, kg_potential *v);
/* The part of it for polynomials (polynomial.c). */
weft_status kg_polynomial_make(const weft_section *own, const kg_params *p, kg_potential *v);

/* Potentials by formula, formula.c: read and check; make the programs, for the others nothing; free
 * them. Local. */
weft_status kg_formula_check(const weft_params *params, kg_potential *v);
weft_status kg_formula_make(const weft_params *params, kg_potential *v);
void kg_formula_free(kg_potential *v);
/* The time at which the kernels see a potential that depends on it; others do not care. Local. */
void kg_formula_time(const kg_potential *v, double t);

/* ---- damping: damping.c ---- */

/* Damping by formula of the time. */
typedef struct kg_friction kg_friction;
/* Read the key damping: a number, or (friction not NULL) a formula. Free with kg_friction_free.
 * WEFT_INPUT. Local. */
weft_status kg_friction_read(const weft_params *params, double *number, kg_friction **friction);
void kg_friction_free(kg_friction *f);
/* gamma(t), and its integral from t to t + h. Local. */
double kg_friction_at(kg_friction *f, double t);
double kg_friction_over(kg_friction *f, double t, double h);

/* ---- the model ---- */

/* The factors exp(-gamma dt) of one dt: the product over the axes. */
typedef struct kg_damp_table {
    double dt;
    double *factor[3]; /* a value for each local point along the axis; NULL: slot unused */
} kg_damp_table;

typedef struct kg {
    const kg_params *p;
    kg_potential v;
    int components;
    int width;                      /* half width of the difference stencil; 0: spectral */
    double dealias;                 /* fraction of kmax that is kept; 0: all */
    double second[3][KG_WIDTH + 1]; /* stencils of the second derivative, divided by dx^2 */
    double first[3][KG_WIDTH + 1];  /* of the first, divided by dx */
    double slope;                   /* of the winding ramp along x; 0: none */
    double *ramp;                   /* its values at all global points along x; NULL: none */
    double *place[3];               /* coordinates of all global points along z, y, x, for
                                       potentials that depend on the place; else NULL */
    bool damped;
    double damping;        /* uniform part that does not change in time */
    protocol T;            /* of the bath */
    kg_friction *friction; /* what changes in time; NULL: nothing */
    double *gamma[3];      /* damping along each axis at the local points; their sum counts */
    bool sponge[3];        /* the axis is absorbing */
    kg_damp_table damp[KG_DAMP_TABLES];
    int n_damp;
    double *force[KG_COMPONENTS]; /* spectral, stepped in WEFT_X: Laplacian or whole force */
    double *second_buffer;        /* a transform buffer beside fft->work; NULL: not needed */
    double *scalar, *derivative;  /* values for observables, made when first asked for */
    int first_width;              /* half width of the stencils of the first derivative */
    struct weft_halo *mirror;     /* spectral with walls: ghosts for first derivatives; or NULL */
    double *mirrored;             /* values with these ghosts, made when first asked for */
    double *walls;                /* see walls.c */
    struct weft_halo *walls_halo;
} kg;

static inline kg *kg_of(const weft_sim *sim)
{
    return sim->data;
}

/* The coordinates of the points from global (z, y, x) on, for a potential that depends on the
 * place: a row of x, one value of y and of z. Local. */
static inline void kg_point(const kg *m, int64_t z, int64_t y, int64_t x, double **u)
{
    const int64_t at[3] = {z, y, x};
    for (int a = 0; a < 3; a++)
        u[KG_COMPONENTS + 2 - a] = m->place[a] ? m->place[a] + at[a] : NULL;
}

/* The fields phi and pi of a state (with winding phi is without its ramp). */
static inline weft_field *kg_phi(weft_state *state)
{
    return &state->field[0];
}

static inline weft_field *kg_pi(weft_state *state)
{
    return &state->field[1];
}

/* Do the evolved fields live in k space? */
static inline bool kg_in_k(const weft_sim *sim)
{
    return sim->state->field[0].space == WEFT_K;
}

/* ---- finite differences: stencil.c ---- */

/* Stencils for half width and spacings. Local. */
void kg_stencil_make(const weft_grid *grid, kg *m);
/* out = Laplacian, or first derivative along an axis, at n points of a row of a ghosted array. */
void kg_laplacian_row(const kg *m, const weft_grid *grid, const int64_t *stride, const double *u,
                      int64_t n, double *out);
void kg_derivative_row(const kg *m, int axis, int64_t stride, const double *u, int64_t n,
                       double *out);
/* Largest eigenvalue of minus the difference Laplacian. Local. */
double kg_stencil_max(const weft_grid *grid, const kg *m);

/* ---- dynamics: flow.c, modes.c ---- */
/* Functions of the families: include/weft/model.h says what each does. Collective; linear_k2 is
 * local. */
weft_status kg_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du);
weft_status kg_drift(weft_sim *sim, double t, double dt, int times);
weft_status kg_kick(weft_sim *sim, double t, double dt, int times);
bool kg_damp(weft_sim *sim, double t, double dt); /* damping.c */
bool kg_bath(weft_sim *sim, double t, double *gamma, double *variance);
void kg_linear_k2(weft_sim *sim, int field, double *const a[3], double *const soft[3],
                  double *damping);
weft_status kg_nonlinear_k(weft_sim *sim, double t, double *const *u);
/* Laplacian (with dealiasing: the whole force) of phi into m->force. Collective. */
void kg_spectral_force(weft_sim *sim, weft_state *u);
/* Zero the modes that dealiasing removes in phi and pi. Collective. */
void kg_truncate(weft_sim *sim);

/* ---- rates.c ---- */
/* Rates of the present state for the choice of the step. Collective. */
weft_rates kg_rates(weft_sim *sim);

/* ---- values for observables: values.c ---- */

/* Grid values of a component of phi (without the ramp). second: into the second buffer. Collective
 * in WEFT_K. */
weft_view kg_view(weft_sim *sim, int component, bool second);
/* The real scalar that observables look at: phi with its ramp, |phi| of a complex field.
 * Collective. */
weft_view kg_scalar(weft_sim *sim);
/* Coefficients of a field, in place or by a transform into fft->work. Spectral only. Collective. */
const double *kg_coefficients(weft_sim *sim, weft_field *field, int component);
/* Rows of a derivative of phi along an axis (without the ramp). Of a spectral field it is exact on
 * periodic and antiperiodic axes, and of eighth order between walls: there the derivative of a sum
 * of cosines is one of sines, for which the transform of the field has no place. Collective to
 * make. */
typedef struct kg_derivative {
    const kg *m;
    int axis;
    bool spectral;
    weft_view view; /* spectral: of the derivative; else of phi */
} kg_derivative;
kg_derivative kg_derivative_of(weft_sim *sim, int component, int axis);
void kg_derivative_get(const kg_derivative *d, int64_t z, int64_t y, int64_t n, double *out);
/* Has the axis walls (neumann, dirichlet, absorbing); has any? Local. */
static inline bool kg_is_wall(const weft_grid *grid, int axis)
{
    return grid->boundary[axis] == WEFT_NEUMANN || grid->boundary[axis] == WEFT_DIRICHLET;
}
bool kg_has_walls(const weft_grid *grid);
/* Can first derivatives be taken along all axes? Records an error if not. Local. */
weft_status kg_check_derivatives(weft_sim *sim);

/* ---- profiles: profile.c ---- */

/* A static kink about 0 that rises from one vacuum to the next, and its derivative. Local. */
void kg_kink(const kg_potential *v, double x, double *f, double *df);
/* Complete elliptic integral K and amplitude am(u), for complementary modulus k'. Local. */
double kg_elliptic_k(double complement);
double kg_elliptic_am(double u, double complement);

/* ---- tables of the model's parts ---- */
extern const weft_initial kg_initials[];
extern const weft_observable kg_observables[];
/* Functions of rows of the table of observables, whose long names say what they are: shapes and
 * checks are local, the others compute the values of one record. Collective.
 * energy.c */
weft_status kg_energy(weft_sim *sim, double argument, double *out);
weft_status kg_energy_kinetic(weft_sim *sim, double argument, double *out);
weft_status kg_energy_gradient(weft_sim *sim, double argument, double *out);
weft_status kg_energy_potential(weft_sim *sim, double argument, double *out);
weft_status kg_temperature_kinetic(weft_sim *sim, double argument, double *out);
weft_status kg_momentum(weft_sim *sim, double argument, double *out);
weft_status kg_charge(weft_sim *sim, double argument, double *out);
weft_status kg_center_of_energy(weft_sim *sim, double argument, double *out);
/* measure.c */
weft_status kg_phi_max(weft_sim *sim, double argument, double *out);
weft_status kg_phi_center(weft_sim *sim, double argument, double *out);
weft_status kg_shannon(weft_sim *sim, double argument, double *out);
weft_status kg_renyi(weft_sim *sim, double argument, double *out);
weft_status kg_tsallis(weft_sim *sim, double argument, double *out);
weft_status kg_histogram_shape(weft_sim *sim, double argument, weft_axis *axes);
weft_status kg_histogram(weft_sim *sim, double argument, double *out);
weft_status kg_spectrum_shape(weft_sim *sim, double argument, weft_axis *axes);
weft_status kg_spectrum(weft_sim *sim, double argument, double *out);
/* initial/kink_shapes.c */
weft_status kg_kinks_check(weft_sim *sim, double argument);
weft_status kg_kinks(weft_sim *sim, double argument, double *out);
weft_status kg_kinks_shape(weft_sim *sim, double argument, weft_axis *axes);
weft_status kg_kink_positions(weft_sim *sim, double argument, double *out);
/* walls.c */
weft_status kg_walls_check(weft_sim *sim, double argument);
weft_status kg_wall_area(weft_sim *sim, double argument, double *out);

/* ---- collision.c ---- */
extern const weft_reduction kg_reductions[];

#endif
