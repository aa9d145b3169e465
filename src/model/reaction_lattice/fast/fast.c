/* Fast dynamics by operator splitting (G. Arampatzis et al., J. Comput. Phys. 231, 7795 (2012),
 * prove the order of such schemes): the bonds in classes that do not touch each other (even and odd
 * ones along each axis), then all sites on their own, then the classes backwards, each with its
 * exact evolution, so that the error is of second order. A pair of steps of tau is X0 X1 Y0 ... S(2
 * tau) ... Y0 X1 X0, and X0 X0 between two pairs is one X0(2 tau). Sites are bits: the numbers of
 * their states lie in one to four bit planes, and 512 bonds are updated at once, with one uniform
 * number a bond: its first bits for all, the others for the few bonds (about one in 512) whose
 * comparisons are still open then.
 *
 * A line (sites along x) is kept as its even and its odd sites, so that a bond lies between the
 * same bits of two words. Lines are cut among the ranks along the slowest axis; in one dimension
 * the one line is cut, and its parts have a word of their neighbours at either end.
 *
 * Invariants. (1) Every random bit belongs to a place of the whole lattice and to a number of the
 * step, so the result does not depend on the ranks, and a resumed run needs the number of steps
 * alone. (2) The sequence of a pair is a palindrome, which makes the order two. (3) A call begins
 * and ends between two pairs, with the state in the field, so that it can be done again. (4) What
 * is a conserved quantity of each bond is one of the lattice.
 *
 * When a species vanishes within a call, the call is done again pair by pair, with the same random
 * bits, and with a count after each: the event counts for the middle of its pair of steps, so that
 * times of extinction are known to tau and their means to second order in it. */
#include "fast.h"
#include "../items.h"
#include "../method.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS_A_CALL = 64 };

/* ---- set-up ---- */

/* A line is cut into words of 64 even and 64 odd sites; classes of even and odd bonds close around
 * an even number of sites only. */
static weft_status check(const weft_sim *sim)
{
    const weft_grid *g = sim->grid;
    const weft_section *grid = weft_params_section(sim->params, "grid");
    if (g->n[2] % 128)
        return weft_param_fail(grid, "n",
                               "%lld sites along x; the fast method needs a multiple of 128",
                               (long long)g->n[2]);
    for (int a = 3 - g->dim; a < 2; a++)
        if (g->n[a] % 2)
            return weft_param_fail(grid, "n",
                                   "%lld sites along an axis; the fast method needs an "
                                   "even number",
                                   (long long)g->n[a]);
    if (g->dim == 1 && g->n[2] % (128 * (int64_t)g->size))
        return weft_param_fail(grid, "n",
                               "%lld sites on %d ranks; the fast method needs a multiple of 128 "
                               "on each rank in one dimension",
                               (long long)g->n[2], g->size);
    return WEFT_OK;
}

/* One dimension: an array of words, cut like a lattice of words, with one word of halo. */
static weft_status make_chain(const weft_grid *g, rl_fast *f)
{
    const int64_t n = g->n[2] / 128;
    WEFT_TRY(weft_grid_create(g->comm, 1, &n, (double[]){(double)n},
                              (weft_boundary[]){WEFT_PERIODIC}, WEFT_SLAB, &f->grid));
    weft_extent e = weft_grid_extent(f->grid, 1);
    f->words = f->grid->local[2];
    WEFT_ASSERT(128 * f->words == g->local[2]);
    f->half = e.size;
    f->units = f->unit_lines = 1;
    f->shifted = weft_alloc((size_t)(f->planes * (f->words + 1)), sizeof(uint64_t));
    f->bits = weft_alloc((size_t)(2 * f->planes * e.size), sizeof(uint64_t));
    f->first = f->bits + e.origin;
    return weft_halo_create(f->grid, 1, 1, sizeof(uint64_t), 2 * f->planes, NULL, &f->halo);
}

/* Two and three dimensions: an array of units, each with all its lines, with one unit of halo. */
static weft_status make_lines(const weft_grid *g, rl_fast *f)
{
    f->words = f->half = g->n[2] / 128;
    f->line = 2 * f->planes * f->words;
    f->unit_lines = g->dim == 3 ? g->n[1] : 1;
    f->units = g->dim == 3 ? g->local[0] : g->local[1];
    f->shifted = weft_alloc((size_t)(f->planes * f->words), sizeof(uint64_t));
    int64_t n[2] = {g->dim == 3 ? g->n[0] : g->n[1], f->unit_lines * f->line};
    WEFT_TRY(weft_grid_create(g->comm, 2, n, (double[]){(double)n[0], (double)n[1]},
                              (weft_boundary[]){WEFT_PERIODIC, WEFT_PERIODIC}, WEFT_SLAB,
                              &f->grid));
    weft_extent e = weft_grid_extent(f->grid, 1);
    WEFT_TRY(weft_memory_claim(g->comm, (double)e.size * (double)sizeof(uint64_t)));
    f->stride = e.stride[1];
    f->bits = weft_alloc((size_t)e.size, sizeof(uint64_t));
    f->first = f->bits + e.origin;
    return weft_halo_create(f->grid, 1, 1, sizeof(uint64_t), 1, NULL, &f->halo);
}

