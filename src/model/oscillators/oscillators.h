/* Private to the model oscillators. */
#ifndef WEFT_MODEL_OSCILLATORS_OSCILLATORS_H
#define WEFT_MODEL_OSCILLATORS_OSCILLATORS_H

#include "physics/coloured.h"
#include "physics/disorder.h"
#include "physics/phases.h"

#define OSCILLATORS_KINDS(X)                                                                       \
    X(OSCILLATORS_STUART_LANDAU, "stuart_landau") X(OSCILLATORS_VAN_DER_POL, "van_der_pol")
typedef enum oscillators_kind { OSCILLATORS_KINDS(WEFT_ENUM_NAME) } oscillators_kind;

#define OSCILLATORS_TOPOLOGIES(X) X(OSCILLATORS_RING, "ring") X(OSCILLATORS_CHAIN, "chain")
typedef enum oscillators_topology { OSCILLATORS_TOPOLOGIES(WEFT_ENUM_NAME) } oscillators_topology;

/* The section oscillators. */
typedef struct oscillators_params {
    oscillators_kind kind;
    double growth, frequency, coupling, noise;
    double shear, reactive; /* 0 of van der Pol's, which have none */
    coloured_params colour;
    disorder_params disorder;
    oscillators_topology topology;
} oscillators_params;

/* The model's own part of a simulation (sim->data). Functions of physics/ find the phases by
 * sim->phases, which phases_init has set. */
typedef struct oscillators_data {
    phases_data phases;
    const oscillators_params *p;
    bool van_der_pol;
    double turning; /* rad/time: bound on the natural frequencies of this draw */
} oscillators_data;

enum { WEFT_OSC_U = 0, WEFT_OSC_V = 1, WEFT_OSC_OMEGA = 2, WEFT_OSC_PHASE = 3 }; /* fields */

/* du/dt of the family rhs. Collective. */
weft_status oscillators_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du);

/* Fields of a start: phases on the limit cycle of an uncoupled oscillator. Collective. */
void oscillators_assign(weft_sim *sim, const double *phases);

extern const weft_initial oscillators_initials[];

#endif
