/* A Cholesky factor with pivots of a covariance matrix that may be singular to rounding.
 *
 * Invariant: f f^T is the matrix but for what is left of the variances where the factor ends, a
 * part of 1e-14 of each. Columns come in the order of the pivots, so that fewer normals than
 * variables make the vector where some variables nearly follow from others. The order of all sums
 * is fixed: the bits are the same on every rank. */
#include "internal.h"
#include <math.h>

/* What is left of a variance, as a part of it, where the factor ends. */
static const double nothing = 1e-14;

/* The next pivot: the variable of which the largest part is left; -1: nothing is. */
static int next_pivot(int n, const double *left, const double *variance)
{
    int best = -1;
    double most = nothing;
    for (int i = 0; i < n; i++)
        if (left[i] > most * variance[i]) {
            most = left[i] / variance[i];
            best = i;
        }
    return best;
}

/* C = F F^T with n rows, and as many columns as the answer. The first pivot is row number first,
 * unless that is negative. N. J. Higham, Accuracy and Stability of Numerical Algorithms (2002),
 * section 10.3. */
int noise_factor(int n, double c[][NOISE_FACTOR], int first, double f[][NOISE_FACTOR], int *pivot)
{
    double left[NOISE_FACTOR], variance[NOISE_FACTOR];
    int columns = 0;
    for (int i = 0; i < n; i++)
        left[i] = variance[i] = c[i][i];
    for (; columns < n; columns++) {
        const int p = columns == 0 && first >= 0 ? first : next_pivot(n, left, variance);
        if (p < 0)
            break;
        const double root = sqrt(left[p]);
        if (pivot)
            pivot[columns] = p;
        for (int i = 0; i < n; i++) {
            double rest = c[i][p];
            for (int j = 0; j < columns; j++)
                rest -= f[i][j] * f[p][j];
            /* a variable with nothing left, as earlier pivots are, has no part in later columns */
            f[i][columns] = left[i] > nothing * variance[i] ? rest / root : 0.0;
        }
        for (int i = 0; i < n; i++)
            left[i] = i == p ? 0.0 : left[i] - f[i][columns] * f[i][columns];
    }
    return columns;
}
