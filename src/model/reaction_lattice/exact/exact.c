/* Exact random-sequential dynamics in parallel: the windowed graphical construction (T. E. Harris,
 * Adv. Math. 9, 66 (1972), cut into windows).
 *
 * The marks (attempts) are Poisson and do not depend on the state. Every rank replays those of its
 * block and of a halo around it in the order of time, and exchanges the halo once a window. Sites
 * that could depend on what lies beyond the halo are tainted; when an owned site is tainted at the
 * end of a window, the window is done again in halves, with a wider halo where that is possible, on
 * all ranks. The law is exact up to the resolution of the marks (rates 2^-32 of R in each
 * direction, times 2^-22 of a slice with ties in a fixed order), and the result does not depend on
 * the ranks, on the window or on the halo.
 *
 * Why the taint suffices. A site starts tainted if it lies on the outermost layer, where marks from
 * outside may act at any time. A mark whose outcome can depend on a tainted site taints every site
 * that it might write. By induction over the marks in their order a site without taint has the
 * state that a replay of the whole lattice would give it: its last change depended on sites without
 * taint alone. So untainted owned sites are right, whatever the halo was; its width decides how
 * often windows are repeated, never the result.
 *
 * What is collective: each window (halo exchange, sum of the verdicts). All ranks take the same
 * decision about it, since it is made from sums.
 *
 * Tiles without particles whose neighbours are empty too are passed over (`quiet` networks, in
 * which empty sites do nothing): their marks could not change anything. Should a particle step into
 * such a tile, the mark `escaped` is set and the window is done again with all tiles. */
#include "exact.h"
#include "../items.h"
#include "../method.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Marks in one window without a halo: few keep calls short, many pay for the copies of the state
 * that each window makes, so that it is one a site of a large lattice, within a second. */
static const double least_marks = 1.6e7, most_marks = 1e8;

/* The thinnest block of all ranks along any axis: the halo cannot be wider. */
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

/* Ticks are 2^22 to a slice and counted from time 0 in 64 bits: they name a moment exactly, and a
 * resumed run continues at the same tick. */
static weft_status choose_window(const weft_sim *sim, rl_replay *x)
{
    const rl_lattice *l = sim->data;
    const rl_region *r = &x->region;
    double volume = (double)(INT64_C(1) << (r->bits[0] + r->bits[1] + r->bits[2]));
    double slices = x->R * volume / RL_MARKS_MEAN; /* a unit of time */
    const double sites = (double)weft_grid_sites(sim->grid);
    double attempts = l->cfg.window; /* a site and window */
    if (!x->cut)
        attempts = fmin(fmax(sites, least_marks), most_marks) / sites;
    x->ticks_per_time = slices * (double)(1 << RL_TIME_BITS);
    if (!(sim->end * x->ticks_per_time < 0x1p62))
        return weft_param_fail(weft_params_section(sim->params, "time"), "end",
                               "a site is offered %.3g attempts per unit of time, and marks can be "
                               "told apart up to time %.3g: measure time in smaller units",
                               x->R, 0x1p62 / x->ticks_per_time);
    double ticks = attempts / x->R * x->ticks_per_time;
    x->longest = x->window = ticks < 0x1p62 ? (uint64_t)ticks + 1 : UINT64_C(1) << 62;
    return WEFT_OK;
}

/* What the sites can do, and how often they are offered it. quiet: no reaction starts on an empty
 * site. */
static weft_status make_kinetics(const rl_lattice *l, rl_replay *x)
{
    const rl_config *cfg = x->cfg = &l->cfg;
    int most = cfg->capacity > cfg->other_capacity ? cfg->capacity : cfg->other_capacity;
    if (cfg->counts) {
        WEFT_TRY(rl_ways_make(cfg, most, &x->ways));
        x->R = x->ways.R;
        x->components = cfg->net.n_species + 1;
        x->quiet = true;
        for (int i = 0; i < cfg->net.n_reactions; i++)
            x->quiet = x->quiet && (cfg->net.reaction[i].n_in > 0);
    } else {
        x->channels = l->channels;
        rl_tables_make(&l->channels, &x->tables);
        x->R = l->channels.R;
        x->components = 1;
        x->quiet = l->channels.total[0] == 0;
    }
    x->quiet = x->quiet && cfg->method == RL_EXACT;
    return WEFT_OK;
}

/* The array has one ghost layer more than the halo in use, for the rim that is tainted; it has
 * spare layers, so that a halo can grow without new memory. */
