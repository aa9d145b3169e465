/* Increments of Brownian paths on steps that are halves of halves of other steps.
 *
 * To measure the order of a stochastic stepper, the same path must be followed with steps dt, dt/2,
 * dt/4, ... So at level l, steps are those of level 0 halved l times, and the increment of a small
 * step is made from that of the large one that contains it (Levy's midpoint construction).
 *
 * Invariants: (1) The increments of the two halves add up to that of the whole, exactly in law and
 * to rounding in numbers; so do the integrals of W. (2) Each level has streams of its own, and both
 * halves use the same fresh normals with opposite signs; so every increment is a pure function of
 * (seed, replica, component, step, site), and no state is kept. */
#include "internal.h"
#include <math.h>

/* Sites that are worked on at once, and the most components of a field. */
enum { PART = 4 * TILE, COMPONENTS = 64 };

/* From the pair (r1, r2) of a step and two fresh normals to the pair of its first or second half: a
 * rotation, so that independent N(0,1) stay so; r1 and r2 of the whole are the sums that the
 * integrals of W over the halves make. */
static void halve(int n, bool second, double *restrict r1, double *restrict r2,
                  const double *restrict fresh1, const double *restrict fresh2)
{
    const double c = 0.5 * sqrt(3.0), h = sqrt(0.5), sign = second ? -h : h;
    for (int i = 0; i < n; i++) {
        double a = c * r2[i] + 0.5 * fresh1[i], b = 0.5 * r2[i] - c * fresh1[i];
        r1[i] = h * r1[i] + sign * a;
        r2[i] = h * b + sign * fresh2[i];
    }
}

/* From the step of level 0 that contains this one down to this one: bit after bit, the step number
 * tells whether the first or the second half is next. n: at most PART sites. r2 may be NULL. */
static void part_of_path(const weft_noise *noise, int component, uint64_t step, int64_t row,
                         int64_t row_length, int64_t x0, int n, double *r1, double *r2)
{
    const int levels = (int)noise->level;
    const uint32_t c = (uint32_t)component;
    double second[PART], fresh1[PART], fresh2[PART];
    r2 = r2 ? r2 : second;
    uint64_t top = step >> levels;
    weft_noise_normal(noise, WEFT_STREAM_STEP + c, top, row, row_length, x0, n, r1);
    weft_noise_normal(noise, WEFT_STREAM_STEP_SECOND + c, top, row, row_length, x0, n, r2);
    for (int level = 0; level < levels; level++) {
        uint32_t stream = WEFT_STREAM_PATH + 2 * COMPONENTS * (uint32_t)level + c;
        uint64_t whole = step >> (levels - level), half = step >> (levels - level - 1);
        weft_noise_normal(noise, stream, whole, row, row_length, x0, n, fresh1);
        weft_noise_normal(noise, stream + COMPONENTS, whole, row, row_length, x0, n, fresh2);
        halve(n, half & 1, r1, r2, fresh1, fresh2);
    }
}

/* At level 0 nothing has to be halved, and r2 is made only if it is wanted. */
void weft_noise_increments(const weft_noise *noise, int component, uint64_t step, int64_t row,
                           int64_t row_length, int64_t x0, int64_t n, double *r1, double *r2)
{
    WEFT_ASSERT(component >= 0 && component < COMPONENTS && noise->level <= WEFT_NOISE_LEVELS);
    const uint32_t c = (uint32_t)component;
    if (noise->level == 0) {
        weft_noise_normal(noise, WEFT_STREAM_STEP + c, step, row, row_length, x0, n, r1);
        if (r2)
            weft_noise_normal(noise, WEFT_STREAM_STEP_SECOND + c, step, row, row_length, x0, n, r2);
        return;
    }
    for (int64_t i = 0; i < n; i += PART) {
        int m = n - i < PART ? (int)(n - i) : PART;
        part_of_path(noise, component, step, row, row_length, x0 + i, m, r1 + i,
                     r2 ? r2 + i : NULL);
    }
}
