/* Rate laws by formula: what a formula adds to the rate of a species at a site, beside the
 * reactions, as text in the names of the species. One program gives the rates, another one their
 * derivatives, for implicit methods and for the choice of the step, by the derivative of the graph.
 * Fields with such laws may be negative, as that of FitzHugh and Nagumo is. */
#include "physics/formula.h"
#include "reaction_diffusion.h"
#include "weft/memory.h"
#include <string.h>

struct rd_laws {
    int n;
    weft_program *rates, *slopes;
};

/* species: room for the names of all species, which the result points at. */
static formula_names names_of(const weft_section *own, const rd_config *cfg, const char **species)
{
    for (int s = 0; s < cfg->net.n_species; s++)
        species[s] = cfg->net.species[s];
    return (formula_names){
        .graph = weft_graph_create(),
        .n = cfg->net.n_species,
        .variable = species,
        .constants = weft_has_value(own, "parameters") ? weft_get_tree(own, "parameters") : NULL};
}

/* The nodes of all species, 0 where there is no formula. */
static weft_status read(const weft_section *own, const rd_config *cfg, const formula_names *names,
                        int *nodes)
{
    const weft_node *laws = weft_get_tree(own, "rates");
    memset(nodes, 0, (size_t)cfg->net.n_species * sizeof *nodes);
    if (weft_node_what(laws) != WEFT_NODE_MAP)
        return weft_param_fail(own, "rates", "expected {species: formula, ...}");
    for (int i = 0; i < weft_node_count(laws); i++) {
        const weft_node *item = weft_node_item(laws, i);
        const char *species = weft_node_key(laws, i);
        int s = network_species(&cfg->net, species);
        if (s == 0)
            return weft_node_fail(item, 0, "'%s' is no species%s", species,
                                  network_species_hint(&cfg->net, species).text);
        WEFT_TRY(formula_read(names, item, &nodes[s - 1]));
    }
    return WEFT_OK;
}

/* Reads the formulas for their errors alone. The noise of a reaction follows from its law of events
 * (a variance equal to the rate), which a formula for a sum of rates does not tell: hence no noise.
 */
weft_status rd_laws_check(const weft_section *own, const rd_config *cfg)
{
    int nodes[WEFT_MAX_SPECIES];
    if (cfg->noise != RD_NONE)
        return weft_param_fail(own, "rates",
                               "rate laws by formula have no noise of their own; use "
                               "noise: none, or the model equation");
    const char *species[WEFT_MAX_SPECIES];
    formula_names names = names_of(own, cfg, species);
    weft_status status = read(own, cfg, &names, nodes);
    weft_graph_free(names.graph);
    return status;
}

/* *out: NULL where there are no formulas; owned by the caller. The n x n slopes are d(rate i)/d(u
 * j) by the rules of the derivative, exact to rounding: differences would lose half of the digits,
 * and implicit methods would converge more slowly. */
weft_status rd_laws_make(const weft_section *own, const rd_config *cfg, rd_laws **out)
{
    const int n = cfg->net.n_species;
    int nodes[WEFT_MAX_SPECIES], slopes[WEFT_MAX_SPECIES * WEFT_MAX_SPECIES];
    *out = NULL;
    if (!cfg->has_laws)
        return WEFT_OK;
    const char *species[WEFT_MAX_SPECIES];
    formula_names names = names_of(own, cfg, species);
    weft_status status = read(own, cfg, &names, nodes);
    for (int i = 0; i < n && status == WEFT_OK; i++)
        for (int j = 0; j < n; j++)
            slopes[i * n + j] = weft_graph_derivative(
                names.graph, nodes[i], weft_graph_variable(names.graph, WEFT_VAR_FIELD, j));
    if (status == WEFT_OK) {
        rd_laws *laws = *out = weft_alloc(1, sizeof *laws);
        laws->n = n;
        laws->rates = formula_program(&names, n, nodes);
        laws->slopes = formula_program(&names, n * n, slopes);
    }
    weft_graph_free(names.graph);
    return status;
}

void rd_laws_free(rd_laws *laws)
{
    if (!laws)
        return;
    weft_program_free(laws->rates);
    weft_program_free(laws->slopes);
    weft_free(laws);
}

/* Values of a program added to rows of at most RD_STRETCH sites. */
static void add(weft_program *p, int outputs, int n, const double *const *u, double *const *to)
{
    double values[WEFT_MAX_SPECIES * WEFT_MAX_SPECIES][RD_STRETCH];
    double *out[WEFT_MAX_SPECIES * WEFT_MAX_SPECIES] = {0};
    for (int i = 0; i < outputs; i++)
        out[i] = values[i];
    weft_program_run(p, n, u, out);
    for (int i = 0; i < outputs; i++)
        for (int x = 0; x < n; x++)
            to[i][x] += values[i][x];
}

/* The two below add to what reactions have put there; nothing is done without formulas. */
void rd_laws_rates(const rd_laws *laws, int n, const double *const *u, double *const *du)
{
    if (laws)
        add(laws->rates, laws->n, n, u, du);
}

void rd_laws_slopes(const rd_laws *laws, int n, const double *const *u, double *const *blocks)
{
    if (laws)
        add(laws->slopes, laws->n * laws->n, n, u, blocks);
}
