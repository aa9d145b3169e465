/* Private to the model kpz. */
#ifndef WEFT_MODEL_KPZ_KPZ_H
#define WEFT_MODEL_KPZ_KPZ_H

#include "physics/front.h"

typedef enum kpz_scheme { WEFT_LAM_SHIN, WEFT_STANDARD, WEFT_SPECTRAL } kpz_scheme;

typedef struct kpz_data {
    front_data front;
    double nu, lambda, noise, disorder, tilt;
    double clip; /* largest difference of neighbours in the nonlinear term; inf: not clipped */
    kpz_scheme scheme;
    /* spectral: coefficients of eta (NULL: none), and buffers for derivatives and their squares */
    double *eta, *gradient, *square;
} kpz_data;

enum { WEFT_HEIGHT = 0, WEFT_ETA = 1 }; /* fields */

/* Families. */
weft_status kpz_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du);
void kpz_linear_form(weft_sim *sim, weft_linear_form *form);
void kpz_linear_km(weft_sim *sim, int64_t first, int64_t count, double complex *L);
void kpz_noise_km(weft_sim *sim, int64_t first, int64_t count, double complex *B);
weft_status kpz_nonlinear_km(weft_sim *sim, double t, double *const *u);
void kpz_spectral_setup(weft_sim *sim);
void kpz_spectral_free(weft_sim *sim);

#endif
