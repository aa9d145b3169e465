/* PETSc's errors in the steppers, and its version. It is started in src/petsc. */
#include "petsc_library.h"
#include "weft/petsc.h"
#include "weft/stepper.h"
#include <stdio.h>

/* The message is that of PETSc's first report. */
weft_status stepper_petsc_check(PetscErrorCode code)
{
    return code ? weft_fail(WEFT_FAILED, "PETSc: %s", weft_petsc_message()) : WEFT_OK;
}

/* Asked of the library that is linked, which may be newer than the headers of the build. */
const char *weft_stepper_libraries(void)
{
    static char text[32];
    PetscInt v[3], release;
    PetscGetVersionNumber(&v[0], &v[1], &v[2], &release);
    snprintf(text, sizeof text, "PETSc %d.%d.%d", (int)v[0], (int)v[1], (int)v[2]);
    return text;
}
