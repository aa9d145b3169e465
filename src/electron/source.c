/* The potential where windows can read it: ghosted blocks, or the whole lattice with periodic
 * margins where windows reach farther than one neighbour.
 *
 * Invariants. The halo is as wide as the farthest site of a window, and for Chebyshev windows a
 * tile wider: a tile cut by a block's border is computed as a whole by both ranks, and the bound of
 * a site needs its neighbours. Values are copied, never computed, so that all ranks see the same.
 */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Blocks of all ranks come one after the other; each is then put in its place, which every
 * rank can compute. */
void el_gather(const weft_electron *e, double *whole)
{
    const weft_grid *g = e->grid;
    int *counts = weft_alloc((size_t)g->size, sizeof *counts);
    int *at = weft_alloc((size_t)g->size, sizeof *at);
    int total = 0;
    int64_t start[3], local[3];
    for (int r = 0; r < g->size; r++) {
        weft_grid_block(g, r, start, local);
        at[r] = total;
        counts[r] = (int)(local[0] * local[1] * local[2]);
        total += counts[r];
    }
    double *blocks = weft_alloc((size_t)total, sizeof *blocks);
    MPI_Allgatherv(e->potential, (int)e->own->local_sites, MPI_DOUBLE, blocks, counts, at,
                   MPI_DOUBLE, g->comm);
    for (int r = 0; r < g->size; r++) {
        weft_grid_block(g, r, start, local);
        const double *from = blocks + at[r];
        for (int64_t z = 0; z < local[0]; z++)
            for (int64_t y = 0; y < local[1]; y++, from += local[2])
                memcpy(whole + ((start[0] + z) * g->n[1] + start[1] + y) * g->n[2] + start[2], from,
                       (size_t)local[2] * sizeof *from);
    }
    weft_free(blocks);
    weft_free(at);
    weft_free(counts);
}

/* |H - mu|^2 is at most the largest row sum of (H - mu)^2: for nearest neighbours
 * U_i^2 + z^2 t^2 + |t| sum_j |U_i + U_j|, tight for uniform and for staggered potentials, where
 * the row sums of |H - mu| are not. Windows only take terms away. */
static double bound_at(const double *v, const int64_t stride[3], int dim, double t, double t2,
                       double mu)
{
    double u = *v - mu, z = 2 * dim, sum = u * u + z * z * t * t;
    for (int a = 3 - dim; a < 3; a++)
        sum += fabs(t) * (fabs(u + (v[stride[a]] - mu)) + fabs(u + (v[-stride[a]] - mu)));
    double z2 = dim == 1 ? 2 : dim == 2 ? 4 : 12;
    return sqrt(sum) + z2 * fabs(t2);
}

/* Also for a source that was never prepared, whose parts are NULL. */
void el_source_free(el_source *s)
{
    weft_halo_free(s->halo);
    weft_free(s->v);
    weft_free(s->bound);
    *s = (el_source){0};
}

/* Strides of the block with its margins. */
static void lay_out(el_source *s, int dim)
{
    int64_t n[3];
    for (int a = 0; a < 3; a++)
        n[a] = s->n[a] + 2 * s->ghost[a];
    s->stride[2] = 1;
    s->stride[1] = n[2];
    s->stride[0] = n[2] * n[1];
    s->size = n[0] * n[1] * n[2];
    s->origin = 0;
    for (int a = 3 - dim; a < 3; a++)
        s->origin += s->ghost[a] * s->stride[a];
    s->v = weft_alloc((size_t)s->size, sizeof *s->v);
    s->bound = weft_alloc((size_t)s->size, sizeof *s->bound);
}

/* Decide how the potential is laid out, and make the arrays; they are filled at each solve.
 * A halo cannot be wider than a neighbour's block: where it would be, or where windows are
 * whole axes, every rank keeps the whole lattice. The decision depends on the
 * decomposition, but what windows read does not. All ranks decide alike, since the numbers
 * are those of the grid. */
weft_status el_source_prepare(weft_electron *e)
{
    const weft_grid *g = e->grid;
    el_private *p = e->own;
    el_source *s = &p->source;
    el_source_free(s);
    int64_t margin = 0, room = INT64_MAX;
    bool wrapped = false;
    for (int a = 3 - g->dim; a < 3; a++) {
        s->ghost[a] = p->shape.high[a] > p->shape.low[a] ? p->shape.high[a] : p->shape.low[a];
        s->ghost[a] += p->tile[a]; /* the rest of a cut tile, and one neighbour for the bound */
        if (p->reach > 0)
            s->ghost[a] = p->reach;
        margin = s->ghost[a] > margin ? s->ghost[a] : margin;
        int64_t part = g->n[a] / g->procs[a];
        room = part < room ? part : room;
        wrapped |= p->reach == 0 && p->shape.wrap[a];
    }
    bool whole = wrapped || margin > room;
    for (int a = 0; a < 3; a++) {
        s->start[a] = whole ? 0 : g->start[a];
        s->n[a] = whole ? g->n[a] : g->local[a];
        if (!whole && a >= 3 - g->dim)
            s->ghost[a] = margin;
    }
    lay_out(s, g->dim);
    if (whole && !p->whole)
        p->whole = weft_alloc((size_t)p->sites, sizeof *p->whole);
    if (!whole && p->whole) {
        weft_free(p->whole);
        p->whole = NULL;
    }
    return whole ? WEFT_OK
                 : weft_halo_create(g, (int)margin, (int)margin, sizeof(double), 1, NULL, &s->halo);
}

/* With margins, so that windows at the border read on without wrapping. */
static void fill_whole(weft_electron *e)
{
    el_source *s = &e->own->source;
    const int64_t *n = e->grid->n, *g = s->ghost;
    el_gather(e, e->own->whole);
    double *to = s->v;
    for (int64_t z = -g[0]; z < n[0] + g[0]; z++)
        for (int64_t y = -g[1]; y < n[1] + g[1]; y++) {
            const double *row =
                e->own->whole + (el_wrapped(z, n[0]) * n[1] + el_wrapped(y, n[1])) * n[2];
            for (int64_t x = -g[2]; x < n[2] + g[2]; x++)
                *to++ = row[el_wrapped(x, n[2])];
        }
}

/* The owned sites; the exchange fills the margins. */
static void fill_block(weft_electron *e)
{
    el_source *s = &e->own->source;
    const double *from = e->potential;
    for (int64_t z = 0; z < s->n[0]; z++)
        for (int64_t y = 0; y < s->n[1]; y++, from += s->n[2])
            memcpy(s->v + el_source_row(s, z, y), from, (size_t)s->n[2] * sizeof *from);
    weft_halo_exchange(s->halo, s->v);
}

/* Bounds need the neighbours of a site: they are made one site less far than the values. */
void el_source_fill(weft_electron *e, double mu)
{
    el_source *s = &e->own->source;
    const el_private *p = e->own;
    if (s->halo)
        fill_block(e);
    else
        fill_whole(e);
    int dim = e->grid->dim;
    int64_t g[3] = {0};
    if (p->reach > 0)
        return; /* rational windows need no bounds of sites */
    for (int a = 3 - dim; a < 3; a++)
        g[a] = s->ghost[a] - 1;
    for (int64_t z = -g[0]; z < s->n[0] + g[0]; z++)
        for (int64_t y = -g[1]; y < s->n[1] + g[1]; y++) {
            int64_t at = el_source_row(s, z, y);
            for (int64_t x = -g[2]; x < s->n[2] + g[2]; x++)
                s->bound[at + x] = bound_at(s->v + at + x, s->stride, dim, p->options.hopping,
                                            p->options.next_hopping, mu);
        }
}
