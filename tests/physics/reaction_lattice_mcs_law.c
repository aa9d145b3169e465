/* Monte Carlo steps against the enumeration of their rules: every outcome of every pick with its
 * probability, for Lotka-Volterra with exchange on four sites. Serial: a ring. Sublattices: the
 * four sites lie across the borders of blocks, between particles of a species that does nothing. */
#include "reaction.h"
#include "weft/memory.h"

enum { SITES = 4, STATES = 81, EMPTY = 0, A = 1, B = 2, WALL = 3, MOST_PICKS = 48, ROUNDS = 8 };
static const double h = 0.4, mu = 0.2, sigma = 0.5,
                    lambda = 0.6; /* hop, A dies, B breeds, A eats B */
static const int power[SITES] = {1, 3, 9, 27};

/* Where the four sites lie. */
typedef struct place {
    const char *n, *update;
    int z;                    /* neighbours of a site */
    int neighbour[SITES][4];  /* -1: a wall */
    int blocks, block[SITES]; /* of different colours */
    int walls;                /* in each block */
    int cell[SITES];          /* in the lattice; likewise the walls */
    int n_walls, wall[8];
    double swap; /* exchange of A and B */
} place;

static const place ring = {.n = "[4]",
                           .update = "serial",
                           .z = 2,
                           .neighbour = {{3, 1}, {0, 2}, {1, 3}, {2, 0}},
                           .blocks = 1,
                           .cell = {0, 1, 2, 3},
                           .swap = 0.3};
/* Two sites in each of two blocks of 64. */
static const place line = {.n = "[128]",
                           .update = "sublattice",
                           .z = 2,
                           .neighbour = {{-1, 1}, {0, 2}, {1, 3}, {2, -1}},
                           .blocks = 2,
                           .block = {0, 0, 1, 1},
                           .walls = 1,
                           .cell = {62, 63, 64, 65},
                           .n_walls = 2,
                           .wall = {61, 66}};
/* A square about the corner of four blocks of 8 x 8. */
static const place corner = {
    .n = "[16, 16]",
    .update = "sublattice",
    .z = 4,
    .neighbour = {{-1, -1, 3, 1}, {-1, -1, 0, 2}, {-1, -1, 1, 3}, {-1, -1, 2, 0}},
    .blocks = 4,
    .block = {0, 1, 3, 2},
    .walls = 2,
    .cell = {7 * 16 + 7, 7 * 16 + 8, 8 * 16 + 8, 8 * 16 + 7},
    .n_walls = 8,
    .wall = {6 * 16 + 7, 6 * 16 + 8, 7 * 16 + 6, 7 * 16 + 9, 8 * 16 + 6, 8 * 16 + 9, 9 * 16 + 7,
             9 * 16 + 8}};

static int get(int state, int site)
{
    return site < 0 ? WALL : state / power[site] % 3;
}

static int put(int state, int site, int value)
{
    return state + (value - get(state, site)) * power[site];
}

/* What stands at i and j changes places. */
static int trade(int state, int i, int j)
{
    int at_i = get(state, i), at_j = get(state, j);
    return put(put(state, i, at_j), j, at_i);
}

static int beside(const place *g, int state, int i, int kind)
{
    int n = 0;
    for (int k = 0; k < g->z; k++)
        n += get(state, g->neighbour[i][k]) == kind;
    return n;
}

/* Particles in a block, walls among them; all: block -1. */
static int particles(const place *g, int state, int block)
{
    int n = block < 0 ? g->n_walls : g->walls;
    for (int i = 0; i < SITES; i++)
        n += (block < 0 || g->block[i] == block) && get(state, i) != EMPTY;
    return n;
}

/* The probability that a hop of what is at i onto j succeeds. */
static double moves(const place *g, int state, int i, int j)
{
    int there = get(state, j);
    return there == EMPTY ? 1 : there != WALL && there != get(state, i) ? g->swap : 0;
}

/* ---- rules: one pick in a block ---- */

/* After the hop: death, then predation on all neighbours in turn; or birth into a free one. */
static void reactions(const place *g, int state, int i, double p, double *out)
{
    if (get(state, i) == A) {
        out[put(state, i, EMPTY)] += p * mu;
        p *= 1 - mu;
        for (int eaten = 0; eaten < 1 << g->z; eaten++) {
            double q = p;
            int then = state;
            for (int k = 0; k < g->z; k++) {
                int j = g->neighbour[i][k];
                bool prey = get(state, j) == B, eats = eaten >> k & 1;
                q *= !prey ? !eats : eats ? lambda : 1 - lambda;
                then = prey && eats ? put(then, j, A) : then;
            }
            out[then] += q;
        }
        return;
    }
    int free = beside(g, state, i, EMPTY);
    out[state] += p * (free ? 1 - sigma : 1);
    for (int k = 0; k < g->z; k++)
        if (get(state, g->neighbour[i][k]) == EMPTY)
            out[put(state, g->neighbour[i][k], B)] += p * sigma / free;
}

