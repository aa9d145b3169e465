/* PETSc's start, for the parts of weft that use it. Only in builds with PETSc. */
#ifndef WEFT_PETSC_H
#define WEFT_PETSC_H

#include "weft/declare.h"
#include "weft/error.h"

WEFT_DECLARE_BEGIN

/* Start PETSc, once for a process and for this process alone: no rank waits for another here, and
 * its communicator of all is that of this process. What it allocates is counted as weft's own
 * memory. Local. */
weft_status weft_petsc_start(void);

/* What PETSc said of its last error. Local. */
const char *weft_petsc_message(void);

WEFT_DECLARE_END

#endif
