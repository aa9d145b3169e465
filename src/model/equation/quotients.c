/* Which denominators of the equations must not pass zero.
 *
 * A fixed step does not see a place where a rate has no value: in dt(u) = -1/u the field jumps past
 * zero, and what follows are finite numbers that mean nothing. Not every denominator that changes
 * its sign is such a place: sin(u)/u is regular at zero, and so is where(abs(u) > 0.1, 1/u, 0). So
 * each denominator is tried with numbers here, before the run, and those that make a formula
 * infinite are watched in it (watch.c).
 *
 * The trial: what the formula is made of (fields, derivatives, means, coefficients) gets random
 * values. Between two sets of values on whose ends the denominator has different signs, its zero is
 * found by halving. On the way to the zero, at distances d of 1e-3, 1e-4, ..., 1e-9, the formula is
 * computed, and the differences of its values from one distance to the next are looked at, in which
 * all that is regular falls with d: so no large term hides a weak pole, as of 1e-20/h^3. A pole of
 * order p makes them grow, 10^p times each time; a root or a logarithm, over which time can be
 * integrated, by 3.2 at most, and the limit is 5. Rounding errors grow, too, as those of
 * (1 - cos(u))/u^2, which is regular; but by factors that differ, and hardly ever are equal to two
 * per cent twice. A formula that overflows near the zero alone, as exp(-1/T), has no value there.
 * One of eight trials must show it: those with large values of other terms may not.
 *
 * Invariants: the values are the same in every run and on every rank, so that all watch the same
 * denominators. The graph gets new nodes at most. Local. */
#include "data.h"
#include "weft/memory.h"
#include <math.h>

enum { TRIALS = 64, HALVINGS = 60, RADII = 7 };

/* A formula with a value at each site: what it is made of, and its denominators. */
typedef struct formula {
    int n_leaves, n_factors;
    weft_program_input *leaf;
    int *factor;
} formula;

/* The formulas that were found so far, and which nodes are among them. */
typedef struct search {
    weft_graph *graph;
    int n_roots, *root;
    bool *is_root;
} search;

/* Room for all nodes that there are, and for those that `denominator` adds. */
static size_t room(const search *s)
{
    return 2 * (size_t)weft_graph_size(s->graph) + 1;
}

static void add_root(search *s, int node)
{
    if (node && !s->is_root[node])
        s->root[s->n_roots++] = node;
    s->is_root[node] = true;
}

/* What changes in a run. */
enum { CHANGES = 1 << WEFT_VAR_FIELD | 1 << WEFT_VAR_UNIFORM };

/* The factors of a denominator that change in a run; those of even powers and absolute values
 * change their signs where the denominator does not. */
static void denominator(const search *s, formula *f, int node)
{
    const weft_graph_node x = *weft_graph_at(s->graph, node);
    if (!(x.depends & CHANGES))
        return;
    if (x.op == WEFT_OP_POWER || x.op == WEFT_OP_ABS || x.op == WEFT_OP_MUL ||
        x.op == WEFT_OP_DIV) {
        denominator(s, f, x.a);
        if (x.op == WEFT_OP_MUL)
            denominator(s, f, x.b);
        return;
    }
    for (int i = 0; i < f->n_factors; i++)
        if (f->factor[i] == node)
            return;
    f->factor[f->n_factors++] = node;
}

/* Operators and means are looked at from outside as numbers of their own; what is inside them is a
 * formula of its own. A tangent has the poles of 1/cos. */
static void collect(search *s, formula *f, int node, bool *seen)
{
    const weft_graph_node x = *weft_graph_at(s->graph, node);
    if (x.op == WEFT_OP_NUMBER || seen[node])
        return;
    seen[node] = true;
    if (x.op == WEFT_OP_VARIABLE || x.op == WEFT_OP_SHIFT || x.op == WEFT_OP_MEAN ||
        x.op == WEFT_OP_OPERATOR) {
        f->leaf[f->n_leaves++] = (weft_program_input){node, false};
        if (x.op == WEFT_OP_MEAN)
            add_root(s, x.a);
        if (x.op == WEFT_OP_OPERATOR)
            add_root(s, x.c);
        return;
    }
    if (x.op == WEFT_OP_DIV)
        denominator(s, f, x.b);
    if (x.op == WEFT_OP_TAN)
        denominator(s, f, weft_graph_make(s->graph, WEFT_OP_COS, x.a, 0, 0));
    const int operand[3] = {x.a, x.b, x.c};
    for (int i = 0; i < 3; i++)
        if (operand[i])
            collect(s, f, operand[i], seen);
}

/* Values of all leaves at two ends, a trial beside the other, and in between. */
typedef struct trials {
    int n;
    double *end[2], *between;
    const double **input;
} trials;

/* A random number from 0 to 1, by D. E. Knuth's linear congruence with 64 bits. */
static double next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

/* Moduli from 0.1 to 10 in the first trials, to 1e6 in the last: beyond, a double has too few
 * digits for the distances. */
static void make_trials(trials *t, int leaves)
{
    uint64_t state = 1;
    t->n = leaves;
    t->input = weft_alloc((size_t)leaves + 1, sizeof *t->input);
    t->between = weft_alloc((size_t)(leaves * TRIALS) + 1, sizeof(double));
    for (int e = 0; e < 2; e++) {
        t->end[e] = weft_alloc((size_t)(leaves * TRIALS) + 1, sizeof(double));
        for (int i = 0; i < leaves * TRIALS; i++) {
            const double decades = 2.0 + 5.0 * (i % TRIALS) / TRIALS;
            const double size = pow(10.0, decades * next_random(&state) - 1.0);
            t->end[e][i] = next_random(&state) < 0.5 ? -size : size;
        }
    }
    for (int i = 0; i < leaves; i++)
        t->input[i] = t->between + (ptrdiff_t)i * TRIALS;
}

