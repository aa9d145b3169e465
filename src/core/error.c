/* The one recorded error of the process. The first message is kept: a function that fails because
 * another one did would only hide the cause. weft_agree gives all ranks the message of the lowest
 * rank that failed, so whoever prints it prints the same.
 *
 * Invariants: (1) a message is there if and only if a call failed since the last weft_error_clear,
 * so a caller that handles an error and goes on must clear it, or the next message is lost. (2) The
 * lowest rank is found by a minimum over ranks, which is the same on every rank; so all ranks take
 * the same branch after it and meet in the same broadcasts. That is why one rank may fail where
 * others succeed without a deadlock, as long as all of them reach weft_agree. (3) The place that is
 * shown belongs to the message that is kept: whoever shows one looks first whether a message was
 * there already, and clearing forgets both. */
#include "weft/error.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One for the process: errors go upward on one thread, and only the cause is worth keeping. The
 * message is one line, which may be quoted in others; where its cause stands is kept apart, for the
 * one who prints it. */
static struct {
    char message[4096];
    int place, column; /* the column goes behind `place` bytes of the message; 0: no column does */
    char below[512];
} error;

/* The first message stays: later ones come from callers that know less of the cause. */
weft_status weft_fail(weft_status code, const char *format, ...)
{
    if (error.message[0] == '\0') {
        va_list args;
        va_start(args, format);
        vsnprintf(error.message, sizeof error.message, format, args);
        va_end(args);
    }
    return code;
}

/* Puts the context in front of a message that is there already, where weft_fail would keep the old
 * one. A message that becomes too long loses its end, never the context or the first words of the
 * cause. */
weft_status weft_error_within(weft_status code, const char *format, ...)
{
    char context[1024], whole[sizeof error.message + sizeof context + 2];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    snprintf(whole, sizeof whole, "%s: %s", context, error.message);
    snprintf(error.message, sizeof error.message, "%.*s", (int)sizeof error.message - 1, whole);
    error.place += (int)strlen(context) + 2;
    return code;
}

const char *weft_error_message(void)
{
    return error.message;
}

/* Nothing is checked: a place that does not fit would show in the text. */
void weft_error_show(int place, int column, const char *below)
{
    error.place = place;
    error.column = column;
    snprintf(error.below, sizeof error.below, "%s", below);
}

/* A message whose column is part of its text (a place inside a formula) gets the lines below alone.
 */
const char *weft_error_text(void)
{
    static char text[sizeof error + 16];
    char column[16] = "";
    if (error.column > 0)
        snprintf(column, sizeof column, ":%d", error.column);
    snprintf(text, sizeof text, "%.*s%s%s%s", error.place, error.message, column,
             error.message + error.place, error.below);
    return text;
}

void weft_error_clear(void)
{
    error.message[0] = error.below[0] = '\0';
    error.place = error.column = 0;
}

/* Commands that only read files never start MPI, and MPI_Comm_rank would end the program there. */
void weft_ranks(MPI_Comm comm, int *rank, int *size)
{
    int on = 0;
    *rank = 0;
    *size = 1;
    MPI_Initialized(&on);
    if (!on)
        return;
    MPI_Comm_rank(comm, rank);
    MPI_Comm_size(comm, size);
}

/* Ranks that failed offer their number, the others the size of the communicator; the minimum is the
 * lowest rank that failed, or the size if none did. A good run pays one reduction of one integer.
 * The message has a fixed length, so that no rank need know how long that of another is. */
weft_status weft_agree(MPI_Comm comm, weft_status mine)
{
    int rank, size, first;
    weft_ranks(comm, &rank, &size);
    if (size == 1)
        return mine;
    int candidate = mine != WEFT_OK ? rank : size;
    MPI_Allreduce(&candidate, &first, 1, MPI_INT, MPI_MIN, comm);
    if (first == size)
        return WEFT_OK;
    int code = (int)mine;
    MPI_Bcast(&code, 1, MPI_INT, first, comm);
    MPI_Bcast(&error, (int)sizeof error, MPI_BYTE, first, comm);
    return (weft_status)code;
}

/* MPI_Abort ends all ranks: the others may wait in a collective that this rank never reaches. */
void weft_panic(const char *file, int line, const char *what)
{
    int on = 0;
    fprintf(stderr, "weft: internal error: %s:%d: %s\n", file, line, what);
    MPI_Initialized(&on);
    if (on)
        MPI_Abort(MPI_COMM_WORLD, WEFT_FAILED);
    exit(WEFT_FAILED);
}
