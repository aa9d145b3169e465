/* Monte Carlo steps on sublattices, on any number of ranks with the same bits (the method of Y.
 * Shim, J. G. Amar, Phys. Rev. B 71, 125432 (2005), with blocks that do not depend on the ranks).
 * The lattice is cut into blocks of fixed size, whatever the ranks, coloured so that blocks of one
 * colour lie a block apart; a pick reaches two sites beyond its block, so blocks of one colour do
 * not touch each other. A step is made in rounds; in a round the colours take turns in random
 * order, and each block makes a Poisson number of picks whose mean is its share, by weight at that
 * time, of the picks of the round. So every particle is picked as often as by the serial step, in
 * an order that is random within a block but not between blocks: an approximation, whose error
 * falls with the number of rounds.
 *
 * A rank works on all blocks that can touch its sites, those of other ranks among them, after an
 * exchange of the halo before each colour.
 *
 * Invariants. (1) The width of the halo is that of a block and twice the reach: a block that
 * touches an owned site lies, with all that it reads, within it. (2) Two ranks that work on the
 * same block start from the same sites and draw the same random numbers, addressed by the number of
 * the block and the turn, and come to the same result; each keeps what it owns, and counts events
 * at its own sites. (3) The order of the colours is drawn from the number of the round, alike on
 * all ranks. */
#include "mcs.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

/* Rounds of a step: the more, the nearer to the serial step. Reach: sites beyond its block that a
 * pick may read or write, one by a hop and one more by a reaction after it. */
enum { ROUNDS = 8, REACH = 2 };

/* Blocks are numbered over the whole lattice; first and last may run over its ends. */
struct rl_blocks {
    rl_states states;
    weft_halo *halo;
    int64_t start[3], side[3], blocks[3]; /* of the block of this rank; of blocks; of the lattice */
    int64_t first[3], last[3];            /* blocks that can touch owned sites */
    int colours;
};

/* Rounded down also below zero. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* a modulo n, from 0 to n - 1. */
static int64_t wrapped(int64_t a, int64_t n)
{
    return (a % n + n) % n;
}

/* The number of the block of each cell, halo included: a pick may look beyond its block, but the
 * lists of particles hold those of the block alone. Numbers are those of a box of blocks around the
 * rank, so that they are distinct. */
static void number_areas(rl_blocks *x)
{
    rl_states *s = &x->states;
    const weft_extent *e = &s->extent;
    int64_t edge[3], number = 0;
    s->area = weft_alloc((size_t)e->size, sizeof *s->area);
    for (int a = 0; a < 3; a++)
        edge[a] = s->n[a] > 1 ? e->ghost : 0;
    for (int64_t z = -edge[0]; z < s->local[0] + edge[0]; z++)
        for (int64_t y = -edge[1]; y < s->local[1] + edge[1]; y++)
            for (int64_t c = -edge[2]; c < s->local[2] + edge[2]; c++) {
                const int64_t at[3] = {z, y, c};
                number = 0;
                for (int a = 0; a < 3; a++)
                    number = number * (x->last[a] - x->first[a] + 5) +
                             floor_div(x->start[a] + at[a], x->side[a]) - x->first[a] + 2;
                s->area[weft_extent_row(e, z, y) + c] = (int32_t)number;
            }
}

/* Two colours an axis need an even number of blocks along it. Every rank must own as many sites as
 * the halo is wide. Collective. */
weft_status rl_blocks_make(weft_sim *sim, rl_blocks **out)
{
    static const int64_t sides[3] = {64, 8, 8};
    const weft_grid *g = sim->grid;
    const int64_t side = sides[g->dim - 1], ghost = side + 2 * REACH;
    rl_blocks *x = *out = weft_alloc(1, sizeof *x);
    int64_t room = 1;
    x->colours = 1 << g->dim;
    for (int a = 0; a < 3; a++) {
        bool used = a >= 3 - g->dim;
        x->side[a] = used ? side : 1;
        x->blocks[a] = g->n[a] / x->side[a];
        x->start[a] = g->start[a];
        room *= x->side[a];
        if (used && g->n[a] % (2 * side))
            return weft_param_fail(sim->own, "update",
                                   "sublattices need a multiple of %lld sites along each axis, and "
                                   "grid.n has %lld",
                                   (long long)(2 * side), (long long)g->n[a]);
        x->first[a] = used ? floor_div(g->start[a] - REACH, side) : 0;
        x->last[a] = used ? floor_div(g->start[a] + g->local[a] + REACH - 1, side) : 0;
    }
    for (int rank = 0; rank < g->size; rank++) {
        int64_t start[3], local[3];
        weft_grid_block(g, rank, start, local);
        for (int a = 3 - g->dim; a < 3; a++)
            if (local[a] < ghost && local[a] < g->n[a])
                return weft_param_fail(sim->own, "update",
                                       "sublattices need %lld sites along each axis on every rank, "
                                       "and some of the %d ranks have %lld: use fewer",
                                       (long long)ghost, g->size, (long long)local[a]);
    }
    rl_states_make(sim, (int)ghost, room, &x->states);
    number_areas(x);
    return weft_halo_create(g, (int)ghost, (int)ghost, 1, 1, NULL, &x->halo);
}

