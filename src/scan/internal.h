/* Pieces of scans, private to src/scan.
 *
 * Words. An axis is a parameter that takes several values; a dimension belongs to one axis,
 * or to several that move together (zipped). A point is one combination of values, that is,
 * one run; its identity is 128 bits made of its resolved parameters. A group is a set of
 * ranks that works on one point at a time; its first rank is the leader. A task is one job
 * of an array, and has a share of the points. A log is a file to which a leader appends
 * results. A reduction makes one number of a series; `derive` lists those that are wanted.
 * Refinement adds points, in rounds. */
#ifndef WEFT_SCAN_INTERNAL_H
#define WEFT_SCAN_INTERNAL_H

#include "ensemble/outcome.h"
#include "input/contents.h"
#include "weft/expression.h"
#include "weft/scan.h"

enum { SCAN_AXES = 16, SCAN_DIMS = 8, SCAN_DERIVES = 32, SCAN_MAX_POINTS = 10000000 };

/* ---- what a scan is ---- */

/* A parameter that takes values along a dimension of the scan. */
typedef struct scan_axis {
    const char *path;           /* "kuramoto.noise" */
    char section[64], name[64]; /* of a plain path */
    const weft_node *node;      /* its values in the scan file, for messages */
    int dim;                    /* its dimension; zipped axes share one */
    bool log, text;             /* log: spaced by factors; text: the values are no numbers */
    bool fast;                  /* changeable in a resolved input, without reading it anew */
    bool whole;                 /* the parameter is a whole number */
    bool free;                  /* no parameter, but a name for formulas of others */
    const weft_param *row;      /* its row in the tables; NULL: a deeper path has none */
    int n, room;                /* values, and how many the arrays hold */
    double *values;             /* numbers, or 0, 1, 2 ... for text */
    char **texts;               /* for people, and for seeds: without quotes */
    char **written;             /* in YAML: what an override says */
} scan_axis;

/* A parameter that is a formula of the axes (tied.c). */
typedef struct scan_tied {
    const char *path;
    char section[64], name[64];   /* of a plain path */
    const weft_node *node, *text; /* its entry in the scan file; the formula */
    bool fast;                    /* as of an axis */
    weft_program *program;        /* of the values of all axes */
} scan_tied;

/* One point. index: of its value along each dimension. */
typedef struct scan_point {
    int index[SCAN_DIMS];
    int round; /* of refinement that made it; 0: of the axes */
    uint32_t seed;
    uint64_t id[2];
    double cost;                         /* site updates, to compare points; 0 if not known */
    double constant[WEFT_MAX_CONSTANTS]; /* those of the model, where the scan has classes */
} scan_point;

/* The keys of a scan file, as weft_check has written them. */
#define SCAN_SEEDS(X) X(SCAN_INDEPENDENT, "independent") X(SCAN_COMMON, "common")
typedef enum scan_seeds { SCAN_SEEDS(WEFT_ENUM_NAME) } scan_seeds;
typedef struct scan_keys {
    const char *base;
    const weft_node *axes, *zip, *classes; /* classes NULL: not given */
    int64_t replicas;                      /* WEFT_NO_INT: those of the base */
    scan_seeds seeds;
    weft_strings collect, derive; /* value NULL: not given */
} scan_keys;

#define SCAN_WHERES(X) X(SCAN_GRADIENT, "gradient") X(SCAN_BISECTION, "bisection")
typedef enum scan_where { SCAN_WHERES(WEFT_ENUM_NAME) } scan_where;
typedef struct scan_refine_keys {
    const char *by, *along; /* NULL: not given */
    scan_where where;
    int64_t rounds;
    double share, level; /* nan: not used with this `where` */
} scan_refine_keys;

/* The section refine of a scan: whether it stands there, by which reduction (its place
 * under derive), how many rounds, and for a bisection its level and dimension; share: of
 * the largest difference, for a gradient. */
typedef struct scan_refine {
    bool wanted, gradient, by_class; /* by_class: where the class changes */
    int by;                          /* derive */
    int rounds, dim;
    double level, share;
} scan_refine;

/* A scan, the same on all ranks. It owns all it points to. */
struct weft_scan {
    char *path, *dir, *text, *base_path, *base_text;
    weft_document *document;
    weft_params *params;
    const scan_keys *keys; /* they belong to params */
    int n_axes, n_dims, dim_size[SCAN_DIMS];
    scan_axis axis[SCAN_AXES];
    int n_tied; /* n_axes + n_tied is at most SCAN_AXES */
    scan_tied tied[SCAN_AXES];
    int64_t replicas; /* of each point */
    bool common;      /* the same seed everywhere */
    uint32_t seed;    /* of the base */
    int n_fixed;      /* overrides that all points share */
    char *fixed[3];
    int n_derives;
    scan_derive derive[SCAN_DERIVES]; /* those of derive, then those that rules need besides */
    struct scan_classes *classes;     /* classes.h; NULL: there are none */
    scan_refine refine;
    int rounds; /* of refinement, made so far */
    weft_input *base;
    int64_t n, room; /* points */
    scan_point *point;
    struct scan_cache *cache; /* see points.c */
    input_contents *contents;
};

