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
 * those beyond the lattice leaves the others Poisson. (3) Marks are replayed in the order (time,
 * tile, number in the tile). Two marks that touch no common site may change places without any
 * effect; so marks are only put into bins of time, and a group of bins is sorted in full only if
 * two of its marks may meet. */
#include "exact.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { BIN_MARKS = 6 };

/* The cumulative distribution in 64-bit numbers, computed in long double, and a guide by the upper
 * byte so that the search begins near its end. */
static void make_poisson(rl_marks *m)
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

/* Room for ten standard deviations more than the mean number of marks; that it never overflows is
 * asserted. Bins hold about six marks each. */
void rl_marks_make(const rl_region *region, int dim, rl_marks *m)
{
    *m = (rl_marks){.directions = 2 * dim};
    /* Marks of a slice, if all tiles are full and take part. */
    double mean = RL_MARKS_MEAN * (double)region->n_tiles;
    m->room = (int64_t)(mean + 10 * sqrt(mean)) + RL_COUNTS;
    while (m->bin_bits < RL_TIME_BITS && ((int64_t)BIN_MARKS << m->bin_bits) < (int64_t)mean)
        m->bin_bits++;
    m->drawn = weft_alloc((size_t)m->room, sizeof *m->drawn);
    m->binned = weft_alloc((size_t)m->room, sizeof *m->binned);
    m->start = weft_alloc(((size_t)1 << m->bin_bits) + 1, sizeof *m->start);
    m->seen = weft_alloc(RL_SEEN, 1);
    make_poisson(m);
}

void rl_marks_free(rl_marks *m)
{
    weft_free(m->drawn);
    weft_free(m->binned);
    weft_free(m->start);
    weft_free(m->seen);
    *m = (rl_marks){0};
}

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

/* Decode k marks of any tile; keep: is the site in the region? */
/* k marks of one tile, whose words are a and b, at places that may lie at the edge of the block.
 * The upper bits of a are the time, the lower ones the site in the tile; the direction is the whole
 * part of b times the number of directions, and the part behind it is the uniform number of the
 * event. So both are used up without a division. No branch: at an edge whether a mark leaves, and
 * whether it is owned, is as good as random. Masks are all ones or zeros, so that `pick` and `&`
 * choose. */
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
        uint32_t site = p->base, step = 0, sink = 0, inside = ~0u, own = ~0u;
        for (int j = 0; j < dim; j++) {
            const int plus = 2 * j, back = 2 * j + 1;
            uint32_t x = in & ((1u << p->bits[j]) - 1), first = p->first[j], last = p->last[j];
            uint32_t mine = equal(d >> 1, (uint32_t)j);
            uint32_t leaves = equal(x, pick(minus, first, last - 1));
            uint32_t across = pick(minus, p->across[back], p->across[plus]);
            uint32_t inner = pick(minus, p->step[back], p->step[plus]);
            step |= mine & pick(leaves, across, inner);
            sink |= mine & leaves & pick(minus, p->sink[back], p->sink[plus]);
            inside &= within(x, first, last);
            own &= within(x, p->own_first[j], p->own_last[j]);
            site += x * p->step[plus];
            in >>= p->bits[j];
        }
        out[q].time = a[q] >> (32 - RL_TIME_BITS);
        out[q].site = site | (RL_NOT_OWNED & ~own);
        out[q].to = pick(sink, step, site + step);
        out[q].u = (uint32_t)product;
        keep[q] = inside & 1;
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

/* Those that are in the region and in [from, to), moved together; returns how many. */
static int sift(rl_mark *m, int k, const uint32_t *keep, bool plain, uint32_t from, uint32_t to)
{
    int kept = 0;
    for (int q = 0; q < k; q++) {
        bool stays = (plain || keep[q]) && m[q].time >= from && m[q].time < to;
        m[kept] = m[q];
        kept += stays;
    }
    return kept;
}

/* The marks of all tiles that are on, in the order of their global numbers, which fixes the order
 * of ties; counts those of each bin on the way. */
