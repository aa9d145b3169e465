/* Messages for the user: rank 0 alone prints. */
#ifndef WEFT_LOG_H
#define WEFT_LOG_H

#include "weft/declare.h"
#include <mpi.h>
#include <stdio.h>

WEFT_DECLARE_BEGIN

typedef enum weft_verbosity { WEFT_QUIET = 0, WEFT_NORMAL = 1, WEFT_VERBOSE = 2 } weft_verbosity;

/* To be called once, after MPI_Init: does this rank print (printing_rank not 0), and how much?
 * Local. */
void weft_log_setup(int printing_rank, weft_verbosity level);
/* The level that weft_log_setup was given. Local. */
weft_verbosity weft_log_level(void);

/* A line for the user on standard output (not with -q); on ranks that do not print a no-op. Local.
 */
void weft_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Likewise, only with -v. Local. */
void weft_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "weft: warning: ..." on standard error, also with -q. Local. */
void weft_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- warnings of many cases, such as the points of a scan ---- */

/* Warnings from now on are about the case of this name, which is told with them; NULL: about no
 * case. Of those that differ in numbers alone only the first case is told and the others are
 * counted. Of the ranks that share a case one sets it. Local. */
void weft_warn_case(const char *name);
/* Say how many further cases (of which one is called "point") had such warnings, on whatever rank;
 * from now on these warnings are silent. Collective. */
void weft_warn_count(MPI_Comm comm, const char *one);
/* Forget all cases. Local. */
void weft_warn_forget(void);

/* printf for text with names of files, keys or attributes, on every rank: their control characters
 * become blanks, so that none steers a terminal; ends of lines and tabs stay. The lines above and
 * below are printed so, too. Local. */
void weft_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "weft: error: ..." on standard error. Local. */
void weft_print_error(const char *message);
/* "weft: stopped ..." on standard error: a stop in good order is no error. Local. */
void weft_print_stop(const char *message);

WEFT_DECLARE_END

#endif
