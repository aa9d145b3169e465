/* The kernels that replay marks in the order of time.
 *
 * There is one for each kind of lattice: one particle a site at constant rates (by tables), rates
 * that vary (by thinning), sites that hold counts. Each obeys the same rule: read the site and, if
 * its channel needs it, the neighbour; if what is read is tainted, taint what the mark might have
 * written; else write the outcome and count the event for the owner of the site.
 *
 * Invariants. A kernel reads and writes the two sites of a mark only. It never looks at which rank
 * it is on. Taint is a bit of the state (or a component of its own where sites hold counts), and so
 * is what is pending (patches.c), so that the common case costs one test. A mark that leads into
 * the idle sink sets `escaped` if it could matter there. */
#include "exact.h"
#include "weft/vmath.h"
#include <string.h>

/* ---- one particle a site, constant rates ---- */

/* A mark that touches a tainted site or what lies beyond the tiles at hand. A tainted site may do
 * anything to its neighbour, which becomes tainted. A known site whose channel needs no neighbour
 * acts as usual; one that needs an unknown neighbour becomes tainted itself, and so does not write
 * to the neighbour, which is tainted already. */
static __attribute__((noinline)) void replay_tainted(rl_replay *x, const rl_mark *m, int64_t site)
{
    const rl_tables *t = &x->tables;
    uint8_t *cell = x->cell;
    if ((cell[site] | cell[m->to]) & RL_PENDING) {
        rl_late_put(&x->marks, &x->region, m, cell);
        return;
    }
    if (cell[site] & RL_TAINT) { /* who knows what it does to its neighbour */
        if (m->to == x->region.sink_idle)
            x->escaped = true;
        else
            cell[m->to] |= RL_TAINT;
        return;
    }
    int shift = 32 - t->slot_bits;
    rl_alias a = t->alias[(uint32_t)cell[site] << t->slot_bits | m->u >> shift];
    uint16_t row = (m->u & ((UINT32_C(1) << shift) - 1)) < a.threshold ? a.below : a.above;
    if (!t->pair[row >> 4]) {
        uint32_t does = t->act[row];
        cell[site] = (uint8_t)does;
        x->event[m->site >> 31][does >> 16]++;
    } else if (m->to == x->region.sink_idle) {
        x->escaped = true;
    } else {
        cell[site] |= RL_TAINT;
    }
}

/* Plays n marks in their order. owned: the block is the whole lattice, so that no mark is another
 * rank's; clean: nothing can be tainted or pending either. The alias table (A. J. Walker, ACM
 * Trans. Math. Softw. 3, 253 (1977)) gives the action of a state in one look-up and one comparison,
 * whatever the number of actions. Events of marks that are not owned are counted in a second row,
 * which nobody reads: cheaper than a branch. */
static inline __attribute__((always_inline)) void replay_particles(rl_replay *x, bool owned,
                                                                   bool clean,
                                                                   const rl_mark *restrict mark,
                                                                   int n, uint8_t *cell)
{
    const rl_alias *restrict alias = x->tables.alias;
    const uint32_t *restrict act = x->tables.act;
    int64_t *restrict event = x->event[0];
    const int bits = x->tables.slot_bits, shift = 32 - bits;
    const uint32_t coin = (UINT32_C(1) << shift) - 1;
    for (int q = 0; q < n; q++) {
        const rl_mark m = mark[q];
        const uint32_t site = owned ? m.site : m.site & ~RL_NOT_OWNED;
        /* State and neighbour, with their taint; a sink counts as tainted. */
        const uint32_t c = cell[site], e = cell[m.to];
        if (!clean && __builtin_expect((c | e) & (RL_TAINT | RL_PENDING), 0)) {
            replay_tainted(x, &mark[q], site);
            continue;
        }
        const rl_alias a = alias[c << bits | m.u >> shift];
        /* The choice between the two rows without a branch: it is a coin's toss and would be
         * mispredicted. */
        const uint32_t below = 0u - (uint32_t)((m.u & coin) < a.threshold);
        const uint32_t row = a.above ^ ((uint32_t)(a.above ^ a.below) & below);
        const uint32_t does = act[row + e];
        cell[site] = (uint8_t)does;
        cell[m.to] = (uint8_t)(does >> 8);
        event[(owned ? 0 : (m.site >> 31) * RL_MAX_EVENTS) + (does >> 16)]++;
    }
}

