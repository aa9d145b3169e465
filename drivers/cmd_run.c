/* weft run, weft check.
 *
 * Order: the command line is parsed before MPI is started, so that a mistake in it gives
 * one message at once and needs no job; then MPI, then the input. The file is read by rank
 * 0 and sent to all as text. Invariant: from there on every rank parses and checks the same
 * text in the same way, and so finds the same error or the same parameters, without further
 * messages. */
#include "commands.h"
#include "options.h"
#include "weft/ensemble.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* Printed by --help, and nothing else: messages about mistakes name the option and stay
 * short. */
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
    "usage: weft check INPUT.yaml [-P section.key=value]... [--wall TIME] [--ranks N]\n"
    "prints the resolved parameters, the rank layout, memory per rank, output sizes and an "
    "estimate\n"
    "of the run time; writes nothing.\n"
    "  --ranks N   plan a run on N ranks of a cluster, which need not fit here: measured on a part "
    "of\n"
    "              the grid, without messages between ranks\n";

/* More than this on a command line is better written into an input. */
enum { MAX_OVERRIDES = 256 };

/* What the command line said. The strings belong to argv. */
typedef struct arguments {
    const char *input;
    int n_overrides;
    const char *overrides[MAX_OVERRIDES];
    weft_run_options options;
    weft_verbosity verbosity;
    bool help, run; /* else check */
    int ranks;      /* of a plan; 0: none */
} arguments;

/* Letters are those that `take` knows; some have no short form on the command line. */
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
                                              {"ranks", required_argument, 0, 'n'},
                                              {"param", required_argument, 0, 'P'},
                                              {"help", no_argument, 0, 'h'},
                                              {0, 0, 0, 0}};

/* One option, which getopt has recognised. */
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
        return option_duration("wall", value, &a->options.wall);
    case 'n':
        return option_whole("ranks", value, 1, &a->ranks);
    case 'o':
        return option_directory("out", value, &a->options.out);
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

/* Options, then exactly one input. opterr 0: messages are weft's own. */
static weft_status parse(int argc, char **argv, const char *letters, const struct option *options,
                         arguments *a)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        if (option == '?' || option == ':')
            return option_error(argv[0], argv[optind - 1], option == ':', options);
        WEFT_TRY(take(a, option, optarg));
    }
    if (a->help)
        return WEFT_OK;
    WEFT_TRY(option_file(argv[0], "an input file", argc, argv, &a->input));
    if (a->options.resume && a->options.overwrite)
        return misuse("--resume and --overwrite exclude each other");
    return WEFT_OK;
}

/* The overrides of the plan's part come last, so that they win. */
static weft_status plan(const arguments *a, const char *text, const weft_input *input)
{
    char cut[2][256];
    const char *overrides[MAX_OVERRIDES + 2];
    weft_input *part = NULL;
    int n = a->n_overrides;
    weft_run_plan_part(input, cut);
    memcpy(overrides, a->overrides, (size_t)n * sizeof *overrides);
    for (int i = 0; i < 2; i++)
        if (cut[i][0])
            overrides[n++] = cut[i];
    weft_status status = weft_input_load(a->input, text, n, overrides, &part);
    if (status == WEFT_OK)
        status = weft_run_plan(MPI_COMM_WORLD, input, part, a->ranks, a->options.wall);
    weft_input_free(part);
    if (status != WEFT_INPUT)
        return status;
    char *why = weft_strdup(weft_error_message());
    weft_error_clear();
    status = weft_fail(status,
                       "%s (--ranks measures with %s; what does not fit there, as a start from a "
                       "file, can be replaced for the plan by -P)",
                       why, cut[0]);
    weft_free(why);
    return status;
}

/* The work under MPI. Collective over all ranks. */
static weft_status with_input(void *context)
{
    arguments *a = context;
    char *text = NULL;
    weft_input *input = NULL;
    /* an input that cannot be read is a wrong command line, not a failure of the file system */
    const char *reason = weft_unreadable(MPI_COMM_WORLD, a->input);
    if (reason)
        return weft_fail(WEFT_INPUT, "%s: cannot be read: %s", a->input, reason);
    WEFT_TRY(weft_read_text(MPI_COMM_WORLD, a->input, &text));
    weft_status status = weft_input_load(a->input, text, a->n_overrides, a->overrides, &input);
    if (status == WEFT_OK)
        status = a->run     ? weft_run(MPI_COMM_WORLD, input, &a->options)
                 : a->ranks ? plan(a, text, input)
                            : weft_run_check(MPI_COMM_WORLD, input, a->options.wall);
    weft_input_free(input);
    weft_free(text);
    return status;
}

/* Returns after the run; its results name the command line. */
int command_run(int argc, char **argv)
{
    arguments a = {.verbosity = WEFT_NORMAL, .options.command = command_line, .run = true};
    weft_status status = parse(argc, argv, ":P:qvh", run_options, &a);
    if (status != WEFT_OK)
        return report(status);
    if (a.help)
        return fputs(run_usage, stdout) < 0;
    return under_mpi(a.verbosity, with_input, &a);
}

/* The same path as a run up to the first step, so that a check finds what a run would. */
int command_check(int argc, char **argv)
{
    arguments a = {.verbosity = WEFT_NORMAL};
    weft_status status = parse(argc, argv, ":P:h", check_options, &a);
    if (status != WEFT_OK)
        return report(status);
    if (a.help)
        return fputs(check_usage, stdout) < 0;
    return under_mpi(a.verbosity, with_input, &a);
}
