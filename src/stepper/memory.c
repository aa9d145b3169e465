/* Noise with memory in exponential steps: u_t = L u + B dX/dt, where each noise X is w_0 W plus a
 * sum of Ornstein-Uhlenbeck modes Y_k of the same Wiener process (weft/coloured.h).
 *
 * Such noise is white noise of a larger linear system. With dX = (w_0 + sum w_k) dW - sum w_k g_k
 * Y_k dt, the vector (u, W, Y_1 ... Y_K) has a drift that is linear in itself and noise that is
 * white, and so stepper_phi and stepper_covariance give the exact law of its step, for each wave
 * vector. The modes Y_k are numbers of the sites, whose step does not depend on the wave vector and
 * is that of all other steppers: with normals r_j, drawn at the sites and transformed. What is left
 * for u is what these normals do not tell,
 *
 *     u(t + dt) = exp(L dt) u + P Y(t) + G r + T e,
 *
 * P from exp, G = <u r>, and T T^H = <u u> - G G^H by one normal e more for each component.
 *
 * Invariants. (1) A linear equation has the exact law at any dt, and its noise in a run is that of
 * the sites: no number depends on the ranks but by the rounding of transforms. (2) G is made from
 * the covariances with (W, Y) by the order in which the factor of their covariance took its pivots,
 * so that nearly singular ones lose no digits. (3) The tail of a process is part of it: a frozen
 * one is a mode of rate 0, an instant one a normal that X has at one end of a step and loses at the
 * next. */
#include "memory.h"
#include "covariance.h"
#include "phi.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Variables of a source beside u: W, the waves, a frozen tail. */
static int variables(const weft_coloured *c)
{
    return 1 + c->waves + (c->tail_kind == WEFT_TAIL_FROZEN);
}

/* Modes and normals of a source stand together, so that its columns are found by its number. */
int stepper_memory_columns(const stepper_memory *m, int n)
{
    return m->sources * (m->law->modes + m->law->normals) + n;
}

/* The larger system is one for the functions of matrices, which bound its size. */
bool stepper_memory_fits(const stepper_memory *m, int n)
{
    return n + m->sources * variables(m->law) <= STEPPER_MAX_COMPONENTS;
}

/* A mode and its larger system. */
typedef struct larger {
    const stepper_memory *m;
    int n, size; /* components of u, of all */
    const double complex *B;
    double complex *L, *noise, *E, *C; /* size x size, but noise: size x sources */
} larger;

/* Variable number v of source s in the larger system. */
static int place(const larger *x, int s, int v)
{
    return x->n + s * variables(x->m->law) + v;
}

/* du = (L u - B sum w_k g_k Y_k + B tail v) dt + (w_0 + sum w_k) B dW, dY_k = -g_k Y_k dt + dW, dv
 * = 0. Sources are independent: each has a Wiener process, and with it a column of the noise, of
 * its own. */
static void fill_system(const larger *x, const double complex *L)
{
    const weft_coloured *c = x->m->law;
    const int S = x->m->sources;
    double sum = c->wiener;
    for (int k = 0; k < c->waves; k++)
        sum += c->weight[k];
    for (int i = 0; i < x->n; i++)
        memcpy(x->L + i * x->size, L + i * x->n, (size_t)x->n * sizeof *L);
    for (int s = 0; s < S; s++) {
        for (int v = 0; v <= c->waves; v++)
            x->noise[place(x, s, v) * S + s] = 1.0;
        for (int k = 0; k < c->waves; k++)
            x->L[place(x, s, k + 1) * x->size + place(x, s, k + 1)] = -c->rate[k];
        for (int i = 0; i < x->n; i++) {
            const double complex b = x->B[i * S + s];
            x->noise[i * S + s] = sum * b;
            for (int k = 0; k < c->waves; k++)
                x->L[i * x->size + place(x, s, k + 1)] = -c->weight[k] * c->rate[k] * b;
            if (c->tail_kind == WEFT_TAIL_FROZEN)
                x->L[i * x->size + place(x, s, c->waves + 1)] = c->tail * b;
        }
    }
}

