/* Poisson marks: every tile and slice of time has its own, from counters alone.
 *
 * Blocks tile*128 ... of the stream WEFT_STREAM_MODEL at step = slice: the first holds the number
 * of marks (64 bits, Poisson by inversion), each later one two marks of 64 bits: 22 bits time
 * within the slice, 10 bits site in the tile, and 32 bits that, times the number of directions,
 * give direction and rate. Sites that a tile has beyond the end of the lattice are passed over. */
#include "reaction_lattice.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { BIN_MARKS = 12 };

static void make_poisson(rl_marks *m)
{
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

static int poisson(const rl_marks *m, uint64_t v)
{
    int k = m->guide[v >> 56];
    while (k < RL_COUNTS - 1 && v >= m->poisson[k])
        k++;
    return k;
}

void rl_marks_make(const rl_region *region, int dim, rl_marks *m)
{
    *m = (rl_marks){.directions = 2 * dim};
    double mean = RL_MARKS_MEAN * (double)region->n_tiles;
    m->room = (int64_t)(mean + 12 * sqrt(mean)) + RL_COUNTS;
    while (m->bin_bits < RL_TIME_BITS - 2 && ((int64_t)BIN_MARKS << m->bin_bits) < (int64_t)mean)
        m->bin_bits++;
    m->time = weft_alloc(4 * (size_t)m->room, sizeof *m->time);
    m->site = m->time + m->room;
    m->to = m->site + m->room;
    m->u = m->to + m->room;
    m->binned = weft_alloc((size_t)m->room, sizeof *m->binned);
    m->start = weft_alloc(((size_t)1 << m->bin_bits) + 1, sizeof *m->start);
    make_poisson(m);
}

void rl_marks_free(rl_marks *m)
{
    weft_free(m->time);
    weft_free(m->binned);
    weft_free(m->start);
    *m = (rl_marks){0};
}

/* What a tile needs to know of its place, along x, y, z. */
typedef struct place {
    uint32_t base;
    int bits[3];
    uint32_t first[3], last[3], own_first[3], own_last[3];
    uint32_t step[6];   /* +x, -x, +y, -y, +z, -z */
    uint32_t across[6]; /* likewise for the step that leaves the piece */
    uint32_t sink[6];   /* mask: across is the index of a sink */
} place;

static const rl_tile *beside(const rl_region *r, const rl_tile *t, int axis, int by)
{
    int64_t at[3] = {t->piece[0], t->piece[1], t->piece[2]};
    at[axis] = (at[axis] + by + r->n_pieces[axis]) % r->n_pieces[axis];
    return &r->tile[(at[0] * r->n_pieces[1] + at[1]) * r->n_pieces[2] + at[2]];
}

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

static inline uint32_t within(uint32_t x, uint32_t first, uint32_t last)
{
    return 0u - (uint32_t)(x - first < last - first);
}

static inline uint32_t pick(uint32_t mask, uint32_t a, uint32_t b)
{
    return (a & mask) | (b & ~mask);
}

/* Marks in the order drawn, one array for each part. */
typedef struct parts {
    uint32_t *restrict time, *restrict site, *restrict to, *restrict u;
} parts;

/* Decode k marks of a tile that is wholly in the region and owned, and whose sides need no care. */
static inline __attribute__((always_inline)) void decode_plain(const place *p, int dim, int k,
                                                               const uint32_t *restrict a,
                                                               const uint32_t *restrict b,
                                                               parts out)
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
        out.time[q] = a[q] >> (32 - RL_TIME_BITS);
        out.site[q] = site;
        out.to[q] = site + ((step ^ minus) - minus);
        out.u[q] = (uint32_t)product;
    }
}

/* Decode k marks of any tile; keep: is the site in the region? */
static inline __attribute__((always_inline)) void decode_edge(const place *p, int dim, int k,
                                                              const uint32_t *restrict a,
                                                              const uint32_t *restrict b, parts out,
                                                              uint32_t *restrict keep)
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
        out.time[q] = a[q] >> (32 - RL_TIME_BITS);
        out.to[q] = pick(sink, step, site + step);
        out.site[q] = site | (RL_NOT_OWNED & ~own);
        out.u[q] = (uint32_t)product;
        keep[q] = inside & 1;
    }
}

