/* From nodes to three-address code (instructions with two or three operands and one result) on
 * virtual arrays, which get their memory in registers.c.
 *
 * Nodes are taken in the order of their numbers, which is an order of evaluation. What is the same
 * at all sites, a scalar, goes to the prelude: a list that is computed once a run, before the rows.
 *
 * Invariant: a product of arrays that is used once, in a sum, is fused with it: one rounding in
 * place of two. Which products are fused is decided by the graph alone and never by the compiler
 * (-ffp-contract=off), so the bits do not depend on the machine.
 *
 * Example: a*u^2 + r - v, with fields u and v and numbers a and r:
 *
 *       prelude   s0 = a, s1 = r
 *       rows      t0 = u u
 *                 t1 = fma(t0, s0, s1)          product and sum fused, both numbers scalars
 *                 out = t1 - v */
#include "compile.h"
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

/* ---- lists ---- */

/* Room for one more instruction at the end of a list that doubles. */
static expr_instruction *append(expr_instruction **list, int *n, int *capacity)
{
    if (*n == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 32;
        *list = weft_grow(*list, (size_t)*n, (size_t)*capacity, sizeof **list);
    }
    return &(*list)[(*n)++];
}

/* Each instruction makes a new virtual array and none is changed afterwards. */
int expr_emit(expr_compiler *c, expr_code code, weft_op op, int a, int b, int d)
{
    weft_program *p = c->p;
    *append(&p->code, &p->n, &p->capacity) =
        (expr_instruction){.code = code, .op = op, .out = c->n_arrays, .a = a, .b = b, .c = d};
    return c->n_arrays++;
}

/* An instruction of the prelude; returns the number of its scalar. */
static int new_scalar(expr_compiler *c, weft_op op, int a, int b, int d)
{
    weft_program *p = c->p;
    *append(&p->prelude, &p->n_prelude, &p->prelude_capacity) = (expr_instruction){
        .code = EXPR_GENERAL, .op = op, .out = p->n_scalars, .a = a, .b = b, .c = d};
    return p->n_scalars++;
}

/* A scalar as an array. */
static int spread(expr_compiler *c, expr_place x)
{
    return x.kind == EXPR_SCALAR ? expr_emit(c, EXPR_FILL_S, 0, x.at, 0, 0) : x.at;
}

/* ---- arithmetic ---- */

static expr_place array_at(int at)
{
    return (expr_place){EXPR_ARRAY, at};
}

/* A scalar operand comes second: that halves the number of instructions there must be. */
static expr_place sum(expr_compiler *c, expr_place a, expr_place b)
{
    if (a.kind == EXPR_SCALAR)
        return sum(c, b, a);
    return array_at(
        expr_emit(c, b.kind == EXPR_SCALAR ? EXPR_ADD_AS : EXPR_ADD_AA, 0, a.at, b.at, 0));
}

/* a - s is a + (-s), which is exact: changing a sign does not round. */
static int negative(expr_compiler *c, int scalar)
{
    int zero = new_scalar(c, WEFT_OP_NUMBER, 0, 0, 0);
    return new_scalar(c, WEFT_OP_SUB, zero, scalar, 0);
}

/* b a scalar: a + (-s). a a scalar: its own instruction. Both are never scalars here. */
static expr_place difference(expr_compiler *c, expr_place a, expr_place b)
{
    if (b.kind == EXPR_SCALAR)
        return array_at(expr_emit(c, EXPR_ADD_AS, 0, a.at, negative(c, b.at), 0));
    return array_at(
        expr_emit(c, a.kind == EXPR_SCALAR ? EXPR_SUB_SA : EXPR_SUB_AA, 0, a.at, b.at, 0));
}

/* A scalar operand comes second, as in sums. */
static expr_place product(expr_compiler *c, expr_place a, expr_place b)
{
    if (a.kind == EXPR_SCALAR)
        return product(c, b, a);
    return array_at(
        expr_emit(c, b.kind == EXPR_SCALAR ? EXPR_MUL_AS : EXPR_MUL_AA, 0, a.at, b.at, 0));
}

/* Not by the inverse of a scalar, which would round twice. */
static expr_place quotient(expr_compiler *c, expr_place a, expr_place b)
{
    expr_code code = b.kind == EXPR_SCALAR   ? EXPR_DIV_AS
                     : a.kind == EXPR_SCALAR ? EXPR_DIV_SA
                                             : EXPR_DIV_AA;
    return array_at(expr_emit(c, code, 0, a.at, b.at, 0));
}

/* a b + d (sign 1), a b - d (sign -1), d - a b (sign 0). A product with a scalar has the scalar
 * second. Signs of scalars are moved into the prelude, so only sums of arrays need instructions of
 * their own for differences. */