void rl_blocks_free(rl_blocks *x)
{
    if (!x)
        return;
    rl_states_free(&x->states);
    weft_halo_free(x->halo);
    weft_free(x);
}

/* ---- a step ---- */

/* picks: of the whole lattice, for each unit of weight. */
static void work_on_block(rl_blocks *x, const weft_noise *noise, const int64_t at[3], uint64_t turn,
                          double picks)
{
    rl_states *s = &x->states;
    int64_t from[3], to[3], number = 0;
    for (int a = 0; a < 3; a++) {
        from[a] = at[a] * x->side[a] - x->start[a];
        to[a] = from[a] + x->side[a];
        number = number * x->blocks[a] + wrapped(at[a], x->blocks[a]);
    }
    rl_states_enter(s, from, to);
    /* The share of this block in the picks of the round. */
    double mean = picks * rl_states_weight(s);
    if (!(mean > 0))
        return;
    weft_draws_begin(&s->draws, noise, WEFT_DRAWS_PICKS, turn, (uint64_t)number);
    for (;;) { /* exponential times between picks */
        mean -= weft_draws_exponential(&s->draws);
        if (mean < 0)
            return;
        rl_states_pick(s);
    }
}

/* All blocks of a colour that this rank needs. Collective: the exchange. */
static void work_on_colour(rl_blocks *x, const weft_noise *noise, int colour, uint64_t turn,
                           double picks)
{
    int64_t at[3];
    weft_halo_exchange(x->halo, x->states.cell);
    for (at[0] = x->first[0]; at[0] <= x->last[0]; at[0]++)
        for (at[1] = x->first[1]; at[1] <= x->last[1]; at[1]++)
            for (at[2] = x->first[2]; at[2] <= x->last[2]; at[2]++)
                if (((at[0] & 1) << 2 | (at[1] & 1) << 1 | (at[2] & 1)) == colour)
                    work_on_block(x, noise, at, turn, picks);
}

/* Particles of each species, over all ranks; returns their sum. */
static int64_t particles(const weft_sim *sim, const rl_states *s, int64_t *many)
{
    int64_t count[RL_STATES] = {0}, sum = 0;
    WEFT_FOR_ROWS(s, z, y) {
        const uint8_t *row = s->cell + weft_extent_row(&s->extent, z, y);
        for (int64_t i = 0; i < s->local[2]; i++)
            count[row[i]]++;
    }
    weft_counts_sum(sim->grid->comm, count, RL_STATES);
    memcpy(many, count + 1, WEFT_MAX_SPECIES * sizeof *many);
    for (int k = 0; k < WEFT_MAX_SPECIES; k++)
        sum += many[k];
    return sum;
}

/* A random order (Fisher and Yates). */
static void shuffle(int *order, int n, const weft_noise *noise, uint64_t turn)
{
    weft_draws draws;
    weft_draws_begin(&draws, noise, WEFT_DRAWS_ORDER, turn, 0);
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = (int)weft_draws_below(&draws, i + 1), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
}

/* The picks of a step are as many as particles at its start; they are shared out over the rounds by
 * the weights at each round. */
void rl_blocks_step(weft_sim *sim, rl_blocks *x, uint64_t steps)
{
    int64_t many[WEFT_MAX_SPECIES], all = 0;
    int order[8];
    rl_states_read(sim, &x->states);
    for (int r = 0; r < ROUNDS; r++) {
        uint64_t round = steps * ROUNDS + (uint64_t)r;
        int64_t now = particles(sim, &x->states, many);
        all = r == 0 ? now : all;
        double weight = rl_states_weight_of(&x->states, many);
        if (!(weight > 0))
            break;
        shuffle(order, x->colours, &sim->noise, round);
        for (int c = 0; c < x->colours; c++)
            work_on_colour(x, &sim->noise, order[c], round * 8 + (uint64_t)c,
                           (double)all / ROUNDS / weight);
    }
    rl_states_write(sim, &x->states);
}