static void decode(const place *p, int dim, bool plain, int k, const uint32_t *a, const uint32_t *b,
                   parts out, uint32_t *keep)
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
    int k = poisson(m, (uint64_t)w[0] << 32 | w[AHEAD]);
    int done = 0;
    for (int i = 1; i < AHEAD; i++, done += 2) {
        a[done] = w[i], b[done] = w[AHEAD + i];
        a[done + 1] = w[2 * AHEAD + i], b[done + 1] = w[3 * AHEAD + i];
    }
    if (k <= done)
        return k;
    int more = (k - done + 1) / 2;
    weft_philox_many(noise, WEFT_STREAM_MODEL, slice, first + AHEAD, more, w);
    for (int i = 0; i < more; i++, done += 2) {
        a[done] = w[i], b[done] = w[more + i];
        a[done + 1] = w[2 * more + i], b[done + 1] = w[3 * more + i];
    }
    return k;
}

static bool surrounded(const rl_region *r, const rl_tile *t)
{
    for (int axis = 0; axis < 3; axis++)
        for (int by = -1; by <= 1; by += 2)
            if (!beside(r, t, axis, by)->on)
                return false;
    return true;
}

/* Those that are in the region and in [from, to), moved together; returns how many. */
static int sift(parts m, int k, const uint32_t *keep, bool plain, uint32_t from, uint32_t to)
{
    int kept = 0;
    for (int q = 0; q < k; q++) {
        bool stays = (plain || keep[q]) && m.time[q] >= from && m.time[q] < to;
        m.time[kept] = m.time[q];
        m.site[kept] = m.site[q];
        m.to[kept] = m.to[q];
        m.u[kept] = m.u[q];
        kept += stays;
    }
    return kept;
}

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
        parts raw = {m->time + m->n, m->site + m->n, m->to + m->n, m->u + m->n};
        bool plain = t->plain && surrounded(r, t);
        int k = draw(m, noise, slice, t->number, a, b);
        WEFT_ASSERT(m->n + k <= m->room);
        find_place(r, t, &p);
        decode(&p, dim, plain, k, a, b, raw, keep);
        if (!plain || !whole)
            k = sift(raw, k, keep, plain, from, to);
        for (int q = 0; q < k; q++)
            count[raw.time[q] >> shift]++;
        m->n += k;
    }
}

void rl_marks_fill(rl_marks *m, const rl_region *r, const weft_noise *noise, uint64_t slice,
                   uint32_t from, uint32_t to)
{
    const size_t bins = (size_t)1 << m->bin_bits;
    const int shift = RL_TIME_BITS - m->bin_bits;
    uint32_t *restrict start = m->start;
    memset(start, 0, (bins + 1) * sizeof *start);
    m->n = 0;
    gather(m, r, noise, slice, from, to);
    for (size_t b = 0; b < bins; b++)
        start[b + 1] += start[b];
    rl_mark *restrict out = m->binned;
    for (int64_t i = 0; i < m->n; i++)
        out[start[m->time[i] >> shift]++] = (rl_mark){m->time[i], m->site[i], m->to[i], m->u[i]};
}

typedef uint32_t lanes __attribute__((vector_size(64)));

/* Each mark goes to the place that is the number of marks before it. */
int rl_marks_bin(const rl_marks *m, int bin, rl_mark *restrict out)
{
    uint32_t begin = bin ? m->start[bin - 1] : 0;
    int n = (int)(m->start[bin] - begin);
    const rl_mark *restrict in = m->binned + begin;
    const uint32_t mask = (UINT32_C(1) << (RL_TIME_BITS - m->bin_bits)) - 1;
    union {
        lanes v[RL_BIN_ROOM / 16];
        uint32_t one[RL_BIN_ROOM];
    } key, rank;
    WEFT_ASSERT(n <= RL_BIN_ROOM);
    for (int i = 0; i < n; i++)
        key.one[i] = (in[i].time & mask) << 8 | (uint32_t)i;
    for (int v = 0; 16 * v < n; v++) {
        lanes mine = key.v[v], before = {0};
        for (int j = 0; j < n; j++)
            before -= (lanes)(mine > key.one[j]);
        rank.v[v] = before;
    }
    for (int i = 0; i < n; i++)
        out[rank.one[i]] = in[i];
    return n;
}
