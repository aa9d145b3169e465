/* Derivatives of the learned density by its numbers, for training. Private to src. */
#ifndef WEFT_ELECTRON_SLOPES_H
#define WEFT_ELECTRON_SLOPES_H

#include "weft/electron.h"

enum { EL_MARGIN = 3 }; /* sites around a plane whose potential is read */

/* A periodic plane of rows x n sites, with its margin: v has rows + 6 rows of n + 6 values, V - mu
 * in units of |t|. room: 6 values for each of them. */
typedef struct el_plane {
    int64_t rows, n;
    const double *v;
    double *room;
} el_plane;

/* out[site]: n - 1/2. slope[site*7*poles + 7*pole + number]: its derivatives by the numbers of
 * weft_learned; NULL: not wanted. temperature: in units of |t|. Local. */
void el_learned_slopes(const weft_learned *l, double temperature, const el_plane *plane,
                       double *out, double *slope);

/* The exact formula: poles of the Fermi step on |E - mu| <= bound, and all factors one. Returns the
 * largest error of the step. temperature and bound in the same unit. Local. */
double el_learned_start(weft_learned *l, int64_t poles, double temperature, double bound);

#endif
