/* Times as the decimal numbers that an input means.
 *
 * A double holds every decimal number of 15 significant digits: printed with 15 digits and
 * read again, it comes back unchanged (DBL_DIG of the C standard is 15). A time that is off
 * from such a number by a few roundings is therefore mapped to it, and a time that is no
 * such number changes by less than 1e-15 of itself. */
#include "parts.h"
#include <stdio.h>
#include <stdlib.h>

double run_decimal(double time)
{
    char text[32];
    snprintf(text, sizeof text, "%.15g", time);
    return strtod(text, NULL);
}
