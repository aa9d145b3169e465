/* How the equations of a stage are solved, private to src/stepper. */
#ifndef WEFT_STEPPER_PETSC_SOLVER_H
#define WEFT_STEPPER_PETSC_SOLVER_H

#include "petsc_equation.h"

/* Tolerances and solvers of p->ts, whose method is set. reach: largest offset of the Jacobian;
 * linear: the method has linear systems only. Local. */
PetscErrorCode stepper_petsc_solver(stepper_petsc *p, double rtol, double atol, int reach,
                                    bool linear);
/* To be called while the user's options are in use, after TSSetFromOptions. Local. */
PetscErrorCode stepper_petsc_matrix_options(stepper_petsc *p);

#endif