static void free_trials(trials *t)
{
    weft_free(t->input);
    weft_free(t->between);
    weft_free(t->end[0]);
    weft_free(t->end[1]);
}

/* Values of denominator and formula where each trial has gone the part `way` of its way. */
static void evaluate(const trials *t, const weft_program *p, const double *way, double *below,
                     double *value)
{
    double *out[2] = {below, value};
    for (int i = 0; i < t->n * TRIALS; i++)
        t->between[i] = t->end[0][i] + way[i % TRIALS] * (t->end[1][i] - t->end[0][i]);
    weft_program_run(p, TRIALS, t->input, out);
}

/* From the end 0 to just before the zero of the denominator; -1: the trial has none. tame: the
 * formula is finite at both ends. */
static void find_zeros(const trials *t, const weft_program *p, double *zero, bool *tame)
{
    double low[TRIALS], high[TRIALS], middle[TRIALS], first[TRIALS], last[TRIALS], value[TRIALS];
    for (int i = 0; i < TRIALS; i++) {
        low[i] = 0.0;
        high[i] = 1.0;
    }
    evaluate(t, p, low, first, value);
    for (int i = 0; i < TRIALS; i++)
        tame[i] = isfinite(value[i]);
    evaluate(t, p, high, last, value);
    for (int i = 0; i < TRIALS; i++)
        tame[i] = tame[i] && isfinite(value[i]);
    for (int step = 0; step < HALVINGS; step++) {
        double now[TRIALS];
        for (int i = 0; i < TRIALS; i++)
            middle[i] = 0.5 * (low[i] + high[i]);
        evaluate(t, p, middle, now, value);
        for (int i = 0; i < TRIALS; i++)
            *(now[i] * first[i] > 0.0 ? &low[i] : &high[i]) = middle[i];
    }
    for (int i = 0; i < TRIALS; i++)
        zero[i] =
            (first[i] < 0.0 && last[i] > 0.0) || (first[i] > 0.0 && last[i] < 0.0) ? low[i] : -1.0;
}

/* The longest distance from the zero, 1e-3 in the value that changes most, as a part of the way. */
static double longest(const trials *t, int trial)
{
    double most = 1e-2;
    for (int i = trial; i < t->n * TRIALS; i += TRIALS)
        most = fmax(most, fabs(t->end[1][i] - t->end[0][i]));
    return 1e-3 / most;
}

/* Do the differences grow by equal factors somewhere on the way to the zero? No number compares as
 * false. */
static bool grows(double value[RADII][TRIALS], int i)
{
    double d[RADII - 1];
    for (int r = 0; r < RADII - 1; r++)
        d[r] = fabs(value[r + 1][i] - value[r][i]);
    for (int r = 0; r + 2 < RADII - 1; r++) {
        const double first = d[r + 1] / d[r], second = d[r + 2] / d[r + 1];
        if (first > 5.0 && fabs(second - first) < 0.02 * first)
            return true;
    }
    return false;
}

/* Does the formula become infinite where the denominator is zero? */
static bool has_pole(const trials *t, const weft_program *p)
{
    double zero[TRIALS], way[TRIALS], below[TRIALS], value[RADII][TRIALS], radius[TRIALS];
    bool tame[TRIALS];
    int zeros = 0, poles = 0;
    find_zeros(t, p, zero, tame);
    for (int i = 0; i < TRIALS; i++)
        radius[i] = longest(t, i);
    for (int r = 0; r < RADII; r++) {
        for (int i = 0; i < TRIALS; i++)
            way[i] = zero[i] - radius[i] * pow(0.1, r);
        evaluate(t, p, way, below, value[r]);
    }
    for (int i = 0; i < TRIALS; i++) {
        const bool has_zero = zero[i] > radius[i];
        zeros += has_zero;
        poles += has_zero && (grows(value, i) || (tame[i] && isinf(value[RADII - 1][i])));
    }
    return poles > 0 && 8 * poles >= zeros;
}

/* Adds the denominators with poles of one formula to those that are known. */
static int try_formula(search *s, int root, int n, int *out)
{
    formula f = {.leaf = weft_alloc(room(s), sizeof *f.leaf),
                 .factor = weft_alloc(room(s), sizeof *f.factor)};
    bool *seen = weft_alloc(room(s), sizeof *seen);
    trials t;
    collect(s, &f, root, seen);
    make_trials(&t, f.n_leaves);
    for (int i = 0; i < f.n_factors && n < EQ_WATCHED; i++) {
        bool known = false;
        for (int j = 0; j < n; j++)
            known = known || out[j] == f.factor[i];
        if (known)
            continue;
        const int nodes[2] = {f.factor[i], root};
        weft_program *p = weft_program_create(s->graph, 2, nodes, f.n_leaves, f.leaf);
        if (has_pole(&t, p))
            out[n++] = f.factor[i];
        weft_program_free(p);
    }
    free_trials(&t);
    weft_free(seen);
    weft_free(f.leaf);
    weft_free(f.factor);
    return n;
}

/* Formulas inside operators and means are added to the list while it is gone through. */
int eq_find_poles(eq_system *system, int *out)
{
    search s = {.graph = system->graph};
    int n = 0;
    s.root = weft_alloc(room(&s), sizeof *s.root);
    s.is_root = weft_alloc(room(&s), sizeof *s.is_root);
    for (int i = 0; i < system->n; i++)
        add_root(&s, system->rhs[i]);
    for (int i = 0; i < s.n_roots && n < EQ_WATCHED; i++)
        n = try_formula(&s, s.root[i], n, out);
    weft_free(s.root);
    weft_free(s.is_root);
    return n;
}
