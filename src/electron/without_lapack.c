/* In place of lapack.c in a build without LAPACK: what needs it is refused where the input is read,
 * by weft_electron_lacks_dense, so that nothing here is ever asked to diagonalise. */
#include "dense.h"

const char *weft_electron_lacks_dense(void)
{
    return "LAPACK, without which this weft was built: install it (on Debian: libopenblas-dev) and "
           "build again with -DWEFT_WITH_LAPACK=ON";
}

const char *el_lapack_version(void)
{
    return "no LAPACK";
}

int el_lapack_eigen(int n, bool vectors, double *a, double *levels)
{
    (void)n, (void)vectors, (void)a, (void)levels;
    return -1;
}
