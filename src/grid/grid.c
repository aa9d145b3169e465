/* Decomposed grids: which block of the points each rank owns.
 *
 * Invariants: (1) Every rank computes the blocks of all ranks from the same numbers, so any rank
 * knows where any point lives, and no message is needed for it. (2) The blocks of all ranks are
 * disjoint and cover the grid. (3) Ranks are numbered with x fastest: rank = (coord_z * procs_y +
 * coord_y) * procs_x + coord_x; halo.c and weft_grid_block invert this formula. (4) Grids of one or
 * two dimensions are grids of three whose leading axes have one point, so that all loops are
 * written once.
 *
 * How the points of an axis are dealt out is in parts.c. */
#include "weft/grid.h"
#include "parts.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>

/* The sizes of three axes from those of dim axes: the leading ones get one point. */
static void pad_sizes(int dim, const int64_t *n, int64_t out[3])
{
    for (int a = 0; a < 3; a++)
        out[a] = a < 3 - dim ? 1 : n[a - (3 - dim)];
}

/* Not every smaller number of ranks can be used (a prime number has one factorisation only), so
 * they are tried one by one from the top. The number of sites bounds them, computed so that the
 * product cannot overflow. */
int weft_grid_max_ranks(int dim, const int64_t *n, weft_layout layout, int limit)
{
    int64_t size[3], sites = 1;
    int procs[3];
    pad_sizes(dim, n, size);
    for (int a = 0; a < 3 && sites < limit; a++)
        sites = size[a] < limit ? sites * size[a] : limit;
    int ranks = sites < limit ? (int)sites : limit;
    for (; ranks > 1; ranks--) {
        weft_layout taken = layout;
        if (grid_parts_choose(dim, size, &taken, ranks, procs))
            break;
    }
    return ranks;
}

/* Depends on the arguments alone, which are the same on every rank: no agreement is needed. The
 * comparison !(x > 0) is also true for nan. */
static weft_status check_sizes(int dim, const int64_t *n, const double *length)
{
    if (dim < 1 || dim > 3)
        return weft_fail(WEFT_INPUT, "a grid of %d axes; 1, 2 or 3 are possible", dim);
    int64_t sites = 1;
    for (int a = 0; a < dim; a++) {
        if (n[a] < 1)
            return weft_fail(WEFT_INPUT, "a grid axis of %lld points; at least 1 is needed",
                             (long long)n[a]);
        if (!(length[a] > 0) || !isfinite(length[a]))
            return weft_fail(WEFT_INPUT, "a grid axis of length %g; it must be positive and finite",
                             length[a]);
        if (__builtin_mul_overflow(sites, n[a], &sites))
            return weft_fail(WEFT_INPUT, "a grid of more than 2^63 points");
    }
    return WEFT_OK;
}

const char *weft_boundary_name(weft_boundary boundary)
{
    static const char *const names[] = {[WEFT_PERIODIC] = "periodic",
                                        [WEFT_ANTIPERIODIC] = "antiperiodic",
                                        [WEFT_NEUMANN] = "neumann",
                                        [WEFT_DIRICHLET] = "dirichlet"};
    return names[boundary];
}

const char *weft_layout_name(weft_layout layout)
{
    static const char *const names[] = {"slabs", "blocks", "pencils", "slabs or pencils"};
    return names[layout];
}

/* The message names the number of ranks that can be used, so that the user need not try. */
static weft_status too_many(int dim, const int64_t *n, weft_layout layout, int ranks)
{
    char sizes[80] = "";
    if (layout == WEFT_TRANSFORM && dim < 3)
        layout = WEFT_SLAB;
    int at = 0;
    for (int a = 0; a < dim; a++)
        at += snprintf(sizes + at, sizeof sizes - (size_t)at, "%s%lld", a ? " x " : "",
                       (long long)n[a]);
    return weft_fail(WEFT_INPUT,
                     "%d ranks are too many for a grid of %s points cut into %s; "
                     "%d can be used",
                     ranks, sizes, weft_layout_name(layout),
                     weft_grid_max_ranks(dim, n, layout, ranks));
}

/* All ranks compute the same verdicts from the same arguments, so no agreement is needed: this
 * function sends nothing. Lengths and boundaries of the axes that only fill up to three are 1 and
 * periodic, so that products over three axes (cell, volume) need no special case. */
