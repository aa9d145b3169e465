/* Pieces of a run, private to src/run. */
#ifndef WEFT_RUN_PARTS_H
#define WEFT_RUN_PARTS_H

#include "weft/io.h"
#include "weft/provenance.h"
#include "weft/run.h"

/* ---- calendar: the times of one kind of output ---- */
typedef struct run_calendar {
    bool fixed;     /* in steps, else in time */
    int64_t n;      /* number of entries, the first at time 0 */
    int64_t first;  /* entry that is the first of the run: behind time.start or at it */
    int64_t stride; /* steps between entries; 0: listed */
    double every;   /* time between entries; 0: listed */
    double digits;  /* every = digits/scale with whole numbers of few digits; 0: no such */
    double scale;
    double end;     /* no entry is later */
    int64_t *steps; /* listed, fixed */
    double *times;  /* listed, adaptive */
    int64_t next;   /* entries done */
} run_calendar;

/* dt 0: adaptive. An interval that is no whole number of steps is an error at the parameter. A key
 * that is not given makes an empty calendar. Local. */
weft_status run_calendar_make(const weft_section *section, const char *key, weft_schedule schedule,
                              double dt, double end, run_calendar *out);
/* Entries at whole multiples of a time. Local. */
void run_calendar_spread(run_calendar *calendar, double every);
void run_calendar_free(run_calendar *calendar);
/* Pass over the entries before a step (fixed) or time. Local. */
void run_calendar_begin(run_calendar *calendar, int64_t step, double time);
/* Entries from the first on: records of the run. Local. */
int64_t run_calendar_records(const run_calendar *calendar);
/* Step (fixed) or time of an entry; time of an entry for either kind. Local. */
int64_t run_calendar_step(const run_calendar *calendar, int64_t entry);
double run_calendar_time(const run_calendar *calendar, int64_t entry, double dt);
/* The time that is written beside a record, counted from the first one of the run: that of its
 * entry, which is a decimal number where the input has one; the state's own where the run ended
 * between two entries. Local. */
struct run_member;
double run_calendar_stamp(const run_calendar *calendar, int64_t record,
                          const struct run_member *member);
/* Is the next entry at this step and time? Local. */
bool run_calendar_due(const run_calendar *calendar, int64_t step, double time);

/* ---- time step ---- */
typedef struct run_timing {
    double dt;     /* 0 if adaptive */
    int64_t steps; /* to the end; 0 if adaptive */
    double end;
    double start;       /* time of the initial state */
    int64_t first;      /* its step, of the whole dt; 0 if adaptive */
    bool chosen;        /* dt: auto */
    bool refines;       /* halve the step where the motion needs it */
    bool varies;        /* the rates depend on the state */
    bool warned;        /* that the given step may be unstable */
    int halvings;       /* of the step so far */
    const char *bound;  /* what bounds a chosen step, in words */
    int64_t next_look;  /* the step at which the rates are looked at again */
    int64_t gap;        /* steps to the look after that */
    double last_needed; /* the step that the last look asked for */
} run_timing;

/* From the section time and, for auto, the model's rates (sim started). Collective. */
weft_status run_timing_make(const weft_input *input, weft_sim *sim, run_timing *out);
/* The largest step that is stable for rates of this size, and the one that is wanted for them;
 * *bound says what bounds it. Local. */
double run_stable_step(const weft_stepper *stepper, weft_rates rates, double size);
double run_needed_step(const weft_stepper *stepper, weft_rates rates, const char **bound);
/* After a step: are the rates still those that the step was chosen for? A step that refines is
 * halved (run_member_rescale) with a message; a given one is warned of once. WEFT_FAILED where no
 * step is small enough. Collective. */
weft_status run_timing_look(struct run_member *member);
/* The decimal number next to a time: 3 steps of 0.2 end at 0.6, not at 0.6000000000000001. Local.
 */
double run_decimal(double time);

