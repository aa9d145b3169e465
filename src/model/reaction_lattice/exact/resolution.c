/* What the finite number of random bits of a mark makes of the rates.
 *
 * A mark brings 32 bits b; b times the number of directions D has the direction in its upper half
 * and u in its lower one, so that of the values of u each direction sees every D-th. A channel acts
 * when u falls into its part of the range, whose ends are whole numbers: its rate is R times the
 * number of b that do so over 2^32, which is counted here. Where the parts depend on the state
 * (counts, rates that vary) an end of a part is off by less than one value in each direction, which
 * makes at most D 2^-32 R for the whole of it. */
#include "exact.h"
#include <math.h>

/* Values first, first + D, first + 2 D, ... below end. */
static int64_t values_below(int64_t end, int64_t first, int64_t step)
{
    return end > first ? (end - first + step - 1) / step : 0;
}

/* Of all b, those whose u is in [low, high). */
static int64_t hits(int64_t low, int64_t high, int directions)
{
    int64_t n = 0;
    for (int64_t d = 0; d < directions; d++) {
        const int64_t edge = d << 32, from = (edge + directions - 1) / directions;
        const int64_t first = from * directions - edge; /* the least u of the direction */
        n += values_below(high, first, directions) - values_below(low, first, directions);
    }
    return n;
}

/* The rate of a channel that the tables really make, counted over all 2^32 values. The channels of
 * a state have the rows of the tables in their own order. */
static double made(const rl_replay *x, int channel, int directions)
{
    const rl_tables *t = &x->tables;
    const int shift = 32 - t->slot_bits, state = x->channels.item[channel].centre;
    int row = 0;
    int64_t n = 0;
    for (int s = 0; s <= state; s++) {
        for (int i = 0; i < x->channels.n && !(s == state && i == channel); i++)
            row += x->channels.item[i].centre == s;
        row += s < state; /* to do nothing is a row of each state */
    }
    for (int64_t slot = 0; slot < INT64_C(1) << t->slot_bits; slot++) {
        const rl_alias a = t->alias[(int64_t)state << t->slot_bits | slot];
        const int64_t begin = slot << shift, middle = begin + a.threshold;
        if (a.below == 16 * row)
            n += hits(begin, middle, directions);
        if (a.above == 16 * row)
            n += hits(middle, begin + (INT64_C(1) << shift), directions);
    }
    return (double)n * 0x1p-32 * x->R;
}

/* Relative error of the rate of a reaction. *bound: it is an upper bound and not the error itself.
 */
double rl_marks_bias(const rl_replay *x, int reaction, int dim, bool *bound)
{
    const double rate = x->cfg->net.reaction[reaction].rate, unit = 2 * dim * 0x1p-32 * x->R;
    *bound = x->cfg->counts || x->cfg->modulated;
    if (*bound)
        return rate > 0 ? unit / rate : 0;
    for (int i = 0; i < x->channels.n; i++)
        if (x->channels.item[i].reaction == reaction)
            return made(x, i, 2 * dim) / x->channels.item[i].rate - 1;
    return 0; /* by contact: the bits of a hop */
}

/* The same for hops and exchanges, which are channels without a reaction; of sites that hold counts
 * the bound. Refused likewise. */
static weft_status check_hops(const weft_section *own, const rl_replay *x, int dim)
{
    const double unit = 2 * dim * 0x1p-32 * x->R;
    const bool bound = x->cfg->counts || x->cfg->modulated;
    double bias = 0, slow = 0;
    for (int s = 0; bound && s < x->cfg->net.n_species; s++)
        if (x->cfg->hop[s] > 0 && unit / x->cfg->hop[s] > bias) {
            slow = x->cfg->hop[s];
            bias = unit / slow;
        }
    for (int i = 0; !bound && i < x->channels.n; i++) {
        const rl_channel *k = &x->channels.item[i];
        const double wrong =
            k->reaction < 0 && k->rate > 0 ? fabs(made(x, i, 2 * dim) / k->rate - 1) : 0;
        slow = wrong > bias ? k->rate : slow;
        bias = wrong > bias ? wrong : bias;
    }
    if (bias <= 0.01)
        return WEFT_OK;
    return weft_param_fail(own, "hopping",
                           "the 32 bits of an attempt make the rate %.3g of a hop or an exchange "
                           "%s%.3g per cent wrong; rates must be above %.3g here, or 0",
                           slow, bound ? "up to " : "", 100 * bias, 100 * unit);
}

/* A reaction so rare beside the busiest rate that the bits of a mark cannot express it would be
 * wrong without a word: it is refused beyond one per cent. */
weft_status rl_marks_check(const weft_section *own, const rl_replay *x, int dim)
{
    for (int i = 0; i < x->cfg->net.n_reactions; i++) {
        const reaction_rule *r = &x->cfg->net.reaction[i];
        bool bound;
        const double bias = rl_marks_bias(x, i, dim, &bound);
        if (fabs(bias) > 0.01)
            return weft_node_fail(
                r->text, 1,
                "'%s': its rate is %.3g, and with %.4g attempts per site and unit "
                "of time the 32 bits of an attempt make it %s%.3g per cent wrong; "
                "rates must be above %.3g here: slow the fast ones down, or give "
                "a smaller capacity",
                weft_node_text(r->text), r->rate, x->R, bound ? "up to " : "", 100 * fabs(bias),
                100 * 2 * dim * 0x1p-32 * x->R);
    }
    return check_hops(own, x, dim);
}
