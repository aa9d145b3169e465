/* An equivariant network on the square lattice.
 *
 * Each site has odd channels, which change sign with the energies, and even ones, which do not:
 *
 *   odd_c = V/sqrt(V^2 + s_c^2),   even_c = s_c/sqrt(V^2 + s_c^2),   for six scales s_c.
 *
 * A layer sums each channel over three shells (the site, its neighbours, those across the
 * diagonals; the last two times 1/2), which gives S, and mixes:
 *
 *   a = A S(odd),  b = B S(even) + bias,
 *   odd' = tanh(a) g,  even' = g (1 - tanh(a)^2),  g = (1 + tanh(b/2))/2,
 *
 * plus the layer's own input from the second layer on. At the end y = p odd(first) + q odd(last),
 * and
 *
 *   n - 1/2 = tanh(y)/2 alone,   n - 1/2 = m + (1/4 - m^2) tanh(y) as a correction to m.
 *
 * The weights are shared by all sites, and what a layer has made at a site is read by all its
 * neighbours: the work a site is that of its own channels, 694 products for 8 channels and 2
 * layers, where a network that reads a window for each site does two hundred times as many.
 * Isotropic shells are the simplest sums with the symmetries; a network of them cannot tell a
 * neighbour from another, which the density of a site hardly needs.
 *
 * As a correction the network has the window's density where that is certain: (1/4 - m^2) is zero
 * at m = 1/2 and -1/2, so that filled and empty sites stay so. It ends with odd channels alone, and
 * with zeros there it is the window itself.
 *
 * Invariants. The symmetries of the square and translations hold for any weights, since sums over
 * shells have them, and n(-V) = 1 - n(V), since odd channels only meet even ones as factors. n lies
 * between 0 and 1, where m does. Every site sees the same operations in the same order, so that its
 * bits do not depend on the decomposition; loops run over all sites of a sheet in the order of
 * memory: layer k is right on the sheet less k sites at its border, and what is computed beyond is
 * finite and never read by those. In the derivatives these sites have zeros. */
#include "network.h"
#include "internal.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

enum { SHELLS = 3, PIECE = 64 };

/* The weights of a layer, one after the other: A and B by output channel, channel and shell; bias.
 */
typedef struct layer {
    int64_t in; /* input channels */
    const double *A, *B, *bias;
    int64_t at; /* of A among all weights */
} layer;

/* A sheet at work (the part of the lattice that is done at once; a plane is one number for each of
 * its sites): size of a plane with its margin, stride of rows. */
typedef struct work {
    const weft_learned *l;
    int64_t size, stride;
} work;

static int64_t layer_weights(int64_t width, int64_t in)
{
    return width * (2 * SHELLS * in + 1);
}

int64_t el_network_weights(int64_t width, int64_t depth)
{
    if (depth == 0)
        return 0;
    return layer_weights(width, WEFT_LEARNED_SCALES) + (depth - 1) * layer_weights(width, width) +
           WEFT_LEARNED_SCALES + width;
}

/* Where the weights of layer k begin. */
static layer layer_of(const weft_learned *l, int64_t k)
{
    layer out = {.in = k ? l->width : WEFT_LEARNED_SCALES};
    if (k)
        out.at = layer_weights(l->width, WEFT_LEARNED_SCALES) +
                 (k - 1) * layer_weights(l->width, l->width);
    out.A = l->weight + out.at;
    out.B = out.A + SHELLS * l->width * out.in;
    out.bias = out.B + SHELLS * l->width * out.in;
    return out;
}

/* p and q, at the end of the weights. */
static int64_t last_weights(const weft_learned *l)
{
    return l->weights - WEFT_LEARNED_SCALES - l->width;
}

/* The margin is as wide as there are layers: each of them needs one site more. */
static work work_of(const weft_learned *l, const el_sheet *s)
{
    const int64_t stride = s->n + 2 * l->depth;
    return (work){l, (s->rows + 2 * l->depth) * stride, stride};
}

/* Planes of a layer in room: sums of both kinds, tanh(a), g, and the two outputs. */
typedef struct planes {
    double *sums[2], *tanh_a, *gate, *out[2];
} planes;

static int64_t planes_of_layer(int64_t width, int64_t in)
{
    return 2 * SHELLS * in + 4 * width;
}

