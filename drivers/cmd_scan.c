/* weft scan and its commands: check, expand, run, status, resubmit, collect, slurm.
 *
 * All of them load the scan on all ranks. check, run and slurm then work on all ranks; the
 * others only read or print, which rank 0 does alone, and all ranks end with its status.
 * The command line is parsed before MPI is started. */
#include "commands.h"
#include "options.h"
#include "weft/memory.h"
#include "weft/scan.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One text for all commands of scans: what belongs to a command stands below it. Options
 * that are not listed under a command are refused by it (see takes). */
static const char usage[] =
    "usage: weft scan COMMAND SCAN.yaml [--out DIR] [options]\n"
    "  check      set every point up, and estimate the time and memory of all\n"
    "  expand     list the points\n"
    "  run        run the points that have no results yet; under MPI: mpirun -n 4 weft scan run "
    "...\n"
    "     --wall TIME             stop in good order before it is used up\n"
    "     --task I --tasks N      only the share of task I of N, counted from 0 (job arrays)\n"
    "     --ranks-per-point R     default: one, or more where there are fewer points than ranks\n"
    "  status     how many points are done, running, failed, waiting; the time that is left\n"
    "  resubmit   let failed points wait again, remove DIR/stop; say which tasks have open points\n"
    "     --tasks N               of the array; default: that of the last one\n"
    "  collect    gather all results in DIR/scan.nc\n"
    "  slurm      write DIR/scan.slurm, a job array for SLURM (and for refined scans "
    "DIR/submit.sh, "
    "which\n"
    "             submits one after the other), and say how to submit it\n"
    "     --time TIME             limit of a task (needed)\n"
    "     --tasks N               default: from the time estimate\n"
    "     --ranks R               of a task; default: 1\n"
    "     --points-per-node N     a task has a whole node and works on N points at a time there, "
    "each\n"
    "                             with R ranks\n"
    "     --partition, --account, --qos, --constraint, --reservation NAME\n"
    "     --mem-per-cpu SIZE      default: from the estimate\n"
    "     --at-once N             so many tasks at a time, at most\n"
    "     --sbatch OPTION         a further line for sbatch, such as --sbatch=--mail-type=END\n"
    "     --setup LINE            a line of bash before weft starts, such as --setup='module load "
    "gcc';\n"
    "                             this and --sbatch may be repeated\n"
    "  --out DIR  default: out/<scan name>;  -q: print errors and warnings only;  -v: print more\n"
    "Asked to stop by SIGUSR1, SIGUSR2, SIGTERM, Ctrl-C, a file DIR/stop or --wall, a scan ends "
    "with\n"
    "code 85; run again, it goes on. Results of points that are done are never lost.\n";

/* In the order in which a user needs them; the names are also used in messages. */
static const char *const commands[] = {"check",    "expand",  "run",   "status",
                                       "resubmit", "collect", "slurm", NULL};
/* Places in the list of names above. */
enum { CHECK, EXPAND, RUN, STATUS, RESUBMIT, COLLECT, SLURM };

/* What the command line said. The strings belong to argv. */
typedef struct arguments {
    int command;
    const char *input, *out;
    weft_scan_options run;
    weft_scan_slurm_options slurm;
    bool has_task;
    weft_verbosity verbosity;
} arguments;

/* All commands share one table; `takes` says which of them has which option. */
static const struct option options[] = {{"out", required_argument, 0, 'o'},
                                        {"wall", required_argument, 0, 'w'},
                                        {"task", required_argument, 0, 'i'},
                                        {"tasks", required_argument, 0, 'n'},
                                        {"ranks-per-point", required_argument, 0, 'p'},
                                        {"time", required_argument, 0, 't'},
                                        {"ranks", required_argument, 0, 'r'},
                                        {"partition", required_argument, 0, 'P'},
                                        {"account", required_argument, 0, 'A'},
                                        {"qos", required_argument, 0, 'Q'},
                                        {"constraint", required_argument, 0, 'C'},
                                        {"reservation", required_argument, 0, 'R'},
                                        {"mem-per-cpu", required_argument, 0, 'M'},
                                        {"at-once", required_argument, 0, 'N'},
                                        {"points-per-node", required_argument, 0, 'T'},
                                        {"sbatch", required_argument, 0, 'S'},
                                        {"setup", required_argument, 0, 'U'},
                                        {"quiet", no_argument, 0, 'q'},
                                        {"verbose", no_argument, 0, 'v'},
                                        {0, 0, 0, 0}};

/* Which commands take an option. An option that would have no effect is an error: a user
 * who gives it expects one. */
static bool takes(int command, int option)
{
    switch (option) {
    case 'w':
    case 'i':
    case 'p':
        return command == RUN;
    case 'n':
        return command == RUN || command == RESUBMIT || command == SLURM;
    case 'o':
    case 'q':
    case 'v':
        return true;
    default:
        return command == SLURM;
    }
}

/* The long name of an option, for messages. */
static const char *name_of(int option)
{
    for (const struct option *o = options; o->name; o++)
        if (o->val == option)
            return o->name;
    return "";
}

/* One more line in a list of a job script. The lists have a fixed size: a longer one belongs into a
 * file of the user's, which one line can read in. */
static weft_status take_line(int option, const char *value, const char **lines, int *n)
{
    if (*n == WEFT_SCAN_LINES)
        return misuse("more than %d options --%s", (int)WEFT_SCAN_LINES, name_of(option));
    lines[(*n)++] = value;
    return WEFT_OK;
}

