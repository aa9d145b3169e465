/* The results of one run in memory, private to src/ensemble: what a scan keeps of a point. The
 * numbers are those that series.nc would hold, bit for bit. */
#ifndef WEFT_ENSEMBLE_OUTCOME_H
#define WEFT_ENSEMBLE_OUTCOME_H

#include "run/parts.h"

/* A growing array of bytes: n are used of room. Zeroed, it is empty. */
typedef struct ens_bytes {
    char *data;
    size_t n, room;
} ens_bytes;
void ens_bytes_add(ens_bytes *bytes, const void *data, size_t n);
void ens_bytes_free(ens_bytes *bytes);

/* What the numbers of an outcome mean: its times, and the visible observers with their
 * axes. Equal meanings have equal bytes. */
typedef struct ens_outcome_axis {
    char name[64], unit[32], long_name[160];
    int64_t n;
    const double *values;
} ens_outcome_axis;

typedef struct ens_outcome_item {
    char name[64], unit[32], long_name[160];
    int n_axes;
    ens_outcome_axis axis[WEFT_MAX_SHAPE];
    int64_t count;  /* numbers a record */
    int64_t offset; /* of its numbers: (record, count) */
} ens_outcome_item;

typedef struct ens_outcome_layout {
    int64_t records;
    const double *times;
    bool errors; /* standard errors follow the values */
    int n;
    ens_outcome_item *item;
    int64_t numbers; /* of all items and records */
} ens_outcome_layout;

/* The layout written as bytes, and read back (arrays then belong to the layout's own copy; free
 * with ens_outcome_layout_free). Local. */
ens_outcome_layout *ens_outcome_layout_read(const void *data, size_t n);
void ens_outcome_layout_free(ens_outcome_layout *layout);

/* ---- reduce.c ---- */

/* A reduction of a series to one number, as a scan wants it. */
typedef struct scan_derive {
    char name[96];    /* in scan.nc */
    char written[64]; /* observable, as in observe.list */
    char item[64];    /* the same in results */
    const weft_reduction *row;
    const weft_params *params; /* for reductions that need them */
} scan_derive;

/* Read "NAME" of the model's table, or "NAME(observable)" of a general one. Errors, which name no
 * place: WEFT_INPUT. Local. */
weft_status ens_reduction_read(const weft_model *model, const weft_params *params, const char *text,
                               scan_derive *out);
/* Is there a reduction of that name? Name number i of all that there are, the model's own first;
 * NULL behind the last. Local. */
bool ens_is_reduction(const weft_model *model, const char *name);
const char *ens_reduction_name(const weft_model *model, int i);
/* The reduction of n records, at the given times, of count numbers each (record, number); axis: the
 * values of the first axis of the observable, NULL: it has none. Local. */
double ens_reduce(const scan_derive *derive, int64_t n, const double *time, int64_t count,
                  const double *axis, const double *values);
/* The rule of a class of a model, with what it says further if its observable is recorded; a new
 * string. Local. */
char *ens_class_rule(const weft_class *class, bool recorded);

/* Standard error of a reduction, as it is stored. A further one has the name ENS_REPLICAS_DONE,
 * which no reduction has: the number of replicas in the means. */
#define ENS_REPLICAS_DONE "replicas_done"
typedef struct scan_error {
    char name[96];
    double error;
} scan_error;

/* The results of a run in memory. */
typedef struct ens_outcome {
    ens_bytes layout;
    int64_t numbers;
    /* numbers, then as many errors if there are replicas; on rank 0 alone. After a run that ended
     * early the records are those of its last state. */
    double *values;
    int64_t count; /* doubles in values */
    int n_derived; /* with replicas: jackknife errors of the reductions; on rank 0 alone */
    scan_error *derived;
    /* The estimates that the errors are made of: (reduction, block left out); nan where the series
     * is not kept without a block. n_left_out: blocks. On rank 0 alone. */
    int64_t n_left_out;
    double *left_out;
} ens_outcome;

typedef struct ens_outcome_options {
    const char *dir;                /* where checkpoints go if one is due; made only then */
    double deadline;                /* weft_now(); 0: none */
    const char *stop_file;          /* its existence asks for a stop */
    void (*attend)(void *attended); /* called every few milliseconds on this rank; NULL: nothing */
    void *attended;
    int n_derives; /* reductions whose errors are wanted */
    const scan_derive *derive;
} ens_outcome_options;

/* Run an input on comm, from its checkpoint in options->dir if there is one. WEFT_STOPPED: a
 * checkpoint is written. After any other error than WEFT_IO the caller may go on with another
 * input. out is to be freed in any case. Collective. */
weft_status ens_outcome_run(MPI_Comm comm, const weft_input *input,
                            const ens_outcome_options *options, ens_outcome *out);
void ens_outcome_free(ens_outcome *outcome);

#endif
