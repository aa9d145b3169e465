/* Requests to stop that come from outside. */
#ifndef WEFT_SIGNALS_H
#define WEFT_SIGNALS_H

#include "weft/declare.h"

WEFT_DECLARE_BEGIN

/* Call it first in main, before MPI is started: it opens /dev/null in place of standard streams
 * that are closed, and makes a limit on the size of files (SIGXFSZ) an error of the write instead
 * of the end of the program. Local. */
void weft_signals_start(void);

/* From now on SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP, SIGPIPE and SIGXCPU ask for a stop in good
 * order, but for those that were ignored before. A second SIGINT ends the program at once. Local.
 */
void weft_signals_install(void);
/* The name of a signal, such as "SIGTERM"; "a signal" for one that is not asked for. The text is
 * static. Local. */
const char *weft_signal_name(int number);

/* The number of the last signal that asked for a stop, 0 if none did. It may differ between ranks:
 * agree on it before acting. Local. */
int weft_signal_pending(void);

WEFT_DECLARE_END

#endif