/* Regions with a halo. */
static void replay_cut(rl_replay *x, const rl_mark *mark, int n, uint8_t *cell)
{
    replay_particles(x, false, false, mark, n, cell);
}

/* One rank, with several patches or idle tiles. */
static void replay_owned(rl_replay *x, const rl_mark *mark, int n, uint8_t *cell)
{
    replay_particles(x, true, false, mark, n, cell);
}

/* One rank and patch with all tiles on: no flag exists. */
static void replay_whole(rl_replay *x, const rl_mark *mark, int n, uint8_t *cell)
{
    replay_particles(x, true, true, mark, n, cell);
}

/* ---- rates that vary: thinning ---- */

/* The share of the largest rate at time t: (1 + a wave)/(1 + |a|), in [0, 1]. */
static double rl_time_factor(const rl_modulation *m, double t)
{
    double turn = t / m->period + m->phase;
    double wave = m->square ? (turn - floor(turn) < 0.5 ? 1 : -1)
                            : weft_sin(6.283185307179586 * (turn - floor(turn)));
    return (1 + m->amplitude * wave) / (1 + fabs(m->amplitude));
}

/* The share of the largest rate of a reaction that holds at a site and time. */
static double share(const rl_replay *x, int reaction, int64_t site, uint32_t time)
{
    double factor = 1;
    if (reaction < 0)
        return 1;
    const rl_modulation *m = &x->cfg->modulation[reaction];
    if (x->space[reaction])
        factor = x->space[reaction][site];
    if (m->time) {
        double t = (double)((x->slice << RL_TIME_BITS) + time) / x->ticks_per_time;
        factor *= rl_time_factor(m, t);
    }
    return factor;
}

/* A site that is not known may have acted on the neighbour. */
static void meet_unknown(rl_replay *x, uint32_t to, uint8_t *taint)
{
    if (to == x->region.sink_idle)
        x->escaped = true;
    else if (to != x->region.sink_edge)
        taint[to] |= RL_TAINT;
}

/* One particle a site: the channel is the first whose rate, added to those before, exceeds v. */
static void replay_modulated(rl_replay *x, const rl_mark *mark, int n, uint8_t *cell)
{
    for (int q = 0; q < n; q++) {
        const uint32_t site = mark[q].site & ~RL_NOT_OWNED, to = mark[q].to;
        const uint8_t c = cell[site], e = cell[to];
        if ((c | e) & RL_PENDING) {
            rl_late_put(&x->marks, &x->region, &mark[q], cell);
            continue;
        }
        if (c & RL_TAINT) {
            meet_unknown(x, to, cell);
            continue;
        }
        double v = (double)mark[q].u * 0x1p-32 * x->R;
        int k = 0;
        for (; k < x->channels.n; k++) {
            const rl_channel *channel = &x->channels.item[k];
            if (channel->centre != c)
                continue;
            if (v < channel->rate)
                break;
            v -= channel->rate;
        }
        if (k == x->channels.n)
            continue;
        const rl_channel *channel = &x->channels.item[k];
        /* Thinned: the rate here and now is below the largest one. */
        if (v >= channel->rate * share(x, channel->reaction, site, mark[q].time))
            continue;
        if (channel->pair && (e & RL_TAINT)) {
            if (to == x->region.sink_idle)
                x->escaped = true;
            else
                cell[site] |= RL_TAINT;
            continue;
        }
        rl_outcome o = channel->on[e & RL_STATE];
        cell[site] = o.site;
        if (channel->pair)
            cell[to] = o.neighbour;
        x->event[mark[q].site >> 31][o.event]++;
    }
}

/* ---- counts ---- */

