/* Fields on a lattice, private to src/model/equation: every rate is a program that runs over the
 * sites, with neighbours at fixed distances in memory. */
#ifndef WEFT_MODEL_EQUATION_LATTICE_H
#define WEFT_MODEL_EQUATION_LATTICE_H

#include "data.h"

enum { EQ_INPUTS = 512, EQ_ROW = 256, EQ_COUPLINGS = 512 };

/* Where an input of a program comes from. */
typedef enum eq_source_kind {
    EQ_FROM_FIELD,
    EQ_FROM_NOISE,
    EQ_FROM_PLACE,
    EQ_FROM_TIME,
    EQ_FROM_MEAN
} eq_source_kind;

/* A program and where its inputs come from. */
typedef struct eq_kernel {
    int n; /* outputs */
    weft_program *program;
    int n_inputs;
    weft_program_input input[EQ_INPUTS];
    eq_source_kind kind[EQ_INPUTS];
    int index[EQ_INPUTS];  /* component, noise, static field, time variable or mean */
    int64_t at[EQ_INPUTS]; /* element of the first owned site, with the offset */
} eq_kernel;

/* The mean over all sites of a formula: its own program, and the value at the present state. */
typedef struct eq_lattice_mean {
    int node;
    eq_kernel *kernel;
    double value;
} eq_lattice_mean;

/* The values of a formula of the place, computed once, with ghosts; owned here. */
typedef struct eq_lattice_fixed {
    int node;
    double *values;
} eq_lattice_fixed;

/* The entries of the Jacobian at a site, and their values along a row. */
typedef struct eq_jacobian {
    bool there;
    int n;
    weft_coupling where[EQ_COUPLINGS];
    int node[EQ_COUPLINGS];
    eq_kernel kernel;
} eq_jacobian;

typedef struct eq_lattice {
    eq_system *s;
    const weft_grid *grid;
    weft_extent extent;    /* of every array */
    eq_kernel rate;        /* d/dt of all components, without noise */
    eq_kernel increment;   /* its noise */
    eq_kernel force;       /* of momenta; for the others 0 */
    eq_kernel look;        /* formulas of observables */
    eq_kernel numbers;     /* those that are the same at all sites */
    eq_jacobian *jacobian; /* NULL: none */
    int n_means, n_fixed;
    eq_lattice_mean mean[EQ_ITEMS];
    eq_lattice_fixed fixed[EQ_ITEMS];
    double uniform[EQ_PARAMETERS + 1];
    double *noise[EQ_NOISES]; /* increments of unit noise */
    weft_halo *noise_halo;
    double *kick[EQ_COMPONENTS];
    double *values[EQ_FORMULAS * 2 + EQ_SHOWN * 2], number[EQ_FORMULAS];
    bool overflow; /* the lists were too short */
} eq_lattice;

/* The largest offset of a neighbour that the graph has. */
int eq_reach(const eq_system *s);

/* A kernel for nodes. Local. */
void eq_kernel_make(eq_lattice *l, int n, const int *nodes, eq_kernel *out);
void eq_kernel_free(eq_kernel *k);
/* Arrays of the components of a state; exchange: with ghosts filled, collective. */
void eq_lattice_arrays(weft_state *state, bool exchange, double **out);
/* Time variables and means, before kernels run. Collective. */
void eq_lattice_means(eq_lattice *l, double t, double *const *u);
/* Values on the owned sites; out: arrays like those of the fields. Local. */
void eq_kernel_run(const eq_lattice *l, const eq_kernel *k, double *const *u, double *const *out);

/* The same along the local row (z, y); out[i]: local[2] values. Local. */
void eq_kernel_run_row(const eq_lattice *l, const eq_kernel *k, double *const *u, int64_t z,
                       int64_t y, double *const *out);

/* The families of the Jacobian and of rates that do not depend on time. Local. */
int eq_jacobian_families(eq_system *s);
/* Find the entries, make their programs; before fields of places are filled. Local. */
void eq_jacobian_setup(eq_lattice *l);

/* One value of each node of a kernel without inputs at sites; out: where the value of a site 0
 * would be. Local. */
void eq_kernel_run_one(const eq_lattice *l, const eq_kernel *k, double *const *out);

/* Values of a node of places at the owned sites, without ghosts. Local. */
void eq_fill(weft_sim *sim, int node, double *out);

/* The noise of component i, linear in the noise variables. */
int eq_noise_part(eq_system *s, int component);

/* Do all fields have forces that do not depend on momenta but for a damping -gamma(x) p? */
bool eq_splits(eq_system *s);
/* The variable of the momentum of a coordinate, -1 for other components; is a component a momentum?
 * Local. */
int eq_momentum_of(const eq_system *s, int component);
bool eq_is_momentum(const eq_system *s, int component);
/* Force on component i (0 of a coordinate), and gamma (0 of a coordinate). */
int eq_force_node(eq_system *s, int component);
int eq_gamma_of(eq_system *s, int component);

#endif
