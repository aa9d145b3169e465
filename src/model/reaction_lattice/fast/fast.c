/* Fast dynamics by operator splitting: the bonds in classes that do not touch each other (even and
 * odd ones along each axis), then all sites on their own, then the classes backwards, each with its
 * exact evolution, so that the error is of second order. A pair of steps of tau is
 * X0 X1 Y0 ... S(2 tau) ... Y0 X1 X0, and X0 X0 between two pairs is one X0(2 tau). Sites are bits:
 * the numbers of their states lie in one to four bit planes, and 512 bonds are updated at once,
 * with one uniform number a bond: its first bits for all, the others for the few bonds (about one
 * in 512) whose comparisons are still open then.
 *
 * A line (sites along x) is kept as its even and its odd sites, so that a bond lies between the
 * same bits of two words. Lines are cut among the ranks along the slowest axis; in one dimension
 * the one line is cut, and its parts have a word of their neighbours at either end. Every random
 * bit belongs to a place of the whole lattice, so the result does not depend on the ranks.
 *
 * When a species vanishes within a call, the call is done again pair by pair, with the same random
 * bits, and with a count after each: the event counts for the middle of its pair of steps, so that
 * times of extinction are known to tau and their means to second order in it. */
#include "../lattice.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { STEPS_A_CALL = 64 };

typedef struct part {
    rl_program program;
    rl_tally *tally;  /* NULL: events are not counted */
    double *expected; /* events, see rl_program_events */
} part;

struct rl_fast {
    int planes;
    int64_t words;          /* of half a line in one plane, on this rank */
    int64_t half;           /* from the even to the odd half of a line */
    int64_t line;           /* words of a line: [plane][half][words] */
    int64_t unit_lines;     /* lines of one step along the axis that is cut */
    int64_t units;          /* steps along that axis on this rank */
    int64_t stride;         /* words from one unit to the next */
    uint64_t *bits, *first; /* all, ghosts included; the first owned unit */
    uint64_t *shifted;      /* half a line, one site on */
    weft_grid *grid;        /* of words */
    weft_halo *halo;
    double tau;                  /* of the programs */
    part bond, bond_twice, site; /* over tau, 2 tau, 2 tau */
    uint64_t steps;
};

/* ---- classes of bonds ---- */

/* One site on, around the line: out[k] holds the bits of in[k+1]. */
static void shift_down(const uint64_t *in, int64_t n, uint64_t *out)
{
    for (int64_t w = 0; w < n; w++)
        out[w] = in[w] >> 1 | in[w + 1 < n ? w + 1 : 0] << 63;
}

static void shift_up(const uint64_t *in, int64_t n, uint64_t *out)
{
    for (int64_t w = 0; w < n; w++)
        out[w] = in[w] << 1 | in[w > 0 ? w - 1 : n - 1] >> 63;
}

static void bonds_along_line(const rl_fast *f, const part *p, rl_draw d, bool odd, uint64_t *line)
{
    int64_t n = f->words;
    if (!odd) {
        rl_sliced_update(&p->program, f->planes, d, n, line, 2 * n, line + n, 2 * n, p->tally);
        return;
    }
    for (int k = 0; k < f->planes; k++)
        shift_down(line + 2 * n * k, n, f->shifted + n * k);
    rl_sliced_update(&p->program, f->planes, d, n, line + n, 2 * n, f->shifted, n, p->tally);
    for (int k = 0; k < f->planes; k++)
        shift_up(f->shifted + n * k, n, line + 2 * n * k);
}

enum { SITES, X_EVEN, X_ODD, Y_EVEN, Y_ODD, Z_EVEN, Z_ODD };

static rl_draw draw_of(const weft_sim *sim, const rl_fast *f, int class, int64_t line)
{
    return (rl_draw){&sim->noise, WEFT_STREAM_MODEL + 1 + (uint32_t) class, f->steps,
                     (uint64_t)line * rl_sliced_blocks(2 * f->words), 0};
}

/* The bonds from odd to even sites of a line that is cut. That which begins in the last word of the
 * rank before is updated here too, alike, for the sake of the first even site. */
