/* From nodes to a program of three-address code over blocks.
 *
 * Nodes are taken in the order of their numbers, which is an order of evaluation. What is the same
 * at all sites is computed once a run, before the rows. A product that is used once, in a sum, is
 * fused with it. A register is free again after the last instruction that reads it, so that their
 * number is that of the values alive at once, not that of the nodes. */
#include "program.h"
#include "internal.h"
#include "weft/error.h"
#include "weft/memory.h"
#include <string.h>

typedef enum place_kind { NOT_YET, ARRAY, SCALAR, FUSED } place_kind;

/* Where the value of a node is: a virtual array (registers are given at the end) or a scalar. */
typedef struct place {
    place_kind kind;
    int at;
} place;

typedef struct compiler {
    const weft_graph *g;
    weft_program *p;
    bool *needed;
    int *uses;
    int *input; /* of a node, or -1 */
    bool *uniform_input;
    place *place;
    int n_arrays; /* virtual: inputs first */
    int *power_of, *power_base, *power_array, n_powers, powers_capacity;
} compiler;

/* ---- lists ---- */

static expr_instruction *append(expr_instruction **list, int *n, int *capacity)
{
    if (*n == *capacity) {
        int larger = *capacity ? 2 * *capacity : 32;
        expr_instruction *copy = weft_alloc((size_t)larger, sizeof *copy);
        if (*n)
            memcpy(copy, *list, (size_t)*n * sizeof *copy);
        weft_free(*list);
        *list = copy;
        *capacity = larger;
    }
    return &(*list)[(*n)++];
}

static int emit(compiler *c, expr_code code, weft_op op, int a, int b, int d)
{
    weft_program *p = c->p;
    *append(&p->code, &p->n, &p->capacity) =
        (expr_instruction){.code = code, .op = op, .out = c->n_arrays, .a = a, .b = b, .c = d};
    return c->n_arrays++;
}

static int new_scalar(compiler *c, weft_op op, int a, int b, int d)
{
    weft_program *p = c->p;
    *append(&p->prelude, &p->n_prelude, &p->prelude_capacity) = (expr_instruction){
        .code = EXPR_GENERAL, .op = op, .out = p->n_scalars, .a = a, .b = b, .c = d};
    return p->n_scalars++;
}

/* A scalar as an array. */
static int spread(compiler *c, place x)
{
    return x.kind == SCALAR ? emit(c, EXPR_FILL_S, 0, x.at, 0, 0) : x.at;
}

/* ---- which nodes ---- */

static void need(compiler *c, int node)
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

/* ---- arithmetic ---- */

static place array_at(int at)
{
    return (place){ARRAY, at};
}

static place sum(compiler *c, place a, place b)
{
    if (a.kind == SCALAR)
        return sum(c, b, a);
    return array_at(emit(c, b.kind == SCALAR ? EXPR_ADD_AS : EXPR_ADD_AA, 0, a.at, b.at, 0));
}

static int negative(compiler *c, int scalar)
{
    int zero = new_scalar(c, WEFT_OP_NUMBER, 0, 0, 0);
    return new_scalar(c, WEFT_OP_SUB, zero, scalar, 0);
}

static place difference(compiler *c, place a, place b)
{
    if (b.kind == SCALAR)
        return array_at(emit(c, EXPR_ADD_AS, 0, a.at, negative(c, b.at), 0));
    return array_at(emit(c, a.kind == SCALAR ? EXPR_SUB_SA : EXPR_SUB_AA, 0, a.at, b.at, 0));
}

static place product(compiler *c, place a, place b)
{
    if (a.kind == SCALAR)
        return product(c, b, a);
    return array_at(emit(c, b.kind == SCALAR ? EXPR_MUL_AS : EXPR_MUL_AA, 0, a.at, b.at, 0));
}

