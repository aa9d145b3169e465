/* What a rule says of points: its numbers by the program of its expressions, then the comparisons
 * and what joins them.
 *
 * Invariant: a comparison is not known where a reduction or an error in it is nan, whatever the
 * formula makes of nan (min(x, nan) is x); joined comparisons follow the logic of Kleene. */
#include "rule.h"
#include "weft/memory.h"
#include <math.h>

/* The values of all sides of a rule, (side, point), and the inputs that they are made of. */
typedef struct values {
    int64_t n;
    const double *const *input;
    const double *side;
} values;

/* One comparison of point i. The inputs that the sides read are looked at by themselves, since a
 * formula can hide a nan. */
static scan_truth compare(const rule_node *x, const values *v, int64_t i)
{
    const double a = v->side[x->first * v->n + i], b = v->side[x->second * v->n + i];
    for (int k = 0; k < SCAN_CONSTANT; k++)
        if (x->uses >> k & 1 && isnan(v->input[k][i]))
            return SCAN_UNKNOWN;
    if (isnan(a) || isnan(b))
        return SCAN_UNKNOWN;
    switch (x->sign) {
    case '<':
        return a < b ? SCAN_YES : SCAN_NO;
    case '>':
        return a > b ? SCAN_YES : SCAN_NO;
    case 'l':
        return a <= b ? SCAN_YES : SCAN_NO;
    case 'g':
        return a >= b ? SCAN_YES : SCAN_NO;
    case 'e':
        return a == b ? SCAN_YES : SCAN_NO;
    default:
        return a != b ? SCAN_YES : SCAN_NO;
    }
}

/* What a node says of one point. The second side of "and" and "or" is looked at also where the
 * first decides nothing: not known and no is no, not known or yes is yes. */
static scan_truth say(const scan_rule *rule, int node, const values *v, int64_t i)
{
    const rule_node *x = &rule->node[node];
    if (x->sign != '!' && x->sign != '&' && x->sign != '|')
        return compare(x, v, i);
    const scan_truth a = say(rule, x->first, v, i);
    if (x->sign == '!')
        return a == SCAN_UNKNOWN ? a : a == SCAN_YES ? SCAN_NO : SCAN_YES;
    const scan_truth b = say(rule, x->second, v, i), deciding = x->sign == '&' ? SCAN_NO : SCAN_YES;
    if (a == deciding || b == deciding)
        return deciding;
    return a == SCAN_UNKNOWN || b == SCAN_UNKNOWN ? SCAN_UNKNOWN : a;
}

/* All points at once; rows that the rule does not use stand for nan and are never looked at. */
static void run_node(const scan_rule *rule, int node, int64_t n, const double *const *input,
                     scan_truth *out)
{
    const double *row[SCAN_INPUTS];
    double *side = weft_alloc((size_t)(rule->n_sides * n), sizeof *side);
    double *to[MOST_SIDES], *none = weft_alloc((size_t)n, sizeof *none);
    for (int k = 0; k < SCAN_INPUTS; k++)
        row[k] = input[k] ? input[k] : none;
    for (int k = 0; k < rule->n_sides; k++)
        to[k] = side + k * n;
    weft_program_run(rule->program, n, row, to);
    const values v = {.n = n, .input = row, .side = side};
    for (int64_t i = 0; i < n; i++)
        out[i] = say(rule, node, &v, i);
    weft_free(side);
    weft_free(none);
}

void scan_rule_run(const scan_rule *rule, int64_t n, const double *const *input, scan_truth *out)
{
    run_node(rule, rule->root, n, input, out);
}

void scan_rule_clause_run(const scan_rule *rule, int clause, int64_t n, const double *const *input,
                          scan_truth *out)
{
    run_node(rule, rule->clause[clause].node, n, input, out);
}

int scan_rule_clauses(const scan_rule *rule)
{
    return rule->n_clauses;
}

char *scan_rule_clause_text(const scan_rule *rule, int clause)
{
    const rule_clause *c = &rule->clause[clause];
    return weft_format("%.*s", c->to - c->from, rule->text + c->from);
}

uint64_t scan_rule_uses(const scan_rule *rule)
{
    uint64_t uses = 0;
    for (int i = 0; i < rule->n; i++)
        uses |= rule->node[i].uses;
    return uses;
}
