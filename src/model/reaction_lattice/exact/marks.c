/* Poisson marks: every tile and slice of time has its own, from counters alone.
 *
 * Blocks tile*128 ... of the stream WEFT_STREAM_MODEL at step = slice: the first holds the number
 * of marks (64 bits, Poisson by inversion), each later one two marks of 64 bits: 22 bits time
 * within the slice, 10 bits site in the tile, and 32 bits that, times the number of directions,
 * give direction and rate. Sites that a tile has beyond the end of the lattice are passed over.
 *
 * Invariants. (1) The marks of a tile are a function of seed, replica, tile and slice: every rank
 * that needs them makes the same ones, and nothing about marks is ever sent. (2) A Poisson number
 * of marks with independent uniform times and sites is a Poisson process on all sites; leaving out
 * those beyond the lattice leaves the others Poisson. Their order is the business of patches.c. */
#include "exact.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The cumulative distribution in 64-bit numbers, computed in long double, and a guide by the upper
 * byte so that the search begins near its end. */
static void make_law(rl_marks *m)
{
    /* p is the probability of k marks; below the bits of a double it would lose the tail. */
    long double p = expl(-(long double)RL_MARKS_MEAN), sum = 0;
    for (int k = 0; k < RL_COUNTS; k++) {
        sum += p;
        long double scaled = sum * 0x1p64L;
        m->poisson[k] = scaled >= 0x1.fffffffffffffffep63L ? UINT64_MAX : (uint64_t)scaled;
        p *= (long double)RL_MARKS_MEAN / (k + 1);
    }
    for (int b = 0, k = 0; b < 256; b++) {
        while (k < RL_COUNTS - 1 && m->poisson[k] <= (uint64_t)b << 56)
            k++;
        m->guide[b] = (uint8_t)k;
    }
}

/* The number of marks for 64 random bits. */
static int poisson(const rl_marks *m, uint64_t v)
{
    int k = m->guide[v >> 56];
    while (k < RL_COUNTS - 1 && v >= m->poisson[k])
        k++;
    return k;
}

/* ---- memory ---- */

enum { BIN_MARKS = 6 };

/* Ten standard deviations more than a mean number of marks; that it never overflows is asserted. */
static int64_t room_for(double mean)
{
    return (int64_t)(mean + 10 * sqrt(mean)) + RL_COUNTS;
}

/* Sizes for any halo of the region. A chain that begins with a mark between patches has 1.3 members
 * in the mean where tiles are full. */
static void choose_sizes(const rl_region *r, int dim, rl_marks *m)
{
    double tiles = 1, cross = 0;
    *m = (rl_marks){.directions = 2 * dim, .patches = 1};
    for (int a = 0; a < 3; a++) {
        const int most = (r->most[a] + r->patch[a] - 1) / r->patch[a];
        const double wide = most > 1 ? r->patch[a] : r->most[a];
        tiles *= wide;
        cross += most > 1 ? 2 / (wide * (double)(1 << r->bits[a])) : 0;
        m->patches *= most;
    }
    const double mean = RL_MARKS_MEAN * tiles;
    cross *= mean / (2 * dim); /* from a patch to others, or from others into it */
    m->room = room_for(mean);
    m->room_in = cross > 0 ? room_for(cross) : 0;
    m->room_cross = cross > 0 ? room_for(cross * m->patches) : 0;
    while (m->bin_bits < RL_TIME_BITS && ((int64_t)BIN_MARKS << m->bin_bits) < (int64_t)mean)
        m->bin_bits++;
}

double rl_marks_bytes(const rl_region *r, int dim)
{
    rl_marks m;
    choose_sizes(r, dim, &m);
    return (double)sizeof(rl_mark) * ((double)m.patches * (double)(m.room + m.room_in) +
                                      (double)(m.room + 3 * m.room_cross)) +
           2.0 * (double)sizeof(rl_late) * (double)m.room_cross;
}

