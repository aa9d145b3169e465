/* The operations of a program on a block of values: one loop an operation, over arrays that stay in
 * the first cache, so that the compiler makes vector code of each and the cost of choosing the
 * operation is spread over a block. Nothing here depends on the length or on the alignment of a
 * block: every value goes through the same operations, with fused multiply-adds by name, and so has
 * the same bits wherever it lies.
 *
 * Each loop body is one expression without a branch, over arrays that are declared `restrict`: the
 * compiler then needs no check for overlap, and keeps whole vectors in flight. Where an operation
 * has scalars, they are in a register for the whole block. min, max, where and comparisons become
 * masks.
 *
 * The functions of libm are not used, except sqrt, fabs and fma, which are exact or correctly
 * rounded: libm chooses its variant by the processor, and bits would follow it. */
#include "internal.h"
#include "program.h"

/* One loop over the block; o and the operands are `restrict`, so it vectorises. */
#define ROW(expression)                                                                            \
    do {                                                                                           \
        for (int i = 0; i < n; i++)                                                                \
            o[i] = (expression);                                                                   \
    } while (0)

/* Functions of one number; the same inline functions as in apply.c. */
static void elementary_row(weft_op op, int n, const double *restrict a, double *restrict o)
{
    switch (op) {
    case WEFT_OP_SQRT:
        ROW(sqrt(a[i]));
        break;
    case WEFT_OP_EXP:
        ROW(weft_exp(a[i]));
        break;
    case WEFT_OP_LOG:
        ROW(weft_ln(a[i]));
        break;
    case WEFT_OP_SIN:
        ROW(weft_sin_any(a[i]));
        break;
    case WEFT_OP_COS:
        ROW(weft_cos_any(a[i]));
        break;
    case WEFT_OP_TAN:
        ROW(weft_tan(a[i]));
        break;
    case WEFT_OP_ASIN:
        ROW(weft_asin(a[i]));
        break;
    case WEFT_OP_ACOS:
        ROW(weft_acos(a[i]));
        break;
    case WEFT_OP_ATAN:
        ROW(weft_atan(a[i]));
        break;
    case WEFT_OP_SINH:
        ROW(weft_sinh(a[i]));
        break;
    case WEFT_OP_COSH:
        ROW(weft_cosh(a[i]));
        break;
    case WEFT_OP_TANH:
        ROW(weft_tanh(a[i]));
        break;
    case WEFT_OP_ABS:
        ROW(fabs(a[i]));
        break;
    case WEFT_OP_SIGN:
        ROW(expr_sign(a[i]));
        break;
    case WEFT_OP_ERF:
        ROW(weft_erf(a[i]));
        break;
    case WEFT_OP_FINITE:
        ROW(expr_finite(a[i]));
        break;
    default:
        ROW(expr_step(a[i]));
    }
}

/* Comparisons give 1 or 0; where chooses without a branch. */
static void general_row(weft_op op, int n, const double *restrict a, const double *restrict b,
                        const double *restrict c, double *restrict o)
{
    switch (op) {
    case WEFT_OP_POW:
        ROW(weft_pow(a[i], b[i]));
        break;
    case WEFT_OP_MIN:
        ROW(expr_min(a[i], b[i]));
        break;
    case WEFT_OP_MAX:
        ROW(expr_max(a[i], b[i]));
        break;
    case WEFT_OP_ATAN2:
        ROW(expr_atan2(a[i], b[i]));
        break;
    case WEFT_OP_LESS:
        ROW(a[i] < b[i] ? 1.0 : 0.0);
        break;
    case WEFT_OP_LESS_EQUAL:
        ROW(a[i] <= b[i] ? 1.0 : 0.0);
        break;
    case WEFT_OP_EQUAL:
        ROW(a[i] == b[i] ? 1.0 : 0.0);
        break;
    case WEFT_OP_WHERE:
        ROW(a[i] != 0.0 ? b[i] : c[i]);
        break;
    default:
        elementary_row(op, n, a, o);
    }
}

