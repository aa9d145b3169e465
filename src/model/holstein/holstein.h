/* Private to the model holstein: parameters, protocols, the model's data and what its files share.
 */
#ifndef WEFT_MODEL_HOLSTEIN_HOLSTEIN_H
#define WEFT_MODEL_HOLSTEIN_HOLSTEIN_H

#include "physics/protocol.h"
#include "weft/electron.h"
#include "weft/model.h"

#define HO_DYNAMICS(X) X(HO_ADIABATIC, "adiabatic") X(HO_EHRENFEST, "ehrenfest")
typedef enum ho_motion { HO_DYNAMICS(WEFT_ENUM_NAME) } ho_motion;

#define HO_FORCES(X)                                                                               \
    X(HO_AUTO, "auto")                                                                             \
    X(HO_RATIONAL, "rational")                                                                     \
    X(HO_CHEBYSHEV, "chebyshev")                                                                   \
    X(HO_CHEBYSHEV_FULL, "chebyshev_full") X(HO_DENSE, "dense") X(HO_LEARNED, "learned")
typedef enum ho_solver { HO_FORCES(WEFT_ENUM_NAME) } ho_solver;

/* The section holstein; nan, WEFT_NO_INT: left to the program. */
typedef struct ho_params {
    double hopping, next_hopping, stiffness, elastic, mass, damping;
    weft_reals coupling, temperature;
    weft_reals electron_temperature; /* NULL: the bath's */
    double chemical_potential, filling;
    ho_motion dynamics;
    ho_solver force;
    bool force_repair;
    double force_tolerance, radius;
    int64_t order;
    const char *force_file;
    const char *field;
} ho_params;
extern const weft_param ho_table[];

/* The section holstein, checked, in the letters of the Hamiltonian: t, t' hopping; K, kappa
 * stiffness; m mass; gamma damping; g coupling; T temperatures. */
typedef struct ho_parameters {
    double t, t2, K, kappa, m, gamma;
    protocol g, T, T_electron;
    bool electron_follows; /* the electrons have the bath's temperature */
    bool ehrenfest;
    weft_electron_options electron;
    const char *field; /* path of the external potential, NULL: none */
} ho_parameters;

/* Read and check against each other. Errors: WEFT_INPUT. Local. */
weft_status ho_parameters_read(const weft_params *params, int dim, const int64_t *n,
                               ho_parameters *out);
/* The temperature of the electrons at time t: their own, or that of the bath. Local. */
double ho_electron_temperature(const ho_parameters *p, double t);
/* Neighbours of a site; stiffness K - z kappa of the staggered mode. Local. */
int ho_neighbours(int dim);
double ho_stiffness(const ho_parameters *p, int dim);

/* ---- mean field ---- */

/* Gap Delta of the staggered state from 1 = x t/(2N) sum_k tanh(E_k/2T)/E_k, E_k^2 = eps_k^2 +
 * Delta^2, on a lattice of n points along each of dim axes (eps_k = -2t sum cos k_a); 0 above the
 * transition. x = g^2/((K - z kappa) t). Local. */
double ho_mean_field_gap(int dim, const int64_t *n, double t, double x, double temperature);
/* Temperature below which that gap opens. Local. */
double ho_mean_field_tc(int dim, const int64_t *n, double t, double x);

/* ---- the model's data ---- */
typedef struct ho_domains ho_domains;
typedef struct ho {
    ho_parameters par;
    int dim;
    weft_field *Q, *P, *density, *order, *field; /* field: external potential, NULL: none */
    weft_electron *electron;
    weft_learned learned;    /* of force: learned */
    weft_orbitals *orbitals; /* Ehrenfest only */
    double *force;           /* of the owned sites, compact, x fastest */
    bool fresh;              /* force belongs to the present Q, g and T */
    double g, T;             /* coupling and electron temperature of the force */
    double omega;            /* electronic energy at the present state, if omega_known */
    bool omega_known;
    ho_domains *domains;
} ho;

/* Electronic part of the energy at sim->time: Omega + g/2 sum Q for fixed mu, with mu*N for fixed
 * filling, <H> for Ehrenfest. Collective. */
weft_status ho_electron_energy(weft_sim *sim, double *out);