void rl_marks_make(const rl_region *r, int dim, rl_marks *m)
{
    choose_sizes(r, dim, m);
    const size_t patches = (size_t)m->patches;
    m->drawn = weft_alloc(patches * (size_t)m->room, sizeof *m->drawn);
    m->end = weft_alloc(patches, sizeof *m->end);
    m->in = weft_alloc(patches * (size_t)m->room_in, sizeof *m->in);
    m->end_in = weft_alloc(patches, sizeof *m->end_in);
    m->cross = weft_alloc((size_t)m->room_cross, sizeof *m->cross);
    m->late = weft_alloc(2 * (size_t)m->room_cross, sizeof *m->late);
    m->turn = weft_alloc(2 * (size_t)m->room_cross, sizeof *m->turn);
    m->binned = weft_alloc((size_t)(m->room + m->room_in), sizeof *m->binned);
    m->start = weft_alloc(((size_t)1 << m->bin_bits) + 1, sizeof *m->start);
    m->seen = weft_alloc(RL_SEEN, 1);
    make_law(m);
}

void rl_marks_free(rl_marks *m)
{
    weft_free(m->drawn);
    weft_free(m->end);
    weft_free(m->in);
    weft_free(m->end_in);
    weft_free(m->cross);
    weft_free(m->late);
    weft_free(m->turn);
    weft_free(m->binned);
    weft_free(m->start);
    weft_free(m->seen);
    *m = (rl_marks){0};
}

/* ---- tiles ---- */

/* What a tile needs to know of its place: arrays go along x, y, z; directions are +x, -x, +y, -y,
 * +z, -z. base: element of the tile's site 0; bits: of the tile's extents; first, last: sites in
 * the region; own_first, own_last: owned ones. */
typedef struct place {
    uint32_t base;
    int bits[3];
    uint32_t first[3], last[3], own_first[3], own_last[3];
    uint32_t step[6];   /* +x, -x, +y, -y, +z, -z */
    uint32_t across[6]; /* likewise for the step that leaves the piece */
    uint32_t sink[6];   /* mask: across is the index of a sink */
    uint32_t cross[6];  /* mask: across lies in another patch */
} place;

/* The tile beside another along an axis, around the end if there is nothing beyond. */
static const rl_tile *beside(const rl_region *r, const rl_tile *t, int axis, int by)
{
    int64_t at[3] = {t->piece[0], t->piece[1], t->piece[2]};
    at[axis] += by;
    at[axis] += at[axis] < 0 ? r->n_pieces[axis] : 0;
    at[axis] -= at[axis] >= r->n_pieces[axis] ? r->n_pieces[axis] : 0;
    return &r->tile[(at[0] * r->n_pieces[1] + at[1]) * r->n_pieces[2] + at[2]];
}

/* All that a plain tile needs (a tile wholly owned, with neighbours on all sides that are replayed
 * too): where its sites lie. */
static void find_base(const rl_region *r, const rl_tile *t, place *p)
{
    int64_t base = 0;
    for (int j = 0; j < 3; j++) {
        const int a = 2 - j;
        base += r->piece[a][t->piece[a]].base * r->step[a];
        p->bits[j] = r->bits[a];
        p->step[2 * j] = (uint32_t)r->step[a];
    }
    p->base = (uint32_t)base;
}

/* What any other tile needs: which of its sites are in the region and owned, and where a step over
 * each side leads: to the neighbouring tile, around the lattice, or into a sink. A sink is an extra
 * cell at the end of the array that stands for all that is not known (beyond the halo) or not
 * replayed (idle tiles). */
static void find_place(const rl_region *r, const rl_tile *t, place *p)
{
    int64_t base = 0;
    for (int j = 0; j < 3; j++) {
        int a = 2 - j;
        const rl_piece *q = &r->piece[a][t->piece[a]];
        base += q->base * r->step[a];
        p->bits[j] = r->bits[a];
        p->first[j] = (uint32_t)q->first;
        p->last[j] = (uint32_t)q->last;
        p->own_first[j] = (uint32_t)q->own_first;
        p->own_last[j] = (uint32_t)(q->own_last > q->own_first ? q->own_last : q->own_first);
        for (int side = 0; side < 2; side++) {
            int64_t step = side ? -r->step[a] : r->step[a];
            bool edge = side ? q->low_edge : q->high_edge;
            int d = 2 * j + side;
            p->step[d] = (uint32_t)step;
            p->sink[d] = edge && r->wrap[a] == 0 ? ~0u : 0;
            p->across[d] = p->sink[d] ? r->sink_edge
                                      : (uint32_t)(edge ? (side ? -r->wrap[a] : r->wrap[a]) : step);
            if (!p->sink[d] && !beside(r, t, a, side ? -1 : 1)->on) {
                p->sink[d] = ~0u;
                p->across[d] = r->sink_idle;
            }
            p->cross[d] = (0u - (t->border >> d & 1u)) & ~p->sink[d];
        }
    }
    p->base = (uint32_t)base;
}

