/* What a replica of the model equation keeps, and what its files do for each other. */
#ifndef WEFT_MODEL_EQUATION_DATA_H
#define WEFT_MODEL_EQUATION_DATA_H

#include "pipeline.h"

/* What a formula of observables is reduced to. */
typedef enum eq_reduction {
    EQ_MEAN,
    EQ_INTEGRAL,
    EQ_MAX,
    EQ_MIN,
    EQ_VARIANCE,
    EQ_SPECTRUM,
    EQ_HISTOGRAM,
    EQ_CORRELATION,
    EQ_VALUE /* none: the formula is a number */
} eq_reduction;

typedef struct eq_formula {
    eq_reduction reduction;
    weft_expr of[2];
    double low, high; /* of a histogram */
    int bins;
} eq_formula;

/* How the equations can be integrated. */
typedef struct eq_shape {
    int families;      /* WEFT_HAS_ bits */
    bool simple_noise; /* each component has at most one noise, white, its own, the same at all
                          sites */
    double amplitude[EQ_COMPONENTS]; /* of simple noise */
    bool diagonal, real, isotropic;
    int degree;  /* of the nonlinear terms; -1: no polynomials; 0: there are none */
    double keep; /* dealiasing */
} eq_shape;
void eq_classify(eq_system *s, eq_shape *out);
/* Does a node contain a variable of a kind with an index from first to last? Local. */
bool eq_contains(const weft_graph *g, int node, weft_variable kind, int first, int last);
/* Are the fields smooth functions in continuous space? Local. */
bool eq_is_smooth(const eq_system *s);

/* Sites at which coefficients of places are looked at (sites.c): values of all place variables of
 * each, EQ_PLACE_DRAW a site. */
typedef struct eq_sites {
    int n;
    double *place;
} eq_sites;

struct eq_lattice;
typedef struct eq_watch eq_watch;

enum { EQ_WATCHED = 32 };

typedef struct eq_data {
    eq_system s;
    eq_shape shape;
    struct eq_lattice *lattice;  /* NULL: in k space */
    double gamma[EQ_COMPONENTS]; /* damping of momenta */
    eq_pipeline *rate;           /* N(u) of all components; of fields on the grid: L u + N(u) */
    eq_pipeline *force;          /* N(q) of coordinates, for splittings */
    eq_pipeline *increment;      /* noise, of fields on the grid */
    double **out;                /* of fields on the grid: FFT buffers of output sums */
    double *sites;               /* of fields on the grid: values at the owned sites */
    eq_factors *linear;          /* L, entry i*n + j */
    eq_factors *noise;           /* B */
    double **table;              /* scratch for them */
    int64_t stretch;             /* modes that it holds */
    double **place;              /* values of place variables in FFT buffers; NULL: not used */
    double **coefficients;       /* of fields that live on the grid: FFT buffers */
    /* observables */
    int n_formulas;
    eq_formula formula[EQ_FORMULAS];
    eq_pipeline *look;
    int seen[EQ_FORMULAS][2]; /* sources of look with the values of a formula */
    int n_shown;              /* components of derived fields: named expressions in snapshots */
    int shown[2 * EQ_SHOWN], shown_field[2 * EQ_SHOWN], shown_part[2 * EQ_SHOWN];
    bool fresh;                     /* look has the values of the present state */
    eq_sites sites_seen;            /* of the last start */
    eq_watch *watch;                /* NULL: there is nothing to watch */
    double start[2][EQ_COMPONENTS]; /* least and largest value of components at the start */

    double *buffer, *power; /* of spectra */
    int64_t *count;
} eq_data;

/* Linear part of row i in component j, and of noise k. */
weft_symbol eq_linear(const eq_system *s, int i, int j);
weft_symbol eq_noise(const eq_system *s, int i, int k);

/* Families of fields in k space. */
bool eq_spectral_setup(weft_sim *sim);
void eq_spectral_free(weft_sim *sim);
void eq_linear_form(weft_sim *sim, weft_linear_form *form);
void eq_linear_km(weft_sim *sim, int64_t first, int64_t count, double _Complex *L);
weft_status eq_nonlinear_km(weft_sim *sim, double t, double *const *u);
int eq_transforms(const weft_sim *sim, int needs);
void eq_noise_km(weft_sim *sim, int64_t first, int64_t count, double _Complex *B);
double eq_noise_amplitude(weft_sim *sim, int field);

/* Second order in k space. */
bool eq_is_second(eq_system *s);
void eq_second_setup(weft_sim *sim);
void eq_linear_k2(weft_sim *sim, int field, double *const a[3], double *const soft[3],
                  double *damping);
weft_status eq_nonlinear_k(weft_sim *sim, double t, double *const *u);

