/* Inverse distribution functions. */
#include "weft/noise.h"
#include "weft/vmath.h"

/* tan(pi (p - 1/2)), by the cotangent of the distance to the nearer end, which keeps its relative
 * accuracy in the tails. */
static double lorentzian(double p)
{
    double near = p < 0.5 ? p : 1.0 - p, s, c;
    weft_sincos(0x1.921fb54442d18p1 * near, &s, &c);
    return p < 0.5 ? -c / s : c / s;
}

/* Newton's method on the logarithm of the tail, which is concave there, from above. */
static double normal(double p)
{
    double tail = p < 0.5 ? p : 1.0 - p, x = sqrt(-2.0 * log(tail));
    for (int i = 0; i < 40; i++) {
        double q = 0.5 * erfc(x * M_SQRT1_2), density = exp(-0.5 * x * x) * M_SQRT1_2 * M_2_SQRTPI;
        double change = 2.0 * q * log(q / tail) / density;
        x += change;
        if (fabs(change) < 1e-15 * (1.0 + x))
            break;
    }
    return p < 0.5 ? -x : x;
}

double weft_noise_quantile(weft_law law, double p)
{
    return law == WEFT_LAW_NORMAL ? normal(p) : law == WEFT_LAW_UNIFORM ? p : lorentzian(p);
}
