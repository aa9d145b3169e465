/* Noise with memory: the law of its modes over a step, and their numbers at sites.
 *
 * The vector (W, Y_1, ..., Y_K) is Gaussian and linear. Over a step of length h, Y_k decays by
 * exp(-g_k h), and what comes on top has the covariances
 *
 *     <W W> = h,   <W Y_k> = (1 - exp(-g_k h))/g_k,   <Y_j Y_k> = (1 - exp(-(g_j + g_k) h))/(g_j +
 * g_k),
 *
 * all of it from one Wiener process. A Cholesky factor of this matrix makes the vector from
 * independent normals. Modes that are slow against the step hear nearly the same of W, so that the
 * matrix is singular to rounding; the factor is made with pivots and ends where nothing is left,
 * which also saves normals.
 *
 * Invariants. (1) The law of a step is exact at any h, so that X at the ends of steps is a sample
 * of the process whatever the step; a change of the step in a run changes nothing in law. (2) The
 * first pivot is W: the first normal is the one that white noise would have. (3) Sums over normals
 * and modes are in a fixed order and each site is worked on for itself: no bit depends on how a row
 * is cut. (4) The stationary law of modes that share W is not that of independent ones: <Y_j Y_k> =
 * 1/(g_j + g_k). */
#include "weft/coloured.h"
#include "internal.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

enum { MODES = WEFT_COLOURED_MODES, SIZE = MODES + 1 };

/* Streams of the normals of a step beyond the first, and of a start: MODES for each component. */
enum { STREAM_STEP = 1 << 18, STREAM_START = STREAM_STEP + (1 << 13) };

/* (1 - exp(-g t))/g, t where g is 0. */
double noise_decayed(double g, double t)
{
    return g > 0.0 ? -weft_expm1(-g * t) / g : t;
}

/* The tail beside the waves. X grows by tail v dt, or by tail times the change of its normal. */
static void step_tail(weft_coloured *c, double dt)
{
    const int k = c->waves;
    if (c->tail_kind == WEFT_TAIL_NONE)
        return;
    memset(c->load[k], 0, sizeof c->load[k]);
    c->decay[k] = c->tail_kind == WEFT_TAIL_FROZEN ? 1.0 : 0.0;
    c->pull[k] = c->tail_kind == WEFT_TAIL_FROZEN ? c->tail * sqrt(dt) : -c->tail / sqrt(dt);
    if (c->tail_kind == WEFT_TAIL_FROZEN)
        return;
    for (int i = 0; i < k; i++)
        c->load[i][c->normals] = 0.0;
    c->load[k][c->normals] = 1.0;
    c->pivot[c->normals] = k + 1;
    c->gain[c->normals++] = c->tail / sqrt(dt);
}

/* Number 0 is W: a mode of rate 0. */
static void make_step(weft_coloured *c, double dt)
{
    double covariance[NOISE_FACTOR][NOISE_FACTOR], factor[NOISE_FACTOR][NOISE_FACTOR];
    double rate[SIZE] = {0};
    memcpy(rate + 1, c->rate, (size_t)c->waves * sizeof *rate);
    for (int i = 0; i <= c->waves; i++)
        for (int j = 0; j <= c->waves; j++)
            covariance[i][j] = noise_decayed(rate[i] + rate[j], dt);
    c->normals = noise_factor(c->waves + 1, covariance, 0, factor, c->pivot);
    c->dt = dt;
    for (int j = 0; j < c->normals; j++) {
        double sum = c->wiener * factor[0][j];
        for (int k = 0; k < c->waves; k++) {
            c->load[k][j] = factor[k + 1][j];
            sum += c->weight[k] * factor[k + 1][j];
        }
        c->gain[j] = sum / sqrt(dt);
    }
    for (int k = 0; k < c->waves; k++) {
        c->decay[k] = weft_exp(-c->rate[k] * dt);
        c->pull[k] = c->weight[k] * weft_expm1(-c->rate[k] * dt) / sqrt(dt);
    }
    step_tail(c, dt);
}

/* A step may be shorter than what the weights were made for. */
weft_status weft_coloured_step(weft_coloured *c, double dt)
{
    const double error = weft_coloured_error(c, dt);
    if (error > NOISE_REFUSED)
        return weft_fail(WEFT_FAILED,
                         "fractional noise: over a step of %.4g the variance would be wrong by "
                         "%.2g %%; the modes are made for times from %.3g to %.3g",
                         dt, 100.0 * error, c->spec.shortest, c->spec.horizon);
    if (c->dt != dt)
        make_step(c, dt);
    return WEFT_OK;
}

/* The factor of the stationary law, in which the tail is a normal of its own; from zero there is
 * nothing to draw. */
