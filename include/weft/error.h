/* Errors: one status type that is returned upward, and one message that the driver prints. */
#ifndef WEFT_ERROR_H
#define WEFT_ERROR_H

#include "weft/declare.h"
#include <mpi.h>

WEFT_DECLARE_BEGIN

/* The values are the exit codes of the program. */
typedef enum weft_status {
    WEFT_OK = 0,
    WEFT_INPUT = 2,    /* the input or the command line is wrong */
    WEFT_FAILED = 3,   /* the run failed: non-finite field, no convergence, no memory */
    WEFT_IO = 4,       /* a file could not be read or written */
    WEFT_STOPPED = 85, /* stopped in good order; run again with --resume */
} weft_status;

/* Record the message of an error and return its code; an earlier message that was not cleared is
 * kept, since it is nearer to the cause. Messages about an input start with "FILE:LINE: ". Local.
 */
weft_status weft_fail(weft_status code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The recorded message, "" if none. Local. */
const char *weft_error_message(void);

/* Where the cause of the recorded error stands in its line, as it is known: column (from 1; 0: the
 * message has it) of the line that the first `place` bytes of the message name ("FILE:LINE"), and
 * lines that show it, each with a newline before it. Local. */
void weft_error_show(int place, int column, const char *below);

/* The message as it is printed: with what weft_error_show added. The text is static. Local. */
const char *weft_error_text(void);

/* Forget the recorded message. Local. */
void weft_error_clear(void);

/* Say in which work the recorded error happened: its message becomes "CONTEXT: MESSAGE". Returns
 * code. Local. */
weft_status weft_error_within(weft_status code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The rank of this process and the number of ranks; 0 of 1 where MPI was not started, for commands
 * that only look at files. Local. */
void weft_ranks(MPI_Comm comm, int *rank, int *size);

/* Agree on one status across comm: if any rank failed, every rank returns the code and records the
 * message of the lowest rank that failed. Every collective function that can fail on one rank alone
 * ends with this call, so that no rank goes on while others give up. Collective. */
weft_status weft_agree(MPI_Comm comm, weft_status mine);

/* Return upward when a call fails. */
#define WEFT_TRY(call)                                                                             \
    do {                                                                                           \
        weft_status weft_try_ = (call);                                                            \
        if (weft_try_ != WEFT_OK)                                                                  \
            return weft_try_;                                                                      \
    } while (0)

/* End the program on a broken promise between two parts of it (never on bad input). Local. */
void weft_panic(const char *file, int line, const char *what) __attribute__((noreturn));
#define WEFT_ASSERT(condition)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            weft_panic(__FILE__, __LINE__, #condition);                                            \
    } while (0)

WEFT_DECLARE_END

#endif
