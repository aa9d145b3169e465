/* What the commands that take options have in common. */
#ifndef WEFT_DRIVERS_OPTIONS_H
#define WEFT_DRIVERS_OPTIONS_H

#include "weft/error.h"
#include "weft/log.h"
#include <getopt.h>
#include <stdbool.h>

/* The error about an option that getopt_long did not take: unknown, or without its value. */
weft_status option_error(const char *command, const char *text, bool missing,
                         const struct option *options);
weft_status option_duration(const char *name, const char *value, double *seconds);
weft_status option_directory(const char *name, const char *value, const char **out);
/* The one file that is left of the arguments; command as in "run", what as in "an input file". */
weft_status option_file(const char *command, const char *what, int argc, char **argv,
                        const char **file);

/* Start MPI, the log and the signals, do the work, report its error, end MPI. Returns the exit
 * code. */
int under_mpi(weft_verbosity verbosity, weft_status (*work)(void *context), void *context);

#endif