/* ---- file.c ---- */
/* Read the text of the scan, which is set together with its path, into axes and choices.
 * Errors: WEFT_INPUT with the line. Local. */
weft_status scan_read(weft_scan *scan);
/* One more value: a number (texts NULL), or a text and how it is written in YAML. Local. */
void scan_add_value(scan_axis *axis, double value, const char *text, const char *written);

/* ---- tied.c ---- */
/* Read the formulas of tied parameters; all axes must be known. Errors: WEFT_INPUT. Local. */
weft_status scan_read_tied(weft_scan *scan);
/* Value at a point, and its text for an override (40 bytes), for which a value that is not finite
 * is an error (WEFT_INPUT). Local. */
double scan_tied_value(const weft_scan *scan, const scan_tied *t, const scan_point *p);
weft_status scan_tied_text(const weft_scan *scan, const scan_tied *t, const scan_point *p,
                           char *out);
/* Free the formulas. Local. */
void scan_tied_free(weft_scan *scan);

/* ---- points.c ---- */
/* Load the base and make the points of the axes. Errors: WEFT_INPUT, which name the axis or
 * the point. Local. */
weft_status scan_make_points(weft_scan *scan);
/* Add the point at these indices (n_dims) and resolve it: identity, seed, cost. Errors:
 * WEFT_INPUT, which names the point. Local. */
weft_status scan_add_point(weft_scan *scan, const int *index, int round);
/* The input of a point, number from 0; free with weft_input_free. Errors: WEFT_INPUT.
 * Local. */
weft_status scan_input(const weft_scan *scan, int64_t point, weft_input **out);
/* Free what points.c keeps in a scan. Local. */
void scan_points_free(weft_scan *scan);

/* ---- name.c ---- */
/* "kuramoto.noise=0.1, kuramoto.phase_lag=0.3", cut to size bytes. Local. */
void scan_describe(const weft_scan *scan, const scan_point *p, char *out, size_t size);
/* Warnings from now on are about this point, until weft_warn_case(NULL). Local. */
void scan_warn_about(const weft_scan *scan, const scan_point *p);
/* The directory of a point's checkpoints, which need not exist; a new string (weft_free).
 * Local. */
char *scan_point_dir(const weft_scan *scan, const scan_point *p);

/* ---- log.c: results to disk ---- */

enum { SCAN_WAITING = 0, SCAN_DONE = 1, SCAN_FAILED = 2, SCAN_RUNNING = 3 };

typedef struct scan_log scan_log;
/* Make a log of this process's own in DIR/results, which must exist, and lock it. Close it
 * with scan_log_close, also after an error. Errors of all functions of logs: WEFT_IO. All
 * are local. */
/* Its path: the log's own memory. Local. */
const char *scan_log_path(const scan_log *log);
weft_status scan_log_open(const char *dir, int task, int tasks, int group, int ranks,
                          scan_log **out);
/* Note that a point is being worked on. */
weft_status scan_log_start(scan_log *log, const uint64_t id[2]);
/* Append the results of a point; seconds: wall time. */
weft_status scan_log_done(scan_log *log, const uint64_t id[2], double seconds,
                          const ens_outcome *outcome);
/* Append that a point was stopped after so many seconds, and will go on. */
weft_status scan_log_stopped(scan_log *log, const uint64_t id[2], double seconds);
/* Append that a point failed, with its status and message. */
weft_status scan_log_failed(scan_log *log, const uint64_t id[2], double seconds, int status,
                            const char *message);
/* Let a point wait again that is known to have failed so many times. */
weft_status scan_log_retry(scan_log *log, const uint64_t id[2], int64_t failures);
weft_status scan_log_close(scan_log *log);

/* ---- results.c: results from disk ---- */

/* What is known about a point. */
typedef struct scan_entry {
    uint64_t id[2];
    int state;
    double seconds;                   /* wall time of all starts, but for those that were killed */
    double began;                     /* running: when, by the clock of its machine, from 1970 */
    int64_t failures;                 /* how often it failed */
    const char *message;              /* of a failure */
    const ens_outcome_layout *layout; /* of results */
    const double *values;             /* numbers, then errors */
    int n_derived;                    /* standard errors of reductions that were asked for */
    const scan_error *derived;
    int64_t n_left_out; /* blocks; the reductions in the order of derived, without one block each */
    const double *left_out;
} scan_entry;