/* exp(L dt) and the covariance over the step; spare: two matrices more. */
static void solve(const larger *x, double complex *spare)
{
    const int e = x->size * x->size;
    double complex *A = spare, *phi = spare + e;
    for (int i = 0; i < e; i++)
        A[i] = x->m->dt * x->L[i];
    stepper_phi(x->size, A, (double complex *[]){x->E, phi, phi + e, phi + 2 * e});
    stepper_covariance(x->size, x->m->sources, x->L, x->noise, x->m->dt, x->C);
}

/* P: what component i takes of the modes of source s as they are before the step. An instant tail
 * is the normal that X had at the last end of a step: it has decayed with the fields and leaves
 * now. */
static void fill_modes(const larger *x, int s, int i, double complex *out)
{
    const weft_coloured *c = x->m->law;
    for (int k = 0; k < c->waves; k++)
        out[k] = x->E[i * x->size + place(x, s, k + 1)];
    if (c->tail_kind == WEFT_TAIL_FROZEN)
        out[c->waves] = x->E[i * x->size + place(x, s, c->waves + 1)];
    for (int j = 0; c->tail_kind == WEFT_TAIL_INSTANT && j < x->n; j++)
        out[c->waves] -= c->tail * x->E[i * x->size + j] * x->B[j * x->m->sources + s];
}

/* G by substitution: of the variable of pivot j, normal j is what the earlier ones leave. The
 * normal of an instant tail is the last one, and is not in (W, Y). */
static void fill_normals(const larger *x, int s, int i, double complex *out)
{
    const weft_coloured *c = x->m->law;
    const bool instant = c->tail_kind == WEFT_TAIL_INSTANT;
    for (int j = 0; j < c->normals - instant; j++) {
        const int p = c->pivot[j];
        double complex rest = x->C[i * x->size + place(x, s, p)];
        for (int l = 0; p > 0 && l < j; l++)
            rest -= out[l] * c->load[p - 1][l];
        out[j] = rest / (p == 0 ? sqrt(x->m->dt) : c->load[p - 1][j]);
    }
    if (instant)
        out[c->normals - 1] = c->tail * x->B[i * x->m->sources + s];
}

/* The factor T of what is left of <u u>, at the end of each row of M. Variances that are nothing
 * but rounding have none. */
static void fill_rest(const larger *x, int columns, double complex *M)
{
    const weft_coloured *c = x->m->law;
    const int n = x->n, each = c->modes + c->normals, at = columns - n;
    const bool instant = c->tail_kind == WEFT_TAIL_INSTANT;
    double complex *R = x->L; /* its system is solved */
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            R[i * n + j] = x->C[i * x->size + j];
            for (int s = 0; s < x->m->sources; s++)
                for (int k = c->modes; k < each - instant; k++)
                    R[i * n + j] -=
                        M[i * columns + s * each + k] * conj(M[j * columns + s * each + k]);
        }
    for (int j = 0; j < n; j++) {
        double pivot = creal(R[j * n + j]);
        for (int k = 0; k < j; k++)
            pivot -= creal(M[j * columns + at + k] * conj(M[j * columns + at + k]));
        if (!(pivot > 1e-13 * creal(x->C[j * x->size + j])))
            continue;
        M[j * columns + at + j] = sqrt(pivot);
        for (int i = j + 1; i < n; i++) {
            double complex sum = R[i * n + j];
            for (int k = 0; k < j; k++)
                sum -= M[i * columns + at + k] * conj(M[j * columns + at + k]);
            M[i * columns + at + j] = sum / M[j * columns + at + j];
        }
    }
}

