/* Eigenvalues of small complex matrices, private to src/model/equation. */
#ifndef WEFT_MODEL_EQUATION_EIGEN_H
#define WEFT_MODEL_EQUATION_EIGEN_H

#include <complex.h>

/* Eigenvalues of the n x n matrix a, rows first, which is used up. Local. */
void eq_eigenvalues(int n, double _Complex *a, double _Complex *out);

#endif
