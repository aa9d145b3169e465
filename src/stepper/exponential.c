/* Exponential splittings of q_tt = -a(k) q + N(q) - c q_t: rotations, which are the exact
 * flow of a linear part, and kicks by the rest, N.
 *
 * In a state of rest that is not q = 0 the two balance each other only in the mean over a
 * step. What the step conserves is not the energy H but H - dt^2/24 (force of the linear
 * part)^2 + ...: states of rest at different q, which have the same energy, get different
 * ones, and a wall between two of them is pushed. Hence the model may take a part s(k) out
 * of the linear part, with s = a at k = 0: rotations by a(k) - s(k), kicks by N - s(k) q.
 * Both vanish in a uniform state of rest, and with them all the nested brackets of the two
 * of which the conserved energy consists, so that it is exact there, to every order in dt.
 * (E. Hairer, C. Lubich, G. Wanner, Geometric Numerical Integration, 2nd ed., ch. III.5,
 * IX.8.)
 *
 * A kick and the rotation after it go over the modes in one pass, and so do the last kick
 * and rotation of a step and the first rotation of the next one. Strang's splitting, with r for a
 * rotation by half a step and K for a kick; each bracket is one pass over memory:
 *
 *       as it is written     r K r   |   r K r   |   r K r
 *       as it is done       [r] N [K r       r] N [K r       r] N [K r]
 *
 * N stands for the nonlinear part: two transforms and a loop over the points.
 *
 * With a bath of positive temperature the step is O S O: S the splitting without damping, O the
 * exact Ornstein-Uhlenbeck flow of the momenta over half a step (bath.c), with noise of its own at
 * either end. O keeps the Gibbs law exp(-H/T) exactly, and S keeps that of an energy that differs
 * from H by its order; so stationary averages have the order of S (4 for split4), and are exact
 * where S is: for a linear field, at any dt. The way there has order 2. The bath is not put inside
 * of S, whose pieces run backwards in time in part, which noise cannot. (B. Leimkuhler, C.
 * Matthews, G. Stoltz, IMA J. Numer. Anal. 36, 13 (2016).)
 *
 * Invariant: a step that is finished early, for an output, has the same bits. The merged
 * pass does two rotations by the same numbers in registers, with the same expressions and
 * the same fused operations, as two passes would; it never does one rotation by the sum of
 * the two. With a bath nothing is left pending. */
#include "exponential.h"
#include "bath.h"
#include "exponential_rows.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <stdlib.h>

enum { MAX_COORDINATES = 8 };

/* The flow over a time h is q' = c q + s p, p' = -w s q + (c - damping*s) p, w = a(k) - s(k). Rows
 * of modes with the same a (wavenumbers k and -k) share a row of the tables. */
typedef struct rotation {
    double *c, *s;
} rotation;

/* What the components of one evolved field share. */
typedef struct linear {
    double *a0, *a12; /* a(k) = a0[i0] + a12[i1, i2] */
    double *s0, *s12; /* s(k) = s0[i0] s12[i1, i2], which is kicked instead of rotated */
    double damping;
    int64_t *place; /* number of a0[i0] among its different values */
    int64_t places;
    rotation *rotation; /* one for each different stage */
} linear;

/* Coefficients of a coordinate and its momentum, in the state, and the linear part that
 * they share with the other components of their field. */
typedef struct coordinate {
    double *q, *p;
    const linear *linear;
} coordinate;

/* The stepper at work: m kicks a step, with the lists a of rotations and b of kicks, of
 * which the palindrome repeats the second half. coordinate: q and p of each component, with
 * its linear part. */
typedef struct exponential {
    double dt;
    int m;
    const double *a, *b;
    int n_linear, n;
    linear linear[MAX_COORDINATES];
    coordinate coordinate[MAX_COORDINATES];
    double *force[MAX_COORDINATES]; /* buffers for nonlinear_k */
    bool pending;                   /* the last kick and rotation have not been done yet */
    bool hot;                       /* there is a bath with noise */
    double *sites;                  /* noise at the owned sites; NULL: not hot */
} exponential;

/* ---- set up ---- */

/* q_tt + damping q_t + a q = 0 from (1, 0) and (0, 1): c = q + damping*s at time h. Below,
 * at and above the critical damping the solution has three forms; w2 = 0 is the limit of
 * both others. */
static void oscillator(double a, double damping, double h, double *c, double *s)
{
    double half = 0.5 * damping, w2 = a - half * half, w = sqrt(fabs(w2));
    double cosine = 1, sine = h;
    if (w2 > 0) {
        weft_sincos(w * h, &sine, &cosine);
        sine /= w;
    } else if (w2 < 0) {
        cosine = weft_cosh(w * h);
        sine = weft_sinh(w * h) / w;
    }
    double decay = weft_exp(-half * h);
    *c = decay * (cosine + half * sine);
    *s = decay * sine;
}

