/* weft run, weft check. */
#include "weft/run.h"
#include "commands.h"
#include "weft/clock.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/signals.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char run_usage[] =
    "usage: weft run INPUT.yaml [options]\n"
    "  -P section.key=value   set a parameter (value as in YAML); may be repeated\n"
    "  --out DIR              result directory; default: out/<input name>\n"
    "  --wall TIME            budget such as 90m or 2h30m: stop in good order before it is used "
    "up\n"
    "  --resume               go on from the newest checkpoint\n"
    "  --overwrite            start again where results are\n"
    "  -q                     print errors and warnings only\n"
    "  -v                     print more\n"
    "Asked to stop by SIGUSR1, SIGUSR2, SIGTERM, Ctrl-C, a file DIR/stop or --wall, a run writes "
    "a\n"
    "checkpoint and ends with code 85; --resume goes on to the same numbers.\n";

static const char check_usage[] =
    "usage: weft check INPUT.yaml [-P section.key=value]... [--wall TIME]\n"
    "prints the resolved parameters, the rank layout, memory per rank, output sizes and an "
    "estimate\n"
    "of the run time; writes nothing.\n";

enum { MAX_OVERRIDES = 256 };

typedef struct arguments {
    const char *input;
    int n_overrides;
    const char *overrides[MAX_OVERRIDES];
    weft_run_options options;
    weft_verbosity verbosity;
    bool help;
} arguments;

static const struct option run_options[] = {{"out", required_argument, 0, 'o'},
                                            {"wall", required_argument, 0, 'w'},
                                            {"resume", no_argument, 0, 'r'},
                                            {"overwrite", no_argument, 0, 'x'},
                                            {"quiet", no_argument, 0, 'q'},
                                            {"verbose", no_argument, 0, 'v'},
                                            {"param", required_argument, 0, 'P'},
                                            {"help", no_argument, 0, 'h'},
                                            {0, 0, 0, 0}};

static const struct option check_options[] = {{"wall", required_argument, 0, 'w'},
                                              {"param", required_argument, 0, 'P'},
                                              {"help", no_argument, 0, 'h'},
                                              {0, 0, 0, 0}};

static weft_status bad_option(const char *command, const char *text, int missing,
                              const struct option *options)
{
    const char *names[16];
    int n = 0;
    if (missing)
        return misuse("the option %s needs a value; 'weft %s --help' says which", text, command);
    for (const struct option *o = options; o->name; o++)
        names[n++] = o->name;
    const char *near =
        strncmp(text, "--", 2) == 0 ? weft_nearest(text + 2, names, n) : (const char *)NULL;
    return misuse("weft %s has no option %s%s%s%s; 'weft %s --help' lists them", command, text,
                  near ? "; did you mean --" : "", near ? near : "", near ? "?" : "", command);
}

static weft_status take(arguments *a, int option, const char *value)
{
    switch (option) {
    case 'P':
        if (a->n_overrides == MAX_OVERRIDES)
            return misuse("more than %d parameters by -P; put them into the input",
                          (int)MAX_OVERRIDES);
        a->overrides[a->n_overrides++] = value;
        break;
    case 'w':
        a->options.wall = weft_duration(value);
        if (a->options.wall <= 0)
            return misuse("--wall %s is no duration; write it as 90m, 2h30m or 45s", value);
        break;
    case 'o':
        a->options.out = value;
        break;
    case 'r':
        a->options.resume = true;
        break;
    case 'x':
        a->options.overwrite = true;
        break;
    case 'q':
        a->verbosity = WEFT_QUIET;
        break;
    case 'v':
        a->verbosity = WEFT_VERBOSE;
        break;
    default:
        a->help = true;
    }
    return WEFT_OK;
}

static weft_status parse(int argc, char **argv, const char *letters, const struct option *options,
                         arguments *a)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        if (option == '?' || option == ':')
            return bad_option(argv[0], argv[optind - 1], option == ':', options);
        WEFT_TRY(take(a, option, optarg));
    }
    if (a->help)
        return WEFT_OK;
    if (optind >= argc)
        return misuse("weft %s needs an input file; 'weft %s --help' says how", argv[0], argv[0]);
    a->input = argv[optind];
    if (optind + 1 < argc)
        return misuse("weft %s takes one input file, not also '%s'", argv[0], argv[optind + 1]);
    if (a->options.resume && a->options.overwrite)
        return misuse("--resume and --overwrite exclude each other");
    return WEFT_OK;
}

/* An input that cannot be read is a wrong command line, not a failure of the file system. */
static weft_status readable(MPI_Comm comm, const char *path)
{
    int rank, reason = 0;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0 && access(path, R_OK) != 0)
        reason = errno;
    MPI_Bcast(&reason, 1, MPI_INT, 0, comm);
    return reason ? weft_fail(WEFT_INPUT, "%s: cannot be read: %s", path, strerror(reason))
                  : WEFT_OK;
}

static weft_status with_input(arguments *a, bool run)
{
    char *text = NULL;
    weft_input *input = NULL;
    WEFT_TRY(readable(MPI_COMM_WORLD, a->input));
    WEFT_TRY(weft_read_text(MPI_COMM_WORLD, a->input, &text));
    weft_status status = weft_input_load(a->input, text, a->n_overrides, a->overrides, &input);
    if (status == WEFT_OK)
        status = run ? weft_run(MPI_COMM_WORLD, input, &a->options)
                     : weft_run_check(MPI_COMM_WORLD, input, a->options.wall);
    weft_input_free(input);
    weft_free(text);
    return status;
}

static int under_mpi(arguments *a, bool run)
{
    int rank;
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    weft_log_setup(rank == 0, a->verbosity);
    weft_signals_install();
    int code = report(with_input(a, run));
    MPI_Finalize();
    return code;
}

int command_run(int argc, char **argv)
{
    arguments a = {.verbosity = WEFT_NORMAL, .options.command = command_line};
    weft_status status = parse(argc, argv, ":P:qvh", run_options, &a);
    if (status != WEFT_OK)
        return report(status);
    if (a.help)
        return fputs(run_usage, stdout) < 0;
    return under_mpi(&a, true);
}

int command_check(int argc, char **argv)
{
    arguments a = {.verbosity = WEFT_NORMAL};
    weft_status status = parse(argc, argv, ":P:h", check_options, &a);
    if (status != WEFT_OK)
        return report(status);
    if (a.help)
        return fputs(check_usage, stdout) < 0;
    return under_mpi(&a, false);
}
