/* The order of marks: patches in space, bins of time within them, and the marks that are put off.
 *
 * Marks are to be replayed in the order (time, tile, number in the tile). On a large lattice that
 * order leads to a random place at each mark, and each place would come from main memory. So the
 * region is cut into patches that fit into the cache, and the marks of a few slices are replayed
 * patch by patch: those of one patch go into bins of about six by their time, and bins in turn. A
 * patch then comes from memory once for all these slices.
 *
 * Marks stay in the cache too. Patches form strips along the slowest axis, and the marks of a strip
 * are made when the strip before it is about to be replayed: a strip needs to know which marks lead
 * into it from those beside it, and no others.
 *
 * A mark that leads from one patch into another has its turn when all patches are done, with all
 * marks that depend on it. It is an entry in the lists of both patches. When the replay reaches the
 * entry, the site of this patch becomes pending; a later mark that touches a pending site is put
 * off too, and its sites become pending. There are 60 marks to 1024 sites in a slice, so that such
 * a chain has one or two members in the mean over the few slices that are replayed together.
 *
 * Invariants. (1) Two marks that touch no common site may change places without any effect. (2) The
 * marks that are put off contain, with a mark, every later one that touches one of its sites; so
 * all others may go before them. They are then replayed in the order of all marks. Hence the result
 * is that of the order itself, whatever the patches: ranks with other blocks find the same. (3) To
 * put off a mark too many does no harm. Entries of marks that come in stand before the marks of a
 * patch at the same time, whose order among each other is that of tiles; so ties that touch a
 * pending site are put off and sorted. (4) A group of bins is sorted in full only if two of its
 * marks may meet. */
#include "exact.h"
#include <string.h>

/* ---- marks between patches ---- */

/* The patch on the side of a tile to which a direction leads (+x, -x, +y, ...). */
static int patch_beside(const rl_region *r, const rl_tile *t, int direction)
{
    const int axis = 2 - direction / 2, by = direction % 2 ? -1 : 1;
    int64_t at[3] = {t->piece[0], t->piece[1], t->piece[2]};
    at[axis] = (at[axis] + by + r->n_pieces[axis]) % r->n_pieces[axis];
    return r->tile[(at[0] * r->n_pieces[1] + at[1]) * r->n_pieces[2] + at[2]].patch;
}

void rl_patch_cross(rl_marks *m, const rl_region *r, const rl_tile *t, int direction, rl_mark *mark)
{
    const int beyond = patch_beside(r, t, direction);
    int64_t *end = &m->end_in[beyond];
    WEFT_ASSERT(m->n_cross < m->room_cross && *end < m->room_in);
    m->in[beyond * m->room_in + (*end)++] =
        (rl_mark){.time = mark->time, .site = mark->to, .to = r->sink_cross, .u = RL_INCOMING};
    m->cross[m->n_cross] = *mark;
    mark->to = r->sink_cross;
    mark->u = (uint32_t)m->n_cross++;
}

