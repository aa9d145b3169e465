/* Parameter scans: many runs that differ in some parameters, in one allocation or in an array of
 * tasks. docs/scans.md describes the files. */
#ifndef WEFT_SCAN_H
#define WEFT_SCAN_H

#include "weft/declare.h"
#include "weft/run.h"

WEFT_DECLARE_BEGIN

/* A scan: a base input, the parameters that vary (axes), and the points, each of which is one
 * combination of values and so one run. The same on all ranks. */
typedef struct weft_scan weft_scan;

/* Read a scan file and the base input that it names, check both, and make the points. path: the
 * scan file; out: the result directory, NULL: out/<scan name>. Every point is checked against the
 * tables and by its model's plan. On success *scan is the caller's, to be freed with
 * weft_scan_free; else it is NULL. Errors, the same on every rank: WEFT_INPUT with file and line;
 * WEFT_IO. Collective. */
weft_status weft_scan_load(MPI_Comm comm, const char *path, const char *out, weft_scan **scan);
/* NULL is allowed. Local. */
void weft_scan_free(weft_scan *scan);

/* Print one line for each point: its number, its identity, its seed and its values along the axes;
 * nothing with -q. Cannot fail: returns WEFT_OK. Local. */
weft_status weft_scan_expand(const weft_scan *scan);

/* Set every point up as a run would, estimate its memory and time, and print what the whole scan
 * takes. No file is written. Errors: WEFT_INPUT about the first point that cannot be run; the same
 * on every rank. Collective. */
weft_status weft_scan_check(MPI_Comm comm, weft_scan *scan);

/* How to run a scan. A task is one job of an array of jobs and runs its share of the points. */
typedef struct weft_scan_options {
    double wall;         /* seconds from now after which to stop in good order; 0: no limit */
    int task, tasks;     /* the number of this task, from 0, and how many there are; tasks 0: this
                            is the only one and runs all points */
    int ranks_per_point; /* ranks that work on one point together; 0: chosen by the time of a point
                          */
    const char *command; /* the command line, which result files keep; NULL: none */
} weft_scan_options;

/* Run the points that have no results yet. The ranks of comm form groups, each of which takes one
 * point after another; results are appended to a log as soon as a point is done. A point that fails
 * is noted, and the others are run. Errors, the same on every rank: WEFT_STOPPED (asked to stop
 * before the end; run again to go on), WEFT_FAILED (at the end, if a point failed), WEFT_IO.
 * Collective. */
weft_status weft_scan_run(MPI_Comm comm, weft_scan *scan, const weft_scan_options *options);

/* Print how many points are done, running, failed and waiting, and how to run those that are left.
 * Errors: WEFT_IO. Local. */
weft_status weft_scan_status(weft_scan *scan);

/* Mark failed points as waiting again, and print which tasks of the array have points to run.
 * tasks: how many tasks the array has; 0: as many as the last submission had. Errors: WEFT_IO.
 * Local. */
weft_status weft_scan_resubmit(weft_scan *scan, int tasks);

/* Gather the results of all points in DIR/scan.nc. command: the command line, which the file keeps;
 * NULL: none. Errors: WEFT_IO; WEFT_INPUT if no point was run, WEFT_FAILED if all that were run
 * failed. Local; to be called on one rank, after MPI_Init. */
weft_status weft_scan_collect(weft_scan *scan, const char *command);

/* What a job script of SLURM says. Texts are written as they are; NULL: the line is left out and
 * the cluster's default holds. */
enum { WEFT_SCAN_LINES = 16 };
typedef struct weft_scan_slurm_options {
    const char *partition;
    double time;         /* time limit of a task, seconds */
    int tasks;           /* of the array; 0: from the estimated time of the scan */
    int ranks;           /* of a task; with points_per_node: of a point */
    int points_per_node; /* a task has a node to itself and works on so many points at a time; 0: it
                            has its ranks, wherever they are */
    const char *program; /* path of weft */
    const char *account, *qos, *constraint, *reservation;
    const char *memory; /* of a core, as SLURM writes it; NULL: from the estimate */
    int at_once;        /* at most so many tasks run at the same time; 0: no limit */
    int n_lines;        /* further options of sbatch, such as --mail-type=END, one in each line */
    const char *line[WEFT_SCAN_LINES];
    int n_setup; /* further lines of bash, before weft starts */
    const char *setup[WEFT_SCAN_LINES];
} weft_scan_slurm_options;

/* Write DIR/scan.slurm, the script of a job array that runs the scan, and print the command that
 * submits it. A scan with refinement gets DIR/submit.sh too, which submits one array for each
 * round; its command is then printed. Errors, the same on every rank: WEFT_INPUT (a point cannot be
 * run, or takes longer than a task may), WEFT_IO. Collective. */
weft_status weft_scan_slurm(MPI_Comm comm, weft_scan *scan, const weft_scan_slurm_options *options);

WEFT_DECLARE_END

#endif
