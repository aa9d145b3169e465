/* Private to the model kpz. */
#ifndef WEFT_MODEL_KPZ_KPZ_H
#define WEFT_MODEL_KPZ_KPZ_H

#include "physics/coloured.h"
#include "physics/disorder.h"
#include "physics/front.h"

#define KPZ_SCHEMES(X)                                                                             \
    X(KPZ_LAM_SHIN, "lam_shin") X(KPZ_STANDARD, "standard") X(KPZ_SPECTRAL, "spectral")
typedef enum kpz_scheme { KPZ_SCHEMES(WEFT_ENUM_NAME) } kpz_scheme;

/* The section kpz. */
typedef struct kpz_params {
    double nu, lambda, noise, tilt;
    double clip; /* nan: none */
    coloured_params colour;
    disorder_params disorder;
    kpz_scheme scheme;
} kpz_params;

/* The model's own part of a simulation (sim->data). Functions of physics/ find the front by
 * sim->front, which front_init has set. */
typedef struct kpz_data {
    front_data front;
    const kpz_params *p;
    double clip; /* largest difference of neighbours in the nonlinear term; inf: not clipped */
    /* of scheme spectral, else NULL: coefficients of eta (NULL also without quenched noise), and
     * buffers of the transform for a derivative and for the sum of the squares */
    double *eta, *gradient, *square;
} kpz_data;

enum { WEFT_HEIGHT = 0, WEFT_ETA = 1 }; /* fields */

/* Functions of the families (include/weft/model.h), rhs of the lattice schemes, the others of the
 * spectral one. rhs and nonlinear_km are collective, the others local. */
weft_status kpz_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du);
void kpz_linear_form(weft_sim *sim, weft_linear_form *form);
void kpz_linear_km(weft_sim *sim, int64_t first, int64_t count, double complex *L);
void kpz_noise_km(weft_sim *sim, int64_t first, int64_t count, double complex *B);
weft_status kpz_nonlinear_km(weft_sim *sim, double t, double *const *u);
/* Largest |dh/dx| along an axis on the points of the grid, without the mean tilt. Collective. */
double kpz_spectral_slope(weft_sim *sim, int axis);
/* What the spectral scheme keeps in the model's data: made by setup (Collective), freed by destroy.
 * Local. */
void kpz_spectral_setup(weft_sim *sim);
void kpz_spectral_free(weft_sim *sim);

#endif
