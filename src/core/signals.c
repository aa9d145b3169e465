/* Requests to stop that come from outside as signals.
 *
 * A handler only takes the number down; the time loop looks at it. What was ignored when the
 * program started (nohup, a job in the background of a script) stays ignored: whoever started it
 * wanted so. Handlers are installed only when a run begins to write: until then there is nothing to
 * save, and a signal ends the program at once, as everywhere else. */
#include "weft/signals.h"
#include "cpu.h"
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* The last signal that came, 0 if none did. The only type that C lets a handler write. Ranks may
 * see different values, at different times: the time loop agrees on one before it acts. */
static volatile sig_atomic_t pending;

/* SIGHUP: the terminal is gone. SIGPIPE: the pager that read the output is. SIGXCPU: the limit of
 * processor time; some seconds are left. */
static const struct {
    int number;
    const char *name;
} stops[] = {{SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}, {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"},
             {SIGHUP, "SIGHUP"},   {SIGPIPE, "SIGPIPE"}, {SIGXCPU, "SIGXCPU"}};
enum { N_STOPS = sizeof stops / sizeof *stops };

/* A second Ctrl-C means "at once": the user does not want to wait for the end of the step. */
static void on_signal(int number)
{
    if (number == SIGINT && pending == SIGINT)
        _exit(128 + SIGINT);
    pending = number;
}

/* Without the loop, a data file could be opened as number 1 or 2, and a message to the user would
 * be written into its middle. open takes the lowest free number, so each closed stream gets its own
 * number; if not, something is badly wrong, and the program ends with the exit code of I/O errors.
 */
void weft_signals_start(void)
{
    core_cpu_check();
    /* a file that is opened later must not get the number of a closed standard stream */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd)
            _exit(4);
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error of the write */
}

/* SA_RESTART: calls of the system that a signal interrupts go on by themselves, so that no write of
 * a file is cut short. */
void weft_signals_install(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_STOPS; i++)
        if (sigaction(stops[i].number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(stops[i].number, &action, NULL);
}

int weft_signal_pending(void)
{
    return pending;
}

/* From the table of the signals that ask for a stop: others never reach a message. */
const char *weft_signal_name(int number)
{
    for (size_t i = 0; i < N_STOPS; i++)
        if (stops[i].number == number)
            return stops[i].name;
    return "a signal";
}
