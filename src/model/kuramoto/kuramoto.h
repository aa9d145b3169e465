/* Private to the model kuramoto. */
#ifndef WEFT_MODEL_KURAMOTO_KURAMOTO_H
#define WEFT_MODEL_KURAMOTO_KURAMOTO_H

#include "physics/coloured.h"
#include "physics/disorder.h"
#include "physics/phases.h"

/* Highest harmonic n of the coupling, sin(n d) and cos(n d). */
enum { WEFT_HARMONICS = 8 };

#define KURAMOTO_TOPOLOGIES(X)                                                                     \
    X(KURAMOTO_RING, "ring") X(KURAMOTO_CHAIN, "chain") X(KURAMOTO_ALL_TO_ALL, "all_to_all")
typedef enum kuramoto_topology { KURAMOTO_TOPOLOGIES(WEFT_ENUM_NAME) } kuramoto_topology;

/* The section kuramoto. */
typedef struct kuramoto_params {
    double coupling, phase_lag, noise;
    coloured_params colour;
    disorder_params disorder;
    kuramoto_topology topology;
    weft_reals harmonics, harmonics_even; /* of n = 2, 3, ... */
} kuramoto_params;

/* The model's own part of a simulation (sim->data). Functions of physics/ find the phases, and the
 * front that they are, by sim->phases and sim->front, which phases_init has set. */
typedef struct kuramoto_data {
    phases_data phases;
    const kuramoto_params *p;
    /* Gamma(d) = odd(d) + even(d): coupling times Fourier coefficients of n d, n = 1, 2, ... */
    int harmonics; /* highest n */
    double odd[WEFT_HARMONICS + 1], even[WEFT_HARMONICS + 1];
    bool all_to_all;
} kuramoto_data;

enum { WEFT_PHASE = 0, WEFT_OMEGA = 1 }; /* fields */

/* du/dt of the family rhs. Collective. */
weft_status kuramoto_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du);

/* Gamma'(0), the surface tension of the continuum limit. Local. */
double kuramoto_nu(const kuramoto_data *m);

/* Natural frequencies into the field omega. Collective. */
void kuramoto_draw(weft_sim *sim);

/* The field phase of a start. Collective. */
void kuramoto_assign(weft_sim *sim, const double *phases);

extern const weft_initial kuramoto_initials[];

#endif
