/* Shells of wavenumber, for structure factors: shell b is centred on b times the width. Shared by
 * the models. */
#ifndef WEFT_PHYSICS_SHELLS_H
#define WEFT_PHYSICS_SHELLS_H

#include "weft/fft.h"
#include "weft/model.h"

/* The smallest spacing of modes along an axis: 2 pi/L, or pi/L where the axis is not periodic.
 * Local. */
double shells_width(const weft_grid *grid);
/* The last shell, that of the smallest Nyquist wavenumber. Local. */
int64_t shells_data(const weft_grid *grid);
/* Fill axes[0] with an axis "k" of the shells first, first + 1, ... to the last, in the
 * given unit; its values belong to the axis. Returns WEFT_OK. Local. */
weft_status shells_axis(const weft_grid *grid, int64_t first, const char *unit, weft_axis *axes);
/* WEFT_INPUT where an axis is not periodic or there is no shell. Local. */
weft_status shells_check(const weft_grid *grid);

/* Sum of the powers of all modes of the coefficients of a transform. Collective. */
double shells_total(const weft_fft *fft, const double *modes);
/* The coefficients times the root of |k|: shells_total of them over that before is the mean of k,
 * mode by mode. Local. */
void shells_weigh(const weft_fft *fft, double *modes);
/* The mean of the field taken off. Local. */
void shells_drop_mean(const weft_fft *fft, double *modes);

#endif