/* Conditions as masks, all bits or none: they vectorise. */
static inline uint32_t equal(uint32_t a, uint32_t b)
{
    return 0u - (uint32_t)(a == b);
}

/* first <= x < last, with one comparison of unsigned numbers. */
static inline uint32_t within(uint32_t x, uint32_t first, uint32_t last)
{
    return 0u - (uint32_t)(x - first < last - first);
}

/* a where the mask is set, else b. */
static inline uint32_t pick(uint32_t mask, uint32_t a, uint32_t b)
{
    return (a & mask) | (b & ~mask);
}

/* Decode k marks of a tile that is wholly in the region and owned, and whose sides need no care. */
static inline __attribute__((always_inline)) void decode_plain(const place *p, int dim, int k,
                                                               const uint32_t *restrict a,
                                                               const uint32_t *restrict b,
                                                               rl_mark *restrict out)
{
    const uint32_t bx = (uint32_t)p->bits[0], by = (uint32_t)p->bits[1];
    const uint32_t mx = (1u << bx) - 1, my = (1u << by) - 1, n_dir = 2 * (uint32_t)dim;
    const uint32_t base = p->base, sy = p->step[2], sz = p->step[4];
    const uint32_t unused = RL_TILE_BITS - (uint32_t)(p->bits[0] + p->bits[1] + p->bits[2]);
    for (int q = 0; q < k; q++) {
        uint32_t in = (a[q] & ((1u << RL_TILE_BITS) - 1)) >> unused;
        uint64_t product = (uint64_t)b[q] * n_dir;
        uint32_t d = (uint32_t)(product >> 32), minus = 0u - (d & 1);
        uint32_t site = base + (in & mx) + (dim > 1 ? (in >> bx & my) * sy : 0) +
                        (dim > 2 ? (in >> bx >> by) * sz : 0);
        uint32_t step = dim > 1 ? pick(equal(d >> 1, 1), sy, 1) : 1;
        step = dim > 2 ? pick(equal(d >> 1, 2), sz, step) : step;
        out[q].time = a[q] >> (32 - RL_TIME_BITS);
        out[q].site = site;
        out[q].to = site + ((step ^ minus) - minus);
        out[q].u = (uint32_t)product;
    }
}

/* keep, as in decode_edge, for marks of a plain tile. border: its sides that are those of a patch.
 */
static inline __attribute__((always_inline)) void
find_crossing(const place *p, int dim, uint32_t border, int k, const uint32_t *restrict a,
              const uint32_t *restrict b, uint32_t *restrict keep)
{
    const uint32_t n_dir = 2 * (uint32_t)dim;
    const uint32_t unused = RL_TILE_BITS - (uint32_t)(p->bits[0] + p->bits[1] + p->bits[2]);
    for (int q = 0; q < k; q++) {
        uint32_t in = (a[q] & ((1u << RL_TILE_BITS) - 1)) >> unused;
        uint32_t d = (uint32_t)((uint64_t)b[q] * n_dir >> 32), minus = 0u - (d & 1), leaves = 0;
        for (int j = 0; j < dim; j++) {
            const uint32_t last = (1u << p->bits[j]) - 1;
            leaves |= equal(d >> 1, (uint32_t)j) & equal(in & last, last & ~minus);
            in >>= p->bits[j];
        }
        keep[q] = 1 | (leaves & (0u - (border >> d & 1)) & (2 | d << 2));
    }
}

