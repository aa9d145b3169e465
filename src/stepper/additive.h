/* What the steppers for additive noise share: a pass over all evolved fields with their noise. */
#ifndef WEFT_STEPPER_ADDITIVE_H
#define WEFT_STEPPER_ADDITIVE_H

#include "weft/stepper.h"

enum { WEFT_STRETCH = 256, WEFT_STRETCH_OTHERS = 4 };

/* A stretch of sites of one component: of sim->state, of other states, and the noise there. */
typedef struct weft_stretch {
    int n;
    double *u;
    double *other[WEFT_STRETCH_OTHERS];
    double amplitude; /* of the noise, per sqrt(time); 0: none, r1 and r2 hold nothing */
    const double *r1; /* normals of weft_noise_increments; NULL if not asked for */
    const double *r2;
} weft_stretch;

typedef void weft_stretch_kernel(const void *context, const weft_stretch *s);

/* Run the kernel over all owned sites of all evolved fields; normals: how many of r1, r2 it needs,
 * for the step number step. others: states like sim->state, ended by NULL. Local. */
void weft_additive_pass(weft_sim *sim, uint64_t step, int normals, weft_state *const *others,
                        weft_stretch_kernel *kernel, const void *context);

#endif