static expr_place fused(expr_compiler *c, expr_place a, expr_place b, expr_place d, int sign)
{
    if (a.kind == EXPR_SCALAR) {
        expr_place swap = a;
        a = b;
        b = swap;
    }
    if (sign == 0 && b.kind == EXPR_SCALAR)
        return fused(c, a, (expr_place){EXPR_SCALAR, negative(c, b.at)}, d, 1);
    if (sign == -1 && d.kind == EXPR_SCALAR)
        return fused(c, a, b, (expr_place){EXPR_SCALAR, negative(c, d.at)}, 1);
    if (sign != 1)
        return array_at(expr_emit(c, sign == 0 ? EXPR_FNMA_AAA : EXPR_FMS_AAA, 0, a.at,
                                  spread(c, b), spread(c, d)));
    expr_code code = b.kind == EXPR_SCALAR ? (d.kind == EXPR_SCALAR ? EXPR_FMA_ASS : EXPR_FMA_ASA)
                                           : (d.kind == EXPR_SCALAR ? EXPR_FMA_AAS : EXPR_FMA_AAA);
    return array_at(expr_emit(c, code, 0, a.at, b.at, d.at));
}

/* ---- powers, by squares that are kept for the other powers of the same number ---- */

/* base^power for a power of two, by squaring; arrays of earlier powers of the same base are used
 * again, as in u^2 + u^4. */
static int square_of(expr_compiler *c, int base, int power)
{
    if (power == 1)
        return base;
    for (int i = 0; i < c->n_powers; i++)
        if (c->power_base[i] == base && c->power_of[i] == power)
            return c->power_array[i];
    int half = square_of(c, base, power / 2);
    int result = expr_emit(c, EXPR_MUL_AA, 0, half, half, 0);
    if (c->n_powers < c->powers_capacity) {
        c->power_base[c->n_powers] = base;
        c->power_of[c->n_powers] = power;
        c->power_array[c->n_powers++] = result;
    }
    return result;
}

/* Products of the squares for the bits of the exponent, lowest first, as in expr_integer_power. */
static expr_place integer_power(expr_compiler *c, expr_place a, int power)
{
    int result = -1;
    for (int bit = 1; bit <= power; bit *= 2) {
        if (!(power & bit))
            continue;
        int square = square_of(c, a.at, bit);
        result = result < 0 ? square : expr_emit(c, EXPR_MUL_AA, 0, result, square, 0);
    }
    return array_at(result);
}

/* ---- nodes ---- */

/* Functions and comparisons work on arrays only: scalars are spread, which happens rarely. */
static expr_place general(expr_compiler *c, const weft_graph_node *x)
{
    int a = spread(c, c->place[x->a]), b = a, d = a;
    if (expr_operands(x->op) > 1)
        b = spread(c, c->place[x->b]);
    if (expr_operands(x->op) > 2)
        d = spread(c, c->place[x->c]);
    return array_at(expr_emit(c, EXPR_GENERAL, x->op, a, b, d));
}

/* The instruction that made the array of a node, if it may become a part of another: it is the one
 * `back` places from the end of the list, and nothing else uses what it made. NULL: it may not. */
static const expr_instruction *absorbed(const expr_compiler *c, int node, int back)
{
    const weft_program *p = c->p;
    if (c->place[node].kind != EXPR_ARRAY || c->uses[node] > 1 || c->input[node] >= 0 ||
        p->n <= back)
        return NULL;
    const expr_instruction *x = &p->code[p->n - 1 - back];
    return x->out == c->place[node].at ? x : NULL;
}

/* The operand of a sum that is no scalar. */
static int array_operand(const expr_compiler *c, int node)
{
    const weft_graph_node *x = weft_graph_at(c->g, node);
    return c->place[x->a].kind == EXPR_SCALAR ? x->b : x->a;
}

/* sin(a - b) and sin(a - b + s) by one row in place of two and three, with the same roundings: the
 * coupling of phases, where the passes over memory cost as much as the sine. */
static expr_place sine(expr_compiler *c, const weft_graph_node *x)
{
    const expr_instruction *outer = absorbed(c, x->a, 0);
    if (outer && outer->code == EXPR_SUB_AA) {
        const expr_instruction d = *outer;
        c->p->n--;
        return array_at(expr_emit(c, EXPR_SIN_AA, 0, d.a, d.b, 0));
    }
    const expr_instruction *inner =
        outer && outer->code == EXPR_ADD_AS ? absorbed(c, array_operand(c, x->a), 1) : NULL;
    if (inner && inner->code == EXPR_SUB_AA) {
        const expr_instruction d = *inner;
        const int lag = outer->b;
        c->p->n -= 2;
        return array_at(expr_emit(c, EXPR_SIN_AAS, 0, d.a, d.b, lag));
    }
    return general(c, x);
}

/* (a + s) t by one row in place of two, with the same roundings. */
static expr_place product_node(expr_compiler *c, const weft_graph_node *x)
{
    const bool first = c->place[x->a].kind == EXPR_SCALAR;
    const expr_place number = c->place[first ? x->a : x->b];
    const expr_instruction *sum = absorbed(c, first ? x->b : x->a, 0);
    if (number.kind != EXPR_SCALAR || !sum || sum->code != EXPR_ADD_AS)
        return product(c, c->place[x->a], c->place[x->b]);
    const expr_instruction s = *sum;
    c->p->n--;
    return array_at(expr_emit(c, EXPR_MUL_SUM_ASS, 0, s.a, s.b, number.at));
}

