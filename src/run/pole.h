/* The last steps of a run: growth that no step resolves. Private to src/run. */
#ifndef WEFT_RUN_POLE_H
#define WEFT_RUN_POLE_H

#include "weft/model.h"
#include <stdint.h>

enum { RUN_POLE_STEPS = 3 };

/* Sizes of the state before and after each of the last steps of a run; 0: not seen. */
typedef struct run_pole {
    double size[RUN_POLE_STEPS + 1];
} run_pole;

/* To be called before the first step and after each one, of fixed length; step and last: of the
 * run. Errors: WEFT_FAILED at the last step, if the field has grown as over a pole. Collective. */
weft_status run_pole_look(run_pole *pole, const weft_sim *sim, int64_t last);

#endif
