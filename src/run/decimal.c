/* Times as the decimal numbers that an input means. 15 digits are read back to themselves from any
 * double, so that a time that is off by rounding becomes the number that was written. */
#include "parts.h"
#include <stdio.h>
#include <stdlib.h>

double run_decimal(double time)
{
    char text[32];
    snprintf(text, sizeof text, "%.15g", time);
    return strtod(text, NULL);
}
