/* The graph of an expression, private to src/expression: to files that make nodes of their own. */
#ifndef WEFT_EXPRESSION_GRAPH_H
#define WEFT_EXPRESSION_GRAPH_H

#include "weft/expression.h"

/* n nodes with room for capacity; a hash table with `slots` entries, a power of two. */
struct weft_graph {
    weft_graph_node *node;
    int n, capacity;
    int *table; /* open addressing; 0: free (node 0 is never looked up) */
    int slots;
    int axes; /* of the grid whose neighbours formulas name, for printing; 0: no such formula */
};

/* The number of the node that is equal to x; it is made if there is none. */
int expr_intern(weft_graph *g, weft_graph_node x);

/* The node of an operation as it stands, without a rule that folds it. */
int expr_plain(weft_graph *g, weft_op op, int a, int b, int c);

/* number * rest: the number in front of a product and what it multiplies. */
double expr_factor(const weft_graph *g, int node, int *rest);

/* c * node. */
int expr_times(weft_graph *g, double c, int node);

#endif
