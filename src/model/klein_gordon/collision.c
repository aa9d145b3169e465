/* Reductions of kink-antikink collisions, for scans of velocities. */
#include "kg.h"
#include <math.h>

/* Is the pair on top of each other: has the centre left the side where it began? */
static bool together(const double *center, int64_t i)
{
    return center[0] > 0 ? center[i] < 0 : center[i] > 0;
}

static double bounces(int64_t n, const double *time, int64_t count, const double *center)
{
    (void)time;
    (void)count;
    double passages = 0;
    for (int64_t i = 1; i < n; i++)
        passages += together(center, i) && !together(center, i - 1);
    return n > 0 ? passages : NAN;
}

static double time_together(int64_t n, const double *time, int64_t count, const double *center)
{
    (void)count;
    int64_t first = 0, last = n - 1;
    while (first < n && !together(center, first))
        first++;
    while (last > first && !together(center, last))
        last--;
    return n > 0 && first < n ? time[last] - time[first] : n > 0 ? 0 : NAN;
}

/* Half the slope of the distance over the last fifth of the time; x: (record, 2) positions. */
static double v_out(int64_t n, const double *time, int64_t count, const double *x)
{
    double s = 0, st = 0, sd = 0, stt = 0, std = 0;
    for (int64_t i = 0; i < n; i++) {
        double t = time[i], d = x[i * count + 1] - x[i * count];
        if (t < 0.8 * time[n - 1])
            continue;
        if (isnan(d))
            return 0;
        s++, st += t, sd += d, stt += t * t, std += t * d;
    }
    double spread = s * stt - st * st;
    return spread > 0 ? 0.5 * (s * std - st * sd) / spread : NAN;
}

const weft_reduction kg_reductions[] = {
    {"bounces", "1", "how often the kinks met: passages of phi at x = 0 to the other side",
     "phi_center", bounces},
    {"time_together", "time",
     "time from the first meeting to the last separation (of a bion: to the end)", "phi_center",
     time_together},
    {"v_out", "length/time",
     "velocity of the kinks over the last fifth of the time; 0: they are bound",
     "kink_positions(2)", v_out},
    {0}};
