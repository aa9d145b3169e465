/* All owned sites, tile by tile.
 *
 * Invariant: tiles lie at multiples of their size in global coordinates, and a tile has one
 * bound for all its windows; so what is computed for a site does not depend on the
 * decomposition. A tile cut by a block's border is computed by both ranks, each keeping its
 * own sites. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Where the lanes of a tile are, relative to the source's first site. Lanes beyond the end of the
 * lattice repeat its last site. */
static void lanes(const weft_electron *e, const int64_t first[3], int64_t site[EL_TILE][3])
{
    const el_private *p = e->own;
    int lane = 0;
    int64_t d[3];
    for (d[0] = 0; d[0] < p->tile[0]; d[0]++)
        for (d[1] = 0; d[1] < p->tile[1]; d[1]++)
            for (d[2] = 0; d[2] < p->tile[2]; d[2]++, lane++)
                for (int a = 0; a < 3; a++)
                    site[lane][a] = least(first[a] + d[a], e->grid->n[a] - 1) - p->source.start[a];
}

/* The bound for all windows of a tile: the largest over the box around them. It depends on
 * the tile alone, and so do the coefficients and the order that follow from it. */
static double tile_bound(const weft_electron *e, const int64_t low[3], const int64_t high[3])
{
    const el_source *s = &e->own->source;
    const el_shape *shape = &e->own->shape;
    double bound = 0;
    for (int64_t z = low[0] - shape->low[0]; z <= high[0] + shape->high[0]; z++)
        for (int64_t y = low[1] - shape->low[1]; y <= high[1] + shape->high[1]; y++) {
            const double *row = s->bound + el_source_row(s, z, y);
            for (int64_t x = low[2] - shape->low[2]; x <= high[2] + shape->high[2]; x++)
                bound = row[x] > bound ? row[x] : bound;
        }
    return bound;
}

/* Index of a site among the owned ones, -1 if another rank owns it. */
static int64_t owned(const weft_electron *e, const int64_t site[3])
{
    const weft_grid *g = e->grid;
    int64_t i = 0;
    for (int a = 0; a < 3; a++) {
        int64_t x = site[a] + e->own->source.start[a] - g->start[a];
        if (x < 0 || x >= g->local[a])
            return -1;
        i = i * g->local[a] + x;
    }
    return i;
}

/* bound <= 0: the tile's own one. */
static void do_tile(weft_electron *e, const int64_t first[3], double bound, int count,
                    const el_function *list, double *out)
{
    el_private *p = e->own;
    const el_source *s = &p->source;
    int64_t site[EL_TILE][3];
    const double *centre[EL_TILE];
    double result[EL_FUNCTIONS * EL_TILE];
    lanes(e, first, site);
    for (int l = 0; l < EL_TILE; l++)
        centre[l] =
            s->v + s->origin + site[l][0] * s->stride[0] + site[l][1] * s->stride[1] + site[l][2];
    if (bound <= 0)
        bound = tile_bound(e, site[0], site[EL_TILE - 1]);
    int64_t order =
        el_engine_run(&p->engine, &p->table, p->options.hopping, p->options.next_hopping, e->mu,
                      bound, centre, s->stride, count, list, result);
    e->order = order > e->order ? order : e->order;
    for (int l = 0; l < EL_TILE; l++) {
        int64_t i = owned(e, site[l]);
        for (int j = 0; i >= 0 && j < count; j++)
            out[j * p->local_sites + i] = result[j * EL_TILE + l];
    }
}

/* Functions at all owned sites: from the first tile that touches the block to the last. The
 * largest order of any tile on any rank is what the solver shows as its order. */
weft_status el_sites(weft_electron *e, double temperature, int count, const el_function *list,
                     double *out)
{
    el_private *p = e->own;
    const weft_grid *g = e->grid;
    el_source_fill(e, e->mu);
    el_table_set(&p->table, temperature, p->exponent, p->options.order);
    double bound = 0; /* common to all tiles where their windows are all the same sites */
    if (el_shape_whole(&p->shape))
        for (int64_t i = 0; i < p->source.size; i++)
            bound = fmax(bound, p->source.bound[i]);
    e->order = 0;
    int64_t from[3], to[3], t[3], first[3];
    for (int a = 0; a < 3; a++) {
        from[a] = g->start[a] / p->tile[a];
        to[a] = (g->start[a] + g->local[a] + p->tile[a] - 1) / p->tile[a];
    }
    for (t[0] = from[0]; t[0] < to[0]; t[0]++)
        for (t[1] = from[1]; t[1] < to[1]; t[1]++)
            for (t[2] = from[2]; t[2] < to[2]; t[2]++) {
                for (int a = 0; a < 3; a++)
                    first[a] = t[a] * p->tile[a];
                do_tile(e, first, bound, count, list, out);
            }
    MPI_Allreduce(MPI_IN_PLACE, &e->order, 1, MPI_INT64_T, MPI_MAX, g->comm);
    return WEFT_OK;
}
