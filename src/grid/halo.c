/* Halo exchange: the ghost layers around the owned points of a rank get the values of the points
 * that they stand for, from neighbours or from the boundary condition.
 *
 * Invariants.
 * (1) Axes are worked on one after the other, and each axis carries the ghosts of the axes before
 * it along (see `layers`). So a corner comes right without a message to the diagonal neighbour: its
 * value travels along the first axis and then along the second. Two messages for each axis that is
 * cut suffice.
 * (2) A message holds `width` layers of owned points. check_halo makes sure that every rank with
 * points owns at least that many along each axis that is cut, so one neighbour on each side holds
 * all that is needed.
 * (3) Ghosts that are images of points of this very rank are copied in place, without a message: on
 * axes that are not cut, and beyond reflecting ends. An image may lie several periods or
 * reflections away (`image`), so any width is allowed on an axis that is not cut.
 * (4) What a rank sends is determined by the grid alone and is received by a receive that was
 * posted before its own sends start; no rank waits before it has started its sends. So no order of
 * ranks can deadlock. Tags tell the axis and the side, so two messages between the same two ranks
 * (a ring of two) are not confused.
 *
 * Axes that are cut go first: `begin` starts the messages of the first of them while the caller
 * computes, `end` does the rest. Layers are packed into buffers that belong to the plan, so
 * requests are persistent (MPI 4.0, section 3.9) and one plan serves any array of its shape.
 *
 * A rank's array in two dimensions, and who fills its ghosts when y is cut (N: neighbours) and x is
 * not (I: images of own points):
 *
 *       I N N N I        y first: N, over the owned columns
 *       I o o o I        then x: I, over all rows, the ghost rows of y included,
 *       I o o o I        so that the four corners are right as well
 *       I N N N I */
#include "copy.h"
#include "parts.h"
#include "weft/grid.h"
#include "weft/memory.h"
#include "weft/timing.h"
#include <limits.h>
#include <stdio.h>

/* The sides of an axis, and the first of the tags. */
enum { LOW, HIGH, TAG = 7700 };

/* What goes to, and comes from, the neighbour on one side of an axis. Both directions have the same
 * shape. `side` is the side of this rank on which the neighbour lies. */
typedef struct message {
    grid_copy pack, unpack; /* owned layers to `out`; `in` to ghost layers */
    int64_t elements;       /* of one direction, all components */
    int neighbour, side;
    char *out, *in; /* parts of halo->buffer */
} message;

/* One axis. n_local copies in place, n_message messages (0 to 2), and their requests in the same
 * order. */
typedef struct phase {
    int axis;
    int n_local;
    grid_copy *local; /* ghosts that are images of own points */
    int n_message;
    message message[2];
    MPI_Request receive[2], send[2];
} phase;

/* The plan. It belongs to the caller of weft_halo_create, who must not free grid before it. */
struct weft_halo {
    const weft_grid *grid;
    weft_extent extent; /* of the arrays that are exchanged */
    weft_boundary boundary[3];
    int width, components; /* layers that are filled; components of an array */
    size_t element;        /* bytes of one value */
    MPI_Datatype type;     /* `element` bytes, so that counts fit into an int */
    int n_phase;
    phase phase[3];          /* in the order of work */
    char *buffer;            /* of all messages; NULL until requests and type are made */
    int64_t bytes, messages; /* sent by this rank in one exchange */
};

/* Bytes of a point in all layers of all halos that are there: weft_halo_layers. */
static int64_t layers_now;

int64_t weft_halo_layers(void)
{
    return layers_now;
}

static int64_t layer_bytes(const weft_halo *halo)
{
    return (int64_t)halo->width * halo->components * (int64_t)halo->element;
}

/* The point of an axis of n points that point i, which may lie beyond the ends, is an image of.
 *
 * `turns` counts how many lengths of the axis i is away (rounded down, also for negative i). For
 * periodic and antiperiodic axes the image is found by going back as many lengths; for Neumann and
 * Dirichlet axes every odd turn runs backward, because each end is a mirror. negate: whether the
 * value changes its sign on the way. */
static int64_t image(weft_boundary boundary, int64_t n, int64_t i, bool *negate)
{
    int64_t turns = (i >= 0 ? i : i - n + 1) / n, rest = i - turns * n;
    bool odd = turns % 2 != 0;
    *negate = odd && (boundary == WEFT_ANTIPERIODIC || boundary == WEFT_DIRICHLET);
    if (boundary == WEFT_PERIODIC || boundary == WEFT_ANTIPERIODIC)
        return rest;
    return odd ? n - 1 - rest : rest;
}