/* Options of weft scan slurm that are passed on as they are; slurm.c checks them. */
static weft_status take_slurm(weft_scan_slurm_options *o, int option, const char *value)
{
    switch (option) {
    case 'P':
        o->partition = value;
        break;
    case 'A':
        o->account = value;
        break;
    case 'Q':
        o->qos = value;
        break;
    case 'C':
        o->constraint = value;
        break;
    case 'R':
        o->reservation = value;
        break;
    case 'M':
        o->memory = value;
        break;
    case 'U':
        return take_line(option, value, o->setup, &o->n_setup);
    default:
        return take_line(option, value, o->line, &o->n_lines);
    }
    return WEFT_OK;
}

/* One option, which getopt has recognised. */
static weft_status take(arguments *a, int option, const char *value)
{
    if (!takes(a->command, option))
        return misuse("weft scan %s has no option --%s; 'weft scan --help' lists them",
                      commands[a->command], name_of(option));
    switch (option) {
    case 'o':
        return option_directory("out", value, &a->out);
    case 'w':
        return option_duration("wall", value, &a->run.wall);
    case 't':
        return option_duration("time", value, &a->slurm.time);
    case 'i':
        a->has_task = true;
        return option_whole(name_of(option), value, 0, &a->run.task);
    case 'n':
        WEFT_TRY(option_whole(name_of(option), value, 1, &a->run.tasks));
        a->slurm.tasks = a->run.tasks;
        return WEFT_OK;
    case 'p':
        return option_whole(name_of(option), value, 1, &a->run.ranks_per_point);
    case 'r':
        return option_whole(name_of(option), value, 1, &a->slurm.ranks);
    case 'N':
        return option_whole(name_of(option), value, 1, &a->slurm.at_once);
    case 'T':
        return option_whole(name_of(option), value, 1, &a->slurm.points_per_node);
    case 'q':
        a->verbosity = WEFT_QUIET;
        return WEFT_OK;
    case 'v':
        a->verbosity = WEFT_VERBOSE;
        return WEFT_OK;
    default:
        return take_slurm(&a->slurm, option, value);
    }
}

/* What single options cannot tell. */
static weft_status check(const arguments *a)
{
    if (a->command == RUN && a->has_task != (a->run.tasks > 0))
        return misuse("--task and --tasks belong together");
    if (a->has_task && a->run.task >= a->run.tasks)
        return misuse("--task %d: of %d tasks, counted from 0, the last is %d", a->run.task,
                      a->run.tasks, a->run.tasks - 1);
    if (a->command == SLURM && a->slurm.time <= 0)
        return misuse("weft scan slurm needs --time, the limit of a task");
    if (a->command == SLURM && strcmp(a->input, "/dev/stdin") == 0)
        return misuse("weft scan slurm: every task reads the scan again, so that it must be a "
                      "file, not the standard input");
    return WEFT_OK;
}

/* The command comes first. Its name then stands in place of the program's, so that getopt
 * sees the rest. */
static weft_status parse(int argc, char **argv, arguments *a)
{
    int option, n = 0;
    if (argc < 2)
        return misuse("weft scan needs a command and a scan; 'weft scan --help' lists them");
    for (a->command = 0; commands[a->command]; a->command++, n++)
        if (strcmp(commands[a->command], argv[1]) == 0)
            break;
    if (!commands[a->command])
        return misuse("there is no command 'weft scan %s'%s; 'weft scan --help' lists them",
                      argv[1], weft_did_you_mean(argv[1], commands, n).text);
    opterr = 0;
    optind = 1;
    argc--, argv++;
    while ((option = getopt_long(argc, argv, ":qv", options, NULL)) != -1) {
        if (option == '?' && optopt == 'P')
            return misuse("weft scan has no option -P: all its commands must know the same points; "
                          "write the value into the base, or as an axis of one value");
        if (option == '?' || option == ':')
            return option_error("scan", argv[optind - 1], option == ':', options);
        WEFT_TRY(take(a, option, optarg));
    }
    char command[32];
    snprintf(command, sizeof command, "scan %s", argv[0]);
    WEFT_TRY(option_file(command, "a scan file", argc, argv, &a->input));
    return check(a);
}

/* The script for SLURM names this very program, whose path only the system knows: argv[0]
 * may be any name. */
static weft_status act(weft_scan *scan, arguments *a)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    a->slurm.program = self;
    switch (a->command) {
    case CHECK:
        return weft_scan_check(MPI_COMM_WORLD, scan);
    case RUN:
        return weft_scan_run(MPI_COMM_WORLD, scan, &a->run);
    case SLURM:
        return weft_scan_slurm(MPI_COMM_WORLD, scan, &a->slurm);
    case EXPAND:
        return weft_scan_expand(scan);
    case STATUS:
        return weft_scan_status(scan);
    case RESUBMIT:
        return weft_scan_resubmit(scan, a->run.tasks);
    default:
        return weft_scan_collect(scan, command_line);
    }
}

/* Commands that only look at files do not start MPI, which some login nodes refuse. */
static bool needs_mpi(const arguments *a)
{
    return a->command == CHECK || a->command == RUN || a->command == SLURM;
}

/* The work. Collective over all ranks where MPI was started. */
static weft_status with_scan(void *context)
{
    arguments *a = context;
    weft_scan *scan;
    WEFT_TRY(weft_scan_load(MPI_COMM_WORLD, a->input, a->out, &scan));
    weft_status status = act(scan, a);
    weft_scan_free(scan);
    return status;
}

/* --help is looked for first, wherever it stands. */
int command_scan(int argc, char **argv)
{
    arguments a = {.verbosity = WEFT_NORMAL, .run.command = command_line, .slurm.ranks = 1};
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return fputs(usage, stdout) < 0;
    weft_status status = parse(argc, argv, &a);
    if (status != WEFT_OK)
        return report(status);
    return needs_mpi(&a) ? under_mpi(a.verbosity, with_scan, &a)
                         : without_mpi(a.verbosity, with_scan, &a);
}
