/* Sites of unlimited capacity: Strang splitting between reactions, which every site does on its own
 * by Gillespie's direct method, and hops, which are independent walks: along each axis a particle
 * makes a Poisson number of hops, with the mean hopping tau/d. The error is of second order in tau
 * while the reactions are slower than the step, see step.c.
 *
 * The walk has fixed steps of tau from time 0 on, whatever is observed: step k lets every site
 * react from (k - 1/2) tau to (k + 1/2) tau (the first from 0) and then makes the hops of tau. What
 * is kept between two calls is the state after the hops of the last step. The state at a time t = k
 * tau + d that is asked for is made from a copy: reactions up to k tau + d/2, hops of d, reactions
 * of d/2; the copy is looked at and thrown away, so that no record changes what follows. Reactions
 * have their own times in the walk, which are those of extinction; a run that is at an end is found
 * by letting the walk go on to t on another copy.
 *
 * Every random number is keyed by site and step, and a site's sequence of a step is read from its
 * beginning, so that reactions up to an earlier time are the first of those up to a later one, and
 * the result does not depend on the ranks. */
#include "rdme.h"
#include "weft/draws.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

enum {
    MAX_REACH = 6,
    MOST_HOPS = 12, /* along an axis in a step; their mean is at most 1/2 */
    WALKS = (MOST_HOPS + 1) * (MOST_HOPS + 2) / 2,
    MOST_PARTICLES = 10000000, /* of a species on a site */
    STEPS_A_CALL = 64
};

/* The walks of a step along an axis, those of few hops first. */
typedef struct walks {
    double below[WALKS]; /* cumulative probability */
    int8_t by[WALKS];    /* sites */
    uint8_t hops[WALKS];
} walks;

struct rl_rdme {
    rl_ways ways; /* reactions alone count here */
    int n_reactions;
    int reach;
    double tau;
    uint64_t steps; /* done */
    double start;   /* time of the first */
    bool ready;     /* n holds the walk */
    bool warned;    /* of the bias */
    weft_extent extent;
    weft_halo *halo;
    int32_t *n, *next;               /* of a species: component-major; of one */
    int32_t *kept;                   /* the walk, while n shows something else */
    weft_field *walk;                /* the walk, for checkpoints */
    int64_t count[RL_STATES];        /* particles of the walk */
    walks step[WEFT_MAX_SPECIES];    /* of tau */
    walks shorter[WEFT_MAX_SPECIES]; /* up to a time that is asked for */
    bool shown;                      /* events are those of the copy: the walk's are here */
    int64_t event[RL_MAX_EVENTS], *layer;
    int64_t made[RL_MAX_EVENTS]; /* by the last reactions, on this rank */
    double last[RL_MAX_EVENTS];  /* the time of the last of each kind among them; -1: none */
    bool too_many;               /* particles on a site */
};

/* ---- reactions of one site ---- */

/* From time from to time to. */
static void react(rl_rdme *x, weft_draws *s, double from, double to, int *n, int species,
                  int64_t *event)
{
    double a[WEFT_MAX_REACTIONS], since = 0;
    for (;;) {
        double total = 0;
        for (int k = 0; k < x->n_reactions; k++)
            total += a[k] = rl_propensity(&x->ways.item[k], n);
        if (!(total > 0))
            return;
        since += weft_draws_exponential(s) / total;
        if (since > to - from)
            return;
        double v = weft_draws_uniform(s) * total;
        int k = 0;
        while (k < x->n_reactions - 1 && v >= a[k])
            v -= a[k++];
        for (int i = 0; i < species; i++) {
            n[i] += x->ways.item[k].change[i];
            x->too_many |= n[i] > MOST_PARTICLES;
        }
        if (x->too_many)
            return;
        const int e = 1 + x->ways.item[k].reaction;
        event[e]++;
        x->made[e]++;
        x->last[e] = fmax(x->last[e], from + since);
    }
}

