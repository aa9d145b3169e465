/* The region that a rank replays, its block with a halo around, cut into tiles. Tiles are numbered
 * over the whole lattice, so that their marks do not depend on who replays them.
 *
 * Along each axis the region is a row of pieces, each the part of one tile that lies in it; a tile
 * of the region is a product of pieces. An axis with tiles of 32 sites, a block from 40 to 89 and a
 * halo of 16 sites with its rim:
 *
 *     sites     23     32              64              96     107
 *     tile      |  0   |       1       |       2       |  3   |
 *     piece     [23..31|32..........63 |64..........95 |96..106]
 *     owned                 [40............89]
 *
 * A halo that runs over the end of the lattice sees tiles from the other end, and a tile may occur
 * twice (on a lattice that is thin along an axis); its marks are then replayed in both places, as
 * they must.
 *
 * Invariants. Tiles have 2^10 sites at most, as many as a mark has bits for. Every site of the
 * region belongs to exactly one piece an axis. An axis that is not cut has no halo: it closes on
 * itself by `wrap`. Changing the halo takes no memory, so that it can be done in the time loop. */
#include "exact.h"
#include "weft/memory.h"
#include <stdlib.h>

/* The least b with 2^b >= n, at most `most`. */
static int log2_up(int64_t n, int most)
{
    int b = 0;
    while (b < most && (INT64_C(1) << b) < n)
        b++;
    return b;
}

/* Square tiles, cubic up to a factor of two; thinner ones where the lattice is thin. */
static void choose_tiles(const weft_grid *grid, rl_region *r)
{
    static const int most[4][3] = {{0}, {0, 0, 10}, {0, 5, 5}, {3, 3, 4}};
    for (int a = 0; a < 3; a++) {
        r->bits[a] = log2_up(grid->n[a], most[grid->dim][a]);
        int64_t width = INT64_C(1) << r->bits[a];
        r->tiles[a] = (grid->n[a] + width - 1) / width;
    }
}

/* The smaller of two. */
static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Cut [low, high) of axis a, coordinates that may run over the ends of the lattice, into pieces. */
static void cut_axis(const weft_grid *grid, int a, bool whole, int ghost, rl_region *r)
{
    int64_t n = grid->n[a], width = INT64_C(1) << r->bits[a];
    int64_t layers = r->halo + 1;
    int64_t low = whole ? 0 : grid->start[a] - layers;
    int64_t high = whole ? n : grid->start[a] + grid->local[a] + layers;
    int64_t own_low = whole ? low : grid->start[a];
    int64_t own_high = whole ? high : grid->start[a] + grid->local[a];
    int64_t zero = (grid->n[a] > 1 ? ghost : 0) - (whole ? 0 : grid->start[a]);
    int count = 0;
    for (int64_t x = low; x < high; count++) {
        int64_t g = (x % n + n) % n, in = g & (width - 1), origin = x - in;
        int64_t end = least(least(origin + width, origin + n - (g - in)), high);
        int64_t from = own_low > x ? own_low : x, to = least(own_high, end);
        r->piece[a][count] = (rl_piece){.tile = g >> r->bits[a],
                                        .first = (int)in,
                                        .last = (int)(end - origin),
                                        .own_first = (int)(from - origin),
                                        .own_last = (int)(to - origin),
                                        .base = origin + zero,
                                        .low_edge = x == low,
                                        .high_edge = end == high};
        x = end;
    }
    r->n_pieces[a] = count;
    r->step[a] = r->extent.stride[a];
    r->wrap[a] = whole ? -(n - 1) * r->step[a] : 0;
}

/* The order of tiles: strip by strip, by global number, copies of the same tile by their place. */
static int by_number(const void *a, const void *b)
{
    const rl_order *x = a, *y = b;
    if (x->strip != y->strip)
        return x->strip < y->strip ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->tile < y->tile ? -1 : x->tile > y->tile;
}

/* Owned as a whole and not at an end of the region. */
static bool piece_is_plain(const rl_piece *p)
{
    return p->own_first == p->first && p->own_last == p->last && !p->low_edge && !p->high_edge;
}

