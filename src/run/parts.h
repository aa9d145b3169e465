/* Pieces of a run: what src/run shares among its files, and gives to the modules above it
 * (ensemble, scan), which include it as "run/parts.h".
 *
 * Words. A record is what all observables of a run give at one time: one array of numbers. A
 * snapshot is the fields at one time. A replica is one realisation of the input: the same
 * parameters with noise of its own, numbered from 0. A member is one replica at work on a group of
 * ranks. A look is the moment when the rates of the motion are asked for again. A frame is what a
 * checkpoint keeps of a result file, so that the file can be put back. */
#ifndef WEFT_RUN_PARTS_H
#define WEFT_RUN_PARTS_H

#include "weft/io.h"
#include "weft/provenance.h"
#include "weft/run.h"

/* ---- calendar: the times of one kind of output ---- */
/* Its entries are numbered from 0, and the first lies at time 0. It owns its arrays
 * (run_calendar_free). */
typedef struct run_calendar {
    bool fixed;     /* entries are steps (the stepper has a fixed dt), else times */
    int64_t n;      /* number of entries, the first at time 0 */
    int64_t first;  /* the first entry of the run: at time.start or behind it */
    int64_t stride; /* steps between entries; 0: listed */
    double every;   /* time between entries; 0: listed */
    double digits;  /* every = digits/scale with whole numbers of few digits; 0: no decimal */
    double scale;   /* a power of ten */
    double end;     /* no entry is later */
    int64_t *steps; /* a listed calendar with fixed steps: n steps; else NULL */
    double *times;  /* a listed calendar in time: n times; else NULL */
    int64_t next;   /* the entry that is due next: those before it are done */
} run_calendar;

/* The calendar of a schedule that the user gave as section.key, up to the time end. dt: the
 * fixed step, or 0 where the stepper chooses its steps. A key that is not given makes an
 * empty calendar. Errors: WEFT_INPUT at the key, the interval is no whole number of steps.
 * Local. */
weft_status run_calendar_make(const weft_section *section, const char *key, weft_schedule schedule,
                              double dt, double end, run_calendar *out);
/* Let the entries lie at whole multiples of a time. Local. */
void run_calendar_spread(run_calendar *calendar, double every);
void run_calendar_free(run_calendar *calendar);
/* Begin at a step (fixed) or a time: `first` is the entry there or behind it. Local. */
void run_calendar_begin(run_calendar *calendar, int64_t step, double time);
/* The number of entries from the first on: so many records or snapshots has the whole run.
 * Local. */
int64_t run_calendar_records(const run_calendar *calendar);
/* The step of an entry (fixed calendars). Local. */
int64_t run_calendar_step(const run_calendar *calendar, int64_t entry);
/* The time of an entry. dt: the step of a fixed calendar, not used in others. Local. */
double run_calendar_time(const run_calendar *calendar, int64_t entry, double dt);
/* The time that is written beside a record, counted from the first one of the run: that of its
 * entry, which is a decimal number where the input has one; the state's own where the run ended
 * between two entries. Local. */
struct run_member;
double run_calendar_stamp(const run_calendar *calendar, int64_t record,
                          const struct run_member *member);
/* Is the next entry at this step and time, or before it? Local. */
bool run_calendar_due(const run_calendar *calendar, int64_t step, double time);

/* ---- time step ---- */
/* The time step of a member, and when the rates are looked at again. For a fixed step, time
 * = step * dt. Counts of steps are in steps of the present dt, but for `first`. */
typedef struct run_timing {
    double dt;           /* 0 if adaptive */
    int64_t steps;       /* number of the last step, at time.end; 0 if adaptive */
    double end;          /* time.end */
    double start;        /* time.start, the time of the initial state */
    int64_t first;       /* number of the step at time.start, in steps that were never halved */
    bool chosen;         /* dt: auto */
    bool refines;        /* halve the step where the motion needs it */
    bool varies;         /* the rates depend on the state, so that there are looks */
    bool warned;         /* the user knows that the given step may be unstable */
    int halvings;        /* how often the step was halved since the start */
    const char *bound;   /* what bounds a chosen step, in words; a constant text */
    int64_t next_look;   /* the step at which the next look is */
    int64_t gap;         /* steps between the last look and the next one */
    double last_allowed; /* the longest step that the last look allowed; 0: no look yet */
} run_timing;

