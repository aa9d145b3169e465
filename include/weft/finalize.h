/* Work for the end of MPI. */
#ifndef WEFT_FINALIZE_H
#define WEFT_FINALIZE_H

#include "weft/declare.h"

WEFT_DECLARE_BEGIN

/* Register `last` to be called when MPI_Finalize begins, while MPI can still be used: for libraries
 * that are started on first use. Functions registered later are called earlier. To be called after
 * MPI_Init. Local. */
void weft_at_finalize(void (*last)(void));

WEFT_DECLARE_END

#endif
