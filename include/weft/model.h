/* Models, and the families of functions in which they meet the steppers. */
#ifndef WEFT_MODEL_H
#define WEFT_MODEL_H

#include "weft/declare.h"
#include "weft/noise.h"
#include "weft/observe.h"
#include "weft/params.h"
#include "weft/state.h"
#include <complex.h>

WEFT_DECLARE_BEGIN

struct weft_file;
struct weft_model;
struct weft_coloured;

/* One replica in flight: what models and steppers are given. */
typedef struct weft_sim {
    const struct weft_model *model;
    const weft_params *params;
    const weft_section *own;     /* the model's section */
    const weft_section *initial; /* the section initial */
    const char *parts;           /* names of the components of fields, as the plan has them */
    weft_grid *grid;
    weft_fft *fft; /* NULL unless the plan or the stepper asked for it */
    weft_state *state;
    weft_noise noise;
    struct weft_coloured *coloured; /* additive noise with memory (weft/coloured.h), which the
                                       model's setup makes; NULL: white */
    double end;                     /* of the run */
    double time;                    /* of the state; step*dt for fixed steps */
    int64_t step;                   /* steps done */
    int64_t first; /* number of the step at time.start, in steps of the present length */
    void *data;    /* the model's own, made by setup */
    /* Parts of the model's own that its shared observables find here; NULL where it has none. */
    struct front_data *front;           /* a front (src/physics/front.h), set by front_init */
    struct phases_data *phases;         /* oscillators (src/physics/phases.h), set by phases_init */
    struct resolution_data *resolution; /* src/physics/resolution.h; made when first asked for */
    double kept; /* part of the wavenumbers that dealiasing leaves in the fields, set by the model's
                    setup; 0 as 1: all */
} weft_sim;

/* ---- families ---- */
enum {
    WEFT_HAS_RHS = 1,           /* du/dt = rhs(u, t) */
    WEFT_HAS_SPLIT = 2,         /* kick and drift pieces of a Hamiltonian splitting */
    WEFT_HAS_LINEAR_K2 = 8,     /* q_tt = -a(k) q + N(q) - c q_t: linear_k2 gives a and c */
    WEFT_HAS_NOISE = 16,        /* additive noise: noise_amplitude */
    WEFT_HAS_SWEEP = 32,        /* advances itself by stochastic site updates */
    WEFT_HAS_BATH = 64,         /* Langevin thermostat on the momenta */
    WEFT_HAS_JACOBIAN = 128,    /* jacobian, with couplings or with diffusion */
    WEFT_HAS_ITO = 256,         /* du = rhs dt + g(u) dW in the sense of Ito: rhs and ito */
    WEFT_HAS_SAMPLE = 512,      /* steps of fixed length by sampling transition laws: sample */
    WEFT_HAS_AUTONOMOUS = 1024, /* the rhs does not depend on t */
    WEFT_HAS_HEAT = 4096,       /* the bath has a temperature above 0: a stepper that does not move
                                   the momenta with it would leave the noise out without a word */
    WEFT_HAS_MEMORY = 8192,     /* the additive noise has memory: steppers take it from the pass of
                                   src/stepper/additive.h or refuse it */
    WEFT_HAS_LINEAR_KM = 2048, /* any number of coupled fields: u_t = L(k) u + N(u, t) with a matrix
                                  a mode: linear_form, linear_km and nonlinear_km; where also
                                  WEFT_HAS_NOISE holds, noise_km */
};

/* What the matrices L(k) of the family WEFT_HAS_LINEAR_KM look like, so that a stepper can keep
 * smaller tables. A true entry is a promise for every mode; a false one promises nothing. The same
 * on all ranks. */
typedef struct weft_linear_form {
    int n;          /* rows and columns: the components of all fields of the roles evolved and
                       momentum, in the order of the fields; at least 1 */
    bool diagonal;  /* no entry beside the diagonal */
    bool real;      /* no entry has an imaginary part; always so where fft->per_mode is 1 */
    bool isotropic; /* a function of k^2 alone, as weft_fft_k2 gives it: modes whose k^2 agree to
                       1e-12 of it have the same matrix to rounding */
    int sources;    /* columns of noise_km; 0: no noise */
    bool timed; /* the nonlinear part depends on the time by itself; here false is the promise */
} weft_linear_form;

