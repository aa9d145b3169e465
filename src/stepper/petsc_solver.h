/* How the equations of a stage are solved, private to src/stepper. */
#ifndef WEFT_STEPPER_PETSC_SOLVER_H
#define WEFT_STEPPER_PETSC_SOLVER_H

#include "petsc_equation.h"

/* Tolerances and solvers of p->ts, whose method is set. reach: largest offset of the Jacobian;
 * linear: the method has linear systems only. Local. */
PetscErrorCode stepper_petsc_solver(stepper_petsc *p, double rtol, double atol, int reach,
                                    bool linear);
/* u' - rhs(u)'s derivative, as PETSc calls it, with the preconditioner for it; context: a
 * stepper_petsc. Collective. */
PetscErrorCode stepper_petsc_matrix(TS ts, PetscReal t, Vec u, Vec rate, PetscReal shift, Mat a,
                                    Mat out, void *context);
/* To be called while the user's options are in use, after TSSetFromOptions. Local. */
PetscErrorCode stepper_petsc_matrix_options(stepper_petsc *p);

#endif