/* Patches of some 2^16 sites, long along x: rows a power of two apart compete for few places of the
 * cache, so that there should be few of them. A region that fits into the cache is one patch. A
 * lattice so thin that its tiles are not full is one
 * patch: a slice has many marks a site there, and most would be put off. */
static void choose_patches(int dim, rl_region *r)
{
    static const int width[4][3] = {{0}, {1, 1, 64}, {1, 4, 16}, {2, 4, 8}};
    const bool full = r->bits[0] + r->bits[1] + r->bits[2] == RL_TILE_BITS;
    const bool cut = full && r->cells > RL_CACHED_CELLS;
    for (int a = 0; a < 3; a++) {
        r->patch[a] = cut ? width[dim][a] : r->most[a];
        r->n_patches[a] = (r->n_pieces[a] + r->patch[a] - 1) / r->patch[a];
    }
    r->n_strips = r->n_patches[3 - dim];
    r->strip_patches = r->n_patches[0] * r->n_patches[1] * r->n_patches[2] / r->n_strips;
}

/* Which patch a tile belongs to, and on which sides others lie. An axis of one patch has none,
 * whether it closes on itself or ends in halo. */
static void place_tile(const rl_region *r, rl_tile *t)
{
    int32_t at[3];
    t->border = 0;
    for (int a = 0; a < 3; a++) {
        const int p = t->piece[a];
        at[a] = p / r->patch[a];
        if (r->n_patches[a] == 1)
            continue;
        const int high = p % r->patch[a] == r->patch[a] - 1 || p == r->n_pieces[a] - 1;
        const int low = p % r->patch[a] == 0;
        t->border |= (uint8_t)(high << 2 * (2 - a) | low << (2 * (2 - a) + 1));
    }
    t->patch = (at[0] * r->n_patches[1] + at[1]) * r->n_patches[2] + at[2];
}

/* All products of pieces, and which of them are plain. */
static void list_tiles(const weft_grid *grid, rl_region *r)
{
    int64_t i = 0;
    for (int z = 0; z < r->n_pieces[0]; z++)
        for (int y = 0; y < r->n_pieces[1]; y++)
            for (int x = 0; x < r->n_pieces[2]; x++, i++) {
                const rl_piece *p[3] = {&r->piece[0][z], &r->piece[1][y], &r->piece[2][x]};
                rl_tile *t = &r->tile[i];
                const int64_t number =
                    (p[0]->tile * r->tiles[1] + p[1]->tile) * r->tiles[2] + p[2]->tile;
                t->plain = true;
                for (int a = 0; a < 3; a++) {
                    t->piece[a] = a == 0 ? z : a == 1 ? y : x;
                    int width = 1 << r->bits[a];
                    bool full = p[a]->first == 0 && p[a]->last == width;
                    if (grid->n[a] > 1 && !(full && piece_is_plain(p[a])))
                        t->plain = false;
                }
                place_tile(r, t);
                r->order[i] = (rl_order){number, i, t->patch / r->strip_patches};
            }
    r->n_tiles = i;
    qsort(r->order, (size_t)i, sizeof *r->order, by_number);
    for (int64_t k = 0, strip = 0; strip <= r->n_strips; strip++) {
        while (k < i && r->order[k].strip < strip)
            k++;
        r->strip[strip] = k;
    }
}

/* Pieces and tiles for a width of halo. */
static void lay_out(const weft_grid *grid, int ghost, int halo, rl_region *r)
{
    r->halo = halo;
    for (int a = 0; a < 3; a++)
        cut_axis(grid, a, grid->procs[a] == 1, ghost, r);
    choose_patches(grid->dim, r);
    list_tiles(grid, r);
}

/* Of a large lattice on one rank rows are padded where they would lie so far apart that they
 * compete for few places of the cache: the rows of a patch would drive each other out. */
weft_extent rl_region_extent(const weft_grid *grid, int ghost)
{
    enum { PAD = 64, ROWS = 256 };
    weft_extent e = weft_grid_extent(grid, ghost);
    const int64_t padded = grid->n[0] * grid->n[1] * (e.stride[1] + PAD);
    if (grid->size > 1 || grid->dim == 1 || grid->n[2] % ROWS != 0 || e.size <= RL_CACHED_CELLS ||
        padded > RL_MOST_CELLS)
        return e;
    e.stride[1] += PAD;
    e.stride[0] = grid->n[1] * e.stride[1];
    e.size = padded;
    return e;
}