static weft_status make_region(weft_sim *sim, rl_replay *x)
{
    enum { SPARE = 16 }; /* a halo that was given too narrow can grow to this */
    const weft_grid *g = sim->grid;
    int least = least_local(g), halo = x->cfg->halo;
    x->cut = g->size > 1;
    if (x->cut && least < 2)
        return weft_param_fail(sim->own, "method",
                               "some ranks have one site along an axis; the exact method needs two "
                               "on %d ranks: use fewer",
                               g->size);
    x->ghost = !x->cut ? 0 : (halo > SPARE ? halo : SPARE) + 1;
    x->ghost = x->ghost > least ? least : x->ghost;
    halo = halo < x->ghost ? halo : x->ghost - 1;
    const int64_t cells = rl_region_extent(g, x->ghost).size;
    weft_status status = WEFT_OK;
    if (cells > RL_MOST_CELLS)
        status = weft_param_fail(weft_params_section(sim->params, "grid"), "n",
                                 "%lld sites on a rank, halo included; the methods exact and "
                                 "sequential take %lld: use %s",
                                 (long long)cells, (long long)RL_MOST_CELLS,
                                 x->cfg->method == RL_EXACT ? "more ranks" : "exact on more ranks");
    WEFT_TRY(weft_agree(g->comm, status));
    rl_region_make(g, x->ghost, halo, &x->region);
    WEFT_TRY(weft_memory_claim(g->comm,
                               (double)cells * x->components + rl_marks_bytes(&x->region, g->dim)));
    rl_marks_make(&x->region, g->dim, &x->marks);
    x->cell = weft_alloc((size_t)x->region.cells * (size_t)x->components + 64, 1);
    if (x->cut)
        return weft_halo_create(g, x->ghost, x->ghost, 1, x->components, NULL, &x->halo);
    return WEFT_OK;
}

/* Collective. After an error `destroy` frees what is there. */
static weft_status make(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    rl_replay *x = l->method_data = weft_alloc(1, sizeof *x);
    if (l->cfg.method == RL_SEQUENTIAL && sim->grid->size > 1)
        return weft_param_fail(sim->own, "method",
                               "sequential runs on one rank, not on %d; exact gives the same "
                               "result on any number of ranks",
                               sim->grid->size);
    WEFT_TRY(make_kinetics(l, x));
    WEFT_TRY(rl_marks_check(sim->own, x, sim->grid->dim));
    WEFT_TRY(make_region(sim, x));
    if (l->layer)
        x->layer = weft_alloc((size_t)(sim->grid->local[2] * RL_MAX_EVENTS), sizeof *x->layer);
    WEFT_TRY(choose_window(sim, x));
    return rl_maps_make(sim, x);
}

/* Every part may be missing after an error. */
static void destroy(void *data)
{
    rl_replay *x = data;
    if (!x)
        return;
    for (int i = 0; i < WEFT_MAX_REACTIONS; i++)
        weft_free(x->space[i]);
    rl_region_free(&x->region);
    rl_marks_free(&x->marks);
    weft_halo_free(x->halo);
    weft_free(x->layer);
    weft_free(x->cell);
    weft_free(x);
}

/* ---- between the field and the region's array ---- */

/* Owned sites from the field into the region's array, or back. The field is the state at the start
 * of the window until the window stands: that is what makes it possible to do one again. */
static void copy_rows(const weft_sim *sim, rl_replay *x, bool into)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const int64_t *s = l->field->extent.stride, *t = x->region.extent.stride;
    for (int c = 0; c < l->field->spec.components; c++) {
        uint8_t *field = weft_field_bytes(l->field, c) + l->field->extent.origin;
        uint8_t *cell = x->cell + c * x->region.cells + x->region.extent.origin;
        WEFT_FOR_ROWS(g, z, y) {
            uint8_t *row = field + z * s[0] + y * s[1], *own = cell + z * t[0] + y * t[1];
            memcpy(into ? own : row, into ? row : own, (size_t)g->local[2]);
        }
    }
}

/* Is any owned site of this rank tainted? */
static bool own_tainted(const weft_sim *sim, const rl_replay *x)
{
    const weft_grid *g = sim->grid;
    const uint8_t *cell = rl_flags(x) + x->region.extent.origin;
    uint8_t any = 0;
    WEFT_FOR_ROWS(g, z, y) {
        const uint8_t *row = cell + z * x->region.extent.stride[0] + y * x->region.extent.stride[1];
        for (int64_t i = 0; i < g->local[2]; i++)
            any |= row[i];
    }
    return any & RL_TAINT;
}

/* ---- which tiles take part ---- */

