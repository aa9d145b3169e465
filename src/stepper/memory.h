/* The exact law of a step of coupled linear fields under noise with memory. Private to src/stepper.
 */
#ifndef WEFT_STEPPER_MEMORY_H
#define WEFT_STEPPER_MEMORY_H

#include "modal.h"
#include "weft/coloured.h"

/* Of a step. Each of `sources` noises has modes and normals of its own (weft/coloured.h). */
typedef struct stepper_memory {
    const weft_coloured *law; /* of steps of length dt */
    double dt;
    int sources;
} stepper_memory;

/* What the fields take of a step has so many columns for n components: of each source its modes,
 * then its normals; then n normals more. Local. */
int stepper_memory_columns(const stepper_memory *memory, int n);
/* Is the law of one mode small enough for n components? Local. */
bool stepper_memory_fits(const stepper_memory *memory, int n);
/* A stepper_modal_function with a stepper_memory as its context: that matrix, n x columns. Local.
 */
void stepper_memory_function(int n, const double complex *L, const double complex *B,
                             const void *context, double complex *const *out);
/* Fill buffers with the transforms of these numbers at the sites, and take the modes over the step.
 * sites: room for all local sites. Collective. */
void stepper_memory_draw(weft_sim *sim, const stepper_memory *memory, int n, double *sites,
                         double *const *buffers);

#endif
