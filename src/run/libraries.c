/* The libraries in use, as they name themselves at run time where they can: the MPI or BLAS
 * that a program is started with need not be the one that it was built with, and results
 * that differ between two machines are traced by this line. */
#include "weft/electron.h"
#include "weft/io.h"
#include "weft/run.h"
#include "weft/stepper.h"
#include <stdio.h>
#include <string.h>

/* Open MPI and MPICH append the package, the date and more lines to their name: only what
 * stands before the first comma or line end is kept. */
void weft_libraries(char *out, size_t size)
{
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int n = 0;
    MPI_Get_library_version(mpi, &n); /* may be asked before MPI_Init */
    mpi[strcspn(mpi, ",\n")] = '\0';  /* then come a package and a date */
    snprintf(out, size, "%s; %s; %s; %s; %s; %s", weft_fft_version(), weft_io_version(),
             weft_params_version(), mpi, weft_stepper_libraries(), weft_electron_version());
}
