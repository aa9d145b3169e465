/* Gamma functions, of which the weights of fractional noise consist, with the same bits on every
 * processor: those of the C library are chosen by the CPU, and noise promises its bits. */
#include "internal.h"
#include "weft/vmath.h"

/* C. Lanczos, SIAM J. Numer. Anal. B 1, 86 (1964), with g = 7 and nine terms (P. Godfrey's
 * coefficients): 1e-15 relative. Small arguments by the recursion. */
double noise_gamma(double x)
{
    static const double c[] = {0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
                               771.32342877765313,   -176.61502916214059,   12.507343278686905,
                               -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
    if (x < 1.0)
        return noise_gamma(x + 1.0) / x;
    const double z = x - 1.0, t = z + 7.5;
    double sum = c[0];
    for (int i = 1; i < 9; i++)
        sum += c[i] / (z + i);
    return 2.5066282746310002 * weft_pow(t, z + 0.5) * weft_exp(-t) * sum;
}

/* The power series, for x below about s + 1: x^s e^-x sum x^n/Gamma(s + n + 1). */
static double series(double s, double x)
{
    double term = 1.0 / noise_gamma(s + 1.0), sum = term;
    for (int n = 1; n < 500 && term > 1e-17 * sum; n++) {
        term *= x / (s + n);
        sum += term;
    }
    return x > 0.0 ? weft_pow(x, s) * sum : 0.0; /* exp(x) P */
}

/* The continued fraction (J. Thompson's and I. Barnett's form of Lentz's method), for larger x:
 * exp(x) Q = x^s/Gamma(s)/(x + 1 - s - 1(1 - s)/(x + 3 - s - ...)). */
static double fraction(double s, double x)
{
    double b = x + 1.0 - s, c = 1e300, d = 1.0 / b, h = d;
    for (int n = 1; n < 500; n++) {
        const double a = -n * (n - s);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        h *= d * c;
        if (fabs(d * c - 1.0) < 1e-16)
            break;
    }
    return weft_pow(x, s) / noise_gamma(s) * h;
}

double noise_gamma_lower(double s, double x)
{
    if (x < s + 1.0)
        return weft_exp(-x) * series(s, x);
    return x > 700.0 ? 1.0 : 1.0 - weft_exp(-x) * fraction(s, x);
}

double noise_gamma_upper(double s, double x)
{
    return x < s + 1.0 ? weft_exp(x) - series(s, x) : fraction(s, x);
}
