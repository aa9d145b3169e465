/* The format of the logs of a scan, private to log.c and results.c. A log is a row of
 * entries; an entry is a head (log_head), some bytes, and zeros up to a multiple of 8
 * bytes. Numbers are those of the machine. */
#ifndef WEFT_SCAN_LOG_H
#define WEFT_SCAN_LOG_H

#include "internal.h"

/* "wef1" as bytes: every entry begins with it. */
enum { SCAN_MAGIC = 0x31666577 };
/* Kinds of entries. OPENED: log_opened, who writes, the first entry. STARTED: log_event, a
 * point is being worked on. LAYOUT: the 16 bytes of its digest, then an outcome's layout.
 * DONE: log_event, then the values. ERRORS: log_event, then errors of reductions
 * (scan_error), before DONE. FAILED: log_event, then the message. RETRY: log_event, a
 * failed point may be tried again. LEFT_OUT: log_event, then the reductions of ERRORS without one
 * block after the other (reduction, block), before ERRORS. STOPPED: log_event, the work of a start
 * on a point that is not done and will go on from its checkpoint. */
enum {
    LOG_OPENED = 1,
    LOG_STARTED,
    LOG_LAYOUT,
    LOG_DONE,
    LOG_FAILED,
    LOG_RETRY,
    LOG_ERRORS,
    LOG_LEFT_OUT,
    LOG_STOPPED
};

typedef struct log_head {
    uint32_t magic, kind;
    uint64_t bytes; /* of what follows, less the padding to 8 */
    uint64_t sum;
} log_head;

/* task of tasks (0: no array), group of the process, ranks that work on a point together. */
typedef struct log_opened {
    int32_t task, tasks, group, ranks;
    char host[128], version[64], git[64];
} log_opened;

typedef struct log_event {
    uint64_t id[2];
    double time; /* seconds since 1970 */
    double seconds;
    uint64_t layout[2]; /* done: digest of the layout; failed: its code */
    int64_t count; /* doubles, errors, blocks or characters that follow; retry: failures seen */
} log_event;

/* Checksum of an entry. Local. */
uint64_t scan_log_sum(uint32_t kind, const void *data, size_t n);

#endif
