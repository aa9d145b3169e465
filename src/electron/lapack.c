/* All levels, and states, of a symmetric matrix: LAPACK's dsyevd, the method of divide and conquer
 * (M. Gu, S. C. Eisenstat, SIAM J. Matrix Anal. Appl. 16, 172 (1995)).
 *
 * It is called by its Fortran name, which every LAPACK has, whether it is OpenBLAS, the reference
 * or a vendor's: no header, and no library of headers for C, is needed. */
#include "dense.h"
#include "weft/memory.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

extern void dsyevd_(const char *job, const char *uplo, const int *n, double *a, const int *lda,
                    double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                    int *info);
extern const char *openblas_get_config(void) __attribute__((weak));

const char *weft_electron_lacks_dense(void)
{
    return NULL;
}

/* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": the first two words. Another LAPACK has no name
 * that it tells. */
const char *el_lapack_version(void)
{
    static char text[64];
    const char *all = openblas_get_config ? openblas_get_config() : "LAPACK of another maker";
    int words = (int)strcspn(all, " ");
    if (openblas_get_config && all[words])
        words += 1 + (int)strcspn(all + words + 1, " ");
    snprintf(text, sizeof text, "%.*s", openblas_get_config ? words : (int)strlen(all), all);
    return text;
}

/* The first call asks for the work space. It is asked for in a double, which may be more than an
 * int holds; the least int then makes LAPACK refuse it by its argument's number. */
int el_lapack_eigen(int n, bool vectors, double *a, double *levels)
{
    const char *job = vectors ? "V" : "N";
    double want = 0;
    int lwork = -1, liwork = -1, iwant = 0, info = 0;
    dsyevd_(job, "L", &n, a, &n, levels, &want, &lwork, &iwant, &liwork, &info);
    if (info != 0)
        return info;
    lwork = want < INT_MAX ? (int)want : 1;
    liwork = iwant;
    double *work = weft_alloc((size_t)lwork, sizeof *work);
    int *iwork = weft_alloc((size_t)liwork, sizeof *iwork);
    dsyevd_(job, "L", &n, a, &n, levels, work, &lwork, iwork, &liwork, &info);
    weft_free(work);
    weft_free(iwork);
    return info;
}
