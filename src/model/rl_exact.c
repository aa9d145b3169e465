/* Exact random-sequential dynamics in parallel: the windowed graphical construction.
 *
 * The marks are Poisson and do not depend on the state. Every rank replays those of its block and
 * of a halo around it in the order of time, and exchanges the halo once a window. Cells that could
 * depend on what lies beyond the halo are tainted; when an owned cell is tainted at the end of a
 * window, the window is done again in halves, with a wider halo where that is possible, on all
 * ranks. The law is exact up to the resolution of the marks (rates 2^-32 of the largest, times
 * 2^-22 of a slice with ties in a fixed order), and the result does not depend on the ranks, on the
 * window or on the halo. */
#include "reaction_lattice.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

struct rl_replay {
    int ghost; /* layers of the array */
    bool cut;  /* the lattice is cut: there is a halo to exchange */
    rl_region region;
    rl_marks marks;
    rl_tables tables;
    weft_halo *halo;
    uint8_t *cell;         /* of the region, and the two sinks */
    double ticks_per_time; /* 2^22 ticks a slice */
    uint64_t done;         /* ticks */
    uint64_t window;       /* ticks, at most */
    uint64_t longest;      /* what window may grow to */
    bool quiet;            /* empty sites do nothing, so empty tiles can be passed over */
    bool escaped;          /* a particle may have reached a tile that was passed over */
    int64_t marks_done;
    int64_t event[2][RL_MAX_EVENTS]; /* of this window: at owned sites, at others */
};

/* Most marks in one window without a halo: keeps calls short. */
static const double marks_a_call = 4e6;

static int least_local(const weft_grid *g)
{
    int64_t least = INT32_MAX;
    for (int rank = 0; rank < g->size; rank++) {
        int64_t start[3], local[3];
        weft_grid_block(g, rank, start, local);
        for (int a = 3 - g->dim; a < 3; a++)
            least = local[a] < least ? local[a] : least;
    }
    return (int)least;
}

static void choose_window(const weft_sim *sim, rl_replay *x)
{
    const rl_lattice *l = sim->data;
    const rl_region *r = &x->region;
    double volume = (double)(INT64_C(1) << (r->bits[0] + r->bits[1] + r->bits[2]));
    double slices = l->channels.R * volume / RL_MARKS_MEAN; /* a unit of time */
    double attempts = l->cfg.window;                        /* a site and window */
    if (!x->cut)
        attempts = marks_a_call / (double)weft_grid_sites(sim->grid);
    x->ticks_per_time = slices * (double)(1 << RL_TIME_BITS);
    double ticks = attempts / l->channels.R * x->ticks_per_time;
    x->longest = x->window = ticks < 0x1p62 ? (uint64_t)ticks + 1 : UINT64_C(1) << 62;
}

weft_status rl_replay_make(weft_sim *sim, rl_replay **out)
{
    rl_lattice *l = sim->data;
    rl_replay *x = *out = weft_alloc(1, sizeof *x);
    const weft_grid *g = sim->grid;
    x->cut = g->size > 1;
    int least = least_local(g), halo = l->cfg.halo;
    enum { SPARE = 16 }; /* a halo that was given too narrow can grow to this */
    if (x->cut && least < 2)
        return weft_param_fail(sim->own, "method",
                               "some ranks have one site along an axis; the exact method needs two "
                               "on %d ranks: use fewer",
                               g->size);
    x->ghost = !x->cut ? 0 : (halo > SPARE ? halo : SPARE) + 1;
    x->ghost = x->ghost > least ? least : x->ghost;
    halo = halo < x->ghost ? halo : x->ghost - 1;
    rl_region_make(g, x->ghost, halo, &x->region);
    rl_marks_make(&x->region, g->dim, &x->marks);
    rl_tables_make(&l->channels, &x->tables);
    x->cell = weft_alloc((size_t)x->region.cells + 64, 1);
    x->quiet = l->channels.total[0] == 0;
    choose_window(sim, x);
    if (x->cut)
        return weft_halo_create(g, x->ghost, x->ghost, 1, 1, NULL, &x->halo);
    return WEFT_OK;
}

void rl_replay_free(rl_replay *x)
{
    if (!x)
        return;
    rl_region_free(&x->region);
    rl_marks_free(&x->marks);
    weft_halo_free(x->halo);
    weft_free(x->cell);
    weft_free(x);
}

uint64_t *rl_replay_ticks(rl_replay *x)
{
    return &x->done;
}

/* ---- between the field and the region's array ---- */