/* The slowest reaction beside what the 32 bits of a step can express: the probability of a move is
 * rounded to 2^-32, at most one of them off, so that a rate r is wrong by up to 2^-32/(r t) of
 * itself in steps of t. Returns that for the worst reaction of all. */
static double coarseness(const rl_lattice *l, int dim, double tau, const rl_channel **slowest)
{
    double worst = 0;
    for (int i = 0; i < l->channels.n; i++) {
        const rl_channel *k = &l->channels.item[i];
        const double chance = k->pair ? k->rate / (2 * dim) * tau : k->rate * 2 * tau;
        if (!(k->rate > 0) || !(0x1p-32 / chance > worst))
            continue;
        worst = 0x1p-32 / chance;
        *slowest = k;
    }
    return worst;
}

/* Beyond a per cent in the longest step a reaction is refused; in the shorter steps between records
 * that lie close together it is warned of. */
static const double coarsest = 0.01;

static weft_status check_bits(const weft_sim *sim)
{
    const rl_lattice *l = sim->data;
    const rl_channel *slow = NULL;
    const double wrong = coarseness(l, sim->grid->dim, l->cfg.tau, &slow);
    if (wrong <= coarsest)
        return WEFT_OK;
    if (slow->reaction < 0)
        return weft_param_fail(sim->own, "hopping",
                               "in steps of %.3g the 32 bits of a step make the rate %.3g of a hop "
                               "or an exchange up to %.3g per cent wrong; rates must be above %.3g "
                               "here, or 0",
                               l->cfg.tau, slow->rate, 100 * fmin(wrong, 1),
                               slow->rate * wrong / coarsest);
    const reaction_rule *r = &l->cfg.net.reaction[slow->reaction];
    return weft_node_fail(r->text, 1,
                          "'%s': its rate is %.3g, and in steps of %.3g the 32 bits of a step make "
                          "it up to %.3g per cent wrong; rates must be above %.3g here: slow the "
                          "fast ones down, or use the method exact",
                          weft_node_text(r->text), r->rate, l->cfg.tau, 100 * fmin(wrong, 1),
                          r->rate * wrong / coarsest);
}

static void warn_of_bits(const weft_sim *sim, double tau, rl_fast *f)
{
    const rl_lattice *l = sim->data;
    const rl_channel *slow = NULL;
    const double wrong = coarseness(l, sim->grid->dim, tau, &slow);
    if (f->warned || wrong <= coarsest || sim->noise.replica > 0)
        return;
    f->warned = true;
    weft_warn("time %.6g: in steps as short as %.3g, between these records, the 32 bits of a step "
              "make '%s' up to %.3g per cent wrong; observe less often, or use the method exact",
              sim->time, tau,
              slow->reaction < 0 ? "a hop"
                                 : weft_node_text(l->cfg.net.reaction[slow->reaction].text),
              100 * fmin(wrong, 1));
}

/* Events are counted only where an observable wants them, since counting takes time. */
static weft_status make(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    rl_fast *f = l->method_data = weft_alloc(1, sizeof *f);
    rl_part *parts[3] = {&f->bond, &f->bond_twice, &f->site};
    for (int k = 0; k < 3 && weft_wants(sim->params, "event*"); k++) {
        parts[k]->tally = weft_alloc(1, sizeof *parts[k]->tally);
        parts[k]->expected = weft_alloc(RL_ENTRIES * RL_MAX_EVENTS, sizeof(double));
    }
    WEFT_TRY(check(sim));
    WEFT_TRY(check_bits(sim));
    while (1 << f->planes < l->channels.states)
        f->planes++;
    return g->dim == 1 ? make_chain(g, f) : make_lines(g, f);
}

static void destroy(void *data)
{
    rl_fast *f = data;
    if (!f)
        return;
    weft_halo_free(f->halo);
    weft_grid_free(f->grid);
    weft_free(f->bits);
    weft_free(f->shifted);
    rl_part *parts[3] = {&f->bond, &f->bond_twice, &f->site};
    for (int k = 0; k < 3; k++) {
        weft_free(parts[k]->tally);
        weft_free(parts[k]->expected);
    }
    weft_free(f);
}

