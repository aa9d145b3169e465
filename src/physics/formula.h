/* Formulas of a few named variables, for models that take a law as text. Private to src. */
#ifndef WEFT_PHYSICS_FORMULA_H
#define WEFT_PHYSICS_FORMULA_H

#include "weft/expression.h"
#include "weft/params.h"

/* What the names in a formula mean: variable i is the variable WEFT_VAR_FIELD of number i in the
 * graph; constants, NULL: none, is a map {name: number}. Texts belong to the caller. */
typedef struct formula_names {
    weft_graph *graph;
    int n;
    const char *const *variable;
    const weft_node *constants;
} formula_names;

/* The node of the graph that a text stands for, a real number. Errors: WEFT_INPUT, with a mark in
 * the text. Local. */
weft_status formula_read(const formula_names *names, const weft_node *text, int *out);

/* Programs for values of n nodes from n_variables rows of values. Free with weft_program_free. */
weft_program *formula_program(const formula_names *names, int n, const int *nodes);

#endif
