/* What the steppers for additive noise share: a pass over all evolved fields with their
 * noise. A stretch is a piece of a row of sites, at most WEFT_STRETCH long. Private to
 * src/stepper. */
#ifndef WEFT_STEPPER_ADDITIVE_H
#define WEFT_STEPPER_ADDITIVE_H

#include "weft/stepper.h"

enum { WEFT_STRETCH = 256, WEFT_STRETCH_OTHERS = 4 };

/* A stretch of sites of one component: of sim->state, of other states, and the noise there. */
typedef struct stepper_stretch {
    int n;
    double *u;
    double *other[WEFT_STRETCH_OTHERS];
    double amplitude; /* of the noise, per sqrt(time); 0: none, r1 and r2 hold nothing */
    const double *r1; /* normals of weft_noise_increments, or what stands for them where the noise
                         has memory; NULL if not asked for */
    const double *r2;
} stepper_stretch;

/* Slopes and stages of a method, ended by NULL: the others of a pass. */
typedef struct stepper_stages {
    weft_state *state[WEFT_STRETCH_OTHERS + 1];
    int64_t step; /* to which what is kept of the last step belongs; -1: nothing is */
} stepper_stages;

/* n states like sim->state as a stepper's data, and the law of noise with memory for steps of
 * length dt. Collective. */
weft_status stepper_stages_create(weft_sim *sim, double dt, int n, void **data);
void stepper_stages_free(weft_sim *sim, void *data);

/* Rows of the stepper that are the same for all methods with stages. */
#define WEFT_STAGES_STEPPER .space = WEFT_X, .decay_limit = 2.0, .destroy = stepper_stages_free

typedef void stepper_stretch_kernel(const void *context, const stepper_stretch *s);

/* Run the kernel over all owned sites of all evolved fields. normals: how many of r1, r2 it
 * needs, of the step number `step`. others: states like sim->state, ended by NULL. Ghosts
 * are not touched. Noise with memory goes on by a step: only one pass of a step may ask for
 * normals then, and for r1 alone. Local. */
void stepper_additive_pass(weft_sim *sim, uint64_t step, int normals, weft_state *const *others,
                           stepper_stretch_kernel *kernel, const void *context);

#endif
