/* Backward differentiation formulas of PETSc (TSBDF). They use earlier steps, which no
 * checkpoint holds; so the method is started anew at each output, and a resumed run takes
 * the same steps as an unbroken one. */
#include "petsc_ts.h"
#include <petscts.h>

static weft_status setup(weft_sim *sim, double dt, void **data)
{
    (void)dt;
    return stepper_petsc_setup(sim, TSBDF, true, data);
}

const weft_stepper weft_stepper_petsc_bdf = {
    .name = "petsc_bdf",
    .summary = "PETSc: backward differentiation formulas, adaptive, started anew at each output",
    .reference =
        "E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, sec. III.1, V.1",
    .order = 2,
    .needs = WEFT_HAS_RHS | WEFT_HAS_JACOBIAN,
    WEFT_PETSC_STEPPER,
};
