/* Eigenvalues of small complex matrices by the classical steps: balancing with powers of two, so
 * that a force -k^2 q beside a velocity p loses no digits (B. N. Parlett, C. Reinsch, Numer. Math.
 * 13, 293 (1969)); elimination to Hessenberg form; QR with Wilkinson's shift and deflation (J. H.
 * Wilkinson, The Algebraic Eigenvalue Problem, chapter 8). All steps are similarity
 * transformations, which keep the eigenvalues. The matrices here have at most some 24 rows and are
 * looked at a few times at the start, so a library is not asked for. */
#include "eigen.h"
#include <float.h>
#include <math.h>

/* |re| + |im|: within a factor of 1.5 of the modulus, without a root. */
static double size(double _Complex z)
{
    return fabs(creal(z)) + fabs(cimag(z));
}

/* Scale row and column i by powers of two until their norms are near each other. */
static void balance(int n, double _Complex *a)
{
    for (int round = 0; round < 100; round++) {
        int changes = 0;
        for (int i = 0; i < n; i++) {
            double row = 0.0, column = 0.0;
            for (int j = 0; j < n; j++) {
                row += j == i ? 0.0 : size(a[i * n + j]);
                column += j == i ? 0.0 : size(a[j * n + i]);
            }
            if (row == 0.0 || column == 0.0)
                continue;
            const int power = (int)lround(0.5 * log2(row / column));
            changes += power != 0;
            for (int j = 0; j < n && power; j++) {
                a[i * n + j] *= ldexp(1.0, -power);
                a[j * n + i] *= ldexp(1.0, power);
            }
        }
        if (changes == 0)
            return;
    }
}

/* Exchanges two elements. */
static void swap(double _Complex *a, double _Complex *b)
{
    const double _Complex old = *a;
    *a = *b;
    *b = old;
}

/* Columns m - 1 below the row m become zero, with the largest element as the pivot. */
static void to_hessenberg(int n, double _Complex *a)
{
    for (int m = 1; m < n - 1; m++) {
        int pivot = m;
        for (int i = m; i < n; i++)
            if (size(a[i * n + m - 1]) > size(a[pivot * n + m - 1]))
                pivot = i;
        if (size(a[pivot * n + m - 1]) == 0.0)
            continue;
        for (int j = 0; j < n && pivot != m; j++)
            swap(&a[pivot * n + j], &a[m * n + j]);
        for (int i = 0; i < n && pivot != m; i++)
            swap(&a[i * n + pivot], &a[i * n + m]);
        for (int i = m + 1; i < n; i++) {
            const double _Complex factor = a[i * n + m - 1] / a[m * n + m - 1];
            for (int j = 0; j < n; j++)
                a[i * n + j] -= factor * a[m * n + j];
            for (int j = 0; j < n; j++)
                a[j * n + m] += factor * a[j * n + i];
            a[i * n + m - 1] = 0.0;
        }
    }
}

/* The eigenvalue of the last two rows up to last that is nearer to the last element. */
static double _Complex shift_of(int n, const double _Complex *a, int last)
{
    const double _Complex p = a[(last - 1) * n + last - 1], q = a[last * n + last];
    const double _Complex half = 0.5 * (p - q);
    const double _Complex root =
        csqrt(half * half + a[(last - 1) * n + last] * a[last * n + last - 1]);
    const double _Complex one = 0.5 * (p + q) + root, two = 0.5 * (p + q) - root;
    return size(one - q) < size(two - q) ? one : two;
}

/* One step H - s = QR, H = RQ + s of the rows first to last, by Givens rotations. */
static void qr_step(int n, double _Complex *a, int first, int last, double _Complex s)
{
    double cosine[64];
    double _Complex sine[64];
    for (int i = first; i <= last; i++)
        a[i * n + i] -= s;
    for (int i = first; i < last; i++) {
        const double _Complex x = a[i * n + i], y = a[(i + 1) * n + i];
        const double norm = hypot(cabs(x), cabs(y));
        const double _Complex phase = cabs(x) > 0.0 ? x / cabs(x) : 1.0;
        cosine[i] = norm > 0.0 ? cabs(x) / norm : 1.0;
        sine[i] = norm > 0.0 ? phase * conj(y) / norm : 0.0;
        for (int j = i; j <= last; j++) {
            const double _Complex u = a[i * n + j], v = a[(i + 1) * n + j];
            a[i * n + j] = cosine[i] * u + sine[i] * v;
            a[(i + 1) * n + j] = -conj(sine[i]) * u + cosine[i] * v;
        }
    }
    for (int i = first; i < last; i++)
        for (int j = first; j <= (i + 1 < last ? i + 1 : last); j++) {
            const double _Complex u = a[j * n + i], v = a[j * n + i + 1];
            a[j * n + i] = cosine[i] * u + conj(sine[i]) * v;
            a[j * n + i + 1] = -sine[i] * u + cosine[i] * v;
        }
    for (int i = first; i <= last; i++)
        a[i * n + i] += s;
}

/* a (n x n, rows first) is destroyed. From the last row up: an element below the diagonal that is
 * negligible beside its neighbours on it is taken as zero, and the matrix falls apart there. Should
 * a number of steps not suffice, the diagonal is what has been reached. */
void eq_eigenvalues(int n, double _Complex *a, double _Complex *out)
{
    int last = n - 1;
    balance(n, a);
    to_hessenberg(n, a);
    for (int step = 0; last > 0 && step < 100 * n; step++) {
        int first = last;
        while (first > 0 && size(a[first * n + first - 1]) >
                                DBL_EPSILON * (size(a[first * n + first]) +
                                               size(a[(first - 1) * n + first - 1])))
            first--;
        if (first == last) {
            last--;
            continue;
        }
        /* now and then another shift, in case the usual one goes round in circles */
        const double _Complex s = step % 11 == 10
                                      ? a[last * n + last] + size(a[last * n + last - 1])
                                      : shift_of(n, a, last);
        qr_step(n, a, first, last, s);
    }
    for (int i = 0; i < n; i++)
        out[i] = a[i * n + i];
}
