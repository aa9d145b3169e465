/* The graph of an expression: its nodes, and how they are stored. Every node is kept in a hash
 * table by what it is, so that equal expressions are one node and are computed once; operands
 * always have smaller numbers than the node that uses them, so that the order of the numbers is an
 * order of evaluation. A node is never changed once it has a number, and numbers are given in the
 * order of the calls: the same input gives the same graph on every rank.
 *
 * Example: "sin(u) + v*sin(u)" makes u, sin(u), v, the product and the sum: five nodes, and sin(u)
 * is one of them however often it is written.
 *
 * The table uses open addressing: a node that finds its slot taken goes to the next free one (D. E.
 * Knuth, The Art of Computer Programming 3, 6.4). Nothing is ever removed from it, which is what
 * makes this simple form right. */
#include "graph.h"
#include "internal.h"
#include "weft/error.h"
#include "weft/memory.h"
#include <string.h>

/* ---- storage ---- */

/* Mixes a word into a hash (the constant is that of MurmurHash3). */
static uint64_t mix(uint64_t h, uint64_t value)
{
    h ^= value + UINT64_C(0x9e3779b97f4a7c15) + (h << 6) + (h >> 2);
    return h * UINT64_C(0xff51afd7ed558ccd);
}

/* Of everything that tells nodes apart; what follows from it (depends, shifts) is left out. */
static uint64_t hash(const weft_graph_node *x)
{
    uint64_t number;
    memcpy(&number, &x->number, sizeof number);
    uint64_t h = mix((uint64_t)x->op, number);
    h = mix(h, (uint64_t)x->a);
    h = mix(h, (uint64_t)x->b);
    h = mix(h, (uint64_t)x->c);
    h = mix(h, (uint64_t)x->variable * 4096 + (uint64_t)x->index);
    for (int i = 0; i < 3; i++)
        h = mix(h, (uint64_t)x->offset[i]);
    return h ^ (h >> 29);
}

/* Numbers are compared by bits: 0 and -0 are different constants, and a nan equals itself. */
static bool same(const weft_graph_node *x, const weft_graph_node *y)
{
    return x->op == y->op && x->a == y->a && x->b == y->b && x->c == y->c &&
           memcmp(&x->number, &y->number, sizeof x->number) == 0 && x->variable == y->variable &&
           x->index == y->index && memcmp(x->offset, y->offset, sizeof x->offset) == 0;
}

/* Where the node is, or the free place where it belongs. The table is never more than a quarter
 * full, so the search is short. */
static int slot_of(const weft_graph *g, const weft_graph_node *x)
{
    int slot = (int)(hash(x) & (uint64_t)(g->slots - 1));
    while (g->table[slot] && !same(&g->node[g->table[slot]], x))
        slot = (slot + 1) & (g->slots - 1);
    return slot;
}

/* Doubles the nodes and fills a new table. Pointers to nodes are not valid after this; numbers are.
 */
static void grow(weft_graph *g)
{
    int capacity = 2 * g->capacity;
    g->node = weft_grow(g->node, (size_t)g->n, (size_t)capacity, sizeof *g->node);
    weft_free(g->table);
    g->capacity = capacity;
    g->slots = 4 * capacity;
    g->table = weft_alloc((size_t)g->slots, sizeof *g->table);
    for (int i = 1; i < g->n; i++)
        g->table[slot_of(g, &g->node[i])] = i;
}

/* The node that equals x, made if there is none yet. Equal operations on equal operands are
 * therefore one node, by induction from the leaves, and two values are known to be equal when their
 * numbers are: that is how V(-phi) = V(phi) is seen. 0 and -0 are both node 0. */
int expr_intern(weft_graph *g, weft_graph_node x)
{
    if (x.op == WEFT_OP_NUMBER && x.number == 0.0)
        return 0;
    int slot = slot_of(g, &x);
    if (g->table[slot])
        return g->table[slot];
    if (g->n == g->capacity) {
        grow(g);
        slot = slot_of(g, &x);
    }
    x.shifts =
        x.op == WEFT_OP_SHIFT || g->node[x.a].shifts || g->node[x.b].shifts || g->node[x.c].shifts;
    g->node[g->n] = x;
    g->table[slot] = g->n;
    return g->n++;
}

/* Node 0 is there from the start: zeroed memory is a WEFT_OP_NUMBER of value 0. */
weft_graph *weft_graph_create(void)
{
    weft_graph *g = weft_alloc(1, sizeof *g);
    g->capacity = 64;
    g->node = weft_alloc((size_t)g->capacity, sizeof *g->node);
    g->slots = 4 * g->capacity;
    g->table = weft_alloc((size_t)g->slots, sizeof *g->table);
    g->n = 1; /* the number 0 */
    return g;
}

void weft_graph_free(weft_graph *g)
{
    if (!g)
        return;
    weft_free(g->node);
    weft_free(g->table);
    weft_free(g);
}

/* The pointer holds until the next node is made. */
const weft_graph_node *weft_graph_at(const weft_graph *g, int node)
{
    WEFT_ASSERT(node >= 0 && node < g->n);
    return &g->node[node];
}

int weft_graph_size(const weft_graph *g)
{
    return g->n;
}

/* ---- leaves ---- */

/* -0 is the number 0: a sign of zero would make different nodes of equal formulas. */
int weft_graph_number(weft_graph *g, double value)
{
    return expr_intern(g, (weft_graph_node){.op = WEFT_OP_NUMBER, .number = value});
}

int weft_graph_variable(weft_graph *g, weft_variable kind, int index)
{
    return expr_intern(
        g, (weft_graph_node){
               .op = WEFT_OP_VARIABLE, .variable = kind, .index = index, .depends = 1u << kind});
}

bool weft_graph_is_number(const weft_graph *g, int node, double *value)
{
    *value = g->node[node].number;
    return g->node[node].op == WEFT_OP_NUMBER;
}

/* Unused operands are node 0, which depends on nothing. */
int expr_plain(weft_graph *g, weft_op op, int a, int b, int c)
{
    unsigned depends = g->node[a].depends | g->node[b].depends | g->node[c].depends;
    return expr_intern(g, (weft_graph_node){.op = op, .a = a, .b = b, .c = c, .depends = depends});
}

/* It depends on the same kinds of variables as the leaf, at another site. */
int expr_shifted(weft_graph *g, int leaf, const int offset[3])
{
    weft_graph_node x = {.op = WEFT_OP_SHIFT, .a = leaf, .depends = g->node[leaf].depends};
    for (int i = 0; i < 3; i++)
        x.offset[i] = offset[i];
    return expr_intern(g, x);
}