/* The time step of an input: the section time and, for dt: auto and for the check of a
 * given dt, the rates that the model tells for the state in sim, which must be the initial
 * one. Errors: WEFT_INPUT at time.dt or time.end. Collective. */
weft_status run_timing_make(const weft_input *input, weft_sim *sim, run_timing *out);
/* The largest step that is stable with this stepper for `size` times these rates; infinite
 * where the stepper has no limit. Local. */
double run_stable_step(const weft_stepper *stepper, weft_rates rates, double size);
/* The step that is wanted for these rates, for stability with a margin and for accuracy;
 * *bound becomes a constant text that says what bounds it. Local. */
double run_needed_step(const weft_stepper *stepper, weft_rates rates, const char **bound);
/* After a step: are the rates still those that the step was chosen for? A step that refines is
 * halved (run_member_rescale) with a message; a given one is warned of once. WEFT_FAILED where no
 * step is small enough. Collective. */
weft_status run_timing_look(struct run_member *member);
/* The decimal number of 15 digits next to a time: 3 steps of 0.2 end at 0.6, not at
 * 0.6000000000000001. Local. */
double run_decimal(double time);

/* ---- observers: the resolved list of observables ---- */
/* One entry of the resolved list of observables. Names, units and long names belong to the
 * model's tables, labels and values of axes to the observer. */
typedef struct run_observer {
    const weft_observable *row; /* NULL if derived */
    const weft_derived *derived;
    double argument;   /* the 2 of renyi(2) */
    char name[64];     /* in files: renyi(2) is renyi_2 */
    char written[128]; /* in the input: renyi(2) */
    const char *unit;
    const char *long_name;
    int n_axes; /* beyond time; 0: a single number a record */
    weft_axis axes[WEFT_MAX_SHAPE];
    int64_t count;              /* numbers that it has in a record: the product of its axes */
    int64_t offset;             /* where the first of them stands in a record */
    int input[WEFT_MAX_INPUTS]; /* of a derived one: the observers that it is computed from */
    bool hidden;                /* not written: only an input, or written as its parts */
    bool parted;                /* its last axis has labels: further observers are its parts */
    int whole;                  /* of a part: the observer that it is a part of */
    int64_t part, parts;        /* which part, of how many; parts 0: it is no part */
    char about[192];            /* room for long_name */
} run_observer;

enum { WEFT_MAX_OBSERVERS = 256 };

typedef struct run_observers {
    int n;
    run_observer *item;
    int64_t total; /* numbers a record */
    int invariant; /* observer of the model's invariant, -1: there is none, or it is not observed */
} run_observers;

/* Warn of a field read from a file (values of the owned sites, x fastest) that does not close over
 * an axis that goes round. seam.c. Collective. */
void run_look_at_seams(const weft_sim *sim, const char *name, const double *values);

/* "density_A": the variable of one component of a field or observable of several. labels:
 * "A, B"; where it has not as many names as there are parts, the number of the part, from
 * 1, is taken instead. out: size bytes. Local. */
void run_part_name(const char *name, const char *labels, int64_t parts, int64_t part, char *out,
                   size_t size);
/* The name in files of an observable as it is written: letters, digits and underscores
 * only; renyi(2) becomes renyi_2. out: size bytes; longer names are cut. Local. */
void run_observer_name(const char *written, char *out, size_t size);
/* Resolve observe.list, or the default list, for a simulation that was started: names to
 * rows, axes, places in a record. Free with run_observers_free. Errors: WEFT_INPUT at
 * observe.list. Local. */
weft_status run_observers_make(const weft_input *input, weft_sim *sim, run_observers *out);
void run_observers_free(run_observers *observers);
/* Compute one record of the present state: `total` numbers, the same on every rank. The
 * state must be at one time (the stepper's sync called before). Errors: those of the model.
 * Collective. */
