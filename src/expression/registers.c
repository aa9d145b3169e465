/* Slots for the virtual arrays of a program. A register is free again after the last instruction
 * that reads it, so that the number of registers is that of the values alive at once, not that of
 * the nodes. An instruction never writes to a register that it reads: its rows are `restrict`. An
 * output is written by the instruction that computes it, unless its value is needed as something
 * else.
 *
 * Example: t0 = u u; t1 = t0 v; t2 = sin t0; out = t1 + t2. t0 is read for the last time by the
 * third instruction, whose result t2 must not lie in it; so three arrays are alive at once and
 * there are three registers. The sum goes straight into the output.
 *
 * This is the linear scan of M. Poletto and V. Sarkar, ACM TOPLAS 21, 895 (1999), without spilling:
 * there are as many registers as needed. */
#include "compile.h"
#include "weft/memory.h"

/* Whether operand number `which` (0 a, 1 b, 2 c) of an instruction is the number of a scalar. */
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
    case EXPR_SIN_AAS:
        return which == 2;
    case EXPR_FMA_ASS:
    case EXPR_MUL_SUM_ASS:
        return which > 0;
    default:
        return false;
    }
}

/* How many of a, b, c an instruction reads, scalars included. */
static int operands_of(const expr_instruction *x)
{
    if (x->code == EXPR_GENERAL || x->code >= EXPR_FMA_AAA)
        return 3;
    return x->code == EXPR_FILL_S || x->code == EXPR_COPY_A ? 1 : 2;
}

/* Virtual arrays become slots: registers first, then inputs, then outputs. slot_of[array] is -1 for
 * those that need a register, and is -2 - j for the array that is output j. First pass: the last
 * instruction that reads each array. Second pass, in the order of execution: the result takes a
 * free register, and only then those operands that are read for the last time give theirs back; so
 * a result never lies in a register that its own instruction reads. */
static void give_registers(expr_compiler *c, int *slot_of)
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

/* -2 - j and below stand for inputs and outputs until the number of registers is known. Registers
 * come first in the list of slots, so inputs and outputs follow at known places. */
static void place_slots(expr_compiler *c)
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
void expr_give_slots(expr_compiler *c, const int *nodes)
{
    weft_program *p = c->p;
    int *slot_of, *array = weft_alloc((size_t)p->n_out + 1, sizeof *array);
    for (int j = 0; j < p->n_out; j++) {
        expr_place x = c->place[nodes[j]];
        bool taken = x.kind == EXPR_SCALAR || x.at < p->n_in;
        for (int i = 0; i < j; i++)
            taken = taken || (x.kind == EXPR_ARRAY && array[i] == x.at);
        if (x.kind == EXPR_SCALAR)
            array[j] = expr_emit(c, EXPR_FILL_S, 0, x.at, 0, 0);
        else
            array[j] = taken ? expr_emit(c, EXPR_COPY_A, 0, x.at, 0, 0) : x.at;
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