static void react_all(weft_sim *sim, rl_rdme *x, uint64_t step, double from, double to)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const int species = l->cfg.net.n_species;
    int n[WEFT_MAX_SPECIES];
    memset(x->made, 0, sizeof x->made);
    for (int e = 0; e < RL_MAX_EVENTS; e++)
        x->last[e] = -1;
    for (int64_t z = 0; z < g->local[0]; z++)
        for (int64_t y = 0; y < g->local[1]; y++) {
            int64_t row = ((g->start[0] + z) * g->n[1] + g->start[1] + y) * g->n[2] + g->start[2];
            int32_t *at =
                x->n + x->extent.origin + z * x->extent.stride[0] + y * x->extent.stride[1];
            for (int64_t i = 0; i < g->local[2] && !x->too_many; i++) {
                for (int k = 0; k < species; k++)
                    n[k] = at[k * x->extent.size + i];
                weft_draws s;
                weft_draws_begin(&s, &sim->noise, WEFT_DRAWS_REACT, step, (uint64_t)(row + i));
                react(x, &s, from, to, n, species, rl_events_at(l, i));
                for (int k = 0; k < species; k++)
                    at[k * x->extent.size + i] = n[k];
            }
        }
}

/* ---- hops ---- */

/* n hops, of which any number go back: the probability of each walk. What lies beyond the reach
 * ends there. */
static void make_walks(const rl_lattice *l, const rl_rdme *x, int dim, double tau, walks *out)
{
    for (int s = 0; s < l->cfg.net.n_species; s++) {
        const double mean = l->cfg.hop[s] * tau / dim;
        walks *w = &out[s];
        double sum = 0, all_back = weft_exp(-mean);
        int i = 0;
        for (int n = 0; n <= MOST_HOPS; n++) {
            double p = all_back;
            for (int back = n; back >= 0; back--, i++) {
                int by = n - 2 * back;
                by = by > x->reach ? x->reach : by < -x->reach ? -x->reach : by;
                w->below[i] = sum += p;
                w->by[i] = (int8_t)by;
                w->hops[i] = (uint8_t)n;
                p *= (double)back / (n - back + 1);
            }
            all_back *= mean / 2 / (n + 1);
        }
        w->below[WALKS - 1] = 2;
    }
}

/* Particles of one line, ghosts included, go their ways; those that end on owned sites are kept. */
static void walk_line(const weft_sim *sim, const rl_rdme *x, const walks *w, int species, int axis,
                      const int64_t *first)
{
    const weft_grid *g = sim->grid;
    rl_lattice *l = sim->data;
    const int hops = rl_event_hop(&l->cfg.net);
    const int64_t stride = x->extent.stride[axis], n = g->local[axis];
    int64_t at = x->extent.origin, global[3];
    for (int a = 0; a < 3; a++) {
        at += first[a] * x->extent.stride[a];
        global[a] = g->start[a] + first[a];
    }
    const int32_t *from = x->n + species * x->extent.size + at;
    int32_t *to = x->next + at;
    const int use = WEFT_DRAWS_HOP + species * 3 + axis;
    for (int64_t i = -x->reach; i < n + x->reach; i++) {
        if (from[i * stride] == 0)
            continue;
        global[axis] = (g->start[axis] + i + g->n[axis]) % g->n[axis];
        int64_t site = (global[0] * g->n[1] + global[1]) * g->n[2] + global[2];
        weft_draws s;
        weft_draws_begin(&s, &sim->noise, use, x->steps, (uint64_t)site);
        for (int32_t p = 0; p < from[i * stride]; p++) {
            double u = weft_draws_uniform(&s);
            int k = 0;
            while (u >= w->below[k])
                k++;
            int64_t j = i + w->by[k];
            if (j < 0 || j >= n)
                continue;
            to[j * stride]++;
            rl_events_at(l, axis == 2 ? j : first[2])[hops] += w->hops[k];
        }
    }
}

static void walk_species(weft_sim *sim, rl_rdme *x, const walks *w, int species)
{
    const weft_grid *g = sim->grid;
    int32_t *n = x->n + species * x->extent.size;
    for (int axis = 3 - g->dim; axis < 3; axis++) {
        weft_halo_exchange(x->halo, n);
        memset(x->next, 0, (size_t)x->extent.size * sizeof *n);
        int64_t size[3] = {g->local[0], g->local[1], g->local[2]}, first[3];
        size[axis] = x->too_many ? 0 : 1; /* the run fails after this call */
        for (first[0] = 0; first[0] < size[0]; first[0]++)
            for (first[1] = 0; first[1] < size[1]; first[1]++)
                for (first[2] = 0; first[2] < size[2]; first[2]++)
                    walk_line(sim, x, w, species, axis, first);
        memcpy(n, x->next, (size_t)x->extent.size * sizeof *n);
    }
}

