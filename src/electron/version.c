/* The libraries of linear algebra, as one line for the provenance of results. */
#include "dense.h"
#include <stdio.h>

/* One text for the attribute `libraries` of result files. */
const char *weft_electron_version(void)
{
    static char text[192];
    snprintf(text, sizeof text, "%s; %s; %s", el_slepc_version(), el_lapack_version(),
             el_scalapack_version());
    return text;
}
