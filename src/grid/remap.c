/* Redistribution of the same points from one decomposition to another, for example from blocks to
 * the slabs of a transform. Each pair of ranks whose boxes meet exchanges one packed message; what
 * stays on a rank is copied straight.
 *
 * Invariants: (1) After one gather every rank knows all boxes, so sender and receiver compute the
 * same common box and need not tell each other its shape; both pack it with x fastest. (2) The
 * boxes of one side are disjoint (the caller's promise). So if the common volumes add up to the
 * volume of a box, each of its points has exactly one partner; check_boxes tests this on every
 * rank. (3) Receives are posted first and nobody waits before all his sends are started: no order
 * of ranks can deadlock. (4) Messages land in disjoint places, so the order of their arrival cannot
 * matter. */
#include "copy.h"
#include "weft/grid.h"
#include "weft/memory.h"
#include <limits.h>

/* One tag suffices: a pair of ranks exchanges at most one message in each direction. */
enum { TAG = 7710 };

/* What goes to, or comes from, one other rank. */
typedef struct part {
    grid_copy copy;
    char *buffer;
} part;

/* The plan; requests are persistent. The arrays have room for all ranks, n_send and n_receive say
 * how much of them is used. */
struct weft_remap {
    size_t element;
    MPI_Datatype type; /* `element` bytes */
    bool stays;        /* some points stay on this rank */
    grid_copy own;
    int n_send, n_receive;
    part *send, *receive;
    MPI_Request *sends, *receives;
    char *buffer; /* of all messages; send and receive point into it */
};

/* The common points of two boxes; false if there are none. */
static bool meet(const int64_t *a, const int64_t *b, int64_t start[3], int64_t count[3])
{
    for (int i = 0; i < 3; i++) {
        int64_t a_end = a[i] + a[3 + i], b_end = b[i] + b[3 + i];
        start[i] = a[i] > b[i] ? a[i] : b[i];
        count[i] = (a_end < b_end ? a_end : b_end) - start[i];
        if (count[i] <= 0)
            return false;
    }
    return true;
}

/* The element of global point `start` in an array that holds the box. */
static int64_t position(const weft_box *box, const int64_t start[3])
{
    int64_t at = box->origin;
    for (int i = 0; i < 3; i++)
        at += (start[i] - box->start[i]) * box->stride[i];
    return at;
}

/* The copy of `count` points from global point `start` on, from one box to another. A box that is
 * NULL stands for a packed buffer. */
static grid_copy box_copy(const weft_box *from, const weft_box *to, const int64_t start[3],
                          const int64_t count[3])
{
    grid_copy copy = {.count = {1, count[0], count[1], count[2]}};
    for (int i = 0; i < 3; i++) {
        copy.from[i + 1] = from ? from->stride[i] : 0;
        copy.to[i + 1] = to ? to->stride[i] : 0;
    }
    copy.from_start = from ? position(from, start) : 0;
    copy.to_start = to ? position(to, start) : 0;
    if (!from)
        grid_copy_unpack(&copy);
    if (!to)
        grid_copy_pack(&copy);
    grid_copy_simplify(&copy);
    return copy;
}

/* Points of a box. */
static int64_t volume(const int64_t local[3])
{
    return local[0] * local[1] * local[2];
}

/* All boxes: for each rank 12 numbers, start and local size of its box `from`, then of its box
 * `to`. The caller frees them. Collective. */
static int64_t *gather(MPI_Comm comm, int size, const weft_box *from, const weft_box *to)
{
    int64_t mine[12];
    for (int i = 0; i < 3; i++) {
        mine[i] = from->start[i];
        mine[3 + i] = from->local[i];
        mine[6 + i] = to->start[i];
        mine[9 + i] = to->local[i];
    }
    int64_t *all = weft_alloc((size_t)size * 12, sizeof *all);
    MPI_Allgather(mine, 12, MPI_INT64_T, all, 12, MPI_INT64_T, comm);
    return all;
}

/* Whether every point of this rank's boxes goes to, and comes from, exactly one rank, in messages
 * that MPI can count. The verdict may differ between ranks: the caller must agree. */
static weft_status check_boxes(const int64_t *all, int size, int rank)
{
    const int64_t *mine = all + 12 * rank;
    int64_t out = 0, in = 0, start[3], count[3];
    for (int r = 0; r < size; r++) {
        const int64_t *other = all + 12 * r;
        int64_t both[2] = {0, 0};
        if (meet(mine, other + 6, start, count))
            both[0] = volume(count);
        if (meet(other, mine + 6, start, count))
            both[1] = volume(count);
        if (r != rank && (both[0] > INT_MAX || both[1] > INT_MAX))
            return weft_fail(WEFT_INPUT, "a redistribution moves more than 2^31 values between "
                                         "two ranks; use more ranks");
        out += both[0];
        in += both[1];
    }
    if (out != volume(mine + 3) || in != volume(mine + 9))
        return weft_fail(WEFT_FAILED, "the boxes of a redistribution do not hold the same points");
    return WEFT_OK;
}

/* peers: room for 2 * size ranks; the first half gets those that are sent to, the second half those
 * that are received from, in the order of remap->send and remap->receive. */
