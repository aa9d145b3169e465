/* How axes are cut into parts. */
#ifndef WEFT_GRID_PARTS_H
#define WEFT_GRID_PARTS_H

#include "weft/grid.h"

/* Part i of p of an axis of n points. Local. */
void weft_part(weft_layout layout, int64_t n, int p, int i, int64_t *start, int64_t *local);

/* How many of the p parts own points, and the fewest points that one of these owns. Local. */
int weft_parts_used(weft_layout layout, int64_t n, int p);
int64_t weft_parts_smallest(weft_layout layout, int64_t n, int p);

/* The ranks along each axis (three, unused ones with n = 1) of ranks in all, with the least surface
 * between blocks; false if these sizes cannot use that many. dim: axes in use. Local. */
bool weft_parts_choose(int dim, const int64_t n[3], weft_layout layout, int ranks, int procs[3]);

#endif