static void gather(rl_marks *m, const rl_region *r, const weft_noise *noise, uint64_t slice,
                   uint32_t from, uint32_t to)
{
    uint32_t a[2 * RL_BLOCKS], b[2 * RL_BLOCKS], keep[2 * RL_BLOCKS];
    const int dim = m->directions / 2, shift = RL_TIME_BITS - m->bin_bits;
    const bool whole = from == 0 && to == UINT32_C(1) << RL_TIME_BITS;
    uint32_t *restrict count = m->start + 1;
    place p;
    for (int64_t i = 0; i < r->n_tiles; i++) {
        const rl_tile *t = &r->tile[r->order[i].tile];
        if (!t->on)
            continue;
        rl_mark *raw = m->drawn + m->n;
        /* Most tiles are plain: their decoding has no conditions. */
        bool plain = t->plain && (r->all_on || surrounded(r, t));
        int k = draw(m, noise, slice, r->order[i].number, a, b);
        /* Ten standard deviations of room, see rl_marks_make. */
        WEFT_ASSERT(m->n + k <= m->room);
        if (plain)
            find_base(r, t, &p);
        else
            find_place(r, t, &p);
        decode(&p, dim, plain, k, a, b, raw, keep);
        if (!plain || !whole)
            k = sift(raw, k, keep, plain, from, to);
        for (int q = 0; q < k; q++)
            count[raw[q].time >> shift]++;
        m->n += k;
    }
}

/* A counting sort by bins: it keeps the order of marks within a bin. */
void rl_marks_fill(rl_marks *m, const rl_region *r, const weft_noise *noise, uint64_t slice,
                   uint32_t from, uint32_t to)
{
    const size_t bins = (size_t)1 << m->bin_bits;
    const int shift = RL_TIME_BITS - m->bin_bits;
    uint32_t *restrict start = m->start;
    memset(start, 0, (bins + 1) * sizeof *start);
    m->n = 0;
    gather(m, r, noise, slice, from, to);
    /* From counts to where each bin begins. */
    for (size_t b = 0; b < bins; b++)
        start[b + 1] += start[b];
    rl_mark *restrict out = m->binned;
    const rl_mark *restrict in = m->drawn;
    for (int64_t i = 0, n = m->n; i < n; i++)
        out[start[in[i].time >> shift]++] = in[i];
}

/* Do two marks of one bin touch the same site? A site is known by its lower bits, so that a yes may
 * be a mistake. */
static bool crowded(rl_marks *m, const rl_mark *restrict mark, uint32_t n, int group,
                    const uint8_t *cell)
{
    enum { TURN = 31 }; /* groups after which the names of bins begin again */
    const int shift = RL_TIME_BITS - m->bin_bits;
    const uint32_t first = (uint32_t)(group % TURN * RL_GROUP_BINS);
    const uint32_t base = (uint32_t)(group * RL_GROUP_BINS) - first - 1;
    uint8_t *restrict seen = m->seen;
    uint32_t found = 0;
    /* Names of bins are bytes, so that the table is cleared now and then. */
    if (group % TURN == 0)
        memset(seen, 0, RL_SEEN);
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t bin = (uint8_t)((mark[i].time >> shift) - base);
        const uint32_t a = mark[i].site & (RL_SEEN - 1), b = mark[i].to & (RL_SEEN - 1);
        __builtin_prefetch(cell + (mark[i].site & ~RL_NOT_OWNED), 1);
        __builtin_prefetch(cell + mark[i].to, 1);
        found |= (uint32_t)(seen[a] == bin) | (uint32_t)(seen[b] == bin);
        seen[a] = seen[b] = bin;
    }
    return found;
}

/* Sorts by time, by insertion: the bins are in order already, so that a mark moves by a few places.
 * Equal times keep their order, which is that of the tiles. */
static void sort(rl_mark *mark, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        const rl_mark m = mark[i];
        uint32_t j = i;
        for (; j > 0 && mark[j - 1].time > m.time; j--)
            mark[j] = mark[j - 1];
        mark[j] = m;
    }
}

/* How many groups of bins a slice has. */
int rl_marks_groups(const rl_marks *m)
{
    const int bins = 1 << m->bin_bits;
    return (bins + RL_GROUP_BINS - 1) / RL_GROUP_BINS;
}

/* One group, ready to be replayed. */
int rl_marks_group(rl_marks *m, int group, const uint8_t *cell, const rl_mark **out)
{
    const int bins = 1 << m->bin_bits, first = group * RL_GROUP_BINS;
    const int last = first + RL_GROUP_BINS < bins ? first + RL_GROUP_BINS : bins;
    const uint32_t begin = first ? m->start[first - 1] : 0, n = m->start[last - 1] - begin;
    rl_mark *mark = m->binned + begin;
    /* Two marks may meet: their order matters, and is made exact. */
    if (crowded(m, mark, n, group, cell))
        sort(mark, n);
    *out = mark;
    return (int)n;
}
