/* What the conventions make of the rates, and what the method does: for people and in result files.
 */
#include "rdme/rdme.h"
#include "weft/log.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Items of one attribute, joined by "; ". */
typedef struct items {
    char text[4096];
    size_t used;
} items;

static __attribute__((format(printf, 2, 3))) void add_item(items *list, const char *format, ...)
{
    va_list values;
    size_t room = sizeof list->text - list->used;
    if (room < 256)
        return;
    if (list->used)
        list->used += (size_t)snprintf(list->text + list->used, room, "; ");
    va_start(values, format);
    int n = vsnprintf(list->text + list->used, sizeof list->text - list->used, format, values);
    va_end(values);
    list->used += (size_t)n < room ? (size_t)n : room - 3;
}

static const char *written(const rl_lattice *l, int reaction)
{
    return weft_node_text(l->cfg.net.reaction[reaction].text);
}

/* Of a reaction (from 0; -1: a move) whose rate varies: the rates that are kept are its largest. */
static const char *peak(const rl_lattice *l, int reaction)
{
    return reaction >= 0 && (l->cfg.modulation[reaction].space || l->cfg.modulation[reaction].time)
               ? "at most "
               : "";
}

/* Its mean over a period and, for a map, the site where it is largest. */
static void add_mean(const rl_lattice *l, int reaction, items *list)
{
    const rl_modulation *m = &l->cfg.modulation[reaction];
    const double most = l->cfg.net.reaction[reaction].rate;
    if (m->time)
        add_item(list, "%s: mean over a period %.6g of that%s", written(l, reaction),
                 1 / (1 + fabs(m->amplitude)), m->space ? ", times the map of rates" : "");
    else if (m->space)
        add_item(list, "%s: %.6g where the map of rates is largest", written(l, reaction), most);
}

/* One particle a site. */
static void rates_of_bonds(const weft_sim *sim, items *list)
{
    const rl_lattice *l = sim->data;
    const int z = 2 * sim->grid->dim;
    for (int i = 0; i < l->channels.n; i++) {
        const rl_channel *k = &l->channels.item[i];
        if (k->pair && k->reaction >= 0)
            add_item(list, "%s: %s%.6g for each ordered pair of neighbours",
                     written(l, k->reaction), peak(l, k->reaction), k->rate / z);
        else if (k->pair)
            add_item(list, "a %s of %s: %.6g to each neighbour",
                     k->on[0].event ? "hop" : "change of places", l->cfg.net.species[k->centre - 1],
                     k->rate / z);
        else
            add_item(list, "%s: %s%.6g on the site", written(l, k->reaction), peak(l, k->reaction),
                     k->rate);
        if (k->reaction >= 0)
            add_mean(l, k->reaction, list);
    }
}

/* By contact: either hops onto the other, so that a bond of the two reacts at the sum of the rates
 * at which they hop along it. */
static void rates_of_contacts(const weft_sim *sim, items *list)
{
    const rl_lattice *l = sim->data;
    for (int i = 0; i < l->cfg.net.n_reactions; i++) {
        const reaction_rule *r = &l->cfg.net.reaction[i];
        if (r->contact)
            add_item(list, "%s: %.6g for each pair of neighbours, by contact", written(l, i),
                     (l->cfg.hop[r->in[0] - 1] + l->cfg.hop[r->in[1] - 1]) / (2 * sim->grid->dim));
    }
}

/* Sites that hold counts: hops to each neighbour, reactions on the site. */
static void rates_of_sites(const weft_sim *sim, items *list)
{
    const rl_lattice *l = sim->data;
    for (int i = 0; i < l->cfg.net.n_reactions; i++) {
        add_item(list, "%s: %s%.6g for each ordered choice of reactants on a site", written(l, i),
                 peak(l, i), l->cfg.net.reaction[i].rate);
        add_mean(l, i, list);
    }
    for (int s = 0; s < l->cfg.net.n_species; s++)
        if (l->cfg.hop[s] > 0)
            add_item(list, "a hop of %s: %.6g to each neighbour", l->cfg.net.species[s],
                     l->cfg.hop[s] / (2 * sim->grid->dim));
}

static void bias(const rl_lattice *l, items *list)
{
    double time, off[WEFT_MAX_SPECIES];
    int sites = rl_splitting_bias(&l->channels, l->cfg.tau, &time, off);
    for (int s = 0; s < l->cfg.net.n_species; s++)
        add_item(list,
                 "density of %s %+.1e at time %.3g on a ring of %d sites (tau = %.3g, falls as "
                 "tau^2)",
                 l->cfg.net.species[s], off[s], time, sites, l->cfg.tau);
}

