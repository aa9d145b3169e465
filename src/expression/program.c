/* Programs of expressions: what makes one out of nodes (compile.c, registers.c, in this order), and
 * the run over blocks of EXPR_BLOCK sites. A block is so short that all registers stay in the L1
 * cache while the instructions (rows.c) go over it one after another. A program keeps its numbers
 * and not its graph.
 *
 * Life of a program: need marks the nodes that the outputs are made of; expr_compile_nodes makes
 * instructions for them; expr_give_slots gives their results memory; settle_scalars stores the
 * constants. A run computes the scalars, points the slots of inputs and outputs at the block, and
 * executes the list.
 *
 * Invariant: the order and the kind of the operations on a value depend on the graph alone, never
 * on n, on the place of the value in its block, or on the rank. So a lattice has the same bits for
 * any decomposition. */
#include "program.h"
#include "compile.h"
#include "internal.h"
#include "weft/error.h"
#include "weft/memory.h"

/* Marks a node and all that it is made of, and counts how often each is used. Inputs are not looked
 * into. Operations that need other sites (shifts, operators, means) must be inputs. */
static void need(expr_compiler *c, int node)
{
    c->uses[node]++;
    if (c->needed[node])
        return;
    c->needed[node] = true;
    if (c->input[node] >= 0)
        return;
    const weft_graph_node *x = weft_graph_at(c->g, node);
    WEFT_ASSERT(x->op != WEFT_OP_VARIABLE && x->op != WEFT_OP_SHIFT && x->op != WEFT_OP_OPERATOR &&
                x->op != WEFT_OP_MEAN);
    const int operand[3] = {x->a, x->b, x->c};
    for (int i = 0; i < expr_operands(x->op); i++)
        need(c, operand[i]);
}

/* Numbers are stored, so that the graph is not needed later. */
static void settle_scalars(expr_compiler *c)
{
    weft_program *p = c->p;
    p->scalar = weft_alloc((size_t)p->n_scalars + 1, sizeof *p->scalar);
    for (int k = 0; k < p->n_prelude; k++)
        if (p->prelude[k].op == WEFT_OP_NUMBER)
            p->scalar[p->prelude[k].out] = weft_graph_at(c->g, p->prelude[k].a)->number;
}

/* last: no node above the largest output is needed, since operands have smaller numbers. */
weft_program *weft_program_create(const weft_graph *g, int n, const int *nodes, int n_inputs,
                                  const weft_program_input *inputs)
{
    const size_t size = (size_t)weft_graph_size(g);
    expr_compiler c = {.g = g, .p = weft_alloc(1, sizeof *c.p), .n_arrays = n_inputs};
    int last = 0;
    c.p->n_out = n;
    c.p->n_in = n_inputs;
    c.needed = weft_alloc(size, sizeof *c.needed);
    c.uses = weft_alloc(size, sizeof *c.uses);
    c.input = weft_alloc(size, sizeof *c.input);
    c.uniform_input = weft_alloc((size_t)n_inputs + 1, sizeof *c.uniform_input);
    c.place = weft_alloc(size, sizeof *c.place);
    c.powers_capacity = weft_graph_size(g);
    c.power_of = weft_alloc(size, sizeof *c.power_of);
    c.power_base = weft_alloc(size, sizeof *c.power_base);
    c.power_array = weft_alloc(size, sizeof *c.power_array);
    for (size_t i = 0; i < size; i++)
        c.input[i] = -1;
    for (int i = 0; i < n_inputs; i++) {
        c.input[inputs[i].node] = i;
        c.uniform_input[i] = inputs[i].uniform;
    }
    for (int j = 0; j < n; j++) {
        need(&c, nodes[j]);
        c.uses[nodes[j]]++; /* an output is no part of a sum alone */
        last = nodes[j] > last ? nodes[j] : last;
    }
    expr_compile_nodes(&c, last);
    expr_give_slots(&c, nodes);
    settle_scalars(&c);
    void *lists[] = {c.needed, c.uses,     c.input,      c.uniform_input,
                     c.place,  c.power_of, c.power_base, c.power_array};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        weft_free(lists[i]);
    return c.p;
}

void weft_program_free(weft_program *p)
{
    if (!p)
        return;
    weft_free(p->code);
    weft_free(p->prelude);
    weft_free(p->memory);
    weft_free(p->slot);
    weft_free(p->scalar);
    weft_free(p);
}

/* ---- run ---- */

/* Scalars are computed anew in each run: uniform inputs may have changed. */
static void run_prelude(const weft_program *p, const double *const *input)
{
    double *s = p->scalar;
    for (int k = 0; k < p->n_prelude; k++) {
        const expr_instruction *x = &p->prelude[k];
        if (x->op == WEFT_OP_VARIABLE)
            s[x->out] = input[x->a][0];
        else if (x->op == WEFT_OP_POWER)
            s[x->out] = expr_integer_power(s[x->a], x->b);
        else if (x->op != WEFT_OP_NUMBER)
            s[x->out] = expr_apply(x->op, s[x->a], s[x->b], s[x->c]);
    }
}

/* The program's registers are memory of its own, so one program runs once at a time. */
void weft_program_run(const weft_program *p, int64_t n, const double *const *input,
                      double *const *out)
{
    double **in_slot = p->slot + p->n_registers, **out_slot = in_slot + p->n_in;
    run_prelude(p, input);
    for (int64_t at = 0; at < n; at += EXPR_BLOCK) {
        int64_t left = n - at;
        for (int i = 0; i < p->n_in; i++)
            in_slot[i] = (double *)input[i] + at; /* read alone; of uniform inputs never used */
        for (int j = 0; j < p->n_out; j++)
            out_slot[j] = out[j] + at;
        expr_run_block(p->code, p->n, p->slot, p->scalar,
                       (int)(left < EXPR_BLOCK ? left : EXPR_BLOCK));
    }
}