/* The program of a bond or site for a length of time, and the events behind its jumps. */
static bool make_part(const weft_sim *sim, bool bond, double tau, rl_part *p)
{
    const rl_lattice *l = sim->data;
    int dim = sim->grid->dim;
    bool fits = bond ? rl_program_bond(&l->channels, dim, tau, &p->program)
                     : rl_program_site(&l->channels, tau, &p->program);
    if (fits && p->tally)
        rl_program_events(&l->channels, dim, bond, tau, &p->program, p->expected);
    return fits;
}

/* Programs are made anew when the step changes, that is where the times of records do not fit. The
 * bond of the class X0 is needed for tau and for 2 tau. */
static weft_status make_parts(const weft_sim *sim, double tau, rl_fast *f)
{
    if (tau == f->tau)
        return WEFT_OK;
    warn_of_bits(sim, tau, f);
    if (!make_part(sim, true, tau, &f->bond) || !make_part(sim, true, 2 * tau, &f->bond_twice) ||
        !make_part(sim, false, 2 * tau, &f->site))
        return weft_fail(WEFT_FAILED, "the network has too many reactions for the fast method");
    f->tau = tau;
    return WEFT_OK;
}

/* From the jumps of all ranks to expected numbers of events: whole numbers on the first rank, the
 * rest is kept for the next call, so that no part of an event is lost and sums over ranks are
 * right. */
static void count_events(weft_sim *sim, rl_fast *f)
{
    rl_lattice *l = sim->data;
    rl_part *parts[3] = {&f->bond, &f->bond_twice, &f->site};
    for (int k = 0; k < 3 && f->bond.tally; k++) {
        weft_counts_sum(sim->grid->comm, parts[k]->tally->entry, RL_ENTRIES);
        for (int i = 0; i < RL_ENTRIES; i++)
            for (int e = 0; e < RL_MAX_EVENTS && parts[k]->tally->entry[i]; e++)
                f->event_rest[e] +=
                    (double)parts[k]->tally->entry[i] * parts[k]->expected[i * RL_MAX_EVENTS + e];
        memset(parts[k]->tally, 0, sizeof *parts[k]->tally);
    }
    for (int e = 0; e < RL_MAX_EVENTS; e++) {
        double whole = floor(f->event_rest[e]);
        f->event_rest[e] -= whole;
        l->event[e] += sim->grid->rank == 0 ? (int64_t)whole : 0;
    }
}

/* A length that does not depend on how the times between outputs are rounded. */
static double rounded(double tau)
{
    int exponent;
    double fraction = frexp(tau, &exponent);
    return ldexp(floor(fraction * 0x1p36 + 0.5), exponent - 36);
}

/* ---- steps ---- */

/* A pair of steps but for the first and the last class, half of which belongs to the pairs before
 * and after. */
static void run_pair(weft_sim *sim, rl_fast *f)
{
    const int last = 2 * sim->grid->dim;
    for (int c = RL_X_ODD; c <= last; c++)
        rl_fast_update(sim, f, &f->bond, c);
    rl_fast_update(sim, f, &f->site, RL_SITES);
    f->steps++;
    for (int c = last; c > RL_X_EVEN; c--)
        rl_fast_update(sim, f, &f->bond, c);
}

/* pairs pairs of steps; the first and the last class are half as long. */
static void run(weft_sim *sim, rl_fast *f, int64_t pairs)
{
    rl_fast_update(sim, f, &f->bond, RL_X_EVEN);
    for (int64_t k = 0; k < pairs; k++) {
        run_pair(sim, f);
        rl_fast_update(sim, f, k + 1 < pairs ? &f->bond_twice : &f->bond, RL_X_EVEN);
        f->steps++;
    }
}

/* Did anything end in this call, as far as the numbers after it can tell? A species that cannot
 * come back and was missing before is no news. */
static bool ended(const rl_lattice *l, const int64_t *count)
{
    for (int s = 1; s <= l->cfg.net.n_species; s++)
        if (count[s] == 0 && (l->endings.missing[s] < 0 || rl_can_return(l, s)))
            return true;
    return l->endings.absorbed < 0 && rl_is_absorbing(l, count);
}

/* The call again from the state in the field, pair by pair, up to the pair of the last possible
 * reaction. */
