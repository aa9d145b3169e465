/* PETSc as a whole: its start and end, its errors and its memory, for the steppers and for SLEPc,
 * which is built on it. PETSc reports an error once where it happens and once in each function on
 * the way out; the first report is the message that users see.
 *
 * Invariant: PETSc starts here and nowhere else, so that whatever comes first in a run, all of its
 * memory is counted and none of its handlers replaces one of weft's. */
#include "weft/finalize.h"
#include "weft/memory.h"
#include "weft/petsc.h"
#include <malloc.h>
#include <petscsys.h>
#include <stdio.h>
#include <stdlib.h>

static char message[512];

/* An error handler of PETSc: it prints nothing. The first report of an error is where it
 * happened; later ones only say through which functions it went. */
static PetscErrorCode remember(MPI_Comm comm, int line, const char *function, const char *file,
                               PetscErrorCode n, PetscErrorType kind, const char *text,
                               void *context)
{
    (void)comm, (void)line, (void)file, (void)context;
    if (kind == PETSC_ERROR_INITIAL)
        snprintf(message, sizeof message, "%s: %s", function, text ? text : "");
    return n;
}

/* At the end of the program, before MPI ends. */
static void end_petsc(void)
{
    PetscBool over = PETSC_FALSE;
    if (!PetscFinalized(&over) && !over)
        (void)PetscFinalize();
}

/* ---- memory: matrices, their factors and the stages of a method are several times as large as the
 * fields, and `weft check` must tell of them. The C library knows how long each block is. ---- */

static PetscErrorCode take(size_t size, PetscBool clear, int line, const char function[],
                           const char file[], void **out)
{
    (void)line, (void)function, (void)file;
    *out = size == 0 ? NULL : clear ? calloc(1, size) : malloc(size);
    if (size > 0 && !*out)
        return PETSC_ERR_MEM;
    weft_memory_count((int64_t)malloc_usable_size(*out));
    return 0;
}

static PetscErrorCode give(void *block, int line, const char function[], const char file[])
{
    (void)line, (void)function, (void)file;
    weft_memory_count(-(int64_t)malloc_usable_size(block));
    free(block);
    return 0;
}

static PetscErrorCode take_again(size_t size, int line, const char function[], const char file[],
                                 void **block)
{
    const int64_t before = (int64_t)malloc_usable_size(*block);
    void *longer;
    if (size == 0) {
        PetscErrorCode code = give(*block, line, function, file);
        *block = NULL;
        return code;
    }
    longer = realloc(*block, size);
    if (!longer)
        return PETSC_ERR_MEM;
    *block = longer;
    weft_memory_count((int64_t)malloc_usable_size(longer) - before);
    return 0;
}

static PetscErrorCode start(void)
{
    PETSC_COMM_WORLD = MPI_COMM_SELF;
    PetscCall(PetscOptionsSetValue(NULL, "-no_signal_handler", "true"));
    PetscCall(PetscOptionsSetValue(NULL, "-malloc_debug", "false")); /* it is `take` */
    PetscCall(PetscMallocSet(take, give, take_again));
    PetscCall(PetscInitializeNoArguments());
    PetscCall(PetscPushErrorHandler(remember, NULL));
    return 0;
}

/* For this process alone, so that no rank waits for another here, and without its signal
 * handlers, which would replace weft's. */
weft_status weft_petsc_start(void)
{
    PetscBool on = PETSC_FALSE;
    if (PetscInitialized(&on))
        return weft_fail(WEFT_FAILED, "PETSc cannot be asked for its state");
    if (on)
        return WEFT_OK;
    if (start())
        return weft_fail(WEFT_FAILED, "PETSc cannot be started: %s", message);
    weft_at_finalize(end_petsc);
    return WEFT_OK;
}

const char *weft_petsc_message(void)
{
    return message;
}
