/* Occupations of given levels: Fermi's function, the chemical potential of a filling, the grand
 * potential. The number of particles is a sum of increasing functions of mu, so bisection between
 * mu below and above all levels finds the only root; at temperature 0 it is a staircase, and the
 * levels are filled from below instead, equal ones alike, so that the density keeps the symmetry
 * of the Hamiltonian. */
#include "dense.h"
#include <math.h>
#include <string.h>

/* Levels closer than this count as one. Eigenvalues of a symmetric problem that should be
 * equal differ by rounding, about 1e-14 times the norm. */
static const double same_level = 1e-10;

/* 1/(exp((energy - mu)/T) + 1); at T = 0 a step, one half at mu. tanh instead of exp: nothing
 * overflows at low temperature. */
static double fermi(double energy, double mu, double temperature)
{
    double e = energy - mu;
    if (temperature > 0)
        return 0.5 * (1 - tanh(0.5 * e / temperature));
    return fabs(e) < same_level ? 0.5 : e < 0 ? 1 : 0;
}

/* Particles at a chemical potential. */
static double count(const double *levels, int64_t n, double mu, double temperature)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += fermi(levels[k], mu, temperature);
    return sum;
}

/* mu that makes sum_k f(E_k) = particles; levels ascending. Bisection. The margin of 40
 * temperatures makes the occupation 0 or 1 at its ends. It ends at the latest when the interval has
 * no double in it. */
static double find_mu(const double *levels, int64_t n, double particles, double temperature)
{
    double margin = 40 * temperature + 1;
    double low = levels[0] - margin, high = levels[n - 1] + margin;
    for (int i = 0; i < 200; i++) {
        double mu = 0.5 * (low + high), excess = count(levels, n, mu, temperature) - particles;
        if (fabs(excess) < 1e-13 * (double)n || mu == low || mu == high)
            return mu;
        if (excess < 0)
            low = mu;
        else
            high = mu;
    }
    return 0.5 * (low + high);
}

/* Without temperature the lowest levels are filled; the last of them, with all that are equal to
 * it, share what is left. */
static double fill_up(const double *levels, int64_t n, double particles, double *f)
{
    int64_t last = (int64_t)ceil(particles - 1e-9) - 1, first;
    if (last < 0)
        return levels[0] - 1;
    for (first = last; first > 0 && levels[last] - levels[first - 1] < same_level;)
        first--;
    int64_t end = last + 1;
    while (end < n && levels[end] - levels[last] < same_level)
        end++;
    for (int64_t k = 0; k < n; k++)
        f[k] = k < first ? 1 : k < end ? (particles - (double)first) / (double)(end - first) : 0;
    bool full = particles >= (double)end - 1e-9;
    return !full ? levels[last] : end < n ? 0.5 * (levels[last] + levels[end]) : levels[last] + 1;
}

/* Fills f with n occupations and returns mu: the given one, or the one that makes their sum
 * filling times n. At temperature 0 with a filling there is no function to solve, and
 * levels are filled from below. */
double el_occupy(const weft_electron *e, const double *levels, double temperature, double *f)
{
    const weft_electron_options *o = &e->own->options;
    int64_t n = e->own->sites;
    double mu = o->mu, particles = o->filling * (double)n;
    if (!isnan(o->filling) && temperature <= 0) {
        memset(f, 0, (size_t)n * sizeof *f);
        return fill_up(levels, n, particles, f);
    }
    if (!isnan(o->filling))
        mu = find_mu(levels, n, particles, temperature);
    for (int64_t k = 0; k < n; k++)
        f[k] = fermi(levels[k], mu, temperature);
    return mu;
}

/* -T ln(1 + exp(-x/T)) is min(x, 0) - T ln(1 + exp(-|x|/T)), which does not overflow and is
 * right at T = 0. */
double el_dense_omega(const weft_electron *e, double temperature)
{
    const double *levels = e->own->levels;
    double sum = 0;
    for (int64_t k = 0; k < e->own->sites; k++) {
        double x = levels[k] - e->mu;
        sum += fmin(x, 0);
        if (temperature > 0)
            sum -= temperature * log1p(exp(-fabs(x) / temperature));
    }
    return sum;
}
