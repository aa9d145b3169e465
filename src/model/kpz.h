/* Private to the model kpz. */
#ifndef WEFT_MODEL_KPZ_H
#define WEFT_MODEL_KPZ_H

#include "front.h"

typedef enum weft_kpz_scheme { WEFT_LAM_SHIN, WEFT_STANDARD, WEFT_SPECTRAL } weft_kpz_scheme;

typedef struct weft_kpz {
    weft_front front;
    double nu, lambda, noise, disorder, tilt;
    double clip; /* largest difference of neighbours in the nonlinear term; inf: not clipped */
    weft_kpz_scheme scheme;
    /* spectral: coefficients of eta (NULL: none), and buffers for derivatives and their squares */
    double *eta, *gradient, *square;
} weft_kpz;

enum { WEFT_HEIGHT = 0, WEFT_ETA = 1 }; /* fields */

/* Families. */
void weft_kpz_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du);
void weft_kpz_linear_k(weft_sim *sim, int field, int component, double *a);
void weft_kpz_nonlinear_k(weft_sim *sim, double t, double *const *u);
void weft_kpz_spectral_setup(weft_sim *sim);
void weft_kpz_spectral_free(weft_sim *sim);

#endif