static void pick_particles(const place *g, int state, int i, double p, double *out)
{
    reactions(g, state, i, p * (1 - h), out);
    for (int k = 0; k < g->z; k++) {
        int j = g->neighbour[i][k];
        double q = p * h / g->z, goes = moves(g, state, i, j);
        if (goes > 0)
            reactions(g, trade(state, i, j), j, q * goes, out);
        reactions(g, state, i, q * (1 - goes), out);
    }
}

static void pick_neighbour(const place *g, int state, int i, double p, double *out)
{
    for (int k = 0; k < g->z; k++) {
        int j = g->neighbour[i][k], there = get(state, j);
        double q = p / g->z, goes = h * moves(g, state, i, j);
        if (goes > 0)
            out[trade(state, i, j)] += q * goes;
        q *= 1 - goes;
        if (get(state, i) == A) {
            out[put(state, i, EMPTY)] += q * mu;
            q *= 1 - mu;
        }
        double pair = get(state, i) == A ? (there == B ? lambda : 0) : (there == EMPTY ? sigma : 0);
        if (pair > 0)
            out[put(state, j, get(state, i))] += q * pair;
        out[state] += q * (1 - pair);
    }
}

static double rates(const place *g, int kind)
{
    return kind == A ? h + g->swap + mu + lambda : kind == B ? h + g->swap + sigma : 0;
}

static void pick_species(const place *g, int state, int i, double p, double *out)
{
    const int s = get(state, i), wanted = s == A ? B : EMPTY, other = s == A ? B : A;
    const int partners = beside(g, state, i, wanted), others = beside(g, state, i, other);
    const double pair = s == A ? lambda : sigma;
    p /= rates(g, s);
    if (s == A)
        out[put(state, i, EMPTY)] += p * mu;
    out[state] += p * ((partners ? 0 : pair) + (others ? 0 : g->swap));
    for (int k = 0; k < g->z; k++) {
        int j = g->neighbour[i][k], there = get(state, j);
        out[there == EMPTY ? trade(state, i, j) : state] += p * h / g->z;
        if (there == wanted)
            out[put(state, j, s)] += p * pair / partners;
        if (there == other)
            out[trade(state, i, j)] += p * g->swap / others;
    }
}

typedef struct rule {
    const char *name;
    void (*pick)(const place *, int, int, double, double *);
    bool by_rates; /* particles are picked in proportion to the sum of their rates */
} rule;

/* What the picks of a block are made in proportion to. */
static double weight(const place *g, const rule *r, int state, int block)
{
    double sum = 0;
    if (!r->by_rates)
        return particles(g, state, block);
    for (int i = 0; i < SITES; i++)
        sum += block < 0 || g->block[i] == block ? rates(g, get(state, i)) : 0;
    return sum;
}

/* One pick in a block from every state with its probability in. */
static void pick(const place *g, const rule *r, int block, const double *in, double *out)
{
    memset(out, 0, STATES * sizeof *out);
    for (int s = 0; s < STATES; s++) {
        double all = weight(g, r, s, block), rest = 1;
        for (int i = 0; i < SITES && in[s] > 0 && all > 0; i++) {
            if (g->block[i] != block || get(s, i) == EMPTY)
                continue;
            double p = (r->by_rates ? rates(g, get(s, i)) : 1) / all;
            r->pick(g, s, i, in[s] * p, out);
            rest -= p;
        }
        out[s] += in[s] * rest; /* walls */
    }
}

/* ---- serial: as many picks as there are particles at the start of the step ---- */

static void step_serial(const place *g, const rule *r, double *p)
{
    double after[STATES] = {0};
    for (int from = 0; from < STATES; from++) {
        double now[STATES] = {0}, next[STATES];
        now[from] = p[from];
        for (int k = 0; k < particles(g, from, -1); k++) {
            pick(g, r, 0, now, next);
            memcpy(now, next, sizeof now);
        }
        for (int s = 0; s < STATES; s++)
            after[s] += now[s];
    }
    memcpy(p, after, sizeof after);
}

/* ---- sublattices: in each round the blocks in random order, a Poisson number of picks each ----
 */

/* picks_of[block][k][from][to]: k picks in a block. */
static double picks_of[4][MOST_PICKS + 1][STATES][STATES];

static void make_picks(const place *g, const rule *r)
{
    for (int b = 0; b < g->blocks; b++)
        for (int s = 0; s < STATES; s++) {
            memset(picks_of[b][0][s], 0, sizeof picks_of[b][0][s]);
            picks_of[b][0][s][s] = 1;
            for (int k = 0; k < MOST_PICKS; k++)
                pick(g, r, b, picks_of[b][k][s], picks_of[b][k + 1][s]);
        }
}

/* A block's turn, with a mean number of picks of share times its weight. */
static void turn(const place *g, const rule *r, int block, double share, const double *in,
                 double *out)
{
    memset(out, 0, STATES * sizeof *out);
    for (int s = 0; s < STATES; s++) {
        double mean = share * weight(g, r, s, block), p = in[s] * exp(-mean);
        for (int k = 0; k <= MOST_PICKS && p > 1e-13; p *= mean / ++k)
            for (int t = 0; t < STATES; t++)
                out[t] += p * picks_of[block][k][s][t];
    }
}

