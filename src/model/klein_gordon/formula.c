/* Potentials by formula: V of the field phi as text, its derivatives V' and V'' by the derivative
 * of the graph, each a program over rows. The linear part that exponential steppers treat exactly
 * has the mass V''(0), where that is positive, so that a quadratic potential is exact. Whether phi
 * = 0 is the only minimum cannot be known of a formula; it is said not to be, which is always right
 * (modes.c). */
#include "physics/formula.h"
#include "kg.h"
#include "weft/memory.h"
#include <math.h>

/* Rows are worked on in pieces that stay in the first cache between the program and the loop behind
 * it. */
enum { BLOCK = 256 };

/* V, V' and V''. Programs own their scratch memory, so a potential belongs to one replica. */
struct kg_formula {
    weft_program *value, *slope, *bend;
};

/* ---- kernels ---- */

static int block_size(int64_t n, int64_t at)
{
    return n - at < BLOCK ? (int)(n - at) : BLOCK;
}

static void run(weft_program *p, int n, const double *phi, double *out)
{
    weft_program_run(p, n, &phi, &out);
}

/* -V'(phi) is added to what the Laplacian has left. */
static void force(const kg_potential *v, int64_t n, double *const *u, double *const *out)
{
    double slope[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        const int m = block_size(n, at);
        run(v->formula->slope, m, u[0] + at, slope);
        for (int i = 0; i < m; i++)
            out[0][at + i] -= slope[i];
    }
}

/* The force less that of the linear part, mass2 phi - V'(phi): what an exponential stepper kicks
 * with. f comes unnormalised from a transform, hence scale; one fma, so that the bits do not depend
 * on how a compiler contracts. */
static void excess(const kg_potential *v, int64_t n, double scale, double *const *f)
{
    double phi[BLOCK], slope[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        const int m = block_size(n, at);
        for (int i = 0; i < m; i++)
            phi[i] = scale * f[0][at + i];
        run(v->formula->slope, m, phi, slope);
        for (int i = 0; i < m; i++)
            f[0][at + i] = fma(v->mass2, phi[i], -slope[i]);
    }
}

static void energy(const kg_potential *v, int64_t n, double *const *u, double *out)
{
    run(v->formula->value, (int)n, u[0], out);
}

/* Extremes of V'' over the row widen *low and *high: rates of the present state. */
static void curvature(const kg_potential *v, int64_t n, double *const *u, double *low, double *high)
{
    double bend[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        const int m = block_size(n, at);
        run(v->formula->bend, m, u[0] + at, bend);
        for (int i = 0; i < m; i++) {
            *low = fmin(*low, bend[i]);
            *high = fmax(*high, bend[i]);
        }
    }
}

static const kg_kernels kernels = {force, excess, energy, curvature};

/* ---- from the text ---- */

static const char *const variable[] = {"phi"};

/* V, V' and V''; V must be of phi. */
static weft_status read(const weft_section *own, formula_names *names, int nodes[3])
{
    const weft_node *text = weft_get_tree(own, "formula");
    WEFT_TRY(formula_read(names, text, &nodes[0]));
    const int phi = weft_graph_variable(names->graph, WEFT_VAR_FIELD, 0);
    nodes[1] = weft_graph_derivative(names->graph, nodes[0], phi);
    nodes[2] = weft_graph_derivative(names->graph, nodes[1], phi);
    return WEFT_OK;
}

/* A graph of its own for each reading; who asks frees it when the programs are made. */
static formula_names names_of(const weft_section *own)
{
    return (formula_names){
        .graph = weft_graph_create(),
        .n = 1,
        .variable = variable,
        .constants = weft_has_value(own, "parameters") ? weft_get_tree(own, "parameters") : NULL};
}

/* V(-phi) is the same node: even for certain. */
static bool is_even(weft_graph *g, int node)
{
    const int phi = weft_graph_variable(g, WEFT_VAR_FIELD, 0);
    const int minus = weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, -1.0), phi, 0);
    return weft_graph_replace(g, node, WEFT_VAR_FIELD, 1, &minus) == node;
}

/* For the plan, before there is a replica: reads the text, sets what the plan depends on (mass2,
 * even, kernels) and keeps no program. A curvature at 0 that is not positive, or not a number,
 * gives no linear part: the exact flow of a growing mode would be exponential, and kicks do it as
 * well. */
weft_status kg_formula_check(const weft_section *own, kg_potential *v)
{
    int nodes[3];
    double zero = 0.0, bend = 0.0;
    if (v->components > 1)
        return weft_param_fail(
            own, "components",
            "a potential by formula is for real fields; complex ones take linear, "
            "phi4, phi6 or polynomial");
    formula_names names = names_of(own);
    weft_status status = read(own, &names, nodes);
    if (status == WEFT_OK) {
        weft_program *p = formula_program(&names, 1, &nodes[2]);
        run(p, 1, &zero, &bend);
        weft_program_free(p);
        v->mass2 = isfinite(bend) && bend > 0.0 ? bend : 0.0;
        v->even = is_even(names.graph, nodes[0]);
        v->kernels = &kernels;
    }
    weft_graph_free(names.graph);
    return status;
}

/* The text was read by the check, so an error here is one of memory. */
weft_status kg_formula_make(const weft_section *own, kg_potential *v)
{
    int nodes[3];
    if (v->kind != KG_FORMULA)
        return WEFT_OK;
    formula_names names = names_of(own);
    weft_status status = read(own, &names, nodes);
    if (status == WEFT_OK) {
        v->formula = weft_alloc(1, sizeof *v->formula);
        v->formula->value = formula_program(&names, 1, &nodes[0]);
        v->formula->slope = formula_program(&names, 1, &nodes[1]);
        v->formula->bend = formula_program(&names, 1, &nodes[2]);
    }
    weft_graph_free(names.graph);
    return status;
}

void kg_formula_free(kg_potential *v)
{
    if (!v->formula)
        return;
    weft_program_free(v->formula->value);
    weft_program_free(v->formula->slope);
    weft_program_free(v->formula->bend);
    weft_free(v->formula);
    v->formula = NULL;
}