/* Fields on the grid. */
weft_status eq_lattice_setup(weft_sim *sim);
void eq_lattice_free(weft_sim *sim);
weft_status eq_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du);
weft_status eq_ito(weft_sim *sim, double dt, weft_state *u, weft_state *du);
weft_status eq_kick(weft_sim *sim, double t, double dt, int times);
weft_status eq_drift(weft_sim *sim, double t, double dt, int times);
bool eq_damp(weft_sim *sim, double t, double dt);
weft_rates eq_rates(weft_sim *sim);
int eq_couplings(weft_sim *sim, weft_coupling *out);
void eq_jacobian_row(weft_sim *sim, double t, weft_state *u, int64_t z, int64_t y, double *out);
/* Formulas of the place. */
weft_status eq_set_quenched(weft_sim *sim);
weft_status eq_set_initial(weft_sim *sim);
/* Check the section initial of type formula. Local. */
weft_status eq_check_initial(eq_system *s, const weft_section *initial);
/* Values of a place variable at the owned sites: an array without ghosts. */
void eq_place_values(weft_sim *sim, int index, double *out);

/* Refuse what the boundaries do not allow in equations and names, and in a formula. Local. */
weft_status eq_check_walls(eq_system *s);
weft_status eq_check_formula(eq_system *s, const weft_node *text, const weft_expr of[2]);
/* Refuse factors of k that are too large for numbers on this grid. Local. */
weft_status eq_check_factors(eq_system *s);
/* Refuse what is ill posed, at any time from start to end. Local. */
weft_status eq_check_growth(eq_system *s, double start, double end);
/* The same at sites with the values that the run has there. Local. */
weft_status eq_check_growth_at(eq_system *s, double start, double end, const eq_sites *sites);
/* Find them, in place of those of an earlier start. Collective. */
void eq_find_sites(weft_sim *sim, eq_sites *out);
/* The same for small changes of a uniform state, the values of all components, at the sites where
 * there are some. Local. */
weft_status eq_check_growth_about(eq_system *s, double t, const double *state,
                                  const eq_sites *sites);
/* The same about the least and the greatest values of all components, those half way, and those
 * nearest to zero. Local. */
weft_status eq_check_growth_between(eq_system *s, double t, const double *low, const double *high,
                                    const eq_sites *sites);
/* Refuse what is ill posed about zero and about one of these values, after eq_check_growth_at: the
 * two checks before leave what is ill posed about zero alone to the start. One component only.
 * Local. */
weft_status eq_check_growth_start(eq_system *s, double t, const double *low, const double *high,
                                  const eq_sites *sites);
/* Does the linear part damp the shortest waves of the grid, beside what it does to uniform states?
 * Local. */
bool eq_short_waves_die(const eq_system *s);
/* The right-hand sides must be finite at the start. Collective. */
weft_status eq_begin(weft_sim *sim);

/* Nodes of denominators at whose zero the equations are infinite; returns how many. out has room
 * for EQ_WATCHED of them, and no more are found. Local. */
int eq_find_poles(eq_system *s, int *out);
/* Watching them in a run. setup: after the transforms, or before the static fields of a lattice;
 * guard: after a step, WEFT_FAILED with the place where one has passed zero. Collective. */
weft_status eq_watch_setup(weft_sim *sim);
void eq_watch_begin(weft_sim *sim);
weft_status eq_guard(weft_sim *sim);
void eq_watch_free(weft_sim *sim);

/* Plain text of what was found, line by line. */
void eq_describe(weft_sim *sim);
void eq_attributes(weft_sim *sim, weft_attribute *add, void *context);

extern const weft_observable eq_observables[3];
/* Default list of observables. */
void eq_default_observe(const eq_system *s, const weft_params *all, weft_plan *plan);
/* A text of the plan's own room; "" where it is full. */
const char *eq_keep_name(weft_plan *plan, const char *name);
bool eq_is_uniform(const weft_graph *g, int node);

/* Values of formulas of the present state. Collective. */
void eq_look_setup(weft_sim *sim); /* the pipeline look, not finished */
weft_status eq_look_lattice(weft_sim *sim);
void eq_look_free(weft_sim *sim);
weft_status eq_derive(weft_sim *sim); /* the state may have changed */

weft_view eq_view(weft_sim *sim, int formula, int which);
void eq_load_values(weft_sim *sim, int formula, int which, double *buffer);
double eq_uniform_value(weft_sim *sim, int formula);
/* Coefficients of all components of a state, wherever they live. Collective. */
void eq_coefficients(weft_sim *sim, weft_state *state, double **u);
/* Observables of the plan: read all formulas. */
weft_status eq_read_formulas(eq_system *s, const weft_params *all, eq_formula *out, int *n);

/* The number or numbers of an observed formula (its number is the argument), and the axes of those
 * that have some (observe_values.c). As of weft_observable. */
weft_status eq_formula_compute(weft_sim *sim, double argument, double *out);
weft_status eq_formula_shape(weft_sim *sim, double argument, weft_axis *axes);

#endif