static place quotient(compiler *c, place a, place b)
{
    expr_code code = b.kind == SCALAR ? EXPR_DIV_AS : a.kind == SCALAR ? EXPR_DIV_SA : EXPR_DIV_AA;
    return array_at(emit(c, code, 0, a.at, b.at, 0));
}

/* a b + d (sign 1), a b - d (sign -1), d - a b (sign 0). */
static place fused(compiler *c, place a, place b, place d, int sign)
{
    if (a.kind == SCALAR) {
        place swap = a;
        a = b;
        b = swap;
    }
    if (sign == 0 && b.kind == SCALAR)
        return fused(c, a, (place){SCALAR, negative(c, b.at)}, d, 1);
    if (sign == -1 && d.kind == SCALAR)
        return fused(c, a, b, (place){SCALAR, negative(c, d.at)}, 1);
    if (sign != 1)
        return array_at(
            emit(c, sign == 0 ? EXPR_FNMA_AAA : EXPR_FMS_AAA, 0, a.at, spread(c, b), spread(c, d)));
    expr_code code = b.kind == SCALAR ? (d.kind == SCALAR ? EXPR_FMA_ASS : EXPR_FMA_ASA)
                                      : (d.kind == SCALAR ? EXPR_FMA_AAS : EXPR_FMA_AAA);
    return array_at(emit(c, code, 0, a.at, b.at, d.at));
}

/* ---- powers, by squares that are kept for the other powers of the same number ---- */

static int square_of(compiler *c, int base, int power)
{
    if (power == 1)
        return base;
    for (int i = 0; i < c->n_powers; i++)
        if (c->power_base[i] == base && c->power_of[i] == power)
            return c->power_array[i];
    int half = square_of(c, base, power / 2);
    int result = emit(c, EXPR_MUL_AA, 0, half, half, 0);
    if (c->n_powers < c->powers_capacity) {
        c->power_base[c->n_powers] = base;
        c->power_of[c->n_powers] = power;
        c->power_array[c->n_powers++] = result;
    }
    return result;
}

static place integer_power(compiler *c, place a, int power)
{
    int result = -1;
    for (int bit = 1; bit <= power; bit *= 2) {
        if (!(power & bit))
            continue;
        int square = square_of(c, a.at, bit);
        result = result < 0 ? square : emit(c, EXPR_MUL_AA, 0, result, square, 0);
    }
    return array_at(result);
}

/* ---- nodes ---- */

static place general(compiler *c, const weft_graph_node *x)
{
    int a = spread(c, c->place[x->a]), b = a, d = a;
    if (expr_operands(x->op) > 1)
        b = spread(c, c->place[x->b]);
    if (expr_operands(x->op) > 2)
        d = spread(c, c->place[x->c]);
    return array_at(emit(c, EXPR_GENERAL, x->op, a, b, d));
}

/* The operands of a product that was left to the sum around it. */
static bool left_to_sum(compiler *c, int node, place out[2])
{
    if (c->place[node].kind != FUSED)
        return false;
    const weft_graph_node *x = weft_graph_at(c->g, node);
    out[0] = c->place[x->a];
    out[1] = c->place[x->b];
    return true;
}

static place plain_product(compiler *c, int node)
{
    place f[2];
    return left_to_sum(c, node, f) ? product(c, f[0], f[1]) : c->place[node];
}

static place sum_or_difference(compiler *c, const weft_graph_node *x)
{
    place f[2];
    const bool add = x->op == WEFT_OP_ADD;
    if (left_to_sum(c, x->b, f)) /* the other may be a product, too: that one is made */
        return fused(c, f[0], f[1], plain_product(c, x->a), add ? 1 : 0);
    if (left_to_sum(c, x->a, f))
        return fused(c, f[0], f[1], c->place[x->b], add ? 1 : -1);
    return add ? sum(c, c->place[x->a], c->place[x->b])
               : difference(c, c->place[x->a], c->place[x->b]);
}

static place scalar_node(compiler *c, int node, const weft_graph_node *x)
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
    return (place){SCALAR, at};
}

