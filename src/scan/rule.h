/* A rule of a class as it is kept: shared by rules.c, which reads it, and rule_run.c. */
#ifndef WEFT_SCAN_RULE_H
#define WEFT_SCAN_RULE_H

#include "classes.h"

enum { MOST_SIDES = 128, MOST_NODES = 192 };

/* A comparison of output `first` with output `second` of the program, or what joins nodes. sign:
 * that of the syntax tree. */
typedef struct rule_node {
    char sign;
    int first, second;
    uint64_t uses; /* reductions and errors of a comparison, by their inputs */
} rule_node;

/* A part of the text that "and" joins, with its node. */
typedef struct rule_clause {
    int from, to, node;
} rule_clause;

struct scan_rule {
    char *text;
    int n, root, n_sides, n_clauses;
    rule_node node[MOST_NODES];
    rule_clause clause[SCAN_CLAUSES];
    weft_program *program;
};

#endif
