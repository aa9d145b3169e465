/* Laws over tiles, and tiles over rows and grids.
 *
 * A tile is 64 neighbouring sites of a row along x. Its numbers are made together, from 16 Philox
 * blocks (one word for each site) or 32 (two words), because vectors of blocks are cheap and single
 * ones are not. Which word of which block belongs to which site is fixed in docs/dev/noise.md.
 *
 * Invariants: (1) The numbers of a tile are a function of (seed, replica, stream, step, number of
 * the tile), and tiles are counted over the global row; so a rank that owns only part of a tile
 * makes all of it, takes its part, and has the same numbers as any other rank. (2) Every operation
 * is exact or correctly rounded (fma, sqrt) or comes from weft/vmath.h, and vectors hold whole
 * blocks only: the bits do not depend on the processor.
 *
 * A tile of normals, sites from left to right (b: block 0 to 15):
 *
 *       sites      0 .. 15     16 .. 31    32 .. 47    48 .. 63
 *       pair (0,1) cosine      sine                                 (normals)
 *       pair (2,3)                         cosine      sine */
#include "internal.h"
#include "weft/timing.h"
#include "weft/vmath.h"
#include <string.h>

/* Tiles that are made at once. */
enum { MAX_TILES = BATCH / BLOCKS_32 };

/* The double with these bits. */
static inline double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Two normals from two words by Box and Muller. The radius takes 48 bits, the lower 16 of them
 * shared with the angle, where they move it by less than 1e-4: with 32 bits alone the tail would
 * end at 6.8 standard deviations, so it ends at 8.2. */
static inline void box_muller(uint64_t a, uint64_t b, double *x, double *y)
{
    uint64_t k = a << 16 | (b & 0xffff);
    double u = double_of(0x3ff0000000000000 | k << 4) - (1.0 - 0x1p-49); /* (k + 1/2) 2^-48 */
    double radius = sqrt(-2.0 * weft_log(u));
    uint64_t q = (b + 0x20000000) >> 30;
    double rest = double_of(0x4338000000000000 + b - (q << 30)) - 0x1.8p52;
    double s, c;
    weft_sincos_reduced(fma(rest, 0x1.921fb54442d18p-30, 0x1.921fb54442d18p-31), (int64_t)q, &s,
                        &c);
    *x = radius * c;
    *y = radius * s;
}

/* Words 0 and 1 of block b give sites b and b + 16 of the tile, words 2 and 3 sites b + 32 and b +
 * 48: runs of 16 that vectorise. */
static void tiles_normal(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                         int tiles, double *out)
{
    noise_words4 w;
    noise_blocks(noise, stream, step, first * BLOCKS_32, tiles * BLOCKS_32, &w);
    for (int t = 0; t < tiles; t++) {
        double *restrict x = out + t * TILE;
        for (int b = 0; b < BLOCKS_32; b++) {
            int i = t * BLOCKS_32 + b;
            box_muller(w.word[0][i], w.word[1][i], &x[b], &x[b + 16]);
            box_muller(w.word[2][i], w.word[3][i], &x[b + 32], &x[b + 48]);
        }
    }
}

/* (j + 1/2) 2^-52 with the upper 52 of 64 bits. */
static inline double uniform(uint64_t high, uint64_t low)
{
    return double_of(0x3ff0000000000000 | high << 20 | low >> 12) - (1.0 - 0x1p-53);
}

/* Two words for each site: words 0 and 1 of block b give site b, words 2 and 3 site b + 32. */
static void tiles_uniform(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                          int tiles, double *out)
{
    noise_words4 w;
    for (int t = 0; t < tiles; t++) {
        double *restrict x = out + t * TILE;
        noise_blocks(noise, stream, step, (first + (uint64_t)t) * BLOCKS_64, BLOCKS_64, &w);
        for (int b = 0; b < BLOCKS_64; b++) {
            x[b] = uniform(w.word[0][b], w.word[1][b]);
            x[b + 32] = uniform(w.word[2][b], w.word[3][b]);
        }
    }
}

/* Values at sites x0 to x0 + n - 1 of a row of row_length sites. law: makes whole tiles. Whole
 * tiles are made in batches, and the part that is asked for is copied out. A row begins with a new
 * tile, so a row's last tile may be used in part only. */
static void row_of(noise_tiles *law, const weft_noise *noise, uint32_t stream, uint64_t step,
                   int64_t row, int64_t row_length, int64_t x0, int64_t n, double *out)
{
    double buffer[MAX_TILES * TILE] __attribute__((aligned(64)));
    const int64_t tiles_per_row = (row_length + TILE - 1) / TILE;
    const int64_t end = x0 + n;
    const weft_activity before = weft_timing_enter(WEFT_NOISE);
    for (int64_t x = x0; x < end;) {
        int64_t tile = x / TILE, last = (end - 1) / TILE;
        int tiles = last - tile + 1 < MAX_TILES ? (int)(last - tile + 1) : MAX_TILES;
        int64_t stop = (tile + tiles) * TILE < end ? (tile + tiles) * TILE : end;
        law(noise, stream, step, (uint64_t)(row * tiles_per_row + tile), tiles, buffer);
        memcpy(out + (x - x0), buffer + (x - tile * TILE), (size_t)(stop - x) * sizeof *out);
        x = stop;
    }
    weft_timing_leave(before);
}

void weft_noise_normal(const weft_noise *noise, uint32_t stream, uint64_t step, int64_t row,
                       int64_t row_length, int64_t x0, int64_t n, double *out)
{
    row_of(noise->single ? noise_tiles_single : tiles_normal, noise, stream, step, row, row_length,
           x0, n, out);
}

void weft_noise_uniform(const weft_noise *noise, uint32_t stream, uint64_t step, int64_t row,
                        int64_t row_length, int64_t x0, int64_t n, double *out)
{
    row_of(tiles_uniform, noise, stream, step, row, row_length, x0, n, out);
}
