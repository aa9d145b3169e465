/* How well a grid resolves the fields on it: the share of what varies in space that lies in the
 * shortest waves of the grid. Shared by the models of fields in continuous space. */
#ifndef WEFT_PHYSICS_RESOLUTION_H
#define WEFT_PHYSICS_RESOLUTION_H

#include "weft/model.h"

/* The share from 0 to 1 for the evolved fields of sim, the largest of them: resolution.c says what
 * it is. 0: nothing varies, or all waves are long; 0.2: an edge from one point to the next, or a
 * spectrum of the gradient that is flat; nan: a rank holds no point of an axis that is cut, or is
 * too thin for a halo. The same on all ranks. Collective. */
double resolution_share(weft_sim *sim);
/* Above this share numbers of the run are wrong by about a per cent. */
extern const double resolution_limit;
/* Frees what resolution_share keeps in sim. Local. */
void resolution_free(weft_sim *sim);

/* The row of a table of observables. Collective. */
weft_status resolution_observe(weft_sim *sim, double argument, double *out);
#define RESOLUTION "resolution"
#define RESOLUTION_ROW                                                                             \
    {                                                                                              \
        .name = RESOLUTION, .unit = "1",                                                           \
        .long_name = "share of the gradient in the shortest waves of the grid; above 0.015 it is " \
                     "not resolved",                                                               \
        .compute = resolution_observe                                                              \
    }

#endif
