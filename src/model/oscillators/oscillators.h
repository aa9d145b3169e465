/* Private to the model oscillators. */
#ifndef WEFT_MODEL_OSCILLATORS_OSCILLATORS_H
#define WEFT_MODEL_OSCILLATORS_OSCILLATORS_H

#include "physics/phases.h"

typedef struct oscillators_data {
    phases_data phases;
    bool van_der_pol;
    double growth, frequency, shear, coupling, reactive, noise, disorder;
    double turning; /* largest natural frequency */
} oscillators_data;

enum { WEFT_OSC_U = 0, WEFT_OSC_V = 1, WEFT_OSC_OMEGA = 2, WEFT_OSC_PHASE = 3 }; /* fields */

/* du/dt of the family rhs. Collective. */
weft_status oscillators_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du);

/* Fields of a start: phases on the limit cycle of an uncoupled oscillator. Collective. */
void oscillators_assign(weft_sim *sim, const double *phases);

extern const weft_initial oscillators_initials[];

#endif