/* s and t: scalars in place of the second and of the third operand. */
static void fused_row(expr_code code, int n, const double *restrict a, const double *restrict b,
                      const double *restrict c, double s, double t, double *restrict o)
{
    switch (code) {
    case EXPR_FMA_AAA:
        ROW(fma(a[i], b[i], c[i]));
        break;
    case EXPR_FMA_ASA:
        ROW(fma(a[i], s, c[i]));
        break;
    case EXPR_FMA_AAS:
        ROW(fma(a[i], b[i], t));
        break;
    case EXPR_FMA_ASS:
        ROW(fma(a[i], s, t));
        break;
    case EXPR_MUL_SUM_ASS:
        ROW((a[i] + s) * t);
        break;
    case EXPR_SIN_AAS:
        ROW(weft_sin_any((a[i] - b[i]) + t));
        break;
    case EXPR_FMS_AAA:
        ROW(fma(a[i], b[i], -c[i]));
        break;
    default:
        ROW(fma(-a[i], b[i], c[i]));
    }
}

/* s: the scalar operand, if there is one. */
static void arithmetic_row(expr_code code, int n, const double *restrict a,
                           const double *restrict b, double s, double *restrict o)
{
    switch (code) {
    case EXPR_COPY_A:
        ROW(a[i]);
        break;
    case EXPR_FILL_S:
        ROW(s);
        break;
    case EXPR_ADD_AA:
        ROW(a[i] + b[i]);
        break;
    case EXPR_ADD_AS:
        ROW(a[i] + s);
        break;
    case EXPR_SUB_AA:
        ROW(a[i] - b[i]);
        break;
    case EXPR_SUB_SA:
        ROW(s - b[i]);
        break;
    case EXPR_MUL_AA:
        ROW(a[i] * b[i]);
        break;
    case EXPR_MUL_AS:
        ROW(a[i] * s);
        break;
    case EXPR_DIV_AA:
        ROW(a[i] / b[i]);
        break;
    case EXPR_DIV_AS:
        ROW(a[i] / s);
        break;
    case EXPR_SIN_AA:
        ROW(weft_sin_any(a[i] - b[i]));
        break;
    default:
        ROW(s / b[i]);
    }
}

/* An operand that an instruction does not have is given as the output, which is memory that exists
 * and is not read. */
void expr_run_block(const expr_instruction *code, int n_code, double *const *slot,
                    const double *scalar, int n)
{
    for (int k = 0; k < n_code; k++) {
        const expr_instruction *x = &code[k];
        double *o = slot[x->out];
        /* Which operand is a scalar follows from the code. Its number counts scalars, that of any
         * other operand counts slots. */
        const bool s_first =
            x->code == EXPR_FILL_S || x->code == EXPR_SUB_SA || x->code == EXPR_DIV_SA;
        if (x->code == EXPR_GENERAL) {
            general_row(x->op, n, slot[x->a], slot[x->b], slot[x->c], o);
        } else if (x->code >= EXPR_FMA_AAA) {
            bool ss = x->code == EXPR_FMA_ASS || x->code == EXPR_MUL_SUM_ASS;
            bool sb = ss || x->code == EXPR_FMA_ASA;
            bool sc = ss || x->code == EXPR_FMA_AAS || x->code == EXPR_SIN_AAS;
            fused_row(x->code, n, slot[x->a], sb ? o : slot[x->b], sc ? o : slot[x->c],
                      sb ? scalar[x->b] : 0.0, sc ? scalar[x->c] : 0.0, o);
        } else {
            bool sb = x->code == EXPR_ADD_AS || x->code == EXPR_MUL_AS || x->code == EXPR_DIV_AS;
            arithmetic_row(x->code, n, s_first ? o : slot[x->a],
                           sb || x->code == EXPR_FILL_S || x->code == EXPR_COPY_A ? o : slot[x->b],
                           s_first ? scalar[x->a]
                           : sb    ? scalar[x->b]
                                   : 0.0,
                           o);
        }
    }
}
