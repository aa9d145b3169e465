/* Making a pipeline: which transforms a set of formulas needs.
 *
 * A part of an equation is a sum of terms factor * operator * formula. Formulas that occur with the
 * same operator are added on the grid and transformed once; a formula that occurs with several
 * operators is transformed once and the operators are added; so -u^3 + lap(u^3) is one transform,
 * and so is u - dx(u^2) - dx(v^2). Sources and atoms are found again by their nodes, so what two
 * equations share is computed once. Levels order the work: an atom comes one level after the
 * sources it is made of, a source on the level of its latest atom.
 *
 * Example: w_t = -dy(psi)*dx(w) + dx(psi)*dy(w) with lap(psi) = -w. psi is w divided by k^2, so
 * that dx(psi), dy(psi), dx(w) and dy(w) are four atoms of level 0, each a factor times the
 * coefficients of w. The whole right-hand side is one formula on the grid, a source of level 0, and
 * the output is that source with the factor 1: four transforms back, one forward.
 *
 * Invariants. What the sums give is the node that was added: terms are moved between k space and
 * the grid, never dropped. The result depends on the system alone, so that all ranks make the same
 * pipeline and the same transforms. Lists have fixed lengths; one that is too short sets overflow,
 * and the setup ends with an error. */
#include "data.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum {
    ON_FIELD = 1 << WEFT_VAR_FIELD,
    ON_PLACE = 1 << WEFT_VAR_PLACE,
    ON_UNIFORM = 1 << WEFT_VAR_UNIFORM,
    ON_NOISE = 1 << WEFT_VAR_NOISE
};

/* The graph of the system is used and extended; the pipeline must not outlive it. */
eq_pipeline *eq_pipeline_create(eq_system *s, weft_fft *fft, double keep)
{
    eq_pipeline *p = weft_alloc(1, sizeof *p);
    p->s = s;
    p->fft = fft;
    p->keep = keep;
    return p;
}

/* ---- kinds of nodes ---- */

static const weft_graph_node *at(const eq_pipeline *p, int node)
{
    return weft_graph_at(p->s->graph, node);
}

/* Is a node the same at all sites: numbers, the time, means, and what is made of them? Operands
 * have smaller numbers, so that one pass in the order of the nodes is enough. */
bool eq_is_uniform(const weft_graph *g, int node)
{
    bool *uniform = weft_alloc((size_t)node + 1, sizeof *uniform);
    uniform[0] = true;
    for (int i = 1; i <= node; i++) {
        const weft_graph_node *x = weft_graph_at(g, i);
        const bool leaf =
            x->op == WEFT_OP_VARIABLE || x->op == WEFT_OP_OPERATOR || x->op == WEFT_OP_SHIFT;
        uniform[i] = x->op == WEFT_OP_MEAN || !(x->depends & (ON_FIELD | ON_PLACE | ON_NOISE)) ||
                     (!leaf && uniform[x->a] && uniform[x->b] && uniform[x->c]);
    }
    const bool result = uniform[node];
    weft_free(uniform);
    return result;
}

/* Is a node made of places alone, and thus constant in time? */
static bool is_fixed(const eq_pipeline *p, int node)
{
    return at(p, node)->depends == ON_PLACE;
}

/* ---- terms ---- */

/* A term of an equation: symbol (factor in k space) times a formula on the grid. */
typedef struct part {
    int node;
    weft_symbol symbol;
} part;

typedef struct parts {
    int n;
    part item[EQ_TERMS];
    bool overflow;
} parts;

static weft_symbol scaled(weft_graph *g, double factor, weft_symbol symbol)
{
    return weft_symbol_product(g, (weft_symbol){weft_graph_number(g, factor), 0}, symbol);
}

/* Adds a term; the same formula with two symbols is one term with their sum. */
static void add_part(weft_graph *g, parts *list, int node, weft_symbol symbol)
{
    for (int i = 0; i < list->n; i++)
        if (list->item[i].node == node) {
            list->item[i].symbol = weft_symbol_sum(g, list->item[i].symbol, symbol);
            return;
        }
    if (list->n == EQ_TERMS)
        list->overflow = true;
    else
        list->item[list->n++] = (part){node, symbol};
}