weft_status run_observers_compute(const run_observers *observers, weft_sim *sim, double *values);
/* Bring a record of a state that has not changed to the present time. Collective. */
weft_status run_observers_move_on(const run_observers *observers, weft_sim *sim, double *values);

/* The value of a derived quantity from a record, or from means of records. item->derived is
 * not NULL. Local. */
double run_observers_derive(const run_observers *observers, const run_observer *item,
                            const double *values);

/* ---- moments: the times that observables remember ---- */
/* A time that an observable refers to, and at which the model is asked to remember the
 * state. */
typedef struct run_moment {
    double time;
    int64_t step; /* the same as a step, where steps are fixed */
    int observer; /* which one refers to it */
} run_moment;

typedef struct run_moments {
    int n, next; /* in the order of time; those before next are past */
    run_moment *item;
} run_moments;

/* ---- resolution: does the grid hold what the fields have become? ---- */
/* resolve.c. What a member knows of it. */
typedef struct run_resolved {
    bool warned;  /* of the run; or there is nothing to warn of */
    bool armed;   /* the fields were smooth once, or should be by now */
    double first; /* the share of the start */
    int64_t step; /* when the next look is due, in steps of any length */
    double time;  /* and in time */
} run_resolved;

struct run_member;
/* The initial state: warn of one that should be smooth and is not resolved. Collective. */
void run_resolution_start(struct run_member *member);
/* At records: the same of the present state, once in a run. last: it is the last one. Collective.
 */
void run_resolution_look(struct run_member *member, bool last);

/* rest.c. At the start, and after the first step: warn where nothing will happen. Collective. */
void run_rest_start(struct run_member *member);
weft_status run_rest_look(struct run_member *member);

/* ---- one replica on its way ---- */
/* Everything that one replica on its way consists of. The member owns all but the input. */
typedef struct run_member {
    const weft_input *input;
    weft_sim *sim;
    void *stepper_data; /* of sim; made by the stepper's setup */
    run_timing timing;
    run_observers observers;
    run_calendar observe, fields;
    run_moments moments;
    double *record;             /* the last record: observers.total numbers */
    weft_provenance provenance; /* of the run: the same in all its files */
    /* error_check: the same problem at half the step */
    weft_sim *half;
    void *half_data;
    double *half_record; /* the last record of half; NULL without error_check */
    run_resolved resolved;
    bool beyond_single; /* warned that a snapshot has values that no float can hold */
    double *still;      /* rest.c: the values of a uniform start, until the first step; else NULL */
    bool fresh;         /* just created: replica 0 is at time 0 already */
    double *half_worst; /* per number: largest |difference| so far */
} run_member;

/* Everything that an input needs to run on comm, with the initial state of replica 0. The
 * input's automatic values (dt, lists, intervals) are settled. Call run_member_start or
 * run_member_load before the first step. Errors: WEFT_INPUT, WEFT_FAILED (memory); *out is
 * then NULL. Collective. */
weft_status run_member_create(MPI_Comm comm, const weft_input *input, run_member **out);
void run_member_free(run_member *member);
/* Put the member at time.start of a replica: initial state, stepper, calendars. Collective. */
weft_status run_member_start(run_member *member, uint32_t replica);
/* Divide the step by 2^halvings from now on; negative: multiply it. Times, and the times of
 * what is due, stay what they are, to the bit. Errors: those of the stepper. Collective. */
weft_status run_member_rescale(run_member *member, int halvings);
/* How far a member has come, and how far it has to go, since time.start: in steps of the length
 * that they had at the start (a step that was halved since counts as half a step), or in time where
 * the stepper chooses its steps. For progress and estimates. Local. */
double run_member_done(const run_member *member);
double run_member_length(const run_member *member);
/* Write the state of a member into an open checkpoint, under names with a prefix: step, time,
 * calendars, fields, what model and stepper keep. Collective. */