static void hop_all(weft_sim *sim, rl_rdme *x, const walks *of)
{
    const rl_lattice *l = sim->data;
    for (int s = 0; s < l->cfg.net.n_species; s++)
        if (l->cfg.hop[s] > 0)
            walk_species(sim, x, &of[s], s);
}

/* ---- between a field and whole numbers ---- */

static void convert(weft_sim *sim, rl_rdme *x, weft_field *field, bool into)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const weft_extent *e = &field->extent;
    for (int s = 0; s < l->cfg.net.n_species; s++)
        for (int64_t z = 0; z < g->local[0]; z++)
            for (int64_t y = 0; y < g->local[1]; y++) {
                double *f =
                    weft_field_data(field, s) + e->origin + z * e->stride[0] + y * e->stride[1];
                int32_t *n = x->n + s * x->extent.size + x->extent.origin +
                             z * x->extent.stride[0] + y * x->extent.stride[1];
                for (int64_t i = 0; i < g->local[2]; i++)
                    if (into)
                        n[i] = (int32_t)f[i];
                    else
                        f[i] = n[i];
            }
}

/* ---- the method ---- */

weft_status rl_rdme_make(weft_sim *sim, rl_rdme **out)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    rl_rdme *x = *out = weft_alloc(1, sizeof *x);
    WEFT_TRY(rl_ways_make(&l->cfg, 0, &x->ways));
    while (x->n_reactions < x->ways.n && x->ways.item[x->n_reactions].reaction >= 0)
        x->n_reactions++;
    int64_t reach = MAX_REACH;
    for (int rank = 0; rank < g->size; rank++) {
        int64_t start[3], local[3];
        weft_grid_block(g, rank, start, local);
        for (int a = 3 - g->dim; a < 3; a++)
            reach = local[a] < reach ? local[a] : reach;
    }
    int64_t needed = 0; /* for the same walk on any number of ranks */
    for (int a = 3 - g->dim; a < 3; a++)
        needed = needed == 0 || g->n[a] < needed ? g->n[a] : needed;
    needed = needed < MAX_REACH ? needed : MAX_REACH;
    if (reach < needed)
        return weft_param_fail(sim->own, "method",
                               "rdme needs %lld sites along each axis on every rank, and some of "
                               "the %d ranks have %lld: use fewer",
                               (long long)needed, g->size, (long long)reach);
    x->reach = (int)needed;
    x->extent = weft_grid_extent(g, x->reach);
    WEFT_TRY(weft_memory_claim(g->comm, (double)x->extent.size * (2 * l->cfg.net.n_species + 1) *
                                            (double)sizeof *x->n));
    x->n = weft_alloc((size_t)(x->extent.size * l->cfg.net.n_species), sizeof *x->n);
    x->kept = weft_alloc((size_t)(x->extent.size * l->cfg.net.n_species), sizeof *x->kept);
    x->walk = weft_state_find(sim->state, "species_walk");
    if (l->layer)
        x->layer = weft_alloc((size_t)(g->local[2] * RL_MAX_EVENTS), sizeof *x->layer);
    x->next = weft_alloc((size_t)x->extent.size, sizeof *x->next);
    return weft_halo_create(g, x->reach, x->reach, sizeof *x->n, 1, NULL, &x->halo);
}

void rl_rdme_free(rl_rdme *x)
{
    if (!x)
        return;
    weft_halo_free(x->halo);
    weft_free(x->n);
    weft_free(x->next);
    weft_free(x->kept);
    weft_free(x->layer);
    weft_free(x);
}

/* ---- the walk, and copies of it ---- */

static void copy_events(weft_sim *sim, rl_rdme *x, bool back)
{
    rl_lattice *l = sim->data;
    memcpy(back ? l->event : x->event, back ? x->event : l->event, sizeof x->event);
    if (l->layer)
        memcpy(back ? l->layer : x->layer, back ? x->layer : l->layer,
               (size_t)(sim->grid->local[2] * RL_MAX_EVENTS) * sizeof *x->layer);
}