/* A node of a sum under the symbol that all ways to it add up to; below[operand] gets its part. */
static void open_node(eq_pipeline *p, parts *list, int node, weft_symbol symbol, weft_symbol *below)
{
    weft_graph *g = p->s->graph;
    const weft_graph_node x = *at(p, node);
    double factor;
    if (x.op == WEFT_OP_ADD || x.op == WEFT_OP_SUB) {
        below[x.a] = weft_symbol_sum(g, below[x.a], symbol);
        below[x.b] =
            weft_symbol_sum(g, below[x.b], scaled(g, x.op == WEFT_OP_ADD ? 1.0 : -1.0, symbol));
    } else if (x.op == WEFT_OP_MUL && weft_graph_is_number(g, x.a, &factor)) {
        below[x.b] = weft_symbol_sum(g, below[x.b], scaled(g, factor, symbol));
    } else if (x.op == WEFT_OP_OPERATOR) {
        below[x.c] =
            weft_symbol_sum(g, below[x.c], weft_symbol_product(g, symbol, (weft_symbol){x.a, x.b}));
    } else if (x.op == WEFT_OP_MEAN) { /* the mode k = 0 */
        int k2 = weft_graph_variable(g, WEFT_VAR_WAVE, 3);
        weft_symbol zero = {weft_graph_make(g, WEFT_OP_EQUAL, k2, 0, 0), 0};
        below[x.a] = weft_symbol_sum(g, below[x.a], weft_symbol_product(g, symbol, zero));
    } else {
        add_part(g, list, node, symbol);
    }
}

/* The terms of a node under an operator. Sums, numbers in front and operators are followed inward,
 * so that what is left are formulas that must be made on the grid. A mean is the mode k = 0, that
 * is the symbol (k^2 == 0). Operands have smaller numbers than what is made of them: from the
 * largest number down each node is opened once, when all ways to it are known, however often it is
 * shared. */
static void flatten(eq_pipeline *p, parts *list, int node, weft_symbol symbol)
{
    weft_symbol *below = weft_alloc((size_t)node + 1, sizeof *below);
    below[node] = symbol;
    for (int i = node; i > 0; i--)
        if (below[i].even || below[i].odd)
            open_node(p, list, i, below[i], below);
    for (int i = 0; i < list->n / 2; i++) { /* in the order of the nodes */
        const part first = list->item[i];
        list->item[i] = list->item[list->n - 1 - i];
        list->item[list->n - 1 - i] = first;
    }
    weft_free(below);
}

/* The number in front of a symbol, which goes over to the formula. */
static double take_factor(weft_graph *g, weft_symbol *symbol)
{
    if (symbol->even && symbol->odd)
        return 1.0;
    const int node = symbol->even ? symbol->even : symbol->odd;
    const weft_graph_node *x = weft_graph_at(g, node);
    double factor;
    int rest;
    if (weft_graph_is_number(g, node, &factor))
        rest = weft_graph_number(g, 1.0);
    else if (x->op == WEFT_OP_MUL && weft_graph_is_number(g, x->a, &factor))
        rest = x->b;
    else
        return 1.0;
    if (symbol->even)
        symbol->even = rest;
    else
        symbol->odd = rest;
    return factor;
}

/* ---- inputs of formulas: atoms, fixed fields, means, uniform variables ---- */

/* The number of a formula among the sources; new ones get their level from what they read. */
static int formula(eq_pipeline *p, int node, bool forward);
static void collect(eq_pipeline *p, int node, int *level);
static void collect_new(eq_pipeline *p, int node, int *level);

/* A level is the largest of the levels of all that it needs. */
static void raise_level(int *level, int to)
{
    *level = *level > to ? *level : to;
}

/* The number of a formula of places that is computed once. */
static int add_fixed(eq_pipeline *p, int node)
{
    for (int i = 0; i < p->n_fixed; i++)
        if (p->fixed[i].node == node)
            return i;
    if (p->n_fixed == EQ_ITEMS) {
        p->overflow = true;
        return 0;
    }
    p->fixed[p->n_fixed].node = node;
    return p->n_fixed++;
}

/* The number in front of a symbol becomes the factor of the term, so that 2*lap and 3*lap share a
 * table. */
static void add_term(eq_pipeline *p, eq_term *list, int *n, int most, int index, weft_symbol symbol)
{
    if (*n == most) {
        p->overflow = true;
        return;
    }
    double factor = take_factor(p->s->graph, &symbol);
    list[(*n)++] = (eq_term){.index = index, .symbol = symbol, .factor = factor};
}