/* The copy of `count` layers across an axis (that of phase number nth): from local layer `from` on,
 * which runs by `step` (1 or -1), to local layer `to` on. Along the axes of earlier phases it
 * covers the ghosts as well, and these are valid by then; along the axes of later phases it covers
 * the owned points only. This is what brings corners. */
static grid_copy layers(const weft_halo *halo, int nth, int64_t to, int64_t from, int64_t step,
                        int64_t count)
{
    const weft_extent *extent = &halo->extent;
    const int axis = halo->phase[nth].axis;
    grid_copy copy = {.count = {halo->components, 1, 1, 1}};
    copy.from[0] = copy.to[0] = extent->size;
    copy.from_start = copy.to_start = extent->origin;
    for (int a = 0; a < 3; a++) {
        copy.count[a + 1] = halo->grid->local[a];
        copy.from[a + 1] = copy.to[a + 1] = extent->stride[a];
    }
    for (int earlier = 0; earlier < nth; earlier++) {
        int a = halo->phase[earlier].axis;
        copy.count[a + 1] += 2 * halo->width;
        copy.from_start -= halo->width * extent->stride[a];
        copy.to_start -= halo->width * extent->stride[a];
    }
    copy.count[axis + 1] = count;
    copy.from_start += from * extent->stride[axis];
    copy.to_start += to * extent->stride[axis];
    copy.from[axis + 1] *= step;
    return copy;
}

/* Plan the ghosts of one side that are images of own points. Layers whose images follow each other,
 * forward or backward and with the same sign, are joined to one copy. */
static void plan_images(weft_halo *halo, int nth, int side)
{
    phase *p = &halo->phase[nth];
    const weft_grid *grid = halo->grid;
    const int a = p->axis;
    const int64_t low = side == LOW ? -halo->width : grid->local[a], high = low + halo->width;
    for (int64_t first = low, next; first < high; first = next) {
        bool negate, other;
        int64_t source = image(halo->boundary[a], grid->n[a], grid->start[a] + first, &negate);
        int64_t step = 1;
        for (next = first + 1; next < high; next++) {
            int64_t j = image(halo->boundary[a], grid->n[a], grid->start[a] + next, &other);
            if (next == first + 1)
                step = j < source ? -1 : 1;
            if (other != negate || j != source + step * (next - first))
                break;
        }
        grid_copy copy = layers(halo, nth, first, source - grid->start[a], step, next - first);
        copy.negate = negate;
        grid_copy_simplify(&copy);
        p->local[p->n_local++] = copy;
    }
}

/* The rank at another coordinate of one axis (invariant 3 of grid.c). */
static int rank_along(const weft_grid *grid, int axis, int coord)
{
    int c[3] = {grid->coord[0], grid->coord[1], grid->coord[2]};
    c[axis] = coord;
    return (c[0] * grid->procs[1] + c[1]) * grid->procs[2] + c[2];
}

/* Plan the exchange with the neighbour on one side. wraps: the message goes around the end of the
 * axis, where antiperiodic fields change their sign. The sign is changed by the receiver, once. */
static void plan_message(weft_halo *halo, int nth, int side, int coord, bool wraps)
{
    phase *p = &halo->phase[nth];
    const int64_t local = halo->grid->local[p->axis], width = halo->width;
    message *m = &p->message[p->n_message++];
    m->neighbour = rank_along(halo->grid, p->axis, coord);
    m->side = side;
    m->pack = layers(halo, nth, 0, side == LOW ? 0 : local - width, 1, width);
    m->unpack = layers(halo, nth, side == LOW ? -width : local, 0, 1, width);
    m->unpack.negate = wraps && halo->boundary[p->axis] == WEFT_ANTIPERIODIC;
    m->elements = grid_copy_elements(&m->pack);
    grid_copy_pack(&m->pack);
    grid_copy_unpack(&m->unpack);
    grid_copy_simplify(&m->pack);
    grid_copy_simplify(&m->unpack);
}

/* Decides for each side of an axis who fills its ghosts. Slabs may leave ranks without points, so
 * the neighbour beyond the end is the last rank that has points, not the last one. */
static void plan_phase(weft_halo *halo, int nth)
{
    phase *p = &halo->phase[nth];
    const weft_grid *grid = halo->grid;
    const int a = p->axis, coord = grid->coord[a];
    const int used = grid_parts_used(grid->layout, grid->n[a], grid->procs[a]);
    const bool ring = halo->boundary[a] == WEFT_PERIODIC || halo->boundary[a] == WEFT_ANTIPERIODIC;
    p->local = weft_alloc(2 * (size_t)halo->width, sizeof *p->local);
    for (int side = LOW; side <= HIGH; side++) {
        bool end = coord == (side == LOW ? 0 : used - 1);
        if (used == 1 || (end && !ring))
            plan_images(halo, nth, side);
        else if (end)
            plan_message(halo, nth, side, side == LOW ? used - 1 : 0, true);
        else
            plan_message(halo, nth, side, side == LOW ? coord - 1 : coord + 1, false);
    }
}

