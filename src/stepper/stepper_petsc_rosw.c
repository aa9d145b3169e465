/* Rosenbrock-W methods of PETSc (TSROSW): linearly implicit, one linear system a stage with
 * the same matrix. All stages belong to one step, so that nothing is kept between steps but
 * their length. PETSc's are for right-hand sides that do not depend on t. */
#include "petsc_ts.h"
#include <petscts.h>

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    (void)dt;
    return stepper_petsc_setup(sim, TSROSW, false, data);
}

const weft_stepper weft_stepper_petsc_rosw = {
    .name = "petsc_rosw",
    .summary = "PETSc: linearly implicit Rosenbrock-W (RA34PW2), adaptive",
    .reference = "J. Rang, L. Angermann, BIT 45, 761 (2005)",
    .order = 3,
    .needs = WEFT_HAS_RHS | WEFT_HAS_JACOBIAN | WEFT_HAS_AUTONOMOUS,
    WEFT_PETSC_STEPPER,
};
