/* Reductions of kink-antikink collisions, for scans of velocities: functions of the whole series of
 * a run that give one number.
 *
 * A pair that has bounced apart runs freely until a kink comes to an end of the box: it is stopped
 * by a damping layer, mirrored by a wall, or meets an image. Its velocity is therefore taken
 * between the last bounce and the first arrival, however long the run is. Near the critical
 * velocity a pair may still come back from far away, so that a distance alone proves nothing while
 * the two slow down.
 *
 * Invariant: a number is given only where the records prove it; else nan. A bion is a pair that has
 * formed a bound state and oscillates. */
#include "kg.h"
#include <math.h>
#include <string.h>

/* The vacuum that phi is nearest to, as a number that changes by one at each level between two. A
 * pair of the double sine-Gordon potential lies between vacua that are 4 pi apart, and passes a
 * level of kink_positions, where its halves are, four times. */
static double vacuum_of(const kg_potential *v, double phi)
{
    if (v->kind == KG_DOUBLE_SINE_GORDON && v->eta != 0)
        return floor((phi - (v->eta > 0 ? 2 * M_PI : 0)) / (4 * M_PI));
    return kg_interval(v, phi);
}

/* Is the pair on top of each other: has the centre left the vacuum between them where it began? */
static bool together(const kg_potential *v, const double *center, int64_t i)
{
    return vacuum_of(v, center[i]) != vacuum_of(v, center[0]);
}

/* Passages of phi at the centre out of the vacuum where it began, from the records: oscillations
 * between two records are missed, so that records must be close enough. */
static double bounces(const weft_params *params, int64_t n, const double *time, int64_t count,
                      const double *center)
{
    kg_potential v;
    (void)time;
    (void)count;
    if (n == 0 || kg_potential_make(params, &v) != WEFT_OK)
        return NAN;
    double passages = 0;
    for (int64_t i = 1; i < n; i++)
        passages += together(&v, center, i) && !together(&v, center, i - 1);
    return passages;
}

/* From the first to the last record at which the two are one; 0 if they never meet. A centre that
 * goes to the other side and stays there to the end tells nothing: the pair has gone through each
 * other (sine-Gordon), or the run ended in the collision. */
static double time_together(const weft_params *params, int64_t n, const double *time, int64_t count,
                            const double *center)
{
    kg_potential v;
    int64_t first = 0, last = n - 1;
    (void)count;
    if (n == 0 || kg_potential_make(params, &v) != WEFT_OK)
        return NAN;
    while (first < n && !together(&v, center, first))
        first++;
    while (last > first && !together(&v, center, last))
        last--;
    int64_t stay = first;
    while (stay < n && together(&v, center, stay))
        stay++;
    if (first < n && stay == n)
        return NAN;
    return first < n ? time[last] - time[first] : 0;
}

/* ---- the velocity with which the pair parts ---- */

/* Where kinks are free: far from each other and from the ends, in units of the box. */
typedef struct free_region {
    bool known;   /* false: the first two positions are not those of two kinks */
    double edge;  /* |x| up to here: outside of damping layers and three widths from the ends */
    double apart; /* distance from which on their force, exp(-m d), is negligible */
} free_region;

/* From the parameters: a reduction has no simulation at hand. */
static free_region region_of(const weft_params *params)
{
    const kg_params *own = weft_params_values(params, kg_table);
    const weft_section *grid = weft_params_section(params, "grid");
    kg_potential v;
    free_region r = {.edge = INFINITY};
    if (kg_potential_make(params, &v) != WEFT_OK)
        return r;
    /* kinks of the double sine-Gordon potential have two positions each, those of their halves */
    r.known = v.kind != KG_DOUBLE_SINE_GORDON || v.eta == 0;
    /* the mass in the lighter vacuum: that of phi^6 at 0 is half of the other */
    double mass = sqrt(v.mass2) * (v.kind == KG_PHI6 ? 0.5 : 1);
    r.apart = 8 / mass;
    r.edge = 0.5 * weft_get_real_at(grid, "length", 0) - 3 / mass;
    if (own->boundary.value[0] == KG_ABSORBING)
        r.edge -= own->sponge_width;
    return r;
}

/* Between the two kinks of record i; x holds `count` positions a record; nan where one is missing.
 */
static double distance(const double *x, int64_t count, int64_t i)
{
    return x[i * count + 1] - x[i * count];
}

/* Half the slope of the distance over records from <= i < to, by least squares. */
static double half_slope(int64_t from, int64_t to, const double *time, int64_t count,
                         const double *x)
{
    double n = (double)(to - from), t = 0, d = 0, tt = 0, td = 0;
    for (int64_t i = from; i < to; i++) {
        t += time[i] / n;
        d += distance(x, count, i) / n;
    }
    for (int64_t i = from; i < to; i++) {
        tt += (time[i] - t) * (time[i] - t);
        td += (time[i] - t) * (distance(x, count, i) - d);
    }
    return tt > 0 ? 0.5 * td / tt : NAN;
}

