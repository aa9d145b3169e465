/* Writing the results of points to disk. Each group of ranks appends to a log of its own: a
 * file in DIR/results, of entries with a checksum each. A start of a scan makes new logs;
 * nothing is ever changed or removed in an old one.
 *
 * Invariants. (1) Whatever ends a process, the entries before are there: entries are
 * appended whole by one write, and a damaged end is passed over by the reader. After an
 * error of writing the scan ends, so that no entry stands behind a damaged one. (2) A log
 * is locked (flock) while its process lives, so that others can tell who is at work; the
 * kernel drops the lock however the process ends. (3) Results reach the disk within two
 * seconds, which bounds what the loss of a machine costs. (4) No two processes write one
 * file: names hold an identity drawn at random, and O_EXCL makes sure.
 *
 * What an entry means follows from the log alone and not from other logs, so that results.c
 * can read them in any order. */
#include "log.h"
#include "weft/clock.h"
#include "weft/memory.h"
#include "weft/provenance.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Results reach the disk after so many seconds: what the loss of a machine may cost. A sync
 * for each short point would take longer than the point. */
static const double seconds_between_syncs = 2;

/* An open log. layout: the digest of the layout that was written last; entries of results
 * refer to it, and a layout that does not change is written once. */
struct scan_log {
    int file;
    char *path;
    double synced; /* weft_now() */
    uint64_t layout[2];
};

/* Seconds since 1970. Clocks of machines differ: times are for people, and never decide
 * anything. */
static double wall_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A signal may interrupt a write, and a write may take only a part. */
static weft_status write_all(scan_log *log, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t written = write(log->file, data, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return weft_fail(WEFT_IO, "%s: cannot write it: %s", log->path, strerror(errno));
        data += written;
        n -= (size_t)written;
    }
    return WEFT_OK;
}

/* The kind is part of it, so that an entry cannot be taken for one of another kind. */
uint64_t scan_log_sum(uint32_t kind, const void *data, size_t n)
{
    uint64_t digest[2];
    weft_digest(data, n, digest);
    return digest[0] + kind;
}

/* One entry of two parts, put together in memory so that a single write appends it. Zeros
 * fill it up to a multiple of 8, which keeps the numbers in a mapped log aligned. */
static weft_status append(scan_log *log, uint32_t kind, const void *a, size_t na, const void *b,
                          size_t nb)
{
    static const char zeros[8];
    log_head h = {.magic = SCAN_MAGIC, .kind = kind, .bytes = na + nb};
    ens_bytes entry = {0};
    ens_bytes_add(&entry, &h, sizeof h);
    ens_bytes_add(&entry, a, na);
    ens_bytes_add(&entry, b, nb);
    h.sum = scan_log_sum(kind, entry.data + sizeof h, na + nb);
    memcpy(entry.data, &h, sizeof h);
    ens_bytes_add(&entry, zeros, (8 - entry.n % 8) % 8);
    weft_status status = write_all(log, entry.data, entry.n);
    ens_bytes_free(&entry);
    if (status == WEFT_OK && weft_now() - log->synced > seconds_between_syncs) {
        if (fdatasync(log->file) != 0)
            status = weft_fail(WEFT_IO, "%s: cannot write it: %s", log->path, strerror(errno));
        log->synced = weft_now();
    }
    return status;
}

/* A new log of this process, locked for its life. task -1, tasks 0: of `weft scan
 * resubmit`, which runs nothing. The first entry says who writes. A file system that has no
 * locks costs nothing but what a status can say. */
