/* Copying a block of up to four dimensions between two strided layouts.
 *
 * A copy is four nested loops: for each of them a count and, in the source and in the target, a
 * stride (elements from one pass to the next). Halo exchange and redistribution describe all that
 * they move in this way, packed buffers included.
 *
 * Invariants: (1) Neighbouring loops that run on without a gap in both layouts are joined first, so
 * what is contiguous is moved by one memcpy, however the caller described the block. (2) After
 * joining, the loops in use are the last ones, and loops of one pass are the first ones; the movers
 * rely on the innermost loop being the longest contiguous one. (3) Elements are copied as bytes, so
 * values keep their bits (a nan too); only `negate` looks at them. */
#include "copy.h"
#include <string.h>

int64_t grid_copy_elements(const grid_copy *copy)
{
    return copy->count[0] * copy->count[1] * copy->count[2] * copy->count[3];
}

/* Strides of a packed array: no gaps, the last index runs fastest. */
static void packed_strides(const int64_t count[4], int64_t stride[4])
{
    stride[3] = 1;
    for (int k = 2; k >= 0; k--)
        stride[k] = stride[k + 1] * count[k + 1];
}

void grid_copy_pack(grid_copy *copy)
{
    copy->to_start = 0;
    packed_strides(copy->count, copy->to);
}

void grid_copy_unpack(grid_copy *copy)
{
    copy->from_start = 0;
    packed_strides(copy->count, copy->from);
}

/* Goes from the innermost loop outward. Loop k continues the loop `last` if one step of k is as
 * long as the whole of `last`, in both layouts; then the two are one longer loop. An empty copy
 * (some count is 0) must stay empty, though loops of one pass are dropped: hence the zero at the
 * end. */
void grid_copy_simplify(grid_copy *copy)
{
    grid_copy out = *copy;
    bool empty = grid_copy_elements(copy) == 0;
    int last = 4; /* the loops from last on are in use */
    for (int k = 3; k >= 0; k--) {
        if (copy->count[k] == 1)
            continue;
        if (last < 4 && copy->from[k] == out.from[last] * out.count[last] &&
            copy->to[k] == out.to[last] * out.count[last]) {
            out.count[last] *= copy->count[k];
            continue;
        }
        last--;
        out.count[last] = copy->count[k];
        out.from[last] = copy->from[k];
        out.to[last] = copy->to[k];
    }
    for (int k = 0; k < last; k++) {
        out.count[k] = 1;
        out.from[k] = out.to[k] = 1;
    }
    if (empty)
        out.count[0] = 0;
    *copy = out;
}

/* Both movers are inlined with constant sizes, so that they move whole words. */
#define INLINE static inline __attribute__((always_inline))

/* Moves runs: the innermost loop is contiguous in both layouts and is moved at once, `bytes` long.
 */
INLINE void move_runs(const grid_copy *copy, size_t element, size_t bytes, char *restrict to,
                      const char *restrict from)
{
    const int64_t *f = copy->from, *t = copy->to, size = (int64_t)element;
    for (int64_t i = 0; i < copy->count[0]; i++)
        for (int64_t j = 0; j < copy->count[1]; j++) {
            char *out = to + size * (copy->to_start + i * t[0] + j * t[1]);
            const char *in = from + size * (copy->from_start + i * f[0] + j * f[1]);
            for (int64_t k = 0; k < copy->count[2]; k++)
                memcpy(out + size * k * t[2], in + size * k * f[2], bytes);
        }
}

/* Moves element by element. The loads and stores go through memcpy, which is right for any
 * alignment and becomes one instruction when `element` is a constant. */
INLINE void move_strided(const grid_copy *copy, size_t element, bool negate, char *restrict to,
                         const char *restrict from)
{
    const int64_t *f = copy->from, *t = copy->to, size = (int64_t)element;
    for (int64_t i = 0; i < copy->count[0]; i++)
        for (int64_t j = 0; j < copy->count[1]; j++)
            for (int64_t k = 0; k < copy->count[2]; k++) {
                char *out = to + size * (copy->to_start + i * t[0] + j * t[1] + k * t[2]);
                const char *in = from + size * (copy->from_start + i * f[0] + j * f[1] + k * f[2]);
                for (int64_t l = 0; l < copy->count[3]; l++) {
                    if (negate) {
                        double value;
                        memcpy(&value, in + size * l * f[3], sizeof value);
                        value = -value;
                        memcpy(out + size * l * t[3], &value, sizeof value);
                    } else {
                        memcpy(out + size * l * t[3], in + size * l * f[3], element);
                    }
                }
            }
}

/* The frequent lengths as constants, so that the compiler makes plain loads and stores of memcpy:
 * one to four layers of doubles along x are what halos of stencils need, and one byte is a layer of
 * a field of particles. */
static void copy_runs(const grid_copy *copy, size_t element, char *to, const char *from)
{
    const size_t bytes = (size_t)copy->count[3] * element;
    if (bytes == sizeof(double)) /* up to four layers of doubles along x */
        move_runs(copy, element, sizeof(double), to, from);
    else if (bytes == 2 * sizeof(double))
        move_runs(copy, element, 2 * sizeof(double), to, from);
    else if (bytes == 3 * sizeof(double))
        move_runs(copy, element, 3 * sizeof(double), to, from);
    else if (bytes == 4 * sizeof(double))
        move_runs(copy, element, 4 * sizeof(double), to, from);
    else if (bytes == 1)
        move_runs(copy, element, 1, to, from);
    else
        move_runs(copy, element, bytes, to, from);
}

/* The common sizes get a call each with a constant, of which the compiler makes a loop of its own
 * with plain loads and stores; whole runs are memcpy. Signs change in doubles alone. */
void grid_copy_run(const grid_copy *copy, size_t element, void *to, const void *from)
{
    if (copy->negate)
        move_strided(copy, sizeof(double), true, to, from);
    else if (copy->from[3] == 1 && copy->to[3] == 1)
        copy_runs(copy, element, to, from);
    else if (element == sizeof(double))
        move_strided(copy, sizeof(double), false, to, from);
    else if (element == 1)
        move_strided(copy, 1, false, to, from);
    else
        move_strided(copy, element, false, to, from);
}
