/* Private to the model cgle: its parameters, its data and what its files share. */
#ifndef WEFT_MODEL_CGLE_CGLE_H
#define WEFT_MODEL_CGLE_CGLE_H

#include "weft/model.h"

#define CGLE_SCHEMES(X) X(CGLE_SPECTRAL, "spectral") X(CGLE_FD2, "fd2")
typedef enum cgle_scheme { CGLE_SCHEMES(WEFT_ENUM_NAME) } cgle_scheme;

#define CGLE_DEALIAS(X) X(CGLE_KEEP_ALL, "none") X(CGLE_KEEP_2_3, "2/3") X(CGLE_KEEP_1_2, "1/2")
typedef enum cgle_dealias { CGLE_DEALIAS(WEFT_ENUM_NAME) } cgle_dealias;

#define CGLE_BOUNDARIES(X) X(CGLE_PERIODIC, "periodic") X(CGLE_NEUMANN, "neumann")
typedef enum cgle_boundary { CGLE_BOUNDARIES(WEFT_ENUM_NAME) } cgle_boundary;

/* The section cgle. */
typedef struct cgle_params {
    double mu, D, alpha, g, beta;
    cgle_scheme scheme;
    cgle_dealias dealias;
    weft_choices boundary;
} cgle_params;

/* The model's own part of a simulation (sim->data). */
typedef struct cgle {
    cgle_params p;
    double keep; /* part of the wavenumbers that the nonlinear term keeps; 1: all */
    weft_field *field;
    weft_extent extent; /* of work, which holds the grid values with a layer of ghosts */
    double *work;
    weft_halo *halo;
    double *buffer, *power; /* for structure_factor: a transform's buffer, power of each shell */
    int64_t *count;         /* modes in each shell */
} cgle;

enum { CGLE_N_OBSERVABLES = 9, CGLE_N_INITIALS = 5 };
extern const weft_observable cgle_observables[CGLE_N_OBSERVABLES];
extern const weft_initial cgle_initials[CGLE_N_INITIALS];

#endif
