/* A number that groups of ranks count up together, private to work.c. It is kept by world rank 0,
 * which has work of its own: it answers when it attends, between its points and within them. */
#ifndef WEFT_SCAN_COUNTER_H
#define WEFT_SCAN_COUNTER_H

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct scan_counter {
    MPI_Comm comm; /* a copy of the world, so that nobody else's messages are taken */
    int rank;
    int64_t value, end;      /* value: rank 0 */
    int counting;            /* rank 0: how many others may still ask */
    bool ordered, is_closed; /* an answer is under way; this group does not count any more */
} scan_counter;

/* From 0; numbers from end on are "there is none any more". others: how many ranks beside 0 will
 * count. Collective over world. */
void scan_counter_open(MPI_Comm world, int64_t end, int others, scan_counter *counter);
/* Ask for the next number, which scan_counter_next will return: what lies between hides the time of
 * the answer. Local. */
void scan_counter_order(scan_counter *counter);
/* The next number; -1: there is none any more, -2: somebody has stopped the counting. Not to be
 * called again after these, except by rank 0. */
int64_t scan_counter_next(scan_counter *counter);
/* There are no numbers any more, for nobody. Local. */
void scan_counter_stop(scan_counter *counter);
/* Answer those that have asked, if this is rank 0. counter: a scan_counter. Local. */
void scan_counter_attend(void *counter);
/* Rank 0 answers until all others have got to the end. Collective over world. */
void scan_counter_close(scan_counter *counter);

#endif
