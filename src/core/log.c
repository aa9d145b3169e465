/* What the program says. One rank prints, chosen once at the start, so that a line comes once and
 * not once a rank; each line is flushed, so that a log file is up to date when a job is killed.
 *
 * Invariant: no name of an input or a file steers a terminal. All text that may hold one is printed
 * by weft_print or by the functions that call it; what is printed past it (the help, the row of
 * progress that is drawn anew) is weft's own. */
#include "weft/log.h"
#include "weft/memory.h"
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

/* Control characters become blanks: those of ASCII but for ends of lines and tabs, and the 32 that
 * Unicode has beside them, which are 0xC2 0x80 to 0xC2 0x9F in UTF-8. Other letters stay. */
static void make_harmless(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
            c[0] = c[1] = ' ';
        else if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
            *c = ' ';
    }
}

/* Most lines fit into `text`; longer ones, which hold lists of names, are not cut. */
static void print(FILE *out, const char *format, va_list args)
{
    char text[1024], *whole = text;
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(text, sizeof text, format, args);
    if (n >= (int)sizeof text) {
        whole = weft_alloc((size_t)n + 1, 1);
        vsnprintf(whole, (size_t)n + 1, format, again);
    }
    va_end(again);
    make_harmless(whole);
    fputs(whole, out);
    if (whole != text)
        weft_free(whole);
}

void weft_print(FILE *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(out, format, args);
    va_end(args);
}

/* One whole line, and out at once. */
static void line(FILE *out, const char *prefix, const char *format, va_list args)
{
    fputs(prefix, out);
    print(out, format, args);
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
        weft_print(stderr, "weft: error: %s\n", text);
}

void weft_print_stop(const char *text)
{
    if (printing)
        weft_print(stderr, "weft: %s\n", *text ? text : "stopped");
}
