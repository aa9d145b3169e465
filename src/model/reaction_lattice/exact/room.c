/* The law of the number of marks of a tile, and the memory for marks. */
#include "exact.h"
#include "weft/memory.h"
#include <math.h>

enum {
    BIN_MARKS = 6,        /* in a bin of a patch */
    MOST_SLICES = 4,      /* that are replayed together */
    STRIP_MARKS = 1 << 18 /* of a strip, over all of them */
};

/* The cumulative distribution in 64-bit numbers, computed in long double, and a guide by the upper
 * byte so that the search begins near its end. */
static void make_law(rl_marks *m)
{
    /* p is the probability of k marks; below the bits of a double it would lose the tail. */
    long double p = expl(-(long double)RL_MARKS_MEAN), sum = 0;
    for (int k = 0; k < RL_COUNTS; k++) {
        sum += p;
        long double scaled = sum * 0x1p64L;
        m->poisson[k] = scaled >= 0x1.fffffffffffffffep63L ? UINT64_MAX : (uint64_t)scaled;
        p *= (long double)RL_MARKS_MEAN / (k + 1);
    }
    for (int b = 0, k = 0; b < 256; b++) {
        while (k < RL_COUNTS - 1 && m->poisson[k] <= (uint64_t)b << 56)
            k++;
        m->guide[b] = (uint8_t)k;
    }
}

/* Ten standard deviations more than a mean number of marks; that it never overflows is asserted. */
static int64_t room_for(double mean)
{
    return (int64_t)(mean + 10 * sqrt(mean)) + RL_COUNTS;
}

/* Mean number of marks that are put off with one that leads into another patch, itself included: a
 * pending site is touched at twice the rate of marks, and each time another one becomes pending.
 * This is an upper bound, as two chains may be about the same sites. */
static double chain(int slices)
{
    const double growth = 2 * RL_MARKS_MEAN / (1 << RL_TILE_BITS) * slices;
    return 1 + 2 * (expm1(growth) / growth - 1);
}

/* log2 of the bins that a slice needs for so many marks in all slices. */
static int bits_for(double mean, double in_a_bin, int slices)
{
    int bits = 0;
    while (bits < RL_TIME_BITS && in_a_bin * slices * (double)(1 << bits) < mean)
        bits++;
    return bits;
}

/* Sizes for any halo of the region. Slices are replayed together where there are patches, so that a
 * patch comes into the cache once for all of them; but the marks of a strip should stay in the
 * cache too, and chains grow. Returns for how many patches there is room; *patches: of the region.
 */
static int64_t choose_sizes(const rl_region *r, int dim, rl_marks *m, int64_t *patches)
{
    double tiles = 1, cross = 0;
    int64_t strip = 1, strips = 1;
    *patches = 1;
    *m = (rl_marks){.directions = 2 * dim, .most_slices = 1};
    for (int a = 0; a < 3; a++) {
        const int most = (r->most[a] + r->patch[a] - 1) / r->patch[a];
        const double wide = most > 1 ? r->patch[a] : r->most[a];
        tiles *= wide;
        cross += most > 1 ? 2 / (wide * (double)(1 << r->bits[a])) : 0;
        *patches *= most;
        strip *= a == 3 - dim ? 1 : most;
        strips = a == 3 - dim ? most : strips;
    }
    if (*patches > 1)
        while (m->most_slices < MOST_SLICES &&
               2 * m->most_slices * RL_MARKS_MEAN * tiles * (double)strip <= STRIP_MARKS)
            m->most_slices *= 2;
    const double mean = RL_MARKS_MEAN * tiles * m->most_slices;
    cross *= mean / (2 * dim); /* from a patch to others, or from others into it */
    m->room = room_for(mean);
    m->room_in = cross > 0 ? room_for(cross) : 0;
    m->room_cross = cross > 0 ? room_for(cross * (double)*patches) : 0;
    m->room_late = (int64_t)(2 * chain(m->most_slices) * (double)m->room_cross);
    m->bin_bits = bits_for(mean, BIN_MARKS, m->most_slices);
    m->late_bits = bits_for((double)m->room_cross, 1, m->most_slices);
    return strip * (strips < 3 ? strips : 3);
}

/* What rl_marks_make takes, array by array: exact, which unit.region compares. */
double rl_marks_bytes(const rl_region *r, int dim)
{
    rl_marks m;
    int64_t patches;
    const int64_t drawn = choose_sizes(r, dim, &m, &patches);
    const double marks = (double)(drawn + 1) * (double)m.room +
                         (double)(patches + 1) * (double)m.room_in + (double)m.room_cross +
                         2.0 * (double)m.room_late,
                 bins = m.most_slices * (ldexp(1, m.late_bits) + ldexp(1, m.bin_bits)) + 2;
    return (double)sizeof(rl_mark) * marks + (double)sizeof(uint32_t) * bins +
           2.0 * (double)sizeof(int64_t) * (double)patches + RL_SEEN;
}

void rl_marks_make(const rl_region *r, int dim, rl_marks *m)
{
    int64_t patches;
    const int64_t drawn = choose_sizes(r, dim, m, &patches);
    const size_t slices = (size_t)m->most_slices;
    m->drawn = weft_alloc((size_t)(drawn * m->room), sizeof *m->drawn);
    m->end = weft_alloc((size_t)patches, sizeof *m->end);
    m->in = weft_alloc((size_t)(patches * m->room_in), sizeof *m->in);
    m->end_in = weft_alloc((size_t)patches, sizeof *m->end_in);
    m->cross = weft_alloc((size_t)m->room_cross, sizeof *m->cross);
    m->late = weft_alloc((size_t)m->room_late, sizeof *m->late);
    m->turn = weft_alloc((size_t)m->room_late, sizeof *m->turn);
    m->late_start = weft_alloc((slices << m->late_bits) + 1, sizeof *m->late_start);
    m->binned = weft_alloc((size_t)(m->room + m->room_in), sizeof *m->binned);
    m->start = weft_alloc((slices << m->bin_bits) + 1, sizeof *m->start);
    m->seen = weft_alloc(RL_SEEN, 1);
    make_law(m);
}

void rl_marks_free(rl_marks *m)
{
    weft_free(m->drawn);
    weft_free(m->end);
    weft_free(m->in);
    weft_free(m->end_in);
    weft_free(m->cross);
    weft_free(m->late);
    weft_free(m->turn);
    weft_free(m->late_start);
    weft_free(m->binned);
    weft_free(m->start);
    weft_free(m->seen);
    *m = (rl_marks){0};
}