/* ---- observers: the resolved list of observables ---- */
typedef struct run_observer {
    const weft_observable *row; /* NULL if derived */
    const weft_derived *derived;
    double argument;
    char name[64]; /* in files: renyi(2) is renyi_2 */
    char written[128];
    const char *unit;
    const char *long_name;
    int n_axes;
    weft_axis axes[WEFT_MAX_SHAPE];
    int64_t count;              /* numbers a record */
    int64_t offset;             /* of the first of them in a record */
    int input[WEFT_MAX_INPUTS]; /* observers that a derived one needs */
    bool hidden;                /* only an input of a derived one, or written as its parts */
    bool parted;                /* its last axis has labels: others are its parts */
    int whole;                  /* of a part: the observer that it is a part of, and which, and */
    int64_t part, parts;        /* of how many (0: it is none) */
    char about[192];            /* long_name of a part */
} run_observer;

enum { WEFT_MAX_OBSERVERS = 256 };

typedef struct run_observers {
    int n;
    run_observer *item;
    int64_t total; /* numbers a record */
    int invariant; /* observer of the model's invariant, -1: not observed */
} run_observers;

/* "density_A": the variable of a component of several, by its label in "A, B" (or, where there are
 * not so many, its number from 1). Local. */
void run_part_name(const char *name, const char *labels, int64_t parts, int64_t part, char *out,
                   size_t size);
/* The name in files: letters, digits and underscores only; renyi(2) is renyi_2. Local. */
void run_observer_name(const char *written, char *out, size_t size);
/* Resolve observe.list. Local. */
weft_status run_observers_make(const weft_input *input, weft_sim *sim, run_observers *out);
void run_observers_free(run_observers *observers);
/* One record, the same on every rank. values: total numbers. Collective. */
weft_status run_observers_compute(const run_observers *observers, weft_sim *sim, double *values);

/* Value of a derived quantity from a record (or from means of records). Local. */
double run_observers_derive(const run_observers *observers, const run_observer *item,
                            const double *values);

/* ---- moments: the times that observables remember ---- */
typedef struct run_moment {
    double time;
    int64_t step; /* fixed steps */
    int observer;
} run_moment;

typedef struct run_moments {
    int n, next; /* in the order of time; those before next are past */
    run_moment *item;
} run_moments;

/* ---- one replica on its way ---- */
typedef struct run_member {
    const weft_input *input;
    weft_sim *sim;
    void *stepper_data;
    run_timing timing;
    run_observers observers;
    run_calendar observe, fields;
    run_moments moments;
    double *record;             /* observers.total numbers */
    weft_provenance provenance; /* of the run: the same in all its files */
    /* error_check: the same problem at half the step */
    weft_sim *half;
    void *half_data;
    double *half_record; /* the last record of half; NULL without error_check */
    bool fresh;          /* just created: replica 0 is at time 0 already */
    double *half_worst;  /* per number: largest |difference| so far */
} run_member;

/* Everything an input needs to run on comm, at replica 0 and time 0 without an initial state.
 * Collective. */
weft_status run_member_create(MPI_Comm comm, const weft_input *input, run_member **out);
void run_member_free(run_member *member);
/* Go to time 0 of a replica. Collective. */
weft_status run_member_start(run_member *member, uint32_t replica);
/* Steps of a 2^halvings-th part from now on; negative: longer ones. Time, and the times of what is
 * due, stay what they are, to the bit. Collective. */
weft_status run_member_rescale(run_member *member, int halvings);
/* How far a member has come, and how far it has to go, since time.start: in steps of the length
 * that they had at the start (a step that was halved since counts as half a step), or in time where
 * the stepper chooses its steps. For progress and estimates. Local. */
double run_member_done(const run_member *member);
double run_member_length(const run_member *member);
/* State of a member in a checkpoint: step, time, calendars, fields, what model and stepper keep.
 * Collective. */
weft_status run_member_save(run_member *member, weft_file *file);
weft_status run_member_load(run_member *member, uint32_t replica, weft_file *file);