/* The blocks not yet done, in every order; adds to out. */
static void turns(const place *g, const rule *r, int left, double share, const double *in,
                  double *out)
{
    int n = __builtin_popcount((unsigned)left);
    for (int s = 0; n == 0 && s < STATES; s++)
        out[s] += in[s];
    for (int b = 0; b < g->blocks; b++) {
        double part[STATES], next[STATES];
        if (!(left >> b & 1))
            continue;
        for (int s = 0; s < STATES; s++)
            part[s] = in[s] / n;
        turn(g, r, b, share, part, next);
        turns(g, r, left & ~(1 << b), share, next, out);
    }
}

/* All that begins with the same number of particles, and in a round with the same weight, together.
 */
static void step_blocks(const place *g, const rule *r, double *p)
{
    double after[STATES] = {0};
    for (int n = g->n_walls; n <= g->n_walls + SITES; n++) {
        double now[STATES] = {0};
        for (int s = 0; s < STATES; s++)
            now[s] = particles(g, s, -1) == n ? p[s] : 0;
        for (int round = 0; round < ROUNDS; round++) {
            double next[STATES] = {0};
            for (int s = 0; s < STATES; s++) {
                double w = weight(g, r, s, -1), some[STATES] = {0};
                for (int t = s; t < STATES && now[s] > 0; t++)
                    if (weight(g, r, t, -1) == w) {
                        some[t] = now[t];
                        now[t] = 0;
                    }
                if (some[s] > 0)
                    turns(g, r, (1 << g->blocks) - 1, w > 0 ? (double)n / ROUNDS / w : 0, some,
                          next);
            }
            memcpy(now, next, sizeof now);
        }
        for (int s = 0; s < STATES; s++)
            after[s] += now[s];
    }
    memcpy(p, after, sizeof after);
}

/* ---- the program ---- */

static lattice open_place(const place *g, const rule *r)
{
    char model[512];
    snprintf(model, sizeof model,
             "  species: [A, B, W]\n  clock: mcs\n  rule: %s\n  update: %s\n"
             "  hopping: {A: %g, B: %g}\n  exchange: %g\n  reactions:\n"
             "    - {reaction: A -> 0, rate: %g}\n    - {reaction: A + B -> 2 A, rate: %g}\n"
             "    - {reaction: B -> 2 B, rate: %g}\n",
             r->name, g->update, h, h, g->swap, mu, lambda, sigma);
    return lattice_open(g->n, model, "{type: random, density: 0}", 3);
}

static void sample(const place *g, const rule *r, int steps, int samples, int start, int64_t *seen)
{
    lattice l = open_place(g, r);
    weft_field *f = weft_state_find(l.sim->state, "species");
    for (int k = 0; k < samples; k++) {
        uint8_t *cell = weft_field_bytes(f, 0) + f->extent.origin;
        CHECK(weft_sim_start(l.sim, l.input, (uint32_t)k, false) == WEFT_OK);
        for (int i = 0; i < SITES; i++)
            cell[g->cell[i]] = (uint8_t)get(start, i);
        for (int i = 0; i < g->n_walls; i++)
            cell[g->wall[i]] = WALL;
        CHECK(l.sim->model->begin(l.sim) == WEFT_OK);
        CHECK(lattice_advance(&l, steps) == WEFT_OK);
        int state = 0;
        for (int i = 0; i < SITES; i++)
            state = put(state, i, cell[g->cell[i]]);
        seen[state]++;
    }
    lattice_free(&l);
}

/* From A at one site and B beside it on both sides. */
static void law(const place *g, const rule *r, int steps, int samples)
{
    const int start = put(put(put(0, 0, A), 1, B), 3, B);
    double p[STATES] = {0}, sum = 0, worst = 0;
    int64_t seen[STATES] = {0};
    p[start] = 1;
    if (g->n_walls)
        make_picks(g, r);
    for (int t = 0; t < steps; t++)
        (g->n_walls ? step_blocks : step_serial)(g, r, p);
    sample(g, r, steps, samples, start, seen);
    for (int s = 0; s < STATES; s++) {
        double off = (double)seen[s] - samples * p[s], scale = sqrt(samples * p[s] * (1 - p[s]));
        sum += p[s];
        if (p[s] == 0)
            CHECK(seen[s] == 0);
        if (samples * p[s] < 20)
            continue;
        worst = fmax(worst, fabs(off) / scale);
        CHECK(fabs(off) < 4.5 * scale);
    }
    printf("rule %s, %s on %s: largest deviation %.2f standard errors\n", r->name, g->update, g->n,
           worst);
    CHECK_NEAR(sum, 1, 1e-6); /* rare outcomes are left out */
}

int main(int argc, char **argv)
{
    static const rule rules[] = {{"particles", pick_particles, false},
                                 {"neighbour", pick_neighbour, false},
                                 {"species", pick_species, true}};
    MPI_Init(&argc, &argv);
    for (int i = 0; i < 3; i++) {
        law(&ring, &rules[i], 2, 15000);
        law(&line, &rules[i], 2, 15000);
        law(&corner, &rules[i], 1, 15000);
    }
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}
