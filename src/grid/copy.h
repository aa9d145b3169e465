/* Copies of boxes between arrays of any strides: the one mover of halo and remap. */
#ifndef WEFT_GRID_COPY_H
#define WEFT_GRID_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Up to four nested loops, slowest first; starts and strides count elements and strides may be
 * negative. negate: the elements are doubles and change sign. */
typedef struct grid_copy {
    int64_t count[4];
    int64_t from_start, to_start;
    int64_t from[4], to[4];
    bool negate;
} grid_copy;

/* Elements that the copy moves. Local. */
int64_t grid_copy_elements(const grid_copy *copy);

/* Give the target the strides of a packed array that starts at 0 / the source likewise. Local. */
void grid_copy_pack(grid_copy *copy);
void grid_copy_unpack(grid_copy *copy);

/* Join loops that run on through memory and put those of one pass outermost. Local. */
void grid_copy_simplify(grid_copy *copy);

/* Move; the elements read and those written must not overlap. Local. */
void grid_copy_run(const grid_copy *copy, size_t element, void *to, const void *from);

#endif
