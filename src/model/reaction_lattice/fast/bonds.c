/* Bonds and sites on their own: exact evolution over a step, and the bias of splitting the lattice
 * into them.
 *
 * A bond has states^2 states; its generator q holds the rates of all pair channels of either end,
 * each over 2 d (the share of this neighbour). Probabilities after t are computed by
 * uniformisation, a sum of positive terms without cancellation. From each state the outcomes are
 * laid on the line [0, 2^32) one after the other; the upper end of each is a level: a uniform
 * number below a level and not below the one before makes that jump. Invariants: levels rise within
 * a group (a state and its jumps), their rounding is at most half of 2^-32 and not cumulative;
 * equal levels are shared among groups, since they cost time.
 *
 * The bias is found by exact operators: a ring small enough to hold the probabilities of all its
 * states is evolved by the splitting with tau, tau/2 and tau/4, and the last two are extrapolated
 * to the exact result (the error is of second order). */
#include "fast.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

/* ---- generators ---- */

enum { MAX_PAIRS = RL_STATES * RL_STATES };

/* Rates from (a, b) to others, as numbers a*states + b, for a bond that both ends act on. */
static void bond_rates(const rl_channels *c, int dim, double *q)
{
    int s = c->states, n = s * s;
    memset(q, 0, sizeof(double) * (size_t)(n * n));
    for (int i = 0; i < c->n; i++) {
        const rl_channel *k = &c->item[i];
        /* A pair channel takes each of the 2 d neighbours with equal probability. */
        double rate = k->rate / (2 * dim);
        for (int e = 0; k->pair && e < s; e++) {
            if (!k->on[e].event)
                continue;
            int x = k->on[e].site, y = k->on[e].neighbour;
            q[(k->centre * s + e) * n + x * s + y] += rate;
            q[(e * s + k->centre) * n + y * s + x] += rate;
        }
    }
}

/* Rates of a site on its own. */
static void site_rates(const rl_channels *c, double *q)
{
    int s = c->states;
    memset(q, 0, sizeof(double) * (size_t)(s * s));
    for (int i = 0; i < c->n; i++) {
        const rl_channel *k = &c->item[i];
        if (!k->pair)
            q[k->centre * s + k->on[0].site] += k->rate;
    }
}

/* Probabilities after t from state `from`, by uniformisation: p = sum_k exp(-big t) (big t)^k/k!
 * v_k, where v_k is the state after k steps of the chain whose steps come at the rate big. p: n
 * numbers. */
static void evolve(const double *q, int n, double t, int from, double *p)
{
    double v[MAX_PAIRS] = {0}, w[MAX_PAIRS], big = 0;
    for (int i = 0; i < n; i++) {
        double total = 0;
        for (int j = 0; j < n; j++)
            total += i == j ? 0 : q[i * n + j];
        big = total > big ? total : big;
        p[i] = 0;
    }
    v[from] = 1;
    double weight = weft_exp(-big * t);
    for (int k = 0; k < 200; k++) {
        for (int i = 0; i < n; i++)
            p[i] += weight * v[i];
        memcpy(w, v, sizeof w);
        for (int i = 0; i < n; i++)
            for (int j = 0; v[i] > 0 && j < n; j++)
                if (i != j && q[i * n + j] > 0) {
                    /* What leaves one state enters another: probabilities stay positive and add up
                     * to 1. */
                    double flow = v[i] * q[i * n + j] / big;
                    w[i] -= flow;
                    w[j] += flow;
                }
        memcpy(v, w, sizeof v);
        weight *= big * t / (k + 1);
        if (weight < 1e-18 && k > big * t)
            break;
    }
}

/* ---- programs ---- */

/* The number of a level, new if it is not there; -1: too many. Eight places stay free, so that
 * kernels may run over a multiple of two. */
static int level_of(rl_program *p, uint64_t level)
{
    for (int i = 0; i < p->n_levels; i++)
        if (p->level[i] == level)
            return i;
    if (p->n_levels == RL_MAX_LEVELS - 8)
        return -1;
    p->level[p->n_levels] = level;
    return p->n_levels++;
}