/* k marks of one tile, whose words are a and b, at places that may lie at the edge of the block.
 * The upper bits of a are the time, the lower ones the site in the tile; the direction is the whole
 * part of b times the number of directions, and the part behind it is the uniform number of the
 * event. So both are used up without a division. No branch: at an edge whether a mark leaves, and
 * whether it is owned, is as good as random. Masks are all ones or zeros, so that `pick` and `&`
 * choose. keep: 0 for a site beyond the region; else 1, or 3 + 4 direction for a mark that leads
 * into another patch. */
static inline __attribute__((always_inline)) void
decode_edge(const place *p, int dim, int k, const uint32_t *restrict a, const uint32_t *restrict b,
            rl_mark *restrict out, uint32_t *restrict keep)
{
    const uint32_t unused = RL_TILE_BITS - (uint32_t)(p->bits[0] + p->bits[1] + p->bits[2]);
    const uint32_t n_dir = 2 * (uint32_t)dim;
    for (int q = 0; q < k; q++) {
        uint32_t in = (a[q] & ((1u << RL_TILE_BITS) - 1)) >> unused;
        uint64_t product = (uint64_t)b[q] * n_dir;
        uint32_t d = (uint32_t)(product >> 32), minus = 0u - (d & 1);
        uint32_t site = p->base, step = 0, sink = 0, cross = 0, inside = ~0u, own = ~0u;
        for (int j = 0; j < dim; j++) {
            const int plus = 2 * j, back = 2 * j + 1;
            uint32_t x = in & ((1u << p->bits[j]) - 1), first = p->first[j], last = p->last[j];
            uint32_t mine = equal(d >> 1, (uint32_t)j);
            uint32_t leaves = equal(x, pick(minus, first, last - 1));
            uint32_t across = pick(minus, p->across[back], p->across[plus]);
            uint32_t inner = pick(minus, p->step[back], p->step[plus]);
            step |= mine & pick(leaves, across, inner);
            sink |= mine & leaves & pick(minus, p->sink[back], p->sink[plus]);
            cross |= mine & leaves & pick(minus, p->cross[back], p->cross[plus]);
            inside &= within(x, first, last);
            own &= within(x, p->own_first[j], p->own_last[j]);
            site += x * p->step[plus];
            in >>= p->bits[j];
        }
        out[q].time = a[q] >> (32 - RL_TIME_BITS);
        out[q].site = site | (RL_NOT_OWNED & ~own);
        out[q].to = pick(sink, step, site + step);
        out[q].u = (uint32_t)product;
        keep[q] = inside & (1 | (cross & (2 | d << 2)));
    }
}

/* The loops with the dimension as a constant, so that they are unrolled and vectorised. */
static void decode(const place *p, int dim, bool plain, int k, const uint32_t *a, const uint32_t *b,
                   rl_mark *out, uint32_t *keep)
{
    if (dim == 1 && plain)
        decode_plain(p, 1, k, a, b, out);
    else if (dim == 2 && plain)
        decode_plain(p, 2, k, a, b, out);
    else if (dim == 3 && plain)
        decode_plain(p, 3, k, a, b, out);
    else if (dim == 1)
        decode_edge(p, 1, k, a, b, out, keep);
    else if (dim == 2)
        decode_edge(p, 2, k, a, b, out, keep);
    else
        decode_edge(p, 3, k, a, b, out, keep);
}

/* The words of a tile's marks: first words into a, second ones into b; returns their number. */
static int draw(const rl_marks *m, const weft_noise *noise, uint64_t slice, int64_t tile,
                uint32_t *a, uint32_t *b)
{
    enum { AHEAD = 32 }; /* blocks that most tiles need */
    uint32_t w[4 * RL_BLOCKS];
    uint64_t first = (uint64_t)tile * RL_BLOCKS;
    weft_philox_many(noise, WEFT_STREAM_MODEL, slice, first, AHEAD, w);
    /* The first block holds the number of marks, the others two marks each. */
    int k = poisson(m, (uint64_t)w[0] << 32 | w[AHEAD]);
    int done = 0;
    for (int i = 1; i < AHEAD; i++, done += 2) {
        a[done] = w[i], b[done] = w[AHEAD + i];
        a[done + 1] = w[2 * AHEAD + i], b[done + 1] = w[3 * AHEAD + i];
    }
    if (k <= done)
        return k;
    /* Rare tiles with many marks need further blocks. */
    int more = (k - done + 1) / 2;
    weft_philox_many(noise, WEFT_STREAM_MODEL, slice, first + AHEAD, more, w);
    for (int i = 0; i < more; i++, done += 2) {
        a[done] = w[i], b[done] = w[more + i];
        a[done + 1] = w[2 * more + i], b[done + 1] = w[3 * more + i];
    }
    return k;
}