/* The planes of one layer, from the beginning of the room, which moves behind them. */
static planes take_planes(const work *w, double **room, int64_t in)
{
    const int64_t width = w->l->width, size = w->size;
    planes p = {.sums = {*room, *room + SHELLS * in * size}};
    p.tanh_a = p.sums[1] + SHELLS * in * size;
    p.gate = p.tanh_a + width * size;
    p.out[0] = p.gate + width * size;
    p.out[1] = p.out[0] + width * size;
    *room = p.out[1] + width * size;
    return p;
}

/* Forward: inputs and the layers; backward: four planes a channel and two sums of a shell, at most.
 */
int64_t el_network_room(const weft_learned *l, int64_t rows, int64_t n)
{
    const el_sheet s = {.rows = rows, .n = n};
    const int64_t most = l->width > WEFT_LEARNED_SCALES ? l->width : WEFT_LEARNED_SCALES;
    int64_t count = 2 * WEFT_LEARNED_SCALES + 4 * most + 2 * SHELLS * most + 2;
    for (int64_t k = 0; k < l->depth; k++)
        count += planes_of_layer(l->width, k ? l->width : WEFT_LEARNED_SCALES);
    return count * work_of(l, &s).size;
}

/* ---- forward ---- */

/* Six scales from the step of the Fermi function to the largest energies: a tanh of width T in
 * energies up to a hundred times that is no polynomial, but a sum of such saturating functions. */
static void inputs(const work *w, const double *restrict v, double *restrict odd,
                   double *restrict even)
{
    for (int c = 0; c < WEFT_LEARNED_SCALES; c++) {
        const double s = w->l->scale[c];
        double *restrict o = odd + c * w->size, *restrict e = even + c * w->size;
        for (int64_t k = 0; k < w->size; k++) {
            const double d = 1 / sqrt(v[k] * v[k] + s * s);
            o[k] = v[k] * d;
            e[k] = s * d;
        }
    }
}

/* The three sums of one channel. Beyond the first and the last row there is nothing to be read:
 * sums are zero there. */
static void shells(const work *w, const double *restrict h, double *restrict out)
{
    const int64_t n = w->size, s = w->stride;
    double *restrict near = out + n, *restrict far = near + n;
    memcpy(out, h, (size_t)n * sizeof *h);
    memset(near, 0, (size_t)(2 * n) * sizeof *h);
    for (int64_t k = s + 1; k < n - s - 1; k++) {
        near[k] = 0.5 * ((h[k + 1] + h[k - 1]) + (h[k + s] + h[k - s]));
        far[k] = 0.5 * ((h[k + s + 1] + h[k + s - 1]) + (h[k - s + 1] + h[k - s - 1]));
    }
}

/* out = start + sum over rows of weight[row] plane[row], over one piece of the sites. The shells of
 * two channels at a time, so that out is read and written a sixth as often; the order of the
 * additions is that of the rows. */
static void mix(const double *weight, int64_t rows, const double *restrict plane, int64_t size,
                double start, int64_t n, double *restrict out)
{
    for (int64_t k = 0; k < n; k++)
        out[k] = start;
    int64_t r = 0;
    for (; r + 6 <= rows; r += 6) {
        const double *restrict p = plane + r * size, *restrict q = p + 3 * size, *x = weight + r;
        const double x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4], x5 = x[5];
        for (int64_t k = 0; k < n; k++) {
            double sum = fma(x0, p[k], out[k]);
            sum = fma(x1, p[k + size], sum);
            sum = fma(x2, p[k + 2 * size], sum);
            sum = fma(x3, q[k], sum);
            sum = fma(x4, q[k + size], sum);
            out[k] = fma(x5, q[k + 2 * size], sum);
        }
    }
    for (; r < rows; r++) {
        const double x = weight[r], *restrict p = plane + r * size;
        for (int64_t k = 0; k < n; k++)
            out[k] = fma(x, p[k], out[k]);
    }
}

/* One layer, in pieces that stay in cache. before: its input, added from the second layer on. */
static void run_layer(const work *w, const layer *y, planes *p, double *const before[2], bool adds)
{
    const int64_t width = w->l->width, size = w->size;
    double a[PIECE], b[PIECE];
    for (int64_t c = 0; c < y->in; c++)
        for (int kind = 0; kind < 2; kind++)
            shells(w, before[kind] + c * size, p->sums[kind] + SHELLS * c * size);
    for (int64_t k = 0; k < size; k += PIECE) {
        const int64_t n = size - k < PIECE ? size - k : PIECE, rows = SHELLS * y->in;
        for (int64_t j = 0; j < width; j++) {
            const int64_t at = j * size + k;
            double *restrict t = p->tanh_a + at, *restrict g = p->gate + at;
            double *restrict odd = p->out[0] + at, *restrict even = p->out[1] + at;
            mix(y->A + j * rows, rows, p->sums[0] + k, size, 0, n, a);
            mix(y->B + j * rows, rows, p->sums[1] + k, size, y->bias[j], n, b);
            for (int64_t i = 0; i < n; i++) {
                t[i] = weft_tanh(a[i]);
                g[i] = 0.5 + 0.5 * weft_tanh(0.5 * b[i]);
                odd[i] = t[i] * g[i];
                even[i] = g[i] * (1 - t[i] * t[i]);
            }
            for (int64_t i = 0; i < n && adds; i++) {
                odd[i] += before[0][at + i];
                even[i] += before[1][at + i];
            }
        }
    }
}