static void run_watched(weft_sim *sim, rl_fast *f, int64_t pairs, double tau)
{
    rl_lattice *l = sim->data;
    const bool absorbed = l->endings.absorbed >= 0;
    int64_t count[RL_STATES];
    rl_part *parts[3] = {&f->bond, &f->bond_twice, &f->site};
    for (int k = 0; k < 3 && f->bond.tally; k++)
        memset(parts[k]->tally, 0, sizeof *parts[k]->tally);
    f->steps -= 2 * (uint64_t)pairs;
    rl_fast_convert(sim, f, true);
    rl_fast_update(sim, f, &f->bond, RL_X_EVEN);
    for (int64_t k = 0; k < pairs; k++) {
        run_pair(sim, f);
        rl_fast_count(sim, f, count);
        rl_endings_seen(l, count, sim->time + (double)(2 * k + 1) * tau);
        const bool last = k + 1 == pairs || (!absorbed && l->endings.absorbed >= 0);
        rl_fast_update(sim, f, last ? &f->bond : &f->bond_twice, RL_X_EVEN);
        f->steps++;
        if (last) { /* the last bonds can be the end of a species, too */
            rl_fast_count(sim, f, count);
            rl_endings_seen(l, count, sim->time + (double)(2 * k + 1) * tau);
            return;
        }
    }
}

/* The steps are equal and fit the time that is asked for; the programs are made for a length
 * rounded to 36 bits, so that the noise of a sum of times does not make them anew each time. */
static weft_status sweep(weft_sim *sim, double *dt)
{
    rl_lattice *l = sim->data;
    rl_fast *f = l->method_data;
    int64_t count[RL_STATES];
    /* an even number of equal steps up to the next output */
    int64_t steps = 2 * (int64_t)ceil(*dt / (2 * l->cfg.tau) * (1 - 1e-12));
    double tau = *dt / (double)steps;
    WEFT_TRY(make_parts(sim, rounded(tau), f));
    if (steps > STEPS_A_CALL) {
        steps = STEPS_A_CALL;
        *dt = (double)steps * tau;
    }
    rl_fast_convert(sim, f, true);
    run(sim, f, steps / 2);
    rl_fast_count(sim, f, count);
    const bool absorbed = l->endings.absorbed >= 0;
    if (ended(l, count))
        run_watched(sim, f, steps / 2, tau);
    else
        rl_endings_seen(l, count, sim->time);
    if (!absorbed && l->endings.absorbed >= 0)
        *dt = l->endings.absorbed - sim->time;
    rl_fast_convert(sim, f, false);
    count_events(sim, f);
    return WEFT_OK;
}

/* Noise is keyed by the number of the step. A run that goes on from the state of another one must
 * not have its noise again: it begins at another number. */
static void begin(weft_sim *sim)
{
    const rl_lattice *l = sim->data;
    rl_fast *f = l->method_data;
    if (!l->loaded)
        f->steps = rl_first_step(sim->time);
}

/* ---- checkpoints, and what is said of the method ---- */

static uint64_t *progress(void *data)
{
    return &((rl_fast *)data)->steps;
}

/* Parts of events that were not whole yet go on after a resume. */
static weft_status save(weft_sim *sim, struct weft_file *file)
{
    const rl_lattice *l = sim->data;
    const rl_fast *f = l->method_data;
    return weft_file_put(file, "event_rest", f->event_rest, sizeof f->event_rest);
}

static weft_status load(weft_sim *sim, struct weft_file *file)
{
    const rl_lattice *l = sim->data;
    rl_fast *f = l->method_data;
    return weft_file_get(file, "event_rest", f->event_rest, sizeof f->event_rest);
}

/* The bias of the splitting is computed for these rates and this step. */
static void attributes(weft_sim *sim, weft_attribute *add, void *context)
{
    const rl_lattice *l = sim->data;
    rl_items list = {.used = 0};
    double time, off[WEFT_MAX_SPECIES];
    char text[256];
    snprintf(text, sizeof text, "at most %.6g", l->cfg.tau);
    add(context, "tau", text);
    int sites = rl_splitting_bias(&l->channels, l->cfg.tau, &time, off);
    for (int s = 0; s < l->cfg.net.n_species; s++)
        rl_items_add(&list,
                     "density of %s %+.1e at time %.3g on a ring of %d sites (tau = %.3g, falls as "
                     "tau^2)",
                     l->cfg.net.species[s], off[s], time, sites, l->cfg.tau);
    add(context, "bias_of_the_splitting", list.text);
}

const rl_method rl_fast_method = {
    .layout = WEFT_SLAB,
    .make = make,
    .free = destroy,
    .begin = begin,
    .sweep = sweep,
    .progress = progress,
    .save = save,
    .load = load,
    .attributes = attributes,
};
