/* Copies of boxes between arrays of any strides: halo exchange and redistribution move all their
 * data with this. */
#ifndef WEFT_GRID_COPY_H
#define WEFT_GRID_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Up to four nested loops, slowest first. Starts and strides count elements; strides may be
 * negative. */
typedef struct grid_copy {
    int64_t count[4];             /* passes of each loop; unused loops have 1 */
    int64_t from_start, to_start; /* first element in source and target */
    int64_t from[4], to[4];
    bool negate; /* the elements are doubles and change their sign */
} grid_copy;

/* Elements that the copy moves. Local. */
int64_t grid_copy_elements(const grid_copy *copy);

/* Make the target (pack) or the source (unpack) a packed array that starts at element 0. Call it
 * before grid_copy_simplify, so that both sides of a message pack in the same order. Local. */
void grid_copy_pack(grid_copy *copy);
void grid_copy_unpack(grid_copy *copy);

/* Join loops that continue each other in memory, and put loops of one pass outermost. The copy
 * moves the same elements as before. Local. */
void grid_copy_simplify(grid_copy *copy);

/* Move elements of `element` bytes. The elements that are read and those that are written must not
 * overlap (source and target may be the same array). Local. */
void grid_copy_run(const grid_copy *copy, size_t element, void *to, const void *from);

#endif
