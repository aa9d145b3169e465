/* Elementary functions that the compiler vectorises in loops and that give the same bits on every
 * CPU: polynomials, explicit fused multiply-adds, no tables, no branches. Arguments and results are
 * plain numbers, angles in radians. All functions here are local. */
#ifndef WEFT_VMATH_H
#define WEFT_VMATH_H

#include "weft/declare.h"
#include <math.h>
#include <stdint.h>

WEFT_DECLARE_BEGIN

/* sin and cos of r + q pi/2 for |r| <= pi/4 and the integer q (its two lowest bits count), within
 * 1.2e-16 absolute (coefficients of S. L. Moshier's Cephes). */
static inline void weft_sincos_reduced(double r, int64_t q, double *s, double *c)
{
    double r2 = r * r;
    double ps = fma(r2, 1.58962301576546568060e-10, -2.50507477628578072866e-08);
    ps = fma(r2, ps, 2.75573136213857245213e-06);
    ps = fma(r2, ps, -1.98412698295895385996e-04);
    ps = fma(r2, ps, 8.33333333332211858878e-03);
    ps = fma(r2, ps, -1.66666666666666307295e-01);
    double sr = fma(r * r2, ps, r);
    double pc = fma(r2, -1.13585365213876817300e-11, 2.08757008419747316778e-09);
    pc = fma(r2, pc, -2.75573141792967388112e-07);
    pc = fma(r2, pc, 2.48015872888517045348e-05);
    pc = fma(r2, pc, -1.38888888888730564116e-03);
    pc = fma(r2, pc, 4.16666666666665929218e-02);
    double cr = fma(r2 * r2, pc, fma(r2, -0.5, 1.0));
    double a = (q & 1) ? cr : sr, b = (q & 1) ? sr : cr;
    *s = (q & 2) ? -a : a;
    *c = ((q + 1) & 2) ? -b : b;
}

/* sin(x) and cos(x) for |x| < 1e5 within 2e-16 absolute (two-part reduction by pi/2). */
static inline void weft_sincos(double x, double *s, double *c)
{
    const double magic = 0x1.8p52; /* adding it leaves the rounded integer in the low bits */
    double q = fma(x, 0x1.45f306dc9c883p-1, magic);
    union {
        double d;
        int64_t i;
    } bits = {.d = q};
    q -= magic;
    double r = fma(q, -0x1.921fb54442d18p0, x);
    r = fma(q, -0x1.1a62633145c07p-54, r);
    weft_sincos_reduced(r, bits.i, s, c);
}

/* The two halves of weft_sin. x less the nearest whole number of half periods, with the sign of the
 * sine there; and the sine of such a number (interpolation of (sin r - r)/r^3 at Chebyshev nodes in
 * r^2). Loops over many sines that do the first half of a stretch before the second are a fifth
 * faster: the chain of operations that wait for each other is half as long. */
static inline double weft_sin_rest(double x)
{
    const double magic = 0x1.8p52;
    double q = fma(x, 0x1.45f306dc9c883p-2, magic);
    union {
        double d;
        int64_t i;
    } turns = {.d = q}, rest;
    q -= magic;
    rest.d = fma(q, -0x1.921fb54442d18p1, x);
    rest.d = fma(q, -0x1.1a62633145c07p-53, rest.d);
    rest.i ^= (int64_t)((uint64_t)turns.i << 63); /* odd half periods change the sign */
    return rest.d;
}

static inline double weft_sin_of_rest(double r)
{
    double r2 = r * r;
    double p = fma(r2, 0x1.89a4865c3ec8ep-49, -0x1.ae5138c0886c1p-41);
    p = fma(r2, p, 0x1.6124015b5d047p-33);
    p = fma(r2, p, -0x1.ae6455a1d702bp-26);
    p = fma(r2, p, 0x1.71de3a5456715p-19);
    p = fma(r2, p, -0x1.a01a01a018aadp-13);
    p = fma(r2, p, 0x1.1111111111107p-7);
    p = fma(r2, p, -0x1.5555555555555p-3);
    return fma(r * r2, p, r);
}

