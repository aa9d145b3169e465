/* Linear equations of one step of Levenberg-Marquardt: J^T J d = -J^T r, with its diagonal raised
 * by a part (Marquardt's damping). The raised diagonal scales with each unknown's own curvature, so
 * that a step does not depend on the units of the unknowns: with much damping it is the gradient in
 * these units, with none Newton's step for a residual that vanishes.
 *
 * Invariant: serial and in one order, so that every rank has the same bits. */
#include "internal.h"
#include <math.h>

/* Row i of a lower half begins after those above it. */
static double at(const double *a, int i, int j)
{
    return a[i * (i + 1) / 2 + j];
}

/* Cholesky's factor over the free unknowns; rows of the others are those of the unit matrix. Pivots
 * are kept positive: rounding may spoil them where two numbers do nearly the same. */
void train_damped(const double *a, const double *b, const bool *is_free, int n, double damping,
                  double *f, double *x)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            const bool both = is_free[i] && is_free[j];
            double sum = both ? at(a, i, j) : 0;
            if (i == j)
                sum = is_free[i] ? sum * (1 + damping) + 1e-300 : 1;
            for (int k = 0; k < j; k++)
                sum -= at(f, i, k) * at(f, j, k);
            f[i * (i + 1) / 2 + j] = i == j ? sqrt(fmax(sum, 1e-300)) : sum / at(f, j, j);
        }
        x[i] = is_free[i] ? b[i] : 0;
        for (int k = 0; k < i; k++)
            x[i] -= at(f, i, k) * x[k];
        x[i] /= at(f, i, i);
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            x[i] -= at(f, k, i) * x[k];
        x[i] /= at(f, i, i);
    }
}