static void odd_bonds_of_chain(rl_fast *f, const part *p, rl_draw d)
{
    const int64_t n = f->words, half = f->half, start = f->grid->start[2], all = f->grid->n[2];
    uint64_t *even = f->first, *odd = f->first + half, *shifted = f->shifted + 1;
    weft_halo_exchange(f->halo, f->bits);
    for (int k = 0; k < f->planes; k++)
        for (int64_t w = -1; w < n; w++)
            shifted[k * (n + 1) + w] = even[2 * half * k + w] >> 1 | even[2 * half * k + w + 1]
                                                                         << 63;
    rl_sliced_update(&p->program, f->planes, rl_draw_from(d, (start + all - 1) % all), 1, odd - 1,
                     2 * half, shifted - 1, n + 1, NULL);
    rl_sliced_update(&p->program, f->planes, rl_draw_from(d, start), n, odd, 2 * half, shifted,
                     n + 1, p->tally);
    for (int k = 0; k < f->planes; k++)
        for (int64_t w = 0; w < n; w++)
            even[2 * half * k + w] =
                shifted[k * (n + 1) + w] << 1 | shifted[k * (n + 1) + w - 1] >> 63;
}

/* One dimension. */
static void update_chain(weft_sim *sim, rl_fast *f, const part *p, int class)
{
    const int64_t n = f->words, half = f->half, start = f->grid->start[2];
    uint64_t *even = f->first, *odd = f->first + half;
    rl_draw d = draw_of(sim, f, class, 0), here = rl_draw_from(d, start);
    if (class == X_ODD) {
        odd_bonds_of_chain(f, p, d);
    } else if (class == X_EVEN) {
        rl_sliced_update(&p->program, f->planes, here, n, even, 2 * half, odd, 2 * half, p->tally);
    } else {
        rl_sliced_update(&p->program, f->planes, here, n, even, 2 * half, NULL, 0, p->tally);
        rl_sliced_update(&p->program, f->planes, rl_draw_from(d, f->grid->n[2] + start), n, odd,
                         2 * half, NULL, 0, p->tally);
    }
}

/* Sites, and bonds along x. */
static void update_lines(weft_sim *sim, rl_fast *f, const part *p, int class)
{
    int64_t start = f->grid->start[1];
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t l = 0; l < f->unit_lines; l++) {
            uint64_t *line = f->first + u * f->stride + l * f->line;
            rl_draw d = draw_of(sim, f, class, (start + u) * f->unit_lines + l);
            if (class == SITES)
                rl_sliced_update(&p->program, f->planes, d, 2 * f->words, line, 2 * f->words, NULL,
                                 0, p->tally);
            else
                bonds_along_line(f, p, d, class == X_ODD, line);
        }
}

/* Bonds between the lines of a unit (y in three dimensions). */
static void update_inside(weft_sim *sim, rl_fast *f, const part *p, int class)
{
    int64_t n = 2 * f->words;
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t l = class == Y_ODD; l < f->unit_lines; l += 2) {
            uint64_t *unit = f->first + u * f->stride;
            rl_draw d = draw_of(sim, f, class, (f->grid->start[1] + u) * f->unit_lines + l);
            rl_sliced_update(&p->program, f->planes, d, n, unit + l * f->line, n,
                             unit + (l + 1) % f->unit_lines * f->line, n, p->tally);
        }
}

/* Bonds along the axis that is cut: those across a cut are updated on both sides, alike, and
 * counted on the lower one. */
static void update_across(weft_sim *sim, rl_fast *f, const part *p, int class)
{
    const bool odd = class == Y_ODD || class == Z_ODD;
    int64_t n = 2 * f->words, start = f->grid->start[1], all = f->grid->n[1];
    weft_halo_exchange(f->halo, f->bits);
    for (int64_t u = -1; u < f->units; u++) {
        int64_t global = (start + u + all) % all;
        if ((global & 1) != odd)
            continue;
        for (int64_t l = 0; l < f->unit_lines; l++) {
            uint64_t *line = f->first + u * f->stride + l * f->line;
            rl_draw d = draw_of(sim, f, class, global * f->unit_lines + l);
            rl_sliced_update(&p->program, f->planes, d, n, line, n, line + f->stride, n,
                             u < 0 ? NULL : p->tally);
        }
    }
}

static void update_class(weft_sim *sim, rl_fast *f, const part *p, int class)
{
    if (p->program.n_jumps == 0)
        return;
    if (sim->grid->dim == 1)
        update_chain(sim, f, p, class);
    else if (class <= X_ODD)
        update_lines(sim, f, p, class);
    else if (class <= Y_ODD && sim->grid->dim == 3)
        update_inside(sim, f, p, class);
    else
        update_across(sim, f, p, class);
}

/* A pair of steps but for the first and the last class, half of which belongs to the pairs before
 * and after. */
static void run_pair(weft_sim *sim, rl_fast *f)
{
    const int last = 2 * sim->grid->dim;
    for (int c = X_ODD; c <= last; c++)
        update_class(sim, f, &f->bond, c);
    update_class(sim, f, &f->site, SITES);
    f->steps++;
    for (int c = last; c > X_EVEN; c--)
        update_class(sim, f, &f->bond, c);
}

