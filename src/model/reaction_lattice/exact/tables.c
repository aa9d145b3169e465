/* Look-up of what a mark does: one alias table for each state of a site, over the channels of that
 * state and "nothing", which has the rest of the weight. An entry has two rows and a threshold, so
 * that one number picks a channel with its exact share (to the bits of the number) at the cost of
 * one comparison: M. D. Vose, IEEE Trans. Softw. Eng. 17, 972 (1991).
 *
 * Example with two slots: a channel of weight 0.3 and "nothing" of 0.7. Slot 0 holds 0.6 of the
 * channel and is filled up with 0.4 of "nothing"; slot 1 holds "nothing" alone. The highest bit of
 * u picks the slot, the others are compared with the threshold.
 *
 * Invariant: the parts of all slots that belong to a row add up to its weight, to the rounding of
 * one threshold a slot; resolution.c counts exactly what they make. */
#include "exact.h"
#include <string.h>

/* The outcomes of a channel by the state of the neighbour, packed for one load. */
static void fill_row(const rl_channel *k, uint32_t *row)
{
    for (int e = 0; e < 16; e++) {
        rl_outcome o = k->on[e];
        row[e] = (uint32_t)(o.site | o.neighbour << 8 | o.event << 16);
    }
}

/* Vose's method for one state: weights of its rows, which add up to 1, into slots equal parts. A
 * slot whose own row has less than a slot's weight is filled up by a row that has more. Rounding
 * moves a threshold by less than one value of 2^(32 - bits). */
static void vose(int slots, const double *weight, const uint16_t *rows, int n, double scale,
                 rl_alias *out)
{
    double left[64] = {0};
    int small[64], large[64], n_small = 0, n_large = 0;
    for (int i = 0; i < slots; i++) {
        left[i] = i < n ? weight[i] * slots : 0;
        if (left[i] < 1)
            small[n_small++] = i;
        else
            large[n_large++] = i;
        out[i] = (rl_alias){(uint32_t)scale, i < n ? rows[i] : rows[0], i < n ? rows[i] : rows[0]};
    }
    while (n_small > 0 && n_large > 0) {
        int s = small[--n_small], l = large[n_large - 1];
        out[s].threshold = (uint32_t)(left[s] * scale + 0.5);
        out[s].above = rows[l];
        left[l] -= 1 - left[s];
        if (left[l] < 1) {
            n_large--;
            small[n_small++] = l;
        }
    }
}

/* Rows are numbered state by state, in the order of the channels, with "nothing" last in each
 * state; resolution.c relies on this order. */
void rl_tables_make(const rl_channels *c, rl_tables *t)
{
    memset(t, 0, sizeof *t);
    int most = 1;
    for (int s = 0; s < c->states; s++) {
        int n = 1; /* nothing */
        for (int i = 0; i < c->n; i++)
            n += c->item[i].centre == s;
        most = n > most ? n : most;
    }
    t->slot_bits = 1;
    while (1 << t->slot_bits < most)
        t->slot_bits++;
    /* The same number of slots for all states, so that the table needs no second look-up. */
    int rows = 0, slots = 1 << t->slot_bits;
    for (int s = 0; s < c->states; s++) {
        double weight[64], rest = 1;
        uint16_t of[64];
        int n = 0;
        for (int i = 0; i < c->n; i++) {
            const rl_channel *k = &c->item[i];
            if (k->centre != s)
                continue;
            t->pair[rows] = k->pair;
            fill_row(k, &t->act[16 * rows]);
            of[n] = (uint16_t)(16 * rows++);
            weight[n] = k->rate / c->R;
            rest -= weight[n++];
        }
        rl_channel nothing = {.centre = s};
        for (int e = 0; e < 16; e++)
            nothing.on[e] = (rl_outcome){(uint8_t)s, (uint8_t)e, 0};
        fill_row(&nothing, &t->act[16 * rows]);
        of[n] = (uint16_t)(16 * rows++);
        weight[n++] = rest > 0 ? rest : 0;
        vose(slots, weight, of, n, (double)(UINT64_C(1) << (32 - t->slot_bits)),
             &t->alias[s << t->slot_bits]);
    }
}