/* The moments of the member's observers; errors at observe.list. Local. */
weft_status run_moments_make(run_member *member);
/* Time of the next one, infinite if there is none; is it now? Local. */
double run_moments_time(const run_member *member);
bool run_moments_due(const run_member *member);
/* Have everything remembered that is due. Collective. */
weft_status run_moments_remember(run_member *member);
/* Pass over what was before the member's present time or at it, after a checkpoint. Local. */
void run_moments_skip(run_member *member);

/* What the loop tells its owner. */
typedef struct run_listener {
    void *context;
    /* member->record holds record number entry, from 0. Collective over the member's ranks. */
    weft_status (*record)(void *context, run_member *member, int64_t entry);
    /* Write snapshot number entry; the state is in order. */
    weft_status (*snapshot)(void *context, run_member *member, int64_t entry);
    weft_status (*checkpoint)(void *context, run_member *member);
    bool record_end; /* the last state of a run that ends early is a record, at its own time */
} run_listener;

/* When to stop and what to show. */
typedef struct run_control {
    double deadline;               /* weft_now() at which the budget ends; 0: none */
    double checkpoint_every;       /* seconds; 0: never */
    double last_checkpoint;        /* weft_now() */
    double checkpoint_cost;        /* seconds that the last one took */
    double longest_gap;            /* seconds between two polls, the longest so far */
    const char *stop_file;         /* its existence asks for a stop; NULL: none */
    struct run_progress *progress; /* NULL: none */
    double progress_base;          /* added to the member's own progress (replicas before it) */
    double updates;                /* steps, or units of time of adaptive runs, since the start */
    const char *why;               /* why the loop stopped early */
    bool early;                    /* the model finished before the end */
} run_control;

/* Advance a member to the end of its time. WEFT_STOPPED after a checkpoint when asked to stop.
 * Collective. */
weft_status run_loop(run_member *member, const run_listener *listener, run_control *control);

/* ---- progress ---- */
typedef struct run_progress run_progress;
run_progress *run_progress_create(double done_before, double total, double sites);
/* done: in units of total; drift: relative change of the invariant, nan: none. Local. */
void run_progress_show(run_progress *progress, double done, int64_t step, double time,
                       double updates, double drift);
void run_progress_end(run_progress *progress);
void run_progress_free(run_progress *progress);

/* ---- result files ---- */
typedef struct run_results {
    char *dir;
    char *series_path, *fields_path, *stop_path, *lock_path;
    bool locked; /* by this run; on rank 0 */
} run_results;

/* out/<name>: the folder of a file that is called plain.yaml, else the file's own stem. A new
 * string. */
char *run_default_directory(const char *path, const char *plain);
run_results *run_results_create(const weft_input *input, const char *out);
void run_results_free(run_results *results);

/* Provenance and resolved input as attributes of the file, which is open on comm. Collective. */
weft_status run_results_describe(weft_file *file, MPI_Comm comm, const run_member *member,
                                 const char *title, const char *command, const char *parent_uuid);

/* The unlimited dimension time. Collective. */
weft_status run_series_time(weft_file *file);

/* Make series.nc or fields.nc what it was when an open checkpoint of this run took it down, with so
 * many records. Collective. */
weft_status run_results_restore(MPI_Comm comm, weft_file *checkpoint, const char *name,
                                const char *path, int64_t records);

/* series.nc of a single run and fields.nc: created, or opened after they were restored.
 * Collective. */
weft_status run_series_open(const char *path, bool resume, const run_member *member,
                            const char *command, weft_file **out);
/* Warn where another version, or another state of the sources, goes on with a file. Collective. */
weft_status run_series_warn_version(weft_file *file, const weft_provenance *now);
/* Who goes on with a file, open on comm; its status is running again. Collective. */
weft_status run_series_take_up(weft_file *file, MPI_Comm comm, const run_member *member,
                               const char *command);
weft_status run_series_append(weft_file *file, const run_member *member, int64_t entry);
weft_status run_fields_open(const char *path, bool resume, const run_member *member,
                            const char *command, weft_file **out);
