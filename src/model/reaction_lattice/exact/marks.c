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
#include <string.h>

/* The number of marks for 64 random bits. */
static int poisson(const rl_marks *m, uint64_t v)
{
    int k = m->guide[v >> 56];
    while (k < RL_COUNTS - 1 && v >= m->poisson[k])
        k++;
    return k;
}

/* ---- tiles ---- */

/* What a tile needs to know of its place: arrays go along x, y, z; directions are +x, -x, +y, -y,
 * +z, -z. base: element of the tile's site 0; time: of the slice; bits: of the tile's extents;
 * first, last: sites in the region; own_first, own_last: owned ones. */
typedef struct place {
    uint32_t base, time;
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
    const uint32_t time = p->time, base = p->base, sy = p->step[2], sz = p->step[4];
    const uint32_t unused = RL_TILE_BITS - (uint32_t)(p->bits[0] + p->bits[1] + p->bits[2]);
    for (int q = 0; q < k; q++) {
        uint32_t in = (a[q] & ((1u << RL_TILE_BITS) - 1)) >> unused;
        uint64_t product = (uint64_t)b[q] * n_dir;
        uint32_t d = (uint32_t)(product >> 32), minus = 0u - (d & 1);
        uint32_t site = base + (in & mx) + (dim > 1 ? (in >> bx & my) * sy : 0) +
                        (dim > 2 ? (in >> bx >> by) * sz : 0);
        uint32_t step = dim > 1 ? pick(equal(d >> 1, 1), sy, 1) : 1;
        step = dim > 2 ? pick(equal(d >> 1, 2), sz, step) : step;
        out[q].time = time + (a[q] >> (32 - RL_TIME_BITS));
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
    const uint32_t n_dir = 2 * (uint32_t)dim, time = p->time;
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
        out[q].time = time + (a[q] >> (32 - RL_TIME_BITS));
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

/* Those that are in the region and in the window, moved together; returns how many. Those that lead
 * into another patch become entries. */
static int sift(rl_marks *m, const rl_region *r, const rl_tile *t, rl_mark *mark, int k,
                const uint32_t *keep)
{
    int kept = 0;
    for (int q = 0; q < k; q++) {
        bool stays = keep[q] && mark[q].time >= m->from && mark[q].time < m->to;
        mark[kept] = mark[q];
        if (__builtin_expect(stays && keep[q] > 1, 0))
            rl_patch_cross(m, r, t, (int)(keep[q] >> 2), &mark[kept]);
        kept += stays;
    }
    return kept;
}

/* The marks of a tile that is wholly in the region, and a slice that is wholly in the window: none
 * falls out, and nearly none leads into another patch, so that they are looked through by many. */
static void enter(rl_marks *m, const rl_region *r, const rl_tile *t, const place *p, rl_mark *mark,
                  int k, const uint32_t *a, const uint32_t *b)
{
    enum { MANY = 16 };
    uint32_t keep[2 * RL_BLOCKS];
    if (m->directions == 2)
        find_crossing(p, 1, t->border, k, a, b, keep);
    else if (m->directions == 4)
        find_crossing(p, 2, t->border, k, a, b, keep);
    else
        find_crossing(p, 3, t->border, k, a, b, keep);
    for (int q = k; q % MANY != 0; q++)
        keep[q] = 0;
    for (int first = 0; first < k; first += MANY) {
        uint32_t any = 0;
        for (int q = first; q < first + MANY; q++)
            any |= keep[q];
        for (int q = first; any > 1 && q < first + MANY; q++)
            if (keep[q] > 1)
                rl_patch_cross(m, r, t, (int)(keep[q] >> 2), &mark[q]);
    }
}

/* No marks yet. */
void rl_marks_begin(rl_marks *m, const rl_region *r, uint64_t slice, int slices, uint32_t from,
                    uint32_t to)
{
    const size_t patches = (size_t)(r->n_strips * r->strip_patches);
    m->slice = slice;
    m->slices = slices;
    m->from = from;
    m->to = to;
    memset(m->end, 0, patches * sizeof *m->end);
    memset(m->end_in, 0, patches * sizeof *m->end_in);
    m->n = m->n_cross = m->n_late = 0;
}

/* The marks of a tile in one of the slices, put behind those of its patch. inside: the tile needs
 * no care at its sides. Most tiles and slices are plain: their decoding has no conditions. */
static inline __attribute__((always_inline)) void fill_tile(rl_marks *m, const rl_region *r,
                                                            const weft_noise *noise,
                                                            const rl_order *order, place *p,
                                                            int slice, bool inside)
{
    uint32_t a[2 * RL_BLOCKS], b[2 * RL_BLOCKS], keep[2 * RL_BLOCKS];
    const rl_tile *t = &r->tile[order->tile];
    const int dim = m->directions / 2;
    int64_t *end = &m->end[t->patch];
    rl_mark *raw = rl_marks_drawn(m, r, t->patch) + *end;
    p->time = (uint32_t)slice << RL_TIME_BITS;
    const bool whole = m->from <= p->time && m->to - p->time >= UINT32_C(1) << RL_TIME_BITS;
    const bool plain = inside && whole;
    int k = draw(m, noise, m->slice + (uint64_t)slice, order->number, a, b);
    /* Ten standard deviations of room, see room_for. */
    WEFT_ASSERT(*end + k <= m->room);
    if (inside && !plain)
        find_place(r, t, p);
    decode(p, dim, plain, k, a, b, raw, keep);
    if (!plain)
        k = sift(m, r, t, raw, k, keep);
    else if (t->border)
        enter(m, r, t, p, raw, k, a, b);
    *end += k;
    m->n += k;
}

/* Tile by tile in the order of their global numbers, which fixes the order of ties. */
void rl_marks_fill(rl_marks *m, const rl_region *r, const weft_noise *noise, int strip)
{
    place p;
    for (int64_t i = r->strip[strip]; i < r->strip[strip + 1]; i++) {
        const rl_tile *t = &r->tile[r->order[i].tile];
        if (!t->on)
            continue;
        const bool inside = t->plain && (r->all_on || surrounded(r, t));
        if (inside)
            find_base(r, t, &p);
        else
            find_place(r, t, &p);
        for (int slice = 0; slice < m->slices; slice++)
            fill_tile(m, r, noise, &r->order[i], &p, slice, inside);
    }
}