/* The capacity at the time of a mark: the first value in the first half of each period, the other
 * in the second. Sites that hold more than a lower capacity keep what they have. */
static int capacity_at(const rl_replay *x, uint32_t time)
{
    const rl_config *cfg = x->cfg;
    if (cfg->switch_period == 0)
        return cfg->capacity;
    double t = (double)((x->slice << RL_TIME_BITS) + time) / x->ticks_per_time / cfg->switch_period;
    return t - floor(t) < 0.5 ? cfg->capacity : cfg->other_capacity;
}

/* A particle of species s goes to a neighbour that has room. */
static void hop(rl_replay *x, const rl_mark *m, int s, uint8_t *count, uint8_t *taint)
{
    const int64_t cells = x->region.cells, site = m->site & ~RL_NOT_OWNED, to = m->to;
    if (m->to == x->region.sink_idle) {
        x->escaped = true;
        return;
    }
    if (m->to == x->region.sink_edge || taint[to]) {
        taint[site] |= RL_TAINT;
        return;
    }
    /* Is there room beside it, by all species? */
    int there = 0;
    for (int k = 0; k < x->components - 1; k++)
        there += count[k * cells + to];
    if (there >= capacity_at(x, m->time))
        return;
    count[s * cells + site]--;
    count[s * cells + to]++;
    x->event[m->site >> 31][rl_event_hop(&x->cfg->net)]++;
}

/* A reaction on the site, if there is room for what it makes. */
static void react(rl_replay *x, const rl_mark *m, const rl_way *way, int here, uint8_t *count)
{
    const int64_t cells = x->region.cells, site = m->site & ~RL_NOT_OWNED;
    /* What makes more particles needs room; what makes fewer always works. */
    if (way->total > 0 && here + way->total > capacity_at(x, m->time))
        return;
    for (int k = 0; k < x->components - 1; k++)
        count[k * cells + site] = (uint8_t)(count[k * cells + site] + way->change[k]);
    x->event[m->site >> 31][1 + way->reaction]++;
}

/* The ways of a site in their order: the first whose propensity, added to those before, exceeds v.
 * A tainted site may hop into its neighbour. */
static void replay_counts(rl_replay *x, const rl_mark *mark, int n, uint8_t *count)
{
    const int64_t cells = x->region.cells;
    const int species = x->components - 1;
    uint8_t *taint = count + species * cells;
    for (int q = 0; q < n; q++) {
        const int64_t site = mark[q].site & ~RL_NOT_OWNED;
        if ((taint[site] | taint[mark[q].to]) & RL_PENDING) {
            rl_late_put(&x->marks, &x->region, &mark[q], taint);
            continue;
        }
        if (taint[site]) {
            meet_unknown(x, mark[q].to, taint);
            continue;
        }
        int here[WEFT_MAX_SPECIES], total = 0;
        for (int k = 0; k < species; k++)
            total += here[k] = count[k * cells + site];
        double v = (double)mark[q].u * 0x1p-32 * x->R;
        if (v >= x->ways.most[total]) /* nearly all where the capacity is large */
            continue;
        for (int k = 0; k < x->ways.n; k++) {
            const rl_way *way = &x->ways.item[k];
            double a = rl_propensity(way, here);
            if (v >= a) {
                v -= a;
                continue;
            }
            if (way->reaction < 0)
                hop(x, &mark[q], way->species, count, taint);
            else if (v < a * share(x, way->reaction, site, mark[q].time))
                react(x, &mark[q], way, total, count);
            break;
        }
    }
}

/* ---- all groups ---- */

/* A kernel: n marks in order. */
typedef void replay_fn(rl_replay *, const rl_mark *, int, uint8_t *);

/* One choice a slice, none a mark. */
static replay_fn *choose(const rl_replay *x)
{
    if (x->cfg->counts)
        return replay_counts;
    if (x->cfg->modulated)
        return replay_modulated;
    if (x->cut)
        return replay_cut;
    const bool one = x->region.n_strips * x->region.strip_patches == 1;
    return one && x->region.all_on ? replay_whole : replay_owned;
}

