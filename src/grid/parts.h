/* How axes are cut into parts. */
#ifndef WEFT_GRID_PARTS_H
#define WEFT_GRID_PARTS_H

#include "weft/grid.h"

/* Of the p parts of an axis of n points: how many own points, and the fewest points that one of
 * these owns. Local. */
int grid_parts_used(weft_layout layout, int64_t n, int p);
int64_t grid_parts_smallest(weft_layout layout, int64_t n, int p);

/* Choose procs: the numbers of ranks along the three axes, whose product is `ranks`. n: points of
 * the three axes, 1 for unused ones; dim: axes in use. layout: WEFT_TRANSFORM is replaced by the
 * layout that is taken. Blocks get the least surface between them, pencils the least work. Returns
 * false if these sizes cannot use that many ranks; procs is undefined then. Local. */
bool grid_parts_choose(int dim, const int64_t n[3], weft_layout *layout, int ranks, int procs[3]);

/* Bytes that this rank sends in one exchange of a halo (halo.c): for the test that only boundary
 * layers are sent. Local. */
int64_t grid_halo_bytes(const weft_halo *halo);

#endif