weft_status run_member_save(run_member *member, weft_file *file, const char *prefix);
/* Put the member where the open checkpoint has it. Errors: WEFT_IO (damaged), WEFT_INPUT
 * (another time step). Collective. */
weft_status run_member_load(run_member *member, uint32_t replica, weft_file *file,
                            const char *prefix);

/* Find the times that the member's observers refer to, in order. Errors: WEFT_INPUT at
 * observe.list, a time outside the run or between two steps. Local. */
weft_status run_moments_make(run_member *member);
/* The time of the next moment; infinite if there is none. Local. */
double run_moments_time(const run_member *member);
/* Is the next moment at the present time or before it? Local. */
bool run_moments_due(const run_member *member);
/* Have the model remember the state for every moment that is due. Collective. */
weft_status run_moments_remember(run_member *member);
/* After a restart: pass over the moments at or before the present time, which the
 * checkpoint has remembered. Local. */
void run_moments_skip(run_member *member);

/* What the loop tells its owner, who writes files or keeps numbers in memory. Statuses are
 * the same on all ranks of the member; anything but WEFT_OK ends the loop. */
typedef struct run_listener {
    void *context;
    /* member->record holds record number entry, from 0. Collective over the member's ranks. */
    weft_status (*record)(void *context, run_member *member, int64_t entry);
    /* Write snapshot number entry, from 0; the state is at one time, finite, and derived fields are
     * up to date. NULL: there are none. Collective. */
    weft_status (*snapshot)(void *context, run_member *member, int64_t entry);
    /* Write a checkpoint; the state is at one time and finite. Collective. */
    weft_status (*checkpoint)(void *context, run_member *member);
    weft_status (*meeting)(void *context); /* the ranks have met; NULL: nothing. Collective */
    bool record_end; /* the last state of a run that ends early is a record, at its own time */
} run_listener;

/* When to stop and what to show. The caller sets the first five and the pointers. */
typedef struct run_control {
    double deadline;                     /* weft_now() at which the budget ends; 0: none */
    double checkpoint_every;             /* seconds; 0: never */
    double last_checkpoint;              /* weft_now() */
    double checkpoint_cost;              /* seconds that the last one took */
    double longest_gap;                  /* seconds between two polls, the longest so far */
    const char *stop_file;               /* its existence asks for a stop; NULL: none */
    struct run_progress *progress;       /* NULL: none */
    double progress_base, progress_from; /* of replicas before; where the member was taken up */
    int64_t replica, replicas;           /* shown instead of steps, where there are replicas */
    double updates; /* steps, or units of time of adaptive runs, since the start */
    void (*attend)(void *), *attended; /* called every few ms on this rank alone; NULL: nothing */
    const char *why;                   /* why the loop stopped early */
    bool early;                        /* the model finished before the end */
} run_control;

/* Advance a member to the end of its time, or until the model has finished. WEFT_STOPPED:
 * somebody asked to stop (control->why says who), and a checkpoint was written.
 * WEFT_FAILED: the state is not finite, or a model or stepper failed. Collective. */
weft_status run_loop(run_member *member, const run_listener *listener, run_control *control);

/* ---- progress ---- */
typedef struct run_progress run_progress;
/* A progress line. done_before: what earlier starts did, total: the whole, both in a unit of the
 * caller; sites: how many sites one unit updates. Free with run_progress_free. Local. */
run_progress *run_progress_create(double done_before, double total, double sites);
/* So much of what is shown as done is not of this start. NULL: nothing. Local. */
void run_progress_skip(run_progress *progress, double done);
/* Show it, unless it was shown a moment ago. done: in units of total; updates: units done by this
 * start; drift: relative change of the invariant, nan: none. Local. */
void run_progress_show(run_progress *progress, double done, const char *where, double updates,
                       double drift);
void run_progress_end(run_progress *progress); /* erase the line from a terminal; local */
void run_progress_free(run_progress *progress);

/* ---- result files ---- */
/* The paths of a run's files, all in the directory dir; free with run_results_free. */
typedef struct run_results {
    char *dir;
    char *series_path, *fields_path, *stop_path, *lock_path;
    bool locked; /* by this run; on rank 0 */
} run_results;