static void copy_cells(const weft_sim *sim, rl_rdme *x, bool back)
{
    const rl_lattice *l = sim->data;
    memcpy(back ? x->n : x->kept, back ? x->kept : x->n,
           (size_t)(x->extent.size * l->cfg.net.n_species) * sizeof *x->n);
}

void rl_rdme_settle(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    if (l->rdme->shown)
        copy_events(sim, l->rdme, true);
    l->rdme->shown = false;
}

/* When the reactions of step k begin. */
static double begins(const rl_rdme *x, uint64_t k)
{
    return x->start + (k > 0 ? ((double)k - 0.5) * x->tau : 0);
}

/* Reactions of the walk, with a look at what ended. True if the state is absorbing since then. */
static bool react_and_look(weft_sim *sim, rl_rdme *x, uint64_t step, double to)
{
    rl_lattice *l = sim->data;
    const bool absorbed = l->endings.absorbed >= 0;
    int64_t after[RL_STATES], bits[RL_MAX_EVENTS];
    react_all(sim, x, step, begins(x, step), to);
    weft_counts_sum(sim->grid->comm, x->made, 1 + l->cfg.net.n_reactions);
    if (rl_endings_new(l, x->made, after)) {
        /* numbers that are not negative are in the order of their bits */
        for (int e = 0; e < RL_MAX_EVENTS; e++) {
            double time = fmax(x->last[e], 0);
            memcpy(&bits[e], &time, sizeof time);
        }
        weft_counts_max(sim->grid->comm, bits, RL_MAX_EVENTS);
        for (int e = 0; e < RL_MAX_EVENTS; e++) {
            memcpy(&x->last[e], &bits[e], sizeof bits[e]);
            x->last[e] = x->made[e] > 0 ? x->last[e] : -1;
        }
    } else
        for (int e = 0; e < RL_MAX_EVENTS; e++)
            x->last[e] = -1;
    rl_endings_note(l, after, x->last);
    memcpy(l->count, after, sizeof after);
    return !absorbed && l->endings.absorbed >= 0;
}

/* Take up the walk: at the start from the initial state, else from a checkpoint. */
static void take_up(weft_sim *sim, rl_rdme *x)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    convert(sim, x, l->loaded ? x->walk : l->field, true);
    memset(x->count, 0, sizeof x->count);
    for (int s = 0; s < l->cfg.net.n_species; s++)
        for (int64_t z = 0; z < g->local[0]; z++)
            for (int64_t y = 0; y < g->local[1]; y++) {
                const int32_t *n = x->n + s * x->extent.size + x->extent.origin +
                                   z * x->extent.stride[0] + y * x->extent.stride[1];
                for (int64_t i = 0; i < g->local[2]; i++)
                    x->count[s + 1] += n[i];
            }
    weft_counts_sum(g->comm, x->count, RL_STATES);
    make_walks(l, x, g->dim, x->tau, x->step);
    x->ready = true;
}

/* Whole steps of the walk up to a number; true if it came to an end on the way. */
static bool walk_to(weft_sim *sim, rl_rdme *x, uint64_t steps)
{
    rl_lattice *l = sim->data;
    for (; x->steps < steps; x->steps++) {
        if (react_and_look(sim, x, x->steps, begins(x, x->steps + 1)))
            return true;
        hop_all(sim, x, x->step);
    }
    memcpy(x->count, l->count, sizeof x->count);
    return false;
}

/* Does the walk come to an end before a time in the present step? On a copy. */
static bool ends_before(weft_sim *sim, rl_rdme *x, double time)
{
    rl_lattice *l = sim->data;
    const double middle = begins(x, x->steps + 1);
    bool ends = react_and_look(sim, x, x->steps, time < middle ? time : middle);
    if (!ends && time > middle) {
        hop_all(sim, x, x->step);
        ends = react_and_look(sim, x, x->steps + 1, time);
    }
    if (!ends)
        memcpy(l->count, x->count, sizeof x->count);
    return ends;
}

