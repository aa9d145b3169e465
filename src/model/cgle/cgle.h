/* Pieces of the model cgle, private to src/model. */
#ifndef WEFT_MODEL_CGLE_CGLE_H
#define WEFT_MODEL_CGLE_CGLE_H

#include "weft/model.h"

typedef struct cgle {
    double mu, D, alpha, g, beta;
    double keep; /* dealiasing; 1: none */
    weft_field *field;
    weft_extent extent; /* of work, which holds the grid values with a layer of ghosts */
    double *work;
    weft_halo *halo;
    double *buffer, *power; /* spectra */
    int64_t *count;
} cgle;

enum { CGLE_N_OBSERVABLES = 8, CGLE_N_INITIALS = 4 };
extern const weft_observable cgle_observables[CGLE_N_OBSERVABLES];
extern const weft_initial cgle_initials[CGLE_N_INITIALS];

#endif
