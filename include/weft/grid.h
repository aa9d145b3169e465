/* Grids: 1 to 3 axes, decomposed over the ranks of a communicator; halo exchange; redistribution.
 *
 * Axes are always stored as three, slowest first: [0]=z, [1]=y, [2]=x; a grid of d axes uses the
 * last d, and the leading ones have one point. Global sizes and indices are 64 bit. */
#ifndef WEFT_GRID_H
#define WEFT_GRID_H

#include "weft/declare.h"
#include "weft/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

WEFT_DECLARE_BEGIN

/* How a grid is cut into one block for each rank. */
typedef enum weft_layout {
    WEFT_SLAB,      /* the slowest axis is cut into blocks of ceil(n/p), as FFTW-MPI does */
    WEFT_BLOCKS,    /* Cartesian blocks, parts differ by at most one */
    WEFT_PENCIL,    /* z and y are cut, x is whole; parts differ by at most one */
    WEFT_TRANSFORM, /* as transforms cut: slabs, or pencils where there are more ranks than the
                       slowest of three axes has points; grid->layout says which */
} weft_layout;

/* What a field does at the two ends of an axis. */
typedef enum weft_boundary {
    WEFT_PERIODIC,
    WEFT_ANTIPERIODIC, /* f(x+L) = -f(x) */
    WEFT_NEUMANN,      /* even about the ends, which lie half a spacing outside the end points */
    WEFT_DIRICHLET,    /* odd about the ends, likewise */
} weft_boundary;

/* A grid and the block of this rank. Read only for all but grid.c; free with weft_grid_free. */
typedef struct weft_grid {
    MPI_Comm comm; /* not owned */
    int rank, size;
    int dim;                 /* 1 to 3 */
    int64_t n[3];            /* global points */
    double length[3], dx[3]; /* box and spacing; 1 for unused axes */
    weft_boundary boundary[3];
    weft_layout layout;
    int procs[3], coord[3];     /* ranks along each axis; where this one is */
    int64_t start[3], local[3]; /* the block of this rank; local may be 0 on surplus slab ranks */
} weft_grid;

/* The word of inputs and of results: "periodic", "antiperiodic", "neumann", "dirichlet". Local. */
const char *weft_boundary_name(weft_boundary boundary);

/* "slabs", "blocks", "pencils" or "slabs or pencils". Local. */
const char *weft_layout_name(weft_layout layout);

/* Make a grid on comm; free it with weft_grid_free. n (points), length (in the units of the model,
 * finite and above 0) and boundary have dim entries, slowest axis first, the same on every rank.
 * The grid keeps comm and does not own it: comm must live longer. Errors: WEFT_INPUT for bad sizes
 * or if there are more ranks than the layout can use (the message says how many can be used), the
 * same on every rank. Collective in the sense that all ranks must call it alike; no message is
 * sent. */
weft_status weft_grid_create(MPI_Comm comm, int dim, const int64_t *n, const double *length,
                             const weft_boundary *boundary, weft_layout layout, weft_grid **out);
/* NULL is allowed. Local. */
void weft_grid_free(weft_grid *grid);

/* The block of any rank: its first global point and its number of points along z, y, x. Local. */
void weft_grid_block(const weft_grid *grid, int rank, int64_t start[3], int64_t local[3]);

/* Sites in all, and on this rank. Local. */
int64_t weft_grid_sites(const weft_grid *grid);
int64_t weft_grid_local_sites(const weft_grid *grid);

/* Volume of a cell: product of the spacings of all axes (1 for unused ones), in the units of
 * length. Local. */
double weft_grid_cell(const weft_grid *grid);

/* Coordinate of global point i on an axis: -L/2 + i L/n; on Neumann and Dirichlet axes
 * -L/2 + (i + 1/2) L/n, so that the ends of the box are the planes of reflection. Local. */
double weft_grid_coordinate(const weft_grid *grid, int axis, int64_t i);
/* The same of a point, start + at (z, y, x), on all axes that are used, for messages: "y = 1.5, x =
 * -2" written to out, of size bytes (80 are enough). Local. */
void weft_grid_place(const weft_grid *grid, const int64_t start[3], const int64_t at[3], char *out,
                     size_t size);

/* Part i of p of an axis of n points, as a layout (not WEFT_TRANSFORM) cuts it. Local. */
void weft_grid_part(weft_layout layout, int64_t n, int p, int i, int64_t *start, int64_t *local);

/* Bytes that a point of a face takes in the layers of all halos that exist on this rank: width
 * times components times element, added up; for plans of runs on more ranks. Local. */
int64_t weft_halo_layers(void);

/* The grid of a run on `ranks` ranks as its rank 0, whose block is the largest, would have it: dim,
 * n, size, layout (that which is taken), procs and local; for plans, and not to be worked with. n:
 * dim entries. Returns false if these sizes cannot use so many ranks. Local. */
bool weft_grid_foresee(int dim, const int64_t *n, weft_layout layout, int ranks, weft_grid *out);

/* The largest number of ranks that a layout can use for these sizes, at most limit. Local. */
int weft_grid_max_ranks(int dim, const int64_t *n, weft_layout layout, int limit);