/* All layers; tanh(y) over the sheet into last. */
static void run_network(const work *w, const el_sheet *s, planes *p, double **room, double *in[2],
                        double *last)
{
    const weft_learned *l = w->l;
    const double *ends = l->weight + last_weights(l);
    in[0] = *room;
    in[1] = in[0] + WEFT_LEARNED_SCALES * w->size;
    *room = in[1] + WEFT_LEARNED_SCALES * w->size;
    inputs(w, s->v, in[0], in[1]);
    double *before[2] = {in[0], in[1]};
    for (int64_t k = 0; k < l->depth; k++) {
        const layer y = layer_of(l, k);
        p[k] = take_planes(w, room, y.in);
        run_layer(w, &y, &p[k], before, k > 0);
        before[0] = p[k].out[0];
        before[1] = p[k].out[1];
    }
    double q[PIECE];
    for (int64_t k = 0; k < w->size; k += PIECE) {
        const int64_t n = w->size - k < PIECE ? w->size - k : PIECE;
        mix(ends, WEFT_LEARNED_SCALES, in[0] + k, w->size, 0, n, last + k);
        mix(ends + WEFT_LEARNED_SCALES, l->width, before[0] + k, w->size, 0, n, q);
        for (int64_t i = 0; i < n; i++)
            last[k + i] = weft_tanh(last[k + i] + q[i]);
    }
}

/* What lies in the margin is computed with the rest and left out at the end. */
void el_network_values(const weft_learned *l, const el_sheet *s, double *room, double *out)
{
    const work w = work_of(l, s);
    planes p[WEFT_LEARNED_DEPTH];
    double *in[2], *last = room;
    room += w.size;
    run_network(&w, s, p, &room, in, last);
    for (int64_t y = 0; y < s->rows; y++) {
        const double *t = last + (y + l->depth) * w.stride + l->depth;
        for (int64_t x = 0, i = y * s->n; x < s->n; x++, i++)
            out[i] = s->base ? s->base[i] + (0.25 - s->base[i] * s->base[i]) * t[x] : 0.5 * t[x];
    }
}

/* ---- backward ---- */

