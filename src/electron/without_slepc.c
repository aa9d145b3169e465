/* In place of slepc.c in a build without SLEPc: the gap of a large lattice is refused where the
 * input is read, by weft_electron_lacks_gap. */
#include "dense.h"

const char *el_slepc_missing(void)
{
    return "SLEPc, without which this weft was built: install it (on Debian: slepc-dev) and build "
           "again "
           "with -DWEFT_WITH_PETSC=ON -DWEFT_WITH_SLEPC=ON";
}

const char *el_slepc_version(void)
{
    return "no SLEPc";
}

weft_status el_slepc_levels(weft_electron *e, double *below, double *above)
{
    (void)e, (void)below, (void)above;
    return weft_fail(WEFT_FAILED, "the gap of so many sites needs %s", el_slepc_missing());
}
