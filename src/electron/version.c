/* The libraries of linear algebra, as one line for the provenance of results. They name
 * themselves at run time; ScaLAPACK cannot be asked: its version is that of the build. */
#include "weft/electron.h"
#include <petscsys.h>
#include <slepcsys.h>
#include <stdio.h>
#include <string.h>

char *openblas_get_config(void); /* of OpenBLAS; cblas.h declares it in other ways by version */

const char *weft_electron_version(void)
{
    static char text[192];
    PetscInt a[3], b[3], release;
    const char *blas = openblas_get_config();
    PetscGetVersionNumber(&a[0], &a[1], &a[2], &release);
    SlepcGetVersionNumber(&b[0], &b[1], &b[2], &release);
    /* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": the first two words */
    int words = (int)strcspn(blas, " ");
    if (blas[words])
        words += 1 + (int)strcspn(blas + words + 1, " ");
    snprintf(text, sizeof text, "PETSc %d.%d.%d; SLEPc %d.%d.%d; %.*s; ScaLAPACK %s", (int)a[0],
             (int)a[1], (int)a[2], (int)b[0], (int)b[1], (int)b[2], words, blas, WEFT_SCALAPACK);
    return text;
}