/* State of a bond as 16 * neighbour + site, as bit planes have it. */
static int split_number(int number, int states, bool bond)
{
    return bond ? number / states + 16 * (number % states) : number;
}

/* The bits of a state of a bond as masks: all ones or zero, for the planes of the site and of its
 * neighbour. */
static void make_masks(int bits, uint64_t *mask)
{
    for (int q = 0; q < RL_PLANES; q++) {
        mask[q] = 0 - (uint64_t)(bits >> q & 1);
        mask[RL_PLANES + q] = 0 - (uint64_t)(bits >> (4 + q) & 1);
    }
}

/* The group of one state, given the probabilities of all. One level stays free. */
static bool add_group(int states, bool bond, int from, const double *probability, int n,
                      rl_program *out)
{
    rl_group *g = &out->group[out->n_groups];
    double sum = 0;
    uint64_t last = 0;
    *g = (rl_group){split_number(from, states, bond), out->n_jumps, out->n_jumps, {0}};
    make_masks(~g->from, g->empty);
    for (int to = 0; to < n; to++) {
        if (to == from)
            continue;
        /* Outcomes are laid end to end; a jump whose piece is less than half a value has no level.
         */
        sum += probability[to];
        uint64_t level = (uint64_t)(sum * 0x1p32 + 0.5);
        if (level == last)
            continue;
        int high = level_of(out, level);
        if (high < 0 || out->n_jumps == RL_MAX_JUMPS)
            return false;
        rl_jump *jump = &out->jump[out->n_jumps++];
        *jump = (rl_jump){split_number(to, states, bond), high, {0}};
        make_masks(g->from ^ jump->to, jump->change);
        g->last++;
        last = level;
    }
    out->n_groups += g->last > g->first;
    return true;
}

/* All groups, then the bits of the levels as masks. False: too many levels or jumps. */
static bool make_program(const double *q, int states, bool bond, double tau, rl_program *out)
{
    int n = bond ? states * states : states;
    double p[MAX_PAIRS];
    memset(out, 0, sizeof *out);
    for (int from = 0; from < n; from++) {
        evolve(q, n, tau, from, p);
        if (!add_group(states, bond, from, p, n, out))
            return false;
    }
    for (int k = 0; k < 32; k++)
        for (int l = 0; l < RL_MAX_LEVELS; l++)
            out->bits[k][l] = 0 - (out->level[l] >> (31 - k) & 1);
    return true;
}

/* The generator is static: 52 kB are too much for the stack. */
bool rl_program_bond(const rl_channels *c, int dim, double tau, rl_program *out)
{
    static double q[MAX_PAIRS * MAX_PAIRS];
    bond_rates(c, dim, q);
    return make_program(q, c->states, true, tau, out);
}

bool rl_program_site(const rl_channels *c, double tau, rl_program *out)
{
    double q[RL_STATES * RL_STATES];
    site_rates(c, q);
    return make_program(q, c->states, false, tau, out);
}

/* ---- bias on a ring ---- */

/* A ring of sites; the number of a state of the ring has the states of its sites as digits,
 * weight[i] = states^i. */
typedef struct ring {
    int sites, states, size; /* size = states^sites */
    int weight[16];
} ring;

/* State of a site in the number of a state of the ring. */
static int ring_digit(const ring *r, int number, int site)
{
    return number / r->weight[site] % r->states;
}

/* out[state] after one bond (or site, j < 0) with transition matrix m, n x n. */
static void apply_matrix(const ring *r, int i, int j, const double *m, int n, const double *in,
                         double *out)
{
    memset(out, 0, (size_t)r->size * sizeof *out);
    for (int state = 0; state < r->size; state++) {
        int a = ring_digit(r, state, i), b = j < 0 ? 0 : ring_digit(r, state, j);
        int from = j < 0 ? a : a * r->states + b;
        int rest = state - a * r->weight[i] - (j < 0 ? 0 : b * r->weight[j]);
        for (int to = 0; to < n; to++) {
            double flow = m[from * n + to] * in[state];
            if (flow > 0 && j < 0)
                out[rest + to * r->weight[i]] += flow;
            else if (flow > 0)
                out[rest + to / r->states * r->weight[i] + to % r->states * r->weight[j]] += flow;
        }
    }
}

