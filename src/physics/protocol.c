/* Protocols: one number, or pairs time, value joined by straight lines, constant before the first
 * and after the last: [0, 1, 10, 3.5] is 1 up to the time 0, rises to 3.5 until 10 and stays there.
 *
 * Invariant: the value at a time does not depend on how a stepper came to that time (times are
 * rounded, see protocol_at), so that all pieces of a step that meet at a time see one value. */
#include "protocol.h"
#include <math.h>

/* Keeps the list of the section (which outlives the protocol) and does not copy it. */
weft_status protocol_read(const weft_section *section, const char *name, weft_reals list,
                          protocol *out)
{
    const int n = list.n;
    *out = (protocol){name, list, n == 1 ? 1 : n / 2};
    if (n != 1 && (n % 2 || n == 0))
        return weft_param_fail(section, name,
                               "%d numbers; give one, or pairs time, value, time, value, ...", n);
    for (int i = 1; i < out->points; i++)
        if (!(list.value[2 * i] > list.value[2 * i - 2]))
            return weft_param_fail(section, name, "the times must rise; %.10g comes after %.10g",
                                   list.value[2 * i], list.value[2 * i - 2]);
    return WEFT_OK;
}

double protocol_time(const protocol *p, int i)
{
    return p->points == 1 ? 0 : p->list.value[2 * i];
}

/* Value number i; a constant has one number and no time. */
static double value(const protocol *p, int i)
{
    return p->list.value[p->list.n == 1 ? 0 : 2 * i + 1];
}

/* Steppers come to one time in different ways (a step's start, the end of the step before), whose
 * sums differ in the last bits: times are taken to nine decimals, so that the value is the same. */
double protocol_at(const protocol *p, double t)
{
    t = nearbyint(t * 1e9) * 1e-9;
    if (t <= protocol_time(p, 0))
        return value(p, 0);
    for (int i = 1; i < p->points; i++) {
        double t0 = protocol_time(p, i - 1), t1 = protocol_time(p, i);
        if (t < t1)
            return value(p, i - 1) + (value(p, i) - value(p, i - 1)) * ((t - t0) / (t1 - t0));
    }
    return value(p, p->points - 1);
}

/* A piecewise linear function is least and most at its points. */
double protocol_least(const protocol *p)
{
    double least = value(p, 0);
    for (int i = 1; i < p->points; i++)
        least = fmin(least, value(p, i));
    return least;
}

double protocol_most(const protocol *p)
{
    double most = value(p, 0);
    for (int i = 1; i < p->points; i++)
        most = fmax(most, value(p, i));
    return most;
}
