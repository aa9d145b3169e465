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

enum { BIN_MARKS = 16 };

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
    m->raw = weft_alloc((size_t)m->room, sizeof *m->raw);
    m->binned = weft_alloc((size_t)m->room, sizeof *m->binned);
    m->start = weft_alloc(((size_t)1 << m->bin_bits) + 1, sizeof *m->start);
    make_poisson(m);
}

void rl_marks_free(rl_marks *m)
{
    weft_free(m->raw);
    weft_free(m->binned);
    weft_free(m->start);
    *m = (rl_marks){0};
}

/* What a tile needs to know of its place, along x, y, z. */
typedef struct place {
    uint32_t base;
    int bits[3];
    int first[3], last[3], own_first[3], own_last[3];
    uint32_t step[6];   /* +x, -x, +y, -y, +z, -z */
    uint32_t across[6]; /* likewise for the step that leaves the piece */
    bool sink[6];       /* across is the index of a sink */
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
        p->first[j] = q->first;
        p->last[j] = q->last;
        p->own_first[j] = q->own_first;
        p->own_last[j] = q->own_last;
        for (int side = 0; side < 2; side++) {
            int64_t step = side ? -r->step[a] : r->step[a];
            bool edge = side ? q->low_edge : q->high_edge;
            int d = 2 * j + side;
            p->step[d] = (uint32_t)step;
            p->sink[d] = edge && r->wrap[a] == 0;
            p->across[d] = p->sink[d] ? r->sink_edge
                                      : (uint32_t)(edge ? (side ? -r->wrap[a] : r->wrap[a]) : step);
            if (!p->sink[d] && !beside(r, t, a, side ? -1 : 1)->on) {
                p->sink[d] = true;
                p->across[d] = r->sink_idle;
            }
        }
    }
    p->base = (uint32_t)base;
}

typedef struct lanes {
    uint32_t time[RL_COUNTS], site[RL_COUNTS], to[RL_COUNTS], u[RL_COUNTS];
    uint8_t keep[RL_COUNTS];
} lanes;

static inline uint32_t choose(bool condition, uint32_t a, uint32_t b)
{
    return condition ? a : b;
}

/* Decode k marks. plain: the whole tile is in the region, owned, and none of its sides needs care.
 */
static inline __attribute__((always_inline)) void
decode(const place *restrict p, int dim, bool plain, uint32_t total_bits, int k,
       const uint32_t *restrict a, const uint32_t *restrict b, lanes *restrict out)
{
    const uint32_t bx = (uint32_t)p->bits[0], by = (uint32_t)p->bits[1];
    const uint32_t mx = (1u << bx) - 1, my = (1u << by) - 1, n_dir = 2 * (uint32_t)dim;
    const uint32_t sy = p->step[2], sz = p->step[4];
    for (int q = 0; q < k; q++) {
        uint32_t in = (a[q] & ((1u << RL_TILE_BITS) - 1)) >> (RL_TILE_BITS - total_bits);
        uint64_t product = (uint64_t)b[q] * n_dir;
        uint32_t d = (uint32_t)(product >> 32);
        uint32_t x = in & mx, y = in >> bx & my, z = in >> bx >> by;
        uint32_t site = p->base + x + (dim > 1 ? y * sy : 0) + (dim > 2 ? z * sz : 0);
        bool minus = d & 1;
        bool is_y = dim > 1 && d >> 1 == 1, is_z = dim > 2 && d >> 1 == 2;
        uint32_t step = choose(is_z, sz, choose(is_y, sy, 1));
        step = choose(minus, 0u - step, step);
        uint32_t to = site + step;
        uint8_t keep = 1;
        if (!plain) {
            uint32_t c = choose(is_z, z, choose(is_y, y, x));
            uint32_t first = choose(is_z, (uint32_t)p->first[2],
                                    choose(is_y, (uint32_t)p->first[1], (uint32_t)p->first[0]));
            uint32_t last = choose(is_z, (uint32_t)p->last[2],
                                   choose(is_y, (uint32_t)p->last[1], (uint32_t)p->last[0]));
            bool leaves = c == choose(minus, first, last - 1);
            uint32_t over = p->across[0];
            bool sink = p->sink[0];
            for (uint32_t j = 1; j < n_dir; j++) {
                over = choose(d == j, p->across[j], over);
                sink = d == j ? p->sink[j] : sink;
            }
            to = choose(leaves, choose(sink, over, site + over), to);
            bool inside = x >= (uint32_t)p->first[0] && x < (uint32_t)p->last[0];
            bool own = x >= (uint32_t)p->own_first[0] && (int)x < p->own_last[0];
            if (dim > 1) {
                inside = inside && y >= (uint32_t)p->first[1] && y < (uint32_t)p->last[1];
                own = own && y >= (uint32_t)p->own_first[1] && (int)y < p->own_last[1];
            }
            if (dim > 2) {
                inside = inside && z >= (uint32_t)p->first[2] && z < (uint32_t)p->last[2];
                own = own && z >= (uint32_t)p->own_first[2] && (int)z < p->own_last[2];
            }
            keep = inside;
            site |= own ? 0 : RL_NOT_OWNED;
        }
        out->time[q] = a[q] >> (32 - RL_TIME_BITS);
        out->site[q] = site;
        out->to[q] = to;
        out->u[q] = (uint32_t)product;
        out->keep[q] = keep;
    }
}