/* Transition matrix over t, a row for each initial state. */
static void matrix(const double *q, int n, double t, double *m)
{
    for (int from = 0; from < n; from++)
        evolve(q, n, t, from, m + from * n);
}

typedef struct pieces {
    const double *bond, *site; /* transition matrices */
} pieces;

/* One step of the splitting; forward: even bonds, odd bonds, sites. */
static void ring_step(const ring *r, pieces p, bool forward, double **v, double **w)
{
    for (int part = 0; part < 3; part++) {
        int which = forward ? part : 2 - part;
        for (int i = 0; i < r->sites; i++) {
            if (which < 2 && i % 2 != which)
                continue;
            if (which == 2)
                apply_matrix(r, i, -1, p.site, r->states, *v, *w);
            else
                apply_matrix(r, i, (i + 1) % r->sites, p.bond, r->states * r->states, *v, *w);
            double *t = *v;
            *v = *w;
            *w = t;
        }
    }
}

/* Mean number of each species a site. */
static void ring_densities(const ring *r, const double *v, double *out)
{
    for (int s = 1; s < r->states; s++)
        out[s - 1] = 0;
    for (int state = 0; state < r->size; state++)
        for (int i = 0; i < r->sites; i++) {
            int s = ring_digit(r, state, i);
            if (s)
                out[s - 1] += v[state] / r->sites;
        }
}

/* Sites on their own, state s with a probability in proportion to 1 + s: unequal, so that a cycle
 * of species does not hide the bias by its symmetry. */
static double ring_start(const ring *r, int state)
{
    double p = 1, sum = r->states * (r->states + 1) / 2.0;
    for (int i = 0; i < r->sites; i++)
        p *= (1 + ring_digit(r, state, i)) / sum;
    return p;
}

/* Steps of the splitting so short that they stand for the exact evolution: the error is of second
 * order, so two step sizes extrapolate it away. */
static void ring_run(const ring *r, const double *q_bond, const double *q_site, double tau,
                     int steps, double *density)
{
    int n = r->states * r->states;
    double *bond = weft_alloc((size_t)(n * n), sizeof(double));
    double site[RL_STATES * RL_STATES];
    double *v = weft_alloc((size_t)r->size, sizeof *v), *w = weft_alloc((size_t)r->size, sizeof *w);
    matrix(q_bond, n, tau, bond);
    matrix(q_site, r->states, tau, site);
    for (int state = 0; state < r->size; state++)
        v[state] = ring_start(r, state);
    for (int k = 0; k < steps; k++)
        ring_step(r, (pieces){bond, site}, k % 2 == 0, &v, &w);
    ring_densities(r, v, density);
    weft_free(bond);
    weft_free(v);
    weft_free(w);
}

/* A ring of 4 to 8 sites, as large as 1024 states allow. */
int rl_splitting_bias(const rl_channels *c, double tau, double *time, double *bias)
{
    static double q_bond[MAX_PAIRS * MAX_PAIRS];
    double q_site[RL_STATES * RL_STATES], at[3][WEFT_MAX_SPECIES];
    ring r = {.sites = 0, .states = c->states, .size = 1};
    while (r.sites < 4 || (r.sites < 8 && r.size * c->states * c->states <= 1024)) {
        for (int i = 0; i < 2; i++) {
            r.weight[r.sites++] = r.size;
            r.size *= c->states;
        }
    }
    bond_rates(c, 1, q_bond);
    site_rates(c, q_site);
    /* An even number, so that each direction of the sweep occurs as often. */
    int steps = 2 * (int)ceil(2 / (c->R * tau));
    *time = steps * tau;
    for (int k = 0; k < 3; k++)
        ring_run(&r, q_bond, q_site, tau / (1 << k), steps << k, at[k]);
    for (int s = 0; s < c->states - 1; s++)
        bias[s] = at[0][s] - (4 * at[2][s] - at[1][s]) / 3;
    return r.sites;
}