/* The record after the last at which the two were one (positions are nan then), or the closest
 * approach of kinks that bounce apart. *meetings: how often they were one. */
static int64_t last_parting(int64_t n, int64_t count, const double *x, int *meetings)
{
    int64_t first = 0;
    *meetings = 0;
    for (int64_t i = 0; i < n; i++)
        if (isnan(distance(x, count, i))) {
            *meetings += i == 0 || !isnan(distance(x, count, i - 1));
            first = i + 1;
        }
    int64_t closest = first;
    for (int64_t i = first; i < n; i++)
        if (distance(x, count, i) < distance(x, count, closest))
            closest = i;
    return closest;
}

/* Did the two stay within the reach of their force since they met, three times or more? */
static bool bound(int64_t n, int64_t count, const double *x, double apart, int meetings)
{
    int64_t i = 0;
    while (i < n && !isnan(distance(x, count, i)))
        i++;
    for (; i < n; i++)
        if (distance(x, count, i) >= apart)
            return false;
    return meetings >= 3;
}

/* The record at which a kink that was in the free region comes out of it, or at which both are gone
 * although they were too far from each other to meet by then at the speed of light; n if there is
 * none. What comes later, after a wall or in a damping layer, is no matter of the collision. */
static int64_t arrival(int64_t n, const double *time, int64_t count, const double *x, free_region r)
{
    bool free = false;
    for (int64_t i = 0; i < n; i++) {
        const bool inside = fabs(x[i * count]) < r.edge && fabs(x[i * count + 1]) < r.edge;
        if (isnan(distance(x, count, i))
                ? i > 0 && distance(x, count, i - 1) > r.apart + 2 * (time[i] - time[i - 1])
                : free && !inside)
            return i;
        free = free || inside;
    }
    return n;
}

/* Over the later half of the time from the last parting to where one of the two leaves the free
 * region; x: (record, 2) positions. A number only where the pair is known to be free: at least five
 * records, far enough apart, and not slowing down. 0: they are one at the end, on the way back, or
 * a bion. nan: not known. */
static double v_out(const weft_params *params, int64_t records, const double *time, int64_t count,
                    const double *x)
{
    const free_region r = region_of(params);
    if (!r.known)
        return NAN;
    const int64_t n = arrival(records, time, count, x, r);
    int meetings;
    int64_t from = last_parting(n, count, x, &meetings), to = from, farthest = from;
    if (from >= n || bound(n, count, x, r.apart, meetings))
        return n == records && meetings > 0 ? 0 : NAN;
    for (; to < n && fabs(x[to * count]) < r.edge && fabs(x[to * count + 1]) < r.edge; to++)
        if (distance(x, count, to) > distance(x, count, farthest))
            farthest = to;
    const bool inside = to == records;
    if (inside && meetings > 0 &&
        distance(x, count, records - 1) < distance(x, count, farthest) - 0.1 * r.apart)
        return 0;
    int64_t half = from;
    while (half < to &&
           (time[half] < 0.5 * (time[from] + time[to - 1]) || distance(x, count, half) < r.apart))
        half++;
    if (to - half < 5)
        return NAN;
    double slope = half_slope(half, to, time, count, x);
    int64_t middle = half + (to - half) / 2;
    if (inside && to - middle >= 5 && half_slope(middle, to, time, count, x) < 0.95 * slope)
        return NAN;
    return slope > 0 ? slope : NAN;
}

/* Each row names the observable whose series it reads, and what it depends on: the vacua, for v_out
 * the box, the damping layers and the mass too, which decide where kinks are free. */
#define SHAPE "klein_gordon.potential|klein_gordon.vacuum|klein_gordon.eta"
const weft_reduction kg_reductions[] = {
    {.name = "bounces",
     .unit = "1",
     .long_name =
         "how often the kinks met: passages of phi at x = 0 out of the vacuum where it began",
     .observable = "phi_center",
     .depends = SHAPE,
     .reduce_in = bounces},
    {.name = "time_together",
     .unit = "time",
     .long_name = "time from the first meeting to the last separation (of a bion: to the end)",
     .observable = "phi_center",
     .depends = SHAPE,
     .reduce_in = time_together,
     .symbol = "t_\\mathrm{together}"},
    {.name = "v_out",
     .unit = "length/time",
     .long_name =
         "velocity of the kinks when they are free after the last bounce; 0: bound; nan: not known",
     .observable = "kink_positions(2)",
     .depends = "grid.*|klein_gordon.boundary|klein_gordon.sponge_width|klein_gordon.mass|"
                "klein_gordon.lambda|klein_gordon.coefficients|" SHAPE,
     .reduce_in = v_out,
     .symbol = "v_\\mathrm{out}"},
    {0}};
