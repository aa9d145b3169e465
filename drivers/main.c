/* weft: the program. It finds the command, and each command does the rest (commands.h).
 *
 * Invariants. (1) The exit code says how it ended (weft/error.h), and success also means
 * that all that was printed has arrived. (2) Of the ranks that a launcher starts, one
 * prints. (3) A file that is opened never gets the number of a standard stream. */
#include "commands.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/params.h"
#include "weft/signals.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "weft simulates lattices and fields.\n"
    "\n"
    "usage:\n"
    "  weft run INPUT.yaml [options]      run an input; under MPI: mpirun -n 4 weft run "
    "INPUT.yaml\n"
    "  weft check INPUT.yaml [options]    check an input and say what its run would take\n"
    "  weft scan COMMAND SCAN.yaml        many runs: check, expand, run, status, resubmit, "
    "collect, slurm\n"
    "  weft train TRAINING.yaml           train a force of electrons on runs of an input\n"
    "  weft models                        list the models\n"
    "  weft params MODEL [--template|--json]   list the parameters of a model, or of weft train\n"
    "  weft steppers                      list the methods of time integration\n"
    "  weft info FILE | DIR | --build     what results hold; how weft was built\n"
    "  weft info --verify FILE|DIR        compare the checksums of result files and checkpoints\n"
    "  weft plot DIR|FILE ... [options]   pictures of results\n"
    "  weft analyze kpz|coarsening|reaction|force|field DIR ...   exponents, laws, spectra with "
    "errors\n"
    "  weft report DIR                    one HTML page of a run or a scan\n"
    "\n"
    "'weft COMMAND --help' says more about a command.\n"
    "\n"
    "exit codes: 0 done; 2 input or command line wrong; 3 run failed; 4 input or output failed;\n"
    "85 stopped in good order before the end: run again with --resume\n";

/* A word of the command line and what it does. */
typedef struct command {
    const char *name;
    int (*function)(int argc, char **argv); /* NULL: a Python tool */
} command;

/* All commands; those without a function are Python tools beside this program. */
static const command commands[] = {{"run", command_run},
                                   {"check", command_check},
                                   {"scan", command_scan},
                                   {"train", command_train},
                                   {"models", command_models},
                                   {"params", command_params},
                                   {"steppers", command_steppers},
                                   {"info", command_info},
                                   {"plot", NULL},
                                   {"analyze", NULL},
                                   {"report", NULL}};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

/* The nearest command is suggested. */
static int unknown(const char *name)
{
    const char *names[N_COMMANDS];
    for (int i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i].name;
    return report(misuse("there is no command '%s'%s; 'weft --help' lists them", name,
                         weft_did_you_mean(name, names, N_COMMANDS).text));
}

/* The word at the end of a text, as a shell would read it back. Returns the new end. */
static char *add_word(char *to, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._+-=:,@%^";
    bool quoted = !*word || word[strspn(word, plain)];
    to = quoted ? stpcpy(to, "'") : to;
    for (; *word; word++)
        if (*word == '\'')
            to = stpcpy(to, "'\\''");
        else
            *to++ = *word;
    return quoted ? stpcpy(to, "'") : to;
}

/* The command line for the files of results: names with blanks or quotes stay one word, so
 * that the line can be pasted into a shell and runs the same again. A new string
 * (weft_free). */
static char *join(int argc, char **argv)
{
    size_t n = 1;
    for (int i = 0; i < argc; i++)
        n += 4 * strlen(argv[i]) + 3; /* a quote becomes four characters */
    char *out = weft_alloc(n, 1), *to = out;
    for (int i = 0; i < argc; i++) {
        to = i ? stpcpy(to, " ") : to;
        to = add_word(to, argv[i]);
    }
    *to = '\0';
    return out;
}

/* The commands, and the words that every program is asked for: help and version. Returns
 * the exit code. */
static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        fputs(usage, stderr);
        return WEFT_INPUT;
    }
    if (strcmp(argv[1], "help") == 0 && argc == 3) {
        char *asked[] = {argv[0], argv[2], "--help"};
        return dispatch(3, asked);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        fputs(usage, stdout);
        print_places(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        char *version[] = {"info", "--build"};
        return command_info(2, version);
    }
    for (int i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].function ? commands[i].function(argc - 1, argv + 1)
                                        : command_tool(argv[1], argc - 1, argv + 1);
    return unknown(argv[1]);
}

/* Before MPI is started the launcher's environment says which rank this is: one error is
 * printed once. The variables are those of Open MPI, PMIx and PMI; where there is none, the
 * program is alone. */
static int first_rank(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *rank = getenv(names[i]);
        if (rank)
            return strcmp(rank, "0") == 0;
    }
    return 1;
}

/* Did all that was printed arrive? A full disk keeps `weft params kpz --template >
 * input.yaml` from being whole, and must not look like success. A reader that closed its
 * pipe has seen enough. */
static int printed(void)
{
    struct stat about;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    if (fstat(STDOUT_FILENO, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode)))
        return 0;
    return report(
        weft_fail(WEFT_IO, "standard output: not all could be written; is the disk full?"));
}

/* A descriptor that is closed at the start would be given to the next file or socket that is
 * opened, and what is printed would be written into that. */
static void open_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", O_RDWR);
}

/* Standard files first, before anything is opened; the log before anything can fail. */
int main(int argc, char **argv)
{
    open_standard_files();
    weft_signals_start();
    weft_log_setup(first_rank(), WEFT_NORMAL);
    command_line = join(argc, argv);
    int code = dispatch(argc, argv);
    weft_free(command_line);
    return code == 0 ? printed() : code;
}
