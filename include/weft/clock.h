/* Wall clock and durations. */
#ifndef WEFT_CLOCK_H
#define WEFT_CLOCK_H

#include "weft/declare.h"
#include <stddef.h>

WEFT_DECLARE_BEGIN

/* Seconds on a clock that never goes back; its zero is arbitrary, and clocks of different machines
 * do not agree. Local. */
double weft_now(void);

/* Seconds of "90m", "2h30m", "45s", "1d", "1.5h" or a plain number of seconds; -1 if the text is
 * none of these. Local. */
double weft_duration(const char *text);

/* Write a duration, given in seconds, into `out` (size bytes) as "1h02m", "3m20s" or "12.3s"; "?"
 * when it is negative, nan or above 1e9. Local. */
void weft_duration_text(double seconds, char *out, size_t size);

WEFT_DECLARE_END

#endif