weft_status scan_log_open(const char *dir, int task, int tasks, int group, int ranks,
                          scan_log **out)
{
    weft_provenance p;
    weft_provenance_now(&p);
    scan_log *log = weft_alloc(1, sizeof *log);
    log->path = weft_format("%s/results/task-%04d-group-%04d-%.8s.log", dir, task, group, p.uuid);
    log->file = open(log->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    log->synced = weft_now();
    *out = log;
    if (log->file < 0)
        return weft_fail(WEFT_IO, "%s: cannot make it: %s", log->path, strerror(errno));
    flock(log->file, LOCK_EX | LOCK_NB); /* where that is not possible, status knows less */
    log_opened o = {.task = task, .tasks = tasks, .group = group, .ranks = ranks};
    memcpy(o.host, p.host, sizeof o.host);
    memcpy(o.version, p.version, sizeof o.version);
    memcpy(o.git, p.git, sizeof o.git);
    return append(log, LOG_OPENED, &o, sizeof o, NULL, 0);
}

const char *scan_log_path(const scan_log *log)
{
    return log->path;
}

/* What all entries about a point begin with. */
static log_event make_event(const uint64_t id[2], double seconds)
{
    return (log_event){.id = {id[0], id[1]}, .time = wall_clock(), .seconds = seconds};
}

/* The point is being worked on: while this process lives, others show it as running. */
weft_status scan_log_start(scan_log *log, const uint64_t id[2])
{
    log_event e = make_event(id, 0);
    return append(log, LOG_STARTED, &e, sizeof e, NULL, 0);
}

/* The layout (if it is a new one) and the errors come before the entry that says "done": a
 * kill between them leaves entries that nothing refers to. */
weft_status scan_log_done(scan_log *log, const uint64_t id[2], double seconds,
                          const ens_outcome *outcome)
{
    log_event e = make_event(id, seconds);
    e.count = outcome->count;
    weft_digest(outcome->layout.data, outcome->layout.n, e.layout);
    if (memcmp(e.layout, log->layout, sizeof e.layout) != 0)
        WEFT_TRY(append(log, LOG_LAYOUT, e.layout, sizeof e.layout, outcome->layout.data,
                        outcome->layout.n));
    memcpy(log->layout, e.layout, sizeof e.layout);
    if (outcome->n_derived) {
        log_event left_out = make_event(id, seconds);
        left_out.count = outcome->n_left_out;
        WEFT_TRY(append(log, LOG_LEFT_OUT, &left_out, sizeof left_out, outcome->left_out,
                        (size_t)((outcome->n_derived - 1) * outcome->n_left_out) *
                            sizeof *outcome->left_out));
        log_event errors = make_event(id, seconds);
        errors.count = outcome->n_derived;
        WEFT_TRY(append(log, LOG_ERRORS, &errors, sizeof errors, outcome->derived,
                        (size_t)outcome->n_derived * sizeof *outcome->derived));
    }
    return append(log, LOG_DONE, &e, sizeof e, outcome->values,
                  (size_t)outcome->count * sizeof(double));
}

weft_status scan_log_stopped(scan_log *log, const uint64_t id[2], double seconds)
{
    log_event e = make_event(id, seconds);
    return append(log, LOG_STOPPED, &e, sizeof e, NULL, 0);
}

/* The message is stored with its final '\0'. */
weft_status scan_log_failed(scan_log *log, const uint64_t id[2], double seconds, int status,
                            const char *message)
{
    log_event e = make_event(id, seconds);
    e.layout[0] = (uint64_t)status;
    e.count = (int64_t)strlen(message) + 1;
    return append(log, LOG_FAILED, &e, sizeof e, message, (size_t)e.count);
}

/* The number of failures that are known now: only a further one makes the point failed
 * again. Counting makes this independent of clocks and of the order in which logs are read. */
weft_status scan_log_retry(scan_log *log, const uint64_t id[2], int64_t failures)
{
    log_event e = make_event(id, 0);
    e.count = failures;
    return append(log, LOG_RETRY, &e, sizeof e, NULL, 0);
}

/* What was written reaches the disk; closing drops the lock. */
weft_status scan_log_close(scan_log *log)
{
    weft_status status = WEFT_OK;
    if (!log)
        return WEFT_OK;
    if (log->file >= 0 && (fdatasync(log->file) != 0 || close(log->file) != 0))
        status = weft_fail(WEFT_IO, "%s: cannot write it: %s", log->path, strerror(errno));
    weft_free(log->path);
    weft_free(log);
    return status;
}
