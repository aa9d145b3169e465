#include "weft/io.h"
#include "weft/run.h"
#include <stdio.h>

void weft_libraries(char *out, size_t size)
{
    snprintf(out, size, "%s; %s; %s; Open MPI %d.%d.%d", weft_fft_version(), weft_io_version(),
             weft_params_version(), OMPI_MAJOR_VERSION, OMPI_MINOR_VERSION, OMPI_RELEASE_VERSION);
}
