/* The report of where the time of a run went: see account.c. */
#ifndef WEFT_RUN_ACCOUNT_H
#define WEFT_RUN_ACCOUNT_H

#include "weft/io.h"

/* The table of where the time went, with -v, over the ranks of comm, and attributes of the series
 * (NULL: none). Collective. */
weft_status run_account_report(MPI_Comm comm, weft_file *series);

#endif
