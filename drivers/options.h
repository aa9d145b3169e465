/* What the commands that take options have in common. Errors are recorded with misuse; all
 * but under_mpi are local. */
#ifndef WEFT_DRIVERS_OPTIONS_H
#define WEFT_DRIVERS_OPTIONS_H

#include "weft/error.h"
#include "weft/log.h"
#include <getopt.h>
#include <stdbool.h>

/* The error about an option that getopt_long did not take: unknown, or (missing) without
 * its value. text: as it was written. */
weft_status option_error(const char *command, const char *text, bool missing,
                         const struct option *options);
/* The value of --name as a time ("90m") in seconds, which must be above 0. */
weft_status option_duration(const char *name, const char *value, double *seconds);
/* The value of --name as a whole number from `least` to 10^7. */
weft_status option_whole(const char *name, const char *value, long least, int *out);
/* The value of --name as a directory, which must have a name; out points to value. */
weft_status option_directory(const char *name, const char *value, const char **out);
/* The one file that is left of the arguments; *file points into argv. command as in "run",
 * what as in "an input file", for messages. */
weft_status option_file(const char *command, const char *what, int argc, char **argv,
                        const char **file);

/* Start MPI and the log, do the work, report its error, end MPI. work is collective over
 * MPI_COMM_WORLD, and its status is the same on all ranks. Returns the exit code. */
int under_mpi(weft_verbosity verbosity, weft_status (*work)(void *context), void *context);

/* The same without MPI, for work that only looks at files; of the processes of a launcher the first
 * one does it. */
int without_mpi(weft_verbosity verbosity, weft_status (*work)(void *context), void *context);

#endif
