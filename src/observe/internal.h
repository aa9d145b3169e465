/* Private to src/observe: the buffer that reductions share. */
#ifndef WEFT_OBSERVE_INTERNAL_H
#define WEFT_OBSERVE_INTERNAL_H

#include "weft/observe.h"

/* At least n doubles, shared by all functions of this module, valid until the next call. Local. */
double *obs_scratch(int64_t n);

#endif