/* Are all tiles on the sides of a tile replayed? Then no step from it leads into the idle sink. */
static bool surrounded(const rl_region *r, const rl_tile *t)
{
    for (int axis = 0; axis < 3; axis++)
        for (int by = -1; by <= 1; by += 2)
            if (!beside(r, t, axis, by)->on)
                return false;
    return true;
}

/* Those that are in the region and in [from, to), moved together; returns how many. Those that lead
 * into another patch become entries. */
static int sift(rl_marks *m, const rl_region *r, const rl_tile *t, rl_mark *mark, int k,
                const uint32_t *keep, uint32_t from, uint32_t to)
{
    int kept = 0;
    for (int q = 0; q < k; q++) {
        bool stays = keep[q] && mark[q].time >= from && mark[q].time < to;
        mark[kept] = mark[q];
        if (__builtin_expect(stays && keep[q] > 1, 0))
            rl_patch_cross(m, r, t, (int)(keep[q] >> 2), &mark[kept]);
        kept += stays;
    }
    return kept;
}

/* The marks of a tile that is wholly in the region, and a slice that is wholly in the window: none
 * falls out, and nearly none leads into another patch. */
static void enter(rl_marks *m, const rl_region *r, const rl_tile *t, const place *p, rl_mark *mark,
                  int k, const uint32_t *a, const uint32_t *b)
{
    uint32_t keep[2 * RL_BLOCKS];
    if (m->directions == 2)
        find_crossing(p, 1, t->border, k, a, b, keep);
    else if (m->directions == 4)
        find_crossing(p, 2, t->border, k, a, b, keep);
    else
        find_crossing(p, 3, t->border, k, a, b, keep);
    for (int q = 0; q < k; q++)
        if (__builtin_expect(keep[q] > 1, 0))
            rl_patch_cross(m, r, t, (int)(keep[q] >> 2), &mark[q]);
}

/* Tile by tile in the order of their global numbers, which fixes the order of ties. */
void rl_marks_fill(rl_marks *m, const rl_region *r, const weft_noise *noise, uint64_t slice,
                   uint32_t from, uint32_t to)
{
    uint32_t a[2 * RL_BLOCKS], b[2 * RL_BLOCKS], keep[2 * RL_BLOCKS];
    const int dim = m->directions / 2;
    const bool whole = from == 0 && to == UINT32_C(1) << RL_TIME_BITS;
    place p;
    m->patches = r->n_patches[0] * r->n_patches[1] * r->n_patches[2];
    memset(m->end, 0, (size_t)m->patches * sizeof *m->end);
    memset(m->end_in, 0, (size_t)m->patches * sizeof *m->end_in);
    m->n = m->n_cross = m->n_late = 0;
    for (int64_t i = 0; i < r->n_tiles; i++) {
        const rl_tile *t = &r->tile[r->order[i].tile];
        if (!t->on)
            continue;
        int64_t *end = &m->end[t->patch];
        rl_mark *raw = m->drawn + t->patch * m->room + *end;
        /* Most tiles are plain: their decoding has no conditions. */
        bool plain = whole && t->plain && (r->all_on || surrounded(r, t));
        int k = draw(m, noise, slice, r->order[i].number, a, b);
        /* Ten standard deviations of room, see room_for. */
        WEFT_ASSERT(*end + k <= m->room);
        if (plain)
            find_base(r, t, &p);
        else
            find_place(r, t, &p);
        decode(&p, dim, plain, k, a, b, raw, keep);
        if (!plain)
            k = sift(m, r, t, raw, k, keep, from, to);
        else if (t->border)
            enter(m, r, t, &p, raw, k, a, b);
        *end += k;
        m->n += k;
    }
}