/* A value with its place, for sorting. */
typedef struct numbered {
    double value;
    int64_t i;
} numbered;

/* For qsort; equal values stay equal, whatever their order becomes. */
static int by_value(const void *a, const void *b)
{
    double x = ((const numbered *)a)->value, y = ((const numbered *)b)->value;
    return (x > y) - (x < y);
}

/* Number the different values of a[0..n) in rising order; returns how many there are. */
static int64_t number_values(int64_t n, const double *a, int64_t *place)
{
    numbered *order = weft_alloc((size_t)n, sizeof *order);
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        order[i] = (numbered){a[i], i};
    qsort(order, (size_t)n, sizeof *order, by_value);
    for (int64_t i = 0; i < n; i++) {
        count += i == 0 || order[i].value != order[i - 1].value;
        place[order[i].i] = count - 1;
    }
    weft_free(order);
    return count;
}

/* Modes with the same first index. */
static int64_t plane_size(const weft_fft *fft)
{
    return fft->m[1] * fft->m[2];
}

/* Only once for each different a0: k and -k share the row. A row that is done is known by
 * not being zero, since c and s are never both zero. */
static void make_rotation(const weft_fft *fft, const linear *l, double h, rotation *r)
{
    int64_t n = plane_size(fft);
    r->c = weft_alloc((size_t)(l->places * n), sizeof(double));
    r->s = weft_alloc((size_t)(l->places * n), sizeof(double));
    for (int64_t i0 = 0; i0 < fft->m[0]; i0++) {
        int64_t at = l->place[i0] * n;
        bool done = n == 0 || r->c[at] != 0 || r->s[at] != 0; /* never both 0 */
        for (int64_t i = 0; !done && i < n; i++)
            oscillator(l->a0[i0] + l->a12[i] - l->s0[i0] * l->s12[i], l->damping, h, &r->c[at + i],
                       &r->s[at + i]);
    }
}

/* Different rotations of a palindrome. */
static int stages(const exponential *e)
{
    return e->m / 2 + 1;
}

/* Bytes of the rows of all rotations that k and -k share. On slabs of several ranks the first index
 * is that of the axis that is cut, so that the two lie on different ranks. */
static int64_t shared_bytes(const weft_fft *fft, const exponential *e, const linear *l)
{
    return (fft->m[0] - l->places) * plane_size(fft) * 2 * stages(e) * (int64_t)sizeof(double);
}

/* The model's a and s are sums and products of functions of one axis; those of the second
 * and third axis are combined here, so that the loop over modes adds two numbers. */
static void make_linear(weft_sim *sim, exponential *e, int field)
{
    linear *l = &e->linear[field];
    const weft_fft *fft = sim->fft;
    double *a[3], *soft[3];
    for (int j = 0; j < 3; j++) {
        a[j] = weft_alloc((size_t)fft->m[j], sizeof(double));
        soft[j] = weft_alloc((size_t)fft->m[j], sizeof(double));
    }
    sim->model->families.linear_k2(sim, field, a, soft, &l->damping);
    if (e->hot)
        l->damping = 0; /* it is the bath's */
    l->a0 = a[0];
    l->s0 = soft[0];
    l->a12 = weft_alloc((size_t)plane_size(fft), sizeof(double));
    l->s12 = weft_alloc((size_t)plane_size(fft), sizeof(double));
    for (int64_t i1 = 0; i1 < fft->m[1]; i1++)
        for (int64_t i2 = 0; i2 < fft->m[2]; i2++) {
            l->a12[i1 * fft->m[2] + i2] = a[1][i1] + a[2][i2];
            l->s12[i1 * fft->m[2] + i2] = soft[1][i1] * soft[2][i2];
        }
    for (int j = 1; j < 3; j++) {
        weft_free(a[j]);
        weft_free(soft[j]);
    }
    l->place = weft_alloc((size_t)fft->m[0], sizeof(int64_t));
    l->places = number_values(fft->m[0], l->a0, l->place);
    l->rotation = weft_alloc((size_t)stages(e), sizeof *l->rotation);
    for (int s = 0; s < stages(e); s++)
        make_rotation(sim->fft, l, e->a[s] * e->dt, &l->rotation[s]);
    weft_memory_count_shared(shared_bytes(fft, e, l));
}

/* Tables of rotations for every field, one for each different length among the stages.
 * Fields come in pairs: an evolved one, and behind it its momentum. Pointers into the state
 * stay valid for the life of the simulation. */