/* sin(x) alone for |x| < 1e5 within 2.3e-16 absolute (for |x| < 1e15 within 2.7e-16), in half the
 * time: one polynomial, on half a period. There is no such cosine: that of 0 would not be 1
 * exactly. */
static inline double weft_sin(double x)
{
    return weft_sin_of_rest(weft_sin_rest(x));
}

static inline double weft_cos(double x)
{
    double s, c;
    weft_sincos(x, &s, &c);
    return c;
}

/* The angle of the point (x, y), in [-pi, pi], within 4.6e-16 absolute; 0 for (0, 0). Not for inf
 * and nan (rational function of S. L. Moshier's Cephes). */
static inline double weft_atan2(double y, double x)
{
    double ax = fabs(x), ay = fabs(y), low = ay < ax ? ay : ax, high = ay < ax ? ax : ay;
    high = high > 0.0 ? high : 1.0;
    /* near the diagonal, the angle to it */
    int near = low > 0.66 * high;
    double t = (near ? low - high : low) / (near ? low + high : high), z = t * t;
    double p = fma(z, -8.750608600031904122785e-1, -1.615753718733365076637e1);
    p = fma(z, p, -7.500855792314704667340e1);
    p = fma(z, p, -1.228866684490136173410e2);
    p = fma(z, p, -6.485021904942025371773e1);
    double q = z + 2.485846490142306297962e1;
    q = fma(z, q, 1.650270098316988542046e2);
    q = fma(z, q, 4.328810604912902668951e2);
    q = fma(z, q, 4.853903996359136964868e2);
    q = fma(z, q, 1.945506571482613964425e2);
    double angle = fma(t * z, p / q, t) + (near ? 0x1.921fb54442d18p-1 : 0.0);
    angle = ay <= ax ? angle : 0x1.921fb54442d18p0 - angle;
    angle = x < 0.0 ? 0x1.921fb54442d18p1 - angle : angle;
    return copysign(angle, y);
}

/* ln(x) for normal x > 0 within 1 ulp (the method of Sun's fdlibm). */
static inline double weft_log(double x)
{
    union {
        double d;
        uint64_t i;
    } bits = {.d = x}, whole;
    /* x = 2^e m with m in [sqrt(1/2), sqrt(2)); biased holds e + 1024, kept positive because
     * AVX2 has no arithmetic shift of 64 bits */
    uint64_t biased = (bits.i - 0x3fe6a09e667f3bcd + (UINT64_C(1024) << 52)) >> 52;
    whole.i = 0x4330000000000000 + biased;
    bits.i -= (biased - 1024) << 52;
    double e = whole.d - (0x1p52 + 1024.0), f = bits.d - 1.0;
    double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    double p = fma(z, 1.479819860511658591e-01, 1.531383769920937332e-01);
    p = fma(z, p, 1.818357216161805012e-01);
    p = fma(z, p, 2.222219843214978396e-01);
    p = fma(z, p, 2.857142874366239149e-01);
    p = fma(z, p, 3.999999999940941908e-01);
    p = fma(z, p, 6.666666666666735130e-01);
    double low = fma(e, 1.90821492927058770002e-10, s * fma(z, p, half));
    return fma(e, 6.93147180369123816490e-01, -((half - low) - f));
}

/* ln(x) of any x: -inf at 0, nan below. */
static inline double weft_ln(double x)
{
    int tiny = x < 0x1p-1022;
    double y = tiny ? x * 0x1p54 : x;
    double l =
        weft_log(y > 0.0 && y < INFINITY ? y : 1.0) - (tiny ? 54.0 * 0x1.62e42fefa39efp-1 : 0.0);
    l = x > 0.0 ? l : x == 0.0 ? -INFINITY : NAN;
    return x < INFINITY ? l : x;
}

