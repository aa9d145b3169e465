/* Inverse distribution functions (quantiles), with the same bits on every processor: only exact or
 * correctly rounded operations and weft/vmath.h are used.
 *
 * Invariant: near both ends of (0, 1) a quantile is computed from the distance to the nearer end,
 * which a double holds with full relative accuracy near 0 but 1 - p does not near 1; so the two
 * tails are mirror images, and the far tail has no fewer digits than the inputs allow. */
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

/* p/q with p = a[0] + a[1] x + ... + a[7] x^7, likewise q. */
static double rational(const double a[8], const double b[8], double x)
{
    double p = a[7], q = b[7];
    for (int i = 6; i >= 0; i--) {
        p = fma(p, x, a[i]);
        q = fma(q, x, b[i]);
    }
    return p / q;
}

/* M. J. Wichura, Appl. Stat. 37, 477 (1988), algorithm AS 241, PPND16: about 1e-16 relative. */
static double normal(double p)
{
    static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                               1.9715909503065514427e3, 1.3731693765509461125e4,
                               4.5921953931549871457e4, 6.7265770927008700853e4,
                               3.3430575583588128105e4, 2.5090809287301226727e3},
                        b[] = {1.0,
                               4.2313330701600911252e1,
                               6.8718700749205790830e2,
                               5.3941960214247511077e3,
                               2.1213794301586595867e4,
                               3.9307895800092710610e4,
                               2.8729085735721942674e4,
                               5.2264952788528545610e3},
                        c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4},
                        d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9},
                        e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7},
                        f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    const double middle = p - 0.5;
    if (fabs(middle) <= 0.425)
        return middle * rational(a, b, 0.180625 - middle * middle);
    double r = sqrt(-weft_log(p < 0.5 ? p : 1.0 - p));
    double x = r <= 5.0 ? rational(c, d, r - 1.6) : rational(e, f, r - 5.0);
    return p < 0.5 ? -x : x;
}

/* p must lie strictly between 0 and 1; uniforms of this module do. */
double weft_noise_quantile(weft_law law, double p)
{
    return law == WEFT_LAW_NORMAL ? normal(p) : law == WEFT_LAW_UNIFORM ? p : lorentzian(p);
}
