/* Parameter scans: many runs that differ in some parameters, in one allocation or in an array of
 * tasks. docs/scans.md describes the files. */
#ifndef WEFT_SCAN_H
#define WEFT_SCAN_H

#include "weft/declare.h"
#include "weft/run.h"

WEFT_DECLARE_BEGIN

typedef struct weft_scan weft_scan;

/* Read and check a scan and its base; make its points. out: result directory, NULL: out/<scan
 * name>. Every point is checked against the tables and by its model's plan. Errors: WEFT_INPUT.
 * Collective. */
weft_status weft_scan_load(MPI_Comm comm, const char *path, const char *out, weft_scan **scan);
void weft_scan_free(weft_scan *scan);

/* A line for each point: number, identity, seed, values along the axes. Local. */
weft_status weft_scan_expand(const weft_scan *scan);

/* Set every point up as for a run, estimate its memory and time, and print what the whole takes.
 * WEFT_INPUT about the first point that cannot be run. Collective. */
weft_status weft_scan_check(MPI_Comm comm, weft_scan *scan);

typedef struct weft_scan_options {
    double wall;     /* seconds from now; 0: no budget */
    int task, tasks; /* this is task number task of tasks, counted from 0; tasks 0: all points */
    int ranks_per_point; /* 0: chosen */
    const char *command; /* the command line, for the files */
} weft_scan_options;

/* Run the points that have no results yet, point by point over groups of ranks. WEFT_STOPPED: asked
 * to stop before the end. Points that fail are recorded; the status is then WEFT_FAILED at the end.
 * Collective. */
weft_status weft_scan_run(MPI_Comm comm, weft_scan *scan, const weft_scan_options *options);

/* Print how many points are done, running, failed and waiting, and what is left. Local. */
weft_status weft_scan_status(weft_scan *scan);

/* Let failed points wait again, and say which tasks have points to run. tasks: of the array; 0:
 * what the last tasks were told. Local. */
weft_status weft_scan_resubmit(weft_scan *scan, int tasks);

/* Gather all results in DIR/scan.nc. Local (MPI is started; one rank). */
weft_status weft_scan_collect(weft_scan *scan, const char *command);

enum { WEFT_SCAN_LINES = 16 };
typedef struct weft_scan_slurm_options {
    const char *partition; /* NULL: the cluster's default */
    double time;           /* limit of a task, seconds */
    int tasks;             /* of the array; 0: from the time estimate */
    int ranks;             /* of a task */
    const char *program;   /* path of weft */
    const char *account;   /* this and the next: NULL, none */
    const char *qos, *constraint, *reservation;
    const char *memory; /* of a core, as SLURM writes it; NULL: from the estimate */
    int at_once;        /* tasks that run at the same time, at most; 0: any */
    int n_lines;        /* further options of sbatch, such as --mail-type=END */
    const char *line[WEFT_SCAN_LINES];
} weft_scan_slurm_options;

/* Write DIR/scan.slurm, a job array fit to the scan, and print the line that submits it; of a
 * refined scan that of DIR/submit.sh, which submits an array for each round. Collective. */
weft_status weft_scan_slurm(MPI_Comm comm, weft_scan *scan, const weft_scan_slurm_options *options);

WEFT_DECLARE_END

#endif