/* The piece of an axis at an array coordinate: the last one that begins there or before. */
static int piece_at(const rl_region *r, int axis, int64_t x)
{
    int low = 0, high = r->n_pieces[axis] - 1;
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        const rl_piece *p = &r->piece[axis][middle];
        if (p->base + p->first <= x)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* The tile of a mark, by its number in the lattice and, for copies of a tile, in the region. */
static void find_tile(const rl_region *r, const rl_mark *mark, int64_t *number, int64_t *tile)
{
    int64_t rest = mark->site & ~RL_NOT_OWNED;
    *number = *tile = 0;
    for (int a = 0; a < 3; a++) {
        const int64_t x = r->step[a] ? rest / r->step[a] : 0;
        const int piece = piece_at(r, a, x);
        rest -= x * r->step[a];
        *tile = *tile * r->n_pieces[a] + piece;
        *number = *number * r->tiles[a] + r->piece[a][piece].tile;
    }
}

/* In the order in which the replay meets them. */
static void keep_late(rl_marks *m, const rl_mark *mark)
{
    WEFT_ASSERT(m->n_late < m->room_late);
    m->late[m->n_late++] = *mark;
}

void rl_late_put(rl_marks *m, const rl_region *r, const rl_mark *mark, uint8_t *flags)
{
    flags[mark->site & ~RL_NOT_OWNED] |= RL_PENDING;
    if (mark->to != r->sink_cross) {
        if (mark->to < r->sink_edge)
            flags[mark->to] |= RL_PENDING;
        keep_late(m, mark);
    } else if (mark->u != RL_INCOMING) {
        keep_late(m, &m->cross[mark->u]);
    }
}

/* Does a mark come after another in the order of all marks? Marks of a tile at the same time are
 * put off in their order. */
static bool after(const rl_region *r, const rl_mark *a, const rl_mark *b)
{
    int64_t number[2], tile[2];
    if (a->time != b->time)
        return a->time > b->time;
    find_tile(r, a, &number[0], &tile[0]);
    find_tile(r, b, &number[1], &tile[1]);
    return number[0] != number[1] ? number[0] > number[1] : tile[0] > tile[1];
}

/* A counting sort of n marks, which keeps the order within a bin. start: where each bin ends. */
static void put_in_bins(const rl_mark *restrict mark, int64_t n, int shift,
                        uint32_t *restrict start, rl_mark *restrict out)
{
    for (int64_t i = 0; i < n; i++)
        out[start[mark[i].time >> shift]++] = mark[i];
}

/* How many marks each bin has, in the entry behind it. */
static void count_in_bins(const rl_mark *restrict mark, int64_t n, int shift,
                          uint32_t *restrict start)
{
    for (int64_t i = 0; i < n; i++)
        start[(mark[i].time >> shift) + 1]++;
}

/* From counts to where each bin begins. */
static void begin_bins(size_t bins, uint32_t *start)
{
    for (size_t b = 0; b < bins; b++)
        start[b + 1] += start[b];
}

/* Bins of about one mark, then insertion: ties are few, and their tiles are looked up only then. */
int64_t rl_late_take(rl_marks *m, const rl_region *r, uint8_t *flags, const rl_mark **out)
{
    const size_t bins = ((size_t)m->slices << m->late_bits);
    const int shift = RL_TIME_BITS - m->late_bits;
    memset(m->late_start, 0, (bins + 1) * sizeof *m->late_start);
    count_in_bins(m->late, m->n_late, shift, m->late_start);
    begin_bins(bins, m->late_start);
    put_in_bins(m->late, m->n_late, shift, m->late_start, m->turn);
    for (int64_t i = 0; i < m->n_late; i++) {
        const rl_mark mark = m->turn[i];
        int64_t j = i;
        for (; j > 0 && after(r, &m->turn[j - 1], &mark); j--)
            m->turn[j] = m->turn[j - 1];
        m->turn[j] = mark;
        flags[m->late[i].site & ~RL_NOT_OWNED] &= (uint8_t)~RL_PENDING;
        if (m->late[i].to < r->sink_edge)
            flags[m->late[i].to] &= (uint8_t)~RL_PENDING;
    }
    *out = m->turn;
    return m->n_late;
}

/* ---- bins ---- */

/* Entries that come in first. */
void rl_patch_bin(rl_marks *m, const rl_region *r, int patch)
{
    const size_t bins = (size_t)m->slices << m->bin_bits;
    const int shift = RL_TIME_BITS - m->bin_bits;
    const rl_mark *drawn = rl_marks_drawn(m, r, patch), *in = m->in + patch * m->room_in;
    memset(m->start, 0, (bins + 1) * sizeof *m->start);
    count_in_bins(in, m->end_in[patch], shift, m->start);
    count_in_bins(drawn, m->end[patch], shift, m->start);
    begin_bins(bins, m->start);
    put_in_bins(in, m->end_in[patch], shift, m->start, m->binned);
    put_in_bins(drawn, m->end[patch], shift, m->start, m->binned);
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
int rl_patch_groups(const rl_marks *m)
{
    const int bins = m->slices << m->bin_bits;
    return (bins + RL_GROUP_BINS - 1) / RL_GROUP_BINS;
}

/* One group, ready to be replayed. */
int rl_patch_group(rl_marks *m, int group, const uint8_t *cell, const rl_mark **out)
{
    const int bins = m->slices << m->bin_bits, first = group * RL_GROUP_BINS;
    const int last = first + RL_GROUP_BINS < bins ? first + RL_GROUP_BINS : bins;
    const uint32_t begin = first ? m->start[first - 1] : 0, n = m->start[last - 1] - begin;
    rl_mark *mark = m->binned + begin;
    /* Two marks may meet: their order matters, and is made exact. */
    if (crowded(m, mark, n, group, cell))
        sort(mark, n);
    *out = mark;
    return (int)n;
}