/* Rates of the present state that decide a stable and accurate fixed step. */
typedef struct weft_rates {
    double oscillation; /* largest angular frequency of the linearised explicit part, or a bound */
    double decay;       /* largest decay rate of it, or a bound */
    double overdamped;  /* largest decay rate without inertia, force constant over m gamma, for
                           steppers that leave it out; 0: there is none */
    double accuracy;    /* a step that resolves the fastest important motion: 1/50 of its period */
    double coarse;      /* a longer step misses motions, stable or not: one that is given is warned
                           of; 0: nothing is known */
    double certain;     /* from 0 to 1: the motion has rates of at least this part of the two: where
                           they pass a limit of the stepper it is unstable for certain, where only
                           the bounds do it may be. 0: the two are bounds and no more */
    bool varies;        /* they depend on the state, and are looked at again in the run */
} weft_rates;

/* The rhs of component row at a site depends on component column at the site at an offset (z, y,
 * x). Components: those of all fields of the roles evolved and momentum, in order. */
typedef struct weft_coupling {
    int row, column, offset[3];
} weft_coupling;

/* Statuses of collective functions are the same on all ranks (weft_agree). */
typedef struct weft_families {
    /* du = F(u, t). The fields of u that have ghosts are exchanged by the model. Collective. */
    weft_status (*rhs)(weft_sim *sim, double t, weft_state *u, weft_state *du);

    /* Hamiltonian pieces on sim->state: drift is q += dt * velocity(p), kick is p += dt * force(q).
     * Both apply the update `times` times in one pass, with one force, bitwise equal to `times`
     * separate calls (steppers merge the last piece of a step with the first of the next). A kick
     * that needs a costly force may keep it until q changes. damp, NULL if there is none: the exact
     * flow of p_t = -gamma(x, t) p from t to t + dt (dt < 0: back); false where there is no
     * damping. Collective. */
    weft_status (*drift)(weft_sim *sim, double t, double dt, int times);
    weft_status (*kick)(weft_sim *sim, double t, double dt, int times);
    bool (*damp)(weft_sim *sim, double t, double dt);

    /* Second order: a(k) of the components of evolved field number f (momenta not counted) is
     * a[0][i0] + a[1][i1] + a[2][i2] at the mode (i0, i1, i2) of sim->fft, as for any Laplacian;
     * a[j] has fft->m[j] values. Of this the part soft[0][i0] soft[1][i1] soft[2][i2] is not part
     * of the exact flow: steppers kick with it, beside N. A model uses it to keep its uniform
     * states of rest at rest: see src/stepper/exponential.c. Equal values of a[0] have equal ones
     * of soft[0]. *damping: c. Local. */
    void (*linear_k2)(weft_sim *sim, int field, double *const a[3], double *const soft[3],
                      double *damping);
    /* In: u[i] are FFT buffers with the coefficients of the i-th component of all evolved
     * coordinates in order. Out: the coefficients of N, dealiased as the model wants. Collective.
     */
    weft_status (*nonlinear_k)(weft_sim *sim, double t, double *const *u);

    /* The family WEFT_HAS_LINEAR_KM: real fields u_0 ... u_{n-1} (a complex field is two of them,
     * re and im: u_t = (p + i q) u of a complex u are the rows (p, -q) and (q, p)), with
     *     d/dt u_i(k) = sum_j L_ij(k) u_j(k) + N_i(k) + sum_s B_is(k) xi_s(k)
     * for the coefficients as weft_fft_forward leaves them: of real fields, so that L(-k) is the
     * conjugate of L(k), and modes whose conjugate is stored too (k_x = 0 in more than one
     * dimension) obey the same rule. L and B do not change in time; what does belongs to N. The
     * sign is that of growth: L = -nu k^2 is diffusion (linear_k has the other sign). Entries of
     * odd powers of k are zero on the Nyquist modes of their axis. L may have eigenvalues with a
     * positive real part. Rounding makes the two stored copies of a conjugate pair differ, N does
     * not see the difference, and it then grows as exp(L t) unseen: a stepper that applies exp(L)
     * must make real fields of the coefficients again (weft_fft_backward, times fft->scale,
     * weft_fft_forward) before it has grown by more than a few powers of ten. */
    /* Local. */
    void (*linear_form)(weft_sim *sim, weft_linear_form *form);
    /* L of the local modes first .. first + count - 1 (in memory order: mode m has its coefficients
     * at u[fft->per_mode * m]). Row i, column j of mode first + m: L[(m*n + i)*n + j]. Local. */
    void (*linear_km)(weft_sim *sim, int64_t first, int64_t count, double _Complex *L);
    /* In: u[i], i < n, are FFT buffers (weft_fft_buffer) with the coefficients of all components,
     * momenta too, which the function may overwrite. Out: the coefficients of N_i, dealiased as the
     * model wants. sim->state is not read. Collective. */
    weft_status (*nonlinear_km)(weft_sim *sim, double t, double *const *u);
    /* B of the same modes; row i, column s of mode first + m: B[(m*n + i)*sources + s]. Over a step
     * of length dt the noise alone changes u_i(k) by sum_s B_is(k) sqrt(dt) r_s(k), where r_s is
     * weft_fft_forward of independent normals of variance 1 at the sites: those that
     * weft_noise_increments gives as component s. So the factor 1/sqrt(cell) of white noise in
     * continuous space is in B. Over a step the exact increment of a mode with its linear part has
     * the covariance, over one normal a source, of
     *     integral from 0 to dt of exp(L s) B B^H exp(L^H s) ds.  Local. */
    void (*noise_km)(weft_sim *sim, int64_t first, int64_t count, double _Complex *B);

    /* Standard deviation of the additive noise per sqrt(time) at one site of evolved field f, the
     * same at all sites (sqrt(2D) on a lattice of spacing one, sqrt(2D/cell) in the continuum).
     * Local. */
    double (*noise_amplitude)(weft_sim *sim, int field);

    /* Advance the state from sim->time by at most *dt; *dt becomes the advance made. Collective. */
    weft_status (*sweep)(weft_sim *sim, double *dt);

    /* For implicit methods. Either couplings: all entries of the Jacobian of the rhs at a site that
     * are not always zero; returns how many there are (out NULL: counts alone), -1: too many.
     * Local.
     */
    int (*couplings)(weft_sim *sim, weft_coupling *out);
    /* Or diffusion, where the rhs of component i of n is sum_j D_ij lap u_j + R_i(u at the site),
     * lap the sum over the axes of second differences over dx^2. D: n x n values, rows first.
     * Local.
     */
    void (*diffusion)(weft_sim *sim, double *D);
    /* On the local row (z, y): local[2] values of each coupling in order; with diffusion instead
     * the n x n blocks dR_i/du_j, block i*n + j. The ghosts of u are filled. Local. */
    void (*jacobian)(weft_sim *sim, double t, weft_state *u, int64_t z, int64_t y, double *out);

    /* du += the increments g(u) dW of step number sim->step, which has length dt. The ghosts of u
     * are those that rhs left. Local. */
    weft_status (*ito)(weft_sim *sim, double dt, weft_state *u, weft_state *du);
    /* Replace the state by its law after step number sim->step, which has length dt. Collective. */
    weft_status (*sample)(weft_sim *sim, double dt);

    /* Bath on the momenta: p_t = -gamma p + sqrt(2 gamma v) xi, with independent white noise xi of
     * strength 1 at each site and component. variance: v, that of a momentum at a site in
     * equilibrium (m T; of a field T/cell). Returns whether there is noise at any time of the run;
     * where there is none, steppers with another way to damp (damp, linear_k2) go on using it.
     * Local. */
    bool (*bath)(weft_sim *sim, double t, double *gamma, double *variance);
} weft_families;