/* In eight partial sums, so that it can be vectorised, and in a fixed order. */
static double dot(const double *restrict x, const double *restrict y, int64_t n)
{
    double sum[8] = {0};
    int64_t k = 0;
    for (; k + 8 <= n; k += 8)
        for (int j = 0; j < 8; j++)
            sum[j] = fma(x[k + j], y[k + j], sum[j]);
    for (; k < n; k++)
        sum[0] += x[k] * y[k];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/* to += x from. */
static void add_times(double x, const double *restrict from, int64_t n, double *restrict to)
{
    for (int64_t k = 0; k < n; k++)
        to[k] = fma(x, from[k], to[k]);
}

/* Sums over shells are their own adjoint: to += the shells of the three planes. */
static void add_shells(const work *w, const double *restrict g, double *restrict to)
{
    const int64_t n = w->size, s = w->stride;
    const double *restrict near = g + n, *restrict far = near + n;
    for (int64_t k = s + 1; k < n - s - 1; k++)
        to[k] += g[k] + 0.5 * ((near[k + 1] + near[k - 1]) + (near[k + s] + near[k - s])) +
                 0.5 * ((far[k + s + 1] + far[k + s - 1]) + (far[k - s + 1] + far[k - s - 1]));
}

/* Derivatives by the outputs of a layer (g: odd, even) become those by a and b, in place. With t =
 * tanh(a) and the gate g: d odd = (1 - t^2) g da + t g (1 - g) db, and d even = -2 t (1 - t^2) g da
 * + (1 - t^2) g (1 - g) db. */
static void through_gates(const work *w, const planes *p, double *const g[2])
{
    for (int64_t k = 0; k < w->l->width * w->size; k++) {
        const double t = p->tanh_a[k], s = p->gate[k], even = 1 - t * t;
        const double odd_by = g[0][k], even_by = g[1][k];
        g[0][k] = (odd_by - 2 * t * even_by) * s * even;
        g[1][k] = (odd_by * t + even_by * even) * s * (1 - s);
    }
}

/* Weights of one kind: gradient, and the derivatives by the layer's input added to below (NULL: the
 * network's own input, which needs none). spare: three planes. */
static void through_mix(const work *w, const layer *y, const double *weight, const double *sums,
                        const double *g, double *gradient, double *spare, double *below)
{
    const int64_t size = w->size, rows = SHELLS * y->in;
    for (int64_t j = 0; j < w->l->width; j++)
        for (int64_t r = 0; r < rows; r++)
            gradient[j * rows + r] += dot(g + j * size, sums + r * size, size);
    for (int64_t c = 0; c < y->in && below; c++) {
        memset(spare, 0, (size_t)(SHELLS * size) * sizeof *spare);
        for (int s = 0; s < SHELLS; s++)
            for (int64_t j = 0; j < w->l->width; j++)
                add_times(weight[j * rows + SHELLS * c + s], g + j * size, size, spare + s * size);
        add_shells(w, spare, below + c * size);
    }
}

/* The last part: by[site] to the derivatives by y, over the sheet with its margin. */
static void through_end(const work *w, const el_sheet *s, const double *by, double *last)
{
    const int64_t depth = w->l->depth;
    double *y = last, *row = last;
    for (int64_t k = 0; k < w->size; k++)
        y[k] = 1 - y[k] * y[k];
    for (int64_t j = 0; j < s->rows + 2 * depth; j++, row += w->stride)
        for (int64_t x = 0; x < w->stride; x++) {
            const int64_t Y = j - depth, X = x - depth, i = Y * s->n + X;
            const bool inside = Y >= 0 && Y < s->rows && X >= 0 && X < s->n;
            const double m = inside && s->base ? s->base[i] : 0;
            row[x] *= inside ? by[i] * (s->base ? 0.25 - m * m : 0.5) : 0;
        }
}

/* Forward, keeping all layers; then from the end to the first layer. Derivatives by the outputs of
 * a layer are kept in g, those by its input in below, and the two change places. */
void el_network_slopes(const weft_learned *l, const el_sheet *s, const double *by, double *room,
                       double *gradient)
{
    const work w = work_of(l, s);
    planes p[WEFT_LEARNED_DEPTH];
    double *in[2], *last = room;
    const int64_t ends = last_weights(l), size = w.size;
    room += size;
    run_network(&w, s, p, &room, in, last);
    through_end(&w, s, by, last);
    for (int c = 0; c < WEFT_LEARNED_SCALES; c++)
        gradient[ends + c] += dot(last, in[0] + c * size, size);
    double *g[2] = {room, room + l->width * size}, *below[2], *spare = room + 4 * l->width * size;
    below[0] = room + 2 * l->width * size;
    below[1] = below[0] + l->width * size;
    memset(room, 0, (size_t)(2 * l->width * size) * sizeof *room);
    for (int64_t j = 0; j < l->width; j++) {
        const double *out = p[l->depth - 1].out[0] + j * size;
        gradient[ends + WEFT_LEARNED_SCALES + j] += dot(last, out, size);
        add_times(l->weight[ends + WEFT_LEARNED_SCALES + j], last, size, g[0] + j * size);
    }
    for (int64_t k = l->depth - 1; k >= 0; k--) {
        const layer y = layer_of(l, k);
        const int64_t matrix = SHELLS * l->width * y.in;
        for (int kind = 0; kind < 2; kind++) /* what was added passes unchanged */
            memcpy(below[kind], g[kind], (size_t)(l->width * size) * sizeof *room);
        through_gates(&w, &p[k], g);
        for (int64_t j = 0; j < l->width; j++)
            for (int64_t i = 0; i < size; i++)
                gradient[y.at + 2 * matrix + j] += g[1][j * size + i];
        through_mix(&w, &y, y.A, p[k].sums[0], g[0], gradient + y.at, spare, k ? below[0] : NULL);
        through_mix(&w, &y, y.B, p[k].sums[1], g[1], gradient + y.at + matrix, spare,
                    k ? below[1] : NULL);
        for (int kind = 0; kind < 2; kind++) {
            double *turn = g[kind];
            g[kind] = below[kind];
            below[kind] = turn;
        }
    }
}