/* The directory of results where the user names none: out/<name> with the stem of the
 * file's name; a file that is called like `plain` (input.yaml) gives the name of its
 * folder. A new string (weft_free). Local. */
char *run_default_directory(const char *path, const char *plain);
/* Paths in the directory out, NULL: the default one of the input. Makes nothing on the
 * disk. Free with run_results_free. Local. */
run_results *run_results_create(const weft_input *input, const char *out);
void run_results_free(run_results *results);

/* Write provenance, the resolved input and what the model has to say as attributes of the
 * file, which is open on comm. command may be NULL; parent_uuid: the run that this one goes
 * on from, NULL: that of the initial state's file, if there is one. Errors: WEFT_IO.
 * Collective. */
weft_status run_results_describe(weft_file *file, MPI_Comm comm, const run_member *member,
                                 const char *title, const char *command, const char *parent_uuid);

/* Define the unlimited dimension time. Errors: WEFT_IO. Collective. */
weft_status run_series_time(weft_file *file);

/* Put series.nc or fields.nc back to what it was when an open checkpoint of this run was
 * written, with so many records. name: RUN_SERIES_FRAME or RUN_FIELDS_FRAME. Errors:
 * WEFT_IO, it has fewer records. Collective. */
weft_status run_results_restore(MPI_Comm comm, weft_file *checkpoint, const char *name,
                                const char *path, int64_t records);

/* Create series.nc of a single run; resume: open it after it was restored. Close with
 * weft_file_close. Errors: WEFT_IO. Collective. */
weft_status run_series_open(const char *path, bool resume, const run_member *member,
                            const char *command, weft_file **out);
/* Warn the user where another version, or another state of the sources, goes on with a
 * file. Errors: WEFT_IO. Collective. */
weft_status run_series_warn_version(weft_file *file, const weft_provenance *now);
/* Write into a file, open on comm, who goes on with it; its status is "running" again.
 * Errors: WEFT_IO. Collective. */
weft_status run_series_take_up(weft_file *file, MPI_Comm comm, const run_member *member,
                               const char *command);
/* Create fields.nc; resume: open it after it was restored. Close with weft_file_close.
 * Errors: WEFT_IO. Collective. */
weft_status run_fields_open(const char *path, bool resume, const run_member *member,
                            const char *command, weft_file **out);
/* Append the fields of the present state as snapshot number entry (from 0) and flush.
 * Fields in k space are transformed into a buffer. Errors: WEFT_IO. Collective. */
weft_status run_fields_append(weft_file *file, run_member *member, int64_t entry);

/* Is the field to be written to fields.nc? Local. */
bool run_output_wants(const weft_input *input, const char *field);

/* What the long names of variables with this suffix begin with; a constant text. Local. */
const char *run_series_about(const char *suffix);
/* The text of a table with the axes of the grid: "x+y" for "x+y+z" in two dimensions. Local. */
void run_about(const char *text, int dim, char *out, size_t size);

/* The symbol of a part (a species, "re", "im"; "": the whole) of what has this symbol; a new
 * string. Local. */
char *run_part_symbol(const char *symbol, const char *part);
/* The symbol of a variable of the results of an input; a new string or NULL. Local. */
char *run_variable_symbol(const weft_input *input, const char *variable);
/* Define the dimensions and variables of observers in a file. suffix: "", "_stderr",
 * "_error" or "_replica", added to each name; leading: the n_leading dimensions before
 * those of the observer, such as "time". Errors: WEFT_IO. Collective. */
weft_status run_series_define(weft_file *file, const run_observers *observers, const char *suffix,
                              int n_leading, const char *const *leading);

/* ---- checkpoints of a run ---- */

/* Write the checkpoint ckpt-<tag>.h5 of a member and of its result files, of which fields
 * may be NULL; tags end in a zero-padded number, so that names sort by age. When it
 * returns, the files and the checkpoint are on the disk. Errors: WEFT_IO. Collective. */
