/* The exchange of pencils, one step of a transform in three dimensions.
 *
 * A pencil is a block that is whole along one axis. The ranks that share the other two coordinates
 * form a group; inside it the array outer x n x modes x inner, cut along n, becomes whole along n
 * and cut along modes. Each rank has outer x n[r] x modes[r'] x inner values for each other one:
 * its rows, split by columns, go out in packed blocks; what comes in is slabs of n.
 *
 * Invariants: (1) How n and modes are dealt out is weft_grid_part's rule, which every rank computes
 * for every other one; so counts agree without a message. (2) Values are moved, never changed: the
 * exchange keeps all bits, and backward undoes forward. (3) A group is a communicator of its own,
 * so the exchanges of different groups cannot meet, and all ranks of a group call the exchange in
 * the same order. */
#include "internal.h"
#include "weft/memory.h"
#include "weft/timing.h"
#include <limits.h>
#include <string.h>

/* The first of the points of a rank of the group, out of n, and how many there are. */
static int64_t part_start(int64_t n, const fft_exchange *e, int rank)
{
    int64_t start, local;
    weft_grid_part(WEFT_PENCIL, n, e->size, rank, &start, &local);
    return start;
}

static int64_t part_size(int64_t n, const fft_exchange *e, int rank)
{
    int64_t start, local;
    weft_grid_part(WEFT_PENCIL, n, e->size, rank, &start, &local);
    return local;
}

/* Doubles to or from each rank of the group, and where they begin. The products fit into an int:
 * plan_exchange has checked the sums. */
static void count_values(fft_step *s)
{
    fft_exchange *e = &s->exchange;
    int64_t value = s->outer * s->inner * s->width;
    for (int r = 0; r < e->size; r++) {
        e->rows_count[r] = (int)(value * e->rows * part_size(s->modes, e, r));
        e->rows_start[r] = (int)(value * e->rows * part_start(s->modes, e, r));
        e->columns_count[r] = (int)(value * e->columns * part_size(s->n, e, r));
        e->columns_start[r] = (int)(value * e->columns * part_start(s->n, e, r));
    }
}

/* A rank whose share is too large fails alone; plan_steps in fft.c agrees on the status after all
 * ranks have planned all steps. scratch holds the rows split by columns; points the slabs as they
 * come in, where these must still be sorted. */
static weft_status plan_exchange(fft_step *s, double *work, unsigned flags)
{
    (void)work;
    (void)flags;
    fft_exchange *e = &s->exchange;
    int64_t value = s->outer * s->inner * s->width;
    int64_t rows = value * e->rows * s->modes, columns = value * e->columns * s->n;
    if (rows > INT_MAX || columns > INT_MAX)
        return weft_fail(WEFT_INPUT, "a transform of pencils of more than 2^31 values on one rank; "
                                     "use more ranks");
    int *table = weft_alloc(4 * (size_t)e->size, sizeof *table);
    e->rows_count = table;
    e->rows_start = table + e->size;
    e->columns_count = table + 2 * e->size;
    e->columns_start = table + 3 * e->size;
    count_values(s);
    s->scratch = weft_alloc((size_t)rows, sizeof(double));
    if (s->outer > 1)
        s->points = weft_alloc((size_t)columns, sizeof(double));
    return WEFT_OK;
}

/* Copy the rows of the buffer into blocks, one for each rank (out), or back. A block holds the
 * columns that its rank gets, of all rows of this rank. */
static void move_rows(const fft_step *s, double *buffer, bool out)
{
    const fft_exchange *e = &s->exchange;
    for (int r = 0; r < e->size; r++) {
        int64_t run = part_size(s->modes, e, r) * s->inner * s->width;
        double *block = s->scratch + e->rows_start[r];
        double *row = buffer + part_start(s->modes, e, r) * s->inner * s->width;
        for (int64_t i = 0; i < s->outer * e->rows; i++) {
            memcpy(out ? block : row, out ? row : block, (size_t)run * sizeof(double));
            block += run;
            row += s->modes * s->inner * s->width;
        }
    }
}

/* Copy the slabs of n in the buffer into blocks, one for each rank (out), or back. */
static void move_slabs(const fft_step *s, double *buffer, bool out)
{
    const fft_exchange *e = &s->exchange;
    int64_t column = e->columns * s->inner * s->width;
    for (int r = 0; r < e->size; r++) {
        int64_t run = part_size(s->n, e, r) * column;
        double *block = s->points + e->columns_start[r];
        double *slab = buffer + part_start(s->n, e, r) * column;
        for (int64_t i = 0; i < s->outer; i++) {
            memcpy(out ? block : slab, out ? slab : block, (size_t)run * sizeof(double));
            block += run;
            slab += s->n * column;
        }
    }
}

/* count: doubles to each rank of the group; one share stays here. */
static void count_messages(const fft_exchange *e, const int *count)
{
    int64_t doubles = 0;
    for (int r = 0; r < e->size; r++)
        doubles += count[r];
    weft_timing_messages(e->size - 1, doubles * (e->size - 1) / e->size * (int64_t)sizeof(double));
}

/* Where outer is 1, the blocks of slabs lie in the buffer already, in the order of the ranks. */
static void exchange_forward(const fft_step *s, double *buffer)
{
    const fft_exchange *e = &s->exchange;
    move_rows(s, buffer, true);
    const weft_activity before = weft_timing_enter(WEFT_WAITING);
    count_messages(e, e->rows_count);
    MPI_Alltoallv(s->scratch, e->rows_count, e->rows_start, MPI_DOUBLE,
                  s->points ? s->points : buffer, e->columns_count, e->columns_start, MPI_DOUBLE,
                  s->comm);
    weft_timing_leave(before);
    if (s->points)
        move_slabs(s, buffer, false);
}

/* The same moves in the opposite order. */
static void exchange_backward(const fft_step *s, double *buffer)
{
    const fft_exchange *e = &s->exchange;
    if (s->points)
        move_slabs(s, buffer, true);
    const weft_activity before = weft_timing_enter(WEFT_WAITING);
    count_messages(e, e->columns_count);
    MPI_Alltoallv(s->points ? s->points : buffer, e->columns_count, e->columns_start, MPI_DOUBLE,
                  s->scratch, e->rows_count, e->rows_start, MPI_DOUBLE, s->comm);
    weft_timing_leave(before);
    move_rows(s, buffer, false);
}

const fft_method fft_exchange_pencils = {plan_exchange, exchange_forward, exchange_backward};