static bool is_scalar(const compiler *c, int node, const weft_graph_node *x)
{
    if (c->input[node] >= 0)
        return c->uniform_input[c->input[node]];
    const int operand[3] = {x->a, x->b, x->c};
    for (int i = 0; i < expr_operands(x->op); i++)
        if (c->place[operand[i]].kind != SCALAR)
            return false;
    return true;
}

static place compile_node(compiler *c, int node)
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
        return product(c, c->place[x->a], c->place[x->b]);
    case WEFT_OP_DIV:
        return quotient(c, c->place[x->a], c->place[x->b]);
    case WEFT_OP_POWER:
        return integer_power(c, c->place[x->a], x->index);
    default:
        return general(c, x);
    }
}

/* Products of arrays that one sum alone uses. */
static void mark_fused(compiler *c, int node)
{
    const weft_graph_node *x = weft_graph_at(c->g, node);
    if (x->op != WEFT_OP_ADD && x->op != WEFT_OP_SUB)
        return;
    const int operand[2] = {x->a, x->b};
    for (int i = 0; i < 2; i++) {
        const weft_graph_node *y = weft_graph_at(c->g, operand[i]);
        if (y->op == WEFT_OP_MUL && c->uses[operand[i]] == 1 && c->input[operand[i]] < 0)
            c->place[operand[i]].kind = FUSED;
    }
}

static void compile_nodes(compiler *c, int last)
{
    for (int node = 0; node <= last; node++)
        if (c->needed[node] && c->input[node] < 0)
            mark_fused(c, node);
    for (int node = 0; node <= last; node++) {
        if (!c->needed[node])
            continue;
        const weft_graph_node *x = weft_graph_at(c->g, node);
        if (c->place[node].kind == FUSED && !is_scalar(c, node, x))
            continue;
        c->place[node] = compile_node(c, node);
    }
}

/* ---- registers ---- */

static bool scalar_operand(expr_code code, int which)
{
    switch (code) {
    case EXPR_FILL_S:
    case EXPR_SUB_SA:
    case EXPR_DIV_SA:
        return which == 0;
    case EXPR_ADD_AS:
    case EXPR_MUL_AS:
    case EXPR_DIV_AS:
    case EXPR_FMA_ASA:
        return which == 1;
    case EXPR_FMA_AAS:
        return which == 2;
    case EXPR_FMA_ASS:
        return which > 0;
    default:
        return false;
    }
}

static int operands_of(const expr_instruction *x)
{
    if (x->code == EXPR_GENERAL || x->code >= EXPR_FMA_AAA)
        return 3;
    return x->code == EXPR_FILL_S || x->code == EXPR_COPY_A ? 1 : 2;
}

/* Virtual arrays become slots: registers first, then inputs, then outputs. slot_of[array] is -1
 * for those that need a register, and is -2 - j for the array that is output j. */
static void give_registers(compiler *c, int *slot_of)
{
    weft_program *p = c->p;
    int *last = weft_alloc((size_t)c->n_arrays, sizeof *last), most = 0;
    int *free_list = weft_alloc((size_t)c->n_arrays + 1, sizeof *free_list), n_free = 0;
    for (int k = 0; k < p->n; k++) {
        int *operand[3] = {&p->code[k].a, &p->code[k].b, &p->code[k].c};
        for (int i = 0; i < operands_of(&p->code[k]); i++)
            if (!scalar_operand(p->code[k].code, i))
                last[*operand[i]] = k;
    }
    for (int k = 0; k < p->n; k++) {
        expr_instruction *x = &p->code[k];
        int *operand[3] = {&x->a, &x->b, &x->c}, read[3], n_read = 0;
        for (int i = 0; i < operands_of(x); i++) {
            if (scalar_operand(x->code, i))
                continue;
            bool twice = false;
            for (int j = 0; j < n_read; j++)
                twice = twice || read[j] == *operand[i];
            if (!twice)
                read[n_read++] = *operand[i];
            *operand[i] = slot_of[*operand[i]];
        }
        if (slot_of[x->out] == -1)
            slot_of[x->out] = n_free > 0 ? free_list[--n_free] : most++;
        for (int i = 0; i < n_read;
             i++) /* after out has its own: it may not overlap what it reads */
            if (last[read[i]] == k && slot_of[read[i]] >= 0)
                free_list[n_free++] = slot_of[read[i]];
        x->out = slot_of[x->out];
    }
    p->n_registers = most;
    weft_free(last);
    weft_free(free_list);
}

