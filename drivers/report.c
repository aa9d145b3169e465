/* What all commands say: errors, and the command line that result files keep.
 *
 * Modules return a status and record one message; only here it is printed. A stop in good
 * order is no error, and is printed as what it is. */
#include "commands.h"
#include "weft/log.h"
#include <stdarg.h>
#include <stdio.h>

char *command_line;

/* A status without a message was told before, or on another rank. */
int report(weft_status status)
{
    if (status == WEFT_STOPPED)
        weft_print_stop(weft_error_message());
    else if (status != WEFT_OK && weft_error_message()[0])
        weft_print_error(weft_error_text());
    return (int)status;
}

/* The command line is as much an input as a file: the code is the same. */
weft_status misuse(const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return weft_fail(WEFT_INPUT, "%s", text);
}