/* The state at a time in the present step, which begins at on, from a copy. */
static void show(weft_sim *sim, rl_rdme *x, double on, double time)
{
    const rl_lattice *l = sim->data;
    const double d = time - on;
    react_all(sim, x, x->steps, begins(x, x->steps), on + d / 2);
    if (d > 0) {
        make_walks(l, x, sim->grid->dim, d, x->shorter);
        hop_all(sim, x, x->shorter);
        react_all(sim, x, x->steps + 1, on + d / 2, time);
    }
}

/* A state that has become denser, or a step that was given, can make the bias large. Said once, of
 * the first replica. */
static void look_at_bias(weft_sim *sim, rl_rdme *x)
{
    const rl_lattice *l = sim->data;
    double partners[WEFT_MAX_REACTIONS];
    if (x->warned || sim->noise.replica > 0)
        return;
    rl_rdme_partners(sim, partners);
    double bias = rl_rdme_worst(&l->cfg, partners, x->tau);
    if (bias <= RL_RDME_WARN)
        return;
    x->warned = true;
    if (sim->grid->rank == 0)
        weft_warn("time %.6g: with reactions this fast, tau = %.4g makes them up to %.1f per cent "
                  "too slow; tau: %.4g would keep that below %.1f per cent",
                  sim->time, x->tau, 100 * bias, rl_rdme_choose(&l->cfg, partners),
                  100 * RL_RDME_BIAS);
}

static weft_status check_numbers(const weft_sim *sim, const rl_rdme *x)
{
    int64_t bad = x->too_many;
    weft_counts_sum(sim->grid->comm, &bad, 1);
    return bad ? weft_fail(WEFT_FAILED,
                           "more than %d particles of a species on a site: nothing limits their "
                           "number in this network; add a reaction that does, or give a capacity",
                           MOST_PARTICLES)
               : WEFT_OK;
}

weft_status rl_rdme_sweep(weft_sim *sim, double *dt)
{
    rl_lattice *l = sim->data;
    rl_rdme *x = l->rdme;
    if (!x->ready)
        take_up(sim, x);
    rl_rdme_settle(sim);
    memcpy(l->count, x->count, sizeof x->count);
    double time = sim->time + *dt;
    uint64_t to = (uint64_t)floor((time - x->start) / x->tau * (1 + 1e-12) + 1e-9);
    if (to > x->steps + STEPS_A_CALL) {
        to = x->steps + STEPS_A_CALL;
        time = x->start + (double)to * x->tau;
        *dt = time - sim->time;
    }
    const double on = x->start + (double)to * x->tau;
    time = fabs(time - on) <= 1e-9 * x->tau ? on : time;
    bool ends = walk_to(sim, x, to);
    copy_cells(sim, x, false);
    copy_events(sim, x, false);
    x->shown = true;
    ends = ends || ends_before(sim, x, time);
    if (!ends) {
        copy_cells(sim, x, true);
        copy_events(sim, x, true);
        show(sim, x, on, time);
    } else
        *dt = l->endings.absorbed - sim->time;
    convert(sim, x, l->field, false);
    copy_cells(sim, x, true);
    convert(sim, x, x->walk, false);
    WEFT_TRY(check_numbers(sim, x));
    look_at_bias(sim, x);
    return WEFT_OK;
}

/* ---- checkpoints ---- */

weft_status rl_rdme_save(weft_sim *sim, struct weft_file *file)
{
    const rl_rdme *x = ((rl_lattice *)sim->data)->rdme;
    const double walk[2] = {x->tau, x->start};
    WEFT_TRY(weft_file_put(file, "walk", walk, sizeof walk));
    return weft_file_put(file, "progress", &x->steps, sizeof x->steps);
}

weft_status rl_rdme_load(weft_sim *sim, struct weft_file *file)
{
    rl_lattice *l = sim->data;
    rl_rdme *x = l->rdme;
    double walk[2];
    WEFT_TRY(weft_file_get(file, "walk", walk, sizeof walk));
    l->cfg.tau = x->tau = walk[0];
    x->start = walk[1];
    return weft_file_get(file, "progress", &x->steps, sizeof x->steps);
}

void rl_rdme_begin(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    rl_rdme *x = l->rdme;
    rl_rdme_partners(sim, l->partners);
    if (l->loaded)
        return;
    if (l->cfg.tau == 0)
        l->cfg.tau = rl_rdme_choose(&l->cfg, l->partners);
    x->tau = l->cfg.tau;
    x->start = sim->time;
}
