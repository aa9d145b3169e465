/* Rows wait in memory, since to write one costs tens of microseconds: a call of HDF5 for each
 * variable, and a flush, which puts checksums on chunks and blocks. They go into the file together
 * when the ranks meet (a few times a second, see loop.c), before a checkpoint and at the end.
 *
 * Invariants. (1) Rows are written in their order and without gaps, and all of them before a frame
 * of the file is made for a checkpoint. (2) A row waits for a second at most where records come at
 * all: should the ranks not meet for so long, as steps became slow, the next record brings the rows
 * to the system. A kill loses no others. (3) The time loop takes no memory.
 *
 * Values lie variable by variable, row after row, as the file wants them: offset * room is the
 * place of an observer. Rank 0 alone has the file and rows; the others count. */
#include "rows.h"
#include "weft/clock.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* Bytes of all rows, but one row at least. */
static const int64_t most_bytes = 1 << 18;

/* Seconds for which rows wait. */
static const double longest_wait = 1;

struct run_rows {
    weft_file *file;
    const run_observers *observers;
    bool here;             /* this rank has the rows */
    int64_t room, n;       /* rows */
    int64_t first;         /* number of the first one */
    int64_t unsettled;     /* records since the ranks last flushed the file together */
    double last;           /* clock, when the system last got all rows */
    double *time, *values; /* half: of the replica at half the step, less value; or NULL */
    double *half;
};

/* All memory that rows will need. */
run_rows *run_rows_create(weft_file *file, const run_member *m)
{
    run_rows *r = weft_alloc(1, sizeof *r);
    const int64_t total = m->observers.total, width = 1 + (m->half ? 2 : 1) * total;
    *r = (run_rows){.file = file,
                    .observers = &m->observers,
                    .here = m->sim->grid->rank == 0,
                    .last = weft_now()};
    r->room = most_bytes / (int64_t)sizeof(double) / width;
    if (r->room > run_calendar_records(&m->observe))
        r->room = run_calendar_records(&m->observe);
    r->room = r->room > 1 ? r->room : 1;
    if (!r->here)
        return r;
    r->time = weft_alloc((size_t)r->room, sizeof *r->time);
    r->values = weft_alloc((size_t)(r->room * total), sizeof *r->values);
    if (m->half)
        r->half = weft_alloc((size_t)(r->room * total), sizeof *r->half);
    return r;
}

void run_rows_free(run_rows *r)
{
    if (!r)
        return;
    weft_free(r->time);
    weft_free(r->values);
    weft_free(r->half);
    weft_free(r);
}

/* The last row of an array of values. */
static void put(const run_rows *r, double *values, const run_observer *item, const double *record)
{
    memcpy(values + item->offset * r->room + r->n * item->count, record + item->offset,
           (size_t)item->count * sizeof *values);
}

/* The difference of the error check is value less half-step value. */
weft_status run_rows_append(run_rows *r, const run_member *m, int64_t entry)
{
    r->unsettled++;
    if (!r->here)
        return WEFT_OK;
    if (r->n == 0)
        r->first = entry;
    r->time[r->n] = run_calendar_stamp(&m->observe, entry, m);
    for (int64_t j = 0; m->half && j < m->observers.total; j++)
        m->half_record[j] = m->record[j] - m->half_record[j];
    for (int i = 0; i < r->observers->n; i++) {
        const run_observer *item = &r->observers->item[i];
        put(r, r->values, item, m->record);
        if (m->half)
            put(r, r->half, item, m->half_record);
    }
    r->n++;
    const double now = weft_now();
    if (now - r->last < longest_wait)
        return r->n == r->room ? run_rows_write(r) : WEFT_OK;
    r->last = now;
    WEFT_TRY(run_rows_write(r));
    return weft_file_flush_alone(r->file);
}

/* A call of HDF5 for each variable, however many rows wait. On ranks without rows nothing. */
weft_status run_rows_write(run_rows *r)
{
    if (r->n == 0)
        return WEFT_OK;
    WEFT_TRY(weft_file_write_many(r->file, "time", r->first, r->n, r->time));
    for (int i = 0; i < r->observers->n; i++) {
        const run_observer *item = &r->observers->item[i];
        if (item->hidden)
            continue;
        char name[128];
        const int64_t at = item->offset * r->room;
        WEFT_TRY(weft_file_write_many(r->file, item->name, r->first, r->n, r->values + at));
        snprintf(name, sizeof name, "%s_error", item->name);
        if (r->half)
            WEFT_TRY(weft_file_write_many(r->file, name, r->first, r->n, r->half + at));
    }
    r->n = 0;
    return WEFT_OK;
}

/* The number of records since the last call is the same on all ranks, so that all or none take
 * part; here failures of rank 0 are told to all. */
weft_status run_rows_flush(run_rows *r)
{
    if (r->unsettled == 0)
        return WEFT_OK;
    WEFT_TRY(run_rows_write(r));
    r->unsettled = 0;
    r->last = weft_now();
    return weft_file_flush(r->file);
}
