/* Requests to stop that come from outside. */
#ifndef WEFT_SIGNALS_H
#define WEFT_SIGNALS_H

#include "weft/declare.h"

WEFT_DECLARE_BEGIN

/* At the start of the program, before MPI: closed standard streams get /dev/null, and a limit on
 * the size of files (SIGXFSZ) becomes an I/O error. Local. */
void weft_signals_start(void);

/* From now on SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP, SIGPIPE and SIGXCPU ask for a stop in good
 * order, but for those that were ignored before. A second SIGINT ends the program at once. Local.
 */
void weft_signals_install(void);
/* "SIGTERM". Local. */
const char *weft_signal_name(int number);

/* The number of the signal that asked for a stop, 0 if none did. Local. */
int weft_signal_pending(void);

WEFT_DECLARE_END

#endif
