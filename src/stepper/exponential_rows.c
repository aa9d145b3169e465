/* Kernels of exponential splittings: kicks and rotations of rows of modes, in one pass over memory.
 *
 * Invariant: the expressions of a kick and of a rotation stand once, in `move`; so a merged pass
 * has the bits of separate ones, a mode in a vector those of one beside it, and the result does not
 * depend on how many modes a rank has. */
#include "exponential_rows.h"
#include "weft/lanes.h"
#include <math.h>

enum { LANES = WEFT_LANES };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef double row_lanes
    __attribute__((vector_size(LANES * sizeof(double)), aligned(8), may_alias));

/* The lower or the upper half of a vector, each number twice. */
#ifdef __AVX512F__
#define TWICE_LOW(v)  __builtin_shufflevector(v, v, 0, 0, 1, 1, 2, 2, 3, 3)
#define TWICE_HIGH(v) __builtin_shufflevector(v, v, 4, 4, 5, 5, 6, 6, 7, 7)
#elif defined __AVX2__
#define TWICE_LOW(v)  __builtin_shufflevector(v, v, 0, 0, 1, 1)
#define TWICE_HIGH(v) __builtin_shufflevector(v, v, 2, 2, 3, 3)
#else
#define TWICE_LOW(v)  __builtin_shufflevector(v, v, 0, 0)
#define TWICE_HIGH(v) __builtin_shufflevector(v, v, 1, 1)
#endif

/* A coefficient of a coordinate and that of its momentum. */
typedef struct point {
    double q, p;
} point;

/* Kick, and one rotation or two by the same expressions, to the bit. `kind` is a constant in each
 * kernel below, so that no branch is left in the loop. */
static inline __attribute__((always_inline)) point move(stepper_pass kind, double b, double kicked,
                                                        double c, double s, double u, double d,
                                                        double x, double y, double force)
{
    if (kind != STEPPER_ROTATE)
        y = fma(b, fma(-kicked, x, force), y);
    double x1 = fma(c, x, s * y), y1 = fma(u, x, d * y);
    if (kind == STEPPER_KICK_ROTATE_ROTATE) {
        double x2 = fma(c, x1, s * y1);
        y1 = fma(u, x1, d * y1);
        x1 = x2;
    }
    return (point){x1, y1};
}

/* LANES complex modes from mode i on, which are two vectors of coefficients. The compiler alone
 * takes the parts of q, p and force apart and puts them together again; here the four numbers that
 * both parts of a mode share are doubled in registers instead (measured: a fifth faster). */
static inline __attribute__((always_inline)) void pass_lanes(stepper_pass kind, int64_t i,
                                                             const stepper_row_table t,
                                                             double *restrict q, double *restrict p,
                                                             double *restrict force)
{
    const lanes c = *(const row_lanes *)(t.c + i), s = *(const row_lanes *)(t.s + i);
    const lanes kicked = t.s0 * *(const row_lanes *)(t.soft + i);
    const lanes u = (kicked - (t.a0 + *(const row_lanes *)(t.a + i))) * s;
    const lanes cc[2] = {TWICE_LOW(c), TWICE_HIGH(c)}, ss[2] = {TWICE_LOW(s), TWICE_HIGH(s)},
                kk[2] = {TWICE_LOW(kicked), TWICE_HIGH(kicked)},
                uu[2] = {TWICE_LOW(u), TWICE_HIGH(u)};
    for (int h = 0; h < 2; h++) {
        const int64_t at = 2 * i + h * LANES;
        lanes x = *(const row_lanes *)(q + at), y = *(const row_lanes *)(p + at);
        const lanes f = *(const row_lanes *)(force + at);
        for (int l = 0; l < LANES; l++) {
            const point moved = move(kind, t.b, kk[h][l], cc[h][l], ss[h][l], uu[h][l],
                                     fma(-t.damping, ss[h][l], cc[h][l]), x[l], y[l], f[l]);
            x[l] = moved.q;
            y[l] = moved.p;
        }
        *(row_lanes *)(q + at) = x;
        *(row_lanes *)(p + at) = y;
        if (kind != STEPPER_KICK_FINISH)
            *(row_lanes *)(force + at) = x;
    }
}

/* n modes in a row; the last ones, fewer than a vector, take the same operations. The copy of the
 * table lets the compiler keep it in registers. */
static inline __attribute__((always_inline)) void
pass_row(stepper_pass kind, int per_mode, int64_t n, const stepper_row_table *table,
         double *restrict q, double *restrict p, double *restrict force)
{
    const stepper_row_table t = *table;
    int64_t first = 0;
    for (; per_mode == 2 && first + LANES <= n; first += LANES)
        pass_lanes(kind, first, t, q, p, force);
    for (int64_t i = first; i < n; i++) {
        double c = t.c[i], s = t.s[i], kicked = t.s0 * t.soft[i];
        double u = (kicked - (t.a0 + t.a[i])) * s, d = fma(-t.damping, s, c);
        for (int64_t j = per_mode * i; j < per_mode * (i + 1); j++) {
            const point moved = move(kind, t.b, kicked, c, s, u, d, q[j], p[j], force[j]);
            q[j] = moved.q;
            p[j] = moved.p;
            if (kind != STEPPER_KICK_FINISH)
                force[j] = moved.q;
        }
    }
}

/* One compiled copy of pass_row for each kind of pass, for real and for complex modes. */
#define DEFINE_ROW(name, kind, per_mode)                                                           \
    static void name(int64_t n, const stepper_row_table *t, double *q, double *p, double *force)   \
    {                                                                                              \
        pass_row(kind, per_mode, n, t, q, p, force);                                               \
    }
DEFINE_ROW(rotate_real, STEPPER_ROTATE, 1)
DEFINE_ROW(rotate_complex, STEPPER_ROTATE, 2)
DEFINE_ROW(kick_rotate_real, STEPPER_KICK_ROTATE, 1)
DEFINE_ROW(kick_rotate_complex, STEPPER_KICK_ROTATE, 2)
DEFINE_ROW(kick_rotate_rotate_real, STEPPER_KICK_ROTATE_ROTATE, 1)
DEFINE_ROW(kick_rotate_rotate_complex, STEPPER_KICK_ROTATE_ROTATE, 2)
DEFINE_ROW(kick_finish_real, STEPPER_KICK_FINISH, 1)
DEFINE_ROW(kick_finish_complex, STEPPER_KICK_FINISH, 2)

static stepper_row_kernel *const row_kernels[][2] = {
    [STEPPER_ROTATE] = {rotate_real, rotate_complex},
    [STEPPER_KICK_ROTATE] = {kick_rotate_real, kick_rotate_complex},
    [STEPPER_KICK_ROTATE_ROTATE] = {kick_rotate_rotate_real, kick_rotate_rotate_complex},
    [STEPPER_KICK_FINISH] = {kick_finish_real, kick_finish_complex},
};

stepper_row_kernel *stepper_row(stepper_pass kind, int per_mode)
{
    return row_kernels[kind][per_mode - 1];
}
