/* Checksums that do not depend on the decomposition.
 *
 * Invariant: the sum over values of a mix of the value's bits and its number is the same in any
 * order of the values and for any split over ranks, since addition modulo 2^64 commutes. The number
 * makes the exchange of two values visible, the mix any change of bits. */
#include "internal.h"
#include <string.h>

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014) over value and number. */
static inline uint64_t mix(uint64_t value, uint64_t number)
{
    uint64_t h = value + number * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

/* bytes: of one value, 1 or 8. first: the number of the first value in the whole dataset. */
uint64_t io_sum(const void *data, int64_t n, size_t bytes, uint64_t first)
{
    uint64_t sum = 0;
    if (bytes == 1) {
        const uint8_t *values = data;
        for (int64_t i = 0; i < n; i++)
            sum += mix(values[i], first + (uint64_t)i);
        return sum;
    }
    const char *at = data;
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, at + i * 8, 8);
        sum += mix(bits, first + (uint64_t)i);
    }
    return sum;
}

/* A value's number is its place in the global array in the order z, y, x, then the `rest` values of
 * a point. A box that is not contiguous along x is summed point by point. */
uint64_t io_sum_box(const weft_box *box, const int64_t extent[3], int rest, size_t bytes,
                    const void *data, uint64_t first)
{
    uint64_t sum = 0;
    size_t point = (size_t)rest * bytes;
    bool rows = box->stride[2] == 1;
    WEFT_FOR_ROWS(box, z, y) {
        int64_t at = weft_box_row(box, z, y);
        int64_t number =
            ((box->start[0] + z) * extent[1] + box->start[1] + y) * extent[2] + box->start[2];
        const char *row = (const char *)data + (size_t)at * point;
        int64_t pieces = rows ? 1 : box->local[2], length = rows ? box->local[2] : 1;
        for (int64_t x = 0; x < pieces; x++)
            sum += io_sum(row + (size_t)(x * box->stride[2]) * point, length * rest, bytes,
                          first + (uint64_t)((number + x) * rest));
    }
    return sum;
}