static void run(weft_sim *sim, rl_fast *f, int64_t pairs)
{
    update_class(sim, f, &f->bond, X_EVEN);
    for (int64_t k = 0; k < pairs; k++) {
        run_pair(sim, f);
        update_class(sim, f, k + 1 < pairs ? &f->bond_twice : &f->bond, X_EVEN);
        f->steps++;
    }
}

/* ---- bytes and bits ---- */

/* Four bytes two apart (the first one lowest) and four bits, by products in which no two terms
 * meet. */
static const uint64_t one_in_two = UINT64_C(0x0001000100010001);

static inline uint64_t bits_of(uint64_t bytes)
{
    return (bytes & one_in_two) * UINT64_C(0x0001000200040008) >> 48 & 15;
}

static inline uint64_t bytes_of(uint64_t bits)
{
    return (bits & 15) * UINT64_C(0x0000200040008001) & one_in_two;
}

static void pack_line(const rl_fast *f, const uint8_t *row, uint64_t *line)
{
    for (int64_t w = 0; w < f->words; w++, row += 128)
        for (int p = 0; p < f->planes; p++) {
            uint64_t even = 0, odd = 0, bytes;
            for (int i = 0; i < 16; i++) {
                memcpy(&bytes, row + 8 * i, sizeof bytes);
                even |= bits_of(bytes >> p) << 4 * i;
                odd |= bits_of(bytes >> (8 + p)) << 4 * i;
            }
            line[2 * p * f->half + w] = even;
            line[(2 * p + 1) * f->half + w] = odd;
        }
}

static void unpack_line(const rl_fast *f, const uint64_t *line, uint8_t *row)
{
    for (int64_t w = 0; w < f->words; w++)
        for (int i = 0; i < 16; i++, row += 8) {
            uint64_t bytes = 0;
            for (int p = 0; p < f->planes; p++) {
                const uint64_t *word = line + 2 * p * f->half + w;
                bytes |= bytes_of(word[0] >> 4 * i) << p;
                bytes |= bytes_of(word[f->half] >> 4 * i) << (8 + p);
            }
            memcpy(row, &bytes, sizeof bytes);
        }
}

static void convert(weft_sim *sim, rl_fast *f, bool to_bits)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    uint8_t *field = weft_field_bytes(l->field, 0) + l->field->extent.origin;
    const int64_t *s = l->field->extent.stride;
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t k = 0; k < f->unit_lines; k++) {
            uint8_t *row = field + (g->dim == 3 ? u * s[0] + k * s[1] : u * s[1]);
            uint64_t *line = f->first + u * f->stride + k * f->line;
            if (to_bits)
                pack_line(f, row, line);
            else
                unpack_line(f, line, row);
        }
}

/* ---- set-up ---- */

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

weft_status rl_fast_make(weft_sim *sim, bool events, rl_fast **out)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    rl_fast *f = *out = weft_alloc(1, sizeof *f);
    part *parts[3] = {&f->bond, &f->bond_twice, &f->site};
    for (int k = 0; k < 3 && events; k++) {
        parts[k]->tally = weft_alloc(1, sizeof *parts[k]->tally);
        parts[k]->expected = weft_alloc(RL_ENTRIES * RL_MAX_EVENTS, sizeof(double));
    }
    WEFT_TRY(check(sim));
    while (1 << f->planes < l->channels.states)
        f->planes++;
    return g->dim == 1 ? make_chain(g, f) : make_lines(g, f);
}

void rl_fast_free(rl_fast *f)
{
    if (!f)
        return;
    weft_halo_free(f->halo);
    weft_grid_free(f->grid);
    weft_free(f->bits);
    weft_free(f->shifted);
    part *parts[3] = {&f->bond, &f->bond_twice, &f->site};
    for (int k = 0; k < 3; k++) {
        weft_free(parts[k]->tally);
        weft_free(parts[k]->expected);
    }
    weft_free(f);
}

uint64_t *rl_fast_steps(rl_fast *f)
{
    return &f->steps;
}

static bool make_part(const weft_sim *sim, bool bond, double tau, part *p)
{
    const rl_lattice *l = sim->data;
    int dim = sim->grid->dim;
    bool fits = bond ? rl_program_bond(&l->channels, dim, tau, &p->program)
                     : rl_program_site(&l->channels, tau, &p->program);
    if (fits && p->tally)
        rl_program_events(&l->channels, dim, bond, tau, &p->program, p->expected);
    return fits;
}