weft_status weft_grid_create(MPI_Comm comm, int dim, const int64_t *n, const double *length,
                             const weft_boundary *boundary, weft_layout layout, weft_grid **out)
{
    int rank, size, procs[3];
    int64_t padded[3];
    *out = NULL;
    WEFT_TRY(check_sizes(dim, n, length));
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    pad_sizes(dim, n, padded);
    weft_layout taken = layout;
    if (!grid_parts_choose(dim, padded, &taken, size, procs))
        return too_many(dim, n, layout, size);
    weft_grid *grid = weft_alloc(1, sizeof *grid);
    grid->comm = comm;
    grid->rank = rank;
    grid->size = size;
    grid->dim = dim;
    grid->layout = taken;
    for (int a = 0; a < 3; a++) {
        int given = a - (3 - dim);
        grid->n[a] = padded[a];
        grid->length[a] = given < 0 ? 1 : length[given];
        grid->dx[a] = grid->length[a] / (double)grid->n[a];
        grid->boundary[a] = given < 0 ? WEFT_PERIODIC : boundary[given];
        grid->procs[a] = procs[a];
    }
    grid->coord[0] = rank / (procs[1] * procs[2]);
    grid->coord[1] = rank / procs[2] % procs[1];
    grid->coord[2] = rank % procs[2];
    weft_grid_block(grid, rank, grid->start, grid->local);
    *out = grid;
    return WEFT_OK;
}

/* Coordinate 0 along each axis: parts never grow along an axis. */
bool weft_grid_foresee(int dim, const int64_t *n, weft_layout layout, int ranks, weft_grid *out)
{
    *out = (weft_grid){.comm = MPI_COMM_NULL, .dim = dim, .size = ranks, .layout = layout};
    pad_sizes(dim, n, out->n);
    if (!grid_parts_choose(dim, out->n, &out->layout, ranks, out->procs))
        return false;
    weft_grid_block(out, 0, out->start, out->local);
    return true;
}

void weft_grid_free(weft_grid *grid)
{
    weft_free(grid);
}

/* Inverts the numbering of ranks; works for any rank, without a message. */
void weft_grid_block(const weft_grid *grid, int rank, int64_t start[3], int64_t local[3])
{
    const int *p = grid->procs;
    int coord[3] = {rank / (p[1] * p[2]), rank / p[2] % p[1], rank % p[2]};
    for (int a = 0; a < 3; a++)
        weft_grid_part(grid->layout, grid->n[a], p[a], coord[a], &start[a], &local[a]);
}

int64_t weft_grid_sites(const weft_grid *grid)
{
    return grid->n[0] * grid->n[1] * grid->n[2];
}

int64_t weft_grid_local_sites(const weft_grid *grid)
{
    return grid->local[0] * grid->local[1] * grid->local[2];
}

double weft_grid_cell(const weft_grid *grid)
{
    return grid->dx[0] * grid->dx[1] * grid->dx[2];
}

/* The box is centred at 0. With reflecting ends the points lie half a spacing inside the box, so
 * that a mirror image about an end of the box falls on another point. */
double weft_grid_coordinate(const weft_grid *grid, int axis, int64_t i)
{
    bool ends = grid->boundary[axis] == WEFT_NEUMANN || grid->boundary[axis] == WEFT_DIRICHLET;
    double position = (double)i + (ends ? 0.5 : 0.0);
    return position * grid->length[axis] / (double)grid->n[axis] - 0.5 * grid->length[axis];
}

/* Six digits tell neighbours apart on all but the longest axes, and are read easily. */
void weft_grid_place(const weft_grid *grid, const int64_t start[3], const int64_t at[3], char *out,
                     size_t size)
{
    size_t used = 0;
    for (int a = 3 - grid->dim; a < 3; a++)
        used += (size_t)snprintf(out + used, size - used, "%s%c = %.6g", used ? ", " : "", "zyx"[a],
                                 weft_grid_coordinate(grid, a, start[a] + at[a]));
}

/* Shape of a local array with `ghost` layers around the owned points, in memory with x fastest.
 * Axes of one point that only fill up to three get no ghosts: there is nothing to be a neighbour
 * of. */
weft_extent weft_grid_extent(const weft_grid *grid, int ghost)
{
    weft_extent extent = {.ghost = ghost};
    int64_t stride = 1;
    for (int a = 2; a >= 0; a--) {
        int64_t layers = a < 3 - grid->dim ? 0 : ghost;
        extent.stride[a] = stride;
        extent.origin += layers * stride;
        stride *= grid->local[a] + 2 * layers;
    }
    extent.size = stride;
    return extent;
}

/* An extent is a shape; a box also tells which global points lie in it. */
weft_box weft_grid_box(const weft_grid *grid, int ghost)
{
    weft_extent extent = weft_grid_extent(grid, ghost);
    weft_box box = {.origin = extent.origin};
    for (int a = 0; a < 3; a++) {
        box.start[a] = grid->start[a];
        box.local[a] = grid->local[a];
        box.stride[a] = extent.stride[a];
    }
    return box;
}