static void make_start(weft_coloured *c)
{
    double covariance[NOISE_FACTOR][NOISE_FACTOR], factor[NOISE_FACTOR][NOISE_FACTOR];
    c->firsts = 0;
    if (!c->spec.stationary || c->modes == 0)
        return;
    for (int i = 0; i < c->waves; i++)
        for (int j = 0; j < c->waves; j++)
            covariance[i][j] = 1.0 / (c->rate[i] + c->rate[j]);
    c->firsts = noise_factor(c->waves, covariance, -1, factor, NULL);
    for (int k = 0; k < c->waves; k++)
        for (int j = 0; j < c->firsts; j++)
            c->first[k][j] = factor[k][j];
    if (c->tail_kind != WEFT_TAIL_NONE)
        c->first[c->waves][c->firsts++] = 1.0;
}

/* The integral of Ornstein-Uhlenbeck noise is W - Y, with one mode of rate 1/tau. */
weft_status weft_coloured_make(const weft_coloured_spec *spec, weft_coloured *out)
{
    *out = (weft_coloured){.spec = *spec, .wiener = 1.0};
    if (spec->colour == WEFT_COLOUR_OU) {
        out->modes = out->waves = 1;
        out->rate[0] = 1.0 / spec->tau;
        out->weight[0] = -1.0;
    } else if (spec->colour == WEFT_COLOUR_FRACTIONAL && spec->hurst != 0.5) {
        WEFT_TRY(noise_fractional(out));
    }
    make_start(out);
    return WEFT_OK;
}

/* ---- numbers at sites ---- */

void weft_coloured_start(const weft_coloured *c, const weft_noise *noise, int component,
                         int64_t row, int64_t row_length, int64_t x0, int64_t n,
                         double *const *mode)
{
    double r[WEFT_COLOURED_STRETCH] __attribute__((aligned(64)));
    for (int64_t x = 0, m; x < n; x += m) {
        m = n - x < WEFT_COLOURED_STRETCH ? n - x : WEFT_COLOURED_STRETCH;
        for (int k = 0; k < c->modes; k++)
            memset(mode[k] + x, 0, (size_t)m * sizeof(double));
        for (int j = 0; j < c->firsts; j++) {
            const uint32_t stream = STREAM_START + (uint32_t)(component * MODES + j);
            weft_noise_normal(noise, stream, 0, row, row_length, x0 + x, m, r);
            for (int k = 0; k < c->modes; k++)
                for (int64_t i = 0; i < m; i++)
                    mode[k][x + i] += c->first[k][j] * r[i];
        }
    }
}

/* The first one is what white noise has; the others have streams that nothing else uses. */
void weft_coloured_normal(const weft_noise *noise, int component, int number, uint64_t step,
                          int64_t row, int64_t row_length, int64_t x0, int64_t n, double *out)
{
    const uint32_t stream = number == 0 ? WEFT_STREAM_STEP + (uint32_t)component
                                        : STREAM_STEP + (uint32_t)(component * MODES + number);
    weft_noise_normal(noise, stream, step, row, row_length, x0, n, out);
}

/* y = decay y + the part of the normals. */
static void advance(int n, int normals, double decay, const double *restrict load,
                    const double (*restrict r)[WEFT_COLOURED_STRETCH], double *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] *= decay;
    for (int j = 0; j < normals; j++)
        if (load[j] != 0.0)
            for (int i = 0; i < n; i++)
                y[i] += load[j] * r[j][i];
}

/* X takes the modes as they were before the step. The stretch and its normals stay in the first
 * cache; of the modes each is read and written once. */
void weft_coloured_increments(const weft_coloured *c, const weft_noise *noise, int component,
                              uint64_t step, int64_t row, int64_t row_length, int64_t x0, int n,
                              double *const *mode, double *restrict out)
{
    double r[SIZE][WEFT_COLOURED_STRETCH] __attribute__((aligned(64)));
    WEFT_ASSERT(n <= WEFT_COLOURED_STRETCH && noise->level == 0);
    for (int j = 0; j < c->normals; j++)
        weft_coloured_normal(noise, component, j, step, row, row_length, x0, n, r[j]);
    for (int i = 0; i < n; i++)
        out[i] = c->gain[0] * r[0][i];
    for (int j = 1; j < c->normals; j++)
        for (int i = 0; i < n; i++)
            out[i] += c->gain[j] * r[j][i];
    for (int k = 0; k < c->modes; k++) {
        for (int i = 0; i < n; i++)
            out[i] += c->pull[k] * mode[k][i];
        advance(n, c->normals, c->decay[k], c->load[k], (const double(*)[WEFT_COLOURED_STRETCH])r,
                mode[k]);
    }
}
