/* What the conventions make of the rates, and what the method does: for people and in result files.
 *
 * Published codes mean different things by "rate": of a particle, of a pair, of a site with all its
 * neighbours. The lines here say what a rate of the input is in the master equation, for each
 * channel. They also say what the method adds to the law: the resolution of the marks (exact), or
 * the bias of the splitting (fast, rdme), computed for these parameters and not quoted. The same
 * text goes to the log and into the attributes of the result files. */
#include "items.h"
#include "method.h"
#include "weft/log.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A word for a reaction (from 0; -1: a move) whose rate varies: the rates that are kept are its
 * largest. */
static const char *peak(const rl_lattice *l, int reaction)
{
    return reaction >= 0 && (l->cfg.modulation[reaction].space || l->cfg.modulation[reaction].time)
               ? "at most "
               : "";
}

/* Its mean over a period and, for a map, the site where it is largest. */
static void add_mean(const rl_lattice *l, int reaction, rl_items *list)
{
    const rl_modulation *m = &l->cfg.modulation[reaction];
    const double most = l->cfg.net.reaction[reaction].rate;
    if (m->time)
        rl_items_add(list, "%s: mean over a period %.6g of that%s", rl_written(l, reaction),
                     1 / (1 + fabs(m->amplitude)), m->space ? ", times the map of rates" : "");
    else if (m->space)
        rl_items_add(list, "%s: %.6g where the map of rates is largest", rl_written(l, reaction),
                     most);
}

/* Rates where a site holds one particle: of bonds and of single sites. */
static void rates_of_bonds(const weft_sim *sim, rl_items *list)
{
    const rl_lattice *l = sim->data;
    /* Neighbours of a site: rates of the input are those of a site with all of them. */
    const int z = 2 * sim->grid->dim;
    for (int i = 0; i < l->channels.n; i++) {
        const rl_channel *k = &l->channels.item[i];
        if (k->pair && k->reaction >= 0)
            rl_items_add(list, "%s: %s%.6g for each ordered pair of neighbours",
                         rl_written(l, k->reaction), peak(l, k->reaction), k->rate / z);
        else if (k->pair)
            rl_items_add(list, "a %s of %s: %.6g to each neighbour",
                         k->on[0].event ? "hop" : "change of places",
                         l->cfg.net.species[k->centre - 1], k->rate / z);
        else
            rl_items_add(list, "%s: %s%.6g on the site", rl_written(l, k->reaction),
                         peak(l, k->reaction), k->rate);
        if (k->reaction >= 0)
            add_mean(l, k->reaction, list);
    }
}

/* By contact: either hops onto the other, so that a bond of the two reacts at the sum of the rates
 * at which they hop along it. */
static void rates_of_contacts(const weft_sim *sim, rl_items *list)
{
    const rl_lattice *l = sim->data;
    for (int i = 0; i < l->cfg.net.n_reactions; i++) {
        const reaction_rule *r = &l->cfg.net.reaction[i];
        if (r->contact)
            rl_items_add(list, "%s: %.6g for each pair of neighbours, by contact", rl_written(l, i),
                         (l->cfg.hop[r->in[0] - 1] + l->cfg.hop[r->in[1] - 1]) /
                             (2 * sim->grid->dim));
    }
}

/* Sites that hold counts: hops to each neighbour, reactions on the site. */
static void rates_of_sites(const weft_sim *sim, rl_items *list)
{
    const rl_lattice *l = sim->data;
    for (int i = 0; i < l->cfg.net.n_reactions; i++) {
        rl_items_add(list, "%s: %s%.6g for each ordered choice of reactants on a site",
                     rl_written(l, i), peak(l, i), l->cfg.net.reaction[i].rate);
        add_mean(l, i, list);
    }
    for (int s = 0; s < l->cfg.net.n_species; s++)
        if (l->cfg.hop[s] > 0)
            rl_items_add(list, "a hop of %s: %.6g to each neighbour", l->cfg.net.species[s],
                         l->cfg.hop[s] / (2 * sim->grid->dim));
}

/* The clock, the method, and what it gets wrong. */
static void say_method(weft_sim *sim, weft_attribute *add, void *context)
{
    static const char *const words[] = {
        "exact: the law of the master equation, to the resolution of the marks",
        "sequential: the law of the master equation, to the resolution of the marks",
        "fast: bonds and sites split, second order in tau",
        "rdme: reactions and hops split, second order in tau"};
    const rl_lattice *l = sim->data;
    if (l->cfg.clock == RL_CTMC) {
        add(context, "clock", "continuous time");
        add(context, "method", words[l->cfg.method]);
    }
    l->method->attributes(sim, add, context);
}

/* Conserved quantities, rates, method. */
void rl_attributes(weft_sim *sim, weft_attribute *add, void *context)
{
    const rl_lattice *l = sim->data;
    rl_items list = {.used = 0};
    char text[256];
    for (int w = 0; w < l->cfg.net.n_laws; w++) {
        network_law_text(&l->cfg.net, w, text, sizeof text);
        rl_items_add(&list, "%s", text);
    }
    if (l->cfg.net.n_laws)
        add(context, "conserved", list.text);
    list = (rl_items){.used = 0};
    if (l->cfg.counts)
        rates_of_sites(sim, &list);
    else {
        rates_of_bonds(sim, &list);
        rates_of_contacts(sim, &list);
    }
    if (l->cfg.clock == RL_CTMC)
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
    /* One line an item. */
    for (const char *at = text, *end; *at; at = *end ? end + 2 : end) {
        end = strstr(at, "; ") ? strstr(at, "; ") : at + strlen(at);
        snprintf(part, sizeof part, "%.*s", (int)(end - at), at);
        weft_say("%-24s %s", at == text ? title : "", part);
    }
}

/* The start of a run says what the result files will say. */
void rl_describe(weft_sim *sim)
{
    rl_attributes(sim, say, NULL);
}
