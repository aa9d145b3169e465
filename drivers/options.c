/* What the commands that take options have in common. */
#include "options.h"
#include "commands.h"
#include "weft/clock.h"
#include "weft/params.h"
#include <mpi.h>
#include <string.h>

weft_status option_error(const char *command, const char *text, bool missing,
                         const struct option *options)
{
    const char *names[32];
    int n = 0;
    if (missing)
        return misuse("the option %s needs a value; 'weft %s --help' says which", text, command);
    for (const struct option *o = options; o->name; o++)
        names[n++] = o->name;
    const char *near = strncmp(text, "--", 2) == 0 ? weft_nearest(text + 2, names, n) : NULL;
    return misuse("weft %s has no option %s%s%s%s; 'weft %s --help' lists them", command, text,
                  near ? "; did you mean --" : "", near ? near : "", near ? "?" : "", command);
}

weft_status option_duration(const char *name, const char *value, double *seconds)
{
    *seconds = weft_duration(value);
    return *seconds > 0
               ? WEFT_OK
               : misuse("--%s %s is no duration; write it as 90m, 2h30m or 45s", name, value);
}

weft_status option_directory(const char *name, const char *value, const char **out)
{
    *out = value;
    return *value ? WEFT_OK : misuse("--%s needs the name of a directory, and is empty", name);
}

weft_status option_file(const char *command, const char *what, int argc, char **argv,
                        const char **file)
{
    if (optind >= argc)
        return misuse("weft %s needs %s; 'weft %.*s --help' says how", command, what,
                      (int)strcspn(command, " "), command);
    *file = argv[optind];
    if (optind + 1 < argc)
        return misuse("weft %s takes one %s, not also '%s'", command, strchr(what, ' ') + 1,
                      argv[optind + 1]);
    return WEFT_OK;
}

int under_mpi(weft_verbosity verbosity, weft_status (*work)(void *context), void *context)
{
    int rank;
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    weft_log_setup(rank == 0, verbosity);
    int code = report(work(context));
    MPI_Finalize();
    return code;
}