weft_status run_fields_append(weft_file *file, run_member *member, int64_t entry);

/* Is the field to be in fields.nc? Local. */
bool run_output_wants(const weft_input *input, const char *field);

/* What the long names of variables with a suffix begin with. Local. */
const char *run_series_about(const char *suffix);
/* Dimensions and variables of observers in a file; suffix "" or "_stderr"; leading: further
 * dimensions before those of the observer ("time"). Collective. */
weft_status run_series_define(weft_file *file, const run_observers *observers, const char *suffix,
                              int n_leading, const char *const *leading);

/* ---- checkpoints of a run ---- */

/* Write ckpt-<tag>.h5 of a member and of its files, of which fields may be NULL; tags end in a
 * zero-padded number. Collective. */
weft_status run_restart_write(const char *dir, run_member *member, const char *tag,
                              weft_file *series, weft_file *fields);
/* The names of the files' frames in checkpoints. */
#define RUN_SERIES_FRAME "series"
#define RUN_FIELDS_FRAME "snapshots"
/* The newest sound checkpoint of a directory whose name begins with prefix, damaged ones being
 * passed over with a warning; NULL if there are no checkpoints. A new string. Errors: WEFT_IO,
 * there are checkpoints and none is sound. Collective. */
weft_status run_restart_find(MPI_Comm comm, const char *dir, const char *prefix, char **path);
/* Remove checkpoints beyond the newest keep that are whole. Those behind the name newest, which
 * must be damaged as the run did not go on from them, neither count nor go; NULL: there are none.
 * Collective. */
void run_restart_prune(MPI_Comm comm, const char *dir, const char *prefix, const char *newest,
                       int keep);
/* The stored parameters must be those of the input, but for keys that do not change the physics.
 * Collective. */
weft_status run_restart_same(weft_file *file, const weft_input *input, const char *path);
/* May time.end not change either? Local. */
bool run_restart_end_fixed(const weft_input *input);
/* The same of two texts of parameters; whole: time.end must be the same, too. Local. */
weft_status run_restart_compare(const char *stored, const char *present, bool whole,
                                const char *path);

/* Does --resume find the whole run of the input? An error where the results in the directory are
 * those of other parameters, or of a whole run from which nothing can go on. Collective. */
weft_status run_results_resumable(MPI_Comm comm, const weft_input *input, const run_results *r,
                                  bool *complete);
/* Make the directory and lock it; an error where it holds results, unless the options allow it, and
 * where another run is at work. Collective. */
weft_status run_results_claim(MPI_Comm comm, const weft_run_options *options, run_results *results);
/* Remove what a killed run left unfinished in a directory that is locked; of a run that is complete
 * (then locked here, if something is left), also those of blocks and all checkpoints of the prefix
 * but the newest. Collective. */
weft_status run_results_tidy_complete(MPI_Comm comm, run_results *results, const char *prefix);
/* Remove what is to be overwritten, and write params.used.yaml. Collective. */
weft_status run_results_prepare(MPI_Comm comm, const weft_input *input,
                                const weft_run_options *options, const run_results *results);

/* ---- lock.c ---- */

/* Keep other runs out of the directory, which exists. WEFT_INPUT: another one is at work there.
 * Collective. */
weft_status run_results_lock(MPI_Comm comm, run_results *results);
/* Before anything in the directory is replaced or removed: is the lock still this run's? WEFT_IO:
 * the directory was moved, or another run works there. Without a lock (scans) always. Collective.
 */
weft_status run_results_own(MPI_Comm comm, const run_results *results);
/* Local. */
void run_results_unlock(run_results *results);

/* The lines at the start of a run. Local. */
void run_announce(const run_member *member, const run_results *results, int64_t replicas);

/* Remove a request to stop that was left from an earlier run. Collective. */
void run_results_forget_stop(MPI_Comm comm, const run_results *results);

/* Run an input of one replica. Collective. */
weft_status run_one(MPI_Comm comm, const weft_input *input, const weft_run_options *options,
                    run_results *results);

#endif
