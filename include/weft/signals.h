/* Requests to stop that come from outside. */
#ifndef WEFT_SIGNALS_H
#define WEFT_SIGNALS_H

#include "weft/declare.h"

WEFT_DECLARE_BEGIN

/* Catch SIGUSR1, SIGUSR2, SIGTERM and SIGINT: each asks for a stop in good order. A second SIGINT
 * ends the program at once. A limit on the size of files (SIGXFSZ) becomes an I/O error. Local. */
void weft_signals_install(void);

/* The number of the signal that asked for a stop, 0 if none did. Local. */
int weft_signal_pending(void);

/* Forget the request. Local. */
void weft_signals_clear(void);

WEFT_DECLARE_END

#endif
