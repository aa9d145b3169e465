/* Static kinks in closed form, and the elliptic functions of kink lattices.
 *
 * A kink joins two neighbouring vacua and solves phi_x^2/2 = V(phi) (the first integral of the
 * static equation), so that its shape is found by one integration:
 *
 *     phi4                 v tanh(sqrt(lambda/2) v x)                        -v to v
 *     phi6                 v/sqrt(1 + exp(-2 sqrt(lambda) v^2 x))            0 to v
 *     sine_gordon          4 atan(exp(x))                                    0 to 2 pi
 *     double_sine_gordon   2 pi + 4 atan(t sinh(k x)), k^2 = 1 + eta/4,      0 to 4 pi
 *                          t^2 = eta/(4 + eta)
 *
 * Functions of libm are used: a start is not promised to be the same to the last bit on different
 * processors. */
#include "kg.h"
#include "weft/vmath.h"
#include <math.h>

/* f and df/dx at x, for the kink about 0. The forms do not overflow into nan far from the centre
 * where x is within a box; cosh may become infinite, and a quotient is then 0. */
void kg_kink(const kg_potential *v, double x, double *f, double *df)
{
    double k, t;
    switch (v->kind) {
    case KG_SINE_GORDON: /* 0 to 2 pi */
        *f = 4 * weft_atan(weft_exp(x));
        *df = 2 / weft_cosh(x);
        break;
    case KG_DOUBLE_SINE_GORDON: /* 0 to 4 pi: phi_x^2/2 = V with cot(phi/4) = -r sinh(kx) */
        k = sqrt(1 + 0.25 * v->eta);
        t = sqrt(v->eta / (4 + v->eta));
        *f = 2 * M_PI + 4 * weft_atan(t * weft_sinh(k * x));
        *df = 4 * t * k / (1 / weft_cosh(k * x) + t * t * weft_sinh(k * x) * weft_tanh(k * x));
        break;
    case KG_PHI6: /* 0 to v */
        k = sqrt(v->lambda) * v->vacuum * v->vacuum;
        *f = v->vacuum / sqrt(1 + weft_exp(-2 * k * x));
        *df = *f * k / (1 + weft_exp(2 * k * x));
        break;
    default: /* phi^4: -v to v */
        k = sqrt(0.5 * v->lambda) * v->vacuum;
        t = weft_tanh(k * x);
        *f = v->vacuum * t;
        *df = v->vacuum * k / (weft_cosh(k * x) * weft_cosh(k * x));
    }
}

/* ---- arithmetic-geometric mean (Abramowitz, Stegun 16.4, 17.6) ---- */

enum { STEPS = 40 };

/* The sequence a, c of arithmetic-geometric means from 1 and k'; returns its last index. It
 * converges quadratically. The complementary modulus k' is the argument, since kinks far apart have
 * k so near 1 that 1 - k^2 would lose all digits. */
static int means(double complement, double *a, double *c)
{
    double b = complement;
    int n = 0;
    a[0] = 1;
    c[0] = sqrt((1 - complement) * (1 + complement));
    while (n + 1 < STEPS && fabs(c[n]) > 1e-17 * a[n]) {
        a[n + 1] = 0.5 * (a[n] + b);
        c[n + 1] = 0.5 * (a[n] - b);
        b = sqrt(a[n] * b);
        n++;
    }
    return n;
}

double kg_elliptic_k(double complement)
{
    double a[STEPS], c[STEPS];
    return 0.5 * M_PI / a[means(complement, a, c)];
}

/* Descending Landen transformation: am at the last mean is 2^n a_n u, then back step by step. */
double kg_elliptic_am(double u, double complement)
{
    double a[STEPS], c[STEPS];
    int n = means(complement, a, c);
    double phi = ldexp(a[n] * u, n);
    for (; n > 0; n--)
        phi = 0.5 * (phi + weft_asin(c[n] / a[n] * weft_sin_any(phi)));
    return phi;
}
