/* What the commands that take options have in common: the values of options, their errors,
 * and the start of MPI. */
#include "options.h"
#include "commands.h"
#include "weft/clock.h"
#include "weft/params.h"
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

/* getopt leaves what it did not take in the argument before optind. Only long options are
 * compared with the known ones: one letter is near to any other. */
weft_status option_error(const char *command, const char *text, bool missing,
                         const struct option *options)
{
    const char *names[32];
    int n = 0;
    if (missing)
        return misuse("the option %s needs a value; 'weft %s --help' says which", text, command);
    for (const struct option *o = options; o->name; o++)
        names[n++] = o->name;
    bool longer = strncmp(text, "--", 2) == 0;
    return misuse("weft %s has no option %s%s; 'weft %s --help' lists them", command, text,
                  weft_did_you_mean(text, names, longer ? n : 0).text, command);
}

/* A duration without a unit, or of zero, is more likely a mistake than meant. */
weft_status option_duration(const char *name, const char *value, double *seconds)
{
    *seconds = weft_duration(value);
    return *seconds > 0
               ? WEFT_OK
               : misuse("--%s %s is no duration; write it as 90m, 2h30m or 45s", name, value);
}

/* strtol alone would take "3x" for 3. */
weft_status option_whole(const char *name, const char *value, long least, int *out)
{
    char *end;
    long n = strtol(value, &end, 10);
    if (end == value || *end || n < least || n > 10000000)
        return misuse("--%s %s is no whole number from %ld to 10000000", name, value, least);
    *out = (int)n;
    return WEFT_OK;
}

/* An empty name comes from a variable that was not set in a script: it would mean the root
 * of the file system. */
weft_status option_directory(const char *name, const char *value, const char **out)
{
    *out = value;
    return *value ? WEFT_OK : misuse("--%s needs the name of a directory, and is empty", name);
}

/* One file, no more and no less; "-" is the standard input, as in other programs. */
weft_status option_file(const char *command, const char *what, int argc, char **argv,
                        const char **file)
{
    if (optind >= argc)
        return misuse("weft %s needs %s; 'weft %.*s --help' says how", command, what,
                      (int)strcspn(command, " "), command);
    *file = strcmp(argv[optind], "-") == 0 ? "/dev/stdin" : argv[optind];
    if (optind + 1 < argc)
        return misuse("weft %s takes one %s, not also '%s'", command, strchr(what, ' ') + 1,
                      argv[optind + 1]);
    return WEFT_OK;
}

/* A launcher that does not speak the language of this MPI starts so many programs that each believe
 * to be alone: a scan would do every point as many times. The variables are those of MPICH's and
 * Intel's launchers, and of steps of SLURM. */
static weft_status check_launcher(int size)
{
    static const char *const counts[] = {"PMI_SIZE", "MPI_LOCALNRANKS", "SLURM_STEP_NUM_TASKS"};
    for (size_t i = 0; size == 1 && i < sizeof counts / sizeof *counts; i++) {
        const char *text = getenv(counts[i]);
        long n = text ? strtol(text, NULL, 10) : 0;
        if (n <= 1)
            continue;
        char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
        int length = 0;
        MPI_Get_library_version(mpi, &length);
        mpi[strcspn(mpi, ",\n")] = '\0';
        return misuse("the launcher started %ld processes (%s), but each of them is alone: it does "
                      "not fit the MPI library, %s; use the mpirun of that library, or srun "
                      "--mpi=pmix; for separate runs on purpose: env -u %s weft ...",
                      n, counts[i], mpi, counts[i]);
    }
    return WEFT_OK;
}

/* Of such programs the first one, which gives the message for all. */
static bool first_of_launcher(void)
{
    static const char *const ranks[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID",
                                        "MPI_LOCALRANKID"};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        const char *rank = getenv(ranks[i]);
        if (rank)
            return strtol(rank, NULL, 10) == 0;
    }
    return true;
}

/* Of several processes that a launcher has started, one does the work: the commands that come here
 * read files and print, and all would print the same. */
int without_mpi(weft_verbosity verbosity, weft_status (*work)(void *context), void *context)
{
    if (!first_of_launcher())
        return 0;
    weft_log_setup(true, verbosity);
    return report(work(context));
}

/* Without a launcher, Open MPI would start a daemon that serves MPI_Comm_spawn, which nobody calls:
 * a quarter of a second, and a process that outlives a kill. Processes that are alone then all have
 * the same job number and the same session directory, which one makes while another removes it:
 * started at the same time, as in a job array, some failed. They need none. */
static void begin_alone(void)
{
    static const char *const of_launchers[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
    for (size_t i = 0; i < sizeof of_launchers / sizeof *of_launchers; i++)
        if (getenv(of_launchers[i]))
            return;
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    setenv("OMPI_MCA_orte_create_session_dirs", "0", 0);
}

/* The one place where MPI begins and ends. Whatever the work returns, all ranks come back
 * here and finalise: a rank that left on its own would end the others by force. */
int under_mpi(weft_verbosity verbosity, weft_status (*work)(void *context), void *context)
{
    int rank, size;
    /* Open MPI wants a place for shared file pointers, which nobody uses here. That in /dev/shm
     * stays after a kill and stops runs of other users; a file beside is removed by the next run.
     */
    setenv("OMPI_MCA_sharedfp", "lockedfile", 0);
    begin_alone();
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    weft_status status = check_launcher(size);
    weft_log_setup(rank == 0 && (status == WEFT_OK || first_of_launcher()), verbosity);
    int code = report(status == WEFT_OK ? work(context) : status);
    MPI_Finalize();
    return code;
}
