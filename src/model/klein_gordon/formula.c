/* Potentials by formula: V of the field phi as text, its derivatives V' and V'' by the derivative
 * of the graph, each a program over rows. V may also depend on the place (a bias, a trap, an
 * impurity) and on the time (a drive): for the derivatives by phi both are constants.
 *
 * Invariants. The linear part that exponential steppers treat exactly has the mass V''(0), where
 * that is positive, so that a quadratic potential is exact; any other mass would give the right
 * motion too, since what is left is kicked, so that one value, at the middle of the box and at t =
 * 0, serves a V'' that varies. Whether phi = 0 is the only minimum cannot be known of a formula; it
 * is said not to be, which is always right (modes.c). The time that the kernels see is set by
 * kg_formula_time before a sweep over the grid, and the place is handed over with each row. */
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
    formula_times times;
};

enum { INPUTS = 1 + 3 + FORMULA_COURSES + 1 };

/* ---- kernels ---- */

static int block_size(int64_t n, int64_t at)
{
    return n - at < BLOCK ? (int)(n - at) : BLOCK;
}

/* Of n points from number `at` of the row u on, of the field phi. Where V does not depend on the
 * place, its coordinates are not read and any address serves. */
static void run(const kg_potential *v, const weft_program *p, int n, const double *phi,
                double *const *u, int64_t at, double *out)
{
    static const double nowhere[BLOCK];
    const formula_times *times = &v->formula->times;
    const double *in[INPUTS] = {phi, nowhere, nowhere, nowhere};
    for (int a = 0; v->placed && a < 3; a++)
        in[1 + a] = u[KG_COMPONENTS + a] + (a == 0 ? at : 0);
    for (int i = 0; i <= times->n; i++)
        in[4 + i] = &times->value[i];
    weft_program_run(p, n, in, &out);
}

void kg_formula_time(const kg_potential *v, double t)
{
    if (v->timed)
        formula_times_set(&v->formula->times, t);
}

/* -V'(phi) is added to what the Laplacian has left. */
static void force(const kg_potential *v, int64_t n, double *const *u, double *const *out)
{
    double slope[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        const int m = block_size(n, at);
        run(v, v->formula->slope, m, u[0] + at, u, at, slope);
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
        run(v, v->formula->slope, m, phi, f, at, slope);
        for (int i = 0; i < m; i++)
            f[0][at + i] = fma(v->mass2, phi[i], -slope[i]);
    }
}

static void energy(const kg_potential *v, int64_t n, double *const *u, double *out)
{
    for (int64_t at = 0; at < n; at += BLOCK)
        run(v, v->formula->value, block_size(n, at), u[0] + at, u, at, out + at);
}

/* Extremes of V'' over the row widen *low and *high: rates of the present state. */
static void curvature(const kg_potential *v, int64_t n, double *const *u, double *low, double *high)
{
    double bend[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        const int m = block_size(n, at);
        run(v, v->formula->bend, m, u[0] + at, u, at, bend);
        for (int i = 0; i < m; i++) {
            *low = fmin(*low, bend[i]);
            *high = fmax(*high, bend[i]);
        }
    }
}

static const kg_kernels kernels = {force, excess, energy, curvature};

/* ---- from the text ---- */

static const char *const variable[] = {"phi"};

/* V, V' and V'' of phi, for given places and times. */
static weft_status read(const kg_params *p, formula_names *names, int nodes[3])
{
    WEFT_TRY(formula_check_constants(names));
    WEFT_TRY(formula_read(names, p->formula, &nodes[0]));
    const int phi = weft_graph_variable(names->graph, WEFT_VAR_FIELD, 0);
    nodes[1] = weft_graph_derivative(names->graph, nodes[0], phi);
    nodes[2] = weft_graph_derivative(names->graph, nodes[1], phi);
    return WEFT_OK;
}

/* A graph of its own for each reading; who asks frees it when the programs are made. */
static formula_names names_of(const weft_params *params, formula_times *times)
{
    const kg_params *p = weft_params_values(params, kg_table);
    return (formula_names){.graph = weft_graph_create(),
                           .n = 1,
                           .variable = variable,
                           .constants = p->parameters,
                           .dim = weft_list_size(weft_params_section(params, "grid"), "n"),
                           .times = times};
}

/* V(-phi) is the same node: even for certain. */
static bool is_even(weft_graph *g, int node)
{
    const int phi = weft_graph_variable(g, WEFT_VAR_FIELD, 0);
    const int minus = weft_graph_make(g, WEFT_OP_MUL, weft_graph_number(g, -1.0), phi, 0);
    return weft_graph_replace(g, node, WEFT_VAR_FIELD, 1, &minus) == node;
}

/* Reads the text into a potential with programs. */
static weft_status make(const weft_params *params, kg_potential *v)
{
    const kg_params *p = weft_params_values(params, kg_table);
    struct kg_formula *f = v->formula = weft_alloc(1, sizeof *f);
    formula_names names = names_of(params, &f->times);
    int nodes[3];
    weft_status status = read(p, &names, nodes);
    if (status == WEFT_OK) {
        f->value = formula_program(&names, 1, &nodes[0]);
        f->slope = formula_program(&names, 1, &nodes[1]);
        f->bend = formula_program(&names, 1, &nodes[2]);
        v->even = is_even(names.graph, nodes[0]);
        v->placed = formula_has_place(&names, nodes[0]);
        v->timed = formula_has_time(&names, nodes[0]);
        v->kernels = &kernels;
    } else
        kg_formula_free(v);
    weft_graph_free(names.graph);
    return status;
}

/* V'' of phi = 0 in the middle of the box at t = 0. A value that is not positive, or not a number,
 * gives no linear part: the exact flow of a growing mode would be exponential, and kicks do it as
 * well. */
static double mass2(kg_potential *v)
{
    double zero[KG_ROWS] = {0}, bend = 0, *u[KG_ROWS];
    for (int i = 0; i < KG_ROWS; i++)
        u[i] = &zero[i];
    kg_formula_time(v, 0);
    run(v, v->formula->bend, 1, u[0], u, 0, &bend);
    return isfinite(bend) && bend > 0 ? bend : 0;
}

/* For the plan, before there is a replica: what the plan depends on, without programs. */
weft_status kg_formula_check(const weft_params *params, kg_potential *v)
{
    if (v->components > 1)
        return weft_param_fail(
            weft_params_section(params, "klein_gordon"), "components",
            "a potential by formula is for real fields; complex ones take linear, phi4, phi6 or "
            "polynomial, which are of |phi|, or the model equation: dtt(A) = lap(A) - ... with "
            "abs2(A)");
    WEFT_TRY(make(params, v));
    v->mass2 = mass2(v);
    kg_formula_free(v);
    return WEFT_OK;
}

/* The text was read by the check, so an error here is one of memory. */
weft_status kg_formula_make(const weft_params *params, kg_potential *v)
{
    return v->kind == KG_FORMULA ? make(params, v) : WEFT_OK;
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
