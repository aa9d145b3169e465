/* Protocols: a parameter that is a piecewise linear function of time. Private to src. */
#ifndef WEFT_PHYSICS_PROTOCOL_H
#define WEFT_PHYSICS_PROTOCOL_H

#include "weft/params.h"

/* Made by protocol_read; held by value. */
typedef struct protocol {
    const char *name; /* of the parameter, for messages */
    weft_reals list;  /* the numbers as given; owned by the parameters */
    int points;       /* pairs of time and value; 1: constant */
} protocol;

/* From the value of a key: one number, or time, value, time, value, ... with rising times. Errors:
 * WEFT_INPUT. Local. */
weft_status protocol_read(const weft_section *section, const char *name, weft_reals list,
                          protocol *out);
/* The value at time t (that of the nearest end outside of the given times); the least and the
 * largest value. Local. */
double protocol_at(const protocol *p, double t);
double protocol_least(const protocol *p);
double protocol_most(const protocol *p);
/* Point number i (below points): when it is. Local. */
double protocol_time(const protocol *p, int i);

#endif