/* ---- ghosted local arrays ----
 * A local array holds local[a] + 2*ghost points along every used axis (ghost 0 along unused ones),
 * x fastest, component-major: component c starts at c * extent.size elements. */
typedef struct weft_extent {
    int ghost;
    int64_t size;      /* elements of one component, ghosts included */
    int64_t stride[3]; /* elements from one point to the next along each axis; stride[2] = 1 */
    int64_t origin;    /* element of the first owned point */
} weft_extent;

/* The shape of a local array of this grid with `ghost` layers. Local. */
weft_extent weft_grid_extent(const weft_grid *grid, int ghost);

/* Rows. A row is the line of owned points of constant z and y: local[2] values that lie side by
 * side, so that a loop over x is a plain loop over memory. */

/* Element of the first owned point of the local row (z, y). Local. */
static inline int64_t weft_extent_row(const weft_extent *extent, int64_t z, int64_t y)
{
    return extent->origin + z * extent->stride[0] + y * extent->stride[1];
}

/* Element of the first point of the local row (z, y) in an array of the owned points alone: without
 * ghosts, x fastest. Local. */
static inline int64_t weft_owned_row(const weft_grid *grid, int64_t z, int64_t y)
{
    return (z * grid->local[1] + y) * grid->local[2];
}

/* Loop over the rows of the block of this rank, in the order of memory; z and y are int64_t of the
 * loop: WEFT_FOR_ROWS(grid, z, y) { ... }. A break ends the rows of one z alone. */
#define WEFT_FOR_ROWS(grid, z, y)                                                                  \
    for (int64_t z = 0; z < (grid)->local[0]; z++)                                                 \
        for (int64_t y = 0; y < (grid)->local[1]; y++)

/* ---- halo exchange ----
 * Fills the ghost layers of a ghosted array from the neighbours and the boundary conditions,
 * corners included, in place. Only boundary layers move. WEFT_DIRICHLET and WEFT_ANTIPERIODIC
 * change signs: the elements must be doubles (else WEFT_INPUT).
 * The exchange goes axis by axis, those that are cut first: begin starts the first of them (all of
 * the communication where one axis is cut, as in slabs), end does the rest. */
typedef struct weft_halo weft_halo;

/* Make the plan of an exchange for arrays of a given shape; free it with weft_halo_free. ghost:
 * ghost layers of the arrays; width: layers to fill, from 0 to ghost. element: bytes of one value;
 * components: components of an array. boundary: for each axis, dim entries, slowest first; NULL for
 * those of the grid. The halo keeps grid, which must live longer. Errors, the same on every rank:
 * WEFT_INPUT if width is larger than the smallest part of an axis that is cut (the message says how
 * many ranks can be used), if signs would have to change in values that are not doubles, or if a
 * message would have more than 2^31 values. On an axis that is not cut any width is possible: its
 * points are then repeated as often as needed. Collective. */
weft_status weft_halo_create(const weft_grid *grid, int ghost, int width, size_t element,
                             int components, const weft_boundary *boundary, weft_halo **out);
/* Between exchanges only; NULL is allowed. Local. */
void weft_halo_free(weft_halo *halo);

/* begin starts the exchange of array, end finishes it. In between the owned points may be read but
 * not written, and ghosts must not be used at all. All ranks call both in the same order with the
 * same kind of array; one exchange at a time for each halo. Collective. */
void weft_halo_begin(weft_halo *halo, void *array);
void weft_halo_end(weft_halo *halo, void *array);

/* begin and end. Collective. */
void weft_halo_exchange(weft_halo *halo, void *array);

/* ---- redistribution between two decompositions of the same points ---- */
typedef struct weft_remap weft_remap;

/* A box of global points and how it lies in memory (element strides, x stride included). */
typedef struct weft_box {
    int64_t start[3], local[3], stride[3], origin;
} weft_box;

/* The box of a ghosted array of a grid. Local. */
weft_box weft_grid_box(const weft_grid *grid, int ghost);

/* Element of the first point of the row (z, y) of a box; WEFT_FOR_ROWS takes boxes, too. Local. */
static inline int64_t weft_box_row(const weft_box *box, int64_t z, int64_t y)
{
    return box->origin + z * box->stride[0] + y * box->stride[1];
}

/* Make a plan that moves elements of `element` bytes from the boxes `from` (one on each rank; all
 * of them disjoint and together all points) to the boxes `to`. The boxes are copied; free the plan
 * with weft_remap_free. Errors, the same on every rank: WEFT_INPUT if two ranks would exchange more
 * than 2^31 elements, WEFT_FAILED if the two sets of boxes do not hold the same points. Collective.
 */
weft_status weft_remap_create(MPI_Comm comm, const weft_box *from, const weft_box *to,
                              size_t element, weft_remap **out);
/* Between moves only; NULL is allowed. Local. */
void weft_remap_free(weft_remap *remap);

/* Move the elements of array `source` (shape: from) into array `target` (shape: to); the two must
 * not overlap. Elements of target outside its box stay as they are. Collective. */
void weft_remap_run(weft_remap *remap, const void *source, void *target);

WEFT_DECLARE_END

#endif
