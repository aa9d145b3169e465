/* weft train: learned forces. The command line is parsed before MPI is started. */
#include "commands.h"
#include "options.h"
#include "weft/train.h"
#include <stdio.h>

/* Printed by --help. */
static const char usage[] =
    "usage: weft train TRAINING.yaml [options]\n"
    "  --out DIR              directory of the results; default: out/<name of the file>\n"
    "  --wall TIME            budget such as 90m or 2h30m: stop in good order before it is used "
    "up\n"
    "  --overwrite            replace data of another training in DIR\n"
    "  -q                     print errors and warnings only\n"
    "  -v                     print more\n"
    "runs the base input for every seed, computes exact densities, trains the force and writes "
    "DIR/force.h5,\n"
    "which a run reads by holstein: {force: learned, force_file: DIR/force.h5}. 'weft params "
    "train' "
    "lists the keys.\n"
    "Asked to stop by SIGUSR1, SIGUSR2, SIGTERM, Ctrl-C, a file DIR/stop or --wall, it ends with "
    "code 85;\n"
    "run again, it goes on from the data that are there, to the same numbers.\n";

static const struct option options[] = {{"out", required_argument, 0, 'o'},
                                        {"wall", required_argument, 0, 'w'},
                                        {"overwrite", no_argument, 0, 'x'},
                                        {"quiet", no_argument, 0, 'q'},
                                        {"verbose", no_argument, 0, 'v'},
                                        {"help", no_argument, 0, 'h'},
                                        {0, 0, 0, 0}};

/* What the command line said. The strings belong to argv. */
typedef struct arguments {
    const char *input;
    weft_train_options options;
    weft_verbosity verbosity;
    bool help;
} arguments;

/* One option, which getopt has recognised. The result may be trained again over itself, but data of
 * another training are only replaced where that is asked for. */
static weft_status take(arguments *a, int option, const char *value)
{
    switch (option) {
    case 'o':
        return option_directory("out", value, &a->options.out);
    case 'w':
        return option_duration("wall", value, &a->options.wall);
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

/* Options, then exactly one file. opterr 0: messages are weft's own. */
static weft_status parse(int argc, char **argv, arguments *a)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":hqv", options, NULL)) != -1) {
        if (option == '?' || option == ':')
            return option_error(argv[0], argv[optind - 1], option == ':', options);
        WEFT_TRY(take(a, option, optarg));
    }
    return a->help ? WEFT_OK : option_file(argv[0], "a training file", argc, argv, &a->input);
}

/* The work under MPI. Collective over all ranks. */
static weft_status train(void *context)
{
    const arguments *a = context;
    return weft_train(MPI_COMM_WORLD, a->input, &a->options);
}

/* A command line that is wrong needs no MPI. */
int command_train(int argc, char **argv)
{
    arguments a = {.verbosity = WEFT_NORMAL, .options = {.command = command_line}};
    weft_status status = parse(argc, argv, &a);
    if (status != WEFT_OK)
        return report(status);
    return a.help ? fputs(usage, stdout) < 0 : under_mpi(a.verbosity, train, &a);
}
