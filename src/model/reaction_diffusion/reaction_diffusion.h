/* Private to the model reaction_diffusion: its configuration, its data and what its files share. */
#ifndef WEFT_MODEL_REACTION_DIFFUSION_REACTION_DIFFUSION_H
#define WEFT_MODEL_REACTION_DIFFUSION_REACTION_DIFFUSION_H

#include "physics/network.h"
#include "weft/model.h"

#define RD_NOISES(X) X(RD_NONE, "none") X(RD_CHEMICAL, "chemical_langevin") X(RD_DP, "dp")
typedef enum rd_noise { RD_NOISES(WEFT_ENUM_NAME) } rd_noise;

#define RD_BOUNDARIES(X)                                                                           \
    X(RD_PERIODIC, "periodic") X(RD_NEUMANN, "neumann") X(RD_DIRICHLET, "dirichlet")
typedef enum rd_boundary { RD_BOUNDARIES(WEFT_ENUM_NAME) } rd_boundary;

/* The section reaction_diffusion; nan, NULL: absent. */
typedef struct rd_params {
    weft_strings species;
    const weft_node *reactions, *diffusion, *rates, *parameters;
    double capacity, particles, sigma, front_level;
    weft_choices boundary;
    rd_noise noise;
} rd_params;
extern const weft_param rd_table[];

/* Kinetics work on stretches of a row that stay in the cache. */
enum { RD_STRETCH = 128 };

/* The propensity rate * product of densities * room^empty of one reaction, and what it changes. */
typedef struct rd_reaction {
    double rate;
    int n, factor[WEFT_MAX_REACTANTS]; /* species from 0 */
    int empty;
    int n_changes, species[WEFT_MAX_SPECIES];
    double change[WEFT_MAX_SPECIES];
} rd_reaction;

/* What the parameters say. */
typedef struct rd_config {
    network_data net;
    double D[WEFT_MAX_SPECIES];
    double capacity; /* inf: none */
    rd_noise noise;
    double particles; /* in one unit of density and volume */
    double sigma;     /* of dp */
    double level;     /* of a front */
    bool has_laws;    /* rate laws by formula */
    int n_reactions;
    rd_reaction reaction[WEFT_MAX_REACTIONS];
    /* dp: d rho/dt = source + linear rho - quadratic rho^2 - cubic rho^3 + diffusion + noise */
    double power[4];
} rd_config;

/* Read and check. Errors: WEFT_INPUT. Local. */
weft_status rd_config_read(const weft_params *params, rd_config *out);

typedef struct rd_laws rd_laws;

typedef struct rd_field {
    rd_config cfg;
    rd_laws *laws; /* NULL: none */
    weft_field *field;
    double reference;       /* largest density at the start or resume (1 if none): scale of guard */
    double *row;            /* scratch: 4 rows, ends included */
    double *next;           /* dp: the new densities on the local sites */
    double *buffer, *power; /* spectra: of sim->fft; power and counts of the shells */
    int64_t *count;
    double *all;        /* correlations: the whole field */
    weft_exact *column; /* profiles: a sum for each x */
    double *profile;
} rd_field;

static inline rd_field *rd_of(const weft_sim *sim)
{
    return sim->data;
}

/* The row of a component of a state's field at local (z, y). */
static inline double *rd_row(weft_field *field, int component, int64_t z, int64_t y)
{
    const weft_extent *e = &field->extent;
    return weft_field_data(field, component) + weft_extent_row(e, z, y);
}

/* 1 - (sum of densities)/capacity at n sites (at least 0 if clip). */
void rd_room(const rd_config *cfg, int n, const double *const *u, bool clip, double *restrict out);
/* The propensity of a reaction at n sites. */
void rd_propensity(const rd_reaction *r, int n, const double *const *u, const double *room,
                   double *restrict out);

/* Rate laws by formula: check; make (NULL: none); add to the rates, and to the n x n blocks of
 * their derivatives, at n <= RD_STRETCH sites. Local. */
weft_status rd_laws_check(const weft_section *own, const rd_config *cfg);
weft_status rd_laws_make(const weft_section *own, const rd_config *cfg, rd_laws **out);
void rd_laws_free(rd_laws *laws);
void rd_laws_rates(const rd_laws *laws, int n, const double *const *u, double *const *du);
void rd_laws_slopes(const rd_laws *laws, int n, const double *const *u, double *const *blocks);

/* Families. */
weft_status rd_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du);
void rd_diffusion(weft_sim *sim, double *D);
void rd_jacobian(weft_sim *sim, double t, weft_state *u, int64_t z, int64_t y, double *out);
weft_status rd_ito(weft_sim *sim, double dt, weft_state *u, weft_state *du);
weft_status rd_sample(weft_sim *sim, double dt);

/* Largest row sum of |dR_i/du_j| over the sites. Collective. */
double rd_stiffness(weft_sim *sim);

/* Transforms needed for the observables of the input? Local. */
bool rd_wants_fft(const weft_params *params);
/* Scratch of the observables. Local. */
void rd_observe_free(weft_sim *sim);

extern const weft_observable rd_observables[];
extern const weft_initial rd_initials[];

#endif
