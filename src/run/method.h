/* What a run says of its method; private to src/run. */
#ifndef WEFT_RUN_METHOD_H
#define WEFT_RUN_METHOD_H

#include "parts.h"

/* Takes one line on the method: what it is about, and its text. */
typedef void run_method_line(void *context, const char *name, const char *text);
/* "stepper", "stepper_reason" and, where the model knows them, "transforms" of a step. Local, the
 * same on all ranks. */
void run_method_lines(const run_member *member, run_method_line *line, void *context);
/* Print them. Local. */
void run_method_say(const run_member *member);
/* Print a number of bytes with a unit that fits. Local. */
void run_say_bytes(const char *what, double bytes);

#endif