/* Memory for any halo below ghost is taken here. */
void rl_region_make(const weft_grid *grid, int ghost, int halo, rl_region *r)
{
    *r = (rl_region){0};
    choose_tiles(grid, r);
    r->extent = rl_region_extent(grid, ghost);
    r->cells = r->extent.size;
    WEFT_ASSERT(r->cells <= RL_MOST_CELLS);
    r->sink_edge = (uint32_t)r->cells;
    r->sink_idle = (uint32_t)r->cells + 1;
    r->sink_cross = (uint32_t)r->cells + 2;
    int64_t tiles = 1;
    for (int a = 0; a < 3; a++) {
        /* the halo may cut a tile and run over the ends of the lattice */
        int64_t width = INT64_C(1) << r->bits[a];
        int64_t periods = (grid->local[a] + 2 * ghost) / grid->n[a] + 3;
        int64_t room = grid->procs[a] == 1 ? r->tiles[a]
                                           : (grid->local[a] + 2 * ghost) / width + 2 * periods + 2;
        r->most[a] = (int)room;
        r->piece[a] = weft_alloc((size_t)room, sizeof(rl_piece));
        tiles *= room;
    }
    r->tile = weft_alloc((size_t)tiles, sizeof(rl_tile));
    r->order = weft_alloc((size_t)tiles, sizeof *r->order);
    r->strip = weft_alloc((size_t)r->most[3 - grid->dim] + 1, sizeof *r->strip);
    lay_out(grid, ghost, halo, r);
}

/* Lays the region out again; the state in the array stays where it is. */
void rl_region_set_halo(const weft_grid *grid, int ghost, int halo, rl_region *r)
{
    lay_out(grid, ghost, halo, r);
}

/* Cells first <= x < last along axis a, all of the array along the others. */
static void taint_layer(const rl_region *r, int a, int64_t first, int64_t last, uint8_t *cell)
{
    int64_t inner = r->step[a], outer = a == 0 ? r->cells : r->step[a - 1];
    if (a > 0 && outer == 0)
        outer = r->cells;
    for (int64_t o = 0; o < r->cells; o += outer)
        for (int64_t i = o + first * inner; i < o + last * inner; i++)
            cell[i] |= RL_TAINT;
}

/* The rim is the layer just outside of the halo, on both sides of each cut axis. */
void rl_region_taint_rim(const weft_grid *grid, const rl_region *r, uint8_t *cell)
{
    for (int a = 0; a < 3; a++) {
        if (r->wrap[a] != 0 || grid->n[a] == 1)
            continue;
        int64_t low = r->extent.ghost - r->halo - 1;
        int64_t high = r->extent.ghost + grid->local[a] + r->halo;
        taint_layer(r, a, low, low + 1, cell);
        taint_layer(r, a, high, high + 1, cell);
    }
}

/* A particle moves by one site a mark, so that the tiles around a live one suffice until the next
 * look. */
void rl_region_wake(rl_region *r, int64_t tile)
{
    const rl_tile *t = &r->tile[tile];
    int64_t at[3];
    for (int by[3] = {-1, -1, -1}; by[0] <= 1; by[0]++)
        for (by[1] = -1; by[1] <= 1; by[1]++)
            for (by[2] = -1; by[2] <= 1; by[2]++) {
                for (int a = 0; a < 3; a++)
                    at[a] = (t->piece[a] + by[a] + r->n_pieces[a]) % r->n_pieces[a];
                r->tile[(at[0] * r->n_pieces[1] + at[1]) * r->n_pieces[2] + at[2]].on = true;
            }
}

void rl_region_free(rl_region *r)
{
    for (int a = 0; a < 3; a++)
        weft_free(r->piece[a]);
    weft_free(r->tile);
    weft_free(r->order);
    weft_free(r->strip);
    *r = (rl_region){0};
}
