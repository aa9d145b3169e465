/* Halo exchange axis by axis: every axis carries the ghosts of the axes before it along, so that
 * corners and edges come out right with two messages an axis. Axes that are cut go first; begin
 * starts the first of them, end does the rest. Boundary layers are packed into buffers that belong
 * to the plan, so that requests are persistent and any array can be exchanged. */
#include "copy.h"
#include "parts.h"
#include "weft/grid.h"
#include "weft/memory.h"
#include <limits.h>
#include <stdio.h>

enum { LOW, HIGH, TAG = 7700 };

typedef struct message {
    grid_copy pack, unpack;
    int64_t elements;
    int neighbour, side;
    char *out, *in;
} message;

/* One axis. */
typedef struct phase {
    int axis;
    int n_local;
    grid_copy *local; /* ghosts that are images of own points */
    int n_message;
    message message[2];
    MPI_Request receive[2], send[2];
} phase;

struct weft_halo {
    const weft_grid *grid;
    weft_extent extent;
    weft_boundary boundary[3];
    int width, components;
    size_t element;
    MPI_Datatype type;
    int n_phase;
    phase phase[3];
    char *buffer; /* of all messages; NULL until requests and type are made */
    int64_t bytes;
};

/* The point that a point i beyond the ends of an axis is an image of. */
static int64_t image(weft_boundary boundary, int64_t n, int64_t i, bool *negate)
{
    int64_t turns = (i >= 0 ? i : i - n + 1) / n, rest = i - turns * n;
    bool odd = turns % 2 != 0;
    *negate = odd && (boundary == WEFT_ANTIPERIODIC || boundary == WEFT_DIRICHLET);
    if (boundary == WEFT_PERIODIC || boundary == WEFT_ANTIPERIODIC)
        return rest;
    return odd ? n - 1 - rest : rest;
}

/* Layers along the axis of a phase, from local layer "from" (running by step) to "to", over the
 * width of the array: the ghosts of earlier axes are part of it. */
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

/* Ghosts of one side that are images of own points, as runs of layers. */
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

static int rank_along(const weft_grid *grid, int axis, int coord)
{
    int c[3] = {grid->coord[0], grid->coord[1], grid->coord[2]};
    c[axis] = coord;
    return (c[0] * grid->procs[1] + c[1]) * grid->procs[2] + c[2];
}

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

static size_t padded(int64_t elements, size_t element)
{
    return ((size_t)elements * element + 63) / 64 * 64;
}

static void plan_requests(weft_halo *halo)
{
    size_t bytes = 0;
    MPI_Type_contiguous((int)halo->element, MPI_BYTE, &halo->type);
    MPI_Type_commit(&halo->type);
    for (int i = 0; i < halo->n_phase; i++)
        for (int j = 0; j < halo->phase[i].n_message; j++)
            bytes += 2 * padded(halo->phase[i].message[j].elements, halo->element);
    halo->buffer = weft_alloc(bytes, 1);
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
        }
    }
}

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

/* Only from what all ranks know, so that all come to the same verdict. */
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
    if (halo->buffer)
        MPI_Type_free(&halo->type);
    weft_free(halo->buffer);
    weft_free(halo);
}

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

static void phase_end(weft_halo *halo, phase *p, void *array)
{
    if (p->n_message == 0)
        return;
    MPI_Waitall(p->n_message, p->receive, MPI_STATUSES_IGNORE);
    for (int i = 0; i < p->n_message; i++)
        grid_copy_run(&p->message[i].unpack, halo->element, array, p->message[i].in);
    MPI_Waitall(p->n_message, p->send, MPI_STATUSES_IGNORE);
}

void weft_halo_begin(weft_halo *halo, void *array)
{
    if (halo->n_phase > 0)
        phase_begin(halo, &halo->phase[0], array);
}

void weft_halo_end(weft_halo *halo, void *array)
{
    if (halo->n_phase > 0)
        phase_end(halo, &halo->phase[0], array);
    for (int i = 1; i < halo->n_phase; i++) {
        phase_begin(halo, &halo->phase[i], array);
        phase_end(halo, &halo->phase[i], array);
    }
}

void weft_halo_exchange(weft_halo *halo, void *array)
{
    weft_halo_begin(halo, array);
    weft_halo_end(halo, array);
}

int64_t weft_halo_bytes(const weft_halo *halo)
{
    return halo->bytes;
}
