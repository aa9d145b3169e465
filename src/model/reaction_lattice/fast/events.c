/* Events behind the jumps of the fast method. Over a step a bond may pass through several states;
 * what is known of it afterwards is where it began and where it ended. The expected number of
 * events of each kind given both is an integral over the moment of the event, int_0^tau P(from ->
 * i; s) rate(i -> j) P(j -> to; tau - s) ds / P(from -> to; tau), here by uniformisation, so that
 * the mean of the counts is exact, and so is their balance with the numbers of particles.
 *
 * Invariant: summed over all ends, weighted with their probabilities, the expectations give rate *
 * time spent in each state. Lanes that stay where they are count too: two events may undo each
 * other. */
#include "fast.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

enum { MAX_STATES = RL_STATES * RL_STATES, MAX_MOVES = 2 * RL_MAX_CHANNELS * RL_STATES };

/* A change of state of a bond or site, the event that makes it, and its rate. */
typedef struct move {
    int from, to, event;
    double rate;
} move;

typedef struct moves {
    int states, events, n;
    double big; /* no state has a larger total rate */
    move item[MAX_MOVES];
} moves;

/* Adds a move; events is one more than the largest number of an event. */
static void add(int from, int to, int event, double rate, moves *m)
{
    m->item[m->n++] = (move){from, to, event, rate};
    m->events = event + 1 > m->events ? event + 1 : m->events;
}

/* All moves; a pair channel works from either end of a bond. */
static void list(const rl_channels *c, int dim, bool bond, moves *m)
{
    const int s = c->states;
    double total[MAX_STATES] = {0};
    *m = (moves){.states = bond ? s * s : s};
    for (int i = 0; i < c->n; i++) {
        const rl_channel *k = &c->item[i];
        for (int e = 0; bond && k->pair && e < s; e++) {
            const rl_outcome *o = &k->on[e];
            if (!o->event)
                continue;
            add(k->centre * s + e, o->site * s + o->neighbour, o->event, k->rate / (2 * dim), m);
            add(e * s + k->centre, o->neighbour * s + o->site, o->event, k->rate / (2 * dim), m);
        }
        if (!bond && !k->pair)
            add(k->centre, k->on[0].site, k->on[0].event, k->rate, m);
    }
    for (int i = 0; i < m->n; i++) {
        total[m->item[i].from] += m->item[i].rate;
        m->big = fmax(m->big, total[m->item[i].from]);
    }
}

/* One step of the uniformised chain: v of the states, w[event] of the states with the number of
 * events so far as weight. w is moved like v, and gains v's flow along the moves that are such
 * events. */
static void step(const moves *m, double *v, double w[][MAX_STATES])
{
    double next[MAX_STATES];
    for (int e = 1; e < m->events; e++) {
        memcpy(next, w[e], sizeof next);
        for (int i = 0; i < m->n; i++) {
            const move *k = &m->item[i];
            const double share = k->rate / m->big, flow = w[e][k->from] * share;
            next[k->from] -= flow;
            next[k->to] += flow + (k->event == e ? v[k->from] * share : 0);
        }
        memcpy(w[e], next, sizeof next);
    }
    memcpy(next, v, sizeof next);
    for (int i = 0; i < m->n; i++) {
        const move *k = &m->item[i];
        const double flow = v[k->from] * k->rate / m->big;
        next[k->from] -= flow;
        next[k->to] += flow;
    }
    memcpy(v, next, sizeof next);
}

/* Probabilities after t, and expected numbers of events times them. */
static void evolve(const moves *m, double t, int from, double *p, double q[][MAX_STATES])
{
    double v[MAX_STATES] = {0}, w[RL_MAX_EVENTS][MAX_STATES] = {{0}};
    double weight = weft_exp(-m->big * t);
    memset(p, 0, sizeof(double) * MAX_STATES);
    memset(q, 0, sizeof(double) * MAX_STATES * (size_t)m->events);
    v[from] = 1;
    for (int k = 0; k < 200 && !(weight < 1e-18 && k > m->big * t); k++) {
        for (int i = 0; i < m->states; i++) {
            p[i] += weight * v[i];
            for (int e = 1; e < m->events; e++)
                q[e][i] += weight * w[e][i];
        }
        step(m, v, w);
        weight *= m->big * t / (k + 1);
    }
}

/* For each group the events of lanes that stay, and for each jump what it has beyond that: then
 * counts of groups and of jumps, each one sum, give all events. */
void rl_program_events(const rl_channels *c, int dim, bool bond, double tau,
                       const rl_program *program, double *out)
{
    static moves m;
    static double q[RL_MAX_EVENTS][MAX_STATES];
    double p[MAX_STATES];
    list(c, dim, bond, &m);
    memset(out, 0, sizeof(double) * RL_ENTRIES * RL_MAX_EVENTS);
    for (int g = 0; g < program->n_groups; g++) {
        const rl_group *group = &program->group[g];
        const int s = c->states,
                  from = bond ? group->from % 16 * s + group->from / 16 : group->from;
        evolve(&m, tau, from, p, q);
        for (int e = 1; e < m.events; e++) {
            const double stay = q[e][from] / p[from];
            out[(RL_MAX_JUMPS + g) * RL_MAX_EVENTS + e] = stay;
            for (int i = group->first; i < group->last; i++) {
                int to = program->jump[i].to;
                to = bond ? to % 16 * s + to / 16 : to;
                out[i * RL_MAX_EVENTS + e] = q[e][to] / p[to] - stay;
            }
        }
    }
}