static void copy_rows(const weft_sim *sim, rl_replay *x, bool into)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    uint8_t *field = weft_field_bytes(l->field, 0) + l->field->extent.origin;
    uint8_t *cell = x->cell + x->region.extent.origin;
    const int64_t *s = l->field->extent.stride, *t = x->region.extent.stride;
    for (int64_t z = 0; z < g->local[0]; z++)
        for (int64_t y = 0; y < g->local[1]; y++) {
            uint8_t *row = field + z * s[0] + y * s[1], *own = cell + z * t[0] + y * t[1];
            memcpy(into ? own : row, into ? row : own, (size_t)g->local[2]);
        }
}

static bool own_tainted(const weft_sim *sim, const rl_replay *x)
{
    const weft_grid *g = sim->grid;
    const uint8_t *cell = x->cell + x->region.extent.origin;
    uint8_t any = 0;
    for (int64_t z = 0; z < g->local[0]; z++)
        for (int64_t y = 0; y < g->local[1]; y++) {
            const uint8_t *row =
                cell + z * x->region.extent.stride[0] + y * x->region.extent.stride[1];
            for (int64_t i = 0; i < g->local[2]; i++)
                any |= row[i];
        }
    return any & RL_TAINT;
}

/* ---- which tiles take part ---- */

static bool tile_is_live(const rl_replay *x, const rl_tile *t)
{
    const rl_region *r = &x->region;
    const rl_piece *p[3];
    for (int a = 0; a < 3; a++)
        p[a] = &r->piece[a][t->piece[a]];
    size_t n = (size_t)(p[2]->last - p[2]->first);
    uint8_t any = 0;
    for (int z = p[0]->first; z < p[0]->last; z++)
        for (int y = p[1]->first; y < p[1]->last; y++) {
            const uint8_t *row = x->cell + (p[0]->base + z) * r->step[0] +
                                 (p[1]->base + y) * r->step[1] + p[2]->base + p[2]->first;
            for (size_t i = 0; i < n; i++)
                any |= row[i];
        }
    return any != 0;
}

/* Tiles that hold particles, and those around them. A tile that was live at the beginning of the
 * window counts as live until its end. */
static void choose_tiles(rl_replay *x, bool all, bool first)
{
    rl_region *r = &x->region;
    bool more = first;
    for (int64_t i = 0; i < r->n_tiles; i++) {
        rl_tile *t = &r->tile[i];
        if (all)
            t->on = true;
        else if (first || (t->on && !t->live))
            more |= t->live = tile_is_live(x, t);
    }
    if (all || !more)
        return;
    for (int64_t i = 0; i < r->n_tiles; i++)
        r->tile[i].on = r->tile[i].live;
    for (int64_t i = 0; i < r->n_tiles; i++)
        if (r->tile[i].live)
            rl_region_wake(r, i);
}

/* ---- replay ---- */

/* A mark that touches a tainted cell or what lies beyond the tiles at hand. */
static __attribute__((noinline)) void replay_tainted(rl_replay *x, const rl_mark *m, int64_t site)
{
    const rl_tables *t = &x->tables;
    uint8_t *cell = x->cell;
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
        uint16_t act = t->act[row];
        cell[site] = act & RL_STATE;
        x->event[m->site >> 31][act >> 8]++;
    } else if (m->to == x->region.sink_idle) {
        x->escaped = true;
    } else {
        cell[site] |= RL_TAINT;
    }
}

static void replay_bin(rl_replay *x, const rl_mark *restrict mark, int n, uint8_t *cell)
{
    const rl_alias *restrict alias = x->tables.alias;
    const uint16_t *restrict act = x->tables.act;
    int64_t *restrict event = x->event[0];
    const int bits = x->tables.slot_bits, shift = 32 - bits;
    const uint32_t coin = (UINT32_C(1) << shift) - 1;
    for (int q = 0; q < n; q++) {
        const rl_mark m = mark[q];
        const uint32_t site = m.site & ~RL_NOT_OWNED;
        const uint32_t c = cell[site], e = cell[m.to];
        if (__builtin_expect((c | e) & RL_TAINT, 0)) {
            replay_tainted(x, &mark[q], site);
            continue;
        }
        const rl_alias a = alias[c << bits | m.u >> shift];
        const uint32_t below = 0u - (uint32_t)((m.u & coin) < a.threshold);
        const uint32_t row = a.above ^ ((uint32_t)(a.above ^ a.below) & below);
        const uint32_t does = act[row + e];
        cell[site] = (uint8_t)(does & RL_STATE);
        cell[m.to] = (uint8_t)(does >> 4 & RL_STATE);
        event[(m.site >> 31) * RL_MAX_EVENTS + (does >> 8)]++;
    }
}

