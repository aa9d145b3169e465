/* The equivariant network of a learned force: its values, and their derivatives for training.
 * Private to src. network.c describes it. */
#ifndef WEFT_ELECTRON_NETWORK_H
#define WEFT_ELECTRON_NETWORK_H

#include "weft/electron.h"

/* A part of the lattice with a margin of as many sites as the network has layers: v has rows + 2
 * depth rows of n + 2 depth values, V - mu in units of |t|. base: n - 1/2 of the window to which
 * the network is a correction, rows x n; NULL: it stands alone. */
typedef struct el_sheet {
    int64_t rows, n;
    const double *v, *base;
} el_sheet;

/* The number of weights; the values of room that el_network_values and el_network_slopes need.
 * Local. */
int64_t el_network_weights(int64_t width, int64_t depth);
int64_t el_network_room(const weft_learned *l, int64_t rows, int64_t n);

/* out[site]: n - 1/2, rows x n. Local. */
void el_network_values(const weft_learned *l, const el_sheet *sheet, double *room, double *out);
/* The same in the room's way of training, which keeps all layers; and then gradient[weight] += sum
 * over the sites of by[site] times the derivative of out[site]. Local. */
void el_network_slopes(const weft_learned *l, const el_sheet *sheet, const double *by, double *room,
                       double *gradient);

#endif