static weft_status make_parts(const weft_sim *sim, double tau, rl_fast *f)
{
    if (tau == f->tau)
        return WEFT_OK;
    if (!make_part(sim, true, tau, &f->bond) || !make_part(sim, true, 2 * tau, &f->bond_twice) ||
        !make_part(sim, false, 2 * tau, &f->site))
        return weft_fail(WEFT_FAILED, "the network has too many reactions for the fast method");
    f->tau = tau;
    return WEFT_OK;
}

/* From the jumps of all ranks to events: whole numbers on the first rank, the rest is kept. */
static void count_events(weft_sim *sim, rl_fast *f)
{
    rl_lattice *l = sim->data;
    part *parts[3] = {&f->bond, &f->bond_twice, &f->site};
    for (int k = 0; k < 3 && f->bond.tally; k++) {
        weft_counts_sum(sim->grid->comm, parts[k]->tally->entry, RL_ENTRIES);
        for (int i = 0; i < RL_ENTRIES; i++)
            for (int e = 0; e < RL_MAX_EVENTS && parts[k]->tally->entry[i]; e++)
                l->event_rest[e] +=
                    (double)parts[k]->tally->entry[i] * parts[k]->expected[i * RL_MAX_EVENTS + e];
        memset(parts[k]->tally, 0, sizeof *parts[k]->tally);
    }
    for (int e = 0; e < RL_MAX_EVENTS; e++) {
        double whole = floor(l->event_rest[e]);
        l->event_rest[e] -= whole;
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

/* Sites of a line in each state, added up. */
static void count_line(const rl_fast *f, const uint64_t *line, int states, int64_t *count)
{
    for (int64_t half = 0; half < 2; half++)
        for (int64_t w = 0; w < f->words; w++)
            for (int s = 0; s < states; s++) {
                uint64_t match = ~UINT64_C(0);
                for (int p = 0; p < f->planes; p++) {
                    uint64_t bits = line[(2 * p + half) * f->half + w];
                    match &= s >> p & 1 ? bits : ~bits;
                }
                count[s] += __builtin_popcountll(match);
            }
}

/* Particles of each species over all ranks, [0]: empty sites, of the bits. */
static void count_bits(const weft_sim *sim, const rl_fast *f, int64_t *count)
{
    const rl_lattice *l = sim->data;
    memset(count, 0, RL_STATES * sizeof *count);
    for (int64_t u = 0; u < f->units; u++)
        for (int64_t k = 0; k < f->unit_lines; k++)
            count_line(f, f->first + u * f->stride + k * f->line, l->channels.states, count);
    weft_counts_sum(sim->grid->comm, count, RL_STATES);
}

/* Did anything end in this call, as far as the numbers after it can tell? */
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
    part *parts[3] = {&f->bond, &f->bond_twice, &f->site};
    for (int k = 0; k < 3 && f->bond.tally; k++)
        memset(parts[k]->tally, 0, sizeof *parts[k]->tally);
    f->steps -= 2 * (uint64_t)pairs;
    convert(sim, f, true);
    update_class(sim, f, &f->bond, X_EVEN);
    for (int64_t k = 0; k < pairs; k++) {
        run_pair(sim, f);
        count_bits(sim, f, count);
        rl_endings_seen(l, count, sim->time + (double)(2 * k + 1) * tau);
        const bool last = k + 1 == pairs || (!absorbed && l->endings.absorbed >= 0);
        update_class(sim, f, last ? &f->bond : &f->bond_twice, X_EVEN);
        f->steps++;
        if (last) { /* the last bonds can be the end of a species, too */
            count_bits(sim, f, count);
            rl_endings_seen(l, count, sim->time + (double)(2 * k + 1) * tau);
            return;
        }
    }
}

weft_status rl_fast_sweep(weft_sim *sim, double *dt)
{
    rl_lattice *l = sim->data;
    rl_fast *f = l->fast;
    int64_t count[RL_STATES];
    /* an even number of equal steps up to the next output */
    int64_t steps = 2 * (int64_t)ceil(*dt / (2 * l->cfg.tau) * (1 - 1e-12));
    double tau = *dt / (double)steps;
    WEFT_TRY(make_parts(sim, rounded(tau), f));
    if (steps > STEPS_A_CALL) {
        steps = STEPS_A_CALL;
        *dt = (double)steps * tau;
    }
    convert(sim, f, true);
    run(sim, f, steps / 2);
    count_bits(sim, f, count);
    const bool absorbed = l->endings.absorbed >= 0;
    if (ended(l, count))
        run_watched(sim, f, steps / 2, tau);
    else
        rl_endings_seen(l, count, sim->time);
    if (!absorbed && l->endings.absorbed >= 0)
        *dt = l->endings.absorbed - sim->time;
    convert(sim, f, false);
    count_events(sim, f);
    return WEFT_OK;
}