/* Bins in turn; the next one is sorted and fetched before the present one is replayed. */
static void replay_slice(rl_replay *x)
{
    rl_mark buffer[2][RL_BIN_ROOM];
    int bins = 1 << x->marks.bin_bits, n = rl_marks_bin(&x->marks, 0, buffer[0]);
    for (int b = 0; b < bins; b++) {
        int next = b + 1 < bins ? rl_marks_bin(&x->marks, b + 1, buffer[~b & 1]) : 0;
        for (int q = 0; q < next; q++) {
            __builtin_prefetch(x->cell + (buffer[~b & 1][q].site & ~RL_NOT_OWNED), 1);
            __builtin_prefetch(x->cell + buffer[~b & 1][q].to, 1);
        }
        replay_bin(x, buffer[b & 1], n, x->cell);
        n = next;
    }
}

static void replay_window(const weft_noise *noise, rl_replay *x, uint64_t from, uint64_t to,
                          bool all)
{
    const uint64_t slice = UINT64_C(1) << RL_TIME_BITS;
    memset(x->event, 0, sizeof x->event);
    x->escaped = false;
    x->marks_done = 0;
    x->cell[x->region.sink_edge] = x->cell[x->region.sink_idle] = RL_TAINT;
    for (uint64_t k = from >> RL_TIME_BITS; k << RL_TIME_BITS < to && !x->escaped; k++) {
        uint64_t begin = k << RL_TIME_BITS;
        choose_tiles(x, all, begin <= from);
        rl_marks_fill(&x->marks, &x->region, noise, k, begin < from ? (uint32_t)(from - begin) : 0,
                      (uint32_t)(to - begin < slice ? to - begin : slice));
        x->marks_done += x->marks.n;
        replay_slice(x);
    }
}

/* One window from the state in the field. True if it stands. */
static bool attempt(weft_sim *sim, rl_replay *x, uint64_t from, uint64_t to)
{
    int64_t bad[2] = {0, 0}; /* tainted, escaped */
    for (int all = !x->quiet; all < 2; all++) {
        copy_rows(sim, x, true);
        if (x->cut) {
            weft_halo_exchange(x->halo, x->cell);
            rl_region_taint_rim(sim->grid, &x->region, x->cell);
        }
        replay_window(&sim->noise, x, from, to, all);
        bad[0] = x->cut && own_tainted(sim, x);
        bad[1] = x->escaped;
        weft_counts_sum(sim->grid->comm, bad, 2);
        if (bad[1] == 0)
            break;
    }
    return bad[0] == 0;
}

static weft_status retreat(weft_sim *sim, rl_replay *x, uint64_t length)
{
    rl_lattice *l = sim->data;
    int most = x->ghost - 1, halo = 2 * x->region.halo + 1;
    l->redone++;
    if (length == 1 && x->region.halo == most)
        return weft_fail(WEFT_FAILED, "the blocks of the ranks are too thin for the exact method; "
                                      "use fewer ranks");
    x->window = length > 1 ? length / 2 : 1;
    if (x->region.halo < most)
        rl_region_set_halo(sim->grid, x->ghost, halo < most ? halo : most, &x->region);
    return WEFT_OK;
}

static void commit(weft_sim *sim, rl_replay *x, uint64_t to)
{
    rl_lattice *l = sim->data;
    copy_rows(sim, x, false);
    for (int e = 0; e < RL_MAX_EVENTS; e++)
        l->event[e] += x->event[0][e];
    l->attempts += x->marks_done;
    x->done = to;
    x->window += x->window / 4 + 1; /* after a retreat: slowly back */
    x->window = x->window > x->longest ? x->longest : x->window;
}

weft_status rl_replay_sweep(weft_sim *sim, double *dt)
{
    rl_lattice *l = sim->data;
    rl_replay *x = l->replay;
    double most = (double)x->longest / x->ticks_per_time;
    *dt = *dt < most ? *dt : most;
    uint64_t end = (uint64_t)((sim->time + *dt) * x->ticks_per_time + 0.5);
    while (x->done < end) {
        uint64_t length = end - x->done < x->window ? end - x->done : x->window;
        if (attempt(sim, x, x->done, x->done + length))
            commit(sim, x, x->done + length);
        else
            WEFT_TRY(retreat(sim, x, length));
    }
    return WEFT_OK;
}