/* All logs of a directory. Entries, layouts and values belong to it, and live until it is
 * closed. */
typedef struct scan_results scan_results;
/* Read all logs in DIR/results. Damaged ends are passed over. Errors: WEFT_IO, the folder
 * cannot be read. Close with scan_results_close. Local. */
weft_status scan_results_open(const char *dir, scan_results **out);
void scan_results_close(scan_results *results);
/* What is known about a point; NULL: nothing. Local. */
const scan_entry *scan_results_find(const scan_results *results, const uint64_t id[2]);
/* SCAN_WAITING, ... of a point. Local. */
int scan_state(const scan_results *results, const scan_point *p);
/* Groups at work now: of one task of so many, or (task < 0) of all. Local. */
int scan_results_alive(const scan_results *results, int task, int tasks);
/* The number of tasks of the array that wrote the newest log; 0: there was none. Local. */
int scan_results_tasks(const scan_results *results);
/* "weft 0.1.0 (git) on HOST, R ranks a point" of all that wrote results, each once; a new string.
 * Local. */
char *scan_results_makers(const scan_results *results);

/* ---- derive.c ---- */
/* Find the reductions that derive lists; the base must be loaded. Errors: WEFT_INPUT at
 * derive. Local. */
weft_status scan_find_derives(weft_scan *scan);
/* The number of a reduction in scan->derive, to which it is added if it is not there. Errors, which
 * name no place: WEFT_INPUT. Local. */
weft_status scan_derive_add(weft_scan *scan, const char *text, int *number);
/* Do the points record an observable because the user lists it, or by default? Reductions may need
 * further ones. Local. */
bool scan_records(const weft_scan *scan, const char *observable);
/* The observer of that name in a layout; NULL: there is none, or the layout is NULL. Local. */
const ens_outcome_item *scan_outcome_find(const ens_outcome_layout *layout, const char *name);
/* Value of a point that is done; nan if its results do not have it. Local. */
double scan_derived_value(const scan_derive *d, const scan_entry *entry);
/* Standard error of the reduction `name`, or ENS_REPLICAS_DONE; nan if it is not stored. Local. */
double scan_derive_error(const char *name, const scan_entry *entry);

/* ---- refine.c ---- */
/* Add the points of all rounds for which the results of the rounds before are there. Local. */
weft_status scan_refine_points(weft_scan *scan, const scan_results *results);
/* Points along one dimension, sorted line by line. rank: the place of each value of the dimension
 * in the order of size; point: n numbers of points; both belong to it. */
typedef struct scan_lines {
    const weft_scan *scan;
    int dim;
    int *rank; /* of a value among those of the dimension */
    int64_t n, *point;
} scan_lines;
/* Of the points up to a round. joined: are entries i and i + 1 neighbours on a line? Local. */
scan_lines scan_lines_make(const weft_scan *scan, int dim, int round);
bool scan_lines_joined(const scan_lines *lines, int64_t i);
void scan_lines_free(scan_lines *lines);
/* The first axis of a dimension; NULL if values of one of its axes are no numbers. Local. */
const scan_axis *scan_numbers_along(const weft_scan *scan, int dim);
/* Give all ranks the points of rank 0. Collective. */
weft_status scan_broadcast(MPI_Comm comm, weft_scan *scan);
/* Indices of the values along a dimension in the order of the numbers (of words: as written). A new
 * array. Local. */
int *scan_value_order(const weft_scan *scan, int dim);

/* ---- run.c ---- */
/* Points of a task's share, longest first (tasks 0: all). A new array of *n. Local. */
int64_t *scan_share(const weft_scan *scan, int task, int tasks, int64_t *n);

/* ---- slurm.c ---- */
/* A word for bash that means the text and nothing else; a new string. Local. */
char *scan_shell_quote(const char *text);

/* ---- check.c ---- */
/* Set points up as for a run: all of them, or as many as some seconds allow. Errors:
 * WEFT_INPUT about the first one that cannot be run. Collective. */
weft_status scan_validate(MPI_Comm comm, weft_scan *scan, bool all);
/* Estimate from short calibrations the seconds that all points take on one core (nan: not
 * known) and the largest memory of a rank in bytes. Collective. */
weft_status scan_estimate(MPI_Comm comm, weft_scan *scan, double *seconds, double *memory);

/* Values of an axis from [first, last, number], or from a list; and the error for one that is given
 * twice (values.c). Errors: WEFT_INPUT. Local. */
weft_status scan_read_space(scan_axis *axis, const weft_node *node);
weft_status scan_read_values(scan_axis *axis, const weft_node *node);
weft_status scan_check_distinct(const scan_axis *axis);

#endif
