/* Where in the input a value comes from, so that a message about a node of the graph can mark the
 * place in the text. The graph joins equal values, so a node may have several places: the first one
 * in the text that the message is about counts, else the first one anywhere. A node that was folded
 * into another one has no place of its own; then the smallest value that contains it counts, which
 * is the one with the lowest number, for a node comes after all that it is made of. */
#include "read.h"
#include "weft/memory.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Adds a place; the list grows as it must. */
static void note(eq_system *s, int node, int at, int length)
{
    if (s->n_origins == s->origins_capacity) {
        const int capacity = s->origins_capacity ? 2 * s->origins_capacity : 256;
        s->origin = weft_grow(s->origin, (size_t)s->n_origins, (size_t)capacity, sizeof *s->origin);
        s->origins_capacity = capacity;
    }
    s->origin[s->n_origins++] = (eq_origin){node, s->reading, at, length};
}

/* Called by the builder of expressions for each value it makes; both parts of a complex value have
 * the same place. */
void eq_note_origin(void *context, weft_expr value, int at, int length)
{
    eq_system *s = context;
    if (s->reading && value.re)
        note(s, value.re, at, length);
    if (s->reading && value.im)
        note(s, value.im, at, length);
}

/* Builds an expression while its places are noted for this text. */
bool eq_build(eq_system *s, const weft_expr_scope *scope, const weft_node *text,
              const weft_ast *ast, int root, weft_expr *out, weft_expr_error *error)
{
    const weft_node *outer = s->reading; /* a name is built inside what asks for it first */
    s->reading = text;
    bool good = weft_expr_build(scope, ast, root, out, error);
    s->reading = outer;
    return good;
}

/* Which nodes contain a node. */
static bool *all_with(const weft_graph *g, int node)
{
    const int n = weft_graph_size(g);
    bool *with = weft_alloc((size_t)n, sizeof *with);
    with[node] = true;
    for (int i = node + 1; i < n; i++) {
        const weft_graph_node *x = weft_graph_at(g, i);
        if (x->op != WEFT_OP_NUMBER && x->op != WEFT_OP_VARIABLE)
            with[i] = with[x->a] || with[x->b] || with[x->c];
    }
    return with;
}

/* The best place of a node, see the head; NULL: none is known. */
static const eq_origin *find(const eq_system *s, int node, const weft_node *text)
{
    const eq_origin *best = NULL;
    bool *with = all_with(s->graph, node);
    for (int i = 0; i < s->n_origins; i++) {
        const eq_origin *o = &s->origin[i];
        bool here = best && o->node == best->node && o->text == text && best->text != text;
        if (with[o->node] && (!best || o->node < best->node || here))
            best = o;
    }
    weft_free(with);
    return best;
}

/* An error about a node, with a mark under its text where that is known. */
weft_status eq_fail_at(const eq_system *s, int node, const weft_node *text, const char *format, ...)
{
    char message[600];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    const eq_origin *o = find(s, node, text);
    return o ? weft_node_point(o->text, o->at, o->length, "%s", message)
             : weft_node_fail(text, 0, "%s", message);
}
