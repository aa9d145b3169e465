/* Diagonally implicit Runge-Kutta methods of PETSc (TSARKIMEX), used fully implicitly: the
 * explicit half of its pairs has nothing to do. All stages belong to one step, so that
 * nothing is kept between steps but their length. */
#include "petsc_ts.h"
#include <petscts.h>

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    (void)dt;
    return stepper_petsc_setup(sim, TSARKIMEX, false, data);
}

const weft_stepper weft_stepper_petsc_arkimex = {
    .name = "petsc_arkimex",
    .summary = "PETSc: diagonally implicit Runge-Kutta (ARK 3), adaptive",
    .reference = "C. A. Kennedy, M. H. Carpenter, Appl. Numer. Math. 44, 139 (2003)",
    .order = 3,
    .needs = WEFT_HAS_RHS | WEFT_HAS_JACOBIAN,
    WEFT_PETSC_STEPPER,
};
