#include "copy.h"
#include <string.h>

int64_t weft_copy_elements(const weft_copy *copy)
{
    return copy->count[0] * copy->count[1] * copy->count[2] * copy->count[3];
}

static void packed_strides(const int64_t count[4], int64_t stride[4])
{
    stride[3] = 1;
    for (int k = 2; k >= 0; k--)
        stride[k] = stride[k + 1] * count[k + 1];
}

void weft_copy_pack(weft_copy *copy)
{
    copy->to_start = 0;
    packed_strides(copy->count, copy->to);
}

void weft_copy_unpack(weft_copy *copy)
{
    copy->from_start = 0;
    packed_strides(copy->count, copy->from);
}

void weft_copy_simplify(weft_copy *copy)
{
    weft_copy out = *copy;
    bool empty = weft_copy_elements(copy) == 0;
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

/* Inlined with a constant element size and sign, so that the loops move whole words. */
static inline __attribute__((always_inline)) void move(const weft_copy *copy, size_t element,
                                                       bool negate, char *restrict to,
                                                       const char *restrict from)
{
    const int64_t *f = copy->from, *t = copy->to, n = copy->count[3];
    const int64_t size = (int64_t)element;
    bool rows = f[3] == 1 && t[3] == 1 && !negate && n * size > 64;
    for (int64_t i = 0; i < copy->count[0]; i++)
        for (int64_t j = 0; j < copy->count[1]; j++)
            for (int64_t k = 0; k < copy->count[2]; k++) {
                char *out = to + size * (copy->to_start + i * t[0] + j * t[1] + k * t[2]);
                const char *in = from + size * (copy->from_start + i * f[0] + j * f[1] + k * f[2]);
                if (rows) {
                    memcpy(out, in, (size_t)n * element);
                    continue;
                }
                for (int64_t l = 0; l < n; l++) {
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

void weft_copy_run(const weft_copy *copy, size_t element, void *to, const void *from)
{
    if (copy->negate)
        move(copy, sizeof(double), true, to, from);
    else if (element == sizeof(double))
        move(copy, sizeof(double), false, to, from);
    else if (element == 1)
        move(copy, 1, false, to, from);
    else
        move(copy, element, false, to, from);
}