/* Bytes of a buffer, rounded up to cache lines: no two of them share one. */
static size_t padded(int64_t elements, size_t element)
{
    return ((size_t)elements * element + 63) / 64 * 64;
}

/* Local: making a persistent request sends nothing. */
static void plan_requests(weft_halo *halo)
{
    size_t bytes = 0;
    MPI_Type_contiguous((int)halo->element, MPI_BYTE, &halo->type);
    MPI_Type_commit(&halo->type);
    for (int i = 0; i < halo->n_phase; i++)
        for (int j = 0; j < halo->phase[i].n_message; j++)
            bytes += 2 * padded(halo->phase[i].message[j].elements, halo->element);
    halo->buffer = weft_alloc(bytes, 1);
    layers_now += layer_bytes(halo);
    char *next = halo->buffer;
    for (int i = 0; i < halo->n_phase; i++) {
        phase *p = &halo->phase[i];
        for (int j = 0; j < p->n_message; j++) {
            message *m = &p->message[j];
            const int tag = TAG + 2 * p->axis;
            const MPI_Comm comm = halo->grid->comm;
            m->out = next;
            m->in = m->out + padded(m->elements, halo->element);
            next = m->in + padded(m->elements, halo->element);
            /* A message carries the side of its sender; it lands on the other side. */
            MPI_Recv_init(m->in, (int)m->elements, halo->type, m->neighbour, tag + !m->side, comm,
                          &p->receive[j]);
            MPI_Send_init(m->out, (int)m->elements, halo->type, m->neighbour, tag + m->side, comm,
                          &p->send[j]);
            halo->bytes += m->elements * (int64_t)halo->element;
            halo->messages++;
        }
    }
}

/* Whether that many ranks could be used: each part of an axis that is cut must own `width` layers.
 */
static bool fits(const weft_grid *grid, int ranks, int width)
{
    int procs[3];
    weft_layout layout = grid->layout;
    if (!grid_parts_choose(grid->dim, grid->n, &layout, ranks, procs))
        return false;
    for (int a = 0; a < 3; a++)
        if (grid_parts_used(grid->layout, grid->n[a], procs[a]) > 1 &&
            grid_parts_smallest(grid->layout, grid->n[a], procs[a]) < width)
            return false;
    return true;
}

/* Uses only what all ranks know, so all ranks come to the same verdict without a message. */
static weft_status check_halo(const weft_grid *grid, int width, size_t element,
                              const weft_boundary *boundary)
{
    for (int a = 0; a < 3; a++)
        if ((boundary[a] == WEFT_ANTIPERIODIC || boundary[a] == WEFT_DIRICHLET) &&
            element != sizeof(double))
            return weft_fail(WEFT_INPUT, "antiperiodic and Dirichlet boundaries change signs: "
                                         "they need fields of real numbers");
    if (!fits(grid, grid->size, width)) {
        int ranks = grid->size - 1;
        while (!fits(grid, ranks, width))
            ranks--;
        return weft_fail(WEFT_INPUT,
                         "%d ranks are too many for this grid: some own fewer than the %d layers "
                         "that their neighbours need; %d can be used",
                         grid->size, width, ranks);
    }
    return WEFT_OK;
}

/* MPI counts in int. The sizes of messages differ between ranks, so the caller must agree. */
static weft_status check_messages(const weft_halo *halo)
{
    for (int i = 0; i < halo->n_phase; i++)
        for (int j = 0; j < halo->phase[i].n_message; j++)
            if (halo->phase[i].message[j].elements > INT_MAX)
                return weft_fail(WEFT_INPUT,
                                 "a boundary layer of %lld values is more than one "
                                 "message can hold (2^31); use more ranks",
                                 (long long)halo->phase[i].message[j].elements);
    return WEFT_OK;
}

/* A rank without points has no phase: nobody sends to it. */
static void plan_phases(weft_halo *halo)
{
    const weft_grid *grid = halo->grid;
    if (halo->width == 0 || weft_grid_local_sites(grid) == 0)
        return;
    for (int cut = 1; cut >= 0; cut--)
        for (int a = 3 - grid->dim; a < 3; a++)
            if ((grid->procs[a] > 1) == cut)
                halo->phase[halo->n_phase++].axis = a;
    for (int i = 0; i < halo->n_phase; i++)
        plan_phase(halo, i);
}

