/* The commands of weft. Each gets its own arguments, argv[0] being its name, and returns
 * the exit code of the program (weft/error.h). They are called before MPI is started, and
 * start it themselves where they need it (under_mpi of options.h). */
#ifndef WEFT_DRIVERS_COMMANDS_H
#define WEFT_DRIVERS_COMMANDS_H

#include "weft/error.h"
#include <stdio.h>

/* cmd_run.c: an input to its results; or what that would take. */
int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
/* cmd_scan.c: many inputs. */
int command_scan(int argc, char **argv);
/* cmd_train.c: a learned force from a training file. */
int command_train(int argc, char **argv);
/* cmd_list.c: what there is, and what files hold. */
int command_models(int argc, char **argv);
int command_params(int argc, char **argv);
int command_steppers(int argc, char **argv);
int command_info(int argc, char **argv);

/* Replace this process by the Python tool weft-<name> with the same arguments; returns only if that
 * fails. */
int command_tool(const char *name, int argc, char **argv);

/* Print where the documents and the inputs of this installation are, a line each. */
void print_places(FILE *file);

/* The whole command line, joined with blanks; set by main. */
extern char *command_line;

/* Print the recorded error, if there is one, and return its exit code. */
int report(weft_status status);

/* Record that the command line is wrong. Returns WEFT_INPUT. */
weft_status misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
