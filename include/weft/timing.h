/* Where the time of a run goes: an account of what this process does in the time loop.
 *
 * Parts of a step (transforms, noise, ...) are timed in some steps only, so many that the clock
 * takes less than a quarter of a per cent; what is done now and then (records, snapshots,
 * checkpoints) is timed always. There is one account in a process. */
#ifndef WEFT_TIMING_H
#define WEFT_TIMING_H

#include "weft/declare.h"
#include <stdbool.h>
#include <stdint.h>

WEFT_DECLARE_BEGIN

typedef enum weft_activity {
    WEFT_KERNELS,    /* steps, without the five that follow */
    WEFT_TRANSFORMS, /* Fourier transforms, without the waiting in their redistributions */
    WEFT_NOISE,      /* random numbers that are made by rows; kernels may make their own */
    WEFT_HALO,       /* copies of ghost layers */
    WEFT_REDUCTIONS, /* sums and extremes over all ranks */
    WEFT_WAITING,    /* in MPI, for ghost layers, redistributions, other groups of replicas */
    WEFT_RECORDS,    /* observables, and their way into the file */
    WEFT_SNAPSHOTS,
    WEFT_CHECKPOINTS,
    WEFT_OTHER, /* the rest of the loop */
    WEFT_ACTIVITIES
} weft_activity;

typedef struct weft_account {
    double seconds[WEFT_ACTIVITIES];
    double messages, bytes; /* that this process sends in a step, ghost layers and transforms */
    double transforms;      /* of whole fields in a step, there or back */
} weft_account;

/* Empty the account and start its clock. Local. */
void weft_timing_start(void);
/* What was done since then. The parts of steps that were not timed are taken to be shared out as in
 * those that were. Local. */
weft_account weft_timing_account(void);
/* "transforms", ...: words of a table and of attributes. The string is constant. Local. */
const char *weft_timing_name(weft_activity activity);

/* Before a step of the loop: decides whether it is timed. Local. */
void weft_timing_step_begin(void);
/* After it. Local. */
void weft_timing_step_end(void);

/* Around records, snapshots and checkpoints, and where groups of replicas wait for each other; not
 * within a step. begin is what weft_now (weft/clock.h) said before. Local. */
void weft_timing_outside(weft_activity activity, double begin);

/* Whether the present step is timed. Not to be changed from outside. */
extern bool weft_timing_on;
/* For the functions below: from now on time belongs to another activity; the one before. Local. */
weft_activity weft_timing_switch(weft_activity to);
/* For weft_timing_messages. Local. */
void weft_timing_add_messages(int64_t messages, int64_t bytes);

/* Around a part of a step: what enter returns is handed to leave. A part may contain others; their
 * time is not its own. Local. */
static inline weft_activity weft_timing_enter(weft_activity activity)
{
    return weft_timing_on ? weft_timing_switch(activity) : activity;
}

/* The end of the part that enter began. Local. */
static inline void weft_timing_leave(weft_activity before)
{
    if (weft_timing_on)
        (void)weft_timing_switch(before);
}

/* Messages that are sent in a part of a step, and their bytes. Local. */
static inline void weft_timing_messages(int64_t messages, int64_t bytes)
{
    if (weft_timing_on)
        weft_timing_add_messages(messages, bytes);
}

/* For the function below. Local. */
void weft_timing_add_transform(void);

/* A transform of a whole field, there or back. Local. */
static inline void weft_timing_transform(void)
{
    if (weft_timing_on)
        weft_timing_add_transform();
}

WEFT_DECLARE_END

#endif