weft_status stepper_exponential_setup(weft_sim *sim, double dt, int m, const double *a,
                                      const double *b, void **data)
{
    exponential *e = weft_alloc(1, sizeof *e);
    e->dt = dt;
    e->m = m;
    e->a = a;
    e->b = b;
    double gamma, variance;
    e->hot = sim->model->families.bath && sim->model->families.bath(sim, 0, &gamma, &variance);
    if (e->hot)
        e->sites = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
    weft_state *state = sim->state;
    for (int f = 0; f + 1 < state->n; f++) {
        weft_field *q = &state->field[f], *p = &state->field[f + 1];
        if (q->spec.role != WEFT_EVOLVED || p->spec.role != WEFT_MOMENTUM)
            continue;
        WEFT_ASSERT(e->n + q->spec.components <= MAX_COORDINATES);
        make_linear(sim, e, e->n_linear);
        for (int c = 0; c < q->spec.components; c++, e->n++) {
            e->coordinate[e->n] =
                (coordinate){weft_field_data(q, c), weft_field_data(p, c), &e->linear[e->n_linear]};
            e->force[e->n] = weft_fft_buffer(sim->fft);
        }
        e->n_linear++;
    }
    *data = e;
    return WEFT_OK;
}

/* Buffers of transforms go back to the transform, which aligned them. */
void stepper_exponential_destroy(weft_sim *sim, void *data)
{
    exponential *e = data;
    for (int f = 0; f < e->n_linear; f++) {
        linear *l = &e->linear[f];
        weft_memory_count_shared(-shared_bytes(sim->fft, e, l));
        for (int s = 0; s < stages(e); s++) {
            weft_free(l->rotation[s].c);
            weft_free(l->rotation[s].s);
        }
        weft_free(l->rotation);
        weft_free(l->a0);
        weft_free(l->a12);
        weft_free(l->s0);
        weft_free(l->s12);
        weft_free(l->place);
    }
    for (int i = 0; i < e->n; i++)
        weft_fft_buffer_free(sim->fft, e->force[i]);
    weft_free(e->sites);
    weft_free(e);
}

/* ---- one pass over the modes ---- */

/* All coordinates, row after row of modes. */
static void pass(weft_sim *sim, exponential *e, stepper_pass kind, double b, int stage)
{
    const weft_fft *fft = sim->fft;
    stepper_row_kernel *kernel = stepper_row(kind, fft->per_mode);
    int64_t n = plane_size(fft);
    for (int i = 0; i < e->n; i++) {
        const coordinate *x = &e->coordinate[i];
        const linear *l = x->linear;
        const rotation *r = &l->rotation[stage];
        for (int64_t i0 = 0; i0 < fft->m[0]; i0++) {
            int64_t table = l->place[i0] * n, at = i0 * n * fft->per_mode;
            stepper_row_table t = {l->a0[i0], l->s0[i0], l->damping,   b,
                                   l->a12,    l->s12,    r->c + table, r->s + table};
            kernel(n, &t, x->q + at, x->p + at, e->force[i] + at);
        }
    }
}

/* ---- steps ---- */

/* Lists hold the first half: the second is its mirror image. */
static double kick_weight(const exponential *e, int stage)
{
    int mirrored = e->m - 1 - stage;
    return e->b[stage < mirrored ? stage : mirrored] * e->dt;
}

/* Of m + 1 rotations the second half mirrors the first. */
static int rotation_stage(const exponential *e, int stage)
{
    int mirrored = e->m - stage;
    return stage < mirrored ? stage : mirrored;
}

/* force holds q after each rotation, and N of it after nonlinear_k. */
static weft_status splitting(weft_sim *sim, exponential *e)
{
    double t = sim->time;
    if (e->pending)
        pass(sim, e, STEPPER_KICK_ROTATE_ROTATE, kick_weight(e, e->m - 1), 0);
    else
        pass(sim, e, STEPPER_ROTATE, 0, 0);
    for (int s = 0; s < e->m; s++) {
        t += e->a[rotation_stage(e, s)] * e->dt;
        WEFT_TRY(sim->model->families.nonlinear_k(sim, t, e->force));
        if (s + 1 < e->m)
            pass(sim, e, STEPPER_KICK_ROTATE, kick_weight(e, s), rotation_stage(e, s + 1));
    }
    e->pending = true;
    return WEFT_OK;
}

/* The second half of the bath takes the noise of components of its own. */
weft_status stepper_exponential_step(weft_sim *sim, void *data, double *dt)
{
    exponential *e = data;
    (void)dt;
    if (!e->hot)
        return splitting(sim, e);
    stepper_bath_flow(sim, sim->time, 0.5 * e->dt, 0, e->sites);
    WEFT_TRY(splitting(sim, e));
    WEFT_TRY(stepper_exponential_sync(sim, e));
    stepper_bath_flow(sim, sim->time + e->dt, 0.5 * e->dt, e->n, e->sites);
    return WEFT_OK;
}

/* The pending kick and rotation; the first rotation of the next step is then done by its
 * own pass. */
weft_status stepper_exponential_sync(weft_sim *sim, void *data)
{
    exponential *e = data;
    if (e->pending)
        pass(sim, e, STEPPER_KICK_FINISH, kick_weight(e, e->m - 1), 0);
    e->pending = false;
    return WEFT_OK;
}
