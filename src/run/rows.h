/* Records on their way into series.nc. A row is a record and its time. */
#ifndef WEFT_RUN_ROWS_H
#define WEFT_RUN_ROWS_H

#include "parts.h"

typedef struct run_rows run_rows;

/* For the records of a member, into an open series.nc, which belongs to the caller. Free with
 * run_rows_free, which writes nothing. Local. */
run_rows *run_rows_create(weft_file *file, const run_member *member);
void run_rows_free(run_rows *rows);
/* Append member->record as record number entry (from 0); it reaches the file with the next
 * run_rows_write or run_rows_flush, or earlier. With error_check member->half_record becomes the
 * difference. Errors: WEFT_IO, on several ranks with the next run_rows_flush. Local. */
weft_status run_rows_append(run_rows *rows, const run_member *member, int64_t entry);
/* All rows are in the file, though perhaps in HDF5's memory. Errors as for append. Local. */
weft_status run_rows_write(run_rows *rows);
/* And in the system's hands, if there was any since the last call. Errors: WEFT_IO. Collective. */
weft_status run_rows_flush(run_rows *rows);

#endif
