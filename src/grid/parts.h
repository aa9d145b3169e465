/* How axes are cut into parts. */
#ifndef WEFT_GRID_PARTS_H
#define WEFT_GRID_PARTS_H

#include "weft/grid.h"

/* How many of the p parts own points, and the fewest points that one of these owns. Local. */
int grid_parts_used(weft_layout layout, int64_t n, int p);
int64_t grid_parts_smallest(weft_layout layout, int64_t n, int p);

/* The ranks along each axis (three, unused ones with n = 1) of ranks in all: blocks with the least
 * surface between them, pencils with the least work; false if these sizes cannot use that many.
 * dim: axes in use; layout: WEFT_TRANSFORM becomes what is taken. Local. */
bool grid_parts_choose(int dim, const int64_t n[3], weft_layout *layout, int ranks, int procs[3]);

#endif