/* -2 - j and below stand for inputs and outputs until the number of registers is known. */
static void place_slots(compiler *c)
{
    weft_program *p = c->p;
    for (int k = 0; k < p->n; k++) {
        int *slot[4] = {&p->code[k].out, &p->code[k].a, &p->code[k].b, &p->code[k].c};
        for (int i = 0; i < 4; i++)
            if ((i == 0 ||
                 (i <= operands_of(&p->code[k]) && !scalar_operand(p->code[k].code, i - 1))) &&
                *slot[i] <= -2)
                *slot[i] = p->n_registers - 2 - *slot[i];
    }
    p->memory = weft_alloc((size_t)p->n_registers * EXPR_BLOCK, sizeof(double));
    p->slot = weft_alloc((size_t)(p->n_registers + p->n_in + p->n_out), sizeof(double *));
    for (int i = 0; i < p->n_registers; i++)
        p->slot[i] = p->memory + (size_t)i * EXPR_BLOCK;
}

/* The array of an output: its own, made by the instruction that computes it, or a copy where it is
 * an input, a scalar, or another output's. */
static void finish(compiler *c, const int *nodes)
{
    weft_program *p = c->p;
    int *slot_of, *array = weft_alloc((size_t)p->n_out + 1, sizeof *array);
    for (int j = 0; j < p->n_out; j++) {
        place x = c->place[nodes[j]];
        bool taken = x.kind == SCALAR || x.at < p->n_in;
        for (int i = 0; i < j; i++)
            taken = taken || (x.kind == ARRAY && array[i] == x.at);
        if (x.kind == SCALAR)
            array[j] = emit(c, EXPR_FILL_S, 0, x.at, 0, 0);
        else
            array[j] = taken ? emit(c, EXPR_COPY_A, 0, x.at, 0, 0) : x.at;
    }
    slot_of = weft_alloc((size_t)c->n_arrays, sizeof *slot_of);
    for (int i = 0; i < c->n_arrays; i++)
        slot_of[i] = i < p->n_in ? -2 - i : -1;
    for (int j = 0; j < p->n_out; j++)
        slot_of[array[j]] = -2 - p->n_in - j;
    give_registers(c, slot_of);
    place_slots(c);
    weft_free(array);
    weft_free(slot_of);
}

/* Numbers are stored, so that the graph is not needed later. */
static void settle_scalars(compiler *c)
{
    weft_program *p = c->p;
    p->scalar = weft_alloc((size_t)p->n_scalars + 1, sizeof *p->scalar);
    for (int k = 0; k < p->n_prelude; k++)
        if (p->prelude[k].op == WEFT_OP_NUMBER)
            p->scalar[p->prelude[k].out] = weft_graph_at(c->g, p->prelude[k].a)->number;
}

weft_program *weft_program_create(const weft_graph *g, int n, const int *nodes, int n_inputs,
                                  const weft_program_input *inputs)
{
    const size_t size = (size_t)weft_graph_size(g);
    compiler c = {.g = g, .p = weft_alloc(1, sizeof *c.p), .n_arrays = n_inputs};
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
    compile_nodes(&c, last);
    finish(&c, nodes);
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

int weft_program_operations(const weft_program *p)
{
    return p->n;
}

/* ---- run ---- */

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