/* The number of a node among the values that are the same at all sites. */
static int uniform_number(eq_pipeline *p, int node, int *level)
{
    collect(p, node, level); /* the means in it */
    for (int i = 0; i < p->n_uniform_nodes; i++)
        if (p->uniform_node[i] == node)
            return i;
    if (p->n_uniform_nodes == EQ_ITEMS) {
        p->overflow = true;
        return 0;
    }
    p->uniform_node[p->n_uniform_nodes] = node;
    return p->n_uniform_nodes++;
}

int eq_pipeline_add_uniform(eq_pipeline *p, int node)
{
    int level = 0;
    return uniform_number(p, node, &level);
}

/* Terms that are the same at all sites reach the mode k = 0 alone. */
static void add_uniform(eq_pipeline *p, eq_sum *sum, part x)
{
    static const double zero[4] = {0};
    double factor = weft_graph_wave_value(p->s->graph, x.symbol.even, zero);
    int level = 0;
    if (!isfinite(factor) || factor == 0.0)
        return;
    if (sum->n_uniform == EQ_TERMS) {
        p->overflow = true;
        return;
    }
    sum->uniform[sum->n_uniform] = uniform_number(p, x.node, &level);
    sum->uniform_factor[sum->n_uniform++] = factor;
    raise_level(&sum->level, level + 1);
}

/* All parts with the symbol of number first, but for numbers in front: one formula. */
static void add_group(eq_pipeline *p, eq_sum *sum, parts *list, int first, bool *done)
{
    weft_graph *g = p->s->graph;
    weft_symbol common = list->item[first].symbol;
    double leading = take_factor(g, &common);
    int node = list->item[first].node;
    for (int j = first + 1; j < list->n; j++) {
        weft_symbol other = list->item[j].symbol;
        double factor = take_factor(g, &other);
        if (done[j] || other.even != common.even || other.odd != common.odd)
            continue;
        int term = weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, factor / leading),
                                   list->item[j].node, 0);
        node = weft_graph_make(g, WEFT_OP_ADD, node, term, 0);
        done[j] = true;
    }
    int source = formula(p, node, true);
    raise_level(&sum->level, p->source[source].level + 1);
    add_term(p, sum->source, &sum->n_sources, EQ_TERMS, source, scaled(g, leading, common));
}

/* A rest of an equation, or what an operator acts on, as sources. */
static void add_rest(eq_pipeline *p, eq_sum *sum, const weft_split *split)
{
    weft_graph *g = p->s->graph;
    parts *list = weft_alloc(1, sizeof *list);
    bool done[EQ_TERMS] = {0};
    flatten(p, list, split->rest, (weft_symbol){weft_graph_number(g, 1.0), 0});
    for (int k = 0; k < p->s->n_noises; k++)
        if (split->noise[k].even || split->noise[k].odd)
            add_part(g, list, weft_graph_variable(g, WEFT_VAR_NOISE, k), split->noise[k]);
    p->overflow |= list->overflow;
    for (int i = 0; i < list->n; i++) {
        const part x = list->item[i];
        done[i] = x.symbol.even == 0 && x.symbol.odd == 0;
        if (done[i])
            continue;
        if (eq_is_uniform(p->s->graph, x.node)) {
            add_uniform(p, sum, x);
            done[i] = true;
        } else if (is_fixed(p, x.node)) {
            if (sum->n_places == EQ_TERMS)
                p->overflow = true;
            else {
                add_fixed(p, x.node);
                sum->place[sum->n_places] = x.node;
                sum->place_symbol[sum->n_places++] = x.symbol;
            }
            done[i] = true;
        }
    }
    for (int i = 0; i < list->n; i++)
        if (!done[i])
            add_group(p, sum, list, i, done);
    weft_free(list);
}

/* A node as a sum in k space. linear: with the terms that are a symbol times a field; without them
 * where the stepper has them already. */
static void add_node(eq_pipeline *p, eq_sum *sum, int node, bool linear)
{
    const weft_split *split = weft_split_of(p->s->splitter, node);
    sum->constant = split->constant;
    for (int i = 0; i < p->s->n && linear; i++)
        if (split->field[i].even || split->field[i].odd)
            add_term(p, sum->field, &sum->n_fields, EQ_COMPONENTS, i, split->field[i]);
    add_rest(p, sum, split);
}