/* Functions of the model's row (include/weft/model.h says what each does); dynamics.c, describe.c.
 * Errors: WEFT_FAILED where the electrons' solver fails, WEFT_IO of files. Collective; ho_bath and
 * ho_describe are local. */
weft_status ho_setup(weft_sim *sim);
weft_status ho_begin(weft_sim *sim);
void ho_destroy(weft_sim *sim);
weft_status ho_drift(weft_sim *sim, double t, double dt, int times);
weft_status ho_kick(weft_sim *sim, double t, double dt, int times);
bool ho_bath(weft_sim *sim, double t, double *gamma, double *variance);
weft_rates ho_rates(weft_sim *sim);
weft_status ho_derive(weft_sim *sim);
weft_status ho_electrons(weft_sim *sim, weft_electrons *out);
weft_status ho_save(weft_sim *sim, struct weft_file *file);
weft_status ho_load(weft_sim *sim, struct weft_file *file);
void ho_describe(weft_sim *sim);

/* external.c: the file of external site energies. Errors: WEFT_INPUT, WEFT_IO. Collective. */
weft_status ho_field_read(weft_sim *sim, ho *h);

/* learned.c: the file of a learned force; into checkpoints, and compared with them. Errors:
 * WEFT_INPUT, WEFT_IO. Collective. */
weft_status ho_learned_read(weft_sim *sim, ho *h);
weft_status ho_learned_save(ho *h, struct weft_file *file);
weft_status ho_learned_load(weft_sim *sim, struct weft_file *file);

extern const weft_initial ho_initials[];
extern const weft_observable ho_observables[];

/* ---- observables in other files ---- */
/* Buffers of the observables below, which are made when first needed; NULL is allowed. Local. */
void ho_domains_free(ho_domains *domains);
/* Functions of rows of ho_observables, whose long names say what they are: shapes fill the axes
 * (Local), the others compute the values of one record. Collective. */
weft_status ho_shape_structure(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
weft_status ho_shape_correlation(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
weft_status ho_shape_map(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
weft_status ho_shape_orientation(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
weft_status ho_shape_path(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
weft_status ho_structure_n(weft_sim *sim, double argument, double *out);
weft_status ho_structure_Q(weft_sim *sim, double argument, double *out);
weft_status ho_structure_map_n(weft_sim *sim, double argument, double *out);
weft_status ho_structure_map_Q(weft_sim *sim, double argument, double *out);
weft_status ho_correlation(weft_sim *sim, double argument, double *out);
weft_status ho_length_moment(weft_sim *sim, double argument, double *out);
weft_status ho_length_half(weft_sim *sim, double argument, double *out);
/* Is there a staggered density above rounding? Collective. */
bool ho_has_order(weft_sim *sim);
weft_status ho_length_walls(weft_sim *sim, double argument, double *out);
weft_status ho_wall_density(weft_sim *sim, double argument, double *out);
weft_status ho_wall_orientation(weft_sim *sim, double argument, double *out);
weft_status ho_phonon_modes(weft_sim *sim, double argument, double *out);
weft_status ho_chemical_potential(weft_sim *sim, double argument, double *out);
weft_status ho_gap_is_possible(weft_sim *sim, double argument);
weft_status ho_gap(weft_sim *sim, double argument, double *out);
weft_status ho_force_error(weft_sim *sim, double argument, double *out);
weft_status ho_force_error_max(weft_sim *sim, double argument, double *out);
weft_status ho_energy_error(weft_sim *sim, double argument, double *out);
weft_status ho_force_radius(weft_sim *sim, double argument, double *out);
weft_status ho_force_order(weft_sim *sim, double argument, double *out);
weft_status ho_force_poles(weft_sim *sim, double argument, double *out);
weft_status ho_force_sites(weft_sim *sim, double argument, double *out);
weft_status ho_force_cost(weft_sim *sim, double argument, double *out);
weft_status ho_force_repaired(weft_sim *sim, double argument, double *out);
weft_status ho_shape_histogram(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE]);
weft_status ho_histogram(weft_sim *sim, double argument, double *out);

/* +1 or -1 at a site given by local coordinates. Local. */
static inline double ho_sign(const weft_grid *g, int64_t z, int64_t y, int64_t x)
{
    return (g->start[0] + z + g->start[1] + y + g->start[2] + x) % 2 ? -1 : 1;
}

#endif