/* ---- what the model wants, known once its parameters are ---- */
enum { WEFT_MAX_DEFAULTS = 80 };
enum { WEFT_MAX_PARTS = 256 };
typedef struct weft_plan {
    weft_layout layout;        /* WEFT_TRANSFORM: it uses transforms each step; else WEFT_BLOCKS */
    bool fft;                  /* its own functions use sim->fft */
    int families;              /* WEFT_HAS_ bits that hold for these parameters */
    const char *because;       /* why others do not, for messages; static; NULL: nothing to add */
    int because_of;            /* WEFT_HAS_ bits: the families that this is about */
    const char *fragile;       /* what else than the step can make fields that are not finite */
    bool end_fixed;            /* the law of the motion depends on time.end: no resume to another */
    bool open;                 /* energy goes in or out: the model's invariant is none here */
    weft_boundary boundary[3]; /* slowest axis first, dim entries; preset to periodic */
    /* Are the evolved fields smooth functions in continuous space? Then the run warns where the
     * grid does not resolve them (src/physics/resolution.h). Not so: lattices, noise. */
    bool smooth;
    bool rough_start; /* as rough in weft_initial, where the parameters decide */
    bool diffusive;   /* short waves die out: a rough start becomes smooth */
    int n_fields;
    weft_field_spec field[WEFT_MAX_FIELDS];
    char parts[WEFT_MAX_PARTS]; /* names of the components of fields that have several: "A, B"; or
                                   empty */
    /* default lists as in weft_model, which end with NULL; empty: those of the model */
    const char *observe[WEFT_MAX_DEFAULTS], *fields[WEFT_MAX_DEFAULTS];
    char names[2048]; /* room for names that the model makes */
} weft_plan;

