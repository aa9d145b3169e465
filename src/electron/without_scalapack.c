/* In place of scalapack.c in a build without ScaLAPACK: no matrix is distributed, so that one rank
 * diagonalises it, whatever its size. The numbers are the same to rounding; the memory is that of
 * one rank, and is checked as such. */
#include "dense.h"

const char *el_scalapack_version(void)
{
    return "no ScaLAPACK";
}

bool el_distributed(int ranks, double sites)
{
    (void)ranks, (void)sites;
    return false;
}

weft_status el_scalapack(weft_electron *e, double temperature, double *density)
{
    (void)e, (void)temperature, (void)density;
    return weft_fail(WEFT_FAILED, "this weft was built without ScaLAPACK");
}