static void plan_parts(weft_remap *remap, const int64_t *all, int size, int rank,
                       const weft_box *from, const weft_box *to, int *peers)
{
    const int64_t *mine = all + 12 * rank;
    int64_t start[3], count[3];
    remap->stays = meet(mine, mine + 6, start, count);
    if (remap->stays)
        remap->own = box_copy(from, to, start, count);
    /* Each rank begins with its next one, so that they do not all send to the same. */
    for (int step = 1; step < size; step++) {
        int target = (rank + step) % size, source = (rank - step + size) % size;
        if (meet(mine, all + 12 * target + 6, start, count)) {
            peers[remap->n_send] = target;
            remap->send[remap->n_send++].copy = box_copy(from, NULL, start, count);
        }
        if (meet(all + 12 * source, mine + 6, start, count)) {
            peers[size + remap->n_receive] = source;
            remap->receive[remap->n_receive++].copy = box_copy(NULL, to, start, count);
        }
    }
}

/* Bytes of the buffer of one message, in whole cache lines. */
static size_t padded(const weft_remap *remap, const part *p)
{
    return ((size_t)grid_copy_elements(&p->copy) * remap->element + 63) / 64 * 64;
}

/* Deals out one buffer for all messages, in whole cache lines, and makes the requests. Local. */
static void plan_requests(weft_remap *remap, MPI_Comm comm, int size, const int *peers)
{
    size_t bytes = 0;
    for (int i = 0; i < remap->n_send; i++)
        bytes += padded(remap, &remap->send[i]);
    for (int i = 0; i < remap->n_receive; i++)
        bytes += padded(remap, &remap->receive[i]);
    char *next = remap->buffer = weft_alloc(bytes, 1);
    for (int i = 0; i < remap->n_send; i++) {
        part *p = &remap->send[i];
        p->buffer = next;
        next += padded(remap, p);
        MPI_Send_init(p->buffer, (int)grid_copy_elements(&p->copy), remap->type, peers[i], TAG,
                      comm, &remap->sends[i]);
    }
    for (int i = 0; i < remap->n_receive; i++) {
        part *p = &remap->receive[i];
        p->buffer = next;
        next += padded(remap, p);
        MPI_Recv_init(p->buffer, (int)grid_copy_elements(&p->copy), remap->type, peers[size + i],
                      TAG, comm, &remap->receives[i]);
    }
}

/* Nothing is kept of the boxes but the copies made from them. The status is agreed upon before the
 * plan is made, so either all ranks have a plan or none has. */
weft_status weft_remap_create(MPI_Comm comm, const weft_box *from, const weft_box *to,
                              size_t element, weft_remap **out)
{
    int rank, size;
    *out = NULL;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    int64_t *all = gather(comm, size, from, to);
    weft_status status = weft_agree(comm, check_boxes(all, size, rank));
    if (status == WEFT_OK) {
        weft_remap *remap = weft_alloc(1, sizeof *remap);
        int *peers = weft_alloc(2 * (size_t)size, sizeof *peers);
        remap->element = element;
        remap->send = weft_alloc((size_t)size, sizeof *remap->send);
        remap->receive = weft_alloc((size_t)size, sizeof *remap->receive);
        remap->sends = weft_alloc((size_t)size, sizeof *remap->sends);
        remap->receives = weft_alloc((size_t)size, sizeof *remap->receives);
        MPI_Type_contiguous((int)element, MPI_BYTE, &remap->type);
        MPI_Type_commit(&remap->type);
        plan_parts(remap, all, size, rank, from, to, peers);
        plan_requests(remap, comm, size, peers);
        weft_free(peers);
        *out = remap;
    }
    weft_free(all);
    return status;
}

/* Requests are freed before the buffers that they point to. */
void weft_remap_free(weft_remap *remap)
{
    if (!remap)
        return;
    for (int i = 0; i < remap->n_send; i++)
        MPI_Request_free(&remap->sends[i]);
    for (int i = 0; i < remap->n_receive; i++)
        MPI_Request_free(&remap->receives[i]);
    MPI_Type_free(&remap->type);
    weft_free(remap->send);
    weft_free(remap->receive);
    weft_free(remap->sends);
    weft_free(remap->receives);
    weft_free(remap->buffer);
    weft_free(remap);
}

/* Unpacks each message as soon as it is there; the copy of what stays runs while messages travel.
 */
void weft_remap_run(weft_remap *remap, const void *source, void *target)
{
    if (remap->n_receive > 0)
        MPI_Startall(remap->n_receive, remap->receives);
    for (int i = 0; i < remap->n_send; i++) {
        grid_copy_run(&remap->send[i].copy, remap->element, remap->send[i].buffer, source);
        MPI_Start(&remap->sends[i]);
    }
    if (remap->stays)
        grid_copy_run(&remap->own, remap->element, target, source);
    for (int n = 0; n < remap->n_receive; n++) {
        int i;
        MPI_Waitany(remap->n_receive, remap->receives, &i, MPI_STATUS_IGNORE);
        grid_copy_run(&remap->receive[i].copy, remap->element, target, remap->receive[i].buffer);
    }
    if (remap->n_send > 0)
        MPI_Waitall(remap->n_send, remap->sends, MPI_STATUSES_IGNORE);
}
