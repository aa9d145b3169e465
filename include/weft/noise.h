/* Noise: a pure function of (seed, replica, stream, global site, step), by Philox4x32-10
 * (Salmon et al., SC'11). Nothing is stored, nothing is exchanged.
 *
 * Key: (seed, replica). Counter: (block low, step low, step high 16 bits | block high 16 bits,
 * stream). A row of sites along x is cut into tiles of 64; tile number T = row * ceil(nx/64) + x/64
 * with row = z*ny + y (global). How the words of a tile are laid out over its sites is fixed in
 * docs/dev/noise.md and does not depend on the decomposition. */
#ifndef WEFT_NOISE_H
#define WEFT_NOISE_H

#include "weft/declare.h"
#include "weft/grid.h"
#include <stdint.h>

WEFT_DECLARE_BEGIN

/* Whose noise it is. Held by value; nothing to free. */
typedef struct weft_noise {
    uint32_t seed;
    uint32_t replica;
    uint32_t level; /* of the steps in weft_noise_increments: each is a step of level 0 halved so
                       many times, on the same Brownian path (at most WEFT_NOISE_LEVELS) */
    bool single;    /* normals in single precision: those of double, within 3e-7 but near 0 */
} weft_noise;

enum { WEFT_NOISE_LEVELS = 16 };

/* Streams: one number for each independent use and law. Dynamics of field component c (at most 64):
 * WEFT_STREAM_STEP + c; models may use WEFT_STREAM_MODEL and above, below WEFT_STREAM_PATH. */
enum {
    WEFT_STREAM_STEP = 0,
    WEFT_STREAM_STEP_SECOND = 64, /* second variable of a step (sra1) */
    WEFT_STREAM_INITIAL = 256,    /* initial states */
    WEFT_STREAM_DISORDER = 512,   /* quenched disorder */
    WEFT_STREAM_MODEL = 1024,
    WEFT_STREAM_PATH = 1 << 20, /* midpoints of halved steps */
};

/* Words of blocks first .. first + count - 1 of a stream and step, bit-identical to Random123: word
 * w (0 to 3) of block i goes into out[w*count + i]. Local. */
void weft_philox_many(const weft_noise *noise, uint32_t stream, uint64_t step, uint64_t first,
                      int count, uint32_t *out);

/* Values at n sites x0, x0+1, ... of a global row of row_length sites. normal: N(0,1);
 * uniform: in (0,1), 2^-53 resolution. Local. */
void weft_noise_normal(const weft_noise *noise, uint32_t stream, uint64_t step, int64_t row,
                       int64_t row_length, int64_t x0, int64_t n, double *out);
void weft_noise_uniform(const weft_noise *noise, uint32_t stream, uint64_t step, int64_t row,
                        int64_t row_length, int64_t x0, int64_t n, double *out);

/* The Brownian increment of component over step number step, which has length dt, at n sites of a
 * row: dW = sqrt(dt) r1, and the integral of W(s) - W(start) over the step is
 * dt^(3/2) (r1 + r2/sqrt(3))/2 (r2 may be NULL). r1, r2: independent N(0,1); at level 0 those of
 * streams WEFT_STREAM_STEP + component and WEFT_STREAM_STEP_SECOND + component. Local. */
void weft_noise_increments(const weft_noise *noise, int component, uint64_t step, int64_t row,
                           int64_t row_length, int64_t x0, int64_t n, double *r1, double *r2);

/* Laws of numbers in fields: scale 1, location 0. */
typedef enum weft_law {
    WEFT_LAW_NORMAL,
    WEFT_LAW_UNIFORM,    /* (0, 1) */
    WEFT_LAW_LORENTZIAN, /* half width 1, median 0 */
} weft_law;

/* The quantile of a law: the value that a number of this law lies below with probability p, 0 < p <
 * 1. Local. */
double weft_noise_quantile(weft_law law, double p);

/* Set the owned sites of a ghosted array of a grid (ghost: its ghost layers; x fastest) to numbers
 * of a law; ghosts stay as they are. Local. */
void weft_noise_fill(const weft_noise *noise, uint32_t stream, uint64_t step, weft_law law,
                     const weft_grid *grid, int ghost, double *out);

/* Add amplitude * N(0,1) to the owned sites of a ghosted array of a grid; ghosts stay as they are.
 * Local. */
void weft_noise_add(const weft_noise *noise, uint32_t stream, uint64_t step, double amplitude,
                    const weft_grid *grid, int ghost, double *array);

WEFT_DECLARE_END

#endif
