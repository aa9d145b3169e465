/* When species vanish, and when no reaction is possible any more.
 *
 * Both have the time of the event that made it so, not the time of the record at which they are
 * seen. Numbers of particles change by reactions alone, never by hops, so two facts suffice: a
 * species that is not there at the end of a stretch of time is missing since the last reaction of
 * that stretch which changed its number (or since earlier, if there was none); and the state is
 * absorbing since the last reaction of all. Both depend on the history up to now and not on how it
 * is cut into stretches, so the times are the same for any records, windows, checkpoints and ranks.
 * A species that comes back is not missing any more.
 *
 * Example: A -> 0 at the times 1, 2 and 3 takes the last three A away, records are at 2.5 and 10.
 * The record at 2.5 finds one A left. Between 2.5 and 10 the number of A was changed last at 3, and
 * there are none at 10: A is missing since 3, and extinction_time is 3 for every choice of records.
 *
 * The methods give the time of the last event of each kind (rl_endings_note) or, where they only
 * look at whole steps, the numbers at the end of a step (rl_endings_seen). */
#include "lattice.h"
#include <string.h>

/* Particles of all species. */
static int64_t all_of(const rl_lattice *l, const int64_t *count)
{
    int64_t sum = 0;
    for (int s = 1; s <= l->cfg.net.n_species; s++)
        sum += count[s];
    return sum;
}

/* By how much a reaction changes the number of a species (from 1). */
static int change_of(const rl_lattice *l, int reaction, int s)
{
    const reaction_rule *r = &l->cfg.net.reaction[reaction];
    return r->give[s - 1] - r->take[s - 1];
}

/* Could the reaction happen somewhere, by the numbers of all particles? */
static bool is_possible(const rl_lattice *l, const reaction_rule *r, const int64_t *count)
{
    const bool single = !l->cfg.counts;
    const bool needs_room =
        single && (r->n_out > r->n_in || (r->n_in == 2 && (!r->in[0] || !r->in[1])));
    if ((needs_room || (single && r->n_in == 0)) && count[0] == 0)
        return false;
    for (int s = 1; s <= l->cfg.net.n_species; s++)
        if (count[s] < r->take[s - 1])
            return false;
    return true;
}

/* Judged by the numbers of all particles: if no reaction has its reactants anywhere, none can
 * happen. The reverse does not hold (reactants may never meet), so that it is a proof and never a
 * guess. A network without reactions has no absorbing state. */
bool rl_is_absorbing(const rl_lattice *l, const int64_t *count)
{
    int reactions = 0;
    for (int i = 0; i < l->cfg.net.n_reactions; i++) {
        const reaction_rule *r = &l->cfg.net.reaction[i];
        if (r->rate == 0 && !r->contact)
            continue;
        if (is_possible(l, r, count))
            return false;
        reactions++;
    }
    return reactions > 0;
}

/* What is missing now and was not before is missing since this time. */
void rl_endings_seen(rl_lattice *l, const int64_t *count, double time)
{
    rl_endings *end = &l->endings;
    for (int s = 0; s <= l->cfg.net.n_species; s++) {
        const int64_t there = s ? count[s] : all_of(l, count);
        if (there > 0)
            end->missing[s] = -1;
        else if (end->missing[s] < 0)
            end->missing[s] = time;
    }
    if (!rl_is_absorbing(l, count))
        end->absorbed = -1;
    else if (end->absorbed < 0)
        end->absorbed = time;
}

/* A species that is missing from the start is missing since the start. */
void rl_endings_begin(rl_lattice *l, double time)
{
    for (int s = 0; s < RL_STATES; s++)
        l->endings.missing[s] = -1;
    l->endings.absorbed = -1;
    rl_endings_seen(l, l->count, time);
}

/* The numbers after events that happened since l->count; at capacity 1 a particle more is an empty
 * site less. */
static void count_after(const rl_lattice *l, const int64_t *events, int64_t *after)
{
    memcpy(after, l->count, sizeof l->count);
    for (int s = 1; s <= l->cfg.net.n_species; s++)
        for (int i = 0; i < l->cfg.net.n_reactions; i++)
            after[s] += events[1 + i] * change_of(l, i, s);
    if (!l->cfg.counts)
        after[0] += all_of(l, l->count) - all_of(l, after);
}

/* True if a species is not there at the end and a reaction changed its number in between (it may
 * have vanished, come back and vanished again), or if the state has become absorbing: the times of
 * the last events decide then. */
bool rl_endings_new(const rl_lattice *l, const int64_t *events, int64_t *after)
{
    bool found = false;
    count_after(l, events, after);
    for (int s = 1; s <= l->cfg.net.n_species; s++)
        for (int i = 0; i < l->cfg.net.n_reactions && after[s] == 0; i++)
            found = found || (events[1 + i] > 0 && change_of(l, i, s) != 0);
    return found || (l->endings.absorbed < 0 && rl_is_absorbing(l, after));
}

/* last[e]: time of the last event of kind e in the stretch, negative if there was none. A species
 * that is gone vanished with the last reaction that changed its number; all particles with the last
 * that changed any. */
void rl_endings_note(rl_lattice *l, const int64_t *after, const double *last)
{
    rl_endings *end = &l->endings;
    double any = -1;
    for (int s = 1; s <= l->cfg.net.n_species; s++) {
        double time = -1;
        for (int i = 0; i < l->cfg.net.n_reactions; i++)
            if (change_of(l, i, s) != 0 && last[1 + i] > time)
                time = last[1 + i];
        any = time > any ? time : any;
        if (after[s] > 0)
            end->missing[s] = -1;
        else if (time >= 0)
            end->missing[s] = time;
    }
    if (all_of(l, after) > 0)
        end->missing[0] = -1;
    else if (any >= 0)
        end->missing[0] = any;
    if (!rl_is_absorbing(l, after)) {
        end->absorbed = -1;
        return;
    }
    for (int i = 0; i < l->cfg.net.n_reactions && end->absorbed < 0; i++)
        any = last[1 + i] > any ? last[1 + i] : any;
    end->absorbed = end->absorbed < 0 ? any : end->absorbed;
}

/* Immigration or mutation: a reaction that gives the species without taking it. */
bool rl_can_return(const rl_lattice *l, int s)
{
    for (int i = 0; i < l->cfg.net.n_reactions; i++) {
        const reaction_rule *r = &l->cfg.net.reaction[i];
        if (r->give[s - 1] > 0 && r->take[s - 1] == 0)
            return true;
    }
    return false;
}