/* Called once a wave vector when a run starts, and again for another step: it may allocate. */
void stepper_memory_function(int n, const double complex *L, const double complex *B,
                             const void *context, double complex *const *out)
{
    const stepper_memory *m = context;
    const int each = m->law->modes + m->law->normals, columns = stepper_memory_columns(m, n);
    const int size = n + m->sources * variables(m->law), e = size * size;
    double complex *room = weft_alloc((size_t)(8 * e), sizeof *room);
    const larger x = {.m = m,
                      .n = n,
                      .size = size,
                      .B = B,
                      .L = room,
                      .noise = room + e,
                      .E = room + 2 * e,
                      .C = room + 3 * e};
    memset(out[0], 0, (size_t)(n * columns) * sizeof *out[0]);
    fill_system(&x, L);
    solve(&x, room + 4 * e);
    for (int i = 0; i < n; i++)
        for (int s = 0; s < m->sources; s++) {
            fill_modes(&x, s, i, out[0] + i * columns + s * each);
            fill_normals(&x, s, i, out[0] + i * columns + s * each + m->law->modes);
        }
    fill_rest(&x, columns, out[0]);
    weft_free(room);
}

/* ---- numbers at the sites ---- */

/* Modes of a source as they are before the step. */
static void load_modes(weft_sim *sim, const weft_coloured *c, int s, double *sites,
                       double *const *buffers)
{
    const weft_grid *grid = sim->grid;
    weft_field *field = &sim->state->field[c->field];
    for (int k = 0; k < c->modes; k++) {
        WEFT_FOR_ROWS(grid, z, y)
            memcpy(sites + weft_owned_row(grid, z, y),
                   weft_field_row(field, s * c->modes + k, z, y),
                   (size_t)grid->local[2] * sizeof *sites);
        weft_fft_load(sim->fft, sites, 0, buffers[k]);
        weft_fft_forward(sim->fft, buffers[k]);
    }
}

/* Normal number j of a source; behind the last one: of the rests. */
static void load_normal(weft_sim *sim, int component, int j, double *sites, double *buffer)
{
    const weft_grid *grid = sim->grid;
    WEFT_FOR_ROWS(grid, z, y) {
        const int64_t row = (grid->start[0] + z) * grid->n[1] + grid->start[1] + y;
        weft_coloured_normal(&sim->noise, component, j, (uint64_t)sim->step, row, grid->n[2],
                             grid->start[2], grid->local[2], sites + weft_owned_row(grid, z, y));
    }
    weft_fft_load(sim->fft, sites, 0, buffer);
    weft_fft_forward(sim->fft, buffer);
}

/* The growth of X goes to sites and is not used. */
static void advance(weft_sim *sim, const weft_coloured *c, int s, double *sites)
{
    const weft_grid *grid = sim->grid;
    weft_field *field = &sim->state->field[c->field];
    double *mode[WEFT_COLOURED_MODES];
    WEFT_FOR_ROWS(grid, z, y) {
        const int64_t row = (grid->start[0] + z) * grid->n[1] + grid->start[1] + y;
        for (int64_t at = 0; at < grid->local[2]; at += WEFT_COLOURED_STRETCH) {
            const int64_t left = grid->local[2] - at;
            for (int k = 0; k < c->modes; k++)
                mode[k] = weft_field_row(field, s * c->modes + k, z, y) + at;
            weft_coloured_increments(
                c, &sim->noise, s, (uint64_t)sim->step, row, grid->n[2], grid->start[2] + at,
                (int)(left < WEFT_COLOURED_STRETCH ? left : WEFT_COLOURED_STRETCH), mode, sites);
        }
    }
}

/* Normals of the rests come from the streams of white noise behind those of the sources. */
void stepper_memory_draw(weft_sim *sim, const stepper_memory *m, int n, double *sites,
                         double *const *buffers)
{
    const weft_coloured *c = m->law;
    const int each = c->modes + c->normals;
    for (int s = 0; s < m->sources; s++) {
        load_modes(sim, c, s, sites, buffers + s * each);
        for (int j = 0; j < c->normals; j++)
            load_normal(sim, s, j, sites, buffers[s * each + c->modes + j]);
        advance(sim, c, s, sites);
    }
    for (int i = 0; i < n; i++)
        load_normal(sim, m->sources + i, 0, sites, buffers[m->sources * each + i]);
}