/* An operator on fields and formulas, or a field, as values on the grid: found again by its node.
 */
static void add_atom(eq_pipeline *p, int node, int *level)
{
    for (int i = 0; i < p->n_atoms; i++)
        if (p->atom[i].node == node) {
            raise_level(level, p->atom[i].sum.level);
            return;
        }
    eq_sum *sum = weft_alloc(1, sizeof *sum);
    add_node(p, sum, node, true);
    if (p->n_atoms == EQ_ITEMS) {
        p->overflow = true;
    } else {
        p->atom[p->n_atoms].node = node;
        p->atom[p->n_atoms++].sum = *sum;
        raise_level(level, sum->level);
    }
    weft_free(sum);
}

/* The number of a mean over the grid; its formula is read on its own level. */
static int add_mean(eq_pipeline *p, int node)
{
    for (int i = 0; i < p->n_means; i++)
        if (p->mean[i].node == node)
            return i;
    int level = 0;
    collect(p, at(p, node)->a, &level); /* means inside come first in the list */
    if (p->n_means == EQ_ITEMS) {
        p->overflow = true;
        return 0;
    }
    p->mean[p->n_means] = (eq_mean){.node = node, .level = level};
    return p->n_means++;
}

/* The level of a node that was collected before; else 0 for the first time, and room to note it. */
static int *known_level(eq_pipeline *p, int node)
{
    if (node >= p->n_known) {
        int room = weft_graph_size(p->s->graph) + 64;
        p->known = weft_grow(p->known, (size_t)p->n_known, (size_t)room, sizeof *p->known);
        p->n_known = room;
    }
    return &p->known[node];
}

/* What a formula reads; level becomes at least that of its latest input. A node that several
 * formulas share is gone through once: known levels are noted, plus 1. */
static void collect(eq_pipeline *p, int node, int *level)
{
    int own = *known_level(p, node) - 1;
    if (own < 0) {
        own = 0;
        collect_new(p, node, &own);
        *known_level(p, node) = own + 1;
    }
    raise_level(level, own);
}

static void collect_new(eq_pipeline *p, int node, int *level)
{
    const weft_graph_node x = *at(p, node);
    if (x.op == WEFT_OP_NUMBER || p->overflow)
        return;
    if (is_fixed(p, node)) {
        add_fixed(p, node);
    } else if (x.op == WEFT_OP_MEAN) {
        int mean = add_mean(p, node);
        raise_level(level, p->mean[mean].level);
    } else if (x.op == WEFT_OP_OPERATOR ||
               (x.op == WEFT_OP_VARIABLE && x.variable == WEFT_VAR_FIELD)) {
        add_atom(p, node, level);
    } else if (x.op == WEFT_OP_VARIABLE) {
        p->wants_noise = p->wants_noise || x.variable == WEFT_VAR_NOISE;
    } else {
        const int operand[3] = {x.a, x.b, x.c};
        for (int i = 0; i < 3; i++)
            if (operand[i])
                collect(p, operand[i], level);
    }
}

/* A formula that is wanted on the grid and in k space is two sources: the transform is done in
 * place. */
static int formula(eq_pipeline *p, int node, bool forward)
{
    for (int i = 0; i < p->n_sources; i++)
        if (p->source[i].node == node && p->source[i].forward == forward)
            return i;
    int level = 0;
    collect(p, node, &level);
    if (p->n_sources == EQ_ITEMS || p->overflow) {
        p->overflow = true;
        return 0;
    }
    p->source[p->n_sources] = (eq_source){.node = node, .level = level, .forward = forward};
    return p->n_sources++;
}

/* ---- outputs ---- */

/* The sum is large and is built in allocated memory. */
void eq_pipeline_add_sum(eq_pipeline *p, int node, int target, bool linear)
{
    eq_sum *sum = weft_alloc(1, sizeof *sum);
    sum->target = target;
    add_node(p, sum, node, linear);
    p->sum[p->n_sums++] = *sum;
    weft_free(sum);
}

int eq_pipeline_add_values(eq_pipeline *p, int node)
{
    return formula(p, node, false);
}

/* One backward an atom, one forward a source that is needed in k space. */
int eq_pipeline_transforms(const eq_pipeline *p)
{
    int n = p->n_atoms;
    for (int i = 0; i < p->n_sources; i++)
        n += p->source[i].forward;
    return n;
}
