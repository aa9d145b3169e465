/* Noise with memory, for additive noise of sites: what white noise is the increment of, a Wiener
 * process W(t), is replaced by
 *
 *     X(t) = w_0 W(t) + sum_k w_k Y_k(t) + tail,   dY_k = -g_k Y_k dt + dW,
 *
 * Ornstein-Uhlenbeck processes (modes) that share the increments of one W a site and component. The
 * tail stands for modes beyond all times of a run: frozen ones, v t with a normal v, or instant
 * ones, a normal of its own at each step. Of
 * this form are the integral of Ornstein-Uhlenbeck noise (exactly, one mode), and, to any accuracy,
 * fractional Brownian motion (R. Daems, M. Opper, G. Crevecoeur, T. Birdal, arXiv:2310.12975; Ph.
 * Carmona, L. Coutin, Stochastic analysis and related topics 7 (2000)).
 *
 * The modes and the tail are state: a few numbers a site and component, in a field that the model
 * declares. Their law over a step is sampled exactly. Normals are functions of (seed, replica,
 * stream, global site, step), so that nothing depends on the decomposition. */
#ifndef WEFT_COLOURED_H
#define WEFT_COLOURED_H

#include "weft/declare.h"
#include "weft/error.h"
#include "weft/noise.h"

WEFT_DECLARE_BEGIN

enum { WEFT_COLOURED_MODES = 32 };

/* Kinds of noise. The integral X of each has, for a strength of 2 D:
 * white: <X^2> = 2 D t.
 * ou: the noise has <xi xi'> = (D/tau) exp(-|t - t'|/tau), white of strength D as tau -> 0.
 * fractional: <X^2> = 2 D t^(2H). */
typedef enum weft_colour { WEFT_COLOUR_WHITE, WEFT_COLOUR_OU, WEFT_COLOUR_FRACTIONAL } weft_colour;

/* What is wanted. modes 0: as many as are needed. */
typedef struct weft_coloured_spec {
    weft_colour colour;
    double tau;      /* ou: the correlation time */
    double hurst;    /* fractional: H, 0 < H < 1 */
    int modes;       /* fractional: how many, the tail among them */
    bool stationary; /* the modes start in their stationary law; else from zero */
    /* fractional: the times over which the variance of X is right, 0 < shortest < horizon */
    double shortest, horizon;
} weft_coloured_spec;

typedef enum weft_tail { WEFT_TAIL_NONE, WEFT_TAIL_FROZEN, WEFT_TAIL_INSTANT } weft_tail;

/* A process of strength 2 D = 1, and the law of a step. Held by value; nothing to free. */
typedef struct weft_coloured {
    weft_coloured_spec spec;
    int field; /* of a state, in whose components the modes are: for those who have one */
    int modes; /* the numbers of a site and component; 0: X is W itself */
    int waves; /* the Ornstein-Uhlenbeck processes among them, which come first; then the tail */
    double wiener, rate[WEFT_COLOURED_MODES], weight[WEFT_COLOURED_MODES];
    weft_tail tail_kind;
    double tail;  /* its factor */
    double error; /* largest relative error of <X^2> between shortest and horizon; 0: exact */
    /* of a step of length dt, made by weft_coloured_step: Y_k becomes decay[k] Y_k + sum_j
     * load[k][j] r_j, and X/sqrt(dt) grows by sum_k pull[k] Y_k + sum_j gain[j] r_j, with
     * independent normals r_0 ... r_(normals-1), of which r_0 is dW/sqrt(dt) */
    double dt;
    int normals;
    double decay[WEFT_COLOURED_MODES], pull[WEFT_COLOURED_MODES];
    double load[WEFT_COLOURED_MODES][WEFT_COLOURED_MODES + 1], gain[WEFT_COLOURED_MODES + 1];
    /* of each normal, the variable whose rest it is, given the earlier ones: 0 is W, k + 1 is Y_k
     */
    int pivot[WEFT_COLOURED_MODES + 1];
    /* of the start: Y_k = sum_j first[k][j] r_j, with as many normals as `firsts` */
    int firsts;
    double first[WEFT_COLOURED_MODES][WEFT_COLOURED_MODES];
} weft_coloured;

/* The process for what is wanted: rates, weights, error, start. Errors: WEFT_FAILED where the
 * variance would be wrong by more than 1 %, with the number of modes that would do. Local. */
weft_status weft_coloured_make(const weft_coloured_spec *spec, weft_coloured *out);

/* Make the law of steps of length dt, unless it is there already. Errors: WEFT_FAILED where the
 * variance over a step would be wrong by more than 1 %. Local. */
weft_status weft_coloured_step(weft_coloured *c, double dt);

/* Relative error of <X^2> at time t. Local. */
double weft_coloured_error(const weft_coloured *c, double t);

/* The modes at the start, at n sites x0, x0 + 1, ... of a global row: mode[k][0 ... n-1]. Local. */
void weft_coloured_start(const weft_coloured *c, const weft_noise *noise, int component,
                         int64_t row, int64_t row_length, int64_t x0, int64_t n,
                         double *const *mode);

/* Advance the modes over step number `step`, of the length that weft_coloured_step was given, and
 * write the growth of X over the step, over sqrt(dt), to r: in place of the normals of
 * weft_noise_increments. n at most WEFT_COLOURED_STRETCH. Local. */
enum { WEFT_COLOURED_STRETCH = 256 };
void weft_coloured_increments(const weft_coloured *c, const weft_noise *noise, int component,
                              uint64_t step, int64_t row, int64_t row_length, int64_t x0, int n,
                              double *const *mode, double *r);

/* Normal number j = 0 ... c->normals - 1 of a step, at n sites. Local. */
void weft_coloured_normal(const weft_noise *noise, int component, int number, uint64_t step,
                          int64_t row, int64_t row_length, int64_t x0, int64_t n, double *out);

WEFT_DECLARE_END

#endif