/* What can be known from the numbers alone is checked on every rank alike, before anything is made;
 * sizes of messages differ between ranks, so these agree. Requests are made last: they need memory
 * for all messages, and a halo that was refused has none to free. */
weft_status weft_halo_create(const weft_grid *grid, int ghost, int width, size_t element,
                             int components, const weft_boundary *boundary, weft_halo **out)
{
    weft_boundary all[3];
    *out = NULL;
    for (int a = 0; a < 3; a++) {
        int given = a - (3 - grid->dim);
        all[a] = boundary && given >= 0 ? boundary[given] : grid->boundary[a];
    }
    WEFT_ASSERT(width >= 0 && width <= ghost && element > 0 && components > 0);
    WEFT_TRY(check_halo(grid, width, element, all));
    weft_halo *halo = weft_alloc(1, sizeof *halo);
    halo->grid = grid;
    halo->extent = weft_grid_extent(grid, ghost);
    halo->width = width;
    halo->components = components;
    halo->element = element;
    for (int a = 0; a < 3; a++)
        halo->boundary[a] = all[a];
    plan_phases(halo);
    weft_status status = weft_agree(grid->comm, check_messages(halo));
    if (status == WEFT_OK) {
        plan_requests(halo);
        *out = halo;
    } else {
        weft_halo_free(halo);
    }
    return status;
}

/* Also frees a halo whose requests were never made (buffer NULL). */
void weft_halo_free(weft_halo *halo)
{
    if (!halo)
        return;
    for (int i = 0; i < halo->n_phase; i++) {
        for (int j = 0; halo->buffer && j < halo->phase[i].n_message; j++) {
            MPI_Request_free(&halo->phase[i].receive[j]);
            MPI_Request_free(&halo->phase[i].send[j]);
        }
        weft_free(halo->phase[i].local);
    }
    if (halo->buffer) {
        MPI_Type_free(&halo->type);
        layers_now -= layer_bytes(halo);
    }
    weft_free(halo->buffer);
    weft_free(halo);
}

/* Receives are posted before anything is sent, so that MPI can put messages where they belong
 * without a copy. Packing of one side overlaps with the sending of the other. */
static void phase_begin(weft_halo *halo, phase *p, void *array)
{
    if (p->n_message > 0) {
        MPI_Startall(p->n_message, p->receive);
        for (int i = 0; i < p->n_message; i++) {
            grid_copy_run(&p->message[i].pack, halo->element, p->message[i].out, array);
            MPI_Start(&p->send[i]);
        }
    }
    for (int i = 0; i < p->n_local; i++)
        grid_copy_run(&p->local[i], halo->element, array, array);
}

static void wait_for(int count, MPI_Request *requests)
{
    const weft_activity before = weft_timing_enter(WEFT_WAITING);
    MPI_Waitall(count, requests, MPI_STATUSES_IGNORE);
    weft_timing_leave(before);
}

/* The sends are waited for last: only their buffers depend on them. */
static void phase_end(weft_halo *halo, phase *p, void *array)
{
    if (p->n_message == 0)
        return;
    wait_for(p->n_message, p->receive);
    for (int i = 0; i < p->n_message; i++)
        grid_copy_run(&p->message[i].unpack, halo->element, array, p->message[i].in);
    wait_for(p->n_message, p->send);
}

void weft_halo_begin(weft_halo *halo, void *array)
{
    const weft_activity before = weft_timing_enter(WEFT_HALO);
    weft_timing_messages(halo->messages, halo->bytes);
    if (halo->n_phase > 0)
        phase_begin(halo, &halo->phase[0], array);
    weft_timing_leave(before);
}

/* Later phases need the ghosts of earlier ones, so they cannot be started before. */
void weft_halo_end(weft_halo *halo, void *array)
{
    const weft_activity before = weft_timing_enter(WEFT_HALO);
    if (halo->n_phase > 0)
        phase_end(halo, &halo->phase[0], array);
    for (int i = 1; i < halo->n_phase; i++) {
        phase_begin(halo, &halo->phase[i], array);
        phase_end(halo, &halo->phase[i], array);
    }
    weft_timing_leave(before);
}

void weft_halo_exchange(weft_halo *halo, void *array)
{
    weft_halo_begin(halo, array);
    weft_halo_end(halo, array);
}

int64_t grid_halo_bytes(const weft_halo *halo)
{
    return halo->bytes;
}
