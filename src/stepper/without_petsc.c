/* In place of the steppers of PETSc in a build without it: they keep their names, so that an input
 * which asks for one is told what to install, and not that no such stepper exists. */
#include "weft/stepper.h"

#define WITHOUT_PETSC(NAME)                                                                        \
    const weft_stepper weft_stepper_##NAME = {                                                     \
        .name = #NAME,                                                                             \
        .summary = "PETSc: not in this build",                                                     \
        .missing = "PETSc, without which this weft was built: install it (on Debian: petsc-dev) "  \
                   "and build again with -DWEFT_WITH_PETSC=ON"}

WITHOUT_PETSC(petsc_arkimex);
WITHOUT_PETSC(petsc_bdf);
WITHOUT_PETSC(petsc_rosw);

const char *weft_stepper_libraries(void)
{
    return "no PETSc";
}
