/* The way to PETSc's implicit and adaptive methods, private to src/stepper. */
#ifndef WEFT_STEPPER_PETSC_TS_H
#define WEFT_STEPPER_PETSC_TS_H

#include "weft/stepper.h"

/* Keys of the section time. */
extern const weft_param stepper_petsc_params[];

/* Set PETSc up for a simulation. type: a TSType, for its lifetime a constant. multistep:
 * the method remembers earlier steps; it is started anew at each output, so that a resumed
 * run has the same bits. *data: freed by stepper_petsc_destroy. Errors: WEFT_INPUT
 * (options, too many unknowns), WEFT_FAILED. Collective. */
weft_status stepper_petsc_setup(weft_sim *sim, const char *type, bool multistep, void **data);
void stepper_petsc_destroy(weft_sim *sim, void *data);
/* A step of at most *dt, which becomes the advance made. Errors: WEFT_FAILED, PETSc's
 * solvers do not converge. Collective. */
weft_status stepper_petsc_step(weft_sim *sim, void *data, double *dt);
weft_status stepper_petsc_save(weft_sim *sim, void *data, struct weft_file *file);
weft_status stepper_petsc_load(weft_sim *sim, void *data, struct weft_file *file);

/* What the three steppers share. */
#define WEFT_PETSC_STEPPER                                                                         \
    .refuses = WEFT_HAS_NOISE, .space = WEFT_X, .adaptive = true, .params = stepper_petsc_params,  \
    .setup = setup, .destroy = stepper_petsc_destroy, .step = stepper_petsc_step,                  \
    .save = stepper_petsc_save, .load = stepper_petsc_load

#endif