/* Of reactions between two or three particles, at the density of the initial state. */
static void bias_of_pairs(const rl_lattice *l, items *list)
{
    for (int i = 0; i < l->cfg.net.n_reactions; i++)
        if (l->cfg.net.reaction[i].n_in > 1)
            add_item(
                list,
                "%s: %+.2g per cent of the rate at which a pair reacts on two sites, with %.3g "
                "partners of a particle (tau = %.3g)",
                written(l, i), 100 * rl_reaction_bias(&l->cfg, i, l->partners[i], l->cfg.tau),
                l->partners[i], l->cfg.tau);
}

/* Of each reaction, by the bits of a mark. */
static void bias_of_marks(const weft_sim *sim, items *list)
{
    const rl_lattice *l = sim->data;
    for (int i = 0; i < l->cfg.net.n_reactions; i++) {
        bool bound;
        const double bias = rl_marks_bias(l->replay, i, sim->grid->dim, &bound);
        add_item(list, "%s: %s%.1e of its rate", written(l, i), bound ? "at most " : "", bias);
    }
    if (!list->used)
        add_item(list, "there is no reaction");
}

static void say_method(weft_sim *sim, weft_attribute *add, void *context)
{
    static const char *const words[] = {
        "exact: the law of the master equation, to the resolution of the marks",
        "sequential: the law of the master equation, to the resolution of the marks",
        "fast: bonds and sites split, second order in tau",
        "rdme: reactions and hops split, second order in tau"};
    const rl_lattice *l = sim->data;
    items list = {.used = 0};
    char text[256];
    if (l->mcs) {
        snprintf(text, sizeof text, "Monte Carlo steps, rule %s, update %s",
                 weft_get_text(sim->own, "rule"), weft_get_text(sim->own, "update"));
        add(context, "clock", text);
        return;
    }
    add(context, "clock", "continuous time");
    add(context, "method", words[l->cfg.method]);
    if (l->replay) {
        snprintf(text, sizeof text, "%.6g per site and unit of time", l->replay->R);
        add(context, "attempts", text);
        snprintf(text, sizeof text, "rates %.3g, times %.3g",
                 l->replay->R * 2 * sim->grid->dim * 0x1p-32, 1 / l->replay->ticks_per_time);
        add(context, "resolution_of_marks", text);
        bias_of_marks(sim, &list);
        add(context, "bias_of_the_marks", list.text);
    } else {
        snprintf(text, sizeof text, "%s%.6g", l->fast ? "at most " : "", l->cfg.tau);
        add(context, "tau", text);
    }
    if (l->fast) {
        bias(l, &list);
        add(context, "bias_of_the_splitting", list.text);
    }
    if (l->rdme) {
        bias_of_pairs(l, &list);
        if (list.used)
            add(context, "bias_of_the_splitting", list.text);
    }
}

void rl_attributes(weft_sim *sim, weft_attribute *add, void *context)
{
    const rl_lattice *l = sim->data;
    items list = {.used = 0};
    char text[256];
    for (int w = 0; w < l->cfg.net.n_laws; w++) {
        network_law_text(&l->cfg.net, w, text, sizeof text);
        add_item(&list, "%s", text);
    }
    if (l->cfg.net.n_laws)
        add(context, "conserved", list.text);
    list = (items){.used = 0};
    if (l->cfg.counts)
        rates_of_sites(sim, &list);
    else {
        rates_of_bonds(sim, &list);
        rates_of_contacts(sim, &list);
    }
    if (!l->mcs)
        add(context, "rates", list.text);
    say_method(sim, add, context);
}

/* An attribute as lines. */
static void say(void *context, const char *name, const char *text)
{
    char title[64], part[256];
    (void)context;
    snprintf(title, sizeof title, "%s", name);
    for (char *c = title; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    for (const char *at = text, *end; *at; at = *end ? end + 2 : end) {
        end = strstr(at, "; ") ? strstr(at, "; ") : at + strlen(at);
        snprintf(part, sizeof part, "%.*s", (int)(end - at), at);
        weft_say("%-24s %s", at == text ? title : "", part);
    }
}

void rl_describe(weft_sim *sim)
{
    rl_attributes(sim, say, NULL);
}
