/* What the program says. One rank prints, chosen once at the start, so that a line comes once and
 * not once a rank; each line is flushed, so that a log file is up to date when a job is killed. */
#include "weft/log.h"
#include <stdarg.h>
#include <stdio.h>

/* Before weft_log_setup every rank prints: an error before MPI starts must not be lost. */
static int printing = 1;
static weft_verbosity verbosity = WEFT_NORMAL;

void weft_log_setup(int printing_rank, weft_verbosity level)
{
    printing = printing_rank;
    verbosity = level;
}

weft_verbosity weft_log_level(void)
{
    return verbosity;
}

/* One whole line, and out at once. */
static void line(FILE *out, const char *prefix, const char *format, va_list args)
{
    fputs(prefix, out);
    vfprintf(out, format, args);
    fputc('\n', out);
    fflush(out);
}

/* The body of the functions below, which differ in condition, stream and prefix only. A macro,
 * because arguments after `...` can only be read in the function that received them. */
#define PRINT(condition, out, prefix)                                                              \
    do {                                                                                           \
        if (printing && (condition)) {                                                             \
            va_list args;                                                                          \
            va_start(args, format);                                                                \
            line(out, prefix, format, args);                                                       \
            va_end(args);                                                                          \
        }                                                                                          \
    } while (0)

/* Messages go to standard output, so that results of a pipeline and its log are one; what a user
 * must not miss goes to standard error, also with -q. */
void weft_say(const char *format, ...)
{
    PRINT(verbosity >= WEFT_NORMAL, stdout, "");
}

void weft_detail(const char *format, ...)
{
    PRINT(verbosity >= WEFT_VERBOSE, stdout, "");
}

void weft_warn(const char *format, ...)
{
    PRINT(1, stderr, "weft: warning: ");
}

/* The text is printed as it stands, and not as a format: it may hold a % that came from an input.
 */
void weft_print_error(const char *text)
{
    if (printing)
        fprintf(stderr, "weft: error: %s\n", text);
}

void weft_print_stop(const char *text)
{
    if (printing)
        fprintf(stderr, "weft: %s\n", *text ? text : "stopped");
}