/* ---- observables ---- */
enum { WEFT_MAX_SHAPE = 2 };

/* One axis of an observable that is not a single number. */
typedef struct weft_axis {
    char name[32]; /* "k", "bin", "r" with the observable's name where axes differ */
    int64_t n;
    const char *unit;
    const char *long_name;
    double *values; /* n coordinates, filled by shape into memory it takes with weft_alloc */
    /* "A, B": what the n places stand for. Results then hold one variable for each of them,
     * <observable>_A, <observable>_B, in place of the axis. Memory taken with weft_alloc; NULL: the
     * places are points of an axis. */
    char *labels;
} weft_axis;

enum { WEFT_MAX_LAST = 64 }; /* the last part of a name: "A" of "density_A" */

typedef struct weft_observable {
    const char *name;
    const char *unit;
    const char *long_name;
    const char *argument; /* what renyi(2) takes: "alpha"; NULL: none */
    double argument_standard;
    /* Fill the axes beyond time, in order; those that are not used keep their empty name. NULL: a
     * single number. Local. */
    weft_status (*shape)(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
    /* Does it apply? Records an error with weft_fail if not. NULL: always. Local. */
    weft_status (*check)(weft_sim *sim, double argument);
    /* Every rank gets all values. Must not change the state. Collective. */
    weft_status (*compute)(weft_sim *sim, double argument, double *out);
    /* Not NULL: the observable refers to the state at an earlier time, which is its argument.
     * Called once in a run, when the run is there and before the records of that time; the time
     * loop makes no longer steps than to that time. What is remembered belongs in fields of the
     * role WEFT_MEMORY, which checkpoints hold. Must not change the state. Collective. */
    weft_status (*remember)(weft_sim *sim, double argument);
    /* Not NULL: name is the first part ("density_") of a family whose last part ("A") the
     * parameters define; *argument becomes what it stands for. The name "" is asked for all that no
     * other row knows. Local. */
    weft_status (*family)(const weft_params *params, const char *last, double *argument);
    /* The last parts that there are, for messages that name the nearest member of a family: writes
     * number i, from 0, into last, of WEFT_MAX_LAST characters; false: there are no more. Local. */
    bool (*member)(const weft_params *params, int i, char *last);
    const char *symbol; /* as in a formula, in TeX: "W^2"; NULL: the name itself */
    /* The value moves on with the time where the state does not any more, after the early end of a
     * replica: its records until the end of the run are then computed each at its own time. */
    bool of_time;
    /* Not NULL: the row has a shape, and this says whether it is empty, that is, whether the value
     * is a single number. It is asked where there is no run, as by scans. Local. */
    bool (*single)(const weft_params *params, double argument);
} weft_observable;

/* A quantity that is a function of averages of observables over the replicas, such as a pooled
 * skewness <m3>/<m2>^(3/2). In an ensemble its error is a jackknife over blocks of replicas. */
enum { WEFT_MAX_INPUTS = 4 };
typedef struct weft_derived {
    const char *name;
    const char *unit;
    const char *long_name;
    const char *inputs[WEFT_MAX_INPUTS]; /* observables of one number, up to NULL */
    double (*value)(const double *inputs);
} weft_derived;

/* A reduction of the series of an observable to one number, for scans. */
typedef struct weft_reduction {
    const char *name;
    const char *unit; /* NULL: that of the observable */
    const char *long_name;
    const char *observable; /* as in observe.list; NULL: the user names one of a single number */
    /* n records of count numbers at increasing times; nan where there is nothing to say, or where a
     * run ended before. Local. */
    double (*reduce)(int64_t n, const double *time, int64_t count, const double *values);
    /* Instead of reduce, where parameters matter: the same with those of the run. Local. */
    double (*reduce_in)(const weft_params *params, int64_t n, const double *time, int64_t count,
                        const double *values);
    /* Instead of reduce, for an observable with an axis: the same with the count values of its
     * first axis. Local. */
    double (*reduce_along)(const double *axis, int64_t n, const double *time, int64_t count,
                           const double *values);
    /* Which parameters reduce_in reads, "grid.*|klein_gordon.boundary"; a scan may not vary them.
     */
    const char *depends;
    const char *symbol; /* TeX, for pictures; NULL: none */
} weft_reduction;

/* A number that follows from the parameters alone, such as a coupling of the continuum limit: rules
 * of classes may use it, and a scan with classes writes it for each point. */
enum { WEFT_MAX_CONSTANTS = 8 };
typedef struct weft_constant {
    const char *name;
    const char *unit;
    const char *long_name;
} weft_constant;

/* What a class of a model allows: comparisons of reductions, of their errors (error(beta_eff)) and
 * of constants of the model, joined by and, or, not. A list ends with name NULL. */
typedef struct weft_class {
    const char *name;
    const char *rule;
    /* Where an observable is recorded too, what the class allows besides; NULL: nothing. */
    const char *observable, *further;
} weft_class;

/* ---- initial states ---- */
typedef struct weft_initial {
    const char *name;
    const char *help;
    const weft_param *params; /* keys of the section initial for this type; NULL: none */
    bool fft;                 /* set uses sim->fft */
    bool rough;               /* short waves are meant: noise at each point, sharp edges */
    /* Check what the table of keys cannot, after the model's plan, of which it may set rough_start;
     * errors by weft_param_fail. NULL: nothing. Local. */
    weft_status (*check)(const weft_params *params, int dim, const int64_t *n, const double *length,
                         weft_plan *plan);
    /* Set all evolved fields (in whatever space they live: weft_field_assign). Collective. */
    weft_status (*set)(weft_sim *sim);
} weft_initial;

/* Takes a name (letters, digits, underscores) and a text. */
typedef void weft_attribute(void *context, const char *name, const char *text);

/* ---- a model ---- */

/* The electrons of a replica, as weft train needs them. What the pointers show belongs to the
 * model.
 */
typedef struct weft_electrons {
    const struct weft_electron *electron; /* with the potential of the present state */
    const struct weft_electron_options *options;
    double temperature, coupling;
} weft_electrons;

/* A list of names in a table: WEFT_NAMES("energy", "phi_max"). It ends with NULL. */
#define WEFT_NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
/* Is the name in such a list? Local. */
bool weft_names_have(const char *const *names, const char *name);

typedef struct weft_model {
    const char *name;
    const char *summary;
    const char *reference; /* paper, equation */
    const weft_param *params;
    bool lattice;               /* sites at spacing one; the input gives no length */
    const char *const *stepper; /* default steppers (WEFT_NAMES) in order of preference: the first
                                   that fits the plan */
    const char *const *observe; /* default list of observables */
    const char *const *fields;  /* default fields of snapshots */
    const char *invariant;      /* observable whose drift is reported, NULL: none */
    const weft_observable *observables; /* ends with name NULL */
    const weft_derived *derived;        /* ends with name NULL; NULL: none */
    const weft_reduction *reductions;   /* likewise */
    const weft_initial *initials;       /* ends with name NULL; type file is added for all */
    /* The classes that scans tell apart (derive: [class]) in this dimension; NULL: none. A point
     * has a class if it is known that it can have no other. NULL: the model has none. Local. */
    const weft_class *(*classes)(const weft_params *params, int dim);
    /* Reductions that are evidence for them, such as "last(slips)": a scan with these classes, and
     * the series of an ensemble, have those whose observables are recorded; NULL: none. */
    const char *const *evidence;
    const weft_constant
        *constants; /* ends with name NULL; at most WEFT_MAX_CONSTANTS; NULL: none */
    /* Their values, in the order of the table; nan: there is none. Local. */
    void (*constants_of)(const weft_params *params, double *out);
    weft_families families;

    /* Check what the tables cannot, and say what is needed; errors by weft_param_fail. Local. */
    weft_status (*plan)(const weft_params *params, int dim, const int64_t *n, const double *length,
                        weft_plan *plan);
    /* Make sim->data and fill static fields; called before the initial state. NULL: nothing to do.
     * Collective. */
    weft_status (*setup)(weft_sim *sim);
    void (*destroy)(weft_sim *sim);
    /* After the initial state or a checkpoint is in place, before the first step. NULL: nothing.
     * Collective. */
    weft_status (*begin)(weft_sim *sim);
    /* Rates for time.dt: auto and for the stability check. NULL: no auto. Collective. */
    weft_rates (*rates)(weft_sim *sim);
    /* Bring derived fields up to date. Collective. NULL: there are none. */
    weft_status (*derive)(weft_sim *sim);
    /* The inverse, for a file that has the derived fields and not the evolved ones: makes these
     * from those. Collective. NULL: a file must have the evolved fields. */
    weft_status (*underive)(weft_sim *sim);
    /* A reason to end early ("absorbing state"), NULL: go on. *time, the present time: set to that
     * of the event, where the model knows a better one. Same on all ranks. Collective. */
    const char *(*finished)(weft_sim *sim, double *time);
    /* After each step: a failure that a non-finite check does not see; message by weft_fail, the
     * same on all ranks. NULL: none. Collective. */
    weft_status (*guard)(weft_sim *sim);
    /* What the fields do not hold (event counters, winding numbers). NULL: nothing. Collective. */
    weft_status (*save)(weft_sim *sim, struct weft_file *file);
    weft_status (*load)(weft_sim *sim, struct weft_file *file);
    /* What result files say of the physics beyond the input: a call of add for each attribute.
     * NULL: nothing. Local, the same on all ranks. */
    void (*attributes)(weft_sim *sim, weft_attribute *add, void *context);
    /* Transforms of whole fields in one evaluation for steppers that need these families (WEFT_HAS_
     * bits). NULL: not said. Local. */
    int (*transforms)(const weft_sim *sim, int needs);
    /* Lines about the physics for the start of a run (control numbers, warnings). NULL: none. */
    void (*describe)(weft_sim *sim);
    /* The electrons whose force can be learned. NULL: the model has none. Errors: those of its
     * force. Collective. */
    weft_status (*electrons)(weft_sim *sim, weft_electrons *out);
} weft_model;

/* All models, the last one followed by NULL. CMake makes the list from the folders src/model/NAME,
 * whose model.c defines weft_model_NAME. */
extern const weft_model *const weft_models[];
/* The model of a name; NULL: there is none. Local. */
const weft_model *weft_model_find(const char *name);

/* Does observe.list or output.fields have one of these names? names: "energy|density_*"; a star at
 * the end of a name stands for any end; an argument in parentheses is no part of what is listed.
 * Plans ask this, to have the fields and transforms that are wanted and no others. Defaults that
 * are not written do not count. Local. */
bool weft_wants(const weft_params *params, const char *names);

/* WEFT_HAS_ bits of the families that a model has functions for; a plan has them or fewer. Local.
 */
int weft_model_families(const weft_model *model);

/* Observable of a model by its written name, "renyi(2)" or "density_A": the row and the argument.
 * WEFT_INPUT with the nearest name if there is none. Local. */
weft_status weft_observable_find(const weft_model *model, const weft_params *params,
                                 const char *written, const weft_observable **out,
                                 double *argument);

WEFT_DECLARE_END

#endif
