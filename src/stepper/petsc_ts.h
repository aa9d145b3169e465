/* The way to PETSc's implicit and adaptive methods, private to src/stepper. */
#ifndef WEFT_STEPPER_PETSC_TS_H
#define WEFT_STEPPER_PETSC_TS_H

#include "weft/stepper.h"

/* Keys of the section time. */
extern const weft_param weft_petsc_params[];

/* type: a TSType. multistep: it remembers earlier steps, and is started anew at each output, so
 * that a resumed run has the same bits. Errors: WEFT_INPUT (options). Collective. */
weft_status weft_petsc_setup(weft_sim *sim, const char *type, bool multistep, void **data);
void weft_petsc_destroy(weft_sim *sim, void *data);
weft_status weft_petsc_step(weft_sim *sim, void *data, double *dt);
weft_status weft_petsc_save(weft_sim *sim, void *data, struct weft_file *file);
weft_status weft_petsc_load(weft_sim *sim, void *data, struct weft_file *file);

/* What the three steppers share. */
#define WEFT_PETSC_STEPPER                                                                         \
    .needs = WEFT_HAS_RHS | WEFT_HAS_JACOBIAN, .refuses = WEFT_HAS_NOISE, .space = WEFT_X,         \
    .adaptive = true, .params = weft_petsc_params, .setup = setup, .destroy = weft_petsc_destroy,  \
    .step = weft_petsc_step, .save = weft_petsc_save, .load = weft_petsc_load

#endif