/* exp(x) within 1.5 ulp: x = n ln 2 + r, the series of exp(r) to r^13, and two factors of about
 * 2^(n/2), so that what over- and underflows does so at the end. */
static inline double weft_exp(double x)
{
    const double magic = 0x1.8p52;
    double y = x < 709.8 ? x : 709.8;
    y = y > -745.2 ? y : -745.2;
    union {
        double d;
        uint64_t i;
    } half = {.d = fma(y, 0x1.71547652b82fep-1, magic)}, rest;
    double q = fma(y, 0x1.71547652b82fep0, magic) - magic, h = half.d - magic;
    rest.d = (q - h) + magic;
    double r = fma(q, -0x1.62e42fefa39efp-1, y);
    r = fma(q, -0x1.abc9e3b39803fp-56, r);
    double p = fma(r, 1.0 / 6227020800.0, 1.0 / 479001600.0);
    p = fma(r, p, 1.0 / 39916800.0);
    p = fma(r, p, 1.0 / 3628800.0);
    p = fma(r, p, 1.0 / 362880.0);
    p = fma(r, p, 1.0 / 40320.0);
    p = fma(r, p, 1.0 / 5040.0);
    p = fma(r, p, 1.0 / 720.0);
    p = fma(r, p, 1.0 / 120.0);
    p = fma(r, p, 1.0 / 24.0);
    p = fma(r, p, 1.0 / 6.0);
    p = fma(r, p, 0.5);
    p = fma(r * r, p, r) + 1.0;
    half.i = (half.i + 1023) << 52;
    rest.i = (rest.i + 1023) << 52;
    p = p * half.d * rest.d;
    p = x < 709.782712893384 ? p : INFINITY;
    p = x > -745.2 ? p : 0.0;
    return x == x ? p : x;
}

/* exp(x) - 1 within 4 ulp (W. Kahan: the rounding of exp(x) cancels against that of its logarithm).
 * An exp(x) below half the distance of -1 to its neighbour leaves -1, and may be too small for its
 * logarithm. */
static inline double weft_expm1(double x)
{
    double e = weft_exp(x), l = weft_ln(e);
    double between = (e - 1.0) * (x / (l != 0.0 ? l : 1.0));
    return e == 1.0 ? x : e < 0x1p-54 ? -1.0 : e < INFINITY ? between : e;
}

/* sinh, cosh and tanh within 2 ulp (rational functions near 0 of S. L. Moshier's Cephes). */
static inline double weft_sinh(double x)
{
    double z = x * x, e = weft_exp(0.5 * fabs(x));
    double p = fma(z, -7.89474443963537015605e-1, -1.63725857525983828727e2);
    p = fma(z, p, -1.15614435765005216044e4);
    p = fma(z, p, -3.51754964808151394800e5);
    double q = z - 2.77711081420602794433e2;
    q = fma(z, q, 3.61578279834431989373e4);
    q = fma(z, q, -2.11052978884890840399e6);
    double near = fma(x * z, p / q, x), far = copysign(0.5 * e * e - 0.5 / (e * e), x);
    return fabs(x) < 1.0 ? near : far;
}

static inline double weft_cosh(double x)
{
    double e = weft_exp(0.5 * fabs(x));
    return 0.5 * e * e + 0.5 / (e * e);
}

static inline double weft_tanh(double x)
{
    double z = x * x, e = weft_exp(2.0 * fabs(x));
    double p = fma(z, -9.64399179425052238628e-1, -9.92877231001918586564e1);
    p = fma(z, p, -1.61468768441708447952e3);
    double q = z + 1.12811678491632931402e2;
    q = fma(z, q, 2.23548839060100448583e3);
    q = fma(z, q, 4.84406305325125486048e3);
    double near = fma(x * z, p / q, x), far = copysign(1.0 - 2.0 / (e + 1.0), x);
    return fabs(x) < 0.625 ? near : x == x ? far : x;
}

