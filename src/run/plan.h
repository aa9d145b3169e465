/* Plans of runs on more ranks than are here; private to src/run. */
#ifndef WEFT_RUN_PLAN_H
#define WEFT_RUN_PLAN_H

#include "parts.h"

/* Sites of the grid of an input. Local. */
double run_plan_sites(const weft_input *input);

/* Print the memory of the fullest rank of a planned run: measured on the ranks of m, of which the
 * fullest took peak bytes, `before` of them before m was made, and writing bytes for snapshots.
 * planned: of weft_grid_foresee. Local. */
void run_plan_say_memory(const run_member *m, const weft_grid *planned, double before, double peak,
                         double writing);

#endif
