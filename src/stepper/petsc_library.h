/* PETSc as a whole, private to src/stepper. */
#ifndef WEFT_STEPPER_PETSC_LIBRARY_H
#define WEFT_STEPPER_PETSC_LIBRARY_H

#include "weft/error.h"
#include <petscsys.h>

/* WEFT_FAILED with PETSc's message, or WEFT_OK. Local. */
weft_status stepper_petsc_check(PetscErrorCode code);
#define STEPPER_PETSC(call) WEFT_TRY(stepper_petsc_check(call))

#endif