/* One mark at a time, to see where and when the events take place. Marks of a bin may come in an
 * order other than that of time, hence the maximum. */
static void replay_singly(rl_replay *x, replay_fn *replay, const rl_mark *mark, int n)
{
    const int events = rl_event_swap(&x->cfg->net);
    const int64_t width = x->region.extent.stride[1], edge = x->region.extent.origin % width;
    const int64_t begin = (int64_t)(x->slice << RL_TIME_BITS);
    int64_t before[RL_MAX_EVENTS];
    memcpy(before, x->event[0], sizeof before);
    for (int q = 0; q < n; q++) {
        memset(x->event[0], 0, sizeof x->event[0]);
        replay(x, &mark[q], 1, x->cell);
        if (mark[q].site & RL_NOT_OWNED)
            continue;
        /* The end of the mark's tick, so that 0 means that there was none. */
        const int64_t tick = begin + mark[q].time + 1;
        const int64_t place = mark[q].site % width - edge;
        for (int e = 1; e <= events; e++) {
            before[e] += x->event[0][e];
            if (x->layer)
                x->layer[place * RL_MAX_EVENTS + e] += x->event[0][e];
            if (x->event[0][e] && tick > x->last[e])
                x->last[e] = tick;
        }
    }
    memcpy(x->event[0], before, sizeof before);
}

static void replay_some(rl_replay *x, replay_fn *replay, const rl_mark *mark, int n)
{
    if (x->layer || x->timed)
        replay_singly(x, replay, mark, n);
    else
        replay(x, mark, n, x->cell);
}

/* Groups of bins in turn; the next one is made ready and fetched before the present one is
 * replayed. */
static void replay_patch(rl_replay *x, replay_fn *replay, int patch)
{
    rl_patch_bin(&x->marks, &x->region, patch);
    const rl_mark *mark, *after = NULL;
    int groups = rl_patch_groups(&x->marks), n = rl_patch_group(&x->marks, 0, x->cell, &mark);
    for (int g = 0; g < groups; g++, mark = after) {
        int next = g + 1 < groups ? rl_patch_group(&x->marks, g + 1, x->cell, &after) : 0;
        replay_some(x, replay, mark, n);
        n = next;
    }
}

/* The marks that were put off lie anywhere; cells are fetched some marks ahead. */
static void replay_late(rl_replay *x, replay_fn *replay)
{
    enum { AHEAD = 32 };
    const rl_mark *late;
    const int64_t n = rl_late_take(&x->marks, &x->region, rl_flags(x), &late);
    for (int64_t i = 0; i < n; i += AHEAD) {
        for (int64_t j = i + AHEAD; j < n && j < i + 2 * AHEAD; j++) {
            __builtin_prefetch(x->cell + (late[j].site & ~RL_NOT_OWNED), 1);
            __builtin_prefetch(x->cell + late[j].to, 1);
        }
        replay_some(x, replay, late + i, (int)(n - i < AHEAD ? n - i : AHEAD));
    }
}

/* The last strip is filled first, since it may be beside the first one around the lattice. */
void rl_replay_marks(rl_replay *x, const weft_noise *noise)
{
    rl_marks *m = &x->marks;
    const rl_region *r = &x->region;
    const int last = r->n_strips - 1;
    replay_fn *replay = choose(x);
    rl_flags(x)[r->sink_cross] = RL_TAINT | RL_PENDING;
    rl_marks_fill(m, r, noise, last);
    if (last > 0)
        rl_marks_fill(m, r, noise, 0);
    for (int strip = 0; strip <= last; strip++) {
        if (strip + 1 < last)
            rl_marks_fill(m, r, noise, strip + 1);
        for (int i = 0; i < r->strip_patches; i++) {
            const int patch = strip * r->strip_patches + i;
            if (m->end[patch] + m->end_in[patch] > 0)
                replay_patch(x, replay, patch);
        }
    }
    replay_late(x, replay);
}
