/* The wall clock, and durations such as 2h30m as text. The clock is monotonic: it never goes back
 * when somebody sets the time, so that budgets and intervals between checkpoints hold. */
#include "weft/clock.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* CLOCK_MONOTONIC counts from an arbitrary start, so only differences mean anything, and only on
 * one machine. Ranks must not compare their clocks: what the clock decides (a checkpoint, a stop
 * for the budget) is decided on one rank and sent to the others. */
double weft_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Length in seconds of the unit d, h, m or s; -1 for any other letter, which the caller takes as
 * "not a duration". */
static double unit_seconds(char unit)
{
    switch (unit) {
    case 'd':
        return 86400;
    case 'h':
        return 3600;
    case 'm':
        return 60;
    case 's':
        return 1;
    default:
        return -1;
    }
}

/* A sum of number and unit pairs, such as 1h30m. A number without a unit means seconds, but only
 * when it stands alone: in "2h30" one reader would see minutes and another seconds, so the text is
 * refused. A sign, "inf" and "nan" are refused because each number must begin with a digit or a
 * point. */
double weft_duration(const char *text)
{
    double total = 0;
    const char *p = text;
    for (int parts = 0;; parts++) {
        char *end;
        if ((*p < '0' || *p > '9') && *p != '.')
            return -1;
        double value = strtod(p, &end);
        if (end == p || !isfinite(value))
            return -1;
        if (*end == '\0')
            return parts == 0 ? value : -1;
        double unit = unit_seconds(*end);
        if (unit < 0)
            return -1;
        total += value * unit;
        p = end + 1;
        if (*p == '\0')
            return total;
    }
}

/* Two units at most, since nobody needs the seconds of a run of days. The bound 9.95 is where one
 * decimal would round to 10.0. Values that are negative, nan or absurdly large (more than 30 years,
 * an estimate that means nothing yet) become "?"; below that bound an int holds the seconds. */
void weft_duration_text(double seconds, char *out, size_t size)
{
    if (!(seconds >= 0) || seconds > 1e9)
        snprintf(out, size, "?");
    else if (seconds < 60)
        snprintf(out, size, seconds < 9.95 ? "%.1fs" : "%.0fs", seconds);
    else if (seconds < 3600)
        snprintf(out, size, "%dm%02ds", (int)seconds / 60, (int)seconds % 60);
    else if (seconds < 86400)
        snprintf(out, size, "%dh%02dm", (int)seconds / 3600, (int)seconds / 60 % 60);
    else
        snprintf(out, size, "%dd%02dh", (int)seconds / 86400, (int)seconds / 3600 % 24);
}