/* sin, cos and tan for |x| < 1e15 within 2.7e-16 absolute (cos 2e-16 below 1e14, tan: relative to 1
 * + tan^2); beyond, where neighbouring doubles may lie further apart than a period, nan. */
static inline double weft_sin_any(double x)
{
    double s = weft_sin(x);
    return fabs(x) < 1e15 ? s : NAN;
}

static inline double weft_cos_any(double x)
{
    double s, c;
    weft_sincos(fabs(x) < 1e15 ? x : 0.0, &s, &c);
    return fabs(x) < 1e15 ? c : NAN;
}

static inline double weft_tan(double x)
{
    double s, c;
    weft_sincos(fabs(x) < 1e15 ? x : 0.0, &s, &c);
    return fabs(x) < 1e15 ? s / c : NAN;
}

/* Inverse functions by weft_atan2; nan where there is no value. */
static inline double weft_atan(double x)
{
    double a = weft_atan2(x == x ? x : 0.0, 1.0);
    return x == x ? a : x;
}

static inline double weft_asin(double x)
{
    double y = fabs(x) <= 1.0 ? x : 0.0, a = weft_atan2(y, sqrt((1.0 - y) * (1.0 + y)));
    return fabs(x) <= 1.0 ? a : NAN;
}

static inline double weft_acos(double x)
{
    double y = fabs(x) <= 1.0 ? x : 0.0, a = weft_atan2(sqrt((1.0 - y) * (1.0 + y)), y);
    return fabs(x) <= 1.0 ? a : NAN;
}

/* x^y for x >= 0 (nan below), as exp(y ln x): within 2 + |y ln x| ulp. */
static inline double weft_pow(double x, double y)
{
    double p = weft_exp(y * weft_ln(x));
    return y == 0.0 ? 1.0 : p;
}

/* erf(x) within 4e-16 (rational functions of S. L. Moshier's Cephes). */
static inline double weft_erf(double x)
{
    double z = x * x, a = fabs(x) < 6.0 ? fabs(x) : 6.0;
    double t = fma(z, 9.60497373987051638749e0, 9.00260197203842689217e1);
    t = fma(z, t, 2.23200534594684319226e3);
    t = fma(z, t, 7.00332514112805075473e3);
    t = fma(z, t, 5.55923013010394962768e4);
    double u = z + 3.35617141647503099647e1;
    u = fma(z, u, 5.21357949780152679795e2);
    u = fma(z, u, 4.59432382970980127987e3);
    u = fma(z, u, 2.26290000613890934246e4);
    u = fma(z, u, 4.92673942608635921086e4);
    double p = fma(a, 2.46196981473530512524e-10, 5.64189564831068821977e-1);
    p = fma(a, p, 7.46321056442269912687e0);
    p = fma(a, p, 4.86371970985681366614e1);
    p = fma(a, p, 1.96520832956077098242e2);
    p = fma(a, p, 5.26445194995477358631e2);
    p = fma(a, p, 9.34528527171957607540e2);
    p = fma(a, p, 1.02755188689515710272e3);
    p = fma(a, p, 5.57535335369399327526e2);
    double q = a + 1.32281951154744992508e1;
    q = fma(a, q, 8.67072140885989742329e1);
    q = fma(a, q, 3.54937778887819891062e2);
    q = fma(a, q, 9.75708501743205489753e2);
    q = fma(a, q, 1.82390916687909736289e3);
    q = fma(a, q, 2.24633760818710981792e3);
    q = fma(a, q, 1.65666309194161350182e3);
    q = fma(a, q, 5.57535340817727675546e2);
    double far = copysign(1.0 - weft_exp(-a * a) * p / q, x);
    double near = x * t / u;
    return fabs(x) < 1.0 ? near : x == x ? far : x;
}

WEFT_DECLARE_END

#endif
