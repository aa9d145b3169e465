/* The one recorded error of the process. The first message is kept: a function that fails because
 * another one did would only hide the cause. weft_agree gives all ranks the message of the lowest
 * rank that failed, so whoever prints it prints the same. */
#include "weft/error.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char message[4096];

weft_status weft_fail(weft_status code, const char *format, ...)
{
    if (message[0] == '\0') {
        va_list args;
        va_start(args, format);
        vsnprintf(message, sizeof message, format, args);
        va_end(args);
    }
    return code;
}

weft_status weft_error_within(weft_status code, const char *format, ...)
{
    char context[1024], whole[sizeof message + sizeof context + 2];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    snprintf(whole, sizeof whole, "%s: %s", context, message);
    snprintf(message, sizeof message, "%.*s", (int)sizeof message - 1, whole);
    return code;
}

const char *weft_error_message(void)
{
    return message;
}

void weft_error_clear(void)
{
    message[0] = '\0';
}

weft_status weft_agree(MPI_Comm comm, weft_status mine)
{
    int rank, size, first;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    int candidate = mine != WEFT_OK ? rank : size;
    MPI_Allreduce(&candidate, &first, 1, MPI_INT, MPI_MIN, comm);
    if (first == size)
        return WEFT_OK;
    int code = (int)mine;
    MPI_Bcast(&code, 1, MPI_INT, first, comm);
    MPI_Bcast(message, (int)sizeof message, MPI_CHAR, first, comm);
    return (weft_status)code;
}

void weft_panic(const char *file, int line, const char *what)
{
    int on = 0;
    fprintf(stderr, "weft: internal error: %s:%d: %s\n", file, line, what);
    MPI_Initialized(&on);
    if (on)
        MPI_Abort(MPI_COMM_WORLD, WEFT_FAILED);
    exit(WEFT_FAILED);
}
