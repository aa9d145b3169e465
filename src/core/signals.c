#include "weft/signals.h"
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t pending;

static void on_signal(int number)
{
    if (number == SIGINT && pending == SIGINT)
        _exit(128 + SIGINT);
    pending = number;
}

void weft_signals_install(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error of the write */
    sigemptyset(&action.sa_mask);
    const int numbers[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

int weft_signal_pending(void)
{
    return pending;
}

void weft_signals_clear(void)
{
    pending = 0;
}
