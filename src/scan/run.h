/* A scan at work, private to run.c and work.c. */
#ifndef WEFT_SCAN_RUN_H
#define WEFT_SCAN_RUN_H

#include "counter.h"
#include "internal.h"

/* One start of a scan, on one rank. world and options belong to the caller, the rest to the
 * start. */
typedef struct scan_runner {
    MPI_Comm world, group; /* group: MPI_COMM_NULL on ranks that are left over */
    int rank, size, groups, group_index, group_rank, ranks_per_point;
    weft_scan *scan;
    const weft_scan_options *options;
    scan_log *log; /* leaders */
    char *stop_path;
    double deadline;
    int64_t n_todo, *todo;     /* points, in the order in which they are handed out */
    int64_t n_chunks, *chunks; /* first of each chunk; n_todo behind the last */
    scan_counter counter;
    bool stopped;         /* somebody asked to stop */
    int64_t done, failed; /* by this group */
    double busy;          /* seconds in points */
    double shown;         /* weft_now() of the last line */
} scan_runner;

/* Hand out all of todo to groups of ranks. Collective over the world. */
weft_status scan_hand_out(scan_runner *r);

#endif