weft_status run_restart_write(const char *dir, run_member *member, const char *tag,
                              weft_file *series, weft_file *fields);
/* The names of the files' frames in checkpoints. */
#define RUN_SERIES_FRAME "series"
#define RUN_FIELDS_FRAME "snapshots"
/* The newest sound checkpoint of a directory whose name begins with prefix; damaged ones
 * are passed over with a warning. *path: a new string (weft_free), NULL if there are no
 * checkpoints. Errors: WEFT_IO, there are checkpoints and none is sound. Collective. */
weft_status run_restart_find(MPI_Comm comm, const char *dir, const char *prefix, char **path);
/* Remove all checkpoints with this prefix beyond the newest `keep` that are whole. newest:
 * the name of the one that was just written; names behind it belong to checkpoints that
 * were damaged (the run did not go on from them), and neither count nor go; NULL: there are
 * none. Collective (rank 0 acts). */
void run_restart_prune(MPI_Comm comm, const char *dir, const char *prefix, const char *newest,
                       int keep);
/* The parameters stored in an open checkpoint must be those of the input, but for keys that
 * do not change the physics. path: for the message. Errors: WEFT_INPUT, they differ;
 * WEFT_IO. Collective. */
weft_status run_restart_same(weft_file *file, const weft_input *input, const char *path);
/* Must time.end stay the same, too, when this input is resumed? Local. */
bool run_restart_end_fixed(const weft_input *input);
/* The same for two texts of resolved inputs. whole: time.end must be equal, too; path: for
 * the message. Errors: WEFT_INPUT. Local. */
weft_status run_restart_compare(const char *stored, const char *present, bool whole,
                                const char *path);

/* Is there anything for --resume to do? *complete: the directory holds the whole run of
 * this input already. Errors: WEFT_INPUT, the results are those of other parameters, or of
 * a whole run without a checkpoint to go on from. Collective. */
weft_status run_results_resumable(MPI_Comm comm, const weft_input *input, const run_results *r,
                                  bool *complete);
/* Make the directory and lock it. Errors: WEFT_INPUT, it holds results and the options do
 * not allow that, or another run is at work there; WEFT_IO. Collective. */
weft_status run_results_claim(MPI_Comm comm, const weft_run_options *options, run_results *results);
/* In the directory of a complete run, remove what a killed run left unfinished, the
 * checkpoints of blocks, and all checkpoints of the prefix but the newest. Locks the
 * directory if there is something to remove. Collective. */
weft_status run_results_tidy_complete(MPI_Comm comm, run_results *results, const char *prefix);
/* Remove what is to be overwritten, and write params.used.yaml. The lock must be held.
 * Errors: WEFT_IO. Collective. */
weft_status run_results_prepare(MPI_Comm comm, const weft_input *input,
                                const weft_run_options *options, const run_results *results);

/* ---- lock.c ---- */

/* Keep other runs out of the directory, which must exist. Errors: WEFT_INPUT, another run
 * is at work there; WEFT_IO. Collective. */
weft_status run_results_lock(MPI_Comm comm, run_results *results);
/* Before anything in the directory is replaced or removed: is the lock still this run's? WEFT_IO:
 * the directory was moved, or another run works there. Without a lock (scans) always. Collective.
 */
weft_status run_results_own(MPI_Comm comm, const run_results *results);
/* Give the directory free, if the lock is still this run's. Local; only rank 0 has
 * something to do. */
void run_results_unlock(run_results *results);

/* Print the lines at the start of a run. replicas: of the ensemble, 1 for a single run.
 * Local. */
void run_announce(const run_member *member, const run_results *results, int64_t replicas);

/* Remove a request to stop (the file DIR/stop) that was left from an earlier run.
 * Collective. */
void run_results_forget_stop(MPI_Comm comm, const run_results *results);

/* Run an input of one replica to its end, in the directory of results, which is left locked
 * (the caller unlocks it). Errors: as weft_run. Collective. */
weft_status run_one(MPI_Comm comm, const weft_input *input, const weft_run_options *options,
                    run_results *results);

#endif
