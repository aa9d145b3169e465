/* Shells of wavenumber, for structure factors: shell b is centred on b times the width. Shared by
 * the models. */
#ifndef WEFT_PHYSICS_SHELLS_H
#define WEFT_PHYSICS_SHELLS_H

#include "weft/model.h"

/* The spacing of the modes along the longest axis. Local. */
double shells_width(const weft_grid *grid);
/* The last shell, that of the smallest Nyquist wavenumber. Local. */
int64_t shells_data(const weft_grid *grid);
/* An axis "k" of shells first, first + 1, ... to the last; returns 1. Local. */
weft_status shells_axis(const weft_grid *grid, int64_t first, const char *unit, weft_axis *axes);
/* An error where an axis is not periodic or there is no shell. Local. */
weft_status shells_check(const weft_grid *grid);

#endif
