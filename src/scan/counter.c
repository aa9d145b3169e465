/* The counter from which groups of ranks take their chunks of points.
 *
 * Messages to and from world rank 0, and no one-sided calls: many clusters have no network for
 * which MPI offers them (Open MPI with TCP as Debian ships it), and where they are offered over TCP
 * they are served by the same rank at the same moments anyway.
 *
 * Invariants. (1) Every number is given once, since only rank 0 counts. (2) A rank that asked gets
 * one answer; it asks at most once before it takes that. (3) Each of the others tells rank 0 or
 * is told by it exactly once that it has ended, by a stop of its own or by a number beyond the
 * end: rank 0 knows how many may still ask, and leaves when there are none. (4) Adding a huge
 * number stops the counting for all: whoever comes next finds a number beyond the end. */
#include "counter.h"
#include <stddef.h>

enum { ASK = 1, ANSWER = 2 };

/* It is beyond any number, and a number of at least this size tells a stop from the ordinary end.
 */
static const int64_t no_more = (int64_t)1 << 40;

void scan_counter_open(MPI_Comm world, int64_t end, int others, scan_counter *c)
{
    *c = (scan_counter){.end = end, .counting = others};
    MPI_Comm_dup(world, &c->comm);
    MPI_Comm_rank(c->comm, &c->rank);
}

/* On rank 0. */
static int64_t add(scan_counter *c, int64_t more)
{
    int64_t before = c->value;
    c->value += more;
    return before;
}

/* On rank 0: one request, from whom it comes. A stop is not answered. */
static void answer(scan_counter *c)
{
    int64_t more;
    MPI_Status from;
    MPI_Recv(&more, 1, MPI_INT64_T, MPI_ANY_SOURCE, ASK, c->comm, &from);
    int64_t before = add(c, more);
    c->counting -= more == no_more || before >= c->end;
    if (more != no_more)
        MPI_Send(&before, 1, MPI_INT64_T, from.MPI_SOURCE, ANSWER, c->comm);
}

static void ask(scan_counter *c, int64_t more)
{
    MPI_Send(&more, 1, MPI_INT64_T, 0, ASK, c->comm);
}

void scan_counter_order(scan_counter *c)
{
    if (c->rank == 0 || c->ordered || c->is_closed)
        return;
    ask(c, 1);
    c->ordered = true;
}

/* What rank 0 takes for itself comes after those that wait. */
int64_t scan_counter_next(scan_counter *c)
{
    int64_t number;
    if (c->rank == 0) {
        scan_counter_attend(c);
        number = add(c, 1);
    } else {
        scan_counter_order(c);
        MPI_Recv(&number, 1, MPI_INT64_T, 0, ANSWER, c->comm, MPI_STATUS_IGNORE);
        c->ordered = false;
    }
    c->is_closed = number >= c->end;
    return number < c->end ? number : number < no_more ? -1 : -2;
}

/* A number that was ordered is lost; it may be the one that ends the counting of this rank. */
void scan_counter_stop(scan_counter *c)
{
    if (c->ordered)
        (void)scan_counter_next(c);
    if (c->is_closed)
        return;
    c->is_closed = true;
    if (c->rank == 0)
        add(c, no_more);
    else
        ask(c, no_more);
}

void scan_counter_attend(void *counter)
{
    scan_counter *c = counter;
    int waiting = c->rank == 0 && c->counting > 0;
    while (waiting) {
        MPI_Iprobe(MPI_ANY_SOURCE, ASK, c->comm, &waiting, MPI_STATUS_IGNORE);
        if (waiting)
            answer(c);
    }
}

void scan_counter_close(scan_counter *c)
{
    while (c->rank == 0 && c->counting > 0)
        answer(c);
    MPI_Comm_free(&c->comm);
}
