/* The exponential Runge-Kutta method of order 4, private to src/stepper: with fixed steps and as
 * the better half of an embedded pair. */
#ifndef WEFT_STEPPER_ETDRK4_H
#define WEFT_STEPPER_ETDRK4_H

#include "modal.h"

enum { ETDRK4_TABLES = 6, ETDRK4_STAGES = 6 };
enum { ETDRK4_E, ETDRK4_E2, ETDRK4_Q, ETDRK4_F1, ETDRK4_F2, ETDRK4_F3 };

typedef struct etdrk4 {
    stepper_modal modal;
    stepper_table table[ETDRK4_TABLES]; /* of the step h, or without rows */
    double h;
    double **stage[ETDRK4_STAGES]; /* N(u), N(p), N(q), N(r), p, and one for the new u */
} etdrk4;

/* Components and stages; tables are made by stepper_etdrk4_prepare. Local. */
void stepper_etdrk4_setup(weft_sim *sim, int stages, etdrk4 *e);
void stepper_etdrk4_free(weft_sim *sim, etdrk4 *e);
/* Make the tables for steps of length h, if they are not there. Collective. */
void stepper_etdrk4_prepare(weft_sim *sim, etdrk4 *e, double h);
/* From N(u) in stage 0 to the new coefficients in out (which may be the state's); stage 3 keeps
 * N(r). Collective. */
weft_status stepper_etdrk4_advance(weft_sim *sim, etdrk4 *e, double *const *out);

#endif
