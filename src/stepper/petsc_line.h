/* A direct solver for the linear systems of a line of sites, private to src/stepper. */
#ifndef WEFT_STEPPER_PETSC_LINE_H
#define WEFT_STEPPER_PETSC_LINE_H

#include "petsc_equation.h"

/* May the systems of p be solved so: a line that one rank holds whole, with a narrow band? Local.
 */
bool stepper_petsc_line_fits(const stepper_petsc *p);

/* Have pc solve with the matrix whose values are p->value; the matrix of PETSc is not looked at.
 * pc owns what it needs. Local. */
PetscErrorCode stepper_petsc_line(stepper_petsc *p, PC pc);

#endif
