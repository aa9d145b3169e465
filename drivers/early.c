/* What must happen before the libraries start.
 *
 * OpenBLAS makes its threads when it is loaded, one for each core, before main: on a node with many
 * cores every command would do so, and where processes are limited (ulimit -u) the program would
 * end there. weft uses one thread a rank. The number is read from the environment, so the program
 * sets it and starts itself again, in the same process; whoever has set a number keeps it.
 *
 * Invariant: functions of .preinit_array run before those of all shared libraries ("System V ABI",
 * Initialization and Termination Functions); nothing of libc that needs its own start (malloc,
 * environ) is used here. It also runs before the check of the processor (src/core/cpu.c), and is
 * compiled for the oldest one like that. */
#include <string.h>
#include <unistd.h>

enum { MOST = 16384 };

/* The new environment is a copy on static memory, with one entry more. An environment that
 * is larger than that is left alone. */
static void one_thread(int argc, char **argv, char **envp)
{
    static char setting[] = "OPENBLAS_NUM_THREADS=1";
    static char *changed[MOST];
    int n = 0;
    (void)argc;
    for (; envp[n] && n < MOST - 2; n++) {
        if (strncmp(envp[n], setting, sizeof setting - 2) == 0)
            return;
        changed[n] = envp[n];
    }
    if (envp[n])
        return;
    changed[n] = setting;
    execve("/proc/self/exe", argv, changed); /* if that fails, the threads do little harm */
}

__attribute__((section(".preinit_array"), used)) static void (*const before)(int, char **,
                                                                             char **) = one_thread;