/* Does a tile hold a particle (or a taint, which may be one)? */
static bool tile_is_live(const rl_replay *x, const rl_tile *t)
{
    const rl_region *r = &x->region;
    const rl_piece *p[3];
    for (int a = 0; a < 3; a++)
        p[a] = &r->piece[a][t->piece[a]];
    size_t n = (size_t)(p[2]->last - p[2]->first);
    uint8_t any = 0;
    for (int c = 0; c < x->components; c++)
        for (int z = p[0]->first; z < p[0]->last; z++)
            for (int y = p[1]->first; y < p[1]->last; y++) {
                const uint8_t *row = x->cell + c * r->cells + (p[0]->base + z) * r->step[0] +
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
    r->all_on = r->all_on || all;
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
    r->all_on = true;
    for (int64_t i = 0; i < r->n_tiles; i++)
        r->all_on = r->all_on && r->tile[i].on;
}

/* ---- replay ---- */

/* All marks of [from, to) in ticks, some slices at a time. Counts are cleared first: a repeated
 * window must not count twice. The last parameter switches all tiles on. */
static void replay_window(const weft_noise *noise, const weft_grid *grid, rl_replay *x,
                          uint64_t from, uint64_t to, bool all)
{
    const uint64_t slice = UINT64_C(1) << RL_TIME_BITS;
    memset(x->event, 0, sizeof x->event);
    memset(x->last, 0, sizeof x->last);
    if (x->layer)
        memset(x->layer, 0, (size_t)(grid->local[2] * RL_MAX_EVENTS) * sizeof *x->layer);
    x->escaped = false;
    x->marks_done = 0;
    if (x->components == 1)
        x->cell[x->region.sink_edge] = x->cell[x->region.sink_idle] = RL_TAINT;
    else
        memset(rl_flags(x), 0, (size_t)x->region.cells);
    if (x->cut)
        rl_region_taint_rim(grid, &x->region, rl_flags(x));
    for (uint64_t k = from >> RL_TIME_BITS; k << RL_TIME_BITS < to && !x->escaped;
         k += (uint64_t)x->marks.slices) {
        const uint64_t begin = k << RL_TIME_BITS, most = (uint64_t)x->marks.most_slices;
        const uint64_t left = (to - begin + slice - 1) >> RL_TIME_BITS;
        const uint64_t slices = left < most ? left : most;
        choose_tiles(x, all, begin <= from);
        rl_marks_begin(&x->marks, &x->region, k, (int)slices,
                       begin < from ? (uint32_t)(from - begin) : 0,
                       (uint32_t)(to - begin < slices * slice ? to - begin : slices * slice));
        x->slice = k;
        rl_replay_marks(x, noise);
        x->marks_done += x->marks.n;
    }
}

/* One window from the state in the field, first with live tiles only where that is allowed, then,
 * if a particle escaped, with all. True if it stands on all ranks. Collective. */
static bool attempt(weft_sim *sim, rl_replay *x, uint64_t from, uint64_t to)
{
    int64_t bad[2 + RL_MAX_EVENTS]; /* tainted, escaped; then events */
    for (int all = !x->quiet; all < 2; all++) {
        copy_rows(sim, x, true);
        if (x->cut)
            weft_halo_exchange(x->halo, x->cell);
        replay_window(&sim->noise, sim->grid, x, from, to, all);
        bad[0] = x->cut && own_tainted(sim, x);
        bad[1] = x->escaped;
        memcpy(bad + 2, x->event[0], sizeof x->event[0]);
        weft_counts_sum(sim->grid->comm, bad, 2 + RL_MAX_EVENTS);
        memcpy(x->total, bad + 2, sizeof x->total);
        if (bad[1] == 0)
            break;
    }
    return bad[0] == 0;
}

/* After a window that did not stand: half its length and twice the halo. A window of one tick with
 * the widest halo cannot fail unless the blocks are too thin. */
static weft_status retreat(weft_sim *sim, rl_replay *x, uint64_t length)
{
    int most = x->ghost - 1, halo = 2 * x->region.halo + 1;
    x->redone++;
    if (length == 1 && x->region.halo == most)
        return weft_fail(WEFT_FAILED, "the blocks of the ranks are too thin for the exact method; "
                                      "use fewer ranks");
    x->window = length > 1 ? length / 2 : 1;
    if (x->region.halo < most)
        rl_region_set_halo(sim->grid, x->ghost, halo < most ? halo : most, &x->region);
    return WEFT_OK;
}

/* The window stands: its owned sites, events and time become the state. */
static void commit(weft_sim *sim, rl_replay *x, uint64_t to)
{
    rl_lattice *l = sim->data;
    copy_rows(sim, x, false);
    for (int e = 0; e < RL_MAX_EVENTS && !x->layer; e++)
        l->event[e] += x->event[0][e];
    for (int64_t i = 0; x->layer && i < sim->grid->local[2] * RL_MAX_EVENTS; i++)
        l->layer[i] += x->layer[i];
    x->attempts += x->marks_done;
    x->done = to;
    x->window += x->window / 4 + 1; /* after a retreat: slowly back */
    x->window = x->window > x->longest ? x->longest : x->window;
}

/* Where a window that stands may end. One in which a species vanished, or the last possible
 * reaction happened, is replayed once more from the state in the field, which is that of its
 * beginning, with a look at the time of each event; after the last possible reaction it ends.
 * after: the numbers of particles then. */
static uint64_t end_of(weft_sim *sim, rl_replay *x, uint64_t to, int64_t *after)
{
    rl_lattice *l = sim->data;
    const bool absorbed = l->endings.absorbed >= 0;
    double time[RL_MAX_EVENTS];
    int64_t last = 0;
    if (!rl_endings_new(l, x->total, after)) {
        for (int e = 0; e < RL_MAX_EVENTS; e++)
            time[e] = -1;
        rl_endings_note(l, after, time);
        return to;
    }
    x->timed = true;
    attempt(sim, x, x->done, to);
    weft_counts_max(sim->grid->comm, x->last, RL_MAX_EVENTS);
    for (int e = 0; e < RL_MAX_EVENTS; e++) {
        /* in the middle of its tick: between the times of records, which are rounded to ticks */
        time[e] = x->last[e] > 0 ? ((double)x->last[e] - 0.5) / x->ticks_per_time : -1;
        last = e > 0 && e <= l->cfg.net.n_reactions && x->last[e] > last ? x->last[e] : last;
    }
    rl_endings_note(l, after, time);
    if (absorbed || l->endings.absorbed < 0)
        last = (int64_t)to;
    else if (last < (int64_t)to)
        attempt(sim, x, x->done, (uint64_t)last);
    x->timed = false;
    return (uint64_t)last;
}

/* Windows up to the tick nearest to the end of the call; that tick depends on the time alone and
 * not on the calls before, so that records do not move marks. */
static weft_status sweep(weft_sim *sim, double *dt)
{
    rl_lattice *l = sim->data;
    rl_replay *x = l->method_data;
    double most = (double)x->longest / x->ticks_per_time;
    *dt = *dt < most ? *dt : most;
    uint64_t end = (uint64_t)((sim->time + *dt) * x->ticks_per_time + 0.5);
    const bool absorbed = l->endings.absorbed >= 0;
    while (x->done < end) {
        uint64_t length = end - x->done < x->window ? end - x->done : x->window;
        int64_t after[RL_STATES];
        if (!attempt(sim, x, x->done, x->done + length)) {
            WEFT_TRY(retreat(sim, x, length));
            continue;
        }
        commit(sim, x, end_of(sim, x, x->done + length, after));
        memcpy(l->count, after, sizeof after);
        if (!absorbed && l->endings.absorbed >= 0) {
            *dt = l->endings.absorbed - sim->time;
            return WEFT_OK;
        }
    }
    return WEFT_OK;
}

/* Ticks are counted from time 0 also where the run begins later: what lies before its start is not
 * replayed. */
static void begin(weft_sim *sim)
{
    const rl_lattice *l = sim->data;
    rl_replay *x = l->method_data;
    if (!l->loaded)
        x->done = (uint64_t)(sim->time * x->ticks_per_time + 0.5);
}

/* ---- checkpoints, and what is said of the method ---- */

/* Ticks: windows are committed as a whole, so that the state has nothing else behind it. */
static uint64_t *progress(void *data)
{
    return &((rl_replay *)data)->done;
}

/* How fine the marks are, and what that makes of each reaction's rate. */
static void attributes(weft_sim *sim, weft_attribute *add, void *context)
{
    const rl_lattice *l = sim->data;
    const rl_replay *x = l->method_data;
    rl_items list = {.used = 0};
    char text[256];
    snprintf(text, sizeof text, "%.6g per site and unit of time", x->R);
    add(context, "attempts", text);
    snprintf(text, sizeof text, "rates %.3g, times %.3g", x->R * 2 * sim->grid->dim * 0x1p-32,
             1 / x->ticks_per_time);
    add(context, "resolution_of_marks", text);
    for (int i = 0; i < l->cfg.net.n_reactions; i++) {
        bool bound;
        const double bias = rl_marks_bias(x, i, sim->grid->dim, &bound);
        rl_items_add(&list, "%s: %s%.1e of its rate", rl_written(l, i), bound ? "at most " : "",
                     bias);
    }
    if (!list.used)
        rl_items_add(&list, "there is no reaction");
    add(context, "bias_of_the_marks", list.text);
}

const rl_method rl_exact_method = {
    .layout = WEFT_BLOCKS,
    .places = true,
    .make = make,
    .free = destroy,
    .begin = begin,
    .sweep = sweep,
    .progress = progress,
    .attributes = attributes,
};