/* The operands of a product that was left to the sum around it. */
static bool left_to_sum(expr_compiler *c, int node, expr_place out[2])
{
    if (c->place[node].kind != EXPR_FUSED)
        return false;
    const weft_graph_node *x = weft_graph_at(c->g, node);
    out[0] = c->place[x->a];
    out[1] = c->place[x->b];
    return true;
}

/* A product that was to be fused, but whose sum can take one product only. */
static expr_place plain_product(expr_compiler *c, int node)
{
    expr_place f[2];
    return left_to_sum(c, node, f) ? product(c, f[0], f[1]) : c->place[node];
}

/* x->b first: a - b c has an instruction of its own. */
static expr_place sum_or_difference(expr_compiler *c, const weft_graph_node *x)
{
    expr_place f[2];
    const bool add = x->op == WEFT_OP_ADD;
    if (left_to_sum(c, x->b, f)) /* the other may be a product, too: that one is made */
        return fused(c, f[0], f[1], plain_product(c, x->a), add ? 1 : 0);
    if (left_to_sum(c, x->a, f))
        return fused(c, f[0], f[1], c->place[x->b], add ? 1 : -1);
    return add ? sum(c, c->place[x->a], c->place[x->b])
               : difference(c, c->place[x->a], c->place[x->b]);
}

/* In the prelude, WEFT_OP_VARIABLE loads an input, WEFT_OP_NUMBER stores a constant. */
static expr_place scalar_node(expr_compiler *c, int node, const weft_graph_node *x)
{
    int at;
    if (c->input[node] >= 0) {
        at = new_scalar(c, WEFT_OP_VARIABLE, c->input[node], 0, 0);
    } else if (x->op == WEFT_OP_NUMBER) {
        at = new_scalar(c, WEFT_OP_NUMBER, node, 0, 0);
    } else if (x->op == WEFT_OP_POWER) {
        at = new_scalar(c, WEFT_OP_POWER, c->place[x->a].at, x->index, 0);
    } else {
        const int n = expr_operands(x->op);
        at = new_scalar(c, x->op, c->place[x->a].at, n > 1 ? c->place[x->b].at : 0,
                        n > 2 ? c->place[x->c].at : 0);
    }
    return (expr_place){EXPR_SCALAR, at};
}

/* A node whose operands are all scalars is one; inputs say it themselves. */
static bool is_scalar(const expr_compiler *c, int node, const weft_graph_node *x)
{
    if (c->input[node] >= 0)
        return c->uniform_input[c->input[node]];
    const int operand[3] = {x->a, x->b, x->c};
    for (int i = 0; i < expr_operands(x->op); i++)
        if (c->place[operand[i]].kind != EXPR_SCALAR)
            return false;
    return true;
}

/* Operands come before the nodes that use them, so their places are known. What has the same value
 * at all sites is computed once for a row (scalars); inputs are where the caller has put them. */
static expr_place compile_node(expr_compiler *c, int node)
{
    const weft_graph_node *x = weft_graph_at(c->g, node);
    if (is_scalar(c, node, x))
        return scalar_node(c, node, x);
    if (c->input[node] >= 0)
        return array_at(c->input[node]);
    switch (x->op) {
    case WEFT_OP_ADD:
    case WEFT_OP_SUB:
        return sum_or_difference(c, x);
    case WEFT_OP_MUL:
        return product_node(c, x);
    case WEFT_OP_DIV:
        return quotient(c, c->place[x->a], c->place[x->b]);
    case WEFT_OP_POWER:
        return integer_power(c, c->place[x->a], x->index);
    case WEFT_OP_SIN:
        return sine(c, x);
    default:
        return general(c, x);
    }
}

/* Products of arrays that one sum alone uses. */
static void mark_fused(expr_compiler *c, int node)
{
    const weft_graph_node *x = weft_graph_at(c->g, node);
    if (x->op != WEFT_OP_ADD && x->op != WEFT_OP_SUB)
        return;
    const int operand[2] = {x->a, x->b};
    for (int i = 0; i < 2; i++) {
        const weft_graph_node *y = weft_graph_at(c->g, operand[i]);
        if (y->op == WEFT_OP_MUL && c->uses[operand[i]] == 1 && c->input[operand[i]] < 0)
            c->place[operand[i]].kind = EXPR_FUSED;
    }
}

/* First mark what is to be fused, then compile: a product comes before its sum and must know. */
void expr_compile_nodes(expr_compiler *c, int last)
{
    for (int node = 0; node <= last; node++)
        if (c->needed[node] && c->input[node] < 0)
            mark_fused(c, node);
    for (int node = 0; node <= last; node++) {
        if (!c->needed[node])
            continue;
        const weft_graph_node *x = weft_graph_at(c->g, node);
        if (c->place[node].kind == EXPR_FUSED && !is_scalar(c, node, x))
            continue;
        c->place[node] = compile_node(c, node);
    }
}