static void decode_any(const place *p, int dim, bool plain, int k, const uint32_t *a,
                       const uint32_t *b, lanes *out)
{
    uint32_t bits = (uint32_t)(p->bits[0] + p->bits[1] + p->bits[2]);
    if (dim == 1)
        decode(p, 1, false, bits, k, a, b, out);
    else if (dim == 2 && plain && bits == RL_TILE_BITS)
        decode(p, 2, true, RL_TILE_BITS, k, a, b, out);
    else if (dim == 2)
        decode(p, 2, false, bits, k, a, b, out);
    else if (plain)
        decode(p, 3, true, bits, k, a, b, out);
    else
        decode(p, 3, false, bits, k, a, b, out);
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

static void gather(rl_marks *m, const rl_region *r, const weft_noise *noise, uint64_t slice,
                   uint32_t from, uint32_t to)
{
    uint32_t a[2 * RL_BLOCKS], b[2 * RL_BLOCKS];
    int dim = m->directions / 2, shift = RL_TIME_BITS - m->bin_bits;
    uint32_t *count = m->start + 1;
    lanes l;
    place p;
    for (int64_t i = 0; i < r->n_tiles; i++) {
        const rl_tile *t = &r->tile[r->order[i].tile];
        if (!t->on)
            continue;
        int k = draw(m, noise, slice, t->number, a, b);
        WEFT_ASSERT(m->n + k <= m->room);
        find_place(r, t, &p);
        decode_any(&p, dim, t->plain && surrounded(r, t), k, a, b, &l);
        rl_mark *out = m->raw + m->n;
        int64_t kept = 0;
        for (int q = 0; q < k; q++) {
            bool keep = l.keep[q] && l.time[q] >= from && l.time[q] < to;
            out[kept] = (rl_mark){l.time[q], l.site[q], l.to[q], l.u[q]};
            count[l.time[q] >> shift] += keep;
            kept += keep;
        }
        m->n += kept;
    }
}

void rl_marks_fill(rl_marks *m, const rl_region *r, const weft_noise *noise, uint64_t slice,
                   uint32_t from, uint32_t to)
{
    size_t bins = (size_t)1 << m->bin_bits;
    int shift = RL_TIME_BITS - m->bin_bits;
    memset(m->start, 0, (bins + 1) * sizeof *m->start);
    m->n = 0;
    gather(m, r, noise, slice, from, to);
    for (size_t b = 0; b < bins; b++)
        m->start[b + 1] += m->start[b];
    for (int64_t i = 0; i < m->n; i++) {
        rl_mark mark = m->raw[i];
        m->binned[m->start[mark.time >> shift]++] = mark;
    }
}

/* Each mark goes to the place that is the number of marks before it. */
int rl_marks_bin(const rl_marks *m, int bin, rl_mark *restrict out)
{
    uint32_t begin = bin ? m->start[bin - 1] : 0;
    int n = (int)(m->start[bin] - begin), padded = (n + 15) & ~15;
    const rl_mark *restrict in = m->binned + begin;
    uint32_t key[RL_BIN_ROOM], rank[RL_BIN_ROOM];
    uint32_t mask = (UINT32_C(1) << (RL_TIME_BITS - m->bin_bits)) - 1;
    WEFT_ASSERT(n <= RL_BIN_ROOM);
    for (int i = 0; i < n; i++)
        key[i] = (in[i].time & mask) << 8 | (uint32_t)i;
    for (int i = n; i < padded; i++)
        key[i] = UINT32_MAX;
    for (int i = 0; i < padded; i += 16) {
        uint32_t before[16] = {0};
        for (int j = 0; j < n; j++)
            for (int k = 0; k < 16; k++)
                before[k] += key[i + k] > key[j];
        memcpy(rank + i, before, sizeof before);
    }
    for (int i = 0; i < n; i++)
        out[rank[i]] = in[i];
    return n;
}
