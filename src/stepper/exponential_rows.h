/* Kicks and rotations of rows of modes, private to src/stepper: see exponential.c. */
#ifndef WEFT_STEPPER_EXPONENTIAL_ROWS_H
#define WEFT_STEPPER_EXPONENTIAL_ROWS_H

#include <stdint.h>

/* What one pass over the modes does. */
typedef enum stepper_pass {
    STEPPER_ROTATE,             /* q, p = R(q, p); force = q */
    STEPPER_KICK_ROTATE,        /* p += b*(force - soft*q) first */
    STEPPER_KICK_ROTATE_ROTATE, /* and the rotation twice */
    STEPPER_KICK_FINISH,        /* as STEPPER_KICK_ROTATE, but force is left as it is */
} stepper_pass;

/* What a row of modes reads: the wavenumbers' parts a0 + a[i], the soft parts s0 soft[i], the
 * kick's length b, and the rotation c[i], s[i]. */
typedef struct stepper_row_table {
    double a0, s0, damping, b;
    const double *a, *soft, *c, *s;
} stepper_row_table;

/* n modes in a row. Local. */
typedef void stepper_row_kernel(int64_t n, const stepper_row_table *t, double *q, double *p,
                                double *force);
/* The kernel of a kind of pass, for real (per_mode 1) or complex modes (2). */
stepper_row_kernel *stepper_row(stepper_pass kind, int per_mode);

#endif
